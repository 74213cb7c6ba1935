"""What a model of purchases has to beat: three forecasts made by hand, from the time before the cut-off only.

* the past rate: every customer goes on as before (purchases over tenure);
* the segment average: every customer goes on as their segment did on average (purchases of the segment over its tenure);
* everyone's average: every customer goes on as all did on average.

None of them knows that customers leave, or that a heavy month is partly luck. Not for use as forecasts: they are here to be beaten.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PAST_RATE, SEGMENT_AVERAGE, OVERALL = "past rate", "segment average", "everyone's average"
WORDS: Mapping[str, str] = {
    PAST_RATE: "every customer goes on at their own past rate",
    SEGMENT_AVERAGE: "every customer goes on at the average past rate of their segment",
    OVERALL: "every customer goes on at the average past rate of all",
}
# Classes of repeat purchases: 0, 1, 2, 3–4, 5–9, 10 and more.
CLASSES = (1, 2, 3, 5, 10)
# A first purchase yesterday is no rate: tenures count as at least this share of the hold-out, so nothing is carried forward more than twofold.
SHORTEST = 0.5


def past_rate(X: Floats, length: float) -> Floats:  # noqa: N803 - scikit-learn's name
    """Return purchases in `length` units of time if every customer goes on as before, shape (n,).

    Parameters
    ----------
    X : float array, shape (n, 3)
        Frequency, recency, tenure at the cut-off. Tenures below half of `length` count as that.
    length : float
        In the unit of X.

    Examples
    --------
    >>> past_rate(np.array([[2.0, 30.0, 40.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]), 20.0)
    array([1., 2., 0.])
    """
    return np.asarray(X[:, 0] / np.maximum(X[:, 2], SHORTEST * length) * length)


def segment_average(X: Floats, length: float, groups: NDArray[np.generic]) -> Floats:  # noqa: N803
    """Return purchases in `length` units of time if every customer goes on as their group did, shape (n,).

    Parameters
    ----------
    X : float array, shape (n, 3)
    length : float
    groups : array, shape (n,)
        Group of each customer, known at the cut-off.

    Examples
    --------
    >>> segment_average(np.array([[2.0, 30.0, 40.0], [0.0, 0.0, 40.0], [0.0, 0.0, 5.0]]), 20.0, np.array(["a", "a", "b"]))
    array([0.5, 0.5, 0. ])
    """
    _, place = np.unique(groups, return_inverse=True)
    # Sorted first: sums of fractions depend on their order.
    order = np.lexsort((X[:, 2], place))
    purchases = np.bincount(place[order], weights=X[order, 0])
    time = np.bincount(place[order], weights=np.maximum(X[order, 2], 0.0))
    rate = np.divide(purchases, time, out=np.zeros_like(time), where=time > 0)
    return np.asarray(rate[place] * length)


def classes(X: Floats) -> NDArray[np.int64]:  # noqa: N803
    """Return a group for each customer where no segments are given: class of repeat purchases by third of the time since the last one, shape (n,).

    Examples
    --------
    >>> classes(np.array([[0.0, 0.0, 9.0], [0.0, 0.0, 1.0], [12.0, 8.0, 9.0]]))
    array([ 2,  0, 15])
    """
    absent = X[:, 2] - X[:, 1]
    thirds = np.searchsorted(np.quantile(absent, [1 / 3, 2 / 3]), absent, side="left")
    return np.asarray(np.searchsorted(CLASSES, X[:, 0], side="right") * 3 + thirds, dtype=np.int64)


def baselines(X: Floats, length: float, groups: NDArray[np.generic] | None = None) -> dict[str, Floats]:  # noqa: N803
    """Return all three forecasts by name, each of shape (n,).

    Parameters
    ----------
    X : float array, shape (n, 3)
        Frequency, recency, tenure at the cut-off.
    length : float
        Of the hold-out, in the unit of X.
    groups : array, shape (n,), optional
        Segments known at the cut-off; `classes` without.
    """
    known = classes(X) if groups is None else groups
    return {
        PAST_RATE: past_rate(X, length),
        SEGMENT_AVERAGE: segment_average(X, length, known),
        OVERALL: segment_average(X, length, np.zeros(len(X))),
    }
