"""Accepted tables become one dataset: customers, lines, events, contacts, with everything odd said."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.tables.dataset import Accepted, Counts
from segmentry.tables.mapping import assemble
from segmentry.tables.schema import Field, Notation, Schema
from segmentry.tables.treatments import CleaningOptions

TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "category": "VARCHAR",
    "money": "DECIMAL(18,4)",
    "number": "DOUBLE",
    "date": "TIMESTAMP",
    "flag": "BOOLEAN",
}


@pytest.fixture
def engine():
    with DuckEngine() as engine:
        yield engine


def accepted(engine, name, kind, order=None, currency="", **columns):
    """Make an accepted table: column=(role, kind, texts); `order` permutes the rows of the file."""
    fields = tuple(
        Field(column, role, cast, "made", Notation(currency=currency if cast == "money" else ""))
        for column, (role, cast, _) in columns.items()
    )
    rows = len(next(iter(columns.values()))[2])
    shuffled = range(rows) if order is None else order
    arrays = {"_file": np.zeros(rows, dtype=np.int32), "_row": np.arange(1, rows + 1)}
    for column, (_, _, texts) in columns.items():
        arrays[column] = np.array([None if texts[i] is None else str(texts[i]) for i in shuffled], dtype=object)
    engine.put("__texts", arrays)
    casts = ", ".join(f'"{column}"::{TYPES[cast]} AS "{column}"' for column, (_, cast, _) in columns.items())
    engine.run(f'CREATE OR REPLACE TABLE "{name}_ok" AS SELECT _file, _row, {casts} FROM __texts; DROP TABLE __texts')
    return Accepted(Schema(name, kind, "made", fields), f"{name}_ok", "", Counts(rows, rows, 0, 0), "")


def sales(engine, rows, name="sales", order=None, **more):
    """Make a transaction log from rows of (id, time, product, quantity, price)."""
    ids, times, products, quantities, prices = zip(*rows, strict=True)
    return accepted(
        engine, name, "transactions", order, customer_no=("id", "id", ids), at=("date", "date", times), sku=("product", "id", products),
        pieces=("quantity", "number", quantities), price=("unit_price", "money", prices), **more,
    )  # fmt: skip


ROWS = [
    ("b", "2024-01-02 10:00:00", "10", "3", "2.55"),
    ("a", "2024-01-01 09:00:00", "11", "1", "4"),
    ("b", "2024-01-02 10:00:00", "10", "-3", "2.55"),
    ("c", "2024-03-01 09:00:00", "12", "2", "0"),
]


def rows_of(engine, sql):
    return engine.rows(sql)


def codes(dataset):
    return {note.code for note in dataset.notes}


def treated(dataset):
    return {(done.rule, done.column): done.count for done in dataset.treatments}


def test_lines_are_numbered_in_time_order_with_exact_amounts(engine):
    dataset = assemble(engine, [sales(engine, ROWS)])
    assert rows_of(engine, "SELECT id, customer FROM customers ORDER BY customer") == [("a", 0), ("b", 1), ("c", 2)]
    lines = rows_of(engine, "SELECT line, customer, day, amount::VARCHAR, quantity::INT FROM lines ORDER BY line")
    assert lines == [(0, 0, 19723, "4.0000", 1), (1, 1, 19724, "7.6500", 3), (2, 1, 19724, "-7.6500", -3), (3, 2, 19783, "0.0000", 2)]
    assert dataset.has == {"lines", "lines.amount", "lines.quantity", "lines.product"}
    assert (dataset.shape, dataset.as_of, dataset.first_day) == ("transactions", datetime.date(2024, 3, 1), datetime.date(2024, 1, 1))
    types = engine.columns("lines")
    assert (types["line"], types["day"], types["amount"], types["extra"]) == ("BIGINT", "INTEGER", "DECIMAL(18,4)", "BOOLEAN")


def test_the_order_of_rows_in_the_file_changes_nothing(engine):
    assemble(engine, [sales(engine, ROWS)])
    before = rows_of(engine, "SELECT * FROM lines ORDER BY line")
    assemble(engine, [sales(engine, ROWS, order=[3, 2, 1, 0])])
    assert rows_of(engine, "SELECT * FROM lines ORDER BY line") == before


def test_a_given_amount_is_taken_as_it_is_and_discounts_add_up_without_sign(engine):
    table = accepted(
        engine, "sales", "transactions", who=("id", "id", ["a"]), at=("date", "date", ["2024-01-01"]), value=("amount", "money", ["9.99"]),
        pieces=("quantity", "number", ["3"]), shelf=("discount", "money", ["-1.5"]), coupon=("discount", "money", ["0.25"]),
    )  # fmt: skip
    dataset = assemble(engine, [table])
    assert rows_of(engine, "SELECT amount::VARCHAR, discount::VARCHAR, quantity::INT FROM lines") == [("9.9900", "1.7500", 3)]
    assert "lines.discount" in dataset.has


def test_without_amounts_there_is_no_money_and_one_piece_a_line(engine):
    table = accepted(engine, "log", "transactions", who=("id", "id", ["a", "b"]), at=("date", "date", ["2024-01-01"] * 2))
    dataset = assemble(engine, [table])
    assert dataset.has == {"lines"}
    assert rows_of(engine, "SELECT amount, quantity::INT FROM lines") == [(None, 1)] * 2


def test_products_bring_category_and_name_and_unknown_ones_are_counted(engine):
    products = accepted(
        engine, "products", "products", sku=("product", "id", ["10", "11", "10"]), title=("product_name", "text", ["Tea", "Jam", "Tea"]),
        group=("category", "category", ["hot", "sweet", "hot"]), maker=("category", "category", ["x", "x", "x"]),
    )  # fmt: skip
    dataset = assemble(engine, [sales(engine, ROWS), products])
    assert rows_of(engine, "SELECT product, product_name, category FROM lines GROUP BY ALL ORDER BY product") == [
        ("10", "Tea", "hot"), ("11", "Jam", "sweet"), ("12", "12", None),
    ]  # fmt: skip
    assert {"unknown_products", "category_chosen"} <= codes(dataset)
    assert "lines.category" in dataset.has


def test_a_product_goes_by_its_most_frequent_name(engine):
    names = ("product_name", "text", ["TEA", "JAM", "TEA", "oops, adjusted"])
    rows = [*ROWS[:3], ("c", "2024-03-01 09:00:00", "10", "2", "0")]
    assemble(engine, [sales(engine, rows, title=names)])
    assert rows_of(engine, "SELECT DISTINCT product, product_name, extra FROM lines ORDER BY ALL") == [
        ("10", "TEA", False),
        ("11", "JAM", False),
    ]


def test_postage_is_marked_counted_in_money_and_taken_out_by_setting(engine):
    names = ("product_name", "text", ["TEA", "POSTAGE", "TEA", "SHELF"])
    dataset = assemble(engine, [sales(engine, ROWS, title=names)])
    assert rows_of(engine, "SELECT product FROM lines WHERE extra") == [("11",)]
    done = next(done for done in dataset.treatments if done.rule == "non_products")
    assert (done.count, done.money, done.setting) == (1, 4.0, "cleaning.non_products")
    assemble(engine, [sales(engine, ROWS, title=names)], CleaningOptions(non_products="drop"))
    assert rows_of(engine, "SELECT count(*) FROM lines") == [(3,)]


def test_customers_are_all_of_the_list_and_of_the_lines_but_events_of_others_are_left_out(engine):
    people = accepted(
        engine,
        "people",
        "customers",
        no=("id", "id", ["a", "d"]),
        mail=("identifier", "text", ["x@y.z", None]),
        vip=("flag", "flag", ["true", "false"]),
    )
    visits = accepted(
        engine,
        "visits",
        "events",
        no=("id", "id", ["a", "a", "z"]),
        on=("date", "date", ["2024-03-05"] * 3),
        what=("event_type", "category", ["Visits"] * 3),
    )
    dataset = assemble(engine, [people, sales(engine, ROWS), visits])
    assert rows_of(engine, "SELECT id, vip FROM customers ORDER BY customer") == [("a", 1.0), ("b", None), ("c", None), ("d", 0.0)]
    assert rows_of(engine, "SELECT customer, type, count FROM events") == [(0, "visit", 2)]
    assert {"unknown_customers", "customers_without_lines"} <= codes(dataset)
    assert "mail" not in engine.columns("customers")
    assert dataset.as_of == datetime.date(2024, 3, 5)


def test_columns_that_count_events_become_types(engine):
    wide = accepted(
        engine, "web", "events", no=("id", "id", ["a", "b"]), on=("date", "date", ["2024-03-05"] * 2),
        email_opens=("event", "number", ["2", "0"]), page_visits=("visits", "number", ["5", None]),
    )  # fmt: skip
    assemble(engine, [sales(engine, ROWS), wide])
    assert rows_of(engine, "SELECT customer, type, count FROM events ORDER BY type") == [(0, "open", 2), (0, "visit", 5)]


def test_contacts_without_a_day_take_the_campaigns_first(engine):
    contacts = accepted(
        engine,
        "contacts",
        "contacts",
        no=("id", "id", ["a", "b"]),
        camp=("campaign", "id", ["1", "2"]),
        bought=("response", "flag", ["true", None]),
    )
    campaigns = accepted(
        engine, "camps", "campaigns", camp=("campaign", "id", ["1", "2"]), start=("date", "date", ["2024-02-01", "2024-02-03"]),
        end=("date", "date", ["2024-04-01", "2024-04-03"]),
    )  # fmt: skip
    dataset = assemble(engine, [sales(engine, ROWS), contacts, campaigns])
    assert rows_of(engine, "SELECT customer, day, campaign, responded FROM contacts") == [(0, 19754, "1", True), (1, 19756, "2", None)]
    assert "contacts" in dataset.has
    assert "undated_contacts" not in codes(dataset)


def test_contacts_without_any_day_are_counted_and_said(engine):
    every = accepted(engine, "calls", "contacts", no=("id", "id", ["a", "b"]), camp=("campaign", "id", ["1", "2"]))
    noted = {note.code: note.words for note in assemble(engine, [sales(engine, ROWS), every]).notes}
    assert noted["undated_contacts"].startswith("2 contacts have no day")
    assert "no feature is made of contacts. Give them a date column" in noted["undated_contacts"]
    some = accepted(
        engine, "mails", "contacts", no=("id", "id", ["a", "b"]), camp=("campaign", "id", ["1", "2"]),
        on=("date", "date", ["2024-03-01", None]),
    )  # fmt: skip
    noted = {note.code: note.words for note in assemble(engine, [sales(engine, ROWS), some]).notes}
    assert noted["undated_contacts"].startswith("1 contact has no day")
    assert noted["undated_contacts"].endswith("left out of the features, which count the other 1.")


def test_a_column_two_tables_have_keeps_both_under_names_of_their_own(engine):
    one = accepted(engine, "one", "customers", no=("id", "id", ["a"]), Age=("age", "number", ["30"]), customer=("number", "number", ["7"]))
    two = accepted(engine, "two", "customers", no=("id", "id", ["a"]), age=("age", "number", ["31"]))
    dataset = assemble(engine, [one, two])
    assert [attribute.name for attribute in dataset.attributes] == ["Age", "customer (one)", "age (two)"]


def test_a_customer_listed_twice_is_one_customer_with_the_latest_row(engine):
    for order in ([0, 1, 2], [2, 1, 0]):
        people = accepted(
            engine, "people", "snapshot", order, no=("id", "id", ["a", "a", "b"]), since=("joined", "date", ["2024-01-01", "2024-02-01", "2024-01-01"]),
            income=("income", "money", ["1", "2", "3"]),
        )  # fmt: skip
        dataset = assemble(engine, [people])
        assert rows_of(engine, "SELECT id, income FROM customers ORDER BY customer") == [("a", 2.0), ("b", 3.0)]
        assert treated(dataset)["repeated_customers", ""] == 1


def test_rows_without_an_id_are_customers_numbered_by_content_whatever_their_order(engine):
    found = []
    for order in ([0, 1, 2], [2, 0, 1]):
        people = accepted(
            engine,
            "people",
            "snapshot",
            order,
            income=("income", "money", ["30", "10", "20"]),
            town=("attribute", "category", ["x", "y", "x"]),
        )
        dataset = assemble(engine, [people])
        found.append(rows_of(engine, "SELECT customer, income, town FROM customers ORDER BY customer"))
    assert found[0] == found[1] == [(0, 10.0, "y"), (1, 20.0, "x"), (2, 30.0, "x")]
    assert rows_of(engine, "SELECT id FROM customers ORDER BY customer") == [("3",), ("1",), ("2",)]
    assert "rows_are_customers" in codes(dataset)
    assert (dataset.as_of, dataset.shape, dataset.has) == (None, "snapshot", frozenset())


def test_a_snapshot_looks_back_from_its_latest_date_births_aside(engine):
    people = accepted(
        engine, "people", "snapshot", no=("id", "id", ["a", "b"]), since=("joined", "date", ["2014-06-29", "2012-07-30"]),
        born=("birth_date", "date", ["2014-07-01", "1980-01-01"]),
    )  # fmt: skip
    dataset = assemble(engine, [people])
    assert dataset.as_of == datetime.date(2014, 6, 29)
    assert "since" in dataset.as_of_reason


def test_customers_equal_but_for_the_id_are_counted_and_kept_and_contradictions_said(engine):
    values = [*range(30), 7, 7]
    columns = dict.fromkeys(("v1", "v2", "v3"), ("number", "number", values))
    target = ("target", "flag", ["true"] * 31 + ["false"])
    people = accepted(engine, "people", "snapshot", no=("id", "id", range(32)), **columns, Response=target)
    dataset = assemble(engine, [people])
    assert treated(dataset)["duplicates_apart_from_id", ""] == 1
    assert "conflicting_outcomes" in codes(dataset)
    assert dataset.customers == 32


def test_customers_described_by_few_values_may_be_equal_without_a_remark(engine):
    columns = {name: ("attribute", "category", list("xyxyxy") * 10) for name in ("v1", "v2", "v3")}
    dataset = assemble(engine, [accepted(engine, "people", "snapshot", no=("id", "id", range(60)), **columns)])
    assert "duplicates_apart_from_id" not in {done.rule for done in dataset.treatments}


def test_one_account_with_most_lines_is_left_out_and_kept_by_setting(engine):
    rows = [(f"c{i}", "2024-01-01", "10", "1", "1") for i in range(20)] + [("guest", "2024-01-02", "10", "1", "1")] * 100
    dataset = assemble(engine, [sales(engine, rows)])
    assert dataset.customers == 20
    assert treated(dataset)["default_account", ""] == 100
    assert "guest" not in "".join(note.words for note in dataset.notes).replace("a guest,", "")
    kept = assemble(engine, [sales(engine, rows)], CleaningOptions(default_account="keep"))
    assert (kept.customers, "default_account" in codes(kept)) == (21, True)


def test_several_currencies_are_refused_and_one_is_named(engine):
    with pytest.raises(DataRefused, match="MIXED_CURRENCIES"):
        assemble(engine, [sales(engine, ROWS, money=("currency", "category", ["EUR", "USD", "EUR", "EUR"]))])
    assert assemble(engine, [sales(engine, ROWS, money=("currency", "category", ["EUR", "eur", None, "EUR"]))]).currency == "EUR"
    assert assemble(engine, [sales(engine, ROWS, currency="£")]).currency == "£"


def test_a_sample_of_lines_is_told_from_baskets(engine):
    single = [(f"c{i % 40}", "2024-01-01", f"1{i:04}", "1", "1") for i in range(1200)]
    of = ("order_id", "id", [f"o{i}" for i in range(1200)])
    assert "lines_not_baskets" in codes(assemble(engine, [sales(engine, single, order_no=of)]))
    full = ("order_id", "id", [f"o{i // 4}" for i in range(1200)])
    assert "lines_not_baskets" not in codes(assemble(engine, [sales(engine, single, order_no=full)]))


def test_a_customer_of_another_size_is_said_and_kept(engine):
    rows = [(f"c{i}", "2024-01-01", "10", "1", "1") for i in range(400)] + [("robot", "2024-01-02", "10", "1", "1")] * 150
    dataset = assemble(engine, [sales(engine, rows)])
    assert "very_large_customers" in codes(dataset)
    assert dataset.customers == 401


def test_cents_mixed_with_whole_units_are_warned_of(engine):
    rows = [(f"c{i}", f"2024-01-{1 + i % 28:02}", f"1{i % 5}", "1", "250" if i % 10 == 0 else "2.5") for i in range(300)]
    assert "unit_mix" in codes(assemble(engine, [sales(engine, rows)]))
    assert "unit_mix" not in codes(assemble(engine, [sales(engine, [(*row[:4], "2.5") for row in rows])]))


def test_amounts_a_hundredfold_from_some_month_on_are_warned_of(engine):
    times = [f"2024-{month:02}-10" for month in range(1, 7) for _ in range(30)]
    table = accepted(
        engine, "sales", "transactions", who=("id", "id", [f"c{i % 9}" for i in range(180)]), at=("date", "date", times),
        value=("amount", "money", ["5" if time < "2024-04" else "500" for time in times]),
    )  # fmt: skip
    assert "unit_mix" in codes(assemble(engine, [table]))


def test_rows_after_a_declared_day_stay_and_are_counted(engine):
    dataset = assemble(engine, [sales(engine, ROWS)], CleaningOptions(as_of=datetime.date(2024, 2, 1)))
    assert dataset.as_of == datetime.date(2024, 2, 1)
    assert rows_of(engine, "SELECT count(*) FROM lines") == [(4,)]
    assert "after_as_of" in codes(dataset)


def test_without_customers_the_data_is_refused(engine):
    products = accepted(engine, "products", "products", sku=("product", "id", ["1"]))
    with pytest.raises(DataRefused, match="NO_CUSTOMERS"):
        assemble(engine, [products])


def test_a_table_that_belongs_nowhere_is_said(engine):
    stray = accepted(engine, "stray", "unknown", x=("number", "number", ["1"]))
    assert "unused_table" in codes(assemble(engine, [sales(engine, ROWS), stray]))


def test_intermediate_tables_are_gone(engine):
    assemble(engine, [sales(engine, ROWS)])
    names = {row[0] for row in engine.rows("SELECT table_name FROM duckdb_tables()")}
    assert names == {"sales_ok", "customers", "lines"}


def chain(engine, *paths: Path, options=None):
    """Run the stages before this one on real files."""
    from segmentry.sources.files import read_files
    from segmentry.tables.notation import harmonise, settle
    from segmentry.tables.options import ValidationOptions
    from segmentry.tables.profile import profile
    from segmentry.tables.roles import infer, relate
    from segmentry.tables.validation import validate

    held = ValidationOptions()
    raws = read_files(engine, list(paths))
    schemas = relate([infer(raw.name, profile(engine, raw), {}) for raw in raws])
    schemas = harmonise([settle(engine, raw, schema, held) for raw, schema in zip(raws, schemas, strict=True)])
    tables = [validate(engine, raw, schema, held) for raw, schema in zip(raws, schemas, strict=True)]
    return assemble(engine, tables, options)


@pytest.mark.realdata
def test_customer_personality_is_cleaned_and_nobody_is_lost(engine, realdata):
    dataset = chain(engine, realdata("customer-personality/marketing_campaign.csv"))
    assert (dataset.customers, dataset.as_of, dataset.shape) == (2240, datetime.date(2014, 6, 29), "snapshot")
    assert treated(dataset) == {
        ("missing_values", "Income"): 24, ("impossible_values", "Income"): 1, ("impossible_values", "Year_Birth"): 3,
        ("rare_categories", "Marital_Status"): 7, ("constant_columns", "Z_CostContact"): 1, ("constant_columns", "Z_Revenue"): 1,
        ("duplicates_apart_from_id", ""): 182,
    }  # fmt: skip
    conflicting = next(note for note in dataset.notes if note.code == "conflicting_outcomes")
    assert conflicting.words.startswith("19 groups")
    extreme = next(note for note in dataset.notes if note.code == "extreme_values" and note.column == "Income")
    assert extreme.words.startswith("7 values")
    assert [attribute.name for attribute in dataset.attributes if not attribute.use] == ["Z_CostContact", "Z_Revenue"]


@pytest.mark.realdata
def test_the_dialects_of_one_table_give_the_same_customers(engine, realdata):
    found = []
    for name in ("marketing_campaign", "comma_bom_mdy", "semicolon_bom_crlf_isodate", "semicolon_crlf_dmy_slash"):
        dataset = chain(engine, realdata(f"customer-personality/{name}.csv"))
        found.append((dataset.attributes, dataset.as_of, rows_of(engine, "SELECT * FROM customers ORDER BY customer")))
    assert found[1:] == found[:1] * 3


@pytest.mark.realdata
def test_online_retail_has_its_postage_and_manual_lines_marked(engine, realdata):
    dataset = chain(engine, realdata("online-retail/online_retail.csv.gz"))
    assert (dataset.customers, dataset.as_of) == (4372, datetime.date(2011, 12, 9))
    extras = {row[0] for row in rows_of(engine, "SELECT DISTINCT product FROM lines WHERE extra")}
    assert {"POST", "DOT", "M", "D", "C2", "CRUK", "BANK CHARGES"} <= extras
    assert len(extras) <= 12
    total, lines = rows_of(engine, "SELECT sum(amount) FILTER (WHERE amount > 0)::VARCHAR, count(*) FILTER (WHERE amount > 0) FROM lines")[
        0
    ]
    assert (total, lines) == ("8887208.8940", 392_692)


@pytest.mark.realdata
def test_the_grocers_sample_is_told_from_baskets_and_joined_to_its_products(engine, realdata):
    paths = [realdata(f"complete-journey/{name}.csv.gz") for name in ("transactions_sample", "demographics", "products")]
    dataset = chain(engine, *paths)
    note = next(note for note in dataset.notes if note.code == "lines_not_baskets")
    assert "1.6 lines a basket" in note.words
    assert {"lines.category", "lines.discount", "lines.order_id"} <= dataset.has
    assert rows_of(engine, "SELECT count(*) FROM lines") == [(75_000,)]
    assert rows_of(engine, "SELECT sum(amount)::VARCHAR FROM lines") == [("233935.2400",)]
