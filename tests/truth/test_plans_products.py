"""Suggestions are called better where tastes were planted, and no better than popularity where everybody has the same taste."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom
from tests.plans.shelves import tastes

from segmentry.plans.hitrates import hit_rates

RUNS = 100


def test_where_everybody_has_the_same_taste_suggestions_are_no_better_than_popularity() -> None:
    found = [hit_rates(*tastes(500, 30, 100 + 2 * seed), k=3)[0] for seed in range(RUNS)]
    assert sum(each.better for each in found) <= binom.ppf(0.999, RUNS, 0.01)
    assert np.mean([each.ahead.low <= 0 <= each.ahead.high for each in found]) >= 0.9


def test_planted_tastes_make_suggestions_better_than_popularity() -> None:
    found = [hit_rates(*tastes(1500, 60, 700 + 2 * seed, groups=3), k=3)[0] for seed in range(20)]
    assert sum(each.better for each in found) >= 19
    assert np.mean([each.ahead.value for each in found]) > 0.05
