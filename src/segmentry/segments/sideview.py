"""Another way to look at the same customers: its groups with their size and revenue, and how they cross the main segments.

Small cells are hidden here. A row of the table or a cell of a grid is hidden when fewer than five customers are in it, and then further ones until none
can be worked out from the total (complementary suppression). The totals of a crossing are known on both sides, so that would hide nearly everything:
its cells are rounded to fives instead, and those of one to four hidden (both: Hundepool et al. 2012, "Statistical Disclosure Control", chapter 4).
Not a second segmentation to act on at the same time: one set of segments leads, the others are views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR, hide_small
from segmentry.errors import UsageError
from segmentry.results import plain
from segmentry.segments.stability import adjusted_rand, crossing

Name = Literal["rfm", "products", "seasons", "places", "rules", "levels"]


@dataclass(frozen=True, slots=True)
class SideRow:
    """One group of a view.

    Parameters
    ----------
    id : int
    name : str
    customers : int or None
        None when hidden.
    share, revenue, revenue_share : float or None
        Share of all customers, sum and share of all revenue; None when hidden or without amounts.
    words : str
        What the group is, where there is more to say than its name.
    """

    id: int
    name: str
    customers: int | None
    share: float | None
    revenue: float | None
    revenue_share: float | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Customers by main segment (rows) and group of the view (columns), rounded to fives; None for one to four customers.

    Parameters
    ----------
    segments, groups : tuple of int
        Ids.
    customers : tuple of tuples of int or None
    """

    segments: tuple[int, ...]
    groups: tuple[int, ...]
    customers: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Customers and revenue by two scores.

    Parameters
    ----------
    down, across : tuple of int
        Scores of the rows and columns.
    customers, revenue : tuple of tuples
        None where hidden.
    """

    down: tuple[int, ...]
    across: tuple[int, ...]
    customers: tuple[tuple[int | None, ...], ...]
    revenue: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class SideView:
    """One way to look at the customers beside the main segments.

    Parameters
    ----------
    name : {"rfm", "products", "seasons", "places", "rules", "levels"}
    column : str
        Name of its column in ``segments.csv``.
    title : str
    words : tuple of str
        Sentences: what it is, what was found, what to beware of.
    rows : tuple of SideRow
        Empty when the view has no groups; `words` say why.
    labels : array of str, shape (n,), or None
        Name of every customer's group, empty where there is none; None without groups.
    agreement : float or None
        Adjusted Rand index with the main segments, of the customers who are in both.
    meeting : Meeting or None
    grid : Grid or None
        RFM only: score of the last purchase (down) by score of frequency (across).
    """

    name: Name
    column: str
    title: str
    words: tuple[str, ...]
    rows: tuple[SideRow, ...] = ()
    labels: NDArray[np.object_] | None = None
    agreement: float | None = None
    meeting: Meeting | None = None
    grid: Grid | None = None

    def figures(self) -> dict[str, Any]:
        """Return all but the customers' labels, for the record of a run."""
        kept = ("name", "column", "title", "words", "rows", "agreement", "meeting", "grid")
        return {each: plain(getattr(self, each)) for each in kept}


def grouped(
    labels: NDArray[np.int64],
    names: Mapping[int, str],
    revenue: NDArray[np.float64] | None = None,
    *,
    words: Mapping[int, str] | None = None,
) -> tuple[SideRow, ...]:
    """Return a row per group that has customers, in the order of `names`; groups too small to show are hidden.

    Parameters
    ----------
    labels : int array, shape (n,)
        Group of every customer, a key of `names`.
    names : mapping of int to str
    revenue : float array, shape (n,), optional
    words : mapping of int to str, optional

    Raises
    ------
    UsageError
        When a label has no name.

    Examples
    --------
    >>> rows = grouped(np.repeat([1, 2, 3], [40, 3, 9]), {1: "Loyal", 2: "Lost", 3: "New"})
    >>> [(row.name, row.customers) for row in rows]
    [('Loyal', 40), ('Lost', None), ('New', None)]
    """
    present = {int(each) for each in np.unique(labels)}
    if not present <= set(names):
        raise UsageError(f"labels hold {sorted(present - set(names))}, which have no name; names are {list(names)}. Name every group.")
    ids = [each for each in names if each in present]
    sizes = np.array([int((labels == each).sum()) for each in ids])
    hidden = hide_small(sizes)
    spent = None if revenue is None else np.nan_to_num(revenue)
    total = 0.0 if spent is None else float(spent.sum())
    rows = []
    for each, size, hide in zip(ids, sizes.tolist(), hidden.tolist(), strict=True):
        told = (words or {}).get(each, "")
        if hide:
            rows.append(SideRow(each, names[each], None, None, None, None, told))
            continue
        sum_ = None if spent is None else float(spent[labels == each].sum())
        part = None if sum_ is None or total <= 0 else sum_ / total
        rows.append(SideRow(each, names[each], size, size / len(labels), sum_, part, told))
    return tuple(rows)


