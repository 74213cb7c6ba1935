"""Seasons: planted ones are found; chance, late joiners and the shop's own calendar are no season."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from scipy.stats import binom

from segmentry.errors import NotEnoughData, UsageError
from segmentry.segments.seasons import Purchasing, Seasons, _seasonal, exposure, seasons

START = (datetime.date(2021, 1, 1) - datetime.date(1970, 1, 1)).days
DAYS = 730


def shop(seed: int, *, customers: int = 400, seasonal: int = 0, busy: tuple[float, ...] = (1, 1, 1, 1), join: bool = False) -> Purchasing:
    """Draw the purchase days of customers, the first `seasonal` of whom buy in summer eight times as often."""
    rng = np.random.default_rng(seed)
    days = np.arange(DAYS)
    dates = np.datetime64("2021-01-01") + days
    quarter = (dates.astype("datetime64[M]").astype(int) % 12) // 3
    first, last, counts, shares = [], [], [], []
    for place in range(customers):
        rate = np.array(busy)[quarter] * (np.where(quarter == 2, 8, 1) if place < seasonal else 1)
        rate = np.where(days >= (rng.integers(0, 400) if join else 0), rate, 0.0)
        own = np.sort(rng.choice(days, size=int(rng.integers(8, 30)), replace=False, p=rate / rate.sum()))
        first.append(START + own[0])
        last.append(START + own[-1])
        counts.append(len(own))
        shares.append(np.bincount(quarter[own], minlength=4) / len(own))
    return Purchasing(np.array(counts, dtype=float), np.array(shares), np.array(first, dtype=float), np.array(last, dtype=float))


def found(seed: int, **planted: object) -> Seasons:
    return seasons(shop(seed, **planted), days=DAYS, seed=seed)  # type: ignore[arg-type]


def test_planted_seasons_are_found() -> None:
    result = found(1, seasonal=120)
    assert result.verdict == "seasons"
    own, others = result.labels[:120], result.labels[120:]
    # Few purchases leave many unsure; those who are told to have a season have it.
    assert (own == 3).mean() > 0.3
    assert (own == 3).sum() > 10 * (others < 5).sum()
    assert result.seasonal > 10 * result.expected


def test_purchases_at_random_have_no_season() -> None:
    assert [found(seed, customers=150).verdict for seed in range(10)].count("chance") >= 9


@pytest.mark.slow
def test_purchases_at_random_have_no_season_in_95_of_100_simulations() -> None:
    none = [found(seed, customers=150).verdict for seed in range(100, 200)].count("chance")
    assert none >= 100 - binom.ppf(0.999, 100, 0.01)
    assert none >= 95


def test_the_calendar_of_the_shop_is_no_season_of_its_customers() -> None:
    result = found(3, busy=(1, 1, 1, 3))
    assert result.verdict == "chance"
    assert result.busy[3] > 1.5
    assert "shop's calendar" in result.words


def test_joining_late_is_no_season() -> None:
    assert found(4, join=True).verdict == "chance"


def test_less_than_a_year_is_refused_with_the_months_found() -> None:
    with pytest.raises(NotEnoughData, match="need 12 full months; found 7"):
        seasons(shop(1, customers=20), days=214, seed=1)


def test_few_customers_are_told_as_not_enough_data() -> None:
    result = found(1, customers=40)
    assert result.verdict == "not enough data"
    assert not result.labels.any()


def test_customers_without_purchases_have_no_season_to_say() -> None:
    bought = shop(1, customers=150)
    nothing = np.full(10, np.nan)
    more = Purchasing(
        np.concatenate([bought.purchases, np.zeros(10)]),
        np.concatenate([bought.shares, np.full((10, 4), np.nan)]),
        np.concatenate([bought.first, nothing]),
        np.concatenate([bought.last, nothing]),
    )
    result = seasons(more, days=DAYS, seed=1)
    assert (result.labels[150:] == 0).all()
    assert result.customers == seasons(bought, days=DAYS, seed=1).customers


def test_tails_are_those_of_the_binomial() -> None:
    counts = np.array([[9, 1, 0, 0], [3, 2, 2, 3], [5, 0, 0, 0]])
    chances = np.full((3, 4), 0.25)
    tails = binom.sf(counts - 1, counts.sum(axis=1, keepdims=True), 0.25)
    expected = np.where(tails.min(axis=1) <= 0.01 / 4, tails.argmin(axis=1) + 1, 5)
    assert _seasonal(counts, chances).tolist() == expected.tolist() == [1, 5, 1]


def test_exposure_counts_the_days_of_each_quarter_over_a_leap_year() -> None:
    first = float((datetime.date(2020, 1, 1) - datetime.date(1970, 1, 1)).days)
    assert exposure(np.array([first, first + 100]), np.array([first + 365, first + 99])).tolist() == [[91, 91, 92, 92], [0, 0, 0, 0]]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="one row per customer"):
        Purchasing(np.ones(3), np.ones((3, 3)), np.ones(3), np.ones(3))
