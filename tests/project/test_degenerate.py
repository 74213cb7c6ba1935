"""Degenerate data through the whole run: a typed refusal with a way out, or a finite answer that says what it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from segmentry.cli.app import app
from segmentry.errors import DataRefused
from segmentry.project.run import Run, run
from segmentry.project.settings import parse

Table = dict[str, list[Any]]
RNG = np.random.default_rng(11)
N = 120
QUICK = {"starts": 2}


def ids(count: int = N) -> list[str]:
    return [f"C{place:04d}" for place in range(count)]


def numbers(count: int = N, columns: int = 2, *, seed: int = 1) -> Table:
    """Return three round groups of customers."""
    rng = np.random.default_rng(seed)
    centres = np.arange(count)[:, None] % 3 * 20
    values = (rng.normal(size=(count, columns)) + centres + 50).round(2)
    return {"customer_id": ids(count), **{f"score_{name}": list(values[:, place]) for place, name in enumerate("abcdefgh"[:columns])}}


def lines(per: int = 4, count: int = N, *, day: Callable[[int], str] | None = None, amount: Callable[[int], Any] | None = None) -> Table:
    """Return a transaction log: `per` lines a customer."""
    rng = np.random.default_rng(2)
    places = np.repeat(np.arange(count), per).tolist()
    start = np.datetime64("2025-01-01")
    days = [day(place) if day else str(start + int(rng.integers(0, 500))) for place in places]
    amounts = [amount(place) if amount else round(float(rng.lognormal(3 + place % 3, 0.4)), 2) for place in places]
    return {"customer_id": [f"C{place:04d}" for place in places], "order_date": days, "amount": amounts}


def write(folder: Path, table: Table, name: str = "customers") -> Path:
    path = folder / f"{name}.csv"
    texts = [
        "\n".join(
            [",".join(table), *(",".join("" if cell is None else str(cell) for cell in row) for row in zip(*table.values(), strict=True))]
        )
    ]
    path.write_text(texts[0] + "\n", encoding="utf-8")
    return path


def attempt(folder: Path, table: Table, **segments: Any) -> Run:
    """Run on the table and hold what came out against what must always hold."""
    found = run(write(folder, table), out=folder / "out", settings=parse({"segments": {**QUICK, **segments}}))
    check_finite(found)
    return found


def check_finite(found: Run) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(f"run.json holds {text}")

    record = json.loads((found.folder / "run.json").read_text(encoding="utf-8"), parse_constant=refuse)
    rows = record["rows"]
    assert rows["in"] == rows["accepted"] + rows["quarantined"] + rows["duplicates"]
    assert sum(segment["customers"] for segment in record["segments"]) == record["customers"]
    assert all(segment["customers"] > 0 for segment in record["segments"])
    for column in pq.read_table(found.folder / "features.parquet").drop_columns("id").to_pydict().values():
        assert all(np.isfinite(value) for value in column if isinstance(value, float))
    for text in (found.report.read_text(encoding="utf-8"), (found.folder / "profiles.csv").read_text(encoding="utf-8")):
        assert not any(word in text for word in (">nan<", ">inf<", " nan ", ",nan,", ",inf,", " nan%", "None %"))


def codes(found: Run) -> set[str]:
    return {note["code"] for note in found.record["notes"]} | {treatment["rule"] for treatment in found.record["treatments"]}


def sizes(found: Run) -> list[int]:
    return sorted(segment["customers"] for segment in found.record["segments"] if segment["id"])


ONE = [1.5]
REFUSED: Mapping[str, tuple[Table, dict[str, Any], str]] = {
    "one customer": (numbers(1), {}, "need at least"),
    "two customers, two segments": (numbers(2), {"k": 2}, "need at least 10 customers"),
    "two customers, three segments": (numbers(2), {"k": 3}, "segments"),
    "a dozen customers": (numbers(12), {"minimum": 2, "maximum": 4}, "need at least 20 customers"),
    "fewer customers than segments": (numbers(4), {"k": 5}, "segments"),
    "all rows identical": ({"customer_id": ids(), "score_a": ONE * N, "score_b": ONE * N}, {}, "varies"),
    "three distinct points, five segments": ({"customer_id": ids(), "score_a": [1, 2, 3] * 40, "score_b": [5, 9, 7] * 40}, {"k": 5}, "3"),
    "only an id column": ({"customer_id": ids()}, {}, ""),
    "one column that is empty": ({"customer_id": ids(), "score_a": [None] * N}, {}, ""),
    "one transaction": (lines(1, 1), {}, ""),
    "negative net for everyone": (lines(amount=lambda place: -5.0 - place), {}, "net purchases"),
    "zero amounts for everyone": (lines(amount=lambda _: 0), {}, "net purchases"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_segmented_is_refused_with_what_is_needed(tmp_path: Path, case: str) -> None:
    table, segments, expected = REFUSED[case]
    with pytest.raises(DataRefused) as caught:
        attempt(tmp_path, table, **segments)
    assert all(problem.remedy for problem in caught.value.problems)
    assert expected in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("case", ["one customer", "all rows identical", "only an id column", "negative net for everyone"])
def test_a_refusing_command_says_one_clear_thing(tmp_path: Path, case: str) -> None:
    table, *_ = REFUSED[case]
    said = CliRunner().invoke(app, ["run", str(write(tmp_path, table)), "--out", str(tmp_path / "out"), "--quiet"])
    assert said.exit_code == 1
    assert "Next: " in said.stderr
    assert said.stdout == ""
    assert "Traceback" not in said.output
    assert "internal error" not in said.output


def _with(table: Table, **changes: Any) -> Table:
    return {**table, **changes}


def _cells(count: int, changed: Mapping[int, Any], *, seed: int = 3) -> list[Any]:
    values: list[Any] = (np.random.default_rng(seed).normal(size=count) * 3 + 50).round(2).tolist()
    for place, value in changed.items():
        values[place] = value
    return values


FINITE: Mapping[str, Table] = {
    "two dozen customers": numbers(24),
    "three distinct points": {"customer_id": ids(), "score_a": [1, 2, 3] * 40, "score_b": [5, 9, 7] * 40},
    "a constant column": _with(numbers(), score_x=ONE * N),
    "an empty column": _with(numbers(), score_x=[None] * N),
    "one per cent missing": _with(numbers(), score_x=_cells(N, {7: None})),
    "mostly missing": _with(numbers(), score_x=_cells(N, dict.fromkeys(range(100)))),
    "duplicate columns": _with(numbers(), score_x=numbers()["score_a"]),
    "all negative": {name: [-cell for cell in column] if name != "customer_id" else column for name, column in numbers().items()},
    "eighty per cent ties": _with(numbers(), score_x=_cells(N, dict.fromkeys(range(96), 0))),
    "one value up to 1e15": _with(numbers(), score_x=_cells(N, {7: 10**15})),
    "numbers from 1e-9 to 1e9": _with(numbers(), score_x=[float(10.0 ** (place % 19 - 9)) for place in range(N)]),
    "a category of as many levels as customers": _with(numbers(), region=[f"r{place}" for place in range(N)]),
    "a category of one level almost everywhere": _with(numbers(), region=["north"] * (N - 1) + ["south"]),
    "one-class label": _with(numbers(), response=[0] * N),
    "no id column": {name: column for name, column in numbers().items() if name != "customer_id"},
    "more columns than customers": {"customer_id": ids(20), **{f"f{place}": _cells(20, {}, seed=place) for place in range(60)}},
    "no amounts": {name: column for name, column in lines().items() if name != "amount"},
    "a single purchase each": lines(1),
    "all on one day": lines(day=lambda _: "2025-06-30"),
    "a gap of two years": lines(day=lambda place: f"{2023 + place % 2 * 2}-01-{1 + place % 28:02d}"),
    "one amount for all": lines(amount=lambda _: 10),
    "some negative customers": lines(amount=lambda place: -10.5 if place % 10 == 0 else 10.25 + place),
    "one buyer with most of the lines": {
        name: column + [column[0]] * 2000 if name == "customer_id" else column + column[:1] * 2000 for name, column in lines().items()
    },
}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return a function that runs on a case, once."""
    return cache(lambda case: attempt(tmp_path_factory.mktemp("case"), FINITE[case], maximum=4, minimum=2))


