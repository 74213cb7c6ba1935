"""Pictures of segments say what the results say."""

from __future__ import annotations

import math

import numpy as np

from segmentry.explore.columns import ColumnSummary
from segmentry.plots import segments
from segmentry.segments.results import Candidate, Projection, Range, SegmentProfile, Selection


def profile(segment: int, *, revenue_share: float | None = 0.5, ranges: tuple[Range, ...] = ()) -> SegmentProfile:
    return SegmentProfile(segment, f"<b>Name {segment}</b>", "cluster", 50, 0.5, 10.0, revenue_share, ranges, (), ())


def varying(mean: float, sd: float) -> ColumnSummary:
    return ColumnSummary("x", "X", "number", "", 4, 0, mean, sd)


def test_sizes_without_revenue_have_one_bar_per_segment() -> None:
    with_money = segments.sizes([profile(1), profile(2)])
    without = segments.sizes([profile(1, revenue_share=None), profile(2, revenue_share=None)])
    assert [trace["name"] for trace in with_money["data"]] == ["Share of revenue", "Share of customers"]
    assert [trace["name"] for trace in without["data"]] == ["Share of customers"]


def test_heat_shows_the_standardised_mean_and_its_n() -> None:
    column = varying(5.0, 5.0)
    figure = segments.heat([profile(1, ranges=(Range("x", 9, 10, 11, 10.0, 37),))], [column])
    assert figure["data"][0]["z"] == [[1]]
    assert "n = 37" in figure["data"][0]["hovertext"][0][0]


def test_a_constant_feature_has_no_standardised_mean() -> None:
    assert math.isnan(segments.standardised(Range("x", 1, 1, 1, 1.0, 5), varying(1.0, 0.0)))


def test_choice_marks_the_chosen_k_in_all_four_measures() -> None:
    tried = tuple(Candidate(k, 100 / k, 0.3, 50.0, 1.0, 10, 100) for k in range(2, 6))
    figures = segments.choice(Selection(4, tried, "", (), ""))
    assert len(figures) == 4
    for _, _, figure in figures:
        assert figure["data"][0]["marker"]["symbol"] == ["circle", "circle", "diamond", "circle"]


def test_map_is_thinned_to_three_thousand_and_keeps_the_shares() -> None:
    rng = np.random.default_rng(0)
    ids = np.repeat([1, 2], [9000, 3000])
    figure = segments.plane(Projection(rng.normal(size=(12000, 3)), ids, (0.5, 0.2, 0.1), (), 12000), [profile(1), profile(2)])
    assert [len(trace["x"]) for trace in figure["data"]] == [2250, 750]
