"""Grades are never mixed silently, and where there is no evidence there is no figure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.errors import UsageError
from segmentry.plans.evidence import GRADES, Graded, add, advise, told
from segmentry.results import Estimate

MEASURED = Graded(900.0, "randomised", "trial", (300.0, 1500.0))
STATED = Graded(100.0, "assumption", "offers.toml")
SEEN = Graded(500.0, "observational", "campaign", gross=True)


def test_adding_different_grades_gives_a_table_and_no_sum() -> None:
    mixed = MEASURED + STATED + SEEN
    assert [part.grade for part in mixed.parts] == ["randomised", "observational", "assumption"]
    assert mixed.pure is None
    assert not hasattr(mixed, "value")
    with pytest.raises(TypeError):
        sum([MEASURED, STATED])  # type: ignore[call-overload]


def test_a_total_is_given_when_asked_for_and_says_its_mixture() -> None:
    total = (MEASURED + STATED).total()
    assert total.value == 1000
    assert total.interval is None
    assert "90% randomised and 10% assumption" in total.words
    assert dict(total.shares) == pytest.approx({"randomised": 0.9, "assumption": 0.1})


def test_gross_and_incremental_figures_have_no_total() -> None:
    with pytest.raises(UsageError, match="Show them side by side"):
        (MEASURED + SEEN).total()


def test_one_grade_adds_up_with_an_interval_that_is_never_too_narrow() -> None:
    rng = np.random.default_rng(0)
    together = add([MEASURED, MEASURED]).pure
    apart = add([MEASURED, MEASURED], independent=True).pure
    assert together is not None
    assert apart is not None
    assert together.interval == (600.0, 3000.0)
    # Independent sums of two normal figures with half-width 600 have half-width 600 √2.
    draws = rng.normal(900, 600 / 1.96, (100_000, 2)).sum(axis=1)
    assert apart.interval == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=15)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.sampled_from(GRADES), st.floats(0, 1e5)), min_size=1, max_size=8), st.randoms())
def test_the_order_of_parts_does_not_matter_and_parts_add_up(parts: list[tuple[float, str, float]], random: object) -> None:
    graded = [Graded(value, grade, "s", (value - half, value + half)) for value, grade, half in parts]  # type: ignore[arg-type]
    shuffled = list(graded)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = add(graded), add(shuffled)
    assert [part.grade for part in one.parts] == [part.grade for part in other.parts]
    assert [part.value for part in one.parts] == pytest.approx([part.value for part in other.parts], abs=1e-6)
    assert one.total().value == pytest.approx(sum(part.value for part in graded), abs=1e-6)


def test_nothing_added_up_is_nothing() -> None:
    assert add([]).parts == ()
    assert add([]).total().value == 0
    assert add([Graded(0.0, "assumption", "a")]).total().shares == (("assumption", 1.0),)


@pytest.mark.parametrize(
    ("value", "grade", "interval", "gross", "match"),
    [
        (float("nan"), "assumption", None, False, "allowed are finite numbers"),
        (5.0, "assumption", (6.0, 7.0), False, "the interval around the figure"),
        (5.0, "randomised", None, True, "a lot gives the difference"),
        (5.0, "hearsay", None, False, "Allowed: assumption"),
    ],
)
def test_figures_that_are_none_or_of_no_kind_are_refused(
    value: float, grade: str, interval: tuple[float, float] | None, gross: bool, match: str
) -> None:
    with pytest.raises(UsageError, match=match):
        Graded(value, grade, "s", interval, gross)  # type: ignore[arg-type]


def test_a_figure_times_customers_keeps_its_grade() -> None:
    assert (MEASURED * 2.0).interval == (600.0, 3000.0)
    with pytest.raises(UsageError, match="multiplied by -1"):
        _ = MEASURED * -1.0


def test_without_evidence_there_is_an_experiment_instead_of_a_figure() -> None:
    asked: list[tuple[float, float]] = []

    def sizes(rate: float, effect: float) -> int:
        asked.append((rate, effect))
        return 4_000

    few = advise("Call", reason="Never tried.", cost=2.0, worth=50.0, rate=0.05, customers=5_000, sizes=sizes)
    assert asked == [(0.05, 0.04)]
    assert few.advice is not None
    assert not few.advice.enough
    assert "There are 5,000, too few for both" in few.words
    assert few.words.startswith("No profit figure for Call: Never tried.")
    for cost, worth, rate in ((2.0, 1.0, 0.05), (0.0, 5.0, 0.05), (2.0, 50.0, None), (2.0, 2.5, 0.5)):
        found = advise("Call", reason="Never tried.", cost=cost, worth=worth, rate=rate, customers=9, sizes=sizes)
        assert found.advice is None


def test_figures_are_told_as_far_as_they_are_known() -> None:
    assert told(Estimate(1234.567, 834.5, 1634.6)) == "1,230 (830 to 1,630)"
    assert told(Estimate(0.0, 0.0, 0.0), "£") == "£0"
    assert told(Estimate(-0.5, -1.0, 0.04), "£ per customer") == "−£0.50 (−£1.00 to £0.04) per customer"
    assert told(Estimate(3.14159, 3.0, 3.3)) == "3.14 (3.00 to 3.30)"
