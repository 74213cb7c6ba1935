"""Effects segment by segment: as measured, and drawn towards each other, because the best of many segments was also lucky.

Each segment is a small trial of its own, with the test that suits the metric. Before any of them is believed it is asked whether segments differ at
all (Cochran's Q); the shrunken figure beside the raw one is what is to be expected of that segment next time (see `shrinkage`). All of this is
exploratory, and corrected together with everything else that was not declared.

When NOT to use: with segments that were made from what customers did after the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR, hide_small
from segmentry.errors import DataRefused
from segmentry.evaluation.intervals import Z
from segmentry.experiments.comparing import compare
from segmentry.experiments.question import Question
from segmentry.experiments.results import SegmentEffect, SegmentEffects
from segmentry.experiments.shrinkage import Shrunken, shrink
from segmentry.experiments.stratified import differing
from segmentry.experiments.sufficiency import lacking
from segmentry.experiments.trial import Metric, Trial
from segmentry.experiments.verdicts import on_segments

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def by_segment(trial: Trial, metric: Metric, segments: Codes, *, names: Mapping[int, str], question: Question) -> SegmentEffects:
    """Compare the arms in each segment.

    Parameters
    ----------
    trial : Trial
        Of two arms.
    metric : Metric
    segments : int array, shape (n,)
        Known before the start; below 0: in none.
    names : mapping of segment to name
    question : Question

    Returns
    -------
    SegmentEffects
        Not yet corrected for the number of questions, see `corrected`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arm, segments = rng.integers(0, 2, 4000), rng.integers(0, 4, 4000)
    >>> visits = Metric("visits", "Visits", "number")
    >>> outcome = rng.normal(size=4000) + 0.5 * arm * (segments == 0)
    >>> trial = Trial("Offer", np.arange(4000).astype(str).astype(object), ("control", "offer"), arm, (visits,), outcome[:, None], "lot", "drawn here")
    >>> found = by_segment(trial, visits, segments, names={0: "Loyal"}, question=Question())
    >>> found.differ, found.rows[0].name, abs(found.rows[0].shrunken.value) < abs(found.rows[0].raw.value)
    (True, 'Loyal', True)
    """
    values = trial.outcome(metric.name)
    known = ~np.isnan(values)
    codes = np.unique(segments[segments >= 0]).tolist()
    arms = [[values[known & (segments == code) & (trial.arm == arm)] for arm in (0, 1)] for code in codes]
    # Sizes of all arms are known, so one small cell alone could be worked out: then the sizes of another segment are not shown either.
    unsaid = np.any([hide_small([len(part[arm]) for part in arms]) for arm in (0, 1)], axis=0) if arms else np.zeros(0, dtype=bool)
    past = trial.past(metric.name)
    rows, errors, parts = [], [], []
    for code, (none, some), silent in zip(codes, arms, unsaid.tolist(), strict=True):
        inside = known & (segments == code)
        before = None if past is None else (past[inside & (trial.arm == 0)], past[inside & (trial.arm == 1)])
        row, error = _row(code, names.get(code, f"Segment {code}"), (none, some), metric, before=before, question=question)
        rows.append(replace(row, customers=None) if silent else row)
        if error:
            errors.append(error)
            parts.append((none, some))
    made = _shrunken(rows, errors)
    p = differing(parts, metric.kind, resamples=question.resamples, seed=question.seed) if len(parts) > 1 else None
    differ = p is not None and p <= question.level
    drawn = iter(made.effects if made else ())
    done = tuple(replace(row, shrunken=next(drawn)) if made and row.raw is not None else row for row in rows)
    return SegmentEffects(
        metric=metric.name,
        words=metric.words,
        arm=trial.arms[1],
        rows=done,
        mean=made.mean if made else None,
        spread=made.spread if made else 0.0,
        p=p,
        differ=differ,
        verdict=on_segments(metric, trial.arms[1], done, p, differ=differ),
    )


def corrected(found: SegmentEffects, metric: Metric, adjusted: Floats, level: float) -> SegmentEffects:
    """Return the same with p-values corrected for the number of questions, NaN where there is none.

    Examples
    --------
    >>> row = SegmentEffect(0, "Loyal", (50, 50), None, None, p=0.001)
    >>> found = SegmentEffects("x", "X", "offer", (row,), None, 0.0, None, differ=False, verdict="")
    >>> corrected(found, Metric("x", "X", "number"), np.array([0.004]), 0.01).rows[0].believed
    True
    """
    rows = tuple(
        row if np.isnan(p) else replace(row, adjusted=float(p), believed=bool(p <= level))
        for row, p in zip(found.rows, adjusted, strict=True)
    )
    return replace(found, rows=rows, verdict=on_segments(metric, found.arm, rows, found.p, differ=found.differ))


def _row(
    code: int,
    name: str,
    arms: tuple[Floats, Floats],
    metric: Metric,
    *,
    before: tuple[Floats, Floats] | None,
    question: Question,
) -> tuple[SegmentEffect, float]:
    """Return the effect in one segment, and its standard error; 0 when it is not known."""
    counts = (len(arms[0]), len(arms[1]))
    if min(counts) < FLOOR:
        return SegmentEffect(code, name, None, None, None, hidden=True, why="too few customers to show"), 0.0
    problem = lacking(*arms, metric)
    if problem is not None:
        return SegmentEffect(code, name, counts, None, None, why=problem.reason), 0.0
    try:
        found = compare(*arms, metric.kind, past=before, resamples=question.resamples, seed=question.seed)
    except DataRefused as refused:
        return SegmentEffect(code, name, counts, None, None, why=refused.problems[0].reason), 0.0
    # A lopsided interval is wider than its standard error says.
    error = max(found.error, (found.difference.high - found.difference.low) / (2 * Z))
    return SegmentEffect(code, name, counts, found.difference, None, p=found.p), error


def _shrunken(rows: list[SegmentEffect], errors: list[float]) -> Shrunken | None:
    values = [row.raw.value for row in rows if row.raw is not None]
    return shrink(values, errors) if len(values) > 1 else None
