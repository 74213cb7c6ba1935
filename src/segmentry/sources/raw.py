"""What every source delivers: a table of text, its rows counted, the unreadable ones set aside.

A raw table lives in the engine under `table`, with the columns ``_file`` (position in `files`), ``_row`` (data row in
that file, from 1) and the headers of the file as VARCHAR: every cell trimmed, empty cells NULL.
Rows that are no record of this table (wrong number of fields, NUL, too long) live under `rejects`, with the columns
``_file, _row, column, code, reason, remedy, raw``; they count in `rows_in`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentry.results import Note, Treatment


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read when the default does not fit; see ``[read]`` in the settings.

    Parameters
    ----------
    encoding : str
        Such as "cp1252"; empty means UTF-8, or UTF-16 by its BOM.
    delimiter : str
        One character, or "whitespace" for columns padded with blanks; empty means settled from the file.
    header : bool
        False when the first line is data; then `columns` is needed.
    columns : tuple of str
        Names of the columns of a file without header.
    """

    encoding: str = ""
    delimiter: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as found, in text.

    Parameters
    ----------
    name : str
        Name for people and settings: the file's stem without endings.
    table, rejects : str
        Names in the engine.
    columns : tuple of str
        Headers, trimmed, in file order.
    rows_in : int
        Records found by an independent count: rows of `table` plus rows of `rejects`.
    rejected : int
        Rows of `rejects`.
    files : tuple of str
        File names without folders, in the order of ``_file``.
    form : str
        How it was written, for people: "CSV, ';' between fields, UTF-8 with BOM, CRLF line ends".
    notes : tuple of Note
    treatments : tuple of Treatment
        Coercions that were counted: blank lines, trimmed headers and so on.
    """

    name: str
    table: str
    rejects: str
    columns: tuple[str, ...]
    rows_in: int
    rejected: int = 0
    files: tuple[str, ...] = ()
    form: str = ""
    notes: tuple[Note, ...] = field(default=())
    treatments: tuple[Treatment, ...] = field(default=())
