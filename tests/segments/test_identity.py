"""Segments of a refit are recognised by their members, or by their centres where members are few."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmentry.errors import Degenerate, UsageError
from segmentry.segments.clustering import inertia_of
from segmentry.segments.identity import blocked, centres_apart, changed, match, renamed, warm


def labels(*parts: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return old and new labels of (old, new, customers)."""
    counts = [n for *_, n in parts]
    return np.repeat([old for old, _, _ in parts], counts), np.repeat([new for _, new, _ in parts], counts)


def pairs(*parts: tuple[int, int, int]) -> list[tuple[int, int]]:
    return [(pair.old, pair.new) for pair in match(*labels(*parts)).pairs]


def kinds(*parts: tuple[int, int, int]) -> list[tuple[str, tuple[int, ...], tuple[int, ...], int]]:
    return [(change.kind, change.old, change.new, change.customers) for change in match(*labels(*parts)).changes]


def test_segments_keep_their_id_whatever_number_the_refit_gives() -> None:
    found = match(*labels((1, 3, 100), (2, 1, 80), (3, 2, 60)))
    assert [(pair.old, pair.new, pair.overlap, pair.by) for pair in found.pairs] == [
        (1, 3, 1.0, "members"),
        (2, 1, 1.0, "members"),
        (3, 2, 1.0, "members"),
    ]
    assert found.changes == ()
    assert found.numbering(taken=3) == {3: 1, 1: 2, 2: 3}


def test_the_assignment_is_one_to_one_and_not_greedy() -> None:
    # Most members of old 1 are in new 1; the sum of the overlaps says that old 2 needs it more.
    parts = ((1, 1, 60), (1, 2, 50), (2, 1, 40), (3, 3, 90))
    assert pairs(*parts) == [(1, 2), (2, 1), (3, 3)]


def test_a_pair_below_half_is_kept_only_as_each_others_best() -> None:
    mutual = ((1, 1, 45), (1, 2, 30), (1, 3, 25), (2, 2, 100), (3, 3, 100))
    assert match(*labels(*mutual)).pairs[0].overlap == 0.45
    assert (1, 1) in pairs(*mutual)
    below = ((1, 1, 29), (1, 2, 36), (1, 3, 35), (2, 2, 100), (3, 3, 100))
    assert 1 not in [old for old, _ in pairs(*below)]
    assert ("died", (1,), (), 100) in kinds(*below)


def test_a_segment_that_falls_apart_is_split_and_the_larger_part_keeps_the_id() -> None:
    parts = ((1, 1, 100), (2, 2, 60), (2, 3, 40))
    assert pairs(*parts) == [(1, 1), (2, 2)]
    assert kinds(*parts) == [("split", (2,), (2, 3), 100)]


def test_segments_that_grow_together_are_merged() -> None:
    parts = ((1, 1, 60), (2, 1, 40), (3, 2, 100))
    assert pairs(*parts) == [(1, 1), (3, 2)]
    assert kinds(*parts) == [("merged", (1, 2), (1,), 100)]


def test_a_segment_drawn_from_everywhere_is_born_and_no_split() -> None:
    parts = ((1, 1, 70), (1, 3, 30), (2, 2, 70), (2, 3, 30))
    assert pairs(*parts) == [(1, 1), (2, 2)]
    assert kinds(*parts) == [("born", (), (3,), 60)]


def test_a_segment_nobody_is_left_in_died_and_one_without_members_before_was_born() -> None:
    old, new = labels((1, 1, 50), (2, 2, 50))
    found = match(old, new, old_ids=(1, 2, 3), new_ids=(1, 2, 4))
    assert [(change.kind, change.old, change.new, change.customers) for change in found.changes] == [
        ("born", (), (4,), 0),
        ("died", (3,), (), 0),
    ]


def test_customers_set_aside_say_nothing() -> None:
    assert pairs((1, 2, 50), (2, 1, 50), (0, 2, 500), (1, 0, 500)) == [(1, 2), (2, 1)]


