"""Cross-fitting: everyone is scored by a model that never saw them, nor anyone alike (Stone 1974).

The folds come from `splits.folds`, which keeps groups together, or from `splits.rolling`, which keeps the future out. A model is made anew for every
fold, so nothing it learns (imputation and scaling included, when they are part of it) leaks.

When NOT to use: scores of different folds come from different models; with few customers their levels differ a little, which the
ranking of all together feels (Airola et al. 2011).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.evaluation.threads import one_thread

Floats = NDArray[np.float64]


class Classifier(Protocol):
    """What is asked of a model: scikit-learn's classifiers and pipelines have it."""

    classes_: Any

    def fit(self, values: Any, answers: Any, /) -> Any:
        """Learn."""

    def predict_proba(self, values: Any, /) -> Any:
        """Return probabilities, one column per class."""


def cross_fit(
    make: Callable[[], Classifier], values: Floats, outcome: ArrayLike, fold: ArrayLike, *, weights: ArrayLike | None = None
) -> Floats:
    """Return the probability of an answer of everyone, by the model of the other folds.

    Parameters
    ----------
    make : callable
        Returns a new, unfitted classifier; equal ones every time (pass a seed).
    values : float array, shape (n, p)
    outcome : array-like of 0 and 1, shape (n,)
    fold : array-like of int, shape (n,)
        As of `splits.folds`.
    weights : array-like of float, shape (n,), optional
        How many customers a row stands for.

    Returns
    -------
    scores : float array, shape (n,)

    Raises
    ------
    UsageError
        When shapes differ or there is one fold only.
    NotEnoughData
        When the customers outside a fold all gave the same answer.
    Degenerate
        When a model returns probabilities that are not finite.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> values = np.array([[0.0], [1.0], [0.1], [0.9], [0.2], [0.8]])
    >>> scores = cross_fit(LogisticRegression, values, [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2])
    >>> bool((scores[1::2] > scores[::2]).all())
    True
    """
    return predict_folds(fit_folds(make, values, outcome, fold, weights=weights), values, fold)


def fit_folds(
    make: Callable[[], Classifier], values: Floats, outcome: ArrayLike, fold: ArrayLike, *, weights: ArrayLike | None = None
) -> dict[int, Classifier]:
    """Return, per fold, a model fitted on all other folds; parameters and errors as of `cross_fit`."""
    answers, folds = np.asarray(outcome, dtype=np.intp), np.asarray(fold, dtype=np.intp)
    if not (len(values) == len(answers) == len(folds)) or len(np.unique(folds)) < 2:
        raise UsageError(
            f"there are {len(values):,} rows, {len(answers):,} answers and {len(np.unique(folds))} folds over {len(folds):,}; "
            "allowed is one answer and fold per row and two folds or more. Take the folds from splits.folds."
        )
    with one_thread():
        return {int(each): _fitted(make, values, answers, folds != each, weights) for each in np.unique(folds)}


def predict_folds(models: dict[int, Classifier], values: Floats, fold: ArrayLike) -> Floats:
    """Return the probability of an answer of everyone, by the model of their fold.

    Parameters
    ----------
    models : dict of int to classifier
        As of `fit_folds`.
    values : float array, shape (n, p)
        Perhaps with a column shuffled, to see what it is worth.
    fold : array-like of int, shape (n,)

    Returns
    -------
    scores : float array, shape (n,)
    """
    folds = np.asarray(fold, dtype=np.intp)
    scores = np.empty(len(folds))
    with one_thread():
        for each, model in models.items():
            scores[folds == each] = _probability(model, values[folds == each])
    return scores


def roll_forward(
    make: Callable[[], Classifier], values: Floats, outcome: ArrayLike, splits: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]]
) -> Floats:
    """Return the probability of an answer by models that only knew earlier customers.

    Parameters
    ----------
    make, values, outcome
        As of `cross_fit`.
    splits : sequence of (train, test), bool arrays, shape (n,)
        As of `splits.rolling`.

    Returns
    -------
    scores : float array, shape (n,)
        NaN for those in no test part, such as the earliest.

    Raises
    ------
    NotEnoughData
        When those to learn from all gave the same answer.
    """
    answers = np.asarray(outcome, dtype=np.intp)
    scores = np.full(len(answers), np.nan)
    with one_thread():
        for train, test in splits:
            scores[test] = _probability(_fitted(make, values, answers, train, None), values[test])
    return scores


def _fitted(
    make: Callable[[], Classifier], values: Floats, answers: NDArray[np.intp], train: NDArray[np.bool_], weights: ArrayLike | None
) -> Classifier:
    yes, known = int(answers[train].sum()), int(train.sum())
    if yes in (0, known):
        reason = f"a model needs customers with both answers to learn from; found {yes:,} who answered and {known - yes:,} who did not"
        raise NotEnoughData(Problem("ONE_ANSWER", reason, "ask for fewer folds, or add customers with a known answer"))
    model: Any = make()
    extra = {} if weights is None else {"sample_weight": np.asarray(weights, dtype=np.float64)[train]}
    model.fit(values[train], answers[train], **extra)
    fitted: Classifier = model
    return fitted


def _probability(model: Classifier, values: Floats) -> Floats:
    answered = int(np.flatnonzero(np.asarray(model.classes_) == 1)[0])
    probability = np.asarray(model.predict_proba(values), dtype=np.float64)[:, answered]
    if not np.isfinite(probability).all():
        reason = f"{type(model).__name__} returned {int((~np.isfinite(probability)).sum()):,} probabilities that are not finite"
        raise Degenerate(Problem("NOT_FINITE", reason, "check the columns for huge values, or take another model"))
    return probability
