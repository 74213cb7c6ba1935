"""Tally: distinct values (or rows) with how often each occurs; tallies of parts add up to that of the whole.

Enough for quantiles, histograms and models that depend on counts only. Not for a continuous column with millions of
distinct values: round or bin it first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import NotEnoughData, Problem, UsageError


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Distinct values with counts.

    Parameters
    ----------
    values : array, shape (d,) or (d, p)
        Distinct and sorted: numbers, text, or rows of numbers.
    counts : int array, shape (d,)
        How often each occurs, at least 1.
    missing : int
        Missing values (rows with any), counted apart.

    Examples
    --------
    >>> tally = Tally.of(np.array([3.0, 1.0, 3.0, np.nan])) + Tally.of(np.array([1.0, 2.0]))
    >>> tally.values, tally.counts, tally.missing
    (array([1., 2., 3.]), array([2, 1, 2]), 1)
    >>> tally.quantile([0.5])
    array([2.])
    """

    values: NDArray[Any]
    counts: NDArray[np.int64]
    missing: int = 0

    @classmethod
    def of(cls, values: NDArray[Any], counts: NDArray[np.int64] | None = None) -> Tally:
        """Count an array, shape (n,) or (n, p); `counts` says how often each entry stands for itself.

        Raises
        ------
        UsageError
            When the counts do not fit the values.
        """
        array = np.asarray(values)
        weights = np.ones(len(array), dtype=np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
        if array.ndim not in (1, 2) or weights.shape != (len(array),):
            raise UsageError(
                f"values have shape {array.shape} and counts {weights.shape}; allowed are (n,) or (n, p) with (n,). Pass one count per value."
            )
        absent = _absent(array)
        kept = array[~absent]
        if not len(kept):
            return cls(values=kept, counts=np.zeros(0, dtype=np.int64), missing=int(weights[absent].sum()))
        distinct, place = np.unique(kept, axis=0 if kept.ndim == 2 else None, return_inverse=True)
        total = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(total, place.reshape(-1), weights[~absent])
        return cls(values=distinct[total > 0], counts=total[total > 0], missing=int(weights[absent].sum()))

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of both parts together."""
        if not isinstance(other, Tally):
            return NotImplemented
        if not len(self.values) or not len(other.values):
            fuller = other if not len(self.values) else self
            return Tally(values=fuller.values, counts=fuller.counts, missing=self.missing + other.missing)
        both = Tally.of(np.concatenate([self.values, other.values]), np.concatenate([self.counts, other.counts]))
        return Tally(values=both.values, counts=both.counts, missing=self.missing + other.missing)

    @property
    def total(self) -> int:
        """Number of values counted, without the missing ones."""
        return int(self.counts.sum())

    def quantile(self, shares: Sequence[float]) -> NDArray[np.float64]:
        """Return quantiles with linear interpolation, as `numpy.quantile` of all values would, shape (len(shares),).

        Raises
        ------
        UsageError
            When a share is outside 0 … 1 or the values are no numbers.
        NotEnoughData
            When nothing was counted.
        """
        for share in shares:
            check_range("share", share, 0.0, 1.0)
        if self.values.ndim != 1 or self.values.dtype.kind not in "iuf":
            raise UsageError(
                f"values are {self.values.dtype} of shape {self.values.shape}; quantiles need one column of numbers. Tally a number instead."
            )
        if not self.total:
            raise NotEnoughData(Problem("NO_VALUES", "no value was counted, and a quantile needs one", "use a column that is not empty"))
        ends = np.cumsum(self.counts)
        place = np.asarray(shares, dtype=np.float64) * (self.total - 1)
        floor = np.floor(place)
        low = self.values[np.searchsorted(ends, floor, side="right")].astype(np.float64)
        high = self.values[np.searchsorted(ends, np.ceil(place), side="right")].astype(np.float64)
        return np.asarray(low + (high - low) * (place - floor))

    def histogram(self, edges: Sequence[float] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many values fall between neighbouring edges (the last bin holds its right edge), shape (len(edges) − 1,)."""
        return np.histogram(self.values, bins=np.asarray(edges, dtype=np.float64), weights=self.counts)[0].astype(np.int64)


def _absent(array: NDArray[Any]) -> NDArray[np.bool_]:
    if array.dtype.kind == "f":
        gone = np.isnan(array)
    elif array.dtype == object:
        gone = np.asarray(
            [value is None or (isinstance(value, float) and math.isnan(value)) for value in array.reshape(-1)], dtype=bool
        ).reshape(array.shape)
    else:
        gone = np.zeros(array.shape, dtype=bool)
    return np.asarray(gone.any(axis=1) if gone.ndim == 2 else gone)
