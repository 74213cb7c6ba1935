"""The customers as one method sees them, and how its groups are numbered: by revenue, then size, then centre, so that the same data gives the same ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.clustering import UNASSIGNED, Clustering
from segmentry.segments.results import Selection


@dataclass(frozen=True, slots=True)
class View:
    """The customers as one method sees them, segments in the order of their ids.

    Parameters
    ----------
    selection : Selection
    clustering : Clustering
        Groups 0 … k−1 are the ids 1 … k.
    others : dict of int to int array, shape (n,)
        Segment ids for the other numbers of segments that were tried.
    groups : dict of int to int
        Segment id of each group as the method itself numbered it (the tree of a hierarchical method knows only those).
    """

    selection: Selection
    clustering: Clustering
    others: dict[int, NDArray[np.int64]]
    groups: dict[int, int] = field(default_factory=dict)

    @property
    def ids(self) -> NDArray[np.int64]:
        """Segment ids 1 … k, −1 for customers in none, shape (n,)."""
        return numbered(self.clustering.labels)


def numbered(labels: NDArray[np.int64], ids: Sequence[int] = ()) -> NDArray[np.int64]:
    """Return segment ids, 1 … k unless others are given, for groups 0 … k−1; −1 stays.

    Examples
    --------
    >>> numbered(np.array([0, 2, -1])).tolist()
    [1, 3, -1]
    """
    if not ids:
        return np.where(labels == UNASSIGNED, UNASSIGNED, labels + 1)
    return np.array([*ids, UNASSIGNED], dtype=np.int64)[labels]


def order_of(fit: Clustering, revenue: NDArray[np.float64] | None) -> list[int]:
    """Return the groups by revenue, then size, then centre."""
    k = len(fit.centres)
    inside = fit.labels >= 0
    sizes = np.bincount(fit.labels[inside], minlength=k)
    known = np.zeros(len(inside)) if revenue is None else np.where(np.isfinite(revenue), revenue, 0.0)
    money = np.bincount(fit.labels[inside], weights=known[inside], minlength=k)
    return sorted(range(k), key=lambda place: (-money[place], -sizes[place], tuple(fit.centres[place])))


def reordered(fit: Clustering, order: list[int]) -> Clustering:
    """Return the clustering with its groups in another order."""
    places = np.empty(len(order) + 1, dtype=np.int64)
    places[order] = np.arange(len(order))
    places[-1] = UNASSIGNED
    return replace(fit, labels=places[fit.labels], rule=fit.rule.ordered(order))
