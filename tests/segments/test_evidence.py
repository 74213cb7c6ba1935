"""All evidence in one call, from one customer to many methods."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.matrix import Column, Matrix
from segmentry.preparation.learning import learn
from segmentry.segments.evidence import Fitted, gather
from segmentry.segments.kmeans import fit_kmeans


def matrix_of(values: np.ndarray) -> Matrix:
    ids = np.array([f"c{place:05}" for place in range(len(values))], dtype=object)
    return Matrix(ids, tuple(Column(f"x{place}", f"X {place}") for place in range(values.shape[1])), values)


def fitted(matrix: Matrix, k: int, names: list[str] | None = None) -> Fitted:
    prepared = learn(matrix, names)
    points = prepared.apply(matrix)
    found = fit_kmeans(points, k, seed=0)
    return Fitted(found.labels + 1, found.rule, prepared, points, tried={2: fit_kmeans(points, 2, seed=0).labels, k: found.labels})


@pytest.mark.slow
def test_four_groups_are_told_from_every_side() -> None:
    rng = np.random.default_rng(0)
    group = np.arange(240) % 4
    values = np.column_stack([8.0 * (group // 2), 8.0 * (group % 2), group // 2]) + rng.normal(size=(240, 3))
    matrix = matrix_of(values)
    found = gather(matrix, fitted(matrix, 4, ["x0", "x1"]), seed=0)
    assert {each.segment for each in found.drivers} == {1, 2, 3, 4}
    assert {each.name for each in found.importance} == {"x0", "x1"}
    assert len(found.overlaps) == 6
    assert [each.name for each in found.variances] == ["x0", "x1"]
    assert found.halves is not None
    assert {each.name for each in found.halves.features if each.beyond} == {"x0", "x1", "x2"}
    assert [each.k for each in found.candidates] == [2, 4]


def test_too_few_customers_for_halves_leave_the_rest() -> None:
    matrix = matrix_of(np.random.default_rng(0).normal(size=(30, 2)))
    found = gather(matrix, fitted(matrix, 2), seed=0)
    assert found.halves is None
    assert found.importance
    assert [each.name for each in found.variances] == list(matrix.names)


def test_two_customers_are_told_without_a_number_that_is_none() -> None:
    matrix = matrix_of(np.array([[0.0], [1.0]]))
    found = gather(matrix, fitted(matrix, 2), seed=0)
    assert found.drivers == ()
    assert found.overlaps[0].change is None
