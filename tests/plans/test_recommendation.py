"""Suggestions: what goes with what a customer has, never what they have, ties by the catalogue."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plans.shelves import purchases, tastes

from segmentry.errors import UsageError
from segmentry.plans import recommendation
from segmentry.plans.bought import Bought
from segmentry.plans.lifts import learn_lifts
from segmentry.plans.recommendation import NONE, ranked_products, suggest


def test_the_partner_of_what_a_customer_has_comes_first_and_says_why() -> None:
    rng = np.random.default_rng(0)
    owned = rng.random((600, 6)) < 0.2
    owned[:, 1] = owned[:, 0] & (rng.random(600) < 0.9)
    owned[:5] = [True, False, False, False, False, False]
    before = purchases(owned)
    found = suggest(before, learn_lifts(before), customers=np.array([0, 3]))
    assert found.new[:, 0].tolist() == [1, 1]
    assert found.because[:, 0].tolist() == [0, 0]
    assert found.evidence.tolist() == [1, 1]


def test_nothing_a_customer_has_is_called_new_unless_it_was_long_ago() -> None:
    before, _ = tastes(300, 12, 1, groups=2)
    lifts = learn_lifts(before)
    found = suggest(before, lifts, count=12)
    has = before.incidence(np.arange(12)).toarray() > 0
    for customer in range(300):
        new = found.new[customer][found.new[customer] != NONE]
        assert not has[customer, new].any()
        assert len(new) == 12 - has[customer].sum()
    longer = suggest(before, lifts, count=12, lately=30)
    recent = before.incidence(np.arange(12), latest=before.until - 29).toarray() > 0
    assert ((longer.new != NONE).sum(axis=1) == 12 - recent.sum(axis=1)).all()


def test_what_to_buy_once_more_is_what_was_bought_on_most_days_the_latest_first() -> None:
    ones = np.zeros(4, dtype=np.int64)
    before = Bought(2, ("a", "b", "c", "d"), ones, np.arange(4), np.array([9, 5, 9, 7]), np.array([1, 3, 3, 1]), 9)
    crowd = Bought(
        12,
        before.products,
        np.concatenate([before.customer, np.repeat(np.arange(2, 12), 4)]),
        np.concatenate([before.product, np.tile(np.arange(4), 10)]),
        np.concatenate([before.last, np.ones(40, dtype=np.int64)]),
        np.concatenate([before.days, np.ones(40, dtype=np.int64)]),
        9,
    )
    found = suggest(crowd, learn_lifts(crowd), count=5)
    assert found.again[0].tolist() == [2, 1, 0, 3, NONE]
    assert found.again[1].tolist() == [NONE] * 5
    # Whoever has nothing is told what is popular, and that nothing speaks for it.
    assert found.evidence[1] == 0
    assert found.new[1].tolist() == [0, 1, 2, 3, NONE]
    assert found.because[1].tolist() == [NONE] * 5


def test_equal_scores_go_by_the_catalogue() -> None:
    assert ranked_products(np.array([[0.0, 1.0, 1.0, 1.0]]), 2).tolist() == [[1, 2]]
    assert ranked_products(np.full((1, 3), -np.inf), 2).tolist() == [[NONE, NONE]]


def test_suggestions_do_not_depend_on_batches_nor_on_who_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    before, _ = tastes(400, 30, 3, groups=3)
    segment = np.arange(400) % 2
    lifts = learn_lifts(before, segment)
    whole = suggest(before, lifts, segment=segment)
    some = np.array([7, 300, 12])
    assert np.array_equal(suggest(before, lifts, segment=segment, customers=some).new, whole.new[some])
    monkeypatch.setattr(recommendation, "_ENTRIES", 30 * 7)
    again = suggest(before, lifts, segment=segment)
    assert np.array_equal(again.new, whole.new)
    assert np.array_equal(again.because, whole.because)


def test_segments_that_the_lifts_do_not_know_are_refused() -> None:
    before, _ = tastes(100, 5, 1)
    with pytest.raises(UsageError, match="lifts know 0 segments of 100 customers"):
        suggest(before, learn_lifts(before), segment=np.zeros(100, dtype=np.int64))
