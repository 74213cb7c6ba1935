"""Returns are netted against earlier purchases, and no money is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.making import DAY, random_lines, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.returns import Netted, Netting, net, net_returns

LINES = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(1, 3), st.booleans()), max_size=14)


def _net(*lines: tuple[int, int]) -> Netted:
    """Net lines of one group, in order, each (quantity, amount)."""
    quantity, amount = np.array(lines, dtype=np.int64).T
    return net(np.zeros(len(lines), dtype=np.int64), np.arange(len(lines)), quantity, amount)


def test_the_latest_purchase_of_the_same_quantity_and_price_is_taken_back() -> None:
    assert _net((2, 20), (2, 20), (3, 30), (-2, -20)).amount.tolist() == [20, 0, 30, 0]


def test_the_same_price_goes_before_a_later_purchase_at_another_price() -> None:
    netted = _net((2, 20), (2, 26), (-2, -20))
    assert netted.amount.tolist() == [0, 26, 0]
    assert netted.step.tolist() == [-1, -1, 1]


def test_a_refund_below_the_price_leaves_spend_on_the_purchase_day() -> None:
    assert _net((1, 10), (-1, -9)).amount.tolist() == [1, 0]


def test_a_refund_above_the_price_is_negative_spend_on_its_own_day() -> None:
    assert _net((1, 10), (-1, -12)).amount.tolist() == [0, -2]


def test_part_of_an_order_is_taken_from_the_earliest_purchases() -> None:
    netted = _net((3, 30), (5, 50), (-4, -40))
    assert netted.quantity.tolist() == [0, 4, 0]
    assert netted.amount.tolist() == [0, 40, 0]
    assert netted.step.tolist() == [-1, -1, 3]


def test_a_purchase_after_the_return_is_never_used() -> None:
    netted = _net((-2, -20), (2, 20))
    assert netted.amount.tolist() == [-20, 20]
    assert netted.step.tolist() == [0, -1]


def test_what_exceeds_all_purchases_stays_negative() -> None:
    netted = _net((2, 20), (-5, -50))
    assert netted.quantity.tolist() == [0, -3]
    assert netted.amount.tolist() == [0, -30]


def test_other_groups_are_left_alone() -> None:
    netted = net(np.array([0, 1]), np.array([0, 1]), np.array([2, -2]), np.array([20, -20]))
    assert netted.amount.tolist() == [20, -20]


def test_quantities_too_large_for_64_bit_products_are_exact() -> None:
    netted = _net((80_995 * 10**4, 168_470 * 10**4), (-70_000 * 10**4, -145_600 * 10**4))
    assert netted.amount.sum() == (168_470 - 145_600) * 10**4


@given(LINES)
def test_money_and_quantity_of_each_group_are_conserved(lines: list[tuple[int, int, int, bool]]) -> None:
    group, size, price, back = (np.array(column) for column in zip(*lines, strict=True)) if lines else (np.zeros(0, dtype=np.int64),) * 4
    sign = np.where(back.astype(bool), -1, 1)
    netted = net(group, np.arange(len(lines)), size * sign, size * price * sign)
    for number in range(3):
        assert netted.amount[group == number].sum() == (size * price * sign)[group == number].sum()
        assert netted.quantity[group == number].sum() == (size * sign)[group == number].sum()
    assert (netted.amount[sign > 0] >= 0).all()
    assert (netted.amount[sign < 0] <= 0).all()


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(lines: list[tuple[int, int, int, bool]], random: object) -> None:
    table = np.array([(*line, place) for place, line in enumerate(lines)], dtype=np.int64).reshape(-1, 5)
    order = list(range(len(lines)))
    random.shuffle(order)
    results = []
    for rows in (table, table[order]):
        sign = np.where(rows[:, 3] > 0, -1, 1)
        netted = net(rows[:, 0], rows[:, 4], rows[:, 1] * sign, rows[:, 1] * rows[:, 2] * sign)
        results.append(dict(zip(rows[:, 4].tolist(), zip(netted.amount.tolist(), netted.step.tolist(), strict=True), strict=True)))
    assert results[0] == results[1]


def test_what_changed_is_kept_in_the_engine_as_decimals() -> None:
    lines = pd.DataFrame(
        [(0, DAY - 9, 5.55, 1.0, "p"), (0, DAY - 5, -5.55, -1.0, "p"), (0, DAY - 5, -1.0, -1.0, "q"), (0, DAY + 1, -3.0, -1.0, "q")],
        columns=["customer", "day", "amount", "quantity", "product"],
    )
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=1)
        netting = net_returns(engine, DAY, has=dataset.has, into="changes")
        assert engine.rows("SELECT line, net_amount::VARCHAR, net_quantity::VARCHAR FROM changes ORDER BY line") == [
            (0, "0.0000", "0.0000"),
            (1, "0.0000", "0.0000"),
        ]
    assert netting == Netting(exact=1, unmatched=1, money=6.55, unmatched_money=1.0)
    assert [treatment.count for treatment in netting.treatments()] == [1, 1]


def test_without_products_the_amount_tells_which_purchase_is_taken_back() -> None:
    lines = pd.DataFrame([(0, DAY - 9, 5.0), (0, DAY - 8, 7.0), (0, DAY - 5, -5.0)], columns=["customer", "day", "amount"])
    with DuckEngine() as engine:
        dataset = shop(engine, lines.assign(quantity=1.0), customers=1)
        netting = net_returns(engine, DAY, has=dataset.has - {"lines.quantity"}, into="changes")
        assert engine.rows("SELECT line FROM changes ORDER BY line") == [(0,), (2,)]
    assert netting.exact == 1


def test_no_returns_mean_no_treatment() -> None:
    lines = random_lines(30, 4, seed=1)
    with DuckEngine() as engine:
        dataset = shop(engine, lines[lines["amount"] > 0], customers=4)
        netting = net_returns(engine, DAY, has=dataset.has)
    assert netting.returns == 0
    assert netting.treatments() == ()


@pytest.mark.parametrize("money", [True, False])
def test_all_money_of_the_lines_is_in_the_net_lines(money: bool) -> None:
    lines = random_lines(400, 8, seed=4)
    with DuckEngine() as engine:
        dataset = shop(engine, lines, customers=8)
        column = "amount" if money else "quantity"
        net_returns(engine, DAY, has=dataset.has if money else dataset.has - {"lines.amount"}, into="changes")
        raw, netted = engine.rows(f"SELECT sum({column}), sum(coalesce(net_{column}, {column})) FROM lines LEFT JOIN changes USING (line)")[
            0
        ]
    assert raw == netted
