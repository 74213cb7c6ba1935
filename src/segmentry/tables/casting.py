"""From text to types: for each field the SQL of its typed value, and the checks a cell must pass.

Money is DECIMAL(18,4), rounded half away from zero where a cell has more decimals; numbers are DOUBLE; dates TIMESTAMP; flags BOOLEAN;
the rest stays text. Pure functions: they write SQL and run nothing. Checks speak of a cell by its text ``r<i>`` and typed value ``t<i>``, where
``i`` is the position of the field, so no header can clash with a name of ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.engines.engine import literal, quoted
from segmentry.tables import dates, numerals
from segmentry.tables.options import ValidationOptions
from segmentry.tables.schema import Field, Schema

MOST_MONEY = 1_000_000_000_000
SENTINEL_DAYS = (
    "0001-01-01",
    "1753-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1970-01-01",
    "2999-12-31",
    "9999-01-01",
    "9999-12-31",
)
EARLIEST = "1900-01-01"  # no customer did anything before
ACTIVITY_KINDS = ("snapshot", "customers", "transactions", "events", "contacts", "trials", "unknown")
LOG_KINDS = ("transactions", "events", "contacts", "trials")
KEYS = {"snapshot": "id", "customers": "id", "transactions": "id", "events": "id", "contacts": "id", "trials": "id", "products": "product"}
UNIQUE_KINDS = ("snapshot", "customers", "products")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that sends a row to quarantine.

    Parameters
    ----------
    column : str
        Header it is about.
    code : str
        Stable upper-case name.
    reason, remedy : str
        For people; never a value.
    test : str
        SQL that is TRUE for a bad cell.
    detail : str
        SQL of further words, such as the form that was seen; empty when there are none.
    uncast : bool
        True when only cells that could not be cast can fail; the quick pass over all rows leaves it out.
    """

    column: str
    code: str
    reason: str
    remedy: str
    test: str
    detail: str = ""
    uncast: bool = False


def needed(schema: Schema) -> tuple[Field, ...]:
    """Return the fields without which a row means nothing: its key; in a log also its day and what it was worth.

    Examples
    --------
    >>> fields = (Field("who", "id", "id", ""), Field("when", "date", "date", ""), Field("paid", "amount", "money", ""))
    >>> [field.name for field in needed(Schema("orders", "transactions", "", fields))]
    ['who', 'when', 'paid']
    """
    roles = [KEYS.get(schema.kind, "")]
    if schema.kind in ("transactions", "events"):
        roles.append("date")
    if schema.kind == "transactions":
        roles += ["amount"] if schema.field("amount") else ["quantity", "unit_price"]
    found = (schema.field(role) for role in roles if role)
    return tuple(field for field in found if field is not None)


def text(field: Field, *, required: bool, options: ValidationOptions) -> str:
    """Return SQL of a cell's text as it goes into casting: words for "not known" are NULL in optional numbers, dates and flags.

    Examples
    --------
    >>> text(Field("note", "text", "text", ""), required=False, options=ValidationOptions())
    '"note"'
    """
    name = quoted(field.name)
    if not words_allowed(field, required=required, options=options):
        return name
    return f"CASE WHEN {missing_word(name, options)} THEN NULL ELSE {name} END"


def words_allowed(field: Field, *, required: bool, options: ValidationOptions) -> bool:
    """Whether a word such as "n/a" may stand for a missing value of the field."""
    money_of_lines = field.role in ("amount", "quantity", "unit_price", "discount")
    return (
        field.kind in ("number", "money", "date", "flag")
        and field.role != "ignore"
        and not required
        and not money_of_lines
        and bool(options.missing_words)
    )


def missing_word(cell: str, options: ValidationOptions) -> str:
    """Return SQL that is TRUE for a cell that holds a word for "not known"."""
    return _among(cell, options.missing_words)


def _among(cell: str, words: Sequence[str]) -> str:
    """Return SQL that is TRUE for one of some lower-case words; IN is planned as a join, and hundreds of columns as hundreds of joins."""
    return f"regexp_full_match(lower({cell}), {literal('|'.join(map(re.escape, words)))})" if words else "false"


