"""Ways of choosing whom to treat, side by side on the same customers: nobody, everybody, a simple rule, expected effects.

Values are against treating nobody, per customer of all, from doubly robust scores out-of-fold; differences are paired. What was learned by cross-fitting gets
the wider interval of `evaluation.intervals.for_refits`. The best simple way is the one with the highest value as measured, which makes it hard to beat.

When NOT to use: to add up what several ways bring; they treat the same customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.results import Estimate
from segmentry.uplift.policy import policy_value
from segmentry.uplift.results import PolicyValue

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way of choosing, and the arm it gives each customer.

    Parameters
    ----------
    name, words : str
    arm : int array, shape (n,)
    learned : bool
        By cross-fitting, from the same trial.
    simple : bool
        Whether it needs no expected effect per customer.
    """

    name: str
    words: str
    arm: Codes
    learned: bool
    simple: bool


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """Ways of choosing and what they are compared on.

    Parameters
    ----------
    scores : float array, shape (n, a)
        Doubly robust, out-of-fold; in money after costs where prices are known.
    ways : tuple of Way
        The one by expected effects first.
    units : int array, shape (n,)
    folds : int
    """

    scores: Floats
    ways: tuple[Way, ...]
    units: NDArray[np.intp]
    folds: int

    def way(self, name: str) -> Way:
        """Return a way by its name."""
        return next(way for way in self.ways if way.name == name)

    def value(self, way: Way, rival: Way | None = None) -> Estimate:
        """Return the value of a way against another, or against nobody."""
        other = np.zeros(len(self.scores), dtype=np.int64) if rival is None else rival.arm
        learned = way.learned or (rival is not None and rival.learned)
        return policy_value(self.scores, way.arm, rival=other, units=self.units, folds=self.folds if learned else None)

    def best(self, names: tuple[str, ...] = ()) -> Way:
        """Return the simple way with the highest value, or the best of those named; of equal ones the first."""
        simple = [way for way in self.ways if (way.name in names if names else way.simple)]
        return max(simple, key=lambda way: self.value(way).value)

    def beats(self, name: str, rival: Way) -> bool:
        """Return whether a way is better than another beyond chance."""
        return self.value(self.way(name), rival).low > 0

    def table(self) -> tuple[PolicyValue, ...]:
        """Return every way with its value, and its difference from the best simple one."""
        best = self.best()
        return tuple(self._row(way, best) for way in self.ways)

    def _row(self, way: Way, best: Way) -> PolicyValue:
        share = float((way.arm > 0).mean())
        if way is best:
            return PolicyValue(way.name, way.words, way.simple, self.value(way), share)
        return PolicyValue(way.name, way.words, way.simple, self.value(way), share, best.name, self.value(way, best))


def everybody(name: str, arms: int) -> str:
    """Return the name of giving one arm to all.

    Examples
    --------
    >>> everybody("offer", 2), everybody("offer", 3)
    ('everybody', 'everybody: offer')
    """
    return "everybody" if arms == 2 else f"everybody: {name}"
