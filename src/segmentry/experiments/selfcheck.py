"""A/A: the customers are split by lot again and again, nothing is done to anybody, and the test is asked each time.

Whoever splits 200 times sees how often the test cries wolf on just these customers and this metric: it should be as often as accepted, and as often for
an increase as for a decrease (Kohavi, Tang and Xu 2020, "Trustworthy online controlled experiments", chapter 19). What is checked is the assignment and
the test together: a hash that leans on the id, or a test that the tails of the money deceive, gives itself away.

When NOT to use: as a proof. 200 splits tell 5 % from 10 %, and not from 6 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem
from segmentry.evaluation.intervals import share as share_of
from segmentry.experiments.assignment import assign
from segmentry.experiments.imbalance import check_split
from segmentry.experiments.trial import Metric, Trial
from segmentry.preparation.words import percent
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ARMS = ("control", "treatment")
SPLITS = 200
FEWEST = 40
# Chance with which a sound test and a sound assignment fail the check.
DOUBT = 0.001

Test = Callable[[Trial], tuple[float, float]]
Draw = Callable[[NDArray[np.object_], str], Codes]


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How often the test saw an effect where there was none.

    Parameters
    ----------
    metric : Metric
    customers, splits : int
    alpha : float
        Accepted.
    share : float
        Of customers in the control.
    rate : Estimate
        Share of splits with a false alarm, with Wilson's interval of 95 %.
    down, up : int
        False alarms that looked like a decrease, and like an increase.
    unequal : int
        Splits whose arms were not as large as planned (see `imbalance`).
    sound : bool
        Whether rate, tails and sizes are as they should be.
    words : str
    """

    metric: Metric
    customers: int
    splits: int
    alpha: float
    share: float
    rate: Estimate
    down: int
    up: int
    unequal: int
    sound: bool
    words: str


def selfcheck(
    metric: Metric,
    ids: NDArray[np.object_],
    values: Floats,
    *,
    test: Test,
    before: Floats | None = None,
    plan: Splits | None = None,
    draw: Draw | None = None,
) -> SelfCheck:
    """Split customers again and again and ask the test each time.

    Parameters
    ----------
    metric : Metric
    ids : array of str, shape (n,)
    values : float array, shape (n,)
        What every customer did; NaN is left out.
    test : callable
        From a trial of two arms to the two-sided p-value and the difference.
    before : float array, shape (n,), or None
        The same figure over the time before.
    plan : Splits or None
        How often and how; None means 200 equal splits at .05.
    draw : callable or None
        From ids and a salt to arms; None means `assignment.assign`.

    Raises
    ------
    NotEnoughData
        With fewer than 40 customers.
    Degenerate
        When all customers have the same figure.

    Examples
    --------
    >>> from scipy.stats import ttest_ind
    >>> def t_test(trial: Trial) -> tuple[float, float]:
    ...     one, other = (trial.outcomes[trial.arm == arm, 0] for arm in (0, 1))
    ...     return float(ttest_ind(other, one).pvalue), float(other.mean() - one.mean())
    >>> rng = np.random.default_rng(1)
    >>> found = selfcheck(Metric("x", "X", "number"), np.arange(400).astype(str).astype(object), rng.normal(size=400), test=t_test)
    >>> found.sound, found.rate.value
    (True, 0.06)
    """
    from scipy.stats import binom, binomtest

    asked = plan or Splits()
    known = ~np.isnan(values)
    _check(metric, values[known])
    trial = Trial(
        "A/A", ids[known], ARMS, np.zeros(int(known.sum()), dtype=np.int64), (metric,), values[known][:, None], "lot", "drawn here"
    )
    past = None if before is None else before[known][:, None]
    parts = (asked.share, 1 - asked.share)
    down = up = unequal = 0
    for number in range(asked.splits):
        salt = f"selfcheck {asked.seed} {number}"
        arm = assign(trial.ids, salt=salt, arms=ARMS, shares=parts) if draw is None else draw(trial.ids, salt)
        counts = np.bincount(arm, minlength=2)
        unequal += check_split(counts, parts).red
        if counts.min() < 2:
            continue
        p, difference = test(_split(trial, arm, parts, past))
        down += p <= asked.alpha and difference < 0
        up += p <= asked.alpha and difference > 0
    alarms = down + up
    often = float(binomtest(alarms, asked.splits, asked.alpha).pvalue) < DOUBT
    tilted = alarms > 0 and float(binomtest(up, alarms, 0.5).pvalue) < DOUBT
    lost = unequal > binom.isf(DOUBT, asked.splits, DOUBT)
    rate = share_of(alarms, asked.splits)
    words = _words(metric, len(trial), asked, rate, tails=(down, up), unequal=unequal, failed=(often, tilted, bool(lost)))
    return SelfCheck(
        metric=metric,
        customers=len(trial),
        splits=asked.splits,
        alpha=asked.alpha,
        share=asked.share,
        rate=rate,
        down=down,
        up=up,
        unequal=unequal,
        sound=not (often or tilted or lost),
        words=words,
    )


@dataclass(frozen=True, slots=True)
class Splits:
    """How often and how customers are split.

    Parameters
    ----------
    splits : int
    share : float
        Of customers in the control.
    alpha : float
        Chance of a false alarm that is accepted.
    seed : int
        Of the salts.
    """

    splits: int = SPLITS
    share: float = 0.5
    alpha: float = 0.05
    seed: int = 7

    def __post_init__(self) -> None:
        """Check the figures; raise `UsageError` otherwise."""
        check_range("splits", self.splits, 20, 100_000)
        check_range("share", self.share, 0.01, 0.99)
        check_range("alpha", self.alpha, 1e-6, 0.5)


def _split(trial: Trial, arm: Codes, parts: tuple[float, float], past: Floats | None) -> Trial:
    return Trial(trial.name, trial.ids, ARMS, arm, trial.metrics, trial.outcomes, "lot", trial.source, shares=parts, before=past)


def _check(metric: Metric, values: Floats) -> None:
    if len(values) < FEWEST:
        reason = f"{metric.words} is known of {len(values):,} customers, and {FEWEST} are needed to split them"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "choose another metric, or add customers"))
    if not np.ptp(values):
        reason = f"{metric.words} is the same for all {len(values):,} customers, so no split can differ"
        raise Degenerate(Problem("NO_VARIATION", reason, "choose a longer time or another metric"))


def _words(
    metric: Metric,
    customers: int,
    plan: Splits,
    rate: Estimate,
    *,
    tails: tuple[int, int],
    unequal: int,
    failed: tuple[bool, bool, bool],
) -> str:
    alarms = sum(tails)
    often, tilted, lost = failed
    seen = (
        f"{metric.words}: of {plan.splits:,} splits of {customers:,} customers, with nothing done to anybody, {alarms} ({percent(rate.value)}; "
        f"{percent(rate.low)} to {percent(rate.high)}) looked like an effect; {percent(plan.alpha)} are expected. "
        f"{tails[0]} looked like a decrease and {tails[1]} like an increase."
    )
    if not (often or tilted or lost):
        return f"{seen} Assignment and test do what they promise here."
    reasons = [
        *([f"false alarms come {'more' if rate.value > plan.alpha else 'less'} often than accepted"] if often else []),
        *(["they lean to one side"] if tilted else []),
        *([f"{unequal} splits are not as large as planned"] if lost else []),
    ]
    return f"{seen} Assignment or test cannot be relied on here: {' and '.join(reasons)}. Do not run an experiment on this metric before that is found."
