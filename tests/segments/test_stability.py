"""Stability is 1 where groups are clear, low where borders are arbitrary, and always the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.stability import adjusted_rand, crossing, jaccards, matched, stability, trust

RNG = np.random.default_rng(2)
GROUPS = RNG.normal(size=(300, 2)) + np.repeat([[0, 0], [12, 0], [0, 12]], 100, axis=0)
CLOUD = RNG.normal(size=(300, 6))


def labelled(points: np.ndarray, k: int) -> np.ndarray:
    return fit_kmeans(points, k, seed=0, starts=5).labels + 1


def test_clear_groups_come_back_and_every_customer_stays() -> None:
    found = stability(GROUPS, labelled(GROUPS, 3), seed=0, resamples=10)
    assert found.ari == found.ari_low == 1.0
    assert found.jaccard == (1.0, 1.0, 1.0)
    assert (found.votes == 1).all()
    assert (found.resamples, found.sampled) == (10, 300)


def test_slices_of_a_cloud_do_not_come_back() -> None:
    found = stability(CLOUD, labelled(CLOUD, 5), seed=0, resamples=10)
    assert found.ari < 0.6
    assert min(found.jaccard) < 0.6
    assert 0 <= found.votes.min() < 0.6 < found.votes.max() <= 1


def test_the_one_segment_that_is_cut_through_is_the_one_not_to_be_trusted() -> None:
    found = stability(GROUPS, labelled(GROUPS, 4), seed=0, resamples=20)
    order = np.sort(found.jaccard)
    assert (order[2:] > 0.95).all()
    assert order[0] < 0.75


def test_same_seed_same_bits_and_another_seed_another_draw() -> None:
    labels = labelled(CLOUD, 4)
    one, again, other = (stability(CLOUD, labels, seed=seed, resamples=5) for seed in (1, 1, 2))
    assert one.ari == again.ari
    assert one.jaccard == again.jaccard
    assert (one.votes == again.votes).all()
    assert one.ari != other.ari


def test_more_segments_than_a_resample_has_different_customers_is_no_crash() -> None:
    points = np.repeat([[0.0], [1.0], [2.0]], [40, 40, 1], axis=0)
    found = stability(points, np.repeat([1, 2, 3], [40, 40, 1]), seed=0, resamples=8)
    assert found.jaccard[:2] == pytest.approx((1.0, 1.0), abs=0.03)
    assert found.jaccard[2] < 1


@pytest.mark.parametrize("seed", range(5))
def test_agreement_is_the_adjusted_rand_index_of_scikit_learn(seed: int) -> None:
    one, other = np.random.default_rng(seed).integers(0, 4, size=(2, 60))
    assert adjusted_rand(crossing(one, other, (4, 4))) == pytest.approx(adjusted_rand_score(one, other), abs=1e-12)


def test_one_segment_each_is_perfect_agreement() -> None:
    assert adjusted_rand(np.array([[7]])) == 1.0


def test_overlap_and_matching() -> None:
    crossed = np.array([[8, 2, 0], [0, 3, 7]])
    assert jaccards(crossed)[0, 0] == 0.8
    assert matched(crossed).tolist() == [0, 2]
    assert matched(crossed.T).tolist() == [0, -1, 1]


def test_words_change_at_the_limits_of_hennig() -> None:
    assert [trust(value) for value in (0.75, 0.749, 0.6, 0.599)] == ["", "so-so", "so-so", "not to be trusted"]


def test_a_rule_with_another_number_of_groups_than_asked_for_is_no_crash() -> None:
    found = stability(
        GROUPS, labelled(GROUPS, 3), seed=0, fit=lambda points, k, **settings: fit_kmeans(points, k + 2, **settings), resamples=4
    )
    assert 0 < found.ari < 1
    assert len(found.jaccard) == 3


def test_votes_of_many_customers_come_from_refits_on_a_sample() -> None:
    many = np.tile(GROUPS, (40, 1))
    found = stability(many, np.tile(labelled(GROUPS, 3), 40), seed=0, resamples=3)
    assert found.sampled == 10_000
    assert found.votes.shape == (12_000,)
    assert found.ari == 1.0
