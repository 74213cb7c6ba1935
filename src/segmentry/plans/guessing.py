"""How well one thing about customers can be guessed from another: by groups, cross-fitted, and Cramér's V.

    V = √(φ / min(k − 1, r − 1)),   φ = max(0, χ²/n − (k−1)(r−1)/(n−1)),   k, r corrected likewise

(Bergsma 2013), for plain V is above 0 even where there is nothing, and the more so the more groups there are. Guesses of yes or no are judged by the area under
the ROC curve: the share of yes in the customer's group, counted over other customers only. Cross-fitted guesses come out a little worse than a coin where
there is nothing to guess from; that is set to a coin.

When NOT to use: for cause, and for numbers that were not put into groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData
from segmentry.evaluation.crossfitting import cross_fit
from segmentry.evaluation.intervals import for_refits, percentiles
from segmentry.evaluation.ranking import auc
from segmentry.evaluation.splits import folds
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
FOLDS = 5
COIN = 0.5
RESAMPLES = 1_000
MOST = 200_000


def guessed_yes(yes: Flags, group: Codes, *, seed: int) -> Estimate | None:
    """Return the area under the ROC curve of guessing yes by the share of yes in the group, counted over the other folds.

    Returns
    -------
    area : Estimate or None
        .5 is a coin. None where too few said either.

    Examples
    --------
    >>> group = np.arange(400) % 2
    >>> guessed_yes(group == 1, group, seed=0).value
    1.0
    >>> guessed_yes(np.ones(400, dtype=bool), group, seed=0) is None
    True
    """
    try:
        fold = folds(yes.astype(np.float64), np.arange(len(yes)), count=FOLDS, seed=seed)
    except NotEnoughData:
        return None
    scores = np.empty(len(yes))
    for place in range(FOLDS):
        known = fold != place
        sizes, hits = (
            np.bincount(group[known], weights, minlength=int(group.max()) + 1) for weights in (None, yes[known].astype(np.float64))
        )
        # A small group says little: as if one more customer, of the usual share, belonged to it.
        scores[~known] = ((hits + yes[known].mean()) / (sizes + 1.0))[group[~known]]
    return _judged(auc(yes, _within(scores, fold)))


def guessed_together(yes: Flags, groups: Sequence[Codes], *, seed: int) -> Estimate | None:
    """Return the area under the ROC curve of guessing yes by a logistic regression on all groupings together, cross-fitted.

    At most 200,000 customers are looked at, evenly drawn.

    Examples
    --------
    >>> one, other = np.arange(400) % 2, np.arange(400) // 2 % 2
    >>> guessed_together((one == 1) & (other == 1), [one, other], seed=0).value
    1.0
    """
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(len(yes)) if len(yes) <= MOST else np.linspace(0, len(yes) - 1, MOST).astype(np.int64)
    values = np.hstack([_indicators(group[rows]) for group in groups])
    answers = yes[rows].astype(np.float64)
    if not values.shape[1]:
        return None
    try:
        fold = folds(answers, np.arange(len(rows)), count=FOLDS, seed=seed)
        scores = cross_fit(lambda: LogisticRegression(C=1.0, max_iter=1000), values, answers, fold)
    except NotEnoughData:
        return None
    return _judged(auc(yes[rows], _within(scores, fold)))


def cramers_v(one: NDArray[np.generic], other: NDArray[np.generic], *, seed: int) -> Estimate:
    """Return how closely two groupings follow each other, bias-corrected, 0 to 1, with a bootstrap interval over customers.

    The lower end is 0 where the two are not associated beyond chance (chi-square, 1 %).

    Examples
    --------
    >>> group = np.arange(300) % 3
    >>> round(cramers_v(group, group, seed=0).value, 9)
    1.0
    >>> cramers_v(group, np.zeros(300, dtype=int), seed=0)
    Estimate(value=0.0, low=0.0, high=0.0)
    """
    table = _crossed(one, other)
    if min(table.shape) < 2:
        return Estimate(0.0, 0.0, 0.0)
    value = float(_corrected(table[None])[0])
    customers = int(table.sum())
    # Customers drawn with replacement fall to the cells of the table by its shares.
    draws = np.random.default_rng(seed).multinomial(customers, table.ravel() / customers, size=RESAMPLES)
    low, high = (float(each[0]) for each in percentiles(_corrected(draws.reshape(RESAMPLES, *table.shape).astype(np.float64))[:, None]))
    return Estimate(value, min(value, low) if _associated(table) else 0.0, max(value, high))


def _crossed(one: NDArray[np.generic], other: NDArray[np.generic]) -> Floats:
    rows, columns = (np.unique(each, return_inverse=True)[1].reshape(-1) for each in (one, other))
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    return np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _chi_square(tables: Floats) -> Floats:
    total = tables.sum(axis=(1, 2), keepdims=True)
    expected = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True) / np.maximum(total, 1.0)
    parts = np.divide((tables - expected) ** 2, expected, out=np.zeros(tables.shape), where=expected > 0)
    return np.asarray(parts.sum(axis=(1, 2)))


def _corrected(tables: Floats) -> Floats:
    """Return Bergsma's V of each table, shape (m,)."""
    rows, columns = tables.shape[1:]
    n = tables.sum(axis=(1, 2))
    phi = np.maximum(0.0, _chi_square(tables) / n - (rows - 1) * (columns - 1) / np.maximum(1.0, n - 1))
    wide, high = (each - (each - 1) ** 2 / np.maximum(1.0, n - 1) for each in (rows, columns))
    least = np.minimum(wide, high) - 1
    return np.asarray(np.sqrt(np.clip(np.divide(phi, least, out=np.zeros(len(n)), where=least > 0), 0.0, 1.0)))


def _associated(table: Floats) -> bool:
    from scipy.stats import chi2

    return float(chi2.sf(_chi_square(table[None])[0], (table.shape[0] - 1) * (table.shape[1] - 1))) <= 0.01


def _indicators(group: Codes) -> Floats:
    """Return a column for each group but the largest, shape (n, k − 1)."""
    sizes = np.bincount(group)
    levels = [level for level in np.flatnonzero(sizes) if level != int(sizes.argmax())]
    return np.asarray(group[:, None] == np.array(levels, dtype=np.int64), dtype=np.float64)


def _within(scores: Floats, fold: NDArray[np.intp]) -> Floats:
    """Return scores less the mean of their fold: its level hangs on who is not in it, and would turn chance into a guess below a coin."""
    means = np.bincount(fold, scores) / np.bincount(fold)
    # Scores that are equal but for the last bit are ties.
    return np.round(scores - means[fold], 9)


def _judged(found: Estimate) -> Estimate:
    """Return an area as what can be guessed: models made anew would differ, and worse than a coin is a coin."""
    wide = for_refits(found, folds=FOLDS)
    return Estimate(max(COIN, wide.value), max(0.0, wide.low), min(1.0, max(COIN, wide.high)))
