"""Trees against scipy, cut into exactly k groups, the same whatever the order of the rows; refusals in words."""

from __future__ import annotations

import csv
import itertools

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments import hierarchical
from segmentry.segments.clustering import Nearest, inertia_of, means
from segmentry.segments.dissimilarity import gower
from segmentry.segments.hierarchical import cut, fit_hierarchical, grow, growing
from segmentry.segments.linkage import LINKAGES

BLOBS = np.random.default_rng(0).normal(size=(240, 3)) + np.repeat([[0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6]], 60, axis=0)
PLANTED = np.repeat([0, 1, 2, 3], 60)
SCIPY = {"euclidean": "euclidean", "manhattan": "cityblock", "cosine": "cosine", "correlation": "correlation"}
ALLOWED = [(linkage, metric) for linkage in LINKAGES for metric in SCIPY if metric == "euclidean" or linkage not in ("ward", "centroid")]


def replayed(merges, k):
    """Groups after the first merges; scipy's own cuts go by height, which a centroid tree that folds back does not follow."""
    groups = {leaf: {leaf} for leaf in range(len(merges) + 1)}
    for step, (one, two) in enumerate(merges[: len(merges) + 1 - k, :2].astype(int).tolist()):
        groups[len(merges) + 1 + step] = groups.pop(one) | groups.pop(two)
    labels = np.empty(len(merges) + 1, dtype=int)
    for label, members in enumerate(groups.values()):
        labels[list(members)] = label
    return labels


@pytest.mark.parametrize(("linkage", "distance"), ALLOWED)
def test_trees_cuts_and_cophenetic_correlation_are_those_of_scipy(linkage, distance):
    condensed = pdist(BLOBS, SCIPY[distance])
    theirs = hierarchy.linkage(condensed, linkage)
    ours = grow(BLOBS, linkage=linkage, distance=distance)
    np.testing.assert_allclose(ours.merges, theirs, atol=1e-9)
    assert ours.cophenetic == pytest.approx(hierarchy.cophenet(theirs, condensed)[0], abs=1e-9)
    for k in (2, 5, 9):
        labels = replayed(theirs, k) if linkage == "centroid" else hierarchy.fcluster(theirs, k, "maxclust")
        assert adjusted_rand_score(labels, cut(ours, k)) == 1.0


@pytest.mark.realdata
def test_mall_customers_in_five_by_ward_have_the_published_silhouette(realdata):
    with realdata("mall-customers/Mall_Customers.csv").open(newline="") as file:
        points = np.array([[float(row[3]), float(row[4])] for row in list(csv.reader(file))[1:]])
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    found = fit_hierarchical(points, 5, seed=0)
    assert silhouette_score(points, found.labels) == pytest.approx(0.5538, abs=0.0005)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_a_cut_has_exactly_k_groups_numbered_from_zero(linkage):
    tree = grow(BLOBS, linkage=linkage)
    for k in (1, 2, 3, 17, 239, 240):
        assert np.unique(cut(tree, k)).tolist() == list(range(k))


def test_a_centroid_tree_that_folds_back_is_cut_into_exactly_k_groups_each_inside_one_of_fewer():
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.9], [0.5, 8.0]])
    tree = grow(triangle, linkage="centroid")
    assert tree.merges[1, 2] < tree.merges[0, 2]
    labels = [cut(tree, k) for k in (1, 2, 3, 4)]
    assert [len(np.unique(each)) for each in labels] == [1, 2, 3, 4]
    assert labels[1].tolist() == [0, 0, 0, 1]
    for fewer, more in itertools.pairwise(labels):
        assert len(np.unique(fewer * 10 + more)) == more.max() + 1


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_order_of_the_rows_changes_nothing_even_among_ties(linkage):
    grid = np.array([[x, y] for x in range(6) for y in range(6)] * 2, dtype=float)
    order = np.random.default_rng(2).permutation(len(grid))
    for k in (2, 5, 8):
        labels = fit_hierarchical(grid, k, seed=0, linkage=linkage).labels
        assert np.array_equal(fit_hierarchical(grid[order], k, seed=0, linkage=linkage).labels, labels[order])


@pytest.mark.parametrize(("linkage", "distance"), ALLOWED)
def test_weights_are_repeated_rows(linkage, distance):
    weights = np.random.default_rng(3).integers(1, 4, 240)
    options = {"seed": 0, "linkage": linkage, "distance": distance}
    weighted = growing(BLOBS, weights=weights.astype(float), **options)
    repeated = growing(np.repeat(BLOBS, weights, axis=0), **options)
    assert weighted.tree.cophenetic == pytest.approx(repeated.tree.cophenetic, abs=1e-12)
    one, many = weighted.at(6), repeated.at(6)
    assert np.array_equal(np.repeat(one.labels, weights), many.labels)
    assert one.inertia == pytest.approx(many.inertia, rel=1e-12)
    np.testing.assert_allclose(one.centres, many.centres, atol=1e-12)


