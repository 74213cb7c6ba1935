"""Which rule wins for each column of a table, and the words that say why.

Every column takes the strongest rule that fits. Where a kind of table has room for one column of a role only, the strongest keeps it; of equally
strong ones the one with the fewest gaps, then the most different values, then the first in the file. The others take their next best
rule. Reasons speak of names, counts and shares, never of values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segmentry.tables.profile import ColumnProfile
from segmentry.tables.role_content import date_like, flag_like, levels, mostly_number, number_like
from segmentry.tables.role_rules import KEPT_CONSTANT, ONE_EACH, RULES, Rule
from segmentry.tables.schema import Field, Kind, Role
from segmentry.tables.words import tokens

_KINDS: dict[str, Kind] = {
    "id": "id", "order_id": "id", "line_id": "id", "product": "id", "campaign": "id", "event": "id",
    "date": "date", "joined": "date", "birth_date": "date",
    "amount": "money", "unit_price": "money", "discount": "money", "spend": "money",
    "quantity": "number", "birth_year": "number", "purchases": "number", "recency": "number", "visits": "number", "number": "number", "probability": "number",
    "consent": "flag", "response": "flag", "contact": "flag", "flag": "flag", "exposed": "flag",
    "experiment": "id", "arm": "category",
    "product_name": "text", "text": "text", "identifier": "text", "ignore": "text",
    "category": "category", "channel": "category", "place": "category", "currency": "category", "event_type": "category",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A column, the rule that won, and what else is to be said about it."""

    column: ColumnProfile
    rule: Rule
    note: str = ""
    declared: bool = False

    def field(self) -> Field:
        """Return the field of a schema, with its reason in words."""
        return Field(self.column.name, self.rule.role, self.rule.kind, _reason(self), declared=self.declared)


def choose(columns: Sequence[ColumnProfile], kind: str, declared: Mapping[str, Role]) -> tuple[Choice, ...]:
    """Return the winning rule of each column, for a kind of table.

    Parameters
    ----------
    columns : sequence of ColumnProfile
    kind : str
        Kind of the table; it settles which rules count and which roles are given once.
    declared : mapping of str to Role
        Roles that are not to be discussed, by column name.
    """
    single = ONE_EACH.get(kind, frozenset())
    taken: dict[int, dict[str, str]] = {at: {} for at in range(len(columns))}
    while True:
        choices = [_best(column, kind, taken[at], declared.get(column.name)) for at, column in enumerate(columns)]
        losers = [(at, winner) for role in sorted(single) for at, winner in _contest(choices, role)]
        if not losers:
            return tuple(_explained(choice, choices, kind, taken[at], single) for at, choice in enumerate(choices))
        for at, winner in losers:
            taken[at][choices[at].rule.role] = winner


def declared_kind(role: str, column: ColumnProfile) -> Kind:
    """Return the kind of a column whose role was declared: the role's own, or by content where the role leaves it open."""
    if role in _KINDS:
        return _KINDS[role]
    if role == "income" and mostly_number(column):
        return "money"
    if role in {"age", "children", "satisfaction"}:
        return "number" if mostly_number(column) else "category"
    return content_kind(column)


def content_kind(column: ColumnProfile) -> Kind:
    """Return the kind a column's content alone speaks for."""
    if flag_like(column):
        return "flag"
    if date_like(column):
        return "date"
    if number_like(column):
        return "number"
    return "category" if levels(column) else "text"


def _best(column: ColumnProfile, kind: str, taken: Mapping[str, str], role: Role | None) -> Choice:
    if role is not None:
        return Choice(column, Rule(role, declared_kind(role, column), "", None, lambda _: True, 10.0), declared=True)
    if column.present == 0:
        return Choice(column, _plain("ignore", "text", "empty in every row"))
    said = " ".join(tokens(column.name))
    fitting = (rule for rule in RULES if rule.role not in taken and _concerns(rule, kind, said) and rule.holds(column))
    best = max(fitting, key=lambda rule: rule.strength)
    if (
        column.distinct == 1
        and best.role not in KEPT_CONSTANT
        and not (kind in {"contacts", "campaigns"} and best.role in {"response", "contact", "channel"})
    ):
        gaps = ", or none" if column.missing else ""
        return Choice(column, _plain("constant", content_kind(column), f"the same value in every row{gaps}"))
    return Choice(column, best)


def _plain(role: Role, kind: Kind, means: str) -> Rule:
    return Rule(role, kind, means, None, lambda _: True, 3.0)


