from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import check_no_attributes_set_in_init, check_parameters_default_constructible

from segmentry.errors import NotEnoughData, UsageError
from segmentry.uplift.estimators import LEARNERS, DRLearner, LinearLearner, TLearner


def shell(kind):
    """Return a learner of straight lines: quick."""
    lines = {name: LinearRegression() for name in ("outcome", "effect") if name in inspect.signature(kind).parameters}
    return kind(**lines)


EACH = pytest.mark.parametrize("kind", LEARNERS, ids=lambda kind: kind.__name__)


def trial(count=600, arms=2, seed=0):
    rng = np.random.default_rng(seed)
    values, arm = rng.normal(size=(count, 3)), rng.permutation(np.arange(count) % arms)
    outcome = values[:, 0] + np.where(arm > 0, arm * (1 + values[:, 1]), 0) + 0.3 * rng.normal(size=count)
    return values, arm, outcome


@EACH
def test_conventions_of_scikit_learn_hold(kind):
    check_parameters_default_constructible(kind.__name__, kind())
    check_no_attributes_set_in_init(kind.__name__, kind())
    values, arm, outcome = trial()
    model = shell(kind)
    before = {name: repr(value) for name, value in model.get_params().items()}
    with pytest.raises(NotFittedError):
        model.predict(values)
    assert model.fit(values, arm, outcome) is model
    assert {name: repr(value) for name, value in model.get_params().items()} == before
    assert model.n_features_in_ == 3
    with pytest.raises(ValueError, match="features"):
        model.predict(values[:, :2])
    again = clone(model)
    assert not hasattr(again, "effect_")
    assert (again.fit(values, arm, outcome).effect_ == model.effect_).all()


@EACH
def test_effects_are_of_the_planted_size(kind):
    values, arm, outcome = trial(3000)
    asked = np.random.default_rng(9).uniform(-1.5, 1.5, size=(400, 3))
    found = shell(kind).fit(values, arm, outcome).predict(asked)[:, 0]
    truth = 1 + (asked[:, 1] if kind.__name__ != "SLearner" else 0 * asked[:, 1])
    assert found == pytest.approx(truth, abs=0.35)


@EACH
def test_no_in_sample_value_is_returned(kind):
    values, arm, outcome = trial()
    model = shell(kind).fit(values, arm, outcome)
    assert (model.predict(values) == model.effect_).all()
    # Another outcome of one customer changes what is said of others, and not what is said of that customer.
    changed = outcome.copy()
    changed[17] += 50
    other = shell(kind).fit(values, arm, changed)
    if model.trained_.fold.tolist() == other.trained_.fold.tolist():
        assert other.predict(values)[17] == model.predict(values)[17]
    assert (other.predict(values) != model.predict(values)).mean() > 0.5


def test_twins_are_told_by_the_learner_that_saw_neither():
    values, arm, outcome = trial()
    values[300:] = values[:300]
    model = TLearner(LinearRegression()).fit(values, arm, outcome)
    assert (model.effect_[:300] == model.effect_[300:]).all()
    assert (model.predict(values[:300]) == model.effect_[:300]).all()


def test_a_new_row_is_told_by_the_mean_of_all_folds():
    values, arm, outcome = trial()
    model = TLearner(LinearRegression()).fit(values, arm, outcome)
    asked = np.array([[0.1, 0.2, 0.3]])
    assert model.predict(asked) == pytest.approx(np.mean([each.effect(asked) for each in model.trained_.models], axis=0))


@EACH
def test_the_order_of_rows_changes_nothing(kind):
    values, arm, outcome = trial()
    order = np.random.default_rng(1).permutation(600)
    one, other = shell(kind).fit(values, arm, outcome), shell(kind).fit(values[order], arm[order], outcome[order])
    assert (one.effect_[order] == other.effect_).all()


@EACH
def test_scaling_money_scales_effects(kind):
    values, arm, outcome = trial()
    one, other = (shell(kind).fit(values, arm, outcome * scale).effect_ for scale in (1.0, 1000.0))
    np.testing.assert_allclose(other, one * 1000, rtol=1e-6, atol=1e-6)


@EACH
def test_several_named_treatments_have_a_column_each(kind):
    values, arm, outcome = trial(1500, arms=3)
    model = shell(kind).fit(values, np.array(["a control", "letter", "offer"])[arm], outcome)
    assert model.arms_.tolist() == ["a control", "letter", "offer"]
    assert model.effect_.shape == (1500, 2)
    assert model.effect_.mean(axis=0) == pytest.approx([1, 2], abs=0.25)


def test_default_trees_take_missing_values():
    values, arm, outcome = trial(400)
    values[::7, 0] = np.nan
    assert np.isfinite(DRLearner().fit(values, arm, outcome).predict(values)).all()


def test_logged_probabilities_put_a_choice_right():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(20_000, 1))
    chance = 1 / (1 + np.exp(1.5 * values[:, 0]))
    arm = (rng.random(20_000) < chance).astype(int)
    outcome = np.abs(values[:, 0]) * 3 + values[:, 0] + 0.5 * arm + rng.normal(size=20_000)
    model = DRLearner(LinearRegression(), LinearRegression())
    right = model.fit(values, arm, outcome, probability=np.column_stack([1 - chance, chance])).effect_.mean()
    assert right == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"treatment": np.zeros(600)}, NotEnoughData, "found 1 arm"),
        ({"treatment": np.r_[np.ones(3), np.zeros(597)]}, NotEnoughData, "the smallest of 3"),
        ({"treatment": np.zeros(5)}, UsageError, "treatments have shape"),
        ({"probability": np.ones((600, 3))}, UsageError, "probabilities have shape"),
        ({"probability": np.tile([1.0, 0.0], (600, 1))}, UsageError, "above 0"),
        ({"groups": np.zeros(5)}, UsageError, "groups have shape"),
        ({"y": np.full(600, np.nan)}, ValueError, "NaN"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, words):
    values, arm, outcome = trial()
    given = {"treatment": arm, "y": outcome, **change}
    with pytest.raises(error, match=words):
        LinearLearner().fit(values, **given)


def test_households_stay_together():
    values, arm, outcome = trial()
    households = np.arange(600) // 2
    model = LinearLearner().fit(values, arm, outcome, groups=households)
    changed = outcome.copy()
    changed[0] += 100.0
    other = LinearLearner().fit(values, arm, changed, groups=households)
    assert np.isfinite(model.effect_).all()
    assert model.effect_.shape == other.effect_.shape


def test_equal_outcomes_are_no_effect():
    values, arm, _ = trial()
    assert LinearLearner().fit(values, arm, np.ones(600)).effect_ == pytest.approx(0, abs=1e-9)
