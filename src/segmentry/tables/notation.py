"""How each column is written: settled once by the whole column, or asked for; never guessed cell by cell.

A way of writing is settled when some value proves it and no value contradicts it. ``01/02/2024`` proves nothing: if a column holds only such
dates the user is asked. Cells off the settled way go to quarantine later, they are never read in another way.
Method: few set-based passes over the distinct values of a column, each a count of how many cells fit each candidate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segmentry.engines.engine import Engine, literal, quoted
from segmentry.errors import DataRefused, Problem
from segmentry.sources.raw import RawTable
from segmentry.tables import dates, numerals
from segmentry.tables.identifiers import WHOLE
from segmentry.tables.options import ValidationOptions
from segmentry.tables.schema import Field, Notation, Schema

FLAG_WORDS = (
    (("y", "yes", "true", "t", "on"), ("n", "no", "false", "f", "off")),
    (("1", "1.0"), ("0", "0.0")),
    (("oui", "o", "vrai"), ("non", "n", "faux")),
    (("ja", "j", "wahr"), ("nein", "nee", "n", "falsch")),
    (("si", "sí", "sì", "s", "sim"), ("no", "não", "nao", "n")),
)
SHARED_ROLES = ("id", "product", "order_id")


@dataclass(frozen=True, slots=True)
class _Column:
    """One column to be settled, and all that is needed to ask about it."""

    engine: Engine
    raw: RawTable
    field: Field
    options: ValidationOptions

    def count(self, *tests: str) -> list[int]:
        """Return the number of known cells, then how many of them pass each test on ``v``."""
        words = ", ".join(literal(word) for word in self.options.missing_words) or "''"
        name = quoted(self.field.name)
        cells = f"SELECT {name} AS v, count(*) AS n FROM {quoted(self.raw.table)} WHERE {name} IS NOT NULL AND lower({name}) NOT IN ({words}) GROUP BY ALL"
        sums = ", ".join(f"coalesce(sum(n) FILTER ({test}), 0)::BIGINT" for test in ("true", *tests))
        return list(self.engine.rows(f"WITH cells AS ({cells}) SELECT {sums} FROM cells")[0])

    def problem(self, code: str, reason: str, remedy: str) -> DataRefused:
        """Return the refusal that names the column."""
        place = self.raw.files[0] if len(self.raw.files) == 1 else ""
        return DataRefused(Problem(code, reason, remedy, file=place, column=self.field.name))


def settle(engine: Engine, raw: RawTable, schema: Schema, options: ValidationOptions) -> Schema:
    """Complete the notation of every field of a table, by all its values.

    Parameters
    ----------
    engine : Engine
        Holds the raw table.
    raw : RawTable
        The table as text.
    schema : Schema
        Roles and kinds; notation is completed.
    options : ValidationOptions
        What the user declared; it wins.

    Returns
    -------
    Schema
        The same fields with complete notation.

    Raises
    ------
    DataRefused
        ``AMBIGUOUS_DATE``, ``UNKNOWN_DATE_FORMAT``, ``MIXED_EPOCHS``, ``AMBIGUOUS_NUMBER``, ``MIXED_CURRENCIES``: all
        columns that cannot be settled at once, each with the lines to put into the settings.
    SettingsError
        When a declared date format cannot be read.
    """
    fields: list[Field] = []
    problems: list[Problem] = []
    for field in schema.fields:
        try:
            fields.append(field if field.name not in raw.columns else _settled(_Column(engine, raw, field, options)))
        except DataRefused as refused:
            problems.extend(refused.problems)
    if problems:
        raise DataRefused(*problems)
    return replace(schema, fields=tuple(fields))


def harmonise(schemas: Sequence[Schema]) -> tuple[Schema, ...]:
    """Treat an id the same way in every table: if ``.0`` is taken off in one, it is in all that share the role.

    Examples
    --------
    >>> lines = Schema("lines", "transactions", "", (Field("CustomerID", "id", "id", "", Notation(whole=True)),))
    >>> people = Schema("people", "customers", "", (Field("id", "id", "id", ""),))
    >>> harmonise([lines, people])[1].fields[0].notation.whole
    True
    """
    whole = {field.role for schema in schemas for field in schema.fields if field.notation.whole and field.role in SHARED_ROLES}

    def same(field: Field) -> Field:
        return replace(field, notation=replace(field.notation, whole=True)) if field.role in whole and field.kind == "id" else field

    return tuple(replace(schema, fields=tuple(same(field) for field in schema.fields)) for schema in schemas)


def _settled(column: _Column) -> Field:
    kind = column.field.kind
    settler = {"date": _dates, "money": _numbers, "number": _numbers, "flag": _flags, "id": _ids}.get(kind)
    return column.field if settler is None or column.field.role == "ignore" else replace(column.field, notation=settler(column))


def _ids(column: _Column) -> Notation:
    known, whole, floats = column.count(f"regexp_full_match(v, '{WHOLE}')", "regexp_full_match(v, '[0-9]+[.]0+')")
    return replace(column.field.notation, whole=column.field.notation.whole or (known > 0 and whole == known and floats > 0))


# --- dates ---------------------------------------------------------------------------------------------------


def _dates(column: _Column) -> Notation:
    declared = column.options.date_format.get(column.field.name, column.field.notation.date_format)
    if declared:
        dates.check_format(column.field.name, declared)
        return replace(column.field.notation, date_format=declared)
    names = [writing.name for writing in dates.WRITINGS] + [*dates.EPOCHS, dates.EXCEL]
    known, *counts = column.count(*(dates.likely("v", name) for name in names))
    if not known:
        return column.field.notation
    found = dict(zip(names, counts, strict=True))
    if found["%Y%m%d"] != known:  # eight digits are a date only if all of them are
        found["%Y%m%d"] = 0
    epochs = [name for name in dates.EPOCHS if found[name]]
    if len(epochs) > 1 and sum(found[name] for name in epochs) * 2 > known:
        raise column.problem(
            "MIXED_EPOCHS",
            f"some values count since 1970 in {' and some in '.join(_UNITS[name] for name in epochs)}",
            "export the column in one unit",
        )
    if found[dates.EXCEL] != known:
        found[dates.EXCEL] = 0
    best = max(names, key=lambda name: found[name])
    if found[best] * 2 < known or not found[best]:
        raise _unknown_dates(column, known, found[best])
    rival = dates.RIVALS.get(best, "")
    if rival and found[rival]:
        best = _day_or_month(column, best, rival)
    return replace(column.field.notation, date_format=best)


_UNITS = {"epoch s": "seconds", "epoch ms": "milliseconds", "epoch us": "microseconds"}


def _day_or_month(column: _Column, one: str, other: str) -> str:
    """Settle day/month against month/day: values that fit one way only must all agree."""
    first, second = f"({dates.moment('v', one)}) IS NOT NULL", f"({dates.moment('v', other)}) IS NOT NULL"
    twins = f"({dates.moment('v', one)}) = ({dates.moment('v', other)})"
    known, only_one, only_other, same, both = column.count(
        f"{first} AND NOT ({second})", f"{second} AND NOT ({first})", twins, f"{first} AND {second}"
    )
    if only_one and not only_other:
        return one
    if same == both and not (only_one or only_other):
        return one
    if only_one and only_other:
        reason = f"{only_one:,} of {known:,} values can only be {_words(one)} and {only_other:,} only {_words(other)}"
    else:
        reason = f"none of {known:,} values has a part above 12, so {_words(one)} and {_words(other)} are equally possible"
    raise column.problem("AMBIGUOUS_DATE", reason, _ask_date(column, one, other))


def _unknown_dates(column: _Column, known: int, most: int) -> DataRefused:
    seen = column.engine.rows(
        f"SELECT {dates.seen('v')} AS form FROM (SELECT {quoted(column.field.name)} AS v FROM {quoted(column.raw.table)}) WHERE v IS NOT NULL "
        "GROUP BY form ORDER BY count(*) DESC, form LIMIT 1"
    )[0][0]
    reason = f"no single way of writing dates fits half of the {known:,} values (the best fits {most:,}); most are {seen}"
    return column.problem(
        "UNKNOWN_DATE_FORMAT", reason, _ask_date(column, "%d/%m/%Y") + "\nor, if it is no date, give it another role there"
    )


def _ask_date(column: _Column, *formats: str) -> str:
    options = "\n  or ".join(f'{_key(column.field.name)} = "{name}"' for name in formats)
    return f"say how it is written, in segmentry.toml:\n  [tables.{_key(column.raw.name)}.date_format]\n  {options}"


def _key(name: str) -> str:
    """Return a TOML key."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(name: str) -> str:
    return dates.described(name)


