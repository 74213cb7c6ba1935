"""Pictures of answers: marks beside the curve and not on it, plain JSON, names that are inert."""

from __future__ import annotations

import dataclasses
import json

from segmentry.evaluation.results import CalibrationCurve, GainsCurve, ProfitCurve
from segmentry.plots import response
from segmentry.plots.theme import colour, mark
from segmentry.propensity.results import Dependence, Importance, SegmentResponse
from segmentry.results import Estimate

AT = (0.0, 0.2, 0.5, 1.0)
PROFIT = ProfitCurve(AT, (0.0, 100.0, 40.0, -300.0), (0.0, 80.0, 0.0, -360.0), (0.0, 120.0, 80.0, -240.0), 3.0, 11.0, "", -300.0, 0.0, Estimate(0.2, 0.15, 0.3), Estimate(90.0, 60.0, 125.0), 100.0, 0.27, 400)  # fmt: skip
SEGMENTS = (
    SegmentResponse(1, "<b>Loyal", 40, Estimate(0.5, 0.4, 0.6), 0.45, 0.7, None),
    SegmentResponse(0, "Set aside", 60, Estimate(0.1, 0.05, 0.2), 0.12, None, None),
)


def named(curve: ProfitCurve) -> dict[str, str]:
    return {words: trace["textposition"] for trace in response.profit(curve)["data"] for words in trace.get("text", []) if words}


def test_best_everyone_and_nobody_are_marked_where_the_curve_is_not() -> None:
    assert named(PROFIT) == {"nobody": "bottom right", "everyone": "bottom left", "best": "top center"}
    rising = dataclasses.replace(PROFIT, profit=(0.0, -5.0, 40.0, 300.0), everyone=300.0, advice="everyone")
    assert named(rising) == {"nobody": "top right", "everyone": "top left"}
    assert named(dataclasses.replace(PROFIT, advice="nobody")).keys() == {"nobody", "everyone"}


def test_the_best_plan_carries_its_interval_and_its_words_stand_above_the_band() -> None:
    point, words = response.profit(PROFIT)["data"][-2:]
    assert (point["y"], point["error_y"]["array"], point["error_y"]["arrayminus"]) == ([90], [35], [30])
    assert words["y"] == [125]


def test_axes_have_units_and_an_unknown_currency_no_sign() -> None:
    unknown = json.dumps(response.profit(PROFIT))
    assert "currency of the data" in unknown
    assert "$" not in unknown
    assert response.profit(PROFIT, "£")["layout"]["yaxis"]["title"]["text"] == "profit, £"
    assert "£90" in json.dumps(response.profit(PROFIT, "£"), ensure_ascii=False)


def test_gains_and_calibration_lie_beside_their_diagonal() -> None:
    gains = response.gains(GainsCurve(AT, (0.0, 0.6, 0.9, 1.0), (0.0, 0.5, 0.8, 1.0), (0.0, 0.7, 1.0, 1.0), (3.0, 3.0, 1.8, 1.0)))
    assert (gains["data"][-1]["x"], gains["data"][-1]["y"]) == ([0, 1], [0, 1])
    curve = CalibrationCurve((0.1, 0.4), (0.12, 0.3), (0.05, 0.2), (0.2, 0.45), (50, 50), Estimate(0, 0, 0), 1.0, 0.0)
    diagonal, points = response.calibration(curve)["data"]
    assert diagonal["x"] == diagonal["y"]
    assert diagonal["x"][1] >= max(curve.high)
    assert points["error_y"]["array"] == [0.08, 0.15]


def test_segments_keep_their_colours_and_marks_and_the_first_is_on_top() -> None:
    figure = response.segments(SEGMENTS)
    seen, said = figure["data"]
    assert seen["marker"]["color"] == [colour(0), colour(1)]
    assert seen["marker"]["symbol"] == [mark(0), mark(1)]
    assert said["x"] == [0.12, 0.45]
    assert figure["layout"]["yaxis"]["ticktext"] == ["Set aside", "1 &lt;b&gt;Loyal"]
    assert len(figure["narrow"]["yaxis.ticktext"]) == 2


def test_columns_that_may_matter_by_chance_are_grey_and_carry_no_sign() -> None:
    rows = (
        Importance("a", "<i>A", Estimate(0.05, 0.03, 0.07), "less"),
        Importance("b", "B", Estimate(0.01, -0.01, 0.02), "more"),
        Importance("c", "C", Estimate(0.005, 0.001, 0.01), "levels"),
    )
    bars, signs = response.importance(rows)["data"]
    assert bars["x"] == [0.5, 1, 5]
    assert len({bars["marker"]["color"][place] for place in (0, 2)}) == 1
    assert bars["marker"]["color"][1] != bars["marker"]["color"][2]
    assert [each.strip() for each in signs["text"]] == ["", "", "▼"]
    many = tuple(dataclasses.replace(rows[0], column=str(place)) for place in range(30))
    assert len(response.importance(many)["data"][0]["x"]) == response.COLUMNS_SHOWN


def test_levels_are_named_by_their_codes_and_flags_are_yes_or_no() -> None:
    kinds = Dependence("k", "<b>Kind", "", "category", (2.0, 0.0), ("one", "two", "three"), (0.3, 0.1), (0.2, 0.05), (0.4, 0.2))
    figure = response.dependence(kinds)
    assert figure["layout"]["yaxis"]["ticktext"] == ["one", "three"]
    assert figure["data"][0]["x"] == [0.1, 0.3]
    flag = Dependence("f", "Member", "", "flag", (0.0, 1.0), (), (0.1, 0.2), (0.1, 0.1), (0.2, 0.3))
    assert response.dependence(flag)["layout"]["xaxis"]["ticktext"] == ["no", "yes"]
    money = Dependence("m", "Net <b>spend", "per year", "money", (10.0, 9000.0), (), (0.1, 0.2), (0.1, 0.1), (0.2, 0.3))
    assert response.dependence(money, "£")["layout"]["xaxis"]["title"]["text"] == "Net &lt;b&gt;spend, £ per year"
    assert response.dependence(money, "£")["layout"]["xaxis"]["tickformat"] == "~s"
