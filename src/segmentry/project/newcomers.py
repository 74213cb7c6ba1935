"""Customers with little history at scoring: the segment they will probably be in once they are known, beside the one the frozen rule gives today.

Who first bought less than 90 days ago has figures that say little yet (purchases, spend, trend, days since the first purchase): they are hidden and
taken from the most alike customers with history in the same data; see `segments.provisional` for the assumption. So is what is not known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData
from segmentry.matrix import Matrix
from segmentry.segments.provisional import blanked, membership
from segmentry.segments.segmentation import Segmentation

YOUNG_DAYS = 90
GROWING = ("frequency", "monetary", "tenure", "trend_90d")


def provisional(matrix: Matrix, segmentation: Segmentation, set_aside: NDArray[np.bool_], *, seed: int) -> dict[str, NDArray[Any]]:
    """Return the columns ``provisional``, ``likely_segment`` and ``likelihood``; none when nobody is new, or too few have a history.

    Parameters
    ----------
    matrix : Matrix
        Customers with the columns of the model.
    segmentation : Segmentation
        Frozen.
    set_aside : bool array, shape (n,)
    seed : int
    """
    young = matrix.column("tenure") < YOUNG_DAYS if "tenure" in matrix.names else np.zeros(len(matrix), dtype=bool)
    unknown = np.isnan(matrix.values).any(axis=1)
    new = (young | unknown) & ~set_aside
    if not new.any():
        return {}
    hidden = blanked(matrix, young, [name for name in GROWING if name in matrix.names])
    reference = matrix.take(~(young | unknown) & ~set_aside)
    try:
        chances = membership(hidden.take(new), segmentation.preparation_, segmentation.rule_, reference=reference, seed=seed)
    except NotEnoughData:
        return {}
    likely, likelihood = np.zeros(len(matrix), dtype=np.int64), np.full(len(matrix), np.nan)
    likely[new] = np.array(segmentation.ids_)[chances.argmax(axis=1)]
    likelihood[new] = chances.max(axis=1)
    return {"provisional": new, "likely_segment": likely, "likelihood": np.round(likelihood, 4)}
