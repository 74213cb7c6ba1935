"""Without a lot: a change is a change, a comparison is red, credits add up."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.experiments.attribution import before_after, credited, matched
from segmentry.experiments.trial import Metric

SPEND = Metric("spend", "Spend", "money")
VISITS = Metric("visits", "Visits", "number")


def test_a_change_has_an_interval_and_no_name_of_an_effect():
    rng = np.random.default_rng(1)
    before = rng.normal(10, 1, 400)
    found = before_after(VISITS, before, before + rng.normal(2, 1, 400))
    assert found.change.low < 2 < found.change.high
    assert not found.attributable
    assert "without anybody doing anything" in found.verdict


def test_what_was_to_be_expected_anyway_is_learned_from_others():
    """By hand: others follow after = 5 + before / 2 exactly, so from 4 one expects 7."""
    past = np.arange(100.0)
    found = before_after(VISITS, np.full(50, 4.0), np.full(50, 7.0), others=(past, 5 + past / 2))
    assert found.expected == pytest.approx(3.0)
    assert found.change.value == pytest.approx(3.0)


def test_others_who_say_nothing_are_not_asked():
    past = np.full(100, 2.0)
    assert before_after(VISITS, np.arange(50.0), np.arange(50.0), others=(past, past)).expected is None


def test_few_customers_are_refused():
    with pytest.raises(NotEnoughData, match="29 customers"):
        before_after(SPEND, np.ones(29), np.ones(29))


def test_a_matched_comparison_finds_a_planted_difference_and_stays_red():
    rng = np.random.default_rng(2)
    sides = []
    for effect in (0.0, 1.0):
        before = rng.normal(10, 2, 2000)
        sides.append((before, before + rng.normal(0, 1, 2000) + effect))
    found = matched(VISITS, *sides)
    assert found.alike is not None
    assert found.alike.low < 1.0 < found.alike.high
    assert found.trends.low < 1.0 < found.trends.high
    assert found.overlap > 0.95
    assert (found.grade, found.colour, found.agree) == ("observational", "red", True)


def test_nobody_alike_leaves_one_figure_that_is_not_relied_on():
    rng = np.random.default_rng(3)
    low, high = rng.normal(0, 1, 200), rng.normal(100, 1, 200)
    found = matched(VISITS, (low, low + rng.normal(size=200)), (high, high + rng.normal(size=200)))
    assert found.alike is None
    assert found.overlap == 0.0
    assert "not to be relied on" in found.verdict


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("last", {"app": 1.0, "mail": 2.0, "": 1.0}), ("first", {"mail": 3.0, "": 1.0}), ("equal", {"app": 0.5, "mail": 2.5, "": 1.0})],
)
def test_orders_are_shared_out_by_the_rule(rule, expected):
    paths = [["mail", "app"], ["mail"], [], ["mail", "mail"]]
    assert {credit.campaign: credit.orders for credit in credited(paths, rule=rule)} == expected


def test_thirds_add_up_without_rounding():
    found = credited([["a", "b", "c"]] * 100)
    assert sum(credit.orders for credit in found) == 100
    assert found[0].orders == pytest.approx(100 / 3, abs=0.001)


def test_strange_rules_and_names_are_refused():
    with pytest.raises(UsageError, match="rule is 'best'"):
        credited([["a"]], rule="best")
    with pytest.raises(UsageError, match="Name it"):
        credited([["a", ""]])
