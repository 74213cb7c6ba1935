"""The two plain columns."""

from __future__ import annotations

import numpy as np
from tests.propensity.making import as_matrix, planted

from segmentry.propensity.baseline import best_two, fit_two
from segmentry.propensity.candidates import set_task


def test_the_second_column_is_no_restatement_of_the_first():
    data, outcome = planted(500)
    points = np.column_stack([data.values, data.values[:, 0] * 2 + 1e-9])
    assert best_two(points, outcome) in ([0, 1], [5, 1])


def test_a_single_column_is_enough():
    data, outcome = planted(200)
    fit = fit_two(set_task(as_matrix(data.values[:, :1]), outcome, np.arange(200) % 3, rounds=0, seed=0))
    assert np.count_nonzero(fit.model.weights) == 1


def test_only_two_columns_have_weight():
    data, outcome = planted(300)
    fit = fit_two(set_task(data, outcome, np.arange(300) % 3, rounds=0, seed=0))
    assert np.flatnonzero(fit.model.weights).tolist() == [0, 1]
    assert fit.setting == "x0 and x1"
