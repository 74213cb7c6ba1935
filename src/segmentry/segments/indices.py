"""Inner indices of a clustering, always in the space that was clustered: silhouette, Calinski-Harabasz, Davies-Bouldin.

Silhouette (Rousseeuw 1987): mean of ``(b - a) / max(a, b)``, ``a`` the mean distance to the own segment, ``b`` to the nearest other one;
exact up to 10,000 points, beyond on a seeded sample of 5,000 stratified by segment (at least 30 of each) and weighted back to the sizes,
with its standard error, that of the mean of ten parts of the sample. All three prefer balls of equal size and are flattered by outliers:
none of them says whether there are segments at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.threads import one_thread

EXACT_POINTS = 10_000
SAMPLE_POINTS = 5_000
_SMALLEST = 30
_PARTS = 10
# A tile of distances stays in the processor's cache while it is computed, rooted and summed.
_ROWS, _COLUMNS = 128, 512
_MOST_CELLS = 600
_BLOCK = 8_192


class Score(NamedTuple):
    """A mean silhouette: its value (−1 … 1), the number of points it rests on, and its standard error (0 when exact)."""

    value: float
    sample: int
    error: float


def silhouettes(
    points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]], *, seed: int, most: int = EXACT_POINTS
) -> tuple[Score, ...]:
    """Return the mean silhouette of each labelling of the same points.

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
    >>> silhouettes(points, [np.array([0, 0, 1, 1])], seed=0)[0].value.__round__(3)
    0.978
    """
    if len(points) <= most:
        # One pass over the distances serves every k.
        return tuple(Score(float(each.mean()), len(points), 0.0) for each in silhouette_points(points, labelings))
    return tuple(_sampled(points, labels, min(most, SAMPLE_POINTS), seed) for labels in labelings)


def _sampled(points: NDArray[np.float64], labels: NDArray[np.int64], most: int, seed: int) -> Score:
    sizes = np.bincount(labels)
    rows = stratified(labels, most, seed)
    value = _weighted(points[rows], labels[rows], sizes)
    # Points share the others they are measured against, so their own spread understates the error: parts are compared instead.
    shuffled = rows[np.lexsort((np.random.default_rng(seed).random(len(rows)), labels[rows]))]
    parts = [_weighted(points[part], labels[part], sizes) for part in (shuffled[first::_PARTS] for first in range(_PARTS))]
    unseen = 1 - len(rows) / len(labels)
    return Score(value, len(rows), float(np.std(parts, ddof=1) * np.sqrt(unseen / _PARTS)))


def _weighted(points: NDArray[np.float64], labels: NDArray[np.int64], sizes: NDArray[np.int64]) -> float:
    """Average the silhouettes of a stratified sample as if each segment had its full size."""
    present, own = np.unique(labels, return_inverse=True)
    means = np.bincount(own, weights=silhouette_points(points, [own])[0]) / np.bincount(own)
    return float((sizes[present] * means).sum() / sizes[present].sum())


def silhouette_points(points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float64]]:
    """Return the silhouette of each point, shape (n,), for each labelling; 0 for a point alone in its segment.

    Each distance is computed once for all labellings: points with the same label in all of them lie side by side, distances are summed over
    such cells, and sums of cells are those of segments.
    """
    cells, labels_of = _cells(labelings)
    if len(labels_of) > _MOST_CELLS and len(labelings) > 1:
        half = len(labelings) // 2
        return silhouette_points(points, labelings[:half]) + silhouette_points(points, labelings[half:])
    order = np.argsort(cells, kind="stable")
    edges = np.searchsorted(cells[order], np.arange(len(labels_of) + 1))
    sums = np.empty((len(points), len(labels_of)))
    results = []
    with one_thread():
        sums[order] = _distance_sums(points[order], edges)
        for place, labels in enumerate(labelings):
            members = np.eye(int(labels.max()) + 1)[labels_of[:, place]]
            results.append(_scores(sums @ members, labels, np.bincount(labels).astype(np.float64)))
    return results


def _cells(labelings: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the combinations of labels that occur; with the labels of each, shape (cells, labellings)."""
    cells = np.zeros(len(labelings[0]), dtype=np.int64)
    for labels in labelings:
        _, cells = np.unique(cells * (int(labels.max()) + 1) + labels, return_inverse=True)
    _, first = np.unique(cells, return_index=True)
    return cells, np.column_stack([labels[first] for labels in labelings])


