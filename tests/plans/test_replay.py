"""Replay: figures by hand, degenerate plans, and what is refused; honesty is tested in tests/truth."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from tests.plans.lots import Lot, lot

from segmentry.errors import UsageError
from segmentry.plans.replay import Replay, learner, replay, unlimited

COSTS = (0.1, 0.2)


def planted(seed: int = 0, *, customers: int = 1000) -> Lot:
    return lot(lambda _, features: np.column_stack([features[:, 0], 0.5 - features[:, 1]]), seed, customers=customers)


def played(found: Lot, **changes: object) -> Replay:
    options: dict[str, object] = {
        "offers": ["letter", "mail"], "costs": COSTS, "learn": learner(found.scores, found.expected), "decide": unlimited(COSTS)
    }  # fmt: skip
    return replay(found.scores, found.fold, **(options | changes))  # type: ignore[arg-type]


def test_the_value_of_a_plan_that_does_not_learn_is_that_by_hand() -> None:
    found = planted()
    chosen = np.arange(1000) % 3

    def fixed(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
        return np.eye(3)[chosen[asked]][:, 1:] * 5.0

    play = played(found, learn=fixed)
    gains = np.column_stack([np.zeros(1000), found.scores[:, 1:] - found.scores[:, :1] - COSTS])
    assert play.revalued.value == pytest.approx(gains[np.arange(1000), chosen].mean())
    assert play.planned == pytest.approx(np.where(chosen == 1, 4.9, np.where(chosen == 2, 4.8, 0.0)).mean())
    assert play.optimism.value == pytest.approx(play.planned - play.revalued.value)
    assert [rule.value.value for rule in play.alternatives] == pytest.approx(gains.mean(axis=0))
    assert [rule.ahead.value for rule in play.alternatives] == pytest.approx(play.revalued.value - gains.mean(axis=0))
    assert play.treated == pytest.approx((chosen > 0).mean())
    assert play.promised == 0
    good = played(found)
    assert good.promised == pytest.approx(min(good.planned, good.revalued.value))


def test_a_plan_that_treats_nobody_promises_nothing_and_loses_nothing_against_nobody() -> None:
    play = played(planted(), decide=lambda effects, _: np.zeros(len(effects), dtype=np.int64))
    assert (play.planned, play.revalued.value, play.revalued.high, play.promised, play.treated) == (0, 0, 0, 0, 0)
    assert not play.certain
    assert "no gain is promised" in play.words


def test_one_offer_and_an_offer_that_nobody_answers_are_answered() -> None:
    found = planted()
    one = replay(
        found.scores[:, :2], found.fold, offers=["letter"], costs=[0.1], learn=learner(found.scores[:, :2]), decide=unlimited([0.1])
    )
    assert [rule.name for rule in one.alternatives] == ["nobody", "letter"]
    nothing = replay(
        np.zeros((200, 2)), np.arange(200) % 5, offers=["letter"], costs=[0.1], learn=learner(np.zeros((200, 2))), decide=unlimited([0.1])
    )
    assert (nothing.promised, nothing.treated, nothing.regret.high) == (0, 0, 0)


def test_customers_in_another_order_have_the_same_replay() -> None:
    found = planted()
    order = np.random.default_rng(5).permutation(1000)
    parts = {name: getattr(found, name)[order] for name in ("scores", "fold", "segment", "features", "expected", "effects")}
    one, two = played(found), played(dataclasses.replace(found, **parts))
    assert two.revalued.value == pytest.approx(one.revalued.value)
    assert two.regret.high == pytest.approx(one.regret.high)
    assert (two.certain, two.treated) == (one.certain, one.treated)


def test_money_in_another_currency_scales_every_figure() -> None:
    found = planted()
    scaled = dataclasses.replace(found, scores=found.scores * 7.0, expected=found.expected * 7.0)
    costs = tuple(7.0 * cost for cost in COSTS)
    one, two = played(found), played(scaled, costs=costs, decide=unlimited(costs))
    assert two.revalued.value == pytest.approx(7.0 * one.revalued.value)
    assert two.promised == pytest.approx(7.0 * one.promised)


def test_words_say_what_was_promised_what_is_left_and_what_choosing_brings() -> None:
    play = played(planted(), unit="£ per customer")
    assert play.optimism.value < 0
    assert "no optimism had to be removed" in play.words
    assert "Choosing brings" in play.words
    assert re.search(r"it is £[\d.]+ \(£[\d.]+ to £[\d.]+\) per customer", play.words)
    assert "nan" not in play.words
    hopeful = played(planted(), learn=lambda known, asked: np.full((int(asked.sum()), 2), 5.0), unit="£ per customer")
    assert hopeful.optimism.value > 0
    assert "is the optimism of choosing and is removed" in hopeful.words


def test_plans_that_do_not_fit_are_refused_in_words() -> None:
    found = planted()
    with pytest.raises(UsageError, match="2 offers and 1 costs were given for scores of 3 arms"):
        played(found, costs=(0.1,))
    with pytest.raises(UsageError, match="learn returned effects of shape"):
        played(found, learn=lambda known, asked: np.zeros((3, 2)))
    with pytest.raises(UsageError, match="one whole number from 0"):
        played(found, decide=lambda effects, _: np.full(len(effects), 9))
