"""The integral behind Pareto/NBD, and averages under it: what Gauss's hypergeometric function is there for, without its cancellations.

    J = ∫ (α + t)^−a (β + t)^−b dt   from start to stop

The literature writes J as the difference of two hypergeometric series (Fader and Hardie 2005, "A note on deriving the Pareto/NBD model and related
expressions"); the two are nearly equal where the last purchase was recent, overflow at some hundred purchases, and swap roles with α < β. All of J's
parts are positive, so it is integrated as it stands: in u = log((m + t)/(m + start)), m the smaller of α and β, the integrand is a falling
exponential with no singularity nearer than π, and 32 Gauss-Legendre nodes give eleven digits. Derivatives of log J are averages under the same
weights. Not for limits or exponents that are not positive numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES = 32
# What the integrand has fallen to, as a power of e, where the integral is cut off.
NEGLIGIBLE = 40.0
# Rows whose nodes fit into a processor's cache.
BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Integral:
    """The logarithm of the integral, and moments of four functions of t with the integrand as weight.

    The functions are log(α + t), 1 / (α + t), log(β + t) and 1 / (β + t), in this order.

    Parameters
    ----------
    log : float array, shape (n,)
        log J; minus infinity where start is stop.
    means : float array, shape (4, n)
    spreads : float array, shape (4, 4, n)
        Covariances; of no rows where they were not asked for.
    """

    log: Floats
    means: Floats
    spreads: Floats


def integrate(powers: tuple[Floats, float], shifts: tuple[float, float], start: Floats, stop: Floats, *, spreads: bool = False) -> Integral:
    """Integrate (α + t)^−a (β + t)^−b from `start` to `stop`.

    Parameters
    ----------
    powers : float array of shape (n,), and float
        a per row, and b.
    shifts : two floats above 0
        α and β.
    start, stop : float array, shape (n,)
        Limits, 0 ≤ start ≤ stop.
    spreads : bool
        Whether covariances are needed too.

    Returns
    -------
    Integral

    Examples
    --------
    >>> found = integrate((np.array([2.0]), 1.0), (1.0, 1.0), np.array([0.0]), np.array([1.0]))
    >>> np.exp(found.log).round(6).tolist()
    [0.375]
    """
    rows = len(start)
    log, means = np.empty(rows), np.empty((4, rows))
    covariances = np.empty((4, 4, rows if spreads else 0))
    for at in range(0, rows, BLOCK):
        part = slice(at, at + BLOCK)
        log[part], shares, functions = _weighted((powers[0][part], powers[1]), shifts, start[part], stop[part])
        means[:, part] = [(shares * function).sum(axis=1) for function in functions]
        if spreads:
            apart = [function - mean[:, None] for function, mean in zip(functions, means[:, part], strict=True)]
            for one, other in combinations_with_replacement(range(4), 2):
                covariances[one, other, part] = covariances[other, one, part] = (shares * apart[one] * apart[other]).sum(axis=1)
    return Integral(log, means, covariances)


def _weighted(
    powers: tuple[Floats, float], shifts: tuple[float, float], start: Floats, stop: Floats
) -> tuple[Floats, Floats, tuple[Floats, ...]]:
    """Return log J, the share of each node in J, and the four functions at the nodes, shape (n, nodes)."""
    low_is_alpha = shifts[0] <= shifts[1]
    fall, bend = (powers[0] - 1.0, powers[1]) if low_is_alpha else (powers[1] - 1.0, powers[0])
    below, above = min(shifts) + start, max(shifts) + start
    ratio = below / above
    nodes, weights = _rule()
    width = np.log1p((stop - start) / below)
    # The exponent is convex, so beyond this width nothing is left.
    steepness = fall + bend * ratio
    width = np.where(steepness * width > NEGLIGIBLE, NEGLIGIBLE / np.maximum(steepness, 1e-3), width)
    steps = width[:, None] * nodes
    growth = np.exp(steps)
    stretch = ratio[:, None] * growth + (1.0 - ratio)[:, None]
    bends = np.log(stretch)
    exponents = -_column(fall) * steps - _column(bend) * bends
    highest = exponents.max(axis=1)
    shares = np.exp(exponents - highest[:, None]) * weights
    total = shares.sum(axis=1)
    with np.errstate(divide="ignore"):
        log = np.log(width) + np.log(total) + highest - fall * np.log(below) - bend * np.log(above)
    near = (np.log(below)[:, None] + steps, 1.0 / (below[:, None] * growth))
    far = (np.log(above)[:, None] + bends, 1.0 / (above[:, None] * stretch))
    return log, shares / total[:, None], (*near, *far) if low_is_alpha else (*far, *near)


def _column(power: Floats | float) -> Floats:
    return np.asarray(power)[..., None]


@cache
def _rule() -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss and Legendre on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1.0) / 2.0, weights / 2.0
