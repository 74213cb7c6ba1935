"""The analysis of a trial, from the split to the verdict, in the order in which a careful person asks.

1. Was it decided by lot? Otherwise nothing is an effect, and none is shown.
2. Did every arm keep its customers? A broken split hides everything (see `imbalance`).
3. Is it over? Before the planned day only what holds on any day is said (see `sequential`).
4. Is there enough (see `sufficiency`)? The primary metric was declared beforehand: several treatments share its level (Holm). All other metrics and
   all segments are exploratory and corrected together (Benjamini and Hochberg).
5. Each comparison by the test that suits it (see `comparing`), at the customer; what is found is shown with the luck taken out (see `shrinkage`).
6. Who saw it (`exposure`), whether it lasts (`novelty`), what else went on (`concurrent`).

When NOT to use: for comparing before with after, see `attribution`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused, Problem, UsageError
from segmentry.experiments.answers import Figures, answered, measured, unanswered, varied
from segmentry.experiments.concurrent import concurrent
from segmentry.experiments.exposure import exposure
from segmentry.experiments.imbalance import Imbalance, check_split
from segmentry.experiments.multiplicity import adjusted, holm
from segmentry.experiments.novelty import Asked, weekly
from segmentry.experiments.question import Question
from segmentry.experiments.results import Analysis, Comparison, Effect, Overlap, SegmentEffects, Unanswered
from segmentry.experiments.segmented import by_segment, corrected
from segmentry.experiments.sequential import Look, look
from segmentry.experiments.trial import Metric, Trial
from segmentry.results import Note

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def analyse(
    trial: Trial,
    *,
    question: Question | None = None,
    strata: Codes | None = None,
    names: Mapping[int, str] | None = None,
    weeks: Floats | None = None,
    others: Sequence[Trial] = (),
) -> Analysis:
    """Say what a trial shows.

    Parameters
    ----------
    trial : Trial
        The first metric is the primary one, the first arm the control.
    question : Question or None
        Level, smallest effect worth knowing, schedule; None for those of the house.
    strata : int array, shape (n,), or None
        Segment of each customer, known before the start; below 0: in none.
    names : mapping of segment to name, or None
    weeks : float array, shape (n, w), or None
        The primary metric by week after each customer's start; NaN where the week is not over.
    others : sequence of Trial
        Campaigns at the same time.

    Returns
    -------
    Analysis
        Verdict first. The same whatever the order of the customers.

    Raises
    ------
    UsageError
        When strata or weeks do not fit the customers.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arm = rng.integers(0, 2, 4000)
    >>> bought = (rng.random(4000) < 0.1 + 0.05 * arm).astype(float)
    >>> trial = Trial("Free delivery", np.arange(4000).astype(str).astype(object), ("control", "offer"), arm, (Metric("bought", "Bought", "yes/no"),),
    ...               bought[:, None], "lot", "drawn here", shares=(0.5, 0.5))
    >>> found = analyse(trial)
    >>> found.hidden, found.primary().believed
    (False, True)
    """
    asked = question or Question()
    _check(trial, strata, weeks)
    split = _split(trial)
    refusal = _refusal(trial, split)
    if refusal is not None:
        return _hidden(trial, asked, split, refusal)
    if asked.running:
        return _running(trial, asked, split)
    return _analysed(trial, asked, split, strata=strata, names=names or {}, weeks=weeks, others=others)


def _analysed(
    trial: Trial,
    question: Question,
    split: Imbalance | None,
    *,
    strata: Codes | None,
    names: Mapping[int, str],
    weeks: Floats | None,
    others: Sequence[Trial],
) -> Analysis:
    pairs = [trial.pair(arm) for arm in range(1, len(trial.arms))]
    asked = [
        Figures(pair, metric, "exploratory" if place else "primary", measured(pair, metric, question))
        for place, metric in enumerate(trial.metrics)
        for pair in pairs
    ]
    segments = _segments(trial, pairs, strata, names, question)
    levels, segments = _corrected(trial, asked, segments, question)
    effects: list[Effect] = []
    silences: list[Unanswered] = []
    for one, p in zip(asked, levels, strict=True):
        if isinstance(one.found, Problem):
            silences.append(unanswered(one, one.found, question))
        else:
            effects.append(answered(one, one.found, p, question))
    said: list[Effect | Unanswered] = [*effects, *silences]
    main = trial.metrics[0]
    shown = [one for one in asked if one.role == "primary" and isinstance(one.found, Comparison)]
    overlaps, notes = _overlaps(pairs, others, main, question)
    return Analysis(
        name=trial.name,
        verdict=" ".join(one.verdict for one in said if one.role == "primary"),
        refusal=None,
        assigned=trial.assigned,
        source=trial.source,
        arms=trial.arms,
        customers=tuple(trial.counts.tolist()),
        imbalance=split,
        effects=tuple(effects),
        unanswered=tuple(silences),
        segments=segments,
        exposure=tuple(exposure(one.pair, one.found, currency=question.currency) for one in shown if isinstance(one.found, Comparison))
        if trial.exposed is not None
        else (),
        weekly=()
        if weeks is None
        else tuple(
            weekly(weeks[trial.arm == 0], weeks[trial.arm == arm], _told(main, trial.arms[arm], question))
            for arm in range(1, len(trial.arms))
        ),
        overlaps=overlaps,
        level=question.level,
        notes=(*_notes(trial, split), *notes),
    )


def _corrected(
    trial: Trial, asked: list[Figures], segments: tuple[SegmentEffects, ...], question: Question
) -> tuple[list[float], tuple[SegmentEffects, ...]]:
    """Return each question's p after correction, and the segments with theirs."""
    raw = np.array([np.nan if isinstance(one.found, Problem) else one.found.p for one in asked])
    primary = np.array([one.role == "primary" for one in asked])
    inside = [np.array([np.nan if row.p is None else row.p for row in found.rows]) for found in segments]
    pool = adjusted(np.concatenate([raw[~primary], *inside]))
    levels = np.empty(len(asked))
    levels[primary], levels[~primary] = holm(raw[primary]), pool[: int((~primary).sum())]
    ends = np.cumsum([int((~primary).sum()), *(len(part) for part in inside)])
    done = tuple(
        corrected(found, trial.metric(found.metric), pool[start:end], question.level)
        for found, start, end in zip(segments, ends[:-1], ends[1:], strict=True)
    )
    return levels.tolist(), done


