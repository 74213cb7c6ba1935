"""What differences in effect hang on: columns over which the expected effect differs, with the effect that was measured in each of their groups.

Columns are ranked by the share of the variance of the expected effect that their groups alone explain; the effects beside are means of doubly robust scores,
measured and not modelled. Columns that go together share what they explain.

When NOT to use: as causes. That the effect is larger among the young does not say that youth makes it so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.evaluation.intervals import symmetric
from segmentry.matrix import Matrix
from segmentry.uplift.grouping import Grouping, grouping
from segmentry.uplift.policy import standard_error
from segmentry.uplift.results import Driver, EffectGroup
from segmentry.uplift.rule import groups_differ

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

SHOWN = 5


def drivers(
    matrix: Matrix, expected: Floats, gained: Floats, *, given: Codes, arm: int, units: NDArray[np.intp], shown: int = SHOWN
) -> tuple[Driver, ...]:
    """Return the columns that the expected effect of one treatment hangs on, the strongest first.

    Parameters
    ----------
    matrix : Matrix
        Customers of the trial.
    expected : float array, shape (n,)
        Effect of the treatment, out-of-fold.
    gained : float array, shape (n,)
        Doubly robust effect, out-of-fold.
    given : int array, shape (n,)
        Arm of each customer: groups with too few of either are not shown.
    arm : int
    units : int array, shape (n,)
    shown : int
    """
    total = float(expected.var())
    if total == 0:
        return ()
    found = []
    for place, column in enumerate(matrix.columns):
        cut = grouping(matrix.values, place, category=column.kind == "category")
        if cut is None:
            continue
        codes = cut.codes(matrix.values)
        share = min(1.0, _between(expected, codes) / total)
        found.append((-share, place, cut, codes))
    strongest = sorted(found, key=lambda each: each[:2])[:shown]
    return tuple(
        Driver(
            matrix.columns[place].name,
            matrix.columns[place].words,
            arm,
            -share,
            groups_differ(gained, codes, units),
            _groups(matrix, cut, codes, gained=gained, given=given, arm=arm, units=units),
        )
        for share, place, cut, codes in strongest
    )


def _groups(
    matrix: Matrix, cut: Grouping, codes: NDArray[np.intp], *, gained: Floats, given: Codes, arm: int, units: NDArray[np.intp]
) -> tuple[EffectGroup, ...]:
    groups = []
    for code in np.unique(codes):
        own = codes == code
        if min(int((given[own] == each).sum()) for each in (0, arm)) < FLOOR:
            continue
        effect = symmetric(float(gained[own].mean()), standard_error(gained[own], units[own]))
        groups.append(EffectGroup(cut.label(int(code), matrix.columns[cut.place]), int(own.sum()), effect))
    return tuple(groups)


def _between(values: Floats, codes: NDArray[np.intp]) -> float:
    size = np.bincount(codes).astype(np.float64)
    mean = np.divide(np.bincount(codes, values), size, out=np.zeros(len(size)), where=size > 0)
    return float((size * (mean - values.mean()) ** 2).sum() / size.sum())
