"""Provisional membership: in which segment a customer of whom little is known will be, with the probability of each.

What is not known of a customer is taken, all of it together, from the customers most alike in what is known (random hot deck among nearest
neighbours: Andridge and Little 2010, *International Statistical Review* 78, 40–64), and the frozen rule places each of the customers so
completed; the probability of a segment is the share of them that land there. Assumption, in words: **customers who are alike in what we know of
them are alike in what we do not know yet, and newcomers will become like the customers we have.** Where newcomers differ in kind (a
new channel, another country), the probabilities are too sure.

For customers with little history, whose figures are there but say little (purchases per year after ten days), `young` features are hidden
first: `blanked`. Customers of whom everything is known get 1 for the rule's own word; how close a call that was is told by the confidence and
the vote share, not here. With nothing known at all, the probabilities are the shares of the segments.

The probability is of what the rule will say once all is known; not of what a customer will do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.matrix import Matrix
from segmentry.preparation.learning import Preparation
from segmentry.segments.clustering import Rule, distances

DONORS = 50
MOST_REFERENCE = 2_000
_CELLS = 4_000_000
Floats = NDArray[np.float64]


def blanked(matrix: Matrix, young: NDArray[np.bool_], features: Sequence[str]) -> Matrix:
    """Return the matrix with `features` hidden for customers with little history; what it was stays as it is.

    Parameters
    ----------
    matrix : Matrix
    young : bool array, shape (n,)
        Customers whose history is too short for these features to mean anything.
    features : sequence of str
        Those that need history, such as spend per year; not age or the first channel.

    Examples
    --------
    >>> from segmentry.matrix import Column
    >>> matrix = Matrix(np.array(["a", "b"], dtype=object), (Column("age", "Age"), Column("spend", "Spend")), np.array([[20.0, 5.0], [30.0, 9.0]]))
    >>> blanked(matrix, np.array([True, False]), ["spend"]).values.tolist()
    [[20.0, nan], [30.0, 9.0]]
    """
    if young.shape != (len(matrix),):
        raise UsageError(f"young has shape {young.shape}; the matrix has {len(matrix):,} customers. Pass one value per customer.")
    values = matrix.values.copy()
    for name in features:
        values[young, matrix.position(name)] = np.nan
    return Matrix(matrix.ids, matrix.columns, values, matrix.weights)


def membership(matrix: Matrix, preparation: Preparation, rule: Rule, *, reference: Matrix, seed: int) -> Floats:
    """Return the probability of each group of the rule for each customer, shape (n, k).

    Rows add up to 1; to less for a rule that leaves customers between the segments, by the probability of that.

    Parameters
    ----------
    matrix : Matrix
        Customers to be placed; NaN where something is not known.
    preparation : Preparation
    rule : Rule
    reference : Matrix
        Customers with history, 50 or more; at most 2,000 are drawn. Those who lack what is not known of a customer are no help for that one,
        unless fewer than 50 have it.
    seed : int
        Of that draw and of the order in which equally near customers are taken.

    Raises
    ------
    NotEnoughData
        With a reference of fewer than 50 customers.

    Examples
    --------
    >>> from segmentry.matrix import Column
    >>> from segmentry.preparation.learning import learn
    >>> from segmentry.segments.clustering import Nearest
    >>> columns = (Column("age", "Age"), Column("spend", "Spend"))
    >>> known = np.column_stack([np.repeat([20.0, 60.0], 100), np.repeat([5.0, 90.0], 100)])
    >>> reference = Matrix(np.array([f"c{place:03}" for place in range(200)], dtype=object), columns, known)
    >>> newcomer = Matrix(np.array(["new"], dtype=object), columns, np.array([[20.0, np.nan]]))
    >>> prepared = learn(reference)
    >>> membership(newcomer, prepared, Nearest(np.array([[-1.0, -1.0], [1.0, 1.0]])), reference=reference, seed=0).tolist()
    [[1.0, 0.0]]
    """
    names = list(preparation.names)
    missing = np.isnan(matrix.select(names).values)
    points = preparation.apply(matrix)
    result = np.zeros((len(matrix), len(rule.centres)))
    patterns, which = np.unique(missing, axis=0, return_inverse=True)
    if len(reference) < DONORS:
        reason = f"need at least {DONORS} customers with history to place newcomers by; found {len(reference):,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "give more customers as the reference"))
    donors = _shuffled(reference, seed)
    donor_points, lacking = preparation.apply(donors), np.isnan(donors.select(names).values)
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(which.ravel() == number)
        if not pattern.any():
            result[rows] = rule.assign(points[rows])[:, None] == np.arange(result.shape[1])
            continue
        unknown = np.array([pattern[names.index(step.name)] for step in preparation.steps])
        able = donor_points[~lacking[:, pattern].any(axis=1)]
        # What hardly anyone has is filled for everyone else too, as it was when the segments were learned.
        result[rows] = _shares(points[rows], able if len(able) >= DONORS else donor_points, unknown, rule)
    return result


def _shuffled(reference: Matrix, seed: int) -> Matrix:
    """At most 2,000 customers in a random order, so that ties are broken by lot and not by id."""
    order = np.random.default_rng(seed).permutation(len(reference))
    return reference.take(order[:MOST_REFERENCE])


def _shares(points: Floats, donors: Floats, unknown: NDArray[np.bool_], rule: Rule) -> Floats:
    k = len(rule.centres)
    if unknown.all():
        return np.tile((rule.assign(donors)[:, None] == np.arange(k)).mean(axis=0), (len(points), 1))
    shares = np.empty((len(points), k))
    size = max(1, _CELLS // len(donors))
    for start in range(0, len(points), size):
        batch = points[start : start + size]
        apart = distances(batch[:, ~unknown], donors[:, ~unknown])
        nearest = np.argpartition(apart, DONORS - 1, axis=1)[:, :DONORS]
        completed = np.repeat(batch, DONORS, axis=0)
        completed[:, unknown] = donors[nearest.ravel()][:, unknown]
        labels = rule.assign(completed).reshape(-1, DONORS)
        shares[start : start + size] = (labels[:, :, None] == np.arange(k)).mean(axis=1)
    return shares
