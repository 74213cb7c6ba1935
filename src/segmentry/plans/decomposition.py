"""Prices of the limits, and a plan near the best one, by Lagrangian decomposition with a certified gap.

The dual of the multiple-choice knapsack is a convex function of a few prices. It is minimised box by box (boxstep: Marsten, Hogan and Blankenship 1975):
within a box around the last prices most customers choose the same throughout, so the dual is known exactly from the few contested ones, and a small
linear programme gives its least value there; where that is on the border of the box, the box moves. The first boxes are those of a small random part of the
customers, later ones of larger parts, the last of all. The programme's answer divides at most as many kinds of customers as there are limits; a whole-number
programme over those and the customers nearest to changing makes it whole, and grows until the gap is small enough. The bound rests on the prices alone:
however the plan was found, no plan within the limits is better.

When NOT to use: to prove a plan of few customers best; there the gap is real, and `exact` closes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from segmentry.plans.exact import MISSING, Relaxed, relaxed, whole
from segmentry.plans.knapsack import NONE, Codes, Core, Floats, Knapsack, choose, contested, everything, total, usage

# Customers of the first part, how fast parts grow, and alternatives of a box: a linear programme of them takes some hundredths of a second.
FIRST, GROWTH, ALTERNATIVES = 400, 8, 4_000
_BOXES = 60
# Alternatives in the whole-number programme at first; up to how many the whole knapsack is asked for exactly.
_NEAREST, EXACT = 48, 4_000


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
        """(bound − value) / |bound|; 0 where both are 0."""
        apart = max(0.0, self.bound - self.value)
        return apart / abs(self.bound) if apart > 1e-12 and self.bound else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Box:
    """Where the search for prices stands."""

    centre: Floats
    radius: Floats
    choice: Codes
    core: Core
    answer: Relaxed


def solve(sack: Knapsack, *, gap: float = 1e-4, near: Floats | None = None, exact: bool = False) -> Solved:
    """Return a plan and its proof.

    Parameters
    ----------
    sack : Knapsack
    gap : float
        Certified gap that is good enough.
    near : float array, shape (m,), optional
        Prices of a similar problem; saves the first parts.
    exact : bool
        Whether to solve the whole knapsack in whole numbers, whatever it takes.

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
    box = _search(sack, near)
    prices = box.answer.prices
    bound = min(choose(sack, each)[1] for each in (prices, box.centre))
    return _in_whole(sack, box, bound, 0.0 if exact else gap)


def _search(sack: Knapsack, near: Floats | None) -> _Box:
    """Return the last box of the whole knapsack."""
    sizes = [sack.customers] if near is not None else _parts(sack.customers)
    prices = np.zeros(len(sack.limits)) if near is None else near
    radius = np.full(len(prices), np.inf) if near is None else 0.02 + 0.1 * near
    for size in sizes:
        box = _settle(sack.first(size) if size < sack.customers else sack, prices, radius)
        prices = box.answer.prices
        # The next part has more customers in the same box, and needs a smaller one.
        radius = np.where(np.isfinite(box.radius), box.radius / np.sqrt(GROWTH), 0.05 + 0.5 * prices)
    return box


