"""Repeat purchases of all customers over time, actual beside expected, to see whether business goes the way the model thinks.

A model says how many repeat purchases E[X(t)] a new customer makes in t units of time; summed over the customers by the day of their first purchase that
is the number expected by any day (Fader and Hardie 2005, "Implementing the BG/NBD model in Excel"). Only days are counted, never customers looked at one
by one, so it costs the same for a thousand and for millions. Customers who first came after the cut-off are not in it. A running sum of both lines is the
cumulative picture. Not a choice of model: many shapes of customers give the same line; see `holdout`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.value.results import Tracking

Floats = NDArray[np.float64]
Daily = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """Purchases of the customers who first came by the cut-off, counted per day.

    Parameters
    ----------
    firsts, repeats : int array, shape (d,)
        First, and repeat, purchases on each day of the data, the hold-out included.
    cutoff : int
        Position of the last day of calibration: the hold-out begins on the next.
    unit : float
        Days in a unit of time of the models.
    period : int
        Days in a period of the picture.
    """

    firsts: NDArray[np.int64]
    repeats: NDArray[np.int64]
    cutoff: int
    unit: float = 7.0
    period: int = 7

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        if self.firsts.ndim != 1 or self.firsts.shape != self.repeats.shape or not 0 <= self.cutoff < len(self.firsts):
            raise UsageError(
                f"firsts have shape {self.firsts.shape}, repeats {self.repeats.shape} and the cut-off is {self.cutoff}; "
                "allowed are two of shape (d,) and a position in them. Count both per day, without gaps."
            )
        late = int(self.firsts[self.cutoff + 1 :].sum())
        if late:
            raise UsageError(f"{late:,} first purchases are after the cut-off; count the customers of the calibration only.")

    @classmethod
    def of(cls, firsts: Daily, repeats: Daily, *, cutoff: int, last: int, unit: float = 7.0) -> Arrivals:
        """Count from lists of days.

        Parameters
        ----------
        firsts, repeats : (int array, int array)
            Days with a first (repeat) purchase, such as days since 1970-01-01, ascending, and how many; of customers who first came by the cut-off.
        cutoff, last : int
            Last day of calibration, and of the data.
        unit : float
            Days in a unit of time of the models.

        Examples
        --------
        >>> days, counts = np.array([100, 102]), np.array([5, 1])
        >>> Arrivals.of((days, counts), (days + 1, counts), cutoff=102, last=104).repeats
        array([0, 5, 0, 1, 0])
        """
        begin = int(firsts[0][0])
        counted = [
            np.bincount(days - begin, weights=counts, minlength=last - begin + 1).astype(np.int64) for days, counts in (firsts, repeats)
        ]
        return cls(counted[0], counted[1], cutoff - begin, unit)


def track(arrivals: Arrivals, models: Mapping[str, Callable[[Floats], ArrayLike]]) -> Tracking:
    """Return repeat purchases per period, actual and expected, in whole periods of which one ends on the cut-off.

    Parameters
    ----------
    arrivals : Arrivals
    models : mapping of str to callable
        By name: expected repeat purchases of a new customer up to times of shape (m,), in units of time (``expected_new``).

    Raises
    ------
    NotEnoughData
        When the calibration or the hold-out holds no whole period.

    Examples
    --------
    >>> firsts = np.zeros(28, dtype=np.int64)
    >>> firsts[0] = 10
    >>> arrivals = Arrivals(firsts, np.ones(28, dtype=np.int64), cutoff=20)
    >>> found = track(arrivals, {"steady": lambda times: times})
    >>> found.actual, [round(each, 6) for each in found.expected["steady"]]
    ((7.0, 7.0, 7.0, 7.0), [8.571429, 10.0, 10.0, 10.0])
    """
    days, period = len(arrivals.firsts), arrivals.period
    # Position of the last day of each period; the day before the first period begins stands in front.
    last = np.arange((arrivals.cutoff + 1) % period - 1, days, period)
    if not (last < arrivals.cutoff).any() or not (last > arrivals.cutoff).any():
        raise NotEnoughData(
            Problem(
                "SHORT_TRACKING",
                f"needs at least {period} days before and after the cut-off; found {arrivals.cutoff} and {days - arrivals.cutoff - 1}",
                "read more of the past",
            )
        )
    repeats = np.append(0, np.cumsum(arrivals.repeats))[last + 1]
    expected = {name: np.diff(_cumulative(arrivals, last, model)) for name, model in models.items()}
    return Tracking(
        ends=tuple((last[1:] / arrivals.unit).tolist()),
        actual=tuple(np.diff(repeats).astype(np.float64).tolist()),
        expected={name: tuple(values.tolist()) for name, values in expected.items()},
        cutoff=arrivals.cutoff / arrivals.unit,
    )


def _cumulative(arrivals: Arrivals, last: NDArray[np.int64], model: Callable[[Floats], ArrayLike]) -> Floats:
    """Return repeat purchases expected by the days `last`."""
    by_age = np.asarray(model(np.arange(len(arrivals.firsts)) / arrivals.unit), dtype=np.float64)
    if by_age.shape != arrivals.firsts.shape:
        raise UsageError(
            f"expected_new returned shape {by_age.shape} for {len(arrivals.firsts)} times; allowed is one number for each. Check the model."
        )
    return np.asarray([np.sum(arrivals.firsts[: day + 1] * by_age[: day + 1][::-1]) for day in last])
