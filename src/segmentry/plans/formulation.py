"""A plan in numbers: candidates, objective and constraints as a multiple-choice knapsack, with the way back.

Customers stand in the order of their lots (a hash of the id), so that nothing depends on the order of rows and every first part is a random sample. Gains
and money are divided by those of a typical contact. What can never be part of a plan is left out: offers that are not allowed, offers that alone
break a limit, customers to whom nothing brings anything while no least reach asks for them.

When NOT to use: on its own; `Targeting` asks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import DataRefused, Problem, UsageError
from segmentry.experiments.assignment import lots
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget, Capacity, Constraint, MinReach
from segmentry.plans.eligibility import Filter, counted, filters
from segmentry.plans.knapsack import Codes, Flags, Floats, Knapsack
from segmentry.plans.objectives import Term
from segmentry.plans.results import Eligibility

_TIES = "segmentry plan order"

# Below this share of the largest a gain is rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Row:
    """One limit over all customers: the constraint, its row in the knapsack (−1 where a tighter one says it all), and what it amounts to."""

    constraint: Budget | Capacity | MinReach
    place: int
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class Formulation:
    """A plan in numbers.

    Parameters
    ----------
    candidates : Candidates
    sack : Knapsack
    order : int array, shape (n,)
        All customers in the order of their lots.
    columns : int array, shape (c,)
        Customer of each column of the knapsack, in that order.
    rows : tuple of Row
        Limits over all customers, as they were given.
    asked : list of Filter
        What decided on eligibility.
    eligibility : Eligibility
    gains : float array, shape (n, k)
        By the objective.
    gain_unit, money_unit : float
        What 1 in the knapsack is.
    """

    candidates: Candidates
    sack: Knapsack
    order: NDArray[np.intp]
    columns: NDArray[np.intp]
    rows: tuple[Row, ...]
    asked: list[Filter]
    eligibility: Eligibility
    gains: Floats
    gain_unit: float
    money_unit: float

    @property
    def segment(self) -> Codes:
        """Segment of each customer, shape (n,); −1 for none."""
        segment = self.candidates.segment
        return np.full(len(self.candidates), -1, dtype=np.int64) if segment is None else segment

    def price(self, row: Row, prices: Floats) -> float:
        """Return the price of a limit in the units of the objective per unit of the limit."""
        if row.place < 0:
            return 0.0
        return float(prices[row.place]) * self.gain_unit / (self.money_unit if isinstance(row.constraint, Budget) else 1.0)

    def among(self, customers: NDArray[np.intp], allowed: Flags) -> Knapsack:
        """Return a knapsack of other customers with the same limits, allowed, shape (c, k), what is said."""
        gain = np.where(allowed, self.gains[customers], -np.inf).T / self.gain_unit
        return replace(self.sack, gain=gain, further=_further(self.candidates, customers, self.money_unit), reach=self._reach(customers))

    def _reach(self, customers: NDArray[np.intp]) -> Codes | None:
        return _reach(self.candidates, self.rows, len(self.sack.limits), customers)

    def with_budget(self, amount: float) -> Formulation:
        """Return the same with a lower budget; there must be one already."""
        limits = self.sack.limits.copy()
        limits[self.sack.money] = amount / self.money_unit
        return replace(self, sack=possible(replace(self.sack, limits=limits)))


def formulate(candidates: Candidates, objective: Term, constraints: Sequence[Constraint]) -> Formulation:
    """Return the plan in numbers.

    Parameters
    ----------
    candidates : Candidates
    objective : Term
    constraints : sequence of Constraint

    Raises
    ------
    UsageError
        When a constraint speaks of a channel or segment that is not there, or asks for what is not given.
    DataRefused
        When an expected gain is not a number.
    """
    asked = filters(candidates, constraints)
    eligibility = counted(candidates, asked)
    gains = objective.of(candidates)
    _check_known("gain", gains, eligibility.allowed)
    gains = _cut(gains, eligibility.allowed)
    rows = _rows(candidates, constraints)
    limits, takes, money = _limits(candidates, rows)
    order = in_order(candidates.ids)
    useful = eligibility.allowed & (gains > 0) if (limits >= 0).all() else eligibility.allowed
    columns = order[np.asarray(useful.any(axis=1))[order]]
    gain_unit = _typical(np.where(eligibility.allowed[columns], gains[columns], -np.inf).max(axis=1, initial=-np.inf))
    further = _further(candidates, columns, 1.0)
    for place, more in enumerate(further):
        if more is not None:
            _check_known("cost", more[:, None], eligibility.allowed[columns, place, None])
    money_unit = _typical(np.array([each.cost + _mean(more) for each, more in zip(candidates.offers, further, strict=True)]))
    if money >= 0:
        takes[money] /= money_unit
        limits[money] /= money_unit
        further = tuple(None if more is None else more / money_unit for more in further)
    else:
        further = (None,) * len(further)
    gain = np.where(eligibility.allowed[columns], gains[columns], -np.inf).T / gain_unit
    sack = Knapsack(np.ascontiguousarray(gain), takes, further, money, _reach(candidates, rows, len(limits), columns), limits)
    return Formulation(candidates, possible(sack), order, columns, rows, asked, eligibility, gains, gain_unit, money_unit)


def in_order(ids: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return the customers in the order of their lots, shape (n,): the same however the rows were sorted.

    Examples
    --------
    >>> ids = np.array(["C1", "C2", "C3"], dtype=object)
    >>> ids[in_order(ids)].tolist() == ids[::-1][in_order(ids[::-1])].tolist()
    True
    """
    drawn = lots(ids.tolist(), salt=_TIES)
    order = np.argsort(drawn, kind="stable")
    # Equal lots are as good as impossible; the id settles them.
    return np.lexsort((ids.astype(str), drawn)) if (np.diff(drawn[order]) == 0).any() else order


