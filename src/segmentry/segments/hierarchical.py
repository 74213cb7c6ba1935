"""Hierarchical clustering: a tree of who joins whom, grown once and cut into any number of groups.

Every customer starts alone, the two closest groups join until one is left (see `linkage` and `dissimilarity`); the k groups of a cut are those that were
left when k were left, also where a centroid tree folds back. Equal customers are one leaf with their weight, leaves stand in an order of their
values: a tree does not depend on the order of the rows. How true the tree is to the distances says the cophenetic correlation, that of the
distances with the heights at which pairs join (Sokal and Rohlf 1962).

Up to `MOST_LEAVES` different customers the tree is exact. Above, it is grown on the weighted means of `microclusters`, and customers share the group of
theirs; `Grown.explained` says what that keeps. A new customer goes to the group with the nearest mean, which is nearly, not exactly, the tree's group.
Not for single linkage on noisy data: one chain of customers between two groups joins them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice, check_range
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.matrix import Matrix
from segmentry.segments.clustering import Clustering, Nearest, assign, means
from segmentry.segments.dissimilarity import DISTANCES, MOST_COMPARED, Distance, directions, gower, pairwise
from segmentry.segments.duplicates import distinct, ranks
from segmentry.segments.linkage import LINKAGES, SQUARED, Linkage, agglomerate
from segmentry.segments.microclusters import gather, middles
from segmentry.segments.tree import Tree
from segmentry.segments.weighing import counts_of, too_few_different

MOST_LEAVES, MICRO_CLUSTERS = 3_000, 1_500
QUICK_LEAVES, QUICK_CLUSTERS = 1_000, 500


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree over customers, to be cut as often as wanted.

    Parameters
    ----------
    tree : Tree
    members : int array, shape (n,)
        The leaf of each customer.
    means : float array, shape (m, p)
        Mean of the customers of each leaf.
    within : float
        Sum of squared distances of the customers to the mean of their leaf.
    explained : float
        Share of the customers' variance, as the distance sees them, that lies between the leaves: 1 without micro-clusters.
    gathered : bool
        Whether neighbours were put together into micro-clusters first.
    """

    tree: Tree
    members: NDArray[np.int64]
    means: NDArray[np.float64]
    within: float
    explained: float
    gathered: bool

    def at(self, k: int) -> Clustering:
        """Return k groups.

        Raises
        ------
        NotEnoughData
            When there are fewer customers than groups.
        Degenerate
            When there are fewer different customers than groups.
        """
        _check_enough(len(self.members), self.tree.leaves, k)
        labels, weights = cut(self.tree, k), self.tree.weights
        centres = means(self.means, labels, k, weights)
        # Within leaves and between them: the inertia of all customers, without going back to them (Huygens).
        inertia = self.within + float((weights * ((self.means - centres[labels]) ** 2).sum(axis=1)).sum())
        fitted_on = self.tree.leaves if self.gathered else len(self.members)
        found = Clustering("hierarchical", labels[self.members], Nearest(centres), inertia, fitted_on, tree=self.tree)
        return replace(found, excess=1.0 - self.explained)


def fit_hierarchical(
    points: NDArray[np.float64],
    k: int,
    *,
    seed: int,
    linkage: Linkage = "ward",
    distance: Distance = "euclidean",
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,
) -> Clustering:
    """Cluster finite `points`, shape (n, p), into `k` groups; for several k, `growing` grows the tree once.

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    seed : int
        Only micro-clusters depend on it.
    linkage : {"ward", "single", "average", "complete", "centroid", "weighted"}
        Ward and centroid ask for the euclidean distance.
    distance : {"euclidean", "cosine", "manhattan", "correlation"}
    weights : float array, shape (n,), optional
        How often each point counts; one of weight zero is only assigned.
    quick : bool
        Fewer leaves, to compare many fits.

    Raises
    ------
    UsageError
        When linkage and distance do not go together, or points or weights are not what they have to be.
    NotEnoughData, Degenerate
        As `Grown.at` and `growing` do.

    Examples
    --------
    >>> found = fit_hierarchical(np.array([[0.0], [0.2], [9.0], [9.2]]), 2, seed=0)
    >>> found.labels.tolist(), round(found.inertia, 3)
    ([0, 0, 1, 1], 0.04)
    """
    return growing(points, seed=seed, linkage=linkage, distance=distance, weights=weights, quick=quick).at(k)


