from __future__ import annotations

import numpy as np
import pytest

from segmentry.uplift.ground import gather, prepare
from segmentry.uplift.learning import best, contest, curves, driven, learn, rule_words, scorecard, weighed
from segmentry.uplift.question import Prices

PRICES = Prices(10.0, (1.0,), (0.0,))


@pytest.fixture(scope="module")
def asked(quick):
    return quick(learners=("linear", "t"))


@pytest.fixture(scope="module")
def learned(world, asked):
    shop = world(3, count=4000, effect=lambda values: np.where(values[:, 1] > 0.7, 0.4, 0.0))
    return learn(prepare(shop.matrix, gather(shop.matrix, shop.trial, asked), asked), asked)


def test_learner_and_rule_are_judged_alike(learned):
    scores = scorecard(learned, 0.2)
    assert [score.name for score in scores] == ["linear", "t", "rule"]
    assert "X1" in scores[-1].words
    assert learned.chosen.name == learned.settled.name


def test_the_rule_is_no_part_of_the_test(learned):
    scores = scorecard(learned, 0.2)
    assert weighed(learned, scores, 0.01).p == weighed(learned, scores[:-1], 0.01).p


def test_the_rule_says_whom_it_treats(learned):
    words = rule_words(learned, PRICES)
    assert "X1 over 0.6" in words
    assert rule_words(learned, Prices(10.0, (100.0,), (0.0,))) == ""


def test_ways_are_valued_in_money_where_prices_are_known(learned):
    effect = learned.settled.effect
    money, plain = contest(learned, effect, PRICES), contest(learned, effect, None)
    assert (money.way("uplift").arm == best(effect, PRICES)).all()
    assert money.way("uplift").arm.mean() < plain.way("uplift").arm.mean()
    everybody = money.value(money.way("everybody")).value
    assert everybody == pytest.approx(10 * plain.value(plain.way("everybody")).value - 1)


def test_curves_of_every_arm_and_drivers_of_those_asked_for(learned, asked):
    assert [(curve.name, curve.arm) for curve in curves(learned, asked)] == [("uplift", 1), ("rule", 1), ("random", 1)]
    assert driven(learned, ()) == ()
    assert driven(learned, (1,))[0].column == "x1"


def test_those_in_the_trial_are_told_out_of_fold(learned):
    rows = learned.ground.gathered.rows
    assert (learned.everyone()[rows] == learned.settled.effect).all()
    assert (learned.by_rule()[rows] == learned.rule.effects["rule"]).all()
