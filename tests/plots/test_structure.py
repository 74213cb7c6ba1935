"""Pictures of structure and stability say what the results say."""

from __future__ import annotations

from segmentry.plots import structure
from segmentry.plots.theme import QUIET, VERMILION
from segmentry.segments.results import SegmentProfile, Structure


def test_bars_change_colour_where_trust_ends() -> None:
    profiles = [SegmentProfile(place, f"<b>Name {place}</b>", "cluster", 50, 0.3, None, None, (), (), ()) for place in (1, 2, 3)]
    figure = structure.stability(profiles, (0.75, 0.6, 0.59))
    assert figure["data"][0]["marker"]["color"] == [VERMILION, "#b4bdc7", QUIET]
    assert figure["data"][0]["x"] == [0.59, 0.6, 0.75]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [0.6, 0.75]
    assert "<b>Name" not in figure["layout"]["yaxis"]["ticktext"][0]


def test_the_range_of_one_group_goes_from_its_mean_to_its_upper_end() -> None:
    found = Structure("segments", "", 3, 0.5, (0.2, 0.3), 0.01, 0.9, (0.6, 0.8), (), 0.4, 200, 99)
    ranges, observed = structure.against(found)["data"]
    assert ranges["base"] == [0.6, 0.2]
    assert [round(base + length, 6) for base, length in zip(ranges["base"], ranges["x"], strict=True)] == [0.8, 0.3]
    assert observed["x"] == [0.9, 0.5]


def test_a_measure_over_the_numbers_tried_marks_the_chosen_one_and_its_errors() -> None:
    figure = structure.by_k((1, 2, 3), (0.0, 0.1, 0.4), 3, title="Gap", errors=(0.01, 0.02, 0.03))
    assert figure["data"][0]["marker"]["color"][-1] == VERMILION
    assert figure["data"][0]["error_y"]["array"] == [0.01, 0.02, 0.03]
    assert figure["data"][0]["hovertext"][0] == "<b>one group</b><br>Gap: 0 ± 0.01"
    assert figure["layout"]["shapes"][0]["x0"] == 3


def test_a_chosen_number_that_was_not_measured_is_not_marked() -> None:
    figure = structure.by_k((2, 3), (0.9, 0.8), 5, title="Stability")
    assert figure["layout"]["shapes"] == []
    assert "error_y" not in figure["data"][0]
