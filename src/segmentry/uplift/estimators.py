"""Learners of effects as scikit-learn estimators: `fit(X, treatment, y)`, and `predict(X)` gives the effect of each treatment.

`fit` divides the customers into folds, alike ones together, and makes one learner per fold, from the other folds. `predict` gives no in-sample value: a row
that was learned from is told by the learner that did not see it, any other row by the mean of all; `effect_` holds the former in the order of the rows.
Treatments may be numbers or names; the first in their order is the control. Probabilities of the arms are their shares unless they are passed.

When NOT to use: to see whether there is anything to find; `lift` asks that first. Nor where nobody knows how treatments were given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.ranked import numbered
from segmentry.evaluation.splits import duplicates, folds, joined
from segmentry.uplift.ground import COARSE, high
from segmentry.uplift.judging import cross
from segmentry.uplift.learners import EffectModel, Makers, chosen_learners
from segmentry.uplift.models import Maker, drawn_in, effect_maker, outcome_maker
from segmentry.uplift.nuisance import fit_nuisance

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """One learner per fold, and which rows each of them did not see.

    Parameters
    ----------
    models : tuple of EffectModel
    rows : array of bytes, shape (u,)
        Distinct rows that were learned from, sorted.
    fold : int array, shape (u,)
        Of each; −1 where equal rows stand in several folds.
    """

    models: tuple[EffectModel, ...]
    rows: NDArray[np.void]
    fold: Codes

    def effect(self, values: Floats) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1), never in-sample."""
        told = np.stack([model.effect(values) for model in self.models])
        mean = told.mean(axis=0)
        keys = _keys(values)
        place = np.searchsorted(self.rows, keys).clip(0, len(self.rows) - 1)
        fold = np.where(self.rows[place] == keys, self.fold[place], -1)
        own = np.flatnonzero(fold >= 0)
        mean[own] = told[fold[own], own]
        return np.asarray(mean)


class LinearLearner(BaseEstimator):  # type: ignore[misc]
    """Effects by linear interactions, the one to beat; see `linear`.

    Parameters
    ----------
    folds, seed : int
        Three folds or more.

    Attributes
    ----------
    effect_ : float array, shape (n, a − 1)
        Of the rows, by learners that did not see them.
    arms_ : array, shape (a,)
        The first is the control.
    n_features_in_ : int

    Examples
    --------
    >>> values, treatment = np.linspace(-1, 1, 400)[:, None], np.tile([0, 1], 200)
    >>> LinearLearner().fit(values, treatment, values[:, 0] * treatment).predict([[0.5]]).round(1).tolist()
    [[0.5]]
    """

    def __init__(self, *, folds: int = 5, seed: int = 7) -> None:
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, treatment: Any, y: Any, *, probability: Any = None, groups: Any = None) -> LinearLearner:  # noqa: N803
        """Learn from X, shape (n, p), treatment and y, shape (n,); `probability` of the arms, shape (n, a); rows of one group are kept together."""
        _learn(self, "linear", X, treatment, y, probability=probability, groups=groups)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the effect of each treatment, shape (m, a − 1)."""
        return _told(self, X)


class SLearner(BaseEstimator):  # type: ignore[misc]
    """Effects by one outcome model with the treatment as a column; see `learners`.

    Parameters
    ----------
    outcome : classifier or regressor of scikit-learn, optional
        Of what customers do; boosted trees otherwise. A classifier only for outcomes of 0 and 1.
    folds, seed : int
        Three folds or more.

    Attributes
    ----------
    effect_ : float array, shape (n, a − 1)
        Of the rows, by learners that did not see them.
    arms_ : array, shape (a,)
        The first is the control.
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> values, treatment = np.linspace(-1, 1, 400)[:, None], np.tile([0, 1], 200)
    >>> SLearner(LinearRegression()).fit(values, treatment, values[:, 0] + treatment).predict([[0.5]]).round(1).tolist()
    [[1.0]]
    """

    def __init__(self, outcome: Any = None, *, folds: int = 5, seed: int = 7) -> None:
        self.outcome = outcome
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, treatment: Any, y: Any, *, probability: Any = None, groups: Any = None) -> SLearner:  # noqa: N803
        """Learn from X, shape (n, p), treatment and y, shape (n,); `probability` of the arms, shape (n, a); rows of one group are kept together."""
        _learn(self, "s", X, treatment, y, probability=probability, groups=groups)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the effect of each treatment, shape (m, a − 1)."""
        return _told(self, X)


