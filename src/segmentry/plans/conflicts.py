"""Why no plan exists: the smallest group of constraints that cannot be met together, and what would make it feasible.

Upper limits alone never clash: nobody gets anything. So every conflict has a least reach in it. Whether a group can be met is a flow of customers
through offers and channels, whose least cost is compared with the budget; flows with whole limits have whole solutions, so the answer is exact. Customers who
are alike for all constraints are one kind, and the programme stays small however many there are.

A deletion filter finds a group in which every member is needed (Chinneck and Dravnieks 1991); smaller groups are then tried one by one.

When NOT to use: to find a plan. That something is feasible says nothing of what it brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from segmentry.errors import DataRefused, Problem
from segmentry.plans.constraints import Budget, Capacity, MinReach
from segmentry.plans.eligibility import Filter
from segmentry.plans.formulation import Formulation, Row
from segmentry.plans.knapsack import Codes, Flags, Floats
from segmentry.plans.results import Conflict
from segmentry.preparation.words import listed

Member = Row | Filter

# Groups that are tried one by one, kinds of customers by what they cost, and customers up to whom each is a kind of their own.
_GROUPS, _GRADES, _ALONE = 500, 50, 1_000


class Conflicting(DataRefused):
    """The constraints cannot be met together; nothing was planned.

    Parameters
    ----------
    conflict : Conflict
        The smallest group that clashes.
    """

    def __init__(self, conflict: Conflict) -> None:
        self.conflict = conflict
        super().__init__(Problem("CONSTRAINTS_CLASH", conflict.words, "; or ".join(conflict.remedies)))


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Customers of the segments a least reach asks for, alike ones together.

    `counts` of each kind, shape (t,); `segment` of each; `passes` each filter, one array (t, k) per filter; `cost` of each offer, shape (t, k).
    """

    counts: Floats
    segment: Codes
    passes: tuple[Flags, ...]
    cost: Floats


def check_feasible(formed: Formulation) -> None:
    """Raise when the constraints cannot be met together.

    Parameters
    ----------
    formed : Formulation

    Raises
    ------
    Conflicting
        Naming the smallest group, and what would make it feasible.
    """
    if not any(isinstance(row.constraint, MinReach) and row.place >= 0 for row in formed.rows):
        return
    kinds = _kinds(formed)
    members: list[Member] = [row for row in formed.rows if row.place >= 0]
    members += formed.asked
    if not _possible(formed, kinds, members):
        raise Conflicting(_explained(formed, kinds, _smallest(formed, kinds, members)))


def least_spend(formed: Formulation) -> float:
    """Return the least money at which all but the budget can be met; 0 without a least reach, infinity where it cannot be.

    Where costs differ between customers it may be a little too low, never too high.
    """
    if not any(isinstance(row.constraint, MinReach) and row.place >= 0 for row in formed.rows):
        return 0.0
    kinds = _kinds(formed)
    members: list[Member] = [row for row in formed.rows if row.place >= 0]
    least = _flow(formed, kinds, members + list(formed.asked), kinds.cost.reshape(-1))
    return float("inf") if least is None else least * (1 - 1e-9)


def _kinds(formed: Formulation) -> _Kinds:
    candidates = formed.candidates
    asked = {row.constraint.segment for row in formed.rows if isinstance(row.constraint, MinReach)}
    codes = [place for place, name in enumerate(candidates.segments) if name in asked]
    segment = formed.segment
    rows = np.flatnonzero(np.isin(segment, codes))
    key = segment[rows]
    for each in formed.asked:
        for column in each.passes.T:
            key = np.unique(2 * key + column[rows], return_inverse=True)[1].reshape(-1)
    cost = np.empty((len(rows), len(candidates.offers)))
    for place, offer in enumerate(candidates.offers):
        cost[:, place] = offer.cost + candidates.converting(place)[rows]
    if any(offer.conversion_cost for offer in candidates.offers):
        key = np.unique(np.column_stack([key, _grade(cost.sum(axis=1))]), axis=0, return_inverse=True)[1].reshape(-1)
    _, first, kind, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    least = np.full((len(first), len(candidates.offers)), np.inf)
    np.minimum.at(least, kind.reshape(-1), cost)
    shape = len(first), len(candidates.offers)
    passes = tuple(np.broadcast_to(each.passes[rows[first]], shape) for each in formed.asked)
    return _Kinds(counts.astype(np.float64), segment[rows[first]], passes, least)


def _grade(cost: Floats) -> Codes:
    """Return grades of customers by what they cost; within one the cheapest speaks for all, so that nothing possible is called impossible."""
    ranks = np.argsort(np.argsort(cost, kind="stable"), kind="stable")
    return ranks if len(cost) <= _ALONE else ranks * _GRADES // len(cost)


def _possible(formed: Formulation, kinds: _Kinds, members: Sequence[Member]) -> bool:
    budget = next((row for row in members if isinstance(row, Row) and isinstance(row.constraint, Budget)), None)
    least = _flow(formed, kinds, members, kinds.cost.reshape(-1))
    return least is not None and (budget is None or least <= budget.amount * (1 + 1e-9) + 1e-9)


