"""CSV and its relatives: one verifying pass in Python over every record, then the engine reads what was verified.

The pass is the independent count of records and the judge of each: it settles delimiter and header, refuses quotes that do
not close, sets ragged rows aside, skips blank lines. Blocks of lines without quotes are judged by counting delimiters, which
is some ten times as fast as parsing them; only blocks with quotes go through the ``csv`` module (RFC 4180, strict).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from segmentry.engines.engine import Engine
from segmentry.errors import DataRefused, SettingsError
from segmentry.results import Note, Treatment
from segmentry.sources import dialect, encoding, header
from segmentry.sources.dialect import WHITESPACE
from segmentry.sources.opening import open_bytes, refused, workplace
from segmentry.sources.raw import ReadOptions
from segmentry.sources.staging import EDGES, MAX_FIELD, Clean, Part, Rejects, Target, load

BLOCK = 2**18
MAX_LINE = 32 * 2**20
_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


def read_delimited(engine: Engine, path: Path, target: Target, options: ReadOptions) -> Part:
    """Verify one delimited text file and load it.

    Parameters
    ----------
    engine : Engine
    path : Path
        Plain, gzip or Zstandard.
    target : Target
        Where it goes in the engine; its table of rejects exists.
    options : ReadOptions

    Raises
    ------
    DataRefused
        By code: ``EMPTY_FILE``, ``NO_ROWS``, ``ENCODING``, ``CORRUPT_FILE``, ``TOO_LARGE``, ``DELIMITER_UNCLEAR``, ``NO_HEADER``,
        ``DUPLICATE_HEADER``, ``UNCLOSED_QUOTE`` and the limits on lines and columns.
    """
    _check_options(options)
    reopen = partial(open_bytes, engine, path)
    codec = "utf-8"
    try:
        with reopen() as stream, workplace(engine) as folder, _long_fields():
            codec, words = encoding.settle(path, stream, options.encoding)
            with encoding.text_of(stream, codec) as text, (folder / "clean.csv").open("w+b") as output:
                reading = _begin(path, text, target, options)
                rejects = Rejects(engine, target)
                reading.clean = Clean(folder / "clean.csv", reading.written, reading.columns, output, rejects)
                reading.consume()
                return _finish(engine, reading, target, words)
    except UnicodeDecodeError:
        pass
    raise encoding.misfit(path, codec, reopen)


@dataclass(slots=True)
class _Reading:
    """One file while it is read: where it stands and what it has met."""

    path: Path
    text: io.TextIOWrapper
    delimiter: str
    columns: tuple[str, ...]
    first: str
    line: int
    notes: tuple[Note, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    blank: int = 0
    clean: Clean = field(init=False)

    @property
    def written(self) -> str:
        """Delimiter of the clean file."""
        return "," if self.delimiter in (WHITESPACE, " ") else self.delimiter

    def consume(self) -> None:
        """Judge every block of the file."""
        edges = tuple(letter for letter in EDGES if letter not in (" ", "\n", self.delimiter))
        for block in chain([self.first] if self.first else [], _blocks(self.path, self.text)):
            self.clean.wide = self.clean.wide or any(letter in block for letter in edges)
            if self.delimiter == WHITESPACE:
                self._padded(block)
            elif '"' in block:
                self._quoted(block)
            else:
                self._plain(block)

    def _plain(self, block: str) -> None:
        lines = block.removesuffix("\n").split("\n")
        commas = len(self.columns) - 1
        data = _encoded(block)
        if (
            data is not None
            and "" not in lines
            and all(line.count(self.delimiter) == commas for line in lines)
            and self._ordinary(block, lines)
        ):
            self.clean.through(data if data.endswith(b"\n") else data + b"\n", len(lines))
        else:
            self._carefully([(line.split(self.delimiter), line) for line in lines])
        self.line += len(lines)

    def _padded(self, block: str) -> None:
        lines = block.removesuffix("\n").split("\n")
        self._carefully([(line.split(), line) for line in lines])
        self.line += len(lines)

    def _quoted(self, block: str) -> None:
        lines = list(io.StringIO(block, newline="\n"))
        own = len(lines)
        reader = csv.reader(chain(iter(lines[:]), _appending(self.text, lines)), delimiter=self.delimiter, strict=True)
        rows: list[list[str]] = []
        ends: list[int] = []
        try:
            while reader.line_num < own:
                rows.append(next(reader))
                ends.append(reader.line_num)
        except (csv.Error, StopIteration) as error:
            raise self._unclosed(lines[ends[-1] if ends else 0 :], ends[-1] if ends else 0) from error
        width = len(self.columns)
        one_line_each = len(ends) == len(lines)
        self.clean.wide = self.clean.wide or not one_line_each
        if one_line_each and all(len(row) == width for row in rows) and _encoded(block) is not None and self._ordinary(block, lines):
            self.clean.rows(rows)
        else:
            starts = [0, *ends[:-1]]
            spans = [lines[start:end] for start, end in zip(starts, ends, strict=True)]
            self._refuse_swallowed(rows, spans, starts)
            self._carefully([(row, "".join(span).rstrip("\n")) for row, span in zip(rows, spans, strict=True)])
        self.line += len(lines)

    def _carefully(self, records: list[tuple[list[str], str]]) -> None:
        """Judge records one by one, in runs of good ones."""
        width = len(self.columns)
        good: list[list[str]] = []
        for row, raw in records:
            if not raw or not raw.strip(" \r\n" if self.delimiter == "\t" else None):
                self.blank += 1
            elif len(row) == width and len(raw) < MAX_FIELD // 4 and "\0" not in raw and (raw.isascii() or _encoded(raw) is not None):
                good.append(row)
            else:
                self.clean.rows(good)
                good = []
                self.clean.row(row, raw)
        self.clean.rows(good)

    def _ordinary(self, block: str, lines: list[str]) -> bool:
        """Return whether no cell needs a closer look and no line is blank."""
        longest = max(map(len, lines))
        one_column = len(self.columns) == 1 or self.delimiter == " "
        return longest < MAX_FIELD // 4 and "\0" not in block and not (one_column and any(not line.strip() for line in lines))

    def _unclosed(self, lines: list[str], start: int) -> DataRefused:
        line = self.line + start + _opening(lines, self.delimiter)
        reason = f"the quote that opens on line {line:,} is not closed properly"
        remedy = 'close it; a quote inside a quoted field is written twice ("")'
        return refused(self.path, "UNCLOSED_QUOTE", reason, remedy, row=self.clean.records + 1 if start == 0 else None)

    def _refuse_swallowed(self, rows: list[list[str]], spans: list[list[str]], starts: list[int]) -> None:
        """Refuse a quoted field that has swallowed whole records: its quote was meant to close earlier."""
        commas = len(self.columns) - 1
        for row, span, start in zip(rows, spans, starts, strict=True):
            ragged = len(row) != len(self.columns) or max(map(len, row)) > MAX_FIELD // 4
            if ragged and commas > 0 and any(line.count(self.delimiter) == commas for line in span[1:]):
                raise self._unclosed(span, start)


def _begin(path: Path, text: io.TextIOWrapper, target: Target, options: ReadOptions) -> _Reading:
    """Read the first block, settle delimiter and header, and stand before the first record."""
    first = next(_blocks(path, text), "")
    while first and not first.strip():
        first = next(_blocks(path, text), "")
    if not first:
        raise refused(path, "EMPTY_FILE", "the file holds nothing but blanks", "export it again")
    delimiter = options.delimiter or dialect.settle(path, first)
    looks_padded = not options.delimiter and delimiter == "," and dialect.padded(first)
    sample = dialect.records(first, WHITESPACE if looks_padded else delimiter)
    if options.header and sample and header.looks_like_data(sample[0], sample[1:]):
        raise header.no_header(path, target.name, WHITESPACE if looks_padded else options.delimiter, sample)
    if looks_padded:
        raise dialect.refuse_padded(path, target.name)
    if not options.header:
        return _without_header(path, text, target, (options.columns, sample, first, delimiter))
    cells, lines, rest = _first_record(path, text, first, delimiter)
    named = header.check(path, target.name, cells)
    return _Reading(path, text, delimiter, named.columns, rest, lines + 1, named.notes, named.treatments)


def _without_header(
    path: Path, text: io.TextIOWrapper, target: Target, found: tuple[tuple[str, ...], list[list[str]], str, str]
) -> _Reading:
    declared, sample, first, delimiter = found
    widths = {len(record) for record in sample}
    if len(declared) not in widths:
        raise refused(
            path,
            "FIELD_COUNT",
            f"{len(declared)} columns are declared, and its records have {min(widths, default=0)} fields",
            "give one name for each field under columns in segmentry.toml",
        )
    named = header.check(path, target.name, list(declared))
    return _Reading(path, text, delimiter, named.columns, first, 1, named.notes)


def _first_record(path: Path, text: io.TextIOWrapper, block: str, delimiter: str) -> tuple[list[str], int, str]:
    """Return the header's cells, how many lines it and the blank lines before it take, and the rest of the block."""
    lines = list(io.StringIO(block, newline="\n"))
    if delimiter == WHITESPACE:
        place = next(place for place, line in enumerate(lines) if line.strip())
        return lines[place].split(), place + 1, "".join(lines[place + 1 :])
    reader = csv.reader(chain(iter(lines[:]), _appending(text, lines)), delimiter=delimiter, strict=True)
    try:
        cells = next(record for record in reader if any(cell.strip() for cell in record))
    except (csv.Error, StopIteration) as error:
        raise refused(
            path, "UNCLOSED_QUOTE", f"a quote in its header is not closed properly within {len(lines):,} lines", "close it"
        ) from error
    return cells, reader.line_num, "".join(lines[reader.line_num :])


