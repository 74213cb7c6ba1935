"""Lifecycle states: every customer with a purchase has exactly one, by rules that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.value.rhythms import buyers

from segmentry.errors import UsageError
from segmentry.value.lifecycle import WORDS, counted, newcomer, notice, states
from segmentry.value.results import STATES
from segmentry.value.rhythm import Rhythm, churn_risk, fit_rhythm, longest_normal

# Usual gap of a newcomer: 40 days; late after 64, too long after 120.
USUAL = Rhythm(shape=1.0, r=1.5, alpha=60.0, a=1.0, b=2.0, customers=500, repeaters=300)


def state(frequency: float, recency: float, tenure: float, longest: float = math.nan, since: float = math.nan) -> str:
    return str(states(USUAL, [frequency], [recency], [tenure], longest_gap=[longest], since_longest=[since])[0])


def test_one_purchase_is_new_then_slipping_then_lapsed() -> None:
    assert [round(newcomer(USUAL)), round(longest_normal(USUAL, [0], [0.0])[0])] == [64, 120]
    assert [state(0, 0, day) for day in (0, 63, 66, 119, 121, 2000)] == ["new", "new", "slipping", "slipping", "lapsed", "lapsed"]


def test_the_same_silence_is_late_for_a_weekly_buyer_and_active_for_a_quarterly_one() -> None:
    assert state(50, 350, 368, 14, 200) == "slipping"
    assert state(50, 350, 410, 14, 200) == "lapsed"
    assert state(4, 360, 420, 100, 250) == "active"


def test_a_newcomer_who_bought_again_is_new_until_the_first_purchase_is_old() -> None:
    assert state(2, 40, 50, 25, 10) == "new"
    assert state(2, 40, 70, 25, 30) == "active"


def test_who_came_back_after_an_absence_too_long_for_them_is_won_back_for_a_while() -> None:
    assert state(20, 340, 345, 200, 5) == "won back"
    assert state(20, 600, 605, 200, 465) == "active"
    assert state(20, 340, 345, 30, 5) == "active"


def test_the_absence_of_a_rare_buyer_is_no_absence() -> None:
    assert state(3, 600, 610, 205, 10) == "active"


def test_a_silent_customer_is_not_won_back() -> None:
    assert state(20, 340, 600, 200, 260) == "lapsed"


def test_who_never_bought_has_no_state() -> None:
    assert state(math.nan, math.nan, math.nan) == ""


@given(st.integers(0, 400), st.floats(0, 3_000), st.floats(0, 3_000), st.floats(0, 1), st.floats(0, 1))
def test_everyone_with_a_purchase_has_exactly_one_state(k: int, t: float, silence: float, part: float, when: float) -> None:
    t = 0.0 if k == 0 else t + k
    longest = t / k + part * (t - t / k) if k else math.nan
    since = silence + when * (t - longest) if k else math.nan
    assert state(k, t, t + silence, longest, since) in STATES


def test_states_follow_the_truth() -> None:
    seen = buyers(6_000, 3, leaving="purchases")
    rhythm = fit_rhythm(*seen.history, gap_deviation=seen.deviation)
    found = states(rhythm, *seen.history, longest_gap=seen.longest, since_longest=seen.since_longest)
    numbers = counted(found)
    assert sum(numbers.values()) == 6_000
    assert min(numbers.values()) > 30
    gone = {name: np.isinf(seen.waiting[found == name]).mean() for name in STATES}
    assert gone["active"] < gone["slipping"] < gone["lapsed"]
    assert gone["lapsed"] > 0.7
    risk = churn_risk(rhythm, *seen.history)
    assert (risk[found == "lapsed"] >= 0.5).all()


def test_buyers_at_random_are_seldom_won_back() -> None:
    # Nobody ever left, and rates never changed: an absence too long for the own rhythm is chance, of at most 5 in 100.
    seen = buyers(6_000, 4, leaving="never")
    rhythm = fit_rhythm(*seen.history, gap_deviation=seen.deviation)
    found = states(rhythm, *seen.history, longest_gap=seen.longest, since_longest=seen.since_longest)
    assert counted(found)["won back"] / 6_000 < 0.05


def test_the_order_of_customers_changes_nothing() -> None:
    seen = buyers(500, 5, leaving="time")
    order = np.random.default_rng(0).permutation(500)
    whole = states(USUAL, *seen.history, longest_gap=seen.longest, since_longest=seen.since_longest)
    mixed = [column[order] for column in (*seen.history, seen.longest, seen.since_longest)]
    assert states(USUAL, mixed[0], mixed[1], mixed[2], longest_gap=mixed[3], since_longest=mixed[4]).tolist() == whole[order].tolist()


def test_the_notice_is_the_silence_after_which_a_newcomer_is_lapsed() -> None:
    assert notice(USUAL) == pytest.approx(longest_normal(USUAL, [0], [0.0])[0])
    nobody_leaves = Rhythm(shape=1.0, r=100.0, alpha=4000.0, a=1e-9, b=1.0, customers=500, repeaters=300)
    silence = notice(nobody_leaves)
    assert silence > 4 * longest_normal(nobody_leaves, [0], [0.0])[0]
    assert churn_risk(nobody_leaves, [0], [0.0], [silence])[0] >= 0.5


def test_every_state_has_words() -> None:
    assert set(WORDS) == set(STATES)


def test_gaps_of_another_length_are_refused() -> None:
    with pytest.raises(UsageError, match="pass one number for each of 1 customers"):
        states(USUAL, [0], [0], [10], longest_gap=[1.0, 2.0], since_longest=[1.0])