def typed(cell: str, field: Field, options: ValidationOptions) -> str:
    """Return SQL of the typed value of a cell, NULL when it is empty or cannot be cast.

    Parameters
    ----------
    cell : str
        SQL of the text.
    field : Field
        With settled notation.
    options : ValidationOptions

    Examples
    --------
    >>> typed("r0", Field("name", "text", "text", ""), ValidationOptions())
    'r0'
    """
    if field.role == "ignore" or field.kind in ("category", "text"):
        return cell
    if field.kind == "id":
        plain = f"nfc_normalize({cell})"
        return (
            f"CASE WHEN regexp_full_match({cell}, '[0-9]+[.]0+') THEN split_part({cell}, '.', 1) ELSE {plain} END"
            if field.notation.whole
            else plain
        )
    if field.kind == "date":
        return dates.moment(cell, field.notation.date_format)
    if field.kind == "flag":
        return f"CASE WHEN {_among(cell, field.notation.yes)} THEN true WHEN {_among(cell, field.notation.no)} THEN false END"
    number = numerals.numeral(cell, field.notation, brackets=options.locale)
    return money(number) if field.kind == "money" else _double(number)


def money(number: str) -> str:
    """Return SQL of a plain numeral as DECIMAL(18,4), NULL when it is too large."""
    return f"coalesce(try_cast({number} AS DECIMAL(18,4)), try_cast(try_cast({number} AS DOUBLE) AS DECIMAL(18,4)))"


def _double(number: str) -> str:
    value = f"try_cast({number} AS DOUBLE)"
    return f"CASE WHEN {value} = 0 THEN 0.0::DOUBLE WHEN isfinite({value}) THEN {value} END"  # no −0.0


