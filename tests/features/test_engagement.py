"""Engagement and campaign contacts count up to the as-of day."""

from __future__ import annotations

import dataclasses

import numpy as np
from tests.features.making import DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.catalogue import default_clustering, recall
from segmentry.features.compute import compute

EVENTS = [(0, DAY - 200, "visit", 3), (0, DAY - 10, "open", 2), (0, DAY + 1, "open", 9), (1, DAY - 100, "wishlist", 1)]
CONTACTS = [(0, DAY - 3, "spring", True), (0, DAY - 2, "spring", False), (0, DAY + 2, "may", True), (1, DAY - 1, "spring", None)]


def _made(engine: DuckEngine):
    dataset = shop(engine, random_lines(60, 3, seed=5), customers=3)
    for name, columns, rows in (
        ("events", "customer INTEGER, day INTEGER, type VARCHAR, count BIGINT", EVENTS),
        ("contacts", "customer INTEGER, day INTEGER, campaign VARCHAR, responded BOOLEAN", CONTACTS),
    ):
        engine.run(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            engine.run(f"INSERT INTO {name} VALUES ({', '.join('NULL' if cell is None else repr(cell) for cell in row)})")
    return dataclasses.replace(dataset, has=dataset.has | {"events", "contacts"})


def test_counts_by_type_trend_and_days_since() -> None:
    with DuckEngine() as engine:
        matrix = compute(engine, _made(engine)).matrix
    expected = {
        "visits": [3, 0, 0],
        "opens": [2, 0, 0],
        "event=wishlist": [0, 1, 0],
        "engagement_trend_90d": [1, -1, 0],
        "days_since_engagement": [10, 100, np.nan],
        "campaign_contacts": [2, 1, 0],
        "campaign_responses": [1, 0, 0],
        "response_rate": [0.5, np.nan, np.nan],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(matrix.column(name), values, err_msg=name)


def test_contacts_without_a_day_are_not_counted() -> None:
    with DuckEngine() as engine:
        dataset = _made(engine)
        engine.run("UPDATE contacts SET day = NULL")
        names = compute(engine, dataset).matrix.names
    assert not {"campaign_contacts", "campaign_responses", "response_rate"} & set(names)


def test_features_of_a_model_are_recalled_on_data_with_other_levels() -> None:
    with DuckEngine() as engine:
        dataset = _made(engine)
        first = compute(engine, dataset).matrix
        names = default_clustering(first.columns, dataset)
        again = compute(engine, dataset, recall(dataset, names)).matrix
        np.testing.assert_array_equal(again.values, first.select(names).values)
        other = recall(dataset, ["recency", "category=no such", "category=other", "opens"])
        values = compute(engine, dataset, other).matrix
    np.testing.assert_array_equal(values.column("category=no such"), 0)
    np.testing.assert_array_equal(values.column("category=other"), 1)
