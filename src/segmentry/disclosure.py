"""Disclosure: small cells are hidden here, for everyone, before an aggregate leaves the house.

A count below the floor could point at single customers. When only one cell of a list is hidden and the total is shown,
it could be worked out by subtraction; so further cells are hidden until what is hidden cannot (complementary suppression in
one dimension: Hundepool et al. 2012, "Statistical Disclosure Control", chapter 4). Not enough for crossed tables.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range

FLOOR = 5


def hide_small(counts: ArrayLike, floor: int = FLOOR) -> NDArray[np.bool_]:
    """Return which cells of a list of counts must not be shown, shape (n,).

    Cells from 1 to ``floor − 1`` are hidden; zeros are shown. Then the smallest of the other cells are hidden too, until at
    least two are hidden and together they hold at least `floor` customers.

    Raises
    ------
    UsageError
        When the floor is below 1.

    Examples
    --------
    >>> hide_small([40, 2, 9, 0])
    array([False,  True,  True, False])
    >>> hide_small([40, 30])
    array([False, False])
    """
    check_range("floor", floor, 1, 1_000_000)
    sizes = np.asarray(counts, dtype=np.float64)
    hidden = (sizes > 0) & (sizes < floor)
    if not hidden.any():
        return hidden
    for place in np.argsort(sizes, kind="stable"):
        if hidden.sum() >= 2 and sizes[hidden].sum() >= floor:
            break
        if sizes[place] > 0:
            hidden[place] = True
    return hidden
