"""Distributions are plain, finite and add up."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from segmentry.explore.columns import ColumnSummary, summarise
from segmentry.matrix import Column, Matrix
from segmentry.plots import explore, theme


def summary_of(values: list[float], kind: str = "number") -> ColumnSummary:
    ids = np.array([str(place) for place in range(len(values))], dtype=object)
    return summarise(Matrix(ids, (Column("x", "X", kind),), np.array(values)[:, None]))[0]  # type: ignore[arg-type]


def test_outermost_bar_is_orange_only_where_values_lie_beyond() -> None:
    rng = np.random.default_rng(0)
    values = [*rng.normal(50, 3, 500).tolist(), 500.0]
    shades = explore.distribution(summary_of(values))["data"][0]["marker"]["color"]
    assert shades[-1] == theme.ORANGE
    assert theme.ORANGE not in shades[:-1]


def test_bars_of_a_histogram_add_up_to_n() -> None:
    column = summary_of(np.random.default_rng(1).lognormal(3, 1.2, 800).tolist(), "money")
    figure = explore.distribution(column, "£")
    assert column.log_bins
    assert sum(figure["data"][0]["y"]) == column.n
    assert "logarithmic" in figure["layout"]["xaxis"]["title"]["text"]


def test_a_flag_is_drawn_as_no_and_yes() -> None:
    figure = explore.distribution(summary_of([1.0, 0.0, 0.0, 0.0], "flag"))
    assert figure["data"][0]["x"] == [1, 3]


def test_levels_beyond_the_limit_stand_together() -> None:
    column = ColumnSummary(
        "c", "C", "category", "", 78, 0, levels=(*"abcdefghijkl", "other"), level_counts=(*range(12, 0, -1), 0), distinct=12
    )
    figure = explore.distribution(column)
    assert sum(figure["data"][0]["x"]) == 78
    assert figure["layout"]["yaxis"]["ticktext"][0] == "all others"


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [-1e18, 0.0, 1e18], [math.nan, 2.0]])
def test_awkward_columns_give_finite_figures(values: list[float]) -> None:
    json.dumps(explore.distribution(summary_of(values)), allow_nan=False)
