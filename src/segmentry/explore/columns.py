"""What each column of a matrix looks like: range, quartiles, histogram, levels, outliers; everything binned, nothing of a single customer.

Outliers lie beyond median ± 5 robust deviations on the scale that suits the column (logarithm where skewed; see `preparation`), so that the long
tail of a skewed column is not called an error. Heavy-tailed columns get bins of equal width on that scale, and say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Column, Kind, Matrix
from segmentry.preparation.robust import LIMIT, bounds, deviation, skewness
from segmentry.preparation.steps import check_finite
from segmentry.preparation.transforms import choose_transform, restored, transformed

MOST_BINS = 40
MOST_LEVELS = 12


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column in figures.

    Parameters
    ----------
    name, words, kind, unit : str
        As in `Column`.
    n, missing : int
        Customers with and without a value.
    mean, sd, minimum, q1, median, q3, maximum : float or None
        Of numbers, in the column's unit (sd with ddof 0); None for categories and without values.
    edges : tuple of float
        Of the histogram, one more than `counts`; at most 40 bins.
    counts : tuple of int
    log_bins : bool
        True when bins have equal width on a logarithmic scale.
    levels : tuple of str
        Of a category, the twelve most frequent, then "other" if there are more.
    level_counts : tuple of int
    distinct : int
        Different values or levels.
    outliers : int
        Customers beyond the bounds.
    outlier_low, outlier_high : float or None
        The bounds, in the column's unit.
    skew : float or None
        Moment skewness with 1 % of each end drawn in.
    """

    name: str
    words: str
    kind: Kind
    unit: str
    n: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    minimum: float | None = None
    q1: float | None = None
    median: float | None = None
    q3: float | None = None
    maximum: float | None = None
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    log_bins: bool = False
    levels: tuple[str, ...] = ()
    level_counts: tuple[int, ...] = ()
    distinct: int = 0
    outliers: int = 0
    outlier_low: float | None = None
    outlier_high: float | None = None
    skew: float | None = None


def summarise(matrix: Matrix) -> tuple[ColumnSummary, ...]:
    """Summarise every column of `matrix`.

    Raises
    ------
    Degenerate
        When a value is infinite.

    Examples
    --------
    >>> ids = np.array(["a", "b", "c"], dtype=object)
    >>> age, = summarise(Matrix(ids, (Column("age", "Age"),), np.array([[20.0], [30.0], [np.nan]])))
    >>> age.n, age.missing, age.mean
    (2, 1, 25.0)
    """
    return tuple(
        _category(column, values) if column.kind == "category" else _number(column, values)
        for column, values in zip(matrix.columns, matrix.values.T, strict=True)
    )


def _category(column: Column, values: NDArray[np.float64]) -> ColumnSummary:
    known = values[~np.isnan(values)].astype(np.int64)
    counts = np.bincount(known, minlength=len(column.levels))
    order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], column.levels[code]))
    levels, level_counts = [column.levels[code] for code in order[:MOST_LEVELS]], [int(counts[code]) for code in order[:MOST_LEVELS]]
    if len(order) > MOST_LEVELS:
        levels.append("other")
        level_counts.append(int(known.size - sum(level_counts)))
    return ColumnSummary(
        column.name,
        column.words,
        column.kind,
        column.unit,
        known.size,
        values.size - known.size,
        levels=tuple(levels),
        level_counts=tuple(level_counts),
        distinct=len(order),
    )


def _number(column: Column, values: NDArray[np.float64]) -> ColumnSummary:
    check_finite(column.name, values)
    known = np.clip(values[~np.isnan(values)], -LIMIT, LIMIT)
    bare = ColumnSummary(column.name, column.words, column.kind, column.unit, known.size, values.size - known.size)
    if known.size == 0:
        return bare
    transform, _ = choose_transform(known, column.kind)
    scaled = transformed(known, transform)
    low, high = (float(known.min()), float(known.max())) if column.kind == "flag" else bounds(scaled)
    edges, counts = _histogram(known, scaled, transform, low, high)
    minimum, q1, median, q3, maximum = (float(each) for each in np.quantile(known, (0, 0.25, 0.5, 0.75, 1)))
    return replace(
        bare,
        mean=float(known.mean()),
        sd=deviation(known),
        minimum=minimum,
        q1=q1,
        median=median,
        q3=q3,
        maximum=maximum,
        edges=edges,
        counts=counts,
        log_bins=transform != "none",
        distinct=len(np.unique(known)),
        outliers=int(((scaled < low) | (scaled > high)).sum()),
        outlier_low=restored(low, transform),
        outlier_high=restored(high, transform),
        skew=skewness(known),
    )


def _histogram(
    known: NDArray[np.float64], scaled: NDArray[np.float64], transform: str, low: float, high: float
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    # Outliers are counted in the outermost bins: one customer of 1e18 must not empty all the others.
    inner = np.clip(scaled, low, high)
    start, stop = float(inner.min()), float(inner.max())
    if start == stop:
        return (restored(start, transform), restored(stop, transform)), (int(known.size),)
    edges = _edges(known, start, stop, transform)
    return tuple(restored(float(edge), transform) for edge in edges), tuple(int(count) for count in np.histogram(inner, edges)[0])


def _edges(known: NDArray[np.float64], start: float, stop: float, transform: str) -> NDArray[np.float64]:
    count = int(min(MOST_BINS, max(5, np.ceil(2 * known.size ** (1 / 3)))))
    if transform == "none" and stop < 2**52 and bool((known == np.round(known)).all()):
        # Whole numbers get bins of a whole width: otherwise some bins hold more whole numbers than others.
        first, last = np.ceil(start), np.floor(stop)
        width = 1.0 if last - first < MOST_BINS else np.ceil((last - first + 1) / count)
        return np.arange(first, last + width + 0.5, width) - 0.5
    edges = np.linspace(start, stop, count + 1)
    return edges if (np.diff(edges) > 0).all() else np.array([start, stop])
