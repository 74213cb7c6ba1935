"""The difference of two shares: the score test, corrected for skewness, and the interval that says the same.

The difference is held against every possible true one with the variance that this would have (Miettinen and Nurminen 1985), and the lopsidedness of
rare answers in arms of unequal size is taken out (Gart and Nam 1990; Laud 2017, "Equal-tailed confidence intervals for comparison of rates"):

    z + (z² − 1) γ / 6 = (p₁ − p₀ − δ) / √V,    V = (p̃₁q̃₁/n₁ + p̃₀q̃₀/n₀) N / (N − 1),    γ = μ₃ / V^1.5

where p̃ are the likeliest shares that differ by δ. Without the correction and at δ = 0 this is the N − 1 χ² test (Campbell 2007). With 3 % buyers and
a hold-out of a tenth the uncorrected test errs nearly twice as often to one side as to the other. The interval holds the differences that the test
does not refuse, so that the two never contradict each other, and is of some width even when nobody answered.

When NOT to use: with fewer than about five answers expected in an arm; and for orders or clicks, of which a customer has many (see `effects.ratio`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.evaluation.intervals import Z

Floats = NDArray[np.float64]
_STEPS = 42


def statistic(hits: ArrayLike, customers: ArrayLike, delta: ArrayLike = 0.0, *, corrected: bool = True) -> Floats:
    """Return how many standard errors the measured difference lies from `delta`, normal when `delta` is the true one.

    Parameters
    ----------
    hits, customers : array-like, shape (2, …)
        Who answered, and all; the control first.
    delta : array-like, broadcast to the rest
        Treated less control, above −1 and below 1.
    corrected : bool
        False leaves the skewness in.

    Returns
    -------
    z : float array

    Raises
    ------
    UsageError
        Unless 0 ≤ hits ≤ customers and customers ≥ 1.

    Examples
    --------
    >>> float(statistic([48, 56], [80, 70], corrected=False).round(3))
    2.641
    """
    answers, many = _checked(hits, customers)
    away = np.asarray(delta, dtype=np.float64)
    base, moved = likeliest(answers, many, away)
    rest, total = many[1], many.sum(axis=0)
    spread = (moved * (1 - moved) / rest + base * (1 - base) / many[0]) * total / (total - 1)
    spread = np.maximum(spread, 1e-30)
    distance = (answers[1] / rest - answers[0] / many[0] - away) / np.sqrt(spread)
    if not corrected:
        return np.asarray(distance)
    third = moved * (1 - moved) * (1 - 2 * moved) / rest**2 - base * (1 - base) * (1 - 2 * base) / many[0] ** 2
    lean = third / spread**1.5 / 6
    # Far out the parabola has no root: its turning point is as far as it goes.
    root = np.sqrt(np.maximum(1 + 4 * lean * (distance + lean), 0.0))
    return np.asarray(2 * (distance + lean) / (1 + root))


def interval(hits: ArrayLike, customers: ArrayLike, *, z: float = Z, corrected: bool = True) -> tuple[Floats, Floats]:
    """Return the ends of the interval of the difference: where the statistic reaches ±z.

    Parameters
    ----------
    hits, customers : array-like, shape (2, …)
    z : float
        1.96 for 95 %.
    corrected : bool

    Raises
    ------
    UsageError
        As of `statistic`.

    Examples
    --------
    The figures of Newcombe (1998), table II, example a:

    >>> low, high = interval([48, 56], [80, 70], corrected=False)
    >>> float(low.round(4)), float(high.round(4))
    (0.0528, 0.3382)
    """
    answers, many = _checked(hits, customers)
    limits = np.array([z, -z]).reshape(2, *(1 for _ in answers.shape[1:]))
    low = np.full((2, *answers.shape[1:]), -1.0)
    high = np.full((2, *answers.shape[1:]), 1.0)
    # The statistic falls as the supposed difference rises.
    for _ in range(_STEPS):
        middle = (low + high) / 2
        above = statistic(answers[:, None], many[:, None], middle, corrected=corrected) > limits
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray((low + high)[0] / 2), np.asarray((low + high)[1] / 2)


def likeliest(hits: Floats, customers: Floats, delta: Floats) -> tuple[Floats, Floats]:
    """Return the likeliest shares of control and treated whose difference is `delta` (the root of a cubic).

    Examples
    --------
    >>> [round(float(share), 6) for share in likeliest(np.array([10.0, 30.0]), np.array([100.0, 100.0]), np.array(0.0))]
    [0.2, 0.2]
    """
    none, some = customers[0], customers[1]
    total, answered = none + some, hits[0] + hits[1]
    third = total
    second = (some + 2 * none) * delta - total - answered
    first = (none * delta - total - 2 * hits[0]) * delta + answered
    zeroth = hits[0] * delta * (1 - delta)
    centre = second / (3 * third)
    turn = centre**3 - first * second / (6 * third**2) + zeroth / (2 * third)
    reach = np.where(turn >= 0, 1.0, -1.0) * np.sqrt(np.maximum(centre**2 - first / (3 * third), 0.0))
    cube = np.where(reach == 0, 1.0, reach**3)
    angle = (np.pi + np.arccos(np.clip(np.where(reach == 0, 0.0, turn / cube), -1.0, 1.0))) / 3
    base = np.clip(2 * reach * np.cos(angle) - centre, np.maximum(0.0, -delta), np.minimum(1.0, 1 - delta))
    return np.asarray(base), np.asarray(np.clip(base + delta, 0.0, 1.0))


def _checked(hits: ArrayLike, customers: ArrayLike) -> tuple[Floats, Floats]:
    answers, many = np.asarray(hits, dtype=np.float64), np.asarray(customers, dtype=np.float64)
    if answers.shape[:1] != (2,) or many.shape[:1] != (2,) or not ((answers >= 0) & (answers <= many) & (many >= 1)).all():
        raise UsageError(
            f"hits have shape {answers.shape} and customers {many.shape}; allowed are two arms each, with 0 ≤ hits ≤ customers and at least one "
            "customer per arm. Count them again, the control first."
        )
    return answers, many
