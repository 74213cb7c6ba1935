"""One question to a trial, from the figures to what is said of it.

The figures come first and know nothing of other questions (`measured`); what is said of them (`answered`) takes into account how many were asked, and
takes the luck out of what is found.

When NOT to use: on a trial whose split is broken or which is still running; see `analysis`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused, Problem
from segmentry.experiments.comparing import compare
from segmentry.experiments.question import Question
from segmentry.experiments.results import Comparison, Effect, Role, Unanswered
from segmentry.experiments.shrinkage import believed, conditional, shrink
from segmentry.experiments.sufficiency import further, lacking, least
from segmentry.experiments.tails import FEW
from segmentry.experiments.trial import Metric, Trial
from segmentry.experiments.verdicts import on_effect, on_silence
from segmentry.experiments.weighting import weighted
from segmentry.results import Estimate, Note

Floats = NDArray[np.float64]

# Customers whose outcome is not known are alarming when the arms differ in them as surely as a broken split.
_UNEVEN = 0.001
_FARTHEST = 37.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One question, and the figures that came of it.

    Parameters
    ----------
    pair : Trial
        Of two arms.
    metric : Metric
    role : {"primary", "exploratory"}
    found : Comparison or Problem
    """

    pair: Trial
    metric: Metric
    role: Role
    found: Comparison | Problem


def measured(pair: Trial, metric: Metric, question: Question) -> Comparison | Problem:
    """Compare the two arms of a trial by one metric, or say what is missing.

    Parameters
    ----------
    pair : Trial
        Of two arms.
    metric : Metric
    question : Question

    Examples
    --------
    >>> visits = Metric("visits", "Visits", "number")
    >>> trial = Trial("Offer", np.array(["a", "b"], dtype=object), ("control", "offer"), np.array([0, 1]), (visits,), np.array([[0.0], [1.0]]), "lot", "here")
    >>> measured(trial, visits, Question()).code
    'TOO_FEW_CUSTOMERS'
    """
    values, past = pair.outcome(metric.name), pair.past(metric.name)
    known = ~np.isnan(values)
    rows = [known & (pair.arm == arm) for arm in (0, 1)]
    problem = lacking(values[rows[0]], values[rows[1]], metric)
    if problem is not None:
        return problem
    try:
        if pair.propensity is not None and varied(pair.propensity):
            chances = [pair.propensity[mine, place] for place, mine in enumerate(rows)]
            return weighted((values[rows[0]], chances[0]), (values[rows[1]], chances[1]))
        before = None if past is None else (past[rows[0]], past[rows[1]])
        return compare(values[rows[0]], values[rows[1]], metric.kind, past=before, resamples=question.resamples, seed=question.seed)
    except DataRefused as refused:
        return refused.problems[0]


def answered(one: Figures, found: Comparison, p: float, question: Question) -> Effect:
    """Return what is said of figures that are there.

    Parameters
    ----------
    one : Figures
    found : Comparison
    p : float
        After correction for the number of questions.
    question : Question

    Examples
    --------
    >>> from segmentry.experiments.effects import difference_of_shares
    >>> bought = Metric("bought", "Bought", "yes/no")
    >>> ids, arm = np.arange(2000).astype(str).astype(object), np.repeat([0, 1], 1000)
    >>> trial = Trial("Offer", ids, ("control", "offer"), arm, (bought,), np.zeros((2000, 1)), "lot", "here")
    >>> found = difference_of_shares([40, 90], [1000, 1000])
    >>> answered(Figures(trial, bought, "primary", found), found, found.p, Question()).believed
    True
    """
    sure = p <= question.level
    shrunken = _shrunken(found, p, one.role, question) if sure else None
    power, more = further(found, one.metric, question)
    needed = None if sure else more
    arms = (one.pair.arms[0], one.pair.arms[1])
    return Effect(
        metric=one.metric.name,
        words=one.metric.words,
        kind=one.metric.kind,
        arm=arms[1],
        control_arm=arms[0],
        role=one.role,
        grade="randomised",
        found=found,
        adjusted=p,
        believed=sure,
        shrunken=shrunken,
        power=power,
        needed=needed,
        total=len(one.pair),
        verdict=on_effect(one.metric, arms, found, adjusted=p, role=one.role, question=question, shrunken=shrunken, needed=needed),
        notes=_cautions(one, found),
    )


