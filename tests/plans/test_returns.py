"""Gross and incremental figures of campaigns, from sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.plans.returns import Group, Worth, earned, incremental, shrunken
from segmentry.results import Estimate


def group(customers: int = 100, *, answered: int = 10, gross: float | None = 1000.0, spend: float | None = 200.0) -> Group:
    return Group(customers, customers, customers, answered, 20.0, gross, spend, None)


def test_profit_is_revenue_times_margin_less_spend_and_roi_is_that_per_unit_spent() -> None:
    (found,) = earned([group()], margin=0.3)
    assert (found.gross_profit, found.gross_roi, found.per_spend) == (100.0, 0.5, 5.0)
    assert found.rate is not None
    assert (found.rate.value, round(found.rate.low, 4), round(found.rate.high, 4)) == (0.1, 0.0552, 0.1744)


@pytest.mark.parametrize(("gross", "spend", "margin"), [(None, 200.0, 0.3), (1000.0, None, 0.3), (1000.0, 200.0, None)])
def test_without_revenue_cost_or_margin_there_is_no_profit(gross: float | None, spend: float | None, margin: float | None) -> None:
    (found,) = earned([group(gross=gross, spend=spend)], margin=margin)
    assert (found.gross_profit, found.gross_roi) == (None, None)


def test_contacts_that_cost_nothing_have_a_profit_and_no_roi() -> None:
    (found,) = earned([group(spend=0.0)], margin=0.3)
    assert (found.gross_profit, found.gross_roi, found.per_spend) == (300.0, None, None)


def test_lines_of_few_customers_are_hidden_and_cannot_be_worked_out_from_the_rest() -> None:
    found = earned([group(3, answered=1), group(40, answered=9), group(500, answered=50)], margin=0.3)
    assert [each.hidden for each in found] == [True, True, False]
    assert (found[0].customers, found[0].gross, found[0].spend, found[0].answered) == (None, None, None, None)


def test_few_answers_are_hidden_and_the_money_stays() -> None:
    found = earned([group(answered=2), group(answered=8), group(answered=40)], margin=0.3)
    assert [each.answered for each in found] == [None, None, 40]
    assert [each.rate is None for each in found] == [True, True, False]
    assert [each.gross for each in found] == [1000.0] * 3


def test_nobody_answering_is_shown() -> None:
    (found,) = earned([group(answered=0)], margin=None)
    assert found.answered == 0
    assert found.rate is not None
    assert found.rate.high > 0.03


def test_answers_that_nobody_wrote_down_are_no_answers_of_none() -> None:
    (found,) = earned([Group(100, 100, 0, 0, 0.0, None, None)], margin=None)
    assert (found.answered, found.rate, found.shrunken) == (None, None, None)


def test_rates_of_few_contacts_are_drawn_further_towards_that_of_all() -> None:
    found = shrunken([1, 100, 300], [4, 1000, 2000])
    raw = np.array([0.25, 0.1, 0.15])
    mean = 401 / 3004
    moved = np.abs(found - raw) / np.abs(raw - mean)
    assert moved[0] > moved[1] > moved[2] > 0
    assert (np.abs(found - mean) <= np.abs(raw - mean)).all()


def test_rates_that_differ_by_chance_alone_become_one() -> None:
    rng = np.random.default_rng(1)
    spread = [np.ptp(shrunken(rng.binomial(200, 0.1, 6), np.full(6, 200))) for _ in range(200)]
    raw = [np.ptp(rng.binomial(200, 0.1, 6) / 200) for _ in range(200)]
    assert np.mean(spread) < 0.3 * np.mean(raw)


def test_shrunken_rates_are_nearer_to_the_truth_than_raw_ones() -> None:
    rng = np.random.default_rng(2)
    truth = rng.beta(8, 72, (300, 8))
    tries = rng.integers(30, 600, (300, 8))
    hits = rng.binomial(tries, truth)
    made = np.array([shrunken(one, two) for one, two in zip(hits, tries, strict=True)])
    assert ((made - truth) ** 2).mean() < 0.85 * ((hits / tries - truth) ** 2).mean()


def test_a_rate_of_nothing_known_is_not_a_number_and_others_do_not_mind() -> None:
    found = shrunken([0, 10], [0, 100])
    assert math.isnan(found[0])
    assert found[1] == 0.1
    assert np.isnan(shrunken([0], [0])).all()
    assert shrunken([5, 5], [5, 5]).tolist() == [1.0, 1.0]


def test_more_answers_than_contacts_are_refused() -> None:
    with pytest.raises(UsageError, match="answers run to 7 of at most 5 contacts"):
        shrunken([7], [5])


def test_incremental_figures_are_those_of_one_customer_times_all_treated() -> None:
    found = incremental(
        treated=200,
        control=100,
        buying=Estimate(0.05, 0.01, 0.09),
        revenue=Estimate(2.0, -1.0, 5.0),
        worth=Worth(margin=0.5),
        spend=100.0,
        believed=False,
        source="x",
    )
    assert found.buyers == Estimate(10.0, 2.0, 18.0)
    assert found.revenue == Estimate(400.0, -200.0, 1000.0)
    assert found.profit == Estimate(100.0, -200.0, 400.0)
    assert found.roi == Estimate(1.0, -2.0, 4.0)


def test_incremental_profit_needs_margin_and_spend() -> None:
    for margin, spend in ((None, 10.0), (0.5, None)):
        found = incremental(
            treated=10,
            control=10,
            buying=None,
            revenue=Estimate(1.0, 0.0, 2.0),
            worth=Worth(margin=margin),
            spend=spend,
            believed=False,
            source="x",
        )
        assert (found.buyers, found.profit, found.roi) == (None, None, None)
        assert found.revenue == Estimate(10.0, 0.0, 20.0)


def test_what_a_buyer_brings_counts_before_the_margin_of_revenue() -> None:
    found = incremental(
        treated=1000,
        control=1000,
        buying=Estimate(0.01, 0.0, 0.02),
        revenue=Estimate(5.0, 4.0, 6.0),
        worth=Worth(margin=0.5, buyer=10.0),
        spend=150.0,
        believed=True,
        source="x",
    )
    assert found.profit == Estimate(-50.0, -150.0, 50.0)