def _parts(customers: int) -> list[int]:
    sizes = [customers]
    while sizes[-1] > 2 * FIRST:
        sizes.append(max(FIRST, sizes[-1] // GROWTH))
    return sizes[::-1]


def _settle(sack: Knapsack, centre: Floats, radius: Floats) -> _Box:
    """Move the box until the best prices lie inside."""
    most = np.where(sack.reaches, MISSING, np.inf)
    for _ in range(_BOXES):
        choice = choose(sack, centre)[0] if np.isfinite(radius).all() else _nobody(sack)
        core, radius = _small_core(sack, choice, centre, radius)
        low, high = np.maximum(centre - radius, 0.0), np.minimum(centre + radius, most)
        answer = relaxed(core, sack.limits - usage(sack, choice), low, high)
        box = _Box(centre, radius, choice, core, answer)
        broken = (answer.excess > 1e-6) & (high < most)
        if not (broken | (answer.unused > 1e-6)).any():
            break
        radius = np.where(broken | (answer.unused > 1e-6), 3.0 * radius, radius)
        centre = answer.prices
    return box


def _small_core(sack: Knapsack, choice: Codes, centre: Floats, radius: Floats) -> tuple[Core, Floats]:
    """Return the core of a box that is small enough, and its radius."""
    if not np.isfinite(radius).all():
        return everything(sack), radius
    while True:
        core = contested(sack, choice, np.maximum(centre - radius, 0.0), centre + radius)
        many = len(core.kind)
        if many <= ALTERNATIVES or radius.max() < 1e-9:
            return core, radius
        radius = radius * max(0.1, 0.8 * ALTERNATIVES / many)


def _in_whole(sack: Knapsack, box: _Box, bound: float, gap: float) -> Solved:
    """Return the plan in whole customers; the programme grows until the gap is small enough."""
    prices = box.answer.prices
    best = Solved(None, prices, bound, -np.inf, exact=False)
    small = gap == 0 or int(np.isfinite(sack.gain).sum()) <= EXACT
    for size in _sizes(len(box.core.kind), small=small):
        choice, _ = _rounded(sack, box, size, gap)
        if choice is not None and (value := total(sack, choice)) > best.value:
            best = Solved(choice, prices, max(bound, value), value, exact=False)
        if best.choice is not None and best.gap <= gap:
            return best
    if small:
        return _exactly(sack, best, gap)
    return best if best.choice is not None else _wider(sack, box, bound, gap)


def _sizes(most: int, *, small: bool) -> list[int]:
    """Return how many alternatives to decide anew, time after time."""
    return [_NEAREST] if small else [size for size in (_NEAREST, 8 * _NEAREST) if size < most] + [most]


def _wider(sack: Knapsack, box: _Box, bound: float, gap: float) -> Solved:
    """Return a plan from a core ten times as wide, for when the contested customers alone cannot keep the limits in whole numbers."""
    prices = box.answer.prices
    choice = choose(sack, prices)[0]
    radius = np.maximum(10.0 * box.radius, 0.01)
    core = contested(sack, choice, np.maximum(prices - radius, 0.0), prices + radius)
    found, _ = fitted(sack, choice, core, gap)
    value = -np.inf if found is None else total(sack, found)
    return Solved(found, prices, max(bound, value), value, exact=False)


def _rounded(sack: Knapsack, box: _Box, size: int, gap: float) -> tuple[Codes | None, float]:
    """Return whole choices: most alternatives as the divisible answer has them, the nearest to changing decided anew."""
    core, numbers = box.core, box.answer.numbers
    settled = np.rint(numbers).astype(np.int64)
    reduced = np.abs(core.gain - (core.takes * box.answer.prices[:, None]).sum(axis=0))
    reduced[np.abs(numbers - settled) > 1e-6] = -1.0
    order = np.argsort(reduced, kind="stable")
    open_kinds = np.zeros(len(core.counts), dtype=np.bool_)
    open_kinds[core.kind[order[:size]]] = True
    start = core.applied(box.choice, np.where(open_kinds[core.kind], 0, settled))
    near = settled > 0
    near[order[: 4 * size]] = True
    return fitted(sack, start, core.only(open_kinds, near), gap)


def fitted(sack: Knapsack, start: Codes, core: Core, gap: float) -> tuple[Codes | None, float]:
    """Return the best choices that differ from `start` in the core alone and keep all limits to the last digit, or None; and what bounds their gain.

    Parameters
    ----------
    start : int array, shape (n,)
    core : Core
        Alternatives to `start`.
    gap : float
        Part of the whole gain that may be left.
    """
    base, room, bound = total(sack, start), sack.limits - usage(sack, start), np.inf
    for _ in range(4):
        found = whole(core, room, base, gap=gap)
        if found is None:
            break
        # Later programmes have less room; the first one's bound is that of the plan.
        bound = found.bound if np.isinf(bound) else bound
        choice = core.applied(start, found.numbers)
        over = usage(sack, choice) - sack.limits
        if (over <= 1e-9 * np.maximum(1.0, np.abs(sack.limits))).all():
            return choice, bound
        # HiGHS keeps limits to a millionth of a contact; what it went over is taken off, and it is asked again.
        room = room - 2.0 * np.maximum(over, 0.0)
    return None, bound


def _exactly(sack: Knapsack, best: Solved, gap: float) -> Solved:
    """Return the best plan there is, up to the gap; what cannot stand in a better plan than `best` is left out first."""
    if best.choice is None:
        start, core = _nobody(sack), everything(sack)
    else:
        start = choose(sack, best.prices)[0]
        core = contested(sack, start, best.prices, best.prices, slack=1.000001 * (best.bound - best.value) + 1e-9)
    choice, proved = fitted(sack, start, core, gap)
    if choice is None:
        return replace(best, exact=best.choice is None)
    value = total(sack, choice)
    if value < best.value:
        choice, value = best.choice, best.value
    return Solved(choice, best.prices, max(min(best.bound, proved), value), value, exact=True)


def _nobody(sack: Knapsack) -> Codes:
    return np.full(sack.customers, NONE, dtype=np.int64)
