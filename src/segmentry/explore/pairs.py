"""How strongly each pair of columns goes together, by the measure that suits their kinds.

Numbers: Spearman's rank correlation, −1 to 1. Two categories: Cramér's V with the bias correction of Bergsma (2013), 0 to 1. A number and a category: the
correlation ratio of the number's ranks, 0 to 1. Computed on the customers that have both values, at most 20,000 drawn with a seed. Not a cause, and
no test: with thousands of customers even a tiny correlation is no accident, and still tiny.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Matrix

MOST_ROWS = 20_000
MOST_LEVELS = 50
FEWEST = 5
Measure = Literal["Spearman", "Cramér's V (bias-corrected)", "correlation ratio"]


@dataclass(frozen=True, slots=True)
class Association:
    """Pairwise association.

    Parameters
    ----------
    names, words : tuple of str, length p
    values : float array, shape (p, p)
        Symmetric, 1 on the diagonal; NaN where it cannot be computed (a constant column, fewer than five customers with both values).
    kinds : tuple of tuples, p by p
        The measure of each pair.
    n : int
        Customers it was computed on.
    sampled_from : int
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    values: NDArray[np.float64]
    kinds: tuple[tuple[Measure, ...], ...]
    n: int
    sampled_from: int


def associate(matrix: Matrix, *, seed: int = 0) -> Association:
    """Return the association of every pair of columns.

    Categories with more than 50 levels keep the 50 most frequent; the rest stands together.

    Examples
    --------
    >>> from segmentry.matrix import Column
    >>> ids = np.array(list("abcdef"), dtype=object)
    >>> found = associate(Matrix(ids, (Column("x", "X"), Column("y", "Y")), np.column_stack([np.arange(6.0), np.arange(6.0) ** 3])))
    >>> round(float(found.values[0, 1]), 6), found.kinds[0][1]
    (1.0, 'Spearman')
    """
    sample = _sample(matrix, seed)
    categorical = [column.kind == "category" for column in sample.columns]
    columns = [_grouped(values) if is_category else values for is_category, values in zip(categorical, sample.values.T, strict=True)]
    ranks = [
        None if is_category or np.isnan(cells).any() else _ranks(cells) for is_category, cells in zip(categorical, columns, strict=True)
    ]
    size = len(columns)
    values = np.full((size, size), np.nan)
    for i, first in enumerate(ranks):
        for j, second in enumerate(ranks[: i + 1]):
            # Ranks of complete columns are made once; pairs with missing values are ranked among themselves.
            found = (
                _pearson(first, second)
                if first is not None and second is not None
                else _pair(columns[i], columns[j], categorical[i], categorical[j])
            )
            values[i, j] = values[j, i] = found if i != j else 1.0 + 0.0 * found
    kinds = tuple(tuple(_kind(first, second) for second in categorical) for first in categorical)
    return Association(sample.names, tuple(column.words for column in sample.columns), values, kinds, len(sample), len(matrix))


def _sample(matrix: Matrix, seed: int) -> Matrix:
    if len(matrix) <= MOST_ROWS:
        return matrix
    return matrix.take(np.sort(np.random.default_rng(seed).choice(len(matrix), size=MOST_ROWS, replace=False)))


def _kind(first: bool, second: bool) -> Measure:  # noqa: FBT001
    if first and second:
        return "Cramér's V (bias-corrected)"
    return "correlation ratio" if first or second else "Spearman"


def _pair(first: NDArray[np.float64], second: NDArray[np.float64], first_category: bool, second_category: bool) -> float:  # noqa: FBT001
    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() < FEWEST:
        return float("nan")
    first, second = first[both], second[both]
    if first_category and second_category:
        return cramer(first.astype(np.int64), second.astype(np.int64))
    if first_category:
        return correlation_ratio(first.astype(np.int64), second)
    return correlation_ratio(second.astype(np.int64), first) if second_category else _pearson(_ranks(first), _ranks(second))


def cramer(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the bias-corrected Cramér's V of two coded categories, shape (n,); NaN when one of them is constant.

    Examples
    --------
    >>> round(cramer(np.array([0, 0, 1, 1] * 25), np.array([0, 0, 1, 1] * 25)), 3)
    1.0
    """
    rows, columns = (np.unique(codes, return_inverse=True)[1] for codes in (first, second))
    r, c, n = int(rows.max()) + 1, int(columns.max()) + 1, len(rows)
    if min(r, c) < 2 or n < 2:
        return float("nan")
    observed = np.bincount(rows * c + columns, minlength=r * c).reshape(r, c).astype(np.float64)
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0, keepdims=True) / n
    phi = float(((observed - expected) ** 2 / expected).sum() / n)
    corrected = max(0.0, phi - (r - 1) * (c - 1) / (n - 1))
    smallest = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(corrected / smallest))) if smallest > 0 else float("nan")


def correlation_ratio(codes: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """Return the correlation ratio of the ranks of `values` within coded groups, both shape (n,); NaN when either is constant.

    Examples
    --------
    >>> round(correlation_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 5.0, 5.0])), 3)
    1.0
    """
    ranks = _ranks(values)
    groups = np.unique(codes, return_inverse=True)[1]
    total = float((ranks**2).sum())
    if total == 0 or groups.max() == 0:
        return float("nan")
    counts = np.bincount(groups)
    means = np.bincount(groups, weights=ranks) / counts
    return float(min(1.0, np.sqrt((counts * means**2).sum() / total)))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centred mid-ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle = ends - (counts - 1) / 2
    return middle[places] - (len(values) + 1) / 2


def _pearson(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if len(first) < FEWEST:
        return float("nan")
    # Sums of ranks are exact in floats at this size; einsum does not call a threaded product.
    scale = np.sqrt(np.einsum("i,i", first, first) * np.einsum("i,i", second, second))
    return float(np.clip(np.einsum("i,i", first, second) / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def _grouped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[~np.isnan(values)].astype(np.int64)
    counts = np.bincount(known) if known.size else np.zeros(1, dtype=np.int64)
    if (counts > 0).sum() <= MOST_LEVELS:
        return values
    kept = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
    return np.where(np.isnan(values) | np.isin(values, kept), values, -1.0)
