"""Did every arm keep its customers? A split that is not as planned (sample-ratio mismatch) makes every effect of it doubtful.

`check_split` compares the customers per arm with the planned shares by the χ² test and is red at p < .001 (Fabijan et al. 2019, "Diagnosing sample ratio
mismatch in online controlled experiments"). `watch_split` may be asked every day: its p-value holds at all looks together, because it is the Bayes factor
of the planned shares against shares near them, a martingale that exceeds 1/α with a chance of α at most (Lindon and Malek 2022, "Anytime-valid inference
for multinomial count data"). Both say how small a loss they cannot see: a split that looks clean may still have lost customers.

When NOT to use: with fewer than eight customers expected in an arm nothing is checked. A clean split is no proof that customers were drawn by lot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.preparation.words import percent

ALARM = 0.001
FEWEST = 8
# How close to the planned shares the others are that they are held against, in customers: far ones are noticed early, near ones late.
CONCENTRATIONS = (100.0, 10_000.0, 1_000_000.0)


@dataclass(frozen=True, slots=True)
class Imbalance:
    """What the customers per arm say about the split.

    Parameters
    ----------
    counts : tuple of int
        Customers per arm.
    expected : tuple of float
        As planned.
    p : float or None
        None when there are too few customers to check.
    red : bool
        Whether effects of this split must not be shown.
    visible : float or None
        Smallest share of an arm whose loss turns this check red, in every other case.
    surely : float or None
        The same in four of five cases.
    words : str
    """

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    p: float | None
    red: bool
    visible: float | None
    surely: float | None
    words: str


def check_split(counts: ArrayLike, shares: ArrayLike, *, arms: Sequence[str] = ()) -> Imbalance:
    """Check once whether the customers per arm are as planned.

    Parameters
    ----------
    counts : array-like of int, length a
        Customers per arm.
    shares : array-like, length a
        Planned share of each arm; they add up to 1.
    arms : sequence of str
        Names for the words.

    Raises
    ------
    UsageError
        When counts and shares do not fit.

    Examples
    --------
    >>> check_split([10_000, 10_000], [0.5, 0.5]).red, check_split([10_000, 9_400], [0.5, 0.5]).red
    (False, True)
    """
    from scipy.stats import chi2

    found, parts = _checked(counts, shares)
    expected = found.sum() * parts
    if expected.min() < FEWEST:
        return _too_few(found, expected)
    statistic = float(((found - expected) ** 2 / expected).sum())
    limit = float(chi2.isf(ALARM, len(found) - 1))
    return _found(found, parts, float(chi2.sf(statistic, len(found) - 1)), limit, arms)


def watch_split(counts: ArrayLike, shares: ArrayLike, *, arms: Sequence[str] = ()) -> Imbalance:
    """Check day by day whether the customers per arm are as planned; the p-value holds at all days together.

    Parameters
    ----------
    counts : array-like of int, shape (d, a)
        New customers per day and arm, in the order of time.
    shares, arms
        As in `check_split`.

    Returns
    -------
    Imbalance
        As of the last day; red when any day so far was.

    Raises
    ------
    UsageError
        When counts and shares do not fit.

    Examples
    --------
    >>> watch_split([[500, 500], [510, 490]], [0.5, 0.5]).red
    False
    >>> watch_split([[500, 400]] * 28, [0.5, 0.5]).red
    True
    """
    daily = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    sums = np.cumsum(daily, axis=0)
    found, parts = _checked(sums[-1] if len(sums) else np.zeros(np.size(shares)), shares)
    expected = found.sum() * parts
    if expected.min() < FEWEST:
        return _too_few(found, expected)
    p = min(1.0, float(np.exp(-log_evidence(sums, parts).max())))
    return _found(found, parts, p, _watched_limit(float(found.sum()), len(found) - 1), arms)


def _watched_limit(customers: float, degrees: int) -> float:
    """Return the χ² at which the evidence suffices: near the planned shares it is that of a normal mixture, and one of them has to do it alone."""
    weights = [customers / each for each in CONCENTRATIONS]
    needed = 2 * math.log(len(CONCENTRATIONS) / ALARM)
    return min((needed + degrees * math.log1p(weight)) * (1 + weight) / weight for weight in weights)


def log_evidence(sums: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the Bayes factor against the planned shares, of customers per arm so far, shape (d,).

    The mean of several Bayes factors is a martingale too.

    Examples
    --------
    >>> log_evidence(np.array([[5000.0, 5000.0], [5000.0, 5500.0]]), np.array([0.5, 0.5])).round(1)
    array([-0.5,  8.4])
    """
    from scipy.special import gammaln, logsumexp

    total = sums.sum(axis=1)
    plain = sums @ np.log(shares)
    each = []
    for weight in CONCENTRATIONS:
        prior = weight * shares
        each.append(gammaln(prior + sums).sum(axis=1) - gammaln(prior).sum() - gammaln(weight + total) + gammaln(weight) - plain)
    return np.asarray(logsumexp(np.stack(each), axis=0) - math.log(len(CONCENTRATIONS)))


