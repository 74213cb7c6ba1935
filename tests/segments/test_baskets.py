"""Baskets of one taste are as uneven as the real ones."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.segments.baskets import Baskets

TASTE = np.array([0.5, 0.3, 0.2])


def test_equal_amounts_give_shares_of_counts() -> None:
    shares = Baskets(np.full(50, 4), np.full(50, 4.0)).draw(TASTE, np.random.default_rng(0))
    assert np.array_equal(shares * 4, np.rint(shares * 4))


@pytest.mark.parametrize(("purchases", "worth"), [(12, 6.0), (30, 4.0), (5, 2.0)])
def test_the_spread_of_shares_is_that_of_as_many_equal_purchases_as_they_are_worth(purchases: int, worth: float) -> None:
    shares = Baskets(np.full(40_000, purchases), np.full(40_000, worth)).draw(TASTE, np.random.default_rng(1))
    assert shares.sum(axis=1) == pytest.approx(np.ones(40_000))
    assert shares.mean(axis=0) == pytest.approx(TASTE, abs=0.01)
    assert shares.var(axis=0) == pytest.approx(TASTE * (1 - TASTE) / worth, rel=0.04)


def test_purchases_worth_a_single_one_go_to_a_single_product() -> None:
    shares = Baskets(np.full(500, 9), np.ones(500)).draw(TASTE, np.random.default_rng(2))
    assert (shares.max(axis=1) == 1).all()
    assert shares.mean(axis=0) == pytest.approx(TASTE, abs=0.08)


def test_a_worth_out_of_its_bounds_is_brought_back() -> None:
    assert Baskets(np.array([3, 3, 3]), np.array([0.0, 9.0, 2.5])).worth.tolist() == [1.0, 3.0, 2.5]
