"""Benjamini and Hochberg against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.errors import UsageError
from segmentry.experiments.multiplicity import discoveries


@pytest.mark.parametrize("seed", range(5))
def test_what_is_kept_is_what_scipy_keeps(seed):
    g = np.random.default_rng(seed)
    p = np.concatenate([g.random(40), g.random(10) / 1000])
    assert discoveries(p).tolist() == (stats.false_discovery_control(p) <= 0.05).tolist()


def test_what_was_not_tested_does_not_count():
    assert discoveries(np.array([0.04, np.nan, np.nan])).tolist() == [True, False, False]
    assert not discoveries(np.full(3, np.nan)).any()


def test_a_rate_beyond_one_is_refused():
    with pytest.raises(UsageError, match="q is 5"):
        discoveries(np.zeros(2), 5.0)