def test_the_cophenetic_correlation_counts_customers_not_leaves():
    weights = np.random.default_rng(3).integers(1, 4, 240)
    repeated = np.repeat(BLOBS, weights, axis=0)
    expected = hierarchy.cophenet(hierarchy.linkage(repeated, "average"), pdist(repeated))[0]
    assert grow(BLOBS, linkage="average", weights=weights.astype(float)).cophenetic == pytest.approx(expected, abs=1e-9)


def test_one_tree_serves_every_k_and_says_the_inertia_of_all():
    grown = growing(BLOBS, seed=0)
    for k in (2, 4, 10):
        found = grown.at(k)
        assert np.array_equal(found.labels, fit_hierarchical(BLOBS, k, seed=0).labels)
        assert found.inertia == pytest.approx(inertia_of(BLOBS, found.labels, k), rel=1e-12)
        assert isinstance(found.rule, Nearest)
        np.testing.assert_allclose(found.centres, means(BLOBS, found.labels, k), atol=1e-12)
    assert (found.method, found.fitted_on) == ("hierarchical", 240)
    assert grown.at(2).excess == 0


@pytest.mark.parametrize("distance", list(SCIPY))
def test_many_customers_are_gathered_first_and_all_get_a_group(monkeypatch, distance):
    linkage = "ward" if distance == "euclidean" else "average"
    spots = BLOBS + np.array([1.0, 2.0, 4.0])
    exact = fit_hierarchical(spots, 4, seed=0, linkage=linkage, distance=distance)
    monkeypatch.setattr(hierarchical, "MOST_LEAVES", 100)
    monkeypatch.setattr(hierarchical, "MICRO_CLUSTERS", 60)
    grown = growing(spots, seed=0, linkage=linkage, distance=distance)
    found = grown.at(4)
    assert grown.gathered
    assert grown.tree.leaves <= 60
    assert grown.tree.weights.sum() == 240
    assert 0.8 < grown.explained < 1.0
    assert found.fitted_on == grown.tree.leaves
    assert found.excess == pytest.approx(1 - grown.explained)
    assert found.inertia == pytest.approx(inertia_of(spots, found.labels, 4), rel=1e-12)
    if distance == "euclidean":
        assert adjusted_rand_score(found.labels, exact.labels) > 0.95
        order = np.random.default_rng(5).permutation(240)
        assert np.array_equal(growing(spots[order], seed=0).at(4).labels, found.labels[order])


def test_quick_fits_have_fewer_leaves_and_find_the_same_groups(monkeypatch):
    monkeypatch.setattr(hierarchical, "QUICK_LEAVES", 100)
    monkeypatch.setattr(hierarchical, "QUICK_CLUSTERS", 40)
    grown = growing(BLOBS, seed=0, quick=True)
    assert grown.tree.leaves <= 40
    assert grown.tree.cophenetic is None
    assert adjusted_rand_score(grown.at(4).labels, PLANTED) > 0.95


@pytest.mark.parametrize("n", [240, 24_000])
def test_the_same_bits_on_one_thread_or_two(monkeypatch, n):
    monkeypatch.setattr(hierarchical, "MICRO_CLUSTERS", 200)
    points = np.random.default_rng(9).normal(size=(n, 3))
    with threadpool_limits(limits=1):
        one = growing(points, seed=5)
    two = growing(points, seed=5)
    assert one.tree.merges.tobytes() == two.tree.merges.tobytes()
    assert one.at(4).centres.tobytes() == two.at(4).centres.tobytes()
    assert (one.at(4).inertia, one.explained, one.tree.cophenetic) == (two.at(4).inertia, two.explained, two.tree.cophenetic)


def mixed(n: int = 240) -> Matrix:
    generator = np.random.default_rng(7)
    columns = (Column("age", "Age"), Column("town", "Town", "category", levels=("A", "B", "C")), Column("member", "Member", "flag"))
    own = PLANTED[:n] % 3
    values = np.column_stack([own * 20 + generator.normal(size=n), own, generator.integers(0, 2, n)])
    values[::9, 0] = np.nan
    return Matrix(np.array([f"{place:03d}" for place in range(n)], dtype=object), columns, values)


