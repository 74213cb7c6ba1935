"""The first line: names of columns, checked; or, when it is data, the settings that make the file readable.

A header is refused when its names cannot tell columns apart. It is taken for data when its cells look like the cells below
them: numbers over numbers, dates over dates, a word that comes again in its own column.
"""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from segmentry.errors import DataRefused, Problem
from segmentry.results import Note, Treatment
from segmentry.sources.opening import refused
from segmentry.sources.staging import EDGES

MAX_COLUMNS = 2_000
MAX_NAME = 500
RESERVED = frozenset({"_file", "_row", "_bad", "_conflict"})

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d\d.*)?")
_MAIL = re.compile(r"\S+@\S+\.\S+")
_VALUES = (_DATE, _NUMBER, _MAIL)


@dataclass(frozen=True, slots=True)
class Header:
    """Names of columns as the engine will hold them, and what was done to them."""

    columns: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    treatments: tuple[Treatment, ...] = ()


def check(path: Path, table: str, cells: list[str]) -> Header:
    """Return the names of a file's header: trimmed, in Unicode's composed form, the unnamed ones named by position.

    Raises
    ------
    DataRefused
        ``TOO_MANY_COLUMNS``, ``HEADER_TOO_LONG``, ``DUPLICATE_HEADER``, ``RESERVED_HEADER`` or ``NUL_CHAR``.
    """
    check_width(path, len(cells))
    if any(len(cell) > MAX_NAME for cell in cells):
        raise refused(
            path, "HEADER_TOO_LONG", f"a column's name has more than {MAX_NAME} characters, the limit", "check the delimiter and quotes"
        )
    for place, cell in enumerate(cells, 1):
        if "\0" in cell or any("\ud800" <= letter <= "\udfff" for letter in cell):
            raise refused(
                path,
                "NUL_CHAR",
                f"the name of its column {place} holds a character that is no text",
                "check the encoding, or export it again",
            )
    tidy = [unicodedata.normalize("NFC", " ".join(cell.strip(EDGES).split())) for cell in cells]
    empty = [place for place, name in enumerate(tidy, 1) if not name]
    names = tuple(name or f"unnamed_{place}" for place, name in enumerate(tidy, 1))
    _check_unique(path, cells, names)
    notes = (_unnamed(table, empty),) if empty else ()
    changed = sum(bool(new) and old != new for old, new in zip(cells, tidy, strict=True))
    words = f"{changed:,} of {len(cells):,} column names had blanks around or inside them, which were trimmed."
    treatments = (Treatment("header_trimmed", changed, words, table=table),) if changed else ()
    return Header(names, notes, treatments)


def check_width(path: Path, width: int) -> None:
    """Raise ``TOO_MANY_COLUMNS`` beyond the limit."""
    if width > MAX_COLUMNS:
        raise refused(
            path,
            "TOO_MANY_COLUMNS",
            f"it has {width:,} columns; the limit is {MAX_COLUMNS:,}",
            "leave out columns that do not describe customers",
        )


def looks_like_data(cells: list[str], below: list[list[str]]) -> bool:
    """Return whether a first line is a record like those below it.

    Examples
    --------
    >>> looks_like_data(["C1", "2024-01-01", "10"], [["C2", "2024-01-02", "12"]])
    True
    >>> looks_like_data(["customer", "2019", "2020"], [["C2", "17", "12"]])
    False
    """
    columns = [[record[place].strip() for record in below if place < len(record)] for place in range(len(cells))]
    pairs = [(cell.strip(), column) for cell, column in zip(cells, columns, strict=True) if cell.strip()]
    values = [_is_value(cell) and (not below or _same_kind(cell, column)) for cell, column in pairs]
    alike = [value or _same_shape(cell, column) or cell in column for value, (cell, column) in zip(values, pairs, strict=True)]
    if not pairs or not any(values):
        return False
    returning = any(cell in column for value, (cell, column) in zip(values, pairs, strict=True) if not value)
    return all(alike) or (returning and sum(values) >= 2)


def no_header(path: Path, table: str, delimiter: str, sample: list[list[str]]) -> DataRefused:
    """Return the refusal ``NO_HEADER``, with the settings that make the file readable."""
    kinds = [_kind([record[place].strip() for record in sample if place < len(record)]) for place in range(len(sample[0]))]
    reason = f"its first line looks like data, not like names of columns: {len(kinds)} cells ({', '.join(kinds)})"
    remedy = (
        "put the names of the columns into segmentry.toml; these are guesses, change them to what the columns hold:\n\n"
        f"{settings(table, delimiter, kinds)}\n\nthen run the same command again with --config segmentry.toml"
    )
    return DataRefused(Problem("NO_HEADER", reason, remedy, file=path.name))


