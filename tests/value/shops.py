"""Shops whose truth is known, for the tests of value: days of purchase of each customer, and what a day of looking back sees of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Shop:
    """Purchases as (customer, day) pairs, sorted and distinct; every customer has one."""

    customer: np.ndarray
    day: np.ndarray
    days: int

    @property
    def first(self) -> np.ndarray:
        return self.day[np.flatnonzero(np.diff(self.customer, prepend=-1))]

    def looked_back(self, cutoff: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return X in weeks at the end of the day `cutoff`, later purchases, and the positions of the customers known by then."""
        known = np.flatnonzero(self.first <= cutoff)
        n = len(self.first)
        early = self.day <= cutoff
        frequency = np.bincount(self.customer[early], minlength=n)[known] - 1.0
        last = np.zeros(n)
        np.maximum.at(last, self.customer[early], self.day[early])
        later = np.bincount(self.customer[~early], minlength=n)[known].astype(float)
        first = self.first[known]
        return np.column_stack([frequency, (last[known] - first) / 7, (cutoff - first) / 7]), later, known

    def gaps(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return number, mean and population deviation of each customer's gaps in days; NaN without any."""
        gap = np.diff(self.day).astype(float)
        own = np.diff(self.customer) == 0
        owner, n = self.customer[1:][own], len(self.first)
        count = np.bincount(owner, minlength=n)
        with np.errstate(invalid="ignore"):
            mean = np.bincount(owner, weights=gap[own], minlength=n) / count
            spread = np.bincount(owner, weights=(gap[own] - mean[owner]) ** 2, minlength=n) / count
        return count, mean, np.sqrt(spread)


def collected(first: np.ndarray, steps: np.ndarray, ends: np.ndarray, days: int) -> Shop:
    """Return the shop of purchases at `first` (days) and the running sums of `steps` (n, k) after it, until each customer's end."""
    times = np.column_stack([first, first[:, None] + np.cumsum(steps, axis=1)])
    kept = (times < np.minimum(ends, days)[:, None]) | (np.arange(times.shape[1]) == 0)
    pairs = np.column_stack([np.nonzero(kept)[0], np.floor(times[kept]).astype(int)])
    pairs = np.unique(pairs, axis=0)
    return Shop(pairs[:, 0], pairs[:, 1], days)


def arrivals(rng: np.random.Generator, n: int, until: int) -> np.ndarray:
    return np.sort(rng.uniform(0, until, n))


def at_will(rng: np.random.Generator, n: int, *, leaving: str, days: int = 364, joining: int = 182, most: int = 200) -> Shop:
    """Customers at gamma distributed rates who leave after purchases ("purchases"), at any time ("time") or never ("never")."""
    first = arrivals(rng, n, joining)
    rate = rng.gamma(0.6, 1 / 8.0, n) / 7 if leaving != "never" else np.full(n, 0.05 / 7 * 2)
    steps = rng.exponential(1.0, (n, most)) / rate[:, None]
    ends = np.full(n, np.inf)
    if leaving == "time":
        ends = first + rng.exponential(1.0, n) / (rng.gamma(0.6, 1 / 12.0, n) / 7)
    if leaving == "purchases":
        bought = rng.geometric(np.maximum(rng.beta(0.8, 2.4, n), 1e-12))
        steps[np.arange(most) >= bought[:, None]] = np.inf
    return collected(first, steps, ends, days)


def subscriptions(
    rng: np.random.Generator, n: int, *, days: int = 364, period: float = 30.4, jitter: float = 2.0, churn: float = 0.06
) -> Shop:
    """Renewals by the month, a few days early or late, until a customer cancels."""
    first = arrivals(rng, n, days // 2)
    steps = np.maximum(period + rng.normal(0, jitter, (n, 2 + int(days / period))), 1.0)
    steps[np.arange(steps.shape[1]) >= rng.geometric(churn, n)[:, None]] = np.inf
    return collected(first, steps, np.full(n, np.inf), days)
