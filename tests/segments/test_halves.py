"""Held-out halves: the naive test rejects always, the honest one hardly ever without groups, and does with them."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.moments import Moments
from segmentry.preparation.learning import learn
from segmentry.segments.clustering import Clustering, Nearest, assign, inertia_of, means
from segmentry.segments.halves import Halves, benjamini_hochberg, f_tests, halves


def matrix_of(values: np.ndarray) -> Matrix:
    ids = np.array([f"c{place:05}" for place in range(len(values))], dtype=object)
    return Matrix(ids, tuple(Column(f"x{place}", f"X {place}") for place in range(values.shape[1])), values)


def lloyd(points: np.ndarray, k: int, *, seed: int, weights: np.ndarray | None = None, quick: bool = False) -> Clustering:
    """A small k-means without the overhead of a library: farthest-first start, ten rounds."""
    centres = points[[np.random.default_rng(seed).integers(len(points))]]
    while len(centres) < k:
        centres = np.vstack([centres, points[assign(points, centres)[1].argmax()]])
    for _ in range(10):
        found = means(points, assign(points, centres)[0], k, weights)
        centres = np.where(np.isnan(found), centres, found)
    labels = assign(points, centres)[0]
    return Clustering("kmeans", labels, Nearest(centres), inertia_of(points, labels, k), len(points))


def naive_rejects(points: np.ndarray, k: int) -> bool:
    labels = lloyd(points, k, seed=0).labels
    names = [f"x{place}" for place in range(points.shape[1])]
    return any(one.p < 0.001 for one in f_tests([Moments.of(points[labels == group], names) for group in range(k)]))


def rejected(found: Halves, *, used: bool) -> list[str]:
    return [one.name for one in found.features if one.used is used and one.beyond]


def four_groups(seed: int, size: int = 200) -> np.ndarray:
    rng = np.random.default_rng(seed)
    group = np.arange(size) % 4
    corners = np.column_stack([group // 2, group % 2]) * 6.0
    return np.column_stack([corners + rng.normal(size=(size, 2)), corners[:, 0] + rng.normal(size=size)])


def test_one_group_is_rejected_by_the_naive_test_always_and_by_the_halves_hardly_ever() -> None:
    naive = honest = unused = 0
    for seed in range(200):
        matrix = matrix_of(np.random.default_rng(seed).normal(size=(120, 3)))
        prepared = learn(matrix, ["x0", "x1"])
        found = halves(matrix, prepared, 3, seed=seed, fit=lloyd, draws=19)
        naive += naive_rejects(prepared.apply(matrix), 3)
        honest += bool(rejected(found, used=True))
        unused += bool(rejected(found, used=False))
    assert naive == 200
    # At a true rate of 5 % a binomial of 200 stays at or below 18 in 99.5 %.
    assert honest <= 18
    assert unused <= 18


def test_four_planted_groups_are_rejected_in_the_features_that_make_them() -> None:
    for seed in range(10):
        matrix = matrix_of(four_groups(seed))
        found = halves(matrix, learn(matrix, ["x0", "x1"]), 4, seed=seed, fit=lloyd, draws=39)
        assert sorted(rejected(found, used=True)) == ["x0", "x1"]
        assert rejected(found, used=False) == ["x2"]


def test_a_single_feature_with_groups_among_many_without_is_found() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, 6))
    values[:, 0] = np.repeat([-4.0, 4.0], 200) + rng.normal(size=400)
    matrix = matrix_of(values)
    found = halves(matrix, learn(matrix), 2, seed=0, fit=lloyd, draws=39)
    assert rejected(found, used=True) == ["x0"]


def test_f_is_that_of_scipy_and_adds_up_over_parts_of_the_table() -> None:
    from scipy.stats import f_oneway

    rng = np.random.default_rng(1)
    groups = [rng.normal(place / 4, 1, (30 + 10 * place, 2)) for place in range(4)]
    groups[0][:7, 1] = np.nan
    parts = [Moments.of(each[:11], ["a", "b"]) + Moments.of(each[11:], ["a", "b"]) for each in groups]
    for place, found in enumerate(f_tests(parts)):
        expected = f_oneway(*(each[~np.isnan(each[:, place]), place] for each in groups))
        assert (found.f, found.p) == pytest.approx((expected.statistic, expected.pvalue))
        assert (found.groups, found.customers) == (4, sum((~np.isnan(each[:, place])).sum() for each in groups))


def test_f_of_a_constant_one_segment_or_nothing_is_no_number() -> None:
    constant = [Moments.of(np.full((5, 1), 3.3), ["a"]) for _ in range(2)]
    assert np.isnan(f_tests(constant)[0].f)
    assert f_tests(constant)[0].eta2 == 0.0
    assert np.isnan(f_tests([Moments.of(np.arange(5.0)[:, None], ["a"])])[0].p)
    assert f_tests([Moments.of(np.empty((0, 1)), ["a"])] * 2)[0].customers == 0
    with pytest.raises(UsageError, match="no moments"):
        f_tests([])


def test_benjamini_hochberg_is_that_of_scipy() -> None:
    from scipy.stats import false_discovery_control

    p = np.random.default_rng(0).random(50) ** 3
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))
    assert benjamini_hochberg(np.empty(0)).size == 0


def test_levels_of_a_category_are_tested_together_and_other_categories_left_out() -> None:
    rng = np.random.default_rng(0)
    columns = (
        Column("x", "X"),
        Column("town", "Town", "category", levels=("A", "B", "C")),
        Column("kind", "Kind", "category", levels=("u", "v")),
    )
    values = np.column_stack([rng.normal(size=200), rng.integers(0, 3, 200), rng.integers(0, 2, 200)])
    matrix = Matrix(np.array([f"c{place:03}" for place in range(200)], dtype=object), columns, values)
    found = halves(matrix, learn(matrix, ["x", "town"]), 2, seed=0, fit=lloyd, draws=9)
    assert {one.name for one in found.features} == {"x", "town"}
    assert all(0 <= one.eta2 <= 1 and 0 < one.p <= 1 for one in found.features)


def test_same_seed_gives_the_same_bits() -> None:
    matrix = matrix_of(four_groups(1))
    prepared = learn(matrix)
    assert halves(matrix, prepared, 3, seed=1, draws=3) == halves(matrix, prepared, 3, seed=1, draws=3)


def test_fewer_than_a_hundred_customers_are_refused() -> None:
    matrix = matrix_of(four_groups(1, 80))
    with pytest.raises(NotEnoughData, match="need at least 100 customers"):
        halves(matrix, learn(matrix), 4, seed=0)


def test_customers_who_are_nearly_all_alike_give_a_finite_answer() -> None:
    values = np.zeros((200, 2))
    values[:40, 0] = 1.0
    values[20:60, 1] = 1.0
    matrix = matrix_of(values)
    found = halves(matrix, learn(matrix), 4, seed=0, draws=5)
    assert all(np.isfinite([one.eta2, one.p]).all() for one in found.features)
