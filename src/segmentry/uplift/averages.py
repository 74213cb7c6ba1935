"""What each treatment did on average, and what it earned.

By lot the difference of the means is the effect, tested as in `experiments`; with logged probabilities it is the mean of doubly robust effects. Money goes
by the same: earned per customer treated is revenue times effect less costs. The *net incremental revenue* of a campaign is revenue of the treated, less what
treating cost, less revenue of the control, as counted; it compares groups of equal size, so it is given only where chance explains how their sizes differ.

When NOT to use: for customers chosen by what they did after the treatment, such as those who opened the letter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused
from segmentry.evaluation.intervals import symmetric
from segmentry.experiments.effects import by_t, difference_of_shares
from segmentry.experiments.permutation import compared as permuted
from segmentry.experiments.permutation import permute
from segmentry.experiments.results import Comparison
from segmentry.experiments.trial import Assigned, MetricKind
from segmentry.results import Estimate
from segmentry.uplift.policy import net, policy_value, standard_error
from segmentry.uplift.question import Prices
from segmentry.uplift.results import ArmEffect

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Sizes of two arms that differ by more standard deviations of a fair coin than this are not equal.
UNEQUAL = 3.29


def averages(
    arm: Codes,
    outcome: Floats,
    scores: Floats,
    *,
    names: tuple[str, ...],
    kind: MetricKind,
    assigned: Assigned,
    prices: Prices | None,
    units: NDArray[np.intp],
) -> tuple[ArmEffect, ...]:
    """Return the average effect of every treatment against the control.

    Parameters
    ----------
    arm : int array, shape (n,)
    outcome : float array, shape (n,)
    scores : float array, shape (n, a)
        Doubly robust, out-of-fold.
    names : tuple of str, length a
    kind : {"yes/no", "money", "number"}
    assigned : {"lot", "logged"}
    prices : Prices or None
    units : int array, shape (n,)
    """
    return tuple(
        _average(
            Sides(outcome[arm == 0], outcome[arm == each], kind),
            scores[:, [0, each]],
            each,
            name=names[each],
            assigned=assigned,
            prices=prices,
            units=units,
        )
        for each in range(1, len(names))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Outcomes of one treatment and its control.

    Parameters
    ----------
    control, treated : float array, shapes (n₀,) and (n₁,)
    kind : {"yes/no", "money", "number"}
    """

    control: Floats
    treated: Floats
    kind: MetricKind

    def compared(self) -> Comparison:
        """Return their difference by the test that fits: the score test for shares, permutation for money, Welch's for other numbers."""
        if self.kind == "yes/no":
            counts = [len(self.control), len(self.treated)]
            return difference_of_shares([float(self.control.sum()), float(self.treated.sum())], counts)
        if self.kind == "money":
            return permuted(permute(self.control, self.treated), "money has a long tail")
        means = (float(self.control.mean()), float(self.treated.mean()))
        variances = (float(self.control.var(ddof=1)), float(self.treated.var(ddof=1)))
        return by_t(means, variances, (len(self.control), len(self.treated)))

    def net(self, prices: Prices, arm: int, counted: Estimate) -> Estimate:
        """Return what was earned per customer treated, after costs."""
        contact, conversion = prices.contact[arm - 1], prices.conversion[arm - 1]
        if conversion == 0:
            low, value, high = (prices.revenue * end - contact for end in (counted.low, counted.value, counted.high))
            return Estimate(value, low, high)
        earned = (self.control * prices.revenue, self.treated * (prices.revenue - conversion))
        error = math.sqrt(sum(float(side.var(ddof=1)) / len(side) for side in earned))
        return symmetric(float(earned[1].mean() - earned[0].mean()) - contact, error)

    def campaign(self, prices: Prices, arm: int) -> float | None:
        """Return the net incremental revenue as counted; None where the arms are not of equal size."""
        none, some = len(self.control), len(self.treated)
        if abs(some - none) > UNEQUAL * math.sqrt(some + none):
            return None
        brought = float(self.treated.sum()) * (prices.revenue - prices.conversion[arm - 1]) - float(self.control.sum()) * prices.revenue
        return brought - prices.contact[arm - 1] * some


def _average(
    sides: Sides, scores: Floats, arm: int, *, name: str, assigned: Assigned, prices: Prices | None, units: NDArray[np.intp]
) -> ArmEffect:
    gained = scores[:, 1] - scores[:, 0]
    error = standard_error(gained, units)
    effect = symmetric(float(gained.mean()), error)
    counted, p = _counted(sides)
    if assigned != "lot":
        p = math.erfc(abs(effect.value) / error / math.sqrt(2)) if error > 0 else 1.0
    worth = None
    if prices is not None and assigned == "lot":
        worth = sides.net(prices, arm, counted)
    elif prices is not None:
        contact, conversion = [0.0, prices.contact[arm - 1]], [0.0, prices.conversion[arm - 1]]
        money = net(scores, revenue=prices.revenue, contact=contact, conversion=conversion)
        everybody = np.ones(len(scores), dtype=np.int64)
        worth = policy_value(money, everybody, rival=everybody - 1, units=units)
    many = len(scores)
    return ArmEffect(
        arm=arm,
        name=name,
        treated=len(sides.treated),
        control=len(sides.control),
        treated_mean=float(sides.treated.mean()),
        control_mean=float(sides.control.mean()),
        counted=counted,
        effect=effect,
        p=p,
        net=worth,
        net_incremental_revenue=None if prices is None or assigned != "lot" else sides.campaign(prices, arm),
        net_all=None if worth is None else Estimate(worth.value * many, worth.low * many, worth.high * many),
    )


def _counted(sides: Sides) -> tuple[Estimate, float]:
    try:
        found = sides.compared()
    except DataRefused:
        # Both arms are constant: they differ by what they differ, and nothing says how surely.
        gap = float(sides.treated.mean() - sides.control.mean())
        return Estimate(gap, gap, gap), 1.0
    return found.difference, found.p
