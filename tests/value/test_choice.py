"""The rule of the choice, step by step, on forecasts made up for it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from segmentry.value.choice import choose, gain, misplaced

RNG = np.random.default_rng(8)
MEAN = RNG.gamma(1.0, 2.0, 3000)
CAME = RNG.poisson(MEAN).astype(float)
REPEAT = MEAN > 1


def test_the_gain_is_the_paired_difference_with_its_interval() -> None:
    found = gain(CAME, np.full(3000, 2.0), MEAN)
    differences = (CAME - 2.0) ** 2 - (CAME - MEAN) ** 2
    interval = ttest_1samp(differences, 0).confidence_interval()
    assert found.value == pytest.approx(differences.mean())
    assert (found.low, found.high) == (pytest.approx(interval.low, abs=1e-2), pytest.approx(interval.high, abs=1e-2))


def test_the_smallest_error_wins_when_it_is_beyond_luck() -> None:
    assert choose(CAME, {"quick": np.full(3000, MEAN.mean()), "right": MEAN}, REPEAT).name == "right"


def test_the_preferred_wins_among_equals() -> None:
    found = choose(CAME, {"quick": MEAN * 1.002, "right": MEAN}, REPEAT)
    assert found.near == ("quick", "right")
    assert found.name == "quick"


def test_the_last_resort_is_taken_only_when_there_is_no_other() -> None:
    far = np.full(3000, MEAN.mean())
    assert choose(CAME, {"far": far, "resort": MEAN}, REPEAT).name == "resort"
    found = choose(CAME, {"far": far, "resort": MEAN}, REPEAT, last=("resort",))
    assert (found.name, found.best, found.near) == ("far", "far", ("far",))
    assert choose(CAME, {"resort": MEAN}, REPEAT, last=("resort",)).name == "resort"


def test_sums_that_are_off_lose_among_equals() -> None:
    # One-time buyers get too much, the others too little: the error per customer hardly shows it.
    shifted = MEAN + np.where(REPEAT, -0.14, 0.14)
    found = choose(CAME, {"quick": shifted, "right": MEAN}, REPEAT)
    assert found.near == ("quick", "right")
    assert misplaced(CAME, shifted, REPEAT) - misplaced(CAME, MEAN, REPEAT) > 0.01
    assert found.name == "right"


def test_a_lone_candidate_is_taken() -> None:
    assert choose(CAME, {"only": np.zeros(3000)}, REPEAT).name == "only"


def test_one_customer_alone_proves_nothing() -> None:
    came = np.r_[np.zeros(200), 500.0]
    good = np.r_[np.zeros(200), 400.0]
    assert gain(came, np.zeros(201), good).low < 0


def test_equal_forecasts_are_called_different_no_more_often_than_claimed() -> None:
    beaten = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        came = rng.poisson(1.5, 500).astype(float)
        tip = rng.normal(0, 0.1, 500)
        beaten += gain(came, 1.5 + tip, 1.5 - tip).low > 0
    assert beaten <= binom.ppf(0.999, 400, 0.025)


def test_the_choice_does_not_depend_on_the_order_of_rows() -> None:
    order = RNG.permutation(3000)
    forecasts = {"quick": MEAN * 1.01, "right": MEAN}
    turned = {name: forecast[order] for name, forecast in forecasts.items()}
    assert choose(CAME, forecasts, REPEAT) == choose(CAME[order], turned, REPEAT[order])
    assert gain(CAME, MEAN * 2, MEAN) == gain(CAME[order], MEAN[order] * 2, MEAN[order])
