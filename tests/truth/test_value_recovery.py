"""Shops whose parameters are known: the fits of Pareto/NBD and Gamma-Gamma find them, and their standard errors say how nearly."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.value import GammaGamma, ParetoNBD
from segmentry.value.simulation import Simulated, simulate

SHOPS = 20
CUSTOMERS = 4_000
PURCHASES = {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}


def shop(seed: int, horizon: float = 0.0) -> Simulated:
    """Return customers who buy and leave as Pareto/NBD says, watched for 30 to 104 weeks."""
    tenure = np.random.default_rng([seed, 1]).uniform(30.0, 104.0, CUSTOMERS)
    return simulate("Pareto/NBD", PURCHASES, tenure, horizon=horizon, seed=seed)


def spend(seed: int) -> np.ndarray:
    """Return repeat purchases and their mean value as Gamma-Gamma says."""
    rng = np.random.default_rng(seed)
    frequency = rng.geometric(0.4, CUSTOMERS) - 1
    times = np.maximum(frequency, 1)
    value = rng.gamma(SPEND["p"] * times) / times / rng.gamma(SPEND["q"], 1 / SPEND["v"], CUSTOMERS)
    return np.column_stack([frequency, value])


def surprises(model, truth: dict[str, float]) -> list[float]:
    """Return how many standard errors each parameter is from the truth, on the log scale."""
    errors = np.sqrt(np.diag(model.covariance_))
    return [float(np.log(model.params_[name] / value) / error) for (name, value), error in zip(truth.items(), errors, strict=True)]


def test_gamma_gamma_finds_the_parameters_of_twenty_shops():
    found = np.abs([surprises(GammaGamma().fit(spend(seed)), SPEND) for seed in range(SHOPS)])
    assert found.shape == (SHOPS, 3)
    assert (found > 3).sum() <= 2
    # Errors that are far too wide would pass the line above: of 60 surprises about 19 lie beyond 1; 8 to 31 hold 99.9 %.
    assert 8 <= (found > 1).sum() <= 31


@pytest.mark.slow
def test_pareto_nbd_finds_the_parameters_of_twenty_shops():
    found = np.abs([surprises(ParetoNBD().fit(shop(seed).histories), PURCHASES) for seed in range(SHOPS)])
    assert found.shape == (SHOPS, 4)
    assert (found > 3).sum() <= 2
    # Parameters of one shop move together, so the band is wide: about 25 of 80 lie beyond 1.
    assert 8 <= (found > 1).sum() <= 45


@pytest.mark.slow
def test_expected_purchases_of_a_shop_are_those_that_come():
    bias = []
    for seed in range(SHOPS):
        drawn = shop(1000 + seed, horizon=39.0)
        bias.append(ParetoNBD().fit(drawn.histories).expected_purchases(39.0, drawn.histories).sum() / drawn.future.sum() - 1)
    assert abs(np.mean(bias)) <= 0.05
    # Chance alone moves the total of one shop by some percent; none may be far off.
    assert np.abs(bias).max() <= 0.15
