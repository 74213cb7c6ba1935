"""How many of many tests may be believed.

* Benjamini and Hochberg (1995), "Controlling the false discovery rate": of the m tests, sorted by p-value, those up to the largest i with ``p(i) ≤ q
  i / m`` are kept; then at most a share q of what is kept is expected to be chance, when the tests are independent or positively dependent.
* Holm (1979), "A simple sequentially rejective multiple test procedure": the chance of a single false alarm among all tests stays below the level,
  whatever their dependence. For few questions that were all asked beforehand, such as several treatments against one control.

Not for a single question that was asked beforehand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range

Q = 0.05
Floats = NDArray[np.float64]


def discoveries(p: NDArray[np.float64], q: float = Q) -> NDArray[np.bool_]:
    """Return which tests are kept, in the shape of `p`; a NaN is no test and does not count.

    Raises
    ------
    UsageError
        When q is outside 0 … 1.

    Examples
    --------
    >>> discoveries(np.array([0.01, 0.04, 0.03, 0.9, np.nan]))
    array([ True, False, False, False, False])
    """
    check_range("q", q, 0.0, 1.0)
    tested = np.sort(p[~np.isnan(p)])
    passing = np.flatnonzero(tested <= q * np.arange(1, tested.size + 1) / max(tested.size, 1))
    return np.asarray(p <= tested[passing[-1]]) if passing.size else np.zeros(p.shape, dtype=bool)


def adjusted(p: Floats) -> Floats:
    """Return p-values that may be held against q as they stand (Benjamini and Hochberg); a NaN stays one and does not count.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.04, 0.03, np.nan])).round(6).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    order = np.argsort(p, kind="stable")[: int((~np.isnan(p)).sum())]
    steps = p[order] * len(order) / np.arange(1, len(order) + 1)
    out = np.full(p.shape, np.nan)
    out[order] = np.minimum(1.0, np.minimum.accumulate(steps[::-1])[::-1])
    return out


def holm(p: Floats) -> Floats:
    """Return p-values that may be held against the level as they stand (Holm); a NaN stays one and does not count.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).round(6).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    order = np.argsort(p, kind="stable")[: int((~np.isnan(p)).sum())]
    steps = p[order] * (len(order) - np.arange(len(order)))
    out = np.full(p.shape, np.nan)
    out[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return out
