"""The audit: a treatment left out moves whom it concerns, and nobody when it concerns nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.explore.audit import AuditItem
from segmentry.project.audit import audit
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import parse
from segmentry.project.solving import solve


@cache
def people() -> dict[str, AuditItem]:
    return audited(snapshot())


@cache
def purchases(*, keep: bool) -> dict[str, AuditItem]:
    return audited(log(), keep=keep)


def audited(given: Any, *, keep: bool = False) -> dict[str, AuditItem]:
    """Run on a table or file and audit it, with the engine of the run or without it."""
    settings, journal = parse({"segments": {"k": 3, "starts": 4}}), Journal(Silent())
    with DuckEngine() as engine:
        reading = read_dataset(engine, [given], settings, journal)
        table = measure(engine, reading.dataset, settings, journal)
        solution = solve(table, reading.dataset, settings, journal)
        items = audit([given], settings, reading, table, solution, engine=engine if keep else None)
    assert [item.comparison.harm for item in items if item.comparison] == sorted(
        (item.comparison.harm for item in items if item.comparison), reverse=True
    )
    return {item.rule: item for item in items}


def snapshot(count: int = 300) -> tuple[str, dict[str, list[Any]]]:
    """Return customers of three incomes, of which a fifth is a filler, a constant, and a column that repeats another."""
    g = np.random.default_rng(4)
    group = np.arange(count) % 3
    income = np.round(np.array([20_000, 45_000, 90_000])[group] + g.normal(0, 2_000, count))
    income[::5] = 9_999_999
    spend = np.round(g.uniform(100, 900, count), 2)
    table = {
        "customer_id": [f"C{number:04d}" for number in range(count)],
        "Income": income.tolist(),
        "MntWines": spend.tolist(),
        "MntWinesAgain": spend.tolist(),
        "NumWebVisits": g.integers(0, 9, count).tolist(),
        "Z_CostContact": [3] * count,
    }
    return ("people", table)


def log() -> tuple[str, dict[str, list[Any]]]:
    """Return purchases of which the customers of one group send nearly everything back, and some rows twice."""
    g = np.random.default_rng(1)
    rows = []
    for customer in range(150):
        for order in range(2 + 3 * (customer % 3)):
            amount = round(float(20 + 40 * (customer % 3) + g.random()), 2)
            day = f"2024-{1 + (order + customer) % 12:02d}-{1 + customer % 27:02d}"
            rows.append((f"C{customer:03d}", day, f"P{order}", amount, 1))
            if customer % 4 == 0 and order:
                rows.append((f"C{customer:03d}", f"{day[:8]}28", f"P{order}", -amount, -1))
    rows += rows[:40]
    names = ("customer_id", "order_date", "product", "amount", "quantity")
    return ("lines", dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_columns_that_tell_nobody_apart_change_nothing() -> None:
    items = people()
    constant = items["constant_columns"]
    assert constant.comparison is not None
    assert (constant.comparison.ari, constant.comparison.moved, constant.comparison.k_after) == (1.0, 0.0, 3)
    assert constant.sentence == "Using the 1 constant column would leave every customer in the same segment."


def test_fillers_taken_for_incomes_move_customers() -> None:
    items = people()
    fillers = items["impossible_values"]
    assert fillers.comparison is not None
    assert fillers.count == 60
    assert fillers.comparison.moved > 0.05
    assert fillers.sentence.startswith("Believing the 60 impossible values would move")
    assert "missing_indicator" in items


@pytest.mark.parametrize("keep", [True, False])
def test_returns_and_repeated_rows_are_left_in(keep: bool) -> None:
    items = purchases(keep=keep)
    assert items["exact_duplicates"].count == 40
    returns = items["net_returns"]
    assert returns.comparison is not None
    assert returns.comparison.common + returns.comparison.left == 150
    assert returns.sentence.startswith("Leaving the ")


def test_the_engine_of_the_run_gives_the_same_audit() -> None:
    assert purchases(keep=True) == purchases(keep=False)


@pytest.mark.realdata
def test_the_dirt_of_the_campaign_data(realdata: Callable[[str], Path]) -> None:
    items = audited(str(realdata("customer-personality/marketing_campaign.csv")))
    assert {"impossible_values", "constant_columns", "rare_categories", "duplicates_apart_from_id", "extreme_values"} <= set(items)
    assert items["constant_columns"].comparison is not None
    assert items["constant_columns"].comparison.ari == 1.0
    repeated = items["duplicates_apart_from_id"]
    assert repeated.comparison is not None
    assert repeated.comparison.left == repeated.count >= 182
    assert "19 groups of customers alike in everything else with both outcomes" in repeated.sentence
