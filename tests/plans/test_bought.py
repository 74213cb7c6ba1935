"""Purchases as arrays: order, bounds, sparse forms."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plans.shelves import purchases

from segmentry.errors import UsageError
from segmentry.plans.bought import Bought

ONE = np.array([1])


def test_the_order_of_the_entries_does_not_matter() -> None:
    found = purchases(np.eye(4, dtype=bool) | (np.arange(4) == 2))
    order = np.random.default_rng(0).permutation(len(found.customer))
    again = Bought(4, found.products, *(part[order] for part in (found.customer, found.product, found.last, found.days)), found.until)
    assert all(np.array_equal(getattr(found, name), getattr(again, name)) for name in ("customer", "product", "last", "days"))
    assert found.buyers.tolist() == [1, 1, 4, 1]
    assert found.active == 4


def test_sparse_forms_hold_what_was_asked_for() -> None:
    found = Bought(2, ("a", "b", "c"), np.array([0, 0, 1]), np.array([0, 2, 2]), np.array([3, 9, 5]), np.array([1, 4, 2]), 9)
    assert found.incidence(np.array([0, 2])).toarray().tolist() == [[1, 1], [0, 1]]
    assert found.incidence(np.array([0, 2]), latest=5).toarray().tolist() == [[0, 1], [0, 1]]
    assert found.frequency(np.array([2])).toarray().tolist() == [[4], [2]]


@pytest.mark.parametrize(
    ("customer", "product", "match"),
    [
        ([0, 0], [1, 1], "1 pairs of customer and product stand there twice"),
        ([2, 0], [0, 0], "Recode them"),
        ([0, 0], [0, 5], "Recode them"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_words(customer: list[int], product: list[int], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        Bought(2, ("a", "b"), np.array(customer), np.array(product), np.array([1, 1]), np.array([1, 1]), 1)
    with pytest.raises(UsageError, match="Align them"):
        Bought(2, ("a", "b"), ONE, np.array([0, 1]), ONE, ONE, 1)
