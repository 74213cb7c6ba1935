from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from segmentry.errors import UsageError
from segmentry.uplift.policy import best_arm, doubly_robust, net, policy_value, standard_error


def logged(seed, count=4000):
    """A choice that hangs on what customers do anyway: the treated look worse than they are."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 2))
    treated = 1 / (1 + np.exp(1.2 * values[:, 0]))
    probability = np.column_stack([1 - treated, treated])
    arm = (rng.random(count) < treated).astype(np.int64)
    outcome = values[:, 0] + 0.5 * arm + rng.normal(size=count)
    return values, arm, outcome, probability, np.arange(count) % 5


def test_the_effect_is_unbiased_with_logged_probabilities_although_the_naive_sign_is_wrong():
    errors, naive = [], []
    for seed in range(40):
        values, arm, outcome, probability, fold = logged(seed)
        scores = doubly_robust(values, arm, outcome, probability=probability, fold=fold, make=LinearRegression)
        gained = scores[:, 1] - scores[:, 0]
        errors.append((gained.mean() - 0.5) / standard_error(gained))
        naive.append(outcome[arm == 1].mean() - outcome[arm == 0].mean())
    assert max(naive) < 0
    # The mean of 40 standard normals is within ±3.29/√40 in 999 of 1,000 cases.
    assert abs(np.mean(errors)) < 3.29 / np.sqrt(40)
    assert 0.6 < np.std(errors) < 1.4


def test_it_stays_unbiased_when_the_outcome_model_is_useless():
    _values, arm, outcome, probability, fold = logged(3, 60_000)
    scores = doubly_robust(np.zeros((60_000, 0)), arm, outcome, probability=probability, fold=fold)
    gained = scores[:, 1] - scores[:, 0]
    assert abs(gained.mean() - 0.5) < 3.29 * standard_error(gained)


def test_with_constant_models_the_scores_are_the_formula_by_hand():
    arm, outcome, fold = np.array([0, 1, 0, 1]), np.array([2.0, 8.0, 4.0, 6.0]), np.array([0, 0, 1, 1])
    probability = np.full((4, 2), 0.5)
    scores = doubly_robust(np.zeros((4, 1)), arm, outcome, probability=probability, fold=fold)
    # Of the other fold: control 4 and treated 6 for the first two, 2 and 8 for the others.
    expected = [[4 + (2 - 4) / 0.5, 6], [4, 6 + (8 - 6) / 0.5], [2 + (4 - 2) / 0.5, 8], [2, 8 + (6 - 8) / 0.5]]
    assert scores.tolist() == expected


def test_three_arms_have_a_score_each():
    rng = np.random.default_rng(1)
    arm = rng.integers(0, 3, 30_000)
    outcome = np.array([0.0, 1.0, -2.0])[arm] + rng.normal(size=30_000)
    scores = doubly_robust(
        rng.normal(size=(30_000, 1)),
        arm,
        outcome,
        probability=np.full((30_000, 3), 1 / 3),
        fold=np.arange(30_000) % 3,
        make=LinearRegression,
    )
    assert scores.mean(axis=0) == pytest.approx([0, 1, -2], abs=0.05)


def test_the_paired_difference_forgets_what_two_policies_agree_on():
    scores = np.random.default_rng(2).normal(size=(1000, 2)) * 10
    policy = np.ones(1000, dtype=int)
    rival = policy.copy()
    rival[:20] = 0
    apart = policy_value(scores, policy)
    paired = policy_value(scores, policy, rival=rival)
    assert paired.value == pytest.approx(apart.value - policy_value(scores, rival).value)
    assert paired.high - paired.low < 0.3 * (apart.high - apart.low)
    same = policy_value(scores, policy, rival=policy)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_learned_policies_get_the_wider_interval():
    scores = np.random.default_rng(3).normal(size=(500, 2))
    plain, wider = (policy_value(scores, np.ones(500, dtype=int), folds=folds) for folds in (None, 5))
    assert (wider.high - wider.low) / (plain.high - plain.low) == pytest.approx(1.5)


def test_customers_of_one_unit_count_as_one():
    gained = np.repeat(np.random.default_rng(4).normal(size=400), 3)
    assert standard_error(gained, np.repeat(np.arange(400), 3)) == pytest.approx(standard_error(gained[::3]))


def test_money_is_net_of_contacts_and_of_conversions():
    scores = np.array([[0.1, 0.3]])
    assert net(scores, revenue=10.0, contact=[0.0, 0.15], conversion=[0.0, 2.0]).tolist() == [[1.0, pytest.approx(0.3 * 8 - 0.15)]]


def test_the_best_arm_is_none_where_nothing_pays():
    effect = np.array([[0.02, 0.05], [0.02, 0.0], [-0.1, -0.2]])
    assert best_arm(effect, revenue=10.0, contact=[0.15, 0.45]).tolist() == [1, 1, 0]


@pytest.mark.parametrize("broken", ["probability", "shape", "policy"])
def test_what_does_not_fit_is_refused_in_words(broken):
    arm, outcome, fold, probability = np.array([0, 1]), np.array([0.0, 1.0]), np.array([0, 1]), np.full((2, 2), 0.5)
    if broken == "policy":
        with pytest.raises(UsageError, match="one arm of the scores per customer"):
            policy_value(np.zeros((2, 2)), np.array([0, 2]))
        return
    if broken == "probability":
        probability = np.array([[1.0, 0.0], [0.5, 0.5]])
    else:
        fold = np.array([0])
    with pytest.raises(UsageError):
        doubly_robust(np.zeros((2, 1)), arm, outcome, probability=probability, fold=fold)
