"""Cosine k-means on affinities: what counts is how favour is divided, not how much there is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.segments.spherical import Directions, directions, fit_spherical

generator = np.random.default_rng(0)
LIKES = np.array([[6, 1, 1, 0.5], [0.5, 6, 1, 1], [1, 0.5, 4, 4]])
GROUPS = np.repeat([0, 1, 2], 80)
SHARES = np.array([generator.dirichlet(8 * LIKES[group]) for group in GROUPS])


def test_planted_tastes_are_found_whatever_is_spent():
    spent = SHARES * generator.lognormal(sigma=2, size=(240, 1))
    assert adjusted_rand_score(fit_spherical(spent, 3, seed=0).labels, GROUPS) > 0.97


def test_the_sum_of_cosines_cannot_be_raised_by_moving_anyone():
    found = fit_spherical(SHARES, 3, seed=0)
    cosines = directions(SHARES) @ found.centres.T
    assert np.array_equal(cosines.argmax(axis=1), found.labels)
    for group, centre in enumerate(found.centres):
        summed = directions(SHARES)[found.labels == group].sum(axis=0)
        np.testing.assert_allclose(centre, summed / np.linalg.norm(summed))


def test_scaling_a_customer_changes_nothing():
    scales = 2.0 ** generator.integers(-600, 300, size=(240, 1))
    assert np.array_equal(fit_spherical(SHARES * scales, 3, seed=0).labels, fit_spherical(SHARES, 3, seed=0).labels)


def test_customers_with_nothing_are_left_unassigned_and_change_no_group():
    with_zeros = np.concatenate([SHARES, np.zeros((7, 4))])
    found = fit_spherical(with_zeros, 3, seed=0)
    assert found.labels[240:].tolist() == [-1] * 7
    assert found.centres.tobytes() == fit_spherical(SHARES, 3, seed=0).centres.tobytes()
    assert found.rule.confidence(with_zeros)[240:].tolist() == [0.0] * 7


def test_a_weight_is_the_same_as_so_many_equal_customers():
    times = generator.integers(0, 4, size=240)
    repeated = fit_spherical(np.repeat(SHARES, times, axis=0), 3, seed=0)
    weighted = fit_spherical(SHARES, 3, seed=0, weights=times.astype(float))
    assert np.array_equal(np.unique(repeated.centres.round(9), axis=0), np.unique(weighted.centres.round(9), axis=0))
    assert weighted.inertia == pytest.approx(repeated.inertia)


def test_the_same_seed_gives_the_same_bits_and_a_row_the_same_group_alone():
    one, two = fit_spherical(SHARES, 3, seed=4), fit_spherical(SHARES, 3, seed=4)
    assert one.centres.tobytes() == two.centres.tobytes()
    assert [int(one.rule.assign(SHARES[[place]])[0]) for place in range(240)] == one.labels.tolist()


def test_an_affinity_below_zero_is_refused():
    with pytest.raises(Degenerate, match="1 of 2 customers have an affinity below zero"):
        fit_spherical(np.array([[1.0, -0.1], [1.0, 0.0]]), 1, seed=0)


def test_nobody_with_any_affinity_is_refused():
    with pytest.raises(NotEnoughData, match="need at least 2 customers with any affinity for 2 segments; found 0"):
        fit_spherical(np.zeros((9, 3)), 2, seed=0)


def test_fewer_directions_than_groups_are_refused():
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers for 3 segments; found 2"):
        fit_spherical(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 4.0]]), 3, seed=0)


def test_ordered_directions_are_the_same_directions():
    rule = Directions(np.eye(3)).ordered([2, 0, 1])
    assert rule.assign(np.eye(3)).tolist() == [1, 2, 0]
