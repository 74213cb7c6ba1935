"""Curves of what is gained by treating the highest scores first, and the figures that sum them up.

`qini` and `auuc` are the areas between a curve and the straight line of a random order, over the same area of the best possible order (Radcliffe 2007;
Devriendt, Guns and Verbeke 2020): 0 is a random order, 1 the best that outcomes allow, which nobody can reach; negative is worse than random. Both are what
scikit-uplift calls `qini_auc_score` and `uplift_auc_score`, to the digit, ties included. They take one treatment and its control.

`gain_curves` is built from doubly robust scores instead, by place within the fold: what all customers together gain when the first share of them is treated,
with a bootstrap band, beside a random order; at share 1 everybody is treated. It also holds for logged probabilities.

When NOT to use: `qini` and `auuc` without weights where the shares of the arms differ between customers. And no curve with scores of a model that saw the
customers: such curves always look good.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_choice, check_range
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import percentiles, resampled
from segmentry.evaluation.ranked import numbered
from segmentry.uplift.heterogeneity import standing
from segmentry.uplift.results import GainCurve

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

SCALE = (
    "Area between the curve and that of a random order, over the same area of the best order that the outcomes allow: 0 is random, 1 cannot be reached, "
    "negative is worse than random."
)


def qini_curve(outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, weight: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Return the Qini curve: incremental outcomes among the first customers, in numbers of the treated.

    Parameters
    ----------
    outcome : array-like of float, shape (n,)
    score : array-like of float, shape (n,)
        Higher is treated first; equal ones together.
    treatment : array-like of 0 and 1, shape (n,)
    weight : array-like of float, shape (n,), optional
        One over the probability of the arm that was given, where it differs between customers.

    Returns
    -------
    count, gained : float array, shape (s + 1,)
        Customers down to each step, and outcomes of the treated less those of the control, the latter scaled to as many customers.

    Raises
    ------
    UsageError
        When lengths differ, a score is not finite, or a treatment is neither 0 nor 1.
    NotEnoughData
        Without treated or without control.

    Examples
    --------
    >>> qini_curve([1, 0, 0, 1], [0.9, 0.9, 0.1, 0.1], [1, 0, 1, 0])[1].tolist()
    [0.0, 1.0, 0.0]
    """
    count, treated, control, of_treated, of_control = _summed(outcome, score, treatment, weight)
    return count, of_treated - of_control * np.divide(treated, control, out=np.zeros_like(count), where=control > 0)


