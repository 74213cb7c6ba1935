"""Churn risk by the customer's own rhythm: how unusual a silence is for somebody who buys as they do.

The days between two purchases of a customer follow a gamma distribution with a shape c, the same for all (1: purely random; larger: more regular),
and a rate λ of their own; rates are gamma distributed over customers (r, α). After every purchase, the first included, a customer leaves
for good with a probability of their own, beta distributed over customers (a, b). Platzer and Reutterer (2016) call it MBG/CNBD-k;
with c = 1 it is the MBG/NBD of Batislam, Denizel and Filiztekin (2007). For a customer with k gaps that sum to t, silent for s days::

    W(s) = P(next gap > s) = I_z(r + ck, c),    z = (α + t) / (α + t + s)               (I: regularised incomplete beta function)
    churn risk = [p + (1 − p) W(s + h)] / [p + (1 − p) W(s)],    p = a / (a + b + k)

the probability that no purchase comes within the next h days, where h is the customer's longest normal gap: the gap that 95 of 100 gaps of somebody
at their pace do not exceed. Whoever left for good and whoever buys too seldom to wait for both count, which is why the risk can be held against
what is bought in the next h days.

So each customer's own gaps are shrunken towards the population: one-time buyers get its rhythm, frequent ones their own. The shape comes from
the spread of the gaps within customers: given their sum, the shares of k gaps in it are Dirichlet(c, …, c) whatever the rate and the length of
the observation, hence E[(deviation / mean)²] = (k − 1) / (kc + 1). The rest is fitted by maximum likelihood, on at most 5,000 customers.
A shape of each customer's own, shrunken likewise, foretold the hold-outs of two real shops no better and is left out.

It assumes that rhythms last. Not for contracts (there leaving is known), seasonal goods (the silence of a season is taken for leaving), nor
as a forecast of how many will buy: use the models of `value` for that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError

Floats = NDArray[np.float64]

FEWEST_REPEATERS = 30
MOST = 5_000
SHAPES = (0.25, 30.0)
LATE, ALLOWED = 0.80, 0.95
STARTS = ((0.5, 0.3, 3.0), (2.0, 0.1, 10.0))  # r, share that leaves after a purchase, a + b


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rhythm of a population; times are in the unit it was fitted in (days).

    Parameters
    ----------
    shape : float
        c: regularity of the gaps of a customer; 1 is purely random.
    r, alpha : float
        Gamma distribution of the customers' rates: shape, and rate in units of time.
    a, b : float
        Beta distribution of the customers' probability of leaving after a purchase.
    customers, repeaters : int
        Customers, and those of them with a repeat purchase.

    Examples
    --------
    >>> rhythm = Rhythm(shape=1.0, r=0.5, alpha=40.0, a=1.0, b=2.0, customers=500, repeaters=200)
    >>> usual_gap(rhythm, [0, 9], [0.0, 63.0]).round(1)      # a one-time buyer, a weekly one
    array([80. , 10.8])
    >>> churn_risk(rhythm, [0, 9], [0.0, 63.0], [60.0, 123.0]).round(2)      # both silent for 60 days
    array([0.74, 0.9 ])
    """

    shape: float
    r: float
    alpha: float
    a: float
    b: float
    customers: int
    repeaters: int


def fit_rhythm(frequency: ArrayLike, recency: ArrayLike, tenure: ArrayLike, *, gap_deviation: ArrayLike) -> Rhythm:
    """Learn the rhythm of a population from purchase histories.

    Parameters
    ----------
    frequency : array, shape (n,)
        Repeat purchases; NaN for those who never bought, who are left out.
    recency, tenure : array, shape (n,)
        Days from first to last purchase, and from first purchase to now.
    gap_deviation : array, shape (n,)
        Standard deviation of the customer's gaps (of the population); NaN without a gap.

    Raises
    ------
    UsageError
        When the arrays differ in length, or a customer's recency is negative or exceeds the tenure.
    NotEnoughData
        When fewer than 30 customers have a repeat purchase.
    Degenerate
        When the likelihood has no maximum that can be found.
    """
    k, t, tenure = checked(frequency, recency, tenure)
    deviation = np.asarray(gap_deviation, dtype=np.float64)
    known = np.isfinite(k)
    repeaters = int((k[known] > 0).sum())
    if repeaters < FEWEST_REPEATERS:
        reason = f"a rhythm needs at least {FEWEST_REPEATERS} customers with a repeat purchase; found {repeaters:,}"
        raise NotEnoughData(Problem("TOO_FEW_REPEATERS", reason, "wait for more purchases, or look at a longer time"))
    many = known & (k >= 2)
    shape = shape_of(k[many], (deviation[many] * k[many] / t[many]) ** 2)
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort((tenure[rows], t[rows], k[rows]))]
    # Every so many in the order of their histories: a sample by strata that depends on neither a seed nor the order of the rows.
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).round().astype(np.intp)]
    r, alpha, a, b = _fit(shape, k[rows], t[rows], tenure[rows] - t[rows])
    return Rhythm(shape, r, alpha, a, b, customers=int(known.sum()), repeaters=repeaters)


