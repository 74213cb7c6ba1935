"""Intervals from draws: of whole numbers and of money with an atom at zero, where "5 % on either side" is not to be had.

The rule, the same for both. The low end leaves at most 5 % of the draws below it. The high end is the value at which the share of draws between
the two ends, both included, comes nearest to 90 %. Who is likelier than 5 % not to buy has the low end zero, so that nothing is left over below, and
the high end leaves 10 % above, not 5 %: with 5 % on either side the intervals of most customers would hold 95 % and more. Who is likelier than 90 %
not to buy gets zero to zero, which holds more than 90 %: no interval that holds the likeliest number could hold less.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.9


def bounds(draws: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the ends of the interval of each row.

    Parameters
    ----------
    draws : float array, shape (n, d)
        What may come, equally likely.
    level : float
        Share it is to hold.

    Returns
    -------
    low, high : float array, shape (n,)

    Examples
    --------
    >>> low, high = bounds(np.array([[0.0] * 60 + [1.0] * 30 + [2.0] * 9]))
    >>> low.tolist(), high.tolist()
    ([0.0], [1.0])
    """
    ordered = np.sort(draws, axis=1)
    count = ordered.shape[1]
    rows = np.arange(len(ordered))
    low = ordered[:, _outside(count, level)]
    # An end that only one draw holds has no weight of its own; one that many hold, such as zero, has theirs.
    below = (ordered < low[:, None]).sum(axis=1) + ((ordered == low[:, None]).sum(axis=1) == 1)
    # Between the i-th and the j-th of n draws lies (j - i) / (n + 1) of what is drawn next.
    place = np.minimum(below + math.ceil(level * (count + 1) - 1e-9), count) - 1
    high = ordered[rows, place]
    under = (ordered < high[:, None]).sum(axis=1)
    upto = (ordered <= high[:, None]).sum(axis=1)
    wanted = level * (count + 1)
    shorter = (under > below) & (wanted - (under - below) < (upto - below) - wanted)
    return low, np.where(shorter, ordered[rows, np.maximum(under - 1, 0)], high)


def tails(draws: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Return the ends that leave the same share of the draws on either side, for sums of many customers.

    Examples
    --------
    >>> tails(np.arange(1.0, 100.0))
    (5.0, 95.0)
    """
    ordered = np.sort(draws)
    first = _outside(len(ordered), level)
    return float(ordered[first]), float(ordered[len(ordered) - 1 - first])


def _outside(count: int, level: float) -> int:
    """Return how many of the ordered draws stand below the low end; rounding must not move it."""
    return max(math.floor((1 - level) / 2 * (count + 1) + 1e-9) - 1, 0)
