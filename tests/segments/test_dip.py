"""The dip is that of Hartigan and Hartigan: checked against the definition, by linear programming."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from segmentry.segments.dip import curve_dip, dip, hull


def by_definition(heights: np.ndarray) -> float:
    """The smallest largest distance to a curve that rises, convex up to some place and concave after it."""
    m = len(heights)
    best = np.inf
    for mode in range(m):
        rows = []
        for place in range(1, m - 1):
            if place == mode:
                continue
            row = np.zeros(m + 1)
            row[place - 1 : place + 2] = (-1, 2, -1) if place < mode else (1, -2, 1)
            rows.append(row)
        for place in range(m):
            for sign in (1, -1):
                row = np.zeros(m + 1)
                row[place], row[m] = sign, -1
                rows.append(row)
        limits = [0.0] * (len(rows) - 2 * m) + [sign * height for height in heights for sign in (1, -1)]
        for place in range(m - 1):
            row = np.zeros(m + 1)
            row[place], row[place + 1] = 1, -1
            rows.append(row)
            limits.append(0.0)
        cost = np.zeros(m + 1)
        cost[m] = 1
        solved = linprog(cost, A_ub=np.array(rows), b_ub=limits, bounds=[(None, None)] * m + [(0, None)])
        best = min(best, solved.fun)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_dip_is_the_distance_to_the_nearest_curve_with_one_peak(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heights = np.concatenate([[0.0], np.cumsum(rng.dirichlet(np.full(11, 0.6)))])
    assert curve_dip(heights) == pytest.approx(by_definition(heights), abs=1e-7)


def test_two_points_have_the_largest_dip() -> None:
    assert dip(np.repeat([0.0, 1.0], 50), cells=200) == pytest.approx(0.25, abs=0.01)


def test_equal_values_have_none() -> None:
    assert dip(np.full(10, 3.0)) == 0.0


def test_a_small_peak_shows_when_both_weigh_the_same() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, 950), rng.normal(9, 1, 50)])
    weights = np.repeat([1 / 950, 1 / 50], [950, 50])
    assert dip(values) < 0.04
    assert dip(values, weights) > 0.1


def test_the_hull_lies_below_and_bends_up() -> None:
    heights = np.random.default_rng(1).normal(size=40)
    below = hull(heights)
    assert (below <= heights + 1e-12).all()
    assert (np.diff(below, 2) >= -1e-9).all()
