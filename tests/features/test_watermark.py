"""Rows that come in late: seen where they are many, and a season or chance is no lateness."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
from scipy.stats import binom
from tests.features.making import AS_OF, DAY, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.watermark import incomplete, watermark

WEEKDAYS = np.tile([1.0, 1.0, 1.0, 1.2, 1.5, 1.8, 0.6], 10)


def flagged(rng: np.random.Generator, level: float, shape: np.ndarray, runs: int) -> int:
    return sum(incomplete(rng.poisson(level * WEEKDAYS * shape))[0] > 0 for _ in range(runs))


def test_whole_days_are_flagged_in_one_run_of_a_hundred_at_most() -> None:
    rng = np.random.default_rng(11)
    for level in (5.0, 100.0, 2000.0):
        assert flagged(rng, level, np.ones(70), 1000) <= binom.ppf(0.999, 1000, 0.01)


def test_a_season_that_rises_or_falls_is_no_lateness() -> None:
    rng = np.random.default_rng(12)
    for trend in (-1.0, 1.0):
        shape = np.exp(trend * np.linspace(0, 0.7, 70))
        assert flagged(rng, 300.0, shape, 500) <= binom.ppf(0.999, 500, 0.02)


def test_days_of_which_rows_are_missing_are_flagged() -> None:
    rng = np.random.default_rng(13)
    shape = np.ones(70)
    shape[-3:] = (0.9, 0.7, 0.4)
    assert flagged(rng, 300.0, shape, 200) >= 195


def test_the_flagged_days_are_those_that_lack_rows() -> None:
    counts = 500 * WEEKDAYS
    counts[-2:] *= (0.7, 0.2)
    days, deficit = incomplete(counts)
    assert days == 2
    assert 0.4 < deficit < 0.8


def test_no_rows_at_all_are_no_lateness() -> None:
    assert incomplete(np.zeros(70)) == (0, 0.0)


def test_the_words_speak_of_the_days_of_the_data() -> None:
    with DuckEngine() as engine:
        days = np.repeat(np.arange(DAY - 99, DAY + 1), 50)
        whole = pd.DataFrame({"customer": np.arange(len(days)) % 40, "day": days, "amount": 1.0, "quantity": 1.0})
        assert watermark(engine, shop(engine, whole, customers=40)).words == ""
        late = whole[(whole["day"] < DAY - 1) | (whole.index % 5 == 0)]
        found = watermark(engine, shop(engine, late, customers=40))
        assert (found.days, found.last, found.whole) == (2, AS_OF, AS_OF - datetime.timedelta(days=2))
        assert "The last 2 days hold 80% fewer purchases" in found.words
        young = whole[whole["day"] > DAY - 40]
        assert watermark(engine, shop(engine, young, customers=40)) is None