class TLearner(BaseEstimator):  # type: ignore[misc]
    """Effects by one outcome model per arm, subtracted; see `learners`.

    Parameters
    ----------
    outcome : classifier or regressor of scikit-learn, optional
        Of what customers do; boosted trees otherwise. A classifier only for outcomes of 0 and 1.
    folds, seed : int
        Three folds or more.

    Attributes
    ----------
    effect_ : float array, shape (n, a − 1)
        Of the rows, by learners that did not see them.
    arms_ : array, shape (a,)
        The first is the control.
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> values, treatment = np.linspace(-1, 1, 400)[:, None], np.tile([0, 1], 200)
    >>> TLearner(LinearRegression()).fit(values, treatment, values[:, 0] * treatment).predict([[0.5]]).round(1).tolist()
    [[0.5]]
    """

    def __init__(self, outcome: Any = None, *, folds: int = 5, seed: int = 7) -> None:
        self.outcome = outcome
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, treatment: Any, y: Any, *, probability: Any = None, groups: Any = None) -> TLearner:  # noqa: N803
        """Learn from X, shape (n, p), treatment and y, shape (n,); `probability` of the arms, shape (n, a); rows of one group are kept together."""
        _learn(self, "t", X, treatment, y, probability=probability, groups=groups)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the effect of each treatment, shape (m, a − 1)."""
        return _told(self, X)


class XLearner(BaseEstimator):  # type: ignore[misc]
    """Effects by the surprise of each arm over the other arm's model; see `learners`.

    Parameters
    ----------
    outcome : classifier or regressor of scikit-learn, optional
        Of what customers do; boosted trees otherwise. A classifier only for outcomes of 0 and 1.
    effect : regressor of scikit-learn, optional
        Of effects; its `fit` takes `sample_weight`. Boosted trees otherwise.
    folds, seed : int
        Three folds or more.

    Attributes
    ----------
    effect_ : float array, shape (n, a − 1)
        Of the rows, by learners that did not see them.
    arms_ : array, shape (a,)
        The first is the control.
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> values, treatment = np.linspace(-1, 1, 400)[:, None], np.tile([0, 1], 200)
    >>> XLearner(LinearRegression(), LinearRegression()).fit(values, treatment, values[:, 0] * treatment).predict([[0.5]]).round(1).tolist()
    [[0.5]]
    """

    def __init__(self, outcome: Any = None, effect: Any = None, *, folds: int = 5, seed: int = 7) -> None:
        self.outcome = outcome
        self.effect = effect
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, treatment: Any, y: Any, *, probability: Any = None, groups: Any = None) -> XLearner:  # noqa: N803
        """Learn from X, shape (n, p), treatment and y, shape (n,); `probability` of the arms, shape (n, a); rows of one group are kept together."""
        _learn(self, "x", X, treatment, y, probability=probability, groups=groups)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the effect of each treatment, shape (m, a − 1)."""
        return _told(self, X)


class RLearner(BaseEstimator):  # type: ignore[misc]
    """Effects by what is left of the outcome on what is left of the treatment; see `learners`.

    Parameters
    ----------
    outcome : classifier or regressor of scikit-learn, optional
        Of what customers do; boosted trees otherwise. A classifier only for outcomes of 0 and 1.
    effect : regressor of scikit-learn, optional
        Of effects; its `fit` takes `sample_weight`. Boosted trees otherwise.
    folds, seed : int
        Three folds or more.

    Attributes
    ----------
    effect_ : float array, shape (n, a − 1)
        Of the rows, by learners that did not see them.
    arms_ : array, shape (a,)
        The first is the control.
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> values, treatment = np.linspace(-1, 1, 400)[:, None], np.tile([0, 1], 200)
    >>> RLearner(LinearRegression(), LinearRegression()).fit(values, treatment, values[:, 0] * treatment).predict([[0.5]]).round(1).tolist()
    [[0.5]]
    """

    def __init__(self, outcome: Any = None, effect: Any = None, *, folds: int = 5, seed: int = 7) -> None:
        self.outcome = outcome
        self.effect = effect
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, treatment: Any, y: Any, *, probability: Any = None, groups: Any = None) -> RLearner:  # noqa: N803
        """Learn from X, shape (n, p), treatment and y, shape (n,); `probability` of the arms, shape (n, a); rows of one group are kept together."""
        _learn(self, "r", X, treatment, y, probability=probability, groups=groups)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the effect of each treatment, shape (m, a − 1)."""
        return _told(self, X)


class DRLearner(BaseEstimator):  # type: ignore[misc]
    """Effects by the difference of doubly robust scores; see `learners`.

    Parameters
    ----------
    outcome : classifier or regressor of scikit-learn, optional
        Of what customers do; boosted trees otherwise. A classifier only for outcomes of 0 and 1.
    effect : regressor of scikit-learn, optional
        Of effects; its `fit` takes `sample_weight`. Boosted trees otherwise.
    folds, seed : int
        Three folds or more.

    Attributes
    ----------
    effect_ : float array, shape (n, a − 1)
        Of the rows, by learners that did not see them.
    arms_ : array, shape (a,)
        The first is the control.
    n_features_in_ : int

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> values, treatment = np.linspace(-1, 1, 400)[:, None], np.tile([0, 1], 200)
    >>> DRLearner(LinearRegression(), LinearRegression()).fit(values, treatment, values[:, 0] * treatment).predict([[0.5]]).round(1).tolist()
    [[0.5]]
    """

    def __init__(self, outcome: Any = None, effect: Any = None, *, folds: int = 5, seed: int = 7) -> None:
        self.outcome = outcome
        self.effect = effect
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, treatment: Any, y: Any, *, probability: Any = None, groups: Any = None) -> DRLearner:  # noqa: N803
        """Learn from X, shape (n, p), treatment and y, shape (n,); `probability` of the arms, shape (n, a); rows of one group are kept together."""
        _learn(self, "dr", X, treatment, y, probability=probability, groups=groups)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Return the effect of each treatment, shape (m, a − 1)."""
        return _told(self, X)


