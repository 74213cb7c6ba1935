"""What every weighted method asks of its points before it starts: that they are finite, many enough and differ, and what each of them counts.

A weight says how many customers a point stands for; a point of weight two is the same as two equal points, one of weight zero is not there. Not a
place for the meaning of a weight: importance and money are the caller's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.segments.clustering import means

LARGEST = 1e100


def counts_of(points: NDArray[np.float64], k: int, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Check points, k and weights, and return how often each point counts, shape (n,).

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    weights : float array, shape (n,), optional
        None means one each.

    Raises
    ------
    UsageError
        When k or the shape or sign of the weights is not allowed.
    NotEnoughData
        When fewer points than groups count.
    Degenerate
        When a value is missing, infinite or beyond 1e100, whose square is no number.

    Examples
    --------
    >>> counts_of(np.zeros((2, 1)), 1).tolist()
    [1.0, 1.0]
    """
    check_range("k", k, 1, 1_000)
    if points.ndim != 2 or points.shape[1] == 0:
        raise UsageError(f"points have shape {points.shape}; allowed is customers by one feature or more. Pass a two-dimensional array.")
    wrong = int((~(np.abs(points) <= LARGEST)).any(axis=1).sum())
    if wrong:
        reason = f"{wrong:,} of {len(points):,} customers have a missing, infinite or immense value"
        raise Degenerate(Problem("NOT_FINITE", reason, "prepare the features first: missing values filled, extreme ones drawn in"))
    counts = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)
    if counts.shape != (len(points),) or not np.isfinite(counts).all() or (counts < 0).any():
        raise UsageError(
            f"weights have shape {counts.shape}; allowed is one finite number from 0 up for each of the {len(points):,} points. "
            "Pass one weight per point, or none."
        )
    counted = int((counts > 0).sum())
    if counted == 0 and len(points):
        raise UsageError(
            f"every one of the {len(points):,} weights is zero; allowed is at least one above zero. Pass none to count each point once."
        )
    if counted < k:
        reason = f"need at least {k} customers for {k} segments; found {counted:,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers or ask for fewer segments"))
    return counts


def drawn(
    points: NDArray[np.float64], counts: NDArray[np.float64], most: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most `most` of the points that count, and their counts; drawn with the seed, in their order."""
    rows = np.flatnonzero(counts > 0)
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, size=most, replace=False))
    return points[rows], counts[rows]


def weighted_inertia(points: NDArray[np.float64], labels: NDArray[np.int64], k: int, counts: NDArray[np.float64]) -> float:
    """Return the sum of squared distances of the grouped points to the weighted mean of their group, each as often as it counts.

    Examples
    --------
    >>> weighted_inertia(np.array([[0.0], [3.0], [9.0]]), np.array([0, 0, -1]), 1, np.array([2.0, 1.0, 1.0]))
    6.0
    """
    inside = (labels >= 0) & (counts > 0)
    apart = points[inside] - means(points, labels, k, counts)[labels[inside]]
    return float((apart**2).sum(axis=1) @ counts[inside])


def too_few_different(found: int, k: int) -> Degenerate:
    """Return the refusal of points that are not different enough for k groups."""
    reason = f"need at least {k} different kinds of customers for {k} segments; found {found}, all others are equal to one of them"
    return Degenerate(Problem("TOO_FEW_DIFFERENT", reason, "ask for fewer segments or add features that tell customers apart"))
