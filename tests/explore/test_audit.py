"""Two groupings compared: what moved, what shifted, and how it is said."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentry.explore.audit import Comparison, Grouping, Shift, compare, sentence
from segmentry.segments.stability import adjusted_rand, matched


def ids(count: int, start: int = 0) -> np.ndarray:
    return np.array([f"c{number:04d}" for number in range(start, start + count)], dtype=object)


def test_other_numbers_of_the_same_segments_change_nothing():
    labels = np.repeat([1, 2, 3], 20)
    found = compare(Grouping(ids(60), labels), Grouping(ids(60), np.array([0, 3, 1, 2])[labels]), agreement=adjusted_rand, match=matched)
    assert (found.ari, found.moved, found.shifted, found.harm) == (1.0, 0.0, 0.0, 0.0)
    assert sentence("Leaving it in", found, money=False) == "Leaving it in would leave every customer in the same segment."


def test_only_common_customers_are_compared_and_the_others_counted():
    g = np.random.default_rng(0)
    first, second = g.integers(1, 4, 100), g.integers(1, 4, 100)
    first[:10] = 0
    found = compare(Grouping(ids(100), first), Grouping(ids(100, 30), second), agreement=adjusted_rand, match=matched)
    assert (found.common, found.left, found.entered) == (70, 20, 30)
    assert found.ari == pytest.approx(adjusted_rand_score(first[30:], second[:70]))


def test_shares_of_revenue_add_up_on_both_sides():
    g = np.random.default_rng(0)
    before = Grouping(ids(90), np.repeat([1, 2, 3], 30), g.random(90))
    after = Grouping(ids(90), np.repeat([1, 2, 3, 4], [30, 30, 20, 10]), g.random(90))
    found = compare(before, after, agreement=adjusted_rand, match=matched, names={1: "A", 2: "B", 3: "C"})
    assert [shift.name for shift in found.shifts] == ["A", "B", "C", "a new segment"]
    assert sum(shift.before for shift in found.shifts) == pytest.approx(1)
    assert sum(shift.after for shift in found.shifts) == pytest.approx(1)
    assert (found.k_before, found.k_after) == (3, 4)


def test_without_common_customers_nothing_is_said_to_have_moved():
    found = compare(
        Grouping(ids(5), np.ones(5, dtype=int)), Grouping(ids(5, 9), np.ones(5, dtype=int)), agreement=adjusted_rand, match=matched
    )
    assert (found.common, found.moved) == (0, 0.0)


def test_a_change_within_that_of_plain_refits_says_so():
    found = Comparison(100, 3, 0, 0.9, 0.07, 2, 2, (Shift("A", 0.6, 0.57), Shift("B", 0.4, 0.43)))
    told = sentence("Leaving the 12 returns in", found, money=True, refits=0.85)
    assert "move 7.0% of the customers" in told
    assert "shift 3.0 points of revenue, most of it from “A” to “B”" in told
    assert "3 customers would be missing" in told
    assert "no more than drawing the customers anew changes (agreement 0.90 against 0.85)" in told
    assert "no more than" not in sentence("Leaving the 12 returns in", found, money=True, refits=0.95)
