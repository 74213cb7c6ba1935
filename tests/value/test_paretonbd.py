"""Pareto/NBD: published figures, another library, derivatives, stability, and data it cannot be fitted to."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from segmentry.errors import DataRefused, Degenerate, NotEnoughData, UsageError
from segmentry.value import ParetoNBD
from segmentry.value.paretonbd import (
    ParetoNBDLikelihood,
    log_likelihoods,
    probabilities_alive,
    purchases_ahead,
    purchases_of_new,
)
from segmentry.value.patterns import Patterns
from segmentry.value.simulation import simulate

CDNOW = {"r": 0.5532, "alpha": 10.576, "s": 0.6063, "beta": 11.672}
SWAPPED = {"r": 0.55, "alpha": 12.6, "s": 1.6, "beta": 7.2}
HISTORIES = np.array([[0, 0, 38.86], [1, 3, 39], [2, 30.43, 38.86], [5, 20, 39], [20, 38, 39], [0, 0, 2], [3, 39, 39]], dtype=float)


def shop(customers: int = 1500, seed: int = 0) -> np.ndarray:
    """Return histories of a shop like CDNOW, watched for 40 to 80 weeks, in whole days."""
    tenure = np.random.default_rng(seed).integers(280, 560, customers) / 7
    drawn = simulate("Pareto/NBD", CDNOW, tenure, seed=seed)
    return np.column_stack([drawn.frequency, np.ceil(drawn.recency * 7) / 7, tenure])


def cdnow(path: Path) -> np.ndarray:
    """Return histories until 1997-09-30 in weeks; purchase days, zero dollars and duplicates kept."""
    table = np.loadtxt(path)
    dates = table[:, 2].astype(int)
    texts = [f"{date // 10000}-{date // 100 % 100:02}-{date % 100:02}" for date in dates]
    days, end = np.array(texts, dtype="datetime64[D]").astype(int), np.datetime64("1997-09-30").astype(int)
    seen = days <= end
    rows = []
    for customer in np.unique(table[seen, 1]):
        own = np.unique(days[seen & (table[:, 1] == customer)])
        rows.append((len(own) - 1, (own[-1] - own[0]) / 7, (end - own[0]) / 7))
    return np.array(rows)


@pytest.mark.realdata
def test_cdnow_gives_the_published_figures(realdata):
    """Fader and Hardie 2005, "A note on deriving the Pareto/NBD model", and CLVTools."""
    rows = cdnow(realdata("cdnow/CDNOW_sample.txt"))
    assert len(rows) == 2357
    model = ParetoNBD().fit(rows)
    assert list(model.params_) == list(CDNOW)
    assert model.params_ == pytest.approx(CDNOW, rel=0.005)
    assert model.log_likelihood_ == pytest.approx(-9594.98, abs=0.01)
    assert model.optimum_.agreed == model.optimum_.starts


@pytest.mark.parametrize("params", [CDNOW, SWAPPED], ids=["alpha below beta", "alpha above beta"])
def test_figures_are_those_of_lifetimes(params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import ParetoNBDFitter

        peer = ParetoNBDFitter()
        peer.params_ = params
        frequency, recency, tenure = HISTORIES.T
        likelihood = peer._conditional_log_likelihood(list(params.values()), frequency, recency, tenure)
        # lifetimes reads parameters from a pandas series: anything with values does.
        import pandas as pd

        peer.params_ = pd.Series(params)
        alive = np.asarray(peer.conditional_probability_alive(frequency, recency, tenure))
        ahead = np.asarray(peer.conditional_expected_number_of_purchases_up_to_time(39, frequency, recency, tenure))
        new = np.asarray(peer.expected_number_of_purchases_up_to_time(np.array([1.0, 39.0])))
    patterns = Patterns.of(HISTORIES)
    assert log_likelihoods(params, patterns)[patterns.place] == pytest.approx(likelihood, rel=1e-10)
    assert probabilities_alive(params, patterns)[patterns.place] == pytest.approx(alive, rel=1e-10)
    assert purchases_ahead(params, patterns, 39.0)[patterns.place] == pytest.approx(ahead, rel=1e-10)
    assert purchases_of_new(params, [1.0, 39.0]) == pytest.approx(new, rel=1e-10)


@pytest.mark.parametrize(
    "params", [CDNOW, SWAPPED, {"r": 5.0, "alpha": 3.0, "s": 0.02, "beta": 300.0}], ids=["like CDNOW", "swapped", "far"]
)
def test_gradient_and_second_derivatives_are_those_of_differences(params):
    likelihood, patterns = ParetoNBDLikelihood(), Patterns.of(np.vstack([HISTORIES, [[500, 30.0, 39.0]]]), np.arange(1.0, 9.0))
    logs, step = np.log(list(params.values())), 1e-5
    value, slope, bend = likelihood.hessian(logs, patterns)
    assert likelihood.gradient(logs, patterns)[0] == value
    assert likelihood.gradient(logs, patterns)[1] == pytest.approx(slope)
    ahead, behind = ([likelihood.gradient(logs + move, patterns) for move in sign * step * np.eye(4)] for sign in (1, -1))
    assert slope == pytest.approx([(one[0] - other[0]) / (2 * step) for one, other in zip(ahead, behind, strict=True)], rel=1e-5, abs=1e-4)
    differences = np.array([(one[1] - other[1]) / (2 * step) for one, other in zip(ahead, behind, strict=True)])
    assert bend == pytest.approx(differences, rel=1e-5, abs=1e-4)


def test_hundreds_of_purchases_stay_finite_and_make_sense():
    frequency = np.array([500.0, 5_000.0, 100_000.0])
    rows = np.vstack([np.column_stack([frequency, np.full(3, last), np.full(3, 38.9)]) for last in (38.89, 38.0, 1.0)])
    patterns = Patterns.of(rows)
    for params in (CDNOW, SWAPPED):
        likelihood = log_likelihoods(params, patterns)
        alive = probabilities_alive(params, patterns)[patterns.place].reshape(3, 3)
        ahead = purchases_ahead(params, patterns, 39.0)
        assert np.isfinite(likelihood).all()
        assert np.isfinite(ahead).all()
        assert (alive[0, 0] > 0.9) & (alive[2] < 1e-9).all()
        # Who buys often is missed sooner.
        assert (np.diff(alive[1]) < 0).all()


def test_who_bought_a_moment_ago_is_alive_and_who_is_long_gone_is_not():
    patterns = Patterns.of([[3, 38.86, 38.86], [3, 38.86, 400.0], [0, 0.0, 0.0]])
    alive = probabilities_alive(CDNOW, patterns)[patterns.place]
    assert alive[0] == 1
    assert alive[1] < 0.1
    assert alive[2] == 1


def test_expected_purchases_pass_smoothly_through_s_of_one():
    patterns = Patterns.of(HISTORIES)
    below, at, above = (purchases_ahead({**CDNOW, "s": s}, patterns, 39.0) for s in (1 - 1e-9, 1.0, 1 + 1e-9))
    assert at == pytest.approx(below, rel=1e-7)
    assert at == pytest.approx(above, rel=1e-7)


def test_expectations_are_means_of_simulated_customers():
    drawn = simulate("Pareto/NBD", CDNOW, np.full(200_000, 39.0), horizon=39.0, seed=1)
    assert drawn.frequency.mean() == pytest.approx(purchases_of_new(CDNOW, 39.0), rel=0.02)
    once = drawn.frequency == 1
    patterns = Patterns.of(drawn.histories[once])
    assert drawn.alive[once].mean() == pytest.approx(probabilities_alive(CDNOW, patterns)[patterns.place].mean(), abs=0.01)
    assert drawn.future[once].mean() == pytest.approx(purchases_ahead(CDNOW, patterns, 39.0)[patterns.place].mean(), rel=0.03)


def test_order_of_customers_and_weights_for_repeats_change_no_bit():
    rows = shop()
    model, order = ParetoNBD().fit(rows), np.random.default_rng(1).permutation(len(rows))
    assert ParetoNBD().fit(rows[order]).params_ == model.params_
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    assert ParetoNBD().fit(distinct, sample_weight=counts).params_ == model.params_
    assert np.array_equal(model.expected_purchases(26.0, rows)[order], model.expected_purchases(26.0, rows[order]))


def test_unit_of_time_changes_alpha_and_beta_only():
    rows = shop()
    weeks, days = ParetoNBD().fit(rows), ParetoNBD().fit(rows * [1, 7, 7])
    assert days.params_ == pytest.approx(
        {name: value * (7 if name in {"alpha", "beta"} else 1) for name, value in weeks.params_.items()}, rel=1e-4
    )
    assert days.expected_purchases(7 * 26.0, rows * [1, 7, 7]) == pytest.approx(weeks.expected_purchases(26.0, rows), rel=1e-4)


def test_the_shell_is_one_of_scikit_learn():
    model = clone(ParetoNBD())
    with pytest.raises(NotFittedError):
        model.probability_alive(HISTORIES)
    fitted = model.fit(shop())
    assert fitted is model
    assert model.covariance_.shape == (4, 4)
    assert list(model.standard_errors_) == list(model.params_)
    assert model.standard_errors_["r"] == pytest.approx(model.params_["r"] * np.sqrt(model.covariance_[0, 0]))
    assert model.expected_new(np.array([[0.0], [39.0]])).shape == (2, 1)
    assert model.expected_new(0.0) == 0


@pytest.mark.parametrize("horizon", [-1.0, np.nan, np.inf])
def test_a_horizon_that_is_no_time_is_refused(horizon):
    model = ParetoNBD().fit(shop())
    with pytest.raises(UsageError, match=r"horizon is .*; allowed are numbers from 0 to 1e\+100"):
        model.expected_purchases(horizon, HISTORIES)
    with pytest.raises(UsageError, match=r"times is .*; allowed are numbers from 0 to 1e\+100"):
        model.expected_new([horizon])


def degenerate(name: str) -> np.ndarray:
    rows = shop(400)
    frequency, recency, tenure = rows.T.copy()
    made = {
        "nobody bought twice": (0 * frequency, 0 * recency, tenure),
        "one customer": ([3.0], [10.0], [30.0]),
        "bought today": (0 * frequency, 0 * recency, 0 * tenure),
        "all the same": (0 * frequency + 3, 0 * recency + 10, 0 * tenure + 30),
        "by the calendar": (np.floor(tenure / 4), np.floor(tenure / 4) * 4, tenure),
        "everybody bought today": (frequency + 1, tenure, tenure),
        "once more at once, then never": (0 * frequency + 1, 0 * recency + 0.01, tenure),
        "everybody buys a million times": (1e6 * frequency, recency, tenure),
    }
    return np.column_stack(made[name])


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("nobody bought twice", NotEnoughData, "needs at least 20 customers with a repeat purchase; found 0"),
        ("one customer", NotEnoughData, "needs at least 20 customers with a repeat purchase; found 1"),
        ("bought today", NotEnoughData, "needs at least 20 customers with a repeat purchase; found 0"),
        ("all the same", Degenerate, "AT_THE_EDGE"),
        ("by the calendar", Degenerate, "the data are as if all customers bought at the same rate"),
        ("everybody bought today", Degenerate, "the data are as if nobody ever left"),
        ("once more at once, then never", Degenerate, "AT_THE_EDGE"),
        ("everybody buys a million times", DataRefused, "AT_THE_EDGE|NO_CONVERGENCE"),
    ],
)
def test_data_without_an_answer_are_refused_in_words(name, error, words):
    model = ParetoNBD()
    with pytest.raises(error, match=words):
        model.fit(degenerate(name))
    assert not hasattr(model, "params_")


@pytest.mark.parametrize("stretch", [1e-9, 1e12])
def test_huge_and_tiny_units_of_time_give_the_same_answer(stretch):
    rows = shop()
    plain, stretched = ParetoNBD().fit(rows), ParetoNBD().fit(rows * [1, stretch, stretch])
    assert stretched.params_["r"] == pytest.approx(plain.params_["r"], rel=1e-4)
    assert stretched.params_["beta"] == pytest.approx(plain.params_["beta"] * stretch, rel=1e-4)


def test_equal_tenures_are_no_obstacle():
    drawn = simulate("Pareto/NBD", CDNOW, np.full(4000, 60.0), seed=3)
    model = ParetoNBD().fit(drawn.histories)
    apart = np.log(np.array(list(model.params_.values())) / list(CDNOW.values())) / np.sqrt(np.diag(model.covariance_))
    assert np.abs(apart).max() < 4
