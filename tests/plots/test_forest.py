"""Forest plots: the first row on top, evidence by shape, two estimates of one name on one line, axes that hold all ends."""

from __future__ import annotations

import json

import pytest

from segmentry.plots.forest import LOOKS, Row, Scale, forest, points, shares, span
from segmentry.results import Estimate

ROWS = (
    Row("A <b>", Estimate(0.02, 0.01, 0.03), "primary", "<b>A</b>"),
    Row("B", Estimate(0.01, -0.01, 0.03), "exploratory"),
    Row("C", Estimate(0.04, 0.04, 0.04), "exploratory"),
)


def test_the_first_row_is_on_top_and_names_are_inert() -> None:
    figure = forest(ROWS, points("difference"))
    axis = figure["layout"]["yaxis"]
    assert dict(zip(axis["tickvals"], axis["ticktext"], strict=True)) == {2: "A &lt;b&gt;", 1: "B", 0: "C"}
    assert figure["layout"]["xaxis"]["title"]["text"] == "difference, percentage points"
    assert "A <b>" not in json.dumps(figure)


def test_shares_become_percentage_points_and_ends_become_bars() -> None:
    _, primary, exploratory = forest(ROWS, points("difference"))["data"]
    assert primary["x"] == [2]
    assert (primary["error_x"]["array"], primary["error_x"]["arrayminus"]) == ([1], [1])
    assert exploratory["error_x"]["array"] == [2, 0]


def test_looks_differ_in_shape_and_not_by_colour_alone() -> None:
    grades = [LOOKS[look][1] for look in ("randomised", "observational", "assumption", "gross")]
    assert len(set(grades)) == 4
    assert LOOKS["primary"][1] != LOOKS["exploratory"][1]
    assert LOOKS["raw"][1] != LOOKS["shrunken"][1]


def test_two_estimates_of_one_name_share_a_line_and_equal_looks_do_not() -> None:
    pair = (Row("A", Estimate(1, 0, 2), "raw"), Row("A", Estimate(1, 0.5, 1.5), "shrunken"), Row("B", Estimate(3, 2, 4), "raw"))
    figure = forest(pair, Scale("money, £"), legend=(("raw", "as measured"), ("shrunken", "shrunken")))
    assert len(figure["layout"]["yaxis"]["tickvals"]) == 2
    _, raw, shrunken = figure["data"]
    assert raw["y"][0] > shrunken["y"][0]
    assert raw["y"][1] == 0
    alike = forest((Row("A", Estimate(1, 0, 2)), Row("A", Estimate(5, 4, 6))), Scale("money"))
    assert len(alike["layout"]["yaxis"]["tickvals"]) == 2


def test_the_axis_holds_every_end_the_line_and_what_others_need() -> None:
    low, high = forest(ROWS, points("difference"))["layout"]["xaxis"]["range"]
    assert low < -1
    assert high > 4
    wide = forest(ROWS, Scale("effect", reach=(-1.0, 2.0)))["layout"]["xaxis"]["range"]
    assert wide[0] < -1
    assert wide[1] > 2
    assert span(ROWS) == (-0.01, 0.04)


def test_shares_begin_at_nothing_and_have_no_line() -> None:
    figure = forest((Row("A", Estimate(0.4, 0.39, 0.41)),), shares("share that answered"))
    assert len(figure["data"]) == 1
    low, high = figure["layout"]["xaxis"]["range"]
    assert -0.02 < low <= 0
    assert 0.41 < high < 0.5
    full = forest((Row("A", Estimate(0.99, 0.97, 1.0)),), shares("share"))["layout"]["xaxis"]["range"]
    assert full[1] < 1.05


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_a_single_value_without_interval_can_be_drawn(value: float) -> None:
    figure = forest((Row("A", Estimate(value, value, value)),), Scale("money", line=None))
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < value < high


def test_an_interval_that_misses_its_own_figure_gives_no_bars_the_wrong_way() -> None:
    marks = forest((Row("A", Estimate(1.0, 1.2, 1.4)),), Scale("money"))["data"][1]
    assert (marks["error_x"]["array"], marks["error_x"]["arrayminus"]) == ([0.4], [0])
