"""Logged chances: the mean that everybody would have had, and its doubt."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from segmentry.errors import DataRefused
from segmentry.experiments.effects import difference_of_means
from segmentry.experiments.weighting import weighted
from segmentry.moments import Moments


def test_equal_chances_are_no_weights():
    rng = np.random.default_rng(1)
    arms = rng.normal(size=(2, 60))
    found = weighted((arms[0], np.full(60, 0.3)), (arms[1], np.full(60, 0.7)))
    plain = difference_of_means(*(Moments.of(arm[:, None], ["x"]) for arm in arms), "x")
    assert found.difference.low == pytest.approx(plain.difference.low, rel=1e-9)
    assert found.p == pytest.approx(plain.p, rel=1e-9)


def test_customers_with_better_chances_do_not_make_an_effect():
    """The rich are treated four times as often and spend more; there is no effect."""
    runs, alarms, naive = 1000, 0, 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        rich = rng.random(800) < 0.5
        chance = np.where(rich, 0.8, 0.2)
        arm = rng.random(800) < chance
        spend = 2.0 * rich + rng.normal(size=800)
        alarms += weighted((spend[~arm], 1 - chance[~arm]), (spend[arm], chance[arm])).p <= 0.05
        naive += spend[arm].mean() - spend[~arm].mean() > 0.5
    assert naive >= 0.99 * runs
    assert alarms <= binom.ppf(0.9995, runs, 0.05)


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.2, np.nan])
def test_impossible_chances_are_refused(chance):
    with pytest.raises(DataRefused, match="IMPOSSIBLE_CHANCE"):
        weighted((np.arange(3.0), np.array([0.5, 0.5, chance])), (np.arange(3.0), np.full(3, 0.5)))
