"""The stages together: order, levels, revenue, and the invoice lines of a real shop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.features.making import online_retail, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import compute
from segmentry.features.purchases import MONETARY, RECENCY


def test_asked_features_come_in_the_order_asked() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(50, 5, seed=1), customers=5)
        table = compute(engine, dataset, RECENCY | MONETARY)
    assert table.matrix.names == ("recency", "monetary")
    assert len(table.set_aside) == 5
    assert table.revenue == "monetary"


def test_the_main_place_is_where_most_is_spent() -> None:
    lines = random_lines(200, 6, seed=3)
    lines = lines[lines["amount"] > 0]
    with DuckEngine() as engine:
        matrix = compute(engine, shop(engine, lines, customers=6)).matrix
    levels = matrix.columns[matrix.position("main_place")].levels
    found = [levels[int(code)] for code in matrix.column("main_place")]
    assert found == lines.groupby(["customer", "place"])["amount"].sum().unstack().idxmax(axis=1).tolist()


@pytest.mark.realdata
def test_cancelled_orders_make_no_best_customers(realdata: Callable[[str], Path]) -> None:
    path = realdata("online-retail/online_retail.csv.gz")
    with DuckEngine() as engine:
        table = compute(engine, online_retail(engine, path))
        raw = engine.rows("SELECT sum(amount)::DOUBLE FROM lines")[0][0]
    spend = table.matrix.column("monetary")
    top = set(table.matrix.ids[np.argsort(-spend)[:10]])
    assert not {"16446", "12346"} & top
    assert "14646" in top
    assert [spend[list(table.matrix.ids).index(customer)] for customer in ("16446", "12346")] == pytest.approx([2.9, 0.0])
    assert spend.sum() == pytest.approx(raw, abs=0.01)
    assert table.netting.exact > 2_000
