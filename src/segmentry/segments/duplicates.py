"""Equal customers as one row: the different rows in an order of their values alone, so that nothing depends on the order customers came in.

Equal means equal in every bit (0 and −0 are the same). Not for rows that are nearly equal: see `microclusters`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def distinct(rows: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return where each different row first stands, in an order of values alone, and the place there of every row, shapes (m,) and (n,).

    Examples
    --------
    >>> first, place = distinct(np.array([[2.0], [1.0], [2.0]]))
    >>> first.tolist(), place.tolist()
    ([1, 0], [1, 0, 1])
    """
    # Along one fixed direction, as sorting by every column takes long; by every column when different rows meet there.
    along = np.zeros(len(rows))
    for column, slope in zip(rows.T, np.random.default_rng(0).uniform(0.5, 1.5, size=(rows.shape[1],)), strict=True):
        along += column * slope
    order = np.argsort(along, kind="stable")
    differs = _differs(rows[order])
    if (differs & (along[order][1:] == along[order][:-1])).any():
        order = np.lexsort(rows.T[::-1])
        differs = _differs(rows[order])
    new = np.concatenate([[True], differs])
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    return order[new], place


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each value in its column, missing ones last, so that rows with missing values can be compared, shape (n, p).

    Examples
    --------
    >>> ranks(np.array([[7.0], [np.nan], [np.nan]])).ravel().tolist()
    [0.0, 1.0, 1.0]
    """
    ranked = [np.unique(column, return_inverse=True)[1].ravel() for column in values.T]
    return np.column_stack(ranked).astype(np.float64) if ranked else values


def _differs(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((rows[1:] != rows[:-1]).any(axis=1))
