"""Agglomeration against scipy, and with weights against scipy on repeated rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from segmentry.segments.linkage import LINKAGES, agglomerate

POINTS = np.random.default_rng(0).normal(size=(61, 3))
SCIPY = {"euclidean": "euclidean", "manhattan": "cityblock", "cosine": "cosine", "correlation": "correlation"}
ALLOWED = [(linkage, metric) for linkage in LINKAGES for metric in SCIPY if metric == "euclidean" or linkage not in ("ward", "centroid")]


@pytest.mark.parametrize(("linkage", "metric"), ALLOWED)
def test_merges_are_those_of_scipy(linkage, metric):
    condensed = pdist(POINTS, SCIPY[metric])
    np.testing.assert_allclose(agglomerate(condensed, np.ones(61), linkage), hierarchy.linkage(condensed, linkage), atol=1e-12)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_a_leaf_of_weight_three_is_three_equal_leaves_of_scipy(linkage):
    weights = np.random.default_rng(1).integers(1, 5, 61)
    ours = agglomerate(pdist(POINTS), weights.astype(float), linkage)
    theirs = hierarchy.linkage(np.repeat(POINTS, weights, axis=0), linkage)
    np.testing.assert_allclose(ours[:, 2], theirs[-60:, 2], rtol=1e-9)
    np.testing.assert_allclose(theirs[:-60, 2], 0.0, atol=1e-9)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_many_ties_give_a_whole_tree(linkage):
    grid = np.array([[x, y] for x in range(7) for y in range(7)], dtype=float)
    merges = agglomerate(pdist(grid), np.ones(49), linkage)
    assert hierarchy.is_valid_linkage(merges)
    assert sorted(merges[:, :2].ravel().tolist()) == list(range(96))
    if linkage != "centroid":
        assert (np.diff(merges[:, 2]) >= -1e-12).all()


def test_inputs_are_left_alone():
    condensed, weights = pdist(POINTS), np.full(61, 2.0)
    before = condensed.copy()
    agglomerate(condensed, weights, "average")
    assert np.array_equal(condensed, before)
    assert (weights == 2.0).all()
