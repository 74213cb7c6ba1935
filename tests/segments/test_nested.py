"""Segments split again: planted groups inside a segment are found, a Gaussian is left whole."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.segments.methods import Approach
from segmentry.segments.nested import FEWEST, names, nest

QUICK = Approach(starts=4)


def cloud(size: int, middle: tuple[float, float], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(size, 2)) + np.array(middle)


def test_planted_groups_are_found_and_a_gaussian_is_left_whole() -> None:
    points = np.concatenate([cloud(120, (0, 0), 1), cloud(80, (0, 9), 2), cloud(200, (60, 0), 3)])
    labels = np.repeat([1, 2], 200)
    found = nest(points, labels, seed=1, approach=QUICK)
    assert [split.parts for split in found.splits] == [2, 1]
    assert found.labels[:200].tolist() == [1] * 120 + [2] * 80
    assert not found.labels[200:].any()
    assert "holds 2 groups of its own (120 and 80 customers)" in found.splits[0].words
    assert "holds no further groups" in found.splits[1].words
    assert found.words == "1 of 2 segments is split again, which makes 3 in all."


def test_slices_are_kept_only_when_they_are_asked_for() -> None:
    points = cloud(300, (0, 0), 4)
    labels = np.ones(300, dtype=np.int64)
    assert nest(points, labels, seed=1, approach=QUICK).splits[0].parts == 1
    forced = nest(points, labels, seed=1, approach=QUICK, always=True)
    assert forced.splits[0].parts >= 2
    assert "they are slices" in forced.splits[0].words
    assert np.bincount(forced.labels)[1:].min() >= 20


def test_the_frozen_rules_give_the_parts_again() -> None:
    points = np.concatenate([cloud(120, (0, 0), 1), cloud(80, (0, 9), 2), cloud(50, (60, 0), 3)])
    labels = np.repeat([4, 7], [200, 50])
    found = nest(points, labels, seed=1, approach=QUICK)
    assert np.array_equal(found.assign(points, labels), found.labels)
    assert names(labels, found.labels)[[0, 199, 249]].tolist() == ["4.1", "4.2", "7"]


def test_small_segments_and_those_set_aside_are_left_alone() -> None:
    points = np.concatenate([cloud(FEWEST - 1, (0, 0), 1), cloud(40, (9, 9), 2)])
    labels = np.repeat([1, 0], [FEWEST - 1, 40])
    found = nest(points, labels, seed=1, approach=QUICK)
    assert [split.segment for split in found.splits] == [1]
    assert "99 customers, and 100 are needed" in found.splits[0].words
    assert not found.labels.any()


def test_equal_customers_cannot_be_split() -> None:
    found = nest(np.zeros((150, 2)), np.ones(150, dtype=np.int64), seed=1, approach=QUICK)
    assert found.splits[0].parts == 1
    assert "no parts of 20 customers" in found.splits[0].words


def test_no_part_is_smaller_than_twenty() -> None:
    points = np.concatenate([cloud(190, (0, 0), 1), cloud(12, (0, 40), 2)])
    found = nest(points, np.ones(202, dtype=np.int64), seed=1, approach=QUICK, always=True)
    sizes = np.bincount(found.labels)[1:]
    assert not len(sizes) or sizes.min() >= 20


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="one segment id per point"):
        nest(np.zeros((5, 2)), np.ones(4, dtype=np.int64), seed=1)
