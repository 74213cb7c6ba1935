"""What may be clustered, and what a weight is."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.segments.clustering import inertia_of
from segmentry.segments.weighing import counts_of, drawn, weighted_inertia

POINTS = np.arange(8.0).reshape(4, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
def test_a_value_whose_square_is_no_number_is_refused_without_telling_it(value):
    points = POINTS.copy()
    points[1, 1] = value
    with pytest.raises(Degenerate, match="1 of 4 customers have a missing, infinite or immense value"):
        counts_of(points, 2)


@pytest.mark.parametrize("weights", [[1.0, 2.0], [1.0, 1.0, 1.0, -1.0], [1.0, 1.0, 1.0, np.nan]])
def test_weights_that_do_not_fit_are_refused(weights):
    with pytest.raises(UsageError, match="one finite number from 0 up for each of the 4 points"):
        counts_of(POINTS, 2, np.array(weights))


def test_weights_of_zero_alone_are_refused():
    with pytest.raises(UsageError, match="every one of the 4 weights is zero"):
        counts_of(POINTS, 2, np.zeros(4))


def test_a_customer_of_weight_zero_does_not_count_as_one():
    with pytest.raises(NotEnoughData, match="need at least 4 customers for 4 segments; found 3"):
        counts_of(POINTS, 4, np.array([1.0, 1.0, 1.0, 0.0]))


@pytest.mark.parametrize("k", [0, -1])
def test_no_group_is_no_question(k):
    with pytest.raises(UsageError, match=f"k is {k}; allowed is 1 to"):
        counts_of(POINTS, k)


def test_points_without_a_feature_are_refused():
    with pytest.raises(UsageError, match="one feature or more"):
        counts_of(np.empty((4, 0)), 1)


def test_a_sample_keeps_the_order_leaves_out_zeros_and_is_the_same_again():
    counts = np.tile([0.0, 1.0, 2.0], 100)
    points = np.arange(300.0)[:, None]
    sample, times = drawn(points, counts, 50, seed=1)
    assert len(sample) == 50
    assert (np.diff(sample[:, 0]) > 0).all()
    assert np.array_equal(times, counts[sample[:, 0].astype(int)])
    assert times.min() > 0
    assert drawn(points, counts, 50, seed=1)[0].tobytes() == sample.tobytes()


def test_weighted_inertia_is_that_of_the_repeated_points():
    generator = np.random.default_rng(0)
    points, labels, times = generator.normal(size=(40, 3)), generator.integers(-1, 3, size=40), generator.integers(0, 4, size=40)
    repeated = inertia_of(np.repeat(points, times, axis=0), np.repeat(labels, times), 3)
    assert weighted_inertia(points, labels, 3, times.astype(float)) == pytest.approx(repeated, rel=1e-12)
