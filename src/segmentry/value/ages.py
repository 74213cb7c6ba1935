"""Are newer customers worth more? Cohorts compared at the same age, so that a longer look at the same customers is no growth.

The value "per customer so far" rises with every month that is added to the data, though nobody changed: older customers had more time. Here
every customer counts with what they spent (or bought) in the first `age` days after their first purchase, those who are younger than that not at all,
and those who came earlier are held against those who came later. The interval is of 95 %, for the ratio of two means (delta method on the log), so at
constant truth about one comparison in twenty raises an alarm by luck.

Customers first seen when the data begins were customers before; leave them out with `since`. Not for cause and effect: a season of arrivals differs too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.preparation.words import figure, percent
from segmentry.results import Estimate

Floats = NDArray[np.float64]

FEWEST = 100
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class SameAge:
    """Earlier beside later customers, at the same age.

    Parameters
    ----------
    age : int
        Days since the first purchase that are counted.
    split : int
        First day of the later customers.
    customers : (int, int)
        Earlier and later ones.
    earlier, later : Estimate
        Value per customer at that age, with intervals of 95 %.
    change : Estimate
        later / earlier − 1, likewise.
    changed : bool
        Whether the interval of the change is beyond 0.
    words : str
    """

    age: int
    split: int
    customers: tuple[int, int]
    earlier: Estimate
    later: Estimate
    change: Estimate
    changed: bool
    words: str


def same_age(first: ArrayLike, value: ArrayLike, *, age: int, last: int, since: int | None = None, split: int | None = None) -> SameAge:
    """Hold later customers against earlier ones, all at the same age.

    Parameters
    ----------
    first : int array, shape (n,)
        Day of the first purchase.
    value : float array, shape (n,)
        Spent (or bought) in the first `age` days from then on, that day included.
    age : int
        Days.
    last : int
        Last day of the data.
    since : int, optional
        Customers who came before this day are left out, such as those who were there when the data begins.
    split : int, optional
        First day of the later customers; the middle arrival without.

    Raises
    ------
    NotEnoughData
        With fewer than 100 customers of that age on either side.
    Degenerate
        When one side spent nothing.
    UsageError
        When the arrays do not fit, or the age is not positive.

    Examples
    --------
    >>> first, rng = np.arange(1000) // 5, np.random.default_rng(3)
    >>> found = same_age(first, rng.gamma(2.0, 20.0, 1000), age=30, last=210)
    >>> found.changed, found.customers
    (False, (455, 455))
    """
    days, worth = np.asarray(first, dtype=np.int64), np.asarray(value, dtype=np.float64)
    if days.ndim != 1 or days.shape != worth.shape or not np.isfinite(worth).all() or age < 1:
        raise UsageError(
            f"first has shape {days.shape}, value {worth.shape} and the age is {age} days; allowed are two finite of shape (n,) and 1 or more. "
            "Give one of each per customer."
        )
    old = (days + age - 1 <= last) & (days >= (days.min(initial=last) if since is None else since))
    middle = int(np.sort(days[old])[int(old.sum()) // 2]) if split is None and old.any() else (last if split is None else split)
    sides = [np.sort(worth[old & (days < middle)]), np.sort(worth[old & (days >= middle)])]
    _enough(sides, age)
    earlier, later = (_mean(side) for side in sides)
    change = _ratio(sides, earlier, later)
    changed = not change.low <= 0 <= change.high
    return SameAge(
        age, middle, (len(sides[0]), len(sides[1])), earlier, later, change, changed, _words(age, earlier, later, change, changed=changed)
    )


def _enough(sides: list[Floats], age: int) -> None:
    fewest = min(len(side) for side in sides)
    if fewest < FEWEST:
        raise NotEnoughData(
            Problem(
                "FEW_OF_THAT_AGE",
                f"needs at least {FEWEST} earlier and as many later customers known for {age} days; found {len(sides[0]):,} and {len(sides[1]):,}",
                "compare at a younger age, or read more of the past",
            )
        )
    if min(side.sum() for side in sides) <= 0:
        raise Degenerate(
            Problem(
                "NOTHING_SPENT",
                f"earlier or later customers spent nothing on balance in their first {age} days",
                "compare at an older age, or check which column holds the amounts",
            )
        )


def _mean(side: Floats) -> Estimate:
    mean, error = float(side.mean()), float(side.std(ddof=1)) / math.sqrt(len(side))
    return Estimate(mean, mean - Z95 * error, mean + Z95 * error)


def _ratio(sides: list[Floats], earlier: Estimate, later: Estimate) -> Estimate:
    spread = Z95 * math.sqrt(sum(float(side.var(ddof=1)) / len(side) / float(side.mean()) ** 2 for side in sides))
    ratio = later.value / earlier.value
    return Estimate(ratio - 1, ratio * math.exp(-spread) - 1, ratio * math.exp(spread) - 1)


def _words(age: int, earlier: Estimate, later: Estimate, change: Estimate, *, changed: bool) -> str:
    compared = (
        f"In their first {age} days later customers were worth {figure(later.value)} and earlier ones {figure(earlier.value)} each "
        f"({percent(change.value)} difference, interval {percent(change.low)} to {percent(change.high)})"
    ).replace("-", "−")
    if changed:
        return f"{compared}: later customers are worth {'more' if change.value > 0 else 'less'} than earlier ones at the same age."
    return f"{compared}: no change beyond luck. A higher total per customer only says that customers are known for longer."
