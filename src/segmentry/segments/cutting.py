"""Columns cut into cells, and which cells of a column name a segment best: the step of the search in `induction`.

A number has a cell for every hundredth customer or so, a category one per level, both one more for "not known". For counts N of named
customers and T of those that are right, F1 = 2T / (N + size of the segment); over intervals it is found from cumulated counts, over levels by adding them in
the order of their share of right ones, which holds the best set (the optimum of a ratio is a threshold on that share).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.conditions import Condition, roundest
from segmentry.matrix import Column

CUTS = 100
MOST_LEVELS = 5
_SIMPLER = 0.005
_MOVED = 0.002
_ROUNDED = 0.003


@dataclass(frozen=True, slots=True)
class Part:
    """A column in cells.

    Parameters
    ----------
    column : Column
    values : float array, shape (n,)
    codes : int array, shape (n,)
        Cell of each value; the last cell is "not known".
    cuts : float array
        Of a number: where cells begin, beside the first.
    cells : int
        Their number.
    """

    column: Column
    values: NDArray[np.float64]
    codes: NDArray[np.int64]
    cuts: NDArray[np.float64]
    cells: int

    def holds(self, condition: Condition) -> NDArray[np.bool_]:
        """Return where a condition on the column is true, shape (n,)."""
        return condition.fits(self.column, self.values)


def divide(column: Column, values: NDArray[np.float64]) -> Part:
    """Return a column in cells; one with a single cell when it does not vary.

    Examples
    --------
    >>> divide(Column("x", "x"), np.array([1.0, 5.0, 5.0, np.nan])).codes.tolist()
    [0, 1, 1, 2]
    """
    unknown = np.isnan(values)
    known = values[~unknown]
    if column.kind == "category":
        cuts, codes, count = np.empty(0), np.where(unknown, 0, values).astype(np.int64), len(column.levels)
    else:
        cuts = np.unique(np.quantile(known, np.arange(1, CUTS) / CUTS, method="inverted_cdf")) if known.size else np.empty(0)
        cuts = cuts[cuts > known.min()] if known.size else cuts
        codes, count = np.searchsorted(cuts, values, side="right"), len(cuts) + 1
    codes = np.where(unknown, count, codes)
    return Part(column, values, codes, cuts, count + 1 if len(np.unique(codes)) > 1 else 1)


def best_part(part: Part, others: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells to choose so that they and `others` name the customers `inside` with the best F1, shape (cells,).

    Among choices within half a hundredth of the best, the simplest is taken: open on one side before an interval, without "not known" before with.
    """
    named = np.bincount(part.codes[others], minlength=part.cells)
    right = np.bincount(part.codes[others & inside], minlength=part.cells)
    size = int(inside.sum())
    choices = _level_choices(named, right) if part.column.kind == "category" else _interval_choices(named, right, size)
    picked, simple = np.array([each for each, _ in choices]), np.array([cost for _, cost in choices])
    score = 2 * (picked @ right) / np.maximum(picked @ named + size, 1)
    near = np.flatnonzero(score >= score.max() - _SIMPLER)
    return np.asarray(picked[near[np.lexsort((-score[near], simple[near]))[0]]])


def condition_of(part: Part, cells: NDArray[np.bool_]) -> Condition:
    """Return the condition for some cells of a column: an interval, levels, or only whether the value is known."""
    name, known, missing = part.column.name, np.flatnonzero(cells[:-1]), bool(cells[-1])
    if not len(known) or len(known) == part.cells - 1:
        return Condition(name, missing=missing)
    if part.column.kind == "category":
        return Condition(name, levels=tuple(part.column.levels[code] for code in known), missing=missing)
    low = float(part.cuts[known[0] - 1]) if known[0] else None
    high = float(part.cuts[known[-1]]) if known[-1] < len(part.cuts) else None
    return Condition(name, low, high, missing=missing)


