"""Laws of comparing arms: order, units and parts change nothing that they should not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segmentry.errors import DataRefused
from segmentry.experiments.comparing import compare
from segmentry.experiments.effects import difference_of_means
from segmentry.experiments.multiplicity import adjusted, holm
from segmentry.experiments.shares import interval
from segmentry.experiments.shrinkage import shrink
from segmentry.moments import Moments

amounts = st.lists(st.floats(0, 1e5).map(lambda value: round(value, 2)), min_size=4, max_size=40).map(np.array)
kinds = st.sampled_from(["money", "number"])


def _compared(control, treated, kind):
    try:
        return compare(control, treated, kind, resamples=199)
    except DataRefused:
        assume(False)


@given(amounts, amounts, kinds, st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_nothing(control, treated, kind, random):
    found = _compared(control, treated, kind)
    mixed = [values[random.sample(range(len(values)), len(values))] for values in (control, treated)]
    assert _compared(*mixed, kind) == found


@given(amounts, amounts, kinds)
def test_another_currency_changes_the_difference_and_nothing_else(control, treated, kind):
    # A power of two, so that not a bit is lost.
    found, dear = _compared(control, treated, kind), _compared(4 * control, 4 * treated, kind)
    assert dear.p == found.p
    assert dear.method == found.method
    assert dear.difference.value == 4 * found.difference.value
    assert dear.difference.low == pytest.approx(4 * found.difference.low, rel=1e-3, abs=1e-3)


@given(amounts, amounts, kinds)
def test_every_interval_holds_what_was_measured_and_leaves_out_nought_when_p_is_small(control, treated, kind):
    found = _compared(control, treated, kind)
    assert found.difference.low <= found.difference.value <= found.difference.high
    if found.p <= 0.0499:
        assert not found.difference.low < -1e-6 < 1e-6 < found.difference.high


@given(amounts, amounts, st.integers(1, 3), st.integers(1, 3))
def test_parts_add_up_to_the_same_effect(control, treated, one, two):
    arms = [Moments.of(values[:, None], ["x"]) for values in (control, treated)]
    parts = [
        Moments.of(values[:cut, None], ["x"]) + Moments.of(values[cut:, None], ["x"]) for values, cut in ((control, one), (treated, two))
    ]
    try:
        whole, summed = difference_of_means(*arms, "x"), difference_of_means(*parts, "x")
    except DataRefused:
        assume(False)
    scale = 1 + abs(whole.difference.high) + abs(whole.difference.low)
    assert summed.difference.low == pytest.approx(whole.difference.low, rel=1e-6, abs=1e-6 * scale)


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_shares_have_intervals_inside_what_is_possible(none, some, data):
    hits = [data.draw(st.integers(0, none)), data.draw(st.integers(0, some))]
    low, high = interval(hits, [none, some])
    gap = hits[1] / some - hits[0] / none
    assert -1 <= low <= gap + 1e-9
    assert gap - 1e-9 <= high <= 1


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.01, 100)), min_size=2, max_size=12))
def test_shrinking_never_leaves_the_range_of_what_was_measured(pairs):
    values, errors = np.array(pairs).T
    found = shrink(values, errors)
    assert all(values.min() - 1e-9 <= one.value <= values.max() + 1e-9 for one in found.effects)
    assert 0 <= found.p <= 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array))
def test_correction_keeps_the_order_and_never_helps(p):
    for corrected in (adjusted(p), holm(p)):
        assert (corrected >= p - 1e-12).all()
        assert (corrected <= 1).all()
        assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= -1e-12).all()
