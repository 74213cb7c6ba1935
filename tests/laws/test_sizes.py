"""Laws of size limits: every group within them, or a refusal; nobody is lost; equal customers stay together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.errors import Degenerate
from segmentry.segments.clustering import Clustering, Nearest, inertia_of, means
from segmentry.segments.sizes import limit


def _limited(points: np.ndarray, fit: Clustering, low: int, high: int) -> Clustering | str:
    try:
        return limit(points, fit, smallest=float(low), largest=float(high), seed=1).clustering
    except Degenerate as refused:
        return str(refused)


@given(
    seed=st.integers(0, 10_000),
    customers=st.integers(12, 90),
    groups=st.integers(1, 6),
    low=st.integers(1, 30),
    room=st.integers(0, 40),
    grain=st.sampled_from([1.0, 0.0]),
)
def test_every_group_is_within_the_limits_or_the_demand_is_refused(
    seed: int, customers: int, groups: int, low: int, room: int, grain: float
) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(scale=3, size=(customers, 2))
    points = np.round(points) if grain else points
    labels = np.unique(rng.integers(groups, size=customers), return_inverse=True)[1].astype(np.int64)
    k = int(labels.max()) + 1
    fit = Clustering("kmeans", labels, Nearest(means(points, labels, k)), inertia_of(points, labels, k), customers)
    high = low + room
    found = _limited(points, fit, low, high)
    if isinstance(found, str):
        possible = any(parts * low <= customers <= parts * high for parts in range(1, 51))
        # With different customers, what is possible by number is done.
        assert not possible or (grain and "equal in every feature" in found)
        return
    sizes = np.bincount(found.labels)
    assert sizes.sum() == customers
    assert sizes.min() >= low
    assert sizes.max() <= high


def test_a_cut_never_parts_equal_customers() -> None:
    points = np.repeat(np.arange(9.0), 10)[:, None]
    fit = Clustering("kmeans", np.zeros(90, dtype=np.int64), Nearest(np.array([[4.0]])), 0.0, 90)
    found = limit(points, fit, largest=20).clustering
    assert np.bincount(found.labels).max() <= 20
    assert all(len(np.unique(found.labels[points[:, 0] == value])) == 1 for value in range(9))
    with pytest.raises(Degenerate):
        limit(points, fit, largest=9)