def polished(part: Part, condition: Condition, others: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Condition:
    """Return a condition whose limits are moved within their cells to the best F1, then rounded where that costs next to nothing."""
    result = condition
    for side in ("low", "high"):
        limit = getattr(result, side)
        if limit is not None:
            result = _rounded(part, _moved(part, result, side, others, inside), side, others, inside)
    return result


def _interval_choices(named: NDArray[np.int64], right: NDArray[np.int64], size: int) -> list[tuple[NDArray[np.bool_], int]]:
    """Return the best intervals of each form with a cost of their form; all intervals are compared by cumulated counts."""
    known = len(named) - 1
    below, hit = np.concatenate([[0], named[:-1].cumsum()]), np.concatenate([[0], right[:-1].cumsum()])
    first, last = np.triu_indices(known + 1, 1)
    sides = (first > 0).astype(np.int64) + (last < known)
    choices = []
    for missing in (0, 1) if named[-1] else (0,):
        score = 2 * (hit[last] - hit[first] + missing * right[-1]) / np.maximum(below[last] - below[first] + missing * named[-1] + size, 1)
        for form in (0, 1, 2):
            fitting = np.flatnonzero(sides == form)
            if len(fitting):
                at = fitting[score[fitting].argmax()]
                cells = np.zeros(known + 1, dtype=bool)
                cells[first[at] : last[at]] = True
                # With nobody unknown, everyone is everyone: no condition that the value be known.
                cells[-1] = bool(missing) or (form == 0 and not named[-1])
                choices.append((cells, 2 * form + missing if form else 1 - int(cells[-1])))
    if named[-1]:
        choices.append((np.arange(known + 1) == known, 2))
    return choices


def _level_choices(named: NDArray[np.int64], right: NDArray[np.int64]) -> list[tuple[NDArray[np.bool_], int]]:
    share = np.divide(right, named, out=np.zeros(len(named)), where=named > 0)
    order = np.lexsort((np.arange(len(named)), -share))
    sets = [np.isin(np.arange(len(named)), order[:count]) for count in range(1, min(MOST_LEVELS, len(named) - 1) + 1)]
    return [(np.ones(len(named), dtype=bool), 0), *((cells, 2 + place) for place, cells in enumerate(sets))]


def _score(part: Part, condition: Condition, others: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    named = others & part.holds(condition)
    return float(2 * (named & inside).sum() / max(int(named.sum() + inside.sum()), 1))


def _moved(part: Part, condition: Condition, side: str, others: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Condition:
    """Return the condition with one limit where the segment begins or ends between the neighbouring cuts."""
    limit = getattr(condition, side)
    place = int(np.searchsorted(part.cuts, limit))
    known = part.values[~np.isnan(part.values)]
    low = part.cuts[place - 1] if place else known.min()
    high = part.cuts[place + 1] if place + 1 < len(part.cuts) else known.max()
    between = np.unique(known[(known > low) & (known <= high)])
    options = [each for each in (_with(condition, side, float(value)) for value in between) if each is not None]
    scores = [_score(part, option, others, inside) for option in options]
    if not scores or max(scores) < _score(part, condition, others, inside) + _MOVED:
        return condition
    return options[int(np.argmax(scores))]


def _rounded(part: Part, condition: Condition, side: str, others: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Condition:
    limit = float(getattr(condition, side))
    exact = _score(part, condition, others, inside)
    known = part.values[~np.isnan(part.values)]
    before = known[known < limit]
    gap = roundest(float(before.max()), limit) if before.size else limit
    for rounded in (0.0, *(float(f"{limit:.{digits}e}") for digits in range(3))):
        option = _with(condition, side, rounded)
        if option is not None and _score(part, option, others, inside) >= exact - _ROUNDED:
            return option
    return _with(condition, side, gap) or condition


def _with(condition: Condition, side: str, limit: float) -> Condition | None:
    """Return the condition with another limit; None when nothing would be left."""
    low, high = (limit, condition.high) if side == "low" else (condition.low, limit)
    if low is not None and high is not None and low >= high:
        return None
    return replace(condition, low=low, high=high)
