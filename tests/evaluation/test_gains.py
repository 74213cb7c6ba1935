"""Gains and lift."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData
from segmentry.evaluation.gains import gains


def test_reached_counts_those_who_answered_above_each_depth() -> None:
    rng = np.random.default_rng(0)
    answers, scores = rng.integers(0, 2, 200), rng.random(200)
    curve = gains(answers, scores, points=11, resamples=20)
    falling = answers[np.argsort(-scores)]
    assert curve.reached == pytest.approx([falling[: 20 * each].sum() / answers.sum() for each in range(11)])
    assert curve.lift[1:] == pytest.approx([falling[: 20 * each].mean() / answers.mean() for each in range(1, 11)])


def test_equal_scores_are_the_diagonal_with_lift_one() -> None:
    curve = gains([0, 1, 0, 1], np.zeros(4), points=5, resamples=20)
    assert curve.reached == curve.share == curve.low == curve.high
    assert curve.lift == (1.0,) * 5


def test_ties_are_shared_fairly_whatever_their_order() -> None:
    scores = [0.9, 0.9, 0.1, 0.1]
    assert gains([1, 0, 1, 0], scores, resamples=10).reached == gains([0, 1, 0, 1], scores, resamples=10).reached


def test_bands_hold_the_curve_and_the_order_of_rows_changes_no_bit() -> None:
    rng = np.random.default_rng(1)
    answers, scores = (rng.random(500) < 0.2).astype(int), rng.random(500).round(2)
    order = rng.permutation(500)
    curve = gains(answers, scores, resamples=200)
    assert curve == gains(answers[order], scores[order], resamples=200)
    assert all(low - 1e-9 <= each <= high + 1e-9 for low, each, high in zip(curve.low, curve.reached, curve.high, strict=True))
    assert (curve.reached[0], curve.reached[-1]) == (0.0, 1.0)


def test_nobody_who_answered_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="found 0 and 3"):
        gains([0, 0, 0], [0.1, 0.2, 0.3])
