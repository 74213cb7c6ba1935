"""Laws of looking at data: a missing value is never a number, every figure says of how many of how many, too few customers give no verdict."""

from __future__ import annotations

import datetime
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segmentry.explore.columns import summarise
from segmentry.explore.findings import findings
from segmentry.explore.pairs import associate
from segmentry.features.history import Cohorts, History, Period
from segmentry.matrix import Column, Kind, Matrix
from segmentry.plots import explore as drawn
from segmentry.reports import exploration
from segmentry.reports import history as over_time
from segmentry.reports.story import Story
from segmentry.tables.dataset import Dataset

LEVELS = ("A", "B", "C")
KINDS: tuple[Kind, ...] = ("money", "number", "flag", "category")
number = st.one_of(st.none(), st.floats(-1e9, 1e9))
rows = st.lists(
    st.tuples(number, number, st.sampled_from([None, 0.0, 1.0]), st.sampled_from([None, 0.0, 1.0, 2.0])), min_size=2, max_size=60
)


def matrix(cells: list[tuple[float | None, ...]]) -> Matrix:
    values = np.array([[np.nan if cell is None else cell for cell in row] for row in cells], dtype=np.float64)
    columns = tuple(Column(f"c{place}", f"C{place}", kind, levels=LEVELS if kind == "category" else ()) for place, kind in enumerate(KINDS))
    return Matrix(np.arange(len(values)).astype(object), columns, values)


def story(data: Matrix, history: History | None = None) -> Story:
    """Return what the chapter on the data needs, and whatever else a story has."""
    summaries, association = summarise(data), associate(data)
    dataset = Dataset("snapshot", None, "", len(data), (), frozenset())
    made = Story(dataset=dataset, columns=summaries, association=association, findings=findings(summaries, association))
    return _Told(made, history)  # type: ignore[return-value]


class _Told:
    """A story with a history, whether or not the story has a field for it."""

    def __init__(self, made: Story, history: History | None) -> None:
        self._made, self.history = made, history

    def __getattr__(self, name: str) -> object:
        return getattr(self._made, name)


def used(caption: str) -> tuple[int, int]:
    """Return n used and n in total, as a caption says them."""
    found = re.search(r"n = ([\d,]+)(?: to ([\d,]+))?(?: of ([\d,]+))?", caption)
    assert found, caption
    first, last, total = (int(part.replace(",", "")) if part else None for part in found.groups())
    assert first is not None
    return first, total or last or first


@given(rows)
def test_a_missing_value_enters_no_figure(cells: list[tuple[float | None, ...]]) -> None:
    data = matrix(cells)
    for column, values in zip(summarise(data), data.values.T, strict=True):
        known = values[~np.isnan(values)]
        assert (column.n, column.missing) == (len(known), len(values) - len(known))
        assert sum(column.counts) + sum(column.level_counts) == column.n
        if column.mean is not None:
            np.testing.assert_allclose(column.mean, known.mean(), rtol=1e-9, atol=1e-9 * np.abs(known).max(initial=0))
            assert column.minimum == known.min()
            assert column.maximum == known.max()


@given(rows, st.integers(1, 20))
def test_customers_without_any_value_change_nothing_but_their_number(cells: list[tuple[float | None, ...]], more: int) -> None:
    plain, padded = matrix(cells), matrix(cells + [(None,) * 4] * more)
    for one, other in zip(summarise(plain), summarise(padded), strict=True):
        assert other.missing == one.missing + more
        assert (other.n, other.mean, other.median, other.counts, other.level_counts) == (
            one.n,
            one.mean,
            one.median,
            one.counts,
            one.level_counts,
        )
    first, second = associate(plain), associate(padded)
    assert np.array_equal(first.values, second.values, equal_nan=True)
    assert np.array_equal(first.counts, second.counts)


def test_what_is_missing_at_random_or_because_it_is_large_is_told_and_never_filled() -> None:
    g = np.random.default_rng(0)
    income = g.normal(50_000, 10_000, 2_000)
    for gone in (g.random(2_000) < 0.3, income > np.quantile(income, 0.7)):
        cells = np.where(gone, np.nan, income)
        data = Matrix(np.arange(2_000).astype(object), (Column("income", "Income", "money"),), cells[:, None])
        (column,) = summarise(data)
        assert column.mean == np.float64(column.mean)
        np.testing.assert_allclose(column.mean, income[~gone].mean())
        assert column.minimum is not None
        assert column.minimum > 0
        told = [each for each in findings([column]) if each.kind == "missing"]
        assert told[0].figure == gone.mean()
        assert told[0].words.startswith("30% of the customers have no value in Income")
        ((picture,), _) = exploration.distributions(story(data))
        assert "30% missing, not filled in here" in picture.caption


@given(rows)
def test_every_figure_says_how_many_of_how_many_and_exclusions_add_up(cells: list[tuple[float | None, ...]]) -> None:
    data = matrix(cells)
    told = story(data)
    shown, more = exploration.distributions(told)
    by_title = {column.words: column for column in told.columns}
    for picture in (*shown, *more):
        n, total = used(picture.caption)
        column = by_title[picture.title]
        assert total == len(data)
        assert total - n == column.missing
        drawn_customers = drawn.distribution(column)["data"][0]
        assert sum(drawn_customers["x" if drawn_customers.get("orientation") == "h" else "y"]) == n


def test_the_picture_of_pairs_says_the_smallest_and_largest_number_of_customers() -> None:
    g = np.random.default_rng(0)
    values = g.normal(size=(300, 3))
    values[:40, 0] = np.nan
    values[30:50, 1] = np.nan
    columns = tuple(Column(name, name.upper()) for name in "abc")
    picture = exploration.association(story(Matrix(np.arange(300).astype(object), columns, values)))
    assert picture is not None
    assert "n = 250 to 280 of 300 customers" in picture.caption


def test_twelve_customers_give_no_verdict_about_pairs() -> None:
    x = np.arange(12.0)
    data = Matrix(np.arange(12).astype(object), (Column("a", "A"), Column("b", "B")), np.column_stack([x, 3 * x]))
    told = story(data)
    assert not [each for each in told.findings if each.kind == "pair"]
    assert any("about 73 more are needed" in each.words for each in told.findings)
    assert exploration.association(told) is None
    assert exploration.pairs(told) == ()


def test_pictures_over_time_say_how_many_of_how_many() -> None:
    periods = tuple(Period(datetime.date(2024, month, 1), month < 6, 20, 25, 5, 100.0) for month in range(1, 7))
    active = np.array([[1.0, 0.4], [1.0, 0.3], [1.0, np.nan]])
    cohorts = Cohorts(tuple(datetime.date(2024, month, 1) for month in (1, 2, 3)), (10, 9, 8), active, active, opening=True)
    told = story(matrix([(1.0, 1.0, 1.0, 1.0)] * 3), History("purchases", "month", periods, cohorts, 30, 33, datetime.date(2024, 6, 9)))
    assert [used(picture.caption) for picture in over_time.pictures(told)] == [(30, 33)] * 3
    assert [used(picture.caption) for picture in over_time.cohorts(told)] == [(27, 33)] * 2
    assert "not covered in full" in " ".join(over_time.sentences(told))