def _flow(formed: Formulation, kinds: _Kinds, members: Sequence[Member], cost: Floats, *, spared: Row | None = None) -> float | None:
    """Return the least cost at which the members are met, the one that is spared and, without it, the budget excepted; None when they cannot be."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    allowed = np.ones(kinds.cost.shape, dtype=np.bool_)
    for each, passes in zip(formed.asked, kinds.passes, strict=True):
        if any(member is each for member in members):
            allowed &= passes
    kind = np.repeat(np.arange(len(kinds.counts)), kinds.cost.shape[1])
    own = csr_array((np.ones(len(kind)), (kind, np.arange(len(kind)))), shape=(len(kinds.counts), len(kind)))
    rows, room = [], []
    for member in members:
        # Without a spared member it is the money that is least, and who asks compares it with the budget.
        if isinstance(member, Row) and member is not spared and not (spared is None and isinstance(member.constraint, Budget)):
            sign = -1.0 if isinstance(member.constraint, MinReach) else 1.0
            rows.append(sign * _counted(formed, kinds, member))
            room.append(sign * member.amount)
    if not len(kind):
        return None if any(amount < 0 for amount in room) else 0.0
    matrix = vstack([own, csr_array(np.array(rows).reshape(len(rows), len(kind)))], format="csr")
    most = np.where(allowed, kinds.counts[:, None], 0.0).reshape(-1)
    answer: Any = linprog(cost, A_ub=matrix, b_ub=np.concatenate([kinds.counts, room]), bounds=np.column_stack([0.0 * most, most]))
    return float(answer.fun) if answer.status == 0 else None


def _counted(formed: Formulation, kinds: _Kinds, row: Row) -> Floats:
    """Return how much each pair of kind and offer counts for a limit, shape (t · k,)."""
    counts = np.zeros(kinds.cost.shape)
    constraint, candidates = row.constraint, formed.candidates
    if isinstance(constraint, MinReach):
        counts[kinds.segment == candidates.segments.index(constraint.segment)] = 1.0
    elif isinstance(constraint, Capacity):
        counts[:, [offer.channel == constraint.channel for offer in candidates.offers]] = 1.0
    else:
        counts = kinds.cost
    return counts.reshape(-1)


def _smallest(formed: Formulation, kinds: _Kinds, members: list[Member]) -> list[Member]:
    """Return the smallest group that cannot be met."""
    group = list(members)
    for member in members:
        rest = [each for each in group if each is not member]
        if not _possible(formed, kinds, rest):
            group = rest
    for size in range(1, len(group)):
        if comb(len(members), size) > _GROUPS:
            break
        for smaller in combinations(members, size):
            if _has_reach(smaller) and not _possible(formed, kinds, smaller):
                return list(smaller)
    return group


def _has_reach(members: Iterable[Member]) -> bool:
    return any(isinstance(each, Row) and isinstance(each.constraint, MinReach) for each in members)


def _explained(formed: Formulation, kinds: _Kinds, group: list[Member]) -> Conflict:
    names = tuple(str(each.constraint) if isinstance(each, Row) else each.name for each in group)
    told = [_told(formed, kinds, group, each) for each in group]
    facts = [fact for fact, _ in told if fact]
    head = f"{listed(names)} cannot be met together" if len(names) > 1 else f"{names[0]} cannot be met"
    return Conflict(names, f"{head}: {'; '.join(facts)}", tuple(remedy for _, remedy in told))


def _told(formed: Formulation, kinds: _Kinds, group: list[Member], member: Member) -> tuple[str, str]:
    """Return what a member says of the conflict, and how it would have to change for the others to be met."""
    if isinstance(member, Filter):
        return "", _REMEDIES[member.kind].format(name=member.name)
    constraint = member.constraint
    if isinstance(constraint, MinReach):
        most = _most(formed, kinds, group, member)
        fact = f"of segment {constraint.segment!r} no more than {most:,} can be reached, against {member.amount:,.0f} asked for"
        return fact, f"ask for {most:,} of segment {constraint.segment!r} at most"
    least = _flow(formed, kinds, group, _counted(formed, kinds, member), spared=member)
    if isinstance(constraint, Capacity):
        needed = int(np.ceil((least or 0.0) - 1e-6))
        return f"{needed:,} {constraint.channel} contacts are needed at least", f"allow {needed:,} {constraint.channel} contacts"
    return f"the least it costs is {_upwards(least or 0.0)}", f"raise the budget to {_upwards(least or 0.0)}"


def _upwards(amount: float) -> str:
    """Return an amount that is no lower than it is: to the unit, below 100 to the hundredth."""
    return f"{np.ceil(amount - 1e-9):,.0f}" if amount >= 100 else f"{np.ceil(100 * amount - 1e-7) / 100:,.2f}"


def _most(formed: Formulation, kinds: _Kinds, group: list[Member], member: Row) -> int:
    """Return the most customers of a segment that can be reached while the others of the group are met."""
    low, high = 0, int(member.amount)
    while high - low > 1:
        middle = (low + high) // 2
        lower = Row(member.constraint, member.place, float(middle))
        if _possible(formed, kinds, [lower if each is member else each for each in group]):
            low = middle
        else:
            high = middle
    return low


_REMEDIES = {
    "consent": "ask more customers of the segment for their consent; without it nobody can be asked ({name})",
    "contacts": "allow more contacts of one customer ({name})",
    "holdout": "hold out fewer customers ({name})",
    "segments": "let more offers go to the segment",
}
