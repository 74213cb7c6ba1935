"""Customers moved and model moved: the counts add up, whatever the labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.errors import UsageError
from segmentry.segments.ledger import Event
from segmentry.segments.migration import GONE, NEW, Decomposition, Scored, decompose, fallen, migration, reasons, sizes, stages, worth
from segmentry.segments.signoff import decide, told


def scored(*rows: tuple[int, int, int], behind: list[int] | None = None) -> Scored:
    before, between, after = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Scored(before, between, after, None if behind is None else np.array(behind))


def test_a_customer_moved_by_behaviour_is_not_one_moved_by_the_model() -> None:
    found = decompose(scored((1, 1, 1), (1, 2, 2), (1, 1, 2), (1, 2, 3), (1, 2, 1), (NEW, 1, 1), (0, 2, 2), (2, 0, 0), (2, GONE, GONE)))
    assert (found.stayed, found.by_customers, found.by_model, found.by_both, found.back) == (1, 1, 1, 1, 1)
    assert (found.joined, found.left, found.compared) == (2, 2, 5)
    assert (found.changed, found.customers_moved, found.model_moved, found.interaction) == (3, 3, 3, 3)


def test_the_same_model_and_data_twice_moves_nobody() -> None:
    labels = np.array([1, 2, 0, 3])
    found = decompose(Scored(labels, labels, labels, labels))
    assert (found.changed, found.joined, found.left, found.by_new_model) == (0, 0, 0, 0)


def test_the_new_model_on_both_days_is_a_witness() -> None:
    assert decompose(scored((1, 2, 2), (1, 1, 1), behind=[2, 1])).by_new_model == 0
    assert decompose(scored((1, 2, 2))).by_new_model is None


customers = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)),
        st.tuples(st.just(NEW), st.integers(0, 3), st.integers(0, 4)),
        st.tuples(st.integers(0, 3), st.just(GONE), st.just(GONE)),
    ),
    min_size=1,
    max_size=60,
)


@given(customers)
def test_counts_add_up(rows: list[tuple[int, int, int]]) -> None:
    labels = scored(*rows)
    parts = decompose(labels)
    assert parts.compared == parts.stayed + parts.by_customers + parts.by_model + parts.by_both + parts.back
    assert parts.changed == parts.customers_moved + parts.model_moved - parts.interaction
    inside = labels.both_days
    assert parts.changed == int((labels.before != labels.after)[inside].sum())
    for size in sizes(labels):
        assert size.after == size.before + size.by_customers + size.by_model + size.joined - size.left
        assert (size.before, size.after) == (int((labels.before == size.segment).sum()), int((labels.after == size.segment).sum()))
    assert sum(size.by_customers for size in sizes(labels)) == sum(size.by_model for size in sizes(labels)) == 0
    flows = migration(labels)
    assert sum(flow.customers for flow in flows) == len(rows)
    assert sum(flow.by_customers + flow.by_model for flow in flows) == parts.changed
    assert sum(flow.by_customers for flow in flows) == parts.by_customers + parts.by_both
    for step in stages(labels):
        assert sum(n for *_, n in step) == len(rows)


def test_the_matrix_is_that_of_pandas() -> None:
    rng = np.random.default_rng(0)
    labels = Scored(*(rng.integers(1, 4, size=200) for _ in range(3)))
    money = rng.uniform(1, 9, size=200)
    oracle = pd.DataFrame({"i": labels.before, "j": labels.after, "money": money}).groupby(["i", "j"])["money"].agg(["size", "sum"])
    assert {(flow.source, flow.target): flow.customers for flow in migration(labels, money)} == oracle["size"].to_dict()
    assert [flow.revenue for flow in migration(labels, money)] == pytest.approx(oracle["sum"].tolist())


def test_who_fell_from_a_segment_worth_more_than_the_average_is_worth_acting_on() -> None:
    labels = scored((1, 2, 2), (1, 3, 1), (1, 1, 3), (1, 0, 0), (2, 3, 3), (3, 1, 1), (1, GONE, GONE), (NEW, 1, 1), (1, 2, 2))
    money = np.array([50.0, 90.0, 500.0, 70.0, 20.0, 10.0, 400.0, np.nan, np.nan])
    assert worth(labels, money)[2] == 20.0
    assert fallen(labels, money).tolist() == [1, 3, 0, 8]


def test_equal_revenue_falls_in_the_order_of_the_customers() -> None:
    labels = scored((1, 2, 2), (1, 2, 2), (1, 1, 1), (2, 2, 2))
    assert fallen(labels, np.array([5.0, 5.0, 5.0, 1.0])).tolist() == [0, 1]
    assert fallen(labels, np.zeros(4)).tolist() == []


def test_without_amounts_everyone_who_behaves_differently_is_listed() -> None:
    assert fallen(scored((1, 2, 2), (1, 1, 2), (2, 1, 2), (0, 1, 1)), None).tolist() == [0, 2]


def test_the_reason_is_what_movers_did_unlike_those_who_stayed() -> None:
    rng = np.random.default_rng(1)
    before = rng.normal(size=(100, 3))
    # Everyone gets older; only the movers spend less.
    after = before + np.array([1.0, 0.0, 0.0])
    after[:40, 1] -= 2.0
    labels = Scored(np.ones(100, dtype=int), np.repeat([2, 1], [40, 60]), np.ones(100, dtype=int))
    (found,) = reasons(labels, (before, after), (before * 10, after * 10))
    assert (found.source, found.target, found.customers) == (1, 2, 40)
    assert [shift.feature for shift in found.shifts] == [1]
    (shift,) = found.shifts
    assert shift.after == pytest.approx(np.median(after[:40, 1]) * 10)
    assert shift.stayed_before == pytest.approx(np.median(before[40:, 1]) * 10)


def test_few_movers_and_a_segment_everyone_left_are_not_compared_to_nobody() -> None:
    points = np.zeros((30, 1))
    few = Scored(np.ones(30, dtype=int), np.repeat([2, 1], [19, 11]), np.ones(30, dtype=int))
    assert reasons(few, (points, points), (points, points)) == ()
    every = Scored(np.ones(30, dtype=int), np.full(30, 2), np.full(30, 2))
    (found,) = reasons(every, (points, points + 3.0), (points, points + 3.0))
    assert (found.shifts[0].before, found.shifts[0].after, found.shifts[0].stayed_after) == (0.0, 3.0, None)


def test_labels_of_different_customers_are_refused() -> None:
    with pytest.raises(UsageError, match="Pass arrays of one length"):
        Scored(np.ones(2, dtype=int), np.ones(2, dtype=int), np.ones(3, dtype=int))


def test_a_refit_is_signed_only_when_nothing_calls_for_a_look() -> None:
    quiet = Decomposition(100, 80, 10, 10, 0, 0, 0, 0)
    assert decide(quiet, (), {}).verdict == "sign"
    loud = Decomposition(100, 79, 10, 10, 1, 0, 0, 0)
    assert decide(loud, (), {}).verdict == "look"
    born = Event("born", "", (), (3,), 50)
    assert decide(quiet, (born,), {3: "Newcomers"}).reasons == ("“Newcomers” is new",)
    assert decide(quiet, (born,), {3: "Newcomers"}, block="No.") == decide(quiet, (), {}, block="No.")
    assert decide(Decomposition(0, 0, 0, 0, 0, 0, 5, 5), (), {}).verdict == "sign"


def test_what_happened_to_segments_is_told_in_words() -> None:
    names = {1: "A", 2: "B", 3: "C"}
    assert told(Event("split", "", (1,), (1, 2, 3), 9), names) == "“A” was split into “A”, “B” and “C”"
    assert told(Event("merged", "", (1, 2), (1,), 9), names) == "“A” and “B” were merged into “A”"
