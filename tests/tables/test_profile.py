"""Profiles are exact where they say so, and independent of the order of rows."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.sources.raw import RawTable
from segmentry.tables import profile as module
from segmentry.tables.looks import looks
from segmentry.tables.profile import profile, profile_values


def _raw(engine: DuckEngine, **columns: list[str | None]) -> RawTable:
    rows = len(next(iter(columns.values())))
    arrays = {name: np.array(cells, dtype=object) for name, cells in columns.items()}
    engine.put("t", {**arrays, "_file": np.zeros(rows, dtype=np.int32), "_row": np.arange(1, rows + 1)})
    return RawTable("t", "t", "", tuple(columns), rows)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("12", {"number", "integer", "age"}),
        ("00123", {"number", "integer", "zero_padded"}),
        ("17850.0", {"number", "decimal_point", "whole_float"}),
        ("9e+05", {"number", "decimal_point"}),
        ("3,5", {"number", "decimal_comma"}),
        ("1.234,50", {"number", "thousands"}),
        ("1 234,5", {"number", "thousands"}),
        ("$99", {"number", "currency"}),
        ("(12.00)", {"number", "currency"}),
        ("1961", {"number", "integer", "year"}),
        ("19970101", {"number", "integer", "date_number", "yyyymmdd"}),
        ("19971301", {"number", "integer"}),
        ("1706659200", {"number", "integer", "date_number", "epoch_s"}),
        ("1706659200000", {"number", "integer", "date_number", "epoch_ms"}),
        ("1706659200000000", {"number", "integer", "date_number", "epoch_us"}),
        ("45322", {"number", "integer", "date_number", "excel_serial"}),
        ("2011-12-09 08:26:00", {"date", "iso_date"}),
        ("2024-13-45", set()),
        ("01/02/2024", {"date", "slashed_date"}),
        ("31.12.2024", {"date", "slashed_date", "day_first"}),
        ("12-31-24", {"date", "slashed_date", "month_first"}),
        ("32/13/2024", set()),
        ("Jan 31 2024", {"date", "named_month"}),
        ("3. März 2024", {"date", "named_month"}),
        ("12 Rosen 2024", set()),
        ("oui", {"boolean"}),
        ("45-54", {"band"}),
        ("3+", {"band"}),
        ("Under 15K", {"band"}),
        ("a.b@example.com", {"email"}),
        ("+49 170 1234567", {"phone"}),
        ("https://example.com/x", {"url"}),
        ("inf", set()),
        ("x" * 5000, set()),
    ],
)
def test_a_value_looks_like(text: str, seen: set[str]) -> None:
    assert set(looks(text)) - {"fraction"} == seen


def test_counts_are_of_the_whole_column_and_missing_values_apart() -> None:
    with DuckEngine() as engine:
        ids, flags = profile(engine, _raw(engine, id=["a", "b", "ccc", None], flag=["Y", "N", "Y", "Y"]))
    assert (ids.rows, ids.missing, ids.distinct, ids.is_unique, ids.shortest, ids.longest) == (4, 1, 3, True, 1, 3)
    assert (flags.distinct, flags.is_unique, flags.share("boolean")) == (2, False, 1.0)


def test_the_order_of_rows_changes_nothing_when_rows_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE", 2_000)
    rng = np.random.default_rng(1)
    cells = [f"{value:.2f}" for value in rng.gamma(2.0, 30.0, 9_000)]
    words = [f"w{value}" for value in rng.integers(0, 300, 9_000)]
    turned = rng.permutation(9_000)
    with DuckEngine() as engine:
        one = profile(engine, _raw(engine, x=list(cells), w=list(words)))
        other = profile(engine, _raw(engine, x=[cells[at] for at in turned], w=[words[at] for at in turned]))
    assert one == other
    assert 1_000 < sum(one[0].values.values()) <= 2_000
    assert one[1].distinct == 300


def test_few_different_rows_are_all_looked_at_however_often_they_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE", 100)
    with DuckEngine() as engine:
        (column,) = profile(engine, _raw(engine, x=["yes"] * 900 + ["no"] * 100))
    assert column.values == {"yes": 900, "no": 100}


def test_above_the_exact_limit_keys_are_still_counted_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT_ROWS", 1_000)
    with DuckEngine() as engine:
        key, level = profile(engine, _raw(engine, k=[str(at) for at in range(5_000)], g=[str(at % 7) for at in range(5_000)]))
    assert key.is_unique
    assert not level.is_unique
    assert 6 <= level.distinct <= 8


def test_placeholders_do_not_hide_what_the_other_values_are() -> None:
    column = profile_values("income", {"1200": 5, "1300": 3, "NA": 4})
    assert column.share("integer") == 1.0
    assert (column.low, column.high) == (1200.0, 1300.0)


def test_values_are_not_in_the_repr() -> None:
    shown = repr(profile_values("email", Counter({"jane.roe@example.com": 1, "41234": 2})))
    assert "jane" not in shown
    assert "41234" not in shown


def test_an_empty_column_and_a_table_without_rows_have_profiles() -> None:
    assert profile_values("gone", {}, rows=3).missing == 3
    with DuckEngine() as engine:
        raw = _raw(engine, a=["x"])
        engine.run("DELETE FROM t")
        (column,) = profile(engine, raw)
    assert (column.rows, column.distinct, column.is_unique) == (0, 0, False)