def _segments(
    trial: Trial, pairs: list[Trial], strata: Codes | None, names: Mapping[int, str], question: Question
) -> tuple[SegmentEffects, ...]:
    if strata is None or (trial.propensity is not None and varied(trial.propensity)):
        return ()
    return tuple(
        by_segment(pair, metric, strata[(trial.arm == 0) | (trial.arm == arm)], names=names, question=question)
        for metric in trial.metrics
        for arm, pair in enumerate(pairs, start=1)
    )


def _overlaps(
    pairs: list[Trial], others: Sequence[Trial], metric: Metric, question: Question
) -> tuple[tuple[Overlap, ...], tuple[Note, ...]]:
    found, notes = [], []
    for pair in pairs:
        for other in others:
            try:
                named = replace(pair, name=f"{pair.name} ({pair.arms[1]})") if len(pairs) > 1 else pair
                found.append(concurrent(named, other, _told(metric, pair.arms[1], question)))
            except DataRefused as refused:
                words = f"{pair.arms[1]} and {other.name} cannot be told apart: {refused.problems[0].reason}."
                notes.append(Note("campaigns_together", words, "warning"))
    return tuple(found), tuple(notes)


def _told(metric: Metric, arm: str, question: Question) -> Asked:
    return Asked(metric, arm, question.level, question.resamples, question.seed, question.currency)


def _notes(trial: Trial, split: Imbalance | None) -> tuple[Note, ...]:
    if split is None:
        words = "The planned share of each arm is not known, so nothing says whether customers were lost on the way."
        return (Note("shares_not_known", words, "warning"),)
    return (Note("split", split.words),) if trial.shares or trial.propensity is not None else ()


def _split(trial: Trial) -> Imbalance | None:
    shares = trial.shares if trial.propensity is None else tuple(np.sort(trial.propensity, axis=0).mean(axis=0).tolist())
    if not shares or not len(trial) or min(shares) <= 0:
        return None
    return check_split(trial.counts, np.asarray(shares) / sum(shares), arms=trial.arms)


def _refusal(trial: Trial, split: Imbalance | None) -> Problem | None:
    if not trial.causal:
        reason = f"nobody knows how it was decided who got what ({trial.source}), so differences between the arms are not effects"
        return Problem(
            "NOT_BY_LOT",
            reason,
            "leave some customers alone, drawn by lot; or compare customers who were alike before, and call it observational",
        )
    if trial.assigned == "logged" and trial.propensity is None and not trial.shares:
        reason = "chances are said to have been logged, and there are none"
        return Problem("NO_CHANCES", reason, "pass the logged chance of each arm, or the shares when everybody had the same")
    if split is not None and split.red:
        return Problem("SPLIT_BROKEN", split.words.rstrip("."), "find out where customers were lost, and start again")
    return None


def _hidden(trial: Trial, question: Question, split: Imbalance | None, refusal: Problem) -> Analysis:
    return Analysis(
        name=trial.name,
        verdict=f"No effect is shown: {refusal.reason}. Next: {refusal.remedy}.",
        refusal=refusal,
        assigned=trial.assigned,
        source=trial.source,
        arms=trial.arms,
        customers=tuple(trial.counts.tolist()),
        imbalance=split,
        level=question.level,
    )


def _running(trial: Trial, question: Question, split: Imbalance | None) -> Analysis:
    looks: list[Look] = []
    silent = []
    for arm in range(1, len(trial.arms)):
        try:
            if question.schedule is not None:
                looks.append(look(trial, question.schedule, day=question.day or 1, arm=arm, seed=question.seed, currency=question.currency))
        except DataRefused as refused:
            silent.append(f"No verdict, {refused.problems[0].reason}.")
    reason = (
        f"the trial runs until day {question.schedule.days if question.schedule else 0}, and its final test may be read then and not before"
    )
    return Analysis(
        name=trial.name,
        verdict=" ".join([*(found.words for found in looks), *silent]),
        refusal=Problem("STILL_RUNNING", reason, "look at what holds on any day, or wait for the planned day"),
        assigned=trial.assigned,
        source=trial.source,
        arms=trial.arms,
        customers=tuple(trial.counts.tolist()),
        imbalance=split,
        looks=tuple(looks),
        level=question.level,
        notes=_notes(trial, split),
    )


def _check(trial: Trial, strata: Codes | None, weeks: Floats | None) -> None:
    for name, part in (("strata", strata), ("weeks", weeks)):
        if part is not None and len(part) != len(trial):
            raise UsageError(f"{name} were given for {len(part):,} customers; the trial has {len(trial):,}. Pass one row per customer.")
