"""The contested part of a plan as a linear or whole-number programme, solved by HiGHS.

    maximise Σ gain · y   subject to   Σ takes · y ≤ room,   Σ y of a kind ≤ its customers,   y ≥ 0 (and whole)

One variable per alternative of a kind of customers (`knapsack.Contested`). Asked of everybody it is the plan itself, exact; asked of the few customers who
are contested it gives the prices within a box, and turns an almost whole answer into a whole one (Huangfu and Hall 2018 for HiGHS).

When NOT to use: whole numbers for more than some thousands of variables; they take time that grows faster than any power of them.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, Problem
from segmentry.plans.knapsack import Contested

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# In units of a typical gain per contact: what missing a least reach by one costs while prices are sought. No real price comes near it.
MISSING = 1e4
# Branches that are tried when near the best is good enough.
_NODES = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The answer when customers can be divided.

    Parameters
    ----------
    prices : float array, shape (m,)
    numbers : float array, shape (v,)
        Customers who change, per alternative.
    excess, unused : float array, shape (m,)
        How far limits are broken at the highest price, and left unused at the lowest; both 0 when the prices in the box are the right ones.
    """

    prices: Floats
    numbers: Floats
    excess: Floats
    unused: Floats

    @property
    def settled(self) -> bool:
        """Whether no price outside the box would do better."""
        return float(max(self.excess.max(initial=0.0), self.unused.max(initial=0.0))) <= 1e-6


def relaxed(contested: Contested, room: Floats, low: Floats, high: Floats) -> Relaxed:
    """Return the best divisible answer with the prices of the limits held in a box.

    Parameters
    ----------
    contested : Contested
    room : float array, shape (m,)
        What is left of each limit by the customers' own choices.
    low, high : float array, shape (m,)
        Ends of the box; a high end of infinity makes the limit a hard one.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    limits, variables = len(room), len(contested.kind)
    own, counts = _own_rows(contested)
    breakable = np.flatnonzero(np.isfinite(high))
    identity = eye_array(limits, format="csr")
    upper = hstack([csr_array(contested.takes), -identity[:, breakable], identity], format="csr")
    gains = np.concatenate([contested.gain, -high[breakable], low])
    most = np.concatenate([contested.counts[contested.kind].astype(np.float64), np.full(len(breakable) + limits, np.inf)])
    matrix = _stacked(upper, own, variables)
    for method in ("highs-ds", "highs-ipm"):
        answer = linprog(-gains, matrix, np.concatenate([room, counts]), bounds=np.column_stack([np.zeros(len(most)), most]), method=method)
        if answer.status == 0:
            break
    else:
        raise Degenerate(
            Problem(
                "NO_PRICES",
                f"prices of {limits} limits could not be computed: the solver ended with status {answer.status}",
                "look for gains or costs of very different size, such as in other units",
            )
        )
    excess = np.zeros(limits)
    excess[breakable] = answer.x[variables : variables + len(breakable)]
    unused = np.where(low > 0, answer.x[variables + len(breakable) :], 0.0)
    prices = np.clip(-answer.ineqlin.marginals[:limits], low, high)
    return Relaxed(prices, answer.x[:variables], excess, unused)


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """The answer in whole customers.

    Parameters
    ----------
    numbers : int array, shape (v,)
        Customers who change, per alternative.
    bound : float
        No whole answer has a higher gain, the constant included.
    """

    numbers: Codes
    bound: float


def whole(contested: Contested, room: Floats, constant: float, *, gap: float) -> Whole | None:
    """Return the best answer in whole customers, or None when there is none.

    Parameters
    ----------
    contested : Contested
    room : float array, shape (m,)
    constant : float
        Gain of what is settled; the gap is relative to the sum.
    gap : float
        (bound − gain) / bound at which it is good enough; 0 for the best there is.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    variables = len(contested.kind)
    if variables == 0:
        return Whole(np.empty(0, dtype=np.int64), constant) if (room >= -1e-9).all() else None
    own, counts = _own_rows(contested)
    matrix = _stacked(csr_array(contested.takes), own, variables)
    # The constant is a variable that cannot move, so that HiGHS's gap is that of the sum.
    fixed = csr_array((matrix.shape[0], 1))
    most = np.concatenate([contested.counts[contested.kind], [1.0]])
    with _silence():
        answer: Any = milp(
            -np.concatenate([contested.gain, [constant]]),
            constraints=LinearConstraint(_beside(matrix, fixed), -np.inf, np.concatenate([room, counts])),
            bounds=Bounds(np.concatenate([np.zeros(variables), [1.0]]), most),
            integrality=np.concatenate([np.ones(variables), [0.0]]),
            options={"mip_rel_gap": gap} | ({"node_limit": _NODES} if gap else {}),
        )
    if answer.x is None:
        return None
    numbers = np.rint(answer.x[:variables]).astype(np.int64)
    bound = answer.mip_dual_bound
    return Whole(numbers, np.inf if bound is None else -float(bound))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep a message that HiGHS writes to standard output, whatever it is told, out of what commands print there."""
    _flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        _flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _flush() -> None:
    sys.stdout.flush()
    # The message waits in the C library's buffer, which Python's does not know of.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).fflush(None)


def _own_rows(contested: Contested) -> tuple[Any, Floats]:
    """Return the rows that keep customers from changing twice; a kind with one alternative needs none."""
    from scipy.sparse import csr_array

    several = np.bincount(contested.kind, minlength=len(contested.counts)) > 1
    place = np.cumsum(several) - 1
    inside = np.flatnonzero(several[contested.kind])
    shape = int(several.sum()), len(contested.kind)
    rows = csr_array((np.ones(len(inside)), (place[contested.kind[inside]], inside)), shape=shape)
    return rows, contested.counts[several].astype(np.float64)


def _stacked(upper: Any, own: Any, variables: int) -> Any:
    from scipy.sparse import csr_array, vstack

    padding = csr_array((own.shape[0], upper.shape[1] - variables))
    return vstack([upper, _beside(own, padding)], format="csr")


def _beside(one: Any, other: Any) -> Any:
    from scipy.sparse import hstack

    return hstack([one, other], format="csr")