def growing(
    points: NDArray[np.float64],
    *,
    seed: int,
    linkage: Linkage = "ward",
    distance: Distance = "euclidean",
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,
    mixed: Matrix | None = None,
) -> Grown:
    """Grow the tree of `points`, exact up to `MOST_LEAVES` different ones, on micro-clusters above.

    Parameters
    ----------
    points, seed, linkage, distance, weights, quick
        See `fit_hierarchical`.
    mixed : Matrix, optional
        For the distance "gower": the same customers with their kinds of columns, not prepared. `points` then give the micro-clusters (a leaf is the
        customer nearest to the middle of one), the inertia and the rule.

    Raises
    ------
    UsageError
        When linkage and distance do not go together, or points, weights or `mixed` are not what they have to be.
    NotEnoughData
        Without customers.
    Degenerate
        When a value is not finite; when a point has no direction, which cosine and correlation need; when two customers have nothing in common, for Gower.

    Examples
    --------
    >>> grown = growing(np.array([[0.0], [0.0], [0.2], [9.0], [9.5]]), seed=0)
    >>> grown.tree.leaves, grown.at(2).labels.tolist(), grown.at(3).labels.tolist()
    (4, [0, 0, 0, 1, 1], [0, 0, 0, 1, 2])
    """
    _check_pair(linkage, distance)
    counts = counts_of(points, 1, weights)
    kinds = _kinds(distance, mixed, len(points))
    seen, there = directions(points, distance), counts > 0
    rows = np.flatnonzero(there)
    first, leaf_of = distinct((seen if there.all() else seen[rows]) if kinds is None else ranks(kinds.values[rows]))
    first = rows[first]
    shared, leaf, explained = np.bincount(leaf_of, weights=counts[rows]).astype(np.float64), seen[first], 1.0
    gathered = len(first) > (QUICK_LEAVES if quick else MOST_LEAVES)
    if gathered:
        balls = gather(leaf, shared, seed=seed, most=QUICK_CLUSTERS if quick else MICRO_CLUSTERS)
        first = first[middles(leaf, balls.means, balls.members)]
        leaf_of, shared, leaf, explained = balls.members[leaf_of], balls.weights, balls.means, balls.explained
    between = pairwise(leaf, distance) if kinds is None else gower(kinds.take(first))
    tree = _tree(between, shared, linkage=linkage, distance=distance, judged=not quick)
    members = leaf_of if there.all() else _placed(leaf_of, seen, leaf, there)
    own = means(points, members, len(shared), counts)
    within = float(sum((counts * (column - mean[members]) ** 2).sum() for column, mean in zip(points.T, own.T, strict=True)))
    return Grown(tree, members, own, within, explained, gathered)


def grow(
    points: NDArray[np.float64], *, linkage: Linkage = "ward", distance: Distance = "euclidean", weights: NDArray[np.float64] | None = None
) -> Tree:
    """Return the tree of at most `MOST_COMPARED` leaves, each row one.

    Parameters
    ----------
    points : float array, shape (m, p) or (m (m − 1) / 2,)
        Points, or their distances as `pairwise` and `gower` give them.
    linkage : {"ward", "single", "average", "complete", "centroid", "weighted"}
        Ward and centroid ask for the euclidean distance.
    distance : {"euclidean", "cosine", "manhattan", "correlation", "gower"}
        Of distances already computed: what they are.
    weights : float array, shape (m,), optional
        How many customers each leaf stands for.

    Raises
    ------
    UsageError
        When linkage and distance do not go together, or points or weights are not what they have to be.
    Degenerate
        When a point has no direction, which cosine and correlation need.

    Examples
    --------
    >>> grow(np.array([[0.0], [1.0], [5.0]]), linkage="single").merges.tolist()
    [[0.0, 1.0, 1.0, 2.0], [2.0, 3.0, 4.0, 3.0]]
    """
    _check_pair(linkage, distance)
    condensed = points if points.ndim == 1 else pairwise(points, distance)
    leaves = round((1 + np.sqrt(1 + 8 * len(condensed))) / 2) if points.ndim == 1 else len(points)
    if leaves * (leaves - 1) // 2 != len(condensed):
        raise UsageError(f"there are {len(condensed):,} distances; allowed is m (m − 1) / 2 of them. Pass them as pairwise gives them.")
    check_range("the number of leaves", leaves, 1, MOST_COMPARED)
    return _tree(condensed, _leaf_weights(weights, leaves), linkage=linkage, distance=distance, judged=True)


