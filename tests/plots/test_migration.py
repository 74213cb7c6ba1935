"""The Sankey diagram holds what the flows say, and nothing that could be run or point at single customers."""

from __future__ import annotations

from segmentry.plots.migration import flows, people
from segmentry.plots.theme import colour
from segmentry.segments.migration import GONE, NEW

NAMES = {1: "<b>Regulars</b>", 2: "Newcomers", 0: "Set aside", NEW: "New customers", GONE: "No longer in the data"}
STEPS = (
    ((1, 1, 50), (1, 2, 20), (0, 2, 30), (NEW, 1, 10), (2, GONE, 3)),
    ((1, 1, 55), (1, 2, 5), (2, 2, 50), (GONE, GONE, 3)),
)


def figure() -> dict:
    return flows(STEPS, NAMES, titles=("one", "two", "three"))


def test_every_flow_is_a_link_between_columns() -> None:
    (sankey,) = figure()["data"]
    assert sankey["link"]["value"] == [50, 20, 30, 10, 5, 55, 5, 50, 5]
    assert len(sankey["node"]["label"]) == len(sankey["node"]["x"]) == len(sankey["node"]["y"]) == 4 + 3 + 3
    x = sankey["node"]["x"]
    assert all(x[source] < x[target] for source, target in zip(sankey["link"]["source"], sankey["link"]["target"], strict=True))


def test_nodes_of_a_column_stand_below_each_other() -> None:
    node = figure()["data"][0]["node"]
    for place in set(node["x"]):
        heights = [y for x, y in zip(node["x"], node["y"], strict=True) if x == place]
        assert heights == sorted(heights)
        assert all(0 < y < 1 for y in heights)


def test_segments_keep_their_colour_and_movers_are_stronger_than_stayers() -> None:
    sankey = figure()["data"][0]
    assert sankey["node"]["color"][0] == colour(1)
    stay, move = sankey["link"]["color"][:2]
    assert stay.rsplit(",", 1)[0] == move.rsplit(",", 1)[0]
    assert float(stay.rsplit(",", 1)[1][:-1]) < float(move.rsplit(",", 1)[1][:-1])


def test_single_customers_are_not_told() -> None:
    assert people(4) == "under 5 customers"
    told = figure()["data"][0]["link"]["customdata"]
    assert not any(" 3 customers" in words or ">3 customers" in words for words in told)


def test_what_moved_a_band_is_told_and_names_are_inert() -> None:
    told = figure()["data"][0]["link"]["customdata"]
    assert told[0] == "<b>1 &lt;b&gt;Regulars&lt;/b&gt;</b><br>50 customers stay"
    assert told[1].endswith("they changed themselves")
    assert told[6].endswith("only the model changed")
    assert "themselves" not in told[2]
