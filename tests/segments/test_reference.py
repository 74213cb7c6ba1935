"""The reference is one group, and otherwise like the data."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.segments.dip import dip
from segmentry.segments.reference import one_group, single_peak

N = 4000
RNG = np.random.default_rng(5)
SHAPES = {
    "gaussian": RNG.normal(size=N),
    "box": RNG.uniform(-1, 1, size=N),
    "lognormal": RNG.lognormal(0, 0.8, size=N),
    "exponential": RNG.exponential(size=N),
}


def drawn(values: np.ndarray, size: int = N) -> np.ndarray:
    return single_peak(values)((np.arange(size) + 0.5) / size)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_with_one_peak_is_kept(name: str) -> None:
    values = SHAPES[name]
    assert np.abs(drawn(values) - np.sort(values))[N // 50 : -N // 50].max() < 0.12 * values.std()
    assert values.min() <= drawn(values).min() <= drawn(values).max() <= values.max()


def test_a_second_peak_is_not_kept() -> None:
    values = np.concatenate([RNG.normal(-3, 1, N), RNG.normal(3, 1, N)])
    assert dip(values) > 0.05
    assert dip(drawn(values)) < 0.012


def test_the_share_of_zeros_is_kept() -> None:
    values = np.where(RNG.uniform(size=N) < 0.6, 0.0, RNG.uniform(0.2, 1, size=N))
    again = drawn(values)
    assert (again == 0).mean() == pytest.approx((values == 0).mean(), abs=0.002)
    assert again[again > 0].min() >= 0.19


def test_flags_and_counts_keep_their_values() -> None:
    flag, counts = (RNG.uniform(size=N) < 0.2).astype(float), RNG.poisson(3, size=N).astype(float)
    assert drawn(flag).mean() == pytest.approx(flag.mean(), abs=0.001)
    assert set(drawn(counts)) <= set(counts)
    assert drawn(counts).mean() == pytest.approx(counts.mean(), abs=0.1)


def test_covariance_is_kept() -> None:
    latent = RNG.normal(size=(N, 3)) @ np.linalg.cholesky(np.array([[1, 0.7, -0.3], [0.7, 1, 0], [-0.3, 0, 1]])).T
    points = np.column_stack([np.exp(latent[:, 0]), latent[:, 1] > 0.5, latent[:, 2]])
    again = one_group(points).draw(20 * N, np.random.default_rng(0))
    assert np.abs(np.corrcoef(again.T) - np.corrcoef(points.T)).max() < 0.05
    assert again.std(axis=0) == pytest.approx(points.std(axis=0), rel=0.1)


def test_each_customer_has_one_level_of_a_category() -> None:
    codes = RNG.integers(0, 3, size=N)
    points = np.column_stack([RNG.normal(size=N) + codes, np.eye(3)[codes]])
    again = one_group(points, exclusive=[(1, 2, 3)]).draw(N, np.random.default_rng(0))
    assert (again[:, 1:].sum(axis=1) == 1).all()
    assert again[:, 1:].mean(axis=0) == pytest.approx(points[:, 1:].mean(axis=0), abs=0.03)


def test_a_column_without_spread_stays_as_it_is() -> None:
    points = np.column_stack([np.full(200, 2.0), RNG.normal(size=200)])
    again = one_group(points).draw(50, np.random.default_rng(0))
    assert (again[:, 0] == 2.0).all()
    assert np.isfinite(again).all()
