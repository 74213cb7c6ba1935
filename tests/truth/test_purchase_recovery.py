"""Shops whose parameters are known: BG/NBD, MBG/NBD and NBD find them, and their standard errors say how nearly."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.value import BGNBD, MBGNBD, NBD
from segmentry.value.simulation import Simulated, simulate

SHOPS, CUSTOMERS = 20, 4_000
BG = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
MBG = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
STEADY = {"r": 0.72, "alpha": 9.4}
MODELS = pytest.mark.parametrize(
    ("name", "estimator", "truth"),
    [("BG/NBD", BGNBD, BG), ("MBG/NBD", MBGNBD, MBG), ("NBD", NBD, STEADY)],
    ids=["BG/NBD", "MBG/NBD", "NBD"],
)


def shop(name, truth, seed: int, horizon: float = 0.0) -> Simulated:
    """Return customers watched for 30 to 104 weeks."""
    tenure = np.random.default_rng([seed, 1]).uniform(30.0, 104.0, CUSTOMERS)
    return simulate(name, truth, tenure, horizon=horizon, seed=seed)


@MODELS
def test_the_parameters_of_twenty_shops_are_found(name, estimator, truth):
    fits = [estimator().fit(shop(name, truth, seed).histories) for seed in range(SHOPS)]
    errors = np.array([np.sqrt(np.diag(fit.covariance_)) for fit in fits])
    found = np.abs(np.log([list(fit.params_.values()) for fit in fits]) - np.log(list(truth.values()))) / errors
    assert found.shape == (SHOPS, len(truth))
    assert (found > 3).sum() <= 2
    # Errors that are far too wide would pass the line above. Parameters of one shop move together, so the band is wide: about 25 of 80 lie beyond 1.
    assert 0.1 <= (found > 1).mean() <= 0.56


@MODELS
def test_expected_purchases_of_a_shop_are_those_that_come(name, estimator, truth):
    bias = []
    for seed in range(SHOPS):
        drawn = shop(name, truth, 1000 + seed, horizon=39.0)
        bias.append(estimator().fit(drawn.histories).expected_purchases(39.0, drawn.histories).sum() / drawn.future.sum() - 1)
    assert abs(np.mean(bias)) <= 0.05
    # Chance alone moves the total of one shop by some percent; none may be far off.
    assert np.abs(bias).max() <= 0.15
