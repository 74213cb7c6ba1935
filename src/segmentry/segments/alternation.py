"""Centres that are no means: assign every point to its nearest centre, make the centres anew, until nothing moves.

The alternation of Lloyd (1982) with k-means++ starts (Arthur and Vassilvitskii 2007), for any way to make a centre that can only bring it nearer to its
points: a mean with the most common category (`prototypes`), a direction (`spherical`). Above 10,000 points the starts run on a seeded sample,
and the best is polished on at most 50,000. Not for means alone: `kmeans` is quicker.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.clustering import assign
from segmentry.segments.threads import one_thread
from segmentry.segments.weighing import drawn, too_few_different

FIT_ROWS = 50_000
START_ROWS = 10_000
ROUNDS = 100


class Centring(Protocol):
    """Makes the centres of k groups that all have points."""

    def __call__(self, points: NDArray[np.float64], labels: NDArray[np.int64], k: int, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return centres, shape (k, p)."""
        ...


def alternate(
    points: NDArray[np.float64], k: int, centring: Centring, *, counts: NDArray[np.float64], seed: int, starts: int
) -> tuple[NDArray[np.float64], int]:
    """Return the centres with the lowest sum of squared distances over the starts, shape (k, p), and the number of points they were found on.

    Parameters
    ----------
    points : float array, shape (n, p)
        Checked by `weighing.counts_of`.
    k : int
    centring : Centring
    counts : float array, shape (n,)
        How often each point counts.
    seed : int
    starts : int

    Raises
    ------
    Degenerate
        When there are fewer different points than groups.
    """
    sample, times = drawn(points, counts, FIT_ROWS, seed)
    small, small_times = drawn(sample, times, START_ROWS, seed + 1)
    with one_thread():
        tried = [_settled(small, small_times, centring, first) for first in _firsts(small, small_times, k, seed, starts)]
        centres, _ = min(tried, key=lambda each: each[1])
        if len(small) < len(sample):
            centres, _ = _settled(sample, times, centring, centres)
    return centres, len(sample)


def _firsts(points: NDArray[np.float64], counts: NDArray[np.float64], k: int, seed: int, starts: int) -> list[NDArray[np.float64]]:
    from sklearn.cluster import kmeans_plusplus

    state = np.random.RandomState(seed % 2**32)
    return [kmeans_plusplus(points, k, sample_weight=counts, random_state=state)[0] for _ in range(starts)]


def _settled(
    points: NDArray[np.float64], counts: NDArray[np.float64], centring: Centring, first: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the centres nothing moves from any more, and their cost."""
    k, centres, before = len(first), first, np.array([], dtype=np.int64)
    for _ in range(ROUNDS):
        labels = _filled(*assign(points, centres), k)
        if np.array_equal(labels, before):
            break
        centres, before = centring(points, labels, k, counts), labels
    return centres, float(assign(points, centres)[1] @ counts)


def _filled(labels: NDArray[np.int64], nearest: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Give each group without points the point that is farthest from its centre; the first of equals."""
    for empty in np.flatnonzero(np.bincount(labels, minlength=k) == 0):
        farthest = int(nearest.argmax())
        if nearest[farthest] <= 0:
            raise too_few_different(len(np.unique(labels)), k)
        labels[farthest], nearest[farthest] = empty, 0.0
    return labels
