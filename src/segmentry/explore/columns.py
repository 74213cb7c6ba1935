"""What each column looks like: range, quartiles, histogram, levels, outliers; from tallies and sums, so whatever the number of customers.

Everything is binned, nothing is of a single customer. Missing values are counted and enter no other figure. Outliers lie beyond median ± 5
robust deviations on the scale that suits the column (logarithm where skewed; see `preparation`), so that the long tail of a skewed
column is not called an error. Heavy-tailed columns get bins of equal width on that scale, and say so. Beyond 200,000 customers scale,
bounds and skewness come from 20,000 evenly spaced quantiles; all counts are of everybody. Not for ids or free text.

Minimum and maximum are often one customer's value and not for a page: `low` and `high` are, since at least five customers lie at or
beyond each. Bins end there too, rounded inwards, and the outermost hold whatever lies further out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.explore.scan import PRECISE, Scan, look
from segmentry.matrix import Column, Kind, Matrix
from segmentry.preparation.robust import bounds, skewness
from segmentry.preparation.transforms import choose_transform, restored, transformed
from segmentry.tally import Tally

MOST_BINS = 40
MOST_LEVELS = 12
QUANTILES = 20_000


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
        Of the histogram, one more than `counts`; at most 40 bins. The outermost bins also hold what lies beyond them.
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
    low, high : float or None
        Ends that may be shown: minimum and maximum where at least five customers share them, else the 1 % and 99 % quantiles, drawn in
        as far as the fifth smallest and largest; None with too few values for both.
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
    low: float | None = None
    high: float | None = None

    def tells(self, value: float | None) -> bool:
        """Return whether at least five customers lie at or beyond a value on either side, so that it may be shown."""
        return value is not None and self.low is not None and self.high is not None and self.low <= value <= self.high


def summarise(data: Matrix | Scan) -> tuple[ColumnSummary, ...]:
    """Summarise every column.

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
    scan = look(data)
    means, variances, counts = scan.moments.mean(), scan.moments.variance(), scan.moments.count()
    found = []
    for place, (column, tally) in enumerate(zip(scan.columns, scan.tallies, strict=True)):
        bare = ColumnSummary(column.name, column.words, column.kind, column.unit, tally.total, tally.missing)
        if column.kind == "category":
            found.append(_category(bare, column, tally))
        elif tally.total:
            part, centre, reach = scan.parts[place].start, float(scan.centres[place]), float(scan.reaches[place])
            count = int(counts[part])
            # The sums are of scaled values, so that nothing over- or underflows.
            deviation = reach * float(np.sqrt(variances[part] * (count - 1) / count)) if count > 1 else 0.0
            found.append(replace(_number(bare, tally), mean=centre + reach * float(means[part]), sd=deviation))
        else:
            found.append(bare)
    return tuple(found)


def _category(bare: ColumnSummary, column: Column, tally: Tally) -> ColumnSummary:
    pairs = [(column.levels[int(code)], int(count)) for code, count in zip(tally.values, tally.counts, strict=True)]
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in pairs[MOST_LEVELS:])
    shown = [*pairs[:MOST_LEVELS], *([("other", rest)] if rest else [])]
    return replace(bare, levels=tuple(level for level, _ in shown), level_counts=tuple(count for _, count in shown), distinct=len(pairs))


def _number(bare: ColumnSummary, tally: Tally) -> ColumnSummary:
    known = _spread_out(tally)
    transform, _ = choose_transform(known, bare.kind)
    scaled = transformed(tally.values, transform)
    low, high = (float(scaled[0]), float(scaled[-1])) if bare.kind == "flag" else bounds(transformed(known, transform))
    edges, counts = _histogram(tally, scaled, transform, low, high)
    ends = _shown(tally)
    minimum, q1, median, q3, maximum = tally.quantile((0, 0.25, 0.5, 0.75, 1)).tolist()
    return replace(
        bare,
        minimum=minimum,
        q1=q1,
        median=median,
        q3=q3,
        maximum=maximum,
        edges=edges,
        counts=counts,
        log_bins=transform != "none",
        distinct=len(tally.values),
        outliers=int(tally.counts[(scaled < low) | (scaled > high)].sum()),
        outlier_low=restored(low, transform),
        outlier_high=restored(high, transform),
        skew=skewness(known),
        low=ends[0] if ends else None,
        high=ends[1] if ends else None,
    )


