"""Cells of a column: the best interval or set of levels is found as trying all of them would."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from segmentry.conditions import Condition
from segmentry.matrix import Column
from segmentry.segments.cutting import best_part, condition_of, divide, polished


def f1(named: np.ndarray, inside: np.ndarray) -> float:
    return 2 * (named & inside).sum() / (named.sum() + inside.sum())


@pytest.mark.parametrize("seed", range(8))
def test_the_best_interval_is_within_half_a_hundredth_of_all_tried(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 12, 300).astype(float)
    values[rng.random(300) < 0.1] = np.nan
    inside = (values > 3) & (values < 9) ^ (rng.random(300) < 0.2) | (np.isnan(values) & (seed % 2 == 0))
    others = rng.random(300) < 0.8
    part = divide(Column("x", "x"), values)
    found = part.holds(condition_of(part, best_part(part, others, inside)))
    tried = [
        f1(others & (((values >= low) & (values < high)) | (missing & np.isnan(values))), inside)
        for low, high in itertools.combinations(range(13), 2)
        for missing in (False, True)
    ]
    assert max(tried) - 0.005 <= f1(others & found, inside) <= max(tried) + 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_the_best_levels_are_within_half_a_hundredth_of_all_tried(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 5, 300).astype(float)
    inside = rng.random(300) < rng.random(5)[values.astype(int)]
    everyone = np.ones(300, dtype=bool)
    part = divide(Column("x", "x", "category", levels=tuple("abcde")), values)
    found = f1(best_part(part, everyone, inside)[part.codes], inside)
    tried = [f1(np.isin(values, levels), inside) for size in range(1, 6) for levels in itertools.combinations(range(5), size)]
    assert max(tried) - 0.005 <= found <= max(tried) + 1e-12


def test_a_limit_is_moved_to_where_the_segment_begins_and_rounded() -> None:
    values = np.random.default_rng(0).uniform(0, 1000, 5000)
    part = divide(Column("x", "x"), values)
    everyone = np.ones(5000, dtype=bool)
    assert polished(part, Condition("x", low=float(part.cuts[60])), everyone, values >= 602) == Condition("x", low=600)
    assert polished(part, Condition("x", low=float(part.cuts[98])), everyone, values >= 983) == Condition("x", low=983)
    assert polished(part, Condition("x", low=float(part.cuts[50])), everyone, values >= float(part.cuts[50])).low in (
        500,
        part.cuts[50].round(-1),
    )


def test_a_column_that_does_not_vary_has_one_cell() -> None:
    assert [divide(Column("x", "x"), np.full(5, value)).cells for value in (3.0, np.nan)] == [1, 1]
    assert divide(Column("x", "x"), np.array([3.0, np.nan])).cells == 2
