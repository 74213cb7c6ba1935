"""The verdict: what it needs, what it says, and that it is the same every time (rates are in tests/truth)."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.preparation.steps import Step
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.results import Candidate, Selection
from segmentry.segments.structure import levels, neighbours, rival, structure

RNG = np.random.default_rng(3)
GROUPS = RNG.normal(size=(300, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 100, axis=0)
CLOUD = RNG.normal(size=(300, 4))


def labelled(points: np.ndarray, k: int) -> np.ndarray:
    return fit_kmeans(points, k, seed=0, starts=5).labels + 1


def test_groups_are_segments_with_a_gap_between_every_pair_of_neighbours() -> None:
    found = structure(GROUPS, labelled(GROUPS, 3), seed=0)
    assert found.verdict == "segments"
    assert found.words.startswith("The segments are groups of their own: they lie further apart")
    assert found.p_value == 0.01
    assert found.draws == 99
    assert all(gap.apart and gap.dip > gap.reference for gap in found.gaps)
    assert {segment for gap in found.gaps for segment in gap.segments} == {1, 2, 3}


def test_a_cloud_is_slices_and_testing_stops_early() -> None:
    found = structure(CLOUD, labelled(CLOUD, 4), seed=0)
    assert found.verdict == "slices"
    assert found.words.startswith("There are no natural segments: these are slices of a continuum")
    assert "Why: " in found.words
    assert found.draws < 99
    assert found.better == 0


def test_another_number_of_segments_that_would_be_real_is_named() -> None:
    found = structure(GROUPS, labelled(GROUPS, 6), seed=0, other=3)
    assert (found.verdict, found.better) == ("slices", 3)
    assert found.words.endswith("With 3 segments instead they would be groups of their own.")


@pytest.mark.parametrize(("n", "k", "needed"), [(99, 3, 100), (119, 6, 120)])
def test_too_few_customers_get_no_verdict_but_the_number_needed(n: int, k: int, needed: int) -> None:
    points = RNG.normal(size=(n, 2))
    found = structure(points, np.arange(n) % k + 1, seed=0)
    assert found.verdict == "not enough data"
    assert f"{k} segments need at least {needed}" in found.words
    assert found.draws == 0


def test_same_seed_same_result() -> None:
    labels = labelled(CLOUD, 3)
    assert structure(CLOUD, labels, seed=4, draws=20) == structure(CLOUD, labels, seed=4, draws=20)


def test_a_spike_at_zero_is_no_group() -> None:
    latent = np.random.default_rng(0).normal(size=(600, 3))
    shares = np.where(latent > 0.5, latent, 0.0)
    points = (shares - shares.mean(axis=0)) / shares.std(axis=0)
    assert structure(points, labelled(points, 4), seed=0).verdict == "slices"


def test_levels_of_a_category_alone_are_no_groups() -> None:
    codes = np.random.default_rng(0).choice(4, p=[0.4, 0.3, 0.2, 0.1], size=600)
    points = np.column_stack([np.random.default_rng(1).normal(size=(600, 2)), np.eye(4)[codes] - np.eye(4)[codes].mean(axis=0)])
    assert structure(points, labelled(points, 4), seed=0, exclusive=[(2, 3, 4, 5)]).verdict == "slices"


def test_two_flags_alone_are_no_groups() -> None:
    points = np.random.default_rng(0).integers(0, 2, size=(400, 2)) * 2.0 - 1.0
    assert structure(points, labelled(points, 4), seed=0).verdict == "slices"


def test_places_of_levels_are_found_by_their_category() -> None:
    steps = [Step("age", "none"), Step("city", "level", level="A"), Step("city", "level", level="B"), Step("age", "missing")]
    assert levels(steps) == ((1, 2),)


def test_the_rival_is_the_best_of_the_others() -> None:
    tried = tuple(Candidate(k, 1.0, silhouette, 1.0, 1.0, 10, 100) for k, silhouette in ((2, 0.5), (3, 0.6), (4, 0.5)))
    assert rival(Selection(3, tried, "", (), "")) == 2
    assert rival(Selection(3, (), "", (), "")) == 0


def test_each_pair_of_neighbours_is_named_once() -> None:
    assert neighbours(np.array([[0.0], [1.0], [3.5], [4.0]])) == ((0, 1), (2, 3))


@pytest.mark.realdata
def test_the_mall_has_five_real_segments(realdata) -> None:
    from segmentry.segments.stability import stability

    rows = np.genfromtxt(realdata("mall-customers/Mall_Customers.csv"), delimiter=",", skip_header=1, usecols=(3, 4))
    points = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    labels = labelled(points, 5)
    for seed in range(3):
        assert structure(points, labels, seed=seed).verdict == "segments"
        assert stability(points, labels, seed=seed).ari == pytest.approx(0.97, abs=0.03)
