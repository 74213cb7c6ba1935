"""The silhouette plot shows every segment, as thick as it is large, and says what is below zero."""

from __future__ import annotations

import json

import numpy as np

from segmentry.plots import silhouettes
from segmentry.plots.theme import colour
from segmentry.segments.outline import Outline

DRAWN = (
    Outline(1, np.linspace(0.9, 0.1, 3000), 0.5, 3000),
    Outline(2, np.array([0.4, 0.2, -0.3, -0.4]), -0.025, 1000),
)
NAMES = {1: "<b>Loyal</b>", 2: "Lapsed"}


def test_bands_are_as_thick_as_segments_are_large_and_do_not_touch() -> None:
    first, second = silhouettes.outlines(DRAWN, NAMES, 0.3)["data"]
    thick = [max(trace["y"]) - min(trace["y"]) for trace in (first, second)]
    assert thick[0] == 3 * thick[1]
    assert min(second["y"]) > max(first["y"])
    assert [first["fillcolor"], second["fillcolor"]] == [colour(1), colour(2)]


def test_many_customers_are_thinned_but_the_ends_stay() -> None:
    first = silhouettes.outlines(DRAWN, NAMES, 0.3)["data"][0]
    assert len(first["x"]) <= silhouettes.POINTS_SHOWN + 2
    assert (max(first["x"]), min(first["x"][1:-1])) == (0.9, 0.1)


def test_the_axis_reaches_the_lowest_silhouette_and_the_mean_is_drawn() -> None:
    figure = silhouettes.outlines(DRAWN, NAMES, 0.3)
    assert figure["layout"]["xaxis"]["range"][0] < -0.4
    assert figure["layout"]["shapes"][0]["x0"] == 0.3
    assert "50% nearer to another segment" in figure["data"][1]["text"]


def test_names_are_inert_and_the_figure_is_json() -> None:
    text = json.dumps(silhouettes.outlines(DRAWN, NAMES, 0.3), allow_nan=False)
    assert "<b>Loyal" not in text
