"""Gains: the share of all who answer that is reached by contacting the likeliest first (Lo 2002 calls it the gains chart).

Customers with equal scores share what their step reaches, as if contacted in random order. Bands are pointwise percentiles of a bootstrap over groups.
When NOT to use: a high curve is not money yet; see `profit`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range
from segmentry.evaluation.intervals import bootstrap, percentiles
from segmentry.evaluation.ranked import Ranked, ranked
from segmentry.evaluation.results import GainsCurve


def gains(
    outcome: ArrayLike,
    score: ArrayLike,
    *,
    points: int = 101,
    groups: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> GainsCurve:
    """Return the cumulative gains and lift of contacting the likeliest first.

    Parameters
    ----------
    outcome : array-like of 0 and 1, shape (n,)
    score : array-like of float, shape (n,)
        Out-of-fold; higher is likelier.
    points : int
        Depths at which the curve is taken, none and all among them.
    groups : array-like of int, shape (n,), optional
        Customers with the same number are not independent.
    resamples, seed : int
        Of the bands.

    Raises
    ------
    NotEnoughData
        When nobody answered or everybody did.
    UsageError
        When lengths or numbers are out of range.

    Examples
    --------
    >>> curve = gains([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.1], points=5, resamples=50)
    >>> curve.reached, curve.lift[:3]
    ((0.0, 0.5, 1.0, 1.0, 1.0), (2.0, 2.0, 2.0))
    """
    check_range("points", points, 2, 1001)
    found = ranked(outcome, score, groups)
    share = np.linspace(0.0, 1.0, points)
    reached = _reached(found, np.ones(len(found)), share)
    low, high = percentiles(bootstrap(lambda weights: _reached(found, weights, share), found.units, resamples=resamples, seed=seed))
    # At no depth at all the lift is that of the first step.
    first = found.outcome[: found.ends[0] + 1].mean() / found.outcome.mean()
    lift = np.divide(reached, share, out=np.full(points, first), where=share > 0)
    return GainsCurve(_numbers(share), _numbers(reached), _numbers(low), _numbers(high), _numbers(lift))


def _reached(found: Ranked, weights: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    hits, contacted = found.upto(weights * found.outcome), found.upto(weights)
    if hits[-1] == 0:
        return np.full(len(share), np.nan)
    return np.asarray(np.interp(share * contacted[-1], contacted, hits) / hits[-1])


def _numbers(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(each) for each in values)
