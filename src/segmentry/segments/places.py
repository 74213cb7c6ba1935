"""Segments by place: who buys where, and where customers spend more or less than elsewhere.

A table and no clustering: the ten places with the most customers, all others together. A place with few customers has an extreme average by
chance, so the difference is shrunken towards the average of all: ``w × (mean − overall)`` with ``w = t² / (t² + s² / n)``, ``s²`` the spread of
customers within places and ``t²`` that of places beyond chance (empirical Bayes with moments: DerSimonian and Laird 1986). Spend is compared
below its 99 % quantile, lest one wholesaler make a place rich. Places that fewer than five customers could be counted from are hidden (`disclosure`).

Not a reason why: places differ in who lives there, and a difference is no effect of the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.disclosure import FLOOR, hide_small
from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.preparation.words import percent

MOST = 10
OTHER, UNKNOWN = "Other places", "Place not known"
_EXTREME = 0.99


@dataclass(frozen=True, slots=True)
class Place:
    """The customers of one place.

    Parameters
    ----------
    id : int
        1 … by number of customers; the last ones are all other places and customers whose place is not known.
    name : str
    customers : int or None
        None when hidden.
    share : float or None
        Of all customers.
    revenue, spend : float or None
        Sum, and mean per customer; None when hidden or without amounts.
    difference : float or None
        Shrunken difference of the spend per customer to that of all, as a share of the latter: .1 is 10 % more.
    """

    id: int
    name: str
    customers: int | None
    share: float | None
    revenue: float | None = None
    spend: float | None = None
    difference: float | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """All places, with every customer's.

    Parameters
    ----------
    rows : tuple of Place
    labels : int array, shape (n,)
        Id of each customer's row.
    words : str
    """

    rows: tuple[Place, ...]
    labels: NDArray[np.int64]
    words: str


def places(
    codes: NDArray[np.float64], levels: Sequence[str], revenue: NDArray[np.float64] | None = None, *, most: int = MOST, floor: int = FLOOR
) -> Places:
    """Return the table of places.

    Parameters
    ----------
    codes : float array, shape (n,)
        Place of each customer as a position in `levels`; NaN where not known.
    levels : sequence of str
    revenue : float array, shape (n,), optional
    most : int
        Places with a row of their own.
    floor : int
        Fewest customers a row may show.

    Raises
    ------
    UsageError
        When shapes do not fit or `most` is out of range.
    Degenerate
        When all customers are in one place.

    Examples
    --------
    >>> found = places(np.repeat([0.0, 1.0], [30, 20]), ["Rome", "Oslo"], np.repeat([10.0, 40.0], [30, 20]))
    >>> [(row.name, row.customers, row.spend, round(row.difference, 2)) for row in found.rows]
    [('Rome', 30, 10.0, -0.55), ('Oslo', 20, 40.0, 0.82)]
    """
    check_range("the most places", most, 1, 1_000)
    if revenue is not None and revenue.shape != codes.shape:
        raise UsageError(
            f"codes have shape {codes.shape}, revenue {revenue.shape}; allowed is one value per customer. Pass arrays that fit."
        )
    known = np.isfinite(codes)
    counts = np.bincount(codes[known].astype(np.int64), minlength=len(levels))
    if (counts > 0).sum() < 2:
        reason = f"places need at least 2 with customers; found {int((counts > 0).sum())}"
        raise Degenerate(Problem("ONE_PLACE", reason, "nothing, if the shop has one place"))
    order = np.lexsort((np.array(levels, dtype=object).astype(str), -counts))
    shown = [int(place) for place in order[:most] if counts[place] >= floor]
    names = [levels[place] for place in shown]
    row_of = np.full(len(levels) + 1, len(shown) + 1, dtype=np.int64)
    row_of[shown] = np.arange(1, len(shown) + 1)
    row_of[-1] = len(shown) + 2
    labels = row_of[np.where(known, codes, len(levels)).astype(np.int64)]
    rows = _rows([*names, OTHER, UNKNOWN], labels, revenue, floor)
    return Places(rows, labels, _words(rows, int((counts > 0).sum()), len(shown)))


def shrunken(means: NDArray[np.float64], counts: NDArray[np.float64], within: float, overall: float) -> NDArray[np.float64]:
    """Return differences to the overall mean, drawn towards zero the more the fewer customers they rest on, shape (m,).

    Parameters
    ----------
    means, counts : float array, shape (m,)
        Mean and number of customers of each place.
    within : float
        Variance between the customers of a place.
    overall : float

    Examples
    --------
    >>> shrunken(np.array([9.0, 11.0, 40.0]), np.array([400.0, 400.0, 1.0]), within=100.0, overall=10.0).round(1).tolist()
    [-0.9, 0.9, 1.1]
    """
    if within <= 0:
        return means - overall
    total = counts.sum()
    excess = (counts * (means - overall) ** 2).sum() - (len(means) - 1) * within
    between = max(0.0, excess / max(total - (counts**2).sum() / total, 1e-12))
    weights: NDArray[np.float64] = between / (between + within / counts)
    return weights * (means - overall)


def _rows(names: Sequence[str], labels: NDArray[np.int64], revenue: NDArray[np.float64] | None, floor: int) -> tuple[Place, ...]:
    sizes = np.bincount(labels, minlength=len(names) + 1)[1:]
    hidden = hide_small(sizes, floor)
    differences = _differences(labels, sizes, revenue)
    money = None if revenue is None else np.bincount(labels, weights=np.nan_to_num(revenue), minlength=len(names) + 1)[1:]
    rows = []
    for place, name in enumerate(names):
        size = int(sizes[place])
        if hidden[place]:
            rows.append(Place(place + 1, name, None, None))
        elif size and money is not None and differences is not None:
            sum_ = float(money[place])
            rows.append(Place(place + 1, name, size, size / len(labels), sum_, sum_ / size, float(differences[place])))
        elif size:
            rows.append(Place(place + 1, name, size, size / len(labels)))
    return tuple(rows)


def _differences(labels: NDArray[np.int64], sizes: NDArray[np.int64], revenue: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    if revenue is None:
        return None
    spent = np.nan_to_num(revenue)
    spent = np.minimum(spent, np.quantile(spent, _EXTREME))
    present = np.flatnonzero(sizes)
    own, overall = labels - 1, float(spent.mean())
    means = np.bincount(own, weights=spent, minlength=len(sizes))[present] / sizes[present]
    apart = spent - np.bincount(own, weights=spent, minlength=len(sizes))[own] / sizes[own]
    within = float((apart**2).sum() / max(len(spent) - len(present), 1))
    result = np.zeros(len(sizes))
    if overall > 0:
        result[present] = shrunken(means, sizes[present].astype(np.float64), within, overall) / overall
    return result


def _words(rows: Sequence[Place], total: int, shown: int) -> str:
    first = rows[0]
    text = f"{total:,} places"
    if first.customers is not None and first.share is not None:
        text += f"; {percent(first.share)} of the customers are in {first.name}"
    told = [row for row in rows[:shown] if row.difference is not None and abs(row.difference) >= 0.1]
    if told:
        far = max(told, key=lambda row: abs(row.difference or 0.0))
        gap = far.difference or 0.0
        text += (
            f". The largest difference is in {far.name}: {percent(abs(gap))} {'more' if gap > 0 else 'less'} spend per customer than "
            "average, after allowing for how few customers it rests on"
        )
    return text + "."
