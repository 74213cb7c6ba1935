from __future__ import annotations

import warnings

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.uplift.curves import auuc, first_share, gain_curves, qini, qini_curve, uplift_at, uplift_curve

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sklift.metrics import metrics as peer


def cases():
    rng = np.random.default_rng(4)
    for place in range(60):
        count = int(rng.integers(20, 400))
        outcome = (rng.random(count) < rng.uniform(0.05, 0.9)).astype(int)
        treatment = (rng.random(count) < rng.uniform(0.1, 0.9)).astype(int)
        # Every third with many ties.
        score = rng.normal(size=count) if place % 3 else rng.integers(0, 4, count).astype(float)
        yield outcome, score, treatment


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (qini_curve, peer.qini_curve),
        (uplift_curve, peer.uplift_curve),
        (qini, peer.qini_auc_score),
        (auuc, peer.uplift_auc_score),
    ],
)
def test_curves_and_areas_equal_those_of_scikit_uplift_ties_included(ours, theirs):
    for case in cases():
        np.testing.assert_allclose(np.array(ours(*case)), np.array(theirs(*case)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("how", "strategy"), [("overall", "overall"), ("by arm", "by_group")])
def test_uplift_of_the_first_equals_that_of_scikit_uplift_without_ties(how, strategy):
    rng = np.random.default_rng(5)
    for share in (0.1, 0.3, 0.5):
        outcome, treatment, score = rng.integers(0, 2, 300), rng.integers(0, 2, 300), rng.normal(size=300)
        expected = peer.uplift_at_k(outcome, score, treatment, strategy=strategy, k=share)
        assert uplift_at(outcome, score, treatment, share=share, how=how) == pytest.approx(expected, abs=1e-12)


def test_equals_at_the_cut_count_in_part_whatever_the_order_of_the_rows():
    outcome, treatment, score = np.array([1, 0, 0, 1, 0, 0]), np.array([1, 0, 1, 1, 0, 0]), np.array([3.0, 3.0, 1.0, 1.0, 1.0, 1.0])
    found = [uplift_at(outcome[order], score[order], treatment[order], share=0.7) for order in (np.arange(6), np.arange(6)[::-1])]
    # Four of six: the two of score 3, and half of each of the others: 1.5 of 2 treated yes, 0 of the control.
    assert found == pytest.approx([1.5 / 2, 1.5 / 2])


def test_a_perfect_order_has_area_one_and_its_reverse_is_below_nothing():
    outcome, treatment = np.array([1, 1, 0, 0, 1, 1, 0, 0]), np.array([1, 1, 1, 1, 0, 0, 0, 0])
    best = outcome * (2 * treatment - 1.0)
    assert qini(outcome, best, treatment) == pytest.approx(1.0)
    assert qini(outcome, -best, treatment) < 0


def test_weights_of_equal_probabilities_change_nothing():
    outcome, score, treatment = next(cases())
    weight = np.where(treatment == 1, 4.0, 1.5)
    assert qini(outcome, score, treatment, weight=weight) == pytest.approx(qini(outcome, score, treatment), abs=1e-12)
    assert auuc(outcome, score, treatment, weight=weight) == pytest.approx(auuc(outcome, score, treatment), abs=1e-12)


def test_weights_put_a_logged_choice_right():
    rng = np.random.default_rng(6)
    kind = rng.integers(0, 2, 40_000)
    chance = np.where(kind == 1, 0.8, 0.2)
    treatment = (rng.random(40_000) < chance).astype(int)
    # The second kind buys more anyway, and nobody is changed.
    outcome = (rng.random(40_000) < 0.1 + 0.3 * kind).astype(int)
    weight = 1 / np.where(treatment == 1, chance, 1 - chance)
    score = rng.normal(size=40_000)
    assert abs(uplift_curve(outcome, score, treatment, weight=weight)[1][-1] / 40_000) < 0.015
    assert uplift_curve(outcome, score, treatment)[1][-1] / 40_000 > 0.15


def test_a_part_of_every_fold_is_first():
    share = first_share(np.array([5.0, 4.0, 3.0, 2.0, 90.0, 80.0]), np.array([0, 0, 0, 0, 1, 1]), 0.5)
    assert share.tolist() == [1, 1, 0, 0, 1, 0]


def test_gain_curves_end_at_treat_all_and_random_is_a_straight_line():
    rng = np.random.default_rng(7)
    expected = rng.normal(size=900)
    gained = expected + rng.normal(size=900) + 0.3
    fold = np.arange(900) % 3
    best, random = gain_curves(gained, {"uplift": ("by effect", expected)}, fold=fold, units=np.arange(900), points=11, resamples=100)
    assert best.gain[0] == 0
    assert [best.gain[-1], random.gain[-1]] == pytest.approx([gained.mean()] * 2)
    assert random.gain == pytest.approx(np.linspace(0, gained.mean(), 11))
    assert best.gain[5] > random.high[5]
    assert all(low <= value <= high for low, value, high in zip(best.low, best.gain, best.high, strict=True))


def test_bands_are_wider_when_customers_of_a_household_are_drawn_together():
    gained = np.repeat(np.random.default_rng(8).normal(size=200), 4)
    widths = []
    for units in (np.arange(800), np.repeat(np.arange(200), 4)):
        (curve, _) = gain_curves(gained, {"x": ("x", np.zeros(800))}, fold=np.zeros(800, dtype=int), units=units, points=3, resamples=200)
        widths.append(curve.high[-1] - curve.low[-1])
    assert widths[1] > 1.6 * widths[0]


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        (([1, 0], [0.1], [0, 1]), UsageError, "shapes"),
        (([1, np.nan], [0.1, 0.2], [0, 1]), UsageError, "missing or infinite"),
        (([1, 0], [0.1, 0.2], [0, 2]), UsageError, "allowed are 0 and 1"),
        (([1, 0], [0.1, 0.2], [1, 1]), NotEnoughData, "found 2 and 0"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_words(case, error, words):
    with pytest.raises(error, match=words):
        qini(*case)


def test_the_first_without_control_are_refused():
    with pytest.raises(NotEnoughData, match="the control"):
        uplift_at([1, 0, 1], [0.9, 0.8, 0.1], [1, 1, 0], share=0.5)
