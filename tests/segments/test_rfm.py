"""RFM scores: ties never split, recent is best, cut points frozen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.rfm import Scores, learn_scales, learn_steps
from segmentry.segments.rules import RFM

COLUMNS = (
    Column("recency", "Days since last purchase", "days", "days"),
    Column("frequency", "Purchases", "count", "purchases"),
    Column("monetary", "Total net spend", "money"),
)


def matrix(values: np.ndarray) -> Matrix:
    return Matrix(np.array([f"{row:06d}" for row in range(len(values))], dtype=object), COLUMNS, values)


def shop(rows: int = 1000, seed: int = 0) -> Matrix:
    rng = np.random.default_rng(seed)
    frequency = rng.geometric(0.3, rows).astype(float)
    return matrix(np.column_stack([rng.integers(0, 400, rows), frequency, np.round(frequency * rng.lognormal(3, 1, rows), 2)]))


def test_eighty_per_cent_ties_split_no_equals() -> None:
    values = np.concatenate([np.ones(800), np.arange(2.0, 202.0)])
    np.random.default_rng(1).shuffle(values)
    rank_first = np.ceil(pd.Series(values).rank(method="first") / 200).to_numpy()
    assert len(set(rank_first[values == 1])) > 1, "the trap is there"
    steps = learn_steps("frequency", values)
    scores = steps.of(values)
    assert sum(len(set(scores[values == value])) - 1 for value in np.unique(values)) == 0
    assert (set(scores[values == 1]), set(scores[values > 1])) == ({1}, {5})


def test_without_ties_each_score_has_a_fifth() -> None:
    values = np.random.default_rng(2).permutation(1000) * 1.5
    scores = learn_steps("x", values).of(values)
    assert np.bincount(scores)[1:].tolist() == [200] * 5
    assert np.array_equal(scores, pd.qcut(values, 5, labels=False) + 1)


def test_recent_customers_score_five() -> None:
    scales = learn_scales(shop())
    new = matrix(np.array([[0.0, 1.0, 5.0], [399.0, 30.0, 1e18]]))
    scores = scales.score(new)
    assert (scores.days_since_last_purchase.tolist(), scores.frequency.tolist(), scores.monetary.tolist()) == ([5, 1], [1, 5], [1, 5])
    assert scores.codes.tolist() == [511, 155]
    assert [RFM.names[segment - 1] for segment in scores.segments] == ["New customers", "Can't lose them"]


def test_learning_does_not_depend_on_the_order_of_customers() -> None:
    found = shop()
    order = np.random.default_rng(3).permutation(len(found))
    assert learn_scales(found) == learn_scales(found.take(order))


def test_new_customers_are_scored_by_the_frozen_cuts_in_any_batch() -> None:
    scales, new = learn_scales(shop()), shop(500, seed=9)
    whole = scales.score(new).codes
    assert np.array_equal(whole, np.concatenate([scales.score(new.take(np.arange(at, at + 100))).codes for at in range(0, 500, 100)]))


def test_custom_cuts_are_taken_for_the_columns_they_name() -> None:
    scales = learn_scales(shop(), cuts={"recency": (30, 60, 90, 180)})
    assert scales.days_since_last_purchase.cuts == (30.0, 60.0, 90.0, 180.0)
    assert scales.days_since_last_purchase.of(np.array([29.0, 30.0, 180.0])).tolist() == [5, 4, 1]
    assert scales.frequency == learn_scales(shop()).frequency


@pytest.mark.parametrize("cuts", [(1, 2, 3), (1, 2, 2, 3), (4, 3, 2, 1), (1, 2, 3, np.nan)])
def test_cuts_that_are_not_four_rising_numbers_are_refused(cuts: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="increase"):
        learn_scales(shop(), cuts={"recency": cuts})


def test_cuts_of_a_column_that_is_not_scored_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'recency'"):
        learn_scales(shop(), cuts={"recencyy": (1, 2, 3, 4)})


def test_customers_without_purchases_have_no_segment_and_teach_nothing() -> None:
    found = shop()
    extra = matrix(np.vstack([found.values, np.tile([np.nan, 0.0, -3.0], (500, 1))]))
    assert learn_scales(extra) == learn_scales(found)
    scores = learn_scales(extra).score(extra)
    assert (scores.segments[-500:] == 0).all()
    assert (scores.segments[:-500] > 0).all()


def test_a_lack_of_scores_is_said() -> None:
    values = shop().values.copy()
    values[:, 1] = 1.0
    scales = learn_scales(matrix(values))
    (note,) = scales.notes(matrix(values))
    assert note.words == "“Purchases”: only the score 1 appears, because many customers share a value and equal values get equal scores."


def test_too_few_customers_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="found 4"):
        learn_scales(matrix(np.arange(12.0).reshape(4, 3)))


def test_weights_are_refused() -> None:
    found = shop(10)
    with pytest.raises(UsageError, match="weights"):
        learn_scales(Matrix(found.ids, found.columns, found.values, np.ones(10)))


def test_nobody_is_scored_when_nobody_is_there() -> None:
    assert Scores(*(np.zeros(0, dtype=np.int64) for _ in range(3))).segments.tolist() == []
