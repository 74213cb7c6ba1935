"""Checks of what the models take for granted: exact where theory is exact, in words, refused where nothing can be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import Degenerate, UsageError
from segmentry.value.assumptions import frequencies, on_track, refuse, regular_intervals
from segmentry.value.results import Check, Tracking

RNG = np.random.default_rng(6)


def of(gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number, mean and population deviation of gaps, shape (n, k)."""
    return np.full(len(gaps), gaps.shape[1]), gaps.mean(axis=1), gaps.std(axis=1)


def ratio(check: Check) -> float:
    return float(check.words.split("vary ")[1].split("%")[0]) / 100


@pytest.mark.parametrize("k", [2, 3, 10, 40])
def test_gaps_at_will_vary_as_much_as_expected_however_few_and_short(k: int) -> None:
    """Geometric gaps are what buying at will looks like on a calendar."""
    for mean in (3, 30):
        check = regular_intervals(*of(RNG.geometric(1 / mean, size=(4000, k)).astype(float)))
        # Given the sum the variation is exactly that of a uniform composition; its luck at 4,000 customers is under 2.5 %.
        assert check.holds
        assert ratio(check) == pytest.approx(1, abs=0.06)


def test_rates_that_differ_between_customers_change_nothing() -> None:
    means = RNG.gamma(0.8, 40, size=(4000, 1)) + 1.5
    assert ratio(regular_intervals(*of(RNG.geometric(1 / means, size=(4000, 5)).astype(float)))) == pytest.approx(1, abs=0.06)


def test_steps_of_an_erlang_process_are_their_number() -> None:
    halves = of(RNG.gamma(2, 20, size=(2000, 8)).round() + 1)
    check = regular_intervals(*halves)
    assert ratio(check) == pytest.approx(0.5, abs=0.06)
    assert (check.code, check.holds) == ("rather_regular", False)
    refuse([check])


@pytest.mark.parametrize("jitter", [0.0, 1.0, 6.0])
def test_monthly_renewals_are_refused_in_words(jitter: float) -> None:
    check = regular_intervals(*of(np.maximum(30.4 + RNG.normal(0, jitter, size=(300, 6)), 1).round()))
    assert not check.holds
    assert "like subscriptions or renewals" in check.words
    with pytest.raises(Degenerate, match=r"REGULAR_INTERVALS: Gaps between purchases vary .* treat it as a subscription"):
        refuse([check])


def test_a_renewal_skipped_now_and_then_is_still_one() -> None:
    assert not regular_intervals(*of(30.0 * RNG.geometric(0.8, size=(500, 5)))).holds


def test_yearly_renewals_leave_one_gap_each_and_are_found() -> None:
    yearly = regular_intervals(*of(365 + np.linspace(-20, 20, 201)[:, None]))
    assert (yearly.code, yearly.holds) == ("regular_intervals", False)
    assert "201 customers have one gap between purchases, of 365 days in the middle" in yearly.words
    assert regular_intervals(*of(RNG.uniform(1, 300, size=(200, 1)))).holds


def test_few_customers_decide_nothing() -> None:
    check = regular_intervals(*of(np.full((19, 5), 30.0)))
    assert check.holds
    assert "Only 19 customers" in check.words


def test_customers_without_gaps_and_daily_ones_are_left_out() -> None:
    nobody = regular_intervals([0, 0], [np.nan, np.nan], [np.nan, np.nan])
    assert nobody.holds
    assert regular_intervals(*of(np.ones((100, 20)))).words.startswith("Only 0 customers")


def test_one_customer_of_many_purchases_does_not_hide_the_rest() -> None:
    monthly = of(np.full((40, 5), 30.0))
    busy = of(RNG.geometric(0.3, size=(1, 900)).astype(float))
    assert not regular_intervals(*(np.concatenate(both) for both in zip(monthly, busy, strict=True))).holds


def test_gaps_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match=r"gaps have shape \(2,\), mean \(3,\)"):
        regular_intervals(np.ones(2), np.ones(3), np.ones(3))


def test_frequencies_beside_the_model() -> None:
    good = frequencies([600, 250, 100, 50], [590, 255, 104, 51])
    assert (good.code, good.holds) == ("frequencies", True)
    poor = frequencies([900, 50, 25, 25], [590, 255, 104, 51])
    assert not poor.holds
    assert "31% of customers are in another class than the model says (most of all with 0: 90% of customers, expected 59%)" in poor.words


def test_luck_of_few_customers_is_no_misfit() -> None:
    model = np.array([0.5, 0.2, 0.1, 0.1, 0.1])
    assert all(frequencies(RNG.multinomial(60, model), model * 60).holds for _ in range(30))
    assert not frequencies(60 * np.array([0.3, 0.4, 0.1, 0.1, 0.1]), model * 60).holds


def test_the_last_class_is_called_what_it_is() -> None:
    assert "with 2 or more" in frequencies([50, 20, 30], [60, 30, 10]).words


@pytest.mark.parametrize(("observed", "expected"), [([1, 2], [1, 2, 3]), ([0, 0], [1, 1]), ([[1]], [[1]])])
def test_counts_that_do_not_fit_are_refused(observed: list, expected: list) -> None:
    with pytest.raises(UsageError, match="Count both over the same classes"):
        frequencies(observed, expected)


def tracked(actual: float) -> Tracking:
    return Tracking((1.0, 2.0, 3.0), (500.0, actual / 2, actual / 2), {"BG/NBD": (100.0, 100.0, 100.0)}, 1.0)


def test_only_the_holdout_is_tracked() -> None:
    assert on_track(tracked(200), "BG/NBD").holds
    assert on_track(tracked(255), "BG/NBD").holds


@pytest.mark.parametrize(("actual", "words"), [(300, "50% more"), (120, "40% fewer")])
def test_a_season_or_change_is_told_but_not_refused(actual: float, words: str) -> None:
    check = on_track(tracked(actual), "BG/NBD")
    assert not check.holds
    assert words in check.words
    refuse([check])


def test_small_numbers_may_be_off_by_luck() -> None:
    few = Tracking((1.0, 2.0), (9.0, 8.0), {"model": (5.0, 5.0)}, 1.0)
    assert on_track(few, "model").holds


def test_what_nobody_expected_is_off_and_finite() -> None:
    check = on_track(Tracking((1.0, 2.0), (9.0, 8.0), {"model": (5.0, 0.0)}, 1.0), "model")
    assert not check.holds
    assert "where 0 were expected, many more" in check.words


def test_a_model_that_is_not_tracked_is_refused() -> None:
    with pytest.raises(UsageError, match="'Pareto/NBD' is not tracked; allowed are BG/NBD"):
        on_track(tracked(200), "Pareto/NBD")


@pytest.mark.realdata
def test_cdnow_is_bought_at_will_and_its_frequencies_fit(realdata) -> None:
    from tests.value.cdnow import look_back

    from segmentry.value import BGNBD
    from segmentry.value.counts import expected_customers, observed_customers

    past = look_back(Path(realdata("cdnow/CDNOW_sample.txt")))
    assert regular_intervals(*past.gaps).code == "regular_intervals"
    assert regular_intervals(*past.gaps).holds
    expected = expected_customers("BG/NBD", BGNBD().fit(past.X).params_, past.X[:, 2])
    assert frequencies(observed_customers(past.X[:, 0]), expected).holds
