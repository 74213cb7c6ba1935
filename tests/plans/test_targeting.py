import os
import subprocess
import sys

import numpy as np
import pytest

from segmentry.errors import DataRefused, UsageError
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget, Capacity, Consent, ContactCap, Holdout, MinReach
from segmentry.plans.objectives import Buyers, ContactCost, Profit
from segmentry.plans.offers import Offer
from segmentry.plans.targeting import Targeting

OBJECTIVE = Profit() - ContactCost()
OFFERS = (
    Offer("Letter", "mail", cost=1.0, value=40.0),
    Offer("Voucher", "mail", cost=0.6, conversion_cost=3.0, value=45.0),
    Offer("Call", "phone", cost=4.0, value=40.0),
)


def made(count, seed=0, **more):
    rng = np.random.default_rng(seed)
    effects = rng.gamma(2.0, 0.015, (count, 3)) * np.array([1.0, 1.2, 2.5])
    ids = np.array([f"C{number}" for number in range(count)], dtype=object)
    given = {"answers": np.minimum(effects + 0.1, 1.0), "segment": rng.integers(0, 2, count), "segments": ("gold", "rest")}
    return Candidates(ids, OFFERS, effects, **given | more)


def test_a_plan_keeps_its_limits_and_its_figures_add_up():
    chosen = made(3_000, earlier=np.random.default_rng(1).poisson(1.0, 3_000).astype(float))
    limits = [Budget(900.0), Capacity("mail", 500), MinReach("rest", 0.25), ContactCap(2), Holdout(0.1, salt="spring")]
    plan = Targeting(OBJECTIVE, limits).plan(chosen)
    assert plan.gap <= 1e-3
    assert plan.value == pytest.approx(plan.gain.sum())
    assert plan.value <= plan.bound
    rows = np.flatnonzero(plan.offer >= 0)
    assert plan.treated == len(rows) == sum(each.customers for each in plan.by_offer)
    assert plan.gain[rows] == pytest.approx(OBJECTIVE.of(chosen)[rows, plan.offer[rows]])
    assert plan.spent == pytest.approx(sum(each.spend for each in plan.by_channel))
    assert plan.spent <= 900.0 * (1 + 1e-9)
    assert [limit.used for limit in plan.limits] == pytest.approx(
        [plan.spent, (plan.offer[rows] < 2).sum(), (chosen.segment[rows] == 1).sum()]
    )
    assert (chosen.earlier[rows] < 2).all()
    assert sum(each.customers for each in plan.eligibility.exclusions) + plan.eligibility.eligible == 3_000


def test_a_price_is_what_one_more_brings():
    chosen = made(4_000, seed=2)
    limits = {"budget": 2_500.0, "mail": 900, "rest": 900}

    def bound(**changed):
        now = limits | changed
        made_of = [Budget(now["budget"]), Capacity("mail", int(now["mail"])), MinReach("rest", now["rest"])]
        return Targeting(OBJECTIVE, made_of, gap=1e-3).plan(chosen)

    prices = [limit.price for limit in bound().limits]
    assert min(prices) > 0.05
    budget = (bound(budget=2_530.0).bound - bound(budget=2_470.0).bound) / 60
    mail = (bound(mail=915).bound - bound(mail=885).bound) / 30
    reach = (bound(rest=885).bound - bound(rest=915).bound) / 30
    assert prices == pytest.approx([budget, mail, reach], rel=0.03)


def test_prices_are_said_in_words():
    plan = Targeting(OBJECTIVE, [Budget(10_000.0), Capacity("mail", 20), MinReach("gold", 1)]).plan(made(300))
    assert plan.limits[0].words.endswith("of 10,000 are used; one more unit of money would bring nothing.")
    assert plan.limits[1].words.startswith("One more mail contact would bring 2.")
    assert plan.limits[2].words.endswith("1 were asked for. That costs nothing.")


def test_who_is_held_out_has_the_offer_they_would_have_got():
    limits = [Budget(600.0), Capacity("mail", 400)]
    held = Targeting(OBJECTIVE, [*limits, Holdout(0.2, salt="spring")]).plan(made(3_000))
    assert (held.offer[held.held_out] == -1).all()
    assert np.array_equal(held.intended[~held.held_out], held.offer[~held.held_out])
    inside, outside = (held.intended[rows] >= 0 for rows in (held.held_out, ~held.held_out))
    # The lot knows nothing of gains: as many among them would get an offer, within four standard errors.
    assert abs(inside.mean() - outside.mean()) < 4 * np.sqrt(0.25 / held.held_out.sum())
    assert np.array_equal(held.intended, held.offer) is False


