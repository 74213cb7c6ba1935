"""The as-of day is the data's or declared, and a lonely last day is said."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.tables.asof import EPOCH, Activity, settle_as_of


@pytest.fixture(scope="module")
def engine():
    with DuckEngine() as engine:
        yield engine


def activity(engine, name, days):
    engine.put(name, {"day": np.asarray(days, dtype=np.int32)})
    return Activity(f'SELECT day FROM "{name}"', name)


def date(day):
    return EPOCH + datetime.timedelta(day)


def test_the_latest_day_of_all_activity_counts_and_is_explained(engine):
    found = settle_as_of(engine, [activity(engine, "lines", [10, 20, 15]), activity(engine, "opens", [5, 33])])
    assert (found.day, found.first) == (date(33), date(5))
    assert "opens" in found.reason
    assert found.notes == ()


def test_a_last_day_far_beyond_nearly_all_activity_is_warned_of(engine):
    found = settle_as_of(engine, [activity(engine, "lines", [*range(2000), 2000 + 31])])
    assert found.day == date(2031)
    assert [(note.code, note.level) for note in found.notes] == [("lonely_as_of", "warning")]


def test_thirty_days_beyond_are_not_warned_of(engine):
    days = [100] * 1998 + [100, 130]
    assert settle_as_of(engine, [activity(engine, "lines", days)]).notes == ()


def test_a_declared_day_wins_and_later_rows_are_counted(engine):
    found = settle_as_of(engine, [activity(engine, "lines", [10, 20, 21, 30])], date(20))
    assert found.day == date(20)
    assert "2 dated rows" in found.notes[0].words
    assert "declared" in found.reason


def test_a_declared_day_before_all_activity_is_refused(engine):
    with pytest.raises(DataRefused, match="AS_OF_TOO_EARLY"):
        settle_as_of(engine, [activity(engine, "lines", [10, 20])], date(9))


def test_data_without_dates_has_no_as_of_day_and_says_so(engine):
    found = settle_as_of(engine, [])
    assert found.day is None
    assert "no dates" in found.reason
    assert settle_as_of(engine, [], date(7)).day == date(7)
