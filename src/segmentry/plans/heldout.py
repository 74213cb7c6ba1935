"""Effects learned from some customers and plans valued by others: what `replay` and `segmenting` share.

Everything starts from doubly robust scores (Robins, Rotnitzky and Zhao 1994; `uplift.policy.doubly_robust`): for each customer and arm what the customer would
have brought, right on average whoever the customer is. The difference of an offer's score from the control's is the *contrast*; its average over
any customers who had no part in choosing estimates the effect on them without bias.

Learned effects are drawn towards simpler ones by as much as chance explains of the distance, because a plan picks the highest and thereby picks the luck:

* averages of offers towards 0, by ``A / (A + s²)`` with A the variance of the true averages (empirical Bayes; Efron and Morris 1973);
* segments towards the average of all, by the method of moments (DerSimonian and Laird 1986);
* customers towards the average, by the slope of contrasts on expected effects (the best linear predictor; Chernozhukov et al. 2018), cut to 0 … 1 and
  less by its own doubt.

Values over held-out customers are sums of what single customers add, with the usual error of a mean. Plans of different folds share what they learned
from, and where nothing pays that makes them agree in the wrong: so the error is taken as if only as many customers counted as each plan was
made from (k − 1 of k folds). Measured on data without any effect, intervals without this cover in 88–91 % of runs instead of 95.

Money has long tails, and then a mean may hang on a handful of customers, while its error knows nothing of those who did not happen to be there: with nine
of ten customers treated and lognormal spend (σ = 2), gains without any effect are "beyond chance of 1 in 100" in 5 of 100 runs. So nothing is called
certain that is `carried_by` fewer than 30 customers; then it is in none.

When NOT to use: for trials of unknown assignment.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import Z
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEVEL = 0.01
FEWEST = 100
# As many customers as a segment's own variance is held against.
STEADY = 10.0
# Customers that must carry a mean before anything is called certain.
FEWEST_CARRYING = 30


def contrasts(scores: Floats, fold: Codes) -> Floats:
    """Return what each offer adds to each customer, shape (n, a − 1); the first arm is the control.

    Parameters
    ----------
    scores : float array, shape (n, a)
        Doubly robust, of the money each arm would bring before the cost of contacts.
    fold : int array, shape (n,)
        Those the scores' own models were cross-fitted by.

    Raises
    ------
    UsageError
        When shapes do not fit, scores are not finite, or there is one fold only.
    NotEnoughData
        With fewer than 100 customers.

    Examples
    --------
    >>> contrasts(np.tile([[1.0, 3.0]], (100, 1)), np.arange(100) % 2)[:2].tolist()
    [[2.0], [2.0]]
    """
    if scores.ndim != 2 or scores.shape[1] < 2 or fold.shape != (len(scores),):
        raise UsageError(
            f"scores have shape {scores.shape} and folds {fold.shape}; allowed are customers by arms, two or more, and one fold per customer. "
            "Take both from uplift.policy."
        )
    if not np.isfinite(scores).all():
        raise UsageError(
            f"{int((~np.isfinite(scores)).sum()):,} scores are not finite; a value needs finite ones. Leave out customers whose outcome is not known."
        )
    if len(scores) < FEWEST:
        reason = f"valuing a plan on held-out customers needs at least {FEWEST} customers of a trial; found {len(scores):,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "run the trial longer, or with more customers"))
    if len(np.unique(fold)) < 2:
        raise UsageError("all customers are in one fold; allowed are two folds or more. Take them from evaluation.splits.folds.")
    return np.asarray(scores[:, 1:] - scores[:, :1])


def averages(contrast: Floats) -> Floats:
    """Return the average effect of each offer, drawn towards 0, shape (a − 1,).

    Examples
    --------
    >>> averages(np.tile([[1.0], [3.0]], (50, 1))).round(2)
    array([2.])
    """
    mean, error = _means(contrast)
    spread = max(0.0, float((mean**2 - error**2).mean()))
    return np.asarray(mean * _share(spread, error**2))


def by_segment(contrast: Floats, segment: Codes, count: int) -> Floats:
    """Return the effect of each offer in each segment, drawn towards that of all customers, shape (count, a − 1).

    Parameters
    ----------
    contrast : float array, shape (m, a − 1)
    segment : int array, shape (m,)
        0 … count − 1; a segment without customers gets the effect of all.
    count : int

    Examples
    --------
    >>> by_segment(np.array([[0.0], [1.0], [0.0], [1.0]] * 25), np.array([0, 0, 1, 1] * 25), 3).round(2).ravel()
    array([0.5, 0.5, 0.5])
    """
    overall, _ = _means(contrast)
    found = np.tile(overall, (count, 1))
    held = [place for place in range(count) if (segment == place).sum() > 1]
    if len(held) < 2:
        return found
    # Counted in standard deviations; where nothing varies there is nothing to tell apart.
    unit = np.where(contrast.std(axis=0) > 0, contrast.std(axis=0), 1.0)
    sizes = np.array([(segment == place).sum() for place in held], dtype=np.float64)[:, None]
    mean = np.array([contrast[segment == place].mean(axis=0) for place in held]) / unit
    spreads = np.array([contrast[segment == place].var(axis=0) for place in held]) / unit**2
    # What few customers vary by is drawn towards what all vary by: in a segment where nobody did anything nothing varies, which is no certainty.
    square = (sizes * spreads + STEADY) / (sizes + STEADY) / sizes
    weight = 1.0 / square
    middle = (weight * mean).sum(axis=0) / weight.sum(axis=0)
    excess = (weight * (mean - middle) ** 2).sum(axis=0) - (len(held) - 1)
    spread = np.maximum(0.0, excess / (weight.sum(axis=0) - (weight**2).sum(axis=0) / weight.sum(axis=0)))
    found[held] = unit * (middle + (mean - middle) * _share(spread, square))
    return found


def individual(contrast: Floats, expected: Floats, asked: Floats) -> Floats:
    """Return the effect of each offer on each customer asked about, drawn towards the average, shape (m, a − 1).

    Parameters
    ----------
    contrast, expected : float array, shape (n, a − 1)
        Of the customers learned from: contrasts, and effects expected by models that never saw them.
    asked : float array, shape (m, a − 1)
        Expected effects on the customers asked about.

    Examples
    --------
    >>> expected = np.tile([[0.0], [1.0]], (50, 1))
    >>> individual(2.0 * expected, 2.0 * expected, np.array([[0.0], [2.0]])).ravel().round(2)
    array([0., 2.])
    """
    middle = expected.mean(axis=0)
    return np.asarray(contrast.mean(axis=0) + slopes(contrast, expected) * (asked - middle))


def slopes(contrast: Floats, expected: Floats) -> Floats:
    """Return by how much expected differences between customers come true, 0 … 1, each less by its own doubt, shape (a − 1,).

    Examples
    --------
    >>> slopes(np.ones((100, 1)), np.arange(100.0)[:, None])
    array([0.])
    """
    apart = expected - expected.mean(axis=0)
    square = (apart**2).sum(axis=0)
    known = square > 1e-12 * len(expected) * np.maximum(1e-300, (expected**2).mean(axis=0))
    slope = _divided((apart * contrast).sum(axis=0), square, known)
    rest = contrast - contrast.mean(axis=0) - slope * apart
    doubt = _divided(((apart * rest) ** 2).sum(axis=0), square**2, known)
    certain = 1.0 - _divided(doubt, slope**2, known & (slope > 0))
    return np.where(known & (slope > 0), np.clip(slope, 0.0, 1.0) * np.maximum(0.0, certain), 0.0)


def mean_gain(values: Floats, folds: int, *, z: float = Z) -> Estimate:
    """Return the mean of what held-out customers add, with an interval.

    Parameters
    ----------
    values : float array, shape (n,)
        Of plans that had not seen the customer.
    folds : int
    z : float
        How many errors wide to each side.

    Examples
    --------
    >>> found = mean_gain(np.array([0.0, 2.0] * 50), 2)
    >>> found.value, round(found.high - found.value, 2)
    (1.0, 0.28)
    """
    error = gain_error(values, folds)
    mean = float(values.mean())
    return Estimate(mean, mean - z * error, mean + z * error)


def gain_error(values: Floats, folds: int) -> float:
    """Return the standard error of the mean of what held-out customers add, as if only those a plan was made from counted."""
    return float(values.std()) / math.sqrt(len(values)) * math.sqrt(folds / (folds - 1))


def carried_by(values: Floats) -> float:
    """Return as how many customers' luck a mean hangs on: ``(Σ d²)² / Σ d⁴`` of the distances from it (customers over kurtosis).

    Examples
    --------
    >>> carried_by(np.array([1.0, -1.0] * 50)), round(carried_by(np.array([100.0] + [0.0] * 99)))
    (100.0, 1)
    """
    square = (values - values.mean()) ** 2
    fourth = float((square**2).sum())
    return float(square.sum()) ** 2 / fourth if fourth > 0 else float(len(values))


def above_nothing(values: Floats, folds: int, *, pairs: int = 1) -> bool:
    """Return whether a mean gain is above 0 beyond chance (99 %, `pairs` at once), and carried by enough customers to say so.

    Examples
    --------
    >>> above_nothing(np.array([0.0, 2.0] * 50), 5), above_nothing(np.array([0.0] * 999 + [9.0]), 5)
    (True, False)
    """
    return mean_gain(values, folds, z=z_for(LEVEL, pairs)).low > 0 and carried_by(values) >= FEWEST_CARRYING


def z_for(level: float, pairs: int = 1) -> float:
    """Return how many errors a two-sided interval reaches when `pairs` of them are to hold at once (Bonferroni).

    Examples
    --------
    >>> round(z_for(0.05), 2), round(z_for(0.01, 6), 2)
    (1.96, 3.14)
    """
    return NormalDist().inv_cdf(1.0 - level / (2 * pairs))


def _means(contrast: Floats) -> tuple[Floats, Floats]:
    return contrast.mean(axis=0), contrast.std(axis=0) / math.sqrt(max(1, len(contrast)))


def _share(spread: float | Floats, square: Floats) -> Floats:
    total = np.asarray(spread + square, dtype=np.float64)
    return _divided(np.broadcast_to(spread, total.shape), total, total > 0)


def _divided(above: Floats, below: Floats, where: Mask) -> Floats:
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=where)
