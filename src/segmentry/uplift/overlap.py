"""Were the arms alike before the treatment, and could everyone have got either? What speaks against a lot is found before effects are looked at.

* *Balance*: the difference of the arms' means in every column, over the standard deviation (Austin 2009), levels of categories and missing values as columns
  of their own; with logged probabilities, weighted by one over them. What the largest of them would be by chance is found by dealing the arms anew, as they
  were dealt, 200 times.
* *Guessing*: the area under the ROC curve of telling the arm from the columns, by models that never saw the customer; a lot cannot be told.
* *Overlap*: the range of the probability of the arm that was given, and how many customers could have got every arm (Crump et al. 2009 draw the line at
  some percent).

When NOT to use: as a proof of a lot. Arms may be alike in every column that is known and differ in one that is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused
from segmentry.evaluation.crossfitting import cross_fit
from segmentry.evaluation.intervals import for_refits
from segmentry.evaluation.ranking import auc
from segmentry.experiments.trial import Assigned
from segmentry.matrix import Matrix
from segmentry.preparation.words import figure, percent
from segmentry.results import Estimate
from segmentry.uplift.basis import Piece, learn_basis
from segmentry.uplift.models import outcome_maker
from segmentry.uplift.results import Balance, ColumnBalance

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

REDEALS, BLOCK = 200, 20
# Below this a lot is not believed: one true lot in ten thousand is refused.
DOUBTED = 1e-4
SUPPORT = 0.02
GUESSING_TREES = 20
LARGEST = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """How arms were given.

    Parameters
    ----------
    arm : int array, shape (n,)
    arms : tuple of str
    probability : float array, shape (n, a)
    assigned : {"lot", "logged", "unknown"}
        Of "unknown" the probability is not used.
    """

    arm: Codes
    arms: tuple[str, ...]
    probability: Floats
    assigned: Assigned

    def again(self, rng: np.random.Generator) -> Codes:
        """Return the arms dealt anew: in another order, or by their logged probabilities."""
        if self.assigned != "logged":
            return rng.permutation(self.arm)
        drawn = rng.random(len(self.arm))[:, None] > np.cumsum(self.probability, axis=1)[:, :-1]
        return np.asarray(drawn.sum(axis=1), dtype=np.int64)

    def weights(self, arm: Codes) -> Floats:
        """Return the weight of every customer: one over the logged probability of their arm, else 1."""
        return 1.0 / self.probability[np.arange(len(arm)), arm] if self.assigned == "logged" else np.ones(len(arm))


def balance(matrix: Matrix, dealt: Dealt, *, fold: Codes, units: NDArray[np.intp], seed: int = 0, redeals: int = REDEALS) -> Balance:
    """Compare the arms before the treatment.

    Parameters
    ----------
    matrix : Matrix
        Customers of the trial, at least one column that varies.
    dealt : Dealt
    fold, units : int array, shape (n,)
    seed, redeals : int
    """
    rows = np.arange(len(matrix))
    if len(rows) > LARGEST:
        rows = np.sort(np.random.default_rng(seed).permutation(len(rows))[:LARGEST])
    columns, largest, expected, chance = _columns(matrix, dealt, seed=seed, redeals=redeals)
    area, p_area, guessed = _guessing(matrix.take(rows), dealt, rows, fold=fold[rows], units=units[rows], seed=seed)
    if dealt.assigned == "unknown":
        given, least = guessed, np.minimum(guessed, 1 - guessed)
    else:
        given, least = dealt.probability[np.arange(len(matrix)), dealt.arm], dealt.probability.min(axis=1)
    p = chance if dealt.assigned == "logged" else min(1.0, 2 * min(p_area, max(chance, 1e-300)))
    alike = p > DOUBTED
    supported = float((least >= SUPPORT).mean())
    return Balance(
        columns,
        largest,
        expected,
        area,
        p,
        float(given.min()),
        float(given.max()),
        supported,
        alike,
        _words(columns, largest, expected, area, alike=alike, supported=supported),
    )


def _columns(matrix: Matrix, dealt: Dealt, *, seed: int, redeals: int) -> tuple[tuple[ColumnBalance, ...], float, float, float]:
    """Return the columns, the largest difference, what is expected of it, and the p-value of all together."""
    basis = learn_basis(matrix.values, tuple(column.kind == "category" for column in matrix.columns), most_bending=0)
    points = basis.apply(matrix.values)
    if not basis.pieces:
        return (), 0.0, 0.0, 1.0
    found, errors = _differences(points, dealt, dealt.arm)
    by_chance = _by_chance(points, dealt, np.random.default_rng(seed), redeals)
    largest, expected = float(np.abs(found).max()), float(by_chance.mean())
    each = _two_sided(found / errors)
    overall = min(1.0, float(each.min()) * each.size)
    # Where a normal tail is not to be trusted, the dealing anew has the last word.
    share = (1 + int((by_chance >= largest).sum())) / (1 + redeals)
    overall = overall if share <= 1 / (1 + redeals) else max(overall, share)
    return _by_column(matrix, basis.pieces, found, each), largest, expected, overall


def _by_column(matrix: Matrix, pieces: tuple[Piece, ...], found: Floats, p: Floats) -> tuple[ColumnBalance, ...]:
    columns = []
    for place, column in enumerate(matrix.columns):
        own = [at for at, piece in enumerate(pieces) if piece.place == place]
        if own:
            worst = np.unravel_index(np.abs(found[:, own]).argmax(), found[:, own].shape)
            chance = min(1.0, float(p[:, own].min()) * p[:, own].size)
            columns.append(ColumnBalance(column.name, column.words, float(found[:, own][worst]), chance))
    return tuple(sorted(columns, key=lambda each: (-abs(each.difference), each.column)))


def _differences(points: Floats, dealt: Dealt, arm: Codes) -> tuple[Floats, Floats]:
    """Return the standardised differences, shape (a − 1, q), and their standard errors."""
    weights = dealt.weights(arm)
    means, variances = [], []
    for each in range(len(dealt.arms)):
        own = arm == each
        weight = weights[own] / max(weights[own].sum(), 1e-300)
        mean = weight @ points[own]
        means.append(mean)
        variances.append((weight**2) @ (points[own] - mean) ** 2)
    found = np.array(means[1:]) - means[0]
    return found, np.sqrt(np.maximum(np.array(variances[1:]) + variances[0], 1e-300))


def _by_chance(points: Floats, dealt: Dealt, rng: np.random.Generator, redeals: int) -> Floats:
    """Return the largest standardised difference of every lot dealt anew, shape (redeals,)."""
    largest = []
    for start in range(0, redeals, BLOCK):
        arms = np.stack([dealt.again(rng) for _ in range(min(BLOCK, redeals - start))])
        given = np.stack([dealt.weights(arm) for arm in arms])
        weights = [given * (arms == each) for each in range(len(dealt.arms))]
        means = [weight @ points / np.maximum(weight.sum(axis=1), 1e-300)[:, None] for weight in weights]
        largest.append(np.max([np.abs(mean - means[0]).max(axis=1) for mean in means[1:]], axis=0))
    return np.concatenate(largest)


def _guessing(
    matrix: Matrix, dealt: Dealt, rows: NDArray[np.intp], *, fold: Codes, units: NDArray[np.intp], seed: int
) -> tuple[Estimate, float, Floats]:
    """Return the worst area over the treatments, its p-value, and the guessed probability of the arm that was given."""
    arm, guessed = dealt.arm[rows], np.full(len(rows), 0.5)
    worst, chance, folds = Estimate(0.5, 0.0, 1.0), 1.0, len(np.unique(fold))
    categories = tuple(column.kind == "category" for column in matrix.columns)
    for treatment in range(1, len(dealt.arms)):
        own = (arm == 0) | (arm == treatment)
        treated = (arm[own] == treatment).astype(np.float64)
        make = outcome_maker(treated, categories=categories, seed=seed, trees=GUESSING_TREES)
        try:
            score = cross_fit(make, matrix.values[own], treated, fold[own])
            wide = for_refits(auc(treated, score, units[own]), folds=folds)
            area = Estimate(wide.value, max(0.0, wide.low), min(1.0, wide.high))
        except DataRefused:
            continue
        guessed[own] = np.where(treated == 1, score, 1 - score)
        yes, no = float(treated.sum()), float((1 - treated).sum())
        # By chance alone models of different folds hang together, as in the test of differences.
        error = math.sqrt((yes + no + 1) / (12 * yes * no) * (1 + folds / (folds - 1)))
        p = 0.5 * math.erfc((area.value - 0.5) / error / math.sqrt(2))
        if p < chance:
            worst, chance = area, p
    return worst, min(1.0, chance * (len(dealt.arms) - 1)), guessed


def _two_sided(statistic: Floats) -> Floats:
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(statistic) / math.sqrt(2)))


def _words(columns: tuple[ColumnBalance, ...], largest: float, expected: float, area: Estimate, *, alike: bool, supported: float) -> str:
    worst = f" (in “{columns[0].words}”)" if columns else ""
    told = (
        f"Before the treatment the arms were {'alike' if alike else 'not alike'}: the largest difference is {figure(float(f'{largest:.2g}'))} standard "
        f"deviations{worst}, where a lot gives {figure(float(f'{expected:.2g}'))} on average; the arm can be guessed with an area of {area.value:.3f} under "
        "the ROC curve (0.5 is a coin)."
    )
    if supported < 1:
        told += f" {percent(1 - supported)} of the customers had next to no chance of one of the arms."
    return told
