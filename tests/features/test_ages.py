from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.ages import by_age
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import Settings

START = datetime.date(2024, 1, 1)


def bought(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame([{"customer_id": who, "date": START + datetime.timedelta(days=day), "amount": amount} for who, day, amount in rows])


@pytest.mark.parametrize(("age", "spent"), [(1, [10.0, 7.0]), (10, [10.0, 7.0]), (11, [30.0, 7.0]), (400, [80.0, 7.0])])
def test_only_the_first_days_of_each_customer_count(age: int, spent: list[float]) -> None:
    lines = bought(("A", 0, 10.0), ("A", 10, 20.0), ("A", 90, 50.0), ("B", 60, 7.0))
    with DuckEngine() as engine:
        dataset = read_dataset(engine, [("orders", lines)], Settings(), Journal(Silent())).dataset
        first, value = by_age(engine, dataset, age)
    assert np.diff(first).tolist() == [60]
    assert value.tolist() == spent


@pytest.mark.parametrize(("returned", "worth"), [(20, 4.0), (120, 10.0)])
def test_a_return_counts_on_its_own_day_so_that_older_customers_are_not_worth_less(returned: int, worth: float) -> None:
    # Netted with its purchase, a return after the age would lower those who had the time to make it.
    lines = bought(("A", 0, 10.0), ("A", returned, -6.0), ("B", 60, 7.0))
    with DuckEngine() as engine:
        dataset = read_dataset(engine, [("orders", lines)], Settings(), Journal(Silent())).dataset
        _, value = by_age(engine, dataset, 30)
    assert value.tolist() == [worth, 7.0]
