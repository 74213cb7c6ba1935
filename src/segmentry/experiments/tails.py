"""Can the t test be trusted here? It cannot where few customers make most of the spread, least of all when the arms differ in size.

* *Lean*: the t statistic of two arms leans to one side by (Hall and Martin 1988, on the bootstrap of the two-sample t)

      P(T ≤ x) ≈ Φ(x) + λ (2x² + 1) φ(x) / 6,    λ = skewness · (1/n₁² − 1/n₀²) / (1/n₁ + 1/n₀)^1.5

  so that at x = 1.96 each tail of 2.5 % is wrong by .085 λ: from |λ| = .1 on one tail is more than twice the other. In simulations
  tails were 3.6 % and 2.2 % at λ = .10, 4.2 % and 1.4 % at .13, 15 % and 0 % at 1.1. With arms of equal size λ is 0.
* *Weight*: as how many customers with ordinary tails the sample counts, 3 (Σd²)² / Σd⁴ with d the distance to the mean (kurtosis 3 counts fully).
  With fewer than 20 the test is blind: 1.6 % to 3 % false alarms where 5 % are promised, with arms of equal size too.

Both are taken over all customers of both arms, without looking at who got what: the choice of a test must not depend on what it is to decide.

When NOT to use: as a licence. A sample whose largest customer has not come yet looks tamer than it is; for money the permutation test is the default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.preparation.words import figure

Floats = NDArray[np.float64]

LEAN = 0.1
FEW = 20.0


@dataclass(frozen=True, slots=True)
class Tails:
    """Shape of a metric over all customers.

    Parameters
    ----------
    skew : float
        0 when symmetric; 0 also when nothing varies.
    effective : float
        As how many customers with ordinary tails they count.
    """

    skew: float
    effective: float


def tails(values: Floats) -> Tails:
    """Measure the tails of a metric.

    Parameters
    ----------
    values : float array, shape (n,)
        Finite, of all arms together.

    Examples
    --------
    >>> round(tails(np.r_[np.zeros(99), 1.0]).effective, 2)
    3.06
    """
    away = values - values.mean()
    size = float(np.abs(away).max(initial=0.0))
    if size <= 1e-12 * float(np.abs(values).max(initial=0.0)) or size == 0.0:
        return Tails(0.0, float(len(values)))
    away = away / size
    squares = away * away
    second, third, fourth = float(squares.sum()), float((squares * away).sum()), float((squares * squares).sum())
    return Tails(third * len(values) ** 0.5 / second**1.5, min(float(len(values)), 3.0 * second * second / fourth))


def lean(skew: float, customers: tuple[int, int]) -> float:
    """Return λ, by how much the t statistic leans to one side.

    Parameters
    ----------
    skew : float
    customers : (int, int)
        Of control and treated.

    Examples
    --------
    >>> round(lean(10.0, (1000, 9000)), 3), lean(10.0, (5000, 5000))
    (-0.267, 0.0)
    """
    none, some = customers
    return float(skew * (1 / some**2 - 1 / none**2) / (1 / some + 1 / none) ** 1.5)


def welch_lies(found: Tails, customers: tuple[int, int]) -> str:
    """Say why Welch's t test must not be used here; empty when it may.

    Parameters
    ----------
    found : Tails
    customers : (int, int)
        Of control and treated.

    Examples
    --------
    >>> print(welch_lies(Tails(5.0, 150.0), (1000, 9000)))
    the arms differ in size (1,000 and 9,000) and the tail is long (skewness 5), so a t test would see an increase 3 times as often as a decrease where
    there is neither
    >>> welch_lies(Tails(2.0, 800.0), (5000, 5000))
    ''
    """
    tilt = lean(found.skew, customers)
    if abs(tilt) > LEAN:
        off = abs(tilt) * 0.0846
        # Beyond this the approximation has no tail left to compare with.
        often = f"{figure(round((0.025 + off) / (0.025 - off)))} times" if off < 0.022 else "many times"
        seen, rather = ("an increase", "a decrease") if tilt < 0 else ("a decrease", "an increase")
        return (
            f"the arms differ in size ({customers[0]:,} and {customers[1]:,}) and the tail is long (skewness {figure(found.skew)}), so a t test would see "
            f"{seen} {often} as often as {rather} where there is neither"
        )
    if found.effective < FEW:
        return f"the spread hangs on as few as {max(1, round(found.effective))} customers, so a t test would overlook effects"
    return ""
