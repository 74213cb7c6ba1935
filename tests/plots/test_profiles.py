"""Pictures of profiles: what is drawn for whom, inert text, small screens."""

from __future__ import annotations

import json

import numpy as np

from segmentry.explore.columns import summarise
from segmentry.matrix import Column, Matrix
from segmentry.plots.profiles import FEATURES_SHOWN, apart, lines
from segmentry.plots.theme import colour
from segmentry.segments.overlap import Overlap, Separator
from segmentry.segments.profiles import profile
from segmentry.segments.results import SegmentProfile


def bare(number: int, name: str) -> SegmentProfile:
    return SegmentProfile(number, name, "cluster", 50, 0.5, None, None, (), (), ())


def pairs(k: int) -> list[Overlap]:
    return [
        Overlap(one, other, 10, 0.1, (Separator("x", "<i>X</i>", float(one - 2 * other)),))
        for one in range(1, k + 1)
        for other in range(one + 1, k + 1)
    ]


def test_cells_are_the_strongest_difference_of_the_pair_on_both_sides() -> None:
    figure = apart([bare(each, f"S{each}") for each in (1, 2, 3)], pairs(3))
    assert figure["data"][0]["z"] == [[None, 3, 5], [3, None, 4], [5, 4, None]]
    assert figure["data"][0]["zmax"] == 5
    json.dumps(figure, allow_nan=False)


def test_words_stand_in_the_cells_only_where_they_fit_and_are_inert() -> None:
    few, many = (apart([bare(each, f"S{each}") for each in range(1, k + 1)], pairs(k)) for k in (3, 8))
    assert len(few["layout"]["annotations"]) == 6
    assert few["layout"]["annotations"][0]["text"] == "&lt;i&gt;X&lt;/i&gt;"
    assert few["narrow"]["annotations"] == many["layout"]["annotations"] == []


def test_lines_have_the_colour_of_their_segment_and_at_most_eight_features() -> None:
    rng = np.random.default_rng(0)
    columns = tuple(Column(f"x{place}", f"<b>X {place}</b>") for place in range(10))
    matrix = Matrix(np.array([f"c{place:02}" for place in range(60)], dtype=object), columns, rng.normal(size=(60, 10)))
    figure = lines(profile(matrix, np.arange(60) % 3 + 1), summarise(matrix))
    assert [trace["line"]["color"] for trace in figure["data"]] == [colour(each) for each in (1, 2, 3)]
    assert len(figure["layout"]["yaxis"]["ticktext"]) == FEATURES_SHOWN
    assert all(len(trace["x"]) == FEATURES_SHOWN for trace in figure["data"])
    assert "<b>X" not in figure["layout"]["yaxis"]["ticktext"][0]
    assert not any("<b>X" in text for trace in figure["data"] for text in trace["hovertext"])
    json.dumps(figure, allow_nan=False)
