"""Simulated customers follow the model they are drawn from, and the expectations of the fits are their means."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.value import BGNBD, MBGNBD, NBD, ParetoNBD
from segmentry.value.patterns import histories
from segmentry.value.simulation import PARAMETERS, simulate

TRUTH = {
    "BG/NBD": {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "MBG/NBD": {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5},
    "Pareto/NBD": {"r": 0.8, "alpha": 6.0, "s": 0.8, "beta": 12.0},
    "NBD": {"r": 0.8, "alpha": 6.0},
}
ESTIMATORS = {"BG/NBD": BGNBD, "MBG/NBD": MBGNBD, "Pareto/NBD": ParetoNBD, "NBD": NBD}
MODELS = pytest.mark.parametrize("model", list(TRUTH))


def told(model: str):
    """Return an estimator that knows the truth."""
    estimator = ESTIMATORS[model]()
    estimator.params_ = TRUTH[model]
    return estimator


@MODELS
def test_the_same_seed_gives_the_same_customers(model):
    one, two, other = (simulate(model, TRUTH[model], np.full(200, 52.0), horizon=9.0, seed=seed) for seed in (1, 1, 2))
    assert one.histories.tobytes() == two.histories.tobytes()
    assert one.future.tobytes() == two.future.tobytes()
    assert one.histories.tobytes() != other.histories.tobytes()


@MODELS
def test_histories_are_possible_ones(model):
    shop = simulate(model, TRUTH[model], np.random.default_rng(0).uniform(0, 100, 20_000), horizon=20.0, seed=0)
    histories(shop.histories)
    assert (shop.future[~shop.alive] == 0).all()
    assert shop.future.sum() > 0


@MODELS
def test_a_tenure_of_zero_is_a_customer_of_today(model):
    shop = simulate(model, TRUTH[model], np.zeros(100), seed=0)
    assert not shop.histories.any()


@MODELS
def test_repeat_purchases_are_those_expected_of_new_customers(model):
    shop = simulate(model, TRUTH[model], np.full(100_000, 30.0), seed=3)
    error = shop.frequency.std() / np.sqrt(len(shop.frequency))
    assert abs(shop.frequency.mean() - told(model).expected_new(30.0)) < 3.5 * error


@MODELS
@pytest.mark.parametrize("frequency", [0, 1, 4])
def test_what_is_told_of_a_history_is_what_happens_to_those_who_have_it(model, frequency):
    shop = simulate(model, TRUTH[model], np.full(150_000, 30.0), horizon=26.0, seed=5)
    rows = shop.frequency == frequency
    chance, ahead = told(model).probability_alive(shop.histories[rows]), told(model).expected_purchases(26.0, shop.histories[rows])
    band = 3.5 / np.sqrt(rows.sum())
    assert abs((shop.alive[rows] - chance).mean()) <= band * (shop.alive[rows] - chance).std()
    assert abs((shop.future[rows] - ahead).mean()) < band * (shop.future[rows] - ahead).std()
    # And among them, those who bought last long ago are told apart from the others.
    if frequency:
        late = shop.recency[rows] > np.median(shop.recency[rows])
        assert abs((shop.alive[rows] - chance)[late].mean()) <= 5 / np.sqrt(rows.sum()) * (shop.alive[rows] - chance).std()


@MODELS
def test_extreme_parameters_give_possible_histories(model):
    for low, high in ((1e-3, 1e3), (1e3, 1e-3)):
        params = dict(zip(PARAMETERS[model], (low, 1.0, low, high), strict=False))
        shop = simulate(model, params, np.full(500, 10.0), horizon=5.0, seed=0)
        histories(shop.histories)
        assert np.isfinite(shop.future).all()


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("BG/NBD", {"s": 1.0}, "received the parameters r, alpha, a, b, s; allowed are r, alpha, a, b"),
        ("BG/NBD", {"a": -1.0}, "a is -1.0; allowed is any number above 0"),
        ("Pareto/NBD", {"s": float("nan")}, "s is nan"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(model, change, words):
    with pytest.raises(UsageError, match=words):
        simulate(model, TRUTH[model] | change, [1.0], seed=0)


@pytest.mark.parametrize(("tenure", "horizon"), [([-1.0], 1.0), ([np.nan], 1.0), ([[1.0]], 1.0), ([1.0], -1.0), ([1.0], np.inf)])
def test_times_that_mean_nothing_are_refused(tenure, horizon):
    with pytest.raises(UsageError, match="tenure has shape"):
        simulate("BG/NBD", TRUTH["BG/NBD"], tenure, horizon=horizon, seed=0)


def test_an_unknown_model_is_refused_with_those_allowed():
    with pytest.raises(UsageError, match=r"model is .BG-NBD.; Allowed: BG/NBD"):
        simulate("BG-NBD", TRUTH["BG/NBD"], [1.0], seed=0)
