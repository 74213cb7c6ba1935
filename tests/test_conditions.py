"""Conditions: half-open intervals, levels, what is not known; said exactly and cut round."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segmentry.conditions import Condition, Rule, Steps, roundest
from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix

COLUMNS = (
    Column("recency", "Days since last purchase", "days", "days"),
    Column("monetary", "Total net spend", "money"),
    Column("returned", "Share of spend returned", "share"),
    Column("complained", "Complained", "flag"),
    Column("land", "Country", "category", levels=("Chile", "Peru")),
    Column("children", "Children at home", "count", "children"),
)
VALUES = np.array([[90.0, 1000.0, 0.1, 1.0, 0.0, 0.0], [89.0, 999.5, 0.0, 0.0, 1.0, 1.0], [np.nan] * 6])
MATRIX = Matrix(np.array(["a", "b", "c"], dtype=object), COLUMNS, VALUES)


@pytest.mark.parametrize(
    ("condition", "holds", "words"),
    [
        (Condition("recency", low=90), [1, 0, 0], "days since last purchase 90 or more"),
        (Condition("recency", high=90), [0, 1, 0], "days since last purchase under 90"),
        (Condition("recency", high=math.nextafter(89, math.inf)), [0, 1, 0], "days since last purchase up to 89"),
        (Condition("recency", low=math.nextafter(89, math.inf)), [1, 0, 0], "days since last purchase more than 89"),
        (Condition("recency", low=89, high=math.nextafter(89, math.inf)), [0, 1, 0], "days since last purchase exactly 89"),
        (Condition("recency", 30, 90, missing=True), [0, 1, 1], "days since last purchase 30 to under 90 or not known"),
        (Condition("recency"), [1, 1, 0], "days since last purchase known"),
        (Condition("recency", missing=True), [0, 0, 1], "days since last purchase not known"),
        (Condition("monetary", low=999.5), [1, 1, 0], "total net spend 999.5 or more"),
        (Condition("returned", low=0.07), [1, 0, 0], "share of spend returned 7% or more"),
        (Condition("complained", low=1), [1, 0, 0], "complained: yes"),
        (Condition("complained", high=1), [0, 1, 0], "complained: no"),
        (Condition("children", high=1), [1, 0, 0], "children at home: none"),
        (Condition("land", levels=("Peru",)), [0, 1, 0], "country Peru"),
        (Condition("land", levels=("Chile", "Peru"), missing=True), [1, 1, 1], "country Chile or Peru or not known"),
    ],
)
def test_a_condition_holds_where_its_words_say(condition: Condition, holds: list[int], words: str) -> None:
    assert condition.holds(MATRIX).tolist() == [bool(each) for each in holds]
    assert condition.words(COLUMNS) == words


def test_a_rule_asks_for_all_its_conditions() -> None:
    rule = Rule("VIP", (Condition("recency", low=30), Condition("land", levels=("Peru",))))
    assert rule.holds(MATRIX).tolist() == [False, True, False]
    assert rule.words(COLUMNS) == "days since last purchase 30 or more and country Peru"
    assert Rule("All", ()).holds(MATRIX).all()
    assert Rule("All", ()).words(COLUMNS) == "everyone"


@pytest.mark.parametrize(
    "wrong",
    [{"low": 2.0, "high": 2.0}, {"low": math.nan}, {"high": math.inf}, {"levels": ()}, {"levels": ("a",), "low": 1.0}],
)
def test_a_condition_for_nobody_is_refused(wrong: dict) -> None:
    with pytest.raises(UsageError, match="condition on 'x'"):
        Condition("x", **wrong)


def test_a_column_asked_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=r"several conditions on \['x'\]"):
        Rule("VIP", (Condition("x", low=1), Condition("x", high=2)))


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'recency'"):
        Condition("recencyy", low=1).holds(MATRIX)


@pytest.mark.parametrize(("cuts", "scores"), [((2.0, 1.0), (1, 2, 3)), ((1.0,), (1,)), ((math.nan,), (1, 2)), ((1.0, math.inf), (1, 2, 3))])
def test_steps_that_do_not_rise_are_refused(cuts: tuple[float, ...], scores: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="cuts that increase"):
        Steps("x", cuts, scores)


@pytest.mark.parametrize(("above", "upto"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_no_round_number_where_nothing_lies_between(above: float, upto: float) -> None:
    with pytest.raises(UsageError, match="round number"):
        roundest(above, upto)
