"""Learners judged by customers they never saw, and the one whose effects are used.

Every learner speaks for every fold after learning from the others (`nuisance`). Which of them speaks for a fold is settled on the other folds, by the statistic
of the test of `heterogeneity`, so that nobody takes part in choosing who speaks for them. What it says is then *calibrated* on the other folds: the average is
theirs, and differences from it are multiplied by the slope of measured on expected effects there (the best linear predictor of Chernozhukov, Demirer,
Duflo and Fernández-Val 2018), between 0 and 1.5, because learners promise more differences than there are.

When NOT to use: to choose among dozens of learners; then the choice itself needs a judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.intervals import for_refits, symmetric
from segmentry.evaluation.threads import one_thread
from segmentry.results import Estimate
from segmentry.uplift.curves import auuc, first_share, qini
from segmentry.uplift.heterogeneity import first_weights, fold_statistics, order_statistic, standing, upper_p
from segmentry.uplift.learners import EffectModel, Learner, Makers
from segmentry.uplift.nuisance import Nuisance
from segmentry.uplift.policy import standard_error
from segmentry.uplift.results import LearnerScore

Floats = NDArray[np.float64]

STEEPEST = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """What learners said of customers they never saw.

    Parameters
    ----------
    nuisance : Nuisance
    effects : mapping of name to float array, shape (n, a − 1)
    models : mapping of name to tuple of EffectModel, one per fold
    units : int array, shape (n,)
    """

    nuisance: Nuisance
    effects: Mapping[str, Floats]
    models: Mapping[str, tuple[EffectModel, ...]]
    units: NDArray[np.intp]

    @property
    def gained(self) -> Floats:
        """Return the doubly robust effect of every treatment, shape (n, a − 1)."""
        scores = self.nuisance.scores
        return np.asarray(scores[:, 1:] - scores[:, :1])


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """The learner that is used, and what it says after calibration.

    Parameters
    ----------
    name : str
        Of the learner that is best over all folds.
    picks : tuple of str
        Which one speaks for each fold.
    effect : float array, shape (n, a − 1)
        Calibrated, out-of-fold.
    average, slope, centre : float array, shape (k, a − 1)
        Of each fold: average effect and slope measured on the others, and the mean that its learner expects.
    """

    name: str
    picks: tuple[str, ...]
    effect: Floats
    average: Floats
    slope: Floats
    centre: Floats

    def speak(self, models: Mapping[str, tuple[EffectModel, ...]], values: Floats) -> Floats:
        """Return the effects on customers outside the trial, shape (m, a − 1): the mean over the folds' learners."""
        total = np.zeros((len(values), self.effect.shape[1]))
        for fold, pick in enumerate(self.picks):
            total += self.average[fold] + self.slope[fold] * (models[pick][fold].effect(values) - self.centre[fold])
        return total / len(self.picks)


def cross(nuisance: Nuisance, learners: tuple[Learner, ...], makers: Makers, units: NDArray[np.intp]) -> Crossed:
    """Fit every learner for every fold.

    Parameters
    ----------
    nuisance : Nuisance
    learners : tuple of Learner
    makers : Makers
    units : int array, shape (n,)
    """
    count, arms = nuisance.probability.shape
    effects = {learner.name: np.empty((count, arms - 1)) for learner in learners}
    models: dict[str, list[EffectModel]] = {learner.name: [] for learner in learners}
    with one_thread():
        for fold in range(nuisance.folds):
            lesson, own = nuisance.lesson(fold), nuisance.fold == fold
            for learner in learners:
                model = learner.fit(lesson, makers)
                models[learner.name].append(model)
                effects[learner.name][own] = model.effect(nuisance.values[own])
    return Crossed(nuisance, effects, {name: tuple(each) for name, each in models.items()}, units)


def statistics(crossed: Crossed, name: str) -> Floats:
    """Return the statistic of one learner in every fold, for every treatment, shape (k, a − 1)."""
    fold, gained = crossed.nuisance.fold, crossed.gained
    columns = [
        fold_statistics(gained[:, each], 0.5 - standing(expected, fold), fold=fold, units=crossed.units)
        for each, expected in enumerate(crossed.effects[name].T)
    ]
    return np.column_stack(columns)


