"""Pictures of uplift: the band belongs to the uplift curve, everybody is marked, placebo rounds are hollow, lines a lot rarely crosses."""

from __future__ import annotations

import json

from segmentry.plots import uplift
from segmentry.uplift.results import ColumnBalance, GainCurve, Placebo

AT = (0.0, 0.5, 1.0)
CURVES = (
    GainCurve("uplift", "by <b>score", 1, AT, (0.0, 0.02, 0.012), (0.0, 0.01, 0.0), (0.0, 0.03, 0.024)),
    GainCurve("random", "random order", 1, AT, (0.0, 0.006, 0.012), (0.0, 0.0, 0.0), (0.0, 0.01, 0.024)),
)


def test_gain_is_in_percentage_points_of_a_share_and_in_money_of_money() -> None:
    figure = uplift.gains(CURVES, "yes/no")
    band, top, score, chance, everybody = figure["data"]
    assert (band["y"], top["y"]) == ([0, 1, 0], [0, 3, 2.4])
    assert score["y"] == [0, 2, 1.2]
    assert score["line"] != chance["line"]
    assert (everybody["x"], everybody["y"], everybody["text"]) == ([1], [1.2], ["everybody"])
    assert figure["layout"]["yaxis"]["title"]["text"] == "gain over treating nobody, percentage points"
    assert figure["layout"]["legend"]["traceorder"] == "normal"
    assert uplift.gains(CURVES, "money", "£")["layout"]["yaxis"]["title"]["text"] == "gain over treating nobody, £ per customer"
    assert "by <b>score" not in json.dumps(figure)


def test_placebo_rounds_are_hollow_and_the_real_treatment_is_filled() -> None:
    rounds, real = uplift.placebo(Placebo(3, (0.01, -0.01, 0.0), 0.2, (0.5, 0.5, 0.5), True, ""))["data"]
    assert rounds["x"] == [-0.01, 0, 0.01]
    assert rounds["marker"]["symbol"].endswith("-open")
    assert real["x"] == [0.2]
    assert not real["marker"]["symbol"].endswith("-open")


def test_balance_lies_between_the_lines_of_what_a_lot_does() -> None:
    figure = uplift.balance((ColumnBalance("a", "A <i>", 0.04, 0.5), ColumnBalance("b", "B", -0.01, 0.9)), 0.03)
    low, high, points = figure["data"]
    assert (low["x"], high["x"]) == ([-0.03, -0.03], [0.03, 0.03])
    assert points["x"] == [-0.01, 0.04]
    assert figure["layout"]["yaxis"]["ticktext"] == ["B", "A &lt;i&gt;"]
    assert figure["layout"]["xaxis"]["range"][1] > 0.04
    nothing = uplift.balance((ColumnBalance("a", "A", 0.0, 1.0),), 0.0)
    assert nothing["layout"]["xaxis"]["range"] == [-0.1, 0.1]
