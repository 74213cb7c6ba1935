"""Customers of a plan by segment and offer, with small cells hidden so that they cannot be worked out from the sums beside them either.

Every row and column with a hidden cell has at least two, which together hold at least five customers: complementary suppression in two dimensions
(Hundepool et al. 2012, "Statistical Disclosure Control", chapter 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.plans.results import Allocation
from segmentry.plots.segments import numbered

NO_OFFER = "no offer"
NO_SEGMENT = "in no segment"
EVERYONE = "all customers"

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A plan by segment (rows) and offer (columns); the last column is "no offer".

    Parameters
    ----------
    segments : tuple of str
        With their numbers.
    ids : tuple of int
        Of the segments; 0 for customers in none, and where there are no segments.
    columns : tuple of str
        Offers, then "no offer".
    customers : int array, shape (s, k + 1)
    spend, gain : float array, shape (s, k + 1)
        As planned.
    hidden : bool array, shape (s, k + 1)
        Cells that must not be told.
    """

    segments: tuple[str, ...]
    ids: tuple[int, ...]
    columns: tuple[str, ...]
    customers: Counts
    spend: Floats
    gain: Floats
    hidden: Flags


def cells(plan: Allocation, ids: Sequence[int] = ()) -> Cells:
    """Return the plan by segment and offer; a plan without segments has one row.

    Parameters
    ----------
    plan : Allocation
    ids : sequence of int
        Of its segments; by default 1, 2, ….
    """
    names, rows = _rows(plan)
    own = [*(ids or range(1, len(plan.segments) + 1))][: len(plan.segments)]
    numbers = tuple([0] if names == (EVERYONE,) else [*own, *[0] * (len(names) - len(own))])
    names = tuple(numbered(number, name) for number, name in zip(numbers, names, strict=True))
    k = len(plan.offers)
    place = rows * (k + 1) + np.where(plan.offer >= 0, plan.offer, k)
    size = len(names) * (k + 1)
    shape = (len(names), k + 1)
    customers = np.bincount(place, minlength=size).reshape(shape).astype(np.int64)
    spend, gain = (np.bincount(place, weights, minlength=size).reshape(shape).astype(np.float64) for weights in (plan.spend, plan.gain))
    return Cells(names, numbers, (*(offer.name for offer in plan.offers), NO_OFFER), customers, spend, gain, hide_crossed(customers))


def _rows(plan: Allocation) -> tuple[tuple[str, ...], Counts]:
    if plan.segment is None or not plan.segments:
        return (EVERYONE,), np.zeros(len(plan), dtype=np.int64)
    nowhere = plan.segment < 0
    if not nowhere.any():
        return plan.segments, plan.segment
    return (*plan.segments, NO_SEGMENT), np.where(nowhere, len(plan.segments), plan.segment)


def hide_crossed(counts: Counts) -> Flags:
    """Return which cells of a table must not be told, shape (s, k).

    Cells of 1 to 4 are hidden; then, in every row and column in which something is hidden, the smallest others, until at least two are hidden there and
    hold at least five customers together.

    Examples
    --------
    >>> hide_crossed(np.array([[40, 3, 50], [60, 20, 70], [80, 90, 30]])).astype(int)
    array([[1, 1, 0],
           [1, 1, 0],
           [0, 0, 0]])
    """
    hidden = (counts > 0) & (counts < FLOOR)
    changed = bool(hidden.any())
    while changed:
        rows = [_complete(counts[row], hidden[row]) for row in range(len(counts))]
        columns = [_complete(counts[:, column], hidden[:, column]) for column in range(counts.shape[1])]
        changed = any(rows) or any(columns)
    return hidden


def _complete(line: Counts, hidden: Flags) -> bool:
    """Hide what is missing of one row or column, in place; say whether anything was."""
    changed = False
    while hidden.any() and (hidden.sum() < 2 or line[hidden].sum() < FLOOR):
        others = np.flatnonzero(~hidden & (line > 0))
        if not len(others):
            return changed
        hidden[others[np.argmin(line[others])]] = True
        changed = True
    return changed
