from __future__ import annotations

import numpy as np
import pytest

from segmentry.uplift.averages import averages
from segmentry.uplift.policy import doubly_robust, standard_error
from segmentry.uplift.question import Prices


def told(arm, outcome, scores=None, kind="yes/no", assigned="lot", prices=None):
    names = ("control", "a", "b")[: int(arm.max()) + 1]
    if scores is None:
        share = np.tile(np.bincount(arm) / len(arm), (len(arm), 1))
        scores = doubly_robust(np.zeros((len(arm), 0)), arm, outcome, probability=share, fold=np.arange(len(arm)) % 5)
    return averages(arm, outcome, scores, names=names, kind=kind, assigned=assigned, prices=prices, units=np.arange(len(arm)))


def shares(treated, control):
    """Return arms and outcomes from (yes, customers) each."""
    arm = np.repeat([1, 0], [treated[1], control[1]])
    return arm, np.concatenate([np.arange(many) < yes for yes, many in (treated, control)]).astype(float)


PRICES = Prices(10.0, (0.15,), (0.0,))


def test_response_rate_and_net_incremental_revenue_are_as_counted():
    (found,) = told(*shares((30, 1000), (10, 1000)), prices=PRICES)
    assert (found.treated, found.control) == (1000, 1000)
    assert found.counted.value == pytest.approx(0.02)
    # 30 purchases at 10, 1,000 contacts at .15, less 10 purchases of the control at 10.
    assert found.net_incremental_revenue == pytest.approx(300 - 150 - 100)
    assert found.net.value == pytest.approx(0.05)
    assert found.net_all.value == pytest.approx(0.05 * 2000)
    assert found.p < 0.01


def test_arms_of_different_size_have_no_campaign_figure_as_counted():
    (found,) = told(*shares((30, 1000), (20, 2000)), prices=PRICES)
    assert found.net_incremental_revenue is None
    assert found.net.value == pytest.approx(10 * 0.02 - 0.15)


def test_without_prices_there_is_no_money():
    (found,) = told(*shares((30, 1000), (10, 1000)))
    assert found.net is found.net_incremental_revenue is found.net_all is None


def test_a_discount_costs_where_it_is_used():
    (found,) = told(*shares((30, 1000), (10, 1000)), prices=Prices(10.0, (0.15,), (2.0,)))
    assert found.net.value == pytest.approx(0.03 * 8 - 0.01 * 10 - 0.15)
    assert found.net.low < found.net.value < found.net.high
    assert found.net_incremental_revenue == pytest.approx(30 * 8 - 150 - 100)


def test_money_is_tested_by_permutation_and_does_not_flatter_a_small_control():
    # The control is a tenth and the tail is long: Welch's test calls 15 % of such nulls a success.
    rng = np.random.default_rng(0)
    p = []
    for _ in range(25):
        arm = (np.arange(2000) >= 200).astype(int)
        outcome = (rng.random(2000) < 0.05) * rng.lognormal(0, 2, 2000)
        (found,) = told(arm, outcome, scores=np.zeros((2000, 2)), kind="money")
        p.append(found.p)
    # 5 % of 25; 6 or more happen once in 800.
    assert sum(each < 0.05 for each in p) < 6


def test_logged_choices_are_told_by_doubly_robust_scores():
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 2, 20_000)
    chance = np.where(kind == 1, 0.2, 0.8)
    arm = (rng.random(20_000) < chance).astype(int)
    outcome = (rng.random(20_000) < 0.1 + 0.3 * kind + 0.05 * arm).astype(float)
    probability = np.column_stack([1 - chance, chance])
    scores = doubly_robust(np.zeros((20_000, 0)), arm, outcome, probability=probability, fold=np.arange(20_000) % 5)
    (found,) = told(arm, outcome, scores, assigned="logged", prices=PRICES)
    assert found.counted.value < 0
    assert found.effect.low < 0.05 < found.effect.high
    assert found.p < 0.01
    assert found.net.value == pytest.approx(10 * found.effect.value - 0.15)
    assert found.net_incremental_revenue is None


def test_every_treatment_has_its_row():
    rng = np.random.default_rng(2)
    arm = rng.integers(0, 3, 9000)
    outcome = np.array([0.0, 1.0, -1.0])[arm] + rng.normal(size=9000)
    found = told(arm, outcome, kind="number", prices=Prices(1.0, (0.5, 0.5), (0.0, 0.0)))
    assert [each.name for each in found] == ["a", "b"]
    assert [each.counted.value for each in found] == pytest.approx([1, -1], abs=0.1)
    assert [each.effect.value for each in found] == pytest.approx([1, -1], abs=0.1)


def test_constant_arms_differ_without_evidence():
    (found,) = told(np.repeat([0, 1], 50), np.repeat([1.0, 2.0], 50), kind="number")
    assert (found.counted.value, found.p) == (1.0, 1.0)


def test_what_features_explain_makes_the_effect_surer():
    rng = np.random.default_rng(3)
    values, arm = rng.normal(size=(3000, 1)), rng.integers(0, 2, 3000)
    outcome = 3 * values[:, 0] + rng.normal(size=3000)
    scores = doubly_robust(values, arm, outcome, probability=np.full((3000, 2), 0.5), fold=np.arange(3000) % 5)
    (found,) = told(arm, outcome, scores, kind="number")
    assert found.effect.high - found.effect.low < 0.6 * (found.counted.high - found.counted.low)
    assert standard_error(scores[:, 1] - scores[:, 0]) < 0.07
