"""Models that may foretell an answer, each with its settings chosen on inner folds of what it learns from.

* **logistic**: columns standardised (``log(1 + x)`` where skewed, extremes drawn in, one column per level, missing values marked; see `preparation`), then
  a logistic regression with a ridge penalty (Hoerl and Kennard 1970); its strength C is chosen on the inner folds by log loss.
* **boosting**: gradient-boosted trees on histograms (Friedman 2001; Ke et al. 2017) with categories and missing values as they are; trees of four leaves
  (of sixteen too where customers are many), and as many of them as the inner folds ask for.
* any classifier of scikit-learn, on the same standardised columns.

Settings are chosen by log loss, which is smooth; between kinds the ROC AUC decides, as probabilities are calibrated later anyway. The inner folds only
choose; whoever judges uses folds that none of them saw. Not for more than a few hundred columns, or for fewer than 30 answers of
each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.matrix import Matrix
from segmentry.preparation.learning import Preparation, learn
from segmentry.propensity.ranks import area, mid_ranks

Floats = NDArray[np.float64]

PENALTIES = (0.001, 0.01, 0.1, 1.0)
TREES = (10, 25, 50, 100, 150)
RATE = 0.15
MANY = 20_000
MOST_LEVELS = 60
WIDE = 300
LIMIT = 1e100


class Model(Protocol):
    """A fitted model: it foretells the customers of any matrix with the same columns."""

    def probability(self, matrix: Matrix) -> Floats:
        """Return the probability of an answer, shape (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A logistic regression on prepared columns.

    Parameters
    ----------
    preparation : Preparation
    weights : float array, shape (q,)
        Per prepared column, on the log-odds.
    intercept : float
    average : float array, shape (q,)
        Mean of the prepared columns over those it learned from.
    """

    preparation: Preparation
    weights: Floats
    intercept: float
    average: Floats

    def probability(self, matrix: Matrix) -> Floats:
        """Return the probability of an answer, shape (n,)."""
        return expit(self.preparation.apply(matrix) @ self.weights + self.intercept)

    def contributions(self, matrix: Matrix) -> Floats:
        """Return what each column of the matrix adds to the log-odds against the average customer, shape (n, p): exact, they add up."""
        parts = (self.preparation.apply(matrix) - self.average) * self.weights
        added = np.zeros(matrix.values.shape)
        for place, step in enumerate(self.preparation.steps):
            added[:, matrix.position(step.name)] += parts[:, place]
        return added


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Boosted trees on the columns as they are."""

    estimator: Any

    def probability(self, matrix: Matrix) -> Floats:
        """Return the probability of an answer, shape (n,)."""
        return _of_yes(self.estimator, plain(matrix))


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """Anybody's classifier on prepared columns."""

    preparation: Preparation
    estimator: Any

    def probability(self, matrix: Matrix) -> Floats:
        """Return the probability of an answer, shape (n,)."""
        return _of_yes(self.estimator, self.preparation.apply(matrix))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model, and how its kind did on the inner folds.

    Parameters
    ----------
    model : Model
    area : float
        Mean ROC AUC on the inner folds at that setting; NaN where nothing was to choose.
    setting : str
        What was chosen, in words.
    """

    model: Model
    area: float
    setting: str


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a candidate learns from.

    Parameters
    ----------
    matrix : Matrix
    outcome : float array of 0 and 1, shape (n,)
    inner : int array, shape (n,)
        Inner fold of each customer; with `rounds` of them used.
    rounds : int
    seed : int
    preparation : Preparation
    points : float array, shape (n, q)
        Prepared columns, learned from these customers alone.
    """

    matrix: Matrix
    outcome: Floats
    inner: NDArray[np.intp]
    rounds: int
    seed: int
    preparation: Preparation
    points: Floats

    def halves(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Yield whom to learn from and whom to choose on."""
        for each in range(self.rounds):
            yield self.inner != each, self.inner == each


def set_task(matrix: Matrix, outcome: Floats, inner: NDArray[np.intp], *, rounds: int, seed: int) -> Task:
    """Return a task whose columns are prepared by what these customers alone tell.

    Raises
    ------
    Degenerate
        When no column varies between them.
    """
    preparation = learn(matrix, matrix.names)
    return Task(matrix, outcome, inner, rounds, seed, preparation, preparation.apply(matrix))


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A kind of model.

    Parameters
    ----------
    name, words : str
    fit : callable
        From a task to a fit.
    """

    name: str
    words: str
    fit: Callable[[Task], Fit]


def candidates(model: Any = "auto") -> tuple[Candidate, ...]:
    """Return the candidates: both kinds, one of them by name, or a classifier of scikit-learn.

    Raises
    ------
    UsageError
        When it is neither.

    Examples
    --------
    >>> [each.name for each in candidates()]
    ['logistic', 'boosting']
    """
    known = (
        Candidate("logistic", "logistic regression", fit_logistic),
        Candidate("boosting", "gradient-boosted trees", fit_boosting),
    )
    if isinstance(model, str):
        chosen = tuple(each for each in known if model in ("auto", each.name))
        if not chosen:
            raise UsageError(
                f'model is {model!r}; allowed is "auto", "logistic", "boosting" or a classifier of scikit-learn. Take one of them.'
            )
        return chosen
    if not (hasattr(model, "fit") and hasattr(model, "predict_proba")):
        raise UsageError(f"model is a {type(model).__name__}; a classifier needs fit and predict_proba. Pass one, unfitted.")
    name = type(model).__name__
    return (Candidate(name, f"the classifier {name}", partial(fit_foreign, model)),)


def fit_logistic(task: Task) -> Fit:
    """Choose the penalty on the inner folds, fit on all."""
    points = task.points
    told = np.zeros((len(PENALTIES), 2))
    for train, test in task.halves():
        for place, penalty in enumerate(PENALTIES):
            weights, intercept = ridge(points[train], task.outcome[train], penalty)
            told[place] += worth(task.outcome[test], expit(points[test] @ weights + intercept))
    best = int(np.argmin(told[:, 0]))
    weights, intercept = ridge(points, task.outcome, PENALTIES[best])
    return Fit(
        Linear(task.preparation, weights, intercept, points.mean(axis=0)),
        float(told[best, 1]) / max(1, task.rounds),
        f"C = {PENALTIES[best]:g}",
    )


def ridge(points: Floats, outcome: Floats, penalty: float) -> tuple[Floats, float]:
    """Return weights (q,) and intercept of a logistic regression with a ridge penalty of inverse strength `penalty`."""
    from sklearn.linear_model import LogisticRegression

    solver = "newton-cholesky" if points.shape[1] <= WIDE else "lbfgs"
    model = LogisticRegression(C=penalty, solver=solver, max_iter=1000, tol=1e-6).fit(points, outcome)
    return np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])