def test_mixed_data_is_grouped_by_gower(monkeypatch):
    people = mixed()
    exact = growing(BLOBS, seed=0, linkage="average", distance="gower", mixed=people)
    assert exact.tree.leaves == len(np.unique(np.nan_to_num(people.values, nan=-1), axis=0))
    assert adjusted_rand_score(exact.at(3).labels, PLANTED % 3) > 0.5
    theirs = hierarchy.linkage(gower(people), "average")
    np.testing.assert_allclose(exact.tree.merges[-5:, 2], theirs[-5:, 2], atol=1e-12)
    monkeypatch.setattr(hierarchical, "MOST_LEAVES", 100)
    monkeypatch.setattr(hierarchical, "MICRO_CLUSTERS", 60)
    assert growing(BLOBS, seed=0, linkage="average", distance="gower", mixed=people).at(3).labels.shape == (240,)


def test_gower_and_the_matrix_with_kinds_go_together():
    with pytest.raises(UsageError, match="the distance is 'gower' and mixed is missing"):
        growing(BLOBS, seed=0, linkage="average", distance="gower")
    with pytest.raises(UsageError, match="the distance is 'euclidean' and mixed is given"):
        growing(BLOBS, seed=0, mixed=mixed())
    with pytest.raises(UsageError, match="mixed has 9 rows; allowed is one for each of 240 points"):
        growing(BLOBS, seed=0, linkage="average", distance="gower", mixed=mixed(9))


@pytest.mark.parametrize("linkage", ["ward", "centroid"])
def test_linkages_that_work_with_means_ask_for_euclidean(linkage):
    with pytest.raises(UsageError, match=f"{linkage} linkage was asked for with the cosine distance; allowed is euclidean"):
        fit_hierarchical(BLOBS, 3, seed=0, linkage=linkage, distance="cosine")
    with pytest.raises(UsageError, match="allowed is euclidean"):
        grow(pdist(BLOBS), linkage=linkage, distance="gower")


def test_too_few_customers_or_kinds_are_refused_as_for_every_method():
    with pytest.raises(NotEnoughData, match="need at least 5 customers for 5 segments; found 4"):
        fit_hierarchical(BLOBS[:4], 5, seed=0)
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers for 3 segments; found 2"):
        fit_hierarchical(np.repeat([[0.0], [1.0]], 50, axis=0), 3, seed=0)
    with pytest.raises(NotEnoughData, match="found 0"):
        growing(np.empty((0, 2)), seed=0)
    with pytest.raises(UsageError, match="k is 0; allowed is 1 to 240"):
        fit_hierarchical(BLOBS, 0, seed=0)


def test_customers_who_are_all_equal_are_one_group_without_a_correlation():
    grown = growing(np.ones((50, 2)), seed=0)
    assert grown.tree.cophenetic is None
    assert (grown.at(1).labels == 0).all()
    assert growing(np.array([[0.0], [1.0]]), seed=0).tree.cophenetic is None


def test_constant_columns_and_one_huge_customer_change_nothing_for_the_others():
    points = np.vstack([np.column_stack([BLOBS, np.full(240, 7.0)]), [[1e18, 0, 0, 7.0]]])
    labels = fit_hierarchical(points, 5, seed=0).labels
    assert (labels == labels[-1]).sum() == 1
    assert adjusted_rand_score(labels[:-1], fit_hierarchical(BLOBS, 4, seed=0).labels) == 1.0


def test_a_customer_of_weight_zero_is_assigned_but_changes_nothing():
    weights = np.where(np.arange(240) % 10 == 0, 0.0, 1.0)
    found = fit_hierarchical(BLOBS, 4, seed=0, weights=weights)
    without = fit_hierarchical(BLOBS[weights > 0], 4, seed=0)
    assert np.array_equal(found.labels[weights > 0], without.labels)
    assert found.inertia == pytest.approx(without.inertia, rel=1e-12)
    np.testing.assert_allclose(found.centres, without.centres, atol=1e-12)
    assert adjusted_rand_score(found.labels[weights == 0], PLANTED[weights == 0]) > 0.9


def test_weights_that_are_none_are_refused():
    for weights in (np.ones(3), np.full(240, np.nan), np.full(240, -1.0), np.zeros(240)):
        with pytest.raises(UsageError, match="weights"):
            fit_hierarchical(BLOBS, 3, seed=0, weights=weights)
    with pytest.raises(UsageError, match="above 0 for each of 240 leaves"):
        grow(BLOBS, weights=np.zeros(240))


def test_strange_points_and_distances_are_refused():
    with pytest.raises(Degenerate, match="1 of 240 customers have a missing, infinite or immense value"):
        fit_hierarchical(np.where(np.arange(720).reshape(240, 3) == 5, np.nan, BLOBS), 3, seed=0)
    with pytest.raises(UsageError, match="there are 4 distances"):
        grow(np.ones(4), linkage="single")
    with pytest.raises(UsageError, match="1 of 3 distances are negative, missing or too large"):
        grow(np.array([1.0, -1.0, 1.0]), linkage="single")
    with pytest.raises(UsageError, match="too large"):
        grow(np.array([1.0, 1e200, 1e200]))
