"""Rules as people write them: understood, or refused with what was received and what is allowed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segmentry.conditions import Condition
from segmentry.errors import UsageError
from segmentry.matrix import Column
from segmentry.segments.declarations import parse_rule, parse_rules

COLUMNS = (
    Column("recency", "Days since last purchase", "days"),
    Column("monetary", "Total net spend", "money"),
    Column("category", "Category", "category", levels=("a", 'b "x"', "c or missing")),
    Column("category=WINES", "Wines", "share"),
    Column("Num of visits in > out", "Visits", "count"),
)


def parsed(*when: str) -> tuple[Condition, ...]:
    return parse_rule("R", when, COLUMNS).conditions


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("monetary >= 1000", Condition("monetary", low=1000)),
        ("monetary>=-1.5e3", Condition("monetary", low=-1500)),
        ("  monetary  >  2 ", Condition("monetary", low=math.nextafter(2, math.inf))),
        ("monetary < 2 or missing", Condition("monetary", high=2, missing=True)),
        ("monetary <= 2", Condition("monetary", high=math.nextafter(2, math.inf))),
        ("monetary = 2", Condition("monetary", 2, math.nextafter(2, math.inf))),
        ("monetary missing", Condition("monetary", missing=True)),
        ("monetary known", Condition("monetary")),
        ('category in ["a"]', Condition("category", levels=("a",))),
        (r'category in ["b \"x\"", "a"] or missing', Condition("category", levels=('b "x"', "a"), missing=True)),
        ('category in ["c or missing"]', Condition("category", levels=("c or missing",))),
        ("category=WINES >= 0.5", Condition("category=WINES", low=0.5)),
        ("Num of visits in > out >= 3", Condition("Num of visits in > out", low=3)),
    ],
)
def test_a_line_is_one_condition(text: str, condition: Condition) -> None:
    assert parsed(text) == (condition,)


def test_lines_on_one_column_are_joined() -> None:
    assert parsed("recency >= 30", "recency < 90", "recency >= 10 or missing") == (Condition("recency", 30, 90),)
    assert parsed("recency >= 30 or missing", "recency < 20 or missing") == (Condition("recency", missing=True),)
    assert parsed("recency known", "recency < 20 or missing") == (Condition("recency", high=20),)
    assert parsed('category in ["a", "c or missing"]', 'category in ["c or missing"]') == (Condition("category", levels=("c or missing",)),)


@pytest.mark.parametrize(
    "when",
    [
        ("recency >= 30", "recency < 30"),
        ("recency missing", "recency known"),
        ("recency missing", "recency > 3"),
        ('category in ["a"]', 'category in ["c or missing"]'),
    ],
)
def test_lines_that_contradict_each_other_are_refused(when: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="hold for nobody together"):
        parsed(*when)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("recencyy >= 3", "names no known column; did you mean 'recency'"),
        ("", "names no known column"),
        ("recency", "names no known column; did you mean 'recency'"),
        ("recency >=", "is not understood; allowed are column >= 10"),
        ("recency => 3", "is not understood"),
        ("recency >= 1,000", "is not understood"),
        ("recency >= ninety", "is not understood"),
        ("recency >= 3 or monetary > 3", "is not understood"),
        ("recency >= nan", "is not understood"),
        ("recency >= 1e999", "no finite number after >="),
        ("recency >= 1.2.3", "no finite number after >="),
        ("category in []", 'no list of texts after "in"'),
        ("category in [1]", 'no list of texts after "in"'),
        ("category in [a]", 'no list of texts after "in"'),
        ("category in " + "[" * 900 + "]", 'no list of texts after "in"'),
        ("recency >= " + "9" * 2000, "has 2,011 characters"),
        ("recency" + " or missing" * 80, "is not understood"),
    ],
)
def test_a_line_that_is_not_understood_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(text)
    assert told in str(refused.value)
    assert "'R'" in str(refused.value)


def test_declared_rules_are_proved() -> None:
    table = parse_rules([("VIP", ["monetary >= 1000"]), ("Rest", ["monetary < 1000 or missing"])], COLUMNS)
    assert table.names == ("VIP", "Rest")
    with pytest.raises(
        UsageError, match="total net spend 1,000 or more and days since last purchase under 90 fall in both “VIP” and “Fresh”"
    ):
        parse_rules([("VIP", ["monetary >= 1000"]), ("Fresh", ["recency < 90"]), ("Rest", [])], COLUMNS)
    with pytest.raises(UsageError, match="total net spend not known fall in no segment"):
        parse_rules([("VIP", ["monetary >= 1000"]), ("Rest", ["monetary < 1000"])], COLUMNS)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([], "0 are declared"),
        ([("All", [])], "1 are declared, none with conditions"),
        ([("VIP", ["monetary > 1"]), ("A", []), ("B", [])], "allowed is one such rule"),
        ([("VIP", ["monetary > 1"]), ("VIP", [])], "with a name of its own"),
        ([("  ", ["monetary > 1"])], "empty name"),
        ([("VIP", ["monetary > 1"] * 21)], "21 conditions"),
        ([("VIP", ["monetary > 1"])] * 201, "201 are declared"),
        ([("VIP", ['category in ["z"]']), ("Rest", [])], "none of its levels"),
        ([("VIP", ["category >= 1"]), ("Rest", [])], "a category"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(entries: list, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_rules(entries, COLUMNS)


def test_a_hundred_rules_are_proved_quickly_enough_to_be_asked_at_every_run() -> None:
    entries = [(f"R{place}", [f"monetary >= {place}", f"monetary < {place + 1}"]) for place in range(100)]
    table = parse_rules([*entries, ("Rest", [])], COLUMNS)
    assert np.unique(table.names).size == 101
