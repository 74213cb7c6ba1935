"""Same data, new seed: at most 2 % of the customers get another id, or the refit is blocked and says why."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.segments.identity import SAME_DATA, blocked, changed, match, warm
from segmentry.segments.segmentation import Segmentation

SEEDS = range(1, 6)


def planted(seed: int, n: int = 1200) -> np.ndarray:
    """Return four groups of unlike sizes, centres six deviations apart."""
    rng = np.random.default_rng(seed)
    groups = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1])
    return np.eye(5)[:4][groups] * 6 / np.sqrt(2) + rng.normal(size=(n, 5))


def cloud(seed: int, n: int = 1200) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5))


def share(old: np.ndarray, new: np.ndarray) -> float:
    return changed(old, new, match(old, new))


@pytest.mark.parametrize("data", range(3))
def test_planted_groups_keep_their_ids_whatever_the_seed(data: int) -> None:
    values = planted(data)
    first = Segmentation(seed=0, starts=5).fit(values)
    assert first.selection_.k == 4
    for seed in SEEDS:
        assert share(first.labels_, Segmentation(seed=seed, starts=5).fit(values).labels_) <= SAME_DATA


@pytest.mark.parametrize("data", range(3))
def test_half_the_customers_anew_keep_the_ids_of_the_planted_groups(data: int) -> None:
    values, other = planted(data), planted(data + 50)
    mixed = np.vstack([values[:600], other[600:]])
    first, second = (Segmentation(seed=seed, starts=5).fit(rows) for seed, rows in enumerate((values, mixed)))
    assert share(first.predict(mixed), second.labels_) <= SAME_DATA


@pytest.mark.parametrize("data", range(3))
def test_slices_keep_their_ids_when_the_refit_starts_from_the_centres_before(data: int) -> None:
    values = cloud(data)
    for seed in SEEDS:
        first = Segmentation(k=5, seed=seed, starts=3).fit(values)
        refit = warm(first.points_, first.centres_)
        assert share(first.labels_, refit.labels + 1) <= SAME_DATA


def test_slices_found_anew_with_another_seed_are_blocked_and_told_to_start_warm() -> None:
    # One start each: where it begins decides where the borders of a cloud fall.
    values = cloud(9)
    shares = [
        share(Segmentation(k=6, seed=0, starts=1).fit(values).labels_, Segmentation(k=6, seed=seed, starts=1).fit(values).labels_)
        for seed in SEEDS
    ]
    assert max(shares) > SAME_DATA
    assert "start the refit from the segments before it" in blocked(max(shares), "slices")
