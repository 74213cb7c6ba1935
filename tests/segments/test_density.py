"""Crowds and who stands between them, against scikit-learn's HDBSCAN."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.segments import density
from segmentry.segments.density import Within, fit_density

generator = np.random.default_rng(0)
SIZES = (60, 120, 90)
CROWDS = generator.normal(size=(270, 2)) * 0.4 + np.repeat([[0, 0], [6, 0], [0, 6]], SIZES, axis=0)
STRAY = generator.uniform(-20, 20, size=(30, 2))
STRAY = STRAY[(np.abs(STRAY - 3).max(axis=1) > 6)]
POINTS = np.concatenate([CROWDS, STRAY])
PLANTED = np.concatenate([np.repeat([2, 0, 1], SIZES), np.full(len(STRAY), -1)])


def test_labels_are_those_of_scikit_learn_numbered_by_size():
    found = fit_density(POINTS, seed=0, smallest=15)
    other = HDBSCAN(min_cluster_size=15, copy=True).fit(POINTS).labels_
    assert adjusted_rand_score(found.labels, other) == 1.0
    assert np.array_equal(found.labels == -1, other == -1)
    assert np.diff(np.bincount(found.labels[found.labels >= 0])).max() <= 0


def test_planted_crowds_are_found_and_strays_are_left_out():
    labels = fit_density(POINTS, seed=0, smallest=15).labels
    assert (labels[: len(CROWDS)] == PLANTED[: len(CROWDS)]).mean() > 0.9
    assert (labels[len(CROWDS) :] == -1).mean() > 0.8


def test_new_customers_join_the_crowd_they_stand_in_or_none():
    rule = fit_density(POINTS, seed=0, smallest=15).rule
    assert rule.assign(np.array([[0.1, 0.0], [6.0, 0.1], [0.0, 5.9], [3.0, 3.0], [40.0, -40.0]])).tolist() == [2, 0, 1, -1, -1]
    sure = rule.confidence(np.array([[6.0, 0.0], [3.0, 3.0]]))
    assert sure[0] > 0.9
    assert sure[1] == 0.0


def test_the_rule_nearly_repeats_the_labels():
    found = fit_density(POINTS, seed=0, smallest=15)
    assert (found.rule.assign(POINTS) == found.labels).mean() > 0.9


def test_one_even_cloud_is_refused_or_answered_with_nobody_assigned():
    cloud = np.stack(np.meshgrid(np.arange(12.0), np.arange(12.0)), axis=-1).reshape(-1, 2)
    with pytest.raises(Degenerate, match="found no crowded region of 20 customers or more; 2 are needed"):
        fit_density(cloud, seed=0, smallest=20)
    nobody = fit_density(cloud, seed=0, smallest=20, fewest=0)
    assert (nobody.labels == -1).all()
    assert nobody.centres.shape == (0, 2)
    assert nobody.inertia == 0.0
    assert nobody.rule.confidence(cloud).tolist() == [0.0] * 144


def test_equal_customers_are_refused():
    with pytest.raises(Degenerate, match="no crowded region"):
        fit_density(np.ones((50, 2)), seed=0)


def test_crowds_of_equal_customers_have_a_radius_all_the_same():
    points = np.repeat([[0.1, 0.3], [9.1, 0.7]], 21, axis=0)
    found = fit_density(points, seed=0)
    assert (found.rule.radii > 0).all()
    assert np.array_equal(found.rule.assign(points), found.labels)
    assert np.isfinite(found.rule.confidence(points)).all()


def test_too_few_customers_are_no_crowd():
    with pytest.raises(Degenerate, match="no crowded region of 10 customers"):
        fit_density(POINTS[:5], seed=0)
    with pytest.raises(NotEnoughData, match="found 0"):
        fit_density(POINTS[:0], seed=0)


def test_a_count_is_the_same_as_so_many_equal_customers():
    times = generator.integers(0, 3, size=len(POINTS))
    repeated = fit_density(np.repeat(POINTS, times, axis=0), seed=0, smallest=15)
    weighted = fit_density(POINTS, seed=0, smallest=15, weights=times.astype(float))
    assert np.array_equal(np.repeat(weighted.labels, times), repeated.labels)
    with pytest.raises(UsageError, match="weights are not whole numbers"):
        fit_density(POINTS, seed=0, weights=np.full(len(POINTS), 0.5))


def test_large_data_is_clustered_on_a_sample_and_the_rest_joins_by_radius(monkeypatch):
    full = fit_density(POINTS, seed=0, smallest=20)
    monkeypatch.setattr(density, "FIT_ROWS", 200)
    sampled = fit_density(POINTS, seed=0, smallest=20)
    assert sampled.fitted_on == 200
    assert len(sampled.labels) == len(POINTS)
    assert (sampled.labels == full.labels).mean() > 0.85


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"smallest": 1}, "smallest is 1"), ({"smallest": 15, "largest": 5}, "largest is 5"), ({"neighbours": 0}, "neighbours is 0")],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(UsageError, match=words):
        fit_density(POINTS, seed=0, **settings)


def test_no_group_is_larger_than_allowed():
    found = fit_density(POINTS, seed=0, smallest=10, largest=100)
    assert np.bincount(found.labels[found.labels >= 0]).max() <= 100


def test_the_stored_rule_is_the_same_and_a_damaged_one_is_refused():
    rule = fit_density(POINTS, seed=0, smallest=15).rule
    assert np.array_equal(Within.from_arrays(rule.arrays()).assign(POINTS), rule.assign(POINTS))
    with pytest.raises(ValueError, match="do not fit"):
        Within.from_arrays({**rule.arrays(), "radii": np.zeros(3)})


def test_a_small_crowd_beside_a_wide_one_keeps_its_own():
    rule = Within(np.array([[0.0], [6.0]]), np.array([10.0, 1.0]))
    assert rule.assign(np.array([[6.2], [4.0], [8.5]])).tolist() == [1, 0, 0]
    assert rule.ordered([1, 0]).assign(np.array([[6.2]])).tolist() == [0]
