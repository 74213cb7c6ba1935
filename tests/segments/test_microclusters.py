"""Micro-clusters stand for all rows and say what they lose."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.segments import microclusters
from segmentry.segments.clustering import means
from segmentry.segments.microclusters import gather, middles

ROWS = np.random.default_rng(0).normal(size=(3000, 4)) + np.repeat([[0, 0, 0, 0], [9, 0, 0, 0], [0, 9, 0, 0]], 1000, axis=0)
WEIGHTS = np.random.default_rng(1).integers(1, 4, 3000).astype(float)


def test_means_weights_and_explained_share_are_those_of_the_members():
    found = gather(ROWS, WEIGHTS, seed=0, most=100)
    assert 90 <= len(found.weights) <= 100
    assert found.weights.sum() == WEIGHTS.sum()
    np.testing.assert_allclose(found.means, means(ROWS, found.members, len(found.weights), WEIGHTS))
    within = WEIGHTS @ ((ROWS - found.means[found.members]) ** 2).sum(axis=1)
    total = WEIGHTS @ ((ROWS - np.average(ROWS, axis=0, weights=WEIGHTS)) ** 2).sum(axis=1)
    assert found.explained == pytest.approx(1 - within / total, abs=1e-12)
    assert found.explained > 0.9


def test_groups_far_apart_never_share_a_ball():
    found = gather(ROWS, WEIGHTS, seed=0, most=100)
    crossed = np.bincount(found.members * 3 + np.repeat([0, 1, 2], 1000), minlength=3 * len(found.weights)).reshape(-1, 3)
    assert ((crossed > 0).sum(axis=1) == 1).all()


def test_a_sample_is_enough(monkeypatch):
    full = gather(ROWS, WEIGHTS, seed=0, most=50)
    monkeypatch.setattr(microclusters, "SAMPLED", 500)
    sampled = gather(ROWS, WEIGHTS, seed=0, most=50)
    assert sampled.members.shape == (3000,)
    assert full.explained - 0.02 < sampled.explained < full.explained + 0.01


def test_a_distant_middle_does_not_drown_the_differences():
    near, far = gather(ROWS, WEIGHTS, seed=0, most=50), gather(ROWS + 1e8, WEIGHTS, seed=0, most=50)
    assert far.explained == pytest.approx(near.explained, abs=1e-3)


def test_the_same_seed_gives_the_same_bits():
    one, two = gather(ROWS, WEIGHTS, seed=3, most=50), gather(ROWS, WEIGHTS, seed=3, most=50)
    assert one.means.tobytes() == two.means.tobytes()
    assert not np.array_equal(one.members, gather(ROWS, WEIGHTS, seed=4, most=50).members)


def test_the_middle_row_is_nearest_to_the_mean():
    found = gather(ROWS, WEIGHTS, seed=0, most=20)
    for ball, row in enumerate(middles(ROWS, found.means, found.members)):
        inside = np.flatnonzero(found.members == ball)
        assert row in inside
        squared = ((ROWS[inside] - found.means[ball]) ** 2).sum(axis=1)
        assert ((ROWS[row] - found.means[ball]) ** 2).sum() == squared.min()
