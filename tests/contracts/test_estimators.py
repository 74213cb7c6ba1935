"""One walk over every clusterer: scikit-learn's own checks, then seeds, the order of the rows, weights and ids."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from segmentry.errors import SegmentryError
from segmentry.segments.clusterers import CLUSTERERS, Density, GaussianMixture, Hierarchical, KMeans, KPrototypes, SphericalKMeans

ESTIMATORS = [
    KMeans(2, starts=3),
    Hierarchical(2),
    GaussianMixture(2, starts=2),
    GaussianMixture(2, covariance="diag", starts=2),
    KPrototypes(2, starts=3),
    Density(smallest=5),
    SphericalKMeans(2, starts=3),
]
EXPECTED_FAILED_CHECKS = {
    "SphericalKMeans": {
        "check_clustering": "it standardises its points, whatever the tags say; affinities below zero mean nothing and are refused"
    },
}
EACH = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)

generator = np.random.default_rng(0)
POINTS = np.abs(generator.normal(size=(150, 4)) * 0.3 + np.repeat([[6, 0, 0, 0], [0, 7, 0, 0], [0, 0, 8, 0]], 50, axis=0))
TIMES = generator.integers(0, 4, size=len(POINTS)).astype(np.float64)


def fitted(estimator, points=POINTS, times=None):
    """Return a fitted copy, asked for three groups where it can be asked."""
    model = clone(estimator).set_params(random_state=3)
    if "n_clusters" in model.get_params():
        model.set_params(n_clusters=3)
    return model.fit(points, sample_weight=times)


def bits(model) -> bytes:
    return b"".join(part.tobytes() for part in model.clustering_.rule.arrays().values())


def test_the_walk_meets_every_clusterer():
    assert {type(each) for each in ESTIMATORS} == set(CLUSTERERS)


@EACH
def test_the_checks_of_scikit_learn_pass(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(estimator, expected_failed_checks=EXPECTED_FAILED_CHECKS.get(type(estimator).__name__), on_fail=None)
    assert [(each["check_name"], str(each["exception"])) for each in results if each["status"] == "failed"] == []
    assert sum(each["status"] == "passed" for each in results) > 35


@EACH
def test_the_same_seed_gives_the_same_bits(estimator):
    assert bits(fitted(estimator)) == bits(fitted(estimator))


@EACH
def test_the_planted_groups_are_found(estimator):
    labels = fitted(estimator).labels_
    assert [len(np.unique(labels[rows][labels[rows] >= 0])) for rows in (slice(0, 50), slice(50, 100), slice(100, 150))] == [1, 1, 1]
    assert len(np.unique(labels[labels >= 0])) == 3


@EACH
def test_the_order_of_the_rows_changes_no_bit_and_labels_stay_with_their_customers(estimator):
    order = np.random.default_rng(1).permutation(len(POINTS))
    frame = pd.DataFrame(POINTS, index=[f"c{place}" for place in range(len(POINTS))], columns=list("abcd"))
    straight, shuffled = fitted(estimator, frame), fitted(estimator, frame.iloc[order])
    assert bits(straight) == bits(shuffled)
    by_id = pd.Series(shuffled.labels_, index=frame.index[order])
    assert by_id.loc[frame.index].tolist() == straight.labels_.tolist()


@EACH
def test_a_weight_is_the_same_as_so_many_equal_rows_and_zero_is_none(estimator):
    repeated = fitted(estimator, np.repeat(POINTS, TIMES.astype(int), axis=0))
    weighted = fitted(estimator, POINTS, TIMES)
    assert bits(repeated) == bits(weighted)
    assert np.array_equal(np.repeat(weighted.labels_, TIMES.astype(int)), repeated.labels_)


@EACH
def test_a_row_is_placed_alike_alone_and_among_others(estimator):
    model = fitted(estimator)
    together = model.predict(POINTS)
    assert [int(model.predict(POINTS[[place]])[0]) for place in range(0, 150, 10)] == together[::10].tolist()


@EACH
def test_the_rule_agrees_with_the_labels(estimator):
    model = fitted(estimator)
    placed = model.predict(POINTS)
    least = 0.9 if isinstance(estimator, Density) else 1.0
    assert (placed == model.labels_).mean() >= least


@EACH
@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 150, [np.nan] * 150, [0.0] * 150], ids=["short", "negative", "missing", "zero"])
def test_weights_that_mean_nothing_are_refused(estimator, weights):
    with pytest.raises((SegmentryError, ValueError), match=r"weights have shape|weights is zero"):
        fitted(estimator, POINTS, weights)


def test_a_refusal_is_a_value_error_with_the_way_out():
    with pytest.raises(ValueError, match=r"need at least 3 different kinds.*Next:"):
        fitted(GaussianMixture(), np.repeat([[0.0, 1.0], [2.0, 3.0]], 20, axis=0))
