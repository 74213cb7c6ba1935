"""Taking off the past: against a regression by least squares, and by what it is worth."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.experiments.adjustment import difference_adjusted, explain, filled
from segmentry.moments import Moments

NAMES = ["y", "a", "b"]


def _rows(rng, customers, effect=0.0):
    past = rng.normal(size=(customers, 2))
    return np.c_[past @ [1.0, 0.5] + effect + rng.normal(size=customers), past]


def test_it_is_the_regression_with_interactions_about_the_common_mean():
    """Lin (2013): the coefficient of the arm in y ~ arm · (1 + x − x̄)."""
    rng = np.random.default_rng(1)
    control, treated = _rows(rng, 120), _rows(rng, 200, 0.7)
    rows, arm = np.r_[control, treated], np.r_[np.zeros(120), np.ones(200)]
    away = rows[:, 1:] - rows[:, 1:].mean(axis=0)
    design = np.c_[np.ones(320), arm, away, arm[:, None] * away]
    coefficient = np.linalg.lstsq(design, rows[:, 0], rcond=None)[0][1]
    found = difference_adjusted(Moments.of(control, NAMES), Moments.of(treated, NAMES), "y", ["a", "b"])
    assert found.difference.value == pytest.approx(coefficient, rel=1e-9)
    assert found.plain is not None
    assert found.difference.low < 0.7 < found.difference.high


def test_the_variance_that_is_left_is_what_the_past_does_not_explain():
    """CUPED: 1 − ρ² (Deng et al. 2013); here ρ² = .8."""
    rng = np.random.default_rng(2)
    arms = []
    for _ in range(2):
        past = rng.normal(size=20_000)
        arms.append(Moments.of(np.c_[2 * past + rng.normal(size=20_000), past], ["y", "a"]))
    assert difference_adjusted(*arms, "y", ["a"]).reduction == pytest.approx(0.8, abs=0.01)


def test_a_past_that_says_nothing_takes_nothing_off():
    rng = np.random.default_rng(3)
    arms = [Moments.of(rng.normal(size=(5000, 2)), ["y", "a"]) for _ in range(2)]
    found = difference_adjusted(*arms, "y", ["a"])
    assert found.reduction < 0.01
    assert found.plain is not None
    assert found.difference.value == pytest.approx(found.plain.value, abs=0.01)


def test_a_constant_covariate_does_nothing():
    rng = np.random.default_rng(4)
    rows = [_rows(rng, 100), _rows(rng, 100)]
    one = difference_adjusted(*(Moments.of(part, NAMES) for part in rows), "y", ["a", "b"])
    names = [*NAMES, "c"]
    two = difference_adjusted(*(Moments.of(np.c_[part, np.ones(100)], names) for part in rows), "y", ["a", "b", "c"])
    assert two.difference.value == pytest.approx(one.difference.value, rel=1e-9)


def test_parts_summed_apart_give_the_same():
    rng = np.random.default_rng(5)
    control, treated = _rows(rng, 200), _rows(rng, 200)
    whole = difference_adjusted(Moments.of(control, NAMES), Moments.of(treated, NAMES), "y", ["a", "b"])
    parts = [Moments.of(rows[:60], NAMES) + Moments.of(rows[60:], NAMES) for rows in (control, treated)]
    found = difference_adjusted(*parts, "y", ["a", "b"])
    assert found.difference.low == pytest.approx(whole.difference.low, rel=1e-9)


def test_what_is_foretold_explains_as_much_as_least_squares():
    rng = np.random.default_rng(6)
    rows = _rows(rng, 300)
    (score, other), explained = explain(rows[:100, 0], rows[100:, 0], (rows[:100, 1:], rows[100:, 1:]))
    fitted = np.r_[score, other]
    assert explained == pytest.approx(np.corrcoef(fitted, rows[:, 0])[0, 1] ** 2, rel=1e-6)


def test_a_customer_without_a_past_gets_the_mean_and_a_flag():
    control, treated = filled(np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0]]), (2, 1))
    assert control.tolist() == [[1.0, 6.0, 0.0, 1.0], [3.0, 5.0, 0.0, 0.0]]
    assert treated.tolist() == [[2.0, 7.0, 1.0, 0.0]]


def test_too_few_customers_and_gaps_are_refused():
    rng = np.random.default_rng(7)
    with pytest.raises(NotEnoughData, match="50 each are needed"):
        difference_adjusted(Moments.of(_rows(rng, 49), NAMES), Moments.of(_rows(rng, 90), NAMES), "y", ["a"])
    gaps = _rows(rng, 90)
    gaps[0, 1] = np.nan
    with pytest.raises(UsageError, match="Fill the gaps first"):
        difference_adjusted(Moments.of(gaps, NAMES), Moments.of(_rows(rng, 90), NAMES), "y", ["a"])