# --- numbers -------------------------------------------------------------------------------------------------


def _numbers(column: _Column) -> Notation:
    notation, options = column.field.notation, column.options
    currency = options.currency if column.field.kind == "money" and options.currency else notation.currency
    currency = currency or _currency(column)
    if options.thousands and not options.decimal:
        return replace(notation, decimal="," if options.thousands == "." else ".", thousands=options.thousands, currency=currency)
    bare = numerals.without_currency("v", currency) if currency else "v"
    plain = f"regexp_replace(ltrim({bare}, '+-'), {literal(_GROUPS)}, '', 'g')"
    tests = [f"regexp_full_match({plain}, {literal(pattern)})" for pattern in numerals.PROOFS.values()]
    tests += [f"regexp_full_match({bare}, {literal(pattern)})" for pattern in (numerals.SPACED, numerals.QUOTED)]
    tests += [f"regexp_full_match({bare}, '[+-]?[0-9]{{4,}}([.,][0-9]*)?')"]
    _, *counts = column.count(*tests)
    found = dict(zip([*numerals.PROOFS, "spaces", "quotes", "unspaced"], counts, strict=True))
    decimal, thousands = _marks(column, found)
    return replace(notation, currency=currency, decimal=decimal, thousands=thousands)


_GROUPS = r"[ \x{00A0}\x{202F}\x{2009}'’]"


