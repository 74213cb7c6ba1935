"""Importance, dependence and reasons of a planted signal."""

from __future__ import annotations

import numpy as np
import pytest
from tests.propensity.making import as_matrix, planted

from segmentry.matrix import Column
from segmentry.propensity.explanation import grid, kindred
from segmentry.propensity.question import Question
from segmentry.propensity.reasons import ORDINARY, contributions, told, typical_values, value_words
from segmentry.propensity.response import respond


@pytest.fixture(scope="module")
def found():
    data, outcome = planted(600)
    return data, respond(data, outcome, question=Question("y", model="logistic", repeats=1))


def test_planted_columns_matter_and_others_do_not(found):
    _, response = found
    drops = {each.column: each.drop for each in response.importances}
    assert response.importances[0].column == "x0"
    assert {each.column for each in response.importances[:3]} == {"x0", "x1", "x2"}
    assert all(drops[name].low > 0 for name in ("x0", "x1", "x2"))
    assert all(drops[name].low <= 0 for name in ("x3", "x4"))


def test_directions_are_as_planted(found):
    _, response = found
    directions = {each.column: each.direction for each in response.importances}
    assert (directions["x0"], directions["x1"]) == ("more", "less")


def test_dependence_rises_within_its_band(found):
    _, response = found
    curve = response.dependences[0]
    assert curve.column == "x0"
    assert (np.diff(curve.probability) > 0).all()
    assert all(low <= middle <= high for low, middle, high in zip(curve.low, curve.probability, curve.high, strict=True))


def test_the_likeliest_customer_is_raised_by_what_was_planted(found):
    _, response = found
    words = response.reasons[np.argmax(response.probability)]
    assert words.startswith("Raised by")
    assert "X0" in words or "X1" in words


def test_columns_that_restate_each_other_share_their_importance():
    data, outcome = planted(600)
    doubled = as_matrix(np.column_stack([data.values, data.values[:, 0] * 3 + 1]))
    groups = kindred(doubled, outcome)
    assert [kin.places for kin in groups if len(kin.places) > 1] == [(0, 5)]
    response = respond(doubled, outcome, question=Question("y", model="logistic", repeats=1))
    single = respond(data, outcome, question=Question("y", model="logistic", repeats=1))
    assert response.importances[0].words == "X0 (with “X5”)"
    assert response.importances[0].drop.value == pytest.approx(single.importances[0].drop.value, abs=0.02)


def test_contributions_of_a_logistic_model_add_up_to_the_log_odds():
    from segmentry.propensity.candidates import fit_logistic, logit, set_task

    data, outcome = planted(300)
    model = fit_logistic(set_task(data, outcome, np.arange(300) % 3, rounds=1, seed=0)).model
    added = contributions(model, data, kindred(data, outcome), typical_values(data)).sum(axis=1)
    scores = logit(model.probability(data))
    assert np.allclose(scores - added, (scores - added)[0])
    assert abs(added.mean()) < 1e-9


def test_levels_and_values_of_fewer_than_five_customers_are_not_shown():
    status = Column("status", "Marital status", "category", levels=("Absurd", "Married", "Single", "YOLO"))
    held = np.repeat([0.0, 1.0, 2.0, 3.0], [2, 90, 5, 4])
    assert grid(status, held).tolist() == [1.0, 2.0]
    assert grid(Column("kids", "Kids", "count"), held).tolist() == [1.0, 2.0]
    assert grid(status, np.array([0.0, 1.0])).tolist() == []


def test_an_ordinary_customer_has_no_reasons():
    data = as_matrix(np.zeros((1, 2)))
    groups = kindred(as_matrix(np.random.default_rng(0).normal(size=(50, 2))), np.tile([0.0, 1.0], 25))
    assert told(data, groups, np.array([[0.05, -0.05]])).tolist() == [ORDINARY]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (Column("a", "Days since last purchase", "days", "days"), 1.0, "1 day"),
        (Column("b", "Campaigns accepted", "count", "campaigns"), 3.0, "3"),
        (Column("c", "Marital status", "category", levels=("Single", "Married")), 1.0, "Married"),
        (Column("c", "Income", "money"), 52000.0, "52,000"),
        (Column("d", "Purchases at a discount per purchase", "ratio"), 2 / 3, "0.67"),
        (Column("e", "Share of orders", "share"), 2 / 3, "67%"),
        (Column("e", "Share of orders", "share"), np.nan, "not known"),
    ],
)
def test_values_are_told_as_people_say_them(column, value, words):
    assert value_words(column, value) == words
