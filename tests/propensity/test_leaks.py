"""Leaks: what is caught, and what is not mistaken for one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.propensity.making import planted

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.propensity.leaks import after_by_name, left_out, scan


def scanned(values: np.ndarray, outcome: np.ndarray, column: Column | None = None, **kwargs):
    """Return what is said of one more column beside honest ones."""
    data, _ = planted(len(outcome), p=4, seed=9)
    wide = Matrix(data.ids, (*data.columns, column or Column("more", "More")), np.column_stack([data.values, values]))
    return scan(wide, outcome, **kwargs)


@pytest.fixture
def outcome() -> np.ndarray:
    return (np.random.default_rng(3).random(600) < 0.2).astype(np.float64)


CASES = {
    "equal": (lambda y, g: y, "function"),
    "opposite": (lambda y, g: 1 - y, "function"),
    "missing exactly when no": (lambda y, g: np.where(y == 1, g.normal(size=len(y)), np.nan), "after"),
    "missing exactly when yes": (lambda y, g: np.where(y == 0, g.normal(size=len(y)), np.nan), "too good"),
    "middle values say yes": (lambda y, g: np.where(y == 1, 0.01, 5.0) * g.choice([-1, 1], len(y)), "too good"),
    "nearly": (lambda y, g: y + g.normal(scale=0.3, size=len(y)), "too good"),
    "half of those who answered": (lambda y, g: y * (g.random(len(y)) < 0.5) * 9.0, "after"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_column_that_knows_the_answer_is_named(case, outcome):
    make, reason = CASES[case]
    found = scanned(make(outcome, np.random.default_rng(1)), outcome)
    assert [(leak.column, leak.reason) for leak in found] == [("more", reason)]
    assert left_out(found) == {"more"}


def test_a_total_that_includes_the_answer_is_told_from_its_parts(outcome):
    generator = np.random.default_rng(2)
    flags = (generator.random((600, 3)) < [0.3, 0.5, 0.4]).astype(np.float64)
    names = (
        *(Column(f"took{place}", f"Took {place}", "flag") for place in range(3)),
        Column("took", "Taken in all", "count"),
        Column("share", "S"),
    )
    total = flags.sum(axis=1) + outcome
    data = Matrix(np.arange(600).astype(object), names, np.column_stack([flags, total, total / 4]))
    assert {leak.column: leak.reason for leak in scan(data, outcome)} == {"took": "function", "share": "function"}


def test_a_total_of_past_answers_is_none(outcome):
    generator = np.random.default_rng(2)
    flags = (generator.random((600, 3)) < [0.3, 0.5, 0.4]).astype(np.float64)
    names = (*(Column(f"took{place}", f"Took {place}", "flag") for place in range(3)), Column("took", "Taken in all", "count"))
    assert scan(Matrix(np.arange(600).astype(object), names, np.column_stack([flags, flags.sum(axis=1)])), outcome) == ()


def test_a_category_that_knows_is_caught_and_one_of_many_levels_is_not(outcome):
    levels = tuple(f"l{each:03d}" for each in range(300))
    knowing = scanned(outcome, outcome, Column("status", "Status", "category", levels=("open", "closed")))
    many = scanned(np.arange(600.0) % 300, outcome, Column("town", "Town", "category", levels=levels))
    assert [leak.column for leak in knowing] == ["status"]
    assert many == ()


def test_a_strong_honest_column_is_kept():
    data, outcome = planted(1000, strength=3.0)
    assert scan(data, outcome) == ()


def test_what_is_confirmed_is_told_and_kept(outcome):
    found = scanned(outcome, outcome, confirmed=["more"])
    assert found[0].kept
    assert left_out(found) == set()
    with pytest.raises(UsageError, match="confirmed names 'mroe'"):
        scanned(outcome, outcome, confirmed=["mroe"])


@pytest.mark.parametrize(
    "name",
    "duration call_duration CallDuration Gesprächsdauer durée_appel duracion_llamada response_date campaign_revenue post_campaign_spend "
    "orders_after_contact Umsatz_nach_Kontakt Antwortdatum_der_Reaktion conversion_value".split(),
)
def test_names_of_what_comes_after_the_contact_are_known(name):
    assert after_by_name(Column(name, name)) != ""


@pytest.mark.parametrize(
    "name",
    "days_as_customer Days_since_last_purchase subscription_duration campaigns_accepted AcceptedCmp3 last_campaign_result contact_days_since "
    "poutcome total_spend email_opens membership_length postcode Poste average_order_value".split(),
)
def test_names_of_what_is_known_before_are_left_alone(name):
    assert after_by_name(Column(name, name)) == ""


def test_a_name_that_tells_is_said_in_words(outcome):
    found = scanned(np.random.default_rng(1).normal(size=600), outcome, Column("callDuration", "Call duration"))
    assert [leak.told for leak in found] == [
        "“Call duration” is known only after the contact: its name says that it is the length of a call."
    ]
