import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.plans.candidates import Candidates
from segmentry.plans.objectives import Buyers, ContactCost, Fatigue, Profit, Revenue
from segmentry.plans.offers import Offer

IDS = np.array(["a", "b"], dtype=object)
EFFECTS = np.array([[0.1, 0.2], [0.0, 0.5]])
CHOSEN = Candidates(
    IDS,
    (Offer("Letter", cost=1.0, value=30.0, margin=0.9), Offer("Call", cost=4.0, conversion_cost=2.0, margin=0.5)),
    EFFECTS,
    revenue=np.array([[9.0, 20.0], [1.0, 50.0]]),
    answers=EFFECTS + 0.5,
    earlier=np.array([3.0, 0.0]),
)


def test_profit_is_value_per_buyer_or_margin_of_revenue_less_what_all_conversions_cost():
    assert Profit().of(CHOSEN) == pytest.approx(np.array([[3.0, 10.0 - 1.4], [0.0, 25.0 - 2.0]]))


def test_terms_add_subtract_and_weigh():
    wish = Profit() - ContactCost() - 0.1 * Fatigue()
    assert wish.of(CHOSEN) == pytest.approx(Profit().of(CHOSEN) - np.array([[1.0, 4.0]]) - np.array([[0.3], [0.0]]))
    assert (-Buyers() * 2 + Revenue() * 0.5).of(CHOSEN) == pytest.approx(0.5 * CHOSEN.revenue - 2 * EFFECTS)
    assert (2 * (Profit() - ContactCost())).of(CHOSEN) == pytest.approx(2 * Profit().of(CHOSEN) - np.array([[2.0, 8.0]]))
    assert (Profit() - (ContactCost() - Fatigue())).of(CHOSEN) == pytest.approx((Profit() - ContactCost() + Fatigue()).of(CHOSEN))


def test_an_objective_reads_as_it_was_written():
    assert str(Profit() - ContactCost() - 0.1 * Fatigue()) == "Profit() - ContactCost() - 0.1 * Fatigue()"
    assert str(-Buyers() + 2 * Revenue()) == "-Buyers() + 2 * Revenue()"
    assert str(Profit()) == "Profit()"


def test_equal_objectives_are_equal():
    assert Profit() - ContactCost() == Profit() - ContactCost()
    assert Profit() - ContactCost() != Profit() + ContactCost()


@pytest.mark.parametrize(
    ("wish", "words"),
    [(Fatigue(), "no earlier contacts"), (Revenue(), r"asks for Revenue\(\)"), (Profit(), "offer 'Call' .* a margin but no revenue")],
)
def test_a_term_says_what_it_lacks(wish, words):
    with pytest.raises(UsageError, match=words):
        wish.of(Candidates(IDS, CHOSEN.offers, EFFECTS))


def test_an_offer_without_value_and_margin_has_no_profit():
    with pytest.raises(UsageError, match="no value per buyer and no margin"):
        Profit().of(Candidates(IDS, (Offer("Letter"), Offer("Call")), EFFECTS))
