"""Is there enough to learn from? Minimum data, in words, before any model is fitted; and what can be said when there is not.

The numbers come from simulation (BG/NBD as in CDNOW, 39 weeks to learn, 39 to foretell, 150 shops each). One shop in ten foretold its total wrong by
more than this, and so many fits had no finite optimum:

    customers with a repeat purchase     30     60    100    200    400
    total off by more than              59 %   39 %   27 %   21 %   17 %
    fits without an optimum             25 %   13 %    9 %    1 %     0

From 100 on a total is worth its interval. With one purchase each nothing tells customers apart: what can be said is the average of all, never of one
("prior only"). Not for snapshot tables, whose columns are judged in `snapshots`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.preparation.words import figure
from segmentry.results import Estimate

Floats = NDArray[np.float64]

REPEATERS = 100
OBSERVED_DAYS = 84
HOLDOUT_PURCHASES = 100
HOLDOUT_DAYS = 28
BLOCK_DAYS = 30
# Two-sided 90 %, as everywhere in `value`.
Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class PriorOnly:
    """What can be said without telling customers apart.

    Parameters
    ----------
    purchases : Estimate
        Repeat purchases per customer up to the horizon, of all on average, with an interval of 90 %.
    words : str
    """

    purchases: Estimate
    words: str


def check_enough(X: Floats, *, days: float | None = None) -> None:  # noqa: N803 - scikit-learn's name
    """Raise unless purchases can be modelled at all.

    Parameters
    ----------
    X : float array, shape (n, 3)
        Frequency (repeat purchases), recency, tenure.
    days : float, optional
        From the first day of the data to the last; not asked about without.

    Raises
    ------
    NotEnoughData
        ``PRIOR_ONLY`` where nobody bought twice, ``FEW_REPEATERS``, ``SHORT_OBSERVATION``: with what is needed and what was found.
    UsageError
        When X is of another shape.

    Examples
    --------
    >>> check_enough(np.tile([1.0, 5.0, 20.0], (30, 1)), days=200)
    Traceback (most recent call last):
    segmentry.errors.NotEnoughData: FEW_REPEATERS: needs at least 100 customers with a repeat purchase; found 30 of 30. Next: ...
    """
    if X.ndim != 2 or X.shape[1] != 3:
        raise UsageError(f"X has shape {X.shape}; allowed is (n, 3): frequency, recency, tenure. Give one row per customer.")
    repeaters = int((X[:, 0] > 0).sum())
    problems = []
    if not repeaters:
        problems.append(
            Problem(
                "PRIOR_ONLY",
                f"nobody of {len(X):,} customers bought on a second day, and with one purchase each nothing tells customers apart: "
                "only an average of all can be said, never what one customer will do",
                "read more of the past, or check that one person has the same customer id on every purchase",
            )
        )
    elif repeaters < REPEATERS:
        problems.append(
            Problem(
                "FEW_REPEATERS",
                f"needs at least {REPEATERS} customers with a repeat purchase; found {repeaters:,} of {len(X):,}",
                "read more of the past or more customers; until then only an average of all can be said",
            )
        )
    if days is not None and days < OBSERVED_DAYS:
        problems.append(
            Problem(
                "SHORT_OBSERVATION",
                f"needs at least {OBSERVED_DAYS // 7} weeks from the first purchase of the data to the last day; found {days / 7:.1f}",
                "read more of the past",
            )
        )
    if problems:
        raise NotEnoughData(*problems)


def prior_only(X: Floats, horizon: float) -> PriorOnly:  # noqa: N803
    """Return the average number of repeat purchases per customer up to the horizon, when customers go on as all did on average.

    The interval is that of a ratio (variation between customers, Cochran 1977, section 6.4), never narrower than luck alone (Poisson) would make it;
    without any repeat purchase its upper end is the rate that would have shown one in 19 of 20 cases.

    Parameters
    ----------
    X : float array, shape (n, 3)
        Frequency, recency, tenure.
    horizon : float
        In the unit of X.

    Raises
    ------
    NotEnoughData
        When no time has passed since the first purchases.

    Examples
    --------
    >>> prior_only(np.tile([0.0, 0.0, 10.0], (30, 1)), 10.0).words
    'On average a customer makes 0 repeat purchases up to the horizon (90 % interval 0 to 0.0999); nothing is said about single customers.'
    """
    time = float(np.sort(X[:, 2]).sum())
    if not time > 0:
        raise NotEnoughData(
            Problem("NO_TIME", f"{len(X):,} customers have been known for no time at all", "read a later day, or more of the past")
        )
    purchases = float(X[:, 0].sum())
    rate = purchases / time
    spread = max(float(np.sort((X[:, 0] - rate * X[:, 2]) ** 2).sum()), purchases)
    half = Z90 * math.sqrt(spread) / time
    low, high = (max(rate - half, 0.0), rate + half) if purchases else (0.0, -math.log(0.05) / time)
    found = Estimate(rate * horizon, low * horizon, high * horizon)
    words = (
        f"On average a customer makes {figure(found.value)} repeat purchases up to the horizon (90 % interval {figure(found.low)} to "
        f"{figure(found.high)}); nothing is said about single customers."
    )
    return PriorOnly(found, words)


def cutoff(first: int, last: int, *, horizon: int) -> int:
    """Return the last day of calibration: what comes after it is held out to judge the models.

    Held out is a quarter of the days, in whole blocks of 30, at least four weeks and no more than the horizon that is asked about: long data judge the
    forecast as far as it reaches, short ones leave most days to learn from.

    Parameters
    ----------
    first, last : int
        First and last day of the data, such as days since 1970-01-01.
    horizon : int
        Days that will be foretold.

    Raises
    ------
    NotEnoughData
        With less than 16 weeks of data: twelve to learn from and four to judge.
    UsageError
        When the horizon is no positive number of days.

    Examples
    --------
    >>> 373 - (cutoff(0, 372, horizon=365) + 1)
    90
    """
    if horizon < 1:
        raise UsageError(f"horizon is {horizon} days; allowed is 1 or more. Give the number of days to look ahead.")
    days = last - first + 1
    if days < OBSERVED_DAYS + HOLDOUT_DAYS:
        raise NotEnoughData(
            Problem(
                "SHORT_OBSERVATION",
                f"needs at least {(OBSERVED_DAYS + HOLDOUT_DAYS) // 7} weeks of data, {OBSERVED_DAYS // 7} to learn from and "
                f"{HOLDOUT_DAYS // 7} to judge by; found {days / 7:.1f}",
                "read more of the past",
            )
        )
    blocks = days // 4 // BLOCK_DAYS * BLOCK_DAYS
    return last - max(min(blocks, horizon), HOLDOUT_DAYS)


def check_holdout(later: Floats) -> None:
    """Raise unless enough was bought in the hold-out to judge by: 100 purchases leave a total uncertain by 10 % even when customers do not differ.

    Parameters
    ----------
    later : float array, shape (n,)
        Purchases in the hold-out.

    Raises
    ------
    NotEnoughData
        With what is needed and what was found.
    """
    found = float(later.sum())
    if found < HOLDOUT_PURCHASES:
        raise NotEnoughData(
            Problem(
                "SMALL_HOLDOUT",
                f"needs at least {HOLDOUT_PURCHASES} purchases in the hold-out to choose a model by; found {figure(found)}",
                "read data that reaches further, or hold out a longer time",
            )
        )
