"""Purchase features are those pandas finds, occasion by occasion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.features.making import DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import FeatureTable, compute

CUSTOMERS = 30


def _table(lines: pd.DataFrame, customers: int = CUSTOMERS) -> FeatureTable:
    with DuckEngine() as engine:
        return compute(engine, shop(engine, lines, customers=customers))


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """Lines of which nothing is a return, so that the oracle needs no netting; customer 29 buys nothing."""
    lines = random_lines(900, CUSTOMERS - 1, seed=7)
    return lines[lines["amount"] > 0]


@pytest.fixture(scope="module")
def table(lines: pd.DataFrame) -> FeatureTable:
    return _table(lines)


def _oracle(lines: pd.DataFrame) -> pd.DataFrame:
    days = lines.groupby(["customer", "day"])["amount"].sum().reset_index()
    by = days.groupby("customer")["day"]
    first, last, count = by.min(), by.max(), by.size()
    spend = days.groupby("customer")["amount"].sum()
    years = (DAY - first).clip(lower=90) / 365.25
    recent = days[days["day"] > DAY - 90].groupby("customer")["amount"].sum().reindex(spend.index, fill_value=0)
    before = (
        days[(days["day"] > DAY - 180) & (days["day"] <= DAY - 90)].groupby("customer")["amount"].sum().reindex(spend.index, fill_value=0)
    )
    discount = lines.groupby("customer")["discount"].sum()
    weekday = pd.to_datetime(days["day"], unit="D", origin="unix").dt
    return pd.DataFrame(
        {
            "recency": DAY - last,
            "frequency": count,
            "monetary": spend,
            "tenure": DAY - first,
            "average_order_value": spend / count,
            "mean_days_between": (last - first) / (count - 1),
            "median_days_between": by.apply(lambda column: column.diff().median()),
            "trend_90d": ((recent - before) / (recent + before)).fillna(0),
            "annual_spend": spend / years,
            "purchases_per_year": count / years,
            "lifetime_months": ((last - first) / (365.25 / 12)).clip(lower=1),
            "discount_share": discount / (spend + discount),
            "distinct_products": lines.groupby("customer")["product"].nunique(),
            "items_per_purchase": lines.groupby("customer")["quantity"].sum() / count,
            "unit_price": spend / lines.groupby("customer")["quantity"].sum(),
            "category=k1": lines[lines["category"] == "k1"].groupby("customer")["amount"].sum().reindex(spend.index, fill_value=0) / spend,
            "channel=web": lines[lines["channel"] == "web"].groupby("customer")["amount"].sum().reindex(spend.index, fill_value=0) / spend,
            "channel=other": lines[lines["channel"].isna()].groupby("customer")["amount"].sum().reindex(spend.index, fill_value=0) / spend,
            "weekend_share": (weekday.day_of_week >= 5).groupby(days["customer"]).mean(),
            "quarter_4_share": (weekday.quarter == 4).groupby(days["customer"]).mean(),
        }
    )


def test_features_are_those_of_pandas(lines: pd.DataFrame, table: FeatureTable) -> None:
    oracle = _oracle(lines)
    for name in oracle.columns:
        np.testing.assert_allclose(table.matrix.column(name)[oracle.index], oracle[name], rtol=1e-12, atol=1e-12, err_msg=name)


def test_shares_of_a_family_sum_to_one(table: FeatureTable) -> None:
    for family in ("category=", "channel="):
        names = [name for name in table.matrix.names if name.startswith(family)]
        assert np.allclose(table.matrix.select(names).values[:-1].sum(axis=1), 1)


def test_who_buys_nothing_is_set_aside_and_has_no_recency(table: FeatureTable) -> None:
    assert table.set_aside.tolist() == [False] * (CUSTOMERS - 1) + [True]
    row = dict(zip(table.matrix.names, table.matrix.values[-1], strict=True))
    assert (row["frequency"], row["monetary"]) == (0, 0)
    assert all(np.isnan(row[name]) for name in ("recency", "tenure", "annual_spend", "lifetime_months", "weekend_share"))
    assert table.notes[0].code == "no_purchase"


def test_a_day_with_a_return_only_is_no_occasion() -> None:
    lines = pd.DataFrame(
        [(0, DAY - 200, 10.0, 1.0, "p"), (0, DAY - 5, -4.0, -1.0, "q")], columns=["customer", "day", "amount", "quantity", "product"]
    )
    matrix = _table(lines, 1).matrix
    assert matrix.column("frequency") == 1
    assert matrix.column("recency") == 200
    assert matrix.column("monetary") == 6
    assert matrix.column("return_share") == 0.4


def test_an_order_cancelled_minutes_later_leaves_nothing() -> None:
    lines = pd.DataFrame(
        [(0, DAY - 200, 77_183.6, 74_215.0, "p"), (0, DAY - 200, -77_183.6, -74_215.0, "p")],
        columns=["customer", "day", "amount", "quantity", "product"],
    )
    table = _table(lines, 1)
    assert table.matrix.column("monetary") == 0
    assert table.matrix.column("distinct_products") == 0
    assert table.set_aside.all()


def test_returns_are_kept_as_negative_spend_when_asked() -> None:
    lines = pd.DataFrame(
        [(0, DAY - 200, 10.0, 1.0, "p"), (0, DAY - 5, -10.0, -1.0, "p")], columns=["customer", "day", "amount", "quantity", "product"]
    )
    with DuckEngine() as engine:
        table = compute(engine, shop(engine, lines, customers=1), net_returns="keep")
    assert table.matrix.column("frequency") == 1
    assert table.matrix.column("monetary") == 0
    assert table.netting.returns == 0


def test_a_first_purchase_last_week_is_not_taken_for_fifty_a_year() -> None:
    lines = pd.DataFrame([(0, DAY - 7, 10.0, 1.0)], columns=["customer", "day", "amount", "quantity"])
    matrix = _table(lines, 1).matrix
    assert matrix.column("purchases_per_year") == pytest.approx(365.25 / 90)
    assert "trend_90d" not in matrix.names


def test_without_amounts_days_with_lines_are_occasions_and_money_is_not_told() -> None:
    lines = random_lines(60, 4, seed=2)[["customer", "day", "product"]]
    with DuckEngine() as engine:
        dataset = shop(engine, lines.assign(amount=0.0, quantity=1.0), customers=4)
        has = dataset.has - {"lines.amount", "lines.quantity"}
        engine.run("UPDATE lines SET amount = NULL")
        table = compute(engine, type(dataset)(**{name: getattr(dataset, name) for name in dataset.__slots__} | {"has": has}))
    assert table.matrix.column("frequency").tolist() == lines.groupby("customer")["day"].nunique().tolist()
    assert table.revenue == ""
    assert not any(column.kind == "money" for column in table.matrix.columns)


def test_postage_is_money_but_no_product() -> None:
    lines = pd.DataFrame(
        [(0, DAY - 9, 10.0, 2.0, "p", "k", False), (0, DAY - 9, 5.0, 1.0, "POST", "fees", True)],
        columns=["customer", "day", "amount", "quantity", "product", "category", "extra"],
    )
    matrix = _table(lines, 1).matrix
    assert matrix.column("monetary") == 15
    assert matrix.column("distinct_products") == 1
    assert matrix.column("items_per_purchase") == 2
    assert matrix.column("unit_price") == 5
    assert matrix.column("category=k") == 1
