"""Which test for which metric, and what is refused."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from segmentry.errors import DataRefused, Degenerate, NotEnoughData
from segmentry.experiments.comparing import compare
from segmentry.experiments.permutation import permute


def _answers(rng, customers, share):
    return (rng.random(customers) < share).astype(float)


@pytest.mark.parametrize(
    ("kind", "draw", "sizes", "method"),
    [
        ("yes/no", lambda g, n: _answers(g, n, 0.1), (100, 900), "score"),
        ("number", lambda g, n: g.normal(size=n), (100, 900), "welch"),
        ("number", lambda g, n: g.gamma(0.2, size=n), (100, 900), "permutation"),
        ("number", lambda g, n: g.gamma(0.2, size=n), (500, 500), "welch"),
        ("money", lambda g, n: g.normal(50, 1, n), (500, 500), "permutation"),
    ],
)
def test_the_test_suits_the_metric(kind, draw, sizes, method):
    rng = np.random.default_rng(1)
    found = compare(draw(rng, sizes[0]), draw(rng, sizes[1]), kind, resamples=199)
    assert found.method == method
    assert found.customers == sizes


def test_why_a_long_tail_changes_the_test_is_said():
    rng = np.random.default_rng(1)
    found = compare(rng.gamma(0.2, size=100), rng.gamma(0.2, size=900), "number", resamples=199)
    assert "skewness" in found.why
    assert found.skew is not None
    assert found.skew > 2


@pytest.mark.parametrize(("kind", "method"), [("number", "adjusted"), ("money", "adjusted permutation"), ("yes/no", "adjusted")])
def test_a_past_that_explains_is_taken_off(kind, method):
    rng = np.random.default_rng(2)
    taste = rng.random(2000)
    before, after = (taste > rng.random((2, 2000))).astype(float) if kind == "yes/no" else taste + 0.1 * rng.random((2, 2000))
    found = compare(after[:1000], after[1000:], kind, past=(before[:1000], before[1000:]), resamples=199)
    assert found.method == method
    assert found.reduction > 0.05


@pytest.mark.parametrize("past", ["noise", "itself", "nothing", "endless"])
def test_a_past_that_says_nothing_or_all_is_left_alone(past):
    rng = np.random.default_rng(3)
    after = rng.normal(size=400)
    before = {"noise": rng.normal(size=400), "itself": after, "nothing": np.full(400, np.nan), "endless": np.full(400, np.inf)}[past]
    assert compare(after[:200], after[200:], "number", past=(before[:200], before[200:])).method == "welch"


def test_money_is_asked_as_lots_drawn_anew_do():
    rng = np.random.default_rng(4)
    control, treated = (_answers(rng, 300, 0.2) * rng.lognormal(size=300) for _ in range(2))
    assert compare(control, treated, "money", resamples=299, seed=5).p == permute(control, treated, resamples=299, seed=5).p


def test_unknown_outcomes_are_left_out_and_counted():
    rng = np.random.default_rng(5)
    control, treated = rng.normal(size=(2, 50))
    control[:7] = np.nan
    assert compare(control, treated, "number").customers == (43, 50)


@pytest.mark.parametrize("kind", ["yes/no", "money", "number"])
@pytest.mark.parametrize(
    ("control", "treated", "error"),
    [
        ([], [1.0, 0.0], NotEnoughData),
        ([1.0], [0.0, 1.0], NotEnoughData),
        ([np.nan] * 9, [0.0, 1.0], NotEnoughData),
        ([0.0] * 9, [0.0] * 9, Degenerate),
        ([1.0] * 9, [1.0] * 9, Degenerate),
        ([np.inf, 0.0], [0.0, 1.0], DataRefused),
    ],
)
def test_what_cannot_be_compared_is_refused(kind, control, treated, error):
    with pytest.raises(error):
        compare(np.array(control), np.array(treated), kind)


def test_a_yes_no_metric_with_other_values_is_refused():
    with pytest.raises(DataRefused, match="NOT_YES_OR_NO"):
        compare(np.array([0.0, 2.0]), np.array([0.0, 1.0]), "yes/no")


@pytest.mark.parametrize("kind", ["money", "number"])
@pytest.mark.parametrize(
    "arms",
    [
        ([0.0] * 30, [0.0] * 29 + [1.0]),
        ([0.0] * 30, [5.0] * 30),
        ([1e12, 0.0, 0.0], [1e-12, 0.0, 1.0]),
        ([1e18] + [1.0] * 50, [1.0] * 49 + [2.0]),
        ([-5.0, 3.0] * 20, [1.0, -1.0] * 20),
        ([1.0, 2.0], [1.0, 2.0]),
        ([5.0] * 10, [5.0] * 9 + [6.0]),
    ],
)
def test_strange_figures_are_answered_finitely_or_refused(kind, arms):
    try:
        found = compare(*(np.array(arm) for arm in arms), kind, resamples=199)
    except DataRefused:
        return
    values = [value for value in dataclasses.astuple(found) if isinstance(value, float)]
    ends = dataclasses.astuple(found.difference) + (() if found.lift is None else dataclasses.astuple(found.lift))
    assert all(math.isfinite(value) for value in (*values, *ends, *found.spread))
    assert found.difference.low <= found.difference.value <= found.difference.high
    assert 0 < found.p <= 1


@pytest.mark.parametrize("kind", ["yes/no", "money", "number"])
def test_the_order_of_customers_changes_no_bit(kind):
    rng = np.random.default_rng(6)
    values, before = (_answers(rng, 400, 0.5) if kind == "yes/no" else rng.lognormal(size=400) for _ in range(2))
    before = before + values
    order = rng.permutation(150), 150 + rng.permutation(250)
    one = compare(values[:150], values[150:], kind, past=(before[:150], before[150:]), resamples=199)
    assert one.reduction > 0
    assert one == compare(values[order[0]], values[order[1]], kind, past=(before[order[0]], before[order[1]]), resamples=199)
