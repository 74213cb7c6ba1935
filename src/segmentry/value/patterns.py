"""Patterns: the distinct histories (frequency, recency, tenure) of customers and how often each occurs.

Models of purchases know a customer by three numbers only: x repeat purchases, the last of them t_x after the first purchase, which was T before the
as-of day. Times come from a calendar, so many customers share a history, and still more share a single number: a function of one of
the three is computed once per entry of its `Axis` and gathered. Counting is exact: histories are one pattern when their numbers are equal to
the bit. Not for times that are real measurements of seconds: every customer is then their own pattern, and nothing is gained (or lost).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.tally import Tally

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

COLUMNS = ("frequency", "recency", "tenure")
# Squares of times up to this, and of one over them, are numbers.
IMMENSE = 1e100
# A key must stay below this so that two of them still add up within 63 bits.
_LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One of the three numbers: its distinct values, and which of them each pattern has.

    Parameters
    ----------
    values : float array, shape (u,)
        Distinct and sorted.
    place : int array, shape (d,)
        Position in `values` of each pattern.

    Examples
    --------
    >>> axis = Axis.of(np.array([2.0, 0.0, 2.0]))
    >>> axis.values.tolist(), axis.place.tolist(), axis.sums(np.array([1.0, 5.0, 3.0])).tolist()
    ([0.0, 2.0], [1, 0, 1], [5.0, 4.0])
    """

    values: Floats
    place: Places

    @classmethod
    def of(cls, values: Floats) -> Axis:
        """Return the distinct values of a column; whatever lies on a grid, as days do, is counted without sorting."""
        return _on_a_grid(values) or cls(*_distinct(values))

    def sums(self, weights: Floats) -> Floats:
        """Return the sum of weights, shape (d,), over the patterns of each distinct value, shape (u,)."""
        return np.asarray(np.bincount(self.place, weights=weights, minlength=len(self.values)), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Distinct histories with counts, in the order of frequency, recency, tenure.

    Parameters
    ----------
    frequency, recency, tenure : float array, shape (d,)
        Repeat purchases x, time of the last of them t_x and time until the as-of day T, both since the first purchase.
    counts : float array, shape (d,)
        Customers (sums of weights) with this history.
    place : int array, shape (n,)
        Pattern of each customer.
    axes : tuple of three Axis
        Of frequency, recency and tenure.

    Examples
    --------
    >>> patterns = Patterns.of([[2, 10.0, 30.0], [0, 0.0, 30.0], [2, 10.0, 30.0]])
    >>> patterns.frequency.tolist(), patterns.counts.tolist(), patterns.place.tolist()
    ([0.0, 2.0], [1.0, 2.0], [1, 0, 1])
    """

    frequency: Floats
    recency: Floats
    tenure: Floats
    counts: Floats
    place: Places
    axes: tuple[Axis, Axis, Axis]

    @classmethod
    def of(cls, X: Any, sample_weight: Any = None) -> Patterns:  # noqa: N803
        """Count histories, shape (n, 3): frequency, recency, tenure; weights say how often each customer counts.

        Raises
        ------
        UsageError
            When the shape of the histories or of the weights is not allowed.
        NotEnoughData
            When there is no customer.
        Degenerate
            When a history is impossible: a missing number, part of a purchase, a last purchase after the as-of day.
        """
        columns = histories(X)
        axes = tuple(Axis.of(column) for column in columns)
        place, rows = _joined(*axes)
        counts = _counts(place, len(rows), sample_weight)
        kept = tuple(Axis(axis.values, axis.place[rows]) for axis in axes)
        frequency, recency, tenure = (axis.values[axis.place] for axis in kept)
        return cls(frequency, recency, tenure, counts, place, (kept[0], kept[1], kept[2]))

    @classmethod
    def tallied(cls, tally: Tally) -> Patterns:
        """Return the patterns of a tally of rows (frequency, recency, tenure); rows with missing values are left out, as it does."""
        return cls.of(tally.values, tally.counts)

    def __len__(self) -> int:
        """Return the number of patterns."""
        return len(self.counts)

    @property
    def customers(self) -> float:
        """Number of customers, or the sum of their weights."""
        return float(self.counts.sum())

    def thinned(self, size: int) -> Patterns:
        """Return at most `size` customers drawn evenly along the order of the patterns, or all patterns where there are no more.

        No chance is in it: the same histories give the same sample in whatever order they came. `place` is empty.
        """
        if len(self) <= size:
            return self
        ends = np.cumsum(self.counts)
        drawn = np.searchsorted(ends, (np.arange(size) + 0.5) / size * ends[-1])
        rows, times = np.unique(drawn, return_counts=True)
        axes = tuple(replace(axis, place=axis.place[rows]) for axis in self.axes)
        return Patterns(
            frequency=self.frequency[rows],
            recency=self.recency[rows],
            tenure=self.tenure[rows],
            counts=times * (ends[-1] / size),
            place=np.zeros(0, dtype=np.intp),
            axes=(axes[0], axes[1], axes[2]),
        )


def histories(X: Any) -> tuple[Floats, Floats, Floats]:  # noqa: N803
    """Return frequency, recency and tenure, each of shape (n,), or refuse what can be no history.

    Raises
    ------
    UsageError
        When X has not three columns.
    NotEnoughData
        When there is no customer.
    Degenerate
        When a history is impossible; the message counts them.

    Examples
    --------
    >>> histories([[1, 5.0, 3.0]])
    Traceback (most recent call last):
    segmentry.errors.Degenerate: IMPOSSIBLE_HISTORY: 1 of 1 customers bought last after the as-of day. Next: …
    """
    named = [str(name) for name in getattr(X, "columns", COLUMNS)]
    if set(named) == set(COLUMNS) and tuple(named) != COLUMNS:
        raise UsageError(f"X has the columns {', '.join(named)}; allowed is the order {', '.join(COLUMNS)}. Put them in that order.")
    table = np.asarray(X, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != 3:
        raise UsageError(
            f"X has shape {table.shape}; allowed is (customers, 3). Pass the columns frequency, recency, tenure in that order."
        )
    if not len(table):
        raise NotEnoughData(Problem("NO_CUSTOMERS", "there is no customer", "pass at least one row of frequency, recency, tenure"))
    # Adding zero makes the two zeros, which are one number and two patterns of bits, the same.
    frequency, recency, tenure = (np.ascontiguousarray(table[:, column]) + 0.0 for column in range(3))
    known = (frequency <= IMMENSE) & (recency <= IMMENSE) & (tenure <= IMMENSE)
    checks = (
        ("NOT_FINITE", ~known, "have a missing, infinite or immense frequency, recency or tenure"),
        ("IMPOSSIBLE_HISTORY", frequency < 0, "have a negative frequency"),
        ("IMPOSSIBLE_HISTORY", frequency != np.rint(frequency), "have a frequency that is no whole number"),
        ("IMPOSSIBLE_HISTORY", recency < 0, "have a negative recency"),
        ("IMPOSSIBLE_HISTORY", recency > tenure, "bought last after the as-of day"),
        ("IMPOSSIBLE_HISTORY", (frequency == 0) & (recency != 0), "have a recency above zero without a repeat purchase"),
        ("IMPOSSIBLE_HISTORY", (frequency > 0) & (recency < 1 / IMMENSE), "have repeat purchases and a recency of zero"),
    )
    for code, wrong, words in checks:
        if wrong.any():
            reason = f"{int(wrong.sum()):,} of {len(table):,} customers {words}"
            raise Degenerate(
                Problem(code, reason, "count purchase days after the first one, times from the first one, and leave nobody blank")
            )
    return frequency, recency, tenure


def _counts(place: Places, size: int, weights: Any) -> Floats:
    """Return the customers of each pattern; sums of weights do not depend on the order of the rows."""
    if weights is None:
        return np.bincount(place, minlength=size).astype(np.float64)
    each = np.asarray(weights, dtype=np.float64)
    if each.shape != place.shape or not np.isfinite(each).all() or (each < 0).any() or not each.any():
        raise UsageError(
            f"sample_weight has shape {each.shape}; allowed is one finite number from 0 up for each of the {len(place):,} customers, not all zero. "
            "Pass one weight per customer, or none."
        )
    order = np.lexsort((each, place))
    return np.asarray(np.bincount(place[order], weights=each[order], minlength=size), dtype=np.float64)


def _on_a_grid(values: Floats) -> Axis | None:
    """Return the axis of values that are multiples of one step, such as whole days in weeks; None for others.

    The step is the smallest difference in a sample. Each value is put where it belongs on the grid: this is a factorisation if, and only if,
    all values that share a place are equal to the bit, which is looked up.
    """
    sample = np.unique(values[:: max(1, len(values) // 2_000)])
    low, high = values.min(), values.max()
    step = np.diff(sample).min() if len(sample) > 1 else 1.0
    if high - low > step * (4.0 * len(values) + 1_000.0):
        return None
    codes = np.rint((values - low) * (1.0 / step)).astype(np.intp)
    table = np.full(int(codes.max()) + 1, np.nan)
    table[codes] = values
    if not np.array_equal(table[codes], values):
        return None
    present = ~np.isnan(table)
    return Axis(table[present], (np.cumsum(present) - 1)[codes])


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], Places]:
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, place


def _joined(first: Axis, second: Axis, third: Axis) -> tuple[Places, Places]:
    """Return the pattern of each row, shape (n,), and one row of each pattern, shape (d,), in order."""
    key, span = first.place.astype(np.int64), len(first.values)
    for axis in (second, third):
        if span * len(axis.values) >= _LARGEST_KEY:
            distinct, key = _distinct(key)
            span = len(distinct)
        key, span = key * len(axis.values) + axis.place, span * len(axis.values)
    bits = len(key).bit_length()
    if span << bits >= _LARGEST_KEY:
        _, rows, place = np.unique(key, return_index=True, return_inverse=True)
        return place, rows
    # Row numbers ride in the low bits: sorting plain integers is several times faster than sorting their order.
    packed = np.sort((key << bits) | np.arange(len(key)))
    ordered, key = packed & ((1 << bits) - 1), packed >> bits
    first_of = np.concatenate([[True], key[1:] != key[:-1]])
    place = np.empty(len(key), dtype=np.intp)
    place[ordered] = np.cumsum(first_of) - 1
    return place, ordered[first_of]
