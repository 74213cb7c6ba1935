"""Rows after the as-of date change no feature by one bit, and neither does the order of rows that are equal in time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.making import DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import FeatureTable, compute

CUSTOMERS = 6


def _later(rows: int, seed: int) -> pd.DataFrame:
    """Return lines after the as-of day: new products and categories, returns of what was bought before."""
    lines = random_lines(rows, CUSTOMERS, seed, days=20)
    return lines.assign(day=lines["day"] + 21, category=[f"new{number % 3}" for number in range(rows)], amount=lines["amount"] * 50)


def _compute(lines: pd.DataFrame) -> FeatureTable:
    with DuckEngine() as engine:
        return compute(engine, shop(engine, lines, customers=CUSTOMERS))


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 60))
def test_rows_after_the_as_of_date_change_no_feature_by_one_bit(seed: int, rows: int, more: int) -> None:
    past = random_lines(rows, CUSTOMERS, seed)
    table = _compute(past)
    again = _compute(pd.concat([past, _later(more, seed + 1)]))
    assert again.matrix.columns == table.matrix.columns
    assert again.matrix.values.tobytes() == table.matrix.values.tobytes()
    assert again.set_aside.tolist() == table.set_aside.tolist()
    assert again.netting == table.netting


@settings(max_examples=3)
@given(st.integers(0, 10_000))
def test_the_same_rows_give_the_same_bits(seed: int) -> None:
    past = random_lines(80, CUSTOMERS, seed)
    assert (past["day"] <= DAY).all()
    assert _compute(past).matrix.values.tobytes() == _compute(past.copy()).matrix.values.tobytes()


def test_bits_do_not_depend_on_threads_or_on_the_order_in_the_table() -> None:
    past = random_lines(2_000, 100, seed=11)
    results = []
    for threads, order in ((1, "line"), (2, "hash(line)")):
        with DuckEngine() as engine:
            dataset = shop(engine, past, customers=100)
            engine.run(f"SET threads = {threads}; CREATE OR REPLACE TABLE lines AS SELECT * FROM lines ORDER BY {order}")
            results.append(compute(engine, dataset).matrix.values)
    assert np.array_equal(results[0].view(np.int64), results[1].view(np.int64))
