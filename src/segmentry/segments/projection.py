"""A map of the clustered space: principal components by singular value decomposition, signs settled, at most 3,000 customers drawn.

For looking only: segments that overlap on the map may be apart in the full space; the variance explained says how much the map shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.indices import stratified
from segmentry.segments.results import Projection
from segmentry.segments.threads import one_thread

MOST_POINTS = 3_000
_COMPONENTS = 3


def project(points: NDArray[np.float64], labels: NDArray[np.int64], names: Sequence[str], seed: int) -> Projection:
    """Return the first three principal components of `points`, shape (n, p), for a sample stratified by `labels`.

    Parameters
    ----------
    points : float array, shape (n, p)
    labels : int array, shape (n,)
        Segment ids.
    names : sequence of str, length p
        Names of the columns of the points.
    seed : int
        Of the sample.

    Examples
    --------
    >>> found = project(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), np.array([1, 1, 2]), ["age", "income"], seed=0)
    >>> found.points.tolist(), found.explained
    ([[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]], (1.0, 0.0, 0.0))
    """
    centred = points - points.mean(axis=0)
    with one_thread():
        axes, variances = _axes(centred)
        rows = stratified(labels, MOST_POINTS, seed)
        drawn = centred[rows] @ axes.T
    total = variances.sum()
    explained = tuple(float(value / total) if total > 0 else 0.0 for value in _padded(variances[None, :])[0])
    padded = _padded(axes.T)
    loadings = tuple((name, tuple(float(weight) for weight in padded[place])) for place, name in enumerate(names))
    return Projection(_padded(drawn), labels[rows].astype(np.int64), explained, loadings, len(points))


def _axes(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # The p × p matrix of cross-products has the same axes and does not grow with the customers; with more columns than rows the other way is smaller.
    if centred.shape[1] <= centred.shape[0]:
        variances, vectors = np.linalg.eigh(centred.T @ centred)
        order = np.argsort(-variances, kind="stable")
        variances, axes = np.maximum(variances[order], 0.0), vectors.T[order]
    else:
        _, singular, axes = np.linalg.svd(centred, full_matrices=False)
        variances = singular**2
    axes = axes[:_COMPONENTS]
    largest = np.abs(axes).argmax(axis=1)
    # A component has no direction of its own: its largest loading is made positive.
    signs = np.where(axes[np.arange(len(axes)), largest] < 0, -1.0, 1.0)
    return axes * signs[:, None], variances


def _padded(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.zeros((len(columns), _COMPONENTS))
    width = min(_COMPONENTS, columns.shape[1])
    result[:, :width] = columns[:, :width]
    return result + 0.0
