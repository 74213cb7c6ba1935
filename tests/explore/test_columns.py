"""Column summaries: figures of numpy, bins that no outlier can empty, levels cut at twelve."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate
from segmentry.explore.columns import summarise
from segmentry.explore.outliers import outliers
from segmentry.matrix import Column, Matrix


def one(values, kind="number", levels=()):
    """Summarise one column."""
    values = np.asarray(values, dtype=np.float64)[:, None]
    return summarise(Matrix(np.arange(len(values)).astype(object), (Column("x", "X", kind, levels=levels),), values))[0]


def test_figures_are_those_of_numpy():
    values = np.random.default_rng(0).normal(50, 10, 300)
    found = one(np.append(values, np.nan))
    assert (found.n, found.missing, found.distinct) == (300, 1, 300)
    np.testing.assert_allclose(
        [found.mean, found.sd, found.minimum, found.q1, found.median, found.q3, found.maximum],
        [values.mean(), values.std(), *np.quantile(values, (0, 0.25, 0.5, 0.75, 1))],
    )


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=500),
        np.arange(30.0),
        np.arange(1000.0),
        np.exp(np.random.default_rng(0).normal(3, 2, 500)),
        np.ones(9),
        [0.1, 0.2],
        [5.0],
    ],
    ids=["normal", "few whole", "many whole", "skewed", "constant", "two", "one"],
)
def test_every_customer_is_in_one_bin_of_forty_at_most(values):
    found = one(values)
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1 <= 41
    assert list(found.edges) == sorted(found.edges)


def test_whole_numbers_get_bins_of_a_whole_width():
    assert np.unique(np.diff(one(np.arange(1000.0)).edges)).tolist() == [50.0]
    assert one(np.repeat([0.0, 1, 1, 2, 2, 2], 5)).counts == (5, 10, 15)


def test_skewed_columns_get_bins_on_a_log_scale_and_say_so():
    found = one(np.exp(np.random.default_rng(0).normal(5, 1, 500)))
    assert found.log_bins
    assert found.skew > 1
    widths = np.diff(np.log1p(found.edges))
    np.testing.assert_allclose(widths, widths[0])


def test_one_absurd_customer_empties_no_bins_and_is_counted():
    values = np.random.default_rng(0).normal(size=500)
    values[3] = 1e18
    found = one(values)
    assert found.outliers == 1
    assert found.maximum == 1e18
    assert found.edges[-1] < 10
    assert (np.array(found.counts) > 0).sum() > 8


def test_the_tail_of_a_skewed_column_is_no_error():
    assert one(np.exp(np.random.default_rng(0).normal(5, 1, 2000))).outliers <= 1


def test_levels_beyond_twelve_stand_together():
    found = one(np.repeat(np.arange(20.0), np.arange(20, 0, -1)), "category", tuple(f"L{place:02d}" for place in range(20)))
    assert found.levels[:2] == ("L00", "L01")
    assert found.levels[-1] == "other"
    assert sum(found.level_counts) == 210
    assert found.mean is None


def test_an_empty_column_has_no_figures():
    found = one(np.full(10, np.nan))
    assert (found.n, found.missing, found.mean, found.counts) == (0, 10, None, ())


def test_infinite_values_are_refused():
    with pytest.raises(Degenerate, match="2 of 3 values are infinite"):
        one([1.0, np.inf, -np.inf])


def test_outliers_name_the_bounds_that_can_be_reached():
    values = np.random.default_rng(0).normal(100, 1, 500)
    values[:2] = [1000, 900]
    (found,) = outliers([one(values)])
    assert found.count == 2
    assert found.treatment.startswith("For the clustering alone, values below 9")


@pytest.mark.parametrize("size", [9, 20, 100, 400, 401, 5000])
def test_five_customers_lie_at_or_beyond_each_end_that_is_shown(size):
    values = np.random.default_rng(size).lognormal(3, 1, size)
    found = one(values)
    assert min((values <= found.low).sum(), (values >= found.high).sum()) >= 5
    assert found.edges[0] not in values
    assert found.edges[-1] not in values
    if size >= 1000:
        np.testing.assert_allclose([found.low, found.high], np.quantile(values, (0.01, 0.99)))


def test_ends_that_five_share_are_the_minimum_and_maximum():
    found = one(np.repeat([1.0, 2, 3], 5))
    assert (found.low, found.high, found.edges[0], found.edges[-1]) == (1, 3, 0.5, 3.5)
    found = one([*np.repeat([1.0, 2, 3], 5), 99])
    assert (found.low, found.high) == (1, 3)


def test_too_few_customers_have_no_ends_and_one_round_bin():
    found = one([-3.2, 1.0, 7.4, 987.5])
    assert (found.low, found.high, found.edges, found.counts) == (None, None, (-10.0, 1000.0), (4,))
    assert not found.tells(found.median)
