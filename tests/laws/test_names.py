"""Law of names: they do not hang on a few customers.

Features that set a segment apart almost alike are no exception: the first in a fixed order is told. What is left is the edge: a feature
exactly seven tenths as strong as the strongest, or one that just about counts. Every rule that picks has an edge; its share is held here.
"""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from segmentry.matrix import Column, Matrix
from segmentry.segments.names import STRONG, name_segments
from segmentry.segments.profiles import profile
from segmentry.segments.results import Difference, SegmentProfile

COLUMNS = (
    Column("recency", "Days since last purchase", "days", "days", group="purchases"),
    Column("monetary", "Total net spend", "money", group="value"),
    Column("age", "Age", "number", "years", group="demographics"),
    Column("income", "Income", "money", group="demographics"),
)


def shop(seed: int, groups: int) -> tuple[Matrix, np.ndarray]:
    """Groups that lie three to nine deviations apart in each feature in which they differ."""
    rng = np.random.default_rng(seed)
    places = rng.permutation(np.array(np.meshgrid([0, 1], [0, 1], [0, 1], [0, 1])).T.reshape(-1, 4))[:groups]
    labels = np.repeat(np.arange(1, groups + 1), 200)
    points = np.array([9.0, 6.5, 4.5, 3.0])[rng.permutation(4)] * places[labels - 1] + rng.normal(size=(len(labels), 4))
    values = np.column_stack(
        [200 + 12 * points[:, 0], np.exp(5 + 0.2 * points[:, 1]), 40 + 2 * points[:, 2], 40_000 + 3_000 * points[:, 3]]
    )
    return Matrix(np.array([f"c{place:05}" for place in range(len(labels))], dtype=object), COLUMNS, values), labels


def at_an_edge(profiles: tuple[SegmentProfile, ...]) -> bool:
    """A feature is told or not by a hair: it is seven tenths as strong as another, or just about counts."""
    for one in profiles:
        sizes = np.array([abs(part.effect) for part in one.differences])
        ratios = np.divide.outer(sizes, sizes)
        if np.any(abs(ratios - 0.7) < 0.03) or np.any(abs(sizes - STRONG) < 0.04):
            return True
    return False


def thinned(matrix: Matrix, labels: np.ndarray, seed: int) -> tuple[SegmentProfile, ...]:
    """Profiles without two percent of the customers."""
    kept = np.sort(np.random.default_rng(seed + 1).permutation(len(labels))[: round(0.98 * len(labels))])
    return profile(matrix.take(kept), labels[kept])


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_dropping_two_percent_of_the_customers_leaves_the_names_of_well_separated_groups(seed: int, groups: int) -> None:
    matrix, labels = shop(seed, groups)
    before = profile(matrix, labels)
    assume(not at_an_edge(before))
    assert [one.name for one in thinned(matrix, labels, seed)] == [one.name for one in before]


def test_names_change_in_few_shops_edges_included() -> None:
    changed = 0
    for seed in range(150):
        matrix, labels = shop(seed, 2 + seed % 5)
        changed += [one.name for one in thinned(matrix, labels, seed)] != [one.name for one in profile(matrix, labels)]
    # Of 2,000 such shops 2 % change; by strength alone, without the fixed order, 5 %.
    assert changed <= 0.03 * 150


def test_of_two_features_nearly_alike_the_same_one_is_told_whichever_leads() -> None:
    columns = {column.name: column for column in COLUMNS}
    for income in (0.95, 1.05):
        found = [Difference("age", 1.3, 60, 40), Difference("income", income, 9, 5), Difference("recency", 1.0, 90, 30)]
        ordered = sorted(found, key=lambda each: -each.effect)
        assert name_segments([ordered], columns) == ("Lapsed affluent customers",)
