"""The effect of one campaign with something else held equal: differences within strata, put together.

Δ = Σ wₛ (m₁ₛ − m₀ₛ) with variance Σ wₛ² (v₁ₛ/n₁ₛ + v₀ₛ/n₀ₛ), each arm of each stratum with its own variance. This is the regression with all
interactions, robust to unequal variances (Lin 2013). Weights that add up to 1 give an effect, weights that add up to 0 a difference of effects. Where
the tail is long, lots are drawn anew within the strata (see `permutation`).

When NOT to use: with strata that the treatment may have changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.experiments.lots import Lots, redraw
from segmentry.experiments.tails import tails, welch_lies
from segmentry.experiments.trial import MetricKind
from segmentry.results import Estimate

Floats = NDArray[np.float64]

FEWEST = 2
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Contrast:
    """A weighted sum of differences.

    Parameters
    ----------
    value : Estimate
    error : float
    p : float
        Two-sided: twice the smaller tail.
    why : str
        Which test, in words.
    """

    value: Estimate
    error: float
    p: float
    why: str


def contrast(
    parts: Sequence[tuple[Floats, Floats]], weights: Sequence[float], kind: MetricKind, *, resamples: int = 1999, seed: int = 0
) -> Contrast:
    """Put the differences of strata together.

    Parameters
    ----------
    parts : sequence of (control, treated)
        Known, finite outcomes per stratum.
    weights : sequence of float
        One per stratum.
    kind : {"yes/no", "money", "number"}
    resamples, seed : int

    Raises
    ------
    UsageError
        Unless there is one weight per stratum.
    NotEnoughData
        When a stratum has fewer than two customers in an arm.
    Degenerate
        When nothing varies.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> parts = [(rng.normal(size=500) + base, rng.normal(size=500) + base + 0.3) for base in (0.0, 5.0)]
    >>> found = contrast(parts, [0.5, 0.5], "number")
    >>> 0.1 < found.value.low < 0.3 < found.value.high < 0.5
    True
    """
    if len(parts) != len(weights) or not parts:
        raise UsageError(f"{len(parts)} strata and {len(weights)} weights were given; allowed is one weight per stratum. Give them all.")
    _check(parts)
    # Sorted, so that not one bit depends on the order of the rows.
    parts = [(np.sort(control), np.sort(treated)) for control, treated in parts]
    gaps, squares = np.array([_difference(*part) for part in parts]).T
    share = np.asarray(weights, dtype=np.float64)
    gap, error = float(share @ gaps), math.sqrt(float(share**2 @ squares))
    if error == 0:
        raise Degenerate(
            Problem("NO_VARIATION", "the outcome is the same for all customers of an arm", "choose a longer time or another metric")
        )
    lies = [_lies(kind, *part) for part in parts]
    if any(lies):
        return _by_lots(parts, share, gap, error, resamples=resamples, seed=seed)
    return _by_t(parts, share, gap, error, squares=squares)


def _by_t(parts: Sequence[tuple[Floats, Floats]], weights: Floats, gap: float, error: float, *, squares: Floats) -> Contrast:
    from scipy.stats import t

    used = sum(
        (weight**2 * float(arm.var(ddof=1)) / len(arm)) ** 2 / (len(arm) - 1)
        for weight, part in zip(weights, parts, strict=True)
        for arm in part
    )
    free = float(weights**2 @ squares) ** 2 / used if used > 0 else 1e9
    reach = float(t.isf(_TAIL, free)) * error
    p = min(1.0, 2 * float(t.sf(abs(gap) / error, free)))
    return Contrast(Estimate(gap, gap - reach, gap + reach), error, p, "differences within strata, each with its own variance")


def _by_lots(parts: Sequence[tuple[Floats, Floats]], weights: Floats, gap: float, error: float, *, resamples: int, seed: int) -> Contrast:
    top, below = np.zeros(resamples), np.zeros(resamples)
    for place, ((control, treated), weight) in enumerate(zip(parts, weights, strict=True)):
        rows = (np.c_[arm, np.zeros(len(arm))] for arm in (control, treated))
        gaps, squares = _redrawn(redraw(*rows, resamples=resamples, seed=seed + 7919 * place))
        top, below = top + weight * gaps, below + weight**2 * squares
    drawn = np.sort(np.divide(top, np.sqrt(below), out=np.zeros(resamples), where=below > 0))
    found = gap / error
    down, up = (1 + int((drawn <= found).sum())) / (resamples + 1), (1 + int((drawn >= found).sum())) / (resamples + 1)
    place = max(0, math.floor(_TAIL * (resamples + 1)) - 1)
    value = Estimate(gap, min(gap, gap - float(drawn[-1 - place]) * error), max(gap, gap - float(drawn[place]) * error))
    return Contrast(value, error, min(1.0, 2 * min(down, up)), "lots drawn anew within strata, because the tail is long")


def _redrawn(lots: Lots) -> tuple[Floats, Floats]:
    """Return differences, and their squared errors, of lots drawn anew."""
    none, some = lots.customers
    gaps, squares = np.zeros(len(lots.drawn)), np.zeros(len(lots.drawn))
    for sums, count, side in ((lots.drawn, some, 1.0), (lots.whole - lots.drawn, none, -1.0)):
        total = sums[:, 0] + sums[:, 1]
        gaps += side * total / count
        squares += np.maximum(sums[:, 3] + sums[:, 4] - total**2 / count, 0.0) / (count - 1) / count
    return gaps, squares


def _difference(control: Floats, treated: Floats) -> tuple[float, float]:
    variances = treated.var(ddof=1) / len(treated) + control.var(ddof=1) / len(control)
    return float(treated.mean() - control.mean()), float(variances)


def _lies(kind: MetricKind, control: Floats, treated: Floats) -> bool:
    return kind == "money" or bool(welch_lies(tails(np.sort(np.concatenate([control, treated]))), (len(control), len(treated))))


def _check(parts: Sequence[tuple[Floats, Floats]]) -> None:
    least = min(len(arm) for part in parts for arm in part)
    if least < FEWEST:
        reason = f"one arm of one stratum has {least} customers, and {FEWEST} are the least that varies"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "take coarser strata, or wait for more customers"))


def differing(parts: Sequence[tuple[Floats, Floats]], kind: MetricKind, *, resamples: int = 1999, seed: int = 0) -> float:
    """Return the p-value of all strata having the same difference (Cochran 1954, Q).

    Where the tail is long, Q is held against that of lots drawn anew within the strata.

    Parameters
    ----------
    parts : sequence of (control, treated)
        Two strata or more.
    kind : {"yes/no", "money", "number"}
    resamples, seed : int

    Raises
    ------
    UsageError
        With fewer than two strata.
    NotEnoughData
        When a stratum has fewer than two customers in an arm.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> parts = [(rng.normal(size=500), rng.normal(size=500) + effect) for effect in (0.0, 0.5)]
    >>> differing(parts, "number") < 0.001
    True
    """
    from scipy.stats import chi2

    if len(parts) < 2:
        raise UsageError(f"{len(parts)} strata were given; allowed are two or more. Give them all.")
    _check(parts)
    parts = [(np.sort(control), np.sort(treated)) for control, treated in parts]
    found = np.array([_difference(*part) for part in parts]).T
    value = float(_spread(found[0][:, None], found[1][:, None])[0])
    if not any(_lies(kind, *part) for part in parts):
        return float(chi2.sf(value, len(parts) - 1))
    gaps, squares = [], []
    for place, part in enumerate(parts):
        rows = (np.c_[arm, np.zeros(len(arm))] for arm in part)
        gap, square = _redrawn(redraw(*rows, resamples=resamples, seed=seed + 7919 * place))
        gaps.append(gap)
        squares.append(square)
    drawn = _spread(np.array(gaps), np.array(squares))
    return (1 + int((drawn >= value * (1 - 1e-9)).sum())) / (resamples + 1)


def _spread(gaps: Floats, squares: Floats) -> Floats:
    """Return Q per column; a stratum without spread counts for nothing."""
    weights = np.divide(1.0, squares, out=np.zeros(squares.shape), where=squares > 0)
    total = weights.sum(axis=0)
    middle = np.divide((weights * gaps).sum(axis=0), total, out=np.zeros(total.shape), where=total > 0)
    return np.asarray((weights * (gaps - middle) ** 2).sum(axis=0))
