"""Season profiles: who buys most in one part of the year, more than chance and the time they were seen explain.

Someone with two purchases always has a "season", and so has someone who joined in autumn. So for every customer the purchases between the first and
the last one are compared with what the shop's calendar gives: under no season each of them falls to a quarter in proportion to the days the
customer was seen in it times how busy the shop is then. The peak is the quarter whose count has the smallest exact binomial tail; it counts as a
season when that tail is at most .01 over the number of quarters (Bonferroni).
By chance alone about one customer in a hundred would still have one. So the number of customers with a season is compared with 99 draws of
everyone's purchases from that calendar (multinomial): more than in all of them, or there are no seasons. One year seen cannot tell a
yearly habit from a single burst, and the words say so.

Not for data of less than twelve months, nor for customers seen for less than nine months or with fewer than three purchases in between (group 0).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError

YEAR = 365
SHORTEST = 270
FEWEST_PURCHASES = 3
FEWEST_CUSTOMERS = 100
ALPHA, DRAWS = 0.01, 99
MOST_TESTED = 5_000
QUARTERS = ("January to March", "April to June", "July to September", "October to December")
NONE, TOO_FEW = "No season", "Too few purchases to say"
_EPOCH = datetime.date(1970, 1, 1)
_BATCH = 200_000


@dataclass(frozen=True, slots=True)
class Purchasing:
    """When customers bought.

    Parameters
    ----------
    purchases : float array, shape (n,)
        Days with a purchase, the first and last included; NaN or 0 without any.
    shares : float array, shape (n, 4)
        Of these, per quarter of the year, 0 to 1.
    first, last : float array, shape (n,)
        Day of the first and last purchase, as days since 1970-01-01; NaN without any.
    """

    purchases: NDArray[np.float64]
    shares: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        shapes = [each.shape for each in (self.purchases, self.shares, self.first, self.last)]
        n = len(self.purchases)
        if shapes != [(n,), (n, 4), (n,), (n,)]:
            raise UsageError(f"the arrays have shapes {shapes}; allowed are (n,), (n, 4), (n,), (n,). Pass one row per customer.")


@dataclass(frozen=True, slots=True)
class Seasons:
    """Seasons of customers, or that there are none.

    Parameters
    ----------
    verdict : {"seasons", "chance", "not enough data"}
    words : str
    labels : int array, shape (n,)
        Quarter 1 … 4 of the season, 5 for none, 0 for customers with too few purchases to say.
    names : tuple of str, length 6
        Of the labels.
    seasonal : int
        Customers with a season.
    expected, upper : float
        Mean and 99 % quantile of that number in the draws.
    customers : int
        With enough purchases.
    busy : tuple of float, length 4
        Purchases per day of these customers in each quarter, over those of the whole year.
    """

    verdict: Literal["seasons", "chance", "not enough data"]
    words: str
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    seasonal: int = 0
    expected: float = 0.0
    upper: float = 0.0
    customers: int = 0
    busy: tuple[float, ...] = ()


def seasons(bought: Purchasing, *, days: int, seed: int, draws: int = DRAWS) -> Seasons:
    """Return the season of each customer.

    Parameters
    ----------
    bought : Purchasing
    days : int
        That the data covers.
    seed : int
    draws : int
        From the calendar without seasons.

    Raises
    ------
    NotEnoughData
        When the data covers less than twelve months.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> counts = rng.multinomial(20, [0.25] * 4, size=300)
    >>> bought = Purchasing(np.full(300, 20.0), counts / 20, np.full(300, 15000.0), np.full(300, 15730.0))
    >>> seasons(bought, days=731, seed=1).verdict
    'chance'
    """
    months = int(days / (YEAR / 12))
    if days < YEAR:
        reason = f"season profiles need 12 full months; found {months}"
        raise NotEnoughData(Problem("TOO_SHORT", reason, "add the transactions of a whole year"))
    names = (TOO_FEW, *(f"Mostly {quarter}" for quarter in QUARTERS), NONE)
    labels = np.zeros(len(bought.purchases), dtype=np.int64)
    counts, inside = _between(bought)
    customers = int(inside.sum())
    if customers < FEWEST_CUSTOMERS:
        words = (
            f"Seasons need at least {FEWEST_CUSTOMERS} customers who were seen for nine months or more with {FEWEST_PURCHASES} purchases between "
            f"the first and the last; found {customers:,}."
        )
        return Seasons("not enough data", words, labels, names, customers=customers)
    own = counts[inside]
    exposed = exposure(bought.first[inside] + 1, bought.last[inside] - 1)
    busy = own.sum(axis=0) / np.maximum(exposed.sum(axis=0), 1)
    chances = exposed * busy
    chances /= chances.sum(axis=1, keepdims=True)
    found = _seasonal(own, chances)
    scale, drawn = _by_chance(own.sum(axis=1), chances, np.random.default_rng(seed), draws)
    seasonal, expected, upper = int((found <= 4).sum()), float(np.mean(drawn)) * scale, float(np.quantile(drawn, 0.99)) * scale
    real = seasonal > max(drawn) * scale
    labels[inside] = found if real else 5
    relative = busy / (own.sum() / exposed.sum())
    words = f"{_words(seasonal, expected, upper, customers, years=days / YEAR, real=real)} {_calendar(relative)}"
    return Seasons(
        "seasons" if real else "chance", words, labels, names, seasonal, expected, upper, customers, tuple(np.round(relative, 4).tolist())
    )


def exposure(first: NDArray[np.float64], last: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many days of each quarter of the year lie from `first` to `last` (both counted), shape (n, 4).

    Examples
    --------
    >>> exposure(np.array([0.0]), np.array([364.0])).tolist()
    [[90.0, 91.0, 92.0, 92.0]]
    """
    start, stop = int(np.nanmin(first)), int(np.nanmax(last)) + 1
    calendar = [(_EPOCH + datetime.timedelta(days=day)).month for day in range(start, stop)]
    quarter = (np.array(calendar, dtype=np.int64) - 1) // 3
    until = np.zeros((len(quarter) + 1, 4))
    until[1:] = np.cumsum(quarter[:, None] == np.arange(4), axis=0)
    begin, end = (first - start).astype(np.int64), np.maximum(last, first - 1).astype(np.int64) + 1 - start
    days: NDArray[np.float64] = until[end] - until[begin]
    return days


