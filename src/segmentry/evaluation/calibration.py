"""Calibration: are probabilities true, and how to make them so.

`reliability` compares predicted with observed in bins of equally many customers, equal predictions never parted. The expected calibration error
(ECE; Naeini et al. 2015) is the mean distance of the two. With few customers chance alone keeps them apart, so the plain ECE is too high, even of
perfect probabilities: what chance adds is estimated by adding it anew, and subtracted (Kumar, Liang and Ma 2019, carried one step further: about half
of it goes where probabilities are perfect, nearly all of it where they are not). The interval is that of a bootstrap, laid around this estimate (its
upper end around the plain one, to be safe), and begins at 0 unless the plain ECE is beyond what perfect probabilities would show in 95 of 100 tables
of this size. **Wrong probabilities are detected when `ece.low` is above 0.**

`calibrated` re-scales out-of-fold scores, each fold by the other folds, so that nobody calibrates themselves:

* sigmoid: logistic regression on the logit of the score, with targets drawn in a little so that it always ends (Platt 1999); two numbers, for any
  amount of data;
* isotonic: the rising steps nearest to the answers (Zadrozny and Elkan 2002); bends freely, but needs some thousand customers and makes ties.

When NOT to use: a re-scaling that holds today is to be checked again when the share of answers changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_choice, check_range
from segmentry.errors import UsageError
from segmentry.evaluation.intervals import bootstrap, percentiles, wilson
from segmentry.evaluation.ranked import Ranked, checked_answers, ranked
from segmentry.evaluation.results import CalibrationCurve
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Kind = Literal["sigmoid", "isotonic"]
NEAREST = 1e-6


class Calibrator(Protocol):
    """Turns scores into probabilities; learned things are plain numbers that can be stored."""

    def apply(self, score: ArrayLike) -> Floats:
        """Return a probability per score, strictly between 0 and 1; a higher score never gets less."""


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Probability whose logit is `intercept` + `slope` × logit of the score.

    Parameters
    ----------
    slope, intercept : float
        Slope 0 where the scores rank no better than chance.

    Examples
    --------
    >>> Sigmoid(1.0, 0.0).apply([0.25]).round(6)
    array([0.25])
    """

    slope: float
    intercept: float

    def apply(self, score: ArrayLike) -> Floats:
        """Return a probability per score (0 to 1), shape (n,)."""
        return np.clip(_expit(self.intercept + self.slope * _logit(score)), NEAREST, 1 - NEAREST)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Probability on the line through rising points, flat beyond them.

    Parameters
    ----------
    score, probability : tuple of float

    Examples
    --------
    >>> Isotonic((0.2, 0.4), (0.1, 0.3)).apply([0.1, 0.3])
    array([0.1, 0.2])
    """

    score: tuple[float, ...]
    probability: tuple[float, ...]

    def apply(self, score: ArrayLike) -> Floats:
        """Return a probability per score, shape (n,)."""
        return np.interp(np.asarray(score, dtype=np.float64), self.score, self.probability)


def fit_calibrator(outcome: ArrayLike, score: ArrayLike, *, kind: Kind = "sigmoid") -> Calibrator:
    """Learn how out-of-fold scores become probabilities, for customers yet to be scored.

    Parameters
    ----------
    outcome : array-like of 0 and 1, shape (n,)
    score : array-like of float, shape (n,)
        Out-of-fold probabilities, 0 to 1.
    kind : {"sigmoid", "isotonic"}

    Raises
    ------
    NotEnoughData
        When nobody answered or everybody did.
    UsageError
        When a score lies outside 0 to 1, or the kind is unknown.

    Examples
    --------
    >>> fit_calibrator([0, 1] * 50, [0.2, 0.8] * 50).apply([0.2, 0.8]).round(2)
    array([0.02, 0.98])
    """
    check_choice("kind", kind, ("sigmoid", "isotonic"))
    answers, scores = checked_answers(outcome), _checked(score)
    if answers.shape != scores.shape:
        raise UsageError(f"scores have shape {scores.shape}; the answers ask for {answers.shape}. Pass one score per customer.")
    order = np.lexsort((answers, scores))
    return (_sigmoid if kind == "sigmoid" else _isotonic)(answers[order], scores[order])


def calibrated(outcome: ArrayLike, score: ArrayLike, fold: ArrayLike, *, kind: Kind = "sigmoid") -> Floats:
    """Return calibrated probabilities, each fold's learned from the other folds only.

    Parameters
    ----------
    outcome, score, kind
        As of `fit_calibrator`.
    fold : array-like of int, shape (n,)
        The folds the scores come from.

    Returns
    -------
    probability : float array, shape (n,)

    Raises
    ------
    NotEnoughData, UsageError
        As of `fit_calibrator`.

    Examples
    --------
    >>> calibrated([0, 1] * 50, [0.2, 0.8] * 50, [0] * 50 + [1] * 50)[:2].round(2)
    array([0.04, 0.96])
    """
    answers, scores, folds = checked_answers(outcome), _checked(score), np.asarray(fold)
    if not (answers.shape == scores.shape == folds.shape) or len(np.unique(folds)) < 2:
        raise UsageError(
            f"scores and folds have shapes {scores.shape} and {folds.shape}, with {len(np.unique(folds))} folds; "
            f"allowed is {answers.shape} and two folds or more. Take the folds the scores come from."
        )
    probability = np.empty(len(answers))
    for each in np.unique(folds):
        others = folds != each
        probability[~others] = fit_calibrator(answers[others], scores[others], kind=kind).apply(scores[~others])
    return probability


def reliability(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    bins: int = 10,
    groups: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> CalibrationCurve:
    """Return predicted beside observed, and how far apart they are beyond chance.

    Parameters
    ----------
    outcome : array-like of 0 and 1, shape (n,)
    probability : array-like of float, shape (n,)
        Out-of-fold, 0 to 1.
    bins : int
        Of equally many customers; fewer come back where many predictions are equal.
    groups : array-like of int, shape (n,), optional
        Customers with the same number are not independent: intervals count each group of a bin as about one.
    resamples, seed : int
        Of the intervals of the ECE.

    Returns
    -------
    curve : CalibrationCurve
        Slope and intercept are NaN where they cannot be said: equal predictions, or answers that a threshold parts without error.

    Raises
    ------
    NotEnoughData
        When nobody answered or everybody did.
    UsageError
        When lengths or values are out of range.

    Examples
    --------
    >>> curve = reliability([0, 0, 0, 1] * 25, [0.25] * 100, resamples=50)
    >>> curve.predicted, curve.observed, curve.ece.low
    ((0.25,), (0.25,), 0.0)
    """
    check_range("bins", bins, 2, 100)
    found = ranked(outcome, _checked(probability), groups)
    place = _binned(found, bins)
    customers = np.bincount(place)
    counted = customers**2 / np.bincount(place, _companions(found.units, place))
    predicted = np.bincount(place, found.score) / customers
    observed = np.bincount(place, found.outcome) / customers
    low, high = wilson(observed * counted, counted)
    slope, intercept = _line(found.outcome, found.score)
    return CalibrationCurve(
        _numbers(predicted[::-1]),
        _numbers(observed[::-1]),
        _numbers(low[::-1]),
        _numbers(high[::-1]),
        tuple(int(each) for each in customers[::-1]),
        _error(found, place, counted, resamples, seed),
        slope,
        intercept,
    )


def _binned(found: Ranked, bins: int) -> NDArray[np.intp]:
    """Return a bin per position, numbered from the likeliest without holes; a step of equal predictions lies whole where its middle does."""
    steps = np.diff(found.ends, prepend=-1)
    middle = found.ends + 1 - steps / 2
    of_step = np.floor(bins * middle / len(found)).astype(np.intp)
    return np.repeat(np.unique(of_step, return_inverse=True)[1].reshape(-1), steps)


def _companions(units: NDArray[np.intp], place: NDArray[np.intp]) -> Floats:
    """Return how many of each customer's group stand in the same bin, the customer included."""
    _, inverse, counts = np.unique(place * (units.max() + 1) + units, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse.reshape(-1)], dtype=np.float64)


