"""Pictures of side views: hidden cells are not drawn, text is inert."""

from __future__ import annotations

import json

import numpy as np

from segmentry.plots.views import grid, sizes
from segmentry.segments.sideview import gridded, grouped

ROWS = grouped(np.repeat([1, 2, 3, 0], [40, 3, 9, 20]), {1: "<b>Loyal", 2: "Lost", 3: "New", 0: "None"}, np.ones(72))


def test_hidden_groups_have_no_bar() -> None:
    figure = sizes(ROWS, "£")
    assert figure["layout"]["yaxis"]["ticktext"] == ["None", "&lt;b&gt;Loyal"]
    assert [trace["name"] for trace in figure["data"]] == ["Share of revenue", "Share of customers"]
    assert "Lost" not in json.dumps(figure)


def test_without_amounts_there_is_one_bar_per_group() -> None:
    figure = sizes(grouped(np.repeat([1, 2], 20), {1: "a", 2: "b"}))
    assert len(figure["data"]) == 1
    assert figure["layout"]["showlegend"] is False


def test_the_grid_tells_customers_and_revenue_and_hides_small_cells() -> None:
    found = gridded(np.repeat([5, 1, 3], [40, 30, 2]), np.repeat([1, 5, 3], [40, 30, 2]), np.full(72, 1000.0))
    figure = grid(found, "£")
    texts = sorted(note["text"] for note in figure["layout"]["annotations"])
    assert texts == ["<b>40</b><br>£40k", "hidden", "hidden"]
    assert "£2,000" not in json.dumps(figure)


def test_figures_are_plain_json() -> None:
    found = gridded(np.array([5]), np.array([5]), None)
    for figure in (sizes(ROWS), sizes(()), grid(found)):
        json.dumps(figure, allow_nan=False)
