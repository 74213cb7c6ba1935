"""Moments: counts, sums and cross-products that add up, so that parts of a table give the same answer as the whole.

Everything is kept pairwise (over the rows in which both columns are present) and about a fixed shift, which keeps the
differences small when means are large against deviations (Chan, Golub & LeVeque 1983, "Algorithms for computing the sample
variance"). Not for quantiles or anything that depends on order: use a `Tally`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Addable counts, sums and cross-products of p columns with missing values.

    Parameters
    ----------
    names : tuple of str, length p
    shift : float array, shape (p,)
        What was taken off each column before summing; moments add only when it is the same.
    counts : int array, shape (p, p)
        Rows in which both columns are present.
    sums, squares : float array, shape (p, p)
        Sum of column i (of its squares) over the rows in which column j is present too, about the shift.
    products : float array, shape (p, p)
        Sum of column i times column j over the rows in which both are present, about the shift.

    Examples
    --------
    >>> whole = Moments.of(np.array([[1.0, 2.0], [2.0, 4.0], [np.nan, 9.0]]), ["x", "y"])
    >>> whole.mean()
    array([1.5, 5. ])
    >>> whole.correlation()[0, 1].round(6)
    np.float64(1.0)
    """

    names: tuple[str, ...]
    shift: Floats
    counts: NDArray[np.int64]
    sums: Floats
    squares: Floats
    products: Floats

    @classmethod
    def of(cls, values: Floats, names: Sequence[str], shift: Floats | None = None) -> Moments:
        """Sum up an array, shape (n, p), NaN where missing, about `shift` (zero when None).

        Raises
        ------
        UsageError
            When names, shift and values do not fit each other.
        """
        table = np.asarray(values, dtype=np.float64)
        offset = np.zeros(len(names)) if shift is None else np.asarray(shift, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(names) or offset.shape != (len(names),):
            raise UsageError(
                f"values have shape {table.shape} and shift {offset.shape}; {len(names)} names ask for (n, {len(names)}) and ({len(names)},). "
                "Pass one column and one shift per name."
            )
        present = ~np.isnan(table)
        centred = np.where(present, table - offset, 0.0)
        flags = present.astype(np.float64)
        return cls(
            names=tuple(names),
            shift=offset,
            counts=np.rint(flags.T @ flags).astype(np.int64),
            sums=centred.T @ flags,
            squares=(centred**2).T @ flags,
            products=centred.T @ centred,
        )

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both parts together; raise `UsageError` when columns or shifts differ."""
        if not isinstance(other, Moments):
            return NotImplemented
        if self.names != other.names or not np.array_equal(self.shift, other.shift):
            raise UsageError(
                f"moments of {len(self.names)} and of {len(other.names)} columns were added whose names or shifts differ; they add only "
                "when both are the same. Build the parts with one shift."
            )
        return Moments(
            names=self.names,
            shift=self.shift,
            counts=self.counts + other.counts,
            sums=self.sums + other.sums,
            squares=self.squares + other.squares,
            products=self.products + other.products,
        )

    def position(self, name: str) -> int:
        """Return where a column stands; raise `UsageError` naming the nearest otherwise."""
        if name not in self.names:
            raise UsageError(f"there is no column {name!r}; {suggestion(name, self.names)}")
        return self.names.index(name)

    def count(self) -> NDArray[np.int64]:
        """Return the rows in which each column is present, shape (p,)."""
        return np.diagonal(self.counts).copy()

    def mean(self) -> Floats:
        """Return means, shape (p,); NaN for a column without values."""
        return _ratio(np.diagonal(self.sums), self.count()) + self.shift

    def variance(self) -> Floats:
        """Return sample variances (n − 1), shape (p,); NaN below two values."""
        return np.asarray(np.diagonal(self.covariance())).copy()

    def covariance(self) -> Floats:
        """Return pairwise sample covariances (n − 1), shape (p, p); NaN below two common rows."""
        centred = self.products - _ratio(self.sums * self.sums.T, self.counts)
        np.fill_diagonal(centred, np.maximum(np.diagonal(centred), 0.0))
        return _ratio(centred, self.counts - 1)

    def correlation(self) -> Floats:
        """Return Pearson correlations over common rows, shape (p, p); NaN where a column is constant there."""
        spread = self.squares - _ratio(self.sums**2, self.counts)
        # What is left of a constant column is rounding, not spread.
        spread = np.where(spread > 1e-12 * np.maximum(self.squares, np.finfo(float).tiny), spread, np.nan)
        centred = self.products - _ratio(self.sums * self.sums.T, self.counts)
        return np.clip(centred / np.sqrt(spread * spread.T), -1.0, 1.0)


def _ratio(top: Floats, bottom: NDArray[np.int64]) -> Floats:
    out: Floats = np.full(np.shape(top), np.nan)
    return np.divide(top, bottom, out=out, where=bottom > 0)
