"""The test of money: exact against scipy on small data; its interval holds what the test does not refuse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.experiments.permutation import compared, permute


def _studentised(control, treated, axis):
    error = control.var(axis=axis, ddof=1) / control.shape[axis] + treated.var(axis=axis, ddof=1) / treated.shape[axis]
    return (treated.mean(axis=axis) - control.mean(axis=axis)) / np.sqrt(error)


def _money(rng, customers, share=0.2):
    return (rng.random(customers) < share) * rng.lognormal(3.0, 1.0, customers)


def test_small_samples_have_the_exact_p_of_scipy():
    control, treated = np.array([1.0, 0, 0, 3, 7, 0, 2]), np.array([4.0, 0, 9, 8, 3, 0, 5, 6])
    exact = stats.permutation_test((control, treated), _studentised, n_resamples=np.inf, vectorized=True)
    found = permute(control, treated, resamples=40_000)
    assert found.statistic == pytest.approx(exact.statistic)
    assert found.p == pytest.approx(exact.pvalue, abs=4 * np.sqrt(exact.pvalue / 40_000))


@pytest.mark.parametrize("seed", range(12))
def test_the_interval_leaves_out_nought_exactly_when_the_test_refuses_it(seed):
    rng = np.random.default_rng(seed)
    found = compared(permute(_money(rng, 200), 1.6 * _money(rng, 400), resamples=999, seed=seed), "")
    outside = found.difference.low > 0 or found.difference.high < 0
    assert outside == (found.p <= 0.05)
    assert found.lift is not None
    assert (found.lift.low > 0 or found.lift.high < 0) == outside


def test_another_currency_changes_the_difference_and_no_lift():
    rng = np.random.default_rng(1)
    control, treated = _money(rng, 300), _money(rng, 300)
    one, two = (compared(permute(factor * control, factor * treated, resamples=499), "") for factor in (1.0, 7.5))
    assert one.lift is not None
    assert two.lift is not None
    assert (two.lift.low, two.lift.high) == pytest.approx((one.lift.low, one.lift.high), abs=1e-4)
    assert two.difference.low == pytest.approx(7.5 * one.difference.low, rel=1e-3)


def test_twice_the_amounts_are_twice_as_much_and_a_hundred_per_cent_of_lift_more():
    """Bringing back a doubled arm by half gives the lots of no effect, so 1 + lift doubles with both ends, up to the luck of the lots."""
    rng = np.random.default_rng(1)
    control, treated = _money(rng, 300), _money(rng, 300)
    one, two = (compared(permute(control, factor * treated, resamples=9999), "").lift for factor in (1.0, 2.0))
    assert one is not None
    assert two is not None
    assert ((1 + two.low) / (1 + one.low), (1 + two.high) / (1 + one.high)) == pytest.approx((2.0, 2.0), rel=0.03)


def test_where_something_is_below_nought_amounts_are_shifted():
    rng = np.random.default_rng(2)
    control, treated = (_money(rng, 300) - 5.0 * (rng.random(300) < 0.1) for _ in range(2))
    found = permute(control, treated, resamples=499)
    done = compared(found, "")
    assert not found.multiplies
    assert done.difference.low < done.difference.value < done.difference.high


def test_an_arm_that_earns_nothing_has_a_finite_interval_and_no_lift():
    done = compared(permute(np.zeros(100), _money(np.random.default_rng(3), 100), resamples=499), "")
    assert done.lift is None
    assert np.isfinite([done.difference.low, done.difference.high, done.p]).all()
    back = compared(permute(_money(np.random.default_rng(3), 100), np.zeros(100), resamples=499), "")
    assert back.lift is not None
    assert back.lift.value == -1.0


def test_a_rare_tail_is_drawn_more_finely():
    rng = np.random.default_rng(4)
    found = permute(rng.normal(size=50), rng.normal(size=50) + 5, resamples=199)
    assert len(found.lots.drawn) == 1999
    assert found.p == 2 / 2000


def test_what_the_past_foretells_makes_the_interval_narrower():
    rng = np.random.default_rng(5)
    before = rng.lognormal(3.0, 1.0, 600)
    after = before * rng.lognormal(0.0, 0.2, 600)
    plain = compared(permute(after[:300], after[300:], resamples=499), "")
    helped = compared(permute(after[:300], after[300:], score=(before[:300], before[300:]), resamples=499), "")
    assert helped.error < 0.5 * plain.error
    assert helped.difference.high - helped.difference.low < 0.5 * (plain.difference.high - plain.difference.low)


def test_the_same_seed_gives_the_same_bits_in_any_order():
    rng = np.random.default_rng(6)
    control, treated = _money(rng, 200), _money(rng, 300)
    one = compared(permute(control, treated, resamples=299, seed=3), "")
    assert one == compared(permute(rng.permutation(control), rng.permutation(treated), resamples=299, seed=3), "")
    assert one.p != permute(control, treated, resamples=299, seed=4).p


def test_everybody_the_same_and_an_arm_of_one_are_refused():
    with pytest.raises(Degenerate, match="NO_VARIATION"):
        permute(np.full(5, 2.0), np.full(6, 2.0))
    with pytest.raises(NotEnoughData):
        permute(np.array([1.0]), np.array([1.0, 2.0]))
