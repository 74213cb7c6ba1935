"""Shops whose truth is known: the models of value are refused where they do not apply, believed where they do, and no growth is made of a longer look."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from tests.value.shops import Shop, arrivals, at_will, collected, subscriptions

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.value.ages import same_age
from segmentry.value.assumptions import on_track, refuse, regular_intervals
from segmentry.value.gates import check_enough, prior_only
from segmentry.value.holdout import judge
from segmentry.value.tracking import Arrivals

CUTOFF, LENGTH = 272, 13.0


def highest(n: int, rate: float) -> int:
    """So many or fewer are seen 999 times in 1,000 when each happens at `rate`."""
    return int(binom.ppf(0.999, n, rate))


def refused(shop: Shop) -> str:
    """Return why the models are not tried, by code; empty when they are."""
    try:
        check_enough(shop.looked_back(shop.days - 1)[0], days=shop.days)
        refuse([regular_intervals(*shop.gaps())])
    except (NotEnoughData, Degenerate) as refusal:
        return refusal.problems[0].code
    return ""


@pytest.mark.parametrize(("jitter", "churn"), [(1.0, 0.03), (2.0, 0.06), (4.0, 0.15)])
def test_subscriptions_are_refused(jitter: float, churn: float) -> None:
    seeds = [np.random.default_rng([seed, 23]) for seed in range(40)]
    found = [refused(subscriptions(rng, 400, jitter=jitter, churn=churn)) for rng in seeds]
    assert found.count("REGULAR_INTERVALS") >= 0.95 * len(found)


def test_yearly_renewals_are_refused() -> None:
    seeds = [np.random.default_rng([seed, 24]) for seed in range(40)]
    found = [refused(subscriptions(rng, 400, days=700, period=365.0, jitter=7.0, churn=0.2)) for rng in seeds]
    assert found.count("REGULAR_INTERVALS") >= 0.95 * len(found)


def test_one_purchase_each_is_prior_only_and_the_average_is_an_upper_end() -> None:
    for seed in range(40):
        rng = np.random.default_rng([seed, 25])
        shop = collected(arrivals(rng, 500, 300), np.full((500, 1), np.inf), np.full(500, np.inf), 364)
        assert refused(shop) == "PRIOR_ONLY"
        average = prior_only(shop.looked_back(363)[0], 13.0)
        assert average.purchases.value == 0 < average.purchases.high < 0.01
        assert "nothing is said about single customers" in average.words


@pytest.mark.parametrize("leaving", ["purchases", "time", "never"])
def test_purchases_at_will_are_not_refused(leaving: str) -> None:
    found = [refused(at_will(np.random.default_rng([seed, 26]), 600, leaving=leaving)) for seed in range(100)]
    assert found.count("") >= 95


def suspected(seed: int, *, season: bool) -> bool:
    """Say whether the hold-out of a shop looks off; in a season two days are squeezed into one."""
    shop = at_will(np.random.default_rng([seed, 27]), 900, leaving="time", days=364 + 92)
    day = np.where(season & (shop.day > CUTOFF), CUTOFF + 1 + (shop.day - CUTOFF - 1) // 2, shop.day)
    pairs = np.unique(np.column_stack([shop.customer, day])[day < 364], axis=0)
    seen = Shop(pairs[:, 0], pairs[:, 1], 364)
    X, later, known = seen.looked_back(CUTOFF)
    starts = np.flatnonzero(np.diff(seen.customer, prepend=-1))
    repeats = np.bincount(np.delete(seen.day, starts), minlength=364)
    days = Arrivals(np.bincount(seen.first[known], minlength=364), repeats, CUTOFF)
    found = judge(X, later, length=LENGTH, arrivals=days)
    return not on_track(found.tracking, found.chosen).holds


def test_a_season_after_the_cutoff_is_told() -> None:
    assert sum(suspected(seed, season=True) for seed in range(12)) >= 11


@pytest.mark.slow
def test_a_steady_shop_is_not_suspected() -> None:
    assert sum(suspected(seed, season=False) for seed in range(60)) <= highest(60, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("leaving", ["purchases", "time"])
def test_a_right_model_beats_what_is_done_by_hand(leaving: str) -> None:
    beaten, biases = 0, []
    for seed in range(40):
        X, later, _ = at_will(np.random.default_rng([seed, 22]), 1500, leaving=leaving).looked_back(CUTOFF)
        found = judge(X, later, length=LENGTH)
        beaten += found.beats_baselines
        biases.append(next(one.bias for one in found.scores if one.name == found.chosen))
    assert beaten >= 38
    assert abs(np.mean(biases)) <= 0.05


@pytest.mark.slow
def test_where_customers_do_not_differ_no_model_claims_to_tell_them_apart() -> None:
    claims = []
    for seed in range(120):
        X, later, _ = at_will(np.random.default_rng([seed, 28]), 800, leaving="never").looked_back(CUTOFF)
        try:
            claims.append(judge(X, later, length=LENGTH).beats_baselines)
        except Degenerate:
            # No model at all, as mostly where nobody differs: nothing is claimed, and nothing counted.
            continue
    assert len(claims) >= 20
    assert sum(claims) <= highest(len(claims), 0.05)


def looks(seed: int, *, n: int = 1500, rise: float = 1.0) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """First days, spend in the first 60 days, and spend per customer so far at days 240 and 420; customers from day 210 on spend `rise` times."""
    rng = np.random.default_rng([seed, 24])
    shop = collected(arrivals(rng, n, 420), rng.exponential(1.0, (n, 60)) / rng.gamma(1.0, 0.05, n)[:, None], np.full(n, np.inf), 421)
    first = shop.first[shop.customer]
    spent = rng.gamma(2.0, 20.0, len(shop.day)) * np.where(first >= 210, rise, 1.0)
    early = shop.day < first + 60
    so_far = [spent[shop.day <= day].sum() / (shop.first <= day).sum() for day in (240, 420)]
    return shop.first, np.bincount(shop.customer[early], weights=spent[early], minlength=n), (so_far[0], so_far[1])


def test_a_growing_window_raises_no_alarm_where_nothing_changed() -> None:
    alarms, naive = 0, []
    for seed in range(200):
        first, value, (before, after) = looks(seed)
        naive.append(after / before - 1)
        alarms += same_age(first, value, age=60, last=420).changed
    assert np.median(naive) >= 0.3
    assert alarms <= highest(200, 0.05)


def test_a_true_rise_is_seen_at_the_same_age() -> None:
    found = [same_age(*looks(seed, rise=1.4)[:2], age=60, last=420, split=210) for seed in range(40)]
    assert sum(one.changed and one.change.value > 0 for one in found) >= 38
    assert sum(one.change.low <= 0.4 <= one.change.high for one in found) >= binom.ppf(0.001, 40, 0.95)
