"""The verdict: what it needs, what it says, and that it is the same every time (rates are in tests/truth)."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, Problem
from segmentry.preparation.steps import Step
from segmentry.segments.clustering import Clustering, inertia_of
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
    assert "even with the best number" not in found.words
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


def halves_of_a_line(points, k, *, seed, weights=None, quick=False) -> Clustering:
    """A method of its own: slices along the first column, as many customers in each."""
    found = fit_kmeans(points, k, seed=seed, starts=1, weights=weights)
    order = np.argsort(np.argsort(points[:, 0], kind="stable"), kind="stable")
    labels = (order * k // len(points)).astype(np.int64)
    return Clustering("line", labels, found.rule, inertia_of(points, labels, k), len(points))


def crowded(points, k, *, seed, weights=None, quick=False) -> Clustering:
    """Leaves out whoever stands far from the nearest centre; finds nothing in a cloud."""
    found = fit_kmeans(points, 3, seed=seed, starts=2)
    apart = np.sqrt(((points - found.centres[found.labels]) ** 2).sum(axis=1))
    if np.median(apart) > 1.5:
        raise Degenerate(Problem("NO_GROUPS", "found none", "take another method"))
    return Clustering("density", np.where(apart > 2, -1, found.labels), found.rule, found.inertia, len(points))


def test_the_method_that_found_the_labels_clusters_the_draws() -> None:
    ordered = np.argsort(np.argsort(CLOUD[:, 0])) // 100 + 1
    own = structure(CLOUD, ordered, seed=0, fit=halves_of_a_line)
    other = structure(CLOUD, ordered, seed=0)
    assert own.silhouette == pytest.approx(own.reference_silhouette[0], abs=0.06)
    assert own.reference_silhouette[1] < other.reference_silhouette[0]


def test_customers_in_no_segment_do_not_count_and_draws_without_groups_are_lower_than_any() -> None:
    noisy = np.vstack([GROUPS, RNG.uniform(-4, 13, size=(40, 2))])
    labels = crowded(noisy, 3, seed=0).labels
    assert (labels == -1).any()
    found = structure(noisy, np.where(labels < 0, -1, labels + 1), seed=0, fit=crowded)
    assert (found.verdict, found.k) == ("segments", 3)
    assert found.silhouette == pytest.approx(structure(noisy[labels >= 0], labels[labels >= 0] + 1, seed=0).silhouette, abs=0.01)


def test_a_draw_may_choose_its_number_where_the_number_was_chosen() -> None:
    labels = labelled(CLOUD, 4)
    asked, chosen = structure(CLOUD, labels, seed=0), structure(CLOUD, labels, seed=0, ks=range(2, 7))
    assert chosen.reference_silhouette[0] > asked.reference_silhouette[0] + 0.005
    assert chosen.p_value >= asked.p_value
    assert (chosen.silhouette, chosen.split_half, chosen.reference_dip) == (asked.silhouette, asked.split_half, asked.reference_dip)


def test_the_words_say_that_the_number_was_free() -> None:
    assert "even with the best number" in structure(GROUPS, labelled(GROUPS, 3), seed=0, ks=(2, 3, 4)).words


def test_draws_that_stop_early_are_no_reason_of_their_own() -> None:
    found = structure(GROUPS, labelled(GROUPS, 6), seed=0)
    assert (found.verdict, found.draws) == ("slices", 19)
    assert "as high in 0" not in found.words
    assert "two halves of the customers give different ones" in found.words


def test_many_customers_are_sampled_and_slower_methods_on_fewer() -> None:
    points = np.repeat(GROUPS, 8, axis=0) + RNG.normal(0, 0.1, size=(2400, 2))
    labels = labelled(points, 3)
    assert structure(points, labels, seed=0, draws=19).customers == 2000
    assert structure(points, labels, seed=0, fit=halves_of_a_line, draws=19).customers == 1000


def test_one_segment_or_one_too_small_to_be_drawn_gets_a_finite_answer() -> None:
    assert structure(GROUPS, np.ones(300, dtype=np.int64), seed=0).verdict == "not enough data"
    points = RNG.normal(size=(40_000, 2))
    found = structure(points, np.where(np.arange(40_000) < 2, 2, 1), seed=0, draws=19)
    assert found.verdict == "slices"
    assert np.isfinite([found.silhouette, found.split_half, found.reference_dip, found.p_value]).all()


def test_each_pair_of_neighbours_is_named_once() -> None:
    assert neighbours(np.array([[0.0], [1.0], [3.5], [4.0]])) == ((0, 1), (2, 3))


@pytest.mark.realdata
def test_the_mall_has_five_real_segments(realdata) -> None:
    from segmentry.segments.gap import gap_curve
    from segmentry.segments.refits import by_k
    from segmentry.segments.stability import stability

    rows = np.genfromtxt(realdata("mall-customers/Mall_Customers.csv"), delimiter=",", skip_header=1, usecols=(3, 4))
    points = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    labels = labelled(points, 5)
    assert structure(points, labels, seed=0, ks=range(3, 9)).verdict == "segments"
    assert stability(points, labels, seed=0).ari == pytest.approx(0.97, abs=0.03)
    assert gap_curve(points, range(2, 9), seed=0).chosen == 5
    steady = by_k(points, [labelled(points, k) - 1 for k in (4, 5, 6)], seed=0)
    assert steady[1] == pytest.approx(0.97, abs=0.04)
    assert steady[1] > steady[0] + 0.05
