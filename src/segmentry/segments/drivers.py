"""How far each segment lies from all other customers in each feature, with a 95 % interval.

* Numbers: standardised mean difference d to all others, the very figure of `profiles` (prepared scale, pooled deviation), interval
  ``d ± z sqrt((n + m) / (n m) + d² / (2 (n + m)))`` (Hedges and Olkin 1985, *Statistical Methods for Meta-Analysis*, chapter 5; large samples).
* Flags and levels of categories: difference of shares, interval by Newcombe (1998, *Statistics in Medicine* 17, 873–890, method 10).

Multiplicity: each interval stands for itself, so of 100 of them about 5 miss their true value; `Driver.clear` says whether the difference
is apart from zero still when all comparisons count together (Bonferroni). It is no proof that segments exist: the same customers chose
the segments, which makes differences in the features clustered on look larger than they would be elsewhere; see `halves` and `structure`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR, hide_small
from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.preparation.robust import LIMIT
from segmentry.preparation.steps import Dropped, learn_number

COVERAGE = 0.95
MOST_LEVELS = 12
_LEAST_SPREAD = 0.1
_Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Driver:
    """How far a segment lies from all other customers in one feature, or one level of it.

    Parameters
    ----------
    segment : int
        Id.
    name, level : str
        Feature; of a category the level, else empty.
    effect, low, high : float
        Difference to all other customers and its 95 % interval: in standard deviations, or of shares (−1 to 1).
    scale : {"deviations", "shares"}
    clear : bool
        Apart from zero when all comparisons count together.
    """

    segment: int
    name: str
    level: str
    effect: float
    low: float
    high: float
    scale: Literal["deviations", "shares"] = "deviations"
    clear: bool = False


@dataclass(frozen=True, slots=True)
class _Groups:
    """Customers' places among the segments; −1 for those in none."""

    ids: tuple[int, ...]
    places: NDArray[np.int64]

    def count(self, of: NDArray[np.float64] | NDArray[np.bool_]) -> _Counts:
        """Sum of `of` per segment, what is missing left out."""
        inside = self.places >= 0
        sums = np.bincount(self.places[inside], weights=np.nan_to_num(of[inside].astype(np.float64)), minlength=len(self.ids))
        return sums.astype(np.float64)


def drivers(matrix: Matrix, labels: NDArray[np.int64]) -> tuple[Driver, ...]:
    """Return every difference that rests on five or more customers on both sides, the largest of each segment first.

    Parameters
    ----------
    matrix : Matrix
        All features people may want to see, shape (n, p).
    labels : int array, shape (n,)
        Segment ids 1 … k; customers with 0 or less are in no segment and do not count.

    Raises
    ------
    UsageError
        When lengths differ.

    Examples
    --------
    >>> values = np.concatenate([np.arange(20.0), np.arange(20.0) + 10])[:, None]
    >>> matrix = Matrix(np.array([f"c{place:02}" for place in range(40)], dtype=object), (Column("age", "Age"),), values)
    >>> first = drivers(matrix, np.repeat([1, 2], 20))[0]
    >>> round(first.effect, 2), round(first.low, 2), round(first.high, 2), first.clear
    (-1.69, -2.41, -0.97, True)
    """
    if labels.shape != (len(matrix),):
        raise UsageError(f"labels have shape {labels.shape}; the matrix has {len(matrix):,} customers. Pass one segment id per customer.")
    ids = np.unique(labels[labels > 0])
    groups = _Groups(tuple(ids.tolist()), np.where(labels > 0, np.searchsorted(ids, labels), -1))
    found: list[tuple[Driver, float]] = []
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        found += _of_column(column, values, groups)
    limit = _deviate(1 - (1 - COVERAGE) / max(len(found), 1))
    told = [_cleared(driver, size, limit) for driver, size in found]
    return tuple(sorted(told, key=lambda each: (each.segment, each.scale, -abs(each.effect), each.name, each.level)))


def expected_by_chance(found: tuple[Driver, ...]) -> float:
    """Return how many of the intervals would miss zero if no segment differed in anything."""
    return (1 - COVERAGE) * len(found)


