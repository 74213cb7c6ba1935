"""How a column is written is settled by the whole column, or asked for."""

from __future__ import annotations

import datetime

import pytest

from segmentry.errors import DataRefused, SettingsError
from segmentry.tables.notation import harmonise
from segmentry.tables.schema import Field, Notation, Schema

moment = datetime.datetime.fromisoformat


def date_of(workshop, *values, **options):
    return workshop.settle({"day:date:date": list(values)}, **options).fields[0].notation.date_format


def number_of(workshop, *values, kind="money", **options):
    return workshop.settle({"paid:amount:" + kind: list(values)}, **options).fields[0].notation


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("%Y-%m-%d", ("2024-01-02", "2024-01-31")),
        ("%Y-%m-%d", ("2024-01-02 08:30:00", "2024-01-31T09:00:00.123Z")),
        ("%d-%m-%Y", ("04-09-2012", "21-08-2013")),
        ("%d/%m/%Y", ("04/09/2012", "21/08/2013 10:00")),
        ("%m/%d/%Y", ("9/4/2012", "8/21/2013 1:05 PM")),
        ("%d.%m.%Y", ("04.09.2012", "21.08.2013")),
        ("%Y%m%d", ("19970101", "19971231")),
        ("%b %d %Y", ("Jan 31 2024", "February 2, 2024")),
        ("%d %b %Y", ("31-Jan-2024", "2 March 2024")),
        ("epoch s", ("1700000000", "1600000000")),
        ("epoch ms", ("1700000000000", "1600000000000")),
        ("epoch us", ("1700000000000000", "1600000000000000")),
        ("excel", ("45322", "45323.5")),
    ],
)
def test_the_whole_column_settles_how_dates_are_written(workshop, written, values):
    assert date_of(workshop, *values) == written


def test_days_up_to_twelve_only_are_asked_for_with_the_lines_to_write(workshop):
    with pytest.raises(DataRefused) as refused:
        date_of(workshop, "01/02/2024", "03/04/2024")
    problem = refused.value.problems[0]
    assert problem.code == "AMBIGUOUS_DATE"
    assert '[tables.t.date_format]\n  day = "%d/%m/%Y"\n  or day = "%m/%d/%Y"' in problem.remedy
    assert "2024" not in str(refused.value)


def test_days_that_read_the_same_both_ways_need_no_question(workshop):
    assert date_of(workshop, "01/01/2024", "02/02/2024") == "%d/%m/%Y"


def test_values_that_contradict_each_other_are_asked_for(workshop):
    with pytest.raises(DataRefused, match="1 only") as refused:
        date_of(workshop, "25/12/2024", "26/12/2024", "12/25/2024")
    assert refused.value.problems[0].code == "AMBIGUOUS_DATE"


def test_a_day_that_exists_in_neither_order_does_not_stop_the_settling(workshop):
    assert date_of(workshop, "25/12/2024", "26/12/2024", "45/13/2024") == "%d/%m/%Y"


def test_a_declared_format_wins(workshop):
    assert date_of(workshop, "01/02/2024", date_format={"day": "%m/%d/%Y"}) == "%m/%d/%Y"


def test_a_declared_format_that_cannot_be_read_is_a_setting_error(workshop):
    with pytest.raises(SettingsError, match="dd/mm"):
        date_of(workshop, "01/02/2024", date_format={"day": "dd/mm/yyyy"})


def test_mixed_epoch_units_are_refused(workshop):
    with pytest.raises(DataRefused, match="MIXED_EPOCHS"):
        date_of(workshop, "1700000000", "1700000000000")


def test_serial_numbers_beside_dates_are_not_read_as_excel(workshop):
    assert date_of(workshop, "2024-01-31", "2024-02-01", "45322") == "%Y-%m-%d"
    with pytest.raises(DataRefused, match="UNKNOWN_DATE_FORMAT"):
        date_of(workshop, "45322", "45323", "2024-02-01")


def test_two_digit_years_are_asked_for(workshop):
    with pytest.raises(DataRefused, match="two digits"):
        date_of(workshop, "12/1/10", "12/31/10")


def test_eight_digits_are_dates_only_when_all_are(workshop):
    with pytest.raises(DataRefused, match="UNKNOWN_DATE_FORMAT"):
        date_of(workshop, "19970101", "19970102", "12345678")


