"""The segments of a finished run for customers of other data: as the run left them, and as they were before a trial began.

Whoever an offer made buy may be in another segment afterwards. Effects by segment of today would then compare customers whom the offer had sorted, so
they are told by the segment each customer was in on the day before: the run's frozen rule, asked with the features of that day.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import Engine
from segmentry.errors import DataRefused, Problem
from segmentry.matrix import Column
from segmentry.project.finished import FinishedRun, read_run
from segmentry.project.freezing import aligned
from segmentry.project.settings import Settings
from segmentry.project.tried import Tried
from segmentry.segments.segmentation import Segmentation
from segmentry.tables.dataset import Dataset

NOWHERE = "In no segment"


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Segments of the run's customers.

    Parameters
    ----------
    labels : int array, shape (n,)
        Segment id of each customer of this data; 0 for who is in none.
    names : mapping of int to str
    run : FinishedRun or None
        Where they come from.
    """

    labels: NDArray[np.int64]
    names: Mapping[int, str]
    run: FinishedRun | None = None


def labels_of(engine: DuckEngine, folder: Path, ids: NDArray[np.object_]) -> Labels:
    """Return the segments of a finished run for customers in this data.

    Parameters
    ----------
    folder : Path
    ids : array of str, shape (n,)

    Raises
    ------
    DataRefused
        When the folder is no run, or knows none of the customers.
    """
    run = read_run(engine, folder)
    known = dict(zip(run.ids.tolist(), run.labels.tolist(), strict=True))
    if not any(name in known for name in ids.tolist()):
        reason = f"none of the {len(ids):,} customers of this data is among the {len(run.ids):,} of the run"
        raise DataRefused(Problem("OTHER_CUSTOMERS", reason, "give the run that was made from these customers", file=folder.name))
    labels = np.array([known.get(name, 0) for name in ids.tolist()], dtype=np.int64)
    return Labels(labels, {**run.names, 0: NOWHERE}, run)


def labels_before(
    engine: Engine, dataset: Dataset, settings: Settings, tried: Tried, found: Labels
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Return the segment of each customer of a trial as of the day before its start.

    Returns
    -------
    labels : int array, shape (m,), or None
        In the order of the trial; None when they cannot be told.
    notes : tuple of str
        How they were found, or why not.
    """
    run, start = found.run, tried.start
    if run is None or start is None or (run.day and run.day < start.isoformat()):
        return found.labels[tried.places], ()
    before = start - datetime.timedelta(days=1)
    try:
        labels = labels_at(engine, dataset, settings, model=run.segmentation, columns=run.columns, day=before)
    except DataRefused as refused:
        return None, (f"No effects by segment: the segments are of {run.day}, after the trial began, and {refused.problems[0].reason}.",)
    said = f"Effects by segment are told by the segment each customer was in on {before}, the day before the trial, because an offer can move customers."
    return labels[tried.places], (said,)


def labels_at(
    engine: Engine, dataset: Dataset, settings: Settings, *, model: Segmentation, columns: Sequence[Column], day: datetime.date
) -> NDArray[np.int64]:
    """Return the segment of every customer as a frozen model saw them on an earlier day; 0 for none, shape (n,).

    Parameters
    ----------
    model : Segmentation
    columns : sequence of Column
        What the model looks at.
    day : date

    Raises
    ------
    DataRefused
        When the data lacks what the model needs.
    """
    from segmentry.features.catalogue import recall
    from segmentry.features.compute import compute

    then = replace(dataset, as_of=day)
    table = compute(engine, then, recall(then, [column.name for column in columns]), net_returns=settings.cleaning.net_returns)
    labels, _ = model.score_customers(aligned(table.matrix, columns), set_aside=table.set_aside)
    return np.maximum(labels, 0).astype(np.int64)
