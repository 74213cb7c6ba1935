"""Minimum data in words, what can be said without it, and where the cut-off lies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from segmentry.errors import NotEnoughData, UsageError
from segmentry.value.gates import check_enough, check_holdout, cutoff, prior_only


def histories(once: int, repeat: int) -> np.ndarray:
    return np.vstack([np.tile([0.0, 0.0, 20.0], (once, 1)), np.tile([2.0, 9.0, 20.0], (repeat, 1))])


def test_enough_is_enough() -> None:
    check_enough(histories(50, 100), days=84)


def test_one_purchase_each_is_prior_only() -> None:
    with pytest.raises(NotEnoughData, match="PRIOR_ONLY: nobody of 500 customers bought on a second day") as refused:
        check_enough(histories(500, 0), days=300)
    assert "only an average of all can be said, never what one customer will do" in str(refused.value)


def test_few_repeaters_are_counted() -> None:
    with pytest.raises(NotEnoughData, match="needs at least 100 customers with a repeat purchase; found 99 of 599"):
        check_enough(histories(500, 99), days=300)


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(NotEnoughData) as refused:
        check_enough(histories(500, 99), days=70)
    assert [problem.code for problem in refused.value.problems] == ["FEW_REPEATERS", "SHORT_OBSERVATION"]
    assert "needs at least 12 weeks from the first purchase of the data to the last day; found 10.0" in str(refused.value)


def test_another_shape_is_refused() -> None:
    with pytest.raises(UsageError, match=r"X has shape \(5, 2\)"):
        check_enough(np.zeros((5, 2)))


def test_the_average_is_purchases_over_time() -> None:
    found = prior_only(histories(100, 100), 10.0).purchases
    assert found.value == pytest.approx(200 / 4000 * 10)
    assert found.low < found.value < found.high


def test_without_a_repeat_purchase_the_average_has_an_upper_end() -> None:
    found = prior_only(histories(100, 0), 20.0).purchases
    # The rule of three: 3 / 100 at 95 %.
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.03, abs=1e-4)


def test_the_average_covers_the_truth_as_often_as_claimed() -> None:
    covered = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        tenure = rng.uniform(5, 30, 200)
        x = rng.poisson(rng.gamma(0.7, 0.1 / 0.7, 200) * tenure)
        found = prior_only(np.column_stack([x, x * 0, tenure]), 10.0).purchases
        covered += found.low <= 1.0 <= found.high
    # The interval is approximate: three points of slack below 90 %.
    assert binom.ppf(0.001, 400, 0.87) <= covered <= binom.ppf(0.999, 400, 0.93)


def test_customers_without_time_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="3 customers have been known for no time"):
        prior_only(np.zeros((3, 3)), 5.0)


@pytest.mark.parametrize(
    ("days", "horizon", "held_out"),
    [(374, 365, 90), (373, 365, 90), (545, 365, 120), (1826, 365, 365), (374, 60, 60), (374, 7, 28), (112, 365, 28), (119, 365, 28)],
)
def test_a_quarter_of_the_days_is_held_out_and_no_more_than_the_horizon(days: int, horizon: int, held_out: int) -> None:
    last = 14_000 + days - 1
    assert last - cutoff(14_000, last, horizon=horizon) == held_out


def test_the_cutoff_leaves_the_days_a_model_needs() -> None:
    for days in range(112, 2000, 7):
        assert cutoff(0, days - 1, horizon=365) + 1 >= 84


def test_short_data_have_no_cutoff() -> None:
    with pytest.raises(NotEnoughData, match=r"needs at least 16 weeks of data, 12 to learn from and 4 to judge by; found 15.9"):
        cutoff(0, 110, horizon=365)


def test_no_horizon_is_no_question() -> None:
    with pytest.raises(UsageError, match="horizon is 0 days"):
        cutoff(0, 500, horizon=0)


def test_a_small_holdout_is_refused() -> None:
    check_holdout(np.full(50, 2.0))
    with pytest.raises(NotEnoughData, match="needs at least 100 purchases in the hold-out to choose a model by; found 99"):
        check_holdout(np.full(99, 1.0))
