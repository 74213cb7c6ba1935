"""Nuisance models: what each customer would do with each treatment, foretold by models that never saw them; fitted once and used by every learner.

For every fold, and for every pair of folds, one outcome model per arm learns from the customers outside. A learner of effects that will speak for fold k
learns from the other folds; what it is told about a customer of fold j comes from models that knew neither j nor k. So nothing of a customer, nor of anyone
alike, reaches the model that scores them, not even by way of the nuisance models (cross-fitting: Chernozhukov et al. 2018, here nested).

The probability of each arm is not estimated: it is what was planned or logged. When NOT to use: where nobody knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.evaluation.threads import one_thread
from segmentry.uplift.models import Expecting, Maker, fit_expected

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What a learner of effects may know when it will speak for the customers of one fold.

    Parameters
    ----------
    values : float array, shape (m, p)
        Of the customers of the other folds.
    arm : int array, shape (m,)
    outcome : float array, shape (m,)
    probability : float array, shape (m, a)
        Of each arm, as planned or logged.
    mean : float array, shape (m, a)
        Outcome expected with each arm, by models that saw neither the customer's fold nor the one that is spoken for.
    models : tuple of Expecting, length a
        One outcome model per arm, fitted on all customers of the lesson.
    """

    values: Floats
    arm: Codes
    outcome: Floats
    probability: Floats
    mean: Floats
    models: tuple[Expecting, ...]

    @property
    def arms(self) -> int:
        """Return the number of arms, the control among them."""
        return int(self.probability.shape[1])

    @property
    def scores(self) -> Floats:
        """Return the doubly robust score of every arm, shape (m, a)."""
        return robust_scores(self.mean, self.arm, self.outcome, self.probability)


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """What each customer would do with each treatment, out-of-fold.

    Parameters
    ----------
    values : float array, shape (n, p)
    arm, fold : int array, shape (n,)
    outcome : float array, shape (n,)
    probability : float array, shape (n, a)
    mean : float array, shape (n, a)
        Outcome expected with each arm, by models without the customer's fold.
    inner : float array, shape (k, n, a)
        By fold that is spoken for: by models without that fold and without the customer's.
    models : tuple of tuple of Expecting, shape (k, a)
        Without each fold.
    """

    values: Floats
    arm: Codes
    fold: Codes
    outcome: Floats
    probability: Floats
    mean: Floats
    inner: Floats
    models: tuple[tuple[Expecting, ...], ...]

    @property
    def folds(self) -> int:
        """Return the number of folds."""
        return len(self.models)

    @property
    def scores(self) -> Floats:
        """Return the doubly robust score of every arm, out-of-fold, shape (n, a)."""
        return robust_scores(self.mean, self.arm, self.outcome, self.probability)

    def lesson(self, fold: int) -> Lesson:
        """Return what may be known for speaking of one fold."""
        rows = self.fold != fold
        return Lesson(
            self.values[rows], self.arm[rows], self.outcome[rows], self.probability[rows], self.inner[fold, rows], self.models[fold]
        )


def fit_nuisance(values: Floats, arm: Codes, outcome: Floats, *, probability: Floats, fold: Codes, make: Maker) -> Nuisance:
    """Fit the outcome models of all folds and pairs of folds.

    Parameters
    ----------
    values : float array, shape (n, p)
        NaN where missing, if the models can take it.
    arm : int array, shape (n,)
    outcome : float array, shape (n,)
        Finite.
    probability : float array, shape (n, a)
        Above 0 for every arm.
    fold : int array, shape (n,)
        0 to k − 1, three folds or more.
    make : callable
        Of a new outcome model, see `models.fit_expected`.

    Raises
    ------
    UsageError
        When shapes do not fit, or there are fewer than three folds.
    """
    count = int(fold.max()) + 1 if len(fold) else 0
    if count < 3:
        raise UsageError(f"there are {count} folds; nested cross-fitting needs three or more, to leave two out. Ask for more folds.")
    _check(values, arm, outcome, probability, fold)
    arms = probability.shape[1]
    inner = np.empty((count, len(arm), arms))
    models = []
    with one_thread():
        for each in range(count):
            models.append(_by_arm(values, arm, outcome, fold != each, arms, make))
            inner[each, fold == each] = _expected(models[-1], values[fold == each])
        for one, other in combinations(range(count), 2):
            pair = _by_arm(values, arm, outcome, (fold != one) & (fold != other), arms, make)
            inner[one, fold == other] = _expected(pair, values[fold == other])
            inner[other, fold == one] = _expected(pair, values[fold == one])
    mean = inner[fold, np.arange(len(fold))]
    return Nuisance(values, arm, fold, outcome, probability, mean, inner, tuple(models))


def expected_outcomes(values: Floats, arm: Codes, outcome: Floats, *, arms: int, fold: Codes, make: Maker) -> Floats:
    """Return the outcome expected of each customer with each arm, by models of the other folds, shape (n, a).

    Lighter than `fit_nuisance`, for those who evaluate and do not learn. Parameters as there; two folds are enough.
    """
    mean = np.empty((len(arm), arms))
    with one_thread():
        for each in np.unique(fold):
            test = fold == each
            mean[test] = _expected(_by_arm(values, arm, outcome, ~test, arms, make), values[test])
    return mean


def robust_scores(mean: Floats, arm: Codes, outcome: Floats, probability: Floats) -> Floats:
    """Return doubly robust scores: what is expected with each arm, and for the arm that was given the surprise over its probability.

    ``Γ[i, a] = mean[i, a] + (arm[i] = a) (outcome[i] − mean[i, a]) / probability[i, a]`` (Robins, Rotnitzky and Zhao 1994; Dudík et al. 2014). The mean over
    any customers is unbiased for their average outcome with arm a when the probabilities are right, whatever the models say.

    Parameters
    ----------
    mean, probability : float array, shape (n, a)
    arm : int array, shape (n,)
    outcome : float array, shape (n,)

    Returns
    -------
    scores : float array, shape (n, a)

    Examples
    --------
    >>> robust_scores(np.array([[0.2, 0.4]]), np.array([1]), np.array([1.0]), np.array([[0.5, 0.5]])).round(3).tolist()
    [[0.2, 1.6]]
    """
    rows = np.arange(len(arm))
    scores = mean.copy()
    scores[rows, arm] += (outcome - mean[rows, arm]) / probability[rows, arm]
    return scores


def _by_arm(values: Floats, arm: Codes, outcome: Floats, rows: NDArray[np.bool_], arms: int, make: Maker) -> tuple[Expecting, ...]:
    chosen = [np.flatnonzero(rows & (arm == each)) for each in range(arms)]
    return tuple(fit_expected(make, values[own], outcome[own]) for own in chosen)


def _expected(models: tuple[Expecting, ...], values: Floats) -> Floats:
    return np.column_stack([model.expect(values) for model in models])


def _check(values: Floats, arm: Codes, outcome: Floats, probability: Floats, fold: Codes) -> None:
    count = len(values)
    shapes = {"arms": arm.shape, "outcomes": outcome.shape, "folds": fold.shape, "probabilities": probability.shape[:1]}
    for name, shape in shapes.items():
        if shape != (count,):
            raise UsageError(f"{name} have shape {shape}; {count:,} rows of values ask for ({count},). Pass one per customer.")
    if not (np.isfinite(outcome).all() and np.isfinite(probability).all() and (probability > 0).all()):
        raise UsageError(
            "outcomes or probabilities are missing, infinite or 0; allowed are finite outcomes and probabilities above 0. "
            "Leave out customers who could not have got every arm."
        )
