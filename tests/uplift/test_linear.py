from __future__ import annotations

import numpy as np
import pytest

from segmentry.uplift.linear import fit_linear, ridge
from segmentry.uplift.models import Constant
from segmentry.uplift.nuisance import Lesson


def lesson(values, arm, outcome, arms=2):
    shape = (len(arm), arms)
    return Lesson(values, arm, outcome, np.full(shape, 1 / arms), np.zeros(shape), (Constant(0.0),) * arms)


def test_a_planted_line_is_found():
    rng = np.random.default_rng(0)
    values, arm = rng.normal(size=(5000, 3)), rng.integers(0, 2, 5000)
    outcome = 3 * values[:, 0] + arm * (0.2 + values[:, 1]) + rng.normal(size=5000)
    found = fit_linear(lesson(values, arm, outcome)).effect(values)[:, 0]
    assert np.corrcoef(found, values[:, 1])[0, 1] > 0.97
    assert found.mean() == pytest.approx(0.2, abs=0.1)


def test_levels_of_a_category_have_effects_of_their_own():
    rng = np.random.default_rng(1)
    values, arm = rng.integers(0, 3, (6000, 1)).astype(float), rng.integers(0, 2, 6000)
    outcome = arm * np.array([1.0, -1.0, 0.5])[values[:, 0].astype(int)] + rng.normal(size=6000)
    found = fit_linear(lesson(values, arm, outcome), (True,)).effect(np.array([[0.0], [1.0], [2.0]]))[:, 0]
    assert found == pytest.approx([1.0, -1.0, 0.5], abs=0.15)


def test_differences_are_shrunken_where_there_are_none_and_the_average_is_not():
    rng = np.random.default_rng(2)
    values, arm = rng.normal(size=(2000, 10)), rng.integers(0, 2, 2000)
    found = fit_linear(lesson(values, arm, 0.5 * arm + rng.normal(size=2000))).effect(values)[:, 0]
    assert found.mean() == pytest.approx(0.5, abs=0.15)
    assert found.std() < 0.1


def test_scaling_money_scales_effects():
    rng = np.random.default_rng(3)
    values, arm = rng.normal(size=(500, 3)), rng.integers(0, 2, 500)
    outcome = values[:, 0] * arm + rng.normal(size=500)
    one, other = (fit_linear(lesson(values, arm, outcome * scale)).effect(values) for scale in (1.0, 1e6))
    np.testing.assert_allclose(other, one * 1e6, rtol=1e-8)


def test_more_columns_than_customers_give_a_finite_answer():
    rng = np.random.default_rng(4)
    values, arm = rng.normal(size=(120, 600)), rng.integers(0, 2, 120)
    found = fit_linear(lesson(values, arm, rng.normal(size=120))).effect(values)
    assert np.isfinite(found).all()
    assert found.std() < 1


def test_a_ridge_of_nothing_is_nothing():
    assert ridge(np.zeros((5, 0)), np.ones(5)).shape == (0,)
    assert ridge(np.ones((5, 2)), np.zeros(5)).tolist() == [0, 0]