def _finish(engine: Engine, reading: _Reading, target: Target, words: str) -> Part:
    clean = reading.clean
    if clean.records == 0:
        raise refused(
            reading.path, "NO_ROWS", f"it has a header of {len(reading.columns):,} columns and no rows", "export it again, with its rows"
        )
    trimmed = load(engine, reading.path, target, clean)
    ends = reading.text.newlines
    kinds = sorted(ends) if isinstance(ends, tuple) else [ends] if ends else []
    treatments = (*reading.treatments, *_counted(target.name, reading.blank, kinds), *trimmed)
    between = "one column" if len(clean.columns) == 1 else f"{dialect.name_of(reading.delimiter)} between fields"
    form = f"CSV, {between}, {words}" + (f", {' and '.join(_LINE_ENDS[kind] for kind in kinds)} line ends" if kinds else "")
    return Part(target.table, clean.columns, clean.records, clean.rejects.count, form, (), reading.notes, treatments)


def _counted(table: str, blank: int, kinds: list[str]) -> list[Treatment]:
    found: list[Treatment] = []
    if blank:
        found.append(Treatment("blank_lines", blank, f"{blank:,} blank lines were skipped.", table=table))
    if len(kinds) > 1:
        words = f"Lines end in {len(kinds)} different ways ({', '.join(_LINE_ENDS[kind] for kind in kinds)}); all were read as line ends."
        found.append(Treatment("mixed_line_ends", len(kinds), words, table=table))
    return found


