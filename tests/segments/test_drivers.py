"""How far segments lie from the others: figures of papers and of scipy, the figures of the profiles, small cells."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.drivers import drivers, expected_by_chance, newcombe
from segmentry.segments.profiles import profile


def matrix_of(values: np.ndarray, *columns: Column) -> Matrix:
    return Matrix(np.array([f"c{place:05}" for place in range(len(values))], dtype=object), columns, values)


@pytest.fixture
def mixed() -> tuple[Matrix, np.ndarray]:
    rng = np.random.default_rng(5)
    labels = rng.integers(1, 4, 400)
    values = np.column_stack([
        rng.normal(50 + 6 * labels, 10), rng.lognormal(3 + 0.3 * labels, 0.6), rng.random(400) < 0.2 * labels, rng.integers(0, 3, 400),
    ]).astype(float)  # fmt: skip
    values[rng.random(400) < 0.1, 0] = np.nan
    columns = (
        Column("age", "Age"),
        Column("spend", "Spend", "money"),
        Column("member", "Member", "flag"),
        Column("town", "Town", "category", levels=("A", "B", "C")),
    )
    return matrix_of(values, *columns), labels


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_newcombe_interval_is_that_of_the_paper(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    # Newcombe 1998, table II, method 10.
    found = newcombe(one[0] / one[1], one[1], other[0] / other[1], other[1], deviate=1.959964)
    assert found == pytest.approx((low, high), abs=6e-5)


def test_numbers_have_the_effect_the_profiles_tell(mixed: tuple[Matrix, np.ndarray]) -> None:
    matrix, labels = mixed
    told = {
        (one.id, part.name): part.effect
        for one in profile(matrix, labels)
        for part in one.differences
        if not part.level and part.name != "member"
    }
    found = {(one.segment, one.name): one.effect for one in drivers(matrix, labels)}
    assert told
    assert {key: found[key] for key in told} == pytest.approx(told)


def test_interval_of_a_number_covers_its_true_value_in_about_95_of_100_draws() -> None:
    rng, covered = np.random.default_rng(0), 0
    for _ in range(300):
        values = np.concatenate([rng.normal(0.8, 1, 60), rng.normal(0, 1, 140)])[:, None]
        one = drivers(matrix_of(values, Column("x", "X")), np.repeat([1, 2], [60, 140]))[0]
        covered += one.low <= 0.8 <= one.high
    assert 270 <= covered <= 297


def test_missing_values_and_customers_in_no_segment_do_not_count(mixed: tuple[Matrix, np.ndarray]) -> None:
    matrix, labels = mixed
    aside = np.where(np.arange(400) < 50, 0, labels)
    plain = matrix.select(["member", "town"])
    assert drivers(plain, aside) == drivers(plain.take(np.arange(50, 400)), labels[50:])


def test_nothing_is_told_of_fewer_than_five_customers() -> None:
    values = np.column_stack([np.arange(104.0), np.r_[np.ones(3), np.zeros(101)]])
    matrix = matrix_of(values, Column("age", "Age"), Column("rare", "Rare", "flag"))
    assert drivers(matrix, np.repeat([1, 2], [4, 100])) == ()
    assert {one.name for one in drivers(matrix, np.repeat([1, 2], [40, 64]))} == {"age"}


def test_clear_is_stricter_than_each_interval_alone() -> None:
    values = np.random.default_rng(1).normal(size=(300, 40))
    found = drivers(matrix_of(values, *(Column(f"x{place}", "X") for place in range(40))), np.arange(300) % 3 + 1)
    apart = [one for one in found if not one.low <= 0 <= one.high]
    assert len(found) == 120
    assert expected_by_chance(found) == pytest.approx(6)
    assert apart
    assert not any(one.clear for one in found)


def test_constant_columns_one_segment_and_no_rows_give_nothing() -> None:
    matrix = matrix_of(np.full((30, 1), 7.0), Column("x", "X"))
    assert drivers(matrix, np.arange(30) % 2 + 1) == ()
    assert drivers(matrix_of(np.arange(30.0)[:, None], Column("x", "X")), np.ones(30, dtype=int)) == ()
    assert drivers(matrix_of(np.empty((0, 1)), Column("x", "X")), np.empty(0, dtype=int)) == ()


def test_labels_of_another_length_are_refused() -> None:
    with pytest.raises(UsageError, match="30 customers"):
        drivers(matrix_of(np.arange(30.0)[:, None], Column("x", "X")), np.ones(3, dtype=int))
