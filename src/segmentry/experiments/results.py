"""What is said of a trial: effects with their intervals, segments, exposure, weeks, other campaigns; made elsewhere, read by pages and plans.

All frozen and of plain figures. Intervals are of 95 %, over customers. Where something cannot be known there is a `Problem` instead of a figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segmentry.errors import Problem
from segmentry.experiments.imbalance import Imbalance
from segmentry.experiments.sequential import Look
from segmentry.experiments.trial import Assigned, MetricKind
from segmentry.results import Estimate, Note

Method = Literal["score", "welch", "permutation", "adjusted", "adjusted permutation", "weighted"]
Role = Literal["primary", "exploratory"]
Grade = Literal["randomised", "observational"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms by one metric, before anything is said of it.

    Parameters
    ----------
    control, treated : float
        Mean per customer, or share.
    difference : Estimate
        Treated less control, in the metric's own unit.
    error : float
        Standard error of the difference.
    lift : Estimate or None
        Difference over control; None when the control's mean cannot be told from 0, so that any lift is possible.
    p : float
        Two-sided: twice the smaller tail.
    method : {"score", "welch", "permutation", "adjusted", "adjusted permutation", "weighted"}
    why : str
        Why that one, in words.
    customers : (int, int)
        Customers of control and treated whose outcome is known.
    spread : (float, float)
        Standard deviation of one customer in each arm, after adjustment.
    skew, effective : float or None
        Skewness of the outcome, and as how many customers with ordinary tails these count; None for yes/no.
    reduction : float
        Share of the variance that the time before explains and that was taken out, 0 to 1.
    plain : Estimate or None
        The difference without that adjustment.
    """

    control: float
    treated: float
    difference: Estimate
    error: float
    lift: Estimate | None
    p: float
    method: Method
    why: str
    customers: tuple[int, int]
    spread: tuple[float, float]
    skew: float | None = None
    effective: float | None = None
    reduction: float = 0.0
    plain: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one treatment did to one metric.

    Parameters
    ----------
    metric, words, kind : str
        Name, label and kind of the metric.
    arm, control_arm : str
        Names of treatment and control.
    role : {"primary", "exploratory"}
        Whether it was declared before the start.
    grade : {"randomised", "observational"}
    found : Comparison
    adjusted : float
        p corrected for the number of questions asked: Holm (1979) over the treatments of the primary metric, Benjamini and Hochberg (1995) over all others.
    believed : bool
        Whether `adjusted` is at most the level of the question; only then is there a verdict for or against.
    shrunken : Estimate or None
        The difference without the winner's curse; None unless believed.
    power : float
        Chance that this trial had of seeing the smallest effect worth knowing, 0 to 1.
    needed : int or None
        About how many more customers it takes to see that effect; None when believed or when there are enough.
    total : int
        Customers in both arms, with those whose outcome is not known.
    verdict : str
        Effect, interval and evidence, in a sentence.
    notes : tuple of Note
        Cautions that are about this figure.
    """

    metric: str
    words: str
    kind: MetricKind
    arm: str
    control_arm: str
    role: Role
    grade: Grade
    found: Comparison
    adjusted: float
    believed: bool
    shrunken: Estimate | None
    power: float
    needed: int | None
    total: int
    verdict: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the data cannot answer.

    Parameters
    ----------
    metric, words, arm : str
    role : {"primary", "exploratory"}
    problem : Problem
        What is missing.
    needed : int or None
        About how many more customers it takes.
    verdict : str
    """

    metric: str
    words: str
    arm: str
    role: Role
    problem: Problem
    needed: int | None
    verdict: str


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """What one treatment did in one segment.

    Parameters
    ----------
    segment : int
    name : str
    customers : (int, int) or None
        Of control and treated; None when hidden, or when they would give another segment's away.
    raw, shrunken : Estimate or None
        Difference as measured, and drawn towards that of all segments; None when hidden or unknown.
    p, adjusted : float or None
        Of the raw difference, and corrected over all exploratory questions.
    believed : bool
    hidden : bool
        Whether too few customers stand behind it to show or to judge.
    why : str
        Why there is no figure; empty otherwise.
    """

    segment: int
    name: str
    customers: tuple[int, int] | None
    raw: Estimate | None
    shrunken: Estimate | None
    p: float | None = None
    adjusted: float | None = None
    believed: bool = False
    hidden: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class SegmentEffects:
    """One metric and one treatment over all segments.

    Parameters
    ----------
    metric, words, arm : str
    rows : tuple of SegmentEffect
    mean : Estimate or None
        Effect that segments vary around.
    spread : float
        Standard deviation of the true effects between segments.
    p : float or None
        Of Cochran's Q: could all segments have the same effect?
    differ : bool
        Whether that is ruled out at the level of the question.
    verdict : str
    """

    metric: str
    words: str
    arm: str
    rows: tuple[SegmentEffect, ...]
    mean: Estimate | None
    spread: float
    p: float | None
    differ: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the treatment did to those who really saw it, by the lot as instrument.

    Parameters
    ----------
    metric, arm : str
    offered : Comparison
        Intention to treat: all who were given it, whether they saw it or not. This comes first.
    seen : (float, float)
        Share of control and of treated who saw it.
    complier : Estimate or None
        Effect on those who see it when given it (complier average causal effect); None when refused.
    strength : float
        F of the first stage.
    refusal : Problem or None
        Why there is no such figure.
    instrument : str
        What has to hold, in words.
    verdict : str
    """

    metric: str
    arm: str
    offered: Comparison
    seen: tuple[float, float]
    complier: Estimate | None
    strength: float
    refusal: Problem | None
    instrument: str
    verdict: str


@dataclass(frozen=True, slots=True)
class WeekEffect:
    """Effect in one week after the start: `week` counts from 1; the difference is None when too few are known."""

    week: int
    customers: tuple[int, int]
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class Weekly:
    """Effect by week, so that a first week is not taken for the rest of the year.

    Parameters
    ----------
    metric, arm : str
    rows : tuple of WeekEffect
    horizon : int
        Weeks seen; nothing is known of later ones.
    change : Estimate or None
        How the effect changes from one week to the next, over customers seen in all weeks.
    p : float or None
        Of no change.
    fading, growing : bool
        Whether the effect shrinks, or grows, beyond chance.
    headline : Note or None
        Warning that the first week's figure must not stand alone.
    verdict : str
    """

    metric: str
    arm: str
    rows: tuple[WeekEffect, ...]
    horizon: int
    change: Estimate | None
    p: float | None
    fading: bool
    growing: bool
    headline: Note | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two campaigns at the same time, and which of them is to be credited.

    Parameters
    ----------
    metric : str
    campaigns : (str, str)
    customers : tuple of int, length 4
        With neither, only the first, only the second, both.
    effects : (Estimate, Estimate)
        Of each, with the other held equal.
    p : (float, float)
    credited : (bool, bool)
    interaction : Estimate
        Effect of the first among customers of the second less that among the rest.
    interaction_p : float
    interacts : bool
    grade : {"randomised", "observational"}
        Of the second campaign's effect.
    verdict : str
    """

    metric: str
    campaigns: tuple[str, str]
    customers: tuple[int, int, int, int]
    effects: tuple[Estimate, Estimate]
    p: tuple[float, float]
    credited: tuple[bool, bool]
    interaction: Estimate
    interaction_p: float
    interacts: bool
    grade: Grade
    verdict: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that may be said of one trial.

    Parameters
    ----------
    name : str
    verdict : str
        First sentence: what the primary metric says, or why nothing is said.
    refusal : Problem or None
        Why effects are not shown; then `hidden` is true and there are none.
    assigned : {"lot", "logged", "unknown"}
    source : str
        Who says how it was decided.
    arms : tuple of str
    customers : tuple of int
        Per arm.
    imbalance : Imbalance or None
        Whether the split is as planned, and the smallest imbalance that could have been seen.
    effects : tuple of Effect
        The primary metric first, one per treatment.
    unanswered : tuple of Unanswered
        What was asked and could not be answered.
    looks : tuple of Look
        While the trial runs: what may be said before its planned day, and nothing else.
    segments : tuple of SegmentEffects
    exposure : tuple of Exposure
    weekly : tuple of Weekly
    overlaps : tuple of Overlap
    level : float
        Chance of a false alarm that verdicts accept.
    notes : tuple of Note
    """

    name: str
    verdict: str
    refusal: Problem | None
    assigned: Assigned
    source: str
    arms: tuple[str, ...]
    customers: tuple[int, ...]
    imbalance: Imbalance | None
    effects: tuple[Effect, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    looks: tuple[Look, ...] = ()
    segments: tuple[SegmentEffects, ...] = ()
    exposure: tuple[Exposure, ...] = ()
    weekly: tuple[Weekly, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    level: float = 0.01
    notes: tuple[Note, ...] = ()

    @property
    def hidden(self) -> bool:
        """Whether there are no effects to show; `refusal` says why."""
        return self.refusal is not None

    def primary(self, arm: str = "") -> Effect | None:
        """Return the effect on the primary metric of one treatment (the first when not named), or None."""
        for effect in self.effects:
            if effect.role == "primary" and arm in ("", effect.arm):
                return effect
        return None
