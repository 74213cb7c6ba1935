"""Segments beside scores: how many of each segment answer, how many are foretold to, and how much of who answers the segments know.

Rates have Wilson's (1927) interval; whether scores miss a segment is asked of all segments at once (Bonferroni). The share of the scores' variance that lies
between segments (eta squared; Fisher 1925) says whether the segments could stand in for the scores.

Not a test of the segments: they were not made to foretell this answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.evaluation.intervals import share
from segmentry.evaluation.ranking import auc
from segmentry.preparation.words import percent
from segmentry.propensity.results import SegmentResponse

Floats = NDArray[np.float64]

# Below, the interval of an AUC reaches over a third of its range.
FEWEST_ANSWERS = 20
TOP = 0.1


def by_segment(
    labels: NDArray[np.int64],
    names: Mapping[int, str],
    outcome: Floats,
    probability: Floats,
    *,
    groups: NDArray[np.intp],
    contact: NDArray[np.bool_] | None,
) -> tuple[SegmentResponse, ...]:
    """Return one entry per segment that has customers with a known answer, in the order of the ids.

    Parameters
    ----------
    labels : int array, shape (n,)
    names : mapping of id to name
    outcome : float array of 0 and 1, shape (n,)
    probability : float array, shape (n,)
        Out-of-fold.
    groups : int array, shape (n,)
    contact : bool array, shape (n,), or None
    """
    found = []
    for each in np.unique(labels).tolist():
        own = labels == each
        yes, count = int(outcome[own].sum()), int(own.sum())
        ranked = min(yes, count - yes) >= FEWEST_ANSWERS and np.ptp(probability[own]) > 0
        found.append(
            SegmentResponse(
                each,
                names.get(each, f"Segment {each}"),
                count,
                share(yes, count),
                float(probability[own].mean()),
                None if contact is None else float(contact[own].mean()),
                auc(outcome[own], probability[own], groups[own]) if ranked else None,
            )
        )
    return tuple(found)


def agreement(segments: tuple[SegmentResponse, ...], labels: NDArray[np.int64], probability: Floats) -> tuple[str, ...]:
    """Return where segments and scores agree and where not, in sentences; empty with fewer than two segments."""
    if len(segments) < 2 or np.ptp(probability) == 0:
        return ()
    between = eta_squared(labels, probability)
    ordered = sorted(segments, key=lambda each: each.rate.value)
    worst, best = ordered[0], ordered[-1]
    apart = best.rate.low > worst.rate.high
    sentences = [
        f"Segments account for {percent(between)} of how far customers' scores differ; {percent(1 - between)} lies within them: {_meaning(between)}.",
        f"“{best.name}” answers most ({percent(best.rate.value)}), “{worst.name}” least ({percent(worst.rate.value)})"
        + ("." if apart else "; with so few answers that may be chance."),
    ]
    high = probability >= np.quantile(probability, 1 - TOP)
    hidden = int((high & (labels == worst.id)).sum())
    elsewhere = float((labels[high] != best.id).mean())
    sentences.append(
        f"Of the tenth of the customers with the highest scores, {percent(elsewhere)} are not in “{best.name}”, and {_are_in(hidden)} “{worst.name}”: "
        f"contacting only “{best.name}” would miss them."
    )
    return (*sentences, *_off(segments))


def _meaning(between: float) -> str:
    if between >= 0.5:
        return "segments and scores mostly agree"
    return "segments tell part of it, scores more" if between >= 0.15 else "segments hardly tell who will answer, scores must"


def _are_in(count: int) -> str:
    """Return how many, without a number that points at single customers."""
    if count == 0:
        return "none is in"
    return f"{count:,} are in" if count >= FLOOR else f"fewer than {FLOOR} are in"


def _off(segments: tuple[SegmentResponse, ...]) -> tuple[str, ...]:
    """Name segments whose share of answers the scores miss, in 1 of 20 tables by chance, however many segments there are."""
    found = []
    for each in segments:
        if not _beyond(each, len(segments)):
            continue
        way = "high" if each.predicted > each.rate.value else "low"
        found.append(
            f"In “{each.name}” the scores foretell {percent(each.predicted)}, and {percent(each.rate.value)} answered "
            f"({percent(each.rate.low)} to {percent(each.rate.high)}): here the scores are too {way}."
        )
    return tuple(found)


def _beyond(segment: SegmentResponse, segments: int) -> bool:
    """Return whether the score test (Wilson 1927) rejects what is foretold, at a level shared by the segments."""
    error = math.sqrt(segment.predicted * (1 - segment.predicted) / segment.customers)
    return abs(segment.rate.value - segment.predicted) > NormalDist().inv_cdf(1 - 0.025 / segments) * error


def eta_squared(labels: NDArray[np.int64], values: Floats) -> float:
    """Return the share of the variance of `values`, shape (n,), that lies between groups.

    Examples
    --------
    >>> eta_squared(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 3.0, 3.0]))
    1.0
    """
    _, places = np.unique(labels, return_inverse=True)
    counts = np.bincount(places)
    means = np.bincount(places, values) / counts
    total = float(((values - values.mean()) ** 2).sum())
    return float((counts * (means - values.mean()) ** 2).sum()) / total if total > 0 else 0.0
