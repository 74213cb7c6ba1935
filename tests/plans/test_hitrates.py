"""Hit rates: counted by hand, paired with baselines, refused with too few customers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.plans.shelves import purchases, tastes

from segmentry.errors import NotEnoughData, UsageError
from segmentry.plans.hitrates import hit_rates
from segmentry.plans.lifts import learn_lifts
from segmentry.plans.recommendation import suggest


def test_rates_are_those_counted_by_hand() -> None:
    before, later = tastes(250, 12, 5, groups=2)
    new, anything = hit_rates(before, later, k=3)
    rows = np.intersect1d(before.customer, later.customer)
    every = np.arange(12)
    had, got = (each.incidence(every).toarray()[rows] > 0 for each in (before, later))
    fresh = got & ~had
    judged = fresh.any(axis=1)
    made = suggest(before, learn_lifts(before), customers=rows, count=3).new
    hit = [any(fresh[row, place] for place in made[row] if place >= 0) for row in np.flatnonzero(judged)]
    assert new.customers == judged.sum()
    assert new.rates[0].rate.value == pytest.approx(np.mean(hit))
    popular = np.lexsort((every, -before.buyers))
    lists = [[place for place in popular if not had[row, place]][:3] for row in np.flatnonzero(judged)]
    by_hand = np.mean([fresh[row, chosen].any() for row, chosen in zip(np.flatnonzero(judged), lists, strict=True)])
    assert {rate.name: rate.rate.value for rate in new.rates}["popular"] == pytest.approx(by_hand)
    assert anything.customers == len(rows)
    best = max(rate.rate.value for rate in new.rates if rate.kind == "baseline")
    assert new.ahead.value == pytest.approx(new.rates[0].rate.value - best)


def test_segments_stand_beside_and_are_not_taken_where_they_do_not_help() -> None:
    before, later = tastes(400, 20, 6, groups=2)
    new, anything = hit_rates(before, later, segment=np.arange(400) % 2)
    assert [rate.name for rate in new.rates] == ["suggestions", "by segment", "popular", "popular lately"]
    assert new.by_segment is not None
    assert not new.segments_help
    assert "Within segments they are no better" in new.words
    assert anything.by_segment is None


def test_the_same_seed_gives_the_same_figures() -> None:
    before, later = tastes(400, 10, 8)
    assert hit_rates(before, later, seed=3) == hit_rates(before, later, seed=3)


def test_two_spans_that_do_not_fit_and_few_customers_are_refused_in_words() -> None:
    before, later = tastes(200, 10, 8)
    with pytest.raises(UsageError, match="Read both with one list of products"):
        hit_rates(before, dataclasses.replace(later, products=("x", *later.products[1:])))
    owned = np.ones((60, 4), dtype=bool)
    with pytest.raises(NotEnoughData, match="at least 100 customers who bought something new in the days held out; found 0"):
        hit_rates(purchases(owned), purchases(owned))
