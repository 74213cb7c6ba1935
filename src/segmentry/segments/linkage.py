"""Agglomeration: the two closest groups are joined until one is left, by six linkages, with weighted leaves.

After groups i and j have joined, their distance to any other group k follows from the old ones (Lance and Williams 1967), with the weights w:

* single: the smaller of both; complete: the larger; weighted (WPGMA): their mean;
* average (UPGMA): their mean weighted by w_i and w_j;
* centroid: distance of the means; ward: what joining adds to the variance within groups. Both on squared Euclidean distances.

The pair to join is found by nearest neighbours that are looked up again only when they may have changed (Müllner 2011, *Modern hierarchical,
agglomerative clustering algorithms*, generic algorithm), so time and memory grow with the square of the leaves. The same as scipy's `linkage`,
which knows no weights; a leaf of weight three gives the tree of three equal leaves, but for the merges at distance zero. Equal distances: the first
pair in the order of the leaves. Not for more than some thousand leaves: see `microclusters`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Linkage = Literal["single", "average", "complete", "ward", "centroid", "weighted"]
LINKAGES: tuple[Linkage, ...] = ("single", "average", "complete", "ward", "centroid", "weighted")
SQUARED: tuple[Linkage, ...] = ("ward", "centroid")

Floats = NDArray[np.float64]


def agglomerate(condensed: Floats, weights: Floats, linkage: Linkage) -> Floats:
    """Return the merges in the order they happened, as scipy's `linkage` writes them.

    Parameters
    ----------
    condensed : float array, shape (m (m − 1) / 2,)
        Finite distances between the leaves, in the order of scipy's `pdist`.
    weights : float array, shape (m,)
        How many customers each leaf stands for, above 0. Single, complete and weighted linkage do not depend on it.
    linkage : {"single", "average", "complete", "ward", "centroid", "weighted"}

    Returns
    -------
    float array, shape (m − 1, 4)
        Per merge the two groups (leaves are 0 … m−1, the group of merge t is m + t), the distance, and the number of leaves.

    Examples
    --------
    >>> agglomerate(np.array([1.0, 5.0, 4.0]), np.ones(3), "single").tolist()
    [[0.0, 1.0, 1.0, 2.0], [2.0, 3.0, 4.0, 3.0]]
    """
    from scipy.spatial.distance import squareform

    between = squareform(condensed**2 if linkage in SQUARED else condensed, checks=False)
    if linkage == "ward":
        # Twice what joining two leaves adds to the variance: the square of the distance, when both have weight 1.
        between *= 2 * weights[:, None] * weights / (weights[:, None] + weights)
    merges = _merges(between, weights.copy(), linkage)
    if linkage in SQUARED:
        merges[:, 2] = np.sqrt(merges[:, 2])
    return merges


def _merges(between: Floats, weights: Floats, linkage: Linkage) -> Floats:
    m = len(weights)
    merges = np.empty((m - 1, 4))
    np.fill_diagonal(between, np.inf)
    names, leaves = np.arange(m), np.ones(m)
    nearest = between.argmin(axis=1)
    bound = between[np.arange(m), nearest]
    fresh = np.ones(m, dtype=bool)
    for step in range(m - 1):
        one = _closest(between, nearest, bound, fresh)
        first, second = sorted((one, int(nearest[one])))
        merges[step] = *sorted((names[first], names[second])), bound[one], leaves[first] + leaves[second]
        row = joined(between[first], between[second], weights=weights, pair=(first, second), linkage=linkage)
        row[[first, second]] = np.inf
        between[first], between[:, first] = row, row
        between[second], between[:, second] = np.inf, np.inf
        weights[first] += weights[second]
        leaves[first] += leaves[second]
        names[first] = m + step
        # Whoever was nearest to one of the two keeps the old distance as a lower bound, until it is the smallest of all.
        was = (nearest == first) | (nearest == second)
        closer = (row < bound) | (was & (row == bound))
        fresh &= ~was | closer
        nearest[closer], bound[closer] = first, row[closer]
        nearest[first] = row.argmin()
        bound[first], bound[second] = row[nearest[first]], np.inf
        fresh[first] = True
        if m - 1 - step == len(bound) // 2:
            # Half of them are gone: go on with the rest.
            alive = np.flatnonzero(bound < np.inf)
            nearest = (np.cumsum(bound < np.inf) - 1)[nearest]
            between = between[np.ix_(alive, alive)]
            nearest, bound, fresh = nearest[alive], bound[alive], fresh[alive]
            names, leaves, weights = names[alive], leaves[alive], weights[alive]
    return merges


def _closest(between: Floats, nearest: NDArray[np.intp], bound: Floats, fresh: NDArray[np.bool_]) -> int:
    while True:
        one = int(bound.argmin())
        if fresh[one]:
            return one
        nearest[one] = between[one].argmin()
        bound[one] = between[one, nearest[one]]
        fresh[one] = True


def joined(one: Floats, two: Floats, *, weights: Floats, pair: tuple[int, int], linkage: Linkage) -> Floats:
    """Return the distances of the union of a pair of groups to every group, shape (m,).

    Parameters
    ----------
    one, two : float array, shape (m,)
        Distances of the two to every group, squared for ward and centroid.
    weights : float array, shape (m,)
    pair : (int, int)
        Places of the two.
    linkage : Linkage

    Examples
    --------
    >>> joined(np.array([np.inf, 1.0, 4.0]), np.array([1.0, np.inf, 6.0]), weights=np.array([3.0, 1.0, 1.0]), pair=(0, 1), linkage="average")[2]
    np.float64(4.5)
    """
    if linkage == "single":
        return np.asarray(np.minimum(one, two))
    if linkage == "complete":
        return np.asarray(np.maximum(one, two))
    if linkage == "weighted":
        return np.asarray((one + two) / 2)
    own, other, apart = weights[pair[0]], weights[pair[1]], one[pair[1]]
    if linkage == "average":
        return np.asarray((own * one + other * two) / (own + other))
    if linkage == "centroid":
        between = own * other * apart / (own + other) ** 2
        return np.asarray(np.maximum((own * one + other * two) / (own + other) - between, 0.0))
    return np.asarray(np.maximum(((own + weights) * one + (other + weights) * two - weights * apart) / (own + other + weights), 0.0))
