import pytest

from segmentry.plans.offers import Offer
from segmentry.plans.playbook import HOUSE, Play, match


def offered(strategy, *offers, segment="gold"):
    return match({segment: strategy}, offers)[0].offers


def test_the_strategy_that_names_an_offer_gets_it_first():
    strategy = HOUSE.extended([Play("Thank you", offer="Send the Summer box.")]).suggest({})
    assert offered(strategy, Offer("Thank you card"), Offer("Summer box"), Offer("Clearance")) == ("Summer box", "Thank you card")


@pytest.mark.parametrize(
    ("topics", "offer"),
    [
        ({"recency": 1.0, "value": 1.0}, "Comeback voucher"),
        ({"value": 1.0, "frequency": 1.0}, "Early access"),
        ({"frequency": 1.0}, "Bundle of two"),
        ({"value": -1.0, "response": 1.0}, "Free delivery"),
        ({"tenure": -1.0}, "Welcome letter"),
        ({"recency": 1.0}, "Reminder"),
    ],
)
def test_offers_belong_to_strategies_of_the_house_by_their_words(topics, offer):
    others = [
        Offer("Comeback voucher"),
        Offer("Early access"),
        Offer("Bundle of two"),
        Offer("Free delivery"),
        Offer("Welcome letter"),
        Offer("Reminder"),
    ]
    assert offered(HOUSE.suggest(topics), *others) == (offer,)


def test_an_offer_for_other_segments_is_never_suggested():
    strategy = HOUSE.suggest({"tenure": -1.0})
    assert offered(strategy, Offer("Welcome letter", segments=("rest",)), Offer("First steps", segments=("gold",))) == ("First steps",)


def test_of_two_that_fit_the_one_through_the_strategys_channel_comes_first():
    strategy = HOUSE.suggest({"tenure": -1.0}, channel="mail")
    assert offered(strategy, Offer("Welcome call", "phone"), Offer("Welcome letter", "mail")) == ("Welcome letter", "Welcome call")


def test_where_nothing_fits_that_is_said():
    found = match({"gold": HOUSE.suggest({"tenure": -1.0})}, [Offer("Clearance")])[0]
    assert found.offers == ()
    assert found.words == "Segment 'gold' suggests “Welcome”; none of the offers goes with it."


def test_an_offers_word_must_be_a_word():
    assert offered(HOUSE.suggest({"tenure": -1.0}), Offer("Unwelcome"), Offer("thirsty")) == ()
