"""Arms that lost customers are noticed, clean ones are left alone, and what cannot be noticed is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from segmentry.errors import UsageError
from segmentry.experiments.imbalance import ALARM, check_split, log_evidence, visible_loss, watch_split

HALVES = [0.5, 0.5]


def test_the_p_value_is_that_of_the_chi_square_test() -> None:
    counts, shares = [5_100, 2_400, 2_450], [0.5, 0.25, 0.25]
    found = check_split(counts, shares)
    assert found.p == pytest.approx(chisquare(counts, np.sum(counts) * np.array(shares)).pvalue)
    assert found.expected == pytest.approx((4975.0, 2487.5, 2487.5))


def test_clean_splits_are_left_alone() -> None:
    # 5,000 clean splits: at most 16 alarms, the 99.9 % band of a binomial of 5,000 at .001.
    rng = np.random.default_rng(4)
    alarms = sum(check_split((control, 20_000 - control), HALVES).red for control in rng.binomial(20_000, 0.5, 5_000).tolist())
    assert alarms <= 16


@pytest.mark.parametrize(("customers", "share"), [(20_000, 0.0465), (2_000_000, 0.00465)])
def test_the_smallest_loss_that_can_be_seen_is_said(customers: int, share: float) -> None:
    found = check_split((customers // 2, customers // 2), HALVES)
    assert found.visible == pytest.approx(share, rel=0.005)
    assert f"{100 * share:.1f}%" in found.words
    assert found.surely is not None
    assert found.surely > found.visible


def test_losses_are_seen_as_often_as_said() -> None:
    rng = np.random.default_rng(8)
    found = check_split((10_000, 10_000), HALVES)
    assert found.visible
    assert found.surely
    for loss, low, high in ((found.visible, 0.45, 0.55), (found.surely, 0.75, 0.85), (0.04, 0.2, 0.4)):
        control = rng.binomial(20_000, 0.5, 2_000)
        treated = rng.binomial(20_000 - control, 1 - loss)
        assert low < np.mean([check_split(pair, HALVES).red for pair in zip(control.tolist(), treated.tolist(), strict=True)]) < high


def test_a_red_split_names_the_arms_and_shows_no_effect() -> None:
    found = check_split((10_000, 9_000), HALVES, arms=("control", "offer"))
    assert found.red
    assert "offer 9,000 instead of 9,500" in found.words
    assert "no effect is shown" in found.words


def test_too_few_customers_are_not_checked() -> None:
    found = check_split((15, 0), HALVES)
    assert (found.p, found.red, found.visible) == (None, False, None)
    assert "Too few customers to check the split: 7.5 are expected" in found.words
    assert check_split((16, 0), HALVES).red
    assert watch_split(np.zeros((0, 2)), HALVES).p is None


def test_watching_every_day_cries_wolf_no_more_often_than_once() -> None:
    # 5,000 experiments of 28 days; the bound is .001 for all days together.
    rng = np.random.default_rng(12)
    daily = rng.binomial(700, 0.5, (5_000, 28)).astype(np.float64)
    sums = np.cumsum(np.stack([daily, 700 - daily], axis=-1), axis=1)
    ever = log_evidence(sums.reshape(-1, 2), np.array(HALVES)).reshape(5_000, 28).max(axis=1) >= -np.log(ALARM)
    assert ever.sum() <= 16


def test_a_broken_lot_is_noticed_among_few_and_among_many() -> None:
    for daily in ((13, 27), (500, 560), (50_000, 50_800)):
        assert watch_split([daily] * 20, HALVES).red


def test_reading_the_plain_test_every_day_would_cry_wolf_too_often() -> None:
    rng = np.random.default_rng(12)
    sums = np.cumsum(rng.binomial(700, 0.5, (5_000, 28)), axis=1)
    total = 700 * np.arange(1, 29)
    ever = (abs(2 * sums - total) / np.sqrt(total) > 3.2905).any(axis=1)
    assert ever.sum() > 16


def test_a_leak_is_noticed_before_the_end() -> None:
    rng = np.random.default_rng(3)
    daily = np.column_stack([rng.binomial(700, 0.5, 28), rng.binomial(700, 0.45, 28)])
    assert watch_split(daily, HALVES).red
    # Once red it stays red, even if later days make up for it.
    assert watch_split([*daily.tolist(), [0, int(np.diff(-daily.sum(axis=0))[0])]], HALVES).red


def test_what_watching_can_see_is_said_too() -> None:
    once, daily = check_split((10_000, 10_000), HALVES), watch_split([[10_000, 10_000]], HALVES)
    assert daily.visible is not None
    assert once.visible is not None
    assert once.visible < daily.visible < 1.5 * once.visible
    # At the loss that is said to be visible the evidence suffices, and not by much: the figure counts on one of three weights alone.
    lost = 10_000 * daily.visible
    evidence = log_evidence(np.array([[10_000 + lost / 2, 10_000 - lost / 2]]), np.array(HALVES))[0]
    assert 1.0 <= evidence / -np.log(ALARM) <= 1.05


def test_a_small_arm_is_harder_to_watch() -> None:
    assert visible_loss(20_000, [0.95, 0.05], limit=10.83) > visible_loss(20_000, HALVES, limit=10.83)


@pytest.mark.parametrize(
    ("counts", "shares"), [([1], [1.0]), ([1, 2], [0.5]), ([1, 2], [0.5, 0.6]), ([-1, 2], HALVES), ([1, 2], [1.0, 0.0])]
)
def test_counts_that_do_not_fit_are_refused(counts: list[int], shares: list[float]) -> None:
    with pytest.raises(UsageError, match="allowed"):
        check_split(counts, shares)
