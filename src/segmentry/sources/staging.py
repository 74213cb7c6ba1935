"""From verified records to a table of text in the engine: one clean file in, every record counted twice.

Readers write what they verified to a clean file (UTF-8, line feeds, one dialect); rows set aside leave an empty row in their
place so that row numbers stay those of the file. The engine then reads the clean file, trims, and must count the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from segmentry.engines.engine import Engine, literal, quoted
from segmentry.results import Note, Treatment
from segmentry.sources.opening import refused, shielded

MAX_FIELD = 64 * 2**10
MAX_RECORD = 2**20
_RAW_KEPT = 2_000
_FLUSH = 20_000
_REJECT_COLUMNS = ("_file", "_row", "column", "code", "reason", "remedy", "raw")

#: Blanks that may surround a cell besides the space: no-break, zero-width, byte order mark, line ends.
_BITS = 60
EDGES = " \t\r\n\v\f\u00a0\u2007\u202f\ufeff\u200b\u2060"


@dataclass(frozen=True, slots=True)
class Part:
    """One file, loaded into a table of its own in the engine."""

    table: str
    columns: tuple[str, ...]
    records: int
    rejected: int
    form: str
    types: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where one file goes: its table's name for people, its tables in the engine and its position among the table's files."""

    name: str
    table: str
    rejects: str
    position: int = 0


@dataclass(slots=True)
class Rejects:
    """Rows that are no records of the table, held in the engine."""

    engine: Engine
    target: Target
    count: int = 0
    _held: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)

    def add(self, row: int, problem: tuple[str, str, str, str], raw: str) -> None:
        """Set one row aside; `problem` is its column, code, reason and remedy."""
        column, code, reason, remedy = problem
        kept = 200 if code == "FIELD_TOO_LONG" else _RAW_KEPT
        shown = raw[:kept].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00") + ("…" if len(raw) > kept else "")
        self._held.append((row, column, code, reason, remedy, shown))
        self.count += 1
        if len(self._held) >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Hand what is held to the engine."""
        if self._held:
            columns = dict(zip(_REJECT_COLUMNS[2:], zip(*(held[1:] for held in self._held), strict=True), strict=True))
            arrays = {name: np.array(values, dtype=object) for name, values in columns.items()}
            rows = np.array([held[0] for held in self._held], dtype=np.int64)
            place = np.full(len(rows), self.target.position, dtype=np.int32)
            self.engine.append(self.target.rejects, {"_file": place, "_row": rows, **arrays})
            self._held.clear()


@dataclass(slots=True)
class Clean:
    """The clean file of verified records while it is written."""

    path: Path
    delimiter: str
    columns: tuple[str, ...]
    stream: BinaryIO
    rejects: Rejects
    records: int = 0
    wide: bool = False

    def through(self, data: bytes, records: int) -> None:
        """Write lines that are clean as they are."""
        self.stream.write(data)
        self.records += records

    def rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write verified records."""
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        self.stream.write(text.getvalue().encode())
        self.records += len(rows)

    def row(self, row: Sequence[str], raw: str) -> None:
        """Write one record, or set it aside when a field of it is no text or too long."""
        problem = fault(row, self.columns)
        if problem is None:
            self.rows([row])
        else:
            self.reject(problem, raw)

    def reject(self, problem: tuple[str, str, str, str], raw: str) -> None:
        """Set one record aside and leave an empty row in its place."""
        self.rows([[""] * len(self.columns)])
        self.rejects.add(self.records, problem, raw)


def fault(row: Sequence[str], columns: Sequence[str]) -> tuple[str, str, str, str] | None:
    """Return column, code, reason and remedy of what is wrong with a record, or None.

    Examples
    --------
    >>> fault(["1", "2", "3"], ["a", "b"])[1:3]
    ('FIELD_COUNT', '3 fields where the header has 2')
    """
    if len(row) != len(columns):
        return "", "FIELD_COUNT", f"{len(row):,} fields where the header has {len(columns):,}", "quote fields that hold the delimiter"
    for name, cell in zip(columns, row, strict=True):
        if "\0" in cell:
            return name, "NUL_CHAR", "the field holds a NUL character", "export it again without control characters"
        if len(cell) > MAX_FIELD // 4 and len(cell.encode("utf-8", "surrogatepass")) > MAX_FIELD:
            return (
                name,
                "FIELD_TOO_LONG",
                f"the field is longer than {MAX_FIELD // 1024} kB, the limit",
                "shorten it, or leave the column out",
            )
        if not cell.isascii() and any("\ud800" <= letter <= "\udfff" for letter in cell):
            return name, "LONE_SURROGATE", "the field holds half of a surrogate pair, which is no character", "export it again as UTF-8"
    if sum(map(len, row)) > MAX_RECORD // 4:
        return "", "FIELD_TOO_LONG", f"the fields together are longer than {MAX_RECORD // 4096} kB, the limit", "leave long texts out"
    return None


def create_rejects(engine: Engine, table: str) -> None:
    """Make an empty table of rejects."""
    columns = ", ".join(f"{quoted(name)} VARCHAR" for name in _REJECT_COLUMNS[2:])
    engine.run(f"CREATE OR REPLACE TABLE {quoted(table)} (_file INTEGER, _row BIGINT, {columns})")


