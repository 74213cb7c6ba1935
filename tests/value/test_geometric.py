"""Likelihood and expectations of BG/NBD and MBG/NBD against integrals, differences and another library."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import integrate
from scipy.special import betaln, gammaln

from segmentry.value.geometric import Geometric, gauss_jacobi, log_odds_gone, purchases_if_alive
from segmentry.value.patterns import Patterns

BG = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
MBG = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
ROWS = np.array(
    [[0, 0, 38.86], [1, 3, 39], [2, 30.43, 38.86], [5, 20, 39], [20, 38, 39], [0, 0, 2], [3, 39, 39], [500, 60, 104]], dtype=float
)
MODELS = pytest.mark.parametrize(("first", "params"), [(0, BG), (1, MBG)], ids=["BG/NBD", "MBG/NBD"])


def value(first: int, params: dict[str, float], X) -> float:
    return Geometric(first).gradient(np.log(list(params.values())), Patterns.of(X))[0]


def over_chances(integrand, params: dict[str, float], k: float) -> float:
    """Average a function of the logarithms of p and 1 − p over Beta(a, b + k), by adaptive quadrature in log(p / (1 − p))."""
    a, b = params["a"], params["b"] + k

    def weighted(v: float) -> float:
        log_p, log_q = -np.logaddexp(0, -v), -np.logaddexp(0, v)
        return np.exp(a * log_p + b * log_q - betaln(a, b)) * integrand(log_p, log_q)

    middle = np.log(a / b)
    parts = [(middle - 60 / a, middle - 3), (middle - 3, middle + 3), (middle + 3, middle + 40)]
    return sum(integrate.quad(weighted, *part, limit=400, epsabs=0, epsrel=1e-11)[0] for part in parts)


@MODELS
@pytest.mark.parametrize("row", ROWS.tolist(), ids=str)
def test_the_likelihood_is_the_average_over_chances_to_leave(first, params, row):
    """Given p, the history (x, t_x, T) has probability (1−p)^k to go on and p(1−p)^(k−1) to have ended at t_x."""
    x, recency, tenure = row
    k, (r, alpha, _, _) = x + first, params.values()
    shift = (r + x) * np.log((alpha + tenure) / (alpha + recency))
    gone = over_chances(lambda log_p, log_q: np.exp(log_p - log_q), params, k) if k else 0.0
    front = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + tenure)
    expected = front + betaln(params["a"], params["b"] + k) - betaln(params["a"], params["b"]) + np.log1p(gone * np.exp(shift))
    assert value(first, params, [row]) == pytest.approx(expected, rel=1e-9)


@MODELS
@pytest.mark.parametrize("horizon", [1e-6, 1.0, 39.0, 5000.0, 1e7])
@pytest.mark.parametrize("row", ROWS.tolist(), ids=str)
def test_expected_purchases_are_the_average_over_chances_to_leave(first, params, row, horizon):
    x, _, tenure = row
    reach, power = horizon / (params["alpha"] + tenure), params["r"] + x
    expected = over_chances(lambda log_p, _: -np.expm1(-power * np.log1p(np.exp(log_p) * reach)) * np.exp(-log_p), params, x + first)
    found = purchases_if_alive(params, first, (np.array([x]), np.array([tenure])), horizon)
    assert found == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("a", [0.999_999_999, 1.0, 1.000_000_001])
def test_expected_purchases_pass_smoothly_through_a_of_one(a):
    pairs = (np.array([2.0]), np.array([38.86]))
    around = [purchases_if_alive(BG | {"a": near}, 0, pairs, 39.0)[0] for near in (0.99, 1.01)]
    assert around[1] < purchases_if_alive(BG | {"a": a}, 0, pairs, 39.0)[0] < around[0]


@MODELS
@pytest.mark.parametrize("logs", [None, [1.5, 0.5, 3.0, 6.0], [-3.0, -2.0, -4.0, 0.0]], ids=["published", "large", "small"])
def test_gradient_and_second_derivatives_are_those_of_differences(first, params, logs):
    at = np.log(list(params.values())) if logs is None else np.array(logs)
    patterns = Patterns.of(ROWS, np.arange(1, len(ROWS) + 1))
    likelihood = Geometric(first)
    _, slope, bend = likelihood.hessian(at, patterns)
    moves = np.eye(4) * 1e-5
    slopes = [(likelihood.gradient(at + move, patterns)[0] - likelihood.gradient(at - move, patterns)[0]) / 2e-5 for move in moves]
    bends = [(likelihood.gradient(at + move, patterns)[1] - likelihood.gradient(at - move, patterns)[1]) / 2e-5 for move in moves]
    assert slope == pytest.approx(np.array(slopes), rel=1e-5, abs=1e-4)
    assert bend == pytest.approx(np.array(bends), rel=1e-5, abs=1e-4)
    assert np.array_equal(bend, bend.T)


@MODELS
def test_figures_are_those_of_lifetimes(first, params):
    import pandas as pd

    frequency, recency, tenure = ROWS[:7].T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter

        peer = (BetaGeoFitter, ModifiedBetaGeoFitter)[first]()
        peer.params_ = pd.Series(params)
        alive = np.asarray(peer.conditional_probability_alive(frequency, recency, tenure))
        ahead = np.asarray(peer.conditional_expected_number_of_purchases_up_to_time(39, frequency, recency, tenure))
        new = np.asarray(peer.expected_number_of_purchases_up_to_time(np.array([1.0, 39.0])))
    mine = 1 / (1 + np.exp(log_odds_gone(params, first, (frequency, recency, tenure))))
    assert mine == pytest.approx(alive, rel=1e-10)
    assert mine * purchases_if_alive(params, first, (frequency, tenure), 39.0) == pytest.approx(ahead, rel=1e-8)
    nobody = np.zeros(2)
    start = 1 / (1 + np.exp(log_odds_gone(params, first, (nobody, nobody, nobody))))
    assert start * purchases_if_alive(params, first, (nobody, nobody), np.array([1.0, 39.0])) == pytest.approx(new, rel=1e-8)


@MODELS
def test_thousands_of_purchases_stay_finite(first, params):
    rows = np.array([[500.0, 100.0, 104.0], [5000.0, 100.0, 104.0], [5000.0, 1.0, 104.0], [1.0, 1e-9, 1e6]])
    columns = (rows[:, 0], rows[:, 1], rows[:, 2])
    likelihood = Geometric(first).hessian(np.log(list(params.values())), Patterns.of(rows))
    assert all(np.isfinite(part).all() for part in likelihood)
    odds = log_odds_gone(params, first, columns)
    assert np.isfinite(odds).all()
    ahead = purchases_if_alive(params, first, (columns[0], columns[2]), 52.0)
    assert (ahead > 0).all()
    assert ahead[1] < 52 * (5000 + params["r"]) / (104 + params["alpha"])


@pytest.mark.parametrize(("a", "b"), [(0.5, 2.0), (1.0, 1.0), (0.01, 500.0), (300.0, 40.0), (0.3, 0.4)])
@pytest.mark.parametrize("nodes", [1, 2, 16])
def test_quadrature_is_exact_for_polynomials(a, b, nodes):
    points, weights = gauss_jacobi(a, b, nodes)
    for power in range(2 * nodes):
        exact = np.exp(betaln(a + power, b) - betaln(a, b))
        assert (weights * points**power).sum() == pytest.approx(exact, rel=1e-9, abs=1e-13)
