"""Intervals: Wilson's, the bootstrap over units, and those on the logit scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from segmentry.errors import UsageError
from segmentry.evaluation.intervals import bootstrap, for_refits, on_logits, percentiles, resampled, share, symmetric, wilson


@pytest.mark.parametrize(("hits", "tries"), [(0, 7), (3, 11), (40, 41), (9, 9)])
def test_wilson_equals_scipy(hits: int, tries: int) -> None:
    expected = binomtest(hits, tries).proportion_ci(method="wilson")
    low, high = wilson([hits], [tries])
    assert (low[0], high[0]) == (pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high, abs=1e-12))


def test_without_trials_nothing_is_known() -> None:
    assert [end.tolist() for end in wilson([0], [0])] == [[0.0], [1.0]]
    assert share(0, 0).high == 1.0


def test_more_successes_than_trials_are_refused() -> None:
    with pytest.raises(UsageError, match=r"successes run from 4 to 4 of at most 3; allowed is 0 to trials"):
        wilson([4], [3])


def test_units_are_drawn_whole_and_their_number_is_kept() -> None:
    units = np.array([0, 0, 1, 2, 2, 2])
    for weights in resampled(units, resamples=20, seed=3):
        by_unit = [set(weights[units == unit]) for unit in range(3)]
        assert all(len(each) == 1 for each in by_unit)
        assert sum(each.pop() for each in by_unit) == 3


def test_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    def mean(weights: np.ndarray) -> np.ndarray:
        return np.array([weights[:10].sum()])

    one, two, other = (bootstrap(mean, np.arange(50), resamples=30, seed=seed) for seed in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).any()


def test_bootstrap_of_a_mean_covers_it_as_often_as_it_says() -> None:
    sets, held = 300, 0
    for seed in range(sets):
        values = np.random.default_rng(seed).exponential(size=200)
        low, high = percentiles(
            bootstrap(lambda w, v=values: np.array([(w * v).sum() / w.sum()]), np.arange(200), resamples=300, seed=seed)
        )
        held += bool(low[0] <= 1.0 <= high[0])
    # Percentiles of a skewed mean fall a point or two short of 95 %.
    assert held >= binom.ppf(0.005, sets, 0.93)


def test_draws_without_a_figure_do_not_count() -> None:
    low, high = percentiles(np.array([[np.nan], [1.0], [1.0]]))
    assert (low[0], high[0]) == (1.0, 1.0)


def test_intervals_stay_where_figures_can_be() -> None:
    assert symmetric(0.01, 1.0, least=0.0, most=1.0).low == 0.0
    assert symmetric(0.01, 1.0, least=0.0, most=1.0).high == 1.0
    wide = on_logits(0.99, 0.5)
    assert 0 <= wide.low < 0.99 < wide.high <= 1


def test_intervals_of_refits_are_wider_and_ask_for_two_folds() -> None:
    narrow = symmetric(0.1, 0.02)
    wide = for_refits(narrow, folds=10)
    assert (wide.high - wide.low) ** 2 == pytest.approx((1 + 10 / 9) * (narrow.high - narrow.low) ** 2)
    with pytest.raises(UsageError, match="folds is 1"):
        for_refits(narrow, folds=1)
