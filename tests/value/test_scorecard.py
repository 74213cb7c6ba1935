"""Seven figures of a forecast: what they are on hand-made cases, with ties, and in any order of rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from segmentry.errors import NotEnoughData, UsageError
from segmentry.value.scorecard import gini, mean_absolute_error, root_mean_square, score, spearman, top_share, total_bias

RNG = np.random.default_rng(5)
CAME = RNG.poisson(RNG.gamma(0.5, 2.0, 400)).astype(float)
FORETOLD = np.round(CAME + RNG.normal(0, 2, 400)).clip(0)


def lorenz_gini(came: np.ndarray, order: np.ndarray) -> float:
    """The area between the curve of concentration and the diagonal, by trapezoids; without ties."""
    curve = np.append(0, np.cumsum(came[order])) / came.sum()
    return float(np.trapezoid(curve, np.linspace(0, 1, len(curve))) - 0.5)


def test_errors_are_those_of_the_definition() -> None:
    assert total_bias([1, 3], [1.0, 1.0]) == pytest.approx(-0.5)
    assert mean_absolute_error([1, 3], [1.0, 1.0]) == 1.0
    assert root_mean_square([1, 3], [1.0, 1.0]) == pytest.approx(np.sqrt(2))


def test_spearman_is_that_of_scipy() -> None:
    assert spearman(CAME, FORETOLD) == pytest.approx(stats.spearmanr(CAME, FORETOLD).statistic, abs=1e-12)


def test_gini_is_the_area_under_the_curve_of_concentration_over_that_of_the_perfect_ranking() -> None:
    came, foretold = RNG.gamma(0.5, 2.0, 300), RNG.random(300)
    own, perfect = lorenz_gini(came, np.argsort(-foretold)), lorenz_gini(came, np.argsort(-came))
    assert gini(came, foretold) == pytest.approx(own / perfect, abs=1e-9)


def test_ties_count_as_the_mean_over_all_their_orders() -> None:
    came, foretold = np.array([5.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.5])
    either = [gini(came, foretold + np.array(tip)) for tip in ([0.1, 0, 0], [0, 0.1, 0])]
    assert gini(came, foretold) == pytest.approx(np.mean(either))


def test_the_tenth_takes_of_equal_customers_as_many_as_fit() -> None:
    came = np.r_[10.0, np.zeros(9), np.full(10, 1.0)]
    foretold = np.r_[3.0, 3.0, 3.0, 3.0, np.ones(16)]
    # Two of four equals fit, who made 10 of 20 purchases together.
    assert top_share(came, foretold) == pytest.approx(0.25)


def test_a_forecast_that_ranks_nobody_is_chance_and_says_so() -> None:
    found = score("flat", "the same", "baseline", CAME, np.full(len(CAME), 0.7))
    assert (found.spearman, found.gini, found.top_share) == (0.0, 0.0, pytest.approx(0.1))
    assert found.words == "the same; the same for everyone, so it ranks nobody"


def test_noise_of_arithmetic_makes_no_ranking() -> None:
    third = np.full(len(CAME), 1 / 3)
    third[::2] = 1 - 2 / 3
    assert len(set(third)) == 2
    assert spearman(CAME, third) == 0.0


def test_customers_who_all_bought_the_same_give_no_ranking_but_finite_figures() -> None:
    found = score("model", "words", "model", np.ones(50), np.linspace(0, 2, 50))
    assert (found.spearman, found.gini) == (0.0, 0.0)
    assert found.top_share == pytest.approx(0.1)


@given(st.integers(0, 10_000))
def test_no_bit_depends_on_the_order_of_rows(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(CAME))
    money = CAME * 1.1
    assert score("a", "b", "model", money, FORETOLD / 3) == score("a", "b", "model", money[order], FORETOLD[order] / 3)


def test_a_perfect_forecast_is_perfect() -> None:
    found = score("oracle", "knows", "model", CAME, CAME)
    assert (found.bias, found.mae, found.rmse) == (0, 0, 0)
    assert found.spearman == pytest.approx(1)
    assert found.gini == pytest.approx(1)


def test_huge_values_stay_finite() -> None:
    found = score("a", "b", "model", np.r_[CAME, 1e18], np.r_[FORETOLD, 1e17])
    assert all(np.isfinite([found.bias, found.mae, found.rmse, found.spearman, found.gini, found.top_share]))


def test_a_holdout_without_purchases_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="3 customers bought nothing in the hold-out"):
        score("a", "b", "model", np.zeros(3), np.ones(3))


@pytest.mark.parametrize(
    ("came", "foretold", "words"),
    [
        ([1.0], [1.0, 2.0], r"shape \(1,\) and predicted \(2,\)"),
        ([], [], r"allowed are two of shape \(n,\)"),
        ([1, 2], [1, np.nan], "1 of 2 customers have no finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(came: list[float], foretold: list[float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        gini(came, foretold)
