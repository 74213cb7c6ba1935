"""A shop that knows its customers by e-mail alone: segments for the addresses, which stand in no other file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest

import segmentry
from segmentry.engines.duckdb import DuckEngine
from segmentry.project.finished import read_run
from segmentry.project.run import Run
from segmentry.project.settings import parse


def orders() -> polars.DataFrame:
    """1,200 orders of 80 customers, the odd ones of twice the amount."""
    rng = np.random.default_rng(0)
    customer = rng.integers(0, 80, 1200)
    days = np.datetime64("2024-01-01") + rng.integers(0, 365, 1200)
    amount = np.round(rng.gamma(2, 20, 1200) * (1 + customer % 2), 2)
    return polars.DataFrame(
        {"E-mail": [f"person{each:02}@example.com" for each in customer], "order_date": days.astype(str), "amount": amount}
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return segmentry.run(("orders", orders()), out=tmp_path_factory.mktemp("mail"), settings=parse({"segments": {"k": 3}}))


def said(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(polars.read_parquet(path).to_dicts())
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return str({name: arrays[name].tolist() for name in arrays.files})
    return path.read_text(encoding="utf-8")


def test_addresses_stand_in_the_lists_of_segments_and_nowhere_else(done: Run) -> None:
    holding = {path.name for path in done.folder.rglob("*") if path.is_file() and "example.com" in said(path)}
    assert holding == {"segments.csv", "segments.parquet"}
    assert polars.read_csv(done.folder / "segments.csv")["id"].to_list() == sorted(f"person{place:02}@example.com" for place in range(80))


def test_a_note_says_so(done: Run) -> None:
    notes = [note for note in done.record["notes"] if note["code"] == "contact_ids"]
    assert len(notes) == 1
    assert notes[0]["words"].startswith(
        "Customers are known by the e-mail addresses of E-mail. segments.csv and segments.parquet hold them"
    )


def test_features_name_the_row_of_the_list_and_are_read_back_with_the_ids(done: Run) -> None:
    assert polars.read_parquet(done.folder / "features.parquet")["id"].to_list() == [f"row {place}" for place in range(1, 81)]
    with DuckEngine() as engine:
        again = read_run(engine, done.folder)
    assert again.ids.tolist() == done.ids.tolist()
    assert again.labels.tolist() == done.labels.tolist()


def test_customer_numbers_are_written_as_they_are(tmp_path: Path) -> None:
    numbered = orders().with_columns(polars.col("E-mail").str.slice(6, 2).alias("customer_id")).drop("E-mail")
    plain = segmentry.run(("orders", numbered), out=tmp_path, settings=parse({"segments": {"k": 3}}))
    assert polars.read_parquet(plain.folder / "features.parquet")["id"].to_list() == [f"{place:02}" for place in range(80)]
    assert all(note["code"] != "contact_ids" for note in plain.record["notes"])
