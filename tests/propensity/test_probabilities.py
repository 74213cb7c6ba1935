"""From scores to probabilities: the order stays, and nobody's own answer has a say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segmentry.evaluation.ranking import auc
from segmentry.propensity.judging import divide, forward
from segmentry.propensity.probabilities import give


def drifting(seed: int = 0):
    """Return scores that stay right in order while the share that answers falls from part to part."""
    rng = np.random.default_rng(seed)
    days = np.repeat(np.arange(10), 100)
    score = rng.uniform(0.05, 0.95, 1000)
    return days, score, (rng.random(1000) < score * (1 - days / 12)).astype(np.float64)


def test_in_time_the_order_of_the_scores_stays_across_parts():
    days, score, outcome = drifting()
    design = forward(days, np.arange(1000), parts=4)
    given = give(outcome, score, design=design)
    assert np.array_equal(np.argsort(given.probability), np.argsort(score))
    assert np.array_equal(given.probability, given.calibrator.apply(score))


def test_in_time_probabilities_rest_on_the_earlier_parts_alone():
    days, score, outcome = drifting()
    design = forward(days, np.arange(1000), parts=4)
    late = days >= 8
    assert np.array_equal(
        give(np.where(late, 1 - outcome, outcome), score, design=design).probability, give(outcome, score, design=design).probability
    )


def test_in_folds_no_answer_has_a_say_in_its_own_probability():
    rng = np.random.default_rng(3)
    score = rng.uniform(0.05, 0.95, 5000)
    outcome = (rng.random(5000) < score).astype(np.float64)
    design = divide(outcome, np.arange(5000), count=5, repeats=1, seed=0)
    first = design.fold == 0
    other = outcome.copy()
    other[np.flatnonzero(first)[:3]] = 1 - other[np.flatnonzero(first)[:3]]
    one, two = (give(each, score, design=design).probability for each in (outcome, other))
    assert np.array_equal(one[first], two[first])
    assert not np.array_equal(one[~first], two[~first])


@pytest.mark.parametrize("n", [60, 200, 1000])
def test_in_folds_the_ranking_is_not_worse_than_that_of_the_scores(n: int):
    for seed in range(10):
        _, score, outcome = drifting(seed)
        score, outcome = score[-n:], outcome[-n:]
        design = divide(outcome, np.arange(n), count=5, repeats=1, seed=seed)
        given = give(outcome, score, design=design).probability
        assert auc(outcome, given).value == pytest.approx(auc(outcome, score).value, abs=0.01)


def test_maps_that_part_customers_for_no_merit_are_replaced_by_one():
    """One fold with another level would stand above the others by its sigmoid alone."""
    _, score, outcome = drifting()
    design = divide(outcome, np.arange(1000), count=2, repeats=1, seed=0)
    apart = replace(design, fold=(np.arange(1000) >= 500).astype(np.intp))
    given = give(outcome, score, design=apart).probability
    assert np.array_equal(np.argsort(given), np.argsort(score))


def test_equal_scores_get_one_probability():
    _, _, outcome = drifting()
    design = divide(outcome, np.arange(1000), count=5, repeats=1, seed=0)
    assert np.ptp(give(outcome, np.full(1000, 0.3), design=design).probability) == 0
