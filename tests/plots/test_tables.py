"""Where the rows went, drawn once each."""

from __future__ import annotations

import pytest

from segmentry.plots import tables
from segmentry.tables.dataset import Accepted, Counts
from segmentry.tables.schema import Schema


def test_flow_shows_all_rows_of_each_table_once() -> None:
    accepted = Accepted(Schema("t", "snapshot", "", ()), "t", "q", Counts(100, 90, 4, 6), "")
    figure = tables.flow([accepted])
    assert sum(trace["x"][0] for trace in figure["data"]) == pytest.approx(1.0)
