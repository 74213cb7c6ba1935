"""NBD: recovered, refused at its edge, and the limit of the models in which customers leave."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import nbinom

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.value import NBD
from segmentry.value.geometric import Geometric
from segmentry.value.nbd import Steady, nobody_leaves
from segmentry.value.patterns import Patterns


def shop(seed: int, n: int = 3000, r: float = 0.7, alpha: float = 9.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    tenure = rng.integers(20, 280, n) / 7
    bought = rng.poisson(rng.gamma(r, 1 / alpha, n) * tenure)
    return np.column_stack([bought, np.where(bought > 0, tenure / 2, 0.0), tenure])


X = shop(0)


def test_parameters_are_recovered_within_three_standard_errors() -> None:
    for seed in range(10):
        model = NBD().fit(shop(seed))
        for name, truth in {"r": 0.7, "alpha": 9.0}.items():
            assert abs(model.params_[name] - truth) <= 3 * model.standard_errors_[name]


def test_the_fit_is_that_of_a_plain_search() -> None:
    x, tenure = X[:, 0], X[:, 2]

    def loss(logs: np.ndarray) -> float:
        r, alpha = np.exp(logs)
        return -float((gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + tenure)).sum())

    found, model = minimize(loss, [0.0, 2.0]), NBD().fit(X)
    assert list(model.params_.values()) == pytest.approx(np.exp(found.x), rel=1e-3)
    assert model.log_likelihood_ == pytest.approx(-found.fun, abs=1e-4)


def test_the_likelihood_is_that_of_scipy_up_to_the_moments_of_purchase() -> None:
    """One likelihood for counts, one for moments: they differ by x! / T^x, whatever the parameters."""
    x, tenure = X[:, 0], X[:, 2]
    patterns = Patterns.of(X)
    both = []
    for r, alpha in ((0.5, 5.0), (2.0, 30.0)):
        counted = nbinom.logpmf(x, r, alpha / (alpha + tenure)).sum()
        both.append(Steady().gradient(np.log([r, alpha]), patterns)[0] - counted)
    assert both[0] == pytest.approx(both[1])


@pytest.mark.parametrize("first", [0, 1])
def test_the_likelihood_is_that_of_the_models_with_drop_out_when_nobody_leaves(first: int) -> None:
    patterns = Patterns.of(X)
    limit = Geometric(first).gradient(np.log([0.9, 7.0, 1e-9, 5.0]), patterns)[0]
    assert Steady().gradient(np.log([0.9, 7.0]), patterns)[0] == pytest.approx(limit, abs=1e-3)


def test_derivatives_are_those_of_differences() -> None:
    patterns, logs, step = Patterns.of(X), np.log([0.9, 7.0]), 1e-5
    _, slope, bends = Steady().hessian(logs, patterns)
    for place in range(2):
        tip = step * np.eye(2)[place]
        up, down = Steady().hessian(logs + tip, patterns), Steady().hessian(logs - tip, patterns)
        assert slope[place] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-5)
        assert bends[place] == pytest.approx((up[1] - down[1]) / (2 * step), rel=1e-5)


def test_everyone_goes_on_between_their_own_rate_and_that_of_all() -> None:
    model = NBD().fit(X)
    r, alpha = model.params_.values()
    assert model.expected_purchases(13.0, [[4, 20.0, 30.0]]) == pytest.approx((r + 4) / (alpha + 30) * 13)
    assert model.probability_alive(X[:3]).tolist() == [1, 1, 1]
    assert model.expected_new([0.0, 10.0]) == pytest.approx([0, r / alpha * 10])


def test_weights_count_customers() -> None:
    weights = np.random.default_rng(1).integers(0, 3, len(X))
    repeated, weighted = NBD().fit(np.repeat(X, weights, axis=0)), NBD().fit(X, sample_weight=weights)
    assert list(repeated.params_.values()) == pytest.approx(list(weighted.params_.values()), rel=1e-6)


def test_the_order_of_rows_changes_no_bit() -> None:
    order = np.random.default_rng(4).permutation(len(X))
    assert NBD().fit(X).params_ == NBD().fit(X[order]).params_


def test_customers_who_all_buy_alike_are_refused() -> None:
    with pytest.raises(Degenerate, match="all customers bought at the same rate"):
        NBD().fit(np.tile([5.0, 20.0, 30.0], (500, 1)))


def test_nobody_buying_twice_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="found 0"):
        NBD().fit(np.tile([0.0, 0.0, 30.0], (500, 1)))


def test_that_everyone_counts_as_a_customer_is_said_in_words() -> None:
    told = nobody_leaves(373)
    assert not told.holds
    assert told.words.startswith("In these 373 days nobody can be seen to leave: everyone still counts as a customer")


def test_a_horizon_that_is_no_number_is_refused() -> None:
    with pytest.raises(UsageError, match="horizon is nan"):
        NBD().fit(X).expected_purchases(np.nan, X)
