"""The estimators give what the functions behind them give; the rest of their contract is in tests/contracts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from segmentry.errors import Degenerate, UsageError
from segmentry.segments.clusterers import CLUSTERERS, Density, GaussianMixture, Hierarchical, KMeans, KPrototypes

generator = np.random.default_rng(0)
POINTS = generator.normal(size=(120, 3)) + np.repeat([[0, 0, 0], [6, 0, 0], [0, 6, 0]], 40, axis=0)


@pytest.mark.parametrize("clusterer", CLUSTERERS)
def test_asking_before_fitting_is_refused(clusterer):
    with pytest.raises(NotFittedError):
        clusterer().predict(POINTS)


def test_probabilities_are_those_of_the_mixture():
    model = GaussianMixture(3, covariance="diag", random_state=0).fit(POINTS)
    assert np.array_equal(model.predict_proba(POINTS).argmax(axis=1), model.labels_)
    assert model.clustering_.bic is not None


def test_more_groups_than_different_customers_says_how_many_differ():
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers for 3 segments; found 2"):
        KMeans(3).fit(np.repeat([[0.0], [1.0]], 20, axis=0))


def test_a_tree_takes_its_linkage_and_distance():
    labels = Hierarchical(3, linkage="average", distance="manhattan").fit_predict(POINTS)
    assert np.bincount(labels).tolist() == [40, 40, 40]
    with pytest.raises(UsageError, match="euclidean"):
        Hierarchical(3, linkage="ward", distance="cosine").fit(POINTS)


def test_prototypes_take_their_blocks():
    levels = np.eye(3)[np.repeat([0, 1, 2], 40)]
    model = KPrototypes(3, exclusive=[(3, 4, 5)], random_state=0).fit(np.column_stack([POINTS, levels]))
    assert sorted(model.centres_[:, 3:].argmax(axis=1).tolist()) == [0, 1, 2]


def test_one_crowd_is_nobody_assigned():
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2)
    model = Density(smallest=15).fit(grid)
    assert set(model.labels_) == {-1}
    assert set(model.predict(grid)) == {-1}


def test_a_customer_of_weight_zero_changes_nothing_and_is_placed_by_the_rule():
    points = np.concatenate([POINTS, [[500.0, 500.0, 500.0]]])
    model = KMeans(3, random_state=0).fit(points, sample_weight=np.append(np.ones(120), 0.0))
    assert model.centres_.tobytes() == KMeans(3, random_state=0).fit(POINTS).centres_.tobytes()
    assert model.labels_[-1] == model.predict(points[-1:])[0]


def test_the_two_zeros_are_one_number():
    points = np.repeat(np.array([[0.0], [0.5], [9.0]]), 10, axis=0)
    negative = np.where((points == 0) & (np.arange(30)[:, None] % 2 == 0), -0.0, points)
    one, two = (KMeans(2, random_state=0).fit(each).centres_ for each in (points, negative))
    assert one.tobytes() == two.tobytes()


def test_a_clusterer_stands_in_a_pipeline():
    labels = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit_predict(POINTS[:, :2])
    assert sorted(np.bincount(labels).tolist()) == [40, 40, 40]
