"""Laws of the whole run, on small logs of any content."""

from __future__ import annotations

import datetime
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from segmentry.errors import DataRefused
from segmentry.project.run import Run, run
from segmentry.project.settings import parse

DAY = datetime.date(2025, 1, 1)
Line = tuple[str, datetime.date, Decimal]
AS_OF = datetime.date(2026, 3, 1)

line = st.tuples(
    st.integers(0, 29).map("C{:03d}".format),
    st.integers(0, 400).map(lambda days: DAY + datetime.timedelta(days)),
    st.decimals(min_value="-50", max_value="900", places=2),
)
logs = st.lists(line, min_size=60, max_size=120, unique=True)


def segmented(lines: list[Line]) -> Run | str:
    """Run on a log as of a fixed day; return the code when it is refused."""
    table: dict[str, list[Any]] = {
        "customer_id": [customer for customer, _, _ in lines],
        "order_date": [day for _, day, _ in lines],
        "amount": [amount for _, _, amount in lines],
    }
    chosen = parse({"segments": {"starts": 1, "minimum": 2, "maximum": 4}, "run": {"as_of": AS_OF}})
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(("log", table), out=Path(folder), settings=chosen)
        except DataRefused as refused:
            return refused.problems[0].code


def shares(found: Run) -> list[tuple[int, int, str]]:
    return [(one["id"], one["customers"], f"{one['revenue_share'] or 0:.9f}") for one in found.record["segments"]]


@settings(max_examples=2)
@given(logs, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(lines: list[Line], rng: Any) -> None:
    first = segmented(lines)
    rng.shuffle(lines)
    second = segmented(lines)
    assume(isinstance(first, Run))
    assert isinstance(second, Run)
    assert second.record["table_hash"] == first.record["table_hash"]
    assert second.labels.tolist() == first.labels.tolist()
    assert second.record["segments"] == first.record["segments"]


@settings(max_examples=2)
@given(logs, st.lists(line, min_size=1, max_size=20))
def test_what_happens_after_the_as_of_day_moves_nobody(lines: list[Line], later: list[Line]) -> None:
    first = segmented(lines)
    assume(isinstance(first, Run))
    known = {customer for customer, _, _ in lines}
    future = [(customer, AS_OF + datetime.timedelta(1 + day.day), amount) for customer, day, amount in later if customer in known]
    second = segmented(lines + list(dict.fromkeys(future)))
    assert isinstance(second, Run)
    assert second.labels.tolist() == first.labels.tolist()
    assert second.record["segments"] == first.record["segments"]


@settings(max_examples=2)
@given(logs)
def test_customers_and_rows_always_add_up(lines: list[Line]) -> None:
    found = segmented(lines)
    assume(isinstance(found, Run))
    rows = found.record["rows"]
    assert rows["in"] == len(lines) == rows["accepted"] + rows["quarantined"] + rows["duplicates"]
    assert sum(one["customers"] for one in found.record["segments"]) == found.record["customers"] == len(found.ids)
    assert found.ids.tolist() == sorted({customer for customer, _, _ in lines})


@settings(max_examples=2)
@given(logs)
def test_an_equal_row_more_changes_no_segment(lines: list[Line]) -> None:
    first = segmented(lines)
    assume(isinstance(first, Run))
    second = segmented([*lines, lines[0]])
    assert isinstance(second, Run)
    assert second.record["rows"]["duplicates"] == 1
    assert shares(second) == shares(first)
    assert second.labels.tolist() == first.labels.tolist()
