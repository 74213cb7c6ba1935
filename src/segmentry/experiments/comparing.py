"""Which test for which metric: chosen from the kind, the tails of all customers together, and what the time before explains.

| kind | past explains < 5 % | ≥ 5 % |
|---|---|---|
| yes/no | score test (`shares`) | regression adjustment |
| number, short tail | Welch | regression adjustment |
| number, long tail (`tails.welch_lies`); money | lots drawn anew (`permutation`) | lots drawn anew, after adjustment |

The choice is made without looking at who got what, so it cannot favour an outcome.

When NOT to use: for ratios of sums, see `effects.ratio`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused, Degenerate, Problem
from segmentry.experiments.adjustment import FEWEST, OUTCOME, WORTH, difference_adjusted, explain, filled
from segmentry.experiments.effects import check_counts, difference_of_means, difference_of_shares, summed
from segmentry.experiments.permutation import compared, permute
from segmentry.experiments.results import Comparison
from segmentry.experiments.tails import Tails, tails, welch_lies
from segmentry.experiments.trial import MetricKind
from segmentry.moments import Moments
from segmentry.preparation.words import percent

Floats = NDArray[np.float64]

RESAMPLES = 1999
# Beyond this the past *is* the outcome, and nothing would be left to test.
_ALL = 0.9999


def compare(
    control: Floats,
    treated: Floats,
    kind: MetricKind,
    *,
    past: tuple[Floats, Floats] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare two arms by the test that suits the metric.

    Parameters
    ----------
    control, treated : float array, shapes (n₀,) and (n₁,)
        Outcome of each customer; NaN where not known, and then left out.
    kind : {"yes/no", "money", "number"}
    past : (array, array) or None
        The same metric before the start, NaN where there was no before.
    resamples, seed : int
        Of tests that draw lots anew.

    Returns
    -------
    Comparison
        The same whatever the order of the rows.

    Raises
    ------
    NotEnoughData
        With fewer than two known outcomes in an arm.
    Degenerate
        When nothing varies.
    DataRefused
        When an outcome is infinite, or one of a yes/no metric neither 0 nor 1.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = compare((rng.random(1000) < 0.1).astype(float), (rng.random(1000) < 0.2).astype(float), "yes/no")
    >>> found.method, found.difference.low > 0
    ('score', True)
    """
    (control, treated), before = _known((control, treated), past)
    _check(control, treated, kind)
    counts = (len(control), len(treated))
    score, explained = None, 0.0
    if before is not None and min(counts) >= FEWEST:
        score, explained = explain(control, treated, before)
        if not WORTH <= explained <= _ALL:
            score, before = None, None
    left = np.concatenate([control, treated]) if score is None else np.concatenate([control - score[0], treated - score[1]])
    shape = tails(np.sort(left))
    long = _long(kind, shape, counts, adjusted=score is not None)
    if long:
        found = compared(permute(control, treated, score=score, resamples=resamples, seed=seed), long)
        if score is not None:
            why = f"{long}; what customers did before explains {percent(explained)} of the differences between them, and is taken off"
            found = replace(found, method="adjusted permutation", why=why, reduction=explained)
    elif score is not None and before is not None:
        found = _adjusted(control, treated, before)
    elif kind == "yes/no":
        found = difference_of_shares([control.sum(), treated.sum()], counts)
    else:
        found = difference_of_means(*_summed(control[:, None], treated[:, None], [OUTCOME]), OUTCOME)
    return found if kind == "yes/no" else replace(found, skew=shape.skew, effective=shape.effective)


def _long(kind: MetricKind, shape: Tails, customers: tuple[int, int], *, adjusted: bool) -> str:
    """Say why lots are to be drawn anew; empty when they need not be."""
    if kind == "money":
        return "money has a long tail, so lots are drawn anew to see what chance does"
    if kind == "yes/no" and not adjusted:
        return ""
    lies = welch_lies(shape, customers)
    return f"{lies}; lots are drawn anew instead" if lies else ""


def _adjusted(control: Floats, treated: Floats, before: tuple[Floats, Floats]) -> Comparison:
    names = [OUTCOME, *(f"past {number}" for number in range(before[0].shape[1]))]
    return difference_adjusted(*_summed(np.c_[control, before[0]], np.c_[treated, before[1]], names), OUTCOME, names[1:])


def _summed(control: Floats, treated: Floats, names: list[str]) -> tuple[Moments, Moments]:
    # Any shift near the mean will do, as long as it does not depend on the order of the rows.
    shift = np.sort(np.concatenate([control, treated]), axis=0).mean(axis=0)
    return summed(control, names, shift), summed(treated, names, shift)


def _known(
    outcomes: tuple[Floats, Floats], past: tuple[Floats, Floats] | None
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats] | None]:
    known = [~np.isnan(values) for values in outcomes]
    kept = outcomes[0][known[0]], outcomes[1][known[1]]
    if past is None:
        return kept, None
    before = np.concatenate([past[0][known[0]], past[1][known[1]]])
    if not np.isfinite(before).any() or np.isinf(before).any():
        return kept, None
    return kept, filled(before, (len(kept[0]), len(kept[1])))


def _check(control: Floats, treated: Floats, kind: MetricKind) -> None:
    for values in (control, treated):
        endless = int(np.isinf(values).sum())
        if endless:
            reason = f"{endless:,} of {len(values):,} outcomes are infinite"
            raise DataRefused(Problem("NOT_FINITE", reason, "correct them, or leave them empty"))
        if kind == "yes/no" and not np.isin(values, (0.0, 1.0)).all():
            strange = int((~np.isin(values, (0.0, 1.0))).sum())
            reason = f"{strange:,} of {len(values):,} outcomes of a yes/no metric are neither 0 nor 1"
            raise DataRefused(Problem("NOT_YES_OR_NO", reason, "call it a number or money, or recode it"))
    check_counts((len(control), len(treated)))
    both = np.concatenate([control, treated])
    if np.ptp(both) == 0:
        reason = f"all {len(both):,} customers have the same outcome"
        raise Degenerate(Problem("NO_VARIATION", reason, "choose a longer time or another metric"))
