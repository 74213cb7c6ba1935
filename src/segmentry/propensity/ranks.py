"""Ranks of one column, and how well it alone ranks the answers: the quick figures used while columns and settings are chosen.

What is reported is judged by `evaluation.ranking`, with intervals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mid_ranks(values: Floats) -> Floats:
    """Return ranks from 1, equals sharing the middle, shape (n,).

    Examples
    --------
    >>> mid_ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse.reshape(-1)])


def area(ranks: Floats, outcome: Floats) -> float:
    """Return the area under the ROC curve of mid-ranks (Mann and Whitney 1947).

    Examples
    --------
    >>> area(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    1.0
    """
    yes = float(outcome.sum())
    no = len(outcome) - yes
    return float((ranks @ outcome - yes * (yes + 1) / 2) / (yes * no))
