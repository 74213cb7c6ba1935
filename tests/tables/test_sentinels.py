"""Fillers are found by form and distance, not by a list of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.tables.sentinels import sentinels

RNG = np.random.default_rng(3)
INCOMES = np.round(RNG.lognormal(10.8, 0.45, 2000))


def test_a_far_number_of_equal_digits_is_a_filler_and_large_honest_incomes_are_not():
    assert sentinels(np.concatenate([INCOMES, [666_666.0, 157_733.0, 162_397.0]])) == (666_666.0,)


@pytest.mark.parametrize("filler", [999_999.0, 9_999_999.0, 1_111_111.0])
def test_other_fillers_of_the_same_form_are_found(filler):
    assert sentinels(np.append(INCOMES, filler)) == (filler,)


def test_equal_digits_amid_the_others_are_an_ordinary_value():
    assert sentinels(np.append(INCOMES, [44_444.0, 55_555.0])) == ()


def test_a_far_number_that_has_not_the_form_is_no_filler():
    assert sentinels(np.append(INCOMES, 654_321.0)) == ()


def test_a_spike_beyond_the_end_of_a_scale_is_a_filler():
    scores = np.tile(np.arange(1.0, 11.0), 20)
    assert sentinels(np.append(scores, [99.0] * 5)) == (99.0,)
    assert sentinels(np.append(scores, [999.0] * 3)) == (999.0,)


def test_a_single_value_just_beyond_the_end_is_no_spike():
    assert sentinels(np.append(np.tile(np.arange(0.0, 101.0), 3), [111.0])) == ()


@pytest.mark.parametrize("filler", [-1.0, -9.0, -99.0, -999.0])
def test_a_lone_minus_in_a_column_of_counts_is_a_filler(filler):
    assert sentinels(np.append(np.tile(np.arange(0.0, 8.0), 10), filler)) == (filler,)


def test_minus_one_in_a_column_with_other_negative_values_is_ordinary():
    assert sentinels(np.append(np.tile(np.arange(-5.5, 8.0), 10), -1.0)) == ()


@pytest.mark.parametrize("values", [np.array([]), np.full(30, np.nan), np.full(50, 7.0), np.array([666_666.0] * 40), np.zeros(40)])
def test_columns_that_cannot_be_judged_have_no_fillers(values):
    assert sentinels(values) == ()


def test_order_and_missing_values_change_nothing():
    values = np.concatenate([INCOMES, [666_666.0, np.nan, np.inf]])
    assert sentinels(values) == sentinels(values[::-1]) == (666_666.0,)
