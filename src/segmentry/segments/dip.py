"""The dip: how far a distribution is from the nearest one with a single peak (Hartigan and Hartigan 1985).

The sample is first put in `CELLS` cells of equal width, whose cumulated shares joined by straight lines are its distribution; the dip of
that curve is exact. It lies between 0 (one peak) and 1/4 (two points). Not for peaks of very different size, unless they are weighted to the
same: the smaller one can make the dip no larger than half its share.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELLS = 96


def dip(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None, *, cells: int = CELLS) -> float:
    """Return the dip of `values`, shape (n,), each counted `weights` times; 0 when they are all equal.

    Examples
    --------
    >>> one = np.linspace(0, 1, 960, endpoint=False)
    >>> round(dip(one), 3), round(dip(np.concatenate([one, one + 9])), 2)
    (0.0, 0.22)
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return 0.0
    cumulated = np.cumsum(np.histogram(values, bins=cells, range=(low, high), weights=weights)[0])
    return curve_dip(np.concatenate([[0.0], cumulated / cumulated[-1]]))


def curve_dip(heights: NDArray[np.float64]) -> float:
    """Return the dip of a distribution function given by its `heights`, shape (m,), at equally spaced places."""
    first, last, found = 0, len(heights) - 1, 0.0
    while last > first:
        part = heights[first : last + 1]
        below, above = hull(part), -hull(-part)
        gap = above - below
        touching = (np.abs(part - below) <= 1e-12) | (np.abs(part - above) <= 1e-12)
        widest = int(np.argmax(np.where(touching, gap, -1.0)))
        if gap[widest] <= found + 1e-12:
            break
        left, right = _modal(part, below, above, widest)
        found = max(found, float((part - below)[: left + 1].max()), float((above - part)[right:].max()))
        if (left, right) == (0, last - first):
            break
        first, last = first + left, first + right
    return found / 2


def _modal(part: NDArray[np.float64], below: NDArray[np.float64], above: NDArray[np.float64], widest: int) -> tuple[int, int]:
    """The interval that must hold the peak: from the curve below to the curve above, around the widest gap between them."""
    on_below = np.flatnonzero(np.abs(part - below) <= 1e-12)
    on_above = np.flatnonzero(np.abs(part - above) <= 1e-12)
    if widest in on_below:
        return widest, int(on_above[on_above >= widest][0])
    return int(on_below[on_below <= widest][-1]), widest


def hull(heights: NDArray[np.float64], places: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the greatest convex curve below `heights`, shape (m,), at the same `places` (ascending; by default equally spaced).

    Examples
    --------
    >>> hull(np.array([0.0, 3.0, 2.0])).tolist()
    [0.0, 1.0, 2.0]
    """
    across = np.arange(len(heights), dtype=np.float64) if places is None else places
    x, y = across.tolist(), heights.tolist()
    corners: list[int] = []
    for place in range(len(x)):
        while len(corners) > 1:
            one, two = corners[-2], corners[-1]
            if (y[two] - y[one]) * (x[place] - x[one]) < (y[place] - y[one]) * (x[two] - x[one]):
                break
            corners.pop()
        corners.append(place)
    return np.interp(across, across[corners], heights[corners])
