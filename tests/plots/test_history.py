"""Pictures over time: incomplete periods are hollow, hidden cells are gaps, everything is plain JSON."""

from __future__ import annotations

import datetime
import json

import numpy as np

from segmentry.features.history import Cohorts, History, Period
from segmentry.plots import history as drawn


def made(*, hidden: bool = False) -> History:
    """Return six months of which the last is incomplete."""
    periods = tuple(
        Period(datetime.date(2024, month, 1), month < 6, None if hidden and month == 3 else 10 * month, 12 * month, month, 100.5 * month)
        for month in range(1, 7)
    )
    active = np.array([[1.0, 0.4, 0.2], [1.0, 0.3, np.nan], [1.0, np.nan, np.nan]])
    cohorts = Cohorts(tuple(datetime.date(2024, month, 1) for month in (1, 2, 3)), (10, 9, None), active, 10 * active, opening=True)
    return History("purchases", "month", periods, cohorts, 60, 66, datetime.date(2024, 6, 9))


def test_a_period_that_is_not_complete_is_hollow() -> None:
    (line,) = drawn.revenue(made(), "£")["data"]
    assert line["marker"]["symbol"] == ["circle"] * 5 + ["circle-open"]
    assert line["hovertext"][-1] == "Jun 2024 (incomplete): £603"


def test_a_hidden_period_is_a_gap() -> None:
    line = drawn.customers(made(hidden=True))["data"][0]
    assert line["y"][2] is None
    assert not line["connectgaps"]
    assert "hidden" in line["hovertext"][2]


def test_cells_to_come_are_empty_and_the_scale_leaves_out_the_first_month() -> None:
    (cells,) = drawn.active(made().cohorts)["data"]
    assert cells["z"][1] == [1, 0.3, None]
    assert cells["text"][1] == ["100%", "30%", ""]
    assert cells["zmax"] == 0.4


def test_all_pictures_are_plain() -> None:
    history = made()
    assert history.cohorts is not None
    for figure in (
        drawn.revenue(history),
        drawn.customers(history),
        drawn.occasions(history),
        drawn.active(history.cohorts),
        drawn.spent(history.cohorts),
    ):
        json.dumps(figure, allow_nan=False)