def shape_of(gaps: Floats, variation: Floats) -> float:
    """Return the shape that explains the squared coefficients of variation of the customers' gaps, between 0.25 and 30.

    Parameters
    ----------
    gaps : float array, shape (m,)
        Number of gaps, at least 2.
    variation : float array, shape (m,)
        (deviation / mean)² of each customer's gaps; NaN is left out.

    Examples
    --------
    >>> shape_of(np.array([2.0, 4.0]), np.array([1 / 3, 3 / 5])).__round__(6)      # what randomness alone gives
    1.0
    """
    from scipy.optimize import brentq

    kept = np.isfinite(variation)
    counts, customers = np.unique(gaps[kept], return_counts=True)
    total = math.fsum(variation[kept])

    def excess(log_shape: float) -> float:
        return float(np.sum(customers * (counts - 1) / (counts * math.exp(log_shape) + 1))) - total

    low, high = map(math.log, SHAPES)
    if not kept.any():
        return 1.0
    if excess(low) <= 0:
        return SHAPES[0]
    return SHAPES[1] if excess(high) >= 0 else math.exp(brentq(excess, low, high, xtol=1e-10))


def usual_gap(rhythm: Rhythm, frequency: ArrayLike, recency: ArrayLike) -> Floats:
    """Return the days that usually pass between purchases of each customer, shrunken towards the population, shape (n,)."""
    k, t = np.asarray(frequency, dtype=np.float64), np.asarray(recency, dtype=np.float64)
    return np.asarray(rhythm.shape * (rhythm.alpha + t) / (rhythm.r + rhythm.shape * k))


def longest_normal(rhythm: Rhythm, frequency: ArrayLike, recency: ArrayLike, *, share: float = ALLOWED) -> Floats:
    """Return the days within which that share of the gaps of a customer with this rhythm end, shape (n,).

    Parameters
    ----------
    share : float
        .95 for "too long", .80 for "late".

    Examples
    --------
    >>> rhythm = Rhythm(shape=1.0, r=0.5, alpha=40.0, a=1.0, b=2.0, customers=500, repeaters=200)
    >>> longest_normal(rhythm, [0, 9], [0.0, 63.0]).round()
    array([240.,  32.])
    """
    from scipy.special import gammaincinv

    check_range("share", share, 0.01, 0.9999)
    return usual_gap(rhythm, frequency, recency) * float(gammaincinv(rhythm.shape, share)) / rhythm.shape


def longest_likely(rhythm: Rhythm, frequency: ArrayLike, recency: ArrayLike, *, share: ArrayLike = ALLOWED) -> Floats:
    """Return the days within which the next gap of a customer with this history ends with that probability, shape (n,).

    Longer than `longest_normal`, for it allows for not knowing the customer's own pace.

    Parameters
    ----------
    share : float or array, shape (n,)

    Examples
    --------
    >>> rhythm = Rhythm(shape=1.0, r=0.5, alpha=40.0, a=1.0, b=2.0, customers=500, repeaters=200)
    >>> longest_likely(rhythm, [1, 9], [30.0, 63.0]).round()
    array([446.,  38.])
    """
    from scipy.special import betaincinv

    k, t = np.asarray(frequency, dtype=np.float64), np.asarray(recency, dtype=np.float64)
    part = betaincinv(rhythm.r + rhythm.shape * k, rhythm.shape, 1 - np.asarray(share, dtype=np.float64))
    return np.asarray((rhythm.alpha + t) * (1 / part - 1))


