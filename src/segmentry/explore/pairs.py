"""How strongly each pair of columns goes together, by the measure that suits their kinds, and whether chance alone could do it.

* Two numbers: Spearman's rank correlation, −1 to 1, with Pearson's (a straight line) beside it; both tested by
  ``t = r √((n − 2) / (1 − r²))``; intervals by Fisher's z, for Spearman with the variance of Bonett and Wright (2000).
* Two categories: Cramér's V with the bias correction of Bergsma (2013), 0 to 1; chi-squared test, where it holds (Cochran 1954: no expected
  cell below 1, four of five at 5 or more).
* A number and a category: the correlation ratio of the number's ranks, 0 to 1; tested by Kruskal and Wallis, ``H = (n − 1) η²``.

From the sums of a `Scan`, over all customers that have both values; see there for how ranks are taken. Not a cause. With fewer than 85 common
customers there is no test: a link of 0.3 would be seen in fewer than four of five samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.explore.scan import Scan, look
from segmentry.matrix import Matrix

FEWEST = 5
EFFECT = 0.3
NEEDED = 85
Measure = Literal["Spearman", "Cramér's V (bias-corrected)", "correlation ratio"]
PLAIN: dict[Measure, str] = {
    "Spearman": "rank correlation",
    "Cramér's V (bias-corrected)": "Cramér’s V",
    "correlation ratio": "correlation ratio",
}
Floats = NDArray[np.float64]
_CERTAIN = 1 - 1e-15
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """Pairwise association.

    Parameters
    ----------
    names, words : tuple of str, length p
    values : float array, shape (p, p)
        Symmetric, 1 on the diagonal; NaN where it cannot be computed (a constant column, fewer than five customers with both values).
    kinds : tuple of tuples, p by p
        The measure of each pair.
    pearson : float array, shape (p, p)
        Pearson's correlation of two numbers; NaN elsewhere.
    counts : int array, shape (p, p)
        Customers with both values.
    chances : float array, shape (p, p)
        p-value of each pair; NaN where there is no test, and on the diagonal.
    customers : int
        All customers, with values or without.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    values: Floats
    kinds: tuple[tuple[Measure, ...], ...]
    pearson: Floats
    counts: NDArray[np.int64]
    chances: Floats
    customers: int

    def select(self, names: Sequence[str]) -> Association:
        """Return the association of the named columns, in the order named."""
        places = [self.names.index(name) for name in names]
        grid = np.ix_(places, places)
        return replace(
            self,
            names=tuple(names),
            words=tuple(self.words[place] for place in places),
            values=self.values[grid],
            kinds=tuple(tuple(self.kinds[down][across] for across in places) for down in places),
            pearson=self.pearson[grid],
            counts=self.counts[grid],
            chances=self.chances[grid],
        )


def associate(data: Matrix | Scan) -> Association:
    """Return the association of every pair of columns.

    Raises
    ------
    Degenerate
        When a value is infinite.

    Examples
    --------
    >>> from segmentry.matrix import Column
    >>> ids = np.array(list("abcdef"), dtype=object)
    >>> found = associate(Matrix(ids, (Column("x", "X"), Column("y", "Y")), np.column_stack([np.arange(6.0), np.arange(6.0) ** 3])))
    >>> round(float(found.values[0, 1]), 6), round(float(found.pearson[0, 1]), 2), found.kinds[0][1]
    (1.0, 0.91, 'Spearman')
    """
    scan = look(data)
    grouped = np.array([column.kind == "category" for column in scan.columns], dtype=bool)
    values, chances, pearson, counts = _numbers(scan, grouped)
    for i in np.flatnonzero(grouped).tolist():
        for j in range(len(scan.columns)):
            if i != j and not (grouped[j] and j > i):
                measured = _crossed(scan, i, j) if grouped[j] else _grouped(scan, i, j)
                for grid, found in zip((values, chances, counts), measured, strict=True):
                    grid[i, j] = grid[j, i] = found
        counts[i, i] = scan.tallies[i].total
        values[i, i] = 1.0 if len(scan.tallies[i].values) > 1 else np.nan
    values[counts < FEWEST] = pearson[counts < FEWEST] = np.nan
    chances[(counts < NEEDED) | np.isnan(values)] = np.nan
    kinds = tuple(tuple(_kind(first + second) for second in grouped.astype(int)) for first in grouped.astype(int))
    words = tuple(column.words for column in scan.columns)
    return Association(tuple(column.name for column in scan.columns), words, values, kinds, pearson, counts, chances, scan.customers)


def _kind(categories: int) -> Measure:
    kinds: tuple[Measure, ...] = ("Spearman", "correlation ratio", "Cramér's V (bias-corrected)")
    return kinds[categories]


