"""Where the truth is known: splits, figures, calibration and profit say it (honesty rows 19 to 21)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from segmentry.evaluation.calibration import Kind, calibrated, reliability
from segmentry.evaluation.crossfitting import cross_fit, roll_forward
from segmentry.evaluation.intervals import for_refits
from segmentry.evaluation.profit import profit
from segmentry.evaluation.ranking import auc, difference
from segmentry.evaluation.splits import duplicates, folds, rolling

ROUNDS, CUSTOMERS = 6, 1500


def _contacts(rng: np.random.Generator, customers: int, rounds: range, chance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, answers and days: everyone has a temper that no feature shows, and what makes people answer turns with time."""
    features, temper = rng.normal(size=(customers, 4)), 2.0 * rng.normal(size=customers)
    who, days = np.nonzero(rng.random((customers, len(rounds))) < chance)
    days = days + rounds.start
    pull = 1.5 * (np.cos(days / 6) * features[who, 0] + np.sin(days / 6) * features[who, 1])
    answers = (rng.random(len(who)) < 1 / (1 + np.exp(1.0 - pull - temper[who]))).astype(int)
    return features[who], answers, days


def _forest() -> ExtraTreesClassifier:
    return ExtraTreesClassifier(40, min_samples_leaf=2, random_state=0)


def test_random_folds_flatter_and_folds_in_time_by_customer_do_not() -> None:
    random, ours, truth = [], [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X, answers, days = _contacts(rng, CUSTOMERS, range(ROUNDS), 0.4)
        alike = duplicates(X)
        random.append(auc(answers, cross_fit(_forest, X, answers, rng.permutation(len(answers)) % 5)).value)
        scores = roll_forward(_forest, X, answers, rolling(days, parts=ROUNDS - 1, groups=alike)[-1:])
        seen = np.isfinite(scores)
        ours.append(auc(answers[seen], scores[seen], alike[seen]).value)
        ahead, later, _ = _contacts(rng, 4000, range(ROUNDS, ROUNDS + 1), 1.0)
        truth.append(auc(later, _forest().fit(X, answers).predict_proba(ahead)[:, 1]).value)
    assert np.mean(random) - np.mean(truth) >= 0.05
    assert abs(np.mean(ours) - np.mean(truth)) <= 0.02


def _no_signal(seed: int, customers: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(customers, 5)), (rng.random(customers) < 0.2).astype(int)


def test_without_signal_half_is_in_the_interval_of_the_area() -> None:
    sets, held = 400, 0
    for seed in range(sets):
        X, answers = _no_signal(seed)
        area = auc(answers, X[:, 0])
        held += area.low <= 0.5 <= area.high
    assert held >= binom.ppf(0.005, sets, 0.95)


def test_without_signal_a_cross_fitted_model_beats_nothing() -> None:
    """Area and difference each claim something in 5 of 100 tables at most."""
    sets, above, beaten = 200, 0, 0
    for seed in range(sets):
        X, answers = _no_signal(seed)
        fold = folds(answers, np.arange(len(answers)), count=5, seed=seed)
        scores = cross_fit(lambda: LogisticRegression(C=0.1), X, answers, fold)
        baseline = cross_fit(lambda: LogisticRegression(C=0.1), X[:, :2], answers, fold)
        above += for_refits(auc(answers, scores), folds=5).low > 0.5
        beaten += for_refits(difference(answers, scores, rival=baseline), folds=5).low > 0
    assert above <= binom.ppf(0.99, sets, 0.025)
    assert beaten <= binom.ppf(0.99, sets, 0.05)


def _probabilities(seed: int, customers: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.minimum(1 / (1 + np.exp(2.3 - 1.2 * rng.normal(size=customers))), 0.66)
    return (rng.random(customers) < truth).astype(int), truth


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic"])
def test_probabilities_half_too_high_are_detected_and_mended(kind: Kind) -> None:
    sets, after = 20, []
    for seed in range(sets):
        answers, truth = _probabilities(seed)
        wrong = 1.5 * truth
        assert reliability(answers, wrong, resamples=100).ece.low > 0
        fold = folds(answers, np.arange(len(answers)), count=5, seed=seed)
        after.append(reliability(answers, calibrated(answers, wrong, fold, kind=kind), resamples=100).ece.value)
    assert max(after) <= 0.02


def test_perfect_probabilities_are_called_wrong_in_one_of_twenty() -> None:
    sets = 200
    wrong = sum(reliability(*_probabilities(seed, 1000), resamples=20).ece.low > 0 for seed in range(sets))
    assert wrong <= binom.ppf(0.995, sets, 0.05)


def _campaign(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=600)
    return (rng.random(600) < 1 / (1 + np.exp(1.5 - scores))).astype(int), scores


def test_the_highest_point_flatters_and_the_best_profit_does_not() -> None:
    """What a depth really brings is known: cost 3, revenue 11, and everyone's chance to answer."""
    sets = 300
    many = -np.sort(-np.random.default_rng(9).normal(size=400_000))
    real = np.r_[0, np.cumsum(11 / (1 + np.exp(1.5 - many)) - 3)] / len(many)
    naive, ours, held = np.empty(sets), np.empty(sets), 0
    for seed in range(sets):
        curve = profit(*_campaign(seed), cost=3, revenue=11, source="", resamples=100, seed=seed)
        truth = 600 * np.interp(curve.best_share.value, np.linspace(0, 1, len(real)), real)
        naive[seed], ours[seed] = curve.naive - truth, curve.best.value - truth
        held += curve.best.low <= truth <= curve.best.high
    error = 2.58 * ours.std() / np.sqrt(sets)
    assert abs(ours.mean()) <= error
    assert naive.mean() > 2 * error
    assert held >= binom.ppf(0.005, sets, 0.94)
