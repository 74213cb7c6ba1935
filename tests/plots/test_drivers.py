"""Pictures of what drives the segments."""

from __future__ import annotations

import json

from segmentry.plots.drivers import FEATURES_SHOWN, importance, replication
from segmentry.segments.halves import Replication
from segmentry.segments.importance import Importance


def test_most_important_feature_stands_on_top_with_its_interval() -> None:
    found = [Importance(name, name, (name,), size, size - 0.02, size + 0.03, 100, 20) for name, size in (("a", 0.4), ("b", 0.1))]
    figure = importance(found)
    assert figure["layout"]["yaxis"]["ticktext"] == ["b", "a"]
    assert (figure["data"][0]["x"], figure["data"][0]["error_x"]["array"]) == ([0.1, 0.4], [0.03, 0.03])
    assert figure["data"][1]["text"] == ["10%", "40%"]
    json.dumps(figure, allow_nan=False)


def test_no_more_than_twelve_features_are_drawn() -> None:
    found = [Importance(f"x{place}", f"X{place}", (), 0.0, 0.0, 0.0, 100, 20) for place in range(20)]
    assert len(importance(found)["data"][0]["x"]) == FEATURES_SHOWN


def test_what_lies_beyond_slices_has_another_mark_and_what_drove_nothing_is_not_drawn() -> None:
    found = [
        Replication("a", "A", used=True, eta2=0.9, slices=(0.5, 0.6), p=0.01, beyond=True),
        Replication("b", "B", used=True, eta2=0.5, slices=(0.5, 0.6), p=0.7, beyond=False),
        Replication("c", "C", used=False, eta2=0.4, slices=None, p=0.01, beyond=True),
    ]
    figure = replication(found)
    ranges, beyond, within = figure["data"]
    assert (ranges["base"], beyond["x"], within["x"]) == ([0.5, 0.5], [0.9], [0.5])
    assert beyond["marker"]["symbol"] != within["marker"]["symbol"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["B", "A"]
    json.dumps(figure, allow_nan=False)
