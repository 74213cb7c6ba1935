"""Objectives: what a plan is to bring, as a sum of terms.

    Profit() - ContactCost() - 0.1 * Fatigue()

Each term is a frozen value that gives an expected amount per customer and offer; terms add up, and numbers weigh them. The amounts are expectations:
that of a sum is the sum of those, whoever hangs together with whom.

When NOT to use: for wishes that are limits. "At most 5,000 letters" is a `Capacity`; as a term it would be a price somebody made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.plans.candidates import Candidates

Floats = NDArray[np.float64]


class Term(Protocol):
    """What can stand in an objective."""

    def of(self, candidates: Candidates) -> Floats:
        """Return the expected amount per customer and offer, shape (n, k)."""
        ...


@dataclass(frozen=True, slots=True)
class Objective:
    """A weighted sum of terms.

    Parameters
    ----------
    parts : tuple of (float, Term)

    Examples
    --------
    >>> str(Profit() - ContactCost() - 0.1 * Fatigue())
    'Profit() - ContactCost() - 0.1 * Fatigue()'
    """

    parts: tuple[tuple[float, Term], ...]

    def of(self, candidates: Candidates) -> Floats:
        """Return the expected gain per customer and offer, shape (n, k)."""
        total = np.zeros((len(candidates), len(candidates.offers)))
        for weight, term in self.parts:
            total += weight * term.of(candidates)
        return total

    def __add__(self, other: Term) -> Objective:
        return Objective(self.parts + _parts(other))

    def __sub__(self, other: Term) -> Objective:
        return self + -1.0 * Objective(_parts(other))

    def __mul__(self, weight: float) -> Objective:
        return Objective(tuple((float(weight) * own, term) for own, term in self.parts))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1.0

    def __str__(self) -> str:
        """Return the objective as it is written."""
        text = ""
        for place, (weight, term) in enumerate(self.parts):
            sign = "-" if weight < 0 else "+"
            factor = "" if abs(weight) == 1 else f"{abs(weight):g} * "
            text += f" {sign} {factor}{term}" if place else f"{'-' if weight < 0 else ''}{factor}{term}"
        return text


def _parts(term: Term) -> tuple[tuple[float, Term], ...]:
    return term.parts if isinstance(term, Objective) else ((1.0, term),)


def _plus(one: Term, other: Term) -> Objective:
    return Objective(_parts(one)) + other


def _minus(one: Term, other: Term) -> Objective:
    return Objective(_parts(one)) - other


def _times(one: Term, weight: float) -> Objective:
    return Objective(_parts(one)) * weight


def _negative(one: Term) -> Objective:
    return Objective(_parts(one)) * -1.0


@dataclass(frozen=True, slots=True)
class Profit:
    """What additional buyers bring, less the costs of all conversions; before the cost of contacts, which is `ContactCost`.

    An offer's `value` per additional buyer counts; without it its `margin` of the additional revenue.

    Examples
    --------
    >>> from segmentry.plans.offers import Offer
    >>> letter = Offer("Letter", "mail", cost=1.0, value=30.0)
    >>> chosen = Candidates(np.array(["a", "b"], dtype=object), (letter,), np.array([[0.1], [0.02]]))
    >>> (Profit() - ContactCost()).of(chosen).round(2).tolist()
    [[2.0], [-0.4]]
    """

    def of(self, candidates: Candidates) -> Floats:
        """Return the expected amount per customer and offer, shape (n, k).

        Raises
        ------
        UsageError
            When an offer has neither a value nor, with revenue given, a margin.
        """
        found = np.empty((len(candidates), len(candidates.offers)))
        for place in range(len(candidates.offers)):
            found[:, place] = _brought(candidates, place) - candidates.converting(place)
        return found

    __add__, __sub__, __mul__, __rmul__, __neg__ = _plus, _minus, _times, _times, _negative

    def __str__(self) -> str:
        return "Profit()"


def _brought(candidates: Candidates, place: int) -> Floats:
    offer = candidates.offers[place]
    if offer.value is not None:
        return offer.value * candidates.conversions[:, place]
    if offer.margin is not None and candidates.revenue is not None:
        return offer.margin * candidates.revenue[:, place]
    lacks = "no margin" if offer.margin is None else "a margin but no revenue is expected"
    raise UsageError(
        f"the profit of offer {offer.name!r} cannot be told: it has no value per buyer and {lacks}; allowed is a value, or a margin where revenue is "
        "expected. Give the offer a value."
    )


@dataclass(frozen=True, slots=True)
class ContactCost:
    """Cost of one contact, the same for all customers."""

    def of(self, candidates: Candidates) -> Floats:
        """Return the amount per customer and offer, shape (n, k)."""
        return np.broadcast_to(np.array([offer.cost for offer in candidates.offers], dtype=np.float64), candidates.conversions.shape)

    __add__, __sub__, __mul__, __rmul__, __neg__ = _plus, _minus, _times, _times, _negative

    def __str__(self) -> str:
        return "ContactCost()"


@dataclass(frozen=True, slots=True)
class Revenue:
    """Expected additional revenue."""

    def of(self, candidates: Candidates) -> Floats:
        """Return the expected amount per customer and offer, shape (n, k).

        Raises
        ------
        UsageError
            When no revenue is expected.
        """
        if candidates.revenue is None:
            raise UsageError(
                "the objective asks for Revenue(), and the candidates have none; allowed is one value per customer and offer. Add it."
            )
        return candidates.revenue

    __add__, __sub__, __mul__, __rmul__, __neg__ = _plus, _minus, _times, _times, _negative

    def __str__(self) -> str:
        return "Revenue()"


@dataclass(frozen=True, slots=True)
class Buyers:
    """Expected additional buyers; a plan for this alone brings as many as it can, whatever they cost."""

    def of(self, candidates: Candidates) -> Floats:
        """Return the expected number per customer and offer, shape (n, k)."""
        return candidates.conversions

    __add__, __sub__, __mul__, __rmul__, __neg__ = _plus, _minus, _times, _times, _negative

    def __str__(self) -> str:
        return "Buyers()"


@dataclass(frozen=True, slots=True)
class Fatigue:
    """Earlier contacts of the customer within `Candidates.days`: weighed with money, what one more contact costs in tired customers for each of them."""

    def of(self, candidates: Candidates) -> Floats:
        """Return the number per customer and offer, shape (n, k).

        Raises
        ------
        UsageError
            When earlier contacts are not given.
        """
        if candidates.earlier is None:
            raise UsageError(
                "the objective asks for Fatigue(), and the candidates have no earlier contacts; allowed is one number per customer. "
                "Add them, or leave the term out."
            )
        return np.broadcast_to(candidates.earlier[:, None], candidates.conversions.shape)

    __add__, __sub__, __mul__, __rmul__, __neg__ = _plus, _minus, _times, _times, _negative

    def __str__(self) -> str:
        return "Fatigue()"