def _error(found: Ranked, place: NDArray[np.intp], counted: Floats, resamples: int, seed: int) -> Estimate:
    customers = np.bincount(place)
    share = customers / len(found)
    missed = found.outcome - found.score
    gap = np.bincount(place, missed) / customers
    noise = np.bincount(place, (missed - gap[place]) ** 2) / customers / np.maximum(1.0, counted - 1)

    def plain(weights: Floats) -> Floats:
        drawn = np.bincount(place, weights)
        return np.array([(share * np.abs(np.divide(np.bincount(place, weights * missed), drawn, out=gap.copy(), where=drawn > 0))).sum()])

    # What chance adds is measured by adding it once and twice more.
    value = max(0.0, float((share * (3 * np.abs(gap) - 3 * _folded(gap, noise) + _folded(gap, 2 * noise))).sum()))
    draws = bootstrap(plain, found.units, resamples=resamples, seed=seed)
    low, high = (float(end[0] - draws.mean()) for end in percentiles(draws))
    apart = float((share * np.abs(gap)).sum())
    beyond = apart > _by_chance(np.bincount(place, found.score) / customers, counted, share, seed)
    # What was subtracted is an estimate too: the upper end does without.
    return Estimate(value, max(0.0, value + low) if beyond else 0.0, max(value, apart + high))


