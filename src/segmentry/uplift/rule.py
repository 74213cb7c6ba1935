"""A simple rule: the average effect in the cells of two columns, the one that every learner has to beat.

Both columns are cut in a few groups; the effect of a cell is the mean of its doubly robust effects, drawn towards the average of all as far as the cells
differ by no more than chance (empirical Bayes: Efron and Morris 1973). Which two columns: those asked for, or the two whose groups alone differ most, chosen
among the customers that are learned from.

When NOT to use: with cells of a handful of customers; they are drawn to the average anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.uplift.grouping import Grouping, grouping
from segmentry.uplift.nuisance import Lesson
from segmentry.uplift.policy import standard_error

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """The effect by cells of up to two columns.

    Parameters
    ----------
    cuts : tuple of Grouping, length 0 to 2
    table : float array, shape (cells, a − 1)
    """

    cuts: tuple[Grouping, ...]
    table: Floats

    def effect(self, values: Floats) -> Floats:
        """Return the effect of each treatment, shape (m, a − 1)."""
        return np.asarray(self.table[_cells(self.cuts, values)])


def fit_rule(lesson: Lesson, places: Sequence[int], categories: tuple[bool, ...] = ()) -> Rule:
    """Fit the effects of the cells of one or two columns, each treatment by itself.

    Parameters
    ----------
    lesson : Lesson
    places : sequence of int
        Columns; those that cut nothing are left out.
    categories : tuple of bool, length p
    """
    flags = categories or (False,) * lesson.values.shape[1]
    cuts = tuple(cut for place in places if (cut := grouping(lesson.values, place, category=flags[place])) is not None)
    cell = _cells(cuts, lesson.values)
    count = int(np.prod([cut.count for cut in cuts], dtype=np.intp))
    scores = lesson.scores
    return Rule(cuts, np.column_stack([shrunken(scores[:, arm] - scores[:, 0], cell, count) for arm in range(1, lesson.arms)]))


def pick_columns(lesson: Lesson, places: Sequence[int], categories: tuple[bool, ...] = (), most: int = 2) -> tuple[int, ...]:
    """Return the columns whose groups differ most in effect, the strongest first; at most `most`."""
    flags = categories or (False,) * lesson.values.shape[1]
    scores = lesson.scores
    found = []
    for place in places:
        cut = grouping(lesson.values, place, category=flags[place])
        if cut is not None:
            codes = cut.codes(lesson.values)
            p = min(groups_differ(scores[:, arm] - scores[:, 0], codes) for arm in range(1, lesson.arms))
            found.append((p, place))
    return tuple(place for _, place in sorted(found)[:most])


def groups_differ(gained: Floats, codes: NDArray[np.intp], units: NDArray[np.intp] | None = None) -> float:
    """Return the p-value of groups that have the same mean (Wald, each group with its own variance); 1 where it cannot be asked.

    Examples
    --------
    >>> groups_differ(np.array([0.0, 1.0] * 50 + [5.0, 6.0] * 50), np.repeat([0, 1], 100)) < 1e-6
    True
    """
    from scipy.special import chdtrc

    means, variances = [], []
    for code in np.unique(codes):
        own = gained[codes == code]
        if len(own) >= 10 and (own != own[0]).any():
            means.append(float(own.mean()))
            variances.append(_variance(own, None if units is None else units[codes == code]))
    if len(means) < 2:
        return 1.0
    weight = 1.0 / np.array(variances)
    middle = float((weight * means).sum() / weight.sum())
    return float(chdtrc(len(means) - 1, float((weight * (np.array(means) - middle) ** 2).sum())))


def shrunken(gained: Floats, cell: NDArray[np.intp], count: int) -> Floats:
    """Return the mean of every cell, drawn towards that of all, shape (count,); cells without customers have that of all.

    Examples
    --------
    >>> shrunken(np.tile([0.0, 1.0], 4), np.repeat([0, 1], 4), 3).tolist()
    [0.5, 0.5, 0.5]
    """
    size = np.bincount(cell, minlength=count).astype(np.float64)
    known = size > 0
    mean = np.divide(np.bincount(cell, gained, minlength=count), size, out=np.zeros(count), where=known)
    middle = float(gained.mean())
    error = np.full(count, np.inf)
    error[known] = float(((gained - mean[cell]) ** 2).mean()) / size[known]
    between = max(0.0, float((size * ((mean - middle) ** 2 - np.where(known, error, 0.0))).sum() / size.sum()))
    kept = between / (between + error) if between > 0 else np.zeros(count)
    return np.asarray(middle + kept * np.where(known, mean - middle, 0.0))


def _cells(cuts: tuple[Grouping, ...], values: Floats) -> NDArray[np.intp]:
    cell = np.zeros(len(values), dtype=np.intp)
    for cut in cuts:
        cell = cell * cut.count + cut.codes(values)
    return cell


def _variance(own: Floats, units: NDArray[np.intp] | None) -> float:
    return standard_error(own, units) ** 2