@pytest.mark.parametrize("case", FINITE)
def test_what_is_odd_but_usable_gives_a_finite_answer(answer: Callable[[str], Run], case: str) -> None:
    found = answer(case)
    assert found.record["customers"] >= 20


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("a constant column", "constant_columns"),
        ("duplicate columns", "redundant_columns"),
        ("one per cent missing", "missing_values"),
        ("some negative customers", "no_purchase"),
        ("no id column", "rows_are_customers"),
    ],
)
def test_what_was_odd_is_said(answer: Callable[[str], Run], case: str, code: str) -> None:
    assert code in codes(answer(case))


def test_three_distinct_points_leave_no_segment_empty(answer: Callable[[str], Run]) -> None:
    assert sizes(answer("three distinct points")) == [40, 40, 40]


@pytest.mark.parametrize("value", ["1e18", "1e308", "999999999999"])
def test_one_absurd_customer_does_not_make_the_others_one_segment(tmp_path: Path, value: str) -> None:
    table = _with(numbers(), score_a=[value if place == 7 else cell for place, cell in enumerate(numbers()["score_a"])])
    found = attempt(tmp_path, table)
    # The three planted groups of forty, with the one customer in whichever, or in quarantine.
    assert [size for size in sizes(found) if size > 2] in ([40, 40, 40], [39, 40, 40], [39, 40, 41])


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e309"])
def test_numbers_without_end_are_set_aside(tmp_path: Path, value: str) -> None:
    table = _with(numbers(), score_a=[value if place == 7 else cell for place, cell in enumerate(numbers()["score_a"])])
    found = attempt(tmp_path, table)
    assert found.record["rows"]["quarantined"] == 1
    assert found.record["quarantine"][0]["code"] == "NOT_FINITE"
    assert sizes(found) == [39, 40, 40]