def _check_known(what: str, values: Floats, allowed: Flags) -> None:
    wrong = int((~np.isfinite(values) & allowed).any(axis=1).sum())
    if wrong:
        raise DataRefused(
            Problem(
                f"{what.upper()}_UNKNOWN",
                f"the expected {what} of {wrong:,} of {len(values):,} customers is not a number for an offer they may be given",
                "leave these customers out, or expect something of them",
            )
        )


def _cut(gains: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """Return gains without what is only rounding beside the largest; a solver takes a difference of 1e-179 for a contradiction."""
    largest = np.abs(gains, where=allowed, out=np.zeros(gains.shape)).max(initial=0.0)
    return np.where(np.abs(gains) < ROUNDING * largest, 0.0, gains)


def _rows(candidates: Candidates, constraints: Sequence[Constraint]) -> tuple[Row, ...]:
    """Return the limits over all customers; of several for the same thing only the tightest has a row."""
    found = [row for row in (_row(each, candidates) for each in constraints) if row is not None]
    tightest: dict[tuple[str, str], int] = {}
    for number, row in enumerate(found):
        key, amount = _about(row), _tightness(row)
        if amount > -np.inf and (key not in tightest or amount > _tightness(found[tightest[key]])):
            tightest[key] = number
    place = {number: row for row, number in enumerate(tightest.values())}
    return tuple(replace(row, place=place.get(number, -1)) for number, row in enumerate(found))


def _row(constraint: Constraint, candidates: Candidates) -> Row | None:
    if isinstance(constraint, Budget):
        return Row(constraint, 0, float(constraint.amount))
    if isinstance(constraint, Capacity):
        _check_channel(constraint, candidates)
        return Row(constraint, 0, float(constraint.most))
    if isinstance(constraint, MinReach):
        return Row(constraint, 0, float(constraint.customers(_size(constraint, candidates))))
    return None


def _about(row: Row) -> tuple[str, str]:
    constraint = row.constraint
    if isinstance(constraint, MinReach):
        return "reach", constraint.segment
    return ("capacity", constraint.channel) if isinstance(constraint, Capacity) else ("budget", "")


def _tightness(row: Row) -> float:
    """Return a number that is higher the tighter the limit; −inf for a least reach of nobody."""
    if isinstance(row.constraint, MinReach):
        return row.amount if row.amount > 0 else -np.inf
    return -row.amount


def _check_channel(capacity: Capacity, candidates: Candidates) -> None:
    channels = {offer.channel for offer in candidates.offers}
    if channels and capacity.channel not in channels:
        raise UsageError(f"{capacity} speaks of a channel that no offer goes through; {suggestion(capacity.channel, channels)}")


def _size(reach: MinReach, candidates: Candidates) -> int:
    if candidates.segment is None:
        raise UsageError(f"{reach} asks for segments, and customers have none; allowed is a segment per customer. Add them.")
    if reach.segment not in candidates.segments:
        raise UsageError(f"{reach} speaks of a segment that is not there; {suggestion(reach.segment, candidates.segments)}")
    return int((candidates.segment == candidates.segments.index(reach.segment)).sum())


def _limits(candidates: Candidates, rows: Sequence[Row]) -> tuple[Floats, Floats, int]:
    """Return limits, what each offer takes, and the row of the budget; in money and contacts."""
    placed = sorted((row for row in rows if row.place >= 0), key=lambda row: row.place)
    offers = candidates.offers
    limits, takes, money = np.zeros(len(placed)), np.zeros((len(placed), len(offers) + 1)), -1
    for row in placed:
        limits[row.place] = row.amount
        if isinstance(row.constraint, Budget):
            money = row.place
            takes[row.place, :-1] = [offer.cost for offer in offers]
        elif isinstance(row.constraint, Capacity):
            takes[row.place, :-1] = [offer.channel == row.constraint.channel for offer in offers]
        else:
            limits[row.place] = -row.amount
    return limits, takes, money


def _reach(candidates: Candidates, rows: Sequence[Row], limits: int, customers: NDArray[np.intp]) -> Codes | None:
    """Return the row each customer counts for, shape (c,); as many as there are limits for none."""
    wanted = {row.constraint.segment: row.place for row in rows if isinstance(row.constraint, MinReach) and row.place >= 0}
    if not wanted or candidates.segment is None:
        return None
    table = np.array([wanted.get(name, limits) for name in candidates.segments] + [limits], dtype=np.int64)
    found: Codes = table[candidates.segment[customers]]
    return found


def _further(candidates: Candidates, customers: NDArray[np.intp], unit: float) -> tuple[Floats | None, ...]:
    """Return the expected costs of conversion per offer; None where there are none."""
    return tuple(
        candidates.converting(place)[customers] / unit if offer.conversion_cost else None for place, offer in enumerate(candidates.offers)
    )


def _mean(values: Floats | None) -> float:
    return float(values.mean()) if values is not None and len(values) else 0.0


def _typical(amounts: Floats) -> float:
    """Return the median of what is above 0; 1 where nothing is."""
    known = np.abs(amounts[np.isfinite(amounts)])
    return float(np.median(known[known > 0])) if (known > 0).any() else 1.0


def possible(sack: Knapsack) -> Knapsack:
    """Return the knapsack without offers that alone break a limit."""
    hopeless = np.zeros(sack.gain.shape, dtype=np.bool_)
    over = (sack.takes[:, :-1] > np.maximum(sack.limits, 0.0)[:, None] * (1 + 1e-12)).any(axis=0)
    hopeless[over] = True
    for offer, more in enumerate(sack.further):
        if more is not None:
            hopeless[offer] |= sack.takes[sack.money, offer] + more > sack.limits[sack.money] * (1 + 1e-12)
    return replace(sack, gain=np.where(hopeless, -np.inf, sack.gain)) if hopeless.any() else sack
