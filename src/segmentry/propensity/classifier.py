"""The default classifier of responses as a scikit-learn estimator: the better of two kinds by nested cross-fitting, calibrated out-of-fold.

`fit` divides the customers into folds (equal rows and groups whole), fits logistic regression and gradient-boosted trees with settings chosen on inner folds,
takes the kind that ranks customers it never saw better, and calibrates its out-of-fold scores (Platt 1999). `predict_proba` is the calibrated mean of the
models of the folds. A plain array has no names, so every column is a number; with kinds, categories, leaks, baselines and money use `response.respond`.

Not for more than two classes, and not below 30 customers of each: then one penalised logistic regression is fitted, without folds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.evaluation.calibration import Calibrator, fit_calibrator
from segmentry.evaluation.splits import duplicates, joined
from segmentry.evaluation.threads import one_thread
from segmentry.matrix import Column, Matrix
from segmentry.propensity.baseline import BaseRate
from segmentry.propensity.candidates import Candidate, Model, candidates, set_task
from segmentry.propensity.judging import averaged, divide, judge, settle

Floats = NDArray[np.float64]

FEWEST = 30


class Propensity(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Probability of an answer; see the module.

    Parameters
    ----------
    model : "auto", "logistic", "boosting" or a classifier of scikit-learn
    folds : int
    seed : int

    Attributes
    ----------
    classes_ : array, shape (2,)
        The second is the answer that is foretold.
    chosen_ : str
        Kind that is used.
    scores_ : float array, shape (n,), or None
        Calibrated scores of the rows, by models that never saw them; None where there were too few to divide.
    n_features_in_ : int

    Examples
    --------
    >>> rows = np.linspace(-2, 2, 200)[:, None]
    >>> model = Propensity("logistic").fit(rows, rows[:, 0] + np.tile([-0.9, 0.9], 100) > 0)
    >>> bool(model.predict_proba([[-2.0]])[0, 1] < 0.1 < 0.9 < model.predict_proba([[2.0]])[0, 1])
    True
    """

    def __init__(self, model: Any = "auto", *, folds: int = 5, seed: int = 7) -> None:
        self.model = model
        self.folds = folds
        self.seed = seed

    def fit(self, X: Any, y: Any, groups: Any = None) -> Propensity:  # noqa: N803
        """Learn from X, shape (n, p), NaN where missing; rows of one group never stand on both sides of a split."""
        values, answers = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        outcome = self._outcome(answers)
        # An order of values alone, so that nothing depends on the order the rows came in.
        units = np.arange(len(values)) if groups is None else np.asarray(groups)
        if units.shape != outcome.shape:
            raise UsageError(f"groups have shape {units.shape}; the rows ask for {outcome.shape}. Pass one group per row.")
        order = np.lexsort((units, outcome, *values.T[::-1]))
        alike = joined(duplicates(values[order]), units[order])
        rows, answered = _as_matrix(values[order]), outcome[order]
        rivals = candidates(self.model)
        if min(len(np.unique(alike[answered == answer])) for answer in (0, 1)) < FEWEST:
            self._plainly(rows, answered, rivals)
        else:
            self._folded(rows, answered, alike, rivals, order)
        return self

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Return the probability of both classes, shape (n, 2)."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        scores = averaged(self.models_, _as_matrix(values))
        yes = scores if self.calibrator_ is None else self.calibrator_.apply(scores)
        return np.column_stack([1 - yes, yes])

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the likelier class, shape (n,)."""
        probability = self.predict_proba(X)
        return np.asarray(self.classes_[(probability[:, 1] > 0.5).astype(np.intp)])

    def __sklearn_tags__(self) -> Tags:
        """Say that there are two classes, and that values may be missing."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _outcome(self, answers: NDArray[Any]) -> Floats:
        check_classification_targets(answers)
        self.classes_, codes = np.unique(answers, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. The type of the target is {type_of_target(answers)}.")
        if len(self.classes_) < 2:
            raise NotEnoughData(Problem("ONE_CLASS", "a classifier needs two classes; found 1 class", "add rows of the other class"))
        return codes.reshape(-1).astype(np.float64)

    def _plainly(self, rows: Matrix, outcome: Floats, rivals: tuple[Candidate, ...]) -> None:
        """Fit the first candidate on all rows: too few to choose or to calibrate."""
        with one_thread():
            try:
                task = set_task(rows, outcome, np.zeros(len(rows), dtype=np.intp), rounds=0, seed=self.seed)
                model: Model = rivals[0].fit(task).model
            except Degenerate:
                model = BaseRate(float(outcome.mean()))
        self._set((model,), None, None, rivals[0].name)

    def _folded(
        self, rows: Matrix, outcome: Floats, alike: NDArray[np.intp], rivals: tuple[Candidate, ...], order: NDArray[np.intp]
    ) -> None:
        design = divide(outcome, alike, count=self.folds, repeats=1, seed=self.seed)
        judged = judge(rows, outcome, alike, design=design, candidates=rivals, seed=self.seed)
        chosen, scores = settle(judged, outcome, design=design, candidates=rivals)
        calibrator = fit_calibrator(outcome, scores[0])
        own = np.empty(len(order))
        own[order] = calibrator.apply(scores[0])
        self._set(judged.models[chosen], calibrator, own, chosen)

    def _set(self, models: tuple[Model, ...], calibrator: Calibrator | None, scores: Floats | None, chosen: str) -> None:
        self.models_, self.calibrator_, self.scores_, self.chosen_ = models, calibrator, scores, chosen


def _as_matrix(values: Floats) -> Matrix:
    columns = tuple(Column(f"column {place}", f"Column {place}") for place in range(values.shape[1]))
    # The two zeros are one number and two patterns of bits.
    return Matrix(np.arange(len(values)).astype(object), columns, values + 0.0)
