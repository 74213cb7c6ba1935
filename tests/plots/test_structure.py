"""Pictures of structure and stability say what the results say."""

from __future__ import annotations

from segmentry.plots import structure
from segmentry.plots.theme import BLUE, ORANGE, VERMILION
from segmentry.segments.results import SegmentProfile, Structure


def test_bars_change_colour_where_trust_ends() -> None:
    profiles = [SegmentProfile(place, f"<b>Name {place}</b>", "cluster", 50, 0.3, None, None, (), (), ()) for place in (1, 2, 3)]
    figure = structure.stability(profiles, (0.75, 0.6, 0.59))
    assert figure["data"][0]["marker"]["color"] == [VERMILION, ORANGE, BLUE]
    assert figure["data"][0]["x"] == [0.59, 0.6, 0.75]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [0.6, 0.75]
    assert "<b>Name" not in figure["layout"]["yaxis"]["ticktext"][0]


def test_the_range_of_one_group_goes_from_its_mean_to_its_upper_end() -> None:
    found = Structure("segments", "", 3, 0.5, (0.2, 0.3), 0.01, 0.9, (0.6, 0.8), (), 0.4, 200, 99)
    ranges, observed = structure.against(found)["data"]
    assert ranges["base"] == [0.6, 0.2]
    assert [round(base + length, 6) for base, length in zip(ranges["base"], ranges["x"], strict=True)] == [0.8, 0.3]
    assert observed["x"] == [0.9, 0.5]
