"""Models that uplift is built from: what is expected of a customer, and what an effect may depend on.

Gradient-boosted trees on histograms (Friedman 2001; Ke et al. 2017) by default: missing values and categories as they are, small trees, few of them, large
leaves, because effects are small beside noise. Any scikit-learn classifier or regressor can stand in their place: a *maker* returns a new, unfitted one,
equal every time. A classifier answers a yes/no metric by its probability; where nothing varies, or hardly anybody is there, the mean answers.

When NOT to use: models see one row per customer and know nothing of time; what was measured after the treatment must not be among the columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, Problem

Floats = NDArray[np.float64]
Maker = Callable[[], Any]

# With fewer customers, and with fewer of either answer, the mean speaks for all.
FEWEST = 20
FEWEST_OF_EACH = 3
LIMIT = 1e100
MOST_LEVELS = 60


class Expecting(Protocol):
    """What is asked of a fitted model."""

    def expect(self, values: Floats, /) -> Floats:
        """Return what is expected of each customer, shape (m,)."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for everybody."""

    value: float

    def expect(self, values: Floats) -> Floats:
        """Return the value for each row, shape (m,)."""
        return np.full(len(values), self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted scikit-learn model."""

    estimator: Any

    def expect(self, values: Floats) -> Floats:
        """Return the probability of a yes, or the prediction, shape (m,).

        Raises
        ------
        Degenerate
            When it is not finite.
        """
        if not len(values):
            return np.empty(0)
        found = _probability(self.estimator, values) if hasattr(self.estimator, "predict_proba") else self.estimator.predict(values)
        expected = np.asarray(found, dtype=np.float64).reshape(len(values))
        if not np.isfinite(expected).all():
            reason = f"{type(self.estimator).__name__} gave {int((~np.isfinite(expected)).sum()):,} values that are not finite"
            raise Degenerate(Problem("NOT_FINITE", reason, "take another model, or columns without extreme values"))
        return expected


def fit_expected(make: Maker, values: Floats, target: Floats, weights: Floats | None = None) -> Expecting:
    """Return a model of the target; the mean where there is too little to learn from.

    Parameters
    ----------
    make : callable
        Returns a new, unfitted scikit-learn classifier (of targets 0 and 1) or regressor.
    values : float array, shape (m, p)
    target : float array, shape (m,)
    weights : float array, shape (m,), optional
        For makers whose `fit` takes `sample_weight`.

    Examples
    --------
    >>> fit_expected(lambda: None, np.zeros((2, 1)), np.array([1.0, 0.0])).expect(np.zeros((1, 1)))
    array([0.5])
    """
    if len(target) < FEWEST or (target == target[0]).all():
        return Constant(float(np.average(target, weights=weights)) if len(target) else 0.0)
    model = make()
    if hasattr(model, "predict_proba"):
        answers = target.astype(np.int64)
        if min(int(answers.sum()), len(answers) - int(answers.sum())) < FEWEST_OF_EACH:
            return Constant(float(target.mean()))
        return Fitted(model.fit(values, answers))
    return Fitted(model.fit(values, target) if weights is None else model.fit(values, target, sample_weight=weights))


def outcome_maker(outcome: Floats, *, categories: tuple[bool, ...] = (), seed: int = 0, trees: int = 40) -> Maker:
    """Return a maker of outcome models: a classifier where every outcome is 0 or 1, else a regressor.

    Parameters
    ----------
    outcome : float array, shape (n,)
    categories : tuple of bool, length p
        Columns that hold codes; () means none.
    seed, trees : int
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if ((outcome == 0) | (outcome == 1)).all() else HistGradientBoostingRegressor
    return partial(_trees, kind, trees=trees, least=max(20, len(outcome) // 200), categories=categories, seed=seed)


def effect_maker(count: int, *, categories: tuple[bool, ...] = (), seed: int = 0) -> Maker:
    """Return a maker of effect models, for about `count` customers."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    return partial(_trees, HistGradientBoostingRegressor, trees=40, least=max(30, count // 50), categories=categories, seed=seed)


def _trees(kind: Callable[..., Any], *, trees: int, least: int, categories: tuple[bool, ...], seed: int) -> Any:
    return kind(
        learning_rate=0.1,
        max_iter=trees,
        max_leaf_nodes=6,
        min_samples_leaf=least,
        l2_regularization=1.0,
        max_bins=63,
        # By position, so that more columns may stand behind.
        categorical_features=[place for place, given in enumerate(categories) if given] or None,
        early_stopping=False,
        random_state=seed,
    )


def drawn_in(values: Floats) -> Floats:
    """Return the values with huge and infinite ones drawn in; missing ones stay missing.

    Examples
    --------
    >>> drawn_in(np.array([[np.inf, np.nan]])).tolist()
    [[1e+100, nan]]
    """
    return np.clip(np.asarray(values, dtype=np.float64), -LIMIT, LIMIT)


def _probability(estimator: Any, values: Floats) -> Any:
    found = estimator.predict_proba(values)
    return found[:, int(np.flatnonzero(np.asarray(estimator.classes_) == 1)[0])]