def uplift_curve(outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, weight: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Return the uplift curve: difference of the mean outcomes among the first customers, times their number; parameters as of `qini_curve`.

    Examples
    --------
    >>> uplift_curve([1, 0, 0, 1], [0.9, 0.9, 0.1, 0.1], [1, 0, 1, 0])[1].tolist()
    [0.0, 2.0, 0.0]
    """
    count, treated, control, of_treated, of_control = _summed(outcome, score, treatment, weight)
    means = [
        np.divide(total, many, out=np.zeros_like(count), where=many > 0) for total, many in ((of_treated, treated), (of_control, control))
    ]
    return count, (means[0] - means[1]) * count


def qini(outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Return the area under the Qini curve on the scale of `SCALE`; parameters as of `qini_curve`. 0 where the best order is no better than random.

    Examples
    --------
    >>> round(qini([1, 0, 0, 1], [0.9, 0.9, 0.1, 0.1], [1, 0, 1, 0]), 3)
    0.667
    """
    answers, arm = np.asarray(outcome, dtype=np.float64), np.asarray(treatment, dtype=np.float64)
    best = qini_curve(answers, answers * (2 * arm - 1), arm, weight=weight)
    return _over_best(qini_curve(answers, score, arm, weight=weight), best)


def auuc(outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, weight: ArrayLike | None = None) -> float:
    """Return the area under the uplift curve on the scale of `SCALE`; parameters as of `qini_curve`.

    Examples
    --------
    >>> round(auuc([1, 0, 0, 1], [0.9, 0.9, 0.1, 0.1], [1, 0, 1, 0]), 3)
    0.889
    """
    answers, arm = np.asarray(outcome, dtype=np.float64), np.asarray(treatment, dtype=np.float64)
    if ((answers == 0) | (answers == 1)).all():
        # Among customers who speak neither for nor against treating, who comes first depends on which kind there is more of.
        missed, idle = ((answers == 1) & (arm == 0)).sum(), ((answers == 0) & (arm == 1)).sum()
        order = 2 * (answers == arm) + (answers if missed > idle else arm)
    else:
        order = answers * (2 * arm - 1)
    return _over_best(uplift_curve(answers, score, arm, weight=weight), uplift_curve(answers, order, arm, weight=weight))


def uplift_at(outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, share: float = 0.3, how: str = "overall") -> float:
    """Return the difference of the mean outcomes among the first customers.

    Parameters
    ----------
    outcome, score, treatment
        As of `qini_curve`.
    share : float
        Of the customers, above 0, at most 1; their number is rounded down. Where the cut falls among equal scores, each of them counts in part.
    how : {"overall", "by arm"}
        The first of all, or the first of each arm.

    Raises
    ------
    NotEnoughData
        When nobody treated or nobody of the control is among the first.

    Examples
    --------
    >>> uplift_at([1, 0, 0, 1], [0.9, 0.8, 0.2, 0.1], [1, 0, 1, 0], share=0.5)
    1.0
    """
    answers, scores, arm = _checked(outcome, score, treatment)
    check_range("share", share, 1e-9, 1.0)
    check_choice("how", how, ("overall", "by arm"))
    weight = np.zeros(len(arm))
    for rows in [np.arange(len(arm))] if how == "overall" else [np.flatnonzero(arm == each) for each in (0, 1)]:
        weight[rows] = _first(scores[rows], int(len(rows) * share))
    means = []
    for each in (0, 1):
        own = arm == each
        if not weight[own].any():
            name = ("the control", "the treated")[each]
            reason = f"nobody of {name} is among the first {share:.3g} of {len(arm):,} customers"
            raise NotEnoughData(Problem("TOO_FEW_FIRST", reason, "take a larger share"))
        means.append(float(np.average(answers[own], weights=weight[own])))
    return means[1] - means[0]


def first_share(score: Floats, fold: Codes, share: float) -> Floats:
    """Return how much of each customer is treated when the first share of every fold is, shape (n,): 1, 0, or a part where equals are cut.

    Examples
    --------
    >>> first_share(np.array([3.0, 1.0, 1.0, 0.0]), np.zeros(4, dtype=int), 0.5).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    weight = np.empty(len(score))
    for each in np.unique(fold):
        rows = np.flatnonzero(fold == each)
        weight[rows] = _first(score[rows], share * len(rows))
    return weight


def gain_curves(
    gained: Floats,
    orders: Mapping[str, tuple[str, Floats]],
    *,
    fold: Codes,
    units: NDArray[np.intp],
    arm: int = 1,
    points: int = 51,
    resamples: int = 200,
    seed: int = 0,
) -> tuple[GainCurve, ...]:
    """Return what is gained by treating in each order, and in a random one, all over the same resamples.

    Parameters
    ----------
    gained : float array, shape (n,)
        Doubly robust effect of the treatment on each customer, out-of-fold.
    orders : mapping of name to (words, scores of shape (n,))
        Out-of-fold; compared within folds only, as scores of different models are on different levels.
    fold, units : int array, shape (n,)
    arm, points, resamples, seed : int

    Examples
    --------
    >>> curves = gain_curves(np.array([1.0, 0.0] * 9), {"best": ("the best", np.array([1.0, 0.0] * 9))}, fold=np.arange(18) // 6,
    ...                      units=np.arange(18), points=3)
    >>> [curve.gain for curve in curves]
    [(0.0, 0.5, 0.5), (0.0, 0.25, 0.5)]
    """
    check_range("points", points, 2, 1001)
    share = np.linspace(0.0, 1.0, points)
    together = numbered(units)
    ranks = [standing(score, fold) for _, score in orders.values()]
    sorts = [np.argsort(rank, kind="stable") for rank in ranks]
    ends = [np.flatnonzero(np.append(np.diff(rank[sort]) > 0, True)) for rank, sort in zip(ranks, sorts, strict=True)]

    def reached(weights: Floats) -> Floats:
        lines = [_gain(gained, weights, sort, end, share) for sort, end in zip(sorts, ends, strict=True)]
        return np.concatenate([*lines, share * (weights @ gained) / weights.sum()])

    found = reached(np.ones(len(gained))).reshape(-1, points)
    draws = np.array([reached(weights) for weights in resampled(together, resamples=resamples, seed=seed)])
    low, high = (end.reshape(-1, points) for end in percentiles(draws))
    named = [*((name, words) for name, (words, _) in orders.items()), ("random", "in random order")]
    return tuple(
        GainCurve(name, words, arm, _numbers(share), _numbers(found[place]), _numbers(low[place]), _numbers(high[place]))
        for place, (name, words) in enumerate(named)
    )


def _gain(gained: Floats, weights: Floats, sort: NDArray[np.intp], ends: NDArray[np.intp], share: Floats) -> Floats:
    own = weights[sort]
    many = np.concatenate(([0.0], np.cumsum(own)[ends]))
    total = np.concatenate(([0.0], np.cumsum(own * gained[sort])[ends]))
    return np.asarray(np.interp(share * many[-1], many, total) / many[-1])


def _first(score: Floats, many: float) -> Floats:
    """Return how much of each is among the first `many`."""
    _, step, size = np.unique(-score, return_inverse=True, return_counts=True)
    before = np.cumsum(size) - size
    return np.asarray(np.clip((many - before) / size, 0.0, 1.0)[step.reshape(-1)])


def _summed(
    outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike, weight: ArrayLike | None
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return customers, treated, control, and outcomes of treated and of control, down to each step of equal scores, led by 0."""
    answers, scores, arm = _checked(outcome, score, treatment)
    given = np.ones(len(arm)) if weight is None else _levelled(np.asarray(weight, dtype=np.float64), arm)
    order = np.lexsort((given, answers, arm, -scores))
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    treated, control = given * arm, given * (1 - arm)
    sums = [np.cumsum(each[order])[ends] for each in (np.ones(len(arm)), treated, control, answers * treated, answers * control)]
    one, two, three, four, five = (np.concatenate(([0.0], each)) for each in sums)
    return one, two, three, four, five


def _levelled(weight: Floats, arm: Floats) -> Floats:
    """Return weights that add up to the number of customers in either arm."""
    totals = [weight[arm == each].sum() / max(1.0, float((arm == each).sum())) for each in (0, 1)]
    return np.asarray(weight / np.where(arm == 1, totals[1], totals[0]))


def _checked(outcome: ArrayLike, score: ArrayLike, treatment: ArrayLike) -> tuple[Floats, Floats, Floats]:
    answers, scores, arm = (np.asarray(each, dtype=np.float64) for each in (outcome, score, treatment))
    if answers.ndim != 1 or not (answers.shape == scores.shape == arm.shape):
        raise UsageError(
            f"outcomes, scores and treatments have shapes {answers.shape}, {scores.shape} and {arm.shape}; allowed is one each per customer. "
            "Align them."
        )
    if not (np.isfinite(answers).all() and np.isfinite(scores).all()):
        raise UsageError("outcomes or scores are missing or infinite; only finite ones can be ranked. Leave such customers out.")
    if not ((arm == 0) | (arm == 1)).all():
        raise UsageError(f"treatments hold {len(np.unique(arm))} values; allowed are 0 and 1. Take one treatment and its control.")
    treated = int(arm.sum())
    if treated in (0, len(arm)):
        reason = f"needs treated customers and a control; found {treated:,} and {len(arm) - treated:,}"
        raise NotEnoughData(Problem("ONE_ARM", reason, "add the customers of the other arm"))
    return answers, scores, arm


def _over_best(actual: tuple[Floats, Floats], best: tuple[Floats, Floats]) -> float:
    straight = 0.5 * float(best[0][-1]) * float(best[1][-1])
    possible = _area(*best) - straight
    return (_area(*actual) - straight) / possible if possible > 0 else 0.0


def _area(along: Floats, height: Floats) -> float:
    return float((np.diff(along) * (height[1:] + height[:-1])).sum() / 2)


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(each) for each in values)