def _concerns(rule: Rule, kind: str, said: str) -> bool:
    return (not rule.tables or kind in rule.tables) and (rule.names is None or bool(rule.names.search(said)))


def _contest(choices: Sequence[Choice], role: str) -> list[tuple[int, str]]:
    """Return the positions that lose a role to another column, each with the winner's name."""
    rivals = [at for at, choice in enumerate(choices) if choice.rule.role == role and not choice.declared]
    winners = [choice for choice in choices if choice.rule.role == role and choice.declared]
    if not winners and rivals:
        first, *rivals = sorted(rivals, key=lambda at: (_rank(choices[at]), at))
        winners = [choices[first]]
    return [(at, winners[0].column.name) for at in rivals]


def _rank(choice: Choice) -> tuple[float, ...]:
    return (-choice.rule.strength, choice.column.missing, -choice.column.distinct)


def _explained(choice: Choice, choices: Sequence[Choice], kind: str, taken: Mapping[str, str], single: frozenset[str]) -> Choice:
    """Add what else was likely: a lost contest, an equal rival, a name that the content contradicts."""
    if choice.declared or not choice.column.present:
        return choice
    said = " ".join(tokens(choice.column.name))
    notes = [f"{_means(role, said, kind)} too, but that is {winner!r}" for role, winner in sorted(taken.items())]
    if choice.rule.role in single and (equals := _equals(choice, choices, kind)):
        rule = "taken is the column with fewer gaps, then more different values, then the first"
        notes.append(f"{equals} could be it just as well: {rule}; set roles to change it")
    if not notes and (refused := _contradicted(choice, said, kind)):
        notes.append(f"named like {refused}, but its content is not")
    return replace(choice, note="; ".join(notes))


def _contradicted(choice: Choice, said: str, kind: str) -> str:
    """Return what a column is named like, when only its content decided because no rule that fits the name accepts the content."""
    if choice.rule.names is not None or choice.rule.strength >= 1.0:
        return ""
    refused = [
        rule
        for rule in RULES
        if rule.names is not None and rule.role != choice.rule.role and _concerns(rule, kind, said) and not rule.holds(choice.column)
    ]
    return max(refused, key=lambda rule: rule.strength).means if refused else ""


def _equals(choice: Choice, choices: Sequence[Choice], kind: str) -> str:
    """Return the names of the columns that matched the same role as strongly and lost it on the tie rule."""
    rivals = [other for other in choices if other is not choice and not other.declared and other.rule.role != choice.rule.role]
    names = [repr(other.column.name) for other in rivals if _best(other.column, kind, {}, None).rule is choice.rule]
    return " and ".join(names)


def _means(role: str, said: str, kind: str) -> str:
    """Return why a column might have a role: its name, or its content alone."""
    named = [rule for rule in RULES if rule.role == role and rule.names is not None and _concerns(rule, kind, said)]
    return f"named like {max(named, key=lambda rule: rule.strength).means}" if named else f"could be the {role.replace('_', ' ')}"


def _reason(choice: Choice) -> str:
    if choice.declared:
        return "declared in the settings"
    rule, column = choice.rule, choice.column
    head = f"named like {rule.means}" if rule.names is not None else rule.means
    proof = _evidence(rule.kind, column) if rule.strength < 3.0 else ""
    return "; ".join(part for part in (head, proof, choice.note) if part)


def _evidence(kind: Kind, column: ColumnProfile) -> str:
    """Return what the content says for a kind, in figures and without values."""
    gaps = f", {column.missing:,} missing" if column.missing else ""
    if kind == "id":
        return f"{column.distinct:,} different values in {column.rows:,} rows{gaps}"
    if kind == "date":
        return f"{_percent(column.share('date', 'date_number'))} of its values are dates{gaps}"
    if kind in {"money", "number"}:
        return f"{_percent(column.share('number'))} of its values are numbers{gaps}"
    if kind == "flag":
        return f"{_percent(column.share('boolean'))} of its values say yes or no{gaps}"
    if kind == "category":
        return (f"{column.distinct:,} different values" if column.distinct > 1 else "one value") + gaps
    return f"{column.mean_length:.0f} characters on average, {column.distinct:,} different values{gaps}"


def _percent(share: float) -> str:
    return "all" if share >= 1 else "none" if share <= 0 else re.sub(r"^100", "99.9", f"{100 * min(share, 1):.0f}") + " %"