def _marks(column: _Column, found: dict[str, int]) -> tuple[str, str]:
    """Settle decimal mark and thousands mark from what the cells prove; what is declared needs no proof."""
    declared = column.options.decimal
    dot = found["dot decimal"] + found["comma thousands"]
    comma = found["comma decimal"] + found["dot thousands"]
    if not declared and not dot and not comma and found["long whole"] and not found["comma both"]:
        dot = found["dot both"]  # whole numbers of four digits carry no mark, so a dot is none between thousands
    if not declared and not dot and not comma and (found["dot both"] or found["comma both"]):
        mark = "," if found["comma both"] else "."
        other = "." if mark == "," else ","
        raise column.problem(
            "AMBIGUOUS_NUMBER",
            f"every {'comma' if mark == ',' else 'dot'} is followed by exactly three digits: it may be a decimal mark or stand between thousands",
            f'say which, in segmentry.toml:\n  [tables.{_key(column.raw.name)}]\n  decimal = "{mark}"\n  or decimal = "{other}"',
        )
    decimal = declared or ("." if dot >= comma else ",")
    thousands = "," if decimal == "." else "."
    grouped = found["comma thousands"] + found["comma both"] if decimal == "." else found["dot thousands"] + found["dot both"]
    if column.options.thousands:
        return decimal, column.options.thousands
    if found["spaces"] and not found["unspaced"]:
        return decimal, " "
    if found["quotes"] and not found["unspaced"]:
        return decimal, "'"
    # Where cells contradict one another, a lone mark between three digits may be either: such cells go to quarantine.
    return decimal, thousands if grouped and (declared or not (dot and comma)) else ""


def _currency(column: _Column) -> str:
    """Return the symbol that every amount carries, or nothing."""
    name, words = quoted(column.field.name), ", ".join(literal(word) for word in column.options.missing_words) or "''"
    symbol = f"regexp_extract(v, {literal(numerals.CURRENCY)}, 1) || regexp_extract(v, {literal(numerals.CURRENCY)}, 2)"
    known = f"SELECT {name} AS v FROM {quoted(column.raw.table)} WHERE {name} IS NOT NULL AND lower({name}) NOT IN ({words})"
    marked = "regexp_matches(v, '[^0-9.,+eE\\- ]')"
    if not column.engine.rows(f"SELECT 1 FROM ({known}) WHERE {marked} LIMIT 1"):
        return ""
    found = column.engine.rows(f"SELECT {symbol} AS s, count(*) AS n FROM ({known}) GROUP BY s ORDER BY n DESC, s")
    symbols = [row for row in found if row[0]]
    if len(symbols) > 1 and len(symbols) == len(found):
        listed = ", ".join(f"{row[0]} ({row[1]:,})" for row in symbols[:5])
        raise column.problem(
            "MIXED_CURRENCIES", f"amounts are in several currencies: {listed}", "convert them into one currency before the export"
        )
    return str(symbols[0][0]) if len(found) == 1 and symbols else ""


# --- flags ---------------------------------------------------------------------------------------------------


def _flags(column: _Column) -> Notation:
    notation, options = column.field.notation, column.options
    if options.yes or options.no or notation.yes or notation.no:
        return replace(notation, yes=options.yes or notation.yes, no=options.no or notation.no)
    tests = [f"lower(v) IN ({', '.join(literal(word) for word in (*yes, *no))})" for yes, no in FLAG_WORDS]
    _, *counts = column.count(*tests)
    yes, no = FLAG_WORDS[max(range(len(counts)), key=lambda place: (counts[place], -place))]
    return replace(notation, yes=yes, no=no)