def _shrunken(found: Comparison, p: float, role: Role, question: Question) -> Estimate:
    from scipy.stats import norm

    value = found.difference.value
    if role == "primary" and len(question.past) > 1:
        return believed(value, found.error, shrink(*zip(*question.past, strict=True)))
    # The p that this question had to stay below, after the others had their share of the level.
    limit = float(norm.isf(question.level * found.p / p / 2)) if p > 0 else float(norm.isf(question.level / 2))
    away = min(_FARTHEST, float(norm.isf(found.p / 2))) if found.p > 0 else _FARTHEST
    if "permutation" in found.method and found.p * (question.resamples + 1) <= 1:
        # So few lots were as far away that the p-value only says "rare".
        away = max(away, abs(value) / found.error)
    return conditional(value, abs(value) / max(away, limit), limit)


def unanswered(one: Figures, problem: Problem, question: Question) -> Unanswered:
    """Return what is said where figures are missing.

    Parameters
    ----------
    one : Figures
    problem : Problem
        What is missing.
    question : Question

    Examples
    --------
    >>> visits = Metric("visits", "Visits", "number")
    >>> trial = Trial("Offer", np.array(["a", "b"], dtype=object), ("control", "offer"), np.array([0, 1]), (visits,), np.array([[0.0], [1.0]]), "lot", "here")
    >>> problem = measured(trial, visits, Question())
    >>> unanswered(Figures(trial, visits, "primary", problem), problem, Question()).verdict[:20]
    'Visits: no verdict, '
    """
    values = one.pair.outcome(one.metric.name)
    known = np.isfinite(values)
    needed = least(values[known & (one.pair.arm == 0)], values[known & (one.pair.arm == 1)], one.metric, question)
    return Unanswered(
        metric=one.metric.name,
        words=one.metric.words,
        arm=one.pair.arms[1],
        role=one.role,
        problem=problem,
        needed=needed,
        verdict=on_silence(one.metric, problem, needed, question),
    )


def _cautions(one: Figures, found: Comparison) -> tuple[Note, ...]:
    notes = []
    if found.effective is not None and found.effective < FEW:
        few = max(1, round(found.effective))
        words = f"{one.metric.words}: the spread hangs on as few as {few} customers, so the figure would look different without them."
        notes.append(Note("hangs_on_few", words, "warning"))
    used, there = sum(found.customers), len(one.pair)
    if used < there:
        words = f"{one.metric.words} is known of {used:,} of {there:,} customers; the others are left out."
        uneven = _uneven(one.pair, found.customers)
        if uneven:
            words = f"{words} The arms differ in that beyond chance, so the figure may be that of who is missing."
        notes.append(Note("outcomes_missing", words, "warning" if uneven else "info"))
    return tuple(notes)


def _uneven(pair: Trial, known: tuple[int, int]) -> bool:
    from scipy.stats import chi2_contingency

    missing = pair.counts - np.array(known)
    return float(chi2_contingency(np.array([known, missing]), correction=False).pvalue) < _UNEVEN


def varied(propensity: Floats) -> bool:
    """Return whether customers had different chances.

    Examples
    --------
    >>> varied(np.array([[0.5, 0.5], [0.5, 0.5]])), varied(np.array([[0.5, 0.5], [0.2, 0.8]]))
    (False, True)
    """
    return bool((np.ptp(propensity, axis=0) > 1e-9).any()) if len(propensity) else False
