"""Whether there is enough to answer at all, and how much more it takes.

A verdict needs 30 customers in each arm, and of yes/no and money five expected answers (buyers) in the smaller arm (Cochran 1954); both are counted
over all customers together, so nothing depends on which arm did better. How many more customers it takes is the sample size for the smallest effect
worth knowing (see `power`), with the spread that was found here.

When NOT to use: the power of an effect *as it was found* says nothing that its p-value does not; it is never computed here.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused, Problem, UsageError
from segmentry.experiments.power import Baseline, Plan, chance, needed
from segmentry.experiments.question import Question
from segmentry.experiments.results import Comparison
from segmentry.experiments.trial import Metric
from segmentry.preparation.words import percent

Floats = NDArray[np.float64]

FEWEST = 30
ANSWERS = 5.0


def lacking(control: Floats, treated: Floats, metric: Metric) -> Problem | None:
    """Say what is missing for a verdict; None when nothing is.

    Parameters
    ----------
    control, treated : float array
        Known outcomes.
    metric : Metric

    Examples
    --------
    >>> lacking(np.ones(12), np.zeros(12), Metric("bought", "Bought", "yes/no")).code
    'TOO_FEW_CUSTOMERS'
    """
    small = min(len(control), len(treated))
    if small < FEWEST:
        have = f"{len(control):,} customers of the control and {len(treated):,} treated"
        reason = f"not enough data: {metric.words} is known of {have}, and {FEWEST} each are needed"
        return Problem("TOO_FEW_CUSTOMERS", reason, "let more customers take part")
    if metric.kind == "number":
        return None
    both = np.concatenate([control, treated])
    share = float((both != 0).mean())
    rare = min(share, 1 - share) if metric.kind == "yes/no" else share
    if rare * small < ANSWERS:
        word = "buyers" if metric.kind == "money" else "answers" if share <= 0.5 else "customers without an answer"
        reason = (
            f"not enough data: with {percent(rare)} {word} the smaller arm of {small:,} customers is to be expected to have {rare * small:.1f}, and "
            f"{ANSWERS:.0f} are needed"
        )
        return Problem("TOO_FEW_ANSWERS", reason, "let more customers take part, or wait longer")
    return None


def least(control: Floats, treated: Floats, metric: Metric, question: Question) -> int | None:
    """Return about how many more customers it takes for a verdict on the smallest effect worth knowing; None when that cannot be said.

    Parameters
    ----------
    control, treated : float array
        Known outcomes; may be few.
    metric : Metric
    question : Question

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arms = (rng.random((2, 12)) < 0.3).astype(float)
    >>> 9000 < least(*arms, Metric("bought", "Bought", "yes/no"), Question()) < 20_000
    True
    """
    both = np.concatenate([control, treated])
    count = len(both)
    if not len(control) or not len(treated):
        return None
    part = min(len(control), len(treated)) / count
    floor = FEWEST / part
    share = float((both != 0).mean())
    rare = min(share, 1 - share) if metric.kind == "yes/no" else share
    if metric.kind != "number" and rare > 0:
        floor = max(floor, ANSWERS / rare / part)
    whole = _total(both, metric, question, (len(control), len(treated)), 0.0)
    return None if whole is None else _more(max(floor, whole), count)


def further(found: Comparison, metric: Metric, question: Question) -> tuple[float, int | None]:
    """Return the chance this trial had of seeing the smallest effect worth knowing, and about how many more customers it takes.

    Parameters
    ----------
    found : Comparison
    metric : Metric
    question : Question

    Returns
    -------
    power : float
        0 when there is no such effect, because the control's figure is 0.
    more : int or None
        None when there are enough, or when it cannot be said.

    Examples
    --------
    >>> from segmentry.experiments.effects import difference_of_shares
    >>> power, more = further(difference_of_shares([50, 50], [1000, 1000]), Metric("bought", "Bought", "yes/no"), Question())
    >>> power < 0.05, more > 50_000
    (True, True)
    """
    effect = _effect(found.control, metric, question)
    if effect is None:
        return 0.0, None
    variance = (found.spread[0] ** 2 * found.customers[0] + found.spread[1] ** 2 * found.customers[1]) / sum(found.customers)
    past = Baseline(metric, sum(found.customers), found.control, max(variance, 1e-300), 1.0)
    plan = _plan(found.customers, question)
    power = min(1.0, max(0.0, chance(past, effect, sum(found.customers), plan)))
    if power >= question.power:
        return power, None
    whole = _needed(past, effect, plan)
    return power, None if whole is None else _more(whole, sum(found.customers))


def _total(both: Floats, metric: Metric, question: Question, customers: tuple[int, int], explained: float) -> float | None:
    mean = float(both.mean())
    effect = _effect(mean, metric, question)
    if effect is None or np.ptp(both) == 0:
        return None
    variance = mean * (1 - mean) if metric.kind == "yes/no" else float(both.var(ddof=1))
    return _needed(Baseline(metric, len(both), mean, variance, 1.0, explained=explained), effect, _plan(customers, question))


def _effect(mean: float, metric: Metric, question: Question) -> float | None:
    size = question.smallest * abs(mean)
    if size == 0 or not math.isfinite(size):
        return None
    if metric.kind != "yes/no" or mean + size < 1:
        return size
    return -size if mean - size > 0 else None


def _plan(customers: tuple[int, int], question: Question) -> Plan:
    share = customers[1] / sum(customers)
    return Plan(shares=(1 - share, share), alpha=question.level, power=question.power)


def _needed(past: Baseline, effect: float, plan: Plan) -> float | None:
    try:
        return float(sum(needed(past, effect, plan)))
    except (UsageError, DataRefused):
        return None


def _more(whole: float, count: int) -> int | None:
    """Return what is missing, with two digits that count."""
    missing = math.ceil(whole - count)
    if missing <= 0:
        return None
    digits = max(0, len(str(missing)) - 2)
    unit = int(10**digits)
    return math.ceil(missing / unit) * unit
