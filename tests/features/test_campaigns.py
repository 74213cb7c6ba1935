"""What followed contacts: credits that sum to purchases, windows, answers, and the time around a campaign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.making import DAY, put_customers, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import NotEnoughData
from segmentry.features.campaigns import MONEY, PARTS, campaigns
from segmentry.tables.dataset import Dataset


@pytest.fixture(scope="module")
def engine():
    with DuckEngine() as engine:
        yield engine


def put_contacts(engine: DuckEngine, dataset: Dataset, rows: list[tuple[int, int | None, str, int | None, int | None]]) -> Dataset:
    """Put contacts (customer, day, campaign, responded, answered)."""
    engine.run(
        "CREATE OR REPLACE TABLE contacts (customer INTEGER, day INTEGER, campaign VARCHAR, responded BOOLEAN, answered INTEGER, channel VARCHAR)"
    )
    for row in rows:
        told = ", ".join("NULL" if cell is None else repr(cell) for cell in row)
        engine.run(f"INSERT INTO contacts VALUES ({told}, NULL)")
    return replace(dataset, has=dataset.has | {"contacts"})


def lines(rows: list[tuple[int, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer": [row[0] for row in rows], "day": [row[1] for row in rows], "amount": [row[2] for row in rows], "quantity": 1.0}
    )


def credited(found: object) -> dict[str, tuple[float, float]]:
    rows = found.contacted  # type: ignore[attr-defined]
    return {
        name: (int(rows.orders[rows.campaigns == name].sum()) / PARTS, int(rows.money[rows.campaigns == name].sum()) / MONEY)
        for name in sorted(set(rows.campaigns.tolist()))
    }


def test_a_purchase_counts_from_the_day_of_the_contact_to_the_end_of_the_window(engine) -> None:
    dataset = shop(engine, lines([(0, 99, 1.0), (0, 100, 2.0), (0, 129, 4.0), (0, 130, 8.0), (1, 100, 16.0)]), customers=2)
    found = campaigns(engine, put_contacts(engine, dataset, [(0, 100, "k", 1, None)]), days=30)
    assert credited(found) == {"k": (2.0, 6.0)}
    assert (found.orders, found.credited, found.shared) == (4, 2, 0)


def test_a_purchase_within_several_windows_is_shared_out_among_them(engine) -> None:
    dataset = shop(engine, lines([(0, 110, 10.0), (0, 135, 3.0)]), customers=1)
    contacts = [(0, 100, "a", 1, None), (0, 105, "b", 1, None), (0, 110, "c", 1, None), (0, 110, "c", 0, None)]
    found = campaigns(engine, put_contacts(engine, dataset, contacts), days=30)
    told = credited(found)
    assert [told[name][0] for name in "abc"] == pytest.approx([1 / 3, 1 / 3, 1 / 3 + 1])
    # A third of 10 does not end: the remainder goes to the latest contact.
    assert [told[name][1] for name in "abc"] == [3.3333, 3.3333, 6.3334]
    assert (found.credited, found.shared) == (2, 1)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(1, 100_000)), max_size=25),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.sampled_from("abcdefg")), min_size=1, max_size=25),
    st.integers(1, 40),
)
def test_credits_sum_to_purchases_exactly(engine, bought, contacted, days) -> None:
    dataset = shop(engine, lines([(customer, DAY - day, cents / 100) for customer, day, cents in bought] or [(0, DAY, 1.0)]), customers=4)
    found = campaigns(
        engine, put_contacts(engine, dataset, [(who, DAY - day, name, None, None) for who, day, name in contacted]), days=days
    )
    assert int(found.contacted.orders.sum()) == found.credited * PARTS
    assert int(found.contacted.money.sum()) == found.revenue
    assert 0 <= found.shared <= found.credited <= found.orders
    assert int(found.contacted.contacts.sum()) == len(contacted)


def test_credits_do_not_depend_on_the_order_of_the_rows(engine) -> None:
    rng = np.random.default_rng(4)
    bought = [
        (int(who), int(day), float(amount))
        for who, day, amount in zip(rng.integers(0, 9, 80), rng.integers(1, 90, 80), rng.integers(1, 99, 80), strict=True)
    ]
    contacted = [
        (int(who), int(day), f"k{name}", None, None)
        for who, day, name in zip(rng.integers(0, 9, 40), rng.integers(1, 60, 40), rng.integers(0, 5, 40), strict=True)
    ]
    told = []
    for order in (1, -1):
        dataset = shop(engine, lines(sorted(bought)[::order]), customers=9)
        told.append(credited(campaigns(engine, put_contacts(engine, dataset, contacted[::order]), days=20)))
    assert told[0] == told[1]


def test_answers_before_the_contact_are_not_known_and_undated_contacts_are_counted_apart(engine) -> None:
    dataset = shop(engine, lines([(0, 10, 1.0)]), customers=4)
    contacts = [(0, 100, "k", 1, 90), (1, 100, "k", 1, 105), (2, 100, "k", 0, None), (3, 100, "k", None, None), (3, None, "k", 1, None)]
    found = campaigns(engine, put_contacts(engine, dataset, contacts), days=30)
    assert (found.contacted.contacts.tolist(), found.contacted.known.tolist(), found.contacted.answered.tolist()) == ([4], [2], [1])
    assert found.undated == 1


def test_labels_channels_and_customers_add_up(engine) -> None:
    dataset = shop(engine, lines([(0, 100, 5.0), (1, 101, 7.0)]), customers=3)
    dataset = put_contacts(
        engine, dataset, [(0, 100, "a", 1, None), (1, 100, "a", 0, None), (1, 100, "b", 0, None), (2, 100, "b", 0, None)]
    )
    found = campaigns(engine, dataset, days=30, labels=np.array([1, 1, 2]))
    rows = found.contacted
    assert sorted(zip(rows.campaigns.tolist(), rows.labels.tolist(), rows.contacts.tolist(), strict=True)) == [
        ("a", 1, 2),
        ("b", 1, 1),
        ("b", 2, 1),
    ]
    assert found.customers == {
        ("campaign", "a"): 2,
        ("campaign", "b"): 2,
        ("channel", ""): 3,
        ("label", 1): 2,
        ("label", 2): 1,
        ("all", ""): 3,
    }


def test_the_time_around_a_campaign_has_its_customers_and_all_others(engine) -> None:
    bought = [(0, 95, 1.0), (0, 100, 2.0), (1, 99, 4.0), (1, 105, 8.0), (1, 300, 16.0)]
    dataset = shop(engine, lines(bought), customers=2)
    (found,) = campaigns(engine, put_contacts(engine, dataset, [(0, 100, "k", None, None)]), days=10).around
    assert [part.tolist() for part in (*found.own, *found.rest)] == [[1.0], [2.0], [4.0], [8.0]]
    assert (found.others_before, found.others_after, found.purchases) == (4.0, 8.0, 1)
    # Others spent 28 over the 206 days from the first purchase to the last.
    assert found.usual == pytest.approx(28 / 206 * 10)


def test_campaigns_that_reach_the_same_customers_within_the_window_overlap(engine) -> None:
    dataset = shop(engine, lines([(0, 10, 1.0)]), customers=3)
    contacts = [
        (0, 100, "a", None, None),
        (0, 109, "b", None, None),
        (1, 100, "a", None, None),
        (1, 110, "b", None, None),
        (2, 100, "c", None, None),
    ]
    found = {each.campaign: each.overlaps for each in campaigns(engine, put_contacts(engine, dataset, contacts), days=10).around}
    assert found == {"a": (("b", 1),), "b": (("a", 1),), "c": ()}


def test_contacts_after_the_as_of_day_are_not_looked_at(engine) -> None:
    dataset = shop(engine, lines([(0, DAY - 5, 1.0)]), customers=1)
    found = campaigns(engine, put_contacts(engine, dataset, [(0, DAY - 9, "k", 1, DAY + 1), (0, DAY + 1, "later", 1, None)]), days=10)
    assert found.contacted.campaigns.tolist() == ["k"]
    assert found.contacted.answered.tolist() == [0]


def test_contacts_without_purchases_are_counted_without_money(engine) -> None:
    put_customers(engine, 2)
    dataset = Dataset("snapshot", None, "", 2, (), frozenset())
    found = campaigns(engine, put_contacts(engine, dataset, [(0, 100, "k", 1, None)]), days=30)
    assert (found.orders, found.credited, int(found.contacted.answered.sum())) == (0, 0, 1)


def test_without_contacts_the_refusal_says_what_to_add(engine) -> None:
    dataset = shop(engine, lines([(0, 10, 1.0)]), customers=1)
    with pytest.raises(NotEnoughData, match=r"holds no contacts with a campaign and a day\. Next: add a table with one row per contact"):
        campaigns(engine, dataset, days=30)