def _numbers(scan: Scan, grouped: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Return Spearman, its p-values, Pearson and counts, each of shape (p, p), filled in where both are numbers."""
    size = len(scan.columns)
    values, chances, pearson = (np.full((size, size), np.nan) for _ in range(3))
    counts = np.zeros((size, size), dtype=np.int64)
    numbers = np.flatnonzero(~grouped)
    grid = np.ix_(numbers, numbers)
    found = scan.moments.correlation()
    for offset, target in ((0, pearson), (1, values)):
        places = [scan.parts[number].start + offset for number in numbers]
        target[grid] = found[np.ix_(places, places)]
        counts[grid] = scan.moments.counts[np.ix_(places, places)]
        target[numbers, numbers] += 1.0 - target[numbers, numbers]
    chances[grid] = _student(values[grid], counts[grid])
    np.fill_diagonal(chances, np.nan)
    return values, chances, pearson, counts


def _student(r: Floats, n: NDArray[np.int64]) -> Floats:
    from scipy.special import stdtr

    freedom = np.maximum(n - 2, 1)
    size = np.minimum(np.abs(r), _CERTAIN)
    return np.asarray(2 * stdtr(freedom, -size * np.sqrt(freedom / (1 - size**2))))


def _crossed(scan: Scan, i: int, j: int) -> tuple[float, float, int]:
    table = np.rint(scan.moments.products[scan.parts[i], scan.parts[j]])
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    return cramer(table), _chi_squared(table), int(table.sum())


def cramer(table: Floats) -> float:
    """Return the bias-corrected Cramér's V of a crossing table, shape (r, c), without empty rows and columns; NaN when either is constant.

    Examples
    --------
    >>> cramer(np.array([[50.0, 0], [0, 50]]))
    1.0
    """
    (r, c), n = table.shape, float(table.sum())
    if min(r, c) < 2 or n < 2:
        return float("nan")
    phi = _surprise(table) / n
    corrected = max(0.0, phi - (r - 1) * (c - 1) / (n - 1))
    smallest = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(corrected / smallest))) if smallest > 0 else float("nan")


def _expected(table: Floats) -> Floats:
    return np.asarray(table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum())


def _surprise(table: Floats) -> float:
    expected = _expected(table)
    return float(((table - expected) ** 2 / expected).sum())


def _chi_squared(table: Floats) -> float:
    from scipy.special import chdtrc

    if min(table.shape) < 2:
        return float("nan")
    expected = _expected(table)
    if expected.min() < 1 or (expected < 5).mean() > 0.2:
        return float("nan")
    return float(chdtrc((table.shape[0] - 1) * (table.shape[1] - 1), _surprise(table)))


def _grouped(scan: Scan, i: int, j: int) -> tuple[float, float, int]:
    """Return correlation ratio, p-value and count of the ranks of number j in the levels of category i."""
    from scipy.special import chdtrc

    levels, rank = scan.parts[i], scan.parts[j].start + 1
    sizes = scan.moments.sums[levels, rank]
    sums = scan.moments.products[levels, rank][sizes > 0]
    sizes = sizes[sizes > 0]
    count = int(sizes.sum())
    ratio = correlation_ratio(sizes, sums, float(scan.moments.squares[rank, levels.start]) if count else 0.0)
    chance = float(chdtrc(len(sizes) - 1, (count - 1) * ratio**2)) if np.isfinite(ratio) else float("nan")
    return ratio, chance, count


def correlation_ratio(sizes: Floats, sums: Floats, squares: float) -> float:
    """Return the correlation ratio of a number within groups, from each group's size and sum and the sum of all squares; NaN when either is constant.

    Examples
    --------
    >>> correlation_ratio(np.array([2.0, 2.0]), np.array([2.0, 10.0]), 52.0)
    1.0
    """
    middle = float(sums.sum()) ** 2 / float(sizes.sum()) if sizes.sum() else 0.0
    total = squares - middle
    if len(sizes) < 2 or total <= 1e-12 * squares:
        return float("nan")
    return float(np.sqrt(np.clip((float((sums**2 / sizes).sum()) - middle) / total, 0.0, 1.0)))


def interval(value: float, n: int, measure: Literal["Spearman", "Pearson"] = "Spearman") -> tuple[float, float]:
    """Return the 95 % interval of a correlation of n customers.

    Examples
    --------
    >>> [round(end, 2) for end in interval(0.4, 300)]
    [0.3, 0.49]
    """
    if n < 4 or not np.isfinite(value):
        return -1.0, 1.0
    certain = float(np.clip(value, -_CERTAIN, _CERTAIN))
    widened = 1 + value**2 / 2 if measure == "Spearman" else 1.0
    reach = _Z95 * np.sqrt(widened / (n - 3))
    return float(np.tanh(np.arctanh(certain) - reach)), float(np.tanh(np.arctanh(certain) + reach))