def test_what_exclusions_cost_is_at_least_what_the_plan_would_gain_without_them():
    chosen = made(2_000, consent={"mail": (np.random.default_rng(3).random(2_000) < 0.7).astype(float)})
    limits = [Budget(500.0), Consent(), Holdout(0.15, salt="spring")]
    plan = Targeting(OBJECTIVE, limits, gap=1e-3).plan(chosen)
    for each, left in zip(plan.eligibility.exclusions, (limits[1], limits[2]), strict=True):
        more = Targeting(OBJECTIVE, [limit for limit in limits if limit is not left], gap=1e-3).plan(chosen).value - plan.value
        assert 0 < more <= each.worth + plan.gap * plan.bound
        assert each.worth < 3 * more


def test_all_equal_gains_are_settled_by_a_hash_of_the_id():
    count = 1_000
    chosen = made(count)
    alike = Candidates(chosen.ids, OFFERS, np.full((count, 3), 0.1), answers=np.full((count, 3), 0.1))
    plan = Targeting(OBJECTIVE, [Capacity("mail", 100), Capacity("phone", 0)]).plan(alike)
    assert plan.treated == 100
    assert plan.gap == 0.0
    chosen_rows = np.flatnonzero(plan.offer >= 0)
    assert not np.array_equal(chosen_rows, np.arange(100))
    order = np.random.default_rng(0).permutation(count)
    again = Targeting(OBJECTIVE, [Capacity("mail", 100), Capacity("phone", 0)]).plan(alike.take(order))
    assert set(again.ids[again.offer >= 0]) == set(plan.ids[chosen_rows])


def test_the_order_of_rows_changes_no_bit():
    chosen, limits = made(3_000, seed=4), [Budget(2_000.0), Capacity("mail", 800), MinReach("rest", 0.2), Holdout(0.1, salt="spring")]
    plan = Targeting(OBJECTIVE, limits, gap=1e-3).plan(chosen)
    order = np.random.default_rng(0).permutation(3_000)
    other = Targeting(OBJECTIVE, limits, gap=1e-3).plan(chosen.take(order))
    assert np.array_equal(other.offer, plan.offer[order])
    assert np.array_equal(other.intended, plan.intended[order])
    assert (other.value, other.bound, other.limits, other.eligibility.exclusions) == (
        plan.value,
        plan.bound,
        plan.limits,
        plan.eligibility.exclusions,
    )


@pytest.mark.parametrize(
    ("chosen", "limits"),
    [
        (made(0), [Budget(10.0), Capacity("mail", 3)]),
        (made(0), []),
        (Candidates(np.array(["a"], dtype=object), (), np.empty((1, 0))), [Budget(10.0), Capacity("mail", 3)]),
        (Candidates(np.array(["a"], dtype=object), (), np.empty((1, 0))), []),
        (made(50), [Budget(0.0)]),
        (made(50), [Capacity("mail", 0), Capacity("phone", 0)]),
        (Candidates(made(50).ids, OFFERS, np.full((50, 3), -0.1)), [Budget(10.0), Capacity("mail", 3)]),
        (Candidates(made(50).ids, OFFERS, np.zeros((50, 3))), []),
    ],
    ids=["nobody", "nobody, no limits", "no offers", "no offers, no limits", "no budget", "no capacity", "all lose", "all gain nothing"],
)
def test_where_nothing_can_be_gained_nobody_gets_anything(chosen, limits):
    plan = Targeting(OBJECTIVE, limits).plan(chosen)
    assert plan.treated == 0
    assert (plan.value, plan.bound, plan.gap, plan.spent) == (0.0, 0.0, 0.0, 0.0)
    assert len(plan) == len(chosen)
    assert all(np.isfinite(limit.price) for limit in plan.limits)


def test_without_limits_everyone_gets_their_best_offer():
    chosen = made(500)
    plan = Targeting(OBJECTIVE).plan(chosen)
    gains = OBJECTIVE.of(chosen)
    assert np.array_equal(plan.offer, np.where(gains.max(axis=1) > 0, gains.argmax(axis=1), -1))
    assert plan.method == "exact"


