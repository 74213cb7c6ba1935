"""Prices of the limits, and a plan near the best one, by Lagrangian decomposition with a certified gap.

The dual of the multiple-choice knapsack is a convex function of a few prices. It is minimised box by box (boxstep: Marsten, Hogan and Blankenship 1975):
within a box around the last prices most customers choose the same throughout, so the dual is known exactly from the few contested ones, and a small
linear programme gives its least value there; where that is on the border of the box, the box moves. The first boxes are those of a small random part of the
customers, later ones of larger parts, the last of all. The programme's answer divides at most as many kinds of customers as there are
limits; rounded and made better by exchanges it is a plan. The bound rests on the prices alone: however the plan was found, no plan is better.

When NOT to use: to prove a plan of few customers best; there the gap is real, and `exact` closes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from segmentry.plans.exact import MISSING, Relaxed, relaxed, whole
from segmentry.plans.exchange import exchanged
from segmentry.plans.knapsack import NONE, Codes, Contested, Flags, Floats, Knapsack, choose, contest, everything, total, usage

# Customers of the first part, how fast parts grow, and alternatives of a box: a linear programme of them takes some hundredths of a second.
FIRST, GROWTH, ALTERNATIVES = 200, 8, 4_000
_BOXES = 80
# What missing a least reach by one may cost at the very most, in typical gains per contact.
_DEAREST = 1e12
# Divided alternatives that are rounded in all ways; alternatives of the whole-number programmes that round, look nearby, and prove.
_DIVIDED, _NEAREST, _NEARBY, _PROVED = 8, 48, 300, 600


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A plan, and what proves it.

    Parameters
    ----------
    choice : int array, shape (n,), or None
        −1 for none; None where no plan within the limits was found.
    prices : float array, shape (m,)
    bound : float
        No plan has a higher gain.
    value : float
        Gain of the plan.
    exact : bool
        Whether the whole knapsack was solved in whole numbers.
    """

    choice: Codes | None
    prices: Floats
    bound: float
    value: float
    exact: bool

    @property
    def gap(self) -> float:
        """(bound − value) / |bound|; of a bound of 0 in place of that / |value|, and 0 where both are 0."""
        apart = max(0.0, self.bound - self.value)
        return apart / (abs(self.bound) or abs(self.value)) if apart > 1e-12 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Box:
    """Where the search for prices stands."""

    centre: Floats
    radius: Floats
    choice: Codes
    contested: Contested
    answer: Relaxed


def solve(sack: Knapsack, *, gap: float = 1e-4) -> Solved:
    """Return a plan and its proof.

    Parameters
    ----------
    sack : Knapsack
    gap : float
        Certified gap that is good enough; at 0 the whole knapsack is solved in whole numbers, whatever it takes.

    Examples
    --------
    >>> gain = np.array([[3.0, 2.0, 1.0]])
    >>> sack = Knapsack(gain, np.array([[1.0, 0.0]]), (None,), -1, None, np.array([2.0]))
    >>> found = solve(sack)
    >>> found.choice.tolist(), found.value, found.gap
    ([0, 0, -1], 5.0, 0.0)
    """
    if not len(sack.limits):
        choice, bound = choose(sack, np.empty(0))
        return Solved(choice, np.empty(0), bound, total(sack, choice), exact=True)
    box = _search(sack)
    prices = box.answer.prices
    bound = min(choose(sack, each)[1] for each in (prices, box.centre))
    return _in_whole(sack, box, bound, gap)


def _search(sack: Knapsack) -> _Box:
    """Return the last box of the whole knapsack."""
    prices, radius = np.zeros(len(sack.limits)), np.full(len(sack.limits), np.inf)
    for size in _parts(sack.customers):
        part = sack.first(size) if size < sack.customers else sack
        # A part may lack the customers a least reach needs; only with all of them is it worth any price.
        box = _settle(part, prices, radius, dearest=_DEAREST if part is sack else MISSING)
        prices = box.answer.prices
        # The next part has more customers in the same box, and needs a smaller one.
        radius = np.where(np.isfinite(box.radius), box.radius / np.sqrt(GROWTH), 0.05 + 0.5 * prices)
    return box


