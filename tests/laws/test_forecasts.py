"""Laws of the forecast: money scales, margins multiply, horizons add, order does not matter."""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.value import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from segmentry.value.discounting import Terms
from segmentry.value.forecast import ALL, Sums, forecast
from segmentry.value.results import Forecast

PARAMS = {
    BGNBD: {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.8},
    MBGNBD: {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.8},
    ParetoNBD: {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7},
}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
EACH = pytest.mark.parametrize("model", list(PARAMS))
MONEY = ("value", "low", "high")


def fitted(model: Any, params: dict[str, float]) -> Any:
    model.params_, model.covariance_, model.n_features_in_ = params, np.eye(len(params)) * 0.01, len(params) - 1
    return model


def customers(seed: int) -> dict[str, np.ndarray]:
    """Whole numbers, so that histories repeat, in groups that differ."""
    rng = np.random.default_rng(seed)
    tenure, frequency = rng.integers(5, 9, 50).astype(float), rng.integers(0, 3, 50).astype(float)
    rows = np.column_stack([frequency, np.where(frequency > 0, np.floor(tenure / 2), 0), tenure])
    return {"X": rows, "value": np.where(frequency > 0, rng.integers(10, 13, 50), np.nan), "groups": rng.integers(-1, 3, 50)}


def told(model: Any, shop: dict[str, np.ndarray], terms: Terms, scale: float = 1.0) -> tuple[Forecast, dict[int, Sums]]:
    spend = fitted(GammaGamma(), SPEND | {"v": SPEND["v"] * scale})
    given_ = shop | {"value": shop["value"] * scale}
    return forecast(fitted(model(), PARAMS[model]), terms=terms, spend=spend, draws=99, seed=3, **given_)


@EACH
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), scale=st.floats(1e-3, 1e6))
def test_scaling_money_scales_values_and_bounds(model: Any, seed: int, scale: float) -> None:
    shop, terms = customers(seed), Terms(30.0, margin=0.4, discount=0.2)
    (one, sums), (many, others) = told(model, shop, terms), told(model, shop, terms, scale)
    for field in fields(one):
        factor = scale if field.name in MONEY else 1.0
        assert getattr(many, field.name) == pytest.approx(getattr(one, field.name) * factor, rel=1e-9)
    assert astuple(others[ALL].value) == pytest.approx([scale * figure for figure in astuple(sums[ALL].value)], rel=1e-9)


@EACH
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31))
def test_the_order_of_customers_changes_nothing(model: Any, seed: int) -> None:
    shop, terms = customers(seed), Terms(30.0, margin=0.4, discount=0.2)
    order = np.random.default_rng(seed).permutation(50)
    one, sums = told(model, shop, terms)
    other, others = told(model, {name: column[order] for name, column in shop.items()}, terms)
    assert sums == others
    for field in fields(one):
        assert np.array_equal(getattr(one, field.name)[order], getattr(other, field.name))


@EACH
@settings(max_examples=10)
@given(seed=st.integers(0, 2**31), short=st.floats(0.1, 100), more=st.floats(0.01, 400), discount=st.floats(0, 2))
def test_a_longer_horizon_never_lowers_the_value(model: Any, seed: int, short: float, more: float, discount: float) -> None:
    shop = customers(seed)
    near, far = (told(model, shop, Terms(horizon, discount=discount))[0] for horizon in (short, short + more))
    assert (far.purchases >= near.purchases * (1 - 1e-9)).all()
    assert (far.value >= near.value * (1 - 1e-4)).all()


@EACH
def test_the_margin_multiplies(model: Any) -> None:
    shop = customers(0)
    (whole, sums), (part, parts) = told(model, shop, Terms(30.0)), told(model, shop, Terms(30.0, margin=0.25))
    for name in MONEY:
        assert getattr(part, name) == pytest.approx(getattr(whole, name) / 4)
    assert astuple(parts[0].value) == pytest.approx([figure / 4 for figure in astuple(sums[0].value)])
    assert parts[0].purchases == sums[0].purchases


@EACH
def test_a_discount_lowers_values_and_no_discount_leaves_them(model: Any) -> None:
    shop = customers(0)
    plain, none, some = (told(model, shop, terms)[0] for terms in (Terms(30.0), Terms(30.0, discount=0.0), Terms(30.0, discount=0.5)))
    expected = plain.purchases * fitted(GammaGamma(), SPEND).expected_value(
        np.column_stack([shop["X"][:, 0], np.nan_to_num(shop["value"])])
    )
    assert plain.value == pytest.approx(expected)
    assert np.array_equal(plain.high, none.high)
    assert (some.value < plain.value).all()
    assert np.array_equal(some.purchases_high, plain.purchases_high)
