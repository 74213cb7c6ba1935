"""What would be different had a piece of dirt been left untreated: two groupings of the customers compared.

Agreement is the adjusted Rand index over the customers that both have; segments are matched one to one by common members, and a customer has moved
when the matched segment is another one. Shares are of revenue, or of customers where there is none. A change is no proof of harm: a
grouping of a continuum changes when anything does, which is why the agreement of plain refits stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.preparation.words import percent

Whole = NDArray[np.int64]
NOTHING = 0.0005


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Customers in segments.

    Parameters
    ----------
    ids : array of str, shape (n,)
    labels : int array, shape (n,)
        Segment ids from 1; below 1 for customers in none.
    revenue : float array, shape (n,), or None
    """

    ids: NDArray[np.object_]
    labels: Whole
    revenue: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Share of one segment with the treatment and without it, 0 to 1; `before` is 0 for a segment that has no counterpart."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groupings compared.

    Parameters
    ----------
    common, left, entered : int
        Customers in segments of both, of the first only, of the second only.
    ari : float
        Adjusted Rand index over the common ones.
    moved : float
        Share of the common ones whose matched segment is another.
    k_before, k_after : int
    shifts : tuple of Shift
        In the order of the segments' ids.
    """

    common: int
    left: int
    entered: int
    ari: float
    moved: float
    k_before: int
    k_after: int
    shifts: tuple[Shift, ...]

    @property
    def shifted(self) -> float:
        """Share of the revenue that counts for another segment, 0 to 1."""
        # Shares are summed in another order: what is left of equal ones is rounding.
        return round(sum(abs(shift.after - shift.before) for shift in self.shifts) / 2, 9)

    @property
    def harm(self) -> float:
        """What items are sorted by: customers moved and revenue shifted, 0 to 2."""
        return self.moved + self.shifted


@dataclass(frozen=True, slots=True)
class AuditItem:
    """One piece of dirt, and what leaving it untreated would have changed.

    Parameters
    ----------
    rule : str
        As in the `Treatment`.
    title : str
        The dirt in a few words.
    count : int
        Rows, cells, columns or customers that were treated.
    comparison : Comparison or None
        None when the data could not be segmented without the treatment.
    sentence : str
        What would change, for people.
    """

    rule: str
    title: str
    count: int
    comparison: Comparison | None
    sentence: str


def compare(
    before: Grouping,
    after: Grouping,
    *,
    agreement: Callable[[Whole], float],
    match: Callable[[Whole], Whole],
    names: Mapping[int, str] | None = None,
) -> Comparison:
    """Compare two groupings.

    Parameters
    ----------
    before, after : Grouping
        With the treatment and without it.
    agreement : callable
        Takes the crossing table of the common customers, shape (k before, k after), and returns the adjusted Rand index.
    match : callable
        Takes it too and returns the column matched to each row, one to one, −1 for none.
    names : mapping of int to str, optional
        Of the segments before.

    Examples
    --------
    >>> ids = np.array(list("abcd"), dtype=object)
    >>> first, second = Grouping(ids, np.array([1, 1, 2, 2])), Grouping(ids, np.array([2, 2, 2, 1]))
    >>> found = compare(first, second, agreement=lambda crossed: 0.0, match=lambda crossed: np.array([1, 0]))
    >>> found.moved, [(shift.before, shift.after) for shift in found.shifts]
    (0.25, [(0.5, 0.75), (0.5, 0.25)])
    """
    first, second = _inside(before), _inside(after)
    _, mine, theirs = np.intersect1d(first.ids.astype(str), second.ids.astype(str), assume_unique=True, return_indices=True)
    shape = (int(first.labels.max(initial=1)), int(second.labels.max(initial=1)))
    crossed = np.bincount((first.labels[mine] - 1) * shape[1] + second.labels[theirs] - 1, minlength=shape[0] * shape[1]).reshape(shape)
    partner = match(crossed)
    stayed = sum(int(crossed[row, column]) for row, column in enumerate(partner) if column >= 0)
    return Comparison(
        common=len(mine),
        left=len(first.ids) - len(mine),
        entered=len(second.ids) - len(mine),
        ari=agreement(crossed),
        moved=1 - stayed / len(mine) if len(mine) else 0.0,
        k_before=len(np.unique(first.labels)),
        k_after=len(np.unique(second.labels)),
        shifts=_shifts(first, second, partner, names or {}),
    )


def _inside(grouping: Grouping) -> Grouping:
    kept = grouping.labels > 0
    return Grouping(grouping.ids[kept], grouping.labels[kept], None if grouping.revenue is None else grouping.revenue[kept])


def _shifts(before: Grouping, after: Grouping, partner: Whole, names: Mapping[int, str]) -> tuple[Shift, ...]:
    money = before.revenue is not None and after.revenue is not None
    first, second = (_shares(each, money=money) for each in (before, after))
    shifts = [
        Shift(names.get(row + 1, f"segment {row + 1}"), share, float(second[column]) if column >= 0 else 0.0)
        for row, (share, column) in enumerate(zip(first.tolist(), partner.tolist(), strict=True))
    ]
    alone = sorted(set(range(len(second))) - set(partner.tolist()))
    return (*shifts, *(Shift("a new segment", 0.0, float(second[column])) for column in alone))


def _shares(grouping: Grouping, *, money: bool) -> NDArray[np.float64]:
    weights = (
        np.where(np.isfinite(grouping.revenue), grouping.revenue, 0.0)
        if money and grouping.revenue is not None
        else np.ones(len(grouping.ids))
    )
    sums = np.bincount(grouping.labels - 1, weights=weights)
    return np.asarray(sums / sums.sum() if sums.sum() > 0 else sums * 0.0)


def _exchanged(found: Comparison) -> list[tuple[int, str]]:
    return [(count, words) for count, words in ((found.left, "missing"), (found.entered, "added")) if count]


def sentence(doing: str, found: Comparison, *, money: bool, refits: float | None = None) -> str:
    """Return what would change, for people.

    Parameters
    ----------
    doing : str
        How the sentence begins, such as "Leaving the 12 returns in".
    money : bool
        Whether the shares are of revenue.
    refits : float, optional
        Agreement of plain refits on customers drawn anew: what changes no more than these changes nothing that counts.

    Examples
    --------
    >>> sentence("Leaving the 12 returns in", Comparison(100, 0, 0, 0.9, 0.07, 2, 2, (Shift("A", 0.6, 0.57), Shift("B", 0.4, 0.43))), money=True)
    'Leaving the 12 returns in would move 7.0% of the customers into another segment and shift 3.0 points of revenue, most of it from “A” to “B”.'
    """
    what = "revenue" if money else "customers"
    parts = []
    if found.moved >= NOTHING:
        parts.append(f"move {percent(found.moved)} of the customers into another segment")
    if found.shifted >= NOTHING:
        loser, winner = (pick(found.shifts, key=lambda shift: shift.after - shift.before) for pick in (min, max))
        route = f", most of it from “{loser.name}” to “{winner.name}”" if loser.name != winner.name else ""
        parts.append(f"shift {100 * found.shifted:.1f} points of {what}{route}")
    changed = " and ".join(parts) if parts else "leave every customer in the same segment"
    told = f"{doing} would {changed}."
    told += "".join(f" {count:,} {'customer' if count == 1 else 'customers'} would be {change}." for count, change in _exchanged(found))
    if refits is not None and parts and found.ari >= refits:
        told += f" That is no more than drawing the customers anew changes (agreement {found.ari:.2f} against {refits:.2f})."
    return told
