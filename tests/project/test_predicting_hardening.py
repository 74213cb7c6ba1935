"""Hard data through `segmentry predict`: a refusal in words that name the way out, or a finite answer."""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, UsageError
from segmentry.project.asking import ask
from segmentry.project.measuring import measure
from segmentry.project.predicting import Prediction, predict
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import parse

START = datetime.date(2024, 1, 1)
QUICK = {"repeats": 1, "folds": 3}
PEOPLE = ("customer_id", "age", "visits_per_month", "Response")
ORDERS = ("customer_id", "date", "amount")
Rows = list[list[Any]]


def write(folder: Path, header: Sequence[str], rows: Rows, name: str = "data") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def people(count: int = 300, *, ids: str = "K{:04d}") -> Rows:
    """Return customers whose answer goes with visits."""
    rng = np.random.default_rng(1)
    visits = rng.poisson(4, count)
    answers = rng.random(count) < 1 / (1 + np.exp(5 - 1.2 * visits))
    return [[ids.format(row), 20 + row % 60, int(visits[row]), int(answers[row])] for row in range(count)]


def orders(count: int = 300, *, days: int = 420, ids: str = "C{:04d}") -> Rows:
    """Return purchases of customers who buy at their own rate and leave in time."""
    rng = np.random.default_rng(3)
    rows: Rows = []
    for customer in range(count):
        rate, leaves, worth, day = rng.gamma(1.0, 1 / 30), rng.beta(1.0, 3.0), rng.gamma(6.0, 5.0), float(rng.integers(0, 200))
        while day < days:
            rows.append([ids.format(customer), START + datetime.timedelta(days=int(day)), f"{rng.gamma(4.0, worth / 4):.2f}"])
            if rng.random() < leaves:
                break
            day += 1 + rng.exponential(1 / max(rate, 1e-4))
    return rows


def attempt(folder: Path, header: Sequence[str], rows: Rows, **settings: dict[str, Any]) -> Prediction:
    """Predict, and hold what came out against what must always hold."""
    made = {"response": QUICK, **settings}
    found = predict(write(folder, header, rows), out=folder / "out", settings=parse(made))
    check_finite(found)
    return found


def check_finite(found: Prediction) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(f"run.json holds {text}")

    json.loads((found.folder / "run.json").read_text(encoding="utf-8"), parse_constant=refuse)
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", found.report.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"(?<![\w-])(nan|inf|NaN|Infinity)(?![\w-])", re.sub(r"<[^>]+>", " ", page))
    with (found.folder / "predictions.csv").open(encoding="utf-8") as file:
        assert not any(cell in {"nan", "inf", "-inf", "None"} for row in csv.reader(file) for cell in row)


@pytest.mark.parametrize("name", ["customer", "value", "day", "id", "outcome", "=cmd|' /C calc'!A0", 'he said "x"', "é" * 300, "new\nline"])
def test_an_outcome_may_have_any_name(tmp_path: Path, name: str) -> None:
    settings = parse({"response": {"target": name}})
    with DuckEngine() as engine:
        journal = Journal(Silent())
        reading = read_dataset(engine, [str(write(tmp_path, [*PEOPLE[:-1], name], people()))], settings, journal)
        found = ask(engine, reading, measure(engine, reading.dataset, settings, journal), settings)
    assert found is not None
    assert found.outcome.tolist() == [row[-1] for row in people()]
    assert found.target not in found.matrix.names


