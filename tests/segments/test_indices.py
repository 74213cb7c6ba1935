"""Silhouettes and their error, and the other indices, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from threadpoolctl import threadpool_limits

from segmentry.segments import indices
from segmentry.segments.clustering import assign
from segmentry.segments.indices import separation, silhouette_points, silhouettes, stratified

POINTS = np.random.default_rng(0).normal(size=(1_500, 3)) + np.repeat([[0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5]], 375, axis=0)
SHUFFLED = np.random.default_rng(1).permutation(POINTS)


def labelled(points: np.ndarray, k: int) -> np.ndarray:
    return assign(points, points[np.linspace(0, len(points) - 1, k).astype(int)])[0]


def test_silhouettes_are_those_of_scikit_learn_for_several_labellings_in_one_pass():
    labelings = [labelled(SHUFFLED, k) for k in (2, 4, 7)]
    for ours, labels in zip(silhouette_points(SHUFFLED, labelings), labelings, strict=True):
        np.testing.assert_allclose(ours, metrics.silhouette_samples(SHUFFLED, labels), atol=1e-9)


def test_labellings_that_cross_in_many_cells_are_taken_apart(monkeypatch):
    labelings = [np.random.default_rng(k).permutation(np.arange(1_500) % k) for k in (2, 5, 9)]
    whole = silhouette_points(SHUFFLED, labelings)
    monkeypatch.setattr(indices, "_MOST_CELLS", 20)
    for ours, apart in zip(whole, silhouette_points(SHUFFLED, labelings), strict=True):
        np.testing.assert_allclose(ours, apart, atol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 127, 128, 129, 511, 512, 513, 641])
def test_the_edges_of_tiles_lose_no_pair(size):
    labels = np.random.default_rng(size).integers(0, 2, size=size)
    labels[:2] = 0, 1
    expected = metrics.silhouette_samples(SHUFFLED[:size], labels) if size > 2 else np.zeros(2)
    np.testing.assert_allclose(silhouette_points(SHUFFLED[:size], [labels])[0], expected, atol=1e-9)


def test_silhouettes_have_the_same_bits_on_one_thread_or_two():
    with threadpool_limits(limits=1):
        one = silhouette_points(SHUFFLED, [labelled(SHUFFLED, 5)])[0]
    assert one.tobytes() == silhouette_points(SHUFFLED, [labelled(SHUFFLED, 5)])[0].tobytes()


def test_a_point_alone_in_its_segment_has_silhouette_zero():
    labels = np.array([0] * 10 + [1])
    points = np.arange(11.0)[:, None]
    np.testing.assert_allclose(silhouette_points(points, [labels])[0], metrics.silhouette_samples(points, labels), atol=1e-12)


def test_equal_points_in_two_segments_have_silhouette_zero():
    assert silhouette_points(np.ones((6, 2)), [np.arange(6) % 2])[0].tolist() == [0.0] * 6


def test_an_exact_silhouette_has_no_error():
    labels = labelled(POINTS, 4)
    score = silhouettes(POINTS, [labels], seed=0)[0]
    assert score.value == pytest.approx(metrics.silhouette_score(POINTS, labels), abs=1e-9)
    assert score[1:] == (1_500, 0.0)


def test_a_sampled_silhouette_is_near_the_exact_one_and_says_its_size():
    labels = labelled(POINTS, 4)
    score = silhouettes(POINTS, [labels], seed=0, most=200)[0]
    assert 200 <= score.sample <= 204
    assert score.value == pytest.approx(metrics.silhouette_score(POINTS, labels), abs=4 * score.error)
    assert 0 < score.error < 0.05


def test_the_standard_error_is_the_spread_of_samples():
    points = np.random.default_rng(3).normal(size=(20_000, 4))
    labels = labelled(points, 6)
    scores = [silhouettes(points, [labels], seed=seed, most=1_000)[0] for seed in range(40)]
    spread = np.std([score.value for score in scores], ddof=1)
    assert np.mean([score.error for score in scores]) == pytest.approx(spread, rel=0.4)


def test_a_segment_of_two_in_a_sample_does_no_harm():
    labels = np.zeros(1_500, dtype=np.int64)
    labels[500:1_000], labels[1_000:1_002] = 1, 2
    score = silhouettes(POINTS, [labels], seed=0, most=300)[0]
    assert np.isfinite(score).all()


def test_a_small_segment_is_never_lost_in_the_sample():
    labels = np.repeat([0, 1], [9_990, 10])
    assert (labels[stratified(labels, 100, seed=0)] == 1).sum() == 10


@pytest.mark.parametrize("points", [POINTS, np.tile(POINTS, (20, 1)), POINTS + 1e5], ids=["few", "many", "far from zero"])
def test_separation_is_that_of_scikit_learn(points):
    labels = labelled(points, 4)
    expected = metrics.calinski_harabasz_score(points, labels), metrics.davies_bouldin_score(points, labels)
    assert separation(points, labels) == pytest.approx(expected, rel=1e-6)
    assert separation(points, labels * 3 - 1) == separation(points, labels)


@pytest.mark.parametrize("points", [np.ones((4, 1)), np.array([[0.0], [0], [1], [1]])], ids=["all equal", "segments of equal points"])
def test_separation_without_spread_is_that_of_scikit_learn(points):
    labels = np.array([0, 0, 1, 1])
    assert separation(points, labels) == (metrics.calinski_harabasz_score(points, labels), metrics.davies_bouldin_score(points, labels))
