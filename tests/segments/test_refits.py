"""Stability of each number of segments: the planted number comes back, others less."""

from __future__ import annotations

import numpy as np

from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.refits import by_k

RNG = np.random.default_rng(3)
GROUPS = RNG.normal(size=(300, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 100, axis=0)
KS = (2, 3, 4, 5)
LABELS = [fit_kmeans(GROUPS, k, seed=0, starts=4).labels for k in KS]


def test_the_planted_number_is_the_most_stable() -> None:
    found = by_k(GROUPS, LABELS, seed=0)
    assert len(found) == len(KS)
    assert max(found) == found[1] > 0.99
    assert found[3] < 0.9


def test_same_seed_same_bits() -> None:
    assert by_k(GROUPS, LABELS[2:], seed=4) == by_k(GROUPS, LABELS[2:], seed=4)


def test_customers_in_no_segment_do_not_count_and_numbers_may_be_missing() -> None:
    labels = np.where(np.arange(300) % 10 == 0, -1, LABELS[1] * 2)
    assert by_k(GROUPS, [labels], seed=0)[0] > 0.99


def test_one_segment_has_no_stability() -> None:
    assert by_k(GROUPS, [np.zeros(300, dtype=np.int64)], seed=0) == (0.0,)


def test_many_customers_are_sampled() -> None:
    points = np.repeat(GROUPS, 10, axis=0)
    assert by_k(points, [np.repeat(LABELS[1], 10)], seed=0, resamples=2)[0] > 0.99
