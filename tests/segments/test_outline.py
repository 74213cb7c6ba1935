"""Outlines hold the silhouettes of scikit-learn, segment by segment, sorted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from segmentry.segments.outline import outlines

RNG = np.random.default_rng(3)
POINTS = RNG.normal(size=(300, 2)) + np.repeat([[0, 0], [2, 0], [0, 9]], [150, 100, 50], axis=0)
LABELS = np.repeat([1, 2, 3], [150, 100, 50])


def test_each_segment_has_the_silhouettes_of_scikit_learn_highest_first() -> None:
    oracle = silhouette_samples(POINTS, LABELS)
    found = outlines(POINTS, LABELS, seed=0)
    assert [one.segment for one in found] == [1, 2, 3]
    assert [one.customers for one in found] == [150, 100, 50]
    for one in found:
        expected = np.sort(oracle[one.segment == LABELS])[::-1]
        assert one.values == pytest.approx(expected, abs=1e-9)
        assert one.mean == pytest.approx(expected.mean())
        assert one.misplaced == (expected < 0).mean()


def test_those_set_aside_or_unassigned_do_not_count() -> None:
    more = np.vstack([POINTS, RNG.normal(50, 1, size=(20, 2))])
    found = outlines(more, np.concatenate([LABELS, np.repeat([0, -1], 10)]), seed=0)
    assert [one.mean for one in found] == pytest.approx([one.mean for one in outlines(POINTS, LABELS, seed=0)])


def test_a_small_segment_is_not_lost_in_a_sample() -> None:
    found = outlines(POINTS, LABELS, seed=0, most=60)
    assert [one.customers for one in found] == [150, 100, 50]
    assert all(len(one.values) >= 30 for one in found)


def test_one_segment_has_no_outline() -> None:
    assert outlines(POINTS, np.ones(300, dtype=np.int64), seed=0) == ()
