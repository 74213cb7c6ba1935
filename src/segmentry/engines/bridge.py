"""The bridge: the three shapes that are carried from the tables to the maths, and the functions that are carried back.

`collect_…` brings a Matrix (rows), Moments (sums) or a Tally (counts); `apply` sends a pure function over column batches to
the data. Nothing else crosses, and no model knows which engine it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Arrays, Engine, quoted
from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.moments import Moments
from segmentry.tally import Tally

BATCH = 200_000


def collect_ids(engine: Engine, *, key: str = "customer", table: str = "customers") -> NDArray[np.object_]:
    """Return the ids of all customers in the order of their key, shape (n,)."""
    return engine.fetch(f"SELECT id FROM {quoted(table)} ORDER BY {quoted(key)}")["id"].astype(object)


def collect_matrix(engine: Engine, table: str, columns: Sequence[Column], *, key: str = "customer", ids_table: str = "customers") -> Matrix:
    """Bring a table with one row per customer as a matrix over all customers, in id order.

    Parameters
    ----------
    columns : sequence of Column
        What to bring. A category without levels gets those found, sorted by text; with levels, other texts become missing.
    key : str
        Whole number 0 … n − 1 in both tables, in the order of the ids.
    ids_table : str
        Table with `key` and ``id`` of all customers; those without a row in `table` are NaN.

    Raises
    ------
    UsageError
        When the table lacks one of the columns.
    """
    found = engine.columns(table)
    lacking = [column.name for column in columns if column.name not in found]
    if lacking:
        raise UsageError(f"the table {table!r} has no columns {lacking}; it has {sorted(found)}. Ask for columns that are there.")
    ids = collect_ids(engine, key=key, table=ids_table)
    levelled = tuple(_with_levels(engine, table, column) for column in columns)
    values = np.full((len(ids), len(levelled)), np.nan)
    for batch in engine.batches(table, key, BATCH):
        rows = batch[key].astype(np.intp)
        for place, column in enumerate(levelled):
            values[rows, place] = (
                codes(batch[column.name], column.levels) if column.kind == "category" else batch[column.name].astype(np.float64)
            )
    return Matrix(ids=ids, columns=levelled, values=values)


def codes(texts: NDArray[np.object_], levels: Sequence[str]) -> NDArray[np.float64]:
    """Return the position of each text in `levels`, NaN for None and for other texts, shape (n,).

    Examples
    --------
    >>> codes(np.array(["b", None, "z"], dtype=object), ["a", "b"])
    array([ 1., nan, nan])
    """
    place = {level: float(code) for code, level in enumerate(levels)}
    return np.fromiter((place.get(text, np.nan) for text in texts), dtype=np.float64, count=len(texts))


def levels_of(engine: Engine, table: str, name: str) -> tuple[str, ...]:
    """Return the texts found in a column, sorted."""
    rows = engine.rows(f"SELECT DISTINCT {quoted(name)} FROM {quoted(table)} WHERE {quoted(name)} IS NOT NULL")
    return tuple(sorted(str(row[0]) for row in rows))


def collect_moments(engine: Engine, table: str, names: Sequence[str], *, key: str = "customer") -> Moments:
    """Bring the moments of some number columns, summed batch by batch in the order of the key.

    The shift is the middle between the smallest and the largest value of each column, so it does not depend on the batches.
    """
    middles = ", ".join(f"CAST(min({quoted(name)}) AS DOUBLE), CAST(max({quoted(name)}) AS DOUBLE)" for name in names)
    ends = np.array(engine.rows(f"SELECT {middles} FROM {quoted(table)}")[0], dtype=np.float64).reshape(len(names), 2)
    shift = np.nan_to_num(ends.mean(axis=1))
    moments = Moments.of(np.empty((0, len(names))), names, shift)
    for batch in engine.batches(table, key, BATCH):
        moments = moments + Moments.of(np.column_stack([batch[name].astype(np.float64) for name in names]), names, shift)
    return moments


def collect_tally(engine: Engine, table: str, column: str) -> Tally:
    """Bring the distinct values of a column with their counts."""
    name = quoted(column)
    found = engine.fetch(f"SELECT {name} AS value, count(*) AS count FROM {quoted(table)} GROUP BY {name} ORDER BY {name}")
    return Tally.of(found["value"], found["count"].astype(np.int64))


def apply(engine: Engine, table: str, function: Callable[[Arrays], Arrays], into: str, *, key: str = "customer") -> None:
    """Send a pure function over the batches of a table, in the order of the key, and hold what it returns as a table.

    Parameters
    ----------
    function : callable
        Takes the columns of a batch as arrays and returns arrays of one length; it must not keep state.
    into : str
        Name of the table that is made or replaced; the key is carried over when the function does not return it.

    Raises
    ------
    UsageError
        When the table is empty, so that nothing says which columns come out.
    """
    started = False
    for batch in engine.batches(table, key, BATCH):
        result = function(batch)
        columns = result if key in result else {key: batch[key], **result}
        if started:
            engine.append(into, columns)
        else:
            engine.put(into, columns)
        started = True
    if not started:
        raise UsageError(f"the table {table!r} has no rows; apply needs at least one. Fill it first.")


def _with_levels(engine: Engine, table: str, column: Column) -> Column:
    if column.kind != "category" or column.levels:
        return column
    return replace(column, levels=levels_of(engine, table, column.name))
