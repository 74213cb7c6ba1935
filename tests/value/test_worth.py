"""What segments are worth: consistent with the forecast, shares that add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.results import Estimate
from segmentry.value.forecast import Sums
from segmentry.value.results import Forecast
from segmentry.value.worth import segments_worth

VALUE = np.array([10.0, 30.0, 60.0, np.nan])
LABELS = np.array([0, 0, 1, 2])
NAMES = {1: "Regulars", 0: "Newcomers", 2: "Strangers"}


def told(scale: float = 1.0, **changes: Any) -> Any:
    alive = np.array([0.5, 1.0, 0.8, np.nan])
    future = Forecast(alive, VALUE / 10, VALUE, VALUE, VALUE * scale, VALUE, VALUE, VALUE)
    sums = {
        number: Sums(Estimate(scale * total, scale * total * 0.9, scale * total * 1.2), Estimate(total / 10, total / 20, total / 5))
        for number, total in ((-1, 100.0), (0, 40.0), (1, 60.0))
    }
    given: dict[str, Any] = {
        "labels": LABELS,
        "names": NAMES,
        "past": np.array([50.0, 50.0, 300.0, np.nan]),
        "states": np.array(["new", "active", "active", ""], dtype=object),
        "churn_risk": np.array([0.2, 0.4, 0.1, np.nan]),
    }
    return segments_worth(future, sums, **(given | changes))


def test_segments_come_in_the_order_of_their_names_and_add_to_everybody() -> None:
    total, segments = told()
    assert [segment.name for segment in segments] == ["Regulars", "Newcomers", "Strangers"]
    assert np.nansum([segment.value.value for segment in segments]) == total.value.value == 100.0
    assert sum(segment.customers for segment in segments) == total.customers == 4
    assert sum(segment.past for segment in segments) == total.past == 400.0


def test_shares_of_future_and_past_each_add_to_one() -> None:
    total, segments = told()
    assert (total.share_future, total.share_past) == (1.0, 1.0)
    assert [segment.share_future for segment in segments] == [pytest.approx(0.6), pytest.approx(0.4), None]
    assert [segment.share_past for segment in segments] == [0.75, 0.25, 0.0]


def test_means_are_of_those_who_are_known() -> None:
    total, (_, newcomers, strangers) = told()
    assert newcomers.alive == 0.75
    assert newcomers.churn_risk == pytest.approx(0.3)
    assert newcomers.per_customer == 20.0
    assert np.isnan(strangers.alive)
    assert np.isnan([strangers.value.value, strangers.value.low, strangers.per_customer]).all()
    assert (strangers.share_future, strangers.states) == (None, {})
    assert total.states == {"new": 1, "active": 2, "won back": 0, "slipping": 0, "lapsed": 0}


def test_scaling_the_value_leaves_the_shares() -> None:
    plain, scaled = told()[1], told(1000.0)[1]
    assert [segment.share_future for segment in plain] == [segment.share_future for segment in scaled]


def test_without_past_or_future_there_are_no_shares() -> None:
    total, segments = told(0.0, past=None, states=None, churn_risk=None)
    assert {segment.share_past for segment in (total, *segments)} == {None}
    assert {segment.share_future for segment in (total, *segments)} == {None}
    assert total.past is None
    assert np.isnan(total.churn_risk)


def test_lengths_that_differ_and_names_that_lack_are_refused() -> None:
    with pytest.raises(UsageError, match=r"past has shape \(2,\); the forecast is of 4 customers"):
        told(past=np.ones(2))
    with pytest.raises(UsageError, match=r"names lacks the segments \[1, 2\]"):
        told(names={0: "Newcomers"})


def test_who_is_in_no_segment_counts_for_everybody_only() -> None:
    total, segments = told(labels=np.array([0, 0, 1, -1]), names={0: "Newcomers", 1: "Regulars"})
    assert total.customers == 4
    assert [segment.customers for segment in segments] == [2, 1]
