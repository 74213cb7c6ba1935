"""Paths and bytes: what kind of thing a path is, what its first bytes say, and a stream that cannot explode.

Nothing is unpacked to disk except Zstandard on Pythons without it, and nothing is trusted: the name of a file says how it
is meant, its first bytes say what it is, and packed bytes are counted while they come out.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import os
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from segmentry.engines.engine import Engine, literal
from segmentry.errors import DataRefused, Problem
from segmentry.sources import zstandard

Kind = Literal["delimited", "jsonlines", "parquet", "excel"]

#: Packed bytes may not grow by more than this once they passed `SMALL`, nor beyond `LIMIT` at all.
RATIO = 200
SMALL = 64 * 2**20
LIMIT = 64 * 2**30

_FOREIGN = {
    b"PK\x03\x04": ("a ZIP or Excel file", "rename it to .xlsx when it is a workbook, or unpack it first"),
    b"\xd0\xcf\x11\xe0": ("an old Excel or Office file", "save it as .xlsx or CSV"),
    b"PAR1": ("a Parquet file", "rename it to .parquet"),
    b"%PDF": ("a PDF", "export the table as CSV"),
    b"SQLite format 3": ("a SQLite database", "export the table as CSV"),
    b"\x89PNG": ("a picture", "give a table"),
    b"BZh": ("packed with bzip2", "unpack it, or pack it with gzip"),
    b"\xfd7zXZ": ("packed with xz", "unpack it, or pack it with gzip"),
}
_GZIP, _ZSTD = b"\x1f\x8b", zstandard.MAGIC
_ENDINGS: dict[str, Kind] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".jsonl": "jsonlines",
    ".ndjson": "jsonlines",
    ".json": "jsonlines",
}
_PACKED = (".gz", ".zst", ".zstd")
_SHEET_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def refused(path: Path, code: str, reason: str, remedy: str, *, row: int | None = None, column: str = "") -> DataRefused:
    """Return the refusal of one file, named without its folder."""
    return DataRefused(Problem(code, reason, remedy, file=path.name, row=row, column=column))


def stem(path: Path) -> str:
    """Return a file's name without its endings: the name of its table.

    Examples
    --------
    >>> stem(Path("data/orders.2024.csv.gz"))
    'orders.2024'
    """
    name = path.name
    for ending in _PACKED:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return (name.rpartition(".")[0] or name) if "." in name else name


def kind_of(path: Path) -> Kind:
    """Return how a file is meant to be read: by its name, with its first bytes as witness.

    Raises
    ------
    DataRefused
        When the path is no readable file (``NOT_A_FILE``, ``UNREADABLE``), holds nothing (``EMPTY_FILE``), is something
        else than its name says (``NOT_TEXT``) or damaged at its very start (``CORRUPT_FILE``).
    """
    _check_path(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise refused(path, "UNREADABLE", "this user may not read it", "change its permissions or copy it") from error
    if not head:
        raise refused(path, "EMPTY_FILE", "the file holds no bytes", "export it again")
    kind = _ENDINGS.get(path.with_suffix("").suffix.lower() if path.suffix.lower() in _PACKED else path.suffix.lower(), "delimited")
    packed = head.startswith((_GZIP, _ZSTD))
    if kind in ("parquet", "excel"):
        magic = (b"PAR1",) if kind == "parquet" else _SHEET_MAGIC
        if packed:
            raise refused(path, "NOT_TEXT", f"a {kind} file inside another packing is not read", "unpack it first")
        if not head.startswith(magic):
            raise corrupt(path, f"its first bytes are not those of a {kind} file")
    elif not packed:
        check_magic(path, head)
    if kind == "delimited":
        _check_table(path, head)
    return kind


def check_magic(path: Path, head: bytes) -> None:
    """Raise ``NOT_TEXT`` when the first bytes are those of a well-known file that is no text."""
    for magic, (what, remedy) in _FOREIGN.items():
        if head.startswith(magic):
            raise refused(path, "NOT_TEXT", f"its first bytes say that this is {what}", remedy)


def _check_table(path: Path, head: bytes) -> None:
    """Raise ``NOT_TEXT`` when text begins like a web page or JSON."""
    if head.lower().startswith((b"<!doctype html", b"<html")):
        raise refused(path, "NOT_TEXT", "it is a web page, perhaps that of a login", "export the table as CSV and check the download")
    if head.startswith((b'{"', b'[{"')):
        raise refused(path, "NOT_TEXT", "it is JSON, not a table with columns", "rename it to .jsonl when it holds one object a line")


def corrupt(path: Path, reason: str) -> DataRefused:
    """Return the refusal ``CORRUPT_FILE``, with the first twelve hex digits of the file's SHA-256."""
    return refused(path, "CORRUPT_FILE", f"{reason} (SHA-256 {_digest(path)}…)", "copy or export it again and compare the checksum")


