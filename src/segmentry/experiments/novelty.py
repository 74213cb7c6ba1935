"""Does the effect last? Week by week, because a first week is not a year.

The effect of each week has its interval, like any other. Whether it changes is asked once, of each customer's own trend over the weeks: the slope of
their weekly outcomes is compared between the arms, at the customer, so that weeks of one customer are not taken for independent. An effect that comes
nearer to 0 beyond chance is fading (novelty), one that moves away from it is growing (customers had to learn).

Nothing is known of weeks after the last: the horizon stands in every sentence.

When NOT to use: for weeks of the calendar when customers start on different days; count from each customer's own start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused, UsageError
from segmentry.experiments.comparing import compare
from segmentry.experiments.phrases import signed
from segmentry.experiments.results import WeekEffect, Weekly
from segmentry.experiments.trial import Metric, MetricKind
from segmentry.results import Estimate, Note

Floats = NDArray[np.float64]

LEVEL = 0.01
FEWEST_WEEKS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked by week: the metric, the treatment's name, the level of the verdict, and what the tests need.

    Parameters
    ----------
    metric : Metric
    arm : str
    level : float
    resamples, seed : int
    currency : str
    """

    metric: Metric
    arm: str
    level: float = LEVEL
    resamples: int = 1999
    seed: int = 0
    currency: str = ""


def weekly(control: Floats, treated: Floats, asked: Asked) -> Weekly:
    """Say how the effect goes on from week to week.

    Parameters
    ----------
    control, treated : float array, shapes (n₀, w) and (n₁, w)
        Outcome of each customer in each week after their start, zeros included; NaN where the week is not over.
    asked : Asked

    Raises
    ------
    UsageError
        When the arms have different weeks, or none.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> control, treated = rng.normal(size=(3000, 6)), rng.normal(size=(3000, 6)) + 0.3 * 0.5 ** np.arange(6)
    >>> found = weekly(control, treated, Asked(Metric("visits", "Visits", "number"), "offer"))
    >>> found.fading, found.headline.code
    (True, 'first_week_flatters')
    """
    if control.ndim != 2 or treated.ndim != 2 or control.shape[1] != treated.shape[1] or not control.shape[1]:
        raise UsageError(
            f"weeks have shapes {control.shape} and {treated.shape}; allowed is one row per customer and one column per week, the same weeks in both arms. "
            "Leave weeks that are not over empty."
        )
    weeks = control.shape[1]
    rows = tuple(_week(control[:, place], treated[:, place], place + 1, asked) for place in range(weeks))
    change, p, first, last = _change(control, treated, asked)
    moving = p is not None and p <= asked.level
    fading = moving and abs(last) < abs(first)
    headline = _headline(rows, weeks, asked, fading=fading)
    return Weekly(
        metric=asked.metric.name,
        arm=asked.arm,
        rows=rows,
        horizon=weeks,
        change=change,
        p=p,
        fading=fading,
        growing=moving and not fading,
        headline=headline,
        verdict=_verdict(weeks, change, p, asked, moving=moving, fading=fading),
    )


def _week(control: Floats, treated: Floats, week: int, asked: Asked) -> WeekEffect:
    counts = (int((~np.isnan(control)).sum()), int((~np.isnan(treated)).sum()))
    try:
        found = compare(control, treated, asked.metric.kind, resamples=asked.resamples, seed=asked.seed)
    except DataRefused:
        return WeekEffect(week, counts, None)
    return WeekEffect(week, counts, found.difference)


def _change(control: Floats, treated: Floats, asked: Asked) -> tuple[Estimate | None, float | None, float, float]:
    """Return the change per week with its p-value, and the fitted effects of the first and the last week."""
    weeks = control.shape[1]
    if weeks < FEWEST_WEEKS:
        return None, None, 0.0, 0.0
    steps = np.arange(weeks) - (weeks - 1) / 2
    slope = steps / float(steps @ steps)
    whole = [arm[~np.isnan(arm).any(axis=1)] for arm in (control, treated)]
    # Slopes of answers are no answers any more.
    kind: MetricKind = "money" if asked.metric.kind == "money" else "number"
    try:
        found = compare(
            np.einsum("ij,j->i", whole[0], slope), np.einsum("ij,j->i", whole[1], slope), kind, resamples=asked.resamples, seed=asked.seed
        )
    except DataRefused:
        return None, None, 0.0, 0.0
    middle = float(np.sort(whole[1].mean(axis=1)).mean() - np.sort(whole[0].mean(axis=1)).mean())
    reach = found.difference.value * (weeks - 1) / 2
    return found.difference, found.p, middle - reach, middle + reach


def _headline(rows: tuple[WeekEffect, ...], weeks: int, asked: Asked, *, fading: bool) -> Note | None:
    if weeks == 1:
        return Note("one_week_only", f"Only one week of {asked.metric.words} was seen: nothing is known of the weeks after it.", "warning")
    known = [row for row in rows if row.difference is not None]
    if not fading or len(known) < 2:
        return None
    first, last = known[0], known[-1]
    words = (
        f"The first week flatters: the effect on {asked.metric.words} was {_signed(first, asked)} in week {first.week} and {_signed(last, asked)} in "
        f"week {last.week}. Do not quote the first week alone, and do not carry it on over a year."
    )
    return Note("first_week_flatters", words, "warning")


def _signed(row: WeekEffect, asked: Asked) -> str:
    return "not known" if row.difference is None else signed(asked.metric, row.difference.value, asked.currency)


def _verdict(weeks: int, change: Estimate | None, p: float | None, asked: Asked, *, moving: bool, fading: bool) -> str:
    horizon = f"{weeks} week{'' if weeks == 1 else 's'} were seen" if weeks != 1 else "1 week was seen"
    after = f"{horizon}; nothing is known of later ones."
    if change is None or p is None:
        return f"Whether the effect of {asked.arm} on {asked.metric.words} lasts cannot be said: {after}"
    span = (
        f"{signed(asked.metric, change.value, asked.currency)} per week ({signed(asked.metric, change.low, asked.currency)} to "
        f"{signed(asked.metric, change.high, asked.currency)})"
    )
    if not moving:
        return f"No evidence that the effect of {asked.arm} on {asked.metric.words} changes from week to week: {span}. {after}"
    how = "is fading" if fading else "is growing"
    return f"The effect of {asked.arm} on {asked.metric.words} {how}: it changes by {span}. {after}"
