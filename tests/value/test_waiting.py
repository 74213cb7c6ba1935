"""The wait for the next purchase."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from segmentry.value.waiting import median_wait

LIVES = {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}
DROPOUT = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.8}
ROWS = np.array([[2.0, 30.4, 38.9], [20.0, 35.0, 38.0], [500.0, 38.0, 38.0], [0.0, 0.0, 1.0]])


def comes(model: str, row: np.ndarray, wait: float) -> float:
    x, _, tenure = row
    params = LIVES if model == "Pareto/NBD" else DROPOUT
    power, scale = params["r"] + x, params["alpha"] + tenure

    def density(u: float) -> float:
        lives = (1 + u / (LIVES["beta"] + tenure)) ** -LIVES["s"] if model == "Pareto/NBD" else 1.0
        return float(power / scale * (1 + u / scale) ** (-power - 1) * lives)

    return float(quad(density, 0, wait, epsabs=1e-12, limit=200)[0])


@pytest.mark.parametrize("model", ["BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"])
@pytest.mark.parametrize("alive", [1.0, 0.8])
def test_half_of_all_have_come_by_the_day_whoever_has_left_included(model: str, alive: float) -> None:
    waits = median_wait(model, ROWS, np.full(4, alive), LIVES if model == "Pareto/NBD" else DROPOUT, 52.0)
    assert np.isfinite(waits[1:3]).all()
    for row, wait in zip(ROWS[1:3], waits[1:3], strict=True):
        assert alive * comes(model, row, wait) == pytest.approx(0.5, rel=2e-4)


def test_the_day_does_not_move_with_the_horizon() -> None:
    short, long = (median_wait("BG/NBD", ROWS[1:3], np.full(2, 0.9), DROPOUT, horizon) for horizon in (26.0, 104.0))
    assert short == pytest.approx(long)


@pytest.mark.parametrize("model", ["BG/NBD", "Pareto/NBD"])
def test_who_is_likelier_not_to_come_waits_forever(model: str) -> None:
    params = LIVES if model == "Pareto/NBD" else DROPOUT
    edge = 0.5 / comes(model, ROWS[1], 52.0)
    waits = median_wait(model, ROWS[[1, 1]], np.array([edge * 1.001, edge * 0.999]), params, 52.0)
    assert np.isfinite(waits[0])
    assert np.isinf(waits[1])


def test_a_longer_horizon_makes_more_people_come() -> None:
    short, long = (median_wait("Pareto/NBD", ROWS, np.ones(4), LIVES, horizon) for horizon in (4.0, 104.0))
    assert np.isfinite(long).sum() > np.isfinite(short).sum()
