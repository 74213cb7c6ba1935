"""Who went from which segment to which between two days, and whether the customers moved or the model did.

Every customer is put into a segment three times: by the old model on the old data (*before*), by the old model on the new data (*between*) and by the
new model on the new data (*after*, in the lasting ids of `identity`). Then

* a **customer moved** when before ≠ between: one and the same model, another day;
* the **model moved** a customer when between ≠ after: one and the same day, another model.

Of those in a segment both days, with c and m for these two and t for before ≠ after: ``t = c + m − (both − back) − 2 · back``, where *both* count those
whom both moved and *back* those of them whom the model put back where they were: the interaction. Sizes add up without one:
``after = before + customers moved (net) + model moved (net) + joined − left``. The path is one of two: the new model at both dates (*behind*) may see other
customers move, and that count is told as a witness. Not a forecast: a move is seen after it happened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.segments.identity import FEW

ASIDE, NEW, GONE = 0, -1, -2
REASONS = 6


@dataclass(frozen=True, slots=True)
class Scored:
    """Customers of either day, placed by both models.

    Parameters
    ----------
    before, between, after : int array, shape (n,)
        Old model on the old data, old model on the new data, new model on the new data. Ids from 1; `ASIDE` for customers set aside, `NEW` (before only)
        for those not known on the old day, `GONE` (between and after) for those not known on the new one.
    behind : int array, shape (n,), or None
        New model on the old data; None when the old data lacks what it needs.
    """

    before: NDArray[np.int64]
    between: NDArray[np.int64]
    after: NDArray[np.int64]
    behind: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        shapes = {part.shape for part in (self.before, self.between, self.after, self.behind) if part is not None}
        if len(shapes) != 1:
            raise UsageError(f"the labels have shapes {sorted(shapes)}; all must be of the same customers. Pass arrays of one length.")

    @property
    def both_days(self) -> NDArray[np.bool_]:
        """Customers in a segment on both days, by every model."""
        known: NDArray[np.bool_] = (self.before > 0) & (self.between > 0) & (self.after > 0)
        return known


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Where customers in a segment on both days went, and by what.

    Parameters
    ----------
    compared : int
        ``stayed + by_customers + by_model + by_both + back``.
    stayed, by_customers, by_model, by_both, back : int
        Moved by nothing; only as they behaved; only by the model; by both to another segment; by both and back where they were.
    joined, left : int
        In a segment on the new day only (new or set aside before), and on the old day only.
    by_new_model : int or None
        Customers who moved if the new model is used on both days.
    """

    compared: int
    stayed: int
    by_customers: int
    by_model: int
    by_both: int
    back: int
    joined: int
    left: int
    by_new_model: int | None = None

    @property
    def customers_moved(self) -> int:
        """Customers in another segment on the new day by the old model."""
        return self.by_customers + self.by_both + self.back

    @property
    def model_moved(self) -> int:
        """Customers whom the new model puts elsewhere than the old one, on the new day."""
        return self.by_model + self.by_both + self.back

    @property
    def changed(self) -> int:
        """Customers whose segment is another one: ``customers_moved + model_moved − interaction``."""
        return self.by_customers + self.by_model + self.by_both

    @property
    def interaction(self) -> int:
        """What both counts hold: once those moved by both, twice those moved and put back."""
        return self.by_both + 2 * self.back


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers who went from one segment to one segment.

    Parameters
    ----------
    source, target : int
        Before and after; see `Scored` for those in none.
    customers : int
    by_customers, by_model : int
        Of those who changed between two segments: who behaved differently (by the old model), and whom the model alone moved; they add up.
    revenue : float or None
        Of these customers until the old day, or until the new one for who was not known before.
    """

    source: int
    target: int
    customers: int
    by_customers: int
    by_model: int
    revenue: float | None


@dataclass(frozen=True, slots=True)
class Size:
    """How a segment came to its size: ``after = before + by_customers + by_model + joined − left``."""

    segment: int
    before: int
    by_customers: int
    by_model: int
    joined: int
    left: int
    after: int


@dataclass(frozen=True, slots=True)
class Shift:
    """Medians of one feature on both days, of those who moved and of those who stayed (None where fewer than 20 did); `feature` is its place."""

    feature: int
    before: float
    after: float
    stayed_before: float | None = None
    stayed_after: float | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """What customers who moved (by the old model) did unlike those who stayed in the segment they left."""

    source: int
    target: int
    customers: int
    shifts: tuple[Shift, ...]


def decompose(scored: Scored) -> Decomposition:
    """Return how many customers moved, how many the model moved, and both.

    Examples
    --------
    >>> found = decompose(Scored(np.array([1, 1, 1, 1, -1]), np.array([1, 2, 1, 2, 2]), np.array([1, 2, 2, 1, 2])))
    >>> found.changed, found.customers_moved, found.model_moved, found.interaction, found.joined
    (2, 2, 2, 2, 1)
    """
    inside = scored.both_days
    before, between, after = scored.before[inside], scored.between[inside], scored.after[inside]
    moved, remodelled, changed = before != between, between != after, before != after
    behind = None if scored.behind is None else int((scored.behind[inside] != after).sum())
    return Decomposition(
        compared=int(inside.sum()),
        stayed=int((~moved & ~remodelled).sum()),
        by_customers=int((moved & ~remodelled).sum()),
        by_model=int((~moved & remodelled).sum()),
        by_both=int((moved & remodelled & changed).sum()),
        back=int((moved & remodelled & ~changed).sum()),
        joined=int(((scored.after > 0) & ~inside).sum()),
        left=int(((scored.before > 0) & ~inside).sum()),
        by_new_model=behind,
    )


def migration(scored: Scored, revenue: NDArray[np.float64] | None = None) -> tuple[Flow, ...]:
    """Return the migration matrix as its cells that hold customers, by source and target.

    Parameters
    ----------
    revenue : float array, shape (n,), optional
        See `Flow`; what is not finite counts as nothing.
    """
    moved = scored.both_days & (scored.before != scored.after)
    behaved = scored.before != scored.between
    flows = []
    for source, target in _cells(scored.before, scored.after):
        rows = (scored.before == source) & (scored.after == target)
        flows.append(
            Flow(
                source,
                target,
                int(rows.sum()),
                int((rows & moved & behaved).sum()),
                int((rows & moved & ~behaved).sum()),
                _sum(revenue, rows),
            )
        )
    return tuple(flows)


def stages(scored: Scored) -> tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, int, int], ...]]:
    """Return both steps, before → between and between → after, as (source, target, customers)."""

    def step(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[tuple[int, int, int], ...]:
        return tuple((i, j, int(((one == i) & (other == j)).sum())) for i, j in _cells(one, other))

    return step(scored.before, scored.between), step(scored.between, scored.after)


def sizes(scored: Scored) -> tuple[Size, ...]:
    """Return how each segment came to its size, by id."""
    inside = scored.both_days
    found = []
    for segment in sorted({int(label) for label in np.union1d(np.union1d(scored.before, scored.after), scored.between) if label > 0}):
        before, between, after = scored.before == segment, scored.between == segment, scored.after == segment
        found.append(
            Size(
                segment,
                int(before.sum()),
                int((between & inside).sum() - (before & inside).sum()),
                int((after & inside).sum() - (between & inside).sum()),
                int((after & ~inside).sum()),
                int((before & ~inside).sum()),
                int(after.sum()),
            )
        )
    return tuple(found)


def worth(scored: Scored, revenue: NDArray[np.float64]) -> dict[int, float]:
    """Return the revenue per customer of each old segment until the old day; customers set aside are worth nothing."""
    money = np.where(np.isfinite(revenue), revenue, 0.0)
    return {ASIDE: 0.0} | {
        int(segment): float(money[scored.before == segment].mean()) for segment in np.unique(scored.before) if segment > 0
    }


def fallen(scored: Scored, revenue: NDArray[np.float64] | None) -> NDArray[np.intp]:
    """Return who fell, by the old model, from a segment worth more than the average customer to one worth less, largest revenue first.

    Without `revenue`, shape (n,), nobody falls: everyone who moved as he behaved differently is returned, in order.
    """
    moved = (scored.before > 0) & (scored.between >= 0) & (scored.before != scored.between)
    if revenue is None:
        return np.flatnonzero(moved & (scored.between > 0))
    money = np.where(np.isfinite(revenue), revenue, 0.0)
    value = worth(scored, revenue)
    average = float(money[scored.before > 0].mean()) if (scored.before > 0).any() else 0.0
    source = np.array([value.get(int(label), 0.0) for label in scored.before])
    target = np.array([value.get(int(label), np.inf) for label in scored.between])
    rows = np.flatnonzero(moved & (source > average) & (target < source))
    return rows[np.argsort(-money[rows], kind="stable")]


def reasons(
    scored: Scored,
    points: tuple[NDArray[np.float64], NDArray[np.float64]],
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    most: int = 3,
) -> tuple[Reason, ...]:
    """Return, for the largest flows of customers who moved by the old model, the features in which they changed unlike those who stayed.

    Parameters
    ----------
    points, values : (float array, float array), each of shape (n, p)
        Old and new day: prepared as the old model does, in which changes are compared, and in their own units, in which they are told.
    most : int
        Features told per flow.

    Returns
    -------
    tuple of Reason
        At most six, of 20 customers or more each, largest first.
    """
    inside = scored.both_days
    moved = [(i, j) for i, j in _cells(scored.before[inside], scored.between[inside]) if i != j]
    found = []
    for source, target in moved:
        movers = inside & (scored.before == source) & (scored.between == target)
        if movers.sum() < FEW:
            continue
        stayers = inside & (scored.before == source) & (scored.between == source)
        compared = [movers, stayers] if stayers.sum() >= FEW else [movers]
        deltas = [_typical(points[1][rows] - points[0][rows]) for rows in compared]
        delta = np.abs(deltas[0] - deltas[-1] if len(deltas) > 1 else deltas[0])
        order = sorted((place for place in range(len(delta)) if delta[place] >= 0.25), key=lambda place: -delta[place])[:most]
        medians = [_typical(day[rows]) for rows in compared for day in values]
        shifts = tuple(Shift(place, *(float(part[place]) for part in medians)) for place in order)
        found.append(Reason(source, target, int(movers.sum()), shifts))
    return tuple(sorted(found, key=lambda each: -each.customers)[:REASONS])


def _typical(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return medians of what is known, column by column; 0 where nobody is."""
    known = [column[np.isfinite(column)] for column in values.T]
    return np.array([float(np.median(column)) if column.size else 0.0 for column in known])


def _cells(one: NDArray[np.int64], other: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the pairs of labels that occur, sorted; one number per pair is much faster to sort than two."""
    width = int(max(other.max(initial=0), 0)) - GONE + 1
    pairs = np.unique((one - GONE) * width + (other - GONE))
    return [(int(pair // width) + GONE, int(pair % width) + GONE) for pair in pairs]


def _sum(revenue: NDArray[np.float64] | None, rows: NDArray[np.bool_]) -> float | None:
    return None if revenue is None else float(np.nansum(np.where(np.isfinite(revenue), revenue, 0.0)[rows]))
