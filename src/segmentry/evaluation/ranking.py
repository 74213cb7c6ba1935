"""How good scores are: ROC AUC, average precision, Brier score, logarithmic loss, each with its interval, and paired differences of two scores.

* ROC AUC: chance that one who answered scores higher than one who did not, equals half; interval on the logit scale from DeLong's variance, by
  groups (see `placements`). Exact in one pass, so no resampling is needed.
* Average precision: mean share of answers among those contacted, over all who answered, from the likeliest down; a step of equal scores counts as
  one. Interval on the logit scale (Boyd, Eng and Page 2013) with the standard error of a bootstrap over groups: percentiles would be shifted, because
  a customer drawn twice is a tie.
* Brier (1950) score and logarithmic loss: mean per customer, so a mean's interval with errors by groups (Liang and Zeger 1986).

Intervals are of these scores on other customers. Of scores from cross-fitting, models made anew would differ too: to claim that a *way of making
models* is better than another, take `intervals.for_refits` first, or noise is called a signal in 6 of 100 tables instead of 2.5.

Scores are to be out-of-fold. When NOT to use: AUC says nothing of whether probabilities are true (see `calibration`), nor of money (see `profit`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_choice
from segmentry.errors import UsageError
from segmentry.evaluation.intervals import bootstrap, on_logits, symmetric
from segmentry.evaluation.placements import newcombe, placements, variance
from segmentry.evaluation.ranked import Ranked, ranked
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Metric = Literal["auc", "average_precision", "brier", "log_loss"]
METRICS: tuple[Metric, ...] = ("auc", "average_precision", "brier", "log_loss")


def auc(outcome: ArrayLike, score: ArrayLike, groups: ArrayLike | None = None) -> Estimate:
    """Return the area under the ROC curve with its 95 % interval.

    Parameters
    ----------
    outcome : array-like of 0 and 1, shape (n,)
    score : array-like of float, shape (n,)
        Finite; higher is likelier.
    groups : array-like of int, shape (n,), optional
        Customers with the same number are not independent.

    Returns
    -------
    area : Estimate
        Exactly .5 without interval when all scores are equal.

    Raises
    ------
    NotEnoughData
        When nobody answered or everybody did.
    UsageError
        When lengths differ or values are not allowed; see `ranked`.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value
    0.75
    """
    found = ranked(outcome, score, groups)
    placed = placements(found)
    if len(found.ends) == 1:
        return Estimate(0.5, 0.5, 0.5)
    spread = variance(placed.given[found.order], found.outcome, found.units)
    if spread > 0 and 0 < placed.area < 1:
        return on_logits(placed.area, math.sqrt(spread))
    yes, no = (len(np.unique(found.units[found.outcome == answer])) for answer in (1, 0))
    return Estimate(placed.area, *newcombe(placed.area, yes, no))


def average_precision(
    outcome: ArrayLike, score: ArrayLike, groups: ArrayLike | None = None, *, resamples: int = 1000, seed: int = 0
) -> Estimate:
    """Return the average precision (area under the precision-recall curve, without interpolation) with its 95 % interval.

    Parameters
    ----------
    outcome, score, groups
        As of `auc`.
    resamples, seed : int
        Of the bootstrap.

    Raises
    ------
    NotEnoughData, UsageError
        As of `auc`.

    Examples
    --------
    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value, 3)
    0.833
    """
    found = ranked(outcome, score, groups)
    precision = _precision(found)
    value = precision(np.ones(len(found)))
    draws = bootstrap(lambda weights: np.array([precision(weights)]), found.units, resamples=resamples, seed=seed)
    inside = np.clip(draws[np.isfinite(draws)], 1e-6, 1 - 1e-6)
    if value == 1.0:
        # No resample is worse than perfect: what is plausible of the area is plausible here, at the same odds.
        return Estimate(1.0, min(auc(outcome, score, groups).low, float(inside.min())), 1.0)
    error = float(np.log(inside / (1 - inside)).std()) * value * (1 - value)
    return on_logits(value, error)


def _precision(found: Ranked) -> Callable[[Floats], float]:
    """Return average precision as a function of weights; what does not depend on them is done once."""
    # Only steps with an answer count, and few have one.
    answered = np.flatnonzero(found.outcome)
    step = np.searchsorted(found.ends, answered)
    ends, last = found.ends[step], np.searchsorted(step, step, side="right") - 1

    def of(weights: Floats) -> float:
        hits = weights[answered]
        reached = np.cumsum(hits)
        if reached[-1] == 0:
            return math.nan
        # Nobody contacted means no hits either: the quotient then counts for nothing.
        return float((hits * reached[last] / np.maximum(np.cumsum(weights)[ends], 1.0)).sum() / reached[-1])

    return of


def brier(outcome: ArrayLike, probability: ArrayLike, groups: ArrayLike | None = None) -> Estimate:
    """Return the mean squared distance of probabilities to answers, with its 95 % interval; less is better.

    Parameters
    ----------
    outcome, groups
        As of `auc`.
    probability : array-like of float, shape (n,)
        0 to 1.

    Raises
    ------
    NotEnoughData, UsageError
        As of `auc`; and when a probability lies outside 0 to 1.

    Examples
    --------
    >>> brier([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value
    0.15812500000000002
    """
    found = ranked(outcome, _probabilities(probability), groups)
    return symmetric(*_mean(_squares(found.outcome, found.score), found.units), least=0.0, most=1.0)


def log_loss(outcome: ArrayLike, probability: ArrayLike, groups: ArrayLike | None = None) -> Estimate:
    """Return the mean of −log of the probability given to what happened, with its 95 % interval; less is better.

    Probabilities of 0 and 1 are taken as the nearest that leaves the figure finite, as scikit-learn does.

    Parameters and errors as of `brier`.

    Examples
    --------
    >>> round(log_loss([0, 1], [0.5, 0.5]).value, 4)
    0.6931
    """
    found = ranked(outcome, _probabilities(probability), groups)
    return symmetric(*_mean(_surprise(found.outcome, found.score), found.units), least=0.0)


def difference(
    outcome: ArrayLike,
    score: ArrayLike,
    *,
    rival: ArrayLike,
    metric: Metric = "auc",
    groups: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Return how much better `score` is than `rival` over the same customers, with the 95 % interval of the paired difference.

    Positive is always better: for Brier score and logarithmic loss, where less is better, the rival's figure stands first. `score` beats its rival
    beyond chance when `low` is above 0; of cross-fitted scores, when that of `intervals.for_refits` is.

    Parameters
    ----------
    outcome, groups
        As of `auc`.
    score, rival : array-like of float, shape (n,)
        Probabilities, for Brier score and logarithmic loss.
    metric : {"auc", "average_precision", "brier", "log_loss"}
    resamples, seed : int
        Of the bootstrap, for average precision; the others need none.

    Raises
    ------
    NotEnoughData, UsageError
        As of `auc`.

    Examples
    --------
    >>> difference([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], rival=[0.5, 0.5, 0.5, 0.5]).value
    0.25
    """
    check_choice("metric", metric, METRICS)
    if metric in ("brier", "log_loss"):
        score, rival = _probabilities(score), _probabilities(rival)
    one, other = ranked(outcome, score, groups), ranked(outcome, rival, groups)
    if metric == "auc":
        return _areas(one, other)
    if metric == "average_precision":
        return _precisions(one, other, resamples, seed)
    loss = _squares if metric == "brier" else _surprise
    in_order = _by_row(other, other.score)[one.order]
    value, error = _mean(loss(one.outcome, in_order) - loss(one.outcome, one.score), one.units)
    return symmetric(value, error)


def _areas(one: Ranked, other: Ranked) -> Estimate:
    first, second = placements(one), placements(other)
    spread = variance((first.given - second.given)[one.order], one.outcome, one.units)
    value = first.area - second.area
    if math.isnan(spread):
        # A single customer with an answer: nothing is known of how others would differ.
        return Estimate(value, -1.0, 1.0)
    return symmetric(value, math.sqrt(max(0.0, spread)), least=-1.0, most=1.0)


def _precisions(one: Ranked, other: Ranked, resamples: int, seed: int) -> Estimate:
    # Weights are drawn in the order of the first score and carried over to the rival's.
    places = np.empty(len(one), dtype=np.intp)
    places[one.order] = np.arange(len(one))
    carried = places[other.order]
    ours, theirs = _precision(one), _precision(other)
    draws = bootstrap(lambda weights: np.array([ours(weights) - theirs(weights[carried])]), one.units, resamples=resamples, seed=seed)
    value = ours(np.ones(len(one))) - theirs(np.ones(len(one)))
    return symmetric(value, float(np.nanstd(draws)), least=-1.0, most=1.0)


def _by_row(found: Ranked, values: Floats) -> Floats:
    by_row = np.empty(len(found))
    by_row[found.order] = values
    return by_row


def _probabilities(probability: ArrayLike) -> Floats:
    values = np.asarray(probability, dtype=np.float64)
    outside = int((~((values >= 0) & (values <= 1))).sum())
    if outside:
        raise UsageError(
            f"{outside:,} of {values.size:,} probabilities are missing or outside 0 to 1; allowed is 0 to 1. Calibrate the scores first."
        )
    return values


def _squares(outcome: Floats, probability: Floats) -> Floats:
    return np.asarray((outcome - probability) ** 2)


def _surprise(outcome: Floats, probability: Floats) -> Floats:
    smallest = float(np.finfo(np.float64).eps)
    return np.asarray(-np.log(np.clip(np.where(outcome == 1, probability, 1 - probability), smallest, 1.0)))


def _mean(losses: Floats, units: NDArray[np.intp]) -> tuple[float, float]:
    """Return the mean and its standard error, by groups."""
    value = float(losses.mean())
    sums = np.bincount(units, losses - value)
    many = len(sums)
    return value, math.sqrt(many / max(1, many - 1) * float((sums**2).sum())) / len(losses)
