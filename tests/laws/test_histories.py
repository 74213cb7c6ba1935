"""Rows after the last day looked at change no history and no label of the past by one bit."""

from __future__ import annotations

import datetime

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.making import AS_OF, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.histories import histories
from segmentry.features.outcomes import bought_between

CUSTOMERS = 6
PAST = AS_OF - datetime.timedelta(days=100)


def _bytes(lines: pd.DataFrame, occasions: str) -> tuple[object, ...]:
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=CUSTOMERS)
        found = histories(engine, dataset, until=AS_OF, occasions=occasions)  # type: ignore[arg-type]
        bought = bought_between(engine, dataset, PAST, AS_OF, occasions=occasions)  # type: ignore[arg-type]
    daily = [array.tobytes() for pair in (found.arrivals, found.repeats, bought) for array in pair]
    return found.matrix.values.tobytes(), found.first_day, found.netting, *daily


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.integers(5, 60), st.integers(1, 60), st.sampled_from(["positive", "all"]))
def test_later_rows_and_returns_change_no_history_by_one_bit(seed: int, rows: int, more: int, occasions: str) -> None:
    past = random_lines(rows, CUSTOMERS, seed)
    past.loc[0, ["amount", "quantity"]] = [5.0, 1.0]
    later = random_lines(more, CUSTOMERS, seed + 1, days=20)
    later = later.assign(day=later["day"] + 21)
    back = past[past["amount"] > 0].assign(day=later["day"].max(), amount=-past["amount"], quantity=-past["quantity"])
    assert _bytes(pd.concat([past, later, back]), occasions) == _bytes(past, occasions)
