from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression

from segmentry.errors import UsageError
from segmentry.uplift.learners import Makers, chosen_learners, fit_dr, fit_r, fit_s, fit_t, fit_x
from segmentry.uplift.models import fit_expected
from segmentry.uplift.nuisance import Lesson

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sklift.models import SoloModel, TwoModels


def lesson(values, arm, outcome, probability, make):
    """A lesson whose expectations are those of its own models."""
    models = tuple(fit_expected(make, values[arm == each], outcome[arm == each]) for each in range(probability.shape[1]))
    return Lesson(values, arm, outcome, probability, np.column_stack([model.expect(values) for model in models]), models)


@pytest.fixture(scope="module")
def straight():
    """A straight line with noise, treated by chances that differ between customers."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(600, 2))
    chance = np.clip(0.5 + 0.2 * values[:, 1], 0.15, 0.85)
    arm = (rng.random(600) < chance).astype(np.int64)
    outcome = 1 + values[:, 0] + arm * (0.5 + values[:, 1]) + 0.3 * rng.normal(size=600)
    return values, arm, outcome, np.column_stack([1 - chance, chance])


def least_squares(points, target, weights=None):
    """Coefficients by the normal equations, intercept first."""
    table = np.column_stack([np.ones(len(points)), points])
    weight = np.ones(len(points)) if weights is None else weights
    return np.linalg.solve((table.T * weight) @ table, (table.T * weight) @ target)


def line(points, coefficients):
    return np.column_stack([np.ones(len(points)), points]) @ coefficients


LINES = Makers(LinearRegression, LinearRegression)
ASKED = np.array([[0.0, 0.0], [1.0, -2.0], [0.3, 0.7]])


def test_t_is_the_difference_of_two_regressions_by_hand(straight):
    values, arm, outcome, probability = straight
    expected = line(ASKED, least_squares(values[arm == 1], outcome[arm == 1]) - least_squares(values[arm == 0], outcome[arm == 0]))
    found = fit_t(lesson(values, arm, outcome, probability, LinearRegression), LINES).effect(ASKED)
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-9)


def test_s_is_the_coefficient_of_the_treatment_by_hand(straight):
    values, arm, outcome, probability = straight
    expected = least_squares(np.column_stack([values, arm]), outcome)[-1]
    found = fit_s(lesson(values, arm, outcome, probability, LinearRegression), LINES).effect(ASKED)
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-9)


def test_x_is_the_formula_of_kuenzel_by_hand(straight):
    values, arm, outcome, probability = straight
    none, some = (least_squares(values[arm == each], outcome[arm == each]) for each in (0, 1))
    of_treated = least_squares(values[arm == 1], outcome[arm == 1] - line(values[arm == 1], none))
    of_control = least_squares(values[arm == 0], line(values[arm == 0], some) - outcome[arm == 0])
    share = arm.mean()
    found = fit_x(lesson(values, arm, outcome, probability, LinearRegression), LINES).effect(ASKED)
    np.testing.assert_allclose(found[:, 0], share * line(ASKED, of_control) + (1 - share) * line(ASKED, of_treated), rtol=1e-9)


def test_r_is_the_weighted_regression_of_nie_and_wager_by_hand(straight):
    values, arm, outcome, probability = straight
    given = lesson(values, arm, outcome, probability, LinearRegression)
    chance = probability[:, 1]
    left = outcome - (chance * given.mean[:, 1] + (1 - chance) * given.mean[:, 0])
    expected = least_squares(values, left / (arm - chance), (arm - chance) ** 2)
    np.testing.assert_allclose(fit_r(given, LINES).effect(ASKED)[:, 0], line(ASKED, expected), rtol=1e-9)


def test_dr_is_the_regression_of_kennedy_by_hand(straight):
    values, arm, outcome, probability = straight
    given = lesson(values, arm, outcome, probability, LinearRegression)
    chance = probability[:, 1]
    pseudo = (arm - chance) / (chance * (1 - chance)) * (outcome - given.mean[np.arange(600), arm]) + given.mean[:, 1] - given.mean[:, 0]
    np.testing.assert_allclose(fit_dr(given, LINES).effect(ASKED)[:, 0], line(ASKED, least_squares(values, pseudo)), rtol=1e-9)


def test_s_and_t_equal_scikit_uplift_with_the_same_trees():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(2000, 3))
    arm = rng.integers(0, 2, 2000)
    outcome = (rng.random(2000) < 0.3 + 0.2 * arm * (values[:, 0] > 0)).astype(float)

    def trees():
        return HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=6, early_stopping=False, random_state=0)

    given = lesson(values, arm, outcome, np.full((2000, 2), 0.5), trees)
    table = pd.DataFrame(values, columns=["a", "b", "c"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        two = TwoModels(trees(), trees(), method="vanilla").fit(table, pd.Series(outcome.astype(int)), pd.Series(arm)).predict(table)
        solo = SoloModel(trees()).fit(table, pd.Series(outcome.astype(int)), pd.Series(arm)).predict(table)
    np.testing.assert_allclose(fit_t(given, Makers(trees, LinearRegression)).effect(values)[:, 0], two, atol=1e-12)
    np.testing.assert_allclose(fit_s(given, Makers(trees, LinearRegression)).effect(values)[:, 0], solo, atol=1e-12)


@pytest.mark.parametrize("name", ["linear", "s", "t", "x", "r", "dr"])
def test_several_treatments_are_each_set_against_the_control(name):
    rng = np.random.default_rng(2)
    values, arm = rng.normal(size=(6000, 2)), rng.integers(0, 3, 6000)
    truth = np.column_stack([1.0 + 0.0 * values[:, 0], -0.5 + 0.0 * values[:, 0]])
    outcome = values[:, 0] + np.where(arm > 0, truth[np.arange(6000), arm - 1], 0.0) + rng.normal(size=6000)
    given = lesson(values, arm, outcome, np.full((6000, 3), 1 / 3), LinearRegression)
    (learner,) = chosen_learners([name])
    np.testing.assert_allclose(learner.fit(given, LINES).effect(values).mean(axis=0), [1.0, -0.5], atol=0.1)


def test_without_control_x_does_not_fall():
    given = lesson(np.zeros((50, 1)), np.ones(50, dtype=np.int64), np.ones(50), np.full((50, 2), 0.5), LinearRegression)
    assert np.isfinite(fit_x(given, LINES).effect(np.zeros((2, 1)))).all()


def test_an_unknown_learner_is_named_with_its_neighbour():
    with pytest.raises(UsageError, match="linear"):
        chosen_learners(["linera"])
    with pytest.raises(UsageError, match="at least one"):
        chosen_learners([])
