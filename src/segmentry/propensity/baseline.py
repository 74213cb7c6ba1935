"""Two plain rivals that every model must beat: the base rate, and two columns.

* **base rate**: everybody is as likely to answer as everybody else. One rate for all folds: a rate per fold would be the lower the more answers
  the fold holds, and rank worse than chance.
* **two columns**: a logistic regression on the two prepared columns that alone rank the answers best, the second of them no restatement of the first
  (rank correlation under .8); chosen anew within every training part. Somebody with a spreadsheet could do as much; recency and campaigns accepted are
  usually among them where the data hold them, and where they do not the rival is still there.

Not a model to be proud of: when nothing beats it, it is used, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Matrix
from segmentry.propensity.candidates import Candidate, Fit, Linear, Task, ridge
from segmentry.propensity.ranks import area, mid_ranks

Floats = NDArray[np.float64]

RESTATED = 0.8
BASE_RATE = "base rate"
TWO_COLUMNS = "two columns"


@dataclass(frozen=True, slots=True)
class BaseRate:
    """The same probability for everybody."""

    rate: float

    def probability(self, matrix: Matrix) -> Floats:
        """Return the rate, shape (n,)."""
        return np.full(len(matrix), self.rate)


def fit_two(task: Task) -> Fit:
    """Choose two columns and fit a logistic regression on them; nothing is tuned."""
    places = best_two(task.points, task.outcome)
    weights = np.zeros(task.points.shape[1])
    weights[places], intercept = ridge(task.points[:, places], task.outcome, 1.0)
    words = " and ".join(task.preparation.fitted_names[place] for place in places)
    return Fit(Linear(task.preparation, weights, intercept, task.points.mean(axis=0)), float("nan"), words)


PLAIN = Candidate(TWO_COLUMNS, "a plain score of two columns", fit_two)


def best_two(points: Floats, outcome: Floats) -> list[int]:
    """Return the places of the column that alone ranks best, and of the next best that does not restate it.

    Parameters
    ----------
    points : float array, shape (n, q)
    outcome : float array of 0 and 1, shape (n,)

    Examples
    --------
    >>> best_two(np.array([[0.0, 5.0, 1.0], [1.0, 5.0, 2.0], [2.0, 5.0, 1.0], [3.0, 5.0, 2.0]]), np.array([0.0, 0.0, 1.0, 1.0]))
    [0, 2]
    """
    ranks = np.column_stack([mid_ranks(column) for column in points.T])
    strengths = np.abs([area(column, outcome) - 0.5 for column in ranks.T])
    order = np.argsort(-strengths, kind="stable")
    centred = ranks - ranks.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    varying = [int(place) for place in order if spread[place] > 0]
    if not varying:
        return [0]
    first = varying[0]
    likeness = np.abs(centred.T @ centred[:, first]) / np.where(spread > 0, spread, 1.0) / spread[first]
    return [first, *[place for place in varying[1:] if likeness[place] < RESTATED][:1]]
