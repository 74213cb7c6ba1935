"""Distances against scipy, Gower's against figures worked by hand, refusals in words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from segmentry.errors import Degenerate, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.dissimilarity import directions, gower, pairwise

POINTS = np.random.default_rng(0).normal(size=(40, 5))


def matrix(values, *kinds):
    columns = tuple(
        Column(f"c{place}", f"C{place}", kind, levels=("A", "B", "C") if kind == "category" else ()) for place, kind in enumerate(kinds)
    )
    rows = np.array(values, dtype=np.float64)
    return Matrix(np.array([str(place) for place in range(len(rows))], dtype=object), columns, rows)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("euclidean", "euclidean"), ("manhattan", "cityblock"), ("cosine", "cosine"), ("correlation", "correlation")]
)
def test_distances_are_those_of_scipy(ours, theirs):
    np.testing.assert_allclose(pairwise(POINTS, ours), pdist(POINTS, theirs), atol=1e-12)


def test_the_mix_does_not_depend_on_the_amount_however_large_or_small():
    np.testing.assert_allclose(pairwise(POINTS * 1e200, "cosine"), pairwise(POINTS * 1e-200, "cosine"), atol=1e-12)


def test_a_customer_of_zeros_has_no_cosine_distance():
    with pytest.raises(Degenerate, match="NO_DIRECTION: 2 of 42 customers have zero in every feature; the cosine distance compares mixes"):
        pairwise(np.vstack([POINTS, np.zeros((2, 5))]), "cosine")


def test_a_customer_alike_in_every_feature_has_no_correlation_distance():
    with pytest.raises(Degenerate, match="1 of 41 customers have the same value in every feature"):
        directions(np.vstack([POINTS, np.full((1, 5), 0.1)]), "correlation")


def test_missing_values_and_unknown_distances_are_refused():
    with pytest.raises(UsageError, match="1 of 2 points hold missing or infinite values"):
        pairwise(np.array([[1.0], [np.nan]]))
    with pytest.raises(UsageError, match="did you mean 'euclidean'"):
        pairwise(POINTS, "euclidian")
    with pytest.raises(UsageError, match="overflow"):
        pairwise(np.array([[1e300], [-1e300]]) * 1e8)
    with pytest.raises(UsageError, match="customers to compare in pairs is 10001; allowed is 0 to 10000"):
        pairwise(np.zeros((10_001, 1)))


def test_gower_is_the_mean_over_features_both_customers_know():
    # Worked by hand: ages over a range of 40, towns and flags alike or not, a missing age, a missing town.
    people = matrix([[20, 0, 1], [30, 0, 0], [60, 1, 1], [np.nan, 1, 1], [40, np.nan, 0]], "number", "category", "flag")
    by_hand = [
        (10 / 40 + 0 + 1) / 3,
        (40 / 40 + 1 + 0) / 3,
        (1 + 0) / 2,
        (20 / 40 + 1) / 2,
        (30 / 40 + 1 + 1) / 3,
        (1 + 1) / 2,
        (10 / 40 + 0) / 2,
        (0 + 0) / 2,
        (20 / 40 + 1) / 2,
        1 / 1,
    ]
    np.testing.assert_allclose(gower(people), by_hand, atol=1e-15)


def test_weights_of_features_count_and_zero_leaves_out():
    people = matrix([[20, 0], [30, 0], [60, 1]], "number", "category")
    np.testing.assert_allclose(gower(people, {"c0": 3.0}), [(3 / 4) / 4, 1.0, (3 * 3 / 4 + 1) / 4])
    np.testing.assert_allclose(gower(people, {"c0": 0.0}), [0.0, 1.0, 1.0])


def test_a_feature_in_which_nobody_differs_says_nothing():
    people = matrix([[20, 0], [30, 0], [60, 0]], "number", "category")
    np.testing.assert_allclose(gower(people), [0.25, 1.0, 0.75])


def test_numbers_of_any_size_have_a_range():
    np.testing.assert_allclose(gower(matrix([[-1.7e308], [0.0], [1.7e308]], "number")), [0.5, 1.0, 0.5])


def test_customers_with_nothing_in_common_are_refused():
    with pytest.raises(Degenerate, match="NOTHING_IN_COMMON: 1 of 3 pairs"):
        gower(matrix([[1, np.nan], [np.nan, 1], [2, 2]], "number", "number"))
    with pytest.raises(Degenerate, match="3 of 3 pairs"):
        gower(matrix([[1], [1], [1]], "number"))


def test_wrong_weights_and_infinite_values_are_refused():
    people = matrix([[1], [2]], "number")
    with pytest.raises(UsageError, match="there is no column 'agee'"):
        gower(people, {"agee": 1.0})
    with pytest.raises(UsageError, match="the weight of 'c0' is -1"):
        gower(people, {"c0": -1.0})
    with pytest.raises(UsageError, match="column 'c0' holds infinite values"):
        gower(matrix([[1], [np.inf]], "number"))
