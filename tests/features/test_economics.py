from __future__ import annotations

import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.economics import Economics, economics
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import Settings


def found(rows: list[dict[str, object]]) -> Economics:
    import pandas as pd

    with DuckEngine() as engine:
        reading = read_dataset(engine, [("people", pd.DataFrame(rows))], Settings(), Journal(Silent()))
        return economics(engine, reading.dataset)


def people(**constant: object) -> list[dict[str, object]]:
    return [{"customer_id": f"C{row}", "age": 20 + row % 50, "income": 1000 + 37 * row, **constant} for row in range(60)]


def test_constant_columns_named_cost_and_revenue_are_found() -> None:
    told = found(people(Z_CostContact=3, Z_Revenue=11))
    assert (told.cost, told.revenue) == (3.0, 11.0)
    assert told.source == "columns Z_CostContact and Z_Revenue"


def test_a_column_that_differs_between_customers_is_no_unit_cost() -> None:
    rows = [{**row, "contact_cost": place % 7 + 1} for place, row in enumerate(people())]
    assert found(rows) == Economics()


@pytest.mark.parametrize("name", ["total_cost", "campaign_budget_cost"])
def test_the_cost_of_a_whole_campaign_is_no_unit_cost(name: str) -> None:
    assert found(people(**{name: 5000})).cost is None


def test_nothing_found_is_said_as_nothing() -> None:
    assert found(people()) == Economics()