def _spread_out(tally: Tally) -> NDArray[np.float64]:
    """Return every counted value, or as many evenly spaced quantiles as are precise enough, sorted, shape (n,)."""
    if tally.total <= PRECISE:
        return np.repeat(tally.values, tally.counts).astype(np.float64)
    return tally.quantile(((np.arange(QUANTILES) + 0.5) / QUANTILES).tolist())


def _fifth(tally: Tally) -> tuple[float, float] | None:
    """Return the fifth smallest and the fifth largest value; None where they cross."""
    if tally.total < FLOOR:
        return None
    ends = np.cumsum(tally.counts)
    low, high = tally.values[np.searchsorted(ends, (FLOOR - 1, tally.total - FLOOR), side="right")].tolist()
    return (low, high) if low <= high else None


def _shown(tally: Tally) -> tuple[float, float] | None:
    """Return the ends that may be shown."""
    fifth = _fifth(tally)
    if fifth is None:
        return None
    low, high = fifth
    first, last = tally.quantile((0.01, 0.99)).tolist()
    # A shared minimum is its own fifth smallest.
    return low if low == tally.values[0] else max(low, first), high if high == tally.values[-1] else min(high, last)


def _histogram(
    tally: Tally, scaled: NDArray[np.float64], transform: str, low: float, high: float
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    fifth = _fifth(tally)
    least, most = float(tally.values[0]), float(tally.values[-1])
    if fifth is None or least < fifth[0] == fifth[1] < most:
        return (0.0 - _ten(-least), _ten(most)), (tally.total,)
    rounded = _inwards(*fifth, transform)
    # Outliers are counted in the outermost bins: one customer of 1e18 must not empty all the others.
    first = restored(low, transform) if scaled[0] < low else fifth[0] if fifth[0] == least else rounded[0]
    last = restored(high, transform) if scaled[-1] > high else fifth[1] if fifth[1] == most else rounded[1]
    start, stop = transformed(np.array([first, last]), transform).tolist()
    if not start < stop:
        return (first, last), (tally.total,)
    edges = _edges(tally, start, stop, transform)
    counts = np.histogram(np.clip(scaled, edges[0], edges[-1]), edges, weights=tally.counts)[0]
    exact = [restored(edge, transform) for edge in edges.tolist()]
    # There and back through a logarithm loses the last digits.
    exact[0], exact[-1] = (first if edges[0] == start else exact[0]), (last if edges[-1] == stop else exact[-1])
    return tuple(exact), tuple(round(count) for count in counts.tolist())


def _inwards(low: float, high: float, transform: str) -> tuple[float, float]:
    """Round both ends towards each other: to a hundredth of the range and finer, on a logarithmic scale to two digits."""
    reaches = ((high - low) / 10,) * 2 if transform == "none" else (abs(low), abs(high))
    first, last = -_floored(-low, reaches[0]), _floored(high, reaches[1])
    return (first, last) if first < last else (low, high)


def _floored(value: float, reach: float) -> float:
    """Round down to two digits of `reach`."""
    if reach < 1e-290:
        return value
    step = float(10.0 ** (np.floor(np.log10(reach)) - 1))
    # Whole steps stay what they are, and so do whole numbers.
    return float(f"{np.floor(round(value / step, 6)) * step:.12g}")


def _ten(value: float) -> float:
    """Return the power of ten at or above a value; 0 for what is not above 0."""
    return float(10.0 ** np.ceil(np.log10(value))) if value > 0 else 0.0


def _edges(tally: Tally, start: float, stop: float, transform: str) -> NDArray[np.float64]:
    count = int(min(MOST_BINS, max(5, np.ceil(2 * tally.total ** (1 / 3)))))
    if transform == "none" and stop < 2**52 and bool((tally.values == np.round(tally.values)).all()):
        # Whole numbers get bins of a whole width: otherwise some bins hold more whole numbers than others.
        first, last = np.ceil(start), np.floor(stop)
        width = 1.0 if last - first < MOST_BINS else np.ceil((last - first + 1) / count)
        return np.arange(first, last + width + 0.5, width) - 0.5
    edges = np.linspace(start, stop, count + 1)
    return edges if (np.diff(edges) > 0).all() else np.array([start, stop])
