"""k-means and its indices against scikit-learn, and the same bits again."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.segments import kmeans
from segmentry.segments.clustering import assign
from segmentry.segments.indices import separation, silhouette_points, silhouettes, stratified
from segmentry.segments.kmeans import fit_kmeans

POINTS = np.random.default_rng(0).normal(size=(600, 3)) + np.repeat([[0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5]], 150, axis=0)


def test_inertia_is_that_of_scikit_learn():
    ours = fit_kmeans(POINTS, 4, seed=0)
    theirs = KMeans(4, n_init=20, random_state=1).fit(POINTS)
    assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-9)
    assert metrics.adjusted_rand_score(ours.labels, theirs.labels_) == 1.0


def test_the_same_seed_gives_the_same_bits_on_one_thread_or_two():
    with threadpool_limits(limits=1):
        one = fit_kmeans(POINTS, 4, seed=5)
    two = fit_kmeans(POINTS, 4, seed=5)
    assert one.centres.tobytes() == two.centres.tobytes()
    assert one.inertia == two.inertia


def test_a_point_is_assigned_alike_in_any_batch():
    centres = fit_kmeans(POINTS, 4, seed=0).centres
    labels, nearest = assign(POINTS, centres)
    in_batches, nearest_in_batches = assign(POINTS, centres, batch=7)
    assert np.array_equal(labels, in_batches)
    assert nearest.tobytes() == nearest_in_batches.tobytes()


def test_large_data_is_fitted_on_a_sample_and_counted_in_full(monkeypatch):
    monkeypatch.setattr(kmeans, "FIT_ROWS", 300)
    monkeypatch.setattr(kmeans, "START_ROWS", 100)
    ours, full = fit_kmeans(POINTS, 4, seed=0), KMeans(4, n_init=5, random_state=0).fit(POINTS)
    assert ours.fitted_on == 300
    assert ours.labels.shape == (600,)
    assert full.inertia_ <= ours.inertia < 1.05 * full.inertia_
    assert metrics.adjusted_rand_score(ours.labels, full.labels_) > 0.95


def test_fewer_points_than_groups_are_refused():
    with pytest.raises(NotEnoughData, match="need at least 5 customers for 5 segments; found 4"):
        fit_kmeans(POINTS[:4], 5, seed=0)


def test_fewer_different_points_than_groups_are_refused():
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers for 3 segments; found 2"):
        fit_kmeans(np.repeat([[0.0], [1.0]], 50, axis=0), 3, seed=0)


def test_silhouettes_are_those_of_scikit_learn_for_several_labellings_in_one_pass():
    labelings = [fit_kmeans(POINTS, k, seed=0, starts=2).labels for k in (2, 4, 7)]
    for ours, labels in zip(silhouette_points(POINTS, labelings), labelings, strict=True):
        np.testing.assert_allclose(ours, metrics.silhouette_samples(POINTS, labels), atol=1e-9)


def test_a_point_alone_in_its_segment_has_silhouette_zero():
    labels = np.array([0] * 10 + [1])
    points = np.arange(11.0)[:, None]
    np.testing.assert_allclose(silhouette_points(points, [labels])[0], metrics.silhouette_samples(points, labels), atol=1e-12)


def test_a_sampled_silhouette_is_near_the_exact_one_and_says_its_size():
    labels = fit_kmeans(POINTS, 4, seed=0).labels
    ((sampled, n),) = silhouettes(POINTS, [labels], seed=0, most=200)
    assert 200 <= n <= 204
    assert sampled == pytest.approx(metrics.silhouette_score(POINTS, labels), abs=0.03)


def test_a_small_segment_is_never_lost_in_the_sample():
    labels = np.repeat([0, 1], [9_990, 10])
    assert (labels[stratified(labels, 100, seed=0)] == 1).sum() == 10


def test_separation_is_that_of_scikit_learn():
    labels = fit_kmeans(POINTS, 4, seed=0).labels
    assert separation(POINTS, labels) == (metrics.calinski_harabasz_score(POINTS, labels), metrics.davies_bouldin_score(POINTS, labels))
