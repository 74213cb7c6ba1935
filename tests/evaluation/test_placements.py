"""DeLong's variance, by groups Obuchowski's, and Newcombe's interval for the rest."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segmentry.evaluation.placements import newcombe, placements, variance
from segmentry.evaluation.ranked import ranked


def _delong(answers: np.ndarray, scores: np.ndarray) -> float:
    """DeLong et al. (1988), equations 4 to 6, pair by pair."""
    yes, no = scores[answers == 1], scores[answers == 0]
    pairs = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    return float(pairs.mean(axis=1).var(ddof=1) / len(yes) + pairs.mean(axis=0).var(ddof=1) / len(no))


@pytest.mark.parametrize("levels", [3, 10_000])
def test_variance_equals_delongs_pair_by_pair(levels: int) -> None:
    rng = np.random.default_rng(levels)
    answers = (rng.random(150) < 0.3).astype(int)
    scores = np.floor(levels * rng.random(150)) + answers
    found = ranked(answers, scores)
    placed = placements(found)
    assert variance(placed.given, answers.astype(float), np.arange(150)) == pytest.approx(_delong(answers, scores), rel=1e-10)


def test_a_customer_counted_thrice_is_still_one() -> None:
    rng = np.random.default_rng(5)
    answers = (rng.random(80) < 0.4).astype(float)
    scores = rng.normal(size=80) + answers
    once, thrice = placements(ranked(answers, scores)), placements(ranked(np.repeat(answers, 3), np.repeat(scores, 3)))
    alone = variance(once.given, answers, np.arange(80))
    assert variance(thrice.given, np.repeat(answers, 3), np.repeat(np.arange(80), 3)) == pytest.approx(alone, rel=1e-10)
    assert variance(thrice.given, np.repeat(answers, 3), np.arange(240)) < alone / 2


def test_a_single_answer_has_no_variance() -> None:
    assert math.isnan(variance(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.arange(3)))


def test_newcombes_interval_solves_its_equation_and_mirrors() -> None:
    low, high = newcombe(0.8, 20, 30)
    for truth in (low, high):
        spread = 1 + 24 * (1 - truth) / (2 - truth) + 24 * truth / (1 + truth)
        assert abs(0.8 - truth) == pytest.approx(1.959964 * math.sqrt(truth * (1 - truth) * spread / 600), abs=1e-6)
    assert newcombe(0.0, 10, 10)[1] == pytest.approx(1 - newcombe(1.0, 10, 10)[0], abs=1e-9)
    assert newcombe(1.0, 10, 10)[1] == 1.0
    assert newcombe(0.0, 10, 10)[0] == 0.0
