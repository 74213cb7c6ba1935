"""Histories are counted exactly, fast or slowly, and impossible ones are refused without a customer's value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.tally import Tally
from segmentry.value.patterns import Axis, Patterns, histories


def rows(n: int = 2000, seed: int = 0, *, days: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    tenure = rng.integers(30, 60, n) / 7 if days else rng.uniform(4, 9, n)
    frequency = rng.integers(0, 4, n).astype(float)
    part = rng.integers(1, 5, n) / 4
    recency = np.where(frequency > 0, np.round(tenure * part * 7) / 7 if days else tenure * part, 0.0)
    return np.column_stack([frequency, np.minimum(recency, tenure), tenure])


@pytest.mark.parametrize("days", [True, False], ids=["whole days", "any time"])
def test_patterns_are_the_distinct_rows_in_order(days):
    X = rows(days=days)
    patterns = Patterns.of(X)
    expected, place, counts = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    order = np.lexsort((patterns.tenure, patterns.recency, patterns.frequency))
    assert np.array_equal(order, np.arange(len(patterns)))
    assert np.array_equal(np.column_stack([patterns.frequency, patterns.recency, patterns.tenure]), expected)
    assert np.array_equal(patterns.place, place.reshape(-1))
    assert np.array_equal(patterns.counts, counts)
    assert patterns.customers == len(X)
    for axis, column in zip(patterns.axes, expected.T, strict=True):
        assert np.array_equal(axis.values[axis.place], column)


@pytest.mark.parametrize(
    "values",
    [[3.0, 1.0, 3.0], [0.0], [1 / 7, 2 / 7, 3 / 7, 1 / 7], [1e-300, 1e100, 1e-300], [0.1 + 0.2, 0.3, 0.4], [1.0, 1.0 + 2**-52, 2.0]],
    ids=["numbers", "one", "days", "far apart", "nearly equal", "next of each other"],
)
def test_an_axis_holds_every_value_to_the_bit(values):
    axis = Axis.of(np.array(values))
    assert axis.values[axis.place].tolist() == values
    assert axis.values.tolist() == sorted(set(values))


def test_values_missed_by_the_sample_of_the_grid_are_counted_all_the_same():
    values = np.zeros(40_000) + np.arange(40_000) % 2
    values[1] = 0.5
    axis = Axis.of(values)
    assert axis.values.tolist() == [0.0, 0.5, 1.0]
    assert np.array_equal(axis.values[axis.place], values)


def test_keys_too_long_to_carry_a_row_number_are_counted_the_slow_way(monkeypatch):
    X = rows(days=False)
    quick = Patterns.of(X)
    monkeypatch.setattr("segmentry.value.patterns._LARGEST_KEY", 10_000)
    slow = Patterns.of(X)
    assert np.array_equal(quick.place, slow.place)
    assert np.array_equal(quick.counts, slow.counts)


def test_sums_of_weights_do_not_depend_on_the_order_of_the_rows():
    X, weights = rows(), np.random.default_rng(1).random(2000)
    order = np.random.default_rng(2).permutation(2000)
    straight, shuffled = Patterns.of(X, weights), Patterns.of(X[order], weights[order])
    assert straight.counts.tobytes() == shuffled.counts.tobytes()
    assert np.array_equal(straight.place[order], shuffled.place)
    assert straight.customers == pytest.approx(weights.sum())


def test_a_tally_of_rows_gives_the_same_patterns():
    X = rows()
    tallied, counted = Patterns.tallied(Tally.of(X[:700]) + Tally.of(X[700:])), Patterns.of(X)
    assert np.array_equal(tallied.counts, counted.counts)
    assert np.array_equal(tallied.recency, counted.recency)


def test_a_thinned_sample_stands_for_all():
    patterns = Patterns.of(rows(20_000, days=False))
    few = patterns.thinned(500)
    assert len(few) == 500
    assert few.customers == pytest.approx(patterns.customers)
    mean = (few.counts * few.frequency).sum() / few.customers
    assert mean == pytest.approx((patterns.counts * patterns.frequency).sum() / patterns.customers, rel=0.02)
    assert np.array_equal(few.axes[2].values[few.axes[2].place], few.tenure)
    assert few.thinned(500) is few


def test_lists_whole_numbers_and_tables_are_taken():
    lists = histories([[1, 2, 3]])
    frame = histories(pd.DataFrame({"frequency": [1], "recency": [2], "tenure": [3]}))
    assert [column.tolist() for column in lists] == [column.tolist() for column in frame] == [[1.0], [2.0], [3.0]]


def test_a_table_with_the_columns_in_another_order_is_refused():
    with pytest.raises(UsageError, match=r"columns tenure, frequency, recency; allowed is the order frequency, recency, tenure"):
        histories(pd.DataFrame({"tenure": [3], "frequency": [1], "recency": [2]}))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([np.nan, 1, 7.654], "missing"),
        ([1, np.inf, np.inf], "infinite"),
        ([1, 1, 1e200], "immense"),
        ([-1, 1, 7.654], "negative frequency"),
        ([1.5, 1, 7.654], "no whole number"),
        ([1, -1, 7.654], "negative recency"),
        ([1, 7.6543, 7.654], "after the as-of day"),
        ([0, 1, 7.654], "without a repeat purchase"),
        ([1, 0, 7.654], "recency of zero"),
    ],
)
def test_an_impossible_history_is_refused_and_counted_not_shown(row, words):
    with pytest.raises(Degenerate, match=rf"1 of 11 customers .*{words}") as refused:
        Patterns.of([*rows(10), row])
    assert "7.654" not in str(refused.value)


@pytest.mark.parametrize("X", [[1, 2, 3], [[1, 2]], [[[1, 2, 3]]]])
def test_other_shapes_are_refused(X):
    with pytest.raises(UsageError, match=r"X has shape .*; allowed is \(customers, 3\)"):
        Patterns.of(X)


def test_nobody_is_refused():
    with pytest.raises(NotEnoughData, match="no customer"):
        Patterns.of(np.zeros((0, 3)))


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 10, [np.nan] * 10, [0.0] * 10], ids=["short", "negative", "missing", "zero"])
def test_weights_that_mean_nothing_are_refused(weights):
    with pytest.raises(UsageError, match="sample_weight has shape"):
        Patterns.of(rows(10), weights)
