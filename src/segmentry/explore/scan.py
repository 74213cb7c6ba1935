"""What exploring needs to know of a table: sums and counts that add up over batches, from two passes, whatever the number of customers.

First pass: one `Tally` per column. Second pass: one `Moments` over the parts of all columns, where a number is split into itself (centred and scaled)
and its rank score, a category into one column of 0 and 1 per level. Sums of products of these hold every pair: Pearson and Spearman
correlations, group means of ranks, crossing tables. Nothing is sampled.

Two approximations, so that it adds up: ranks are taken among all customers that have a value, also where the other column of a pair lacks
one; and beyond 200,000 customers numbers are tallied to four significant digits. Levels beyond the twenty most frequent, and those
of fewer than five customers, stand together. Not for columns of ids or free text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Column, Matrix
from segmentry.moments import Moments
from segmentry.preparation.robust import LIMIT
from segmentry.preparation.steps import check_finite
from segmentry.tally import Tally

PRECISE = 200_000
DIGITS = 4
MOST_LEVELS = 20
FEWEST_IN_LEVEL = 5
AT_ONCE = 50_000
PILE = 16
_TENS = 10.0 ** np.arange(-20.0, 21.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Sums and counts of a table of customers.

    Parameters
    ----------
    columns : tuple of Column, length p
    tallies : tuple of Tally, length p
        Numbers, or codes of categories.
    moments : Moments
        Of the parts of all columns, one after another: of a number its scaled value and its rank score, of a category its levels as 0 and 1.
    parts : tuple of slice, length p
        Where the parts of each column stand in `moments`.
    centres, reaches : float array, shape (p,)
        A number's value is ``centre + reach × scaled value``.
    customers : int
    """

    columns: tuple[Column, ...]
    tallies: tuple[Tally, ...]
    moments: Moments
    parts: tuple[slice, ...]
    centres: Floats
    reaches: Floats
    customers: int


def look(data: Matrix | Scan) -> Scan:
    """Return the scan of a matrix; a scan is returned as it is.

    Examples
    --------
    >>> ids = np.array(["a", "b", "c"], dtype=object)
    >>> found = look(Matrix(ids, (Column("age", "Age"),), np.array([[20.0], [30.0], [np.nan]])))
    >>> found.customers, found.tallies[0].total, found.tallies[0].missing
    (3, 2, 1)
    """
    if isinstance(data, Scan):
        return data
    rows = range(0, len(data), AT_ONCE)
    return scan(data.columns, lambda: (data.values[start : start + AT_ONCE] for start in rows), customers=len(data))


def scan(columns: tuple[Column, ...], batches: Callable[[], Iterable[Floats]], *, customers: int) -> Scan:
    """Sum up a table of customers that comes in batches.

    Parameters
    ----------
    columns : tuple of Column, length p
    batches : callable
        Each call yields all batches, arrays of shape (m, p) coded as the values of a `Matrix`; it is called twice.
    customers : int
        Rows of all batches.

    Raises
    ------
    Degenerate
        When a value is infinite.
    """
    tallies = _tallied(columns, batches(), customers)
    splits = [_levels(tally) if column.kind == "category" else _number(tally) for column, tally in zip(columns, tallies, strict=True)]
    ends = np.cumsum([0, *(split.width for split in splits)]).tolist()
    names = [f"{column.name}|{part}" for column, split in zip(columns, splits, strict=True) for part in range(split.width)]
    moments = _summed(columns, splits, batches(), names, customers)
    return Scan(
        tuple(columns),
        tuple(tallies),
        moments,
        tuple(slice(start, stop) for start, stop in pairwise(ends)),
        np.array([split.centre for split in splits]),
        np.array([split.reach for split in splits]),
        customers,
    )