def test_an_absurd_amount_does_not_make_one_customer_the_whole_shop(tmp_path: Path) -> None:
    table = lines()
    table["amount"][5] = "1e15"
    found = attempt(tmp_path, table)
    assert [entry["code"] for entry in found.record["quarantine"]] == ["OUT_OF_RANGE"]


def test_equal_customers_are_in_one_segment(answer: Callable[[str], Run]) -> None:
    found = answer("eighty per cent ties")
    cells = list(zip(*(column for name, column in FINITE["eighty per cent ties"].items() if name != "customer_id"), strict=True))
    label = dict(zip(found.ids.tolist(), found.labels.tolist(), strict=True))
    by_values: dict[Any, set[int]] = {}
    for customer, values in zip(FINITE["eighty per cent ties"]["customer_id"], cells, strict=True):
        by_values.setdefault(values, set()).add(label[customer])
    assert all(len(labels) == 1 for labels in by_values.values())


def test_without_amounts_no_segment_has_a_share_of_revenue(answer: Callable[[str], Run]) -> None:
    found = answer("no amounts")
    assert {segment["revenue_share"] for segment in found.record["segments"]} == {None}
    assert "monetary" not in found.record["features_computed"]


def test_without_an_id_every_row_is_a_customer_called_by_its_number(answer: Callable[[str], Run]) -> None:
    found = answer("no id column")
    assert found.record["customers"] == N
    assert sorted(map(int, found.ids)) == list(range(1, N + 1))


def test_without_dates_there_is_no_as_of_day(tmp_path: Path) -> None:
    found = attempt(tmp_path, numbers())
    assert found.record["as_of"] is None


def test_a_category_of_ten_thousand_levels_stays_small(tmp_path: Path) -> None:
    count = 10_000
    table = _with(numbers(count), region=[f"r{place}" for place in range(count)])
    found = attempt(tmp_path, table, maximum=3)
    assert found.report.stat().st_size < 6 * 2**20
    assert "r9999" not in found.report.read_text(encoding="utf-8")
    assert "r9999" not in (found.folder / "model" / "manifest.json").read_text(encoding="utf-8")


def test_customers_with_negative_net_are_set_aside_by_name(answer: Callable[[str], Run]) -> None:
    found = answer("some negative customers")
    (aside,) = [segment for segment in found.record["segments"] if segment["id"] == 0]
    assert aside["customers"] == 12
    assert aside["kind"] == "set aside"


def test_an_as_of_day_before_all_purchases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused):
        run(write(tmp_path, lines()), out=tmp_path / "out", settings=parse({"segments": QUICK, "run": {"as_of": "2020-01-01"}}))
