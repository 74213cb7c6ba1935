"""Bytes to characters: UTF-8, UTF-16 by its byte order mark, or what was declared. Nothing is ever replaced.

A byte that does not fit is a refusal that names its place and guesses the encoding; half of a surrogate pair is let through
here, so that its row can be set aside rather than the whole file.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, cast

from segmentry.errors import DataRefused, SettingsError
from segmentry.sources.opening import refused

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_UNUSED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


def settle(path: Path, stream: BinaryIO, declared: str) -> tuple[str, str]:
    """Return the codec of a buffered stream at its start, and its name for people.

    Raises
    ------
    SettingsError
        When the declared encoding is not one Python knows.
    DataRefused
        ``ENCODING`` when the file looks like UTF-16 without its mark.
    """
    if declared:
        try:
            "".encode(declared)  # knows text encodings only, unlike codecs.lookup
            name = codecs.lookup(declared).name
        except LookupError as error:
            raise SettingsError(f"encoding is {declared!r}; allowed are names such as 'utf-8', 'cp1252', 'latin-1', 'utf-16'.") from error
        return ("utf-8-sig" if name == "utf-8" else name), f"{declared} as declared"
    head = cast("io.BufferedReader", stream).peek(1024)[:1024]
    for mark, codec, words in _MARKS:
        if head.startswith(mark):
            return codec, words
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if len(head) > 8 and max(odd, even) > 0.4 * (len(head) // 2):
        guess = "utf-16-le" if odd > even else "utf-16-be"
        raise refused(path, "ENCODING", "it looks like UTF-16 without its byte order mark", f"use --encoding {guess}, or save it as UTF-8")
    return "utf-8-sig", "UTF-8"


def text_of(stream: BinaryIO, codec: str) -> io.TextIOWrapper:
    """Return the characters of a stream, every kind of line end as a line feed."""
    return io.TextIOWrapper(stream, encoding=codec, errors="surrogatepass" if codec.startswith("utf") else "strict")


def misfit(path: Path, codec: str, reopen: Callable[[], AbstractContextManager[BinaryIO]]) -> DataRefused:
    """Return the refusal ``ENCODING`` with the offset of the first byte that does not fit, found by reading again."""
    codec = "utf-8" if codec == "utf-8-sig" else codec
    with reopen() as stream:
        offset, line, byte = _first_misfit(stream, codec)
    with reopen() as stream:
        guess = _guess(stream, codec)
    name = "UTF-8" if codec.startswith("utf-8") else codec
    reason = f"byte 0x{byte:02X} at offset {offset:,} (line {line:,}) is not {name}; by its bytes the file may be {guess}"
    return refused(path, "ENCODING", reason, f"use --encoding {guess}, or save it as UTF-8")


def _first_misfit(stream: BinaryIO, codec: str) -> tuple[int, int, int]:
    decoder = codecs.getincrementaldecoder(codec)(errors="surrogatepass" if codec.startswith("utf") else "strict")
    offset, lines, last = 0, 1, 0
    while chunk := stream.read(2**16):
        held = decoder.getstate()[0]
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            start = max(error.start - len(held), 0)
            return offset + error.start - len(held), lines + chunk[:start].count(b"\n"), error.object[error.start]
        offset, lines, last = offset + len(chunk), lines + chunk.count(b"\n"), chunk[-1]
    return offset, lines, last


def _guess(stream: BinaryIO, codec: str) -> str:
    seen: set[int] = set()
    for _ in range(256):
        seen.update(stream.read(2**16))
    return "latin-1" if seen & _UNUSED_IN_CP1252 or codec == "cp1252" else "cp1252"
