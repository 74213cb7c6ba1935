"""Placements: where each customer stands among those of the other answer; the area under the ROC curve and its variance follow.

The area is the chance that one who answered has a higher score than one who did not, equals counting half (Mann and Whitney 1947). Its variance comes
from the spread of placements (DeLong, DeLong and Clarke-Pearson 1988), by groups where customers are not independent (Obuchowski 1997), which is
DeLong's where everybody stands alone. Differences of placements give the variance of a difference of two areas over the same customers.

When NOT to use: where one answer always scores higher the spread is 0 and says nothing; then the area's interval is Newcombe's (2006, method 5).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.intervals import Z
from segmentry.evaluation.ranked import Ranked

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """The area under the ROC curve, and what every customer adds to its doubt.

    Parameters
    ----------
    area : float
    given : float array, shape (n,)
        By row: placement less the area, over the number with the same answer.
    """

    area: float
    given: Floats


def placements(found: Ranked) -> Placements:
    """Return the area, and each customer's part in its doubt, in the order of the rows.

    Examples
    --------
    >>> from segmentry.evaluation.ranked import ranked
    >>> placements(ranked([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).area
    0.75
    """
    yes, no = found.upto(found.outcome), found.upto(1.0 - found.outcome)
    steps = np.diff(found.ends, prepend=-1)
    # Of those below, and half of those beside.
    beaten = np.repeat((no[-1] - (no[1:] + no[:-1]) / 2) / no[-1], steps)
    beating = np.repeat((yes[1:] + yes[:-1]) / 2 / yes[-1], steps)
    placed = np.where(found.outcome == 1, beaten, beating)
    area = float((placed * found.outcome).sum() / yes[-1])
    given = np.empty(len(found))
    given[found.order] = (placed - area) / np.where(found.outcome == 1, yes[-1], no[-1])
    return Placements(area, given)


def variance(given: Floats, outcome: Floats, units: NDArray[np.intp]) -> float:
    """Return the variance of an area, or of a difference of areas (Obuchowski 1997; DeLong et al. 1988 when units are single).

    Parameters
    ----------
    given : float array, shape (n,)
        Of `Placements`, or the difference of two.
    outcome : float array, shape (n,)
    units : int array, shape (n,)
        0 to u − 1, in the same order.
    """
    of_yes, of_no = np.bincount(units, given * outcome), np.bincount(units, given * (1.0 - outcome))
    sizes = [np.bincount(units, outcome), np.bincount(units, 1.0 - outcome)]
    many_yes, many_no, many = int((sizes[0] > 0).sum()), int((sizes[1] > 0).sum()), len(of_yes)
    if min(many_yes, many_no) < 2:
        return math.nan
    return float(
        many_yes / (many_yes - 1) * (of_yes**2).sum()
        + many_no / (many_no - 1) * (of_no**2).sum()
        + 2 * many / (many - 1) * (of_yes * of_no).sum()
    )


def newcombe(area: float, yes: int, no: int) -> tuple[float, float]:
    """Return the interval of an area by its largest plausible variance at each end (Newcombe 2006, method 5).

    Parameters
    ----------
    area : float
    yes, no : int
        Independent customers (groups) with each answer.

    Examples
    --------
    >>> [round(end, 1) for end in newcombe(1.0, 10, 10)]
    [0.8, 1.0]
    """
    half = (yes + no) / 2 - 1

    def error(truth: float) -> float:
        spread = 1 + half * (1 - truth) / (2 - truth) + half * truth / (1 + truth)
        return Z * math.sqrt(truth * (1 - truth) * spread / (yes * no))

    low = _halved(lambda truth: truth + error(truth) < area, 0.0, area)
    high = _halved(lambda truth: truth - error(truth) <= area, area, 1.0)
    return low, high


def _halved(below: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low if low > 0 else high
