"""Matrix: customers by features, as carried from the tables to the maths.

One float array, categories as codes into their column's levels, NaN for missing, rows in the order of the ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import UsageError

Kind = Literal["number", "count", "money", "share", "days", "flag", "category"]


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of a matrix means.

    Parameters
    ----------
    name : str
        Unique name, used in settings and files.
    words : str
        Label for people, such as "Days since last purchase".
    kind : {"number", "count", "money", "share", "days", "flag", "category"}
        How to show and how to transform it; shares run from 0 to 1, flags are 0 or 1.
    unit : str
        Unit for axes, such as "days" or "per year"; empty when there is none.
    levels : tuple of str
        Of a category: the text of each code, codes are positions.
    group : str
        What it speaks of: "value", "purchases", "range", "channel", "time", "engagement", "campaigns",
        "demographics", "satisfaction", "place" or "other".
    """

    name: str
    words: str
    kind: Kind = "number"
    unit: str = ""
    levels: tuple[str, ...] = ()
    group: str = "other"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Customers by features.

    Parameters
    ----------
    ids : array of str, shape (n,)
        Customer ids, sorted.
    columns : tuple of Column, length p
        What the columns mean.
    values : float array, shape (n, p)
        NaN where missing; codes for categories.
    weights : float array, shape (n,), or None
        How many customers a row stands for; None means one each.
    """

    ids: NDArray[np.object_]
    columns: tuple[Column, ...]
    values: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        expected = (len(self.ids), len(self.columns))
        if self.values.shape != expected:
            raise UsageError(
                f"values have shape {self.values.shape}; ids and columns ask for {expected}. Pass one row per id and one column per Column."
            )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ids)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def position(self, name: str) -> int:
        """Return where the column `name` stands; raise `UsageError` naming the nearest otherwise."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        raise UsageError(f"there is no column {name!r}; {suggestion(name, self.names)}")

    def column(self, name: str) -> NDArray[np.float64]:
        """Return the values of one column, shape (n,)."""
        return self.values[:, self.position(name)]

    def select(self, names: Iterable[str]) -> Matrix:
        """Return a matrix of the named columns, in the order named."""
        places = [self.position(name) for name in names]
        return replace(self, columns=tuple(self.columns[place] for place in places), values=self.values[:, places])

    def take(self, rows: Sequence[int] | NDArray[np.intp] | NDArray[np.bool_]) -> Matrix:
        """Return a matrix of some rows."""
        chosen = np.asarray(rows)
        return replace(
            self, ids=self.ids[chosen], values=self.values[chosen], weights=None if self.weights is None else self.weights[chosen]
        )
