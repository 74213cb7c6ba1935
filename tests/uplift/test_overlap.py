from __future__ import annotations

import numpy as np
import pytest

from segmentry.matrix import Column, Matrix
from segmentry.uplift.overlap import Dealt, balance


def matrix(values, kinds=None):
    kinds = kinds or ["number"] * values.shape[1]
    columns = tuple(Column(f"x{place}", f"X{place}", kind) for place, kind in enumerate(kinds))
    return Matrix(np.arange(len(values)).astype(str).astype(object), columns, values)


def checked(values, arm, probability=None, assigned="lot", **more):
    arms = int(arm.max()) + 1
    share = np.tile(np.bincount(arm) / len(arm), (len(arm), 1)) if probability is None else probability
    dealt = Dealt(arm, ("control", "a", "b")[:arms], share, assigned)
    return balance(matrix(values, **more), dealt, fold=np.arange(len(arm)) % 5, units=np.arange(len(arm)))


def test_a_lot_is_alike_and_the_largest_difference_is_near_the_expected():
    rng = np.random.default_rng(0)
    found = checked(rng.normal(size=(3000, 8)), rng.permutation(np.arange(3000) % 2))
    assert found.alike
    assert 0.3 < found.largest / found.expected < 2
    assert found.auc.low < 0.5 < found.auc.high
    assert found.lowest == found.highest == 0.5
    assert found.supported == 1
    assert "were alike" in found.words


def test_lots_are_refused_as_rarely_as_promised():
    rng = np.random.default_rng(1)
    p = []
    for _ in range(12):
        values = np.column_stack([rng.lognormal(0, 2, 600), rng.integers(0, 4, 600), rng.normal(size=600)])
        p.append(checked(values, (rng.random(600) < 0.2).astype(int)).p)
    # 5 % of 12; 5 or more happen once in 5,400.
    assert sum(each < 0.05 for each in p) < 5
    assert min(p) > 1e-4


def test_expected_is_the_largest_of_standard_normals():
    rng = np.random.default_rng(2)
    found = checked(rng.normal(size=(4000, 10)), rng.permutation(np.arange(4000) % 2))
    simulated = np.abs(rng.normal(size=(4000, 10))).max(axis=1).mean() * 2 / np.sqrt(4000)
    assert found.expected == pytest.approx(simulated, rel=0.05)


def test_a_choice_by_a_column_is_seen():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(2000, 4))
    arm = (rng.random(2000) < 1 / (1 + np.exp(-values[:, 2]))).astype(int)
    found = checked(values, arm)
    assert not found.alike
    assert found.columns[0].column == "x2"
    assert found.columns[0].p < 1e-6
    assert found.columns[0].difference > 0.5
    assert found.auc.low > 0.6
    assert "not alike" in found.words


def test_a_choice_by_a_combination_is_seen_by_guessing_although_means_are_alike():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(4000, 3))
    arm = (rng.random(4000) < 0.5 + 0.3 * np.sign(values[:, 0] * values[:, 1])).astype(int)
    found = checked(values, arm)
    assert found.largest < 4 * found.expected
    assert not found.alike
    assert found.auc.low > 0.55


def test_logged_choices_are_alike_after_weighting_and_wrong_logs_are_seen():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(4000, 3))
    chance = np.clip(0.5 + 0.3 * values[:, 0], 0.1, 0.9)
    arm = (rng.random(4000) < chance).astype(int)
    right = checked(values, arm, np.column_stack([1 - chance, chance]), "logged")
    wrong = checked(values, arm, np.full((4000, 2), 0.5), "logged")
    assert right.alike
    assert right.lowest >= 0.1 - 1e-9
    assert not wrong.alike


def test_missing_values_and_levels_are_compared_too():
    rng = np.random.default_rng(6)
    arm = rng.integers(0, 2, 2000)
    values = np.column_stack([rng.normal(size=2000), rng.integers(0, 3, 2000)]).astype(float)
    values[(arm == 1) & (rng.random(2000) < 0.3), 0] = np.nan
    found = checked(values, arm, kinds=["number", "category"])
    assert found.columns[0].column == "x0"
    assert found.columns[0].difference > 0.3


def test_the_worst_of_several_treatments_counts():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(3000, 2))
    arm = rng.integers(0, 2, 3000)
    arm[(values[:, 0] > 0.5) & (rng.random(3000) < 0.5)] = 2
    found = checked(values, arm)
    assert not found.alike
    assert found.auc.value > 0.7


def test_customers_who_could_not_have_got_an_arm_are_counted():
    probability = np.full((1000, 2), 0.5)
    probability[:100] = [0.999, 0.001]
    rng = np.random.default_rng(8)
    found = checked(rng.normal(size=(1000, 2)), (rng.random(1000) < probability[:, 1]).astype(int), probability, "logged")
    assert found.supported == pytest.approx(0.9)
    assert "10% of the customers" in found.words
