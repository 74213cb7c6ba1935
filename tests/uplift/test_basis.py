from __future__ import annotations

import numpy as np

from segmentry.uplift.basis import learn_basis


def kinds(values, **more):
    return [(piece.place, piece.kind) for piece in learn_basis(values, **more).pieces]


def test_few_values_become_levels_and_many_become_a_bending_line():
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.integers(0, 3, 300), rng.normal(size=300)]).astype(float)
    assert kinds(values) == [(0, "level"), (0, "level"), (1, "number"), (1, "bend"), (1, "bend")]
    assert kinds(values, most_bending=1) == [(0, "level"), (0, "level"), (1, "number")]


def test_missing_values_are_marked_and_stand_at_the_median():
    values = np.arange(100.0)[:, None]
    values[:20] = np.nan
    basis = learn_basis(values)
    assert next(piece.kind for piece in basis.pieces) == "missing"
    points = basis.apply(np.array([[np.nan], [np.median(np.arange(20.0, 100.0))]]))
    assert points[0, 1:].tolist() == points[1, 1:].tolist()
    assert points[0, 0] > points[1, 0]


def test_columns_have_mean_0_and_variance_1():
    points = learn_basis(values := np.random.default_rng(1).lognormal(size=(500, 3))).apply(values)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(points.std(axis=0), 1, atol=1e-12)


def test_one_huge_customer_is_drawn_in():
    values = np.random.default_rng(2).normal(size=(1000, 1))
    values[0] = 1e100
    points = learn_basis(values).apply(values)
    assert abs(points).max() < 10


def test_constants_and_rare_levels_give_no_column():
    values = np.column_stack([np.ones(1000), np.r_[np.ones(2), np.zeros(998)]])
    assert kinds(values) == []
