from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.uplift.models import Constant
from segmentry.uplift.nuisance import expected_outcomes, fit_nuisance, robust_scores


class Memory:
    """Remembers every outcome it saw, and answers 1 for a customer it knows."""

    def fit(self, values, outcome):
        self.seen = set(values[:, 0].tolist())
        return self

    def predict(self, values):
        return np.array([float(value in self.seen) for value in values[:, 0]])


def trial(count=200, folds=4):
    rng = np.random.default_rng(0)
    return (
        np.arange(count, dtype=float)[:, None],
        rng.integers(0, 2, count),
        rng.normal(size=count),
        np.full((count, 2), 0.5),
        np.arange(count) % folds,
    )


def test_nobody_is_told_by_a_model_that_saw_them():
    values, arm, outcome, probability, fold = trial()
    found = fit_nuisance(values, arm, outcome, probability=probability, fold=fold, make=Memory)
    assert not found.mean.any()


def test_a_lesson_is_told_by_models_that_saw_neither_the_customer_nor_the_fold_spoken_for():
    values, arm, outcome, probability, fold = trial()
    seen = []

    class Watched(Memory):
        def predict(self, asked):
            seen.append((self.seen, set(asked[:, 0].tolist())))
            return super().predict(asked)

    found = fit_nuisance(values, arm, outcome, probability=probability, fold=fold, make=Watched)
    for place in range(4):
        lesson = found.lesson(place)
        assert not lesson.mean.any()
        assert set(lesson.values[:, 0]) == set(values[fold != place, 0])
    for known, asked in seen:
        assert not known & asked
    # Models of pairs know two folds of four, so that what they say of one carries nothing of the other.
    assert {len({int(value) % 4 for value in known}) for known, _ in seen} == {2, 3}


def test_models_are_fitted_once_per_fold_pair_and_arm():
    made = []

    def make():
        made.append(1)
        return Memory()

    values, arm, outcome, probability, fold = trial(500, 5)
    fit_nuisance(values, arm, outcome, probability=probability, fold=fold, make=make)
    assert len(made) == (5 + 10) * 2


def test_the_lighter_way_gives_the_same_means():
    from sklearn.linear_model import LinearRegression

    values, arm, outcome, probability, fold = trial()
    whole = fit_nuisance(values, arm, outcome, probability=probability, fold=fold, make=LinearRegression)
    light = expected_outcomes(values, arm, outcome, arms=2, fold=fold, make=LinearRegression)
    assert (whole.mean == light).all()
    np.testing.assert_allclose(whole.scores, robust_scores(light, arm, outcome, probability))


def test_too_small_an_arm_is_answered_by_its_mean():
    values, arm, outcome, probability, fold = trial()
    arm = np.zeros_like(arm)
    arm[:8] = 1
    found = fit_nuisance(values, arm, outcome, probability=probability, fold=fold, make=Memory)
    assert all(isinstance(models[1], Constant) for models in found.models)


@pytest.mark.parametrize(
    ("change", "words"), [({"folds": 2}, "three or more"), ({"outcome": np.full(200, np.nan)}, "missing"), ({"short": True}, "shape")]
)
def test_what_does_not_fit_is_refused(change, words):
    values, arm, outcome, probability, fold = trial(folds=change.get("folds", 4))
    outcome = change.get("outcome", outcome)
    arm = arm[:-1] if change.get("short") else arm
    with pytest.raises(UsageError, match=words):
        fit_nuisance(values, arm, outcome, probability=probability, fold=fold, make=Memory)
