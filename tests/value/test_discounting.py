"""Discounting: held against a fine grid, and the terms against what they allow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.value.discounting import Terms, discounted


@pytest.mark.parametrize("scale", [0.5, 5.0, 200.0])
@pytest.mark.parametrize("discount", [0.02, 0.15, 1.0])
def test_eleven_evaluations_agree_with_twenty_thousand_steps(scale: float, discount: float) -> None:
    # E(t) bends sharply at `scale`: the shape of expected purchases under Pareto/NBD.
    def expected(time: float) -> np.ndarray:
        return np.array([1 - (scale / (scale + time)) ** 0.6])

    terms = Terms(156, discount=discount)
    edges = np.linspace(0, 1, 20_001) ** 2 * 156
    steps = np.diff([expected(edge).item() for edge in edges])
    grid = float(np.sum(steps * np.exp(-terms.force * (edges[1:] + edges[:-1]) / 2)))
    assert discounted(expected, 156.0, terms.force).item() == pytest.approx(grid, rel=1e-4)


def test_without_discount_it_is_the_expectation_itself() -> None:
    assert discounted(lambda time: np.array([time / 3]), 52.0, 0.0).item() == 52.0 / 3


def test_steady_purchases_have_the_value_of_an_annuity() -> None:
    assert discounted(lambda time: np.array([time]), 100.0, 0.01).item() == pytest.approx((1 - math.exp(-1)) / 0.01, rel=1e-9)


def test_a_year_at_ten_per_cent_leaves_one_over_one_point_one() -> None:
    assert math.exp(-Terms(12, unit_days=365.25 / 12, discount=0.1).force * 12) == pytest.approx(1 / 1.1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"horizon": 0}, "horizon is 0; allowed is a finite number above 0"),
        ({"horizon": math.inf}, "horizon is inf"),
        ({"horizon": 52, "unit_days": -1}, "unit_days is -1"),
        ({"horizon": 52, "margin": 0}, "margin is 0; allowed is above 0 up to 1"),
        ({"horizon": 52, "margin": 30}, "margin is 30"),
        ({"horizon": 52, "margin": math.nan}, "margin is nan"),
        ({"horizon": 52, "discount": -0.1}, "discount is -0.1; allowed is 0 or more"),
        ({"horizon": 52, "discount": math.nan}, "discount is nan"),
    ],
)
def test_terms_outside_what_is_allowed_are_refused(given: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Terms(**given)
