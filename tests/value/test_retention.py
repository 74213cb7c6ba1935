"""Survival against published figures, by hand, and on buyers whose leaving is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.value.rhythms import buyers

from segmentry.errors import NotEnoughData, UsageError
from segmentry.value.lifecycle import notice, states
from segmentry.value.results import Survival
from segmentry.value.retention import compare, followed, log_rank, share_at, survival
from segmentry.value.rhythm import fit_rhythm

# Weeks in remission of leukaemia patients, Freireich et al. (1963): 6-MP (negative: censored) and placebo.
TREATED = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
WEEKS = np.abs(np.array(TREATED + PLACEBO, dtype=float))
ENDED = np.array(TREATED + PLACEBO) > 0
ARM = np.repeat([0, 1], 21)
NAMES = ("6-MP", "placebo")


def test_the_curve_of_freireich_is_the_published_one() -> None:
    # Shares: Kalbfleisch and Prentice (2002), and every textbook; log-log bands as Stata prints them for these data.
    curve = survival(WEEKS, ENDED, ARM, NAMES)[1]
    assert (curve.name, curve.customers, curve.ended) == ("6-MP", 21, 9)
    assert curve.times == (0, 6, 7, 10, 13, 16, 22, 23, 25)
    np.testing.assert_allclose(curve.share[1:8], (0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448), atol=5e-4)
    np.testing.assert_allclose(curve.low[1:8], (0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881), atol=5e-5)
    np.testing.assert_allclose(curve.high[1:8], (0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801), atol=5e-5)


def test_the_log_rank_test_of_freireich_is_the_published_one() -> None:
    # Chi-squared 16.79 on one degree of freedom; 9 and 21 ended, 19.25 and 10.75 expected.
    treated, placebo = log_rank(WEEKS, ENDED, ARM, NAMES)
    assert (treated.ended, round(treated.expected, 2), placebo.ended, round(placebo.expected, 2)) == (9, 19.25, 21, 10.75)
    # Two groups are two tests: the p-value of 16.79 (.0000417) twice.
    assert treated.p_value == placebo.p_value == pytest.approx(2 * 4.169e-5, rel=0.001)


def test_without_censoring_the_curve_is_the_share_that_lasted_longer() -> None:
    times = np.repeat([0.0, 2.0, 5.0, 9.0], [10, 20, 30, 40])
    curve = survival(times, np.ones(100, dtype=bool))[0]
    assert curve.times == (0, 0, 2, 5, 9)
    np.testing.assert_allclose(curve.share, (1, 0.9, 0.7, 0.4, 0), atol=1e-12)
    np.testing.assert_allclose(share_at(curve, 4.0)[0], 0.7)


def test_nobody_ended_is_a_flat_line() -> None:
    curve = survival(np.arange(20.0), np.zeros(20, dtype=bool))[0]
    assert (curve.times, curve.share, curve.low, curve.high) == ((0, 15), (1, 1), (1, 1), (1, 1))
    assert math.isnan(share_at(curve, 16.0)[0])


def test_the_band_holds_the_truth_19_times_in_20() -> None:
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(400):
        life, window = rng.exponential(10, 150), rng.uniform(0, 20, 150)
        curve = survival(np.minimum(life, window), life <= window)[0]
        _, low, high = share_at(curve, 8.0)
        inside += low <= math.exp(-0.8) <= high
    assert 0.918 <= inside / 400 <= 0.978  # 99 % binomial band of .95


@pytest.mark.parametrize(("leaving", "seed"), [("purchases", 1), ("time", 2)])
def test_inferred_ends_follow_the_true_curve(leaving: str, seed: int) -> None:
    seen = buyers(8_000, seed, leaving=leaving, usual=20.0)
    rhythm = fit_rhythm(*seen.history, gap_deviation=seen.deviation)
    lapsed = states(rhythm, *seen.history, longest_gap=seen.longest, since_longest=seen.since_longest) == "lapsed"
    times, ended = followed(seen.recency, seen.tenure, lapsed=lapsed, notice=notice(rhythm))
    curve = survival(times, ended)[0]
    for day in (0.0, 30.0, 90.0, 200.0, 400.0):
        truth = (seen.last > day).mean()
        assert abs(share_at(curve, day)[0] - truth) < 0.06, (day, share_at(curve, day), truth)


def test_who_first_bought_within_the_notice_is_not_judged() -> None:
    times, ended = followed([0.0, 90.0, np.nan, 10.0], [50.0, 90.0, np.nan, 200.0], lapsed=[True, False, False, True], notice=60.0)
    np.testing.assert_array_equal(times, [np.nan, 30, np.nan, 10])
    assert ended.tolist() == [False, False, False, True]


def test_groups_of_fewer_than_five_and_tails_of_fewer_than_five_are_not_shown() -> None:
    times, ended = np.r_[np.arange(1.0, 21), [3.0, 4.0]], np.ones(22, dtype=bool)
    everyone, large, small = survival(times, ended, np.repeat([0, 1], [20, 2]), ("large", "small"))
    assert (small.times, small.customers) == ((), 2)
    assert (large.times[-1], everyone.customers) == (16, 22)
    assert math.isnan(share_at(small, 1.0)[0])


def test_many_times_are_thinned_and_stay_on_the_curve() -> None:
    rng = np.random.default_rng(3)
    times = rng.exponential(100, 5_000)
    curve = survival(times, np.ones(5_000, dtype=bool))[0]
    assert len(curve.times) <= 202
    np.testing.assert_allclose(curve.share, [(times > time).mean() if time else 1 for time in curve.times], atol=1e-9)


def test_groups_that_do_not_differ_are_seldom_told_apart() -> None:
    rng = np.random.default_rng(4)
    told = 0
    for _ in range(200):
        life, window = rng.exponential(10, 200), rng.uniform(0, 20, 200)
        found = log_rank(np.minimum(life, window), life <= window, rng.integers(0, 4, 200), "abcd")
        told += min(test.p_value for test in found) < 0.05
    assert told <= 20  # 200 draws at 5 %: more than 20 has a chance of 0.1 %


def test_the_sentence_names_the_longest_and_the_shortest_and_claims_no_proof() -> None:
    words = compare(survival(WEEKS, ENDED, ARM, NAMES), 10.0)
    assert words.startswith(
        "10 weeks after the first purchase 75% of “6-MP” were still active (95% interval 50% to 89%) and 38% of “placebo”"
    )
    assert "proves nothing" in words
    assert compare(survival(WEEKS, ENDED), 10.0) == ""
    assert compare((Survival(0, "A", (), (), (), (), 2, 1),), 1.0) == ""


def test_too_few_to_follow_are_refused_in_words() -> None:
    with pytest.raises(NotEnoughData, match="needs at least 5 customers who can be followed; found 0"):
        survival(*followed(np.ones(9), np.full(9, 2.0), lapsed=np.zeros(9), notice=math.inf))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: survival([1.0, 2.0], [True]), "have shapes"),
        (lambda: survival([-1.0] * 9, [True] * 9), "9 of 9 times are negative"),
        (lambda: survival([1.0] * 9, [True] * 9, [3] * 9, ("a", "b")), "the highest group is 3 and there are 2 names"),
        (lambda: log_rank([1.0], [True], [0], ("a",)), "at least two"),
        (lambda: followed([1.0], [2.0], lapsed=[False], notice=0.0), "notice is 0.0"),
        (lambda: followed([1.0], [2.0, 3.0], lapsed=[False], notice=1.0), "have shapes"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=words):
        call()
