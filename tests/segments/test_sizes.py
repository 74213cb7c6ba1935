"""Size limits: small groups are joined, large ones cut, impossible demands refused with their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, UsageError
from segmentry.segments.clustering import Clustering, Nearest, inertia_of, means
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.sizes import limit


def clustered(points: np.ndarray, labels: np.ndarray) -> Clustering:
    k = int(labels.max()) + 1
    return Clustering("kmeans", labels, Nearest(means(points, labels, k)), inertia_of(points, labels, k), len(points))


def test_within_the_limits_nothing_changes() -> None:
    points = np.random.default_rng(0).normal(size=(200, 2))
    fit = fit_kmeans(points, 4, seed=0)
    found = limit(points, fit, smallest=5, largest=150)
    assert found.clustering is fit
    assert (found.joined, found.split, found.words) == (0, 0, "")
    assert found.before == pytest.approx(fit.inertia)


def test_a_small_group_joins_the_one_that_costs_least() -> None:
    points = np.concatenate([np.full((40, 1), 0.0), np.full((40, 1), 10.0), np.full((4, 1), 13.0)]) + np.linspace(0, 0.1, 84)[:, None]
    found = limit(points, clustered(points, np.repeat([0, 1, 2], [40, 40, 4])), smallest=10)
    assert np.bincount(found.clustering.labels).tolist() == [40, 44]
    assert (found.joined, found.split) == (1, 0)
    assert found.after > found.before
    assert "of 3 segments, 1 had fewer than 10 customers; after 1 join there are 2, from 40 to 44 customers, and the spread" in found.words


def test_a_large_group_is_cut_where_it_is_thinnest() -> None:
    points = np.random.default_rng(1).normal(size=(300, 2)) + np.repeat([[0, 0], [0, 9], [80, 0]], 100, axis=0)
    found = limit(points, clustered(points, np.repeat([0, 1], [200, 100])), largest=120)
    assert np.bincount(found.clustering.labels).tolist() == [100, 100, 100]
    assert len(np.unique(found.clustering.labels[:100])) == 1
    assert found.after < found.before
    assert np.array_equal(found.clustering.rule.assign(points), found.clustering.labels)


def test_shares_below_one_are_of_the_customers() -> None:
    points = np.random.default_rng(2).normal(size=(500, 2))
    found = limit(points, fit_kmeans(points, 3, seed=0), largest=0.25, smallest=0.1)
    sizes = np.bincount(found.clustering.labels)
    assert sizes.max() <= 125
    assert sizes.min() >= 50


def test_a_group_that_cannot_be_cut_alone_is_joined_first() -> None:
    # 25 customers fit neither one segment of 20 nor two of 15; with their neighbours they make three.
    points = np.arange(55.0)[:, None]
    found = limit(points, clustered(points, np.repeat([0, 1], [25, 30])), smallest=15, largest=20)
    sizes = np.bincount(found.clustering.labels)
    assert sizes.min() >= 15
    assert sizes.max() <= 20
    assert found.joined == 1


def test_impossible_demands_are_refused_with_their_numbers() -> None:
    points = np.random.default_rng(3).normal(size=(2240, 2))
    fit = fit_kmeans(points, 4, seed=0, starts=2)
    with pytest.raises(Degenerate, match="4 segments of at most 200 hold 800 of 2,240 customers"):
        limit(points, fit, largest=200, most=4)
    with pytest.raises(Degenerate, match="3 segments of at least 900 need 2,700 customers; there are 2,240"):
        limit(points, fit, smallest=900, fewest=3)
    with pytest.raises(Degenerate, match="2,240 customers cannot be divided into segments of 1,000 to 1,100"):
        limit(points, fit, smallest=1000, largest=1100)


def test_equal_customers_stay_together_or_the_demand_is_refused() -> None:
    points = np.concatenate([np.zeros((60, 2)), np.ones((40, 2))])
    with pytest.raises(Degenerate, match="too many of them are equal in every feature"):
        limit(points, clustered(points, np.repeat([0, 1], [60, 40])), largest=50)


def test_limits_that_are_no_sizes_are_refused() -> None:
    points = np.arange(10.0)[:, None]
    fit = clustered(points, np.repeat([0, 1], 5))
    with pytest.raises(UsageError, match="the smallest segment is -1"):
        limit(points, fit, smallest=-1)
    with pytest.raises(UsageError, match="the first must not exceed the second"):
        limit(points, fit, smallest=8, largest=4)
    with pytest.raises(UsageError, match="one label per point"):
        limit(points[:5], fit, smallest=2)


def test_customers_in_no_group_stay_so() -> None:
    points = np.concatenate([np.arange(40.0), [500.0]])[:, None]
    fit = clustered(points, np.append(np.repeat([0, 1], [5, 35]), -1))
    found = limit(points, fit, smallest=10)
    assert found.clustering.labels[-1] == -1
    assert np.bincount(found.clustering.labels[:-1]).tolist() == [40]


def test_the_order_of_customers_does_not_matter() -> None:
    points = np.random.default_rng(4).normal(size=(150, 2))
    fit = fit_kmeans(points, 3, seed=0)
    found = limit(points, fit, largest=40)
    order = np.random.default_rng(5).permutation(150)
    turned = limit(points[order], clustered(points[order], fit.labels[order]), largest=40)
    pairs = set(zip(found.clustering.labels[order].tolist(), turned.clustering.labels.tolist(), strict=True))
    assert len(pairs) == len(np.unique(found.clustering.labels))
