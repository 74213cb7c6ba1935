"""The gap: planted groups have one, one cloud of any shape has none; figures against a second way of computing them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.segments.clustering import Clustering
from segmentry.segments.gap import gap_curve, rule
from segmentry.segments.kmeans import fit_kmeans

RNG = np.random.default_rng(3)
GROUPS = RNG.normal(size=(200, 5)) + np.repeat((np.eye(5)[:4] * 6 / np.sqrt(2)), 50, axis=0)
CLOUDS = {
    "gaussian": RNG.normal(size=(300, 4)) @ RNG.normal(size=(4, 4)),
    "lognormal": np.exp(0.7 * RNG.normal(size=(300, 4))),
    "box": RNG.uniform(size=(300, 3)),
}


@pytest.mark.parametrize("against", ["one group", "box"])
def test_four_planted_groups_have_the_gap_at_four(against) -> None:
    curve = gap_curve(GROUPS, range(2, 7), seed=0, against=against)
    assert curve.chosen == 4
    assert max(curve.gap) == curve.at(4)[0]


@pytest.mark.parametrize("name", CLOUDS)
def test_one_cloud_is_one_group(name: str) -> None:
    curve = gap_curve(CLOUDS[name], range(2, 6), seed=0)
    assert curve.chosen == 1
    assert max(curve.gap) < 0.1


def test_slices_of_a_bell_are_tighter_than_those_of_a_box_but_no_tighter_than_those_of_a_bell() -> None:
    assert min(gap_curve(CLOUDS["gaussian"], (2, 3), seed=0, against="box").gap) > 0.5
    assert max(np.abs(gap_curve(CLOUDS["gaussian"], (2, 3), seed=0).gap)) < 0.1


def test_the_classic_gap_is_that_of_its_paper_computed_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    centred = GROUPS - GROUPS.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1]
    turned = centred @ axes
    boxes = [rng.uniform(turned.min(axis=0), turned.max(axis=0), size=GROUPS.shape) for _ in range(20)]

    def spread(points: np.ndarray, k: int) -> float:
        return float(np.log(KMeans(k, n_init=5, random_state=0).fit(points).inertia_))

    curve = gap_curve(GROUPS, (3, 4), seed=1, against="box")
    for k in (1, 3, 4):
        logs = [spread(box, k) for box in boxes]
        gap, error = curve.at(k)
        assert gap == pytest.approx(np.mean(logs) - spread(GROUPS, k), abs=4 * np.std(logs) / np.sqrt(20))
        assert error == pytest.approx(np.std(logs) * np.sqrt(1 + 1 / 20), rel=0.8)


def test_the_smallest_number_within_two_errors_of_the_highest_gap_is_asked_for() -> None:
    ks, gaps = (1, 2, 4), np.array([0.0, 0.5, 0.6])
    assert rule(ks, gaps, np.full(3, 0.049)) == 4
    assert rule(ks, gaps, np.full(3, 0.051)) == 2
    assert rule(ks, np.zeros(3), np.zeros(3)) == 1


def test_same_seed_same_bits_and_another_seed_nearly_the_same() -> None:
    first, again, other = (gap_curve(GROUPS, (2, 4), seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.gap != other.gap
    assert first.gap == pytest.approx(other.gap, abs=0.1)


def test_many_customers_are_sampled() -> None:
    points = np.random.default_rng(0).normal(size=(3000, 2))
    assert gap_curve(points, (2,), seed=0, draws=2).points == 1000


def test_a_number_the_method_refuses_is_left_out() -> None:
    def never_three(points, k, *, seed, weights=None, quick=False) -> Clustering:
        if k == 3:
            raise NotEnoughData
        return fit_kmeans(points, k, seed=seed, weights=weights, quick=quick)

    curve = gap_curve(GROUPS, (2, 3, 4), seed=0, fit=never_three, draws=3)
    assert curve.ks == (1, 2, 4)
    assert curve.at(3) is None


def test_as_many_segments_as_different_customers_give_finite_gaps() -> None:
    points = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 10, axis=0)
    assert np.isfinite(gap_curve(points, (2, 3), seed=0, draws=5).gap).all()


def test_equal_or_too_few_customers_are_refused() -> None:
    with pytest.raises(Degenerate, match="all customers are equal"):
        gap_curve(np.ones((50, 2)), (2, 3), seed=0)
    with pytest.raises(NotEnoughData, match="need at least 10 customers for the gap; found 3"):
        gap_curve(np.eye(3), (2,), seed=0)