def churn_risk(rhythm: Rhythm, frequency: ArrayLike, recency: ArrayLike, tenure: ArrayLike) -> Floats:
    """Return the probability that no purchase comes within each customer's longest normal gap from now, shape (n,).

    Customers without a purchase (NaN) get NaN.

    Raises
    ------
    UsageError
        When the arrays differ in length, or a customer's recency is negative or exceeds the tenure.
    """
    k, t, tenure = checked(frequency, recency, tenure)
    leaves, silence = rhythm.a / (rhythm.a + rhythm.b + k), tenure - t
    now, then = (
        leaves + (1 - leaves) * _still_waiting(rhythm.shape, rhythm.r, rhythm.alpha, k=k, t=t, silence=days)
        for days in (silence, silence + longest_normal(rhythm, k, t))
    )
    # Where a silence is so long that both are 0, nothing but having left explains it.
    return np.divide(then, now, out=np.ones_like(now), where=~(now <= 0))


def checked(frequency: ArrayLike, recency: ArrayLike, tenure: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the three as float arrays that fit together.

    Raises
    ------
    UsageError
        When they differ in length, or for a customer 0 ≤ recency ≤ tenure or 0 ≤ frequency does not hold.
    """
    k, t, whole = (np.asarray(each, dtype=np.float64) for each in (frequency, recency, tenure))
    if not k.shape == t.shape == whole.shape or k.ndim != 1:
        raise UsageError(
            f"frequency, recency and tenure have shapes {k.shape}, {t.shape} and {whole.shape}; pass one number per customer in each."
        )
    wrong = int(((k < 0) | (t < 0) | (t > whole) | ((k > 0) & (t <= 0))).sum())
    if wrong:
        raise UsageError(
            f"{wrong:,} of {len(k):,} customers have a recency below 0 or above their tenure, or none in spite of a repeat purchase; "
            "recency runs from first to last purchase, tenure from first purchase to now. Check the order of the arguments."
        )
    return k, t, whole


def _still_waiting(shape: float, r: float, alpha: float, *, k: Floats, t: Floats, silence: Floats) -> Floats:
    """Return the probability that the next gap of one who stays is longer than the silence."""
    if shape == 1.0:
        return np.asarray(((alpha + t) / (alpha + t + silence)) ** (r + k))
    from scipy.special import betainc

    return np.asarray(betainc(r + shape * k, shape, (alpha + t) / (alpha + t + silence)))


def _fit(shape: float, k: Floats, t: Floats, silence: Floats) -> tuple[float, float, float, float]:
    """Return r, α, a and b of the largest likelihood, from the better of the starts."""
    from scipy.optimize import minimize

    histories, counts = np.unique(np.column_stack([k, t, silence]), axis=0, return_counts=True)
    k, t, silence = histories.T
    scale = float(np.sum(counts * t) / np.sum(counts * k))  # the mean gap: makes α a number near 1
    starts = [np.log([r, r, share / (1 - share), total]) for r, share, total in STARTS]
    bounds = [(-5, 5), (-7, 9), (-9, 9), (-5, 9)]

    def cost(x: Floats) -> float:
        r, alpha, a, b = _natural(x)
        return -float(np.sum(counts * _log_likelihood((shape, r, alpha, a, b), k, t / scale, silence / scale))) / len(k)

    best = minimize(cost, min(starts, key=cost), method="L-BFGS-B", bounds=bounds)
    if not math.isfinite(best.fun):
        reason = f"the likelihood of {int(counts.sum()):,} purchase histories is not finite"
        raise Degenerate(Problem("NO_RHYTHM", reason, "check the dates of the purchases for values that lie far apart"))
    r, alpha, a, b = _natural(best.x)
    return r, alpha * scale, a, b


def _natural(x: Floats) -> tuple[float, float, float, float]:
    """Return r, α, a and b from the logs of r, of α, of a / b and of a + b."""
    r, alpha, odds, total = (math.exp(each) for each in x)
    return r, alpha, total * odds / (1 + odds), total / (1 + odds)


def _log_likelihood(params: tuple[float, float, float, float, float], k: Floats, t: Floats, silence: Floats) -> Floats:
    """Return the log-likelihood of each history, without the part of the shape alone."""
    from scipy.special import betaln, gammaln

    shape, r, alpha, a, b = params
    waiting = _still_waiting(shape, r, alpha, k=k, t=t, silence=silence)
    rate = gammaln(r + shape * k) - gammaln(r) + r * math.log(alpha) - (r + shape * k) * np.log(alpha + t)
    # Stayed k times; then either left, or stayed once more and has not come yet.
    return np.asarray(rate + betaln(a, b + k) - betaln(a, b) + np.log((a + (b + k) * waiting) / (a + b + k)))
