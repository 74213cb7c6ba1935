"""The estimator: published figures, canonical ids, the same bits again, and back from the store."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from sklearn import metrics
from sklearn.base import clone

from segmentry.errors import ModelRefused, NotEnoughData, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.results import plain
from segmentry.segments.segmentation import Segmentation

VALUES = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], [20, 30, 40], axis=0)


@pytest.fixture(scope="module")
def mall(realdata) -> Matrix:
    """Return the mall customers, all columns."""
    with realdata("mall-customers/Mall_Customers.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["CustomerID"])
    income, score = "Annual Income (k$)", "Spending Score (1-100)"
    values = np.array([[row["Gender"] == "Male", row["Age"], row[income], row[score]] for row in rows]).astype(str)
    numbers = np.where(values == "True", "1", np.where(values == "False", "0", values)).astype(float)
    columns = (
        Column("Gender", "Gender", "category", levels=("Female", "Male")),
        Column("Age", "Age"),
        Column(income, income),
        Column(score, score),
    )
    return Matrix(np.array([row["CustomerID"] for row in rows], dtype=object), columns, numbers)


@pytest.fixture(scope="module")
def mall_segments(mall) -> Segmentation:
    """Return the segments of the mall by income and score."""
    return Segmentation(features=["Annual Income (k$)", "Spending Score (1-100)"]).fit(mall)


@pytest.mark.realdata
def test_mall_customers_have_the_published_five_segments(mall, mall_segments):
    chosen = next(one for one in mall_segments.selection_.by_k if one.k == 5)
    assert mall_segments.selection_.k == 5
    assert mall_segments.selection_.space == "standardised, 2 features"
    assert np.bincount(mall_segments.labels_)[1:].tolist() == [81, 39, 35, 23, 22]
    assert chosen.silhouette == pytest.approx(0.5547, abs=0.001)
    standard = (mall.values[:, 2:] - mall.values[:, 2:].mean(axis=0)) / mall.values[:, 2:].std(axis=0)
    assert chosen.silhouette == pytest.approx(metrics.silhouette_score(standard, mall_segments.labels_), abs=1e-12)
    assert chosen.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(standard, mall_segments.labels_), rel=1e-12)
    assert chosen.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(standard, mall_segments.labels_), rel=1e-12)


@pytest.mark.realdata
def test_mall_segments_have_literal_names(mall, mall_segments):
    assert [each.name for each in mall_segments.profile(mall)] == [
        "Typical customers",
        "High annual income, high spending score",
        "High annual income, low spending score",
        "Low annual income, low spending score",
        "Low annual income, high spending score",
    ]


@pytest.mark.realdata
def test_mall_segments_are_the_same_bits_again(mall, mall_segments):
    again = Segmentation(features=["Annual Income (k$)", "Spending Score (1-100)"]).fit(mall)
    assert again.centres_.tobytes() == mall_segments.centres_.tobytes()
    assert again.confidence_.tobytes() == mall_segments.confidence_.tobytes()
    assert again.selection_ == mall_segments.selection_


def test_ids_run_by_revenue_then_size():
    assert np.bincount(Segmentation().fit(VALUES).labels_).tolist() == [0, 40, 30, 20]
    revenue = np.repeat([100.0, 10.0, 1.0], [20, 30, 40])
    assert np.bincount(Segmentation().fit(VALUES, revenue).labels_).tolist() == [0, 20, 30, 40]


def test_ids_and_centres_do_not_depend_on_the_seed_when_groups_are_clear():
    first, second = Segmentation(seed=1).fit(VALUES), Segmentation(seed=99).fit(VALUES)
    assert np.array_equal(first.labels_, second.labels_)


def test_fitted_and_predicted_labels_agree():
    found = Segmentation().fit(VALUES)
    assert np.array_equal(found.predict(VALUES), found.labels_)
    assert np.array_equal(found.predict(VALUES[5:6]), found.labels_[5:6])


def test_customers_set_aside_get_no_segment_and_move_no_other():
    aside = np.zeros(100, dtype=bool)
    aside[90:] = True
    found = Segmentation().fit(np.vstack([VALUES, np.full((10, 2), 500.0)]), set_aside=aside)
    assert (found.labels_[90:] == 0).all()
    assert (found.confidence_[90:] == 0).all()
    assert found.centres_.tobytes() == Segmentation().fit(VALUES).centres_.tobytes()


def test_nobody_left_to_cluster_is_refused():
    with pytest.raises(NotEnoughData, match="need at least 2 customers with net purchases; found 0 of 90"):
        Segmentation().fit(VALUES, set_aside=np.ones(90, dtype=bool))


def test_confidence_is_one_at_a_centre_and_zero_on_a_border():
    found = Segmentation(k=2).fit(np.vstack([VALUES[:30], VALUES[:30] + np.array([20, 0])]))
    step = found.preparation_.steps
    own = np.array([each.centre for each in step]) + found.centres_ * np.array([each.scale for each in step])
    at = found.confidence(np.vstack([own, own.mean(axis=0)]))
    np.testing.assert_allclose(at, [1, 1, 0], atol=1e-9)


def test_a_frozen_segmentation_predicts_the_same_bits():
    found = Segmentation(seed=3).fit(VALUES)
    manifest, arrays = found.frozen()
    back = Segmentation.from_frozen(json.loads(json.dumps(plain(manifest))), arrays)
    assert back.get_params() == found.get_params()
    for ours, theirs in zip(back.score_customers(VALUES), found.score_customers(VALUES), strict=True):
        assert ours.tobytes() == theirs.tobytes()


def test_a_frozen_segmentation_with_other_centres_is_refused():
    manifest, arrays = Segmentation().fit(VALUES).frozen()
    with pytest.raises(ModelRefused, match="centres have shape"):
        Segmentation.from_frozen(manifest, {**arrays, "centres": arrays["centres"][:, :1]})
    with pytest.raises(ModelRefused, match="lacks a part"):
        Segmentation.from_frozen({}, arrays)


def test_scikit_learn_can_clone_it():
    assert clone(Segmentation(4, seed=7)).get_params() == Segmentation(4, seed=7).get_params()


def test_asking_before_fitting_says_what_to_do():
    with pytest.raises(UsageError, match=r"Call fit\(data\) first"):
        Segmentation().predict(VALUES)


def test_weights_are_refused_not_ignored():
    weighted = Matrix(np.arange(90).astype(object), (Column("a", "A"), Column("b", "B")), VALUES, np.ones(90))
    with pytest.raises(UsageError, match="weights"):
        Segmentation().fit(weighted)


def test_a_revenue_of_another_length_is_refused():
    with pytest.raises(UsageError, match=r"revenue has shape \(3,\); the data has 90 customers"):
        Segmentation().fit(VALUES, np.ones(3))


def test_frames_are_read_by_column():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": VALUES[:, 0], "b": VALUES[:, 1], "town": np.where(VALUES[:, 0] > 4, "Y", None)})
    found = Segmentation().fit(frame)
    assert found.preparation_.names == ("a", "b")
    assert np.array_equal(found.labels_, Segmentation().fit(VALUES).labels_)
    assert Segmentation(2, features=["town", "a"]).fit(frame).preparation_.fitted_names == ("town: Y", "a")
