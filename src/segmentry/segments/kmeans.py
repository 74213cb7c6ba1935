"""k-means with several starts, the same bits on one thread or many, on any number of customers.

Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii 2007) as in scikit-learn. Up to 10,000 points: every start on all of them.
Above: the starts run on a seeded sample of 10,000, the best is polished on a sample of at most 50,000, and all points are then
assigned to the nearest centre; inertia is always that of all points. Not for groups that are no balls: it cuts space into convex cells.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem
from segmentry.segments.clustering import Clustering, Nearest, assign
from segmentry.segments.threads import one_thread

FIT_ROWS = 50_000
START_ROWS = 10_000


def fit_kmeans(
    points: NDArray[np.float64], k: int, *, seed: int, starts: int = 20, weights: NDArray[np.float64] | None = None, quick: bool = False
) -> Clustering:
    """Cluster finite `points`, shape (n, p), into `k` groups.

    Parameters
    ----------
    points : float array, shape (n, p)
        In a space where distances mean something: see `preparation`.
    k : int
    seed : int
        Same points, k, seed and starts: same bits.
    starts : int
        Random starts; the one with the lowest inertia is kept.
    weights : float array, shape (n,), optional
        How often each point counts.
    quick : bool
        A quarter of the starts and a coarse stop, to compare many fits.

    Raises
    ------
    NotEnoughData
        When there are fewer points than groups.
    Degenerate
        When there are fewer different points than groups.

    Examples
    --------
    >>> found = fit_kmeans(np.array([[0.0], [0.2], [9.0], [9.2]]), 2, seed=0)
    >>> sorted(found.centres.ravel().round(3).tolist()), round(found.inertia, 3)
    ([0.1, 9.1], 0.04)
    """
    if len(points) < k:
        raise NotEnoughData(
            Problem(
                "TOO_FEW_CUSTOMERS",
                f"need at least {k} customers for {k} segments; found {len(points):,}",
                "add customers or ask for fewer segments",
            )
        )
    if quick or weights is not None:
        centres = quick_centres(points, k, seed=seed, starts=max(1, starts // 4) if quick else starts, weights=weights)
        labels, nearest = assign(points, centres)
        return Clustering("kmeans", labels, Nearest(centres), float((nearest if weights is None else nearest * weights).sum()), len(points))
    sample = _sample(points, FIT_ROWS, seed)
    small = _sample(sample, START_ROWS, seed + 1)
    distinct = len(np.unique(small, axis=0))
    if distinct < k:
        raise _too_few_different(distinct, k)
    centres = _lloyd(small, k, seed=seed, starts=starts)
    if len(small) < len(sample):
        centres = _lloyd(sample, k, seed=seed, first=centres)
    labels, nearest = assign(points, centres)
    filled = len(np.unique(labels))
    if filled < k:
        raise _too_few_different(filled, k)
    return Clustering("kmeans", labels, Nearest(centres), float(nearest.sum()), len(sample))


def quick_centres(
    points: NDArray[np.float64], k: int, *, seed: int, starts: int, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return centres, shape (k, p), good enough to compare many fits: few starts, a coarse stop.

    Same bits only inside `one_thread`, which the caller enters once for all its fits.

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    seed : int
    starts : int
    weights : float array, shape (n,), optional
        How often each point counts.
    """
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=starts, random_state=seed, tol=1e-3, max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.fit(points, sample_weight=weights).cluster_centers_, dtype=np.float64)


def _lloyd(
    points: NDArray[np.float64], k: int, *, seed: int, starts: int = 1, first: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    from sklearn.cluster import KMeans

    model = KMeans(k, init="k-means++" if first is None else first, n_init=starts, random_state=seed, tol=0.0, max_iter=300)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.fit(points).cluster_centers_, dtype=np.float64)


def _sample(points: NDArray[np.float64], most: int, seed: int) -> NDArray[np.float64]:
    if len(points) <= most:
        return points
    rows = np.random.default_rng(seed).choice(len(points), size=most, replace=False)
    return points[np.sort(rows)]


def _too_few_different(found: int, k: int) -> Degenerate:
    reason = f"need at least {k} different kinds of customers for {k} segments; found {found}, all others are equal to one of them"
    return Degenerate(Problem("TOO_FEW_DIFFERENT", reason, "ask for fewer segments or add features that tell customers apart"))
