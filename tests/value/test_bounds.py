"""The rule of the intervals: at most 5 % below, and the coverage nearest to 90 %."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.value.bounds import bounds, tails


def row(counts: dict[int, int]) -> np.ndarray:
    return np.repeat(np.array(list(counts), dtype=float), list(counts.values()))[None, :]


def ends(counts: dict[int, int]) -> tuple[float, float]:
    low, high = bounds(row(counts))
    return float(low[0]), float(high[0])


def test_who_hardly_buys_gets_zero_to_zero() -> None:
    assert ends({0: 950, 1: 49}) == (0.0, 0.0)


def test_nothing_left_over_below_leaves_all_ten_per_cent_above() -> None:
    # 95 % lies at 2, 90 % at 1.
    assert ends({0: 500, 1: 400, 2: 60, 3: 39}) == (0.0, 1.0)


@pytest.mark.parametrize(("zeros", "high"), [(860, 0.0), (830, 1.0)])
def test_the_end_is_where_coverage_comes_nearest(zeros: int, high: float) -> None:
    # Zero to one holds 95 %: nearer to 90 % than zeros alone only if those are below 85 %.
    assert ends({0: zeros, 1: 950 - zeros, 2: 49}) == (0.0, high)


def test_continuous_draws_leave_five_per_cent_on_either_side() -> None:
    low, high = bounds(np.arange(1.0, 400.0)[None, :])
    assert (low[0], high[0]) == (20.0, 380.0)


def test_an_atom_at_zero_below_five_per_cent_is_cut_off() -> None:
    draws = np.concatenate([np.zeros(15), np.arange(1.0, 385.0)])[None, :]
    low, _ = bounds(draws)
    assert low[0] > 0


def test_equal_draws_give_an_interval_without_width() -> None:
    assert ends({7: 399}) == (7.0, 7.0)


def test_the_order_of_draws_does_not_matter() -> None:
    draws = np.random.default_rng(0).poisson(3.0, (20, 399)).astype(float)
    shuffled = np.random.default_rng(1).permuted(draws, axis=1)
    assert np.array_equal(bounds(draws), bounds(shuffled))


def test_whole_numbers_are_covered_ninety_times_in_a_hundred() -> None:
    rng = np.random.default_rng(0)
    means = rng.uniform(0.3, 12.0, 4000)
    low, high = bounds(rng.poisson(means[:, None], (4000, 399)).astype(float))
    future = rng.poisson(means)
    # Binomial band of 99 % around 90 %, n = 4,000: ± 1.2 %.
    assert 0.888 <= np.mean((low <= future) & (future <= high)) <= 0.912


def test_tails_leave_the_same_on_either_side() -> None:
    assert tails(np.arange(1.0, 400.0)) == (20.0, 380.0)
