"""Fillers in a column of numbers: values such as 999999 or -1 that stand for "unknown", found by rule and not by a list.

A value is a filler when it has the *form* of one and stands *apart* from the rest of its column.

* Form: three or more equal digits (111, 9999, 666666), 99, or a minus before 1 or before nines (-1, -9, -99, -999).
* Apart, one of

  - **far**: on the scale sign(x)·ln(1 + abs(x)), more than 4 robust deviations (1.4826 × the median absolute deviation) from
    the median of the others that are not zero, and more than one such deviation from its nearest neighbour;
  - **a spike beyond the end**: held by 3 customers or more, and more than twice as large as the largest of the others;
  - **below zero alone**: negative, when none of the others is negative.

Not for columns with fewer than 20 other values, nor for identifiers, targets or codes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FAR = 4.0
LEAST = 20
EQUAL_DIGITS = 3


def sentinels(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the values of a column that are fillers, in rising order.

    Parameters
    ----------
    values : float array of shape (n,)
        One column; NaN for missing.

    Returns
    -------
    tuple of float
        Empty when there are none.

    Examples
    --------
    >>> incomes = np.concatenate([np.linspace(20_000, 90_000, 500), [162_397.0, 666_666.0]])
    >>> sentinels(incomes)
    (666666.0,)
    >>> sentinels(np.array([3.0] * 40 + [0.0] * 20 + [-1.0]))
    (-1.0,)
    """
    levels, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    formed = np.array([_has_form(level) for level in levels], dtype=bool)
    others, held = levels[~formed], counts[~formed]
    if held.sum() < LEAST:
        return ()
    centre, spread = _centre(others, held)
    low, high = float(others[0]), float(others[-1])
    return tuple(
        float(level)
        for level, count in zip(levels[formed], counts[formed], strict=True)
        if _far(level, others, centre, spread) or (count >= 3 and level > 2 * high > 0) or (level < 0 <= low)
    )


def _has_form(level: float) -> bool:
    if level != np.rint(level) or abs(level) >= 1e15:
        return False
    digits = str(abs(int(level)))
    if level < 0 and (digits == "1" or set(digits) == {"9"}):
        return True
    return len(set(digits)) == 1 and (len(digits) >= EQUAL_DIGITS or digits == "99")


def _scaled(values: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def _centre(levels: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return median and robust deviation of the values that are not zero, on the log scale."""
    spoken = levels != 0
    if not spoken.any():
        return 0.0, 0.0
    scaled = np.repeat(_scaled(levels[spoken]), counts[spoken])
    centre = float(np.median(scaled))
    return centre, 1.4826 * float(np.median(np.abs(scaled - centre)))


def _far(level: float, others: NDArray[np.float64], centre: float, spread: float) -> bool:
    if spread == 0:
        return False
    place = float(_scaled(level))
    gap = float(np.min(np.abs(_scaled(others) - place)))
    return abs(place - centre) > FAR * spread and gap > spread
