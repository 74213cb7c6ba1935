"""Scores, conditions and tables of rules keep their word whatever the numbers are."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.conditions import Condition, Rule, lower, roundest, upper
from segmentry.matrix import Column, Matrix
from segmentry.segments.rfm import learn_steps
from segmentry.segments.rulebook import RuleTable, apply, check

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-5, 5).map(float)
KNOWN = st.integers(5, 60).flatmap(lambda rows: arrays(np.float64, rows, elements=NUMBERS))
CUTS = st.lists(NUMBERS, min_size=4, max_size=4, unique=True).map(sorted)


@given(KNOWN, st.sampled_from(["high", "low"]))
def test_equal_values_get_equal_scores(values: np.ndarray, best: str) -> None:
    scores = learn_steps("x", values, best=best).of(values)
    for value in np.unique(values):
        assert len(set(scores[values == value].tolist())) == 1


@given(KNOWN, st.sampled_from(["high", "low"]))
def test_scores_rise_or_fall_with_the_value_and_lie_in_one_to_five(values: np.ndarray, best: str) -> None:
    scores = learn_steps("x", values, best=best).of(np.sort(values))
    change = np.diff(scores)
    assert (change >= 0).all() if best == "high" else (change <= 0).all()
    assert 1 <= scores.min() <= scores.max() <= 5


@given(KNOWN)
def test_a_fifth_is_the_share_of_smaller_values(values: np.ndarray) -> None:
    smaller = (values[None, :] < values[:, None]).sum(axis=1)
    assert np.array_equal(learn_steps("x", values).of(values), 1 + 5 * smaller // len(values))


@given(CUTS, KNOWN)
def test_custom_cuts_count_the_cuts_a_value_has_reached(cuts: list[float], values: np.ndarray) -> None:
    reached = (values[:, None] >= np.array(cuts)).sum(axis=1)
    assert np.array_equal(learn_steps("x", values, cuts=cuts).of(values), 1 + reached)
    assert np.array_equal(learn_steps("x", values, best="low", cuts=cuts).of(values), 5 - reached)


def digits(value: float) -> int:
    return len(Decimal(repr(value)).normalize().as_tuple().digits)


@given(NUMBERS, NUMBERS)
def test_a_round_number_parts_two_numbers(one: float, other: float) -> None:
    if one != other:
        low, high = sorted((one, other))
        found = roundest(low, high)
        assert low < found <= high
        assert digits(found) <= digits(high)


@given(NUMBERS, NUMBERS)
def test_limits_are_written_as_they_mean(limit: float, value: float) -> None:
    for at in (limit, float(np.nextafter(limit, np.inf))):
        sign, number = lower(at)
        assert (value >= at) == (value >= number if sign == ">=" else value > number)
        sign, number = upper(at)
        assert (value < at) == (value < number if sign == "<" else value <= number)


SMALL = st.integers(0, 4).map(float)
COLUMNS = (Column("x", "X"), Column("y", "Y", "count"), Column("z", "Z", "category", levels=("a", "b", "c")))


@st.composite
def conditions(draw: st.DrawFn, name: str) -> Condition:
    missing = draw(st.booleans())
    if name == "z":
        return Condition(name, levels=tuple(draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True))), missing=missing)
    low, high = draw(st.none() | SMALL), draw(st.none() | SMALL)
    if low is not None and high is not None:
        low, high = (min(low, high), max(low, high) + 1)
    return Condition(name, low, high, missing=missing)


@st.composite
def tables(draw: st.DrawFn) -> RuleTable:
    names = draw(st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=4))
    return RuleTable(
        COLUMNS,
        tuple(Rule(name, tuple(draw(conditions(column)) for column in "xyz" if draw(st.booleans()))) for name in names),
        otherwise=draw(st.sampled_from(["", "Rest"])),
    )


def everyone() -> Matrix:
    """Return one customer for every combination of halves, whole numbers, levels and missing values."""
    xs = [np.nan, *np.arange(-1, 6.5, 0.5)]
    ys = [np.nan, *range(7)]
    zs = [np.nan, 0, 1, 2]
    values = np.array([(x, y, z) for x in xs for y in ys for z in zs], dtype=np.float64)
    return Matrix(np.full(len(values), "", dtype=object), COLUMNS, values)


@given(tables())
def test_the_proof_agrees_with_asking_every_customer(table: RuleTable) -> None:
    people, verdict = everyone(), check(table)
    held: dict[str, np.ndarray] = {}
    for rule in table.rules:
        held[rule.name] = held.get(rule.name, np.zeros(len(people), dtype=bool)) | rule.holds(people)
    count = sum(mask.astype(int) for mask in held.values())
    assert verdict.disjoint == bool((count <= 1).all())
    assert verdict.exhaustive == (bool(table.otherwise) or bool((count >= 1).all()))
    for hole in verdict.holes:
        assert (count[hole.rule.holds(people)] == 0).all()
    for overlap in verdict.overlaps:
        both = overlap.rule.holds(people)
        assert both.any()
        assert all(held[name][both].all() for name in overlap.segments)
    if verdict.disjoint and verdict.exhaustive:
        assert (apply(table, people) > 0).all()
