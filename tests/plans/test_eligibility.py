import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.experiments.assignment import holdout
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Consent, ContactCap, Holdout
from segmentry.plans.eligibility import check, consents, eligible, in_segments
from segmentry.plans.offers import Offer

YES, NO, UNKNOWN = 1.0, 0.0, np.nan
CONSENT = {"mail": np.array([YES, NO, UNKNOWN, YES]), "phone": np.array([YES, YES, YES, NO])}


OFFERS = (Offer("Letter", purpose="mail"), Offer("Call", purpose="phone"))


def made(count=4, offers=OFFERS, **more):
    ids = np.array([f"C{number}" for number in range(count)], dtype=object)
    return Candidates(ids, offers, np.full((count, len(offers)), 0.1), **more)


def test_who_has_not_said_yes_has_said_no():
    assert consents(CONSENT, "mail").tolist() == [True, False, False, True]
    assert consents({"mail": np.array([2.0, 0.5, -1.0])}, "mail").tolist() == [False, False, False]


def test_without_a_purpose_every_column_must_say_yes():
    assert consents(CONSENT).tolist() == [True, False, False, False]


def test_consent_that_is_asked_and_not_there_is_an_error_and_not_a_yes():
    with pytest.raises(UsageError, match="no column of consent; allowed"):
        consents({})
    with pytest.raises(UsageError, match="did you mean 'phone'"):
        consents(CONSENT, "phne")
    with pytest.raises(UsageError, match="no column of consent"):
        check(made(), [Consent()])


def test_each_offer_asks_its_own_purpose_unless_one_is_asked_for_all():
    assert check(made(consent=CONSENT), [Consent()]).allowed.tolist() == [[True, True], [False, True], [False, True], [True, False]]
    assert check(made(consent=CONSENT), [Consent("mail")]).allowed.any(axis=1).tolist() == [True, False, False, True]


def test_an_offer_without_a_purpose_needs_every_consent():
    found = check(made(offers=(Offer("Letter"), Offer("Call", purpose="phone")), consent=CONSENT), [Consent()])
    assert found.allowed.tolist() == [[True, True], [False, True], [False, True], [False, False]]


def test_delivery_gets_the_same_answer_as_the_plan():
    earlier = np.array([0.0, 0.0, 0.0, 2.0])
    again = eligible(CONSENT, "mail", earlier=earlier, most=2)
    assert again.tolist() == check(made(consent=CONSENT, earlier=earlier), [Consent("mail"), ContactCap(2)]).allowed[:, 0].tolist()
    assert eligible(CONSENT, "phone").tolist() == [True, True, True, False]
    with pytest.raises(UsageError, match="earlier contacts are not given"):
        eligible(CONSENT, "mail", most=2)


def test_who_was_contacted_nobody_knows_how_often_is_not_contacted():
    found = check(made(earlier=np.array([0.0, 1.0, 2.0, UNKNOWN])), [ContactCap(2)])
    assert found.allowed.any(axis=1).tolist() == [True, True, False, False]
    assert found.exclusions[0].words == "2 not asked: contacted often enough, or nobody knows how often"


def test_a_cap_over_other_days_than_were_counted_is_refused():
    with pytest.raises(UsageError, match="over 7 days, and earlier contacts were counted over 30"):
        check(made(earlier=np.zeros(4)), [ContactCap(1, per="week")])
    with pytest.raises(UsageError, match="asks for earlier contacts"):
        check(made(), [ContactCap(1)])


def test_an_offer_goes_to_its_segments_alone():
    offers = (Offer("Letter", segments=("gold",)), Offer("Call", segments=("gold", "rest")))
    chosen = made(offers=offers, segment=np.array([0, 1, -1, 0]), segments=("gold", "rest"))
    assert check(chosen).allowed.tolist() == [[True, True], [False, True], [False, False], [True, True]]
    assert check(chosen).exclusions[0].words == "1 not asked: no offer is meant for their segment"
    with pytest.raises(UsageError, match="customers have none"):
        check(made(offers=offers))
    with pytest.raises(UsageError, match="did you mean 'gold'"):
        in_segments(np.array([0]), ("gold", "rest"), ("golf",))


def test_the_hold_out_is_that_of_the_salt_and_counts_only_who_could_have_been_asked():
    count = 2_000
    earlier = np.where(np.arange(count) % 2 == 0, 5.0, 0.0)
    chosen = made(count, earlier=earlier)
    found = check(chosen, [Holdout(0.2, salt="spring"), ContactCap(2)])
    drawn = holdout(chosen.ids.tolist(), share=0.2, salt="spring")
    assert np.array_equal(found.held_out, drawn & (earlier == 0))
    assert [each.kind for each in found.exclusions] == ["contacts", "holdout"]
    assert found.exclusions[1].customers == int((drawn & (earlier == 0)).sum())


def test_everyone_counts_once_under_the_first_reason():
    chosen = made(consent=CONSENT, earlier=np.array([3.0, 3.0, 0.0, 0.0]))
    found = check(chosen, [Consent("mail"), ContactCap(2)])
    assert [(each.kind, each.customers) for each in found.exclusions] == [("consent", 2), ("contacts", 1)]
    assert found.eligible == 1


def test_without_offers_or_customers_nobody_is_eligible():
    assert check(made(offers=())).eligible == 0
    assert check(made(count=0)).eligible == 0