def test_an_offer_that_costs_nothing_is_given_even_without_a_budget():
    offers = (Offer("Banner", "web", value=10.0), Offer("Call", "phone", cost=4.0, value=1_000.0))
    chosen = Candidates(made(20).ids, offers, np.full((20, 2), 0.1))
    assert (Targeting(Buyers(), [Budget(0.0)]).plan(chosen).offer == 0).all()


def test_a_gain_that_is_no_number_is_refused():
    effects = np.full((20, 3), 0.1)
    effects[3, 1] = np.nan
    with pytest.raises(DataRefused, match="GAIN_UNKNOWN"):
        Targeting(OBJECTIVE, [Budget(5.0)]).plan(Candidates(made(20).ids, OFFERS, effects))


def test_a_plan_that_does_not_ask_for_consent_says_so():
    chosen = made(20, consent={"mail": np.ones(20)})
    assert [note.code for note in Targeting(OBJECTIVE).plan(chosen).notes] == ["consent_not_asked"]
    assert Targeting(OBJECTIVE, [Consent()]).plan(chosen).notes == ()


def test_costs_of_conversion_that_are_too_low_are_marked():
    assert [note.code for note in Targeting(OBJECTIVE).plan(made(20, answers=None)).notes] == ["conversion_costs_low"]


def test_a_gap_that_is_no_share_is_refused():
    with pytest.raises(UsageError, match="gap is 2"):
        Targeting(OBJECTIVE, gap=2.0)


def test_small_cells_are_hidden():
    offers = (*OFFERS[:2], Offer("Call", "phone", cost=4.0, value=40.0, segments=("rest",)))
    effects = np.tile([[0.1, 0.0, 0.2]], (40, 1))
    chosen = Candidates(made(40).ids, offers, effects, answers=effects, segment=np.repeat([0, 1], [37, 3]), segments=("gold", "rest"))
    plan = Targeting(OBJECTIVE).plan(chosen)
    assert [(each.name, each.customers, each.gain is None) for each in plan.by_segment] == [("gold", None, True), ("rest", None, True)]
    assert [each.of for each in plan.by_segment] == [None, None]
    assert {each.name: each.customers for each in plan.by_offer} == {"Letter": None, "Voucher": 0, "Call": None}


SAME = """
import hashlib
import numpy as np
from segmentry.plans import Budget, Candidates, Capacity, ContactCost, MinReach, Offer, Profit, Targeting
rng = np.random.default_rng(0)
offers = tuple(Offer(f"o{place}", "mail" if place < 2 else "phone", cost=1.0 + place, conversion_cost=place, value=40.0) for place in range(4))
effects = rng.gamma(2.0, 0.03, (3000, 4))
chosen = Candidates(np.array([f"C{i}" for i in range(3000)], dtype=object), offers, effects, segment=rng.integers(0, 2, 3000), segments=("a", "b"))
plan = Targeting(Profit() - ContactCost(), [Budget(900.0), Capacity("mail", 300), MinReach("b", 0.2)]).plan(chosen)
print(hashlib.sha256(plan.offer.tobytes()).hexdigest(), plan.value.hex(), plan.bound.hex(), [limit.price.hex() for limit in plan.limits])
"""


def test_one_thread_and_two_give_the_same_bits():
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    said = [
        subprocess.run(
            [sys.executable, "-c", SAME], capture_output=True, text=True, check=True, env=os.environ | dict.fromkeys(names, threads)
        ).stdout
        for threads in ("1", "2")
    ]
    assert len(said[0]) > 100
    assert said[0] == said[1]


def test_gains_that_are_only_rounding_beside_the_others_are_none() -> None:
    ids = np.array([f"C{place}" for place in range(5)], dtype=object)
    offers = (Offer("one", "mail", value=5.0), Offer("other", "mail", value=5.0))
    chances = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 2.6e-179], [0.0, 3e-286], [0.015625, 0.25]])
    plan = Targeting(Profit() - ContactCost(), [Budget(0)]).plan(Candidates(ids, offers, chances))
    assert plan.offer.tolist() == [-1, -1, -1, -1, 1]
    assert plan.gap == 0.0
