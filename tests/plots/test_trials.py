"""Pictures of trials: raw beside shrunken, hidden segments not drawn, weeks with a gap where too little is known."""

from __future__ import annotations

import json

from segmentry.experiments.results import SegmentEffect, WeekEffect, Weekly
from segmentry.plots import trials
from segmentry.plots.forest import points
from segmentry.results import Estimate

ROWS = (
    SegmentEffect(1, "Loyal <b>", (50, 50), Estimate(0.04, 0.0, 0.08), Estimate(0.02, 0.0, 0.04)),
    SegmentEffect(2, "Lapsed", None, None, None, hidden=True, why="few"),
)


def test_raw_and_shrunken_stand_one_above_the_other_and_hidden_segments_are_not_drawn() -> None:
    figure = trials.segments(ROWS, points("difference"), mean=Estimate(0.02, 0.01, 0.03))
    _, raw, shrunken, mean = figure["data"]
    assert (raw["x"], shrunken["x"], mean["x"]) == ([4], [2], [2])
    assert raw["y"][0] > shrunken["y"][0] > mean["y"][0]
    assert figure["layout"]["yaxis"]["ticktext"] == ["1 Loyal &lt;b&gt;", "All segments"]
    assert "Lapsed" not in json.dumps(figure)


def test_a_week_of_which_too_little_is_known_is_left_out() -> None:
    rows = (
        WeekEffect(1, (9, 9), Estimate(0.02, 0.01, 0.03)),
        WeekEffect(2, (1, 1), None),
        WeekEffect(3, (9, 9), Estimate(0.01, 0.0, 0.02)),
    )
    found = Weekly("m", "a", rows, 3, None, None, False, False, None, "")
    figure = trials.weekly(found, points("difference"))
    assert figure["data"][0]["x"] == [1, 3]
    assert figure["data"][0]["y"] == [2, 1]
    assert figure["layout"]["xaxis"]["title"]["text"] == "week after the start"
    assert figure["layout"]["yaxis"]["title"]["text"] == "difference, percentage points"
