"""Frames the caller already holds: pandas, Polars, Arrow, DuckDB relations, or a dict of arrays, as a table of text.

Every value takes the spelling a careful export would give it: numbers their shortest exact form (``17850.0`` stays so and is
settled later, with the whole column), dates ISO, booleans ``true`` and ``false``, missing values NULL. Nothing is imported that
the caller has not imported.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine, quoted
from segmentry.errors import UsageError
from segmentry.sources import header
from segmentry.sources.opening import refused
from segmentry.sources.parquet import as_text, check_types
from segmentry.sources.raw import RawTable
from segmentry.sources.staging import Rejects, Target, create_rejects, settle_text

_BATCH = 200_000
_MISSING = frozenset({"NAType", "NaTType"})
_DUCK = ("duckdb", "_duckdb")

#: Columns of one batch of rows, each an array or list of Python values.
Batch = dict[str, Any]


def read_frame(engine: Engine, frame: Any, name: str = "customers") -> RawTable:
    """Read a frame into a table of text.

    Parameters
    ----------
    engine : Engine
        Holds the table afterwards.
    frame : pandas, Polars (eager or lazy) or Arrow table, DuckDB relation, or mapping of str to array
        Its index, if it has one, is left out.
    name : str
        Name of the table for people and settings.

    Returns
    -------
    RawTable

    Raises
    ------
    DataRefused
        ``NO_ROWS``, ``UNSUPPORTED_TYPE`` for nested or binary values, ``DUPLICATE_HEADER`` and what else a header is refused for.
    UsageError
        When `frame` is nothing of these.

    Examples
    --------
    >>> import numpy as np
    >>> from segmentry.engines.duckdb import DuckEngine
    >>> with DuckEngine() as engine:
    ...     raw = read_frame(engine, {"id": np.array([17850.0, np.nan]), "city": ["Oslo", " "]})
    ...     engine.rows(f'SELECT _row, id, city FROM "{raw.table}" ORDER BY _row')
    [(1, '17850.0', 'Oslo'), (2, None, None)]
    """
    place = Path(name)
    names, batches, form = _opened(place, frame)
    named = header.check(place, name, names)
    target = Target(name, f"raw_{name}", f"rejects_{name}")
    create_rejects(engine, target.rejects)
    rows = _stage(engine, place, target, (named.columns, batches))
    trimmed = settle_text(engine, place, _staged(target), Rejects(engine, target), columns=named.columns, texts=named.columns, rows=rows)
    rejected = engine.rows(f"SELECT count(*) FROM {quoted(target.rejects)}")[0][0]
    notes, treatments = named.notes, (*named.treatments, *trimmed)
    return RawTable(name, target.table, target.rejects, named.columns, rows, rejected, (name,), form, notes, treatments)


def _opened(place: Path, frame: Any) -> tuple[list[str], Iterator[Batch], str]:
    """Return a frame's column names, its batches and its make."""
    module = type(frame).__module__.partition(".")[0]
    if isinstance(frame, Mapping):
        columns = {str(key): values if isinstance(values, list) else np.asarray(values) for key, values in frame.items()}
        return list(columns), _sliced(place, columns), "arrays"
    if module in _DUCK and hasattr(frame, "fetchnumpy"):
        return list(frame.columns), _relation(place, frame), "a DuckDB relation"
    names = [str(column) for column in _names_of(frame)]
    if len({column.casefold() for column in names}) < len(names):
        header.check(place, place.name, names)
    try:
        held = nw.from_native(frame)
    except TypeError as error:
        reason = f"frame is a {type(frame).__name__}; allowed are pandas, Polars and Arrow tables, DuckDB relations and dicts of arrays."
        raise UsageError(reason) from error
    eager = held.collect() if isinstance(held, nw.LazyFrame) else held
    return list(map(str, eager.columns)), _eager(eager), f"a {module} table"


