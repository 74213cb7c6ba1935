"""A few groups of customers by one column: its levels, or ranges of about equally many; those without a value are a group of their own.

Cuts come from the features alone, never from outcomes. When NOT to use: as segments; these are slices of one column, made to look at effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Column
from segmentry.preparation.words import figure, percent

Floats = NDArray[np.float64]

MOST = 4


@dataclass(frozen=True, slots=True)
class Grouping:
    """How one column is cut.

    Parameters
    ----------
    place : int
        Column of the values.
    levels : tuple of float
        Values that are a group each; those of no level are one more group. Empty for ranges.
    cuts : tuple of float
        Ends of the ranges; a value on a cut is below it.
    """

    place: int
    levels: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """Return the number of groups: levels or ranges, others, missing."""
        return len(self.levels or self.cuts) + 2

    def codes(self, values: Floats) -> NDArray[np.intp]:
        """Return the group of each row, shape (n,); the last is of missing values."""
        column = values[:, self.place]
        if self.levels:
            found = np.searchsorted(self.levels, np.nan_to_num(column, nan=self.levels[0])).clip(0, len(self.levels) - 1)
            found = np.where(np.asarray(self.levels)[found] == column, found, len(self.levels))
        else:
            found = np.searchsorted(self.cuts, np.nan_to_num(column, nan=0.0), side="left")
        return np.where(np.isnan(column), self.count - 1, found).astype(np.intp)

    def label(self, code: int, column: Column) -> str:
        """Return a group in words.

        Examples
        --------
        >>> Grouping(0, cuts=(2.0, 5.0)).label(1, Column("visits", "Visits"))
        'over 2 to 5'
        """
        if code == self.count - 1:
            return "not known"
        if not self.levels:
            ends = [_told(cut, column) for cut in self.cuts]
            if code == 0:
                return f"up to {ends[0]}"
            return f"over {ends[-1]}" if code == len(ends) else f"over {ends[code - 1]} to {ends[code]}"
        if code == len(self.levels):
            return "others"
        level = self.levels[code]
        named = column.kind == "category" and level == int(level) and 0 <= level < len(column.levels)
        return column.levels[int(level)] if named else _told(level, column)


def grouping(values: Floats, place: int, *, category: bool, most: int = MOST) -> Grouping | None:
    """Return how to cut one column; None where nothing would be cut.

    Parameters
    ----------
    values : float array, shape (n, p)
    place : int
    category : bool
        Whether it holds codes; of many levels only the most frequent stand alone.
    most : int
        Groups, besides others and missing ones.

    Examples
    --------
    >>> grouping(np.arange(8.0)[:, None], 0, category=False, most=2)
    Grouping(place=0, levels=(), cuts=(3.5,))
    """
    column = values[:, place]
    known = column[~np.isnan(column)]
    levels, counts = np.unique(known, return_counts=True)
    if len(levels) < 2:
        return Grouping(place, levels=tuple(levels.tolist())) if len(levels) and len(known) < len(column) else None
    if category or len(levels) <= most:
        frequent = np.sort(levels[np.argsort(-counts, kind="stable")[:most]])
        return Grouping(place, levels=tuple(frequent.tolist()))
    cuts = np.unique(np.quantile(known, np.arange(1, most) / most))
    return Grouping(place, cuts=tuple(cuts[cuts < known.max()].tolist()))


def _told(value: float, column: Column) -> str:
    if column.kind == "flag" and value in (0.0, 1.0):
        return "yes" if value else "no"
    return percent(value) if column.kind == "share" else figure(value).replace("-", "\u2212")
