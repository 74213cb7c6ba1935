"""What a cell must be to get its type."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from segmentry.tables.casting import checks, needed
from segmentry.tables.options import ValidationOptions
from segmentry.tables.schema import Field, Schema


def test_money_is_exact_and_rounded_to_four_decimals_with_a_count(workshop):
    accepted = workshop.validate({"paid:spend:money": ["0.1", "1.00005", "-0.0", "1e3", "4.4e-16", "1000000000000"]})
    assert workshop.kept(accepted, "paid") == [Decimal(text) for text in ("0.1", "1.0001", "0", "1000", "0", "1000000000000")]
    assert [(treatment.rule, treatment.count) for treatment in accepted.treatments] == [("rounded_to_4_decimals", 2)]


def test_numbers_have_no_negative_zero(workshop):
    kept = workshop.kept(workshop.validate({"x:number:number": ["-0.0", "2.5", "1e-320"]}), "x")
    assert math.copysign(1, kept[0]) == 1
    assert kept[1:] == [2.5, 1e-320]


@pytest.mark.parametrize("cell", ["1_000", "0x1F", "1.2.3", "12-", "twelve", "1,5", "1e", "--1"])
def test_what_is_no_numeral_is_not_read_as_one(workshop, cell):
    accepted = workshop.validate({"x:number:number": ["1.5", "2.5", cell]})
    assert workshop.codes(accepted) == [(3, "NOT_A_NUMBER")]


def test_brackets_mean_minus_only_when_the_notation_is_declared(workshop):
    columns = {"paid:spend:money": ["1.50", "(12.00)"]}
    assert workshop.codes(workshop.validate(columns)) == [(2, "NOT_A_NUMBER")]
    assert "in brackets" in workshop.reasons(workshop.validate(columns))[0]
    declared = workshop.validate(columns, decimal=".")
    assert workshop.kept(declared, "paid") == [Decimal("1.5"), Decimal(-12)]
    assert declared.treatments[0].rule == "brackets_are_minus"


def test_the_currency_is_taken_off_before_or_after_the_number(workshop):
    accepted = workshop.validate({"paid:spend:money": ["$1.50", "-$2.00", "($3.00)", "4 $"]}, currency="$")
    assert workshop.kept(accepted, "paid") == [Decimal("1.5"), Decimal(-2), Decimal(-3), Decimal(4)]


def test_words_for_not_known_are_missing_in_attributes_and_counted(workshop):
    accepted = workshop.validate({"id:id:id": ["1", "2", "3"], "income:income:money": ["5", "N/A", "?"]})
    assert workshop.kept(accepted, "income") == [Decimal(5), None, None]
    assert ("missing_words", 2) in [(treatment.rule, treatment.count) for treatment in accepted.treatments]
    assert accepted.counts.quarantined == 0
    assert workshop.validate({"id:id:id": ["1", "2"], "income:income:money": ["5", "N/A"]}, missing_words=()).counts.quarantined == 1


def test_ids_stay_text_whatever_they_look_like(workshop):
    ids = ["00123", "9007199254740993", "1E5", "100000", "true", "1.5", None]
    accepted = workshop.validate({"who:id:id": ids, "x:number:number": ["1"] * 7})
    assert workshop.kept(accepted, "who") == ids[:-1]


def test_point_zero_goes_from_ids_that_are_whole_numbers(workshop):
    accepted = workshop.validate({"who:id:id": ["17850.0", "00012.0", "7"]})
    assert workshop.kept(accepted, "who") == ["17850", "00012", "7"]
    assert [(treatment.rule, treatment.count) for treatment in accepted.treatments] == [("whole_ids", 2)]


def test_a_log_needs_its_customer_its_day_and_what_it_was_worth():
    fields = (
        Field("q", "quantity", "number", ""),
        Field("p", "unit_price", "money", ""),
        Field("c", "id", "id", ""),
        Field("d", "date", "date", ""),
    )
    assert [field.name for field in needed(Schema("t", "transactions", "", fields))] == ["c", "d", "q", "p"]
    assert [field.name for field in needed(Schema("t", "snapshot", "", fields))] == ["c"]
    assert [field.name for field in needed(Schema("t", "events", "", fields))] == ["c", "d"]


def test_the_missing_customer_is_judged_first():
    fields = (Field("p", "unit_price", "money", ""), Field("c", "id", "id", ""))
    assert checks(Schema("t", "transactions", "", fields), ValidationOptions())[0].code == "MISSING_ID"


def test_ignored_columns_are_not_judged(workshop):
    accepted = workshop.validate({"id:id:id": ["1"], "x:ignore:number": ["not a number"]})
    assert workshop.kept(accepted, "x") == ["not a number"]
