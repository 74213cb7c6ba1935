"""Bootstrap stability of a segmentation by any method: of the whole, of each segment, of each customer.

Customers are drawn with replacement and clustered anew by the same method; every customer is then put into one of the new groups.

* Whole: adjusted Rand index (Hubert and Arabie 1985) between the segments and each refit.
* Segment: Jaccard overlap with the most similar segment of each refit, averaged. From .75 on it is stable, from .6 it shows a pattern
  whose borders are unsure, below it is not to be trusted (Hennig 2007, *Cluster-wise assessment of cluster stability*).
* Customer: share of the refits in which the customer falls into the segment matched one to one to the own (largest common membership).

Stable is not real: slices of one long cloud may come back every time. Whether there are groups is asked in `structure`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.clustering import Fitter
from segmentry.segments.kmeans import fit_kmeans, kinds
from segmentry.segments.results import Stability
from segmentry.segments.threads import one_thread

STABLE, TRUSTED = 0.75, 0.6
RESAMPLES = 20
MOST_DRAWN = 10_000


def stability(
    points: NDArray[np.float64], labels: NDArray[np.int64], *, seed: int, fit: Fitter = fit_kmeans, resamples: int = RESAMPLES
) -> Stability:
    """Return the stability of `labels`.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    labels : int array, shape (n,)
        Segment ids 1 … k.
    seed : int
    fit : Fitter
        The method.
    resamples : int
        Refits; each on as many draws as there are customers, at most 10,000.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
    >>> found = stability(points, np.repeat([1, 2, 3], 30), seed=1, resamples=5)
    >>> found.ari, found.jaccard, found.votes.min()
    (1.0, (1.0, 1.0, 1.0), np.float64(1.0))
    """
    k, n, own = int(labels.max()), len(points), labels - 1
    drawn = min(n, MOST_DRAWN)
    agreements, overlaps = [], np.zeros(k)
    votes = np.zeros(n)
    with one_thread():
        for spawned in np.random.SeedSequence(seed).spawn(resamples):
            generator = np.random.default_rng(spawned)
            rows, times = np.unique(generator.integers(n, size=drawn), return_counts=True)
            start = int(generator.integers(2**31))
            sample = points[rows]
            rule = fit(sample, min(k, kinds(sample, k)), seed=start, weights=times.astype(np.float64), quick=True).rule
            refit = rule.assign(points)
            # Customers in no group, which density leaves, stand in a group of their own at the end; nobody comes back to it.
            refit[refit < 0] = len(rule.centres)
            crossed = crossing(own, refit, (k, len(rule.centres) + 1))
            agreements.append(adjusted_rand(crossed))
            overlaps += jaccards(crossed[:, :-1]).max(axis=1, initial=0.0)
            votes += matched(crossed[:, :-1])[own] == refit
    return Stability(
        float(np.mean(agreements)),
        float(np.quantile(agreements, 0.05)),
        tuple((overlaps / resamples).tolist()),
        votes / resamples,
        resamples,
        drawn,
    )


def crossing(one: NDArray[np.int64], other: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return how many points have label i in `one` and j in `other`, labels from 0, as a table of `shape`."""
    return np.bincount(one * shape[1] + other, minlength=shape[0] * shape[1]).reshape(shape)


def adjusted_rand(crossed: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of a crossing table; 1 for the same partition, about 0 for unrelated ones.

    Examples
    --------
    >>> adjusted_rand(np.array([[0, 5], [5, 0]])), round(adjusted_rand(np.array([[5, 5], [5, 5]])), 2)
    (1.0, -0.06)
    """

    def pairs(counts: NDArray[np.int64]) -> float:
        values = counts.astype(np.float64)
        return float((values * (values - 1) / 2).sum())

    together = pairs(crossed)
    rows, columns, every = pairs(crossed.sum(axis=1)), pairs(crossed.sum(axis=0)), pairs(crossed.sum(keepdims=True))
    expected = rows * columns / every if every else 0.0
    highest = (rows + columns) / 2
    return 1.0 if highest == expected else (together - expected) / (highest - expected)


def jaccards(crossed: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the overlap of each pair of segments of two partitions: common over all members, 0 to 1."""
    union = crossed.sum(axis=1, keepdims=True) + crossed.sum(axis=0, keepdims=True) - crossed
    overlap: NDArray[np.float64] = np.divide(crossed, union, out=np.zeros(crossed.shape), where=union > 0)
    return overlap


def matched(crossed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row its column in the one-to-one matching with most common members; −1 for a row that stays alone."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(crossed, maximize=True)
    found = np.full(len(crossed), -1, dtype=np.int64)
    found[rows] = columns
    return found


def trust(jaccard: float) -> str:
    """Return what a segment's Jaccard overlap means, in words; empty when it is stable.

    Examples
    --------
    >>> trust(0.8), trust(0.7), trust(0.5)
    ('', 'so-so', 'not to be trusted')
    """
    if jaccard >= STABLE:
        return ""
    return "so-so" if jaccard >= TRUSTED else "not to be trusted"
