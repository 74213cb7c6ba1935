"""Intervals of 95 %: the one home of the ways in which doubt is put into figures.

* A share has Wilson's score interval (Wilson 1927): inside 0 to 1, and not of width 0 when nobody or everybody answered.
* A curve or any other figure has the percentile bootstrap (Efron 1979) over *units*: a unit is a customer, or a group of customers who are alike or live
  together, drawn as a whole, because their answers are not independent (Field and Welsh 2007).
* A figure between 0 and 1 whose standard error is known gets an interval that is symmetric on the logit scale, so that it stays inside.

When NOT to use: the bootstrap needs some twenty units or more; with fewer its intervals are too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range
from segmentry.errors import UsageError
from segmentry.results import Estimate

Z = 1.959963984540054
LOW, HIGH = 0.025, 0.975


def wilson(successes: ArrayLike, trials: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the 95 % interval of shares (Wilson 1927).

    Parameters
    ----------
    successes, trials : array-like, shape (m,)
        Need not be whole: effective numbers are welcome. Without trials nothing is known: 0 to 1.

    Returns
    -------
    low, high : float array, shape (m,)

    Raises
    ------
    UsageError
        Unless 0 ≤ successes ≤ trials.

    Examples
    --------
    >>> low, high = wilson([0, 5], [10, 10])
    >>> low.round(3), high.round(3)
    (array([0.   , 0.237]), array([0.278, 0.763]))
    """
    hits, tries = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if not ((hits >= 0) & (hits <= tries)).all():
        raise UsageError(
            f"successes run from {hits.min():g} to {hits.max():g} of at most {tries.max():g}; allowed is 0 to trials. Count them again."
        )
    share = np.divide(hits, tries, out=np.full(hits.shape, 0.5), where=tries > 0)
    centre = tries * share + Z * Z / 2
    half = Z * np.sqrt(tries * share * (1 - share) + Z * Z / 4)
    return np.maximum(0.0, (centre - half) / (tries + Z * Z)), np.minimum(1.0, (centre + half) / (tries + Z * Z))


def share(successes: float, trials: float) -> Estimate:
    """Return a share with its Wilson interval.

    Examples
    --------
    >>> found = share(50, 100)
    >>> round(found.low, 3), round(found.high, 3)
    (0.404, 0.596)
    """
    low, high = wilson([successes], [trials])
    return Estimate(successes / trials if trials else 0.0, float(low[0]), float(high[0]))


def symmetric(value: float, error: float, *, least: float = -math.inf, most: float = math.inf) -> Estimate:
    """Return `value` ± 1.96 `error`, cut at what is possible.

    Examples
    --------
    >>> symmetric(0.1, 0.1, least=0.0).low
    0.0
    """
    return Estimate(value, max(least, value - Z * error), min(most, value + Z * error))


def on_logits(value: float, error: float) -> Estimate:
    """Return a figure strictly between 0 and 1 with an interval symmetric on the logit scale (delta method).

    Examples
    --------
    >>> found = on_logits(0.9, 0.05)
    >>> round(found.low, 3), round(found.high, 3)
    (0.752, 0.964)
    """
    middle, half = math.log(value / (1 - value)), Z * error / (value * (1 - value))
    return Estimate(value, _expit(middle - half), _expit(middle + half))


def for_refits(found: Estimate, *, folds: int) -> Estimate:
    """Return an estimate of cross-fitted scores, its interval widened for models that would differ when made anew.

    Figures of cross-fitting hang together, because any two models share most of what they learned from, and intervals over customers do not feel it.
    Their variance is multiplied by 1 + k / (k − 1) for k folds (Nadeau and Bengio 2003): the interval is half as wide again for five.

    Parameters
    ----------
    found : Estimate
        Such as of `ranking.difference`.
    folds : int
        2 or more.

    Raises
    ------
    UsageError
        With fewer folds.

    Examples
    --------
    >>> for_refits(Estimate(0.25, 0.0, 0.5), folds=5)
    Estimate(value=0.25, low=-0.125, high=0.625)
    """
    check_range("folds", folds, 2, 50)
    wider = math.sqrt(1 + folds / (folds - 1))
    return Estimate(found.value, found.value - wider * (found.value - found.low), found.value + wider * (found.high - found.value))


def _expit(logit: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * logit))


def resampled(units: NDArray[np.intp], *, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield, per resample, how often each customer is drawn when whole units are drawn with replacement.

    Parameters
    ----------
    units : int array, shape (n,)
        Unit of each customer, 0 to u − 1.
    resamples, seed : int

    Yields
    ------
    weights : float array, shape (n,)

    Examples
    --------
    >>> [weights.tolist() for weights in resampled(np.array([0, 0, 1]), resamples=2, seed=1)]
    [[1.0, 1.0, 1.0], [0.0, 0.0, 2.0]]
    """
    rng = np.random.default_rng(seed)
    count = int(units.max()) + 1
    alone = count == len(units) and bool((units == np.arange(count)).all())
    for _ in range(resamples):
        drawn = np.bincount(rng.integers(0, count, count), minlength=count).astype(np.float64)
        yield drawn if alone else drawn[units]


def bootstrap(
    figure: Callable[[NDArray[np.float64]], NDArray[np.float64]], units: NDArray[np.intp], *, resamples: int = 2000, seed: int = 0
) -> NDArray[np.float64]:
    """Return `figure` of every resample.

    Parameters
    ----------
    figure : callable
        From weights per customer, shape (n,), to m figures; NaN where a resample has none, such as one without answers.
    units : int array, shape (n,)
        Unit of each customer, 0 to u − 1.
    resamples, seed : int

    Returns
    -------
    draws : float array, shape (resamples, m)

    Examples
    --------
    >>> draws = bootstrap(lambda weights: np.array([weights[:5].mean()]), np.arange(10), resamples=3)
    >>> draws.shape
    (3, 1)
    """
    return np.array([figure(weights) for weights in resampled(units, resamples=resamples, seed=seed)])


def percentiles(draws: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 2.5 % and 97.5 % points of each column of draws; draws that could not be computed (NaN) do not count.

    Examples
    --------
    >>> low, high = percentiles(np.arange(101.0)[:, None])
    >>> low, high
    (array([2.5]), array([97.5]))
    """
    ends = np.nanquantile(draws, [LOW, HIGH], axis=0)
    return ends[0], ends[1]
