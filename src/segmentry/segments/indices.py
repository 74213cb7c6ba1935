"""Inner indices of a clustering, always in the space that was clustered: silhouette, Calinski-Harabasz, Davies-Bouldin.

Silhouette (Rousseeuw 1987): mean of ``(b - a) / max(a, b)``, ``a`` the mean distance to the own segment, ``b`` to the nearest other one;
exact up to 10,000 points, beyond on a seeded sample of 5,000 stratified by segment (at least 30 of each), weighted back to the sizes. All three
prefer balls of equal size and are flattered by outliers: none of them says whether there are segments at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.threads import one_thread

EXACT_POINTS = 10_000
SAMPLE_POINTS = 5_000
_SMALLEST = 30
_CHUNK = 1_000


def silhouettes(
    points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]], *, seed: int, most: int = EXACT_POINTS
) -> tuple[tuple[float, int], ...]:
    """Return mean silhouette and the number of points it rests on, for each labelling of the same points.

    Parameters
    ----------
    points : float array, shape (n, p)
    labelings : sequence of int arrays, shape (n,)
        Labels 0 … k−1, none empty.
    seed : int
        Of the sample.
    most : int
        Points above which a sample is taken.

    Examples
    --------
    >>> points = np.array([[0.0], [0.2], [9.0], [9.2]])
    >>> [(round(value, 3), n) for value, n in silhouettes(points, [np.array([0, 0, 1, 1])], seed=0)]
    [(0.978, 4)]
    """
    if len(points) <= most:
        # One pass over the distances serves every k.
        return tuple((float(each.mean()), len(points)) for each in silhouette_points(points, labelings))
    results = []
    for labels in labelings:
        rows = stratified(labels, min(most, SAMPLE_POINTS), seed)
        each = silhouette_points(points[rows], [labels[rows]])[0]
        sizes = np.bincount(labels)
        means = np.bincount(labels[rows], weights=each) / np.bincount(labels[rows])
        results.append((float((sizes * means).sum() / sizes.sum()), len(rows)))
    return tuple(results)


def silhouette_points(points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float64]]:
    """Return the silhouette of each point, shape (n,), for each labelling; 0 for a point alone in its segment."""
    centred = points - points.mean(axis=0)
    squares = (centred**2).sum(axis=1)
    members = [np.eye(int(labels.max()) + 1)[labels] for labels in labelings]
    every = np.hstack(members)
    edges = np.cumsum([0, *(one.shape[1] for one in members)])
    results = [np.empty(len(points)) for _ in labelings]
    with one_thread():
        for start in range(0, len(points), _CHUNK):
            rows = slice(start, min(start + _CHUNK, len(points)))
            squared = squares[rows, None] + squares[None, :] - 2.0 * centred[rows] @ centred.T
            squared[np.arange(rows.stop - start), np.arange(start, rows.stop)] = 0.0
            sums = np.sqrt(np.maximum(squared, 0.0)) @ every
            for place, labels in enumerate(labelings):
                results[place][rows] = _scores(sums[:, edges[place] : edges[place + 1]], labels[rows], members[place].sum(axis=0))
    return results


def _scores(sums: NDArray[np.float64], own: NDArray[np.int64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.arange(len(own))
    inside = sums[places, own] / np.maximum(sizes[own] - 1, 1)
    others = sums / sizes
    others[places, own] = np.inf
    nearest = others.min(axis=1)
    larger = np.maximum(inside, nearest)
    scores = np.divide(nearest - inside, larger, out=np.zeros_like(larger), where=(larger > 0) & np.isfinite(larger))
    return np.where(sizes[own] > 1, scores, 0.0)


def stratified(labels: NDArray[np.int64], most: int, seed: int, least: int = _SMALLEST) -> NDArray[np.intp]:
    """Return about `most` row numbers, sorted, in proportion to the segments but at least `least` of each (or all it has).

    Examples
    --------
    >>> rows = stratified(np.repeat([0, 1], [990, 10]), 100, seed=0, least=5)
    >>> len(rows), int((rows >= 990).sum())
    (104, 5)
    """
    if len(labels) <= most:
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        size = min(len(rows), max(least, round(most * len(rows) / len(labels))))
        chosen.append(generator.choice(rows, size=size, replace=False))
    return np.sort(np.concatenate(chosen))


def separation(points: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Return Calinski-Harabasz (1974) and Davies-Bouldin (1979), as scikit-learn computes them; at least two segments, fewer than points.

    Examples
    --------
    >>> points = np.array([[0.0], [0.2], [9.0], [9.2]])
    >>> tuple(round(value, 3) for value in separation(points, np.array([0, 0, 1, 1])))
    (4050.0, 0.022)
    """
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    with one_thread():
        return float(calinski_harabasz_score(points, labels)), float(davies_bouldin_score(points, labels))
