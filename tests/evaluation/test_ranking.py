"""Figures of a ranking: values as scikit-learn's, intervals that hold what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, norm
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from segmentry.errors import NotEnoughData, UsageError
from segmentry.evaluation.ranking import METRICS, Metric, auc, average_precision, brier, difference, log_loss
from segmentry.results import Estimate

RNG = np.random.default_rng(0)
ANSWERS = (RNG.random(400) < 0.2).astype(int)
SCORES = np.round(1 / (1 + np.exp(-(RNG.normal(size=400) + ANSWERS))), 1)


@pytest.mark.parametrize("scores", [SCORES, RNG.random(400), np.full(400, 0.3)])
def test_values_equal_scikit_learns_with_and_without_ties(scores: np.ndarray) -> None:
    assert auc(ANSWERS, scores).value == pytest.approx(roc_auc_score(ANSWERS, scores), abs=1e-12)
    assert average_precision(ANSWERS, scores, resamples=20).value == pytest.approx(average_precision_score(ANSWERS, scores), abs=1e-12)
    assert brier(ANSWERS, scores).value == pytest.approx(brier_score_loss(ANSWERS, scores), abs=1e-12)
    assert log_loss(ANSWERS, scores).value == pytest.approx(sklearn_log_loss(ANSWERS, scores), abs=1e-9)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Normal scores one apart: the area is Φ(1/√2); of scores with as much noise again, Φ(1/2)."""
    sets, truth, rival = 300, float(norm.cdf(1 / math.sqrt(2))), float(norm.cdf(0.5))
    big = np.random.default_rng(1)
    many = (big.random(300_000) < 0.2).astype(int)
    precision = average_precision_score(many, big.normal(size=300_000) + many)
    held = np.zeros(3)
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        answers = (rng.random(400) < 0.2).astype(int)
        scores = rng.normal(size=400) + answers
        area, mean = auc(answers, scores), average_precision(answers, scores, resamples=100)
        apart = difference(answers, scores, rival=scores + rng.normal(size=400))
        held += [
            area.low <= truth <= area.high,
            mean.low <= precision <= mean.high,
            apart.low <= truth - rival <= apart.high,
        ]
    # 99 % band of 95 %; average precision may lose a point and a half.
    assert binom.ppf(0.005, sets, 0.95) <= held[0] <= binom.ppf(0.995, sets, 0.95)
    assert binom.ppf(0.005, sets, 0.935) <= held[1] <= binom.ppf(0.995, sets, 0.95)
    assert binom.ppf(0.005, sets, 0.95) <= held[2] <= binom.ppf(0.995, sets, 0.95)


@pytest.mark.parametrize("figure", [auc, average_precision, brier, log_loss])
def test_customers_counted_thrice_do_not_make_it_surer(figure: object) -> None:
    assert callable(figure)
    once = figure(ANSWERS, SCORES)
    thrice = figure(np.repeat(ANSWERS, 3), np.repeat(SCORES, 3), np.repeat(np.arange(400), 3))
    assert (thrice.value, thrice.low, thrice.high) == pytest.approx((once.value, once.low, once.high), abs=0.012)


@pytest.mark.parametrize("figure", [auc, average_precision, brier, log_loss])
def test_the_order_of_rows_changes_no_bit(figure: object) -> None:
    assert callable(figure)
    order, groups = np.random.default_rng(4).permutation(400), np.arange(400) // 2
    assert figure(ANSWERS, SCORES, groups) == figure(ANSWERS[order], SCORES[order], groups[order])
    assert figure(ANSWERS, SCORES) == figure(ANSWERS[order], SCORES[order])


def test_equal_scores_rank_nobody() -> None:
    assert auc(ANSWERS, np.full(400, 0.3)) == Estimate(0.5, 0.5, 0.5)


@pytest.mark.parametrize("answers", [[1, 0], [1, 1, 0, 0], [1, 0, 0, 0, 0]])
def test_perfect_and_tiny_tables_get_finite_and_wide_intervals(answers: list[int]) -> None:
    scores = np.linspace(0.9, 0.1, len(answers))
    for found in (auc(answers, scores), average_precision(answers, scores), brier(answers, scores), log_loss(answers, scores)):
        assert all(math.isfinite(each) for each in (found.value, found.low, found.high))
        assert found.low <= found.value <= found.high
    assert auc(answers, scores).low < 0.75
    assert average_precision(answers, scores).low < 0.75
    assert auc(answers, -scores).high > 0.25


@pytest.mark.parametrize("metric", METRICS)
def test_positive_is_better_whatever_the_metric(metric: Metric) -> None:
    good, flat = np.where(ANSWERS == 1, 0.7, 0.2), np.full(400, 0.5)
    better, worse = difference(ANSWERS, good, rival=flat, metric=metric), difference(ANSWERS, flat, rival=good, metric=metric)
    assert better.low > 0 > worse.high
    assert better.value == pytest.approx(-worse.value)
    assert difference(ANSWERS, good, rival=good, metric=metric) == Estimate(0.0, 0.0, 0.0)


def test_differences_are_those_of_the_figures() -> None:
    rival = RNG.random(400)
    assert difference(ANSWERS, SCORES, rival=rival).value == pytest.approx(auc(ANSWERS, SCORES).value - auc(ANSWERS, rival).value)
    found = difference(ANSWERS, SCORES, rival=rival, metric="average_precision", resamples=50).value
    assert found == pytest.approx(average_precision(ANSWERS, SCORES).value - average_precision(ANSWERS, rival).value)
    found = difference(ANSWERS, SCORES, rival=rival, metric="brier").value
    assert found == pytest.approx(brier(ANSWERS, rival).value - brier(ANSWERS, SCORES).value)


def test_one_who_answered_says_nothing_of_differences() -> None:
    found = difference([1, 0, 0], [0.9, 0.2, 0.1], rival=[0.1, 0.2, 0.3])
    assert (found.low, found.high) == (-1.0, 1.0)


def test_what_is_not_allowed_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="found 3 and 0"):
        auc([1, 1, 1], [0.1, 0.2, 0.3])
    with pytest.raises(UsageError, match="1 of 2 probabilities are missing or outside 0 to 1"):
        brier([0, 1], [0.5, 1.5])
    with pytest.raises(UsageError, match="metric is 'gini'"):
        difference([0, 1], [0.1, 0.2], rival=[0.1, 0.2], metric="gini")  # type: ignore[arg-type]
