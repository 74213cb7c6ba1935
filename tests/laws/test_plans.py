"""Plans keep their word whoever the customers are: the best there is, within every limit, the same however the rows are sorted."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.plans.candidates import Candidates
from segmentry.plans.conflicts import Conflicting
from segmentry.plans.constraints import Budget, Capacity, Consent, Constraint, ContactCap, Holdout, MinReach
from segmentry.plans.eligibility import check
from segmentry.plans.objectives import ContactCost, Profit
from segmentry.plans.offers import Offer
from segmentry.plans.results import Allocation
from segmentry.plans.targeting import Targeting

OBJECTIVE = Profit() - ContactCost()
CHANNELS = ("mail", "phone")
EFFECTS = st.integers(-12, 24).map(lambda each: each / 64) | st.floats(-0.2, 0.4)


@st.composite
def candidates(draw: st.DrawFn, least: int = 0) -> Candidates:
    count, wide = draw(st.integers(least, 6)), draw(st.integers(1, 3))
    offers = tuple(
        Offer(
            f"offer {place}",
            draw(st.sampled_from(CHANNELS)) if place else "mail",
            cost=draw(st.integers(0, 3) | st.floats(0.1, 3.0)),
            conversion_cost=draw(st.sampled_from([0.0, 1.5])),
            value=draw(st.floats(5.0, 40.0)),
        )
        for place in range(wide)
    )
    effects = draw(arrays(np.float64, (count, wide), elements=EFFECTS))
    return Candidates(
        np.array([f"C{number}" for number in range(count)], dtype=object),
        offers,
        effects,
        answers=np.clip(effects + 0.1, 0.0, 1.0),
        earlier=draw(arrays(np.float64, count, elements=st.sampled_from([0.0, 1.0, 2.0, np.nan]))),
        consent={"news": draw(arrays(np.float64, count, elements=st.sampled_from([1.0, 1.0, 1.0, 0.0, np.nan])))},
        segment=draw(arrays(np.int64, count, elements=st.integers(-1, 1))),
        segments=("gold", "rest"),
    )


@st.composite
def constraints(draw: st.DrawFn) -> list[Constraint]:
    possible = [
        Budget(draw(st.integers(0, 10) | st.floats(0.0, 10.0))),
        Capacity("mail", draw(st.integers(0, 5))),
        MinReach("gold", draw(st.sampled_from([0.25, 0.5, 1, 2]))),
        MinReach("rest", draw(st.sampled_from([0.25, 1]))),
        ContactCap(draw(st.integers(1, 3)), per="month"),
        Holdout(0.2, salt=draw(st.sampled_from("abc"))),
        Consent(),
    ]
    return [each for each in possible if draw(st.booleans())]


def spends(chosen: Candidates) -> np.ndarray:
    return np.column_stack([offer.cost + offer.conversion_cost * chosen.answers[:, place] for place, offer in enumerate(chosen.offers)])


def enumerated(chosen: Candidates, limits: list[Constraint]) -> float | None:
    """Return the best gain there is, by trying every plan; None when none keeps the limits."""
    count, wide = len(chosen), len(chosen.offers)
    plans = np.array(list(product(range(-1, wide), repeat=count)), dtype=np.int64).reshape((wide + 1) ** count, count)
    rows, treated = np.arange(count), plans >= 0
    padded = np.column_stack([check(chosen, limits).allowed, np.ones(count, dtype=bool)])
    fine = padded[rows, plans].all(axis=1)
    spent = np.column_stack([spends(chosen), np.zeros(count)])[rows, plans].sum(axis=1)
    for each in limits:
        if isinstance(each, Budget):
            fine &= spent <= each.amount + 1e-9
        elif isinstance(each, Capacity):
            through = np.array([offer.channel == each.channel for offer in chosen.offers] + [False])
            fine &= through[plans].sum(axis=1) <= each.most
        elif isinstance(each, MinReach):
            inside = chosen.segment == chosen.segments.index(each.segment)
            fine &= (treated & inside).sum(axis=1) >= each.customers(int(inside.sum()))
    gains = np.column_stack([OBJECTIVE.of(chosen), np.zeros(count)])[rows, plans].sum(axis=1)
    return float(gains[fine].max()) if fine.any() else None


def planned(chosen: Candidates, limits: list[Constraint], gap: float = 0.0) -> Allocation | None:
    try:
        return Targeting(OBJECTIVE, limits, gap=gap).plan(chosen)
    except Conflicting:
        return None


@given(candidates(), constraints())
def test_the_plan_is_the_best_of_all_plans(chosen: Candidates, limits: list[Constraint]) -> None:
    plan, best = planned(chosen, limits), enumerated(chosen, limits)
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert abs(plan.value - best) < 1e-6


@given(candidates(), constraints())
def test_no_plan_is_above_the_bound_and_the_gap_says_how_far_below_it_ours_is(chosen: Candidates, limits: list[Constraint]) -> None:
    plan = planned(chosen, limits, gap=0.05)
    if plan is not None:
        best = enumerated(chosen, limits)
        assert best is not None
        assert plan.bound >= best - 1e-9
        assert plan.value >= plan.bound - 0.05 * abs(plan.bound) - 1e-6
        assert abs(plan.gap * abs(plan.bound) - (plan.bound - plan.value)) < 1e-6


@given(candidates(), constraints())
def test_no_constraint_is_broken(chosen: Candidates, limits: list[Constraint]) -> None:
    plan = planned(chosen, limits, gap=1e-4)
    if plan is None:
        return
    rows = np.flatnonzero(plan.offer >= 0)
    assert check(chosen, limits).allowed[rows, plan.offer[rows]].all()
    assert abs(plan.spend[rows] - spends(chosen)[rows, plan.offer[rows]]).max(initial=0.0) < 1e-12
    for each, limit in zip([each for each in limits if isinstance(each, Budget | Capacity | MinReach)], plan.limits, strict=True):
        assert limit.name == str(each)
        assert limit.used >= limit.allowed if limit.kind == "reach" else limit.used <= limit.allowed * (1 + 1e-9) + 1e-9


@given(candidates(), constraints(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(chosen: Candidates, limits: list[Constraint], chance) -> None:
    order = list(range(len(chosen)))
    chance.shuffle(order)
    plan, other = planned(chosen, limits), planned(chosen.take(np.array(order, dtype=np.intp)), limits)
    assert (plan is None) == (other is None)
    if plan is not None and other is not None:
        assert np.array_equal(other.offer, plan.offer[order])
        assert np.array_equal(other.intended, plan.intended[order])
        assert (other.value, other.bound, other.gap) == (plan.value, plan.bound, plan.gap)


@given(candidates(), constraints(), st.sampled_from([0.25, 8.0, 1024.0]))
def test_another_currency_is_another_unit_and_nothing_else(chosen: Candidates, limits: list[Constraint], rate: float) -> None:
    offers = tuple(
        replace(each, cost=rate * each.cost, conversion_cost=rate * each.conversion_cost, value=rate * (each.value or 0.0))
        for each in chosen.offers
    )
    priced = [Budget(rate * each.amount) if isinstance(each, Budget) else each for each in limits]
    plan, other = planned(chosen, limits), planned(replace(chosen, offers=offers), priced)
    assert (plan is None) == (other is None)
    if plan is not None and other is not None:
        assert np.array_equal(other.offer, plan.offer)
        assert abs(other.value - rate * plan.value) <= 1e-9 * rate * abs(plan.value)


@given(candidates(), constraints(), st.data())
def test_one_constraint_more_never_brings_more(chosen: Candidates, limits: list[Constraint], data: st.DataObject) -> None:
    assume(limits)
    left = data.draw(st.sampled_from(limits))
    plan, free = planned(chosen, limits), planned(chosen, [each for each in limits if each is not left])
    if plan is not None:
        assert free is not None
        assert free.value >= plan.value - 1e-6


@given(candidates(), constraints(), st.floats(0.0, 10.0), st.floats(0.0, 10.0))
def test_a_higher_budget_never_brings_less(chosen: Candidates, limits: list[Constraint], amount: float, more: float) -> None:
    others = [each for each in limits if not isinstance(each, Budget)]
    plan, richer = planned(chosen, [*others, Budget(amount)]), planned(chosen, [*others, Budget(amount + more)])
    if plan is not None:
        assert richer is not None
        assert richer.value >= plan.value - 1e-6


@given(candidates(), constraints())
def test_who_may_be_asked_and_who_may_not_add_up_to_all(chosen: Candidates, limits: list[Constraint]) -> None:
    found = check(chosen, limits)
    assert found.eligible + sum(each.customers for each in found.exclusions) == len(chosen)
    assert found.eligible == int(found.allowed.any(axis=1).sum())
    assert not (found.held_out & found.allowed.any(axis=1)).any()


@given(candidates(least=1), constraints())
def test_a_conflict_names_the_smallest_group_of_which_each_is_needed(chosen: Candidates, limits: list[Constraint]) -> None:
    if planned(chosen, limits, gap=0.05) is not None:
        return
    with pytest.raises(Conflicting) as refused:
        Targeting(OBJECTIVE, limits).plan(chosen)
    conflict = refused.value.conflict
    group = [each for each in limits if str(each) in conflict.members]
    assert len(group) == len(conflict.members) == len(conflict.remedies)
    assert enumerated(chosen, group) is None
    smaller = [list(part) for size in range(len(group)) for part in combinations(limits, size)]
    assert all(enumerated(chosen, part) is not None for part in smaller)