def newcombe(share: float, n: float, other: float, m: float, *, deviate: float) -> tuple[float, float]:
    """Return the interval of the difference of two shares from `n` and `m` customers (Newcombe 1998, method 10).

    Examples
    --------
    >>> low, high = newcombe(56 / 70, 70, 48 / 80, 80, deviate=1.96)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (low, high), (other_low, other_high) = _wilson(share, n, deviate), _wilson(other, m, deviate)
    down = np.sqrt((share - low) ** 2 + (other_high - other) ** 2)
    up = np.sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return float(share - other - down), float(share - other + up)


def _of_column(column: Column, values: NDArray[np.float64], groups: _Groups) -> list[tuple[Driver, float]]:
    if column.kind == "category":
        return _of_levels(column, values, groups)
    return _of_shares(column, "", values, groups) if column.kind == "flag" else _of_number(column, values, groups)


def _of_number(column: Column, values: NDArray[np.float64], groups: _Groups) -> list[tuple[Driver, float]]:
    own = np.clip(values, -LIMIT, LIMIT)
    step = learn_number(column, own, 1.0)
    if isinstance(step, Dropped):
        return []
    standard = (step.drawn(column, own) - step.centre) / step.scale
    counts, sums, squares = (groups.count(part) for part in (~np.isnan(values), standard, standard**2))
    found = []
    for place, each in enumerate(groups.ids):
        n, m = counts[place], counts.sum() - counts[place]
        if min(n, m) < FLOOR:
            continue
        mean, rest = sums[place] / n, (sums.sum() - sums[place]) / m
        within = squares.sum() - n * mean**2 - m * rest**2
        effect = float((mean - rest) / max(np.sqrt(max(within, 0.0) / (n + m - 2)), _LEAST_SPREAD))
        error = float(np.sqrt((n + m) / (n * m) + effect**2 / (2 * (n + m))))
        reach = _deviate(COVERAGE) * error
        found.append((Driver(each, column.name, "", effect, effect - reach, effect + reach), abs(effect) / error))
    return found


def _of_levels(column: Column, values: NDArray[np.float64], groups: _Groups) -> list[tuple[Driver, float]]:
    known = ~np.isnan(values) & (groups.places >= 0)
    counts = np.bincount(values[known].astype(np.int64), minlength=len(column.levels))
    top = sorted(np.flatnonzero(counts >= FLOOR).tolist(), key=lambda code: (-counts[code], column.levels[code]))[:MOST_LEVELS]
    found: list[tuple[Driver, float]] = []
    for code in top if len(top) > 1 else []:
        found += _of_shares(column, column.levels[code], np.where(np.isnan(values), np.nan, values == code), groups)
    return found


def _of_shares(column: Column, level: str, values: NDArray[np.float64], groups: _Groups) -> list[tuple[Driver, float]]:
    counts, ones = groups.count(~np.isnan(values)), groups.count(values)
    found = []
    for place, each in enumerate(groups.ids):
        n, m, here, there = counts[place], counts.sum() - counts[place], ones[place], ones.sum() - ones[place]
        small = min(n, m) < FLOOR or hide_small([here, n - here]).any() or hide_small([there, m - there]).any()
        if small or not 0 < here + there < n + m:
            continue
        share, other = here / n, there / m
        low, high = newcombe(share, n, other, m, deviate=_deviate(COVERAGE))
        pooled = (here + there) / (n + m)
        size = abs(share - other) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        found.append((Driver(each, column.name, level, float(share - other), low, high, "shares"), float(size)))
    return found


def _cleared(driver: Driver, size: float, limit: float) -> Driver:
    return replace(driver, clear=size > limit)


def _wilson(share: float, n: float, deviate: float) -> tuple[float, float]:
    middle = share + deviate**2 / (2 * n)
    reach = deviate * np.sqrt(share * (1 - share) / n + deviate**2 / (4 * n**2))
    return float((middle - reach) / (1 + deviate**2 / n)), float((middle + reach) / (1 + deviate**2 / n))


def _deviate(coverage: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + coverage) / 2))
