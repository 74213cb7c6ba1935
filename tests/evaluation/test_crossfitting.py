"""Cross-fitting: nobody is scored by a model that saw them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.evaluation.crossfitting import cross_fit, fit_folds, predict_folds, roll_forward
from segmentry.evaluation.splits import folds, rolling

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
ANSWERS = (RNG.random(300) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)
FOLD = folds(ANSWERS, np.arange(300), count=5, seed=0)


def test_scores_equal_scikit_learns_cross_validation() -> None:
    expected = cross_val_predict(LogisticRegression(), X, ANSWERS, cv=PredefinedSplit(FOLD), method="predict_proba")[:, 1]
    assert cross_fit(LogisticRegression, X, ANSWERS, FOLD) == pytest.approx(expected, abs=1e-12)


def test_a_twin_on_the_same_side_tells_nothing() -> None:
    """A nearest neighbour knows everyone it saw: kept whole, pairs of twins with random answers are not foretold."""
    twins = np.repeat(RNG.normal(size=(400, 2)), 2, axis=0)
    answers = np.repeat(RNG.integers(0, 2, 400), 2)
    fold = folds(answers, np.repeat(np.arange(400), 2), count=5, seed=0)
    scores = cross_fit(lambda: KNeighborsClassifier(1), twins, answers, fold)
    assert abs((scores == answers).mean() - 0.5) < 0.1
    apart = cross_fit(lambda: KNeighborsClassifier(1), twins, answers, np.arange(800) % 2)
    assert (apart == answers).all()


def test_one_thread_or_two_give_the_same_bits() -> None:
    def scores() -> np.ndarray:
        return cross_fit(lambda: HistGradientBoostingClassifier(max_iter=20, random_state=0), X, ANSWERS, FOLD)

    with threadpool_limits(limits=1):
        alone = scores()
    assert (alone == scores()).all()


def test_weights_reach_the_models() -> None:
    plain = cross_fit(LogisticRegression, X, ANSWERS, FOLD)
    assert (plain != cross_fit(LogisticRegression, X, ANSWERS, FOLD, weights=1.0 + ANSWERS)).any()


def test_models_of_the_folds_can_be_asked_again() -> None:
    models = fit_folds(LogisticRegression, X, ANSWERS, FOLD)
    assert sorted(models) == [0, 1, 2, 3, 4]
    assert (predict_folds(models, X, FOLD) == cross_fit(LogisticRegression, X, ANSWERS, FOLD)).all()


def test_the_earliest_are_not_scored_forward_in_time() -> None:
    scores = roll_forward(LogisticRegression, X, ANSWERS, rolling(np.arange(300), parts=2))
    assert np.isnan(scores[:100]).all()
    assert np.isfinite(scores[100:]).all()


def test_one_fold_one_answer_and_wild_models_are_refused() -> None:
    with pytest.raises(UsageError, match="1 folds"):
        cross_fit(LogisticRegression, X, ANSWERS, np.zeros(300))
    with pytest.raises(NotEnoughData, match="found 0 who answered and 2 who did not"):
        cross_fit(LogisticRegression, X[:4], [1, 1, 0, 0], [0, 0, 1, 1])

    class Wild(LogisticRegression):
        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            return np.full((len(X), 2), np.nan)

    with pytest.raises(Degenerate, match="Wild returned 60 probabilities that are not finite"):
        cross_fit(Wild, X, ANSWERS, FOLD)
