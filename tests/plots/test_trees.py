"""The dendrogram shows the last merges, each branch in the colour of its segment, and no customer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.plots.theme import QUIET, colour
from segmentry.plots.trees import SHOWN, dendrogram
from segmentry.segments.hierarchical import cut, grow, growing

POINTS = np.random.default_rng(0).normal(size=(400, 2)) + np.repeat([[0, 0], [9, 0], [0, 9], [9, 9]], 100, axis=0)
SEGMENTS = {0: 3, 1: 1, 2: 4, 3: 2}


def legs(trace):
    """Vertical lines of a trace: place, upper and lower end."""
    places = list(zip(trace["x"], trace["y"], strict=True))
    pairs = [(places[start], places[start + 1]) for start in range(0, len(places), 3)]
    return [(one[0], one[1], two[1]) for one, two in pairs if one[0] == two[0]]


def test_the_ends_are_counts_that_add_up_to_all_customers():
    figure = dendrogram(grow(POINTS), 4, SEGMENTS)
    counts = [int(text.replace(",", "")) for text in figure["layout"]["xaxis"]["ticktext"]]
    assert len(counts) == SHOWN
    assert sum(counts) == 400
    json.dumps(figure, allow_nan=False)


def test_each_segment_has_its_colour_its_customers_and_its_number_on_the_cut():
    tree = grow(POINTS)
    figure = dendrogram(tree, 4, SEGMENTS, names={1: "<b>One</b>", 2: "Two", 3: "Three", 4: "Four"})
    traces = figure["data"][:-1]
    assert [trace["line"]["color"] for trace in traces] == [QUIET, *(colour(segment) for segment in (1, 2, 3, 4))]
    assert traces[1]["name"] == "1 &lt;b&gt;One&lt;/b&gt;"
    counts = [int(text) for text in figure["layout"]["xaxis"]["ticktext"]]
    sizes = np.bincount(cut(tree, 4))
    for group, segment in SEGMENTS.items():
        ends = [int(place) for place, _, low in legs(traces[segment]) if low == 0]
        assert sum(counts[end] for end in ends) == sizes[group]
        assert sorted(ends) == list(range(min(ends), max(ends) + 1))
    level = figure["layout"]["shapes"][0]["y0"]
    assert tree.merges[-4, 2] < level < tree.merges[-3, 2]
    numbers = [note for note in figure["layout"]["annotations"] if note["text"].startswith("<b>")]
    assert sorted(note["text"] for note in numbers) == ["<b>1</b>", "<b>2</b>", "<b>3</b>", "<b>4</b>"]
    assert {note["y"] for note in numbers} == {level}


def test_the_dashed_line_crosses_one_branch_per_segment():
    figure = dendrogram(grow(POINTS), 4, SEGMENTS)
    level = figure["layout"]["shapes"][0]["y0"]
    crossed = [place for trace in figure["data"][:-1] for place, high, low in legs(trace) if low < level < high]
    assert len(crossed) == 4


def test_a_tree_that_folds_back_at_the_cut_has_numbers_but_no_line():
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.9]])
    figure = dendrogram(grow(triangle, linkage="centroid"), 2, {0: 1, 1: 2})
    assert figure["layout"]["shapes"] == []
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["<b>2</b>", "<b>1</b>"]


def test_every_group_is_shown_when_there_are_many():
    figure = dendrogram(grow(POINTS), 45, {group: group + 1 for group in range(45)})
    assert len(figure["layout"]["xaxis"]["ticktext"]) == 45


def test_small_and_weighted_trees_are_drawn():
    figure = dendrogram(growing(np.repeat([[0.0], [1.0], [5.0]], [1500, 2, 3], axis=0), seed=0).tree, 2, {0: 1, 1: 2})
    assert figure["layout"]["xaxis"]["ticktext"] == ["1,500", "2", "3"]
    assert dendrogram(grow(np.ones((1, 1))), 1, {0: 1})["layout"]["annotations"][0]["text"] == "<b>1</b>"


def test_a_group_without_a_segment_is_refused():
    with pytest.raises(UsageError, match=r"groups \[2, 3\] have no segment; allowed is one for each of 0 to 3"):
        dendrogram(grow(POINTS), 4, {0: 1, 1: 2})
