"""Repeat purchases over time: counted by day, expected by the age of customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.value.tracking import Arrivals, track

RNG = np.random.default_rng(2)
DAYS, CUTOFF = 100, 64
FIRSTS = np.where(np.arange(DAYS) <= 40, RNG.poisson(5, DAYS), 0)
REPEATS = RNG.poisson(9, DAYS)


def curve(times: np.ndarray) -> np.ndarray:
    return 3 * (1 - np.exp(-np.asarray(times) / 5))


def test_expected_is_the_sum_over_customers_one_by_one() -> None:
    found = track(Arrivals(FIRSTS, REPEATS, CUTOFF), {"model": curve})
    first = np.repeat(np.arange(DAYS), FIRSTS)
    ends = (np.asarray(found.ends) * 7).round(9)
    by = [np.array([curve(max(end - each, 0) / 7) for each in first]).sum() for end in [ends[0] - 7, *ends]]
    assert found.expected["model"] == pytest.approx(np.diff(by))


def test_periods_are_whole_and_one_ends_on_the_cutoff() -> None:
    found = track(Arrivals(FIRSTS, REPEATS, CUTOFF), {})
    ends = (np.asarray(found.ends) * 7).round(9)
    assert ends.tolist() == list(range(8, DAYS, 7))
    assert CUTOFF in ends
    assert found.cutoff == pytest.approx(CUTOFF / 7)
    assert found.actual[0] == REPEATS[2:9].sum()


def test_a_first_week_that_is_whole_is_kept() -> None:
    found = track(Arrivals(FIRSTS, REPEATS, 62), {})
    assert found.actual[0] == REPEATS[:7].sum()
    assert found.ends[0] == 6 / 7


def test_days_without_a_purchase_are_counted_as_such() -> None:
    found = Arrivals.of((np.array([10, 12]), np.array([3, 1])), (np.array([12]), np.array([2])), cutoff=13, last=30)
    assert found.firsts.tolist() == [3, 0, 1] + [0] * 18
    assert found.repeats.sum() == 2
    assert found.cutoff == 3


def test_customers_from_after_the_cutoff_are_refused() -> None:
    with pytest.raises(UsageError, match="5 first purchases are after the cut-off"):
        Arrivals(np.r_[1, 0, 5], np.zeros(3, dtype=np.int64), 1)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match=r"firsts have shape \(3,\), repeats \(4,\)"):
        Arrivals(np.zeros(3, dtype=np.int64), np.zeros(4, dtype=np.int64), 1)


def test_a_model_that_answers_something_else_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected_new returned shape \(\) for 100 times"):
        track(Arrivals(FIRSTS, REPEATS, CUTOFF), {"odd": lambda times: 1.0})


def test_too_short_to_track_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="needs at least 7 days before and after the cut-off; found 2 and 3"):
        track(Arrivals(np.r_[1, 0, 0, 0, 0, 0], np.zeros(6, dtype=np.int64), 2), {})


@pytest.mark.realdata
def test_cdnow_is_tracked_as_in_the_literature(realdata) -> None:
    """BG/NBD stays close over both halves (Fader, Hardie and Lee 2005, figure 3)."""
    from tests.value.cdnow import look_back

    from segmentry.value import BGNBD

    past = look_back(Path(realdata("cdnow/CDNOW_sample.txt")))
    model = BGNBD().fit(past.X)
    found = track(past.arrivals, {"BG/NBD": model.expected_new})
    expected, actual = np.cumsum(found.expected["BG/NBD"]), np.cumsum(found.actual)
    assert len(found.ends) == 78
    assert expected[38] / actual[38] == pytest.approx(1.0, abs=0.03)
    assert expected[-1] / actual[-1] == pytest.approx(0.96, abs=0.03)
