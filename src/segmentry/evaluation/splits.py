"""Splits that keep alike customers together, and the future out of the past.

A model that has seen a customer's twin knows the twin's answer: customers equal in every feature, and those of one household, are one group and never
stand on both sides of a split. Folds hold about the same share of answers (stratified), by the largest group first onto the fold with the least of its kind
(Graham 1969), then single customers to level what is left. Where customers have a day, `rolling` learns from the earlier and judges
on the later (rolling origin; Tashman 2000). A random split of rows is not offered.

Rows come in the order of the ids; group numbers may be any.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range
from segmentry.disclosure import FLOOR
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.ranked import checked_answers, numbered

Codes = NDArray[np.intp]


def duplicates(values: ArrayLike, columns: Sequence[int] | None = None) -> Codes:
    """Return groups of customers who are equal in every feature; missing equals missing.

    Parameters
    ----------
    values : array-like of float, shape (n, p)
    columns : sequence of int, optional
        Compare these columns only.

    Returns
    -------
    groups : int array, shape (n,)
        Numbered in the order of their first customer.

    Raises
    ------
    UsageError
        Unless values have rows and columns.

    Examples
    --------
    >>> duplicates([[1.0, np.nan], [2.0, 0.0], [1.0, np.nan]]).tolist()
    [0, 1, 0]
    """
    table = np.array(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise UsageError(f"values have shape {table.shape}; allowed is customers by features, at least one. Pass a table.")
    table = table if columns is None else table[:, list(columns)]
    # Equal floats may differ in their bits: two zeros, many NaN.
    table = np.where(np.isnan(table), np.nan, table + 0.0)
    rows = np.ascontiguousarray(table).view(np.dtype((np.void, table.shape[1] * table.itemsize))).reshape(-1)
    return numbered(rows)


def joined(groups: ArrayLike, more: ArrayLike) -> Codes:
    """Return groups that hold together whoever shares a group in either: a twin of a twin's housemate is in.

    Parameters
    ----------
    groups, more : array-like of int, shape (n,)
        Such as duplicates and households.

    Returns
    -------
    groups : int array, shape (n,)
        Connected components, numbered in the order of their first customer.

    Raises
    ------
    UsageError
        When lengths differ.

    Examples
    --------
    >>> joined([0, 0, 1, 2, 3], [5, 6, 6, 7, 7]).tolist()
    [0, 0, 0, 1, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, other = numbered(groups), numbered(more)
    if one.shape != other.shape:
        raise UsageError(f"groups have shapes {one.shape} and {other.shape}; allowed is one group per customer in both. Align them.")
    if len(one) == 0:
        return one
    size = int(one.max()) + 1
    links = coo_array((np.ones(len(one)), (one, size + other)), shape=(size + int(other.max()) + 1,) * 2)
    return numbered(connected_components(links, directed=False)[1][one])


def folds(outcome: ArrayLike, groups: ArrayLike, *, count: int, seed: int) -> Codes:
    """Return the fold of every customer: groups whole, answers spread evenly, sizes as even as groups allow.

    Parameters
    ----------
    outcome : array-like of 0 and 1, shape (n,)
    groups : array-like of int, shape (n,)
        As of `duplicates` or `joined`.
    count : int
        Folds, 2 or more.
    seed : int
        Another seed, another division: repeat to see how much it matters.

    Returns
    -------
    fold : int array, shape (n,)
        0 to count − 1.

    Raises
    ------
    NotEnoughData
        When a fold would be without answers, or without refusals.
    UsageError
        When lengths or numbers are out of range.

    Examples
    --------
    >>> fold = folds([1, 1, 0, 0, 1, 0], [0, 0, 1, 1, 2, 3], count=2, seed=0)
    >>> bool(fold[0] == fold[1] and fold[2] == fold[3])
    True
    """
    answers, units = checked_answers(outcome), numbered(groups)
    check_range("folds", count, 2, 50)
    if units.shape != answers.shape:
        raise UsageError(f"groups have shape {units.shape}; the answers ask for {answers.shape}. Pass one group per customer.")
    members = np.stack([np.bincount(units, 1.0 - answers), np.bincount(units, answers)], axis=1).astype(np.float64)
    found = (members > 0).sum(axis=0)
    place = _dealt(members, count, np.random.default_rng(seed)) if found.min() >= count else np.zeros(len(members), dtype=np.intp)
    filled = np.stack([np.bincount(place, members[:, answer], minlength=count) for answer in (0, 1)])
    if not (filled > 0).all():
        reason = f"{count} folds need at least {count} customers who answered and {count} who did not, alike ones counted once; "
        reason += "found " + " and ".join(f"{each:,}" if each >= FLOOR or not each else f"fewer than {FLOOR}" for each in found[::-1])
        raise NotEnoughData(Problem("TOO_FEW_ANSWERS", reason, "ask for fewer folds, or add customers with a known answer"))
    return place[units]


def _dealt(members: NDArray[np.float64], count: int, rng: np.random.Generator) -> Codes:
    """Return a fold per group: large groups one by one to where they are missed most, single customers to level the rest."""
    place = np.zeros(len(members), dtype=np.intp)
    totals, held = members.sum(axis=0), np.zeros((count, 2))
    size = members.sum(axis=1)
    shuffled = rng.permutation(len(members))
    several = shuffled[size[shuffled] > 1]
    for group in several[np.argsort(-size[several], kind="stable")]:
        place[group] = np.argmin((held * members[group] / totals**2).sum(axis=1))
        held[place[group]] += members[group]
    # Whoever gets the odd one for the first answer is last in line for the second.
    line = rng.permutation(count)
    for answer in (1, 0):
        alone = shuffled[(size[shuffled] == 1) & (members[shuffled, answer] == 1)]
        place[alone] = np.repeat(line, _levelled(held[line, answer], len(alone)))
        line = line[::-1]
    return place


def _levelled(held: NDArray[np.float64], more: int) -> Codes:
    """Return how many of `more` each gets so that all hold as near the same as can be, the first in line before the others."""
    rising = np.sort(held)
    # The water level when the k lowest are filled; only those below it get any.
    levels = (more + np.cumsum(rising)) / np.arange(1, len(held) + 1)
    level = levels[np.flatnonzero(levels >= rising)[-1]]
    given: Codes = np.floor(np.maximum(0.0, level - held)).astype(np.intp)
    short = np.argsort(held + given, kind="stable")[: more - int(given.sum())]
    given[short] += 1
    return given


def rolling(
    days: ArrayLike, *, parts: int, groups: ArrayLike | None = None, gap: int = 0, shares: int = 1, seed: int = 0
) -> tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], ...]:
    """Return splits in time: learn from all before a day, judge on the part that begins with it.

    Parameters
    ----------
    days : array-like of int, shape (n,)
        When each customer was contacted; one day is never cut in two.
    parts : int
        Splits; the days are cut into one more part of about equally many customers, the earliest of which is only learned from.
    groups : array-like of int, shape (n,), optional
        Customers of a test part (and those alike) are left out of what is learned from.
    gap : int
        Days between the last learned from and the first judged, such as the time an answer takes.
    shares : int
        Where the same customers come again and again, leaving them all out leaves nobody: they are dealt into so many shares, and each
        part is judged share by share, by what the others did before.
    seed : int
        Of the deal.

    Returns
    -------
    splits : tuple of (train, test), bool arrays, shape (n,)

    Raises
    ------
    NotEnoughData
        When there are too few days to cut, or nobody is left to learn from.
    UsageError
        When numbers are out of range or lengths differ.

    Examples
    --------
    >>> [(train.nonzero()[0].tolist(), test.nonzero()[0].tolist()) for train, test in rolling([1, 2, 3, 4, 5, 6], parts=2)]
    [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    """
    when = np.asarray(days)
    units = np.arange(len(when)) if groups is None else numbered(groups)
    check_range("parts", parts, 1, 50)
    check_range("gap", gap, 0, 3660)
    check_range("shares", shares, 1, 50)
    if units.shape != when.shape:
        raise UsageError(f"groups have shape {units.shape}; the days ask for {when.shape}. Pass one group per customer.")
    begins = starts(when, parts)
    deal = dealt(units, shares=shares, seed=seed)
    splits = []
    for first, last in pairwise([*begins, int(when.max()) + 1]):
        for share in range(shares):
            test = (when >= first) & (when < last) & (deal == share)
            if not test.any():
                continue
            train = (when < first - gap) & ~np.isin(units, units[test]) & ((deal != share) | (shares == 1))
            if not train.any():
                reason = f"nobody is left to learn from {gap} days or more before one of the {parts} parts, without those who are in it too"
                raise NotEnoughData(Problem("NO_PAST", reason, "ask for fewer parts, more shares or a shorter gap"))
            splits.append((train, test))
    return tuple(splits)