def test_an_empty_date_column_is_no_problem(workshop):
    assert date_of(workshop, None, None) == ""


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [
        (("1.5", "2"), ".", ""),
        (("12,5", "3"), ",", ""),
        (("1.234,56", "7,00"), ",", "."),
        (("1,234.50", "7.00"), ".", ","),
        (("1,234,567", "8"), ".", ","),
        (("0,123", "1,234"), ",", ""),
        (("1 234,50", "12,00"), ",", " "),
        (("1\u202f234,50", "12,00"), ",", " "),
        (("1'234.50", "12.00"), ".", "'"),
        (("12.50", "1,234"), ".", ","),
        (("1234", "1.234"), ".", ""),
        (("1", "2"), ".", ""),
        (("1.5e3", "2"), ".", ""),
    ],
)
def test_the_whole_column_settles_how_numbers_are_written(workshop, values, decimal, thousands):
    notation = number_of(workshop, *values)
    assert (notation.decimal, notation.thousands) == (decimal, thousands)


@pytest.mark.parametrize("values", [("1,234", "12,345"), ("1.234", "12"), ("1,234", "1.234")])
def test_a_mark_before_three_digits_only_is_asked_for(workshop, values):
    with pytest.raises(DataRefused, match="AMBIGUOUS_NUMBER") as refused:
        number_of(workshop, *values)
    assert "[tables.t]" in refused.value.problems[0].remedy


def test_a_declared_decimal_mark_answers_the_question(workshop):
    assert number_of(workshop, "1,234", decimal=",").thousands == ""
    assert number_of(workshop, "1,234", decimal=".").thousands == ","


def test_where_cells_contradict_each_other_a_lone_mark_is_not_read_as_thousands(workshop):
    notation = number_of(workshop, "1.5", "2.5", "3.5", "12,5", "1,234")
    assert (notation.decimal, notation.thousands) == (".", "")


def test_a_currency_at_every_amount_is_taken_off_and_one_at_some_is_not(workshop):
    assert number_of(workshop, "$1.50", "$1,200.00").currency == "$"
    assert number_of(workshop, "12,50 €", "3,00 €").currency == "€"
    assert number_of(workshop, "1.50", "$2.00").currency == ""
    assert number_of(workshop, "1.50", "$2.00", currency="$").currency == "$"


def test_several_currencies_in_one_column_are_refused(workshop):
    with pytest.raises(DataRefused, match="MIXED_CURRENCIES"):
        number_of(workshop, "$1.50", "€2.00")


def test_all_columns_that_cannot_be_settled_are_named_at_once(workshop):
    columns = {"day:date:date": ["01/02/2024"], "paid:amount:money": ["1,234"]}
    with pytest.raises(DataRefused) as refused:
        workshop.settle(columns)
    assert [problem.column for problem in refused.value.problems] == ["day", "paid"]


@pytest.mark.parametrize(
    ("values", "whole"),
    [
        (("17850.0", "12.0", None), True),
        (("17850", "12"), False),
        (("17850.0", "A1"), False),
        (("17850.5", "1.0"), False),
        (("9e+05", "1.0"), False),
    ],
)
def test_point_zero_is_taken_off_ids_only_when_every_id_is_a_whole_number(workshop, values, whole):
    assert workshop.settle({"who:id:id": list(values)}).fields[0].notation.whole is whole


def test_ids_are_treated_alike_in_every_table():
    lines = Schema("lines", "transactions", "", (Field("c", "id", "id", "", Notation(whole=True)), Field("p", "product", "id", "")))
    people = Schema("people", "customers", "", (Field("id", "id", "id", ""),))
    first, second = harmonise([lines, people])
    assert second.fields[0].notation.whole
    assert not first.fields[1].notation.whole


def test_flags_are_settled_by_the_words_most_cells_use(workshop):
    columns = {"a:flag:flag": ["Y", "N", "1"], "b:flag:flag": ["oui", "non", None], "c:flag:flag": ["1", "0", "1.0"]}
    first, second, third = workshop.settle(columns).fields
    assert "y" in first.notation.yes
    assert "1" not in first.notation.yes
    assert "oui" in second.notation.yes
    assert "0" in third.notation.no


def test_a_time_in_any_form_reads_as_the_moment_it_means(workshop):
    values = ["05/01/2024 8:05 PM", "25/01/2024", "25/01/2024 10:00:00+02:00", "25/01/2024 10:00Z", "25/01/2024T23:59:59.5"]
    kept = workshop.kept(workshop.validate({"day:date:date": values}), "day")
    assert kept == [
        moment("2024-01-05 20:05:00"),
        moment("2024-01-25"),
        moment("2024-01-25 08:00:00"),
        moment("2024-01-25 10:00:00"),
        moment("2024-01-25 23:59:59.500000"),
    ]
