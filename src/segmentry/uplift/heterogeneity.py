"""Do customers differ in effect? A test of an order by learners that never saw the customers it is tested on.

Within each fold, customers stand in the order of their expected effect; the statistic of the fold is the sum of doubly robust effects with weights that fall
evenly from the first to the last, over its standard error: a rank-weighted average effect with the weights of Qini (Yadlowsky, Fleming, Shah, Brunskill and
Wager 2021). Given what was learned from the other folds it is standard normal where the order says nothing, whatever the average effect. Falling evenly
keeps it honest for money: no customer weighs more than the others.

Statistics of the folds hang together, as any two folds learn from each other: for learners that are linear in the outcomes their sum has at most twice the
variance of independent ones. It is divided by the wider √(1 + k/(k − 1)) for k folds (Nadeau and Bengio 2003), half as wide again for five. The p-values of
several learners are joined by Cauchy's combination (Liu and Xie 2020), which holds however much they hang together; of several treatments the smallest counts
times their number (Bonferroni).

When NOT to use: with probabilities of the arms that were guessed, or with fewer than some dozens of yes per arm: then nothing is normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.uplift.results import Evidence

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEVEL = 0.01


def standing(score: Floats, fold: Codes) -> Floats:
    """Return where each customer stands among those of their fold, shape (n,): near 0 the highest score, near 1 the lowest, equals in the middle.

    Examples
    --------
    >>> standing(np.array([3.0, 1.0, 1.0, 9.0]), np.array([0, 0, 0, 1])).round(2).tolist()
    [0.17, 0.67, 0.67, 0.5]
    """
    place = np.empty(len(score))
    for each in np.unique(fold):
        rows = np.flatnonzero(fold == each)
        _, step, size = np.unique(-score[rows], return_inverse=True, return_counts=True)
        place[rows] = ((np.cumsum(size) - size / 2) / len(rows))[step.reshape(-1)]
    return place


def first_weights(score: Floats, fold: Codes) -> Floats:
    """Return the weights of the targeting operator characteristic's area (AUTOC), shape (n,): the mean of weight times effect is the AUTOC.

    At every depth the average effect down to it, less that of all; the mean over depths. A customer at place j of m weighs ``Σ 1/i − 1``, i from j to m;
    equals share theirs (Yadlowsky et al. 2021). Within folds.

    Examples
    --------
    >>> first_weights(np.array([3.0, 2.0, 1.0]), np.zeros(3, dtype=int)).round(3).tolist()
    [0.833, -0.167, -0.667]
    """
    weight = np.empty(len(score))
    for each in np.unique(fold):
        rows = np.flatnonzero(fold == each)
        _, step, size = np.unique(-score[rows], return_inverse=True, return_counts=True)
        harmonic = np.cumsum(1.0 / np.arange(len(rows), 0, -1))[::-1] - 1.0
        totals = np.add.reduceat(harmonic, np.cumsum(size) - size)
        weight[rows] = (totals / size)[step.reshape(-1)]
    return weight


def order_statistic(gained: Floats, weight: Floats, *, fold: Codes, units: NDArray[np.intp]) -> float:
    """Return the statistic of an order over all folds: about standard normal or narrower where the order says nothing, positive where it does.

    Parameters
    ----------
    gained : float array, shape (n,)
        Doubly robust effects, by models that saw neither the customer nor anyone alike.
    weight : float array, shape (n,)
        Of mean 0 in every fold, falling from the first to the last.
    fold, units : int array, shape (n,)
        Units (duplicates, households) are whole within folds.

    Returns
    -------
    statistic : float
        0 where there is nothing to order.
    """
    each = fold_statistics(gained, weight, fold=fold, units=units)
    return math.fsum(each) / math.sqrt(len(each) * (1 + len(each) / max(1, len(each) - 1)))


def fold_statistics(gained: Floats, weight: Floats, *, fold: Codes, units: NDArray[np.intp]) -> Floats:
    """Return the statistic of every fold, shape (k,), standard normal where the order says nothing; parameters as of `order_statistic`."""
    return np.array([_of_fold(gained[fold == each], weight[fold == each], units[fold == each]) for each in np.unique(fold)])


def upper_p(statistic: float) -> float:
    """Return the probability of a standard normal above, never 0.

    Examples
    --------
    >>> round(upper_p(1.6449), 3)
    0.05
    """
    return max(0.5 * math.erfc(statistic / math.sqrt(2)), 1e-300)


def joined_p(p: Sequence[float]) -> float:
    """Return one p-value of several that may hang together in any way (Cauchy combination; Liu and Xie 2020).

    Examples
    --------
    >>> round(joined_p([0.01, 0.01]), 4), round(joined_p([0.01, 0.9]), 4)
    (0.01, 0.0221)
    """
    # One that is nearly 1 would outweigh all others: it is drawn in.
    inside = [min(max(each, 1e-15), 0.99) for each in p]
    mean = math.fsum(math.tan((0.5 - each) * math.pi) for each in inside) / len(inside)
    return 0.5 - math.atan(mean) / math.pi if mean < 1e8 else 1.0 / (math.pi * mean)


def evidence(p: Mapping[int, Sequence[float]], *, learners: int, folds: int, level: float = LEVEL) -> Evidence:
    """Return whether customers differ in effect, over learners and treatments.

    Parameters
    ----------
    p : mapping of arm to p-values of its learners
    learners, folds : int
        For the words.
    level : float
    """
    by_arm = tuple(joined_p(each) for each in p.values())
    overall = min(1.0, len(by_arm) * min(by_arm))
    found = overall <= level
    method = (
        f"Customers of each of {folds} parts are put in the order of the effect expected by learners that never saw them; the test asks whether those who come "
        f"first gain more. {learners} learner{'s' if learners != 1 else ''} and {len(by_arm)} treatment{'s' if len(by_arm) != 1 else ''} are taken together."
    )
    told = "under 0.0001" if overall < 0.0001 else f"{overall:.2g}"
    words = (
        f"Customers differ in effect (p = {told})."
        if found
        else f"There is no evidence that customers differ in effect (p = {told}; evidence begins at {level:g})."
    ).replace("= under", "under")
    return Evidence(overall, by_arm, level, found, method, words)


def _of_fold(gained: Floats, weight: Floats, units: NDArray[np.intp]) -> float:
    parts = weight * (gained - gained.mean())
    sums = np.bincount(np.unique(units, return_inverse=True)[1].reshape(-1), parts)
    spread = math.sqrt(float((sums**2).sum()))
    return float(parts.sum()) / spread if spread > 0 else 0.0
