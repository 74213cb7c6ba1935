"""Tallies give the quantiles and histograms of all values."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.tally import Tally


def test_quantiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(1).integers(0, 12, 101).astype(float)
    shares = [0.0, 0.1, 0.25, 0.5, 0.77, 1.0]
    np.testing.assert_allclose(Tally.of(values).quantile(shares), np.quantile(values, shares))


def test_histogram_counts_every_value_once() -> None:
    values = np.array([0.0, 1.0, 1.0, 2.0, 3.0])
    assert Tally.of(values).histogram([0, 1, 2, 3]).tolist() == [1, 2, 2]


def test_missing_text_and_numbers_are_counted_apart() -> None:
    texts = Tally.of(np.array(["b", None, "a", "b", float("nan")], dtype=object))
    assert texts.values.tolist() == ["a", "b"]
    assert texts.counts.tolist() == [1, 2]
    assert texts.missing == 2
    assert Tally.of(np.array([np.nan, 1.0])).missing == 1


def test_rows_are_counted_as_rows() -> None:
    tally = Tally.of(np.array([[1, 2], [1, 3], [1, 2]]), np.array([1, 5, 2]))
    assert tally.values.tolist() == [[1, 2], [1, 3]]
    assert tally.counts.tolist() == [3, 5]


def test_nothing_adds_nothing() -> None:
    empty = Tally.of(np.array([np.nan]))
    both = empty + Tally.of(np.array([1.0]))
    assert (both.total, both.missing) == (1, 1)


def test_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="NO_VALUES"):
        Tally.of(np.array([np.nan])).quantile([0.5])


def test_quantile_of_text_is_refused() -> None:
    with pytest.raises(UsageError, match="one column of numbers"):
        Tally.of(np.array(["a"], dtype=object)).quantile([0.5])


def test_counts_must_fit() -> None:
    with pytest.raises(UsageError, match="one count per value"):
        Tally.of(np.array([1.0, 2.0]), np.array([1]))
