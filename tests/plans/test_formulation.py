import numpy as np
import pytest

from segmentry.errors import DataRefused, UsageError
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget, Capacity, MinReach
from segmentry.plans.formulation import formulate, in_order
from segmentry.plans.objectives import Buyers, ContactCost, Profit
from segmentry.plans.offers import Offer

OBJECTIVE = Profit() - ContactCost()
OFFERS = (Offer("Letter", "mail", cost=2.0, value=30.0), Offer("Call", "phone", cost=4.0, conversion_cost=10.0, value=30.0))


def made(effects, **more):
    effects = np.asarray(effects, dtype=float)
    ids = np.array([f"C{number}" for number in range(len(effects))], dtype=object)
    return Candidates(ids, OFFERS, effects, answers=np.clip(effects, 0, 1), **more)


def test_only_the_tightest_of_several_limits_for_one_thing_has_a_row():
    chosen = made(np.full((10, 2), 0.5), segment=np.zeros(10, dtype=np.int64), segments=("gold",))
    constraints = [
        Budget(9),
        Budget(5),
        Capacity("mail", 3),
        Capacity("mail", 4),
        MinReach("gold", 1),
        MinReach("gold", 0.2),
        MinReach("gold", 0),
    ]
    formed = formulate(chosen, OBJECTIVE, constraints)
    assert [(str(row.constraint), row.place) for row in formed.rows] == [
        ("Budget(9)", -1),
        ("Budget(5)", 0),
        ("Capacity('mail', 3)", 1),
        ("Capacity('mail', 4)", -1),
        ("MinReach('gold', 1)", -1),
        ("MinReach('gold', 0.2)", 2),
        ("MinReach('gold', 0)", -1),
    ]


def test_customers_to_whom_nothing_brings_anything_are_left_out_unless_a_reach_may_need_them():
    effects = [[0.5, 0.5], [-0.1, 0.0], [0.0, 0.0]]
    segmented = made(effects, segment=np.zeros(3, dtype=np.int64), segments=("gold",))
    assert formulate(segmented, OBJECTIVE, [Budget(9)]).columns.tolist() == [0]
    assert sorted(formulate(segmented, OBJECTIVE, [Budget(9), MinReach("gold", 1)]).columns.tolist()) == [0, 1, 2]


def test_an_offer_that_alone_breaks_a_limit_is_left_out():
    formed = formulate(made([[0.5, 0.9], [0.5, 0.1]]), OBJECTIVE, [Budget(6.0), Capacity("mail", 0)])
    gain = formed.sack.gain[:, np.argsort(formed.columns)]
    assert np.isneginf(gain[0]).all()
    # The call costs 4 and 10 for each who answers: 13 for the first, 5 for the second, who is not worth it.
    assert np.isneginf(gain[1, 0])


def test_prices_come_back_in_the_units_of_the_objective_and_of_money():
    chosen = made(np.full((10, 2), 0.5))
    formed = formulate(chosen, OBJECTIVE, [Budget(9), Capacity("mail", 3)])
    assert formed.gain_unit == pytest.approx(13.0)
    assert formed.money_unit == pytest.approx((2.0 + 9.0) / 2)
    assert [formed.price(row, np.array([0.5, 0.25])) for row in formed.rows] == pytest.approx([0.5 * 13.0 / 5.5, 0.25 * 13.0])


def test_what_is_not_there_is_refused_with_the_nearest_that_is():
    chosen = made([[0.5, 0.5]], segment=np.array([0]), segments=("gold",))
    with pytest.raises(UsageError, match="did you mean 'mail'"):
        formulate(chosen, OBJECTIVE, [Capacity("mails", 3)])
    with pytest.raises(UsageError, match="did you mean 'gold'"):
        formulate(chosen, OBJECTIVE, [MinReach("golf", 3)])
    with pytest.raises(UsageError, match="customers have none"):
        formulate(made([[0.5, 0.5]]), OBJECTIVE, [MinReach("gold", 3)])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_gain_that_is_no_number_is_refused_where_the_offer_is_allowed(wrong):
    with pytest.raises(DataRefused, match="GAIN_UNKNOWN: the expected gain of 1 of 2 customers"):
        formulate(made([[0.5, wrong], [0.5, 0.5]]), Buyers(), [])
    offers = (OFFERS[0], Offer("Call", segments=("rest",)))
    chosen = Candidates(np.array(["a"], dtype=object), offers, np.array([[0.5, wrong]]), segment=np.array([0]), segments=("gold", "rest"))
    assert formulate(chosen, Buyers(), []).columns.tolist() == [0]


def test_a_cost_that_is_no_number_is_refused():
    effects = np.full((2, 2), 0.5)
    chosen = Candidates(np.array(["a", "b"], dtype=object), OFFERS, effects, answers=np.array([[0.5, np.nan], [0.5, 0.5]]))
    with pytest.raises(DataRefused, match="COST_UNKNOWN"):
        formulate(chosen, Buyers(), [Budget(5.0)])


def test_a_lower_budget_leaves_out_what_it_cannot_pay():
    formed = formulate(made([[0.5, 0.9]]), OBJECTIVE, [Budget(100.0)]).with_budget(1.0)
    assert np.isneginf(formed.sack.gain).all()
    assert formed.sack.limits[0] * formed.money_unit == pytest.approx(1.0)


def test_the_order_of_customers_is_that_of_their_ids_alone():
    ids = np.array([f"C{number}" for number in range(500)], dtype=object)
    shuffled = np.random.default_rng(0).permutation(ids)
    assert np.array_equal(ids[in_order(ids)], shuffled[in_order(shuffled)])
    assert not np.array_equal(ids[in_order(ids)], ids)
