"""The choice of k follows its rule, and the words say what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.segments.methods import Approach
from segmentry.segments.results import Candidate
from segmentry.segments.selection import choose, elbow, strength


def groups(k: int, size: int = 40, seed: int = 0) -> np.ndarray:
    """Return k well separated groups on a circle."""
    angles = 2 * np.pi * np.arange(k) / k
    centres = 10 * np.column_stack([np.cos(angles), np.sin(angles)])
    return np.random.default_rng(seed).normal(size=(k * size, 2)) + np.repeat(centres, size, axis=0)


@pytest.mark.parametrize("k", [3, 4, 5])
def test_planted_groups_are_counted_right(k):
    selection, fits = choose(groups(k), Approach(starts=5), seed=0)
    labels, centres = fits[k].labels, fits[k].centres
    assert selection.k == k
    assert np.bincount(labels).tolist() == [40] * k
    assert centres.shape == (k, 2)
    assert "clear separation" in selection.reason
    assert len(selection.rivals) == 2


def test_a_fixed_k_is_honoured_and_the_rules_choice_is_told():
    selection, fits = choose(groups(4), Approach(starts=5), seed=0, k=6)
    labels = fits[6].labels
    assert selection.k == 6
    assert len(np.unique(labels)) == 6
    assert selection.reason.startswith("6 segments were asked for: silhouette")
    assert "the rule would have chosen 4" in selection.reason


def test_fewer_segments_that_separate_better_are_told():
    selection, _ = choose(groups(2, 100), Approach(starts=5), seed=0)
    assert selection.k >= 3
    assert "Fewer segments (2) would separate more clearly, but at least 3 were asked for." in selection.reason


def test_a_number_of_segments_with_a_tiny_one_is_passed_over():
    points = np.vstack([groups(3, 100), [[25.0, 0.0]] * 9])
    selection, _ = choose(points, Approach(starts=5), seed=0)
    by_k = {one.k: one for one in selection.by_k}
    assert by_k[4].silhouette > by_k[3].silhouette + 0.01
    assert by_k[4].smallest == 9
    assert selection.k == 3


def test_when_every_number_leaves_a_tiny_segment_the_fewest_are_taken_and_it_says_so():
    points = np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], [50, 50, 3], axis=0)
    selection, _ = choose(points, Approach(starts=2), seed=0)
    assert "so the fewest were taken" in selection.reason


def test_noise_is_said_to_separate_weakly():
    selection, _ = choose(np.random.default_rng(0).normal(size=(400, 8)), Approach(starts=2), seed=0)
    assert "weak separation: the segments flow into each other" in selection.reason


def test_wishes_beyond_ten_are_tried():
    selection, _ = choose(groups(12, 20), Approach(starts=3), seed=0, low=11, high=13)
    assert selection.k == 12


@pytest.mark.parametrize(
    ("wish", "words"),
    [({"low": 1}, "the fewest segments is 1; allowed is 2 to 50"), ({"low": 6, "high": 4}, "segments are 6-4"), ({"k": 1}, "k is 1")],
)
def test_impossible_wishes_are_refused(wish, words):
    with pytest.raises(UsageError, match=words):
        choose(groups(3), seed=0, **wish)


def test_an_inertia_that_does_not_fall_has_no_elbow():
    assert elbow([Candidate(k, 5.0, 0.1, 1.0, 1.0, 10, 100) for k in (2, 3, 4)]) is None


def test_the_words_for_a_silhouette_change_at_a_quarter_and_a_half():
    assert [strength(value).split()[0] for value in (0.24, 0.25, 0.49, 0.5)] == ["weak", "moderate", "moderate", "clear"]


def test_a_tree_over_neighbours_put_together_says_so_and_what_it_keeps(monkeypatch):
    from segmentry.segments import hierarchical

    monkeypatch.setattr(hierarchical, "MOST_LEAVES", 100)
    monkeypatch.setattr(hierarchical, "MICRO_CLUSTERS", 60)
    selection, fits = choose(groups(3, 100), Approach("hierarchical"), seed=0)
    told = f"The tree has {fits[3].fitted_on} leaves that stand for 300 customers: neighbours were put together first, which keeps 9"
    assert told in selection.reason
