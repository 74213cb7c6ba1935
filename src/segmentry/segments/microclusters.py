"""Micro-clusters: many customers as some hundred small balls of neighbours, so that a tree can be grown on any number of them.

Centres start on rows drawn at random and are moved by a few passes of Lloyd's algorithm over a sample; then every row joins the nearest centre, and
each ball is stood for by the mean and the weight of its rows (the idea of BIRCH: Zhang, Ramakrishnan and Livny 1996). What is lost is how rows differ
inside a ball; `explained` says how much of the variance is kept. Not for final segments: the balls depend on the draw; and a customer far from all
others may share a ball, so that chains and loners, which single linkage looks for, are seen coarsely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.clustering import means
from segmentry.segments.threads import one_thread

SAMPLED = 20_000
_PASSES = 5
# Block and centres together fit the processor's cache.
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class MicroClusters:
    """Rows in small balls.

    Parameters
    ----------
    means : float array, shape (m, p)
        Weighted mean of the rows of each.
    weights : float array, shape (m,)
        Weight of the rows of each, above 0.
    members : int array, shape (n,)
        The micro-cluster 0 … m−1 of each row.
    explained : float
        Share of the rows' variance that lies between the micro-clusters, 0 to 1.
    """

    means: NDArray[np.float64]
    weights: NDArray[np.float64]
    members: NDArray[np.int64]
    explained: float


def gather(rows: NDArray[np.float64], weights: NDArray[np.float64], *, seed: int, most: int) -> MicroClusters:
    """Return at most `most` micro-clusters of `rows`.

    Parameters
    ----------
    rows : float array, shape (n, p)
        Finite, different rows; their order counts, as the sample is drawn by it.
    weights : float array, shape (n,)
        How many customers each row stands for, above 0.
    seed : int
    most : int

    Examples
    --------
    >>> found = gather(np.array([[0.0], [0.2], [9.0], [9.2]]), np.ones(4), seed=1, most=2)
    >>> found.weights.tolist(), round(found.explained, 3)
    ([2.0, 2.0], 1.0)
    """
    generator = np.random.default_rng(seed)
    middle = np.average(rows, axis=0, weights=weights)
    with one_thread():
        centres = _centres(rows, weights, middle=middle, most=most, generator=generator)
        filled, members = np.unique(_nearest(rows, centres, middle), return_inverse=True)
    members = members.ravel().astype(np.int64)
    found = means(rows, members, len(filled), weights)
    total = _squares(rows, weights, middle[None, :], np.zeros(len(rows), dtype=np.int64))
    within = _squares(rows, weights, found, members)
    explained = 1.0 if total == 0 else max(0.0, 1.0 - within / total)
    return MicroClusters(found, np.bincount(members, weights=weights).astype(np.float64), members, explained)


def middles(rows: NDArray[np.float64], centres: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the row nearest to the centre of each group, shape (m,); no group is empty.

    Examples
    --------
    >>> middles(np.array([[0.0], [1.0], [2.1], [9.0]]), np.array([[1.03], [9.0]]), np.array([0, 0, 0, 1])).tolist()
    [1, 3]
    """
    squared = ((rows - centres[members]) ** 2).sum(axis=1)
    order = np.lexsort((squared, members))
    return np.asarray(order[np.concatenate([[True], members[order][1:] != members[order][:-1]])])


def _centres(
    rows: NDArray[np.float64], weights: NDArray[np.float64], *, middle: NDArray[np.float64], most: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    drawn = np.arange(len(rows))
    if len(rows) > SAMPLED:
        drawn = np.sort(generator.choice(len(rows), size=SAMPLED, replace=False, p=weights / weights.sum()))
        weights = np.ones(SAMPLED)  # they were drawn by weight
    sample = rows[drawn]
    centres = sample[np.sort(generator.choice(len(sample), size=min(most, len(sample)), replace=False))]
    for _ in range(_PASSES):
        moved = means(sample, _nearest(sample, centres, middle), len(centres), weights[: len(sample)])
        centres = np.where(np.isnan(moved), centres, moved)
    return centres


def _nearest(rows: NDArray[np.float64], centres: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.int64]:
    """Nearest centre of each row, by ``|c|²/2 − x·c``; the middle is taken off first, as the difference of large squares would be noise."""
    turned = np.ascontiguousarray((centres - middle).T)
    halves = (turned**2).sum(axis=0) / 2
    labels = np.empty(len(rows), dtype=np.int64)
    for block in _blocks(len(rows)):
        labels[block] = (halves - (rows[block] - middle) @ turned).argmin(axis=1)
    return labels


def _squares(rows: NDArray[np.float64], weights: NDArray[np.float64], centres: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Weighted sum of squared distances of the rows to their centres."""
    return float(
        sum((weights[part] * ((rows[part] - centres[labels[part]]) ** 2).sum(axis=1)).sum() for part in _blocks(len(rows), 100_000))
    )


def _blocks(length: int, size: int = _BLOCK) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, length, size))
