from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from segmentry.errors import Degenerate
from segmentry.uplift.models import Constant, Fitted, effect_maker, fit_expected, outcome_maker


def rows(count=200):
    values = np.random.default_rng(0).normal(size=(count, 2))
    return values, (values[:, 0] > 0).astype(float)


def test_a_classifier_answers_by_the_probability_of_yes_and_a_regressor_by_its_prediction():
    values, target = rows()
    proba = fit_expected(LogisticRegression, values, target).expect(values)
    np.testing.assert_allclose(proba, LogisticRegression().fit(values, target.astype(int)).predict_proba(values)[:, 1])
    np.testing.assert_allclose(
        fit_expected(LinearRegression, values, target).expect(values), LinearRegression().fit(values, target).predict(values)
    )


@pytest.mark.parametrize("target", [np.zeros(200), np.r_[np.ones(2), np.zeros(198)]])
def test_where_next_to_nobody_differs_the_mean_answers(target):
    found = fit_expected(LogisticRegression, rows()[0], target)
    assert found == Constant(target.mean())


def test_too_few_rows_are_answered_by_their_weighted_mean_and_none_by_0():
    assert fit_expected(LinearRegression, np.zeros((2, 1)), np.array([0.0, 3.0]), np.array([1.0, 2.0])) == Constant(2.0)
    assert fit_expected(LinearRegression, np.zeros((0, 1)), np.zeros(0)) == Constant(0.0)


def test_values_that_are_not_finite_are_refused():
    class Broken:
        def predict(self, values):
            return np.full(len(values), np.inf)

    with pytest.raises(Degenerate, match="2 values that are not finite"):
        Fitted(Broken()).expect(np.zeros((2, 1)))


def test_yes_and_no_get_a_classifier_and_money_a_regressor():
    assert hasattr(outcome_maker(np.array([0.0, 1.0]))(), "predict_proba")
    assert not hasattr(outcome_maker(np.array([0.0, 2.5]))(), "predict_proba")


def test_default_models_take_missing_values_and_codes_of_categories_with_more_columns_behind():
    values, target = rows()
    values[:, 1] = np.arange(200) % 3
    values[:50, 0] = np.nan
    model = fit_expected(outcome_maker(target, categories=(False, True)), np.column_stack([values, target]), target)
    assert np.isfinite(model.expect(np.column_stack([values, target]))).all()
    assert np.isfinite(fit_expected(effect_maker(200), values, target).expect(values)).all()
