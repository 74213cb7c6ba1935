"""The segments of a finished run for other data: found by id, and as of the day before a trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.features.windows import day_of
from segmentry.project.labelling import Labels, labels_before, labels_of
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.run import Run
from segmentry.project.settings import Settings
from segmentry.project.trials import Tried, read_trial
from segmentry.tables.dataset import Dataset

Shop = tuple[DuckEngine, Dataset, Tried, Labels]


@pytest.fixture(scope="module")
def opened_shop(shop_files: tuple[Path, ...], shop_run: Run, quick: Settings) -> Iterator[Shop]:
    with DuckEngine() as engine:
        journal = Journal(Silent())
        reading = read_dataset(engine, shop_files, quick, journal)
        table = measure(engine, reading.dataset, quick, journal)
        tried = read_trial(engine, reading, table, quick)
        assert tried is not None
        yield engine, reading.dataset, tried, labels_of(engine, shop_run.folder, table.matrix.ids)


def test_customers_have_the_segments_that_the_run_gave_them(opened_shop: Shop, shop_run: Run) -> None:
    found = opened_shop[3]
    assert found.labels.tolist() == shop_run.labels.tolist()
    assert found.names[0] == "In no segment"


def test_a_run_that_knows_none_of_the_customers_is_refused(opened_shop: Shop, shop_run: Run) -> None:
    with pytest.raises(DataRefused, match="none of the 2 customers of this data is among the 300 of the run"):
        labels_of(opened_shop[0], shop_run.folder, np.array(["x", "y"], dtype=object))


def test_segments_before_a_trial_know_nothing_of_what_came_after(opened_shop: Shop, quick: Settings) -> None:
    engine, dataset, tried, found = opened_shop
    labels, notes = labels_before(engine, dataset, quick, tried, found)
    assert labels is not None
    assert labels.shape == (len(tried.trial),)
    assert set(labels.tolist()) <= set(found.names)
    assert "2026-03-15, the day before the trial" in notes[0]
    # Segments of today are others: they have seen the months since.
    assert (labels != found.labels[tried.places]).any()
    engine.run(f"CREATE TABLE __kept AS SELECT * FROM lines; DELETE FROM lines WHERE day >= {day_of(tried.start)}")
    try:
        assert np.array_equal(labels_before(engine, dataset, quick, tried, found)[0], labels)
    finally:
        engine.run("CREATE OR REPLACE TABLE lines AS SELECT * FROM __kept; DROP TABLE __kept")


def test_segments_of_a_run_before_the_trial_are_taken_as_they_are(opened_shop: Shop, quick: Settings) -> None:
    engine, dataset, tried, found = opened_shop
    assert found.run is not None
    earlier = replace(found, run=replace(found.run, record={**found.run.record, "as_of": "2026-03-01"}))
    labels, notes = labels_before(engine, dataset, quick, tried, earlier)
    assert labels is not None
    assert labels.tolist() == found.labels[tried.places].tolist()
    assert notes == ()