def test_a_hostile_name_stays_text_in_the_page(tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    found = attempt(tmp_path, [*PEOPLE[:-1], name], people(), response={**QUICK, "target": name})
    assert "<script>alert" not in found.report.read_text(encoding="utf-8")


def test_an_outcome_without_a_known_answer_is_refused_without_an_empty_list(tmp_path: Path) -> None:
    rows = [[*row[:-1], ""] for row in people()]
    with pytest.raises(UsageError, match="there is neither in this data"):
        attempt(tmp_path, PEOPLE, rows, response={"target": "Response"})


@pytest.mark.parametrize(
    ("header", "rows", "settings", "said"),
    [
        (ORDERS, [["C1", START + datetime.timedelta(days=7 * row), "10.50"] for row in range(30)], {}, "found 1 of 1"),
        (
            ORDERS,
            [[f"C{row}", START + datetime.timedelta(days=row % 300), "10"] for row in range(300)],
            {},
            "nobody of 300 customers bought",
        ),
        (PEOPLE, [[*row[:-1], 1] for row in people()], {"response": {"target": "Response"}}, "nobody to tell them from"),
        (PEOPLE, [[*row[:-1], int(place < 3)] for place, row in enumerate(people())], {}, "who answered"),
        (PEOPLE, people(), {"response": {"predict": False}}, r"the settings turn \[response\] off"),
        (PEOPLE, people(), {"value": {"predict": False}, "response": {"predict": False}}, r"turn \[value\] and \[response\] off"),
    ],
)
def test_what_allows_neither_names_one_way_out(
    tmp_path: Path, header: Sequence[str], rows: Rows, settings: dict[str, dict[str, Any]], said: str
) -> None:
    with pytest.raises(DataRefused, match=said) as caught:
        attempt(tmp_path, header, rows, **settings)
    assert str(caught.value).count("Next: ") == 1
    assert not [item for item in (tmp_path / "out").glob("*") if item.is_dir()]


def test_subscriptions_get_states_and_no_forecast(tmp_path: Path) -> None:
    rows = [
        [f"S{each}", datetime.date(2024 + month // 12, month % 12 + 1, 1 + each % 28), "9.99"] for each in range(150) for month in range(18)
    ]
    found = attempt(tmp_path, ORDERS, rows)
    assert "REGULAR_INTERVALS" in found.record["value"]["refusal"]
    assert found.record["value"]["total"] is None
    assert "lifecycle_state" in (found.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize("days", [360, 1825])
def test_a_holdout_that_leaves_nothing_to_learn_from_is_refused_by_its_name(tmp_path: Path, days: int) -> None:
    found = attempt(tmp_path, ORDERS, orders(), value={"holdout": days})
    assert f"LONG_HOLDOUT: value.holdout is {days} days and leaves" in found.record["value"]["refusal"]


@pytest.mark.parametrize(
    "value", [{"horizon": 3650, "unit": "month", "margin": 1.0, "discount": 1.0}, {"model": "nbd", "occasions": "all"}]
)
def test_settings_at_their_edges_give_finite_answers(tmp_path: Path, value: dict[str, Any]) -> None:
    found = attempt(tmp_path, ORDERS, orders(), value=value)
    total = found.record["value"]["total"]["value"]
    assert 0 < total["low"] < total["value"] < total["high"]


def test_amounts_of_zero_are_counted_when_all_days_are_occasions(tmp_path: Path) -> None:
    found = attempt(tmp_path, ORDERS, [[*row[:2], "0"] for row in orders()], value={"occasions": "all"})
    assert found.record["value"]["money"] is False
    assert any("Money is not foretold" in words for words in found.record["value"]["notes"])


def test_mails_as_ids_stand_in_the_lists_alone(tmp_path: Path) -> None:
    found = attempt(tmp_path, PEOPLE, people(ids="ann{:04d}@mail.example"))
    # They are replaced by numbers when they are read.
    telling = [path.name for path in found.folder.rglob("*") if path.is_file() and b"@mail.example" in path.read_bytes()]
    assert telling == []
    assert pq.read_table(found.folder / "predictions.parquet").column("id").to_pylist()[:3] == ["1", "2", "3"]


def test_contacts_before_anything_was_known_do_not_tie_all_customers_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    sent = [
        [f"C{customer:04d}", f"M{day}", START + datetime.timedelta(days=day), "yes" if rng.random() < 0.3 else "no"]
        for day in (-50, 310)
        for customer in range(300)
    ]
    contacts = write(tmp_path, ("customer_id", "campaign", "contact_date", "responded"), sent, "mailings")
    settings = parse({})
    with DuckEngine() as engine:
        journal = Journal(Silent())
        reading = read_dataset(engine, [str(write(tmp_path, ORDERS, orders(), "orders")), str(contacts)], settings, journal)
        found = ask(engine, reading, measure(engine, reading.dataset, settings, journal), settings)
    assert found is not None
    assert int((~np.isnan(found.outcome)).sum()) == 300
    assert any(words.startswith("300 answers were not learned from") for words in found.notes)


def test_neither_the_order_of_rows_nor_of_files_changes_a_byte(tmp_path: Path) -> None:
    bought, asked = orders(), people(ids="C{:04d}")
    shuffled = [bought[place] for place in np.random.default_rng(5).permutation(len(bought))]
    settings = parse({"response": QUICK})
    first = predict(
        write(tmp_path / "a", ORDERS, bought, "orders"),
        write(tmp_path / "a", PEOPLE, asked, "people"),
        out=tmp_path / "a",
        settings=settings,
    )
    second = predict(
        write(tmp_path / "b", ORDERS, shuffled, "orders"),
        write(tmp_path / "b", PEOPLE, asked[::-1], "people"),
        out=tmp_path / "b",
        settings=settings,
    )
    for name in ("predictions.csv", "predictions.parquet", "report.html"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
