"""E-mail addresses and phone numbers as the customer's id: many shops have no other key.

They are taken only when a log has no better key and exactly one such column, e-mail before phone. They point at people, so they stand in
no file but the two lists of segments, which would be of no use without; the features are numbered by the rows of those lists. Not for
customer lists of their own: there each row is a customer, and no address is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from segmentry.engines.engine import Engine, quoted
from segmentry.results import Note
from segmentry.sources.raw import RawTable
from segmentry.tables.looks import looks
from segmentry.tables.role_choice import Choice
from segmentry.tables.schema import Field

# The reason of such a field begins with it: `relate` looks for these tables.
ONLY_KEY = "no other column says who the customer is"
SAMPLE = 1_000
MOST_MISSING = 0.5
_MEANT = {"e-mail addresses": {"e-mail addresses", "an e-mail address"}, "phone numbers": {"phone numbers", "a phone number"}}


def only_key(choices: Sequence[Choice]) -> tuple[str, str] | None:
    """Return the one column of e-mail addresses, else of phone numbers, whose values occur again and again, and what they are.

    None when a column says who the customer is, when there is no such column, or more than one of the first kind there is.
    """
    if any(choice.rule.role == "id" for choice in choices):
        return None
    for what, means in _MEANT.items():
        found = [choice.column for choice in choices if choice.rule.role == "identifier" and choice.rule.means in means]
        if found:
            known = found[0].repeats and found[0].missing <= MOST_MISSING * found[0].rows
            return (found[0].name, what) if len(found) == 1 and known else None
    return None


def contacts(values: Iterable[str]) -> str:
    """Return "e-mail addresses" or "phone numbers" when more than half of some ids are written so, else an empty text.

    Examples
    --------
    >>> contacts(["a@x.org", "b@x.org", "?"]), contacts(["C001", "C002"])
    ('e-mail addresses', '')
    """
    said = [looks(value) for value in values]
    for look, what in zip(("email", "phone"), _MEANT, strict=True):
        if sum(look in each for each in said) > 0.5 * len(said):
            return what
    return ""


def contact_note(engine: Engine, raw: RawTable, field: Field) -> Note | None:
    """Say that customers are known by an address that points at them, and where it stands."""
    name = quoted(field.name)
    sample = engine.rows(f"SELECT DISTINCT {name} FROM {quoted(raw.table)} WHERE {name} IS NOT NULL ORDER BY 1 LIMIT {SAMPLE}")
    what = contacts(str(value) for (value,) in sample)
    if not what:
        return None
    words = (
        f"Customers are known by the {what} of {field.name}. segments.csv and segments.parquet hold them, so keep these two as safe as "
        "the file itself; features.parquet has the row of segments.csv instead, and nothing else a run writes for others holds them. "
        "A customer number as the role id is better: people change their address."
    )
    return Note("contact_ids", words, "warning", raw.name, field.name)