def _tallied(columns: Sequence[Column], batches: Iterable[Floats], customers: int) -> list[Tally]:
    piles: list[list[Tally]] = [[] for _ in columns]
    for batch in batches:
        for place, column in enumerate(columns):
            piles[place].append(Tally.of(_plain(column, batch[:, place], customers)))
            # Added up by the pile: each sum sorts all it holds.
            if len(piles[place]) == PILE:
                piles[place] = [_added(piles[place])]
    return [_added(pile) for pile in piles]


def _summed(
    columns: Sequence[Column], splits: Sequence[_Split], batches: Iterable[Floats], names: Sequence[str], customers: int
) -> Moments:
    # More threads are no faster for products of this shape, wait for each other on a busy machine, and change the last bits.
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    moments = Moments.of(np.empty((0, len(names))), names)
    with threadpool_limits(limits=1):
        for batch in batches:
            made = [split.made(_plain(column, cells, customers)) for column, split, cells in zip(columns, splits, batch.T, strict=True)]
            moments = moments + Moments.of(np.column_stack(made) if made else np.empty((len(batch), 0)), names)
    return moments


def _added(pile: Sequence[Tally]) -> Tally:
    values = np.concatenate([np.zeros(0), *(tally.values for tally in pile)])
    counts = np.concatenate([np.zeros(0, dtype=np.int64), *(tally.counts for tally in pile)])
    return replace(Tally.of(values, counts), missing=sum(tally.missing for tally in pile))


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """How the parts of a column are made from its values."""

    width: int
    made: Callable[[Floats], Floats]
    centre: float = 0.0
    reach: float = 0.0


def _plain(column: Column, values: Floats, customers: int) -> Floats:
    if column.kind == "category":
        return values
    check_finite(column.name, values)
    known = np.clip(values, -LIMIT, LIMIT)
    return known if customers <= PRECISE else to_digits(known)


def to_digits(values: Floats, digits: int = DIGITS) -> Floats:
    """Return values cut to some significant digits, shape (n,).

    Examples
    --------
    >>> to_digits(np.array([123456.7, -0.00123456, 0.0, np.nan]), 3).tolist()
    [123000.0, -0.00123, 0.0, nan]
    """
    size = np.where((values == 0) | np.isnan(values), 1.0, np.abs(values))
    places = np.clip(digits - 1 - np.floor(np.log10(size)), -20, 20).astype(np.intp)
    # Powers of ten from 1 on are exact; dividing by them keeps 0.1 at 0.1.
    large, small = _TENS[20 + np.maximum(places, 0)], _TENS[20 + np.maximum(-places, 0)]
    return np.asarray(np.round(values * large / small) * small / large)


def _number(tally: Tally) -> _Split:
    if not tally.total:
        return _Split(2, lambda values: np.full((len(values), 2), np.nan))
    low, high = float(tally.values[0]), float(tally.values[-1])
    centre = float(tally.quantile([0.5])[0])
    reach = max(high - centre, centre - low)
    # Twice the mid-rank, centred: whole numbers, whose sums are exact in any order.
    ends = np.cumsum(tally.counts)
    scores = (2 * ends - tally.counts - tally.total).astype(np.float64)

    def made(values: Floats) -> Floats:
        known = ~np.isnan(values)
        places = np.searchsorted(tally.values, np.where(known, values, low))
        scaled = (values - centre) / reach if reach > 0 else np.where(known, 0.0, np.nan)
        return np.column_stack([scaled, np.where(known, scores[places], np.nan)])

    return _Split(2, made, centre, reach)


def _levels(tally: Tally) -> _Split:
    order = np.lexsort((tally.values, -tally.counts))[:MOST_LEVELS]
    kept = np.sort(tally.values[order[tally.counts[order] >= FEWEST_IN_LEVEL]])
    others = len(kept) < len(tally.values)

    def made(values: Floats) -> Floats:
        parts: Floats = (values[:, None] == kept).astype(np.float64)
        if others:
            parts = np.column_stack([parts, 1.0 - parts.sum(axis=1)])
        parts[np.isnan(values)] = np.nan
        return parts

    return _Split(len(kept) + others, made)
