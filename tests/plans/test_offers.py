import pytest

from segmentry.errors import UsageError
from segmentry.plans.offers import Offer, check_offers


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"cost": -1.0}, "cost of offer 'Letter' is -1"),
        ({"cost": float("nan")}, "cost of offer 'Letter' is nan"),
        ({"conversion_cost": float("inf")}, "conversion_cost of offer 'Letter' is inf"),
        ({"margin": 0.0}, "margin of offer 'Letter' is 0"),
        ({"margin": 30.0}, "Give 0.3 for 30%"),
        ({"value": 0.0}, "value of offer 'Letter' is 0"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_words(amounts, words):
    with pytest.raises(UsageError, match=words):
        Offer("Letter", **amounts)


def test_an_offer_without_a_name_is_refused():
    with pytest.raises(UsageError, match="no name"):
        Offer("  ")


def test_two_offers_of_one_name_are_refused():
    with pytest.raises(UsageError, match="share the name 'Call'"):
        check_offers([Offer("Call"), Offer("Letter"), Offer("Call")])
