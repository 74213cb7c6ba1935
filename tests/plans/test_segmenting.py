"""Does segmenting pay: figures by hand, ties to the simpler way, small segments hidden; honesty is tested in tests/truth."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from tests.plans.lots import Codes, Floats, Lot, lot

from segmentry.errors import NotEnoughData, UsageError
from segmentry.plans.segmenting import WAYS, Segmenting, does_segmenting_pay

ARMS = ("left alone", "letter", "mail")


def planted(segment: Codes, _: Floats) -> Floats:
    return np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [-0.5, -0.5]])[segment]


def asked(found: Lot, **changes: object) -> Segmenting:
    options: dict[str, object] = {"arms": ARMS, "costs": (0.1, 0.1), "expected": found.expected} | changes
    return does_segmenting_pay(found.scores, options.pop("segments", found.segment), found.fold, **options)  # type: ignore[arg-type]


def test_there_are_four_ways_and_all_pairs_of_them() -> None:
    found = asked(lot(planted, 0))
    assert tuple(way.name for way in found.ways) == WAYS
    assert [(pair.than, pair.way) for pair in found.pairs] == list(itertools.combinations(WAYS, 2))
    for pair in found.pairs:
        values = {way.name: way.value.value for way in found.ways}
        assert pair.difference.value == pytest.approx(values[pair.way] - values[pair.than])
        assert pair.simultaneous.low <= pair.difference.low <= pair.difference.high <= pair.simultaneous.high
    for way in found.ways:
        assert sum(each for _, each in way.offers) == pytest.approx(1)
        assert way.treated == pytest.approx(1 - dict(way.offers)["left alone"])
    assert (found.ways[0].value.low, found.ways[0].value.high) == (0, 0)


def test_without_individual_effects_there_are_three_ways() -> None:
    found = asked(lot(planted, 0), expected=None)
    assert tuple(way.name for way in found.ways) == WAYS[:3]
    assert len(found.pairs) == 3
    assert found.verdict == "segment"


def test_one_segment_is_the_same_as_one_treatment_for_all_and_the_simpler_one_wins() -> None:
    found = asked(
        lot(lambda segment, _: np.tile([[1.0, 0.2]], (len(segment), 1)), 1), segments=np.zeros(1000, dtype=np.int64), expected=None
    )
    assert found.verdict == "one"
    (pair,) = [pair for pair in found.pairs if (pair.than, pair.way) == ("one", "segment")]
    assert (pair.difference.low, pair.difference.value, pair.difference.high) == (0, 0, 0)
    assert "Finer ways make the same choices" in found.words
    assert "letter for everyone" in found.words


def test_nobody_answers_and_nobody_is_treated() -> None:
    found = does_segmenting_pay(
        np.zeros((200, 3)), np.arange(200) % 3, np.arange(200) % 5, arms=ARMS, costs=(0.1, 0.1), expected=np.zeros((200, 2))
    )
    assert found.verdict == "nobody"
    assert "Treat nobody" in found.words


def test_segments_of_few_customers_are_hidden() -> None:
    data = lot(planted, 2)
    segments = np.where(np.arange(1000) < 3, 4, data.segment)
    found = asked(data, segments=segments, names=["a", "b", "c", "d", "e"])
    hidden = [choice.segment for choice in found.choices if choice.customers is None]
    assert "e" in hidden
    assert len(hidden) == 2
    assert all(choice.gain is None for choice in found.choices if choice.customers is None)


def test_customers_in_another_order_have_the_same_answer_and_money_scales() -> None:
    data = lot(planted, 3)
    order = np.random.default_rng(0).permutation(1000)
    moved = dataclasses.replace(data, **{name: getattr(data, name)[order] for name in ("scores", "fold", "segment", "expected")})
    one, two = asked(data), asked(moved)
    assert [way.value.value for way in two.ways] == pytest.approx([way.value.value for way in one.ways])
    assert one.verdict == two.verdict == "segment"
    dear = asked(dataclasses.replace(data, scores=3 * data.scores, expected=3 * data.expected), costs=(0.3, 0.3))
    assert [way.value.value for way in dear.ways] == pytest.approx([3 * way.value.value for way in one.ways])


def test_every_customer_twice_has_the_same_values_and_narrower_intervals() -> None:
    data = lot(planted, 4)
    twice = dataclasses.replace(
        data, **{name: np.concatenate([getattr(data, name)] * 2) for name in ("scores", "fold", "segment", "expected")}
    )
    one, two = asked(data).ways[2].value, asked(twice).ways[2].value
    assert two.value == pytest.approx(one.value, abs=0.03)
    assert (two.high - two.low) == pytest.approx((one.high - one.low) / np.sqrt(2), rel=0.1)


def test_data_that_does_not_fit_is_refused_in_words() -> None:
    data = lot(planted, 5)
    with pytest.raises(UsageError, match="Give them in the order of the scores"):
        asked(data, costs=(0.1,))
    with pytest.raises(UsageError, match="out-of-fold for every customer"):
        asked(data, expected=np.full((1000, 2), np.nan))
    with pytest.raises(UsageError, match="Recode them"):
        asked(data, names=["a", "b"])
    with pytest.raises(UsageError, match="Pass one segment per customer"):
        asked(data, segments=np.zeros(3))
    with pytest.raises(NotEnoughData):
        does_segmenting_pay(np.zeros((50, 2)), np.zeros(50), np.arange(50) % 2, arms=("a", "b"), costs=(0.1,))
