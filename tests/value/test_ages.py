"""Cohorts at the same age: a longer look is no growth, growth is."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.value.ages import same_age

RNG = np.random.default_rng(9)
FIRST = np.repeat(np.arange(300), 5)
WORTH = RNG.gamma(1.5, 30, len(FIRST))


def test_constant_customers_have_not_changed() -> None:
    found = same_age(FIRST, WORTH, age=60, last=330)
    assert not found.changed
    assert found.change.low < 0 < found.change.high
    assert "no change beyond luck" in found.words
    assert found.split == 136


def test_a_rise_is_found_and_measured() -> None:
    found = same_age(FIRST, WORTH * np.where(FIRST >= 136, 1.5, 1.0), age=60, last=330)
    assert found.changed
    assert found.change.low < 0.5 < found.change.high
    assert "later customers are worth more" in found.words


def test_customers_who_are_too_young_are_not_counted() -> None:
    young = FIRST > 330 - 60 + 1
    assert same_age(FIRST, np.where(young, 1e9, WORTH), age=60, last=330) == same_age(FIRST, WORTH, age=60, last=330)
    assert sum(same_age(FIRST, WORTH, age=60, last=330).customers) == (~young).sum()


def test_those_who_were_there_when_the_data_begins_can_be_left_out() -> None:
    opening = np.where(FIRST < 40, WORTH * 3, WORTH)
    assert same_age(FIRST, opening, age=60, last=330, split=150).changed
    assert not same_age(FIRST, opening, age=60, last=330, split=150, since=40).changed


def test_the_order_of_rows_changes_no_bit() -> None:
    order = RNG.permutation(len(FIRST))
    assert same_age(FIRST, WORTH, age=60, last=330) == same_age(FIRST[order], WORTH[order], age=60, last=330)


def test_too_few_of_that_age_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="at least 100 earlier and as many later customers known for 320 days; found 30 and 30"):
        same_age(FIRST, WORTH, age=320, last=330)
    with pytest.raises(NotEnoughData, match="found 0 and 0"):
        same_age(np.zeros(0), np.zeros(0), age=5, last=330)
    with pytest.raises(NotEnoughData, match="found 0 and 300"):
        same_age(np.zeros(300), np.ones(300), age=5, last=330)


def test_nothing_spent_is_refused() -> None:
    with pytest.raises(Degenerate, match="spent nothing on balance in their first 60 days"):
        same_age(FIRST, np.zeros(len(FIRST)), age=60, last=330)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match=r"first has shape \(1500,\), value \(3,\) and the age is 60 days"):
        same_age(FIRST, np.ones(3), age=60, last=330)
