"""Pictures of a plan: shares in cells, hidden cells without a figure, one bar per channel, and the place to stop."""

from __future__ import annotations

import json

from segmentry.plans.results import Frontier, Step
from segmentry.plots import plans
from segmentry.plots.plans import Cell, Removed, Stack

CELLS = ((Cell(40, 0.4), Cell(None, None), Cell(60, 0.6)), (Cell(0, 0.0), Cell(10, 0.1), Cell(90, 0.9)))
STEPS = tuple(
    Step(at, at, gain, gain, price, int(at)) for at, gain, price in ((0.0, 0.0, 4.0), (1000.0, 3000.0, 2.0), (2000.0, 4000.0, 0.2))
)
FOUND = Frontier(STEPS, 1500.0, 0.5, ("Stop at 1,500.",))


def test_cells_carry_shares_and_hidden_ones_only_that_word() -> None:
    figure = plans.heat(["<b>Loyal", "Lapsed"], ["Mail", "Call", "no offer"], CELLS)
    texts = {(each["x"], each["y"]): each["text"] for each in figure["layout"]["annotations"]}
    assert texts == {(0, 1): "40%", (1, 1): "hidden", (2, 1): "60%", (1, 0): "10%", (2, 0): "90%"}
    given, none = figure["data"]
    assert given["z"] == [[0, 0.1], [0.4, 0]]
    assert none["z"] == [[0.9], [0.6]]
    assert given["zmax"] == 0.4
    assert "hidden, few customers" in given["hovertext"][1][1]
    assert "<b>Loyal" not in json.dumps(figure)
    assert figure["layout"]["xaxis"]["title"]["text"] == "offer; figures are shares of the segment"


def test_bars_are_made_of_segments_and_the_first_channel_is_on_top() -> None:
    figure = plans.stacked(
        ["mail", "call <i>"], [Stack("1 Loyal", "#000000", (5, None)), Stack("2 Lapsed", "#ffffff", (7, 9))], title="customers"
    )
    loyal, lapsed = figure["data"]
    assert loyal["x"] == [0, 5]
    assert lapsed["x"] == [9, 7]
    assert figure["layout"]["yaxis"]["ticktext"] == ["call &lt;i&gt;", "mail"]
    assert figure["layout"]["xaxis"]["title"]["text"] == "customers"


def test_the_frontier_marks_the_plan_and_where_to_stop() -> None:
    figure = plans.frontier(FOUND, "£", spent=500.0)
    marks = {trace["text"][0]: (trace["x"], trace["y"]) for trace in figure["data"] if trace.get("text")}
    assert marks == {"this plan": ([500], [1500]), "stop here": ([1500], [3500])}
    assert figure["layout"]["xaxis"]["title"]["text"] == "money spent, £"
    assert "currency of the data" in json.dumps(plans.frontier(FOUND))
    assert [trace.get("name") for trace in figure["data"]] == ["as the planner says", "this plan", "stop here"]


def test_the_removed_optimism_is_a_line_with_a_band_below_the_planned_one() -> None:
    figure = plans.frontier(FOUND, "£", removed=Removed(0.5, 0.2, 0.8))
    low, high, promised, planned, _ = figure["data"]
    assert promised["y"] == [0, 1500, 2000]
    assert (low["y"][-1], high["y"][-1]) == (800, 3200)
    assert planned["line"]["dash"] == "dash"


def test_a_place_to_stop_beyond_the_last_step_is_marked_at_its_end() -> None:
    beyond = Frontier(STEPS, 9999.0, 0.0, ())
    stop = plans.frontier(beyond)["data"][-1]
    assert (stop["x"], stop["y"]) == ([2000], [4000])
