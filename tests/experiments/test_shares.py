"""Shares against the published tables: Newcombe (1998), table II (Miettinen and Nurminen's method), Gart and Nam (1990), scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

from segmentry.errors import UsageError
from segmentry.experiments.shares import interval, likeliest, statistic

# Control first; the published difference is of the first less the second.
NEWCOMBE = [
    ((48, 56), (80, 70), (0.0528, 0.3382)),
    ((3, 9), (10, 10), (0.1700, 0.8406)),
    ((2, 6), (7, 7), (0.0342, 0.8534)),
    ((0, 5), (29, 56), (-0.0326, 0.1933)),
    ((0, 0), (20, 10), (-0.1658, 0.2844)),
    ((0, 0), (10, 10), (-0.2879, 0.2879)),
    ((0, 10), (20, 10), (0.7156, 1.0)),
    ((0, 10), (10, 10), (0.6636, 1.0)),
]


@pytest.mark.parametrize(("hits", "customers", "published"), NEWCOMBE)
def test_without_the_correction_it_is_the_published_interval(hits, customers, published):
    low, high = interval(hits, customers, corrected=False)
    assert (round(float(low), 4), round(float(high), 4)) == published


def test_with_the_correction_it_is_near_the_published_one_of_gart_and_nam():
    """Theirs, (−.014, .414), is without the factor N / (N − 1), which makes ours wider by a hundredth."""
    low, high = interval([2, 7], [25, 25])
    assert float(low) == pytest.approx(-0.014, abs=0.004)
    assert float(high) == pytest.approx(0.414, abs=0.004)


@pytest.mark.parametrize(("hits", "customers", "_"), NEWCOMBE[:4])
def test_at_no_difference_it_is_the_chi_square_with_one_less(hits, customers, _):
    table = np.array([hits, np.array(customers) - hits])
    total = sum(customers)
    pearson = stats.chi2_contingency(table, correction=False).statistic
    assert float(statistic(hits, customers, corrected=False)) ** 2 == pytest.approx(pearson * (total - 1) / total, rel=1e-9)


@pytest.mark.parametrize("delta", [-0.3, -0.01, 0.0, 0.2, 0.6])
def test_the_cubic_finds_the_likeliest_shares(delta):
    hits, customers = np.array([12.0, 30.0]), np.array([60.0, 80.0])

    def unlikely(base):
        return -(stats.binom.logpmf(hits[0], customers[0], base) + stats.binom.logpmf(hits[1], customers[1], base + delta))

    edges = (max(0.0, -delta) + 1e-9, min(1.0, 1 - delta) - 1e-9)
    best = minimize_scalar(unlikely, bounds=edges, method="bounded", options={"xatol": 1e-10}).x
    assert float(likeliest(hits, customers, np.array(delta))[0]) == pytest.approx(best, abs=1e-6)


def test_interval_and_test_never_contradict_each_other():
    rng = np.random.default_rng(1)
    customers = rng.integers(20, 400, (2, 2000))
    hits = rng.binomial(customers, [[0.1], [0.2]])
    low, high = interval(hits, customers)
    beyond = np.abs(statistic(hits, customers)) > 1.959963984540054
    assert 200 < beyond.sum() < 1800
    assert (beyond == ((low > 0) | (high < 0))).all()


def test_turning_the_arms_round_turns_the_interval_round():
    low, high = interval([5, 40], [200, 900])
    back, forth = interval([40, 5], [900, 200])
    assert float(low) == pytest.approx(-float(forth))
    assert float(high) == pytest.approx(-float(back))


def test_nobody_or_everybody_answering_leaves_a_finite_interval():
    for hits in ([0, 0], [50, 30], [0, 30], [50, 0]):
        low, high = interval(hits, [50, 30])
        assert -1 <= low < high <= 1
        assert np.isfinite(statistic(hits, [50, 30]))


def test_more_hits_than_customers_are_refused():
    with pytest.raises(UsageError, match="Count them again"):
        statistic([5, 1], [4, 4])
