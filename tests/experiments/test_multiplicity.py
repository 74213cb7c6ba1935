"""Benjamini and Hochberg against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.errors import UsageError
from segmentry.experiments.multiplicity import adjusted, discoveries, holm


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


@pytest.mark.parametrize("seed", range(5))
def test_adjusted_p_values_are_those_of_scipy(seed):
    p = np.random.default_rng(seed).random(30) ** 2
    assert adjusted(p) == pytest.approx(stats.false_discovery_control(p))
    assert ((adjusted(p) <= 0.1) == discoveries(p, 0.1)).all()


def test_holm_is_worked_out_by_hand():
    """Holm (1979): the smallest of three three times, the next twice, never falling."""
    assert holm(np.array([0.02, 0.01, 0.5])) == pytest.approx([0.04, 0.03, 0.5])
    assert holm(np.array([0.4, 0.9, np.nan]))[:2] == pytest.approx([0.8, 0.9])


def test_with_holm_one_of_twenty_families_has_a_false_alarm():
    p = np.random.default_rng(1).random((4000, 3))
    alarms = int((np.array([holm(row) for row in p]).min(axis=1) <= 0.05).sum())
    assert stats.binom.ppf(0.0005, 4000, 0.0493) <= alarms <= stats.binom.ppf(0.9995, 4000, 0.05)


def test_no_test_at_all_is_no_trouble():
    assert adjusted(np.zeros(0)).size == 0
    assert np.isnan(holm(np.full(2, np.nan))).all()
