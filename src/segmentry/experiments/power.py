"""How many customers an experiment needs, what effect it can see, and what leaving customers alone will cost: said before the start.

* A share of customers: the normal test of two shares, with the variance of no effect for its limit and of the effect for its chance (Fleiss, Levin and
  Paik 2003, "Statistical methods for rates and proportions", section 4.2, without the correction for continuity).
* A mean, of money too: the non-central t distribution (Cohen 1988), with the variance of *all* customers of the past, those who bought nothing included.
* What the same figure of the time before explains is taken off the variance: 1 − ρ² (Deng, Xu, Kohavi and Walker 2013, CUPED).
* Heavy tails: the ordinary t test is trusted from 355 times the squared skewness of customers per arm (Kohavi, Deng, Longbotham and Xu 2014, rule 7).
  Below, the tests of this package are used, which do not need it; the figures here hold for them as well as the variance of the past holds for the future.

Several treatments share the accepted chance of a false alarm equally (Bonferroni): each is compared with the control.

When NOT to use: after the fact. The "observed power" of an experiment that is over says nothing that its interval does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.experiments.assignment import checked_shares
from segmentry.experiments.trial import Metric

Floats = NDArray[np.float64]

FEWEST = 20
MOST = 1e12
# Customers per arm, over the squared skewness, from which the t test's tails are right to about a tenth.
KOHAVI = 355.0
_NEARLY_NORMAL = 20_000


@dataclass(frozen=True, slots=True)
class Baseline:
    """What one metric looks like among customers who are left alone.

    Parameters
    ----------
    metric : Metric
    customers : int
        It was measured on.
    mean, variance : float
        Per customer, over all of them.
    active : float
        Share of customers whose figure is not 0.
    skewness : float
        0 for a symmetric figure.
    explained : float
        Share of the variance that the same figure of the time before explains; 0 when it is not known.
    doubt : float
        Standard error of the variance, as a share of it: with heavy tails the past may be a poor guide.
    """

    metric: Metric
    customers: int
    mean: float
    variance: float
    active: float
    skewness: float = 0.0
    explained: float = 0.0
    doubt: float = 0.0

    @property
    def ordinary(self) -> int:
        """Customers per arm from which the ordinary t test may be trusted; 0 for shares."""
        return 0 if self.metric.kind == "yes/no" else math.ceil(KOHAVI * self.skewness**2)


@dataclass(frozen=True, slots=True)
class Plan:
    """How an experiment is split and judged.

    Parameters
    ----------
    arms : tuple of str
        The first is the control.
    shares : tuple of float
        Adding up to 1.
    alpha : float
        Chance of a false alarm that is accepted, over all treatments.
    power : float
        Chance to see the effect if it is there.

    Examples
    --------
    >>> Plan().level
    0.05
    """

    arms: tuple[str, ...] = ("control", "treatment")
    shares: tuple[float, ...] = (0.5, 0.5)
    alpha: float = 0.05
    power: float = 0.8

    def __post_init__(self) -> None:
        """Check the shares and chances; raise `UsageError` otherwise."""
        checked_shares(self.arms, self.shares)
        check_range("alpha", self.alpha, 1e-6, 0.5)
        check_range("power", self.power, 0.5, 0.999)

    @property
    def level(self) -> float:
        """Chance of a false alarm of one treatment."""
        return self.alpha / (len(self.arms) - 1)


def baseline(metric: Metric, values: ArrayLike, before: ArrayLike | None = None) -> Baseline:
    """Measure a metric on customers of the past.

    Parameters
    ----------
    metric : Metric
    values : array-like, shape (n,)
        Of every customer who could take part, zeros included; NaN is left out.
    before : array-like, shape (n,), or None
        The same figure over the time before.

    Raises
    ------
    NotEnoughData
        With fewer than 20 customers.
    Degenerate
        When all customers have the same figure.

    Examples
    --------
    >>> found = baseline(Metric("bought", "Bought", "yes/no"), [0.0] * 90 + [1.0] * 10)
    >>> found.mean, round(found.variance, 3)
    (0.1, 0.09)
    """
    from scipy.stats import kurtosis, skew

    figures = np.asarray(values, dtype=np.float64)
    known = np.isfinite(figures)
    kept = figures[known]
    if len(kept) < FEWEST:
        reason = f"{metric.words} is known of {len(kept)} customers, and {FEWEST} are needed to say how it varies"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "choose a longer time, another metric, or add customers"))
    if not np.ptp(kept):
        reason = f"{metric.words} is the same for all {len(kept):,} customers, so nothing says how it varies"
        raise Degenerate(Problem("NO_VARIATION", reason, "choose a longer time or another metric"))
    mean = float(kept.mean())
    variance = mean * (1 - mean) if metric.kind == "yes/no" else float(kept.var(ddof=1))
    return Baseline(
        metric=metric,
        customers=len(kept),
        mean=mean,
        variance=variance,
        active=float((kept != 0).mean()),
        skewness=float(skew(kept)),
        explained=0.0 if before is None else _explained(kept, np.asarray(before, dtype=np.float64)[known]),
        doubt=math.sqrt(max(float(kurtosis(kept, fisher=False)) - 1, 0.0) / len(kept)),
    )


def chance(found: Baseline, effect: float, customers: float, plan: Plan) -> float:
    """Return the chance to see an effect with so many customers in all arms together, for the treatment in which it is smallest.

    Parameters
    ----------
    found : Baseline
    effect : float
        Treated less control, in the metric's own unit.
    customers : float
    plan : Plan

    Examples
    --------
    >>> bought = Baseline(Metric("bought", "Bought", "yes/no"), 1000, mean=0.5, variance=0.25, active=0.5)
    >>> round(chance(bought, 0.25, 100, Plan()), 4)
    0.7402
    """
    one = _of_shares if found.metric.kind == "yes/no" else _of_means
    return min(one(found, effect, customers * plan.shares[0], customers * share, plan.level) for share in plan.shares[1:])


def needed(found: Baseline, effect: float, plan: Plan) -> tuple[int, ...]:
    """Return the customers each arm needs to see an effect with the planned power, shape (a,).

    Raises
    ------
    UsageError
        When the effect is 0, or moves a share out of 0 to 1.

    Examples
    --------
    >>> bought = Baseline(Metric("bought", "Bought", "yes/no"), 1000, mean=0.5, variance=0.25, active=0.5)
    >>> needed(bought, 0.25, Plan(power=0.9))
    (77, 77)
    """
    _check_effect(found, effect)
    total = _root(lambda customers: chance(found, effect, customers, plan) - plan.power, 4.0 / min(plan.shares), MOST)
    if total is None:
        reason = f"an effect of {effect:g} on {found.metric.words} asks for over {MOST:.0e} customers"
        raise NotEnoughData(Problem("EFFECT_TOO_SMALL", reason, "hope for a larger effect, or choose a metric that varies less"))
    return tuple(math.ceil(round(total * share, 6)) for share in plan.shares)


def visible(found: Baseline, customers: float, plan: Plan, *, down: bool = False) -> float | None:
    """Return the smallest effect that so many customers show with the planned power; None when there is none that could be shown.

    Parameters
    ----------
    found : Baseline
    customers : float
        In all arms together.
    plan : Plan
    down : bool
        Look for a decrease, such as of customers who leave; the effect returned is below 0.

    Examples
    --------
    >>> bought = Baseline(Metric("bought", "Bought", "yes/no"), 1000, mean=0.5, variance=0.25, active=0.5)
    >>> round(visible(bought, 100, Plan(power=0.9)), 4)
    0.3026
    """
    sign = -1.0 if down else 1.0
    most = 1e6 * math.sqrt(found.variance)
    if found.metric.kind == "yes/no":
        most = (found.mean if down else 1 - found.mean) * (1 - 1e-9)
    if customers * min(plan.shares) < 2:
        return None
    size = _root(lambda effect: chance(found, sign * effect, customers, plan) - plan.power, most * 1e-12, most)
    return None if size is None else sign * size


def _of_shares(found: Baseline, effect: float, control: float, treated: float, alpha: float) -> float:
    from scipy.stats import norm

    share = found.mean + effect
    both = (control * found.mean + treated * share) / (control + treated)
    left = 1 - found.explained
    none = math.sqrt(max(left * both * (1 - both) * (1 / control + 1 / treated), 0.0))
    there = math.sqrt(max(left * (found.mean * (1 - found.mean) / control + share * (1 - share) / treated), 1e-300))
    return float(norm.cdf((abs(effect) - float(norm.isf(alpha / 2)) * none) / there))


def _of_means(found: Baseline, effect: float, control: float, treated: float, alpha: float) -> float:
    from scipy.stats import nct, norm, t

    error = math.sqrt(found.variance * (1 - found.explained) * (1 / control + 1 / treated))
    away, free = abs(effect) / error, control + treated - 2
    if free > _NEARLY_NORMAL:
        limit = float(norm.isf(alpha / 2))
        return float(norm.cdf(away - limit) + norm.cdf(-away - limit))
    if free <= 0:
        return 0.0
    limit = float(t.isf(alpha / 2, free))
    # Far out the tail is 1 to the last digit, where the non-central t of scipy runs out of digits.
    return 1.0 if away > limit + 30 else float(nct.sf(limit, free, away))


def _root(short: Callable[[float], float], low: float, high: float) -> float | None:
    """Return where a rising function crosses 0, between the ends on the scale of logarithms; None when it does not."""
    from scipy.optimize import brentq

    if short(high) < 0:
        return None
    if short(low) >= 0:
        return low
    return math.exp(float(brentq(lambda place: short(math.exp(place)), math.log(low), math.log(high), xtol=1e-10)))


def _check_effect(found: Baseline, effect: float) -> None:
    if effect == 0 or not math.isfinite(effect):
        raise UsageError(f"the effect is {effect:g}; allowed is any other number. Give the smallest effect that would be worth knowing.")
    if found.metric.kind == "yes/no" and not 0 <= found.mean + effect <= 1:
        raise UsageError(
            f"the effect is {effect:+.3g} on a share of {found.mean:.3g}; allowed are shares from 0 to 1. Give an effect of "
            f"{-found.mean:.3g} to {1 - found.mean:.3g}, or one in percent of the share, such as 10%."
        )


def _explained(values: Floats, before: Floats) -> float:
    known = np.isfinite(before)
    if known.sum() < FEWEST or not np.ptp(before[known]) or not np.ptp(values[known]):
        return 0.0
    correlation = float(np.corrcoef(values[known], before[known])[0, 1])
    # Customers without a past keep their whole variance.
    return correlation**2 * float(known.mean())


def total(sizes: Sequence[int]) -> int:
    """Return the customers of all arms together.

    Examples
    --------
    >>> total((77, 77))
    154
    """
    return int(sum(sizes))
