"""Profit by depth, and the best depth without the optimism of choosing it."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.evaluation.profit import contacted, profit


def _shop(seed: int, customers: int = 800, level: float = -2.0, strength: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=customers)
    return (rng.random(customers) < 1 / (1 + np.exp(-level - strength * scores))).astype(int), scores


@pytest.mark.realdata
def test_contacting_everyone_in_customer_personality_loses_3046(realdata: Callable[[str], Path]) -> None:
    with realdata("customer-personality/marketing_campaign.csv").open(encoding="utf-8") as file:
        answers = [int(row["Response"]) for row in csv.DictReader(file, delimiter="\t")]
    curve = profit(answers, np.arange(len(answers)), cost=3, revenue=11, source="Z_CostContact and Z_Revenue", resamples=20)
    assert (curve.everyone, curve.nobody, curve.customers) == (-3046.0, 0.0, 2240)
    assert curve.threshold == pytest.approx(3 / 11)


def test_curve_counts_answers_and_contacts() -> None:
    answers, scores = _shop(0)
    curve = profit(answers, scores, cost=2.0, revenue=9.0, source="", resamples=20)
    falling = answers[np.argsort(-scores)]
    by_hand = np.r_[0, np.cumsum(9.0 * falling - 2.0)]
    assert curve.profit == pytest.approx(by_hand[::8])
    assert curve.naive == pytest.approx(by_hand.max())
    assert curve.best_share.value == pytest.approx(by_hand.argmax() / 800)
    assert curve.cut == np.sort(scores)[::-1][by_hand.argmax() - 1]


def test_the_optimum_is_below_the_highest_point_and_inside_its_interval() -> None:
    curve = profit(*_shop(1), cost=3, revenue=11, source="", resamples=200)
    assert curve.best.low < curve.best.value < curve.best.high
    assert curve.best.value < curve.naive
    assert curve.best_share.low <= curve.best_share.value <= curve.best_share.high


def test_nobody_is_contacted_where_scores_say_nothing_and_all_would_lose() -> None:
    curve = profit(*_shop(2, level=-3, strength=0), cost=3, revenue=11, source="", resamples=50)
    assert curve.advice == "nobody"
    assert curve.best.value <= 0
    assert not contacted([0.1, 5.0], curve).any()


def test_everyone_is_contacted_where_all_pay() -> None:
    curve = profit(*_shop(3, level=2, strength=0), cost=1, revenue=50, source="", resamples=50)
    assert curve.advice == "everyone"
    assert contacted([-9.0, 5.0, np.nan], curve).tolist() == [True, True, False]


def test_nobody_may_be_the_highest_point() -> None:
    curve = profit([0, 0, 0, 0, 1], [5, 4, 3, 2, 1], cost=3, revenue=4, source="", resamples=50)
    assert (curve.naive, curve.best_share.value, curve.cut, curve.advice) == (0.0, 0.0, math.inf, "nobody")


def test_equal_scores_are_all_or_none() -> None:
    answers = np.arange(100) % 2
    curve = profit(answers, np.zeros(100), cost=1, revenue=4, source="", resamples=50)
    assert curve.profit == pytest.approx(np.linspace(0, 100, 101))
    assert curve.best_share.value == 1.0


def test_as_many_are_contacted_as_the_best_depth_says() -> None:
    answers, scores = _shop(4)
    curve = profit(answers, scores, cost=3, revenue=11, source="", resamples=20)
    assert curve.advice == "some"
    assert contacted(scores, curve).mean() == pytest.approx(curve.best_share.value)


def test_many_customers_share_rungs_and_the_curve_stays() -> None:
    answers, scores = _shop(5, 5000)
    curve = profit(answers, scores, cost=3, revenue=11, source="", resamples=5)
    by_hand = np.r_[0, np.cumsum(11.0 * answers[np.argsort(-scores)] - 3.0)]
    assert curve.naive == pytest.approx(by_hand.max(), rel=0.03)
    assert curve.profit[10] == pytest.approx(by_hand[500])


def test_rows_in_another_order_change_no_bit_and_customers_counted_thrice_make_it_no_surer() -> None:
    answers, scores = _shop(6)
    order = np.random.default_rng(0).permutation(800)
    curve = profit(answers, scores, cost=3, revenue=11, source="", resamples=300)
    assert curve == profit(answers[order], scores[order], cost=3, revenue=11, source="", resamples=300)
    thrice = profit(np.repeat(answers, 3), np.repeat(scores, 3), cost=1, revenue=11 / 3, source="", groups=np.repeat(np.arange(800), 3))
    assert thrice.best.high - thrice.best.low == pytest.approx(curve.best.high - curve.best.low, rel=0.15)


@pytest.mark.parametrize(("cost", "revenue"), [(0, 5), (-1, 5), (math.nan, 5), (5, 5), (5, 2), (1, math.inf)])
def test_money_that_makes_no_sense_is_refused_in_words(cost: float, revenue: float) -> None:
    with pytest.raises(UsageError, match=r"(the cost of a contact is|the revenue of an answer is) .*allowed is any amount above"):
        profit([0, 1], [0.1, 0.2], cost=cost, revenue=revenue, source="")


def test_nobody_who_answered_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="found 0 and 2"):
        profit([0, 0], [0.1, 0.2], cost=1, revenue=2, source="")
