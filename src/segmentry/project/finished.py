"""A finished run, read back from its folder: record, model, features and segments; for commands that look at runs and not at raw data."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import Arrays, literal
from segmentry.errors import DataRefused, ModelRefused, Problem
from segmentry.matrix import Column, Matrix
from segmentry.project.freezing import aligned, thawed
from segmentry.project.outputs import revealed
from segmentry.segments.segmentation import Segmentation
from segmentry.sources.opening import corrupt, shielded
from segmentry.store.models import read_model

_PARTS = ("run.json", "model", "features.parquet", "segments.parquet")
_RECORD_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class FinishedRun:
    """What a run left in its folder.

    Parameters
    ----------
    name : str
        Of the folder.
    record : dict
        ``run.json``.
    segmentation : Segmentation
        The frozen model.
    columns : tuple of Column
        What the model looks at.
    names : dict of int to str
        Of the segments by id; 0 for customers set aside.
    ids : array of str, shape (n,)
        Customers, sorted.
    features : dict of str to array
        Every computed feature in the order of the ids: numbers with NaN, categories as text with None.
    labels : int array, shape (n,)
        Segment id of each customer as the run wrote it.
    """

    name: str
    record: dict[str, Any]
    segmentation: Segmentation
    columns: tuple[Column, ...]
    names: dict[int, str]
    ids: NDArray[np.object_]
    features: Arrays
    labels: NDArray[np.int64]

    @property
    def day(self) -> str:
        """As-of day, ISO; empty when the data has none."""
        return str(self.record.get("as_of") or "")

    @property
    def numbered(self) -> bool:
        """Whether the ids are row numbers, for want of an id column."""
        read = [table for table in self.record.get("tables", {}).values() if table.get("kind") in {"snapshot", "customers", "transactions"}]
        return bool(read) and all("id" not in table.get("roles", {}).values() for table in read)

    def values(self, name: str) -> NDArray[np.float64] | None:
        """Return a feature that is a number, or None."""
        found = self.features.get(name)
        return None if found is None or found.dtype.kind not in "iufb" else found.astype(np.float64)

    def lacks(self, other: FinishedRun) -> list[str]:
        """Return the features that the model of another run needs and this one did not compute."""
        return sorted(column.name for column in other.columns if column.name not in self.features)

    def matrix(self, columns: tuple[Column, ...]) -> Matrix:
        """Return features as a model reads them: categories as codes into its own levels."""
        values, found = np.empty((len(self.ids), len(columns))), []
        for place, column in enumerate(columns):
            told = self.features[column.name]
            if column.kind == "category":
                known = np.array([cell is not None for cell in told.tolist()], dtype=bool)
                levels, codes = np.unique(np.array([str(cell) for cell in told[known].tolist()], dtype=str), return_inverse=True)
                values[:, place] = np.nan
                values[known, place] = codes
                found.append(Column(column.name, column.words, "category", levels=tuple(levels.tolist())))
            else:
                values[:, place] = told.astype(np.float64)
                found.append(column)
        return aligned(Matrix(self.ids, tuple(found), values), columns)

    def placed(self, model: FinishedRun) -> NDArray[np.int64]:
        """Return the segment of each customer by the model of a run, shape (n,); 0 for who is in none."""
        labels, _ = model.segmentation.score_customers(self.matrix(model.columns), set_aside=self.labels == 0)
        return np.maximum(labels, 0)

    def revenue(self) -> NDArray[np.float64] | None:
        """Return the feature that stands for revenue: the one whose sums are the revenue of the segments in the record; None without amounts."""
        told = {int(each["id"]): each["revenue"] for each in self.record["segments"] if each.get("revenue") is not None}
        if not told:
            return None
        for name in sorted(self.features, key=lambda name: name not in {"monetary", "total_spend"}):
            values = self.values(name)
            if values is not None and all(_same(np.nansum(values[self.labels == key]), amount) for key, amount in told.items()):
                return values
        return None


def read_run(engine: DuckEngine, folder: Path) -> FinishedRun:
    """Read the folder of a finished run.

    Raises
    ------
    DataRefused
        ``NOT_A_RUN`` when a part is missing, ``CORRUPT_FILE`` or ``RUN_DAMAGED`` when parts cannot be read or are at odds.
    ModelRefused
        When the model is damaged.
    """
    missing = [part for part in _PARTS if not (folder / part).exists()]
    if missing:
        scored = (folder / "run.json").exists() and "model" in missing
        reason = f"it lacks {', '.join(missing)}" + (", as folders written by 'segmentry score' do" if scored else "")
        remedy = "give the folder that 'segmentry run' wrote, the one with report.html in it"
        raise DataRefused(Problem("NOT_A_RUN", reason, remedy, file=folder.name or str(folder)))
    record = _record(folder)
    segmentation, columns, _, names, _ = thawed(read_model(folder / "model"))
    features, segments = (_table(engine, folder / part) for part in ("features.parquet", "segments.parquet"))
    if "id" not in features or not {"id", "segment_id"} <= segments.keys():
        raise _damaged(folder, "features.parquet lacks the column id, or segments.parquet one of id and segment_id")
    sizes = [len(features["id"]), len(segments["id"])]
    if sizes[0] != sizes[1]:
        raise _damaged(folder, f"features.parquet and segments.parquet do not hold the same customers: {sizes[0]:,} and {sizes[1]:,}")
    known = revealed(features.pop("id"), segments["id"])
    one, other = np.argsort(known, kind="stable"), np.argsort(segments["id"], kind="stable")
    ids = known[one]
    if not np.array_equal(ids, segments["id"][other]):
        raise _damaged(folder, f"features.parquet and segments.parquet do not hold the same customers, though {len(ids):,} each")
    in_order = {name: column[one] for name, column in features.items()}
    run = FinishedRun(folder.name, record, segmentation, columns, names, ids, in_order, segments["segment_id"][other].astype(np.int64))
    if run.lacks(run):
        raise _damaged(folder, f"its model needs features that features.parquet lacks: {', '.join(run.lacks(run))}")
    return run


def _table(engine: DuckEngine, path: Path) -> Arrays:
    with shielded(lambda: corrupt(path, "its contents cannot be read as Parquet")):
        return engine.fetch(f"SELECT * FROM read_parquet({literal(str(path))}, hive_partitioning=false)")


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    try:
        if path.stat().st_size > _RECORD_BYTES:
            raise _damaged(folder, f"run.json holds over {_RECORD_BYTES:,} bytes")
        record = json.loads(path.read_text(encoding="utf-8"))
        _check_record(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        if isinstance(error, DataRefused):
            raise
        raise _damaged(folder, "run.json is no record of a run") from None
    return dict(record)


def _check_record(record: Any) -> None:
    """Raise what a part of another type raises; only what is read again later is looked at."""
    for segment in record["segments"]:
        int(segment["id"]), int(segment["customers"]), float(segment.get("revenue") or 0)
    settings, tables = (record.get(name) or {} for name in ("settings", "tables"))
    parts = [record.get("structure") or {}, *(settings.get(name) or {} for name in ("read", "run"))]
    if not all(isinstance(part, dict) for part in (*parts, *(table.get("roles", {}) for table in tables.values()))):
        raise TypeError
    if record.get("as_of") is not None:
        datetime.date.fromisoformat(record["as_of"])


def _damaged(folder: Path, reason: str) -> ModelRefused:
    return ModelRefused(
        Problem("RUN_DAMAGED", reason, "use an unchanged copy of the folder, or run the segmentation again", file=folder.name)
    )


def _same(found: float, told: float) -> bool:
    return abs(found - told) <= 1e-6 * max(abs(told), 1.0)
