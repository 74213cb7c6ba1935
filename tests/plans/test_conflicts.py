import numpy as np
import pytest

from segmentry.errors import DataRefused
from segmentry.plans.candidates import Candidates
from segmentry.plans.conflicts import Conflicting, least_spend
from segmentry.plans.constraints import Budget, Capacity, Consent, ContactCap, Holdout, MinReach
from segmentry.plans.formulation import formulate
from segmentry.plans.objectives import ContactCost, Profit
from segmentry.plans.offers import Offer
from segmentry.plans.targeting import Targeting

OBJECTIVE = Profit() - ContactCost()
OFFERS = (Offer("Letter", "mail", cost=1.0, value=30.0), Offer("Call", "phone", cost=4.0, value=30.0))
COUNT = 400


def made(offers=OFFERS, **more):
    """Make 100 gold customers and 300 others."""
    ids = np.array([f"C{number}" for number in range(COUNT)], dtype=object)
    effects = np.full((COUNT, len(offers)), 0.1)
    given = {"segment": np.repeat([0, 1], [100, 300]), "segments": ("gold", "rest"), "answers": effects}
    return Candidates(ids, offers, effects, **given | more)


def refused(limits, **more):
    with pytest.raises(Conflicting) as found:
        Targeting(OBJECTIVE, limits).plan(made(**more))
    assert isinstance(found.value, DataRefused)
    return found.value.conflict


def test_limits_from_above_alone_never_clash():
    limits = [Budget(0.0), Capacity("mail", 0), ContactCap(1), Holdout(0.5), Consent()]
    plan = Targeting(OBJECTIVE, limits).plan(made(earlier=np.full(COUNT, 9.0), consent={"mail": np.zeros(COUNT)}))
    assert plan.treated == 0


def test_only_what_clashes_is_named_as_it_was_written():
    limits = [Budget(5_000), Capacity("mail", 30), Capacity("phone", 20), MinReach("gold", 0.6), MinReach("rest", 0.01), Holdout(0.01)]
    conflict = refused(limits)
    assert conflict.members == ("Capacity('mail', 30)", "Capacity('phone', 20)", "MinReach('gold', 0.6)")
    assert conflict.words == (
        "Capacity('mail', 30), Capacity('phone', 20) and MinReach('gold', 0.6) cannot be met together: 40 mail contacts are needed at least; "
        "30 phone contacts are needed at least; of segment 'gold' no more than 50 can be reached, against 60 asked for"
    )
    assert conflict.remedies == ("allow 40 mail contacts", "allow 30 phone contacts", "ask for 50 of segment 'gold' at most")


def test_every_remedy_that_names_a_number_works_and_one_less_does_not():
    limits = {"budget": 100.0, "mail": 40, "reach": 60}

    def plan(**changed):
        now = limits | changed
        return Targeting(OBJECTIVE, [Budget(now["budget"]), Capacity("mail", now["mail"]), MinReach("gold", now["reach"])]).plan(made())

    with pytest.raises(Conflicting) as found:
        plan()
    # 40 letters and 20 calls cost 120; 47 letters and 13 calls cost 99 and 46 and 14 cost 102; 40 letters and 15 calls cost 100.
    assert found.value.conflict.remedies == ("raise the budget to 120", "allow 47 mail contacts", "ask for 55 of segment 'gold' at most")
    for works, fails in (({"budget": 120.0}, {"budget": 119.0}), ({"mail": 47}, {"mail": 46}), ({"reach": 55}, {"reach": 56})):
        assert plan(**works).treated >= 55
        with pytest.raises(Conflicting):
            plan(**fails)


@pytest.mark.parametrize(
    ("limits", "more", "members", "words"),
    [
        ([MinReach("gold", 101)], {}, ("MinReach('gold', 101)",), "no more than 100 can be reached"),
        (
            [Consent(), MinReach("gold", 0.5)],
            {"consent": {"mail": np.repeat([1.0, np.nan, 1.0], [20, 80, 300])}},
            ("MinReach('gold', 0.5)", "Consent()"),
            "no more than 20 can be reached, against 50",
        ),
        (
            [ContactCap(2, per="month"), MinReach("rest", 200), Budget(1_000)],
            {"earlier": np.repeat([0.0, 5.0], [200, 200])},
            ("MinReach('rest', 200)", "ContactCap(2, per='month')"),
            "no more than 100 can be reached",
        ),
        ([Holdout(0.5, salt="a"), MinReach("gold", 0.9)], {}, ("MinReach('gold', 0.9)", "Holdout(0.5, salt='a')"), "can be reached"),
        (
            [MinReach("gold", 1)],
            {"offers": (Offer("Letter", cost=1.0, value=30.0, segments=("rest",)),)},
            ("MinReach('gold', 1)", "the segments offers are meant for"),
            "no more than 0 can be reached",
        ),
        ([MinReach("gold", 1)], {"offers": ()}, ("MinReach('gold', 1)",), "no more than 0 can be reached"),
        ([Budget(50.0), MinReach("gold", 60)], {}, ("Budget(50)", "MinReach('gold', 60)"), "the least it costs is 60.00"),
    ],
    ids=["too few", "consent", "cap", "hold-out", "segments", "no offers", "budget"],
)
def test_each_kind_of_conflict_is_explained(limits, more, members, words):
    conflict = refused(limits, **more)
    assert conflict.members == members
    assert words in conflict.words
    assert len(conflict.remedies) == len(members)


def test_two_reaches_that_share_a_channel_clash_together():
    only_mail = (OFFERS[0],)
    conflict = refused([Capacity("mail", 100), MinReach("gold", 60), MinReach("rest", 60)], offers=only_mail)
    assert conflict.members == ("Capacity('mail', 100)", "MinReach('gold', 60)", "MinReach('rest', 60)")
    assert conflict.remedies == ("allow 120 mail contacts", "ask for 40 of segment 'gold' at most", "ask for 40 of segment 'rest' at most")


def test_of_two_conflicts_the_smaller_is_told():
    limits = [Capacity("mail", 5), Capacity("phone", 5), MinReach("gold", 50), MinReach("rest", 301)]
    assert refused(limits).members == ("MinReach('rest', 301)",)


def test_what_can_be_met_by_the_cheapest_customers_is_not_refused():
    answers = np.linspace(0.0, 1.0, COUNT)[:, None]
    offers = (Offer("Voucher", "mail", cost=1.0, conversion_cost=10.0, value=30.0),)
    chosen = made(offers=offers, answers=answers)
    cheapest = np.sort(1.0 + 10.0 * answers[:100, 0])[:50].sum()
    limits = [Budget(round(float(cheapest) + 0.01, 2)), MinReach("gold", 50)]
    assert Targeting(OBJECTIVE, limits).plan(chosen).limits[1].used == 50
    with pytest.raises(Conflicting):
        Targeting(OBJECTIVE, [Budget(float(cheapest) - 0.01), MinReach("gold", 50)]).plan(chosen)


def test_the_least_that_must_be_spent_is_told():
    assert least_spend(formulate(made(), OBJECTIVE, [MinReach("gold", 60), Capacity("mail", 40)])) == pytest.approx(40 + 4 * 20)
    assert least_spend(formulate(made(), OBJECTIVE, [Capacity("mail", 40)])) == 0.0
