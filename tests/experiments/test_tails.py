"""Tails: figures against scipy; the bound is where one tail is twice the other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.experiments.tails import LEAN, Tails, lean, tails, welch_lies


def test_skewness_and_weight_are_those_of_scipy():
    values = np.random.default_rng(1).gamma(0.5, 2.0, 400)
    found = tails(values)
    assert found.skew == pytest.approx(stats.skew(values))
    assert found.effective == pytest.approx(3 * 400 / stats.kurtosis(values, fisher=False))


def test_ordinary_tails_count_fully():
    assert tails(np.random.default_rng(1).uniform(size=300)).effective == 300.0


def test_a_constant_has_no_tail():
    assert tails(np.full(10, 7.3)) == Tails(0.0, 10.0)
    assert tails(np.zeros(3)) == Tails(0.0, 3.0)


def test_money_in_any_unit_has_the_same_tail():
    values = np.random.default_rng(1).lognormal(size=100)
    assert tails(1e6 * values).skew == pytest.approx(tails(values).skew)
    assert np.isfinite(tails(1e200 * values).skew)


def test_arms_of_equal_size_do_not_lean():
    assert lean(400.0, (500, 500)) == 0.0


def test_at_the_bound_one_tail_is_twice_the_other():
    """Edgeworth: each tail of 2.5 % is off by λ (2 · 1.96² + 1) φ(1.96) / 6."""
    off = LEAN * (2 * 1.96**2 + 1) * stats.norm.pdf(1.96) / 6
    assert (0.025 + off) / (0.025 - off) == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("found", "customers", "words"),
    [
        (Tails(30.0, 500.0), (1000, 9000), "an increase many times as often as a decrease"),
        (Tails(30.0, 500.0), (9000, 1000), "a decrease many times as often as an increase"),
        (Tails(5.0, 500.0), (1000, 9000), "an increase 3 times as often"),
        (Tails(30.0, 8.0), (5000, 5000), "as few as 8 customers"),
    ],
)
def test_it_says_which_way_the_test_lies(found, customers, words):
    assert words in welch_lies(found, customers)


def test_it_says_nothing_where_the_test_is_right():
    assert welch_lies(Tails(2.0, 900.0), (1000, 9000)) == ""
