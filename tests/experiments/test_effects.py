"""Differences of means, ratios and shares from sums, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.experiments.effects import by_t, difference_of_means, difference_of_shares, lift, ratio
from segmentry.moments import Moments
from segmentry.results import Estimate


def _arms(control, treated, shift=None):
    return [Moments.of(np.asarray(values, dtype=float)[:, None], ["x"], shift) for values in (control, treated)]


@pytest.mark.parametrize("sizes", [(10, 10), (5, 60)])
def test_means_are_compared_as_scipy_does_it(sizes):
    rng = np.random.default_rng(1)
    control, treated = rng.normal(5, 1, sizes[0]), rng.normal(6, 3, sizes[1])
    theirs = stats.ttest_ind(treated, control, equal_var=False)
    found = difference_of_means(*_arms(control, treated), "x")
    low, high = theirs.confidence_interval()
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high), rel=1e-9)
    assert found.customers == sizes


def test_missing_outcomes_do_not_count():
    found = difference_of_means(*_arms([1.0, 2.0, np.nan, 3.0], [2.0, np.nan, 4.0, 7.0]), "x")
    assert found.customers == (3, 3)


def test_parts_that_were_summed_apart_give_the_same():
    rng = np.random.default_rng(2)
    control, treated = rng.normal(size=(2, 100))
    whole = difference_of_means(*_arms(control, treated), "x")
    parts = [one + two for one, two in zip(_arms(control[:30], treated[:70]), _arms(control[30:], treated[70:]), strict=True)]
    found = difference_of_means(*parts, "x")
    assert found.difference.low == pytest.approx(whole.difference.low, rel=1e-9)
    assert found.p == pytest.approx(whole.p, rel=1e-9)


def test_a_ratio_has_the_variance_of_customers_by_hand():
    """Linearised by hand: (t − R b) / b̄ per customer, then Welch."""
    rng = np.random.default_rng(3)
    arms, lines = [], []
    for size in (80, 120):
        orders = rng.poisson(2.0, size).astype(float)
        revenue = orders * rng.lognormal(2.0, 0.5, size)
        rate = revenue.sum() / orders.sum()
        arms.append(Moments.of(np.c_[revenue, orders], ["revenue", "orders"]))
        lines.append(rate + (revenue - rate * orders) / orders.mean())
    theirs = stats.ttest_ind(lines[1], lines[0], equal_var=False)
    found = ratio(*arms, top="revenue", bottom="orders")
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.control == pytest.approx(lines[0].mean())


def test_a_ratio_without_orders_is_refused():
    arms = [Moments.of(np.zeros((5, 2)), ["revenue", "orders"])] * 2
    with pytest.raises(NotEnoughData, match="NOTHING_TO_DIVIDE_BY"):
        ratio(*arms, top="revenue", bottom="orders")


def test_shares_hold_their_test_and_their_customers():
    found = difference_of_shares([30, 60], [1000, 1000])
    assert (found.control, found.treated, found.method) == (0.03, 0.06, "score")
    assert found.difference.low > 0
    assert found.lift is not None
    assert 0 < found.lift.low < 1.0 < found.lift.high


def test_without_an_answer_in_the_control_there_is_no_lift_and_a_finite_difference():
    found = difference_of_shares([0, 8], [200, 200])
    assert found.lift is None
    assert 0 < found.difference.low < found.difference.high < 0.1
    assert found.error > 0


def test_nobody_answering_is_no_difference():
    found = difference_of_shares([0, 0], [200, 300])
    assert found.p == 1.0
    assert found.difference.low < 0 < found.difference.high


@pytest.mark.parametrize("high", [-0.2, 0.4])
def test_a_lift_leaves_out_nought_when_the_difference_does(high):
    found = lift((10.0, 9.5), (0.1, 0.1), Estimate(-0.5, -1.0, high))
    assert found is not None
    assert (found.high < 0) == (high < 0)


def test_there_is_no_lift_over_a_control_that_could_be_nought():
    assert lift((0.1, 1.0), (1.0, 1.0), Estimate(0.9, -1.9, 3.7)) is None
    assert lift((-5.0, 1.0), (0.1, 0.1), Estimate(6.0, 5.0, 7.0)) is None


def test_a_lift_is_that_of_fieller():
    """The roots of (m₁ − r m₀)² = z² (v₁ + r² v₀)."""
    z = 1.96
    found = lift((10.0, 12.0), (0.25, 0.36), Estimate(2.0, 2.0 - z * 0.61**0.5, 2.0 + z * 0.61**0.5))
    roots = np.sort(np.roots([100 - z**2 * 0.25, -240, 144 - z**2 * 0.36])) - 1
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(roots), rel=1e-9)


def test_arms_that_do_not_vary_are_refused():
    with pytest.raises(Degenerate, match="NO_VARIATION"):
        by_t((1.0, 2.0), (0.0, 0.0), (10, 10))
    with pytest.raises(Degenerate):
        difference_of_means(*_arms([1e9] * 5, [1e9] * 7), "x")


@pytest.mark.parametrize("arms", [([], [1.0, 2.0]), ([1.0], [1.0, 2.0]), ([np.nan, 1.0], [1.0, 2.0])])
def test_an_arm_of_one_is_refused(arms):
    with pytest.raises(NotEnoughData, match="TOO_FEW_CUSTOMERS"):
        difference_of_means(*_arms(*arms), "x")
