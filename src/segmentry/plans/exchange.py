"""A plan made better by exchanges: one customer or two at a time are given something else, whatever brings most and still keeps the limits.

Between a plan and its bound lie two things: what is left of the limits, at their prices, and what customers lose by not taking what is worth most to them. An
exchange of two uses up what is left nearly to the last unit, because hundreds of customers near to changing make some hundred thousand pairs (a 2-exchange in
the sense of local search for knapsacks: Pisinger 1995). No alternative that loses more than the gap can stand in a better plan, and none is tried.

When NOT to use: to prove anything. The bound does that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from segmentry.plans.knapsack import Codes, Floats, Knapsack, contest, total, usage

_ROUNDS = 40
# Alternatives whose pairs are tried; fewer where there are many limits, because each pair is held against all of them.
_PAIRED, _FEW = 700, 250


def exchanged(sack: Knapsack, choice: Codes, prices: Floats, bound: float, *, gap: float) -> Codes:
    """Return choices that are no worse and keep the limits.

    Parameters
    ----------
    sack : Knapsack
    choice : int array, shape (n,)
        Within the limits.
    prices : float array, shape (m,)
    bound : float
        No plan has a higher gain.
    gap : float
        (bound − gain) / |bound| at which it is good enough.

    Examples
    --------
    >>> sack = Knapsack(np.array([[3.0, 2.0, 1.0]]), np.array([[1.0, 0.0]]), (None,), -1, None, np.array([2.0]))
    >>> exchanged(sack, np.array([-1, -1, 0]), np.array([1.5]), 5.0, gap=0.0).tolist()
    [0, 0, -1]
    """
    value, room = total(sack, choice), sack.limits - usage(sack, choice)
    if bound - value <= gap * abs(bound):
        return choice
    near = contest(sack, choice, prices, prices, slack=1.000001 * (bound - value))
    columns = np.sort(near.members)
    part = _part(sack, columns)
    own = choice[columns]
    for _ in range(_ROUNDS):
        if bound - value <= gap * abs(bound):
            break
        better = _once(part, own, prices, room, bound - value)
        if better is None:
            break
        room = room - (usage(part, better) - usage(part, own))
        value += total(part, better) - total(part, own)
        own = better
    found = choice.copy()
    found[columns] = own
    return found


def _part(sack: Knapsack, columns: Codes) -> Knapsack:
    further = tuple(None if each is None else each[columns] for each in sack.further)
    return replace(sack, gain=sack.gain[:, columns], further=further, reach=None if sack.reach is None else sack.reach[columns])


def _once(sack: Knapsack, choice: Codes, prices: Floats, room: Floats, missing: float) -> Codes | None:
    """Return the choices after the best exchange of one customer or two, or None when none brings anything."""
    near = contest(sack, choice, prices, prices, slack=1.000001 * missing)
    order = near.nearest(prices)[: _PAIRED if len(prices) <= 6 else _FEW]
    kind = near.kind[order]
    # The last is nothing, so that one alternative alone is a pair too.
    gain, takes = np.append(near.gain[order], 0.0), np.column_stack([near.takes[:, order], np.zeros(len(room))])
    pairs = gain[:, None] + gain[None, :]
    pairs[:-1, :-1][(kind[:, None] == kind[None, :]) & (near.counts[kind] < 2)[:, None]] = -np.inf
    for left, taken in zip(room + 1e-12 * np.maximum(1.0, np.abs(sack.limits)), takes, strict=True):
        pairs[taken[:, None] + taken[None, :] > left] = -np.inf
    best = int(pairs.argmax())
    if pairs.flat[best] <= 1e-9 * max(1.0, missing):
        return None
    changed = [each for each in divmod(best, len(gain)) if each < len(order)]
    numbers = np.zeros(len(near.kind), dtype=np.int64)
    np.add.at(numbers, order[changed], 1)
    return near.applied(choice, numbers)
