"""Targeting: who gets which offer, or none, so that the expected gain is the highest the limits allow.

    Targeting(Profit() - ContactCost(), [Budget(50_000), Capacity("mail", 5_000), Holdout(0.1)]).plan(candidates)

The plan is a multiple-choice knapsack, solved by `decomposition` with a certified gap, and exactly where customers are few. Ties between customers are
settled by a hash of the id, so the plan does not depend on the order of rows; those between offers by the order of the offers.

The expected gain is that of expectations taken as they are. Choosing the highest among noisy ones picks luck too: `replay` takes that off again.

When NOT to use: where nobody has tested what an offer does. Then an experiment is the plan (see `evidence` and `experiments.design`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from segmentry.checks import check_range
from segmentry.errors import DataRefused, Problem
from segmentry.plans.candidates import Candidates
from segmentry.plans.conflicts import check_feasible
from segmentry.plans.constraints import Budget, Capacity, Consent, Constraint
from segmentry.plans.decomposition import Solved, solve
from segmentry.plans.eligibility import in_segments
from segmentry.plans.formulation import Formulation, Row, formulate
from segmentry.plans.knapsack import NONE, Codes, Flags, Floats, choose
from segmentry.plans.objectives import Term
from segmentry.plans.results import Allocation, Exclusion, Limit
from segmentry.preparation.words import figure, percent
from segmentry.results import Note

# Certified gap that is good enough.
GAP = 1e-4


@dataclass(frozen=True, slots=True)
class Targeting:
    """Who gets which offer.

    Parameters
    ----------
    objective : Term
        Such as ``Profit() - ContactCost()``.
    constraints : sequence of Constraint
        Such as ``[Budget(50_000), Holdout(0.1)]``.
    gap : float
        Certified gap that is good enough; 0 asks for the best plan there is, which takes long for more than a few hundred customers.

    Examples
    --------
    >>> from segmentry.plans.objectives import ContactCost, Profit
    >>> from segmentry.plans.offers import Offer
    >>> offers = (Offer("Letter", "mail", cost=1.0, value=30.0), Offer("Call", "phone", cost=4.0, value=30.0))
    >>> effects = np.array([[0.1, 0.3], [0.08, 0.1], [0.02, 0.04]])
    >>> candidates = Candidates(np.array(["a", "b", "c"], dtype=object), offers, effects)
    >>> plan = Targeting(Profit() - ContactCost(), [Budget(5.0)]).plan(candidates)
    >>> plan.offer.tolist(), round(plan.value, 2), plan.gap
    ([1, 0, -1], 6.4, 0.0)
    """

    objective: Term
    constraints: Sequence[Constraint] = ()
    gap: float = GAP

    def __post_init__(self) -> None:
        """Check the gap."""
        check_range("gap", self.gap, 0.0, 1.0)

    def plan(self, candidates: Candidates) -> Allocation:
        """Return who gets which offer.

        Parameters
        ----------
        candidates : Candidates

        Raises
        ------
        UsageError
            When a constraint speaks of what is not there.
        DataRefused
            When an expected gain is not a number, or the constraints cannot be met together; the message names the smallest group that clashes.
        """
        formed = formulate(candidates, self.objective, self.constraints)
        check_feasible(formed)
        return told(formed, solve(formed.sack, gap=self.gap), str(self.objective), self._notes(candidates))

    def _notes(self, candidates: Candidates) -> tuple[Note, ...]:
        found = []
        if candidates.consent and not any(isinstance(each, Consent) for each in self.constraints):
            found.append(Note("consent_not_asked", "The plan does not ask for consent, though the data has it. Add Consent().", "warning"))
        if candidates.answers is None and any(offer.conversion_cost for offer in candidates.offers):
            words = "Costs of conversion are counted on additional buyers alone, because nobody knows how many would buy anyway; they are too low."
            found.append(Note("conversion_costs_low", words, "warning"))
        return tuple(found)


def told(formed: Formulation, solved: Solved, objective: str, notes: tuple[Note, ...] = ()) -> Allocation:
    """Return the plan for people and files.

    Raises
    ------
    DataRefused
        When no plan within the limits was found.
    """
    if solved.choice is None:
        raise DataRefused(
            Problem(
                "NO_PLAN",
                f"no plan was found that keeps all of {len(formed.rows)} limits, though together they are not shown to be impossible",
                "loosen the tightest of them a little, such as a least reach by one customer",
            )
        )
    candidates, count = formed.candidates, len(formed.candidates)
    offer: Codes = np.full(count, NONE, dtype=np.int64)
    offer[formed.columns] = solved.choice
    gain, spend = _of_each(formed, offer)
    # In the order of the lots, so that the last bit does not depend on that of the rows.
    value = float(gain[formed.order].sum())
    bound = max(value, solved.bound * formed.gain_unit)
    exclusions, intended = _left_out(formed, solved, offer)
    return Allocation(
        ids=candidates.ids,
        offers=candidates.offers,
        offer=offer,
        intended=intended,
        gain=gain,
        spend=spend,
        held_out=formed.eligibility.held_out,
        segment=candidates.segment,
        segments=candidates.segments,
        value=value,
        bound=bound,
        gap=solved.gap,
        method="exact" if solved.exact else "decomposition",
        limits=tuple(_limit(formed, row, solved.prices, offer, spend) for row in formed.rows),
        eligibility=replace(formed.eligibility, exclusions=exclusions),
        objective=objective,
        notes=notes + _proved(solved),
    )


def _of_each(formed: Formulation, offer: Codes) -> tuple[Floats, Floats]:
    """Return gain and spend of each customer."""
    candidates = formed.candidates
    gain, spend = np.zeros(len(offer)), np.zeros(len(offer))
    for place, each in enumerate(candidates.offers):
        rows = np.flatnonzero(offer == place)
        gain[rows] = formed.gains[rows, place]
        spend[rows] = each.cost + (candidates.converting(place)[rows] if each.conversion_cost else 0.0)
    return gain, spend


def _left_out(formed: Formulation, solved: Solved, offer: Codes) -> tuple[tuple[Exclusion, ...], Codes]:
    """Return what each exclusion costs at the plan's prices, and what those who are held out would get."""
    intended, found = offer.copy(), []
    for number, exclusion in enumerate(formed.eligibility.exclusions):
        others = np.ones(formed.gains.shape, dtype=np.bool_)
        for each in formed.asked[:number] + formed.asked[number + 1 :]:
            others &= each.passes
        allowed = formed.eligibility.allowed
        lost: Flags = np.asarray((others & ~allowed).any(axis=1))
        rows = formed.order[lost[formed.order]]
        with_it, without = formed.among(rows, allowed[rows]), formed.among(rows, others[rows])
        choice, most = choose(without, solved.prices)
        worth = (most - choose(with_it, solved.prices)[1]) * formed.gain_unit
        found.append(replace(exclusion, worth=max(0.0, worth)))
        if exclusion.kind == "holdout":
            held = formed.eligibility.held_out[rows]
            intended[rows[held]] = choice[held]
    return tuple(found), intended


