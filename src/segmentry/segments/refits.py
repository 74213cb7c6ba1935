"""Stability of each number of segments that was tried: whether it comes back when other customers of the same kind had been seen.

The mean bootstrap agreement (adjusted Rand index) of `stability` on at most `MOST_POINTS` customers and few resamples, the same for every number, so
that the numbers can be compared. A witness for the choice: few segments come back more easily than many, and slices of one long cloud too.
For the chosen segments, each of them and each customer, see `stability`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.clustering import Fitter
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.stability import stability

MOST_POINTS = 2_500
RESAMPLES = 8


def by_k(
    points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]], *, seed: int, fit: Fitter = fit_kmeans, resamples: int = RESAMPLES
) -> tuple[float, ...]:
    """Return the stability of each labelling of the same points, −.5 … 1, 1 when it always comes back.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    labelings : sequence of int arrays, shape (n,)
        Labels 0 … k−1 by the method, one labelling per k; −1 does not count.
    seed : int
    fit : Fitter
        The method.
    resamples : int
        Refits per labelling.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
    >>> by_k(points, [fit_kmeans(points, k, seed=0).labels for k in (3,)], seed=1)
    (1.0,)
    """
    rows = np.arange(len(points))
    if len(points) > MOST_POINTS:
        rows = np.sort(np.random.default_rng(seed).choice(len(points), size=MOST_POINTS, replace=False))
    return tuple(_agreement(points[rows], labels[rows], seed, fit, resamples) for labels in labelings)


def _agreement(points: NDArray[np.float64], labels: NDArray[np.int64], seed: int, fit: Fitter, resamples: int) -> float:
    inside = labels >= 0
    present, dense = np.unique(labels[inside], return_inverse=True)
    if len(present) < 2:
        return 0.0
    return stability(points[inside], dense.ravel().astype(np.int64) + 1, seed=seed, fit=fit, resamples=resamples).ari