LEARNERS: tuple[type[BaseEstimator], ...] = (LinearLearner, SLearner, TLearner, XLearner, RLearner, DRLearner)


def _learn(shell: Any, name: str, X: Any, treatment: Any, y: Any, *, probability: Any, groups: Any) -> None:  # noqa: N803
    values, outcome = validate_data(shell, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True)
    labels = column_or_1d(treatment)
    if labels.shape != outcome.shape:
        raise UsageError(f"treatments have shape {labels.shape}; the rows ask for {outcome.shape}. Pass one per row.")
    shell.arms_, arm = np.unique(labels, return_inverse=True)
    arm, values = arm.reshape(-1).astype(np.int64), drawn_in(values) + 0.0
    outcome = outcome.astype(np.float64)
    _enough(arm, len(shell.arms_))
    chance = _chance(arm, probability, len(shell.arms_))
    units = np.arange(len(arm)) if groups is None else numbered(groups)
    if units.shape != outcome.shape:
        raise UsageError(f"groups have shape {units.shape}; the rows ask for {outcome.shape}. Pass one per row.")
    # An order of values alone, so that nothing depends on the order the rows came in.
    order = np.lexsort((units, outcome, arm, *values.T[::-1]))
    values, arm, outcome, units = values[order], arm[order], outcome[order], units[order]
    fold = _folds(values, outcome, units, count=shell.folds, seed=shell.seed)
    makers = Makers(
        _maker(shell, "outcome", outcome_maker(outcome, seed=shell.seed)), _maker(shell, "effect", effect_maker(len(arm), seed=shell.seed))
    )
    nuisance = fit_nuisance(
        values, arm, outcome, probability=chance[order], fold=fold, make=_means if name in ("linear", "s") else makers.outcome
    )
    crossed = cross(nuisance, chosen_learners([name]), makers, units)
    keys, first, inverse = np.unique(_keys(values), return_index=True, return_inverse=True)
    single = np.bincount(inverse.reshape(-1), fold != fold[first][inverse.reshape(-1)]) == 0
    shell.trained_ = Trained(crossed.models[name], keys, np.where(single, fold[first], -1))
    shell.effect_ = np.empty_like(crossed.effects[name])
    shell.effect_[order] = crossed.effects[name]


def _told(shell: Any, X: Any) -> Floats:  # noqa: N803
    check_is_fitted(shell)
    values = validate_data(shell, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
    found: Trained = shell.trained_
    return found.effect(drawn_in(values) + 0.0)


def _enough(arm: Codes, arms: int) -> None:
    if arms < 2 or np.bincount(arm).min() < FEWEST:
        fewest = int(np.bincount(arm).min())
        reason = f"an effect needs two arms of at least {FEWEST} rows each; found {arms} arm{'s' if arms != 1 else ''}, the smallest of {fewest:,}"
        raise NotEnoughData(Problem("TOO_FEW_IN_ARM", reason, "add rows of the smallest arm"))


def _chance(arm: Codes, probability: Any, arms: int) -> Floats:
    if probability is None:
        return np.tile(np.bincount(arm) / len(arm), (len(arm), 1))
    found = np.asarray(probability, dtype=np.float64)
    if found.shape != (len(arm), arms) or not (found > 0).all():
        raise UsageError(f"probabilities have shape {found.shape}; allowed is ({len(arm)}, {arms}), above 0. Pass one row of them per row.")
    return found


def _folds(values: Floats, outcome: Floats, units: NDArray[np.intp], *, count: int, seed: int) -> Codes:
    alike = duplicates(values)
    # Columns so coarse that equal rows are no duplicates.
    together = units if len(alike) > COARSE * (int(alike.max()) + 1) else joined(alike, units)
    above = high(outcome)
    # Where all outcomes are equal any division is as good.
    spread: Floats = above if above.any() else np.arange(len(outcome), dtype=np.float64) % 2
    return folds(spread, together, count=count, seed=seed).astype(np.int64)


def _maker(shell: Any, name: str, otherwise: Maker) -> Maker:
    given = getattr(shell, name, None)
    return otherwise if given is None else lambda: clone(given)


def _means() -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor()


def _keys(values: Floats) -> NDArray[np.void]:
    """Return each row as bytes; missing values alike."""
    table = np.ascontiguousarray(np.where(np.isnan(values), np.nan, values))
    return table.view(np.dtype((np.void, table.shape[1] * table.itemsize))).reshape(-1)