@contextmanager
def open_bytes(engine: Engine, path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked when it is gzip or Zstandard, guarded against bombs and damage."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        if head.startswith(_GZIP):
            yield _checked(path, _Guarded(gzip.GzipFile(fileobj=file), file, path))
        elif head.startswith(_ZSTD):
            if not zstandard.is_whole(file):
                raise corrupt(path, "its packed contents are damaged or cut off")
            file.seek(0)
            with _zstandard(engine, path, file) as unpacked:
                yield _checked(path, unpacked)
        else:
            yield file


@contextmanager
def workplace(engine: Engine) -> Iterator[Path]:
    """Yield a private folder beside the engine's own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="read-", dir=getattr(engine, "folder", None)) as folder:
        yield Path(folder)


def check_growth(path: Path, packed: int, unpacked: int) -> None:
    """Raise ``TOO_LARGE`` when unpacked bytes are out of proportion or beyond the limit."""
    if unpacked > LIMIT:
        raise refused(path, "TOO_LARGE", f"it unpacks to more than {LIMIT // 2**30:,} GiB, the limit", "split it into parts")
    if unpacked > SMALL and unpacked > RATIO * max(packed, 1):
        reason = f"it unpacks to more than {RATIO} times its size, as archives made to exhaust a machine do; the limit is {RATIO}"
        raise refused(path, "TOO_LARGE", reason, "unpack it yourself when you trust it, and give the plain file")


class _Guarded(io.RawIOBase):
    """A packed stream that counts what comes out of it, and turns damage into a refusal."""

    def __init__(self, inner: io.BufferedIOBase, packed: BinaryIO, path: Path) -> None:
        self._inner, self._packed, self._path, self._count = inner, packed, path, 0

    def readable(self) -> bool:
        """Return True; the io module asks."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with unpacked bytes and return how many, as the io module wants it."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._inner.read1(len(view))
        except (EOFError, OSError, zlib.error, ValueError) as error:
            raise corrupt(self._path, f"its packed contents are damaged or cut off after {self._count:,} bytes") from error
        self._count += len(data)
        check_growth(self._path, self._packed.tell(), self._count)
        view[: len(data)] = data
        return len(data)


def _checked(path: Path, stream: io.RawIOBase | BinaryIO) -> BinaryIO:
    buffered = io.BufferedReader(stream, 2**18) if isinstance(stream, io.RawIOBase) else cast("io.BufferedReader", stream)
    head = buffered.peek(16)[:16]
    check_magic(path, head)
    if head.startswith((_GZIP, _ZSTD)):
        raise refused(path, "NOT_TEXT", "it is packed twice", "unpack it once and give that file")
    return buffered


@contextmanager
def _zstandard(engine: Engine, path: Path, file: BinaryIO) -> Iterator[io.RawIOBase | BinaryIO]:
    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError:
        with workplace(engine) as folder, _unpacked_by_engine(engine, path, folder / "plain").open("rb") as plain:
            yield plain
    else:
        yield _Guarded(zstd.ZstdFile(file), file, path)


def _unpacked_by_engine(engine: Engine, path: Path, target: Path) -> Path:
    """Unpack Zstandard with the engine's own reader: lines in, lines out, nothing interpreted; UTF-8 only."""
    lines = (
        f"read_csv({literal(str(path))}, columns={{'line': 'VARCHAR'}}, header=false, delim='\x01\x02', "
        "quote='', escape='', auto_detect=false, compression='zstd', strict_mode=false, parallel=false)"
    )
    with shielded(lambda: corrupt(path, "its packed contents are damaged, cut off, not UTF-8 or hold a line of more than 2 MB")):
        count, size = engine.rows(f"SELECT count(*), coalesce(sum(strlen(line)), 0)::BIGINT FROM {lines}")[0]
        check_growth(path, path.stat().st_size, count + size)
        engine.run(
            f"COPY (SELECT line FROM {lines}) TO {literal(str(target))} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"
        )
    return target


@contextmanager
def shielded(refusal: Callable[[], DataRefused]) -> Iterator[None]:
    """Turn whatever a parser raises into a refusal; a parser's own message quotes data and is never shown."""
    try:
        yield
    except DataRefused:
        raise
    except Exception as error:  # noqa: BLE001  # which exceptions a parser raises is its own affair
        raise refusal() from scrubbed(error)


def scrubbed(error: BaseException) -> Exception:
    """Return a stand-in for a parser's exception: its kind without its message, which quotes data."""
    return RuntimeError(type(error).__name__)


def _check_path(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        if path.is_symlink():
            raise refused(path, "NOT_A_FILE", "it is a link to something that is not there", "give the file itself") from error
        raise refused(path, "NOT_FOUND", "there is no such file", "check the path") from error
    except PermissionError as error:
        raise refused(path, "UNREADABLE", "this user may not look into its folder", "change the permissions or copy it") from error
    except (OSError, RuntimeError) as error:
        raise refused(path, "NOT_A_FILE", "it cannot be followed (a link that leads to itself?)", "give the file itself") from error
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    for test, what in kinds:
        if test(mode):
            remedy = "name the files in it, or a pattern such as folder/*.csv" if what == "a folder" else "write the data to a file first"
            raise refused(path, "NOT_A_FILE", f"it is {what}, not a file", remedy)
    if not os.access(path, os.R_OK):
        raise refused(
            path, "UNREADABLE", f"this user may not read it: its permissions are {stat.filemode(mode)}", "change its permissions or copy it"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
