"""What the scores rest on: importance by shuffling, and the mean probability over a column, both with models that never saw the customers.

* **Importance** (Breiman 2001): the values of a column are shuffled among the customers of a fold, its model scores them again, and the ROC AUC falls by
  what the ranking owed to the column. The interval is that of a paired difference over customers (by groups of duplicates). Columns that restate each other
  (rank correlation of .8 or more, either sign) are shuffled together, for shuffling one would leave its twin to answer: the importance is theirs in common.
* **Partial dependence** (Friedman 2001): the mean probability if everybody had a value in the column, all else as it is; the band reaches over the models of
  the folds. Columns that restate each other move alone here, so read the shape, not the height.

Association, not cause: see `ASSOCIATION`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.evaluation.ranking import difference
from segmentry.evaluation.threads import one_thread
from segmentry.matrix import Column, Matrix
from segmentry.preparation.words import listed
from segmentry.propensity.candidates import Model
from segmentry.propensity.ranks import area, mid_ranks
from segmentry.propensity.results import Dependence, Importance
from segmentry.results import Estimate

Floats = NDArray[np.float64]

ASSOCIATION = (
    "This says what goes together with an answer, not what causes it: changing one of these columns need not change anybody's answer. "
    "Whether a contact itself brings answers, only a group that was left out by lot can tell."
)
RESTATED = 0.8
SHUFFLES = 3
# Rows times columns that are scored again, per shuffle.
MOST_CELLS = 1_000_000
GRID = 9
AVERAGED_OVER = 200
MOST_VALUES = 12
SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """A model and the customers it never saw.

    Parameters
    ----------
    model : Model
    rows : int array
        Places of those customers in the matrix.
    """

    model: Model
    rows: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Kin:
    """Columns that restate each other, the best alone first.

    Parameters
    ----------
    places : tuple of int
        In the matrix.
    column : Column
        The first.
    words : str
        For people.
    """

    places: tuple[int, ...]
    column: Column
    words: str


def kindred(matrix: Matrix, outcome: Floats) -> tuple[Kin, ...]:
    """Return the columns in groups within which every pair has a rank correlation of .8 or more.

    Parameters
    ----------
    matrix : Matrix
    outcome : float array of 0 and 1, shape (n,)
        The column that ranks it best alone speaks for its group.

    Examples
    --------
    >>> values = np.array([[1.0, 10.0, 3.0], [2.0, 20.0, 1.0], [3.0, 30.0, 2.0], [4.0, 40.0, 2.5]])
    >>> columns = (Column("a", "A"), Column("b", "B"), Column("c", "C"))
    >>> found = kindred(Matrix(np.array(list("wxyz"), dtype=object), columns, values), np.array([0.0, 0.0, 1.0, 1.0]))
    >>> [kin.words for kin in found]
    ['A (with “B”)', 'C']
    """
    ranks = np.column_stack([mid_ranks(_filled(column)) for column in matrix.values.T])
    strengths = np.array([abs(area(column, outcome) - 0.5) for column in ranks.T])
    likeness = _correlations(ranks)
    members: list[list[int]] = []
    for place in np.argsort(-strengths, kind="stable").tolist():
        alone = matrix.columns[place].kind == "category"
        home = None if alone else next((each for each in members if likeness[place, each].min() >= RESTATED), None)
        if home is None:
            members.append([place])
        else:
            home.append(place)
    found = [Kin(tuple(each), matrix.columns[each[0]], _kin_words([matrix.columns[place] for place in each])) for each in members]
    return tuple(sorted(found, key=lambda kin: kin.places[0]))


def _filled(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.where(known, values, np.median(values[known]) if known.any() else 0.0)


def _correlations(ranks: Floats) -> Floats:
    centred = ranks - ranks.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    scaled = centred / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.abs(scaled.T @ scaled))


def _kin_words(columns: Sequence[Column]) -> str:
    first, *others = [column.words for column in columns]
    return f"{first} (with {listed([f'“{words}”' for words in others], 2)})" if others else first


def importances(
    matrix: Matrix,
    outcome: Floats,
    groups: NDArray[np.intp],
    *,
    kin: Sequence[Kin],
    witnesses: Sequence[Witness],
    seed: int,
) -> tuple[Importance, ...]:
    """Return how much the ranking owes to each group of columns, most first.

    Parameters
    ----------
    matrix : Matrix
    outcome : float array of 0 and 1, shape (n,)
    groups : int array, shape (n,)
    kin : sequence of Kin
    witnesses : sequence of Witness
        With very many customers some of them, evenly spaced, are used.
    seed : int

    Returns
    -------
    importances : tuple of Importance
        With direction "mixed" until `directed`.
    """
    most = MOST_CELLS // (len(kin) * len(witnesses))
    used = [replace(each, rows=each.rows[_spaced(len(each.rows), most)]) for each in witnesses]
    rows = np.concatenate([each.rows for each in used])
    parts = [matrix.take(each.rows) for each in used]
    with one_thread():
        before = np.concatenate([each.model.probability(part) for each, part in zip(used, parts, strict=True)])
        found = []
        for group, own in zip(kin, np.random.default_rng(seed).spawn(len(kin)), strict=True):
            after = np.hstack([_shuffled(each.model, part, group, own) for each, part in zip(used, parts, strict=True)])
            drops = [difference(outcome[rows], before, rival=each, metric="auc", groups=groups[rows]) for each in after]
            found.append(Importance(group.column.name, group.words, mean_estimate(drops), "mixed"))
    return tuple(sorted(found, key=lambda each: -each.drop.value))


def _shuffled(model: Model, part: Matrix, group: Kin, generator: np.random.Generator) -> Floats:
    """Return the scores with one group of columns shuffled, shape (shuffles, m)."""
    values = np.tile(part.values, (SHUFFLES, 1))
    for turn in range(SHUFFLES):
        own = slice(turn * len(part), (turn + 1) * len(part))
        values[own, list(group.places)] = part.values[generator.permutation(len(part))][:, list(group.places)]
    return model.probability(Matrix(np.tile(part.ids, SHUFFLES), part.columns, values)).reshape(SHUFFLES, -1)


def mean_estimate(estimates: Sequence[Estimate]) -> Estimate:
    """Return the mean figure of several tries over the same customers; the interval is as wide as theirs on average.

    Examples
    --------
    >>> mean_estimate([Estimate(0.5, 0.4, 0.6), Estimate(0.7, 0.6, 0.8)]).value
    0.6
    """
    value, low, high = np.mean([[each.value, each.low, each.high] for each in estimates], axis=0).tolist()
    return Estimate(round(value, 12), round(low, 12), round(high, 12))


def dependences(
    matrix: Matrix, columns: Sequence[Column], *, witnesses: Sequence[Witness], calibrate: Callable[[Floats], Floats]
) -> tuple[Dependence, ...]:
    """Return the mean probability over each of some columns, in their order.

    Parameters
    ----------
    matrix : Matrix
    columns : sequence of Column
    witnesses : sequence of Witness
        Of each, 200 customers are averaged over.
    calibrate : callable
        From scores to probabilities.

    Returns
    -------
    dependences : tuple of Dependence
        Without places where no value is held by enough customers.
    """
    used = [replace(each, rows=each.rows[_spaced(len(each.rows), AVERAGED_OVER)]) for each in witnesses]
    with one_thread():
        return tuple(_dependence(matrix, column, used, calibrate) for column in columns)


def _spaced(count: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def _dependence(matrix: Matrix, column: Column, witnesses: Sequence[Witness], calibrate: Callable[[Floats], Floats]) -> Dependence:
    place = matrix.position(column.name)
    at = grid(column, matrix.values[:, place])
    if not len(at):
        return Dependence(column.name, column.words, column.unit, column.kind, (), column.levels, (), (), ())
    curves = []
    for each in witnesses:
        part = matrix.take(each.rows)
        values = np.tile(part.values, (len(at), 1))
        values[:, place] = np.repeat(at, len(part))
        scores = each.model.probability(Matrix(np.tile(part.ids, len(at)), part.columns, values))
        curves.append(calibrate(scores).reshape(len(at), -1).mean(axis=1))
    mean, low, high = np.mean(curves, axis=0), np.min(curves, axis=0), np.max(curves, axis=0)
    return Dependence(
        column.name, column.words, column.unit, column.kind, _numbers(at), column.levels, _numbers(mean), _numbers(low), _numbers(high)
    )


def grid(column: Column, values: Floats) -> Floats:
    """Return where to look at a column: every value when there are few, else nine quantiles from 2.5 % to 97.5 %.

    Levels, and values where there are few, that fewer than `FLOOR` customers have are left out: they would say something of single ones, and nothing else.
    The same values in other numbers give the same places.

    Examples
    --------
    >>> grid(Column("kids", "Kids", "count"), np.repeat([0.0, 2.0, 1.0, np.nan, 11.0], [9, 8, 7, 6, 1])).tolist()
    [0.0, 1.0, 2.0]
    """
    known = values[~np.isnan(values)]
    different, counts = np.unique(known, return_counts=True)
    if column.kind == "category" or len(different) <= MOST_VALUES:
        often = np.sort(np.argsort(-counts, kind="stable")[:MOST_VALUES])
        return different[often[counts[often] >= FLOOR]]
    return np.unique(np.quantile(known, np.linspace(0.025, 0.975, GRID), method="nearest"))


def directed(importance: Importance, curve: Dependence) -> Importance:
    """Return the importance with the direction of its curve: "more" where four fifths of all movement is upwards."""
    return replace(importance, direction=_direction(curve))


def _direction(curve: Dependence) -> Literal["more", "less", "mixed", "levels"]:
    if curve.kind == "category":
        return "levels"
    moves = np.diff(curve.probability)
    up, all_moves = float(moves[moves > 0].sum()), float(np.abs(moves).sum())
    if all_moves < 1e-9 or 0.2 < up / all_moves < 0.8:
        return "mixed"
    return "more" if up / all_moves >= 0.8 else "less"


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(each) for each in values)
