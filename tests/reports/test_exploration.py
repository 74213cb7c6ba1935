"""The chapter on the data shows no single customer: not the largest value, not a count of one."""

from __future__ import annotations

import csv
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import segmentry
from segmentry.explore.columns import ColumnSummary, summarise
from segmentry.explore.findings import findings
from segmentry.matrix import Column, Kind, Matrix
from segmentry.plots import explore as drawn
from segmentry.project.inspection import describe
from segmentry.reports import exploration
from segmentry.reports.story import Story

CANARY = 987_654.25
# With and without separators and cents, rounded to thousands, or cut to two to five digits of a million.
TRACES = re.compile(r"(?<![\d.,])(?:98[78][,.\u202f\xa0 ]?\d{3}(?!\d)|98[78](?:\.\d+)?\s?k\b|0?\.9[89]\d*\s?m\b|9\.8[78]\d*e\+?0?5)")


def told(values: object, kind: Kind = "number") -> Story:
    cells = np.asarray(values, dtype=np.float64)[:, None]
    columns = summarise(Matrix(np.arange(len(cells)).astype(object), (Column("x", "X", kind),), cells))
    return replace(Story(dataset=None), columns=columns, findings=findings(columns))  # type: ignore[arg-type]


def shown(page: str) -> str:
    """Return a page without the drawing library, whose own numbers are no customer's."""
    scripts = re.compile(r"<script(?![^>]*json)[^>]*>.*?</script>", re.DOTALL)
    return html.unescape(scripts.sub(lambda found: "" if len(found[0]) > 100_000 else found[0], page))


def write(path: Path, column: str) -> Path:
    rng = np.random.default_rng(0)
    names = ("income", "spend", "visits")
    made = {
        "income": rng.normal(50_000, 9_000, 240).round(2),
        "spend": (np.repeat([100.0, 1_000, 4_000], 80) + rng.normal(0, 30, 240)).round(2),
        "visits": rng.poisson(5, 240).astype(float),
    }
    made[column][7] = CANARY
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("customer_id", *names), *((f"c{row}", *(made[name][row] for name in names)) for row in range(240))])
    return path


@pytest.mark.parametrize("text", ["987,654", "987654.25", "988k", "987.7k", "0.988m", "988,000", "9.88e+05"])
def test_the_trap_knows_the_number_in_any_form(text: str) -> None:
    assert TRACES.search(f">{text}<")


@pytest.mark.parametrize("column", ["income", "spend", "visits"])
def test_one_customers_number_is_nowhere_on_a_description(tmp_path: Path, column: str) -> None:
    page = shown(describe([write(tmp_path / "people.csv", column)], out=tmp_path / "out").read_text(encoding="utf-8"))
    assert "far outside the rest" in page
    assert 'id="figure-distribution-1"' in page
    assert TRACES.findall(page) == []


def test_one_customers_number_is_nowhere_on_a_report(tmp_path: Path) -> None:
    segmentry.run(write(tmp_path / "people.csv", "income"), out=tmp_path / "out")
    (path,) = (tmp_path / "out").rglob("report.html")
    assert TRACES.findall(shown(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("size", [1, 3, 4, 8, 9, 12, 30, 400])
@pytest.mark.parametrize("rest", ["spread", "equal"])
def test_no_end_of_a_picture_or_table_is_one_customers_value(size: int, rest: str) -> None:
    values = np.linspace(10.3, 60.7, size) if rest == "spread" else np.full(size, 10.3)
    values[-1] = CANARY
    story = told(values)
    row = exploration.in_numbers(story)[0]
    figure = json.dumps(drawn.distribution(story.columns[0]))
    table = " ".join((row.quartiles, row.span, row.mean if size < 5 else "", *(cell.extreme for cell in exploration.outliers(story))))
    assert TRACES.findall(f"{table} {figure} {story.findings}") == []
    assert rest == "equal" or 10.3 not in story.columns[0].edges


def test_a_span_says_how_many_lie_in_it() -> None:
    spread, few = np.random.default_rng(0).normal(100, 5, 1000), np.arange(50.0) + 0.5
    shared = np.repeat(np.arange(4.0), 10)
    assert exploration.in_numbers(told(spread))[0].span.startswith("98% lie between 8")
    assert exploration.in_numbers(told(few))[0].span == "all but a few lie between 4.5 and 45.5"
    assert exploration.in_numbers(told(shared))[0].span == "0 to 3"
    assert exploration.in_numbers(told(np.append(np.repeat(shared, 20), 7.0)))[0].span == "99% lie between 0 and 3"


def test_fewer_than_five_customers_are_a_few() -> None:
    values = np.random.default_rng(0).normal(100, 5, 500)
    values[:2] = 900.0, 950.0
    story = told(values)
    (row,) = exploration.outliers(story)
    assert (row.count, row.share) == ("a few customers (fewer than 5)", "–")
    assert row.usual.startswith("up to ")
    assert row.extreme == f"above {row.usual.removeprefix('up to ')}"
    assert "A few customers (fewer than 5) lie far outside the rest in X." in [each.words for each in story.findings]
    ((picture,), _) = exploration.distributions(story)
    assert "a few customers (fewer than 5) beyond the usual range" in picture.caption


def test_five_far_out_are_counted_and_a_value_they_share_is_shown() -> None:
    values = np.random.default_rng(0).normal(100, 5, 500)
    values[:5] = 900.0
    (row,) = exploration.outliers(told(values))
    assert (row.count, row.share, row.extreme) == ("5", "1.0%", "900")


@pytest.mark.parametrize(("yes", "words"), [(0, "0%"), (2, "a few"), (5, "5.0%"), (97, "all but a few"), (100, "100%")])
def test_a_flag_tells_no_small_cell(yes: int, words: str) -> None:
    story = told(np.arange(100) < yes, "flag")
    assert exploration.in_numbers(story)[0].mean == words


def test_last_bars_are_open_ended_and_all_customers_are_in_one() -> None:
    column: ColumnSummary = told(np.random.default_rng(0).normal(100, 5, 1000)).columns[0]
    bars = drawn.distribution(column)["data"][0]
    assert bars["hovertext"][0].split("<br>")[0].endswith(" or less")
    assert bars["hovertext"][-1].split("<br>")[0].endswith(" or more")
    assert sum(bars["y"]) == 1000
    assert min(bars["y"][0], bars["y"][-1]) >= 5
