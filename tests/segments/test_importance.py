"""Importance of features: what the rule reads counts, what it does not read counts nothing, families go together."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData
from segmentry.matrix import Column, Matrix
from segmentry.preparation.learning import learn
from segmentry.segments.clustering import Nearest, means
from segmentry.segments.families import families
from segmentry.segments.importance import importance


def matrix_of(values: np.ndarray, *columns: Column) -> Matrix:
    return Matrix(np.array([f"c{place:05}" for place in range(len(values))], dtype=object), columns, values)


@pytest.fixture
def planted() -> tuple[Matrix, np.ndarray]:
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1, 2, 3], 150)
    # The first feature tells all four apart, the second only two pairs, the third nobody.
    values = np.column_stack([group * 10.0, (group % 2) * 3.0, np.zeros(600)]) + rng.normal(size=(600, 3))
    return matrix_of(values, *(Column(name, name.capitalize()) for name in ("strong", "weak", "idle"))), group


def test_importance_is_the_chance_to_meet_another_group_for_a_feature_that_decides_alone(planted: tuple[Matrix, np.ndarray]) -> None:
    matrix, group = planted
    alone = matrix.select(["strong"])
    prepared = learn(alone)
    found = importance(alone, prepared, Nearest(means(prepared.apply(alone), group, 4)), seed=0)[0]
    # Three of four customers one could be mixed up with are in another group.
    assert found.changed == pytest.approx(0.75, abs=0.02)
    assert 0 < found.low < found.changed < found.high < 1


def test_features_are_ranked_by_how_much_they_decide_and_an_idle_one_counts_nothing(planted: tuple[Matrix, np.ndarray]) -> None:
    matrix, _ = planted
    rule = Nearest(np.array([[-1.5, -0.5, 0.0], [-0.5, 0.5, 0.0], [0.5, -0.5, 0.0], [1.5, 0.5, 0.0]]))
    found = importance(matrix, learn(matrix), rule, seed=0)
    assert [one.name for one in found] == ["strong", "weak", "idle"]
    assert (found[2].changed, found[2].low, found[2].high) == (0.0, 0.0, 0.0)


def test_levels_of_a_category_and_shares_that_add_up_are_one_feature_each() -> None:
    rng = np.random.default_rng(0)
    parts = rng.dirichlet([1, 1, 1], 200)
    columns = [Column(f"category={name}", f"Share of spend by category: {name}", "share", group="range") for name in "ABC"]
    values = np.column_stack([parts, rng.integers(0, 3, 200), np.where(rng.random(200) < 0.1, np.nan, rng.normal(size=200))])
    matrix = matrix_of(values, *columns, Column("town", "Town", "category", levels=("X", "Y", "Z")), Column("age", "Age"))
    prepared = learn(matrix, matrix.names)
    found = families(prepared, matrix.columns)
    assert [(one.name, len(one.places)) for one in found] == [("category=", 3), ("town", 3), ("age", 2)]
    assert sorted(place for one in found for place in one.places) == list(range(len(prepared.steps)))
    rule = Nearest(np.eye(8)[[0, 3]])
    assert {one.name for one in importance(matrix, prepared, rule, seed=0)} == {"category=", "town", "age"}


def test_same_seed_gives_the_same_bits(planted: tuple[Matrix, np.ndarray]) -> None:
    matrix, group = planted
    prepared = learn(matrix)
    rule = Nearest(means(prepared.apply(matrix), group, 4))
    assert importance(matrix, prepared, rule, seed=4) == importance(matrix, prepared, rule, seed=4)
    assert importance(matrix, prepared, rule, seed=4) != importance(matrix, prepared, rule, seed=5)


def test_one_customer_is_refused(planted: tuple[Matrix, np.ndarray]) -> None:
    matrix, _ = planted
    with pytest.raises(NotEnoughData, match="at least 2 customers"):
        importance(matrix.take([0]), learn(matrix), Nearest(np.zeros((2, 3))), seed=0)