def _parts(customers: int) -> list[int]:
    sizes = [customers]
    while sizes[-1] > 2 * FIRST:
        sizes.append(max(FIRST, sizes[-1] // GROWTH))
    return sizes[::-1]


def _settle(sack: Knapsack, centre: Floats, radius: Floats, *, dearest: float) -> _Box:
    """Move the box until the best prices lie inside; those of a least reach may rise to `dearest`."""
    most = np.where(sack.reaches, MISSING, np.inf)
    for _ in range(_BOXES):
        choice = choose(sack, centre)[0] if np.isfinite(radius).all() else _nobody(sack)
        contested, radius = _narrowed(sack, choice, centre, radius)
        low, high = np.maximum(centre - radius, 0.0), np.minimum(centre + radius, most)
        answer = relaxed(contested, sack.limits - usage(sack, choice), low, high)
        box = _Box(centre, radius, choice, contested, answer)
        broken = answer.excess > 1e-6
        most = np.where(broken & (high == most) & (most < dearest), 100.0 * most, most)
        moved = (broken & (high < most)) | (answer.unused > 1e-6)
        if not moved.any():
            break
        radius = np.where(moved, 3.0 * radius, radius)
        centre = answer.prices
    return box


def _narrowed(sack: Knapsack, choice: Codes, centre: Floats, radius: Floats) -> tuple[Contested, Floats]:
    """Return the contested customers of a box that is small enough, and its radius."""
    if not np.isfinite(radius).all():
        return everything(sack), radius
    while True:
        contested = contest(sack, choice, np.maximum(centre - radius, 0.0), centre + radius)
        many = len(contested.kind)
        if many <= ALTERNATIVES or radius.max() < 1e-9:
            return contested, radius
        radius = radius * max(0.1, 0.8 * ALTERNATIVES / many)


def _in_whole(sack: Knapsack, box: _Box, bound: float, gap: float) -> Solved:
    """Return the plan in whole customers: rounded, made better by exchanges, and where that is not enough and customers are few, exact."""
    prices = box.answer.prices
    choice = _rounded(sack, box, gap)
    if choice is None:
        if int(np.isfinite(sack.gain).sum()) <= _PROVED or gap == 0:
            return _exactly(sack, Solved(None, prices, bound, -np.inf, exact=False), gap)
        choice = _wider(sack, box, gap)
    if choice is None:
        return Solved(None, prices, bound, -np.inf, exact=False)
    # Asked for the best there is, nothing is gained by looking nearby first.
    for better in (exchanged, _nearby) if gap else (exchanged,):
        choice = better(sack, choice, prices, bound, gap=gap)
        value = total(sack, choice)
        best = Solved(choice, prices, max(bound, value), value, exact=False)
        if best.gap <= gap:
            return best
    return _exactly(sack, best, gap)


def _nearby(sack: Knapsack, choice: Codes, prices: Floats, bound: float, *, gap: float) -> Codes:
    """Return the best choices that change what is nearest to changing, by a whole-number programme."""
    near = contest(sack, choice, prices, prices, slack=1.000001 * (bound - total(sack, choice)))
    order = near.nearest(prices)[:_NEARBY]
    alternatives = np.zeros(len(near.kind), dtype=np.bool_)
    alternatives[order] = True
    found, _ = fitted(sack, choice, near.only(np.bincount(near.kind[order], minlength=len(near.counts)) > 0, alternatives), gap)
    return found if found is not None and total(sack, found) > total(sack, choice) else choice


def _rounded(sack: Knapsack, box: _Box, gap: float) -> Codes | None:
    """Return whole choices near the divisible answer that keep the limits, or None."""
    contested, numbers = box.contested, box.answer.numbers
    settled = np.rint(numbers).astype(np.int64)
    divided = np.abs(numbers - settled) > 1e-6
    if divided.sum() <= _DIVIDED:
        found = [_kept(sack, box, each) for each in _ways(numbers, settled, divided)]
        best = max((each for each in found if each is not None), key=lambda each: total(sack, each), default=None)
        if best is not None:
            return best
    reduced = np.abs(contested.gain - (contested.takes * box.answer.prices[:, None]).sum(axis=0))
    reduced[divided] = -1.0
    order = np.argsort(reduced, kind="stable")
    for size in (_NEAREST, 8 * _NEAREST):
        kinds, near = np.zeros(len(contested.counts), dtype=np.bool_), settled > 0
        kinds[contested.kind[order[:size]]] = True
        near[order[: 4 * size]] = True
        start = contested.applied(box.choice, np.where(kinds[contested.kind], 0, settled))
        choice, _ = fitted(sack, start, contested.only(kinds, near), gap)
        if choice is not None:
            return choice
    return None


def _ways(numbers: Floats, settled: Codes, divided: Flags) -> Iterator[Codes]:
    """Yield the divisible answer with what is divided rounded down and up, in all combinations."""
    places = np.flatnonzero(divided)
    for way in product((0, 1), repeat=len(places)):
        rounded = settled.copy()
        rounded[places] = np.floor(numbers[places]).astype(np.int64) + np.array(way, dtype=np.int64)
        yield rounded


def _kept(sack: Knapsack, box: _Box, numbers: Codes) -> Codes | None:
    """Return the choices when they keep the limits, and nobody would change twice."""
    contested = box.contested
    if (np.bincount(contested.kind, numbers, minlength=len(contested.counts)) > contested.counts).any():
        return None
    choice = contested.applied(box.choice, numbers)
    return choice if _within(sack, choice) else None


def _within(sack: Knapsack, choice: Codes) -> bool:
    return bool((usage(sack, choice) <= sack.limits + 1e-9 * np.maximum(1.0, np.abs(sack.limits))).all())


def _wider(sack: Knapsack, box: _Box, gap: float) -> Codes | None:
    """Return a plan from a box ten times as wide, for when the contested customers of the last one cannot keep the limits in whole numbers."""
    prices = box.answer.prices
    choice = choose(sack, prices)[0]
    radius = np.maximum(10.0 * box.radius, 0.01)
    return fitted(sack, choice, contest(sack, choice, np.maximum(prices - radius, 0.0), prices + radius), gap)[0]


def fitted(sack: Knapsack, start: Codes, contested: Contested, gap: float) -> tuple[Codes | None, float]:
    """Return the best choices that change contested customers alone and keep all limits to the last digit, or None; and what bounds their gain.

    Parameters
    ----------
    start : int array, shape (n,)
    contested : Contested
        Alternatives to `start`.
    gap : float
        Part of the whole gain that may be left.
    """
    base, room, bound = total(sack, start), sack.limits - usage(sack, start), np.inf
    for _ in range(4):
        found = whole(contested, room, base, gap=gap)
        if found is None:
            break
        # Later programmes have less room; the first one's bound is that of the plan.
        bound = found.bound if np.isinf(bound) else bound
        choice = contested.applied(start, found.numbers)
        if _within(sack, choice):
            return choice, bound
        # HiGHS keeps limits to a millionth of a contact; what it went over is taken off, and it is asked again.
        room = room - 2.0 * np.maximum(usage(sack, choice) - sack.limits, 0.0)
    return None, bound


def _exactly(sack: Knapsack, best: Solved, gap: float) -> Solved:
    """Return the best plan there is, up to the gap; what cannot stand in a better plan than `best` is left out first."""
    if best.choice is None:
        start, contested = _nobody(sack), everything(sack)
    else:
        start = choose(sack, best.prices)[0]
        contested = contest(sack, start, best.prices, best.prices, slack=1.000001 * (best.bound - best.value) + 1e-9)
        if gap > 0 and len(contested.kind) > _PROVED:
            return best
    choice, proved = fitted(sack, start, contested, gap)
    if choice is None:
        return replace(best, exact=best.choice is None)
    value = total(sack, choice)
    if value < best.value:
        choice, value = best.choice, best.value
    return Solved(choice, best.prices, max(min(best.bound, proved), value), value, exact=True)


def _nobody(sack: Knapsack) -> Codes:
    return np.full(sack.customers, NONE, dtype=np.int64)
