"""Different rows, once each, in an order of their values."""

from __future__ import annotations

import numpy as np

from segmentry.segments.duplicates import distinct, ranks


def test_rows_come_back_and_order_does_not_matter():
    rows = np.random.default_rng(0).integers(0, 4, (200, 3)).astype(float)
    first, place = distinct(rows)
    assert np.array_equal(rows[first][place], rows)
    assert len(first) == len(np.unique(rows, axis=0))
    shuffled = np.random.default_rng(1).permutation(200)
    again, _ = distinct(rows[shuffled])
    assert np.array_equal(rows[shuffled][again], rows[first])


def test_rows_that_meet_in_one_sum_are_told_apart():
    # Beside 1e18 the second column is lost in any sum.
    rows = np.column_stack([np.full(60, 1e18), np.arange(60.0) % 3])
    first, place = distinct(rows)
    assert rows[first, 1].tolist() == [0.0, 1.0, 2.0]
    assert np.array_equal(place, np.arange(60) % 3)


def test_zero_and_minus_zero_are_equal():
    assert len(distinct(np.array([[0.0], [-0.0]]))[0]) == 1


def test_missing_values_rank_last_and_equal():
    assert ranks(np.array([[5.0, np.nan], [np.nan, 1.0], [np.nan, np.nan]])).tolist() == [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
