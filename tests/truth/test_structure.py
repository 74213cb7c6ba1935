"""Segments are claimed where groups were planted, and not in one cloud, whatever its shape (rates by simulation, seeds fixed)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from segmentry.segments.selection import choose
from segmentry.segments.stability import adjusted_rand, crossing
from segmentry.segments.structure import rival, structure

Rng = np.random.Generator


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0)


def gaussian(rng: Rng, n: int) -> np.ndarray:
    return standard(rng.normal(size=(n, 5)) @ rng.normal(size=(5, 5)))


def lognormal(rng: Rng, n: int) -> np.ndarray:
    return standard(np.exp(0.7 * rng.normal(size=(n, 5)) @ np.linalg.cholesky(0.3 + 0.7 * np.eye(5)).T))


def logged(rng: Rng, n: int) -> np.ndarray:
    return standard(np.log1p(rng.lognormal(3, 1, size=(n, 5))))


def box(rng: Rng, n: int) -> np.ndarray:
    return standard(rng.uniform(size=(n, 3)))


def spiked(rng: Rng, n: int) -> np.ndarray:
    """Shares that are nothing for most customers, a count and a flag: one group, cut off at thresholds."""
    latent = rng.normal(size=(n, 5)) @ np.linalg.cholesky(0.3 + 0.7 * np.eye(5)).T
    shares = np.where(latent[:, :3] > 0.4, np.minimum(latent[:, :3] / 3, 1), 0)
    return standard(np.column_stack([shares, np.floor(np.exp(latent[:, 3])), latent[:, 4] > 0.8]).astype(float))


def planted(rng: Rng, n: int) -> tuple[np.ndarray, np.ndarray]:
    groups = np.repeat(np.arange(4), n // 4)
    centres = np.eye(5)[:4] * 6 / np.sqrt(2)
    return centres[groups] + rng.normal(size=(len(groups), 5)), groups


CLOUDS = (gaussian, lognormal, logged, box, spiked)


def claims(cloud: Callable[[Rng, int], np.ndarray], *, simulations: int, n: int, high: int) -> int:
    """Count the simulations in which segments are claimed, for the chosen number or for another."""
    count = 0
    for seed in range(simulations):
        points = cloud(np.random.default_rng([seed, 31]), n)
        selection, labels, _ = choose(points, ks=range(2, high + 1), high=high, seed=seed, starts=3)
        found = structure(points, labels + 1, seed=seed, other=rival(selection))
        count += found.verdict != "slices" or found.better > 0
    return count


def recovered(*, simulations: int, n: int) -> int:
    count = 0
    for seed in range(simulations):
        points, groups = planted(np.random.default_rng([seed, 32]), n)
        selection, labels, _ = choose(points, ks=range(2, 7), high=6, seed=seed, starts=3)
        agreement = adjusted_rand(crossing(groups, labels, (4, selection.k)))
        count += structure(points, labels + 1, seed=seed).verdict == "segments" and agreement >= 0.95
    return count


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.__name__)
def test_one_cloud_is_slices(cloud: Callable[[Rng, int], np.ndarray]) -> None:
    assert claims(cloud, simulations=5, n=200, high=4) == 0


def test_four_planted_groups_are_segments() -> None:
    assert recovered(simulations=2, n=800) == 2


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.__name__)
def test_one_cloud_is_slices_in_nineteen_of_twenty_simulations(cloud: Callable[[Rng, int], np.ndarray]) -> None:
    assert claims(cloud, simulations=200, n=600, high=8) <= 10


@pytest.mark.slow
def test_four_groups_of_1500_are_segments_in_nineteen_of_twenty_simulations() -> None:
    assert recovered(simulations=40, n=6000) >= 38


@pytest.mark.parametrize("seed", range(2))
def test_one_customer_of_1e18_changes_nothing(seed: int) -> None:
    from segmentry.segments.segmentation import Segmentation

    rng = np.random.default_rng(seed)
    for values in (rng.lognormal(3, 1, size=(400, 3)), np.exp(planted(rng, 400)[0][:, :4])):
        verdicts = []
        for data in (values, np.vstack([values, np.full(values.shape[1], 1e18)])):
            fitted = Segmentation(seed=seed, starts=3, high=5).fit(data)
            verdicts.append((fitted.selection_.k, structure(fitted.points_, fitted.labels_, seed=seed).verdict))
        assert verdicts[0] == verdicts[1]
