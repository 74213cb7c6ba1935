"""Section B of the list of bad inputs: one test per row that the contract of a table answers. Findings about a whole data set are tested with their makers."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from segmentry.errors import DataRefused
from segmentry.tables.dataset import Counts

moment = datetime.datetime.fromisoformat
GOOD = ("2024-01-31", "2024-02-28")


def people(workshop, *ids, **options):
    return workshop.validate({"id:id:id": list(ids), "n:number:number": [str(place) for place in range(len(ids))]}, **options)


def amounts(workshop, *cells, **options):
    columns = {
        "who:id:id": ["a"] * len(cells),
        "day:date:date": [f"2024-01-{13 + place}" for place in range(len(cells))],
        "paid:amount:money": list(cells),
    }
    return workshop.validate(columns, "transactions", **options)


def days(workshop, *cells, **options):
    columns = {
        "who:id:id": [f"c{place}" for place in range(len(cells))],
        "day:date:date": list(cells),
        "paid:amount:money": ["1.5"] * len(cells),
    }
    return workshop.validate(columns, "transactions", **options)


def codes(workshop, accepted):
    return [code for _, code in workshop.codes(accepted)]


def noted(accepted):
    return {note.code: note for note in accepted.notes}


def test_row_17_all_missing_columns_are_listed_with_the_nearest_names(workshop):
    from segmentry.tables.options import ValidationOptions
    from segmentry.tables.validation import validate

    raw = workshop.raw({"custmer:id:id": ["1"], "amout:spend:money": ["1"]})
    with pytest.raises(DataRefused) as refused:
        validate(workshop.engine, raw, workshop.schema({"customer:id:id": [], "amount:spend:money": []}), ValidationOptions())
    assert [(problem.code, problem.column) for problem in refused.value.problems] == [
        ("MISSING_COLUMN", "amount"),
        ("MISSING_COLUMN", "customer"),
    ]
    assert "did you mean 'amout'" in refused.value.problems[0].remedy


def test_row_18_extra_columns_are_ignored_with_a_warning_or_refused(workshop):
    from segmentry.tables.options import ValidationOptions
    from segmentry.tables.validation import validate

    raw = workshop.raw({"id:id:id": ["1"], "more:text:text": ["x"]})
    schema = workshop.schema({"id:id:id": []})
    accepted = validate(workshop.engine, raw, schema, ValidationOptions())
    assert "more" in noted(accepted)["extra_columns"].words
    assert "more" not in workshop.engine.columns(accepted.table)
    with pytest.raises(DataRefused, match="EXTRA_COLUMN"):
        validate(workshop.engine, raw, schema, ValidationOptions(extra="forbid"))


def test_row_19_a_type_that_changes_late_costs_that_row_only(workshop):
    cells = ["1.5"] * 30_000 + ["oops"]
    accepted = workshop.validate({"id:id:id": [str(place) for place in range(30_001)], "x:spend:money": cells})
    assert accepted.counts == Counts(30_001, 30_000, 1, 0)
    assert workshop.codes(accepted) == [(30_001, "NOT_A_NUMBER")]


def test_rows_35_to_37_ids_are_text_always(workshop):
    ids = ["00123", "123", "9007199254740993", "9007199254740992", "1E5", "100000", "true", "false", "True"]
    assert workshop.kept(people(workshop, *ids), "id") == ids


def test_row_38_words_for_nobody_are_kept_with_a_warning_unless_many_rows_share_them(workshop):
    rare = people(workshop, "NA", "null", "None", "NaN", "a")
    assert rare.counts.accepted == 5
    assert "4 rows" in noted(rare)["placeholder_ids"].words
    days_ = [f"2024-01-{13 + place}" for place in range(4)]
    shared = workshop.validate(
        {"who:id:id": ["NULL", "NULL", "a", "None"], "day:date:date": days_, "paid:amount:money": ["1.5"] * 4}, "transactions"
    )
    assert workshop.codes(shared) == [(1, "PLACEHOLDER_ID"), (2, "PLACEHOLDER_ID")]
    assert workshop.kept(shared, "who") == ["a", "None"]


def test_row_39_rows_without_id_go_to_quarantine(workshop):
    assert workshop.codes(people(workshop, "a", None, "b")) == [(2, "MISSING_ID")]


def test_row_40_ids_that_look_alike_are_counted_and_never_merged(workshop):
    ids = ["C1", "\u04211", "c1", "C\u200b1", "x y", "xy", "z"]
    accepted = people(workshop, *ids)
    assert workshop.kept(accepted, "id") == ids
    assert noted(accepted)["lookalike_ids"].words.startswith("7 pairs")
    assert workshop.kept(people(workshop, "Jose\u0301", "b"), "id")[0] == "José"


def test_row_42_mail_addresses_stay_as_written_and_are_no_one_elses_business(workshop):
    mails = ["Ann@Example.COM", "ann+tag@example.com", "x" * 300 + "@example.com", "ann@müller.example", "no mail"]
    accepted = workshop.validate({"id:id:id": list("abcde"), "mail:identifier:text": mails})
    assert workshop.kept(accepted, "mail") == mails


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("1,234.50", "several marks"),
        ("12,5", "a comma"),
        ("$99", "currency"),
        ("(12.00)", "brackets"),
        ("1 234,5", "blanks"),
        ("١٢", "another script"),
        ("12%", "per cent"),
        ("12.50-", "minus at the end"),
        ("twelve", "words"),
    ],
)
def test_row_43_amounts_written_otherwise_go_to_quarantine_with_the_form_seen(workshop, cell, form):
    accepted = amounts(workshop, "1234.5", "2.5", "3.25", cell, "4.75") if cell != "1,234.50" else amounts(workshop, "1234,5", "2,5", cell)
    assert codes(workshop, accepted) == ["NOT_A_NUMBER"]
    assert form in workshop.reasons(accepted)[0]
    assert cell not in workshop.reasons(accepted)[0]


def test_row_43_a_declared_notation_reads_them_and_counts(workshop):
    accepted = amounts(workshop, "1,234.50", "$99", "(12.00)", decimal=".", thousands=",", currency="$")
    assert workshop.kept(accepted, "paid") == [Decimal("1234.5"), Decimal(99), Decimal(-12)]
    assert {treatment.rule: treatment.count for treatment in accepted.treatments} == {
        "currency_taken_off": 1,
        "thousands_taken_off": 1,
        "brackets_are_minus": 1,
    }


def test_row_44_infinite_amounts_go_to_quarantine(workshop):
    accepted = amounts(workshop, "1.5", "inf", "-Infinity", "NaN", "1e309")
    assert codes(workshop, accepted) == ["NOT_FINITE"] * 4


def test_row_45_negative_amounts_are_refunds_unless_they_are_not_allowed(workshop):
    assert amounts(workshop, "1.5", "-2.5").counts.accepted == 2
    assert codes(workshop, amounts(workshop, "1.5", "-2.5", refunds="quarantine")) == ["NEGATIVE_AMOUNT"]


def test_row_46_money_is_exact_and_bounded(workshop):
    accepted = amounts(workshop, "-0.0", "0", "0.0010", "1e-320", "1e9", "1e15", "-1000000000001", "1000000000000")
    assert codes(workshop, accepted) == ["OUT_OF_RANGE", "OUT_OF_RANGE"]
    assert workshop.kept(accepted, "paid") == [Decimal(text) for text in ("0", "0", "0.001", "0", "1000000000", "1000000000000")]
    tenths = amounts(workshop, *["0.1"] * 10, exact_duplicates="keep")
    assert workshop.engine.rows(f'SELECT sum(paid) FROM "{tenths.table}"') == [(Decimal(1),)]


def test_row_48_a_day_above_twelve_settles_the_column_and_is_said(workshop):
    accepted = days(workshop, "01/02/2024", "03/02/2024", "31/01/2024")
    assert workshop.kept(accepted, "day")[0] == moment("2024-02-01")
    assert [(treatment.rule, treatment.count) for treatment in accepted.treatments] == [("date_order_settled", 2)]
    with pytest.raises(DataRefused, match="AMBIGUOUS_DATE"):
        days(workshop, "01/02/2024", "03/02/2024")


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("Jan 31 2024", "month name"),
        ("45322", "Excel"),
        ("31/01/2024", "slashes"),
        ("1706659200", "seconds"),
        ("31.01.24", "two digits"),
        ("soon", "words"),
    ],
)
def test_row_49_dates_written_otherwise_go_to_quarantine_with_the_form_seen(workshop, cell, form):
    accepted = days(workshop, *GOOD, "2024-03-01", cell)
    assert codes(workshop, accepted) == ["NOT_A_DATE"]
    assert form in workshop.reasons(accepted)[0]
    assert cell not in workshop.reasons(accepted)[0]


def test_row_49_excel_serials_are_read_when_the_whole_column_agrees(workshop):
    accepted = days(workshop, "45322", "45323.25")
    assert workshop.kept(accepted, "day") == [moment("2024-01-31"), moment("2024-02-01 06:00:00")]
    assert [(treatment.rule, treatment.count) for treatment in accepted.treatments] == [("excel_serial_dates", 2)]


@pytest.mark.parametrize("cell", ["2024-13-45", "0000-00-00", "2023-02-29", "2024-01-31 25:00"])
def test_row_50_days_that_do_not_exist_go_to_quarantine(workshop, cell):
    assert codes(workshop, days(workshop, *GOOD, cell)) == ["NOT_A_DATE"]


@pytest.mark.parametrize("cell", ["1900-01-01", "1970-01-01", "9999-12-31", "1899-12-30"])
def test_row_51_days_that_stand_for_unknown_go_to_quarantine_unless_kept(workshop, cell):
    today = datetime.date(2024, 6, 1)
    assert codes(workshop, days(workshop, *GOOD, cell, today=today)) == ["SENTINEL_DATE"]
    assert days(workshop, *GOOD, cell, today=today, sentinel_dates="keep").counts.accepted == 3


def test_row_51_birthdays_are_none_of_it(workshop):
    assert workshop.validate({"id:id:id": ["1", "2"], "born:birth_date:date": ["1970-01-01", "1900-01-01"]}).counts.accepted == 2


def test_row_52_activity_more_than_a_day_ahead_goes_to_quarantine(workshop):
    accepted = days(workshop, *GOOD, "2024-03-02", "2024-03-03", today=datetime.date(2024, 3, 1))
    assert workshop.codes(accepted) == [(4, "FUTURE_DATE")]


def test_rows_53_and_54_zones_become_utc_and_times_without_one_stay_local(workshop):
    accepted = days(workshop, "2024-03-31 02:30:00", "2024-03-31T00:30:00+01:00", "2024-03-31T03:30:00+02:00", "2024-11-03 01:30:00-05:00")
    assert workshop.kept(accepted, "day") == [
        moment("2024-03-31 02:30:00"),
        moment("2024-03-30 23:30:00"),
        moment("2024-03-31 01:30:00"),
        moment("2024-11-03 06:30:00"),
    ]
    assert [(treatment.rule, treatment.count) for treatment in accepted.treatments] == [("zones_to_utc", 3)]


def test_row_55_seconds_beside_milliseconds_are_refused(workshop):
    with pytest.raises(DataRefused, match="MIXED_EPOCHS"):
        days(workshop, "1700000000", "1700000000000", "1700000000000000")
    assert workshop.kept(days(workshop, "1700000000000", "1700000000001"), "day")[0] == moment("2023-11-14 22:13:20")


def test_row_59_text_is_stored_as_it_is(workshop):
    texts = ["=HYPERLINK(0)", "<script>alert(1)</script>", "\u202eevil", "😀", "a\x07b", "x" * 1_000_000]
    accepted = workshop.validate({"id:id:id": list("abcdef"), "note:text:text": texts})
    assert workshop.kept(accepted, "note") == texts


def test_row_61_flags_in_words_the_column_does_not_use_go_to_quarantine_unless_declared(workshop):
    columns = {"id:id:id": list("abcdef"), "ok:consent:flag": ["Y", "N", "Y", "1", "oui", None]}
    accepted = workshop.validate(columns)
    assert workshop.codes(accepted) == [(4, "NOT_A_FLAG"), (5, "NOT_A_FLAG")]
    assert workshop.kept(accepted, "ok") == [True, False, True, None]
    assert workshop.validate(columns, yes=("y", "1", "oui"), no=("n",)).counts.accepted == 6


def test_rows_62_and_63_only_a_repeated_line_id_is_a_conflict(workshop):
    columns = {
        "who:id:id": ["a", "a", "a"],
        "day:date:date": ["2024-01-31", "2024-01-01", "2024-01-31"],
        "paid:amount:money": ["-5.5", "5.5", "7.5"],
        "order:order_id:id": ["O1", "O1", "O2"],
    }
    assert workshop.validate(columns, "transactions").counts == Counts(3, 3, 0, 0)
    lines = {**columns, "line:line_id:id": ["L1", "L2", "L1"]}
    assert workshop.codes(workshop.validate(lines, "transactions")) == [(1, "ID_CONFLICT"), (3, "ID_CONFLICT")]


def test_an_id_in_scientific_notation_is_reported_as_damaged(workshop):
    columns = {"p:product:id": ["940996", "9e+05", "873902"], "name:product_name:text": ["x", "y", "z"]}
    accepted = workshop.validate(columns, "products")
    assert workshop.kept(accepted, "p") == ["940996", "9e+05", "873902"]
    assert noted(accepted)["damaged_ids"].words.startswith("1 value of p ")
