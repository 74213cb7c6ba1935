"""Places: a table by customers, differences drawn to the average, small places never told."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, UsageError
from segmentry.segments.places import OTHER, UNKNOWN, places, shrunken


def test_places_are_ordered_by_customers_and_the_rest_is_together() -> None:
    codes = np.concatenate([np.repeat([2.0, 0.0, 1.0, 3.0], [50, 30, 20, 10]), np.full(7, np.nan)])
    found = places(codes, ["a", "b", "c", "d"], most=2)
    assert [(row.name, row.customers) for row in found.rows] == [("c", 50), ("a", 30), (OTHER, 30), (UNKNOWN, 7)]
    assert np.bincount(found.labels).tolist() == [0, 50, 30, 30, 7]
    assert sum(row.share or 0 for row in found.rows) == pytest.approx(1)


def test_equal_sizes_are_ordered_by_name_whatever_the_order_of_the_levels() -> None:
    one = places(np.repeat([0.0, 1.0], 10), ["b", "a"])
    two = places(np.repeat([0.0, 1.0], 10), ["a", "b"])
    assert [row.name for row in one.rows] == [row.name for row in two.rows] == ["a", "b"]


def test_small_places_are_put_to_the_others_and_hidden_when_these_are_few() -> None:
    found = places(np.repeat([0.0, 1.0, 2.0], [40, 30, 3]), ["big", "middle", "tiny"])
    assert "tiny" not in [row.name for row in found.rows]
    hidden = [row.name for row in found.rows if row.customers is None]
    # A single hidden row could be worked out from the total.
    assert hidden == ["middle", OTHER]
    assert all(row.revenue is None and row.share is None for row in found.rows if row.customers is None)


def test_a_place_with_few_customers_is_drawn_to_the_average_more() -> None:
    rng = np.random.default_rng(0)
    codes = np.repeat([0.0, 1.0, 2.0], [500, 500, 6])
    spent = rng.gamma(4, 25, size=1006) + np.repeat([0.0, 40.0, 40.0], [500, 500, 6])
    rows = {row.name: row for row in places(codes, ["a", "b", "c"], spent).rows}
    assert rows["b"].difference is not None
    assert rows["c"].difference is not None
    raw = {name: (row.spend or 0) / spent.mean() - 1 for name, row in rows.items()}
    assert abs(rows["b"].difference / raw["b"] - 1) < 0.15
    assert abs(rows["c"].difference) < 0.9 * abs(raw["c"])


def test_places_that_differ_by_chance_alone_are_drawn_to_nothing() -> None:
    rng = np.random.default_rng(1)
    found = places(np.repeat(np.arange(8.0), 60), list("abcdefgh"), rng.gamma(4, 25, size=480))
    assert max(abs(row.difference or 0) for row in found.rows) < 0.03


def test_one_wholesaler_does_not_make_a_place_rich() -> None:
    spent = np.random.default_rng(2).gamma(4, 25, size=400)
    spent[0] = 1e9
    found = places(np.repeat([0.0, 1.0], 200), ["a", "b"], spent)
    assert abs(found.rows[0].difference or 0) < 0.1


def test_equal_spend_gives_no_difference() -> None:
    assert shrunken(np.array([5.0, 5.0]), np.array([3.0, 9.0]), 0.0, 5.0).tolist() == [0.0, 0.0]
    found = places(np.repeat([0.0, 1.0], 20), ["a", "b"], np.zeros(40))
    assert [row.difference for row in found.rows] == [0.0, 0.0]


def test_one_place_is_refused() -> None:
    with pytest.raises(Degenerate, match="at least 2 with customers; found 1"):
        places(np.zeros(50), ["a", "b"])


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="one value per customer"):
        places(np.zeros(5), ["a"], np.zeros(4))