def _names_of(frame: Any) -> Iterable[Any]:
    """Return the names an Arrow table or a frame says it has; a lazy one says none before it is computed."""
    names = getattr(frame, "column_names", None)
    if names is None:
        names = () if hasattr(frame, "collect") else getattr(frame, "columns", ())
    return names if isinstance(names, Iterable) else ()


def _sliced(place: Path, columns: dict[str, Any]) -> Iterator[Batch]:
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"{length:,}" for length in sorted(lengths))
        raise refused(place, "FIELD_COUNT", f"its arrays have different lengths ({shown})", "give arrays of one length")
    for start in range(0, max(lengths, default=0), _BATCH):
        yield {name: values[start : start + _BATCH] for name, values in columns.items()}


def _relation(place: Path, relation: Any) -> Iterator[Batch]:
    kinds = [(str(name), str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
    check_types(place, kinds)
    texts = relation.project(", ".join(f"{as_text(name, kind)} AS {quoted(name)}" for name, kind in kinds)).fetchnumpy()
    yield {name: _unmasked(column) for name, column in texts.items()}


def _unmasked(column: NDArray[Any]) -> NDArray[Any]:
    texts = np.array(np.ma.getdata(column), dtype=object)
    texts[np.ma.getmaskarray(column)] = None
    return texts


def _eager(frame: nw.DataFrame[Any]) -> Iterator[Batch]:
    for start in range(0, len(frame), _BATCH):
        part = frame[start : start + _BATCH]
        yield {str(column.name): column.to_numpy() if column.dtype == nw.Float32 else column.to_list() for column in part.iter_columns()}


def _stage(engine: Engine, place: Path, target: Target, content: tuple[tuple[str, ...], Iterator[Batch]]) -> int:
    """Hand batches to the engine as text, numbered, and return the number of rows."""
    columns, batches = content
    staged, rows = _staged(target), 0
    engine.run(f"CREATE OR REPLACE TABLE {quoted(staged)} (_row BIGINT, {', '.join(f'{quoted(name)} VARCHAR' for name in columns)})")
    for batch in batches:
        texts = {name: _column(place, name, values) for name, values in zip(columns, batch.values(), strict=True)}
        size = len(next(iter(texts.values())))
        engine.append(staged, {"_row": np.arange(rows + 1, rows + size + 1, dtype=np.int64), **texts})
        rows += size
    if not rows:
        raise refused(place, "NO_ROWS", f"the frame has {len(columns):,} columns and no rows", "give a frame with rows")
    return rows


def _staged(target: Target) -> str:
    return f"{target.table}__typed"


def _column(place: Path, name: str, values: Any) -> NDArray[Any]:
    text = np.empty(len(values), dtype=object)
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        values = [None if np.isnat(value) else str(value).replace("T", " ") for value in values]
    try:
        text[:] = [_text(value) for value in values]
    except TypeError as error:
        reason = "it holds values that have no form as text, such as lists, objects or bytes"
        raise refused(
            place, "UNSUPPORTED_TYPE", reason, "turn them into columns of their own, or leave the column out", column=name
        ) from error
    return text


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return _valid(value)
    if value is None or type(value).__name__ in _MISSING or (isinstance(value, float | np.floating) and value != value):  # noqa: PLR0124
        return None
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    raise TypeError(type(value).__name__)


def _valid(text: str) -> str:
    """Return text the engine can hold: a lone surrogate is shown by its code."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


_WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    ((bool, np.bool_), lambda value: "true" if value else "false"),
    ((int, np.integer), lambda value: str(int(value))),
    (float, float.__repr__),
    (np.floating, str),
    (decimal.Decimal, lambda value: format(value, "f")),
    (datetime.datetime, lambda value: value.isoformat(sep=" ")),
    ((datetime.date, datetime.time), lambda value: value.isoformat()),
    (uuid.UUID, str),
    (enum.Enum, lambda value: str(value.value)),
)
