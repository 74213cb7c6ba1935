"""Churn risk by the own rhythm: true where the truth is known, different for weekly and quarterly buyers, refused where nobody comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.value.rhythms import Buyers, buyers

from segmentry.errors import NotEnoughData, UsageError
from segmentry.value.rhythm import Rhythm, churn_risk, fit_rhythm, longest_normal, shape_of, usual_gap

USUAL = Rhythm(shape=1.0, r=1.5, alpha=60.0, a=1.0, b=4.0, customers=500, repeaters=300)


def fitted(seen: Buyers) -> Rhythm:
    return fit_rhythm(*seen.history, gap_deviation=seen.deviation)


@pytest.mark.parametrize(("leaving", "shape", "seed"), [("purchases", 1.0, 1), ("purchases", 3.0, 2), ("time", 1.0, 3), ("never", 1.0, 4)])
def test_of_those_at_a_risk_that_share_stays_away(leaving: str, shape: float, seed: int) -> None:
    seen = buyers(8_000, seed, leaving=leaving, shape=shape)
    rhythm = fitted(seen)
    risk = churn_risk(rhythm, *seen.history)
    away = seen.waiting > longest_normal(rhythm, seen.frequency, seen.recency)
    for low in np.arange(0, 1, 0.2):
        rows = (risk >= low) & (risk < low + 0.2)
        if rows.sum() >= 100:
            # Three standard errors, and .05 for a model that need not be the one that made the data.
            band = 3 * np.sqrt(0.25 / rows.sum()) + 0.05
            assert abs(away[rows].mean() - risk[rows].mean()) < band, (low, rows.sum(), risk[rows].mean(), away[rows].mean())


@pytest.mark.parametrize(("leaving", "seed"), [("purchases", 5), ("time", 6)])
def test_at_a_risk_of_80_to_100_percent_most_are_really_gone(leaving: str, seed: int) -> None:
    seen = buyers(8_000, seed, leaving=leaving)
    risk = churn_risk(fitted(seen), *seen.history)
    high = risk >= 0.8
    assert high.sum() > 500
    assert np.isinf(seen.waiting[high]).mean() > 0.8
    assert np.isinf(seen.waiting[risk < 0.2]).mean() < 0.2


def test_a_silence_of_60_days_alarms_for_a_weekly_buyer_and_is_normal_for_a_quarterly_one() -> None:
    weekly, quarterly = churn_risk(USUAL, [50, 4], [350.0, 360.0], [410.0, 420.0])
    assert weekly > 0.95
    assert quarterly < 1 / 3
    weeks, quarter = longest_normal(USUAL, [50, 4], [350.0, 360.0])
    assert weeks < 60 < quarter


def test_one_time_buyers_get_the_rhythm_of_the_population_and_frequent_ones_their_own() -> None:
    assert usual_gap(USUAL, [0], [0.0])[0] == 40
    assert usual_gap(USUAL, [200], [1400.0])[0] == pytest.approx(7, rel=0.05)


def test_risk_grows_with_silence_up_to_1() -> None:
    for shape in (0.5, 1.0, 4.0):
        rhythm = Rhythm(shape=shape, r=0.7, alpha=30.0, a=0.5, b=3.0, customers=500, repeaters=300)
        for k, t in ((0, 0.0), (3, 90.0), (500, 700.0)):
            silence = np.r_[0, np.geomspace(1, 1e7, 60)]
            risk = churn_risk(rhythm, np.full(61, k), np.full(61, t), t + silence)
            assert np.isfinite(risk).all()
            # A regular buyer comes nearer to the next purchase at first, which makes up for the silence.
            assert shape > 1 or (np.diff(risk) > -1e-9).all()
            assert risk[-1] > 0.99
            assert 0 <= risk.min() <= risk.max() <= 1


def test_more_regular_buyers_alarm_sooner() -> None:
    regular, random = (fitted(buyers(3_000, 7, leaving="purchases", shape=shape)) for shape in (6.0, 1.0))
    assert regular.shape > 4 > 2 > random.shape
    assert longest_normal(regular, [10], [400.0])[0] < longest_normal(random, [10], [400.0])[0]


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0, 8.0])
def test_the_shape_is_found_whatever_the_rates_and_however_short_the_window(shape: float) -> None:
    for days in (150.0, 900.0):
        seen = buyers(4_000, 8, leaving="time", shape=shape, days=days)
        many = seen.frequency >= 2
        found = shape_of(seen.frequency[many], (seen.deviation * seen.frequency / seen.recency)[many] ** 2)
        assert found == pytest.approx(shape, rel=0.12)


@pytest.mark.realdata
def test_with_purely_random_gaps_it_is_the_model_of_the_literature(
    realdata: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # MBG/NBD on the CDNOW sample to 1997-09-30 (Batislam et al. 2007; CLVTools): r .525, α 6.183 weeks, a .891, b 1.614.
    raw = pd.read_csv(realdata("cdnow/CDNOW_sample.txt"), sep=r"\s+", header=None, names=["id", "customer", "date", "quantity", "amount"])
    raw["day"] = (pd.to_datetime(raw["date"].astype(str), format="%Y%m%d") - pd.Timestamp("1997-01-01")).dt.days
    days = raw[raw["day"] <= 272].drop_duplicates(["customer", "day"]).groupby("customer")["day"]
    monkeypatch.setattr("segmentry.value.rhythm.shape_of", lambda gaps, variation: 1.0)
    frequency = days.size().to_numpy() - 1.0
    rhythm = fit_rhythm(frequency, days.max() - days.min(), 272 - days.min(), gap_deviation=np.zeros(len(frequency)))
    assert (rhythm.customers, rhythm.repeaters) == (2357, 946)
    found = (rhythm.r, rhythm.alpha / 7, rhythm.a, rhythm.b)
    np.testing.assert_allclose(found, (0.525, 6.183, 0.891, 1.614), rtol=0.005)


@pytest.mark.realdata
def test_on_cdnow_the_risk_is_what_the_next_nine_months_show(realdata: Callable[[str], Path]) -> None:
    raw = pd.read_csv(realdata("cdnow/CDNOW_sample.txt"), sep=r"\s+", header=None, names=["id", "customer", "date", "quantity", "amount"])
    raw["day"] = (pd.to_datetime(raw["date"].astype(str), format="%Y%m%d") - pd.Timestamp("1997-01-01")).dt.days
    past = raw[raw["day"] <= 272].drop_duplicates(["customer", "day"]).sort_values(["customer", "day"]).groupby("customer")["day"]
    frequency, recency, tenure = past.size() - 1.0, past.max() - past.min(), 272 - past.min()
    deviation = past.apply(lambda day: np.std(np.diff(day)) if len(day) > 1 else np.nan)
    rhythm = fit_rhythm(frequency, recency, tenure, gap_deviation=deviation)
    risk, normal = churn_risk(rhythm, frequency, recency, tenure), longest_normal(rhythm, frequency, recency)
    waiting = (raw[raw["day"] > 272].groupby("customer")["day"].min() - 272).reindex(past.size().index).fillna(np.inf).to_numpy()
    judged = normal <= 273  # of the others nine months tell nothing
    assert judged.sum() > 600
    for low in (0.0, 0.25, 0.5, 0.75):
        rows = judged & (risk >= low) & (risk < low + 0.25)
        assert abs((waiting > normal)[rows].mean() - risk[rows].mean()) < 0.12


def test_neither_the_order_of_customers_nor_those_without_a_purchase_change_a_bit() -> None:
    seen = buyers(6_000, 9, leaving="time")
    order = np.random.default_rng(1).permutation(6_000)
    mixed = [np.r_[column[order], np.nan] for column in (*seen.history, seen.deviation)]
    again = fit_rhythm(mixed[0], mixed[1], mixed[2], gap_deviation=mixed[3])
    assert again == fitted(seen)
    risk = churn_risk(again, *mixed[:3])
    assert np.isnan(risk[-1])
    assert risk[:-1].tobytes() == churn_risk(again, *seen.history)[order].tobytes()


def test_the_unit_of_time_does_not_matter() -> None:
    seen = buyers(2_000, 10, leaving="purchases")
    days = fitted(seen)
    weeks = fit_rhythm(seen.frequency, seen.recency / 7, seen.tenure / 7, gap_deviation=seen.deviation / 7)
    first, second = churn_risk(days, *seen.history), churn_risk(weeks, seen.frequency, seen.recency / 7, seen.tenure / 7)
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_nobody_coming_back_is_refused_in_words() -> None:
    with pytest.raises(NotEnoughData, match="needs at least 30 customers with a repeat purchase; found 2"):
        fit_rhythm([0, 1, 2], [0, 5, 9], [10, 10, 10], gap_deviation=[np.nan, 0, 1])


def test_arguments_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(UsageError, match="1 of 2 customers have a recency below 0 or above their tenure"):
        churn_risk(USUAL, [1, 1], [50.0, 10.0], [20.0, 20.0])
    with pytest.raises(UsageError, match="have shapes"):
        churn_risk(USUAL, [1, 1], [50.0], [20.0])


@pytest.mark.parametrize("case", ["every 30 days", "all alike", "tenure 0", "years"])
def test_degenerate_histories_give_finite_answers(case: str) -> None:
    n = 60
    k, t, whole, deviation = {
        "every 30 days": (np.arange(1, n + 1), 30.0 * np.arange(1, n + 1), 30.0 * np.arange(1, n + 1) + 10, np.zeros(n)),
        "all alike": (np.full(n, 3), np.full(n, 90.0), np.full(n, 100.0), np.full(n, 10.0)),
        "tenure 0": (np.repeat([1, 0], 30), np.repeat([5.0, 0.0], 30), np.repeat([5.0, 0.0], 30), np.full(n, 0.0)),
        "years": (np.repeat([500, 1], 30), np.full(n, 36_000.0), np.full(n, 36_500.0), np.repeat([3.0, 0.0], 30)),
    }[case]
    rhythm = fit_rhythm(k, t, whole, gap_deviation=deviation)
    risk = churn_risk(rhythm, k, t, whole)
    assert np.isfinite([rhythm.r, rhythm.alpha, rhythm.a, rhythm.b]).all()
    assert ((risk >= 0) & (risk <= 1)).all()
