"""Rows of the list of bad inputs that are about a table or a run as a whole: read with `check`, or run to the end."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import DataRefused, SettingsError
from segmentry.project.inspection import check
from segmentry.project.reading import Reading
from segmentry.project.run import run
from segmentry.project.settings import Settings, parse

START = datetime.date(2024, 1, 1)


def table(folder: Path, header: str, rows: Sequence[Sequence[object]], name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def sales(folder: Path, customers: int = 30, each: int = 6, name: str = "sales.csv", *, more: Sequence[Sequence[object]] = ()) -> Path:
    rng = np.random.default_rng(1)
    rows = [
        (
            f"C{place:03d}",
            START + datetime.timedelta(int(rng.integers(0, 200))),
            f"{10 + 5 * (place % 3) + rng.random():.2f}",
            f"O{place}-{n}",
        )
        for place in range(customers)
        for n in range(each)
    ]
    return table(folder, "customer_id,date,amount,order_id", [*rows, *more], name)


def people(folder: Path, customers: int = 60, name: str = "people.csv", **columns: Sequence[object]) -> Path:
    rows = [(f"C{n:03d}", 20 + 15 * (n % 3) + n % 4, *(column[n % len(column)] for column in columns.values())) for n in range(customers)]
    return table(folder, ",".join(["customer_id", "age", *columns]), rows, name)


def codes(reading: Reading) -> list[str]:
    return [note.code for note in reading.notes]


def problems(refused: pytest.ExceptionInfo[DataRefused]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def test_b17_settings_that_name_an_absent_column_are_refused_with_the_nearest(tmp_path: Path) -> None:
    settings = parse({"tables": {"people": {"roles": {"agee": "age"}}}})
    with pytest.raises(SettingsError, match="did you mean 'age'"):
        check([people(tmp_path)], settings=settings)


def test_b38_a_word_for_nobody_that_many_rows_share_is_nobody(tmp_path: Path) -> None:
    reading = check([sales(tmp_path, more=[("NULL", "2024-03-01", 5, f"N{n}") for n in range(20)])], settings=Settings())
    assert reading.quarantine == (("PLACEHOLDER_ID", "customer_id", 20),)
    assert reading.dataset.customers == 30
    assert any(done.rule == "rows_without_customer" and done.money == 100 for done in reading.treatments)


def test_b40_ids_that_look_alike_stay_different_customers(tmp_path: Path) -> None:
    look = [("C\u200b001", "2024-02-01", 9, "L1"), ("\u0421001", "2024-02-01", 9, "L2"), ("c001", "2024-02-01", 9, "L3")]
    reading = check([sales(tmp_path, more=look)], settings=Settings())
    assert reading.dataset.customers == 33
    assert "lookalike_ids" in codes(reading)


@pytest.mark.parametrize(("share", "kept"), [(0.6, True), (0.9, False)])
def test_b41_an_account_with_most_of_all_rows_is_said_and_left_out(tmp_path: Path, share: float, *, kept: bool) -> None:
    count = round(180 * share / (1 - share))
    guest = [("C9999", START + datetime.timedelta(n % 200), n % 90 + 1, f"G{n}") for n in range(count)]
    path = sales(tmp_path, more=guest)
    reading = check([path], settings=Settings())
    assert "default_account" in codes(reading)
    assert reading.dataset.customers == (31 if kept else 30)
    again = check([path], settings=parse({"cleaning": {"default_account": "keep"}}))
    assert again.dataset.customers == 31


def test_b42_mail_addresses_are_customers_where_nothing_else_is_and_kept_as_written(tmp_path: Path) -> None:
    mails = [*(f"p{n}@example.com" for n in range(40)), "P1@Example.com", "p1+x@example.com"]
    rows = [(mail, START + datetime.timedelta(n), n % 9 + 1) for n, mail in enumerate(mails * 3)]
    path = table(tmp_path, "email,date,amount", rows)
    for settings in (Settings(), parse({"tables": {"sales": {"roles": {"email": "id"}}}})):
        reading = check([path], settings=settings)
        assert reading.dataset.customers == 42
        assert {"lookalike_ids", "contact_ids"} <= set(codes(reading))
        assert not any("@" in note.words for note in reading.notes)


def test_amounts_that_are_all_zero_are_said_to_be_no_purchases(tmp_path: Path, quick: Settings) -> None:
    rows = [(f"C{n % 30}", START + datetime.timedelta(n % 90), 0) for n in range(200)]
    with pytest.raises(DataRefused, match="TOO_FEW_CUSTOMERS"):
        run(table(tmp_path, "customer_id,date,amount", rows), out=tmp_path / "out", settings=quick)


def test_b46_amounts_at_the_edge_of_numbers_are_exact_or_set_aside(tmp_path: Path) -> None:
    edge = [(f"E{n}", "2024-03-01", cell, f"E{n}") for n, cell in enumerate(["-0.0", "0", "0.001", "1e-320", "1e9", "1e15"])]
    reading = check([sales(tmp_path, more=edge)], settings=Settings())
    assert reading.quarantine == (("OUT_OF_RANGE", "amount", 1),)


def test_b46_an_amount_far_above_all_others_is_said(tmp_path: Path) -> None:
    path = sales(tmp_path, customers=60, more=[("C001", "2024-03-01", 90_000_000, "E")])
    reading = check([path], settings=Settings())
    assert "very_large_amounts" in codes(reading)
    assert "very_large_amounts" not in codes(check([sales(tmp_path, customers=60, name="usual.csv")], settings=Settings()))


def test_b47_cents_that_become_whole_units_are_said(tmp_path: Path) -> None:
    rows = [
        (f"C{n % 40}", START + datetime.timedelta(n // 4), 1000 + n % 50 if n < 400 else (1000 + n % 50) / 100, f"O{n}") for n in range(800)
    ]
    assert "unit_mix" in codes(check([table(tmp_path, "customer_id,date,amount,order_id", rows)], settings=Settings()))


def test_b47_several_currencies_are_refused(tmp_path: Path) -> None:
    rows = [(f"C{n % 30}", START + datetime.timedelta(n % 90), n + 1, ("EUR", "USD")[n % 2]) for n in range(200)]
    with pytest.raises(DataRefused) as refused:
        check([table(tmp_path, "customer_id,date,amount,currency", rows)], settings=Settings())
    assert problems(refused) == ["MIXED_CURRENCIES"]


def test_b53_times_without_a_zone_are_days_of_the_local_calendar(tmp_path: Path) -> None:
    late = [("C001", "2024-10-31 23:59:59", 5, "A"), ("C001", "2024-03-31 02:30:00", 5, "B"), ("C002", "2024-10-27 02:30:00", 5, "C")]
    rows = [(f"C{n:03d}", f"2024-0{1 + n % 9}-15 00:00:01", 5 + n % 3, f"O{n}") for n in range(60)]
    reading = check([table(tmp_path, "customer_id,date,amount,order_id", [*rows, *late])], settings=Settings())
    assert reading.dataset.as_of == datetime.date(2024, 10, 31)
    assert reading.quarantine == ()


def test_b52_activity_before_1900_is_set_aside_even_when_fillers_are_kept(tmp_path: Path) -> None:
    path = sales(tmp_path, more=[("C001", "0012-03-01", 5, "A"), ("C002", "1066-10-14", 5, "B")])
    reading = check([path], settings=parse({"cleaning": {"sentinel_dates": "keep"}}))
    assert reading.quarantine == (("TOO_OLD_DATE", "date", 2),)
    assert reading.dataset.first_day is not None
    assert reading.dataset.first_day >= START


def test_b56_empty_and_constant_columns_are_left_out_by_name(tmp_path: Path) -> None:
    reading = check([people(tmp_path, nothing=[""], same=["7"], spending=range(100, 160))], settings=Settings())
    told = {(done.rule, done.column) for done in reading.treatments}
    assert ("constant_columns", "same") in told
    (empty,) = [field for field in reading.inspection.schemas[0].fields if field.name == "nothing"]
    assert "empty" in empty.reason
    used = {attribute.name for attribute in reading.dataset.attributes if attribute.use}
    assert "spending" in used
    assert used.isdisjoint({"nothing", "same"})


def test_b58_a_category_with_very_many_levels_keeps_the_largest(tmp_path: Path) -> None:
    town = [f"town {n // 40 if n < 2000 else n}" for n in range(3000)]
    reading = check([people(tmp_path, 3000, town=town)], settings=Settings())
    (rare,) = [done for done in reading.treatments if done.column == "town"]
    assert (rare.rule, rare.count) == ("rare_categories", 1000)


def test_b61_flags_in_other_words_are_set_aside_until_they_are_declared(tmp_path: Path) -> None:
    words = [*["Y", "N"] * 49, "oui", ""]
    path = people(tmp_path, 100, consent=words)
    assert check([path], settings=Settings()).quarantine == (("NOT_A_FLAG", "consent", 1),)
    declared = parse({"tables": {"people": {"yes": ["y", "oui"], "no": ["n"]}}})
    assert check([path], settings=declared).quarantine == ()


def test_b62_an_order_of_very_many_lines_is_one_occasion(tmp_path: Path, quick: Settings) -> None:
    lines = [("C001", "2024-03-01", f"{1 + n % 7}.{n % 90 + 10}", "BIG") for n in range(2000)]
    found = run(sales(tmp_path, customers=60, more=lines), out=tmp_path / "out", settings=quick)
    assert found.record["customers"] == 60


def test_b62_a_repeated_line_id_is_a_conflict(tmp_path: Path) -> None:
    rows = [(f"L{n}", f"C{n % 30}", START + datetime.timedelta(n % 90), n % 17 + 1) for n in range(200)]
    clash = [("L5", "C9", START, 3)]
    settings = parse({"tables": {"sales": {"roles": {"line": "line_id"}}}})
    reading = check([table(tmp_path, "line,customer_id,date,amount", [*rows, *clash])], settings=settings)
    assert reading.quarantine == (("ID_CONFLICT", "line", 2),)


def test_b63_a_refund_before_its_purchase_is_taken_in_any_order(tmp_path: Path, quick: Settings) -> None:
    refund = [("C001", "2024-01-01", -50, "R"), ("C001", "2024-02-01", 50, "P")]
    one = run(sales(tmp_path, customers=60, more=refund), out=tmp_path / "one", settings=quick)
    other = run(sales(tmp_path, customers=60, more=refund[::-1]), out=tmp_path / "other", settings=quick)
    assert one.record["table_hash"] == other.record["table_hash"]
    assert np.array_equal(one.labels, other.labels)


def test_b64_a_customer_with_very_many_orders_is_said_and_kept(tmp_path: Path) -> None:
    robot = [("ROBOT", START + datetime.timedelta(n % 200), n % 50 + 1, f"R{n}") for n in range(700)]
    reading = check([sales(tmp_path, customers=300, each=3, more=robot)], settings=Settings())
    assert "very_large_customers" in codes(reading)
    assert reading.dataset.customers == 301


def test_ids_that_differ_by_leading_zeros_between_tables_are_said(tmp_path: Path) -> None:
    rows = [(f"{n:06d}", START + datetime.timedelta(n % 90), n % 17 + 1) for n in range(200)]
    log = table(tmp_path, "customer_id,date,amount", rows)
    list_ = table(tmp_path, "customer_id,age", [(n, 20 + n % 50) for n in range(200)], "people.csv")
    assert "leading_zeros" in codes(check([log, list_], settings=Settings()))
    plain = table(tmp_path, "customer_id,age", [(f"{n:06d}", 20 + n % 50) for n in range(200)], "plain.csv")
    assert "leading_zeros" not in codes(check([log, plain], settings=Settings()))


def test_an_as_of_day_far_beyond_the_data_is_said(tmp_path: Path) -> None:
    assert "as_of_after_data" in codes(check([sales(tmp_path)], settings=parse({"run": {"as_of": "2090-01-01"}})))


@pytest.mark.parametrize("name", ['a"b', "a'b", "my table.v2", "lines", "customers", "__keys", "select", "Ünï😀"])
def test_any_file_name_is_a_table_name(tmp_path: Path, name: str) -> None:
    assert check([sales(tmp_path, name=f"{name}.csv")], settings=Settings()).dataset.customers == 30


def test_hundreds_of_columns_are_read_within_the_memory_of_the_engine(tmp_path: Path) -> None:
    columns = {f"c{place}": [n * (place + 1) % 19 for n in range(60)] for place in range(240)}
    columns |= {f"f{place}": ["yes", "no", "yes", "yes", "no"][place % 3 :] for place in range(60)}
    assert check([people(tmp_path, **columns)], settings=Settings()).dataset.customers == 60
