"""Sketches of every solution that was tried."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments import candidates
from segmentry.segments.candidates import profile_all
from segmentry.segments.profiles import profile


@pytest.fixture
def shop() -> tuple[Matrix, np.ndarray]:
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], [30, 90, 60])
    values = np.column_stack([group * 30.0 + rng.normal(size=180), (group == 1) * 50.0 + rng.normal(size=180)])
    columns = (Column("income", "Income", "money"), Column("age", "Age"))
    return Matrix(np.array([f"c{place:03}" for place in range(180)], dtype=object), columns, values), group


def test_every_solution_is_told_in_the_words_of_its_profile_largest_first(shop: tuple[Matrix, np.ndarray]) -> None:
    matrix, group = shop
    found = profile_all(matrix, {3: group, 2: np.minimum(group, 1)})
    assert [each.k for each in found] == [2, 3]
    assert [one.customers for one in found[1].segments] == [90, 60, 30]
    told = profile(matrix, np.array([3, 1, 2])[group])
    assert [(one.name, one.differences) for one in found[1].segments] == [(one.name, one.differences[:3]) for one in told]


def test_customers_in_no_segment_are_no_segment(shop: tuple[Matrix, np.ndarray]) -> None:
    matrix, group = shop
    (found,) = profile_all(matrix, {2: group - 1})
    assert [(one.id, one.customers) for one in found.segments] == [(1, 90), (2, 60)]
    assert sum(one.share for one in found.segments) == pytest.approx(150 / 180)


def test_a_sample_tells_the_same_and_sizes_are_of_all(shop: tuple[Matrix, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, group = shop
    monkeypatch.setattr(candidates, "MOST_READ", 120)
    (found,) = profile_all(matrix, {3: group})
    (whole,) = profile_all(matrix, {3: group}, seed=1)
    assert [one.customers for one in found.segments] == [90, 60, 30]
    assert [one.name for one in found.segments] == [one.name for one in whole.segments]


def test_labels_of_another_length_are_refused(shop: tuple[Matrix, np.ndarray]) -> None:
    matrix, group = shop
    with pytest.raises(UsageError, match="180 customers"):
        profile_all(matrix, {3: group[:7]})


def test_nothing_tried_gives_nothing(shop: tuple[Matrix, np.ndarray]) -> None:
    assert profile_all(shop[0], {}) == ()
