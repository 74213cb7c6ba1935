"""Shrinking: against the normal integrals it averages, and in its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from segmentry.errors import UsageError
from segmentry.experiments.shrinkage import believed, conditional, shrink


def test_it_is_the_mean_over_all_variances_between():
    """By quadrature: uniform on s̄² / (s̄² + τ²), the mean integrated out."""
    values, errors = np.array([0.2, 1.5, -0.4, 2.0]), np.array([0.5, 1.0, 0.8, 1.2])
    typical = 4 / (1 / errors**2).sum()

    def at(part):
        between = typical * (1 - part) / part
        weights = 1 / (errors**2 + between)
        centre = (weights * values).sum() / weights.sum()
        density = np.sqrt(weights.prod() / weights.sum()) * np.exp(-0.5 * (weights * (values - centre) ** 2).sum())
        return density, (values[3] * between + centre * errors[3] ** 2) * weights[3]

    total = integrate.quad(lambda part: at(part)[0], 0, 1)[0]
    mean = integrate.quad(lambda part: at(part)[0] * at(part)[1], 0, 1)[0] / total
    assert shrink(values, errors).effects[3].value == pytest.approx(mean, abs=1e-4)


def test_effects_that_are_known_well_stay_where_they_are():
    found = shrink([0.0, 10.0, 20.0], [0.01, 0.01, 0.01])
    assert [one.value for one in found.effects] == pytest.approx([0.0, 10.0, 20.0], abs=0.01)
    assert found.p < 1e-6


def test_effects_that_are_hardly_known_move_to_the_mean():
    values = [0.0, 0.1, -0.1, 5.0]
    found = shrink(values, [0.1, 0.1, 0.1, 50.0])
    assert abs(found.effects[3].value) < 0.5
    assert all(one.low < one.value < one.high for one in found.effects)


def test_p_is_that_of_cochran():
    values, errors = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.5, 2.0])
    centre = np.average(values, weights=1 / errors**2)
    assert shrink(values, errors).p == pytest.approx(stats.chi2.sf((((values - centre) / errors) ** 2).sum(), 2))


def test_another_unit_changes_nothing_but_the_unit():
    one, two = shrink([1.0, 3.0, 2.0], [1.0, 0.5, 0.7]), shrink([100.0, 300.0, 200.0], [100.0, 50.0, 70.0])
    assert two.effects[0].high == pytest.approx(100 * one.effects[0].high)
    assert two.spread == pytest.approx(100 * one.spread)


@pytest.mark.parametrize(("values", "errors"), [([1.0], [1.0]), ([1.0, 2.0], [1.0, 0.0]), ([1.0, np.nan], [1.0, 1.0]), ([1.0, 2.0], [1.0])])
def test_what_cannot_be_shrunk_is_refused(values, errors):
    with pytest.raises(UsageError, match="two or more"):
        shrink(values, errors)


def test_a_found_effect_is_where_the_conditional_likelihood_is_largest():
    limit, away = 2.576, 3.3
    grid = np.linspace(-1, 5, 60_001)
    log = stats.norm.logpdf(away - grid) - np.log(stats.norm.sf(limit - grid) + stats.norm.cdf(-limit - grid))
    assert conditional(2 * away, 2.0, limit).value == pytest.approx(2 * grid[log.argmax()], abs=1e-3)


def test_its_interval_holds_the_truth_in_ninety_five_of_a_hundred_of_found_effects():
    limit, truth = 1.96, 1.0
    z = truth + np.random.default_rng(1).normal(size=3000)
    z = z[np.abs(z) > limit][:400]
    held = sum(one.low <= truth <= one.high for one in (conditional(value, 1.0, limit) for value in z))
    assert stats.binom.ppf(0.0005, len(z), 0.95) <= held <= stats.binom.ppf(0.9995, len(z), 0.95)


def test_a_loss_shrinks_like_a_gain_and_a_clear_one_hardly():
    gain, loss = conditional(3.0, 1.0, 2.576), conditional(-3.0, 1.0, 2.576)
    assert (loss.value, loss.low, loss.high) == pytest.approx((-gain.value, -gain.high, -gain.low))
    assert conditional(9.0, 1.0, 2.576).value == pytest.approx(9.0, abs=1e-3)


def test_an_effect_that_was_not_found_is_refused():
    with pytest.raises(UsageError, match="beyond the limit"):
        conditional(1.0, 1.0, 2.0)
    with pytest.raises(UsageError):
        conditional(1.0, 0.0, 2.0)


def test_past_experiments_draw_a_new_effect_towards_theirs():
    past = shrink([0.0, 0.5, -0.5, 0.2, 0.1], [0.1] * 5)
    vague, clear = believed(3.0, 2.0, past), believed(3.0, 0.01, past)
    assert abs(vague.value) < 0.6
    assert clear.value == pytest.approx(3.0, abs=0.01)
    assert vague.high - vague.low < 2 * 1.96 * 2.0
