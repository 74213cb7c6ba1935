"""What a way of choosing treatments is worth, on customers it was not made from.

Doubly robust scores (`doubly_robust`) say, per customer and arm, what that arm would have brought, unbiased when the probabilities of the arms are known
(Dudík, Erhan, Langford and Li 2014; Athey and Wager 2021). The value of any policy, an arm per customer, is the mean score of the arms it chooses; two
policies are compared on the same customers, so that what they agree on cancels. `net` turns scores of a metric into money after costs.

When NOT to use: for a policy that was made from the same customers' outcomes without cross-fitting: its value is then too high. And where probabilities are
not known: then nothing here is an effect.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.evaluation.intervals import for_refits, symmetric
from segmentry.evaluation.ranked import numbered
from segmentry.results import Estimate
from segmentry.uplift.models import Maker, drawn_in, outcome_maker
from segmentry.uplift.nuisance import expected_outcomes, robust_scores

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def doubly_robust(
    values: Floats, arm: Codes, outcome: Floats, *, probability: Floats, fold: Codes, make: Maker | None = None, seed: int = 0
) -> Floats:
    """Return what each arm would have brought with each customer, cross-fitted.

    Parameters
    ----------
    values : float array, shape (n, p)
        NaN where missing. With no column at all, the mean of each arm is expected of everybody.
    arm : int array, shape (n,)
        What each customer was given.
    outcome : float array, shape (n,)
        Finite.
    probability : float array, shape (n, a)
        Of each arm, as planned or logged; above 0.
    fold : int array, shape (n,)
        Of `evaluation.splits.folds`: alike customers together.
    make : callable, optional
        Returns a new scikit-learn model of the outcome; boosted trees otherwise.
    seed : int
        Of the default model.

    Returns
    -------
    scores : float array, shape (n, a)
        In units of the outcome. Single scores may be far outside its range; means are what they are for.

    Raises
    ------
    UsageError
        When shapes do not fit, or a probability is not above 0.

    Examples
    --------
    >>> arm = np.tile([0, 1], 50)
    >>> scores = doubly_robust(np.ones((100, 1)), arm, arm * 0.25, probability=np.full((100, 2), 0.5), fold=np.arange(100) // 20)
    >>> scores.mean(axis=0).round(3).tolist()
    [0.0, 0.25]
    """
    count = len(arm)
    if not (len(values) == len(outcome) == len(fold) == len(probability) == count) or probability.ndim != 2:
        raise UsageError(
            f"there are {len(values):,} rows, {count:,} arms, {len(outcome):,} outcomes, {len(fold):,} folds and probabilities of shape "
            f"{probability.shape}; allowed is one of each per customer. Align them."
        )
    if not (np.isfinite(outcome).all() and (probability > 0).all()):
        raise UsageError(
            "outcomes are missing or infinite, or a probability is not above 0; allowed are finite outcomes and probabilities above 0. "
            "Leave out customers who could not have got every arm."
        )
    columns = drawn_in(values) if values.shape[1] else np.zeros((count, 1))
    maker = outcome_maker(outcome, seed=seed) if make is None else make
    mean = expected_outcomes(columns, arm, outcome, arms=probability.shape[1], fold=fold, make=maker)
    return robust_scores(mean, arm, outcome, probability)


def net(scores: Floats, *, revenue: float, contact: ArrayLike, conversion: ArrayLike = 0.0) -> Floats:
    """Return scores in money after costs, shape (n, a).

    Parameters
    ----------
    scores : float array, shape (n, a)
        Of `doubly_robust`.
    revenue : float
        Earned per unit of the outcome, such as the margin of a purchase, or the share of turnover that is margin.
    contact : array-like of float, shape (a,) or (n, a)
        Cost of giving each arm to a customer; 0 for the control.
    conversion : array-like of float, shape () or (a,)
        Cost of each arm per unit of the outcome, such as a discount that is paid only when it is used.

    Examples
    --------
    >>> net(np.array([[0.01, 0.03]]), revenue=10.0, contact=[0.0, 0.15]).round(3).tolist()
    [[0.1, 0.15]]
    """
    return np.asarray(scores * (revenue - np.asarray(conversion, dtype=np.float64)) - np.asarray(contact, dtype=np.float64))


def policy_value(
    scores: Floats, policy: Codes, *, rival: Codes | None = None, units: NDArray[np.intp] | None = None, folds: int | None = None
) -> Estimate:
    """Return what a policy is worth per customer; with a rival, by how much more than that one, paired.

    Parameters
    ----------
    scores : float array, shape (n, a)
        Of `doubly_robust` or `net`.
    policy : int array, shape (n,)
        Arm of each customer; decided without their own outcome.
    rival : int array, shape (n,), optional
        Arm of each customer under another policy: 0 for everybody gives the value against treating nobody.
    units : int array, shape (n,), optional
        Customers of one unit (duplicates, households) are not independent; each alone otherwise.
    folds : int, optional
        Of a policy learned by cross-fitting in so many folds: the interval is widened for models that would differ when made anew.

    Returns
    -------
    value : Estimate
        With an interval of 95 %, from the spread over units.

    Raises
    ------
    UsageError
        When shapes do not fit or an arm is not among the scores.

    Examples
    --------
    >>> scores = np.array([[0.0, 1.0], [0.0, -1.0], [0.0, 1.0], [0.0, -1.0]])
    >>> policy_value(scores, np.array([1, 0, 1, 0]), rival=np.ones(4, dtype=np.int64)).value
    0.5
    """
    gained = _chosen(scores, policy)
    if rival is not None:
        gained = gained - _chosen(scores, rival)
    found = symmetric(float(gained.mean()), standard_error(gained, units))
    return found if folds is None else for_refits(found, folds=folds)


def standard_error(gained: Floats, units: NDArray[np.intp] | None = None) -> float:
    """Return the standard error of a mean over customers, by units where customers are not independent.

    Examples
    --------
    >>> round(standard_error(np.array([0.0, 1.0, 0.0, 1.0])), 3)
    0.289
    """
    count = len(gained)
    sums = gained - gained.mean()
    if units is not None:
        sums = np.bincount(numbered(units), sums)
    many = len(sums)
    return math.sqrt(many / max(1, many - 1) * float((sums**2).sum())) / count


def best_arm(effect: Floats, *, revenue: float = 1.0, contact: ArrayLike = 0.0, conversion: ArrayLike = 0.0) -> Codes:
    """Return the arm that is expected to earn most for each customer, shape (n,); 0 where none is expected to earn anything.

    Parameters
    ----------
    effect : float array, shape (n, a − 1)
        Expected effect of each treatment against the control.
    revenue, contact, conversion
        As of `net`; costs of the treatments alone, shape (a − 1,).

    Examples
    --------
    >>> best_arm(np.array([[0.01, 0.03], [0.01, 0.0]]), revenue=10.0, contact=[0.15, 0.2]).tolist()
    [2, 0]
    """
    earned = net(effect, revenue=revenue, contact=contact, conversion=conversion)
    best = earned.argmax(axis=1)
    return np.where(earned[np.arange(len(best)), best] > 0, best + 1, 0).astype(np.int64)


def _chosen(scores: Floats, policy: Codes) -> Floats:
    arms = np.asarray(policy, dtype=np.int64)
    if arms.shape != (len(scores),) or not len(scores) or not (0 <= arms.min() <= arms.max() < scores.shape[1]):
        raise UsageError(
            f"the policy has shape {arms.shape} and the scores {scores.shape}; allowed is one arm of the scores per customer. Pass that."
        )
    return np.asarray(scores[np.arange(len(scores)), arms])
