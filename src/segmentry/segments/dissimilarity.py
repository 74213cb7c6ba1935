"""How far customers lie apart: Euclidean, Manhattan, cosine, correlation, and Gower's distance for mixed data.

* euclidean ``√Σ(x−y)²`` and manhattan ``Σ|x−y|``: how much two customers differ, feature by feature; a single large difference counts less in the latter.
* cosine ``1 − x·y / |x||y|`` and correlation (the same after each customer's own mean is taken off): whether the mix is alike, whatever the amount.
  A customer with nothing but zeros (the same value everywhere) has no mix, and is refused.
* gower: mean over the features both customers have a value of; numbers differ by ``|x−y|`` over the range of all, categories and flags by 0 or 1
  (Gower 1971, *A general coefficient of similarity and some of its properties*). The range is that of the two most extreme customers: trim first.

All are condensed arrays in the order of scipy's `pdist`: n (n − 1) / 2 numbers, 400 MB for 10,000 customers. Not for more: see `microclusters`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice, check_range
from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.matrix import Column, Matrix

Distance = Literal["euclidean", "cosine", "manhattan", "correlation", "gower"]
DISTANCES: tuple[Distance, ...] = ("euclidean", "cosine", "manhattan", "correlation", "gower")
MOST_COMPARED = 10_000
_SCIPY = {"euclidean": "euclidean", "manhattan": "cityblock", "cosine": "cosine", "correlation": "cosine"}


def pairwise(points: NDArray[np.float64], distance: Distance = "euclidean") -> NDArray[np.float64]:
    """Return the distance of every pair of points, shape (n (n − 1) / 2,).

    Parameters
    ----------
    points : float array, shape (n, p)
        Finite, at most `MOST_COMPARED` rows.
    distance : {"euclidean", "cosine", "manhattan", "correlation"}

    Raises
    ------
    UsageError
        When the distance is unknown, the points are too many or not finite.
    Degenerate
        When a row has no direction, which cosine and correlation need.

    Examples
    --------
    >>> pairwise(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]])).tolist()
    [5.0, 4.0, 3.0]
    """
    from scipy.spatial.distance import pdist

    check_choice("the distance", distance, _SCIPY)
    check_points(points)
    check_range("the number of customers to compare in pairs", len(points), 0, MOST_COMPARED)
    found = np.maximum(pdist(directions(points, distance), _SCIPY[distance]), 0.0)
    if not np.isfinite(found).all():
        raise UsageError(
            f"{int((~np.isfinite(found)).sum()):,} of {len(found):,} distances between the points overflow; allowed are finite ones. "
            "Scale the features first."
        )
    return np.asarray(found)


def directions(points: NDArray[np.float64], distance: Distance) -> NDArray[np.float64]:
    """Return the points as the distance sees them: of length 1 for cosine and correlation, unchanged for the others.

    Raises
    ------
    Degenerate
        When a row has no direction.

    Examples
    --------
    >>> directions(np.array([[3.0, 4.0]]), "cosine").tolist()
    [[0.6, 0.8]]
    """
    if distance not in ("cosine", "correlation"):
        return points
    # Divided by the largest first, lest squares overflow or vanish.
    largest = np.abs(points).max(axis=1, initial=0.0, keepdims=True)
    scaled = np.divide(points, largest, out=np.zeros_like(points), where=largest > 0)
    if distance == "correlation":
        level = (points == points[:, :1]).all(axis=1)
        scaled = np.where(level[:, None], 0.0, scaled - scaled.mean(axis=1, keepdims=True))
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    lost = int((lengths == 0).sum())
    if lost:
        what = "zero in every feature" if distance == "cosine" else "the same value in every feature"
        reason = f"{lost:,} of {len(points):,} customers have {what}; the {distance} distance compares mixes, and they have none"
        raise Degenerate(Problem("NO_DIRECTION", reason, "use the euclidean or manhattan distance, or set these customers aside"))
    return np.asarray(scaled / lengths)


def check_points(points: NDArray[np.float64]) -> None:
    """Raise `UsageError` unless `points` is a finite array of two dimensions."""
    if points.ndim != 2:
        raise UsageError(f"the points have {points.ndim} dimensions; allowed are 2. Pass customers by features.")
    strange = int((~np.isfinite(points)).any(axis=1).sum())
    if strange:
        raise UsageError(
            f"{strange:,} of {len(points):,} points hold missing or infinite values; allowed are finite ones. Prepare them first."
        )


def gower(matrix: Matrix, weights: Mapping[str, float] | None = None) -> NDArray[np.float64]:
    """Return Gower's distance of every pair of customers, 0 to 1, shape (n (n − 1) / 2,).

    Parameters
    ----------
    matrix : Matrix
        At most `MOST_COMPARED` rows; NaN where missing. Features in which nobody differs are left out.
    weights : mapping of str to float, optional
        How much a feature counts, by name; 1 for those not named.

    Raises
    ------
    UsageError
        When a weight is negative or names no column, or the customers are too many.
    Degenerate
        When two customers have no feature in common that both have a value of.

    Examples
    --------
    >>> columns = (Column("age", "Age"), Column("town", "Town", "category", levels=("A", "B")))
    >>> people = Matrix(np.array(["1", "2", "3"], dtype=object), columns, np.array([[20.0, 0], [30.0, 0], [60.0, 1]]))
    >>> gower(people).tolist()
    [0.125, 1.0, 0.875]
    """
    from scipy.spatial.distance import pdist

    check_range("the number of customers to compare in pairs", len(matrix), 0, MOST_COMPARED)
    counts = _counts(matrix, weights or {})
    apart, known = np.zeros(len(matrix) * (len(matrix) - 1) // 2), np.zeros(len(matrix) * (len(matrix) - 1) // 2)
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        scaled = _scaled(column, values)
        if counts[column.name] == 0 or scaled is None:
            continue
        differs = pdist(scaled[:, None], "cityblock")
        both = ~np.isnan(differs)
        known += counts[column.name] * both
        apart += counts[column.name] * np.where(both, (differs > 0) if column.kind in ("category", "flag") else differs, 0.0)
    blank = int((known == 0).sum())
    if blank:
        reason = f"{blank:,} of {len(known):,} pairs of customers share no feature in which both have a value and customers differ at all"
        raise Degenerate(Problem("NOTHING_IN_COMMON", reason, "fill missing values, leave out nearly empty customers, or add features"))
    return np.asarray(apart / known)


def _counts(matrix: Matrix, weights: Mapping[str, float]) -> dict[str, float]:
    for name, weight in weights.items():
        matrix.position(name)
        check_range(f"the weight of {name!r}", weight, 0.0, 1e6)
    return {name: float(weights.get(name, 1.0)) for name in matrix.names}


def _scaled(column: Column, values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Values over their range, or None when nobody differs."""
    if np.isinf(values).any():
        raise UsageError(f"column {column.name!r} holds infinite values; allowed are finite ones and NaN for missing. Clean them first.")
    known = values[~np.isnan(values)]
    if len(known) == 0 or known.min() == known.max():
        return None
    # Halved, as the range of the largest floats would overflow.
    return np.asarray((values / 2 - known.min() / 2) / (known.max() / 2 - known.min() / 2))
