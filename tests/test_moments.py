"""Moments say what pandas says, pairwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentry.errors import UsageError
from segmentry.moments import Moments


def _table(rows: int = 60) -> np.ndarray:
    rng = np.random.default_rng(3)
    values = rng.normal([1e6, 5.0, -2.0], [3.0, 2.0, 1.0], (rows, 3))
    values[rng.random(values.shape) < 0.2] = np.nan
    return values


def test_agrees_with_pandas_when_values_are_missing() -> None:
    values = _table()
    moments = Moments.of(values, ["a", "b", "c"], np.array([1e6, 0.0, 0.0]))
    frame = pd.DataFrame(values)
    np.testing.assert_allclose(moments.mean(), frame.mean())
    np.testing.assert_allclose(moments.variance(), frame.var())
    np.testing.assert_allclose(moments.covariance(), frame.cov())
    np.testing.assert_allclose(moments.correlation(), frame.corr())
    np.testing.assert_array_equal(moments.count(), frame.count())


def test_constant_and_empty_columns_have_no_correlation() -> None:
    values = np.column_stack([np.full(5, 0.1), np.full(5, np.nan), np.arange(5.0)])
    correlation = Moments.of(values, ["same", "empty", "x"]).correlation()
    assert np.isnan(correlation[0]).all()
    assert np.isnan(correlation[1]).all()
    assert correlation[2, 2] == 1.0


def test_one_row_has_a_mean_but_no_variance() -> None:
    moments = Moments.of(np.array([[4.0]]), ["x"])
    assert moments.mean() == 4.0
    assert np.isnan(moments.variance()).all()


def test_other_columns_or_shifts_do_not_add() -> None:
    moments = Moments.of(_table(), ["a", "b", "c"])
    for other in (Moments.of(_table(), ["a", "b", "d"]), Moments.of(_table(), ["a", "b", "c"], np.ones(3))):
        with pytest.raises(UsageError, match="they add only when both are the same"):
            moments + other


def test_shape_of_values_must_fit_the_names() -> None:
    with pytest.raises(UsageError, match=r"values have shape \(60, 3\)"):
        Moments.of(_table(), ["a", "b"])


def test_unknown_column_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'income'"):
        Moments.of(np.ones((2, 1)), ["income"]).position("incme")
