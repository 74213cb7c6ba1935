r"""Ways of writing dates, each as SQL: does a cell fit, and which moment does it mean.

A way of writing is named by its strptime pattern; every one may carry a time after the day. Cells with a zone are turned into UTC,
cells without one are local time. A cell that fits but names no real day (29 February 2023) gives NULL.
Not for deciding which way a column is written: that is `notation`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from segmentry.engines.engine import literal
from segmentry.errors import SettingsError

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?"
_ZONE = r" ?(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_TIME = rf"((?:T|,? +){_CLOCK})?({_ZONE})?"
_ZONED = rf".*:\d{{2}}(?:[.,]\d{{1,9}})?{_ZONE}"
_MONTHS = ["%Y-%b-%d", "%Y-%B-%d"]
_TWELVE_HOURS = ["%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M:%S.%f %p"]
EPOCHS = {"epoch s": 1_000_000, "epoch ms": 1_000, "epoch us": 1}
EXCEL = "excel"


@dataclass(frozen=True, slots=True)
class Writing:
    r"""One way of writing dates.

    Parameters
    ----------
    name : str
        strptime pattern of the day, or the name of a count of days or seconds.
    words : str
        For people, such as "day/month/year".
    pattern : str
        Regular expression of the day; three groups.
    order : str
        Which group is the year, month and day, such as "321" for day/month/year.
    """

    name: str
    words: str
    pattern: str
    order: str


WRITINGS = (
    Writing("%Y-%m-%d", "year-month-day", r"(\d{4})-(\d{1,2})-(\d{1,2})", "123"),
    Writing("%Y/%m/%d", "year/month/day", r"(\d{4})/(\d{1,2})/(\d{1,2})", "123"),
    Writing("%Y.%m.%d", "year.month.day", r"(\d{4})\.(\d{1,2})\.(\d{1,2})", "123"),
    Writing("%d-%m-%Y", "day-month-year", r"(\d{1,2})-(\d{1,2})-(\d{4})", "321"),
    Writing("%m-%d-%Y", "month-day-year", r"(\d{1,2})-(\d{1,2})-(\d{4})", "312"),
    Writing("%d/%m/%Y", "day/month/year", r"(\d{1,2})/(\d{1,2})/(\d{4})", "321"),
    Writing("%m/%d/%Y", "month/day/year", r"(\d{1,2})/(\d{1,2})/(\d{4})", "312"),
    Writing("%d.%m.%Y", "day.month.year", r"(\d{1,2})\.(\d{1,2})\.(\d{4})", "321"),
    Writing("%Y%m%d", "yearmonthday", r"((?:19|20)\d{2}|2100)(\d{2})(\d{2})", "123"),
    Writing("%d %b %Y", "day, month name, year", r"(\d{1,2})(?:st|nd|rd|th)?[ \-/.]+([A-Za-z]{3,9})[ \-/.,]+(\d{4})", "321"),
    Writing("%b %d %Y", "month name, day, year", r"([A-Za-z]{3,9})[ \-/.]+(\d{1,2})(?:st|nd|rd|th)?[ \-/.,]+(\d{4})", "312"),
)
RIVALS = {"%d/%m/%Y": "%m/%d/%Y", "%m/%d/%Y": "%d/%m/%Y", "%d-%m-%Y": "%m-%d-%Y", "%m-%d-%Y": "%d-%m-%Y"}
_BY_NAME = {writing.name: writing for writing in WRITINGS}
_DIRECTIVES = r"(?:%-?[YymdHMSfgpbBIjzZaA%]|[^%])+"


def check_format(column: str, name: str) -> None:
    """Raise unless `name` is a way of writing dates that can be read.

    Raises
    ------
    SettingsError
        Naming the column, what was received and what is allowed.

    Examples
    --------
    >>> check_format("Day", "dd/mm/yyyy")
    Traceback (most recent call last):
    segmentry.errors.SettingsError: date_format of column 'Day' is 'dd/mm/yyyy'; ...
    """
    known = name == EXCEL or name in EPOCHS
    if not known and ("%" not in name or not re.fullmatch(_DIRECTIVES, name)):
        raise SettingsError(
            f"date_format of column {column!r} is {name!r}; allowed is a strptime pattern such as "
            '"%d/%m/%Y", or "excel", "epoch s", "epoch ms", "epoch us". Write one of them.'
        )


def moment(text: str, name: str) -> str:
    r"""Return SQL that gives the TIMESTAMP a cell means, or NULL when it is not written as `name` or names no real day.

    Parameters
    ----------
    text : str
        SQL of the cell.
    name : str
        Way of writing; empty gives NULL always.

    Examples
    --------
    >>> moment("cell", "")
    'CAST(NULL AS TIMESTAMP)'
    >>> moment("cell", "%Y week %W").startswith("try_strptime(cell")
    True
    """
    if not name:
        return "CAST(NULL AS TIMESTAMP)"
    if name == EXCEL:
        return f"CASE WHEN regexp_full_match({text}, '\\d{{4,5}}([.]\\d+)?') THEN {_excel(text)} END"
    if name in EPOCHS:
        micros = f"CAST(CAST({text} AS DECIMAL(24,6)) * {EPOCHS[name]} AS BIGINT)"
        return f"CASE WHEN regexp_full_match({text}, '\\d{{1,{_digits(name)}}}([.]\\d{{1,6}})?') THEN make_timestamp({micros}) END"
    if name not in _BY_NAME:
        return f"try_strptime({text}, {literal(name)})"
    return f"CASE WHEN {fits(text, name)} THEN {_written(text, _BY_NAME[name])} END"


def fits(text: str, name: str) -> str:
    """Return SQL that is TRUE when a cell is written as `name`, be the day real or not."""
    return f"regexp_full_match({text}, {literal(_BY_NAME[name].pattern + _TIME)})"


def fits_known(text: str, name: str) -> str:
    """Return SQL that is TRUE when a cell is written as `name`; FALSE always for patterns of the user's own and for counts."""
    return fits(text, name) if name in _BY_NAME else "false"


