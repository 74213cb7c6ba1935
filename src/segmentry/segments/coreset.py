"""A coreset: few weighted customers on which sums of squared distances come out nearly as on all.

A customer is drawn with ``q ∝ ½ · 1/n + ½ · d(x, μ)² / Σ d²``, μ the mean: the lightweight coreset (Bachem, Lucic and Krause 2018), so that
far and rare customers are not lost, as in a uniform sample. Drawn without replacement by priorities ``q / u``, u uniform (Duffield, Lund
and Thorup 2007): the highest are kept, each standing for ``max(1, τ / q)`` customers with τ the highest priority left out, which makes
every sum unbiased. Reservoirs of parts add up to that of the whole, so one pass over batches is enough once mean and spread are known.
Not for figures of a few customers: those want them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.threads import one_thread

_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Coreset:
    """Some customers standing for all.

    Parameters
    ----------
    rows : int array, shape (m,)
        Ascending row numbers.
    weights : float array, shape (m,)
        How many customers each stands for, at least one.
    drawn_from : int
        Customers there are.
    """

    rows: NDArray[np.intp]
    weights: NDArray[np.float64]
    drawn_from: int


@dataclass(frozen=True, slots=True)
class Reservoir:
    """The customers of highest priority among those seen; reservoirs of parts add up.

    Parameters
    ----------
    size : int
        Customers wanted; one more is kept, whose priority sets the weights.
    seen : int
    rows : int array, shape (m,)
        Ascending numbers of those kept, m ≤ size + 1.
    points : float array, shape (m, p)
    counts, importance, priority : float arrays, shape (m,)
        How often each counts, ``1 + d² / spread``, and the two multiplied over a uniform number.
    """

    size: int
    seen: int
    rows: NDArray[np.intp]
    points: NDArray[np.float64]
    counts: NDArray[np.float64]
    importance: NDArray[np.float64]
    priority: NDArray[np.float64]

    def __add__(self, other: Reservoir) -> Reservoir:
        """Return the reservoir of both parts; `other` holds later rows."""
        parts = [
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("rows", "points", "counts", "importance", "priority")
        ]
        return _highest(self.size, self.seen + other.seen, *parts)

    def coreset(self) -> Coreset:
        """Return the customers kept, with their weights."""
        if len(self.rows) <= self.size:
            return Coreset(self.rows, self.counts, self.seen)
        kept = np.ones(len(self.rows), dtype=bool)
        kept[self.priority.argmin()] = False
        weights = np.maximum(self.counts, self.priority.min() / self.importance)
        return Coreset(self.rows[kept], weights[kept], self.seen)


def reservoir(
    points: NDArray[np.float64],
    size: int,
    *,
    mean: NDArray[np.float64],
    spread: float,
    generator: np.random.Generator,
    first: int = 0,
    counts: NDArray[np.float64] | None = None,
) -> Reservoir:
    """Return the reservoir of one batch.

    Parameters
    ----------
    points : float array, shape (n, p)
    size : int
    mean : float array, shape (p,)
        Of all customers, as their moments tell it.
    spread : float
        Mean squared distance of all customers to it: the sum of the variances.
    generator : numpy Generator
        The same one for batch after batch: then the draw does not depend on where batches end.
    first : int
        Row number of the first point.
    counts : float array, shape (n,), optional
        How often each point counts.

    Examples
    --------
    >>> generator, points = np.random.default_rng(0), np.arange(6.0)[:, None]
    >>> parts = [reservoir(points[r : r + 3], 2, mean=np.array([2.5]), spread=35 / 12, generator=generator, first=r) for r in (0, 3)]
    >>> (parts[0] + parts[1]).coreset().rows.tolist()
    [4, 5]
    """
    often = np.ones(len(points)) if counts is None else counts
    apart = points - mean
    importance = np.ones(len(points))
    if spread > 0:
        importance += np.einsum("ij,ij->i", apart, apart) / spread
    priority = often * importance / (1.0 - generator.random(len(points)))
    return _highest(size, len(points), np.arange(first, first + len(points)), points, often, importance, priority)


def _highest(
    size: int,
    seen: int,
    rows: NDArray[np.intp],
    points: NDArray[np.float64],
    counts: NDArray[np.float64],
    importance: NDArray[np.float64],
    priority: NDArray[np.float64],
) -> Reservoir:
    if len(rows) > size + 1:
        kept = np.sort(np.argpartition(priority, -(size + 1))[-(size + 1) :])
        rows, points, counts, importance, priority = rows[kept], points[kept], counts[kept], importance[kept], priority[kept]
    return Reservoir(size, seen, rows, points, counts, importance, priority)


def draw(points: NDArray[np.float64], size: int, *, seed: int, weights: NDArray[np.float64] | None = None) -> Coreset:
    """Return a coreset of at most `size` of `points`, shape (n, p); all of them when there are no more.

    Parameters
    ----------
    points : float array, shape (n, p)
    size : int
    seed : int
    weights : float array, shape (n,), optional
        How often each point counts.

    Examples
    --------
    >>> found = draw(np.append(np.zeros(999), 1e6)[:, None], 100, seed=0)
    >>> len(found.rows), int(found.rows[-1]), found.weights[-1].tolist()
    (100, 999, 1.0)
    """
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(points), _BLOCK)]
    often = np.ones(len(points)) if weights is None else weights
    generator = np.random.default_rng(seed)
    with one_thread():
        mean = np.sum([often[rows] @ points[rows] for rows in blocks], axis=0) / often.sum()
        spread = sum(float(often[rows] @ ((points[rows] - mean) ** 2).sum(axis=1)) for rows in blocks) / float(often.sum())
        parts = [
            reservoir(points[rows], size, mean=mean, spread=spread, generator=generator, first=rows.start, counts=often[rows])
            for rows in blocks
        ]
    found = parts[0]
    for part in parts[1:]:
        found += part
    return found.coreset()
