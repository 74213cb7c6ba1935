"""Three forecasts by hand, from what was known at the cut-off."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.value.baselines import OVERALL, PAST_RATE, SEGMENT_AVERAGE, WORDS, baselines, classes, past_rate, segment_average

X = np.array([[4.0, 30.0, 40.0], [0.0, 0.0, 40.0], [1.0, 5.0, 20.0], [3.0, 0.5, 0.6]])


def test_the_past_rate_goes_on() -> None:
    assert past_rate(X, 20.0)[:3].tolist() == [2.0, 0.0, 1.0]


def test_a_young_customer_is_carried_forward_no_more_than_twofold() -> None:
    assert past_rate(X, 20.0)[3] == 6.0


def test_no_tenure_is_no_rate_and_no_division() -> None:
    assert past_rate(np.zeros((2, 3)), 10.0).tolist() == [0.0, 0.0]
    assert segment_average(np.zeros((2, 3)), 10.0, np.array([0, 1])).tolist() == [0.0, 0.0]


def test_a_segment_goes_on_as_a_whole() -> None:
    assert segment_average(X, 20.0, np.array(["a", "a", "b", "b"])) == pytest.approx([1.0, 1.0, 80 / 20.6, 80 / 20.6])


def test_all_three_have_words_and_none_looks_beyond_the_cutoff() -> None:
    found = baselines(X, 20.0)
    assert set(found) == {PAST_RATE, SEGMENT_AVERAGE, OVERALL} == set(WORDS)
    assert len(set(found[OVERALL])) == 1
    assert baselines(X, 20.0, np.zeros(4))[SEGMENT_AVERAGE].tolist() == found[OVERALL].tolist()


def test_classes_are_of_equal_frequency_and_absence() -> None:
    many = np.column_stack([np.repeat([0, 1, 2, 3, 4, 12], 60), np.zeros(360), np.tile(np.arange(60.0), 6)])
    found = classes(many)
    assert len(set(found)) == 15
    assert (found[many[:, 0] == 3] == found[many[:, 0] == 4]).all()


def test_customers_who_are_all_the_same_are_one_class() -> None:
    assert len(set(classes(np.tile([1.0, 5.0, 9.0], (20, 1))))) == 1


def test_no_bit_depends_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    many = np.column_stack([rng.poisson(2, 500), rng.random(500), 1 + rng.random(500)])
    order = rng.permutation(500)
    for one, other in zip(baselines(many, 3.0).values(), baselines(many[order], 3.0).values(), strict=True):
        assert (one[order] == other).all()
