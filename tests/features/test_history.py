"""Periods and cohorts against pandas and by hand; no money and no customer is lost, small cells are hidden."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.features.making import DAY, online_retail, put_customers, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import compute
from segmentry.features.history import History, history, starts
from segmentry.features.windows import DAYS, EPOCH
from segmentry.tables.dataset import Attribute, Dataset


def of_lines(lines: pd.DataFrame, *, customers: int, as_of: datetime.date | None = None) -> History | None:
    """Return the history of some lines."""
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=customers, **({"as_of": as_of} if as_of else {}))
        compute(engine, dataset)
        return history(engine, dataset)


def day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal() - EPOCH


def bought(*rows: tuple[int, str, float]) -> pd.DataFrame:
    """Return lines of (customer, day, amount)."""
    table = pd.DataFrame(rows, columns=["customer", "day", "amount"]).assign(quantity=1.0)
    table["day"] = [day(text) for text in table["day"]]
    return table.sort_values("day", kind="stable")


def test_periods_and_cohorts_are_those_of_pandas() -> None:
    lines = random_lines(4000, 300, 5)
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=300)
        compute(engine, dataset)
        found = history(engine, dataset)
        days = pd.DataFrame(engine.fetch(f"SELECT customer, day, amount::DOUBLE AS amount, bought FROM {DAYS}"))
    assert found is not None
    days["month"] = pd.to_datetime(days["day"], unit="D").dt.to_period("M")
    occasions = days[days["bought"]]
    first = occasions.groupby("customer")["month"].min()
    for period in found.periods:
        month = pd.Period(period.first, "M")
        inside = occasions[occasions["month"] == month]
        if period.customers is not None:
            assert (period.customers, period.occasions) == (inside["customer"].nunique(), len(inside))
            assert period.revenue == pytest.approx(days.loc[days["month"] == month, "amount"].sum())
        if period.new is not None:
            assert period.new == (first == month).sum()
    assert found.cohorts is not None
    for row, month in enumerate(found.cohorts.months):
        members = first.index[first == pd.Period(month, "M")]
        assert found.cohorts.sizes[row] in (None, len(members))
        for since in range(found.cohorts.active.shape[1]):
            if np.isfinite(found.cohorts.active[row, since]):
                then = days[(days["month"] == pd.Period(month, "M") + since) & days["customer"].isin(members)]
                assert found.cohorts.active[row, since] == pytest.approx(then.loc[then["bought"], "customer"].nunique() / len(members))
                assert found.cohorts.revenue[row, since] == pytest.approx(then["amount"].sum() / len(members))


def test_all_periods_together_are_all_the_money_and_all_customers() -> None:
    lines = random_lines(6000, 200, 1)
    found = of_lines(lines, customers=210)
    assert found is not None
    assert all(period.revenue is not None for period in found.periods)
    assert sum(period.revenue or 0 for period in found.periods) == pytest.approx(lines["amount"].sum())
    assert (found.customers, found.total) == (200, 210)


def test_a_period_the_data_does_not_cover_is_marked_and_in_no_cohort() -> None:
    rows = [(who, f"2024-{month:02d}-{3 + who % 20:02d}", 10.0) for month in range(1, 8) for who in range(40)]
    found = of_lines(bought(*rows), customers=40, as_of=datetime.date(2024, 7, 22))
    assert found is not None
    assert [period.complete for period in found.periods] == [True] * 6 + [False]
    assert found.cohorts is not None
    assert found.cohorts.active.shape == (6, 6)
    assert found.cohorts.active[0].tolist() == [1.0] * 6
    assert found.cohorts.opening


def test_fewer_than_four_months_are_told_in_weeks_without_cohorts() -> None:
    rows = [(who, f"2024-03-{1 + who % 28:02d}", 10.0) for who in range(200)]
    found = of_lines(bought(*rows), customers=200, as_of=datetime.date(2024, 3, 31))
    assert found is not None
    assert (found.unit, found.cohorts) == ("week", None)
    assert [period.first.weekday() for period in found.periods] == [0] * len(found.periods)
    assert sum(period.new or 0 for period in found.periods) == 200


def test_fewer_than_five_customers_are_hidden_and_cannot_be_subtracted() -> None:
    rows = [(who, f"2024-{month:02d}-05", 10.0) for month in range(1, 8) for who in range(3 if month == 4 else 9)]
    found = of_lines(bought(*rows), customers=9, as_of=datetime.date(2024, 7, 31))
    assert found is not None
    april = found.periods[3]
    assert (april.customers, april.revenue, april.occasions) == (None, None, None)
    assert sum(period.customers is None for period in found.periods) == 2


def test_without_amounts_there_is_no_revenue() -> None:
    rows = bought(*[(who, f"2024-{month:02d}-05", 1.0) for month in range(1, 8) for who in range(9)])
    with DuckEngine() as engine:
        dataset = shop(engine, rows, customers=9, as_of=datetime.date(2024, 7, 31))
        bare = Dataset("transactions", dataset.as_of, "", 9, (), dataset.has - {"lines.amount"}, first_day=dataset.first_day)
        compute(engine, bare)
        found = history(engine, bare)
    assert found is not None
    assert {period.revenue for period in found.periods} == {None}
    assert found.cohorts is not None
    assert np.isnan(found.cohorts.revenue).all()


def test_a_snapshot_tells_new_customers_by_joining_date() -> None:
    with DuckEngine() as engine:
        put_customers(engine, 100)
        joined = [day(f"2024-{1 + who % 8:02d}-10") for who in range(90)]
        engine.run("ALTER TABLE customers ADD COLUMN since INTEGER")
        engine.put("j", {"customer": np.arange(90), "since": np.array(joined)})
        engine.run("UPDATE customers SET since = j.since FROM j WHERE j.customer = customers.customer")
        attributes = (Attribute("since", "joined", "date", "Since", missing=10),)
        found = history(engine, Dataset("snapshot", datetime.date(2024, 8, 31), "", 100, attributes, frozenset()))
        assert history(engine, Dataset("snapshot", None, "", 100, attributes, frozenset())) is None
        assert history(engine, Dataset("snapshot", datetime.date(2024, 8, 31), "", 100, (), frozenset())) is None
    assert found is not None
    assert (found.source, found.customers, found.total) == ("joined", 90, 100)
    assert sum(period.new or 0 for period in found.periods) == 90
    assert not found.periods[0].complete


def test_one_period_or_none_is_no_history() -> None:
    assert of_lines(bought((0, "2024-03-05", 1.0)), customers=1, as_of=datetime.date(2024, 3, 6)) is None
    assert of_lines(bought((0, "2024-03-05", 1.0)), customers=1, as_of=datetime.date(2024, 1, 6)) is None


def test_starts_go_on_over_the_end_of_the_year() -> None:
    assert starts(datetime.date(1970, 1, 1) + datetime.timedelta(DAY), datetime.date(2025, 1, 1), "month")[-1] == datetime.date(2025, 2, 1)


@pytest.mark.realdata
def test_the_cohorts_of_online_retail(realdata: Callable[[str], Path]) -> None:
    with DuckEngine() as engine:
        dataset = online_retail(engine, realdata("online-retail/online_retail.csv.gz"))
        compute(engine, dataset)
        found = history(engine, dataset)
    assert found is not None
    assert (len(found.periods), found.periods[-1].complete) == (13, False)
    assert found.cohorts is not None
    # About 36 % of the first month's customers buy again in January: as in the many published cohort tables of this data.
    assert found.cohorts.active[0, 1] == pytest.approx(0.36, abs=0.015)
    assert found.cohorts.active.shape == (12, 12)
