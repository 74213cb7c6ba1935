"""Calibration: told, detected, mended."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from segmentry.errors import NotEnoughData, UsageError
from segmentry.evaluation.calibration import Kind, Sigmoid, calibrated, fit_calibrator, reliability
from segmentry.evaluation.intervals import wilson


def _shop(seed: int, customers: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = 1 / (1 + np.exp(2 - rng.normal(size=customers)))
    return (rng.random(customers) < truth).astype(int), truth


def test_bins_are_equal_counts_rising_with_wilson_intervals() -> None:
    answers, truth = _shop(0)
    curve = reliability(answers, truth, resamples=20)
    assert curve.customers == (300,) * 10
    assert list(curve.predicted) == sorted(curve.predicted)
    lowest = np.argsort(truth)[:300]
    assert curve.predicted[0] == pytest.approx(truth[lowest].mean())
    assert curve.observed[0] == pytest.approx(answers[lowest].mean())
    low, high = wilson([answers[lowest].sum()], [300])
    assert (curve.low[0], curve.high[0]) == (pytest.approx(low[0]), pytest.approx(high[0]))


def test_equal_predictions_are_never_parted() -> None:
    answers = np.tile([0, 0, 1], 100)
    curve = reliability(answers, np.repeat([0.1, 0.3, 0.9], 100), resamples=20)
    assert curve.customers == (100, 100, 100)
    assert curve.predicted == pytest.approx((0.1, 0.3, 0.9))


def test_slope_and_intercept_equal_an_unpenalised_logistic_regression() -> None:
    answers, truth = _shop(1)
    skewed = truth**1.3
    logit = np.log(skewed / (1 - skewed))
    expected = LogisticRegression(C=1e10, tol=1e-10, max_iter=1000).fit(logit[:, None], answers)
    curve = reliability(answers, skewed, resamples=20)
    assert curve.slope == pytest.approx(expected.coef_[0, 0], rel=1e-4)
    assert curve.intercept == pytest.approx(expected.intercept_[0], rel=1e-4)


def test_no_slope_where_there_is_none() -> None:
    assert math.isnan(reliability([0, 1, 0, 1], np.full(4, 0.5), resamples=20).slope)
    assert math.isnan(reliability([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], resamples=20).slope)


def test_alike_customers_widen_the_intervals() -> None:
    answers, truth = _shop(2, 500)
    once = reliability(answers, truth, resamples=200)
    thrice = reliability(np.repeat(answers, 3), np.repeat(truth, 3), groups=np.repeat(np.arange(500), 3), resamples=200)
    assert thrice.low == pytest.approx(once.low, abs=0.02)
    assert thrice.ece.value == pytest.approx(once.ece.value, abs=0.005)


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_nobody_calibrates_themselves(kind: Kind) -> None:
    answers, truth = _shop(3)
    fold = np.arange(3000) % 5
    before = calibrated(answers, truth, fold, kind=kind)
    other = np.where(fold == 2, 1 - answers, answers)
    after = calibrated(other, truth, fold, kind=kind)
    assert (before[fold == 2] == after[fold == 2]).all()
    assert (before[fold != 2] != after[fold != 2]).any()


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_order_is_kept_and_nobody_is_sure(kind: Kind) -> None:
    answers, truth = _shop(4)
    found = fit_calibrator(answers, truth, kind=kind).apply(np.linspace(0, 1, 500))
    assert (np.diff(found) >= 0).all()
    assert found.min() > 0
    assert found.max() < 1


def test_scores_that_rank_the_wrong_way_become_the_rate() -> None:
    answers, truth = _shop(5)
    found = fit_calibrator(answers, 1 - truth).apply(truth)
    assert np.ptp(found) == 0
    assert found[0] == pytest.approx(answers.mean(), abs=0.001)


def test_separated_or_equal_scores_still_end() -> None:
    assert np.isfinite(fit_calibrator([0, 0, 1, 1], [0.0, 0.0, 1.0, 1.0]).apply([0.0, 0.5, 1.0])).all()
    assert isinstance(fit_calibrator([0, 1, 1], [0.5, 0.5, 0.5]), Sigmoid)


def test_rows_in_another_order_change_no_bit() -> None:
    answers, truth = _shop(6)
    order = np.random.default_rng(0).permutation(3000)
    assert reliability(answers, truth, resamples=50) == reliability(answers[order], truth[order], resamples=50)
    assert fit_calibrator(answers, truth) == fit_calibrator(answers[order], truth[order])


def test_what_is_not_allowed_is_refused() -> None:
    with pytest.raises(UsageError, match="2 of 3 scores are missing or outside 0 to 1"):
        reliability([0, 1, 0], [0.5, -3.0, np.nan])
    with pytest.raises(NotEnoughData, match="found 0 and 2"):
        fit_calibrator([0, 0], [0.1, 0.2])
    with pytest.raises(UsageError, match="with 1 folds"):
        calibrated([0, 1], [0.1, 0.2], [0, 0])
    with pytest.raises(UsageError, match=r"scores have shape \(3,\)"):
        fit_calibrator([0, 1], [0.1, 0.2, 0.3])
