"""Rule segments as a marketer writes them in ``segmentry.toml``.

::

    [[rules]]
    name = "VIP"
    when = ["monetary >= 1000", "recency < 90"]

    [[rules]]
    name = "Everyone else"
    when = []

A line of `when` is one condition, all of them must hold: ``column >= number`` (also ``>``, ``<=``, ``<``, ``=``), ``column in ["a", "b"]``,
``column missing``, ``column known``; ``or missing`` at the end lets customers in whose value is not known. Rules of one name add up; an empty
`when` is everyone else. There is no nesting, no arithmetic and no pattern of text: what can be written can be proved.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence

from segmentry.checks import suggestion
from segmentry.conditions import Condition, Rule
from segmentry.errors import UsageError
from segmentry.matrix import Column
from segmentry.segments.rulebook import MOST_RULES, RuleTable, prove

MOST_CONDITIONS = 20
LONGEST = 1_000
ALLOWED = 'column >= 10 (or >, <=, <, =), column in ["a", "b"], column missing, column known, each but the last two also with "or missing"'

_NUMBER = re.compile(r"(>=|<=|>|<|=)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)")
_LEVELS = re.compile(r"in\s*(\[.*\])", re.DOTALL)
_OR_MISSING = re.compile(r"\s+or\s+missing$")


def parse_rules(entries: Iterable[tuple[str, Sequence[str]]], columns: Sequence[Column]) -> RuleTable:
    """Return the declared rules as a table that is proved exhaustive and disjoint.

    Parameters
    ----------
    entries : iterable of (name, conditions in text)
    columns : sequence of Column
        What may be asked for.

    Raises
    ------
    UsageError
        When a line cannot be understood (with what was received and what is allowed), or with a witness of each hole and overlap.

    Examples
    --------
    >>> spend = Column("spend", "Spend", "money")
    >>> parse_rules([("VIP", ["spend >= 1000"]), ("Others", [])], [spend]).names
    ('VIP', 'Others')
    >>> parse_rules([("VIP", ["spent >= 1000"]), ("Others", [])], [spend])
    Traceback (most recent call last):
    segmentry.errors.UsageError: rules: "spent >= 1000" of 'VIP' names no known column; did you mean 'spend'? Allowed: spend.
    """
    given = [(name.strip(), tuple(when)) for name, when in entries]
    if len(given) > MOST_RULES:
        raise UsageError(f"rules: {len(given):,} are declared; allowed are up to {MOST_RULES}. Join rules of one segment.")
    rules: list[Rule] = []
    rest: list[str] = []
    for place, (name, when) in enumerate(given, 1):
        if not name:
            raise UsageError(f'rules: rule {place} of {len(given)} has an empty name; give each rule a name, such as name = "VIP".')
        if when:
            rules.append(parse_rule(name, when, columns))
        else:
            rest.append(name)
    if len(rest) > 1 or {rule.name for rule in rules} & set(rest):
        raise UsageError(f"rules: {rest} have no conditions; allowed is one such rule, for everyone else, with a name of its own.")
    if not rules:
        raise UsageError(f'rules: {len(given)} are declared, none with conditions; give at least one, such as when = ["monetary >= 1000"].')
    return prove(RuleTable(tuple(columns), tuple(rules), otherwise="".join(rest)))


def parse_rule(name: str, when: Sequence[str], columns: Sequence[Column]) -> Rule:
    """Return one rule; conditions on the same column are joined, so that "recency >= 30" and "recency < 90" make an interval.

    Raises
    ------
    UsageError
        When a line cannot be understood or two lines contradict each other.

    Examples
    --------
    >>> parse_rule("Cooling", ["recency >= 30", "recency < 90"], [Column("recency", "Days since last purchase")]).conditions
    (Condition(name='recency', low=30.0, high=90.0, levels=None, missing=False),)
    """
    if len(when) > MOST_CONDITIONS:
        raise UsageError(f"rules: {name!r} has {len(when):,} conditions; allowed are up to {MOST_CONDITIONS}. Use fewer.")
    joined: dict[str, Condition] = {}
    for text in when:
        found = _condition(name, text, columns)
        joined[found.name] = _both(name, joined[found.name], found) if found.name in joined else found
    return Rule(name, tuple(joined.values()))


def _condition(rule: str, text: str, columns: Sequence[Column]) -> Condition:
    line = text.strip()
    if len(line) > LONGEST:
        raise UsageError(f"rules: a condition of {rule!r} has {len(line):,} characters; allowed are up to {LONGEST:,}. Shorten it.")
    # Names may hold blanks and signs, such as "category=WINES": the longest one the line begins with is meant.
    fitting = sorted((each.name for each in columns if _begins(line, each.name)), key=len, reverse=True)
    for column in fitting:
        found = _asked(rule, line, column)
        if found is not None:
            return found
    if fitting:
        raise UsageError(f"rules: {_quoted(line)} of {rule!r} is not understood; allowed are {ALLOWED}.")
    named = re.split(r"\s*(?:[<>=]|\bin\b|\bmissing\b|\bknown\b)", line, maxsplit=1)[0]
    raise UsageError(f"rules: {_quoted(line)} of {rule!r} names no known column; {suggestion(named, [each.name for each in columns])}")


def _begins(line: str, name: str) -> bool:
    return line.startswith(name) and bool(re.match(r"\s|[<>=]", line[len(name) :]))


def _asked(rule: str, line: str, column: str) -> Condition | None:
    """Return what the rest of a line asks of a column; None when it does not read as a condition."""
    rest = line[len(column) :].strip()
    if rest in ("missing", "known"):
        return Condition(column, missing=rest == "missing")
    body = _OR_MISSING.sub("", rest)
    missing = body != rest
    number = _NUMBER.fullmatch(body)
    if number:
        return _interval(rule, line, column, number[1], number[2], missing=missing)
    levels = _LEVELS.fullmatch(body)
    if not levels:
        return None
    try:
        named = json.loads(levels[1])
    except (ValueError, RecursionError):
        named = []
    if not named or not all(isinstance(level, str) for level in named):
        raise UsageError(f'rules: {_quoted(line)} of {rule!r} has no list of texts after "in"; write {column} in ["a", "b"].')
    return Condition(column, levels=tuple(dict.fromkeys(named)), missing=missing)


def _interval(rule: str, line: str, column: str, sign: str, digits: str, *, missing: bool) -> Condition:
    try:
        number = float(digits)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"rules: {_quoted(line)} of {rule!r} has no finite number after {sign}; write a number such as 90 or 0.5.")
    after = math.nextafter(number, math.inf)
    low = {">=": number, ">": after, "=": number}.get(sign)
    high = {"<": number, "<=": after, "=": after}.get(sign)
    return Condition(column, low, high, missing=missing)


def _both(rule: str, one: Condition, other: Condition) -> Condition:
    """Return the condition that holds where both do."""
    lows = [each.low for each in (one, other) if each.low is not None]
    highs = [each.high for each in (one, other) if each.high is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    levels = other.levels if one.levels is None else one.levels
    if one.levels is not None and other.levels is not None:
        levels = tuple(level for level in one.levels if level in other.levels)
    empty = (
        any(each.bare and each.missing for each in (one, other)) or (low is not None and high is not None and low >= high) or levels == ()
    )
    missing = one.missing and other.missing
    if empty and not missing:
        raise UsageError(f"rules: the conditions of {rule!r} on {one.name!r} hold for nobody together; take one of them away.")
    return Condition(one.name, missing=True) if empty else Condition(one.name, low, high, levels, missing)


def _quoted(line: str) -> str:
    shown = line if len(line) <= 100 else line[:97] + "..."
    return f'"{shown}"'
