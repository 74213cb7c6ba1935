"""Excel workbooks, with the extra ``excel``: the first sheet that holds data, as text.

A workbook is a ZIP archive, so its entries are counted before anything opens it: an archive that declares more than
`MAX_UNPACKED` bytes, grows more than 200 times or has more than `MAX_ENTRIES` parts is refused unopened.
"""

from __future__ import annotations

import datetime
import importlib
import zipfile
from pathlib import Path
from typing import Any

from segmentry.engines.engine import Engine
from segmentry.errors import MissingExtra
from segmentry.results import Note, Treatment
from segmentry.sources import header
from segmentry.sources.opening import RATIO, SMALL, corrupt, refused, scrubbed, shielded, workplace
from segmentry.sources.staging import Clean, Part, Rejects, Target, load

MAX_ENTRIES = 10_000
MAX_UNPACKED = 2 * 2**30


def read_excel(engine: Engine, path: Path, target: Target) -> Part:
    """Load the first sheet of a workbook that holds data; others are named in a note.

    Dates become ISO text, whole numbers lose Excel's ``.0``, formulas count by their last result.

    Raises
    ------
    MissingExtra
        When the extra ``excel`` is not installed.
    DataRefused
        ``TOO_LARGE``, ``CORRUPT_FILE``, ``NO_ROWS``, ``NO_HEADER`` and what a header is refused for.
    """
    try:
        calamine = importlib.import_module("python_calamine")
    except ImportError as error:
        raise MissingExtra(f'{path.name} is an Excel workbook; reading it needs an extra: pip install "segmentry[excel]".') from error
    check_archive(path)
    rows, sheet, others = _first_sheet(calamine, path)
    width = max(map(len, rows))
    header.check_width(path, width)
    cells = rows[0] + [""] * (width - len(rows[0]))
    if header.looks_like_data(cells, rows[1:500]):
        reason = f"the first row of its sheet {sheet!r} looks like data, not like names of columns"
        raise refused(path, "NO_HEADER", reason, "write the names of the columns into the first row")
    named = header.check(path, target.name, cells)
    with workplace(engine) as folder, (folder / "clean.csv").open("w+b") as output:
        clean = Clean(folder / "clean.csv", ",", named.columns, output, Rejects(engine, target), wide=True)
        blank = _write(rows[1:], clean)
        if not clean.records:
            raise refused(path, "NO_ROWS", f"its sheet {sheet!r} has a header and no rows", "export it again, with its rows")
        trimmed = load(engine, path, target, clean)
    words = f"{path.name}: the sheet {sheet!r} was read; {len(others)} others were not: {', '.join(map(repr, others[:10]))}."
    notes = (*named.notes, *((Note("other_sheets", words, table=target.name),) if others else ()))
    skipped = (Treatment("blank_lines", blank, f"{blank:,} blank rows were skipped.", table=target.name),) if blank else ()
    form = f"Excel, sheet {sheet!r}"
    return Part(target.table, named.columns, clean.records, clean.rejects.count, form, (), notes, (*named.treatments, *skipped, *trimmed))


def check_archive(path: Path) -> None:
    """Raise ``TOO_LARGE`` or ``CORRUPT_FILE`` by what an archive declares, without unpacking anything."""
    if path.suffix.lower() == ".xls":
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise corrupt(path, "its archive is damaged or cut off") from scrubbed(error)
    if len(entries) > MAX_ENTRIES:
        raise refused(
            path, "TOO_LARGE", f"it has {len(entries):,} parts; the limit is {MAX_ENTRIES:,}", "save the one sheet that is meant as CSV"
        )
    declared = sum(entry.file_size for entry in entries)
    ratio = declared / max(sum(entry.compress_size for entry in entries), 1)
    if declared > MAX_UNPACKED or (declared > SMALL and ratio > RATIO):
        reason = f"it unpacks to {declared / 2**20:,.0f} MiB, {ratio:,.0f} times its size; the limits are {MAX_UNPACKED // 2**20:,} MiB and {RATIO} times"
        raise refused(path, "TOO_LARGE", reason, "save the one sheet that is meant as CSV")


def _first_sheet(calamine: Any, path: Path) -> tuple[list[list[str]], str, list[str]]:
    """Return the text of the first sheet with data, its name and the names of the others."""
    with shielded(lambda: corrupt(path, "it cannot be read as a workbook")):
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        for name in names:
            rows = [[_text(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
            filled = [row for row in rows if any(map(str.strip, row))]
            if filled:
                start = rows.index(filled[0])
                return rows[start:], name, [other for other in names if other != name]
    raise refused(path, "EMPTY_FILE", f"none of its {len(names)} sheets holds anything", "export it again")


def _write(rows: list[list[str]], clean: Clean) -> int:
    width, blank = len(clean.columns), 0
    for row in rows:
        if any(map(str.strip, row)):
            clean.row(row + [""] * (width - len(row)), " | ".join(row))
        else:
            blank += 1
    return blank


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
