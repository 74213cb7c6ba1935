"""Discounted expected purchases: money that comes later is worth less.

With E(t) the expected purchases in (0, t] and a purchase at time s counted e^(-δs), the expected discounted number up to the horizon H is ∫ e^(-δs) dE(s).
By parts that is e^(-δH) E(H) + δ ∫ e^(-δs) E(s) ds, and the integral is taken with ten nodes of Gauss and Legendre, denser near zero where E bends most:
eleven evaluations do what sums over periods (Fader, Hardie and Lee 2005b) need hundreds for; the test holds them against 20,000 steps, the error is below
0.01 %. Without discount it is E(H) itself.
Spend does not depend on when a purchase is made, so the value is this number × the expected spend × the margin.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError

Floats = NDArray[np.float64]
YEAR = 365.25
NODES = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """How far to look and what is kept.

    Parameters
    ----------
    horizon : float
        In the unit of the fit, above 0.
    unit_days : float
        Days in that unit, above 0.
    margin : float or None
        Share of revenue that is kept, above 0 and at most 1; None for revenue itself.
    discount : float
        Per year, at least 0: .1 says that money in a year is worth 1/1.1 of money today.

    Raises
    ------
    UsageError
        When one of them is outside.

    Examples
    --------
    >>> round(Terms(52, discount=0.1).force * 365.25 / 7, 4)
    0.0953
    """

    horizon: float
    unit_days: float = 7.0
    margin: float | None = None
    discount: float = 0.0

    def __post_init__(self) -> None:
        """Check what was given."""
        for name, value in (("horizon", self.horizon), ("unit_days", self.unit_days)):
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"{name} is {value}; allowed is a finite number above 0. Give one.")
        if self.margin is not None and not 0 < self.margin <= 1:
            raise UsageError(f"margin is {self.margin}; allowed is above 0 up to 1, the share of revenue that is kept. Give 0.3 for 30 %.")
        if not (math.isfinite(self.discount) and self.discount >= 0):
            raise UsageError(f"discount is {self.discount}; allowed is 0 or more, per year. Give 0.1 for 10 %.")

    @property
    def force(self) -> float:
        """Discount per unit of the fit, continuous."""
        return math.log1p(self.discount) * self.unit_days / YEAR

    @property
    def kept(self) -> float:
        """Share of revenue that counts: the margin, or all."""
        return 1.0 if self.margin is None else self.margin


def discounted(expected: Callable[[float], Floats], horizon: float, force: float) -> Floats:
    """Return expected purchases up to the horizon, each counted by when it comes.

    Parameters
    ----------
    expected : callable
        Expected purchases in (0, t] for a time t, shape (n,).
    horizon : float
    force : float
        Discount per unit of time, continuous; at least 0.

    Returns
    -------
    float array, shape (n,)

    Examples
    --------
    >>> discounted(lambda time: np.array([2.0 * time]), 10.0, 0.0).item()
    20.0
    >>> discounted(lambda time: np.array([2.0 * time]), 10.0, 0.1).round(4).item()
    12.6424
    """
    total = expected(horizon)
    if force == 0:
        return total
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    result = math.exp(-force * horizon) * total
    for node, weight in zip(((nodes + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        time = node**2 * horizon
        result = result + 2 * node * force * horizon * weight * math.exp(-force * time) * expected(time)
    return result