def test_few_members_are_recognised_by_their_centres() -> None:
    old, new = labels((1, 1, 100), (2, 3, 4), (3, 2, 5))
    near = np.array([[0.1, 3.0, 3.0], [3.0, 0.2, 3.0], [3.0, 3.0, 0.4]])
    found = match(old, new, apart=near)
    assert [(pair.old, pair.new, pair.by) for pair in found.pairs] == [(1, 1, "members"), (2, 2, "centres"), (3, 3, "centres")]
    far = near + np.diag([0, 0.6, 0.6])
    assert [(pair.old, pair.new) for pair in match(old, new, apart=far).pairs] == [(1, 1)]


def test_no_common_customers_leave_the_centres_alone() -> None:
    nobody = np.zeros(0, dtype=np.int64)
    found = match(nobody, nobody, old_ids=(1, 2), new_ids=(1, 2), apart=np.array([[2.0, 0.1], [0.1, 2.0]]))
    assert [(pair.old, pair.new) for pair in found.pairs] == [(1, 2), (2, 1)]
    assert match(nobody, nobody).pairs == ()


def test_the_order_of_customers_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    old, new = rng.integers(0, 6, size=400), rng.integers(0, 5, size=400)
    order = rng.permutation(400)
    assert match(old, new) == match(old[order], new[order])


def test_the_distance_of_centres_is_told_in_spreads_of_the_old_segment() -> None:
    apart = centres_apart(np.array([[0.0, 0.0], [6.0, 8.0]]), np.array([[3.0, 4.0], [6.0, 8.0]]), np.array([5.0, 0.0]))
    assert apart.tolist() == [[1.0, 2.0], [np.inf, 0.0]]


def test_the_share_that_changes_counts_lasting_ids() -> None:
    old, new = labels((1, 2, 97), (1, 1, 3), (2, 1, 100), (0, 1, 500))
    found = match(old, new)
    assert changed(old, new, found) == 0.015
    assert np.unique(renamed(new, found.numbering(2))).tolist() == [1, 2]
    assert changed(np.zeros(3, dtype=int), np.ones(3, dtype=int), found) == 0.0


def test_a_refit_on_the_same_data_is_blocked_beyond_two_percent() -> None:
    assert blocked(0.02, "segments") == ""
    assert "keep it" in blocked(0.021, "segments")
    assert "start the refit from the segments before it" in blocked(0.3, "slices")
    assert blocked(0.3, "slices", warm_start=True).endswith("keep the segments before it.")


def test_labels_of_different_customers_and_a_table_of_another_shape_are_refused() -> None:
    with pytest.raises(UsageError, match="both must be of the same customers"):
        match(np.ones(3, dtype=int), np.ones(4, dtype=int))
    with pytest.raises(UsageError, match="Pass one row per old id"):
        match(np.ones(3, dtype=int), np.ones(3, dtype=int), apart=np.zeros((2, 2)))


def test_a_warm_start_is_lloyd_from_the_centres_before() -> None:
    points = np.random.default_rng(3).normal(size=(500, 3))
    first = points[:4]
    found = warm(points, first)
    oracle = KMeans(4, init=first, n_init=1, tol=0, max_iter=300).fit(points)
    assert np.array_equal(found.labels, oracle.labels_)
    assert found.centres == pytest.approx(oracle.cluster_centers_)
    assert found.inertia == pytest.approx(inertia_of(points, found.labels, 4))
    assert warm(points, first).centres.tobytes() == found.centres.tobytes()


def test_a_group_that_lost_everyone_stays_where_it_was() -> None:
    found = warm(np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [50.0]]))
    assert found.centres.ravel().tolist() == [1.0, 50.0]
    assert found.labels.tolist() == [0, 0, 0]


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.full((3, 2), np.nan), np.array([[1.0, np.inf]])])
def test_a_warm_start_on_what_is_not_finite_is_refused(points: np.ndarray) -> None:
    with pytest.raises(Degenerate, match="fit anew"):
        warm(points, np.zeros((2, 2)))


def test_a_warm_start_in_another_space_is_refused() -> None:
    with pytest.raises(UsageError, match="Pass one space"):
        warm(np.zeros((3, 2)), np.zeros((2, 3)))


def test_one_customer_and_equal_customers_have_a_finite_warm_start() -> None:
    assert warm(np.ones((1, 2)), np.zeros((3, 2))).labels.tolist() == [0]
    assert np.isfinite(warm(np.ones((9, 2)), np.arange(6.0).reshape(3, 2)).centres).all()