def visible_loss(customers: float, shares: ArrayLike, *, limit: float, chance: float = 0.5) -> float:
    """Return the smallest share of an arm whose loss the χ² test sees, of the arm in which it is hardest to see.

    Parameters
    ----------
    customers : float
    shares : array-like, length a
    limit : float
        Where the statistic turns red.
    chance : float
        How often it is to be seen: .5 is where the loss alone reaches the limit.

    Examples
    --------
    >>> round(visible_loss(20_000, [0.5, 0.5], limit=10.83), 4), round(visible_loss(2e6, [0.5, 0.5], limit=10.83), 4)
    (0.0465, 0.0047)
    """
    from scipy.stats import norm

    parts = np.asarray(shares, dtype=np.float64)
    reach = math.sqrt(limit) + float(norm.ppf(chance))
    return float(min(1.0, (reach / np.sqrt(customers * parts * (1 - parts))).max()))


def _checked(counts: ArrayLike, shares: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    found, parts = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if found.ndim != 1 or found.shape != parts.shape or len(found) < 2:
        raise UsageError(
            f"{found.size} counts and {parts.size} shares were given; allowed is one of each per arm, of two arms or more. Pass them all."
        )
    if not (found >= 0).all() or not (parts > 0).all() or abs(parts.sum() - 1) > 1e-6:
        raise UsageError(
            f"counts run from {found.min():g} and shares add up to {parts.sum():g}; allowed are counts from 0 and shares above 0 that add up to 1. "
            "Correct them."
        )
    return found, parts / parts.sum()


def _found(counts: NDArray[np.float64], parts: NDArray[np.float64], p: float, limit: float, arms: Sequence[str]) -> Imbalance:
    expected = counts.sum() * parts
    red = p < ALARM
    visible, surely = (visible_loss(counts.sum(), parts, limit=limit, chance=chance) for chance in (0.5, 0.8))
    seen = (
        f"With {counts.sum():,.0f} customers an arm that lost {percent(visible)} of its customers is noticed in every other case, "
        f"from {percent(surely)} on in four of five; smaller losses are not."
    )
    if surely >= 1:
        seen = f"With {counts.sum():,.0f} customers hardly any loss can be noticed."
    if not red:
        return Imbalance(_whole(counts), tuple(expected.tolist()), p, red, visible, surely, f"The arms are as large as planned. {seen}")
    names = arms or [f"arm {place + 1}" for place in range(len(counts))]
    sizes = ", ".join(f"{name} {count:,.0f} instead of {due:,.0f}" for name, count, due in zip(names, counts, expected, strict=True))
    words = (
        f"The arms are not as large as planned ({sizes}; p {_small(p)}). Customers were lost or added on the way, perhaps because of the treatment, so no "
        "effect is shown. Find out where they went before anything is concluded."
    )
    return Imbalance(_whole(counts), tuple(expected.tolist()), p, red, visible, surely, words)


def _too_few(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> Imbalance:
    words = f"Too few customers to check the split: {expected.min():.1f} are expected in the smallest arm, and {FEWEST} are needed."
    return Imbalance(_whole(counts), tuple(expected.tolist()), p=None, red=False, visible=None, surely=None, words=words)


def _whole(counts: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)


def _small(p: float) -> str:
    return "below 0.0001" if p < 0.0001 else f"= {p:.4f}"
