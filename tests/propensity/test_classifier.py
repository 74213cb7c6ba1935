"""The scikit-learn shell."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator
from tests.propensity.making import planted

from segmentry.errors import UsageError
from segmentry.propensity.classifier import Propensity


@pytest.mark.parametrize("estimator", [Propensity("logistic", folds=3)], ids=repr)
def test_the_checks_of_scikit_learn_pass(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(estimator, on_fail=None)
    assert [(each["check_name"], str(each["exception"])) for each in results if each["status"] == "failed"] == []
    assert sum(each["status"] == "passed" for each in results) > 35


def test_the_order_of_the_rows_changes_no_bit():
    data, outcome = planted(200)
    order = np.random.default_rng(0).permutation(200)
    straight, shuffled = (Propensity(folds=3).fit(data.values[rows], outcome[rows]) for rows in (np.arange(200), order))
    assert straight.predict_proba(data.values).tobytes() == shuffled.predict_proba(data.values).tobytes()
    assert straight.scores_[order].tobytes() == shuffled.scores_.tobytes()


def test_labels_may_be_words_and_probabilities_sum_to_one():
    data, outcome = planted(200)
    model = Propensity("logistic", folds=3).fit(data.values, np.where(outcome == 1, "yes", "no"))
    assert model.classes_.tolist() == ["no", "yes"]
    assert np.allclose(model.predict_proba(data.values).sum(axis=1), 1)
    assert (model.predict(data.values) == np.where(outcome == 1, "yes", "no")).mean() > 0.7


def test_groups_of_the_wrong_length_are_named():
    data, outcome = planted(100)
    with pytest.raises(UsageError, match="groups have shape"):
        Propensity().fit(data.values, outcome, groups=np.zeros(3))
