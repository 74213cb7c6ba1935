"""k-prototypes against the kmodes library, and what a prototype is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentry.errors import Degenerate, UsageError
from segmentry.segments import alternation
from segmentry.segments.clustering import assign
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.prototypes import fit_prototypes

BLOCKS = ((2, 3, 4), (5, 6, 7, 8, 9))


def mixed(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Return two numbers and the codes of two categories per customer, of four planted groups."""
    generator = np.random.default_rng(7)
    group = generator.integers(4, size=n)
    numbers = generator.normal(size=(n, 2)) + np.array([[0, 0], [2.5, 0], [0, 2.5], [2.5, 2.5]])[group]
    first = np.where(generator.random(n) < 0.75, group % 3, generator.integers(3, size=n))
    second = np.where(generator.random(n) < 0.7, group, generator.integers(5, size=n))
    return numbers, np.column_stack([first, second])


NUMBERS, CODES = mixed()
POINTS = np.column_stack([NUMBERS, np.eye(3)[CODES[:, 0]], np.eye(5)[CODES[:, 1]]])


@pytest.mark.parametrize(("k", "golden"), [(3, 1093.7258447662387), (4, 712.99967183947), (6, 605.784736954594)])
def test_the_cost_is_that_of_kmodes(k, golden):
    # kmodes 0.12.2: KPrototypes(k, gamma=2.0, n_init=30, init="Huang", random_state=0) on NUMBERS and CODES as they are.
    found = fit_prototypes(POINTS, k, seed=0, exclusive=BLOCKS)
    assert assign(POINTS, found.centres)[1].sum() <= 1.01 * golden


def test_a_prototype_has_the_mean_of_each_number_and_the_most_common_level():
    found = fit_prototypes(POINTS, 4, seed=0, exclusive=BLOCKS)
    for group, centre in enumerate(found.centres):
        inside = found.labels == group
        np.testing.assert_allclose(centre[:2], NUMBERS[inside].mean(axis=0))
        for place, block in enumerate(BLOCKS):
            assert np.argmax(centre[list(block)]) == np.bincount(CODES[inside, place]).argmax()
            assert sorted(centre[list(block)]) == [0.0] * (len(block) - 1) + [1.0]


def test_levels_that_were_shifted_change_no_group():
    # As prepared columns are: the share of the level is taken away.
    shifted = POINTS - np.concatenate([[0, 0], POINTS[:, 2:].mean(axis=0)])
    plain, moved = (fit_prototypes(points, 4, seed=0, exclusive=BLOCKS) for points in (POINTS, shifted))
    assert np.array_equal(plain.labels, moved.labels)
    np.testing.assert_allclose(moved.centres[:, 2:], plain.centres[:, 2:] - POINTS[:, 2:].mean(axis=0))


def test_without_categories_it_is_k_means():
    ours, other = fit_prototypes(NUMBERS, 4, seed=0), fit_kmeans(NUMBERS, 4, seed=0)
    assert ours.inertia == pytest.approx(other.inertia, rel=1e-3)
    assert adjusted_rand_score(ours.labels, other.labels) > 0.98


def test_a_weight_is_the_same_as_so_many_equal_customers():
    times = np.random.default_rng(1).integers(0, 4, size=len(POINTS))
    repeated = fit_prototypes(np.repeat(POINTS, times, axis=0), 4, seed=0, exclusive=BLOCKS)
    weighted = fit_prototypes(POINTS, 4, seed=0, exclusive=BLOCKS, weights=times.astype(float))
    assert adjusted_rand_score(np.repeat(weighted.labels, times), repeated.labels) == pytest.approx(1.0)
    assert weighted.inertia == pytest.approx(repeated.inertia)


def test_customers_without_a_level_are_grouped_by_the_rest():
    points = POINTS.copy()
    points[::5, 2:5] = 0.0
    found = fit_prototypes(points, 4, seed=0, exclusive=BLOCKS)
    assert adjusted_rand_score(found.labels, fit_prototypes(POINTS, 4, seed=0, exclusive=BLOCKS).labels) > 0.9


def test_a_category_nobody_has_stays_empty_in_the_prototypes():
    points = np.column_stack([NUMBERS, np.zeros((300, 2))])
    assert fit_prototypes(points, 3, seed=0, exclusive=[(2, 3)]).centres[:, 2:].tolist() == [[0.0, 0.0]] * 3


def test_categories_alone_can_be_grouped():
    levels = np.eye(3)[np.repeat([0, 1, 2], 20)]
    found = fit_prototypes(levels, 3, seed=0, exclusive=[(0, 1, 2)])
    assert found.inertia == 0.0
    with pytest.raises(Degenerate, match="need at least 4 different kinds of customers for 4 segments; found 3"):
        fit_prototypes(levels, 4, seed=0, exclusive=[(0, 1, 2)])


@pytest.mark.parametrize("blocks", [[(2, 3), (3, 4)], [(9, 10)], [(-1, 2)], [()]])
def test_blocks_that_overlap_or_are_not_there_are_refused(blocks):
    with pytest.raises(UsageError, match="allowed are 0 to 9, each in one category at most"):
        fit_prototypes(POINTS, 3, seed=0, exclusive=blocks)


def test_large_data_is_fitted_on_a_sample_and_assigned_in_full(monkeypatch):
    full = fit_prototypes(POINTS, 4, seed=0, exclusive=BLOCKS)
    monkeypatch.setattr(alternation, "FIT_ROWS", 200)
    monkeypatch.setattr(alternation, "START_ROWS", 100)
    sampled = fit_prototypes(POINTS, 4, seed=0, exclusive=BLOCKS)
    assert (sampled.fitted_on, len(sampled.labels)) == (200, 300)
    assert adjusted_rand_score(sampled.labels, full.labels) > 0.85
