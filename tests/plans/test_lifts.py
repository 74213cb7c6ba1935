"""Lifts: by hand, drawn towards 1 by as much as chance explains, in segments towards those of all."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plans.shelves import purchases, tastes

from segmentry.errors import NotEnoughData, UsageError
from segmentry.plans.bought import Bought
from segmentry.plans.lifts import MOST_CUSTOMERS, PARTNERS, concentration, learn_lifts, top


def test_a_raw_lift_is_that_by_hand_and_the_shrunken_one_lies_between_it_and_one() -> None:
    rng = np.random.default_rng(2)
    owned = rng.random((500, 8)) < 0.2
    owned[:, 1] |= owned[:, 0] & (rng.random(500) < 0.5)
    found = learn_lifts(purchases(owned))
    (pair,) = [pair for pair in found.pairs if (pair.product, pair.partner) == ("p000", "p001")]
    both, active = (owned[:, 0] & owned[:, 1]).sum(), owned.any(axis=1).sum()
    assert pair.customers == both
    assert pair.raw == pytest.approx(both * active / (owned[:, 0].sum() * owned[:, 1].sum()))
    assert pair.lift == pytest.approx((both + found.shape) / (both / pair.raw + found.shape))
    assert 1 < pair.lift < pair.raw
    assert pair.low < pair.lift < pair.high


def test_where_nothing_goes_together_lifts_are_drawn_close_to_one() -> None:
    owned = np.random.default_rng(3).random((2000, 40)) < 0.1
    found = learn_lifts(purchases(owned))
    raw = (owned[:, :1] & owned).sum(axis=0) * owned.any(axis=1).sum() / (owned[:, 0].sum() * owned.sum(axis=0))
    assert np.abs(raw[1:] - 1).max() > 0.15
    assert np.exp(found.partners[-1].toarray()).max() < 1.1


@pytest.mark.parametrize("shape", [0.5, 3.0, 30.0])
def test_how_much_lifts_scatter_is_recovered(shape: float) -> None:
    rng = np.random.default_rng(5)
    expected = rng.gamma(1.0, 6.0, 60_000)
    found = rng.poisson(expected * rng.gamma(shape, 1 / shape, len(expected)))
    assert concentration(found.astype(float), expected) == pytest.approx(shape, rel=0.1)


def test_a_segment_with_other_habits_has_other_lifts_and_one_without_has_those_of_all() -> None:
    rng = np.random.default_rng(7)
    owned = rng.random((3000, 30)) < 0.15
    segment = np.arange(3000) % 3
    # In segment 0 alone whoever has the first product has the second.
    owned[:, 1] = np.where((segment == 0) & owned[:, 0], rng.random(3000) < 0.9, owned[:, 1])
    found = learn_lifts(purchases(owned), segment)
    first, other, overall = (float(found.partners[place][0, 1]) for place in (0, 1, 3))
    assert first > overall > other
    alike = learn_lifts(purchases(rng.random((3000, 30)) < 0.15), segment)
    assert alike.within > 100


def test_a_segment_of_few_customers_has_the_lifts_of_all() -> None:
    before, _ = tastes(400, 20, 1, groups=2)
    found = learn_lifts(before, np.where(np.arange(400) < 20, 0, 1))
    assert found.partners[0] is found.partners[-1]
    assert found.segments == 2


def test_customers_in_another_order_and_each_of_them_twice_give_the_same_lifts() -> None:
    before, _ = tastes(300, 15, 4, groups=3)
    order = np.random.default_rng(0).permutation(300)
    moved = Bought(300, before.products, order[before.customer], before.product, before.last, before.days, before.until)
    assert [pair.lift for pair in learn_lifts(before).pairs] == [pair.lift for pair in learn_lifts(moved).pairs]
    twice = Bought(
        600,
        before.products,
        np.concatenate([before.customer, before.customer + 300]),
        *(np.tile(part, 2) for part in (before.product, before.last, before.days)),
        before.until,
    )
    one, two = ({(pair.product, pair.partner): pair for pair in learn_lifts(each).pairs} for each in (before, twice))
    for name in one.keys() & two.keys():
        assert two[name].raw == pytest.approx(one[name].raw)
        assert two[name].customers == 2 * one[name].customers


def test_products_with_few_buyers_are_left_out_and_counts_are_over_a_bounded_number_of_customers() -> None:
    owned = np.random.default_rng(1).random((200, 6)) < 0.3
    owned[:, 5] = np.arange(200) < 4
    assert learn_lifts(purchases(owned)).products.tolist() == [0, 1, 2, 3, 4]
    many = MOST_CUSTOMERS + 1000
    customer, product = np.repeat(np.arange(many), 2), np.tile([0, 1], many)
    ones = np.ones(2 * many, dtype=np.int64)
    found = learn_lifts(Bought(many, ("a", "b"), customer, product, ones, ones, 1))
    assert found.customers == MOST_CUSTOMERS
    assert found.partners[-1].nnz == 0


def test_only_the_best_partners_are_kept() -> None:
    before, _ = tastes(800, 150, 2, groups=2)
    kept = np.diff(learn_lifts(before).partners[-1].indptr)
    assert kept.max() == PARTNERS
    assert top(np.array([[2.0, 2.0, 2.0]]), 2).tolist() == [[True, True, False]]


def test_one_product_or_customers_without_products_are_refused_in_words() -> None:
    with pytest.raises(NotEnoughData, match="at least 2 products with 5 buyers or more; found 1"):
        learn_lifts(purchases(np.ones((50, 1), dtype=bool)))
    with pytest.raises(NotEnoughData, match="found 0"):
        learn_lifts(purchases(np.zeros((1, 3), dtype=bool)))
    with pytest.raises(UsageError, match="Pass one per customer"):
        learn_lifts(purchases(np.ones((50, 3), dtype=bool)), np.zeros(3, dtype=np.int64))
