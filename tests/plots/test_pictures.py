"""Figures are plain, finite, inert, and keep their colours."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from segmentry.explore.columns import ColumnSummary, summarise
from segmentry.matrix import Column, Matrix
from segmentry.plots import explore, segments, tables, theme
from segmentry.segments.results import Candidate, Projection, Range, SegmentProfile, Selection
from segmentry.tables.dataset import Accepted, Counts
from segmentry.tables.schema import Schema


def profile(segment: int, *, revenue_share: float | None = 0.5, ranges: tuple[Range, ...] = ()) -> SegmentProfile:
    return SegmentProfile(segment, f"<b>Name {segment}</b>", "cluster", 50, 0.5, 10.0, revenue_share, ranges, (), ())


def summary_of(values: list[float], kind: str = "number") -> ColumnSummary:
    ids = np.array([str(place) for place in range(len(values))], dtype=object)
    return summarise(Matrix(ids, (Column("x", "X", kind),), np.array(values)[:, None]))[0]  # type: ignore[arg-type]


def test_segments_keep_colour_and_mark_by_id() -> None:
    marks = [(theme.colour(segment), theme.mark(segment)) for segment in range(11)]
    assert len(set(marks)) == 11
    assert len({theme.colour(segment) for segment in range(1, 9)}) == 8


def test_labels_show_tags_as_text() -> None:
    assert theme.label("<a href='x'>y</a>", 40) == "&lt;a href='x'&gt;y&lt;/a&gt;"


def test_sizes_without_revenue_have_one_bar_per_segment() -> None:
    with_money = segments.sizes([profile(1), profile(2)])
    without = segments.sizes([profile(1, revenue_share=None), profile(2, revenue_share=None)])
    assert [trace["name"] for trace in with_money["data"]] == ["Share of revenue", "Share of customers"]
    assert [trace["name"] for trace in without["data"]] == ["Share of customers"]


def test_heat_shows_the_standardised_mean_and_its_n() -> None:
    column = summary_of([0.0, 0.0, 10.0, 10.0])
    figure = segments.heat([profile(1, ranges=(Range("x", 9, 10, 11, 10.0, 37),))], [column])
    assert figure["data"][0]["z"] == [[1]]
    assert "n = 37" in figure["data"][0]["hovertext"][0][0]


def test_a_constant_feature_has_no_standardised_mean() -> None:
    assert math.isnan(segments.standardised(Range("x", 1, 1, 1, 1.0, 5), summary_of([1.0, 1.0, 1.0])))


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


def test_outermost_bar_is_orange_only_where_values_lie_beyond() -> None:
    rng = np.random.default_rng(0)
    values = [*rng.normal(50, 3, 500).tolist(), 500.0]
    shades = explore.distribution(summary_of(values))["data"][0]["marker"]["color"]
    assert shades[-1] == theme.ORANGE
    assert theme.ORANGE not in shades[:-1]


def test_bars_of_a_histogram_add_up_to_n() -> None:
    column = summary_of(np.random.default_rng(1).lognormal(3, 1.2, 800).tolist(), "money")
    figure = explore.distribution(column, "£")
    assert column.log_bins
    assert sum(figure["data"][0]["y"]) == column.n
    assert "logarithmic" in figure["layout"]["xaxis"]["title"]["text"]


def test_a_flag_is_drawn_as_no_and_yes() -> None:
    figure = explore.distribution(summary_of([1.0, 0.0, 0.0, 0.0], "flag"))
    assert figure["data"][0]["x"] == [1, 3]


def test_levels_beyond_the_limit_stand_together() -> None:
    column = ColumnSummary(
        "c", "C", "category", "", 78, 0, levels=(*"abcdefghijkl", "other"), level_counts=(*range(12, 0, -1), 0), distinct=12
    )
    figure = explore.distribution(column)
    assert sum(figure["data"][0]["x"]) == 78
    assert figure["layout"]["yaxis"]["ticktext"][0] == "all others"


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [-1e18, 0.0, 1e18], [math.nan, 2.0]])
def test_awkward_columns_give_finite_figures(values: list[float]) -> None:
    json.dumps(explore.distribution(summary_of(values)), allow_nan=False)


def test_flow_shows_all_rows_of_each_table_once() -> None:
    accepted = Accepted(Schema("t", "snapshot", "", ()), "t", "q", Counts(100, 90, 4, 6), "")
    figure = tables.flow([accepted])
    assert sum(trace["x"][0] for trace in figure["data"]) == pytest.approx(1.0)
