"""The files of a run: customers with their segments, profiles, features, quarantine and the record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import quoted
from segmentry.engines.writers import write_csv
from segmentry.matrix import Matrix
from segmentry.results import plain
from segmentry.segments.results import SegmentProfile
from segmentry.tables.contact_keys import SAMPLE, contacts


def write_segments(
    engine: DuckEngine,
    folder: Path,
    *,
    ids: NDArray[np.object_],
    labels: NDArray[np.int64],
    confidence: NDArray[np.float64],
    names: dict[int, str],
    more: Mapping[str, NDArray[Any]] | None = None,
) -> None:
    """Write ``segments.csv`` and ``segments.parquet``: one row per accepted customer, in the order of the ids.

    Parameters
    ----------
    ids : array of str, shape (n,)
    labels : int array, shape (n,)
        Segment ids; 0 for customers set aside by rule.
    confidence : float array, shape (n,)
        0 (between two segments) to 1 (at the heart of one); NaN for customers set aside.
    names : dict of int to str
    more : mapping of str to array, shape (n,)
        Further columns, such as the vote share.
    """
    columns: dict[str, NDArray[Any]] = {
        "id": ids,
        "segment_id": labels,
        "segment_name": np.array([names[int(label)] for label in labels], dtype=object),
        "confidence": np.round(confidence, 4),
        **(more or {}),
    }
    write_csv(folder / "segments.csv", columns)
    write_columns(engine, folder / "segments.parquet", columns)


def file_order(ids: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return the order of ids that are row numbers, ``17`` or, with several files, ``2:17``.

    Examples
    --------
    >>> file_order(np.array(["10", "9", "1"], dtype=object)).tolist()
    [2, 1, 0]
    """
    places = [tuple(int(part) for part in identifier.split(":")) for identifier in ids.tolist()]
    return np.array(sorted(range(len(places)), key=places.__getitem__), dtype=np.intp)


def write_features(engine: DuckEngine, path: Path, matrix: Matrix) -> None:
    """Write the features of all customers as Parquet: categories as text, missing as NULL.

    Ids that are e-mail addresses or phone numbers are not written: in their place stands the customer's row of ``segments.csv``.
    """
    columns: dict[str, NDArray[Any]] = {"id": disguised(matrix.ids)}
    for place, column in enumerate(matrix.columns):
        values = matrix.values[:, place]
        if column.kind == "category":
            levels = np.array([*column.levels, None], dtype=object)
            columns[column.name] = levels[np.where(np.isnan(values), len(column.levels), values).astype(np.intp)]
        else:
            columns[column.name] = values
    write_columns(engine, path, columns)


def disguised(ids: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return ids as they are, or, when they are e-mail addresses or phone numbers, as ``row 1``, ``row 2``, … in their order.

    Examples
    --------
    >>> disguised(np.array(["a@x.org", "b@x.org"], dtype=object)).tolist(), disguised(np.array(["C7"], dtype=object)).tolist()
    (['row 1', 'row 2'], ['C7'])
    """
    if not contacts(ids[:SAMPLE].tolist()):
        return ids
    return np.array([f"row {place}" for place in range(1, len(ids) + 1)], dtype=object)


def revealed(ids: NDArray[np.object_], listed: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the ids that `disguised` took away, from the list of segments; other ids as they are."""
    if len(ids) != len(listed) or not np.array_equal(ids, disguised(listed)):
        return ids
    return listed


def write_columns(engine: DuckEngine, path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Write arrays of one length as Parquet, in their order; NaN becomes NULL."""
    safe = {f"c{place}": column for place, column in enumerate(columns.values())}
    engine.put("outgoing", {**safe, "position": np.arange(len(next(iter(columns.values()))))})
    names = [
        f"CASE WHEN isnan({key}) THEN NULL ELSE {key} END AS {quoted(name)}" if column.dtype.kind == "f" else f"{key} AS {quoted(name)}"
        for (key, column), name in zip(safe.items(), columns, strict=True)
    ]
    engine.write_parquet(f"SELECT {', '.join(names)} FROM outgoing ORDER BY position", path)
    engine.run("DROP TABLE outgoing")


def write_profiles(path: Path, profiles: Sequence[SegmentProfile], matrix: Matrix) -> None:
    """Write ``profiles.csv``: per segment and feature the quartiles and mean in the feature's unit, and the effect size."""
    columns = {column.name: column for column in matrix.columns}
    header = ("segment_id", "segment_name", "feature", "words", "level", "unit", "customers", "q1", "median", "q3", "mean", "effect")
    rows: list[tuple[Any, ...]] = []
    for profile in profiles:
        effects = {(item.name, item.level): item.effect for item in profile.differences}
        for item in profile.ranges:
            told = (item.name, columns[item.name].words, "", columns[item.name].unit, item.n, item.q1, item.median, item.q3, item.mean)
            rows.append((profile.id, profile.name, *told, effects.get((item.name, ""))))
        for part in profile.shares:
            share = (part.name, columns[part.name].words, part.level, "share", part.n, None, None, None, part.share)
            rows.append((profile.id, profile.name, *share, effects.get((part.name, part.level))))
    write_csv(path, {name: [row[place] for row in rows] for place, name in enumerate(header)})


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write ``run.json``: sorted keys, finite numbers, UTF-8."""
    path.write_text(json.dumps(plain(record), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
