"""Futures of all customers: order, equal histories, sums."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import SeedSequence

from segmentry.value import futures
from segmentry.value.discounting import Terms
from segmentry.value.futures import Futures, Histories, in_order, simulate

DROPOUT = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.8}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
DRAWS = 199


def histories(count: int = 120, seed: int = 0) -> Histories:
    rng = np.random.default_rng(seed)
    tenure = rng.integers(1, 8, count).astype(float)
    frequency = rng.integers(0, 3, count).astype(float)
    value = np.where(frequency > 0, rng.integers(5, 9, count), np.nan)
    return in_order(np.column_stack([frequency, np.where(frequency > 0, tenure / 2, 0), tenure]), value, rng.integers(0, 3, count))


def simulated(given: Histories, *, spend: bool = True) -> Futures:
    known, money = ({name: np.full(DRAWS, value) for name, value in params.items()} for params in (DROPOUT, SPEND))
    terms = Terms(26, margin=0.5)
    return simulate("MBG/NBD", given, terms, purchases=known, spend=money if spend else None, draws=DRAWS, seed=SeedSequence(4))


def test_equal_histories_get_equal_intervals_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(futures, "CELLS", DRAWS * 7)
    given = histories()
    low, high = simulated(given).value
    seen: dict[tuple[float, ...], tuple[float, float]] = {}
    for history, ends in zip(np.column_stack([given.rows, given.mean]).tolist(), zip(low, high, strict=True), strict=True):
        assert seen.setdefault(tuple(history), ends) == ends
    assert len(seen) < len(low)


def test_groups_add_up_to_everybody() -> None:
    result = simulated(histories())
    assert result.numbers.tolist() == [0, 1, 2]
    assert (result.purchase_sums.sum(axis=0) % 1 == 0).all()
    assert result.value_sums.shape == (3, DRAWS)


def test_sums_do_not_depend_on_the_size_of_a_batch_beyond_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    large = simulated(histories()).purchase_sums.sum(axis=0)
    monkeypatch.setattr(futures, "CELLS", DRAWS * 7)
    small = simulated(histories()).purchase_sums.sum(axis=0)
    assert abs(large.mean() - small.mean()) <= 4 * np.sqrt((large.var() + small.var()) / DRAWS)


def test_without_spend_value_is_purchases() -> None:
    result = simulated(histories(), spend=False)
    assert np.array_equal(result.purchases, result.value)
    assert np.array_equal(result.purchase_sums, result.value_sums)


def test_unknown_rows_are_left_out_and_unknown_values_count_as_none() -> None:
    rows = np.array([[2.0, 3.0, 9.0], [1.0, np.nan, 9.0], [2.0, 3.0, 9.0]])
    given = in_order(rows, np.array([np.nan, 4.0, 7.0]), np.zeros(3, dtype=np.int64))
    assert sorted(given.places.tolist()) == [0, 2]
    assert sorted(zip(given.repeats.tolist(), given.mean.tolist(), strict=True)) == [(0.0, 0.0), (2.0, 7.0)]
