from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import cauchy, norm

from segmentry.uplift.heterogeneity import evidence, first_weights, joined_p, order_statistic, standing, upper_p


def test_the_statistic_is_standard_normal_for_an_order_made_elsewhere():
    rng = np.random.default_rng(0)
    fold, units = np.repeat(np.arange(5), 200), np.arange(1000)
    found = []
    for _ in range(400):
        gained = rng.normal(size=1000) + 0.3
        weight = 0.5 - standing(rng.normal(size=1000), fold)
        # Without learning from each other the folds are independent, so that the factor for it is taken back.
        found.append(order_statistic(gained, weight, fold=fold, units=units) * 1.5)
    assert abs(np.mean(found)) < 3.29 / 20
    assert 0.88 < np.std(found) < 1.12


def test_an_order_that_is_right_is_found_whatever_the_average():
    rng = np.random.default_rng(1)
    effect = rng.normal(size=2000)
    fold, units = np.arange(2000) % 5, np.arange(2000)
    weight = 0.5 - standing(effect, fold)
    both = [order_statistic(effect + 5 * rng.normal(size=2000) + average, weight, fold=fold, units=units) for average in (0.0, -100.0)]
    assert min(both) > 3


def test_units_count_once():
    rng = np.random.default_rng(2)
    gained, score = rng.normal(size=500), rng.normal(size=500)
    fold = np.arange(500) % 5
    once = order_statistic(gained, 0.5 - standing(score, fold), fold=fold, units=np.arange(500))
    repeated = [np.repeat(each, 4) for each in (gained, score, fold, np.arange(500))]
    weight = 0.5 - standing(repeated[1], repeated[2])
    again = order_statistic(repeated[0], weight, fold=repeated[2], units=repeated[3])
    blind = order_statistic(repeated[0], weight, fold=repeated[2], units=np.arange(2000))
    assert again == pytest.approx(once)
    assert blind == pytest.approx(2 * once)


def test_where_nothing_is_ordered_the_statistic_is_0():
    fold = np.arange(100) % 5
    weight = 0.5 - standing(np.zeros(100), fold)
    assert order_statistic(np.random.default_rng(3).normal(size=100), weight, fold=fold, units=np.arange(100)) == 0


def test_autoc_is_the_mean_over_depths_of_the_surplus_of_the_first():
    rng = np.random.default_rng(4)
    gained, score = rng.normal(size=50), rng.normal(size=50)
    order = np.argsort(-score)
    surplus = [gained[order[: depth + 1]].mean() - gained.mean() for depth in range(50)]
    weight = first_weights(score, np.zeros(50, dtype=int))
    assert (weight * gained).mean() == pytest.approx(np.mean(surplus))
    assert weight.sum() == pytest.approx(0, abs=1e-10)


def test_equal_scores_share_their_weight():
    weight = first_weights(np.array([1.0, 1.0, 0.0]), np.zeros(3, dtype=int))
    assert weight.tolist() == pytest.approx([1 / 3, 1 / 3, -2 / 3])
    assert standing(np.array([1.0, 1.0, 0.0]), np.zeros(3, dtype=int)).tolist() == pytest.approx([1 / 3, 1 / 3, 5 / 6])


def test_the_joint_p_value_is_that_of_cauchy():
    p = [0.003, 0.2, 0.6]
    assert joined_p(p) == pytest.approx(cauchy.sf(np.mean(cauchy.isf(p))))
    assert joined_p([1e-40, 0.5]) < 1e-14
    assert joined_p([1.0, 1.0]) == pytest.approx(0.99)


def test_the_joint_p_value_does_not_lie_when_learners_hang_together():
    rng = np.random.default_rng(5)
    common = rng.normal(size=(20_000, 1))
    for share in (0.0, 0.7, 1.0):
        z = math.sqrt(share) * common + math.sqrt(1 - share) * rng.normal(size=(20_000, 6))
        rate = np.mean([joined_p(each) <= 0.01 for each in norm.sf(z)])
        # 1 % of 20,000, and 3.29 standard deviations.
        assert rate < 0.01 + 3.29 * math.sqrt(0.01 * 0.99 / 20_000)


def test_several_treatments_pay_for_being_asked():
    one = evidence({1: [0.008]}, learners=1, folds=5)
    two = evidence({1: [0.008], 2: [0.9]}, learners=1, folds=5)
    assert one.found
    assert not two.found
    assert two.p == pytest.approx(0.016)
    assert "no evidence that customers differ" in two.words


def test_p_is_never_0():
    assert 0 < upper_p(100.0) < 1e-200
