"""Sent is not seen: the effect of having been given a treatment, and of having seen it.

First comes the effect on all who were given it (intention to treat): the lot decided that, so it is right whoever opened what. Comparing those who
opened with the rest would compare good customers with others. The effect of *seeing* it follows by the lot as instrument (Imbens and Angrist 1994):

    (m₁ − m₀) / (s₁ − s₀),    s: share of an arm that saw it

which is the effect on those who see it when given it, and not otherwise (the compliers). The interval is Fieller's (1954) with the quantiles of the
first comparison, so both leave 0 out together. With a weak first stage (F below 10: Staiger and Stock 1997) there is no figure.

When NOT to use: when being given it works without being seen, such as a subject line that is read and never opened.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Problem, UsageError
from segmentry.experiments.phrases import signed
from segmentry.experiments.results import Comparison, Exposure
from segmentry.experiments.trial import Metric, Trial
from segmentry.preparation.words import percent
from segmentry.results import Estimate

Floats = NDArray[np.float64]

WEAK = 10.0
_STRONGEST = 1e9
INSTRUMENT = (
    "The instrument is the lot: it changes what customers do only through what they see, and nobody sees it less for having been given it. "
    "Neither can be checked in the data."
)


def exposure(trial: Trial, offered: Comparison, *, arm: int = 1, metric: str = "", currency: str = "") -> Exposure:
    """Say what a treatment did to those who saw it.

    Parameters
    ----------
    trial : Trial
        With `exposed`.
    offered : Comparison
        Of all who were given it with the control, by the same metric.
    arm : int
    metric : str
        Empty means the primary one.
    currency : str
        For the words.

    Raises
    ------
    UsageError
        When it is not known who saw it.

    Examples
    --------
    >>> from segmentry.experiments.comparing import compare
    >>> rng = np.random.default_rng(1)
    >>> arm = rng.integers(0, 2, 4000)
    >>> seen = (arm == 1) & (rng.random(4000) < 0.5)
    >>> spend = rng.normal(size=4000) + 0.4 * seen
    >>> trial = Trial("Offer", np.arange(4000).astype(str).astype(object), ("control", "offer"), arm, (Metric("spend", "Spend", "number"),),
    ...               spend[:, None], "lot", "drawn here", exposed=seen)
    >>> found = exposure(trial, compare(spend[arm == 0], spend[arm == 1], "number"))
    >>> 0.1 < found.complier.low < 0.4 < found.complier.high < 0.6
    True
    """
    if trial.exposed is None:
        raise UsageError(
            "the trial does not say who saw the treatment; allowed is a column of yes and no. Name the column of openings or visits."
        )
    asked = trial.metric(metric) if metric else trial.metrics[0]
    values = trial.outcome(asked.name)
    known = ~np.isnan(values)
    arms = [known & (trial.arm == place) for place in (0, arm)]
    shares = [float(trial.exposed[rows].mean()) for rows in arms]
    stage, squared, shared = shares[1] - shares[0], 0.0, 0.0
    for rows, share in zip(arms, shares, strict=True):
        count = int(rows.sum())
        squared += share * (1 - share) / (count - 1)
        outcome = values[rows]
        shared += float(np.sort((outcome - np.sort(outcome).mean()) * (trial.exposed[rows] - share)).sum()) / (count - 1) / count
    strength = min(_STRONGEST, stage**2 / squared if squared > 0 else _STRONGEST * float(stage != 0))
    problem = _refusal(stage, strength)
    found = None if problem else _ratio(offered, stage, squared, shared)
    if found is None and problem is None:
        problem = _weak(strength)
    return Exposure(
        metric=asked.name,
        arm=trial.arms[arm],
        offered=offered,
        seen=(shares[0], shares[1]),
        complier=found,
        strength=strength,
        refusal=problem,
        instrument=INSTRUMENT,
        verdict=_verdict(asked, trial.arms[arm], offered, shares, found, problem, currency),
    )


def _ratio(offered: Comparison, stage: float, squared: float, shared: float) -> Estimate | None:
    gap, variance = offered.difference.value, offered.error**2
    ends = []
    for side, end in ((-1.0, offered.difference.low), (1.0, offered.difference.high)):
        steps = (max(0.0, side * (end - gap)) / offered.error) ** 2 if offered.error > 0 else 0.0
        square, middle, rest = stage**2 - steps * squared, gap * stage - steps * shared, gap**2 - steps * variance
        if square <= 0:
            return None
        ends.append((middle + side * math.sqrt(max(0.0, middle**2 - square * rest))) / square)
    value = gap / stage
    return Estimate(value, min(value, ends[0]), max(value, ends[1]))


def _refusal(stage: float, strength: float) -> Problem | None:
    if stage < 0:
        reason = f"in the treated arm {percent(-stage)} fewer customers saw the treatment than in the control"
        return Problem("SEEN_BY_THE_CONTROL", reason, "check who was given what, and whose openings these are")
    return None if strength >= WEAK else _weak(strength)


def _weak(strength: float) -> Problem:
    reason = f"having been given the treatment hardly changes who saw it (F = {strength:.1f}, and {WEAK:.0f} are needed)"
    return Problem("WEAK_INSTRUMENT", reason, "look at the effect on all who were given it")


def _verdict(
    metric: Metric, arm: str, offered: Comparison, seen: list[float], found: Estimate | None, problem: Problem | None, currency: str
) -> str:
    def span(figure: Estimate) -> str:
        return (
            f"{signed(metric, figure.value, currency)} ({signed(metric, figure.low, currency)} to {signed(metric, figure.high, currency)})"
        )

    start = f"On all who were given {arm}, seen or not: {span(offered.difference)} per customer. {percent(seen[1])} of them saw it"
    start += f", and {percent(seen[0])} of the control." if seen[0] > 0 else "."
    if found is None:
        return f"{start} There is no figure for those who saw it: {problem.reason if problem else ''}."
    return f"{start} On those who see it when given it: {span(found)}."
