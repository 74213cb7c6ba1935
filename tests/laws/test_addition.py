"""Parts add up to the whole, and the order of rows changes nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.moments import Moments
from segmentry.tally import Tally

NUMBERS = st.one_of(st.integers(-1000, 1000).map(float), st.just(float("nan")))
TABLES = st.integers(0, 30).flatmap(lambda rows: arrays(np.float64, (rows, 3), elements=NUMBERS))
COLUMNS = st.integers(0, 40).flatmap(lambda rows: arrays(np.float64, rows, elements=NUMBERS))
NAMES = ("a", "b", "c")


def _same(left: Moments, right: Moments) -> bool:
    return all(np.array_equal(getattr(left, part), getattr(right, part)) for part in ("counts", "sums", "squares", "products"))


@given(TABLES, st.integers(0, 30))
def test_moments_of_parts_add_up(values: np.ndarray, cut: int) -> None:
    shift = np.array([1.0, -2.0, 0.0])
    parts = Moments.of(values[:cut], NAMES, shift) + Moments.of(values[cut:], NAMES, shift)
    assert _same(parts, Moments.of(values, NAMES, shift))


@given(TABLES, st.randoms(use_true_random=False))
def test_moments_do_not_depend_on_order(values: np.ndarray, random: object) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    assert _same(Moments.of(values[order], NAMES), Moments.of(values, NAMES))


@given(COLUMNS, st.integers(0, 40))
def test_tallies_of_parts_add_up(values: np.ndarray, cut: int) -> None:
    parts, whole = Tally.of(values[:cut]) + Tally.of(values[cut:]), Tally.of(values)
    assert np.array_equal(parts.values, whole.values)
    assert np.array_equal(parts.counts, whole.counts)
    assert parts.missing == whole.missing


@given(COLUMNS)
def test_a_tally_counts_every_value(values: np.ndarray) -> None:
    tally = Tally.of(values[::-1])
    assert tally.total + tally.missing == len(values)
    assert np.array_equal(np.repeat(tally.values, tally.counts), np.sort(values[~np.isnan(values)]))
