"""The trial in columns of a table of customers: arms, outcomes, how it was decided, and features that know nothing of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.project.trial_tables import opened, orders, tried

from segmentry.errors import NotEnoughData, UsageError
from segmentry.project.settings import parse
from segmentry.project.tried import control_of, shares_of

SIZE = 400


def people(**more: Any) -> dict[str, dict[str, Any]]:
    rng = np.random.default_rng(1)
    columns = {
        "customer_id": [f"c{number:04d}" for number in range(SIZE)],
        "age": rng.integers(18, 80, SIZE),
        "income": rng.integers(20_000, 90_000, SIZE),
        "treatment": np.arange(SIZE) % 2,
        "purchase": rng.integers(0, 2, SIZE),
    }
    return {"people": columns | more}


def test_treatment_and_outcome_are_found_by_their_roles_and_the_control_comes_first() -> None:
    found = tried(people())
    assert found.trial.arms == ("control", "Treatment")
    assert found.trial.arm.tolist() == [number % 2 for number in range(SIZE)]
    assert [(metric.name, metric.kind) for metric in found.trial.metrics] == [("purchase", "yes/no")]
    assert found.trial.ids.tolist() == found.matrix.ids.tolist()
    assert (found.start, found.days, found.leak) == (None, 0, None)


def test_nobody_says_that_it_was_by_lot_unless_the_settings_do() -> None:
    found = tried(people())
    assert (found.trial.assigned, found.trial.shares, found.trial.causal) == ("unknown", (), False)
    assert "nobody says that it was given by lot" in found.trial.source
    told = tried(people(), trial={"randomised": True})
    assert (told.trial.assigned, told.trial.shares) == ("lot", (0.5, 0.5))
    assert "trial.randomised" in told.trial.source


def test_features_are_made_from_neither_treatment_nor_outcomes() -> None:
    rng = np.random.default_rng(2)
    spends = {f"MntWeek{week}": rng.integers(0, 90, SIZE) for week in (1, 2, 3)}
    found = tried(people(**spends), trial={"outcome": ["MntWeek3"]})
    assert not {"treatment", "MntWeek3"} & set(found.matrix.names)
    total = found.matrix.column("total_spend")
    assert total.tolist() == (spends["MntWeek1"] + spends["MntWeek2"]).tolist()
    assert found.trial.metrics[0].kind == "money"


def test_a_category_of_several_arms_is_a_treatment_and_its_control_is_known_by_name() -> None:
    arms = np.array(["mail", "none", "call", "e-mail"])[np.arange(SIZE) % 4]
    found = tried(people(test_group=arms), trial={"treatment": "test_group"})
    assert found.trial.arms == ("none", "call", "e-mail", "mail")
    assert found.trial.counts.tolist() == [100] * 4


def test_a_control_that_nobody_can_guess_is_asked_for_and_the_settings_name_it() -> None:
    arms = np.array(["red", "blue", "green"])[np.arange(SIZE) % 3]
    with pytest.raises(UsageError, match="none is called like customers who were left alone"):
        tried(people(test_group=arms), trial={"treatment": "test_group"})
    assert tried(people(test_group=arms), trial={"treatment": "test_group", "control": "Green"}).trial.arms == ("green", "blue", "red")
    with pytest.raises(UsageError, match=r"trial.control is 'gren', .* did you mean 'green'"):
        tried(people(test_group=arms), trial={"treatment": "test_group", "control": "gren"})


def test_the_treated_can_be_the_control_when_the_settings_say_so() -> None:
    found = tried(people(), trial={"control": "1"})
    assert found.trial.arm.tolist() == [1 - number % 2 for number in range(SIZE)]


def test_customers_of_whom_treatment_or_outcome_is_not_known_are_left_out_and_counted() -> None:
    outcome: list[Any] = [None if number < 10 else number % 3 == 0 for number in range(SIZE)]
    found = tried(people(purchase=[None if each is None else int(each) for each in outcome]))
    assert len(found.trial) == SIZE - 10
    assert found.places.tolist() == list(range(10, SIZE))
    assert len(found.today) == SIZE
    assert any("10 of 400 customers are left out" in note for note in found.notes)


def test_logged_probabilities_of_being_treated_are_those_of_both_arms() -> None:
    chance = np.round(np.random.default_rng(3).uniform(0.2, 0.8, SIZE), 3)
    found = tried(people(weight=chance), trial={"propensity": "weight"})
    assert found.trial.assigned == "logged"
    assert found.trial.propensity is not None
    assert np.allclose(found.trial.propensity, np.column_stack([1 - chance, chance]))
    assert "weight" not in found.matrix.names


def test_a_probability_of_none_or_one_is_refused() -> None:
    chance = np.where(np.arange(SIZE) < 3, 1.0, 0.5)
    with pytest.raises(UsageError, match="of whose 400 values 3 are missing or not between 0 and 1"):
        tried(people(weight=chance), trial={"propensity": "weight"})


def test_a_column_made_after_the_lot_is_found_by_the_gap_between_the_arms() -> None:
    later = np.arange(SIZE) % 2 * 50.0 + np.random.default_rng(4).normal(size=SIZE)
    found = tried(people(shipped_parcels=later), trial={"randomised": True})
    assert found.suspect == ("Shipped parcels",)
    assert "shipped_parcels" not in found.matrix.names
    assert "shipped_parcels" not in found.today.names
    assert "made after the treatment, or the arms were not drawn by lot" in found.feature_notes[-1]
    assert {"age", "income"} <= set(found.matrix.names)
    assert "shipped_parcels" in tried(people(shipped_parcels=later)).matrix.names


def test_a_column_known_of_the_treated_alone_was_made_after_the_lot_too() -> None:
    visits = [None if number % 2 == 0 else number % 7 for number in range(SIZE)]
    found = tried(people(clicks_mail=visits), trial={"randomised": True})
    assert "clicks_mail" not in found.matrix.names


def test_without_a_day_nothing_of_purchases_is_a_feature() -> None:
    tables = people() | {"orders": orders(np.random.default_rng(5), SIZE)}
    found = tried(tables)
    assert set(found.matrix.names) <= {"age", "income"}
    assert "No day says when the treatment was given" in found.feature_notes[0]


def test_data_without_a_treatment_has_no_trial() -> None:
    columns = people()["people"]
    del columns["treatment"]
    with opened({"people": columns}) as found:
        assert found.trial() is None


def test_a_named_treatment_without_an_outcome_is_refused_with_the_columns_there_are() -> None:
    columns = people()["people"]
    del columns["purchase"]
    with opened({"people": columns}) as found:
        assert found.trial() is None
    with pytest.raises(UsageError, match=r"no column says what customers did then; name it with outcome under \[trial\]: age, income"):
        tried({"people": columns}, trial={"treatment": "treatment"})


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"trial.outcome is 'purchas', .* did you mean 'purchase'"):
        tried(people(), trial={"outcome": ["purchas"]})


def test_a_trial_whose_control_has_no_known_outcome_is_refused() -> None:
    purchase = [None if number % 2 == 0 else number % 3 % 2 for number in range(SIZE)]
    with pytest.raises(NotEnoughData, match=r"none in the control.* left alone at the same time"):
        tried(people(purchase=purchase))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [({}, (0.5, 0.25, 0.25)), ({"control": 0.1, "b": 0.6}, (0.1, 0.6, 0.3)), ({"none": 0.2}, (0.2, 0.4, 0.4))],
)
def test_planned_shares_are_those_of_the_settings_and_equal_otherwise(shares: dict[str, float], expected: tuple[float, ...]) -> None:
    found = shares_of(parse({"trial": {"shares": shares}}), ("none", "b", "c"))
    assert found == pytest.approx(expected if shares else (1 / 3,) * 3)


@pytest.mark.parametrize("shares", [{"a": 0.5, "b": 0.7}, {"a": 0.5, "b": 0.4}, {"a": 1.0}, {"a": 0.0, "b": 1.0}])
def test_shares_that_do_not_fit_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="allowed are shares above 0 that sum to 1"):
        shares_of(parse({"trial": {"shares": shares}}), ("a", "b"))


def test_an_arm_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="names the arm 'ofer', which is not there; did you mean 'offer'"):
        shares_of(parse({"trial": {"shares": {"ofer": 0.5}}}), ("control", "offer"))


def test_names_of_a_control_are_taken_in_their_order() -> None:
    assert control_of(("0", "control", "x"), "", "arm") == 1
    assert control_of(("x", "None"), "", "arm") == 1
