"""Sentences over time: full periods only, the season named, the opening month set apart."""

from __future__ import annotations

import datetime

import numpy as np

from segmentry.features.history import Cohorts, History, Period
from segmentry.plots.history import name_of
from segmentry.reports import history


class Told:
    """A story with a history."""

    currency = "£"

    def __init__(self, found: History | None) -> None:
        self.history = found


def made(months: int, *, last_complete: bool = True, cohorts: Cohorts | None = None, growth: float = 0.0) -> History:
    starts = [datetime.date(2022 + month // 12, month % 12 + 1, 1) for month in range(months)]
    periods = tuple(
        Period(start, last_complete or place < months - 1, 50, 60, 5, 1000.0 * (1 + growth * (place >= 12)) + 10 * (place % 12))
        for place, start in enumerate(starts)
    )
    return History("purchases", "month", periods, cohorts, 300, 310, datetime.date(2024, 1, 9))


def words(found: History | None) -> str:
    return " ".join(history.sentences(Told(found)))  # type: ignore[arg-type]


def test_one_year_is_told_with_a_word_on_the_season() -> None:
    told = words(made(12))
    assert "From Jan 2022 to Dec 2022, 12 full months: net revenue of £1,055 a month on average" in told
    assert "lowest £1,000 (Jan 2022), highest £1,110 (Dec 2022)" in told
    assert "may be the season" in told
    assert "than the twelve before" not in told


def test_two_years_are_compared_month_by_month() -> None:
    assert "came to 10% more than the twelve before" in words(made(24, growth=0.1055))
    assert "what is, these figures cannot say" in words(made(24, growth=-0.2))
    assert "less than the twelve before" in words(made(24, growth=-0.2))


def test_what_is_incomplete_is_named_and_left_out() -> None:
    told = words(made(13, last_complete=False))
    assert f"{name_of(datetime.date(2023, 1, 1), 'month')} is not covered in full (the data ends on 9 January 2024)" in told
    assert "12 full months" in told


def test_the_opening_month_is_not_counted_among_those_who_come_back() -> None:
    active = np.array([[1.0, 0.9], [1.0, 0.2], [1.0, 0.2], [1.0, 0.2], [1.0, np.nan]])
    months = tuple(datetime.date(2022, month, 1) for month in range(1, 6))
    told = words(made(12, cohorts=Cohorts(months, (100, 10, 10, 10, 10), active, active, opening=True)))
    assert "buying again: 20% 1 month later." in told
    assert "Jan 2022 is where the data begins" in told


def test_without_dates_nothing_is_drawn_or_said() -> None:
    bare = Told(None)
    assert history.sentences(bare) == history.pictures(bare) == history.cohorts(bare) == ()  # type: ignore[arg-type]