def _blocks(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    """Yield blocks of whole lines, some hundred kilobytes each."""
    while block := text.read(BLOCK):
        if not block.endswith("\n"):
            block += text.readline(MAX_LINE)
            if len(block) > MAX_LINE:
                raise refused(path, "LINE_TOO_LONG", f"a line has more than {MAX_LINE:,} characters, the limit", "check its line ends")
        yield block


def _appending(text: io.TextIOWrapper, lines: list[str]) -> Iterator[str]:
    """Yield further lines of the file, and remember them."""
    while line := text.readline(MAX_LINE):
        lines.append(line)
        yield line


def _opening(lines: list[str], delimiter: str) -> int:
    """Return on which of a record's lines, from 0, the quote opens that is not closed properly."""
    inside, opened = False, 0
    quotes = ((place, line, match.start()) for place, line in enumerate(lines) for match in re.finditer('"', line))
    escaped = False
    for place, line, at in quotes:
        after = line[at + 1 : at + 2]
        if escaped:
            escaped = False
        elif not inside:
            inside = at == 0 or line[at - 1] == delimiter
            opened = place if inside else opened
        elif after == '"':
            escaped = True
        elif after in (delimiter, "\n", ""):
            inside = False
        else:
            return opened
    return opened


def _encoded(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let the csv module take fields up to the longest line; its own limit is kept for everyone else."""
    before = csv.field_size_limit(MAX_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _check_options(options: ReadOptions) -> None:
    dialect.check_declared(options.delimiter)
    if not options.header and not options.columns:
        raise SettingsError('header is false and columns is empty; allowed is one name for each column. Add columns = ["…", "…"].')
    if options.header and options.columns:
        raise SettingsError(
            f"columns names {len(options.columns)} columns while header is true; names come from one of them. Add header = false, or remove columns."
        )
