"""Purchase histories against pandas and by hand; nothing after the last day is looked at, and other tables stay as they were."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.features.making import AS_OF, DAY, online_retail, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import NotEnoughData, UsageError
from segmentry.features.compute import compute
from segmentry.features.histories import COLUMNS, Histories, histories
from segmentry.features.windows import DAYS, day_of


def expected(occasions: pd.DataFrame, until: int, customers: int) -> pd.DataFrame:
    """Return by pandas what the matrix should hold, from customer, day and amount of the occasions."""
    rows = []
    for customer in range(customers):
        own = occasions[occasions["customer"] == customer].sort_values("day")
        if own.empty:
            rows.append([np.nan] * len(COLUMNS))
            continue
        day, amount, gap = own["day"].to_numpy(), own["amount"].to_numpy(), np.diff(own["day"])
        some = len(gap) > 0
        longest = [gap.max(), until - day[1:][gap == gap.max()][-1]] if some else [np.nan, np.nan]
        spread = [gap.mean(), gap.std()] if some else [np.nan, np.nan]
        mean = amount[1:].mean() if some else np.nan
        rows.append([len(gap), day[-1] - day[0], until - day[0], mean, amount[0], len(gap), *spread, *longest])
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


def of(rows: list[tuple[int, int, float]], *, customers: int = 1, **options: object) -> Histories:
    """Return the histories of lines (customer, days before the as-of day, amount)."""
    lines = pd.DataFrame(rows, columns=["customer", "day", "amount"]).assign(quantity=1.0)
    lines["day"] = DAY - lines["day"]
    with DuckEngine() as engine:
        return histories(engine, shop(engine, lines.sort_values("day", kind="stable"), customers=customers), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("occasions", ["positive", "all"])
@pytest.mark.parametrize("back", [0, 150])
def test_all_columns_are_those_of_pandas(occasions: str, back: int) -> None:
    lines = random_lines(900, 60, 3)
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=64)
        found = histories(engine, dataset, until=AS_OF - datetime.timedelta(days=back), occasions=occasions, returns="keep")  # type: ignore[arg-type]
    seen = lines[lines["day"] <= DAY - back]
    days = seen.groupby(["customer", "day"], as_index=False)["amount"].sum()
    came = seen.loc[seen["amount"] >= 0, ["customer", "day"]].drop_duplicates()
    days = days[days["amount"].round(4) > 0] if occasions == "positive" else days.merge(came)
    assert found.matrix.names == tuple(column.name for column in COLUMNS)
    np.testing.assert_allclose(found.matrix.values, expected(days, DAY - back, 64).to_numpy(dtype=float), rtol=1e-12, atol=1e-9)
    first = days.groupby("customer")["day"].min()
    assert (day_of(found.first_day), found.until) == (first.min(), AS_OF - datetime.timedelta(days=back))
    arrived = first.value_counts().sort_index()
    assert [column.tolist() for column in found.arrivals] == [arrived.index.tolist(), arrived.tolist()]
    repeated = days["day"].value_counts().sub(arrived, fill_value=0)
    repeated = repeated[repeated > 0].sort_index()
    assert [column.tolist() for column in found.repeats] == [repeated.index.tolist(), repeated.tolist()]


def test_a_history_by_hand() -> None:
    found = of([(0, 100, 20.0), (0, 90, 10.0), (0, 60, 25.0), (0, 30, 10.0)]).matrix
    values = dict(zip(found.names, found.values[0], strict=True))
    assert values == {
        "frequency": 3,
        "recency": 70,
        "tenure": 100,
        "mean_value": 15,
        "first_value": 20,
        "gaps": 3,
        "gap_mean": pytest.approx(70 / 3),
        "gap_deviation": pytest.approx(np.std([10, 30, 30])),
        "longest_gap": 30,
        "since_longest": 30,  # of two equally long gaps, the later one
    }


def test_they_agree_with_the_features_of_the_same_day() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(2000, 150, 9), customers=150)
        features = compute(engine, dataset).matrix
        found = histories(engine, dataset).matrix
    bought = features.column("frequency") > 0
    assert bought.all()
    assert (found.column("frequency") + 1 == features.column("frequency")).all()
    assert (found.column("tenure") - found.column("recency") == features.column("recency")).all()
    assert (found.column("tenure") == features.column("tenure")).all()
    total = found.column("first_value") + np.nan_to_num(found.column("mean_value")) * found.column("frequency")
    np.testing.assert_allclose(total, features.column("average_order_value") * features.column("frequency"), rtol=1e-12)


def test_the_days_of_the_features_stay_as_they_were() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(500, 40, 2), customers=40)
        compute(engine, dataset)
        before = engine.rows(f"SELECT * FROM {DAYS} ORDER BY ALL")
        tables = {row[0] for row in engine.rows("SHOW TABLES")}
        histories(engine, dataset, until=AS_OF - datetime.timedelta(days=200))
        assert engine.rows(f"SELECT * FROM {DAYS} ORDER BY ALL") == before
        assert {row[0] for row in engine.rows("SHOW TABLES")} == tables


def test_a_day_of_zero_spend_is_an_occasion_only_when_asked() -> None:
    rows = [(0, 90, 10.0), (0, 50, 0.0), (0, 20, 5.0)]
    assert of(rows).matrix.column("frequency").tolist() == [1.0]
    every = of(rows, occasions="all").matrix
    assert (every.column("frequency").tolist(), every.column("mean_value").tolist()) == ([2.0], [2.5])


def test_a_day_with_returns_alone_is_never_an_occasion() -> None:
    rows = [(0, 90, 10.0), (0, 50, -3.0)]
    assert of(rows, occasions="all").matrix.column("frequency").tolist() == [0.0]


def test_a_purchase_that_was_returned_is_none_as_of_a_day_after_the_return() -> None:
    lines = [(0, 90, 10.0), (0, 50, 7.0), (0, 20, -7.0)]
    assert of(lines).matrix.column("frequency").tolist() == [0.0]
    assert of(lines, until=AS_OF - datetime.timedelta(days=30)).matrix.column("frequency").tolist() == [1.0]


def test_who_never_bought_has_no_history() -> None:
    found = of([(1, 10, 5.0), (2, 8, -5.0)], customers=4).matrix
    assert np.isnan(found.values).all(axis=1).tolist() == [True, False, True, True]
    assert found.ids.tolist() == ["c000000", "c000001", "c000002", "c000003"]


def test_without_amounts_there_is_no_value_but_a_rhythm() -> None:
    lines = random_lines(200, 10, 1).assign(amount=np.nan)
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=10)
        found = histories(engine, dataclasses.replace(dataset, has=dataset.has - {"lines.amount"})).matrix
    assert np.isnan(found.select(["mean_value", "first_value"]).values).all()
    assert (found.column("gaps") > 0).all()


def test_refusals_say_what_is_missing() -> None:
    with pytest.raises(NotEnoughData, match="none of the 1 customers has a purchase"):
        of([(0, 10, 0.0)])
    with pytest.raises(UsageError, match=f"the data is known up to {AS_OF}"):
        of([(0, 10, 5.0)], until=AS_OF + datetime.timedelta(days=1))
    with pytest.raises(UsageError, match="occasions is 'some'"):
        of([(0, 10, 5.0)], occasions="some")
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(10, 2, 1), customers=2)
        with pytest.raises(NotEnoughData, match="a snapshot table without single purchases"):
            histories(engine, dataclasses.replace(dataset, shape="snapshot", has=frozenset()))


def test_bits_depend_on_neither_threads_nor_the_order_of_rows() -> None:
    lines = random_lines(3000, 80, 4)
    found = []
    for threads, order in ((1, "line"), (2, "hash(line)")):
        with DuckEngine() as engine:
            dataset = shop(engine, lines, customers=80)
            engine.run(f"SET threads = {threads}; CREATE OR REPLACE TABLE lines AS SELECT * FROM lines ORDER BY {order}")
            found.append(histories(engine, dataset).matrix.values.tobytes())
    assert found[0] == found[1]


@pytest.mark.realdata
def test_cdnow_has_the_counts_of_the_literature(realdata: Callable[[str], Path]) -> None:
    # Fader, Hardie and Lee (2005): 2,357 customers, 946 of them with a repeat purchase up to 1997-09-30; the first has x = 2, t_x = 30.43, T = 38.86 weeks.
    raw = pd.read_csv(realdata("cdnow/CDNOW_sample.txt"), sep=r"\s+", header=None, names=["id", "customer", "date", "quantity", "amount"])
    raw["day"] = (pd.to_datetime(raw["date"].astype(str), format="%Y%m%d") - pd.Timestamp(0)).dt.days
    lines = raw.assign(customer=raw["customer"] - 1, quantity=raw["quantity"].astype(float))[["customer", "day", "amount", "quantity"]]
    with DuckEngine() as engine:
        dataset = shop(engine, lines.sort_values("day", kind="stable"), customers=2357, as_of=datetime.date(1998, 6, 30))
        found = histories(engine, dataset, until=datetime.date(1997, 9, 30), occasions="all")
    column = found.matrix.column
    assert (len(found.matrix), (column("frequency") > 0).sum(), found.first_day) == (2357, 946, datetime.date(1997, 1, 1))
    assert (column("frequency")[0], round(column("recency")[0] / 7, 2), round(column("tenure")[0] / 7, 2)) == (2, 30.43, 38.86)
    days = lines[lines["day"] <= day_of(found.until)].groupby(["customer", "day"], as_index=False)["amount"].sum()
    repeats = len(days) - 2357
    assert (column("frequency").sum(), found.arrivals[1].sum(), found.repeats[1].sum()) == (repeats, 2357, repeats)
    np.testing.assert_allclose(found.matrix.values, expected(days, day_of(found.until), 2357).to_numpy(dtype=float), rtol=1e-12, atol=1e-9)


@pytest.mark.realdata
def test_online_retail_is_that_of_pandas(realdata: Callable[[str], Path]) -> None:
    with DuckEngine() as engine:
        dataset = online_retail(engine, realdata("online-retail/online_retail.csv.gz"))
        found = histories(engine, dataset, returns="keep").matrix
        lines = pd.DataFrame(engine.fetch("SELECT customer, day, CAST(amount * 10000 AS BIGINT) AS amount FROM lines"))
    days = lines.groupby(["customer", "day"], as_index=False)["amount"].sum()
    days = days[days["amount"] > 0].assign(amount=days["amount"] / 10_000)
    by = days.groupby("customer")["day"]
    seen = np.isfinite(found.column("frequency"))
    assert (len(found), seen.sum(), (found.column("frequency") > 0).sum()) == (4372, days["customer"].nunique(), (by.size() > 1).sum())
    assert found.column("frequency")[seen].tolist() == (by.size() - 1).tolist()
    assert found.column("recency")[seen].tolist() == (by.max() - by.min()).tolist()
    deviation = by.apply(lambda each: np.std(np.diff(np.sort(each))) if len(each) > 1 else np.nan)
    np.testing.assert_allclose(found.column("gap_deviation")[seen], deviation, rtol=1e-12, atol=1e-9)
    first = days.sort_values("day").groupby("customer")["amount"].first()
    np.testing.assert_allclose(found.column("first_value")[seen], first, rtol=1e-12)
