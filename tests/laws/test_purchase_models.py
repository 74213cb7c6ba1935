"""Laws of the models of purchases: the unit of time and the order of customers do not matter; more time brings more."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.errors import DataRefused
from segmentry.value import BGNBD, MBGNBD
from segmentry.value.geometric import log_odds_gone, purchases_if_alive
from segmentry.value.simulation import simulate

POSITIVE = st.floats(0.02, 50.0)
PARAMS = st.fixed_dictionaries({"r": POSITIVE, "alpha": POSITIVE, "a": POSITIVE, "b": POSITIVE})
FIRST = st.sampled_from([0, 1])


@cache
def shop(seed: int) -> np.ndarray:
    tenure = np.random.default_rng(seed).uniform(20, 90, 800)
    return simulate("MBG/NBD", {"r": 0.6, "alpha": 5.0, "a": 0.9, "b": 2.0}, tenure, seed=seed).histories


@settings(max_examples=20)
@given(st.integers(0, 5), st.floats(1e-3, 1e3), st.sampled_from([BGNBD, MBGNBD]))
def test_the_unit_of_time_changes_alpha_only(seed, unit, estimator):
    rows = shop(seed)
    one, other = estimator().fit(rows), estimator().fit(rows * [1, unit, unit])
    assert other.params_ == pytest.approx(one.params_ | {"alpha": one.params_["alpha"] * unit}, rel=1e-5)
    assert other.covariance_ == pytest.approx(one.covariance_, rel=1e-3, abs=1e-6)
    assert other.probability_alive(rows * [1, unit, unit]) == pytest.approx(one.probability_alive(rows), rel=1e-5)
    assert other.expected_purchases(26.0 * unit, rows * [1, unit, unit]) == pytest.approx(one.expected_purchases(26.0, rows), rel=1e-4)


@settings(max_examples=20)
@given(st.integers(0, 3), st.randoms(use_true_random=False), st.integers(20, 800))
def test_the_order_of_customers_changes_no_bit(seed, random, size):
    rows = shop(seed)[:size]
    order = list(range(size))
    random.shuffle(order)
    try:
        straight = MBGNBD().fit(rows).params_
    except DataRefused as refusal:
        with pytest.raises(type(refusal)):
            MBGNBD().fit(rows[order])
    else:
        assert MBGNBD().fit(rows[order]).params_ == straight


@given(PARAMS, FIRST, st.integers(0, 300), st.floats(0, 200), st.floats(0, 100), st.floats(1e-3, 100))
def test_a_longer_horizon_brings_more_and_never_more_than_buying_on_would(params, first, frequency, tenure, horizon, longer):
    pair = (np.full(2, float(frequency)), np.full(2, tenure))
    near, far = purchases_if_alive(params, first, pair, np.array([horizon, horizon + longer]))
    assert 0 <= near <= far * (1 + 1e-12)
    assert far <= (params["r"] + frequency) / (params["alpha"] + tenure) * (horizon + longer) * (1 + 1e-9)


@given(PARAMS, FIRST, st.integers(1, 300), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0.01, 100))
def test_the_longer_a_customer_is_silent_the_likelier_they_have_left(params, first, frequency, recency, silent, longer):
    columns = (np.full(2, float(frequency)), np.full(2, recency), np.array([recency + silent, recency + silent + longer]))
    sooner, later = log_odds_gone(params, first, columns)
    assert sooner < later
