"""Chances of 0, 1, 2, … repeat purchases, held against shops drawn from the same model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from segmentry.errors import UsageError
from segmentry.value.counts import chances, expected_customers, observed_customers
from segmentry.value.simulation import simulate

PARAMS = {
    "BG/NBD": {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.5532, "alpha": 10.576, "s": 0.6063, "beta": 11.672},
    "NBD": {"r": 0.7, "alpha": 9.0},
}


@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD", "Pareto/NBD"])
def test_a_drawn_shop_has_the_chances_of_its_model(model: str) -> None:
    tenure = np.repeat([5.0, 20.0, 39.0], 20_000)
    shop = simulate(model, PARAMS[model], tenure, seed=3)
    expected = expected_customers(model, PARAMS[model], tenure)
    observed = observed_customers(np.asarray(shop.histories)[:, 0])
    assert ((observed - expected) ** 2 / expected).sum() <= chi2.ppf(0.999, len(expected) - 1)


@pytest.mark.parametrize("model", PARAMS)
def test_chances_add_up_and_none_is_negative(model: str) -> None:
    found = chances(model, PARAMS[model], [0.0, 1e-9, 1.0, 500.0, 1e6])
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(1.0)
    assert found[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 0] or model == "MBG/NBD"


def test_the_published_chance_of_no_repeat_purchase() -> None:
    """CDNOW: 1,411 of 2,357 have none; BG/NBD expects about as many (Fader, Hardie and Lee 2005, figure 2)."""
    assert 2357 * chances("BG/NBD", PARAMS["BG/NBD"], [32.7])[0, 0] == pytest.approx(1411, abs=40)


def test_many_share_the_last_class() -> None:
    assert observed_customers(np.array([0, 1, 7, 300])).tolist() == [1, 1, 0, 0, 0, 0, 0, 2]


def test_another_model_is_refused() -> None:
    with pytest.raises(UsageError, match="model is 'BGNBD'; allowed are BG/NBD"):
        chances("BGNBD", PARAMS["BG/NBD"], [1.0])
