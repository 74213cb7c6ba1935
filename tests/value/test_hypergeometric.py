"""The integral behind Pareto/NBD against adaptive quadrature, from tame to wild parameters."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from scipy.integrate import quad

from segmentry.value.hypergeometric import integrate

FUNCTIONS = (
    lambda t, alpha, _: np.log(alpha + t),
    lambda t, alpha, _: 1 / (alpha + t),
    lambda t, _, beta: np.log(beta + t),
    lambda t, _, beta: 1 / (beta + t),
)
CASES = {
    "alpha below beta": (2.55, 1.6, 10.6, 11.7, 30.43, 38.86),
    "alpha above beta": (2.55, 1.6, 11.7, 3.2, 30.43, 38.86),
    "alpha equals beta": (3.0, 1.5, 5.0, 5.0, 0.0, 40.0),
    "the last purchase was a minute ago": (9.0, 1.6, 10.6, 11.7, 38.86 - 1e-4, 38.86),
    "five hundred purchases": (500.5, 1.6, 10.6, 11.7, 20.0, 38.86),
    "five hundred purchases, long ago": (500.5, 1.6, 10.6, 0.1, 1.0, 500.0),
    "five thousand purchases": (5000.5, 1.6, 900.0, 11.7, 20.0, 38.86),
    "hardly any drop-out": (1.0, 1.001, 10.6, 1e5, 5.0, 100.0),
    "nothing bought, little known": (0.05, 1.02, 0.01, 0.02, 0.0, 300.0),
}


def reference(case, function=None) -> float:
    """Return log J, or an average, by quadrature on a fine ladder of pieces, scaled so that nothing overflows."""
    a, b, alpha, beta, start, stop = case
    top = -a * np.log(alpha + start) - b * np.log(beta + start)

    def integrand(t: float) -> float:
        value = np.exp(-a * np.log(alpha + t) - b * np.log(beta + t) - top)
        return value if function is None else value * function(t, alpha, beta)

    ends = start + (stop - start) * np.concatenate([[0.0], np.logspace(-8, 0, 40)])
    total = sum(quad(integrand, low, high, epsabs=0, epsrel=1e-10, full_output=1)[0] for low, high in pairwise(ends))
    return np.log(total) + top if function is None else total


def found(case, **asked):
    a, b, alpha, beta, start, stop = case
    return integrate((np.array([a]), b), (alpha, beta), np.array([start]), np.array([stop]), **asked)


@pytest.mark.parametrize("name", CASES)
def test_integral_and_averages_are_those_of_adaptive_quadrature(name):
    case = CASES[name]
    integral = found(case)
    log = reference(case)
    assert integral.log[0] == pytest.approx(log, abs=1e-9)
    scale = reference(case, lambda *_: 1.0)
    averages = [reference(case, function) / scale for function in FUNCTIONS]
    assert integral.means[:, 0] == pytest.approx(averages, rel=1e-8)


@pytest.mark.parametrize("name", ["alpha below beta", "alpha above beta", "five hundred purchases"])
def test_covariances_are_those_of_adaptive_quadrature(name):
    case = CASES[name]
    integral = found(case, spreads=True)
    scale = reference(case, lambda *_: 1.0)
    for one, other in product(range(4), repeat=2):

        def together(t, alpha, beta, one=one, other=other):
            return np.prod([FUNCTIONS[place](t, alpha, beta) - integral.means[place, 0] for place in (one, other)])

        assert integral.spreads[one, other, 0] == pytest.approx(reference(case, together) / scale, rel=1e-5)


def test_an_empty_interval_is_nothing_and_its_averages_are_finite():
    integral = found((2.0, 1.6, 10.6, 11.7, 30.0, 30.0))
    assert integral.log[0] == -np.inf
    assert np.isfinite(integral.means).all()


def test_rows_do_not_depend_on_their_neighbours():
    start = np.linspace(0.0, 30.0, 1500)
    powers = np.arange(1500) % 9 + 0.5
    together = integrate((powers, 1.6), (10.6, 11.7), start, start + 9.0, spreads=True)
    alone = integrate((powers[777:778], 1.6), (10.6, 11.7), start[777:778], start[777:778] + 9.0, spreads=True)
    assert (together.log[777], *together.means[:, 777]) == (alone.log[0], *alone.means[:, 0])
    assert np.array_equal(together.spreads[..., 777], alone.spreads[..., 0])