def settle(crossed: Crossed) -> Settled:
    """Settle who speaks for each fold, and calibrate what is said."""
    names = tuple(crossed.effects)
    told = np.array([statistics(crossed, name).sum(axis=1) for name in names])
    # Of equal ones the first, which is the simplest.
    picks = [names[int(np.argmax(told.sum(axis=1) - told[:, fold]))] for fold in range(told.shape[1])]
    fold, gained = crossed.nuisance.fold, crossed.gained
    said = np.empty_like(gained)
    for each, pick in enumerate(picks):
        said[fold == each] = crossed.effects[pick][fold == each]
    centre = np.array([said[fold == each].mean(axis=0) for each in range(len(picks))])
    average, slope = _calibration(said - centre[fold], gained, fold)
    effect = average[fold] + slope[fold] * (said - centre[fold])
    return Settled(names[int(np.argmax(told.sum(axis=1)))], tuple(picks), effect, average, slope, centre)


def score_learner(crossed: Crossed, name: str, words: str, *, top: float, chosen: str) -> tuple[LearnerScore, ...]:
    """Return how one learner did, per treatment.

    Parameters
    ----------
    crossed : Crossed
    name, words : str
    top : float
        Share of customers that are "first".
    chosen : str
        Name of the learner that is used.
    """
    return tuple(
        _score(crossed, expected, arm, name=name, words=words, top=top, chosen=chosen)
        for arm, expected in enumerate(crossed.effects[name].T, start=1)
    )


def effect_at_top(crossed: Crossed, expected: Floats, arm: int, *, top: float) -> Estimate:
    """Return the average effect of a treatment among the first customers of every fold, with the wider interval of what was learned by cross-fitting.

    Parameters
    ----------
    crossed : Crossed
    expected : float array, shape (n,)
        Out-of-fold; the highest come first.
    arm : int
    top : float
        Share of customers.
    """
    gained, known = crossed.gained[:, arm - 1], crossed.nuisance
    first = first_share(expected, known.fold, top)
    effect = float((first * gained).sum() / first.sum())
    error = standard_error(first * (gained - effect), crossed.units) * len(first) / float(first.sum())
    return for_refits(symmetric(effect, error), folds=known.folds)


def _score(crossed: Crossed, expected: Floats, arm: int, *, name: str, words: str, top: float, chosen: str) -> LearnerScore:
    known, units, gained = crossed.nuisance, crossed.units, crossed.gained[:, arm - 1]
    place, weight = standing(expected, known.fold), first_weights(expected, known.fold)
    pair = (known.arm == 0) | (known.arm == arm)
    treated = (known.arm[pair] == arm).astype(np.float64)
    weight_of_arm = 1.0 / known.probability[pair, known.arm[pair]]
    level = np.array([gained[known.fold == each].mean() for each in range(known.folds)])[known.fold]
    autoc = symmetric(float((weight * gained).mean()), standard_error(weight * (gained - level), units))
    return LearnerScore(
        name=name,
        words=words,
        arm=arm,
        qini=qini(known.outcome[pair], -place[pair], treated, weight=weight_of_arm),
        auuc=auuc(known.outcome[pair], -place[pair], treated, weight=weight_of_arm),
        at_top=effect_at_top(crossed, expected, arm, top=top),
        autoc=for_refits(autoc, folds=known.folds),
        p=upper_p(order_statistic(gained, weight, fold=known.fold, units=units)),
        p_test=upper_p(order_statistic(gained, 0.5 - place, fold=known.fold, units=units)),
        spread=float(expected.std()),
        chosen=name == chosen,
    )


def _calibration(said: Floats, gained: Floats, fold: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the average effect and the slope of every fold, measured on the others, each of shape (k, a − 1); `said` is centred within folds."""
    folds = int(fold.max()) + 1
    rows = np.array([(fold == each).sum() for each in range(folds)], dtype=np.float64)[:, None]
    level = np.array([gained[fold == each].sum(axis=0) for each in range(folds)])
    together = np.array([(said[fold == each] * gained[fold == each]).sum(axis=0) for each in range(folds)])
    squares = np.array([(said[fold == each] ** 2).sum(axis=0) for each in range(folds)])
    others = [total.sum(axis=0) - total for total in (rows, level, together, squares)]
    slope = np.divide(others[2], others[3], out=np.zeros_like(others[2]), where=others[3] > 0)
    return others[1] / others[0], np.clip(slope, 0.0, STEEPEST)
