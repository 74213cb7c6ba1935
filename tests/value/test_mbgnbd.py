"""What MBG/NBD says beyond BG/NBD; the walk over both is in test_bgnbd."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.value import BGNBD, MBGNBD
from segmentry.value.simulation import simulate

PARAMS = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}


def test_a_new_customer_may_leave_at_once():
    fit = MBGNBD().fit(simulate("MBG/NBD", PARAMS, np.full(3000, 60.0), seed=3).histories)
    a, b = fit.params_["a"], fit.params_["b"]
    assert fit.probability_alive([[0, 0.0, 0.0]])[0] == pytest.approx(b / (a + b))


def test_it_fits_shops_of_its_own_better_than_bg_nbd():
    rows = simulate("MBG/NBD", PARAMS, np.full(5000, 60.0), seed=4).histories
    assert MBGNBD().fit(rows).log_likelihood_ > BGNBD().fit(rows).log_likelihood_ + 2