def _folded(mean: Floats, variance: Floats) -> Floats:
    """Return the mean distance from 0 of normal numbers (Leone, Nelson and Nottingham 1961)."""
    from scipy.special import erf

    error = np.sqrt(np.maximum(variance, 1e-300))
    return np.asarray(error * math.sqrt(2 / math.pi) * np.exp(-0.5 * (mean / error) ** 2) + mean * erf(mean / error / math.sqrt(2)))


def _by_chance(predicted: Floats, counted: Floats, share: Floats, seed: int) -> float:
    """Return the plain ECE that 95 of 100 tables stay below when probabilities are perfect."""
    tries = np.maximum(1, np.round(counted)).astype(np.int64)
    drawn = np.random.default_rng([seed, 1]).binomial(tries, predicted, size=(2000, len(tries))) / tries
    return float(np.quantile((np.abs(drawn - predicted) * share).sum(axis=1), 0.95))


def _line(outcome: Floats, probability: Floats) -> tuple[float, float]:
    fitted = _logistic(_logit(probability), outcome)
    return (math.nan, math.nan) if fitted is None else fitted


def _sigmoid(outcome: Floats, score: Floats) -> Sigmoid:
    yes, no = outcome.sum(), len(outcome) - outcome.sum()
    drawn_in = np.where(outcome == 1, (yes + 1) / (yes + 2), 1 / (no + 2))
    fitted = _logistic(_logit(score), drawn_in)
    if fitted is None or fitted[0] <= 0:
        rate = float(drawn_in.mean())
        return Sigmoid(0.0, math.log(rate / (1 - rate)))
    return Sigmoid(*fitted)


def _isotonic(outcome: Floats, score: Floats) -> Isotonic:
    from sklearn.isotonic import IsotonicRegression

    # Nobody is sure: at the ends one more customer of the other answer is imagined.
    edge = 1 / (len(outcome) + 2)
    model = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(score, outcome)
    return Isotonic(_numbers(model.X_thresholds_), _numbers(model.y_thresholds_))


def _logistic(x: Floats, target: Floats) -> tuple[float, float] | None:
    """Return slope and intercept of a logistic regression by Newton steps, halved while they do not help; None without a finite answer.

    Sums are plain ones, in the order of the rows: matrix products would add in another order on another number of threads.
    """
    spread = float(x.std())
    if spread < 1e-9:
        return None
    z, rate = (x - x.mean()) / spread, float(target.mean())

    def loss(slope: float, intercept: float) -> float:
        logit = slope * z + intercept
        return float((np.logaddexp(0.0, logit) - target * logit).sum())

    slope, intercept = 0.0, math.log(rate / (1 - rate))
    for _ in range(100):
        fitted = _expit(slope * z + intercept)
        step = _newton(z, target - fitted, fitted * (1 - fitted))
        if step is None or max(abs(slope), abs(intercept)) > 50:
            return None
        if max(abs(step[0]), abs(step[1])) < 1e-9:
            return slope / spread, intercept - slope * float(x.mean()) / spread
        before, length = loss(slope, intercept), 1.0
        while length > 1e-6 and loss(slope + length * step[0], intercept + length * step[1]) > before + 1e-9:
            length /= 2
        slope, intercept = slope + length * step[0], intercept + length * step[1]
    return None


def _newton(z: Floats, missed: Floats, weight: Floats) -> tuple[float, float] | None:
    corner, side, rest = float((weight * z * z).sum()), float((weight * z).sum()), float(weight.sum())
    determinant = corner * rest - side * side
    if determinant < 1e-12:
        return None
    pull, push = float((missed * z).sum()), float(missed.sum())
    return (rest * pull - side * push) / determinant, (corner * push - side * pull) / determinant


def _checked(probability: ArrayLike) -> Floats:
    values = np.asarray(probability, dtype=np.float64)
    outside = int((~((values >= 0) & (values <= 1))).sum())
    if outside:
        raise UsageError(
            f"{outside:,} of {values.size:,} scores are missing or outside 0 to 1; allowed is 0 to 1. Pass predicted probabilities."
        )
    return values


def _logit(probability: ArrayLike) -> Floats:
    inside = np.clip(np.asarray(probability, dtype=np.float64), NEAREST, 1 - NEAREST)
    return np.log(inside / (1 - inside))


def _expit(logit: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(each) for each in values)