def fit_boosting(task: Task) -> Fit:
    """Choose the size of the trees and their number on the inner folds, fit on all."""
    values = plain(task.matrix)
    sizes = (4, 16) if len(values) >= MANY else (4,)
    told = np.zeros((len(sizes), len(TREES), 2))
    for train, test in task.halves():
        for place, leaves in enumerate(sizes):
            model = _trees(task, leaves, TREES[-1]).fit(values[train], task.outcome[train])
            staged = [proba[:, 1] for at, proba in enumerate(model.staged_predict_proba(values[test]), 1) if at in TREES]
            told[place] += [worth(task.outcome[test], proba) for proba in staged]
    size, number = divmod(int(np.argmin(told[..., 0])), len(TREES))
    model = _trees(task, sizes[size], TREES[number]).fit(values, task.outcome)
    return Fit(Trees(model), float(told[size, number, 1]) / max(1, task.rounds), f"{TREES[number]} trees of {sizes[size]} leaves")


def _trees(task: Task, leaves: int, number: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    kinds = [column.kind == "category" for column in task.matrix.columns]
    return HistGradientBoostingClassifier(
        learning_rate=RATE,
        max_iter=number,
        max_leaf_nodes=leaves,
        l2_regularization=1.0,
        max_bins=255 if len(task.matrix) >= MANY else 63,
        categorical_features=kinds if any(kinds) else None,
        early_stopping=False,
        random_state=task.seed,
    )


def fit_foreign(estimator: Any, task: Task) -> Fit:
    """Fit a copy of anybody's classifier on the prepared columns."""
    from sklearn.base import clone

    model = clone(estimator)
    if "random_state" in model.get_params() and model.get_params()["random_state"] is None:
        model.set_params(random_state=task.seed)
    return Fit(Foreign(task.preparation, model.fit(task.points, task.outcome.astype(np.int64))), float("nan"), "as given")


def plain(matrix: Matrix) -> Floats:
    """Return the values for trees: huge ones drawn in, categories of very many levels left empty."""
    values = np.clip(matrix.values, -LIMIT, LIMIT)
    for place, column in enumerate(matrix.columns):
        if column.kind == "category" and len(column.levels) > MOST_LEVELS:
            values[:, place] = np.nan
    return values


def expit(logits: Floats) -> Floats:
    """Return probabilities of log-odds, never 0 or 1.

    Examples
    --------
    >>> expit(np.array([0.0, 99.0])).round(3).tolist()
    [0.5, 1.0]
    """
    # The two tails each in the form that does not overflow.
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.clip(logits, -30.0, 30.0))))


def logit(probability: Floats) -> Floats:
    """Return log-odds, finite also at 0 and 1."""
    inside = np.clip(probability, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside / (1 - inside)))


def worth(outcome: Floats, probability: Floats) -> tuple[float, float]:
    """Return the mean surprise of the outcomes in nats, by which settings are chosen, and the ROC AUC, by which kinds of models are.

    Examples
    --------
    >>> loss, ranking = worth(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    >>> round(loss, 4), ranking
    (0.6931, 0.5)
    """
    inside = np.clip(probability, 1e-12, 1 - 1e-12)
    loss = float(-(outcome * np.log(inside) + (1 - outcome) * np.log(1 - inside)).mean())
    return loss, area(mid_ranks(probability), outcome)


def _of_yes(estimator: Any, values: Floats) -> Floats:
    found = np.asarray(estimator.predict_proba(values), dtype=np.float64)
    probability = found[:, int(np.flatnonzero(np.asarray(estimator.classes_) == 1)[0])]
    if not np.isfinite(probability).all():
        reason = f"{type(estimator).__name__} returned {int((~np.isfinite(probability)).sum()):,} probabilities that are not finite"
        raise Degenerate(Problem("NOT_FINITE", reason, "take another model"))
    return probability