def checks(schema: Schema, options: ValidationOptions, placeholders: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """Return every check of a table, the missing key first, then in the order of the fields.

    Parameters
    ----------
    schema : Schema
        Settled.
    options : ValidationOptions
    placeholders : tuple of str
        Ids that stand for nobody.
    """
    must = needed(schema)
    made = [check for place, field in enumerate(schema.fields) for check in _field_checks(place, field, schema, options, must)]
    key = next((place for place, field in enumerate(schema.fields) if field in must[:1] and field.role == KEYS.get(schema.kind)), None)
    if key is not None:
        made = [*_key_checks(key, schema.fields[key], placeholders), *made]
    return tuple(made)


def _key_checks(place: int, field: Field, placeholders: tuple[str, ...]) -> list[Check]:
    whose = "customer" if field.role == "id" else "product"
    made = [
        Check(
            field.name,
            "MISSING_ID",
            f"the row does not say which {whose} it belongs to",
            f"fill in the {whose}'s id at the source",
            f"r{place} IS NULL",
        )
    ]
    if placeholders:
        listed = ", ".join(literal(word) for word in placeholders)
        reason = "many rows share an id that is a word for “nobody”"
        made.append(Check(field.name, "PLACEHOLDER_ID", reason, f"fill in the {whose}'s id at the source", f"r{place} IN ({listed})"))
    return made


def _field_checks(place: int, field: Field, schema: Schema, options: ValidationOptions, must: tuple[Field, ...]) -> list[Check]:
    if field.role == "ignore":
        return []
    cell, value = f"r{place}", f"t{place}"
    made: list[Check] = []
    if field in must and field.kind == "date":
        made.append(Check(field.name, "MISSING_DATE", "the row has no date", "fill in the date at the source", f"{cell} IS NULL"))
    if field in must and field.role in ("amount", "quantity", "unit_price"):
        reason = f"the row has no {field.role.replace('_', ' ')}"
        made.append(Check(field.name, "MISSING_AMOUNT", reason, "fill it in at the source", f"{cell} IS NULL"))
    if field.kind in ("money", "number"):
        return made + _number_checks(cell, value, field, schema, options)
    if field.kind == "date":
        return made + _date_checks(cell, value, field, schema, options)
    return made + (_flag_checks(cell, value, field) if field.kind == "flag" else [])


def _number_checks(cell: str, value: str, field: Field, schema: Schema, options: ValidationOptions) -> list[Check]:
    bad = f"{cell} IS NOT NULL AND {value} IS NULL"
    numeral = numerals.numeral(cell, field.notation, brackets=options.locale)
    word = f"regexp_full_match(lower({cell}), '{numerals.NOT_FINITE}')"
    finite = f"coalesce(isfinite(try_cast({numeral} AS DOUBLE)), false)"
    reason = f"the column is written with {_form(field)}, this cell is"
    infinite = f"{bad} AND ({word} OR ({numeral} IS NOT NULL AND NOT {finite}))"
    unread = f"{bad} AND NOT {word} AND {numeral} IS NULL"
    made = [
        Check(field.name, "NOT_FINITE", "infinite or not a number", "correct the calculation that made it", infinite, uncast=True),
        Check(field.name, "NOT_A_NUMBER", reason, "write it like the rest of the column", unread, numerals.seen(cell), uncast=True),
    ]
    if field.kind == "money":
        reason, remedy = "an amount beyond 1,000,000,000,000", "check the amount and its unit at the source"
        made.append(Check(field.name, "OUT_OF_RANGE", reason, remedy, f"{bad} AND {finite}", uncast=True))
        made.append(Check(field.name, "OUT_OF_RANGE", reason, remedy, f"abs({value}) > {MOST_MONEY}"))
    if options.refunds == "quarantine" and schema.kind == "transactions" and field.role in ("amount", "quantity"):
        remedy = 'set refunds = "allow" under [cleaning] if it is a refund'
        made.append(Check(field.name, "NEGATIVE_AMOUNT", "negative, and refunds are not allowed here", remedy, f"{value} < 0"))
    return made


def _form(field: Field) -> str:
    marks = "a decimal comma" if field.notation.decimal == "," else "a decimal point"
    grouped = {",": "commas", ".": "dots", " ": "blanks", "'": "apostrophes"}.get(field.notation.thousands, "nothing")
    return f"{marks} and {grouped} between thousands"


def _date_checks(cell: str, value: str, field: Field, schema: Schema, options: ValidationOptions) -> list[Check]:
    bad = f"{cell} IS NOT NULL AND {value} IS NULL"
    written = dates.described(field.notation.date_format)
    known = dates.fits_known(cell, field.notation.date_format)
    reason, remedy = f"the column is written as {written}, this cell is", "write it like the rest of the column, or declare date_format"
    made = [
        Check(field.name, "NOT_A_DATE", "no day of the calendar", "correct the date at the source", f"{bad} AND {known}", uncast=True),
        Check(field.name, "NOT_A_DATE", reason, remedy, f"{bad} AND NOT {known}", dates.seen(cell), uncast=True),
    ]
    if field.role not in ("date", "joined") or schema.kind not in ACTIVITY_KINDS:
        return made
    listed = ", ".join(f"DATE '{day}'" for day in SENTINEL_DAYS)
    sentinel = f"CAST({value} AS DATE) IN ({listed})"
    if options.sentinel_dates == "quarantine":
        made.append(
            Check(
                field.name,
                "SENTINEL_DATE",
                "a day that stands for “unknown”, such as 1900-01-01",
                "leave the cell empty or give the real day",
                sentinel,
            )
        )
    too_old = f"{value} < TIMESTAMP '{EARLIEST}' AND NOT {sentinel}"
    made.append(Check(field.name, "TOO_OLD_DATE", f"before {EARLIEST[:4]}", "correct the date at the source", too_old))
    if options.today is not None:
        test = f"CAST({value} AS DATE) > DATE '{options.today.isoformat()}' + 1 AND NOT {sentinel}"
        made.append(Check(field.name, "FUTURE_DATE", "more than a day in the future", "correct the date at the source", test))
    return made


def _flag_checks(cell: str, value: str, field: Field) -> list[Check]:
    words = "/".join((field.notation.yes[:1] + field.notation.no[:1]) or ("yes", "no"))
    reason = f"neither yes nor no as the column writes it ({words})"
    remedy = 'write it like the rest of the column, or give the column the role "attribute"'
    return [Check(field.name, "NOT_A_FLAG", reason, remedy, f"{cell} IS NOT NULL AND {value} IS NULL", uncast=True)]
