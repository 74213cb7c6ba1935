"""The multiple-choice knapsack of a plan: one offer at most per customer, few limits over all customers.

    maximise Σ gain[j(i), i]   subject to   Σ takes of every limit ≤ limit

At prices λ ≥ 0 per limit the customers fall apart: each takes the offer with the highest gain less what it takes at these prices, or none. The sum of
these plus λ · limits is an upper bound on every plan, whatever the prices (Everett 1963; Fisher 1981). And within a box of prices most customers choose
the same throughout; only the few *contested* ones have to be looked at (the core of Balas and Zemel 1980).

Arrays have one row per offer and one column per customer, in the order of their lots: any first part of the columns is a random sample. Money and gains are
in units of a typical contact, so that tolerances mean the same whatever the currency.

When NOT to use: with more than some tens of limits over all customers, or several offers to one customer at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

NONE = -1
# Columns that are worked on at a time; a block of ten offers stays in the cache.
BLOCK = 16_384


@dataclass(frozen=True, slots=True, eq=False)
class Knapsack:
    """Gains, and what each choice takes from each limit.

    Parameters
    ----------
    gain : float array, shape (k, n)
        −inf where the offer is not allowed.
    takes : float array, shape (m, k + 1)
        What a customer with an offer takes from each limit; the last column is that of none, 0.
    further : tuple of (float array of shape (n,) or None), length k
        Money an offer takes beyond that, which differs between customers.
    money : int
        Row of the budget; −1 when there is none.
    reach : int array, shape (n,), or None
        Row of the least reach the customer counts for, of which an offer takes −1; m where there is none.
    limits : float array, shape (m,)
        Of a least reach: minus the number.
    """

    gain: Floats
    takes: Floats
    further: tuple[Floats | None, ...]
    money: int
    reach: Codes | None
    limits: Floats

    @property
    def customers(self) -> int:
        """Number of columns."""
        return int(self.gain.shape[1])

    @property
    def reaches(self) -> Flags:
        """Which limits are least reaches, shape (m,)."""
        found = np.zeros(len(self.limits), dtype=np.bool_)
        if self.reach is not None:
            found[np.unique(self.reach[self.reach < len(self.limits)])] = True
        return found | (self.limits < 0)

    def first(self, count: int) -> Knapsack:
        """Return the knapsack of the first customers, with limits in proportion."""
        limits = self.limits * (count / self.customers)
        reach = None if self.reach is None else self.reach[:count]
        if reach is not None and self.reach is not None:
            sizes, own = (np.bincount(each, minlength=len(limits) + 1)[:-1] for each in (self.reach, reach))
            rows = self.reaches
            limits[rows] = self.limits[rows] * own[rows] / np.maximum(sizes[rows], 1)
        further = tuple(None if each is None else each[:count] for each in self.further)
        return replace(self, gain=self.gain[:, :count], further=further, reach=reach, limits=limits)

    def blocks(self) -> Iterator[slice]:
        """Yield the columns in blocks."""
        for start in range(0, self.customers, BLOCK):
            yield slice(start, min(start + BLOCK, self.customers))


def choose(sack: Knapsack, prices: Floats) -> tuple[Codes, float]:
    """Return what each customer takes at the prices, shape (n,), and the upper bound these prices prove.

    Of equal choices none comes first, then the offers in their order.
    """
    asked = (sack.takes * prices[:, None]).sum(axis=0)
    bonus = np.append(prices, 0.0)
    choice = np.full(sack.customers, NONE, dtype=np.int64)
    bound = float((prices * sack.limits).sum())
    for block in sack.blocks():
        best = np.zeros(block.stop - block.start)
        for offer in range(len(sack.gain)):
            worth = sack.gain[offer, block] - asked[offer]
            if sack.reach is not None:
                worth += bonus[sack.reach[block]]
            more = sack.further[offer]
            if more is not None and sack.money >= 0:
                worth -= prices[sack.money] * more[block]
            choice[block][worth > best] = offer
            np.maximum(best, worth, out=best)
        bound += float(best.sum())
    return choice, bound


def usage(sack: Knapsack, choice: Codes) -> Floats:
    """Return what the choices take from each limit, shape (m,)."""
    counts = np.bincount(choice[choice >= 0], minlength=len(sack.gain))
    used: Floats = (sack.takes[:, :-1] * counts).sum(axis=1)
    if sack.money >= 0:
        for offer, more in enumerate(sack.further):
            if more is not None:
                used[sack.money] += more[choice == offer].sum()
    if sack.reach is not None:
        used -= np.bincount(sack.reach[choice >= 0], minlength=len(used) + 1)[:-1]
    return used


def total(sack: Knapsack, choice: Codes) -> float:
    """Return the gain of the choices."""
    rows = np.flatnonzero(choice >= 0)
    return float(sack.gain[choice[rows], rows].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Contested:
    """Customers whose choice is contested, alike ones as one kind, and their alternatives to what they take otherwise.

    Parameters
    ----------
    members : int array, shape (u,)
        Columns of the contested customers, kind by kind, within a kind in the order of their lots.
    starts : int array, shape (t + 1,)
        Where each kind starts in `members`.
    kind : int array, shape (v,)
        Of each alternative.
    offer : int array, shape (v,)
        What is taken in place of the own choice; −1 for none.
    gain : float array, shape (v,)
        More gain than by the own choice.
    takes : float array, shape (m, v)
        More taken from each limit.
    """

    members: Codes
    starts: Codes
    kind: Codes
    offer: Codes
    gain: Floats
    takes: Floats

    @property
    def counts(self) -> Codes:
        """Customers of each kind, shape (t,)."""
        return np.diff(self.starts)

    def nearest(self, prices: Floats) -> NDArray[np.intp]:
        """Return the alternatives, shape (v,), those first that lose least at the prices."""
        return np.argsort((self.takes * prices[:, None]).sum(axis=0) - self.gain, kind="stable")

    def only(self, kinds: Flags, alternatives: Flags) -> Contested:
        """Return some of the kinds, shape (t,), with some of the alternatives, shape (v,); the other kinds keep their own choice."""
        place = np.cumsum(kinds) - 1
        kept = kinds[self.kind] & alternatives
        sizes = self.counts
        return Contested(
            self.members[np.repeat(kinds, sizes)],
            np.concatenate([[0], np.cumsum(sizes[kinds])]).astype(np.int64),
            place[self.kind[kept]],
            self.offer[kept],
            self.gain[kept],
            self.takes[:, kept],
        )

    def applied(self, choice: Codes, numbers: Codes) -> Codes:
        """Return the choices, shape (n,), after as many customers of each kind changed to each alternative, shape (v,); by their lots."""
        changed, used = choice.copy(), np.zeros(len(self.starts) - 1, dtype=np.int64)
        for each in np.flatnonzero(numbers):
            start = self.starts[self.kind[each]] + used[self.kind[each]]
            changed[self.members[start : start + numbers[each]]] = self.offer[each]
            used[self.kind[each]] += numbers[each]
        return changed


def contest(sack: Knapsack, choice: Codes, low: Floats, high: Floats, *, slack: float = 0.0) -> Contested:
    """Return the customers for whom something else can beat their choice somewhere in the box of prices, or comes near it.

    Parameters
    ----------
    choice : int array, shape (n,)
    low, high : float array, shape (m,)
        Ends of the box.
    slack : float
        How much less than the choice counts as near. With both ends at prices that prove a bound, and the bound less the gain of some plan as slack, no
        alternative that is left out stands in a better plan.
    """
    found = [_contest(sack, choice, block, (low, high), slack) for block in sack.blocks()]
    columns = np.concatenate([part[0] for part in found]) if found else np.empty(0, dtype=np.int64)
    gains = np.concatenate([part[1] for part in found], axis=1) if found else np.empty((len(sack.gain) + 1, 0))
    return _gathered(sack, choice, columns, gains)


def _contest(sack: Knapsack, choice: Codes, block: slice, box: tuple[Floats, Floats], slack: float) -> tuple[Codes, Floats]:
    """Return columns with an alternative, and by how much the gain of each alternative (offers, then none) is higher; −inf where it never wins."""
    low, high = box
    own = choice[block]
    places = np.arange(block.start, block.stop)
    gains = np.vstack([sack.gain[:, block], np.zeros((1, len(own)))])
    gains -= gains[own, np.arange(len(own))]
    at_most = np.empty_like(gains)
    # What the price of the difference can be at the least, for each pair of alternative and own choice.
    apart = sack.takes[:, :, None] - sack.takes[:, None, :]
    varies = sack.money >= 0 and any(more is not None for more in sack.further)
    if varies:
        apart[sack.money] = 0.0
    saved = np.where(apart > 0, -low[:, None, None] * apart, -high[:, None, None] * apart).sum(axis=0)
    for other in range(len(gains)):
        np.add(gains[other], saved[other][own], out=at_most[other])
    if varies:
        spent = money(sack, block)
        spent -= spent[own, np.arange(len(own))]
        at_most -= np.where(spent > 0, low[sack.money], high[sack.money]) * spent
    if sack.reach is not None:
        rows = sack.reach[block]
        at_most[:-1] += np.where(own < 0, np.append(high, 0.0)[rows], 0.0)
        at_most[-1] -= np.where(own < 0, 0.0, np.append(low, 0.0)[rows])
    wins = at_most > -slack
    wins[own, np.arange(len(own))] = False
    some = np.flatnonzero(wins.any(axis=0))
    return places[some], np.where(wins[:, some], gains[:, some], -np.inf)


def money(sack: Knapsack, columns: slice | Codes) -> Floats:
    """Return the money each offer, and none in the last row, takes for some customers, shape (k + 1, c)."""
    count = len(range(*columns.indices(sack.customers))) if isinstance(columns, slice) else len(columns)
    spent = np.repeat(sack.takes[sack.money][:, None], count, axis=1)
    for offer, more in enumerate(sack.further):
        if more is not None:
            spent[offer] += more[columns]
    return spent


def everything(sack: Knapsack) -> Contested:
    """Return all customers with all their offers, nobody having one yet."""
    columns = np.flatnonzero(np.isfinite(sack.gain).any(axis=0))
    gains = np.vstack([sack.gain[:, columns], np.full((1, len(columns)), -np.inf)])
    return _gathered(sack, np.full(sack.customers, NONE, dtype=np.int64), columns, gains)


def _gathered(sack: Knapsack, choice: Codes, columns: Codes, gains: Floats) -> Contested:
    own = choice[columns]
    rows = None if sack.reach is None else sack.reach[columns]
    spent = None
    if sack.money >= 0 and any(more is not None for more in sack.further):
        spent = money(sack, columns)
        spent -= spent[own, np.arange(len(own))]
    first, inverse = _alike([own] if rows is None else [own, rows], gains, spent)
    order = np.argsort(inverse, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(inverse, minlength=len(first)))]).astype(np.int64)
    other, kind = np.nonzero(np.isfinite(gains[:, first]))
    takes = sack.takes[:, other] - sack.takes[:, own[first][kind]]
    offer = np.where(other == len(sack.gain), NONE, other)
    if spent is not None:
        takes[sack.money] = spent[:, first][other, kind]
    if rows is not None:
        counts_for = rows[first][kind]
        more = (offer >= 0).astype(np.float64) - (own[first][kind] >= 0)
        inside = np.flatnonzero(counts_for < len(sack.limits))
        takes[counts_for[inside], inside] -= more[inside]
    return Contested(columns[order], starts, kind, offer, gains[:, first][other, kind], takes)


def _alike(codes: list[Codes], gains: Floats, spent: Floats | None) -> tuple[Codes, Codes]:
    """Return the first customer of each kind and the kind of each; alike are those in whom all figures are the same."""
    figures = [each.astype(np.float64) for each in codes] + list(gains)
    if spent is not None:
        figures += [np.where(np.isfinite(each), part, 0.0) for each, part in zip(gains, spent, strict=True)]
    mixed = np.zeros(gains.shape[1], dtype=np.uint64)
    for figure in figures:
        # Adding 0 makes one of the two zeros; multiplying by an odd number and shifting spreads every bit (Steele, Lea and Flood 2014).
        mixed = (mixed ^ (figure + 0.0).view(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if all(np.array_equal(figure[first][inverse], figure) for figure in figures):
        return first, inverse.reshape(-1)
    everyone = np.arange(gains.shape[1])
    return everyone, everyone