def load(engine: Engine, path: Path, target: Target, clean: Clean) -> tuple[Treatment, ...]:
    """Let the engine read a clean file and hold it to the count of the verification.

    Raises
    ------
    DataRefused
        ``COUNT_MISMATCH`` when the engine finds another number of rows: an error inside segmentry, never passed over.
    """
    clean.stream.flush()
    clean.rejects.flush()
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in clean.columns)
    source = (
        f"read_csv({literal(str(clean.path))}, columns={{{types}}}, header=false, delim={literal(clean.delimiter)}, quote='\"', escape='\"', "
        f"auto_detect=false, strict_mode=true, parallel=false, new_line='\\n', max_line_size={4 * MAX_RECORD})"
    )
    numbered = f"SELECT row_number() OVER () AS _row, * FROM {source}"
    reason = "the engine could not read what was verified"
    with shielded(lambda: refused(path, "UNREADABLE_CONTENT", reason, "export it again, as plain CSV in UTF-8")):
        engine.run(select_text(clean.rejects, clean.columns, numbered, edges=EDGES if clean.wide else " "))
    check_count(engine, path, target, clean.records - clean.rejects.count)
    return count_trimmed(engine, target, clean.columns)


def select_text(rejects: Rejects, columns: Sequence[str], numbered: str, *, edges: str = EDGES) -> str:
    """Return SQL that holds text columns trimmed, composed (NFC) and with empty cells NULL, rejected rows left out.

    The columns ``_cut0`` … have a bit set for each cell that this changed; `count_trimmed` takes them off again.
    """
    target = rejects.target
    cut = "" if edges == " " else f", {literal(edges)}"
    tidy = [f"TRIM(NFC_NORMALIZE({quoted(name)}){cut})" for name in columns]
    changed = [
        f"CASE WHEN {cell} <> {quoted(name)} THEN {1 << place % _BITS} ELSE 0 END"
        for place, (cell, name) in enumerate(zip(tidy, columns, strict=True))
    ]
    masks = [f"({' + '.join(changed[start : start + _BITS])})::BIGINT AS _cut{start // _BITS}" for start in range(0, len(columns), _BITS)]
    cells = ", ".join([*(f"NULLIF({cell}, '') AS {quoted(name)}" for cell, name in zip(tidy, columns, strict=True)), *masks])
    left_out = f" WHERE _row NOT IN (SELECT _row FROM {quoted(target.rejects)} WHERE _file = {target.position})" if rejects.count else ""
    return (
        f"CREATE OR REPLACE TABLE {quoted(target.table)} AS SELECT {target.position}::INTEGER AS _file, _row, {cells} "
        f"FROM ({numbered}){left_out}"
    )


def settle_text(
    engine: Engine, path: Path, staged: str, rejects: Rejects, *, columns: tuple[str, ...], texts: tuple[str, ...], rows: int
) -> tuple[Treatment, ...]:
    """Turn a staged table of ``_row`` and text columns into the target's table, rows that are no text set aside, and count.

    `texts` are the columns that can hold anything: the others were numbers or dates.
    """
    _set_aside(engine, staged, texts, rejects)
    engine.run(select_text(rejects, columns, f"SELECT * FROM {quoted(staged)}"))
    engine.run(f"DROP TABLE {quoted(staged)}")
    check_count(engine, path, rejects.target, rows - rejects.count)
    return count_trimmed(engine, rejects.target, columns)


def count_trimmed(engine: Engine, target: Target, columns: Sequence[str]) -> tuple[Treatment, ...]:
    """Return how many cells of each column lost blanks at their ends or were composed, and take the marks off the table."""
    table = quoted(target.table)
    found: list[Treatment] = []
    for start in range(0, len(columns), _BITS):
        mask = f"_cut{start // _BITS}"
        names = columns[start : start + _BITS]
        sums = ", ".join(f"count_if(({mask} & {1 << place}) <> 0)" for place in range(len(names)))
        counts = engine.rows(f"SELECT {sums} FROM {table} WHERE {mask} <> 0")[0]
        for name, count in zip(names, counts, strict=True):
            words = f"{count or 0:,} cells of {name} had blanks or invisible characters at their ends, or accents in parts: tidied."
            found += [Treatment("trimmed_cells", int(count), words, table=target.name, column=name)] if count else []
        engine.run(f"ALTER TABLE {table} DROP COLUMN {mask}")
    return tuple(found)


def _set_aside(engine: Engine, table: str, columns: tuple[str, ...], rejects: Rejects) -> None:
    """Set rows aside whose text holds a NUL character or is longer than a field may be; the first such column names the row."""
    seen: set[int] = set()
    for name in columns:
        cell = quoted(name)
        long = f"strlen({cell}) > {MAX_FIELD}"
        found = engine.rows(
            f"SELECT _row, {long}, left({cell}, 200) FROM {quoted(table)} WHERE {long} OR contains({cell}, chr(0)) ORDER BY _row"
        )
        for row, too_long, raw in found:
            code, what = (
                ("FIELD_TOO_LONG", f"is longer than {MAX_FIELD // 1024} kB, the limit")
                if too_long
                else ("NUL_CHAR", "holds a NUL character")
            )
            if row not in seen:
                seen.add(row)
                rejects.add(int(row), (name, code, f"the field {what}", "leave it out, or export it again"), raw)
    rejects.flush()


def check_count(engine: Engine, path: Path, target: Target, expected: int) -> None:
    """Raise ``COUNT_MISMATCH`` unless a loaded table has the expected number of rows."""
    found = engine.rows(f"SELECT count(*) FROM {quoted(target.table)}")[0][0]
    if found != expected:
        raise refused(
            path,
            "COUNT_MISMATCH",
            f"{found:,} rows were loaded where {expected:,} were counted",
            "report this as a bug of segmentry; nothing was written",
        )