def _distance_sums(points: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the distances of each point to the points ``edges[j] … edges[j + 1]``: shape (n, cells). Each pair is computed once."""
    size = len(points)
    centred = points - points.mean(axis=0)
    squares = np.einsum("ij,ij->i", centred, centred)
    # |x - y|² = -2 x·y + |x|² + |y|² as one product.
    left = np.column_stack([-2.0 * centred, np.ones(size), squares])
    right = np.ascontiguousarray(np.column_stack([centred, squares, np.ones(size)]).T)
    sums, memory = np.zeros((size, len(edges) - 1)), np.empty(_ROWS * _COLUMNS)
    for top in range(0, size, _ROWS):
        bottom = min(top + _ROWS, size)
        own, inner = _pieces(edges, top, bottom)
        within = np.repeat(np.eye(len(inner)), np.diff(inner, append=bottom - top), axis=1)
        for first in range(top, size, _COLUMNS):
            last = min(first + _COLUMNS, size)
            tile = memory[: (bottom - top) * (last - first)].reshape(bottom - top, last - first)
            np.matmul(left[top:bottom], right[:, first:last], out=tile)
            if first == top:
                np.fill_diagonal(tile, 0.0)
            np.sqrt(np.maximum(tile, 0.0, out=tile), out=tile)
            other, starts = _pieces(edges, first, last)
            sums[top:bottom, other] += np.add.reduceat(tile, starts, axis=1)
            # The square on the diagonal holds both directions already.
            later = max(first, bottom)
            if later < last:
                sums[later:last, own] += (within @ tile[:, later - first :]).T
    return sums


def _pieces(edges: NDArray[np.int64], first: int, last: int) -> tuple[slice, NDArray[np.int64]]:
    """Find the cells that lie between two places, and where each begins there."""
    low, high = np.searchsorted(edges, [first, last - 1], side="right")
    return slice(int(low) - 1, int(high)), np.maximum(edges[low - 1 : high] - first, 0)


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
    with one_thread():
        own = _dense(labels)
        sizes = np.bincount(own).astype(np.float64)
        blocks = [slice(first, first + _BLOCK) for first in range(0, len(points), _BLOCK)]
        totals = sum(((np.arange(len(sizes))[:, None] == own[rows]).astype(np.float64) @ points[rows] for rows in blocks), np.float64(0))
        centres = totals / sizes[:, None]
        squared = np.concatenate([((points[rows] - centres[own[rows]]) ** 2).sum(axis=1) for rows in blocks])
        return _calinski(centres, sizes, float(squared.sum())), _davies(centres, np.bincount(own, weights=np.sqrt(squared)) / sizes)


def _dense(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    shifted = labels - labels.min()
    dense: NDArray[np.int64] = (np.cumsum(np.bincount(shifted) > 0) - 1)[shifted]
    return dense


def _calinski(centres: NDArray[np.float64], sizes: NDArray[np.float64], within: float) -> float:
    n, k = sizes.sum(), len(sizes)
    between = (sizes[:, None] * (centres - (sizes @ centres) / n) ** 2).sum()
    return float(between * (n - k) / (within * (k - 1))) if within else 1.0


def _davies(centres: NDArray[np.float64], widths: NDArray[np.float64]) -> float:
    apart = np.sqrt(((centres[:, None] - centres) ** 2).sum(axis=2))
    if not apart.any() or not widths.any():
        return 0.0
    apart[apart == 0] = np.inf
    return float(((widths[:, None] + widths) / apart).max(axis=1).mean())
