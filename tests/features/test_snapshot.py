"""What is known once per customer, and what follows from it."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import quoted
from segmentry.errors import DataRefused
from segmentry.features.catalogue import available, default_clustering, left_out, recall
from segmentry.features.compute import FeatureTable, compute
from segmentry.tables.dataset import Attribute, Dataset

JOINED = (datetime.date(2014, 1, 31) - datetime.date(1970, 1, 1)).days
PEOPLE: dict[str, tuple[str, str, list[Any]]] = {
    "Year_Birth": ("birth_year", "number", [1970.0, None, 1990.0]),
    "Marital_Status": ("attribute", "category", ["Married", "Single", None]),
    "Income": ("income", "money", [50_000.0, None, 20_000.0]),
    "Kidhome": ("children", "number", [1.0, 0.0, 0.0]),
    "Teenhome": ("children", "number", [1.0, 1.0, 0.0]),
    "Dt_Customer": ("joined", "date", [JOINED, JOINED - 30, None]),
    "MntWines": ("spend", "money", [30.0, 0.0, 5.0]),
    "MntFruits": ("spend", "money", [10.0, 0.0, None]),
    "NumWebPurchases": ("purchases", "number", [3.0, 0.0, 1.0]),
    "NumStorePurchases": ("purchases", "number", [1.0, 0.0, 1.0]),
    "NumDealsPurchases": ("purchases", "number", [2.0, 0.0, 1.0]),
    "AcceptedCmp1": ("response", "flag", [1.0, 0.0, 0.0]),
    "AcceptedCmp2": ("response", "flag", [1.0, 1.0, 0.0]),
    "Score": ("satisfaction", "number", [7.0, 9.0, 3.0]),
    "Response": ("target", "flag", [1.0, 0.0, 0.0]),
    "Email": ("identifier", "category", ["x", "y", "z"]),
    "Z_Revenue": ("number", "number", [11.0, 11.0, 11.0]),
}


def _dataset(engine: DuckEngine, people: dict[str, tuple[str, str, list[Any]]], *, as_of: datetime.date | None) -> Dataset:
    types = {"category": "VARCHAR", "date": "INTEGER"}
    columns = ", ".join(f"{quoted(name)} {types.get(kind, 'DOUBLE')}" for name, (_, kind, _) in people.items())
    engine.run(f"CREATE TABLE customers (customer INTEGER, id VARCHAR, {columns})")
    for row in range(3):
        cells = ["NULL" if values[row] is None else f"'{values[row]}'" for _, _, values in people.values()]
        engine.run(f"INSERT INTO customers VALUES ({row}, 'c{row}', {', '.join(cells)})")
    attributes = tuple(Attribute(name, role, kind, name, use=name != "Z_Revenue") for name, (role, kind, _) in people.items())
    return Dataset("snapshot", as_of, "declared", 3, attributes, frozenset())


def _compute(*, as_of: datetime.date | None = datetime.date(2014, 3, 2)) -> tuple[FeatureTable, Dataset]:
    with DuckEngine() as engine:
        dataset = _dataset(engine, PEOPLE, as_of=as_of)
        return compute(engine, dataset), dataset


def test_what_follows_from_the_attributes() -> None:
    table, _ = _compute()
    nan = np.nan
    expected = {
        "age": [44, nan, 24],
        "days_as_customer": [30, 60, nan],
        "children": [2, 1, 0],
        "household_size": [4, 2, 1],
        "total_spend": [40, 0, nan],
        "spend_share=MntWines": [0.75, nan, nan],
        "total_purchases": [4, 0, 2],
        "purchases_share=NumStorePurchases": [0.25, nan, 0.5],
        "spend_per_purchase": [10, nan, nan],
        "deal_ratio": [0.5, nan, 0.5],
        "campaigns_accepted": [2, 1, 0],
        "Income": [50_000, nan, 20_000],
        "Marital_Status": [0, 1, nan],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(table.matrix.column(name), values, err_msg=name)
    assert table.matrix.columns[table.matrix.position("Marital_Status")].levels == ("Married", "Single")
    assert table.revenue == "total_spend"
    assert not table.set_aside.any()


def test_targets_identifiers_and_what_was_set_aside_are_no_features() -> None:
    table, _ = _compute()
    assert not {"Response", "Email", "Z_Revenue", "Year_Birth", "Dt_Customer"} & set(table.matrix.names)


def test_without_a_date_the_birth_year_stays_as_it_is() -> None:
    table, _ = _compute(as_of=None)
    assert "age" not in table.matrix.names
    assert table.matrix.column("Year_Birth")[0] == 1970


def test_totals_and_shares_drive_clustering_not_their_parts() -> None:
    table, dataset = _compute()
    chosen = default_clustering(table.matrix.columns, dataset)
    assert set(chosen) == {
        "age", "Income", "children", "days_as_customer", "total_spend", "total_purchases", "campaigns_accepted", "deal_ratio",
        "spend_share=MntWines", "spend_share=MntFruits", "purchases_share=NumWebPurchases", "purchases_share=NumStorePurchases",
    }  # fmt: skip
    why = left_out(table.matrix.columns, chosen)
    assert set(why) | set(chosen) == set(table.matrix.names)
    assert why["Marital_Status"].startswith("a category")
    assert why["Score"].startswith("an opinion")
    assert why["AcceptedCmp1"].startswith("a yes/no column")


def test_all_numbers_of_a_compact_snapshot_drive_clustering() -> None:
    people = {name: PEOPLE[name] for name in ("Marital_Status", "Income", "Score")}
    people["Annual Income (k$)"] = ("income", "number", [1.0, 2.0, 3.0])
    with DuckEngine() as engine:
        dataset = _dataset(engine, people, as_of=None)
        columns = compute(engine, dataset).matrix.columns
    assert default_clustering(columns, dataset) == ("Income", "Annual Income (k$)")


def test_features_are_recalled_by_name_for_scoring() -> None:
    with DuckEngine() as engine:
        dataset = _dataset(engine, PEOPLE, as_of=datetime.date(2014, 3, 2))
        names = available(engine, dataset).names[::-1]
        assert recall(dataset, names).names == names
    with pytest.raises(DataRefused, match=r"FEATURES_MISSING.*recency"):
        recall(dataset, ["Income", "recency"])