def settings(table: str, delimiter: str, kinds: list[str]) -> str:
    """Return the TOML that declares a file without header.

    Examples
    --------
    >>> print(settings("visits", "", ["padded number", "date as yyyymmdd", "decimal"]))
    [tables.visits]
    header = false
    columns = ["customer_id", "date", "amount"]
    [tables.visits.date_format]
    date = "%Y%m%d"
    """
    names = _names(kinds)
    key = table if re.fullmatch(r"[A-Za-z0-9_-]+", table) else json.dumps(table)
    lines = [f"[tables.{key}]"]
    if delimiter:
        lines.append(f"delimiter = {json.dumps(delimiter)}")
    lines += ["header = false", f"columns = {json.dumps(names)}"]
    packed = [name for name, kind in zip(names, kinds, strict=True) if kind == "date as yyyymmdd"]
    if packed:
        lines += [f"[tables.{key}.date_format]", *(f'{name} = "%Y%m%d"' for name in packed)]
    return "\n".join(lines)


def _check_unique(path: Path, cells: list[str], names: tuple[str, ...]) -> None:
    counts = Counter(name.casefold() for name in names)
    twice = sorted({name for name in names if counts[name.casefold()] > 1})
    if twice:
        reason = f"{len(cells)} columns, but the name {twice[0]!r} stands more than once (blanks and case aside)"
        raise refused(path, "DUPLICATE_HEADER", reason, "rename or remove one of them", column=twice[0])
    held = [name for name in names if name.casefold() in RESERVED]
    if held:
        raise refused(path, "RESERVED_HEADER", f"the name {held[0]!r} is used by segmentry itself", "rename the column", column=held[0])


def _unnamed(table: str, places: list[int]) -> Note:
    shown = ", ".join(f"unnamed_{place}" for place in places[:5]) + (" …" if len(places) > 5 else "")
    return Note("unnamed_columns", f"{len(places):,} columns have no name in the file; they are called {shown}, by position.", table=table)


def _is_value(cell: str) -> bool:
    return any(pattern.fullmatch(cell) for pattern in _VALUES)


def _same_kind(cell: str, column: list[str]) -> bool:
    pattern = next(pattern for pattern in _VALUES if pattern.fullmatch(cell))
    filled = [value for value in column if value]
    return bool(filled) and sum(bool(pattern.fullmatch(value)) for value in filled) >= 0.8 * len(filled)


def _same_shape(cell: str, column: list[str]) -> bool:
    if not any(letter.isdigit() for letter in cell):
        return False
    shape = _shape(cell)
    return sum(_shape(value) == shape for value in column) >= 0.5 * max(len(column), 1)


def _shape(cell: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell))


def _kind(column: list[str]) -> str:
    filled = [value for value in column if value]
    if not filled:
        return "empty"
    tests = (
        ("date as yyyymmdd", _is_packed_date),
        ("date", lambda value: bool(_DATE.fullmatch(value))),
        ("padded number", lambda value: value.isdigit() and len(value) > 1),
        ("whole number", lambda value: value.lstrip("+-").isdigit()),
        ("decimal", lambda value: bool(_NUMBER.fullmatch(value))),
        ("e-mail", lambda value: bool(_MAIL.fullmatch(value))),
        ("code", lambda value: any(letter.isdigit() for letter in value) and " " not in value),
    )
    zeros = any(value.startswith("0") and len(value) > 1 for value in filled)
    for kind, test in tests:
        if (kind != "padded number" or zeros) and all(test(value) for value in filled):
            return kind
    return "text"


def _is_packed_date(value: str) -> bool:
    if not re.fullmatch(r"(19|20)\d{6}", value):
        return False
    try:
        datetime.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


def _names(kinds: list[str]) -> list[str]:
    words = {"date as yyyymmdd": "date", "date": "date", "decimal": "amount", "e-mail": "email", "whole number": "quantity"}
    names: list[str] = []
    for place, kind in enumerate(kinds):
        is_id = kind in ("padded number", "code") or (place == 0 and kind == "whole number")
        name = ("id" if "customer_id" in names else "customer_id") if is_id else words.get(kind, "text")
        taken = sum(re.sub(r"_\d+$", "", other) == name for other in names)
        names.append(f"{name}_{taken + 1}" if taken or name == "id" else name)
    return names
