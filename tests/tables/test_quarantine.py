"""Rows set aside: for people without identifiers, for machines in full and private."""

from __future__ import annotations

import csv
import stat

from segmentry.tables.quarantine import summary, write

COLUMNS = {
    "who:id:id": ["canary-1", "canary-2", "canary-3"],
    "mail:identifier:text": ["canary@example.com", "canary@example.com", "x@y.z"],
    "day:date:date": ["2024-01-31", "2024-02-30", "2024-01-01"],
    "paid:amount:money": ["1.5", "2.5", "canary@example.com"],
    "city:place:category": ["Oslo", "=Rome()", "Bern"],
}


def written(workshop, folder):
    accepted = workshop.validate(COLUMNS, "transactions")
    table, parquet = write(workshop.engine, [accepted], folder)
    return accepted, table, parquet


def test_people_see_place_reason_and_remedy_but_no_identifier(workshop, tmp_path):
    _, table, _ = written(workshop, tmp_path)
    text = table.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert "canary" not in text
    assert [(row["file"], row["row"], row["column"], row["code"]) for row in rows] == [
        ("t.csv", "2", "day", "NOT_A_DATE"),
        ("t.csv", "3", "paid", "NOT_A_NUMBER"),
    ]
    assert rows[0]["row_text"] == "who=•••; mail=•••; day=2024-02-30; paid=2.5; city==Rome()"
    assert "paid=•••" in rows[1]["row_text"]


def test_machines_get_the_raw_row_for_the_owner_only(workshop, tmp_path):
    _, _, parquet = written(workshop, tmp_path)
    assert stat.S_IMODE(parquet.stat().st_mode) == 0o600
    raw = workshop.engine.rows(f"SELECT raw->>'mail', raw->>'paid' FROM read_parquet('{parquet}') ORDER BY \"row\"")
    assert raw == [("canary@example.com", "2.5"), ("x@y.z", "canary@example.com")]


def test_the_summary_counts_by_code_and_column(workshop, tmp_path):
    accepted, _, _ = written(workshop, tmp_path)
    assert summary(workshop.engine, accepted) == (("NOT_A_DATE", "day", 1), ("NOT_A_NUMBER", "paid", 1))


def test_an_empty_quarantine_is_a_header(workshop, tmp_path):
    accepted = workshop.validate({"id:id:id": ["1"]})
    table, parquet = write(workshop.engine, [accepted], tmp_path)
    assert table.read_text(encoding="utf-8") == "table,file,row,column,code,reason,remedy,row_text\n"
    assert workshop.engine.rows(f"SELECT count(*) FROM read_parquet('{parquet}')") == [(0,)]
