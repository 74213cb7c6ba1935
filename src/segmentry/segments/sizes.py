"""Limits on the size of segments: none too small to be worth a campaign, none too large to be handled as one.

Groups below the smallest size are joined, the smallest first, each with the group that makes the spread within grow least (Ward 1963:
``n m / (n + m) × |a − b|²``). Groups above the largest size are cut in two across the line between the centres of 2-means, at its border or,
where a part would break a limit, as near to it as the limits allow; parts that are still too large again. A group that cannot be cut within the limits
is joined with its nearest and both are cut anew. Then every customer may move to the nearest mean (Lloyd's step), only as long as all sizes
stay within the limits. Equal customers always stay together.

The frozen rule is the nearest mean; where a cut was forced it only approximates the groups, as for a tree. Not a better clustering: the spread
within can only grow by joining, and what that cost is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.preparation.words import listed
from segmentry.segments.clustering import UNASSIGNED, Clustering, Nearest, inertia_of, means
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.threads import one_thread

STEPS, TRIED = 10, 2


@dataclass(frozen=True, slots=True)
class Limited:
    """Groups within limits.

    Parameters
    ----------
    clustering : Clustering
        Its labels keep the limits.
    joined, split : int
        How many joins and cuts it took.
    before, after : float
        Sum of squared distances of the customers to the mean of their group.
    words : str
        What was done and what it cost; empty when nothing was.
    """

    clustering: Clustering
    joined: int
    split: int
    before: float
    after: float
    words: str


def limit(
    points: NDArray[np.float64],
    clustering: Clustering,
    *,
    smallest: float | None = None,
    largest: float | None = None,
    fewest: int = 1,
    most: int = 50,
    seed: int = 0,
) -> Limited:
    """Return the groups within limits of size.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    clustering : Clustering
        Customers in no group (−1) stay so, and do not count.
    smallest, largest : float, optional
        In customers; below 1 a share of those in groups.
    fewest, most : int
        Groups there may be.
    seed : int

    Raises
    ------
    UsageError
        When a limit is not above zero, the largest is below the smallest, or shapes do not fit.
    Degenerate
        When no groups within the limits are possible.

    Examples
    --------
    >>> points = np.concatenate([np.arange(12.0), [50.0, 51.0]])[:, None]
    >>> found = limit(points, fit_kmeans(points, 2, seed=0), largest=7)
    >>> np.bincount(found.clustering.labels).tolist(), found.split
    ([6, 6, 2], 1)
    """
    if clustering.labels.shape != (len(points),):
        raise UsageError(f"labels have shape {clustering.labels.shape}; there are {len(points):,} points. Pass one label per point.")
    inside = clustering.labels != UNASSIGNED
    own, rows = clustering.labels[inside], points[inside]
    low, high = _in_customers(smallest, largest, len(own))
    _check_possible(len(own), low, high, fewest, most)
    before = inertia_of(rows, own, int(own.max(initial=-1)) + 1)
    sizes = np.bincount(own)
    if len(sizes) >= fewest and len(sizes) <= most and sizes.min() >= low and sizes.max() <= high:
        return Limited(clustering, 0, 0, before, before, "")
    with one_thread():
        labels, joined, split = _within(rows, own, low, high, seed)
        count = int(labels.max()) + 1
        if not fewest <= count <= most:
            raise _refused(f"within these limits there would be {count} segments, where {fewest} to {most} are wanted")
        labels = _settled(rows, labels, low, high)
    after = inertia_of(rows, labels, count)
    full = np.full(len(points), UNASSIGNED, dtype=np.int64)
    full[inside] = labels
    limited = replace(clustering, labels=full, rule=Nearest(means(rows, labels, count)), inertia=after, log_likelihood=None, tree=None)
    return Limited(
        limited, joined, split, before, after, _words(sizes, labels, (low, high), joined=joined, split=split, cost=(before, after))
    )


def _in_customers(smallest: float | None, largest: float | None, customers: int) -> tuple[int, int]:
    for name, value in (("smallest", smallest), ("largest", largest)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise UsageError(
                f"the {name} segment is {value}; allowed is a number of customers, or a share between 0 and 1. Give one of them."
            )
    low = 1 if smallest is None else math.ceil(smallest * customers - 1e-9) if smallest < 1 else math.ceil(smallest)
    high = customers if largest is None else math.floor(largest * customers + 1e-9) if largest < 1 else math.floor(largest)
    if low > high and largest is not None and smallest is not None:
        raise UsageError(
            f"the smallest segment is {low:,} customers, the largest {high:,}; the first must not exceed the second. Change one."
        )
    return max(low, 1), high


def _check_possible(customers: int, low: int, high: int, fewest: int, most: int) -> None:
    check_range("the most segments", most, max(fewest, 1), 1_000)
    if customers == 0:
        raise _refused("no customer is in a segment")
    if most * high < customers:
        raise _refused(f"{most} segments of at most {high:,} hold {most * high:,} of {customers:,} customers")
    if fewest * low > customers:
        raise _refused(f"{fewest} segments of at least {low:,} need {fewest * low:,} customers; there are {customers:,}")
    if -(-customers // high) * low > customers:
        reason = f"{customers:,} customers cannot be divided into segments of {low:,} to {high:,}"
        raise _refused(reason)


def _refused(reason: str) -> Degenerate:
    return Degenerate(Problem("SIZES_IMPOSSIBLE", reason, "widen segments.smallest and segments.largest, or the number of segments"))


def _within(points: NDArray[np.float64], labels: NDArray[np.int64], low: int, high: int, seed: int) -> tuple[NDArray[np.int64], int, int]:
    """Join and cut until every group is within the limits; return labels 0 …, and how many joins and cuts."""
    groups = [np.flatnonzero(labels == each) for each in range(int(labels.max()) + 1)]
    groups = [group for group in groups if len(group)]
    joined = 0
    done: list[NDArray[np.intp]] = []
    while groups:
        place = min(range(len(groups)), key=lambda each: (len(groups[each]), each))
        if len(groups[place]) >= low:
            place = next((each for each, group in enumerate(groups) if len(group) > high), place)
        parts = _cut(points, groups[place], low, high, seed)
        if parts:
            groups.pop(place)
            done += parts
            continue
        others = groups + done
        if len(others) == 1:
            raise _refused(
                f"{len(points):,} customers cannot be divided into segments of {low:,} to {high:,}: too many of them are equal in every feature"
            )
        partner = _nearest(points, others, place)
        merged = np.sort(np.concatenate([others[place], others[partner]]))
        left = [group for each, group in enumerate(others) if each not in (place, partner)]
        joined += 1
        # Groups that fit stay as they are unless they are needed; all are looked at again.
        groups, done = [*left, merged], []
    result = np.empty(len(points), dtype=np.int64)
    for place, group in enumerate(done):
        result[group] = place
    return result, joined, len(done) - (len(np.unique(labels)) - joined)


def _nearest(points: NDArray[np.float64], groups: Sequence[NDArray[np.intp]], place: int) -> int:
    centres = np.array([points[group].mean(axis=0) for group in groups])
    sizes = np.array([len(group) for group in groups], dtype=np.float64)
    costs = sizes * sizes[place] / (sizes + sizes[place]) * ((centres - centres[place]) ** 2).sum(axis=1)
    costs[place] = np.inf
    return int(costs.argmin())


def _cut(points: NDArray[np.float64], group: NDArray[np.intp], low: int, high: int, seed: int) -> list[NDArray[np.intp]]:
    """Return parts within the limits, the group itself when it is; none when there are no such parts."""
    size = len(group)
    parts = -(-size // high)
    if parts * low > size:
        return []
    if parts == 1:
        return [group]
    ordered, border, free = _across(points, group, seed)
    # Each side is to hold a whole number of segments within the limits.
    options = []
    for first in range(1, parts):
        least, greatest = max(first * low, size - (parts - first) * high), min(first * high, size - (parts - first) * low)
        cuts = free[(free >= least) & (free <= greatest)]
        options += [int(cuts[np.abs(cuts - border).argmin()])] if len(cuts) else []
    for cut in sorted(set(options), key=lambda each: (abs(each - border), each))[:TRIED]:
        sides = [_cut(points, np.sort(side), low, high, seed) for side in (ordered[:cut], ordered[cut:])]
        if all(sides):
            return sides[0] + sides[1]
    return []


def _across(points: NDArray[np.float64], group: NDArray[np.intp], seed: int) -> tuple[NDArray[np.intp], int, NDArray[np.intp]]:
    """Return the group ordered across 2-means, how many lie before its border, and the places where equal customers are not parted."""
    own = points[group]
    if (own == own[0]).all():
        return group, 0, np.array([], dtype=np.intp)
    found = fit_kmeans(own, 2, seed=seed)
    along = found.centres[1] - found.centres[0]
    place = np.zeros(len(own))
    for column, slope in zip(own.T, along, strict=True):
        place += column * slope
    order = np.lexsort((*own.T[::-1], place))
    free = np.flatnonzero((own[order][1:] != own[order][:-1]).any(axis=1)) + 1
    middle = float((found.centres.sum(axis=0) / 2) @ along)
    return group[order], int((place < middle).sum()), free


def _settled(points: NDArray[np.float64], labels: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    """Move customers to the nearest mean as long as the sizes stay within the limits."""
    count = int(labels.max()) + 1
    for _ in range(STEPS):
        moved = Nearest(means(points, labels, count)).assign(points)
        sizes = np.bincount(moved, minlength=count)
        if sizes.min() < low or sizes.max() > high or np.array_equal(moved, labels):
            break
        labels = moved
    return labels


def _words(
    sizes: NDArray[np.int64],
    labels: NDArray[np.int64],
    limits: tuple[int, int],
    *,
    joined: int,
    split: int,
    cost: tuple[float, float],
) -> str:
    low, high = limits
    small, large = int((sizes < low).sum()), int((sizes > high).sum())
    was = [f"{count} {words}" for count, words in ((small, f"had fewer than {low:,} customers"), (large, f"more than {high:,}")) if count]
    done = [f"{count} {words if count > 1 else words[:-1]}" for count, words in ((joined, "joins"), (split, "cuts")) if count]
    change = cost[1] / cost[0] - 1 if cost[0] > 0 else 0.0
    spread = f"the spread within segments {'grew' if change > 0 else 'fell'} by {abs(change):.1%}"
    now = np.bincount(labels)
    return (
        f"Size limits: of {len(sizes)} segments, {listed(was) or 'none broke a limit'}; after {listed(done) or 'no change'} there are {len(now)}, "
        f"from {now.min():,} to {now.max():,} customers, and {spread}."
    )
