"""Labels: what was bought in a span of time, and who answered a campaign."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest
from tests.features.making import AS_OF, DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import NotEnoughData, UsageError
from segmentry.features.compute import compute
from segmentry.features.histories import histories
from segmentry.features.outcomes import Campaign, answered, answers, bought_between
from segmentry.features.windows import DAYS
from segmentry.tables.dataset import Dataset

CUT = AS_OF - datetime.timedelta(days=120)
Row = tuple[int, int | None, str | None, bool | None]
CONTACTS: list[Row] = [
    (0, DAY - 9, "may", False),
    (0, DAY - 7, "may", True),
    (1, DAY - 8, "may", False),
    (2, DAY - 8, "may", None),
    (2, DAY - 60, "april", True),
    (1, DAY - 60, "june", None),
    (0, None, "july", True),
    (0, DAY - 3, None, True),
    (1, DAY + 1, "may", True),
]


def _contacted(engine: DuckEngine, rows: list[Row]) -> Dataset:
    dataset = shop(engine, random_lines(60, 4, seed=5), customers=4)
    engine.run("CREATE TABLE contacts (customer INTEGER, day INTEGER, campaign VARCHAR, responded BOOLEAN, answered INTEGER)")
    for row in rows:
        engine.run(
            f"INSERT INTO contacts (customer, day, campaign, responded) VALUES ({', '.join('NULL' if cell is None else repr(cell) for cell in row)})"
        )
    return dataclasses.replace(dataset, has=dataset.has | {"contacts"})


def test_purchases_and_spend_are_those_of_pandas() -> None:
    lines = random_lines(1500, 70, 8)
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=75)
        purchases, spend = bought_between(engine, dataset, CUT, AS_OF - datetime.timedelta(days=10), returns="keep")
    days = lines[lines["day"] <= DAY - 10].groupby(["customer", "day"], as_index=False)["amount"].sum()
    days = days[(days["amount"].round(4) > 0) & (days["day"] > DAY - 120)]
    assert purchases.tolist() == days.groupby("customer").size().reindex(range(75), fill_value=0).tolist()
    np.testing.assert_allclose(spend, days.groupby("customer")["amount"].sum().reindex(range(75), fill_value=0), atol=1e-9)


def test_past_and_future_add_up_to_the_whole_when_nothing_is_returned() -> None:
    lines = random_lines(800, 50, 6)
    lines["amount"] = lines["amount"].abs() + 1
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=50)
        past, whole = (histories(engine, dataset, until=until).matrix.column("frequency") + 1 for until in (CUT, AS_OF))
        future, _ = bought_between(engine, dataset, CUT)
    assert np.array_equal(np.nan_to_num(past) + future, np.nan_to_num(whole))


def test_the_first_day_is_left_out_and_the_last_counts() -> None:
    lines = random_lines(3, 1, 1).assign(day=[DAY - 120, DAY - 119, DAY], amount=[1.0, 2.0, 4.0])
    with DuckEngine() as engine:
        purchases, spend = bought_between(engine, shop(engine, lines, customers=1), CUT)
    assert (purchases.tolist(), spend.tolist()) == ([2.0], [6.0])


def test_without_amounts_there_is_no_spend() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(300, 9, 1), customers=9)
        purchases, spend = bought_between(engine, dataclasses.replace(dataset, has=dataset.has - {"lines.amount"}), CUT)
    assert purchases.sum() > 0
    assert np.isnan(spend).all()


def test_the_days_of_the_features_stay_as_they_were() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(500, 40, 2), customers=40)
        compute(engine, dataset)
        before = engine.rows(f"SELECT * FROM {DAYS} ORDER BY ALL")
        bought_between(engine, dataset, CUT, CUT + datetime.timedelta(days=30))
        assert engine.rows(f"SELECT * FROM {DAYS} ORDER BY ALL") == before


def test_an_empty_span_is_refused() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(50, 4, 2), customers=4)
        with pytest.raises(UsageError, match="until must be the later one"):
            bought_between(engine, dataset, AS_OF)
        with pytest.raises(UsageError, match="the data is known up to"):
            bought_between(engine, dataset, CUT, AS_OF + datetime.timedelta(days=1))


def test_campaigns_are_counted_by_customer_up_to_the_as_of_day() -> None:
    with DuckEngine() as engine:
        found = answers(engine, _contacted(engine, CONTACTS))
    day = AS_OF - datetime.timedelta(days=9)
    early = AS_OF - datetime.timedelta(days=60)
    assert found == (Campaign("april", early, early, 1, 1, 1), Campaign("may", day, AS_OF - datetime.timedelta(days=7), 3, 2, 1))


def test_who_was_contacted_and_who_answered() -> None:
    with DuckEngine() as engine:
        contacted, responded, day = answered(engine, _contacted(engine, CONTACTS), "may")
    assert contacted.tolist() == [True, True, True, False]
    np.testing.assert_array_equal(responded, [1, 0, np.nan, np.nan])
    assert day == AS_OF - datetime.timedelta(days=9)


@pytest.mark.parametrize(("lag", "expected"), [(-1, np.nan), (0, 1.0), (9, 1.0), (10, 0.0)])
def test_an_answer_counts_from_the_contact_to_the_as_of_day(lag: int, expected: float) -> None:
    with DuckEngine() as engine:
        dataset = _contacted(engine, [(1, DAY - 9, "may", True), (2, DAY - 9, "may", False)])
        engine.run(f"UPDATE contacts SET answered = {DAY - 9 + lag} WHERE customer = 1")
        _, responded, _ = answered(engine, dataset, "may")
    np.testing.assert_array_equal(responded, [np.nan, expected, 0.0, np.nan])


def test_a_campaign_that_is_not_there_is_refused_with_those_that_are() -> None:
    with DuckEngine() as engine:
        dataset = _contacted(engine, CONTACTS)
        with pytest.raises(UsageError, match="did you mean 'may'"):
            answered(engine, dataset, "mya")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(0, None, "may", True)], "none of the 1 campaign contacts has a day up to the as-of day"),
        ([(0, DAY + 5, "may", True)], "none of the 1 campaign contacts has a day up to the as-of day"),
        ([(0, DAY - 5, "may", None)], "1 have a day and 0 say whether they were answered"),
        ([], "none of the 0 campaign contacts"),
    ],
)
def test_contacts_that_teach_nothing_are_refused_in_words(rows: list[Row], words: str) -> None:
    with DuckEngine() as engine:
        dataset = _contacted(engine, rows)
        with pytest.raises(NotEnoughData, match=words):
            answers(engine, dataset)


def test_no_contacts_at_all_are_refused() -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, random_lines(10, 2, 1), customers=2)
        with pytest.raises(NotEnoughData, match="holds no campaign contacts"):
            answers(engine, dataset)