def _between(bought: Purchasing) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return purchases per quarter without the first and the last, and for whom they are enough."""
    known = np.isfinite(bought.shares).all(axis=1) & np.isfinite(bought.first) & np.isfinite(bought.last) & (bought.purchases > 0)
    counts = np.zeros((len(known), 4), dtype=np.int64)
    counts[known] = np.rint(bought.shares[known] * bought.purchases[known, None]).astype(np.int64)
    rows = np.flatnonzero(known & (bought.purchases >= FEWEST_PURCHASES + 2))
    for day in (bought.first, bought.last):
        counts[rows, _quarter(day[rows])] -= 1
    inside = np.zeros(len(known), dtype=bool)
    inside[rows] = (bought.last[rows] - bought.first[rows] >= SHORTEST) & (counts[rows] >= 0).all(axis=1)
    inside[rows] &= counts[rows].sum(axis=1) >= FEWEST_PURCHASES
    return counts, inside


def _quarter(days: NDArray[np.float64]) -> NDArray[np.int64]:
    dates = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray((dates % 12) // 3, dtype=np.int64)


def _seasonal(counts: NDArray[np.int64], chances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the quarter 1 … 4 that is busier than chance gives, 5 for none, shape (n,)."""
    from scipy.special import betainc

    found = np.full(len(counts), 5, dtype=np.int64)
    for start in range(0, len(counts), _BATCH):
        rows = slice(start, start + _BATCH)
        own, total = counts[rows].astype(np.float64), counts[rows].sum(axis=1, keepdims=True)
        # P(X ≥ c) of a binomial is an incomplete beta function.
        tails = np.where(own > 0, betainc(np.maximum(own, 1), total - np.maximum(own, 1) + 1, chances[rows]), 1.0)
        peak = tails.argmin(axis=1)
        least = tails[np.arange(len(tails)), peak]
        found[rows] = np.where(least <= ALPHA / 4, peak + 1, 5)
    return found


def _by_chance(
    totals: NDArray[np.int64], chances: NDArray[np.float64], generator: np.random.Generator, draws: int
) -> tuple[float, Sequence[int]]:
    """Return how many customers a tested one stands for, and how many tested have a season in each draw."""
    rows = np.arange(len(totals))
    if len(rows) > MOST_TESTED:
        rows = np.sort(generator.choice(len(rows), size=MOST_TESTED, replace=False))
    own, of = totals[rows], chances[rows]
    drawn = [int((_seasonal(generator.multinomial(own, of), of) <= 4).sum()) for _ in range(draws)]
    return len(totals) / len(rows), drawn


def _words(seasonal: int, expected: float, upper: float, customers: int, *, years: float, real: bool) -> str:
    rests = f"of {customers:,} customers who were seen for nine months or more and bought often enough to say"
    if not real:
        return (
            f"There are no seasons: {seasonal:,} {rests} buy mostly in one quarter of the year, and chance alone would make it "
            f"{expected:,.0f} (up to {upper:,.0f})."
        )
    once = "" if years >= 2 else " With less than two years of data a yearly habit and a single busy spell look the same."
    return f"{seasonal:,} {rests} buy mostly in one quarter of the year; chance alone would make it {expected:,.0f} (up to {upper:,.0f}).{once}"


def _calendar(busy: NDArray[np.float64]) -> str:
    peak = int(busy.argmax())
    if busy[peak] < 1.05:
        return "All of them together buy nearly as much in every quarter."
    return f"All of them together buy most in {QUARTERS[peak]}, {busy[peak]:.2f} × as often as on an average day: that is the shop's calendar, nobody's season."
