"""JSON lines: one flat object a line, every number kept as it was written.

Columns are the union of all keys, in the order they first appear. Not for one JSON document that holds everything.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from segmentry.engines.engine import Engine
from segmentry.results import Treatment
from segmentry.sources import encoding, header
from segmentry.sources.opening import open_bytes, refused, workplace
from segmentry.sources.raw import ReadOptions
from segmentry.sources.staging import Clean, Part, Rejects, Target, load

MAX_LINE = 32 * 2**20
_BAD = ("", "BAD_JSON", "the line is not one JSON object", "write one object per line")
_TWICE = ("", "DUPLICATE_KEY", "a key stands twice in the object", "write each key once")


class _Twice(ValueError):
    """A key stands twice."""


def read_jsonlines(engine: Engine, path: Path, target: Target, options: ReadOptions) -> Part:
    """Load a file of JSON lines as text.

    Numbers keep their spelling (``17850.0``, ``1E5``), ``true`` and ``false`` become text, ``null`` is missing.
    Lines that are no object, or name a key twice, are set aside.

    Raises
    ------
    DataRefused
        ``NOT_JSON_LINES`` for one array or document, ``NESTED_JSON`` naming the key, ``NO_ROWS``, ``ENCODING`` and what a header
        is refused for.
    """
    reopen = partial(open_bytes, engine, path)
    codec = "utf-8"
    try:
        with reopen() as stream:
            codec, words = encoding.settle(path, stream, options.encoding)
            with encoding.text_of(stream, codec) as text:
                keys = _keys(path, text)
        named = header.check(path, target.name, keys)
        with (
            reopen() as stream,
            encoding.text_of(stream, codec) as text,
            workplace(engine) as folder,
            (folder / "clean.csv").open("w+b") as output,
        ):
            clean = Clean(folder / "clean.csv", ",", named.columns, output, Rejects(engine, target), wide=True)
            blank = _write(path, text, keys, clean)
            trimmed = load(engine, path, target, clean)
    except UnicodeDecodeError:
        pass
    else:
        skipped = (Treatment("blank_lines", blank, f"{blank:,} blank lines were skipped.", table=target.name),) if blank else ()
        form = f"JSON lines, {words}"
        return Part(
            target.table, named.columns, clean.records, clean.rejects.count, form, (), named.notes, (*named.treatments, *skipped, *trimmed)
        )
    raise encoding.misfit(path, codec, reopen)


def _keys(path: Path, text: io.TextIOWrapper) -> list[str]:
    """Return the union of keys in order of appearance, and refuse what is no file of JSON lines."""
    keys: dict[str, None] = {}
    records = 0
    for number, line in enumerate(_lines(path, text), 1):
        if records == 0 and line.lstrip()[:1] == "[":
            raise refused(path, "NOT_JSON_LINES", "it is one JSON array, not one object a line", "write one object per line (jq -c '.[]')")
        if not line.strip():
            continue
        records += 1
        found = _object(line)
        if isinstance(found, dict):
            for key, value in found.items():
                if isinstance(value, dict | list):
                    raise refused(
                        path, "NESTED_JSON", f"line {number:,} nests a list or object", "flatten it into keys of their own", column=key
                    )
            keys.update(dict.fromkeys(found))
            header.check_width(path, len(keys))
    if not keys:
        code, reason = ("NOT_JSON_LINES", "no line of it is a JSON object") if records else ("NO_ROWS", "it holds no line")
        raise refused(path, code, reason, "write one object per line")
    return list(keys)


def _write(path: Path, text: io.TextIOWrapper, keys: list[str], clean: Clean) -> int:
    """Write every record, set the unreadable aside, and return how many lines were blank."""
    blank = 0
    for line in _lines(path, text):
        if not line.strip():
            blank += 1
            continue
        found = _object(line)
        if isinstance(found, dict):
            clean.row([_text(found.get(key)) for key in keys], line.rstrip("\n"))
        else:
            clean.reject(found, line.rstrip("\n"))
    return blank


def _object(line: str) -> dict[str, Any] | tuple[str, str, str, str]:
    try:
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
    except _Twice:
        return _TWICE
    except (ValueError, RecursionError):
        return _BAD
    return found if isinstance(found, dict) else _BAD


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) >= MAX_LINE:
            raise refused(path, "LINE_TOO_LONG", f"a line has more than {MAX_LINE:,} characters, the limit", "check its line ends")
        yield line
