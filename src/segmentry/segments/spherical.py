"""Spherical k-means: groups of customers who divide their favour alike, however much there is of it (Dhillon and Modha 2001).

Each row is scaled to length one; a group is a direction, the scaled sum of its rows, and a customer belongs to the direction with the largest cosine,
which is the nearest on the sphere: ``|u − v|² = 2 − 2 cos``. For product affinities: shares or amounts per category, none below zero, and mostly zero,
where plain distances would group customers by how much they buy. A customer with nothing has no direction and is left unassigned. Not for
features with a meaningful zero in the middle, such as standardised ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem
from segmentry.segments.alternation import alternate
from segmentry.segments.clustering import UNASSIGNED, Clustering, Nearest, means
from segmentry.segments.weighing import counts_of, too_few_different, weighted_inertia


@dataclass(frozen=True, slots=True)
class Directions:
    """The direction with the largest cosine.

    Parameters
    ----------
    centres : float array, shape (k, p)
        Of length one.

    Examples
    --------
    >>> rule = Directions(np.eye(2))
    >>> rule.assign(np.array([[9.0, 1.0], [0.1, 0.2], [0.0, 0.0]])).tolist()
    [0, 1, -1]
    """

    centres: NDArray[np.float64]

    def assign(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the direction of each point, shape (n,); ties go to the first, −1 for a point of zeros."""
        return np.where(points.any(axis=1), Nearest(self.centres).assign(directions(points)), UNASSIGNED)

    def confidence(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``1 - d1 / d2`` of the distances on the sphere to the nearest and second nearest direction, shape (n,); 0 for a point of zeros."""
        return np.where(points.any(axis=1), Nearest(self.centres).confidence(directions(points)), 0.0)

    def ordered(self, order: list[int]) -> Directions:
        """Return the rule with its groups in another order."""
        return Directions(self.centres[order])

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the directions."""
        return {"centres": self.centres}


def fit_spherical(
    points: NDArray[np.float64], k: int, *, seed: int, starts: int = 10, weights: NDArray[np.float64] | None = None, quick: bool = False
) -> Clustering:
    """Cluster the directions of `points`, shape (n, p), finite and not negative, into `k` groups.

    Parameters
    ----------
    points : float array, shape (n, p)
        Shares, amounts or counts per category, not standardised.
    k : int
    seed : int
        Same points, settings and seed: same bits.
    starts : int
        k-means++ starts; the one with the largest sum of cosines is kept.
    weights : float array, shape (n,), optional
        How often each point counts.
    quick : bool
        A quarter of the starts, to compare many fits.

    Returns
    -------
    Clustering
        Its rule is `Directions`; its inertia is measured between the points scaled to length one.

    Raises
    ------
    UsageError
        When an argument is out of its range.
    NotEnoughData
        When fewer points than groups have anything.
    Degenerate
        When a value is negative, or there are fewer different directions than groups.

    Examples
    --------
    >>> found = fit_spherical(np.array([[9.0, 1.0], [0.9, 0.1], [1.0, 8.0], [2.0, 16.0], [0.0, 0.0]]), 2, seed=0)
    >>> found.labels[0] == found.labels[1], found.labels[2] == found.labels[3], found.labels[4]
    (np.True_, np.True_, np.int64(-1))
    """
    check_range("starts", starts, 1, 1_000)
    counts = counts_of(points, k, weights)
    negative = int((points < 0).any(axis=1).sum())
    if negative:
        reason = f"{negative:,} of {len(points):,} customers have an affinity below zero"
        raise Degenerate(Problem("NEGATIVE_AFFINITY", reason, "pass shares, amounts or counts that are not standardised"))
    has = points.any(axis=1)
    if (counts[has] > 0).sum() < k:
        reason = f"need at least {k} customers with any affinity for {k} segments; found {int((counts[has] > 0).sum()):,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers or ask for fewer segments"))
    units = directions(points)
    centres, fitted = alternate(units[has], k, _summed, counts=counts[has], seed=seed, starts=max(1, starts // 4) if quick else starts)
    rule = Directions(centres)
    labels = rule.assign(points)
    filled = len(np.unique(labels[has]))
    if filled < k and not quick:
        raise too_few_different(filled, k)
    return Clustering("spherical", labels, rule, weighted_inertia(units, labels, k, counts), fitted)


def directions(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points scaled to length one, points of zeros as they are; a row has the same bits in any batch.

    Examples
    --------
    >>> directions(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    # By the largest first: the square of a tiny share may be zero.
    largest = np.abs(points).max(axis=1, keepdims=True)
    scaled = np.divide(points, largest, out=np.zeros(points.shape), where=largest > 0)
    squared = np.zeros(len(points))
    for column in scaled.T:
        squared += column * column
    length = np.sqrt(squared)[:, None]
    return np.asarray(np.divide(scaled, length, out=np.zeros(points.shape), where=length > 0))


def _summed(points: NDArray[np.float64], labels: NDArray[np.int64], k: int, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return directions(means(points, labels, k, counts))
