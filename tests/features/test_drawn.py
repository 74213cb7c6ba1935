"""Windows of days that begin on a day of each customer's own, and who was drawn for what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.features.making import DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.drawn import NO_DAY, bought_within, contacted_within, drawn, experiments
from segmentry.tables.dataset import Attribute


@pytest.fixture
def engine():
    with DuckEngine() as engine:
        yield engine


def test_a_window_holds_its_first_day_and_not_the_day_after_its_last(engine) -> None:
    lines = pd.DataFrame(
        {"customer": [0, 0, 0, 0, 1], "day": [100, 101, 130, 131, 101], "amount": [1.0, 2.0, 4.0, 8.0, 16.0], "quantity": 1.0}
    )
    dataset = shop(engine, lines, customers=3)
    purchases, spend = bought_within(engine, dataset, np.array([2, 0, 1]), np.array([101, 101, 102]), days=30)
    assert purchases.tolist() == [0, 2, 0]
    assert spend.tolist() == [0, 6, 0]


def test_windows_of_their_own_are_those_of_one_customer_at_a_time(engine) -> None:
    dataset = shop(engine, random_lines(600, 25, seed=3, days=200), customers=25)
    customers, first = np.arange(25), DAY - 150 + 3 * np.arange(25)
    last = int(first.max()) + 29
    purchases, spend = bought_within(engine, dataset, customers, first, days=30)
    assert purchases.sum() > 20
    for place in range(25):
        # The netting of returns looks up to the same day: the last that any window reaches.
        padded = np.array([place, 24 if place != 24 else 0]), np.array([first[place], last - 29])
        alone = bought_within(engine, dataset, *padded, days=30)
        assert (alone[0][0], alone[1][0]) == (purchases[place], pytest.approx(spend[place]))


def test_spend_is_unknown_in_data_without_amounts(engine) -> None:
    dataset = shop(engine, pd.DataFrame({"customer": [0], "day": [100], "quantity": [2.0]}), customers=1)
    dataset = replace(dataset, has=frozenset({"lines", "lines.quantity"}))
    engine.run("ALTER TABLE lines ADD COLUMN amount DECIMAL(18,4)")
    purchases, spend = bought_within(engine, dataset, np.array([0]), np.array([99]), days=5)
    assert purchases.tolist() == [1]
    assert np.isnan(spend).all()


def test_campaigns_in_the_window_are_told_with_their_days_and_customers(engine) -> None:
    engine.put(
        "contacts",
        {
            "customer": np.array([0, 0, 1, 2, 1]),
            "day": np.array([100, 129, 130, 110, 99]),
            "campaign": np.array(["b", "b", "a", "a", "a"], dtype=object),
        },
    )
    found = contacted_within(engine, np.array([0, 1]), np.array([100, 100]), days=30)
    assert [(each.campaign, each.first, each.last, each.customers.tolist()) for each in found] == [("b", 100, 129, [0])]


def trials(engine, **columns) -> None:
    size = len(columns["customer"])
    table = {"experiment": ["E"] * size, "day": [100] * size, "probability": [None] * size, "exposed": [None] * size, **columns}
    rows = zip(*table.values(), strict=True)
    engine.run(
        "CREATE OR REPLACE TABLE trials (customer INTEGER, experiment VARCHAR, arm VARCHAR, day INTEGER, probability DOUBLE, exposed BOOLEAN, "
        '"bought" DOUBLE, "spent" DOUBLE)'
    )
    order = list(table)
    names = ", ".join(f'"{name}"' for name in order)
    for row in rows:
        told = ", ".join("NULL" if cell is None else repr(cell) for cell in row)
        engine.run(f"INSERT INTO trials ({names}) VALUES ({told})")


OUTCOMES = (Attribute("bought", "response", "flag", "Bought"), Attribute("spent", "amount", "money", "Spent"))


def test_several_rows_of_one_customer_are_summed_up_and_several_arms_leave_them_out(engine) -> None:
    trials(
        engine,
        customer=[0, 0, 1, 2, 2],
        arm=["x", "x", "control", "x", "control"],
        day=[101, 100, None, 100, 100],
        bought=[0.0, 1.0, None, 1.0, 1.0],
        spent=[1.5, 2.5, None, 9.0, 9.0],
    )
    dataset = shop(engine, pd.DataFrame({"customer": [0], "day": [1], "amount": [1.0], "quantity": [1.0]}), customers=3)
    found = drawn(engine, replace(dataset, outcomes=OUTCOMES), "E")
    assert found.customers.tolist() == [0, 1]
    assert found.days.tolist() == [100, NO_DAY]
    assert found.outcomes[0].tolist() == [1.0, 4.0]
    assert np.isnan(found.outcomes[1]).all()
    assert (found.repeats, found.torn) == (1, 1)


def test_experiments_stand_in_the_order_of_time(engine) -> None:
    trials(
        engine,
        customer=[0, 1, 2],
        arm=["x", "x", "x"],
        experiment=["B", "A", "C"],
        day=[100, 200, None],
        bought=[None] * 3,
        spent=[None] * 3,
    )
    assert experiments(engine) == ("C", "B", "A")
