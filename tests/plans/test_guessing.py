"""Guessing one thing from another: nothing where there is nothing, and all of it where all is told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats.contingency import association

from segmentry.plans.guessing import cramers_v, guessed_together, guessed_yes


@pytest.mark.parametrize("levels", [2, 12])
def test_a_coin_is_called_a_guess_in_at_most_1_of_100_runs(levels: int) -> None:
    runs = 200
    found = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        found.append(guessed_yes(rng.random(300) < 0.3, rng.integers(0, levels, 300), seed=seed))
    assert sum(each is not None and each.low > 0.5 for each in found) <= binom.ppf(0.999, runs, 0.01)
    assert all(each is not None and each.value >= 0.5 for each in found)


def test_two_attributes_tell_together_what_neither_tells_alone() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    yes = rng.random(600) < np.where(one + other == 2, 0.9, np.where(one + other == 0, 0.1, 0.5))
    together = guessed_together(yes, [one, other], seed=0)
    alone = guessed_yes(yes, one, seed=0)
    assert together is not None
    assert alone is not None
    assert together.value > alone.value + 0.05
    assert guessed_together(yes, [np.zeros(600, dtype=np.int64)], seed=0) is None


def test_cramers_v_is_less_than_the_uncorrected_one_and_near_nothing_where_there_is_nothing() -> None:
    rng = np.random.default_rng(1)
    values, lows = [], []
    for seed in range(100):
        one, other = rng.integers(0, 5, 200), rng.integers(0, 6, 200)
        found = cramers_v(one, other, seed=seed)
        table = np.zeros((5, 6), dtype=np.int64)
        np.add.at(table, (one, other), 1)
        assert found.value < association(table, method="cramer")
        values.append(found.value)
        lows.append(found.low)
    assert np.mean(values) < 0.06
    assert np.sum(np.array(lows) > 0) <= binom.ppf(0.999, 100, 0.01)


def test_cramers_v_by_bergsmas_formula() -> None:
    one = np.repeat([0, 1], [60, 40])
    other = np.concatenate([np.repeat([0, 1], [45, 15]), np.repeat([0, 1], [10, 30])])
    n, chi = 100, 100 * (45 * 30 - 15 * 10) ** 2 / (60 * 40 * 55 * 45)
    phi, size = chi / n - 1 / (n - 1), 2 - 1 / (n - 1)
    assert cramers_v(one, other, seed=0).value == pytest.approx(np.sqrt(phi / (size - 1)))
