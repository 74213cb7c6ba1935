"""The design in sentences, and the price of leaving customers alone."""

from __future__ import annotations

import pytest

from segmentry.errors import UsageError
from segmentry.experiments.design import Worth, design, effect_of, price
from segmentry.experiments.phrases import overstated
from segmentry.experiments.power import Baseline, Plan, needed, visible
from segmentry.experiments.trial import Metric
from segmentry.results import Estimate

BOUGHT = Baseline(Metric("bought", "Bought within 30 days", "yes/no"), 9000, 0.05, 0.0475, 0.05)
SPEND = Baseline(Metric("revenue", "Revenue within 30 days", "money"), 9000, 12.0, 3600.0, 0.1, skewness=12.0, explained=0.2, doubt=0.3)


def test_the_design_says_size_chance_and_smallest_effect() -> None:
    made = design(BOUGHT, 0.005, customers=20_000, plan=Plan())
    said = " ".join(made.words)
    assert made.needed == needed(BOUGHT, 0.005, Plan())
    assert f"{made.needed[0]:,} customers per arm" in said
    assert "do not suffice" in said
    assert made.visible == visible(BOUGHT, 20_000, Plan())
    assert "0.9 points more (18% more)" in said
    assert overstated(said) == ()


def test_enough_customers_are_said_to_be_enough() -> None:
    made = design(BOUGHT, 0.005, customers=100_000, plan=Plan())
    assert made.enough
    assert "there are suffice" in " ".join(made.words)
    assert made.chance > 0.8


def test_unequal_arms_are_named() -> None:
    made = design(BOUGHT, 0.01, customers=20_000, plan=Plan(("control", "mail", "call"), (0.2, 0.4, 0.4)))
    said = " ".join(made.words)
    assert all(f"{size:,} for {arm}" in said for size, arm in zip(made.needed, ("control", "mail", "call"), strict=True))
    assert "shared by the 2 treatments" in said


def test_a_long_tail_is_said_with_the_size_from_which_it_does_not_matter() -> None:
    said = " ".join(design(SPEND, 1.2, customers=20_000, plan=Plan()).words)
    assert "an ordinary t test could be trusted from about 51,000 customers per arm on" in said
    assert "known to within 60%" in said
    assert "explains 20% of the differences" in said


def test_the_price_is_an_assumption_and_has_its_interval() -> None:
    made = price(
        BOUGHT, 0.005, customers=10_000, seen=0.009, worth=Worth(Estimate(40.0, 38.0, 42.0), "revenue per buyer", "EUR", cost=0.05)
    )
    assert made.grade == "assumption"
    assert made.units == pytest.approx(50)
    assert made.money is not None
    assert (made.money.low, made.money.value, made.money.high) == pytest.approx((1400, 1500, 1600))
    assert "about 50 customers fewer" in made.words
    assert "costs about 1,500 EUR (1,400 EUR to 1,600 EUR) after the contacts saved" in made.words
    assert "an assumption and not a measurement" in made.words
    assert "any effect from 0.9 points on" in made.words


def test_leaving_customers_alone_can_save_money() -> None:
    made = price(BOUGHT, 0.005, customers=10_000, seen=None, worth=Worth(Estimate(40.0, 38.0, 42.0), "revenue per buyer", cost=1.0))
    assert made.money is not None
    assert made.money.value == pytest.approx(-8000)
    assert "saves about 8,000" in made.words


def test_without_money_the_price_is_in_customers() -> None:
    made = price(BOUGHT, -0.005, customers=10_000, seen=None)
    assert made.money is None
    assert "about 50 customers more" in made.words


def test_effects_may_be_typed_in_percent_or_in_their_own_unit() -> None:
    assert effect_of("10%", BOUGHT) == pytest.approx(0.005)
    assert effect_of(" −0.01 ", BOUGHT) == pytest.approx(-0.01)
    for text in ("ten", "", "0", "0%", "nan", "inf"):
        with pytest.raises(UsageError, match="the effect is"):
            effect_of(text, BOUGHT)
    with pytest.raises(UsageError, match="is 0 today"):
        effect_of("10%", Baseline(Metric("score", "Score", "number"), 100, 0.0, 1.0, 1.0))


def test_a_design_without_customers_is_refused() -> None:
    with pytest.raises(UsageError, match="customers is 0"):
        design(BOUGHT, 0.005, customers=0, plan=Plan())
