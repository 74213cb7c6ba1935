"""Rules per segment: right on customers they were not made from, and honest where there is nothing to find."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.induction import halves, induce


def matrix(values: np.ndarray, *columns: Column) -> Matrix:
    known = columns or tuple(Column(f"x{place}", f"X{place}") for place in range(values.shape[1]))
    return Matrix(np.array([f"{row:07d}" for row in range(len(values))], dtype=object), known, values)


def planted(rows: int = 600, seed: int = 0) -> tuple[Matrix, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(1, 4, rows)
    middles = np.array([[0.0, 0.0, 0.0], [8.0, 0.0, 0.0], [0.0, 8.0, 0.0]])
    return matrix(rng.normal(middles[labels - 1], 1.0)), labels


def test_three_planted_groups_are_told_apart() -> None:
    found, labels = planted()
    rules = induce(found, labels, seed=1)
    assert [rule.segment for rule in rules] == [1, 2, 3]
    for rule in rules:
        assert (rule.precision > 0.95, rule.recall > 0.95, rule.weak) == (True, True, False)
        assert len(rule.rule.conditions) <= 3
        assert {condition.name for condition in rule.rule.conditions} <= {"x0", "x1"}


def test_figures_are_those_of_the_other_half() -> None:
    found, labels = planted(seed=4)
    labels = np.where(np.random.default_rng(5).random(len(labels)) < 0.15, 1, labels)
    making, measuring = halves(labels, 1)
    assert np.intersect1d(making, measuring).size == 0
    assert np.array_equal(np.sort(np.concatenate([making, measuring])), np.arange(len(labels)))
    for rule in induce(found, labels, seed=1):
        named, truth = rule.rule.holds(found)[measuring], labels[measuring] == rule.segment
        assert rule.precision == pytest.approx(precision_score(truth, named))
        assert rule.recall == pytest.approx(recall_score(truth, named))
        assert (rule.measured_on, rule.named, rule.members) == (len(measuring), named.sum(), truth.sum())
        assert rule.coverage == pytest.approx(named.mean())


def test_rules_from_noise_are_weak() -> None:
    rng = np.random.default_rng(6)
    for shares in ((1 / 3, 1 / 3, 1 / 3), (0.8, 0.1, 0.1)):
        labels = 1 + rng.choice(3, 900, p=shares)
        assert all(rule.weak for rule in induce(matrix(rng.normal(size=(900, 5))), labels, seed=1))


def test_a_box_is_found_with_round_limits() -> None:
    rng = np.random.default_rng(7)
    values = rng.uniform(0, 1000, (4000, 4))
    inside = (values[:, 0] >= 300) & (values[:, 0] < 700) & (values[:, 2] >= 500)
    columns = [Column(f"x{place}", f"X{place}") for place in range(4)]
    (rule, _) = induce(matrix(values, *columns), np.where(inside, 1, 2), seed=2, names={1: "Box"})
    low, high = rule.rule.conditions[0].low, rule.rule.conditions[0].high
    assert (low, high, rule.rule.conditions[1].low) == (300, 700, 500)
    assert rule.words.startswith("Customers with X0 300 to under 700 and X2 500 or more: the rule catches 100% of the segment")
    assert rule.words.endswith("100 of 100 it names are right (measured on 2,000 customers it was not made from).")


def test_categories_and_missing_values_can_be_the_rule() -> None:
    rng = np.random.default_rng(8)
    land, age = rng.integers(0, 4, 800).astype(float), rng.normal(50, 10, 800)
    age[rng.random(800) < 0.3] = np.nan
    labels = np.where(np.isnan(age), 1, np.where(np.isin(land, [1, 3]), 2, 3))
    columns = (Column("land", "Country", "category", levels=tuple("abcd")), Column("age", "Age", unit="years"))
    rules = induce(matrix(np.column_stack([land, age]), *columns), labels, seed=3)
    words = [rule.rule.words(columns) for rule in rules]
    assert words == ["age not known", "country b or d and age known", "country a or c and age known"]
    assert all(rule.precision == rule.recall == 1.0 for rule in rules)


def test_customers_set_aside_count_as_others() -> None:
    values = np.repeat([0.0, 10.0, 20.0], 100)[:, None]
    labels = np.repeat([1, 2, 0], 100)
    rules = induce(matrix(values), labels, seed=1)
    assert [rule.segment for rule in rules] == [1, 2]
    assert (rules[1].rule.conditions[0].high, rules[1].precision) == (20, 1.0)


def test_the_same_customers_and_seed_give_the_same_rules() -> None:
    found, labels = planted()
    assert induce(found, labels, seed=1) == induce(found, labels, seed=1)


def test_large_tables_are_sampled_and_measured_on_the_whole_other_half() -> None:
    found, labels = planted(rows=60_000)
    rules = induce(found, labels, seed=1)
    assert {rule.measured_on for rule in rules} == {30_000}
    assert min(rule.precision for rule in rules) > 0.95


@pytest.mark.parametrize(
    ("values", "labels", "told"),
    [
        (np.arange(40.0)[:, None], np.ones(40, dtype=int), "there is nobody to tell it apart from"),
        (np.arange(40.0)[:, None], np.repeat([1, 2], [36, 4]), "too few customers"),
        (np.ones((40, 2)), np.repeat([1, 2], 20), "no feature tells it apart"),
        (np.full((40, 2), np.nan), np.repeat([1, 2], 20), "no feature tells it apart"),
        (np.arange(1.0)[:, None], np.ones(1, dtype=int), "too few customers"),
    ],
    ids=["one segment", "tiny segment", "all equal", "nothing known", "one customer"],
)
def test_where_no_rule_can_be_found_it_is_said(values: np.ndarray, labels: np.ndarray, told: str) -> None:
    rule = induce(matrix(values), labels, seed=1)[-1]
    assert (rule.rule, rule.weak, rule.precision, rule.recall) == (None, True, 0.0, 0.0)
    assert told in rule.words


def test_wrong_arguments_are_refused() -> None:
    found, labels = planted(60)
    with pytest.raises(UsageError, match="labels have shape"):
        induce(found, labels[:-1], seed=1)
    with pytest.raises(UsageError, match="there is no column 'x9'"):
        induce(found, labels, seed=1, features=["x9"])
    with pytest.raises(UsageError, match="most is 9"):
        induce(found, labels, seed=1, most=9)
    with pytest.raises(UsageError, match="weights"):
        induce(Matrix(found.ids, found.columns, found.values, np.ones(60)), labels, seed=1)
