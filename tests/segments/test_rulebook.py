"""The checker finds what is planted: holes, overlaps, and nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.conditions import Condition, Rule
from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.segments.rulebook import RuleTable, apply, check, prove

SPEND, VISITS = Column("spend", "Spend", "money"), Column("visits", "Visits", "count")
LAND = Column("land", "Country", "category", levels=("Chile", "Peru"))


def table(*rules: Rule, otherwise: str = "") -> RuleTable:
    return RuleTable((SPEND, VISITS, LAND), rules, otherwise)


LOW, HIGH = Rule("Low", (Condition("spend", high=100, missing=True),)), Rule("High", (Condition("spend", low=100),))


def test_a_table_without_defects_is_proved() -> None:
    verdict = check(table(LOW, HIGH))
    assert (verdict.exhaustive, verdict.disjoint, verdict.cells) == (True, True, 3)
    assert verdict.words == "Every customer falls in exactly one of 2 segments (all 3 combinations of limits were checked)."


def test_a_planted_hole_is_shown() -> None:
    verdict = check(table(Rule("Low", (Condition("spend", high=99, missing=True),)), HIGH))
    assert [hole.words for hole in verdict.holes] == ["spend 99 to under 100"]
    assert (verdict.exhaustive, verdict.disjoint, verdict.open_cells) == (False, True, 1)


def test_a_planted_overlap_is_shown_with_both_names() -> None:
    vip = Rule("VIP", (Condition("spend", low=500), Condition("visits", low=3)))
    verdict = check(table(LOW, HIGH, vip))
    assert [(each.segments, each.words) for each in verdict.overlaps] == [(("High", "VIP"), "spend 500 or more and visits 3 or more")]


def test_customers_whose_value_is_not_known_are_not_forgotten() -> None:
    with pytest.raises(UsageError, match="Customers with spend not known fall in no segment"):
        prove(table(Rule("Low", (Condition("spend", high=100),)), HIGH))


def test_everyone_else_fills_holes_but_hides_no_overlap() -> None:
    assert prove(table(HIGH, otherwise="Everyone else")).names == ("High", "Everyone else")
    with pytest.raises(UsageError, match="fall in both “High” and “Any”"):
        prove(table(HIGH, Rule("Any", (Condition("spend", low=50),)), otherwise="Everyone else"))


def test_rules_of_one_name_may_overlap() -> None:
    assert check(table(LOW, HIGH, Rule("High", (Condition("spend", low=500),)))).disjoint


def test_counts_are_whole_numbers_from_zero() -> None:
    few = Rule("Few", (Condition("visits", high=np.nextafter(2, 3), missing=True),))
    assert check(table(few, Rule("Many", (Condition("visits", low=3),)))).exhaustive
    assert not check(table(few, Rule("Many", (Condition("visits", low=4),)))).exhaustive
    assert check(table(Rule("All", (Condition("visits", low=0, missing=True),)))).exhaustive


def test_levels_nobody_claims_are_a_hole() -> None:
    verdict = check(table(Rule("Near", (Condition("land", levels=("Chile",)),))))
    assert [hole.words for hole in verdict.holes] == ["country Peru", "country not known"]


def test_customers_are_placed_by_their_rules() -> None:
    rows = Matrix(np.array(["a", "b", "c"], dtype=object), (SPEND,), np.array([[99.0], [100.0], [np.nan]]))
    assert apply(RuleTable((SPEND,), (HIGH, LOW)), rows).tolist() == [2, 1, 2]
    assert apply(RuleTable((SPEND,), (HIGH,)), rows).tolist() == [0, 1, 0]
    assert apply(RuleTable((SPEND,), (HIGH,), "Else"), rows).tolist() == [2, 1, 2]
    with pytest.raises(UsageError, match="prove the table"):
        apply(RuleTable((SPEND,), (HIGH, Rule("Any", ()))), rows)


def test_a_grid_too_large_to_prove_is_refused() -> None:
    columns = tuple(Column(f"x{place}", f"X{place}") for place in range(12))
    rules = tuple(Rule(f"R{place}", tuple(Condition(column.name, low=place) for column in columns)) for place in range(3))
    with pytest.raises(UsageError, match="12 columns into 244,140,625 combinations; provable are up to 200,000"):
        check(RuleTable(columns, rules))


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Condition("spent", low=1), "did you mean 'spend'"),
        (Condition("land", low=1), "a category"),
        (Condition("spend", levels=("a",)), "a number"),
        (Condition("land", levels=("Perus",)), "did you mean 'Peru'|Allowed: Chile, Peru"),
    ],
)
def test_a_condition_that_does_not_fit_its_column_is_refused(condition: Condition, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        table(Rule("VIP", (condition,)))


def test_many_holes_are_counted() -> None:
    rules = [Rule(f"R{place}", (Condition("spend", low=2.0 * place, high=2.0 * place + 1),)) for place in range(15)]
    verdict = check(table(*rules))
    assert (len(verdict.holes), verdict.open_cells) == (10, 17)
    assert "So do 7 more combinations." in verdict.words


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(UsageError, match="0 rules"):
        table()
