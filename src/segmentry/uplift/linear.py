"""The linear interaction learner: the one that others have to beat.

What customers would do is a straight line in their features, and so is the effect: ``outcome = m(x) + (A − e(x)) (δ + b(x)β)``, fitted in two steps of ridge
regression (Hoerl and Kennard 1970), first m, then β on what is left (Robinson 1988). The average effect δ is not shrunken, the differences β are, as far as
generalised cross-validation (Golub, Heath and Wahba 1979) says. Columns are those of `basis`.

When NOT to use: where the effect hangs on combinations of columns; then trees see what a straight line cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.uplift.basis import Basis, learn_basis
from segmentry.uplift.nuisance import Lesson

Floats = NDArray[np.float64]

# Per customer, as the columns have variance 1.
PENALTIES = tuple(float(each) for each in np.logspace(-4, 2, 13))


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Effects that are a straight line in the columns of a basis.

    Parameters
    ----------
    basis : Basis
    average : float array, shape (a − 1,)
    weights : float array, shape (q, a − 1)
    """

    basis: Basis
    average: Floats
    weights: Floats

    def effect(self, values: Floats) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1)."""
        return np.asarray(self.average + self.basis.apply(values) @ self.weights)


def fit_linear(lesson: Lesson, categories: tuple[bool, ...] = ()) -> Line:
    """Fit the linear interaction learner; of several treatments, each against the control.

    Parameters
    ----------
    lesson : Lesson
        Its outcome models are not used.
    categories : tuple of bool, length p
    """
    basis = learn_basis(lesson.values, categories)
    points = basis.apply(lesson.values)
    average, weights = np.zeros(lesson.arms - 1), np.zeros((points.shape[1], lesson.arms - 1))
    for treatment in range(1, lesson.arms):
        rows = (lesson.arm == 0) | (lesson.arm == treatment)
        share = lesson.probability[rows][:, [0, treatment]]
        deviation = (lesson.arm[rows] == treatment) - share[:, 1] / share.sum(axis=1)
        average[treatment - 1], weights[:, treatment - 1] = _interactions(points[rows], lesson.outcome[rows], deviation)
    return Line(basis, average, weights)


def ridge(points: Floats, target: Floats) -> Floats:
    """Return the weights of a ridge regression without intercept, shape (q,), its penalty chosen by generalised cross-validation.

    Examples
    --------
    >>> ridge(np.array([[1.0], [-1.0], [1.0], [-1.0]]), np.array([2.0, -2.0, 2.0, -2.0])).round(2).tolist()
    [2.0]
    """
    from sklearn.linear_model import RidgeCV

    if not points.shape[1] or not target.any():
        return np.zeros(points.shape[1])
    # In units of the target's deviation, so that neither currency nor scale matters.
    unit = float(np.sqrt((target**2).mean()))
    model = RidgeCV(alphas=[each * len(target) for each in PENALTIES], fit_intercept=False).fit(points, target / unit)
    return np.asarray(model.coef_, dtype=np.float64) * unit


def _interactions(points: Floats, outcome: Floats, deviation: Floats) -> tuple[float, Floats]:
    """Return the average effect and the weights of the columns on it."""
    centred = points - points.mean(axis=0)
    left = outcome - outcome.mean()
    left = left - centred @ ridge(centred, left)
    total = float((deviation**2).sum())
    if total == 0:
        return 0.0, np.zeros(points.shape[1])
    middle = (deviation**2) @ points / total
    average = float(deviation @ left) / total
    weights = ridge(deviation[:, None] * (points - middle), left - deviation * average)
    return average - float(middle @ weights), weights