def cut(tree: Tree, k: int) -> NDArray[np.int64]:
    """Return the group 0 … k−1 of each leaf, shape (m,), numbered in the order of the leaves.

    Raises
    ------
    UsageError
        When k is below 1 or above the number of leaves.

    Examples
    --------
    >>> cut(grow(np.array([[5.0], [0.0], [1.0]])), 2).tolist()
    [0, 1, 1]
    """
    check_range("k", k, 1, tree.leaves)
    m = tree.leaves
    above = np.arange(2 * m - 1)
    for step, pair in enumerate(tree.merges[: m - k, :2].astype(np.int64)):
        above[pair] = m + step
    # From the top down each group learns the one it ends in.
    for group in range(2 * m - k - 1, -1, -1):
        above[group] = above[above[group]]
    _, first, label = np.unique(above[:m], return_index=True, return_inverse=True)
    return first.argsort().argsort()[label.ravel()].astype(np.int64)


def _tree(condensed: NDArray[np.float64], weights: NDArray[np.float64], *, linkage: Linkage, distance: Distance, judged: bool) -> Tree:
    # Ward and centroid square them.
    refused = int((~((condensed >= 0) & (condensed <= 1e150))).sum())
    if refused:
        raise UsageError(
            f"{refused:,} of {len(condensed):,} distances are negative, missing or too large; allowed is 0 to 1e150. Scale the features first."
        )
    merges = agglomerate(condensed, weights, linkage)
    return Tree(merges, _cophenetic(condensed, merges, weights) if judged else None, linkage, distance, weights)


def _placed(
    leaf_of: NDArray[np.int64], seen: NDArray[np.float64], leaf: NDArray[np.float64], there: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The leaf of every point; those of weight zero made none and go to the nearest."""
    members = np.empty(len(there), dtype=np.int64)
    members[there] = leaf_of
    members[~there] = assign(seen[~there], leaf)[0]
    return members


def _cophenetic(condensed: NDArray[np.float64], merges: NDArray[np.float64], weights: NDArray[np.float64]) -> float | None:
    """Correlation over pairs of customers; those of one leaf are pairs at distance and height zero."""
    from scipy.cluster.hierarchy import cophenet

    if len(merges) == 0:
        return None
    heights = cophenet(merges)
    largest = max(condensed.max(), heights.max())
    if largest == 0:
        return None
    one, two = np.triu_indices(len(weights), 1)
    # A last pair stands for all that lie within a leaf.
    pairs = np.append(weights[one] * weights[two], np.maximum(weights * (weights - 1) / 2, 0.0).sum())
    pairs /= pairs.sum()
    apart, joins = np.append(condensed / largest, 0.0), np.append(heights / largest, 0.0)
    # No matrix products: their bits depend on the threads.
    apart -= (pairs * apart).sum()
    joins -= (pairs * joins).sum()
    spread = (pairs * apart**2).sum() * (pairs * joins**2).sum()
    return float(np.clip((pairs * apart * joins).sum() / np.sqrt(spread), -1.0, 1.0)) if spread > 1e-24 else None


def _check_pair(linkage: Linkage, distance: Distance) -> None:
    check_choice("the linkage", linkage, LINKAGES)
    check_choice("the distance", distance, DISTANCES)
    if linkage in SQUARED and distance != "euclidean":
        raise UsageError(
            f"{linkage} linkage was asked for with the {distance} distance; allowed is euclidean, as it works with means of groups. "
            "Use average or complete linkage, or the euclidean distance."
        )


def _leaf_weights(weights: NDArray[np.float64] | None, n: int) -> NDArray[np.float64]:
    if weights is None:
        return np.ones(n)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights <= 0).any():
        raise UsageError(
            f"weights have shape {weights.shape}; allowed is one finite number above 0 for each of {n:,} leaves. Drop leaves of weight 0."
        )
    return weights.astype(np.float64)


def _kinds(distance: Distance, mixed: Matrix | None, n: int) -> Matrix | None:
    if (distance == "gower") != (mixed is not None):
        raise UsageError(
            f"the distance is {distance!r} and mixed is {'given' if mixed is not None else 'missing'}; gower, and only gower, needs the matrix with "
            "the kinds of columns. Pass mixed=matrix with distance='gower'."
        )
    if mixed is not None and len(mixed) != n:
        raise UsageError(f"mixed has {len(mixed):,} rows; allowed is one for each of {n:,} points. Pass the same customers.")
    return mixed


def _check_enough(customers: int, different: int, k: int) -> None:
    if customers < k:
        reason = f"need at least {k} customers for {k} segments; found {customers:,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers or ask for fewer segments"))
    if different < k:
        raise too_few_different(different, k)