def described(name: str) -> str:
    """Return a way of writing in words.

    Examples
    --------
    >>> described("%d/%m/%Y")
    'day/month/year'
    """
    counts = {
        EXCEL: "Excel serial days",
        "epoch s": "seconds since 1970",
        "epoch ms": "milliseconds since 1970",
        "epoch us": "microseconds since 1970",
    }
    return _BY_NAME[name].words if name in _BY_NAME else counts.get(name, name)


def zoned(text: str) -> str:
    """Return SQL that is TRUE when a cell carries a time zone."""
    return f"regexp_full_match({text}, {literal(_ZONED)})"


def likely(text: str, name: str) -> str:
    """Return SQL that is TRUE when a cell reads well as `name`: a real day, and for counts one between about 1980 and 2100."""
    if name == EXCEL:
        return f"(regexp_full_match({text}, '\\d{{5}}([.]\\d+)?') AND try_cast({text} AS DOUBLE) BETWEEN 10000 AND 73415)"
    if name in EPOCHS:
        low, high = 300_000_000 * 1_000_000 // EPOCHS[name], 4_102_444_800 * 1_000_000 // EPOCHS[name]
        return f"(regexp_full_match({text}, '\\d{{9,16}}([.]\\d+)?') AND try_cast({text} AS DOUBLE) BETWEEN {low} AND {high})"
    return f"(({moment(text, name)}) IS NOT NULL)"


def seen(text: str) -> str:
    """Return SQL that says in words how a cell that is no date of its column is written, without its value."""
    cases = [(f"regexp_full_match({text}, {literal(writing.pattern + _TIME)})", f"written as {writing.words}") for writing in WRITINGS]
    cases[3:7] = [
        (fits(text, "%d-%m-%Y"), "written as two numbers and a year with dashes"),
        (fits(text, "%d/%m/%Y"), "written as two numbers and a year with slashes"),
    ]
    cases += [
        (f"regexp_full_match({text}, '[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{2}}.*')", "written with a year of two digits"),
        (f"regexp_full_match({text}, '[0-9]{{5}}([.][0-9]+)?')", "a number of five digits, perhaps an Excel serial date"),
        (f"regexp_full_match({text}, '[0-9]{{9,16}}([.][0-9]+)?')", "a long number, perhaps seconds since 1970"),
        (f"regexp_full_match({text}, '[0-9.,+-]+')", "a number"),
        (f"regexp_matches({text}, '[A-Za-z]{{3,}}')", "in words"),
    ]
    whens = " ".join(f"WHEN {test} THEN {literal(words)}" for test, words in cases)
    return f"CASE {whens} ELSE 'in a form that is no date' END"


def _digits(name: str) -> int:
    return {"epoch s": 10, "epoch ms": 13, "epoch us": 16}[name]


def _excel(text: str) -> str:
    return f"(TIMESTAMP '1899-12-30' + to_microseconds(CAST(round(CAST({text} AS DOUBLE) * 86400) AS BIGINT) * 1000000))"


def _written(text: str, writing: Writing) -> str:
    whole = literal(writing.pattern + _TIME)
    day = literal("-".join(f"\\{group}" for group in writing.order))
    iso = f"regexp_replace({text}, {whole}, {day})"
    if "b" in writing.name:
        iso = f"strftime(try_strptime({iso}, {_listed(_MONTHS)}), '%Y-%m-%d')"
    clock = f"replace(ltrim(regexp_extract({text}, {whole}, 4), 'T, '), ',', '.')"
    zone = f"regexp_extract({text}, {whole}, 5)"
    local = f"{iso} || ' ' || {clock}"
    twelve = f"try_strptime({iso} || ' ' || regexp_replace(upper({clock}), ' ?([AP]M)$', ' \\1'), {_listed(_TWELVE_HOURS)})"
    local = f"CASE WHEN {clock} = '' THEN try_cast({iso} AS TIMESTAMP) WHEN {clock} ILIKE '%m' THEN {twelve} ELSE try_cast({local} AS TIMESTAMP) END"
    plain = f"regexp_full_match({text}, {literal(writing.pattern)})"
    if writing.name == "%Y-%m-%d":  # the quick way for what nearly all files hold: DuckDB reads it as it is
        plain = f"regexp_full_match({text}, {literal(writing.pattern + '(?:[T ]' + _CLOCK_24 + ')?')})"
        iso = text
    return f"CASE WHEN {plain} THEN try_cast({iso} AS TIMESTAMP) WHEN {zone} <> '' THEN {local} - {_offset(zone)} ELSE {local} END"


_CLOCK_24 = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?"


def _offset(zone: str) -> str:
    digits = f"regexp_replace({zone}, '[^0-9]', '', 'g')"
    sign = f"CASE WHEN {zone} LIKE '%-%' THEN -1 ELSE 1 END"
    hours = f"coalesce(try_cast(substr({digits}, 1, 2) AS INTEGER), 0)"
    minutes = f"coalesce(try_cast(substr({digits}, 3, 2) AS INTEGER), 0)"
    return f"to_minutes({sign} * ({hours} * 60 + {minutes}))"


def _listed(patterns: list[str]) -> str:
    return "[" + ", ".join(literal(pattern) for pattern in patterns) + "]"