def _limit(formed: Formulation, row: Row, prices: Floats, offer: Codes, spend: Floats) -> Limit:
    constraint, price, candidates = row.constraint, formed.price(row, prices), formed.candidates
    name = str(constraint)
    if isinstance(constraint, Budget):
        used = float(spend[formed.order].sum())
        return Limit(name, "budget", used, row.amount, price, _said("unit of money", price, used, row.amount))
    if isinstance(constraint, Capacity):
        through = [place for place, each in enumerate(candidates.offers) if each.channel == constraint.channel]
        used = float(np.isin(offer, through).sum())
        return Limit(name, "capacity", used, row.amount, price, _said(f"{constraint.channel} contact", price, used, row.amount))
    used = float((in_segments(formed.segment, candidates.segments, [constraint.segment]) & (offer >= 0)).sum())
    words = f"{used:,.0f} of segment {constraint.segment!r} get an offer; {row.amount:,.0f} were asked for. "
    words += f"Asking for one less would bring {figure(price)}." if price > 0 else "That costs nothing."
    return Limit(name, "reach", used, row.amount, price, words)


def _said(unit: str, price: float, used: float, amount: float) -> str:
    if price > 0:
        return f"One more {unit} would bring {figure(price)}."
    return f"{figure(used)} of {figure(amount)} are used; one more {unit} would bring nothing."


def _proved(solved: Solved) -> tuple[Note, ...]:
    if solved.gap <= 10 * GAP:
        return ()
    words = f"With so few customers the best plan cannot be told to the last digit: this one is within {percent(solved.gap)} of what is possible."
    return (Note("gap_open", words),)