def texts(labels: NDArray[np.int64], names: Mapping[int, str]) -> NDArray[np.object_]:
    """Return the name of every customer's group, shape (n,)."""
    present, place = np.unique(labels, return_inverse=True)
    told: NDArray[np.object_] = np.array([names[int(each)] for each in present], dtype=object)[place.ravel()]
    return told


def met(main: NDArray[np.int64], labels: NDArray[np.int64]) -> tuple[float | None, Meeting | None]:
    """Return how a view agrees with the main segments and how they cross, over customers with an id above zero in both.

    Examples
    --------
    >>> agreement, meeting = met(np.repeat([1, 2, 0], 9), np.repeat([2, 1, 1], 9))
    >>> agreement, meeting.customers
    (1.0, ((0, 10), (10, 0)))
    """
    both = (main > 0) & (labels > 0)
    if not both.any():
        return None, None
    segments, rows = np.unique(main[both], return_inverse=True)
    groups, columns = np.unique(labels[both], return_inverse=True)
    counts = crossing(rows.ravel(), columns.ravel(), (len(segments), len(groups)))
    agreement = adjusted_rand(counts) if min(counts.shape) > 1 else None
    return agreement, Meeting(tuple(segments.tolist()), tuple(groups.tolist()), coarse(counts))


def gridded(
    down: NDArray[np.int64], across: NDArray[np.int64], revenue: NDArray[np.float64] | None, scores: Sequence[int] = (5, 4, 3, 2, 1)
) -> Grid:
    """Return customers and revenue by two scores; the first row is the best score of `down`, the first column the worst of `across`."""
    columns = tuple(reversed(scores))
    inside = np.isin(down, scores) & np.isin(across, scores)
    place = {score: at for at, score in enumerate(scores)}, {score: at for at, score in enumerate(columns)}
    rows = np.array([place[0][int(each)] for each in range(min(scores), max(scores) + 1)])[down[inside] - min(scores)]
    sides = np.array([place[1][int(each)] for each in range(min(scores), max(scores) + 1)])[across[inside] - min(scores)]
    shape = (len(scores), len(columns))
    counts = crossing(rows, sides, shape)
    # Sums of rows and columns are told nowhere, so only the total could give a single cell away.
    hidden = hide_small(counts.ravel()).reshape(shape)
    customers = _masked(counts, hidden)
    worth = np.zeros(len(rows)) if revenue is None else np.nan_to_num(revenue[inside])
    spent = np.bincount(rows * shape[1] + sides, weights=worth, minlength=counts.size)
    money = tuple(
        tuple(None if revenue is None or count is None else float(value) for count, value in zip(own, values, strict=True))
        for own, values in zip(customers, spent.reshape(shape), strict=True)
    )
    return Grid(tuple(scores), columns, customers, money)


def coarse(counts: NDArray[np.int64], step: int = FLOOR) -> tuple[tuple[int | None, ...], ...]:
    """Return the cells of a crossed table rounded to multiples of `step`; None for cells below it, and beside one in a row or column too small to round.

    Examples
    --------
    >>> coarse(np.array([[2, 31, 44], [0, 19, 50]]))
    ((None, 30, 45), (0, 20, 50))
    """
    small = (counts > 0) & (counts < step)
    hidden = small.copy()
    for axis in (0, 1):
        # 6 = 5 + 1 and 11 = 7 + 4 would still be worked out.
        tight = (counts.sum(axis=axis, keepdims=True) < 2 * step + step // 2) & small.any(axis=axis, keepdims=True)
        hidden |= tight & (counts > 0)
    return _masked((counts + step // 2) // step * step, hidden)


def _masked(counts: NDArray[np.int64], hidden: NDArray[np.bool_]) -> tuple[tuple[int | None, ...], ...]:
    return tuple(
        tuple(None if hide else int(count) for count, hide in zip(row, own, strict=True)) for row, own in zip(counts, hidden, strict=True)
    )
