"""The fitting machine on surfaces whose maximum, edge or lack of either is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.value.fitting import enough_repeaters, maximise


@dataclass
class Waits:
    """Gamma-distributed waiting times."""

    values: np.ndarray

    @property
    def customers(self) -> float:
        return float(len(self.values))

    def thinned(self, size: int) -> Waits:
        return self if len(self.values) <= size else Waits(np.sort(self.values)[:: -(-len(self.values) // size)])


class Gamma:
    """Shape and rate: the maximum is known from scipy."""

    names = ("shape", "rate")
    edges: ClassVar = {"shape": ("they were all zero", "they were all equal"), "rate": ("they never ended", "they were all equal")}

    def starts(self, data):
        mean = data.values.mean()
        return [np.log([1.0, 1.0 / mean]), np.log([10.0, 3.0 / mean]), np.log([0.1, 1.0 / mean])]

    def gradient(self, logs, data):
        from scipy.special import digamma, gammaln

        shape, rate = np.exp(logs)
        n, total, sum_of_logs = len(data.values), data.values.sum(), np.log(data.values).sum()
        value = n * (shape * np.log(rate) - gammaln(shape)) + (shape - 1) * sum_of_logs - rate * total
        return value, np.array([n * (np.log(rate) - digamma(shape)) + sum_of_logs, n * shape / rate - total]) * [shape, rate]


class Curved(Gamma):
    def hessian(self, logs, data):
        from scipy.special import polygamma

        shape = np.exp(logs[0])
        value, slope = self.gradient(logs, data)
        cross = len(data.values) * shape
        return value, slope, np.array([[slope[0] - len(data.values) * polygamma(1, shape) * shape**2, cross], [cross, slope[1] - cross]])


def waits(n: int = 500, seed: int = 0) -> Waits:
    return Waits(np.random.default_rng(seed).gamma(2.5, 1 / 0.3, n))


@pytest.mark.parametrize("likelihood", [Gamma(), Curved()], ids=["gradient only", "with curvature"])
@pytest.mark.parametrize("sample", [50, 4000], ids=["started on a sample", "on all"])
def test_the_maximum_is_that_of_scipy(likelihood, sample):
    from scipy.stats import gamma

    data = waits()
    shape, _, scale = gamma.fit(data.values, floc=0)
    found = maximise(likelihood, data, sample=sample)
    assert found.params == pytest.approx({"shape": shape, "rate": 1 / scale}, rel=1e-6)
    assert found.log_likelihood == pytest.approx(gamma.logpdf(data.values, shape, scale=scale).sum())
    assert (found.starts, found.agreed, found.customers) == (3, 3, 500)


def test_standard_errors_are_those_of_the_information():
    from scipy.special import polygamma

    found = maximise(Curved(), waits())
    shape, rate = found.params.values()
    information = 500 * np.array([[polygamma(1, shape), -1 / rate], [-1 / rate, shape / rate**2]])
    assert list(found.errors.values()) == pytest.approx(np.sqrt(np.diag(np.linalg.inv(information))), rel=1e-5)
    assert found.covariance[0, 0] == pytest.approx((found.errors["shape"] / shape) ** 2)


def test_standard_errors_cover_the_truth_as_often_as_they_say():
    fits = [maximise(Curved(), waits(seed=seed)) for seed in range(200)]
    covered = sum(abs(np.log(fit.params["shape"] / 2.5)) < 1.96 * np.sqrt(fit.covariance[0, 0]) for fit in fits)
    # 99 % binomial band of 95 % of 200.
    assert 181 <= covered <= 198


@pytest.mark.parametrize("likelihood", [Gamma(), Curved()], ids=["gradient only", "with curvature"])
def test_a_parameter_that_runs_away_is_refused_in_words(likelihood):
    equal = Waits(np.full(200, 3.0) * np.where(np.arange(200) % 2, 1.0, 1.0 + 1e-9))
    with pytest.raises(Degenerate, match=r"AT_THE_EDGE: .*the data are as if they were all equal"):
        maximise(likelihood, equal)


class Slope(Gamma):
    """Uphill without end, though ever less."""

    def gradient(self, logs, data):
        return float(-np.exp(-logs[0]) - logs[1] ** 2), np.array([np.exp(-logs[0]), -2 * logs[1]])


class Nowhere(Gamma):
    """Not a number anywhere."""

    def gradient(self, logs, data):
        return float("nan"), np.full(2, np.nan)

    def hessian(self, logs, data):
        return float("nan"), np.full(2, np.nan), np.full((2, 2), np.nan)


class Saddle(Curved):
    """Flat at every start, and no maximum there."""

    def starts(self, data):
        return [np.zeros(2)]

    def hessian(self, logs, data):
        x, y = logs
        return float(x**2 - y**2), np.array([2 * x, -2 * y]), np.diag([2.0, -2.0])


def test_a_slope_without_end_is_an_edge():
    with pytest.raises(Degenerate, match=r"AT_THE_EDGE: .*'shape': the data are as if they were all equal"):
        maximise(Slope(), waits())


@pytest.mark.parametrize("likelihood", [Nowhere(), Saddle()], ids=["no number", "saddle"])
def test_no_maximum_gives_no_numbers(likelihood):
    with pytest.raises(Degenerate, match=r"NO_CONVERGENCE|AT_THE_EDGE"):
        maximise(likelihood, waits())


def test_too_few_repeaters_are_refused_with_both_figures():
    enough_repeaters(20)
    with pytest.raises(NotEnoughData, match="needs at least 20 customers with a repeat purchase; found 19"):
        enough_repeaters(19)
