"""Which segment each customer is in, for commands that plan: those of a finished run, or made from the same data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.features.compute import FeatureTable
from segmentry.features.windows import date_of, day_of
from segmentry.matrix import Column
from segmentry.project.labelling import NOWHERE, Labels, labels_at, labels_of
from segmentry.project.progress import Journal
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.project.tried import Tried
from segmentry.results import Note
from segmentry.segments.results import SegmentProfile
from segmentry.segments.segmentation import Segmentation

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Segments of all customers.

    Parameters
    ----------
    labels : int array, shape (n,)
        Ids; 0 for customers in none.
    names : dict of int to str
        By id; without 0.
    model : Segmentation or None
        What places a customer; None without segments.
    columns : tuple of Column
        What the model looks at.
    profiles : tuple of SegmentProfile
        Empty for segments of a finished run.
    notes : tuple of Note
    """

    labels: Codes
    names: Mapping[int, str]
    model: Segmentation | None
    columns: tuple[Column, ...] = ()
    profiles: tuple[SegmentProfile, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def segments(self) -> tuple[str, ...]:
        """Names in the order of the ids."""
        return tuple(self.names[key] for key in sorted(self.names))

    @property
    def position(self) -> Codes:
        """Position of each customer's segment in `segments`; −1 for none, shape (n,)."""
        return self.positions(self.labels)

    def positions(self, labels: Codes) -> Codes:
        """Return the positions of some segment ids in `segments`; −1 for none."""
        keys = sorted(self.names)
        known = {key: at for at, key in enumerate(keys)}
        return np.array([known.get(int(label), -1) for label in labels], dtype=np.int64)

    @property
    def told(self) -> Labels:
        """Labels with the name of those in no segment too, as tables show them."""
        return Labels(self.labels, {0: NOWHERE, **self.names})


def place(
    engine: DuckEngine, reading: Reading, table: FeatureTable, settings: Settings, journal: Journal, *, run: Path | None = None
) -> Placed:
    """Return the segments of a finished run, or make them.

    Data that allow no segments are planned without; a note says why.

    Raises
    ------
    DataRefused
        When the folder is no run, or knows none of the customers.
    """
    if run is not None:
        found = labels_of(engine, run, table.matrix.ids)
        names = {key: name for key, name in found.names.items() if key > 0}
        finished = found.run
        return Placed(
            found.labels, names, None if finished is None else finished.segmentation, () if finished is None else finished.columns
        )
    from segmentry.project.solving import solve

    try:
        solution = solve(table, reading.dataset, settings, journal)
    except DataRefused as refused:
        told = " ".join(problem.sentence() for problem in refused.problems)
        return Placed(
            np.zeros(len(table.matrix), dtype=np.int64), {}, None, notes=(Note("no_segments", f"Planned without segments: {told}"),)
        )
    model = solution.segmentation
    columns = table.matrix.select(model.preparation_.names).columns
    names = {each.id: each.name for each in solution.profiles if each.id > 0}
    return Placed(solution.labels, names, model, columns, solution.profiles, solution.notes)


def placed_before(engine: DuckEngine, reading: Reading, tried: Tried, placed: Placed, settings: Settings) -> Codes:
    """Return the segment of each customer of a trial as the model saw them the day before it, as a position; −1 for none, shape (m,).

    Segments of today are partly made from what came of the trial. In a table of customers without days those of today are all there is.
    """
    if tried.start is None or "lines" not in reading.dataset.has:
        return placed.position[tried.places]
    return placed_at(engine, reading, placed, settings, day_of(tried.start) - 1)[tried.places]


def placed_at(engine: DuckEngine, reading: Reading, placed: Placed, settings: Settings, day: int) -> Codes:
    """Return the segment of every customer as the model saw them on an earlier day (since 1970-01-01), as a position; −1 for none, shape (n,)."""
    if placed.model is None:
        return placed.position
    try:
        labels = labels_at(engine, reading.dataset, settings, model=placed.model, columns=placed.columns, day=date_of(day))
    except DataRefused:
        return np.full(len(placed.labels), -1, dtype=np.int64)
    return placed.positions(labels)