def dealt(groups: ArrayLike, *, shares: int, seed: int) -> Codes:
    """Return a share, 0 … shares − 1, for each row; rows of one group get the same.

    Examples
    --------
    >>> dealt([5, 5, 8, 9], shares=2, seed=1).tolist()
    [0, 0, 1, 0]
    """
    units = numbered(groups)
    return np.asarray(np.random.default_rng(seed).permutation(int(units.max()) + 1)[units] % shares)


def recurring(days: ArrayLike, groups: ArrayLike) -> float:
    """Return the share of rows whose customer is there on another day too.

    Examples
    --------
    >>> recurring([1, 2, 2, 3], [7, 7, 8, 9])
    0.5
    """
    when, units = np.asarray(days), numbered(groups)
    pairs = np.unique(np.column_stack([units, when]), axis=0)
    several = np.bincount(pairs[:, 0].astype(np.intp), minlength=int(units.max()) + 1) > 1
    return float(several[units].mean())


def starts(days: ArrayLike, parts: int) -> list[int]:
    """Return the first day of every part in time but the earliest, as `rolling` cuts them.

    Raises
    ------
    NotEnoughData
        When there are too few days to cut.

    Examples
    --------
    >>> starts([1, 2, 3, 4, 5, 6], 2)
    [3, 5]
    """
    when = np.asarray(days)
    known, counts = np.unique(when, return_counts=True)
    if len(known) <= parts:
        reason = f"{parts} parts in time need at least {parts + 1} different days; found {len(known)}"
        raise NotEnoughData(Problem("TOO_FEW_DAYS", reason, "ask for fewer parts, or judge without time"))
    before = np.cumsum(counts) - counts
    wanted = len(when) * np.arange(1, parts + 1) / (parts + 1)
    places = np.abs(before[:, None] - wanted).argmin(axis=0)
    # A crowded day may be nearest to several cuts: push them apart, and leave days for those to come.
    for at in range(parts):
        lowest = places[at - 1] + 1 if at else 1
        places[at] = min(max(places[at], lowest), len(known) - parts + at)
    return [int(each) for each in known[places]]
