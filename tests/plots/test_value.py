"""Pictures of worth: colours by segment, what is hidden stays hidden, everything is plain JSON."""

from __future__ import annotations

import json

from segmentry.plots import retention, value
from segmentry.plots.theme import colour, mark
from segmentry.value.results import STATES, Survival, Tracking

ROWS = ((1, "<b>Loyal", 40, 0.3, 0.5), (2, "Others", 60, 0.7, 0.5))
TRACKING = Tracking((1.0, 2.0, 3.0), (12.0, 2.0, 31.0), {"BG/NBD": (10.0, 11.0, 12.0), "MBG/NBD": (9.0, 10.0, 11.0)}, 2.0)
CURVES = (
    Survival(-1, "", (0.0, 4.0, 9.0), (1.0, 0.8, 0.5), (1.0, 0.7, 0.4), (1.0, 0.9, 0.6), 100, 40),
    Survival(2, "Others", (0.0, 4.0, 9.0), (1.0, 0.7, 0.4), (1.0, 0.6, 0.3), (1.0, 0.8, 0.5), 60, 30),
)


def test_segments_keep_their_colours_and_marks_and_the_first_is_on_top() -> None:
    figure = value.shares(ROWS, before="past revenue", after="expected value")
    points = next(trace for trace in figure["data"] if trace.get("hovertext"))
    assert points["marker"]["color"] == [colour(2), colour(1)]
    assert points["marker"]["symbol"] == [mark(2), mark(1)]
    assert figure["layout"]["yaxis"]["ticktext"][-1] == "1 &lt;b&gt;Loyal"
    assert figure["data"][-1]["text"][-1].strip() == "30% → 50%"


def test_hidden_periods_are_gaps_and_sums_are_rounded() -> None:
    each = value.incremental(TRACKING, "MBG/NBD", unit="week", period="4 weeks", shown=[True, False, True])
    assert each["data"][0]["y"] == [12, None, 31]
    assert "–" in each["data"][0]["hovertext"][1]
    assert value.cumulative(TRACKING, "MBG/NBD", unit="week", step=5)["data"][0]["y"] == [10, 15, 45]


def test_the_model_that_is_used_comes_before_the_others_and_the_cut_is_marked() -> None:
    figure = value.incremental(TRACKING, "MBG/NBD", unit="week", period="4 weeks", shown=[True] * 3)
    assert [trace["name"] for trace in figure["data"]] == ["what came", "foretold (MBG/NBD)", "foretold (BG/NBD)"]
    assert len({trace["line"].get("dash") for trace in figure["data"]}) == 3
    assert figure["layout"]["shapes"][0]["x0"] == 2.0
    assert figure["layout"]["xaxis"]["title"]["text"] == "weeks since the first day"


def test_a_hidden_state_is_not_drawn_and_says_so() -> None:
    figure = retention.states([("All", {"active": 40, "lapsed": None}), ("One", {"active": 10, "lapsed": 30})], STATES)
    active, lapsed = figure["data"]
    assert (active["x"], lapsed["x"]) == ([0.25, 1], [0.75, 0])
    assert "hidden" in lapsed["hovertext"][1]


def test_all_customers_are_grey_and_bands_go_there_and_back() -> None:
    figure = retention.survival(CURVES, {2: "Others"}, unit="week")
    band, _, total, own = figure["data"]
    assert (total["name"], own["name"]) == ("All customers", "2 Others")
    assert own["line"]["color"] == colour(2)
    assert total["line"]["color"] not in {colour(segment) for segment in range(1, 9)}
    assert (band["x"][0], band["x"][-1], max(band["y"]), min(band["y"])) == (0, 0, 1, 0.4)


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    times = tuple(float(day) for day in range(1000))
    flat = tuple(1.0 - 0.0005 * day for day in times)
    line = retention.survival([Survival(1, "One", times, flat, flat, flat, 50, 9)], {}, unit="day")["data"][-1]
    assert len(line["x"]) <= 60
    assert (line["x"][0], line["x"][-1]) == (0, 999)


def test_all_pictures_are_plain() -> None:
    for figure in (
        value.shares(ROWS, before="a", after="b"),
        value.shares((), before="a", after="b"),
        value.spread(("under £1", "£1 or more"), (30, 12), title=""),
        value.concentration((0.1, 1.0), (0.6, 1.0), what="expected value"),
        value.incremental(TRACKING, "MBG/NBD", unit="week", period="4 weeks", shown=[True, False, True]),
        value.cumulative(TRACKING, "none", unit="week", step=5),
        retention.survival(CURVES, {}, unit="month"),
        retention.states([("All", {"new": 4})], STATES),
    ):
        json.dumps(figure, allow_nan=False)
