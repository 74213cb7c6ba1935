from __future__ import annotations

import numpy as np
import pytest

from segmentry.matrix import Column, Matrix
from segmentry.uplift.drivers import drivers


def told(expected, gained, values, given=None, **more):
    columns = tuple(Column(f"x{place}", f"X{place}") for place in range(values.shape[1]))
    matrix = Matrix(np.arange(len(values)).astype(str).astype(object), columns, values)
    given = np.arange(len(values)) % 2 if given is None else given
    return drivers(matrix, expected, gained, given=given, arm=1, units=np.arange(len(values)), **more)


def test_the_column_that_effects_hang_on_comes_first_with_measured_effects():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 3))
    truth = np.where(values[:, 1] > 0, 2.0, 0.0)
    found = told(truth, truth + rng.normal(size=4000), values)
    assert found[0].column == "x1"
    assert found[0].share > 0.95
    assert found[0].p < 1e-10
    assert found[1].share < 0.05
    assert [group.effect.value for group in found[0].groups] == pytest.approx([0, 0, 2, 2], abs=0.15)
    assert sum(group.customers for group in found[0].groups) == 4000


def test_groups_with_fewer_than_five_customers_of_an_arm_are_not_shown():
    values = np.r_[np.zeros(100), np.ones(8)][:, None]
    given = np.r_[np.arange(100) % 2, np.zeros(4), np.ones(4)].astype(int)
    found = told(values[:, 0], values[:, 0] + np.arange(108), values, given)
    assert [group.label for group in found[0].groups] == ["0"]


def test_effects_that_are_the_same_for_all_hang_on_nothing():
    assert told(np.zeros(50), np.arange(50.0), np.random.default_rng(1).normal(size=(50, 2))) == ()


def test_no_more_are_shown_than_asked_for():
    rng = np.random.default_rng(2)
    assert len(told(rng.normal(size=300), rng.normal(size=300), rng.normal(size=(300, 9)), shown=4)) == 4
