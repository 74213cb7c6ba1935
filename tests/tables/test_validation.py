"""In = accepted + quarantined + duplicates, exactly, whatever comes in."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

import numpy as np
import pytest

from segmentry.errors import DataRefused
from segmentry.sources.raw import RawTable
from segmentry.tables.dataset import Counts
from segmentry.tables.notation import settle
from segmentry.tables.options import ValidationOptions
from segmentry.tables.profile import profile
from segmentry.tables.quarantine import summary
from segmentry.tables.roles import infer, relate
from segmentry.tables.validation import validate

LOG = ("who:id:id", "day:date:date", "paid:amount:money")


def log(*rows):
    return {name: [row[place] for row in rows] for place, name in enumerate(LOG)}


def rules(accepted):
    return {treatment.rule: (treatment.count, treatment.money) for treatment in accepted.treatments}


def test_copies_of_a_row_are_taken_out_and_counted_in_money(workshop):
    row = ("a", "2024-01-31", "10.10")
    accepted = workshop.validate(log(row, row, ("b", "2024-01-30", "1.5"), row), "transactions")
    assert accepted.counts == Counts(4, 2, 0, 2)
    assert rules(accepted)["exact_duplicates"] == (2, 20.2)


def test_copies_can_be_kept_in_a_log(workshop):
    row = ("a", "2024-01-31", "10.10")
    accepted = workshop.validate(log(row, row), "transactions", exact_duplicates="keep")
    assert accepted.counts == Counts(2, 2, 0, 0)
    assert [note.code for note in accepted.notes] == ["equal_rows_kept"]


def test_rows_that_differ_only_in_being_empty_are_no_copies(workshop):
    columns = {"id:id:id": ["1", "2", "2"], "x:attribute:category": ["a", None, "b"]}
    assert workshop.validate(columns).counts == Counts(3, 1, 2, 0)


def test_without_an_id_equal_customers_stay(workshop):
    accepted = workshop.validate({"age:age:number": ["30", "30"], "city:place:category": ["Oslo", "Oslo"]})
    assert accepted.counts == Counts(2, 2, 0, 0)
    assert "alike" in accepted.notes[0].words


def test_an_id_with_several_contents_goes_to_quarantine_with_all_its_rows(workshop):
    columns = {"id:id:id": ["1", "2", "1", "3", "3"], "city:place:category": ["Oslo", "Rome", "Bern", "Wien", "Wien"]}
    accepted = workshop.validate(columns)
    assert accepted.counts == Counts(5, 2, 2, 1)
    assert workshop.codes(accepted) == [(1, "ID_CONFLICT"), (3, "ID_CONFLICT")]


def test_a_line_id_with_several_contents_is_a_conflict_and_an_order_id_is_none(workshop):
    line = {**log(("a", "2024-01-31", "1.5"), ("a", "2024-01-31", "2.5"), ("b", "2024-01-31", "3.5"))}
    with_lines = {**line, "line:line_id:id": ["L1", "L1", "L2"]}
    with_orders = {**line, "order:order_id:id": ["O1", "O1", "O2"]}
    assert workshop.validate(with_lines, "transactions").counts == Counts(3, 1, 2, 0)
    assert workshop.validate(with_orders, "transactions").counts == Counts(3, 3, 0, 0)


def test_kept_copies_of_a_line_are_no_conflict(workshop):
    row = ("a", "2024-01-31", "1.5")
    columns = {**log(row, row), "line:line_id:id": ["L1", "L1"]}
    assert workshop.validate(columns, "transactions", exact_duplicates="keep").counts == Counts(2, 2, 0, 0)


def test_every_reason_of_a_row_is_listed_and_the_first_gives_the_code(workshop):
    accepted = workshop.validate(log(("a", "2024-01-31", "1.5"), ("b", "2024-02-30", "x1")), "transactions")
    assert workshop.codes(accepted) == [(2, "NOT_A_DATE")]
    assert workshop.reasons(accepted) == ["no day of the calendar (also NOT_A_NUMBER in paid)"]


def test_rows_without_customer_have_their_own_code_and_revenue_and_do_not_count_against_the_limit(workshop):
    rows = [("a", "2024-01-31", "1.5"), (None, "2024-01-31", "0.1"), (None, "2024-01-30", "0.2"), (None, "2024-02-30", "5.0")]
    accepted = workshop.validate(log(*rows), "transactions", quarantine_limit=0.0)
    assert summary(workshop.engine, accepted) == (("MISSING_ID", "who", 3),)
    assert rules(accepted)["rows_without_customer"] == (3, 5.3)


def test_revenue_of_lines_is_quantity_times_price(workshop):
    columns = {**log((None, "2024-01-31", "2.5"), ("a", "2024-01-31", "1.5")), "n:quantity:number": ["3", "1"]}
    priced = {name.replace("paid:amount", "price:unit_price"): values for name, values in columns.items()}
    assert rules(workshop.validate(priced, "transactions"))["rows_without_customer"] == (1, 7.5)


def test_a_line_without_price_counts_as_a_row_without_customer_too(workshop):
    priced = {
        "who:id:id": [None, "a"],
        "price:unit_price:money": [None, "1.5"],
        "n:quantity:number": ["3", "1"],
        "day:date:date": ["2024-01-31"] * 2,
    }
    assert rules(workshop.validate(priced, "transactions"))["rows_without_customer"] == (1, 0.0)


def test_more_bad_rows_than_the_limit_refuse_the_table(workshop):
    rows = [("a", f"2024-01-{day:02}", "1.5") for day in range(10, 29)] + [("secret-id", "2024-01-31", "x1")]
    assert workshop.validate(log(*rows), "transactions", quarantine_limit=0.05).counts.quarantined == 1
    rows[0] = ("a", "2024-02-30", "1.5")
    with pytest.raises(DataRefused) as refused:
        workshop.validate(log(*rows), "transactions", quarantine_limit=0.05)
    assert [problem.code for problem in refused.value.problems] == ["TOO_MANY_BAD_ROWS", "NOT_A_DATE", "NOT_A_NUMBER"]
    assert refused.value.problems[1].row == 1
    assert "secret-id" not in str(refused.value)


def test_a_table_of_which_nothing_is_left_is_refused(workshop):
    with pytest.raises(DataRefused, match="NO_ROWS_LEFT"):
        workshop.validate(log((None, "2024-01-31", "1.5")), "transactions")


def test_a_missing_column_is_named_with_the_nearest(workshop):
    raw = workshop.raw({"custmer:id:id": ["1"]})
    with pytest.raises(DataRefused, match="did you mean 'custmer'"):
        validate(workshop.engine, raw, workshop.schema({"customer:id:id": []}), ValidationOptions())


def test_rejected_rows_of_the_source_are_in_the_account(workshop):
    raw = workshop.raw({"id:id:id": ["1", "2"]})
    columns = {
        "_file": np.array([0]),
        "_row": np.array([3]),
        **{name: np.array([name], dtype=object) for name in ("column", "code", "reason", "remedy", "raw")},
    }
    workshop.engine.put(raw.rejects, columns)
    raw = RawTable(raw.name, raw.table, raw.rejects, raw.columns, 3, 1, raw.files)
    accepted = validate(workshop.engine, raw, workshop.schema({"id:id:id": []}), ValidationOptions(quarantine_limit=0.5))
    assert accepted.counts == Counts(3, 2, 1, 0)
    assert workshop.codes(accepted) == [(3, "code")]


def test_the_order_of_the_rows_changes_nothing(workshop):
    rows = [
        ("a", "2024-01-31", "1.5"),
        ("a", "2024-01-31", "1.5"),
        (None, "2024-01-31", "2.5"),
        ("b", "2024-02-30", "2.5"),
        ("c", "2024-01-05", "9.5"),
    ]
    first = workshop.validate(log(*rows), "transactions")
    random.Random(3).shuffle(rows)
    second = workshop.validate(log(*rows), "transactions")
    assert (first.counts, first.fingerprint, first.treatments) == (second.counts, second.fingerprint, second.treatments)


def test_typed_columns_keep_their_names_whatever_they_are(workshop):
    accepted = workshop.validate(
        {'the "id":id:id': ["1"], "r0:spend:money": ["2.5"], "_bad thing:joined:date": ["2024-01-31"], "a'b:place:category": ["x"]}
    )
    assert workshop.engine.columns(accepted.table) == {
        "_file": "INTEGER", "_row": "BIGINT", 'the "id"': "VARCHAR", "r0": "DECIMAL(18,4)", "_bad thing": "TIMESTAMP", "a'b": "VARCHAR",
    }  # fmt: skip


@pytest.mark.realdata
def test_online_retail_adds_up_exactly(workshop, realdata):
    from segmentry.sources.files import read_files

    (raw,) = read_files(workshop.engine, [realdata("online-retail/online_retail.csv.gz")])
    (schema,) = relate([infer(raw.name, profile(workshop.engine, raw), {})])
    options = ValidationOptions(today=datetime.date(2026, 1, 1))
    accepted = validate(workshop.engine, raw, settle(workshop.engine, raw, schema, options), options)
    assert accepted.counts == Counts(541_909, 401_604, 135_037, 5_268)
    assert rules(accepted)["rows_without_customer"][0] == 135_037
    assert rules(accepted)["exact_duplicates"][0] == 5_268
    kept = 'SELECT sum("Quantity"::DECIMAL(18,4) * "UnitPrice") FROM accepted_online_retail WHERE "Quantity" > 0 AND "UnitPrice" > 0 AND "InvoiceNo" NOT LIKE \'C%\''
    assert workshop.engine.rows(kept)[0][0] == Decimal("8887208.894")
