"""k-means against scikit-learn, on few points and on many, and the same bits again."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.segments import kmeans
from segmentry.segments.clustering import assign, distances
from segmentry.segments.coreset import draw
from segmentry.segments.kmeans import fit_kmeans, fit_sampled, kinds, step

POINTS = np.random.default_rng(0).normal(size=(600, 3)) + np.repeat([[0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5]], 150, axis=0)
MANY = np.random.default_rng(1).normal(size=(60_000, 4)) + 3 * np.random.default_rng(2).normal(size=(5, 4))[np.arange(60_000) % 5]


def test_inertia_is_that_of_scikit_learn():
    ours = fit_kmeans(POINTS, 4, seed=0)
    theirs = KMeans(4, n_init=20, random_state=1).fit(POINTS)
    assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-9)
    assert metrics.adjusted_rand_score(ours.labels, theirs.labels_) == 1.0


@pytest.mark.parametrize("points", [POINTS, MANY], ids=["few", "many"])
def test_the_same_seed_gives_the_same_bits_on_one_thread_or_two(points):
    with threadpool_limits(limits=1):
        one = fit_kmeans(points, 4, seed=5, starts=3)
    two = fit_kmeans(points, 4, seed=5, starts=3)
    assert one.centres.tobytes() == two.centres.tobytes()
    assert one.inertia == two.inertia


def test_a_point_is_assigned_alike_in_any_batch():
    centres = fit_kmeans(POINTS, 4, seed=0).centres
    labels, nearest = assign(MANY[:, :3], centres)
    in_batches, nearest_in_batches = assign(MANY[:, :3], centres, batch=777)
    assert np.array_equal(labels, in_batches)
    assert nearest.tobytes() == nearest_in_batches.tobytes()
    squared = distances(MANY[:, :3], centres)
    assert np.array_equal(labels, squared.argmin(axis=1))
    assert nearest.tobytes() == squared.min(axis=1).tobytes()


def test_a_tie_goes_to_the_first_centre():
    assert assign(np.array([[1.0], [3.0]]), np.array([[2.0], [0.0], [2.0], [4.0]]))[0].tolist() == [0, 0]


@pytest.mark.parametrize("k", [2, 8])
def test_many_points_reach_the_inertia_of_scikit_learn_on_all_of_them(k, monkeypatch):
    monkeypatch.setattr(kmeans, "CORESET_ROWS", 20_000)
    ours, full = fit_kmeans(MANY, k, seed=0, starts=10), KMeans(k, n_init=5, random_state=0).fit(MANY)
    assert ours.fitted_on == 20_000
    assert ours.labels.shape == (60_000,)
    assert ours.inertia < 1.001 * full.inertia_
    assert ours.inertia == pytest.approx(distances(MANY, ours.centres).min(axis=1).sum(), rel=1e-12)


def test_one_coreset_serves_every_k_and_tells_what_it_cost():
    drawn = draw(MANY, 500, seed=3)
    for k in (3, 5):
        found = fit_sampled(MANY, k, drawn, seed=0, starts=5)
        again = fit_kmeans(MANY, k, seed=0, starts=5, drawn=drawn)
        assert again.centres.tobytes() == found.clustering.centres.tobytes()
        assert found.clustering.fitted_on == 500
        assert 0 < found.excess < 0.05
    assert fit_sampled(MANY, 5, draw(MANY, 60_000, seed=0), seed=0, starts=2).excess == 0


def test_weights_count_points_as_often_as_said():
    often = np.random.default_rng(0).integers(1, 4, size=len(MANY))
    weighted = fit_kmeans(MANY, 5, seed=0, starts=5, weights=often.astype(float))
    repeated = fit_kmeans(np.repeat(MANY, often, axis=0), 5, seed=0, starts=5)
    assert weighted.inertia == pytest.approx(repeated.inertia, rel=1e-4)


def test_a_quick_fit_of_many_points_is_near_the_thorough_one():
    assert fit_kmeans(MANY, 5, seed=0, quick=True).inertia < 1.01 * fit_kmeans(MANY, 5, seed=0, starts=5).inertia


def test_a_step_is_one_of_scikit_learns():
    weights = np.random.default_rng(0).uniform(0.5, 2, size=len(MANY))
    first, middle = MANY[:6], MANY.mean(axis=0)
    squares = float(weights @ ((MANY - middle) ** 2).sum(axis=1))
    _, moved = step(MANY, first, middle=middle, squares=squares, weights=weights)
    inertia, _ = step(MANY, moved, middle=middle, squares=squares, weights=weights)
    theirs = KMeans(6, init=first, n_init=1, max_iter=1, tol=0).fit(MANY, sample_weight=weights)
    np.testing.assert_allclose(moved, theirs.cluster_centers_, rtol=1e-9, atol=1e-12)
    assert inertia == pytest.approx(theirs.inertia_, rel=1e-9)


def test_a_centre_nearest_to_nobody_has_no_place_to_go():
    _, moved = step(POINTS, np.vstack([POINTS[:2], [[1e3, 1e3, 1e3]]]), middle=POINTS.mean(axis=0), squares=0.0)
    assert np.isnan(moved).all(axis=1).tolist() == [False, False, True]


def test_rare_kinds_are_found_among_many_equal_customers():
    points = np.zeros((60_000, 2))
    points[5], points[77] = (1, 0), (1.001, 0)
    assert len(np.unique(fit_kmeans(points, 3, seed=0).labels[[0, 5, 77]])) == 3
    with pytest.raises(Degenerate, match="need at least 4 different kinds of customers for 4 segments; found 3"):
        fit_kmeans(points, 4, seed=0)


@pytest.mark.parametrize("change", [lambda points: points + 1e6, lambda points: points * 1e-9, lambda points: points * 1e9])
def test_place_and_unit_do_not_matter_on_many_points(change):
    plain, other = (fit_kmeans(points, 5, seed=0, starts=3) for points in (MANY, change(MANY)))
    assert metrics.adjusted_rand_score(plain.labels, other.labels) > 0.999


def test_fewer_points_than_groups_are_refused():
    with pytest.raises(NotEnoughData, match="need at least 5 customers for 5 segments; found 4"):
        fit_kmeans(POINTS[:4], 5, seed=0)


def test_fewer_different_points_than_groups_are_refused():
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers for 3 segments; found 2"):
        fit_kmeans(np.repeat([[0.0], [1.0]], 50, axis=0), 3, seed=0)


def test_kinds_are_counted_over_all_columns():
    assert kinds(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1], [1, 1]]), 4) == 4


def test_kinds_too_rare_for_the_first_small_sample_are_still_found():
    generator = np.random.default_rng(0)
    points = np.zeros((60_000, 1))
    points[:40, 0] = np.arange(40)
    points = generator.permutation(points)
    found = fit_kmeans(points, 35, seed=0, starts=2)
    assert len(np.unique(found.labels)) == 35
    assert found.inertia < 20
