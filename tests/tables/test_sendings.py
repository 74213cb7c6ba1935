"""Tables of trials and campaigns: recognised with their roles, joined into the dataset, and other tables left as they were."""

from __future__ import annotations

from collections import Counter

import polars
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.settings import parse
from segmentry.tables.profile import profile_values
from segmentry.tables.roles import infer
from segmentry.tables.schema import Schema

PEOPLE = [f"C{at:04d}" for at in range(120)]


def cycle(*levels: str) -> list[str]:
    return [levels[at % len(levels)] for at in range(120)]


def schema(name: str, **columns: list[str]) -> Schema:
    return infer(name, [profile_values(key, Counter(cells), rows=len(cells)) for key, cells in columns.items()])


def roles(found: Schema) -> dict[str, str]:
    return {field.name: field.role for field in found.fields}


def test_an_assignment_is_a_table_of_trials() -> None:
    found = schema(
        "assignment",
        customer_id=PEOPLE,
        experiment=cycle("Spring"),
        arm=cycle("control", "offer"),
        stratum=cycle("all"),
        assigned_on=cycle("2026-03-16"),
    )
    assert found.kind == "trials"
    assert roles(found) == {"customer_id": "id", "experiment": "experiment", "arm": "arm", "stratum": "constant", "assigned_on": "date"}


def test_outcomes_probability_and_exposure_of_a_trial_have_their_roles() -> None:
    found = schema(
        "ab_test",
        user_id=PEOPLE,
        variant=cycle("A", "B", "C"),
        start_date=cycle("2026-03-16", "2026-03-17"),
        propensity=cycle("0.2", "0.3", "0.5"),
        exposed=cycle("1", "0"),
        converted=cycle("1", "0", "0"),
        revenue=[f"{at * 1.5:.2f}" for at in range(120)],
    )
    assert found.kind == "trials"
    assert list(roles(found).values()) == ["id", "arm", "date", "probability", "exposed", "response", "amount"]


@pytest.mark.parametrize("name", ["treatment", "group", "holdout"])
def test_a_group_is_an_arm_only_where_the_table_is_of_trials(name: str) -> None:
    people = schema("people", customer_id=PEOPLE, **{name: cycle("a", "b", "c")}, age=[str(20 + at % 50) for at in range(120)])
    assert people.kind == "snapshot"
    assert roles(people)[name] == "attribute"


def test_a_variant_of_a_product_makes_no_trial_of_an_order() -> None:
    orders = schema(
        "orders",
        customer_id=[PEOPLE[at % 30] for at in range(120)],
        date=[f"2024-{1 + at % 12:02d}-{1 + at % 28:02d}" for at in range(120)],
        variant=cycle("red", "blue"),
        amount=[f"{at * 1.37:.2f}" for at in range(120)],
    )
    assert orders.kind == "transactions"


def test_the_test_group_of_a_customer_table_is_an_arm_and_a_flag_stays_a_contact() -> None:
    found = schema("people", customer_id=PEOPLE, test_group=cycle("control", "mail", "call"), treatment=cycle("1", "0"))
    assert roles(found)["test_group"] == "arm"
    assert roles(found)["treatment"] == "contact"


def read(**tables: dict[str, list[object]]) -> tuple[DuckEngine, Reading]:
    engine = DuckEngine()
    frames = [(name, polars.DataFrame(columns)) for name, columns in tables.items()]
    settings = parse({"tables": {"campaigns": {"kind": "campaigns"}}}) if "campaigns" in tables else parse({})
    return engine, read_dataset(engine, frames, settings, Journal(Silent()))


CUSTOMERS = {"customer_id": ["a1", "b2", "c3", "d4"], "age": [30, 40, 50, 60]}


def test_a_trial_becomes_one_table_with_its_outcomes_and_without_strangers() -> None:
    trials = {
        "customer_id": ["a1", "b2", "zz", "c3"],
        "experiment": ["E", "E", "E", "F"],
        "arm": ["control", "x", "x", "x"],
        "assigned_on": ["2026-03-16", "2026-03-16", "2026-03-16", "2026-03-17"],
        "bought": [1, 0, 1, 0],
        "spent": [9.5, 0.0, 3.0, 0.0],
    }
    engine, reading = read(customers=CUSTOMERS, trials=trials)
    with engine:
        assert [(each.name, each.kind) for each in reading.dataset.outcomes] == [("bought", "flag"), ("spent", "money")]
        assert engine.rows("SELECT customer, experiment, arm, day, bought, spent FROM trials ORDER BY customer") == [
            (0, "E", "control", 20528, 1.0, 9.5), (1, "E", "x", 20528, 0.0, 0.0), (2, "F", "x", 20529, 0.0, 0.0),
        ]  # fmt: skip
        assert any("belongs to no customer" in note.words for note in reading.notes)


def test_whoever_was_drawn_is_a_customer_where_customers_are_those_who_buy() -> None:
    lines = {
        "customer_id": ["a1", "a1", "b2", "b2"],
        "date": ["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-03"],
        "amount": [1.0, 2.0, 3.0, 4.0],
    }
    trials = {"customer_id": ["a1", "b2", "yy", "zz"], "experiment": ["E"] * 4, "arm": ["control", "x"] * 2}
    engine, reading = read(orders=lines, trials=trials)
    with engine:
        assert reading.dataset.customers == 4
        assert engine.rows("SELECT count(*) FROM trials") == [(4,)]


def test_a_trial_alone_says_who_the_customers_are() -> None:
    ids = [f"u{at}" for at in range(40)]
    engine, reading = read(ab_test={"user_id": ids, "variant": ["A", "B"] * 20, "converted": [0, 1, 1, 0] * 10})
    with engine:
        assert reading.dataset.customers == 40
        assert "trials" in reading.dataset.has
        assert reading.dataset.as_of is None


def test_the_day_of_a_lot_moves_no_as_of_day() -> None:
    lines = {
        "customer_id": ["a1", "a1", "b2", "b2"],
        "date": ["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-03"],
        "amount": [1.0, 2.0, 3.0, 4.0],
    }
    trials = {"customer_id": ["a1", "b2"], "experiment": ["E", "E"], "arm": ["control", "x"], "assigned_on": ["2026-02-01", "2026-02-01"]}
    engine, reading = read(orders=lines, trials=trials)
    with engine:
        assert str(reading.dataset.as_of) == "2026-01-03"


CONTACTS = {
    "customer_id": ["a1", "b2", "a1"],
    "campaign_id": ["k1", "k1", "k2"],
    "contact_date": ["2026-01-05", "2026-01-06", "2026-01-07"],
}


def campaigns(**more: list[object]) -> tuple[DuckEngine, Reading]:
    table = {"campaign_id": ["k1", "k2"], "name": ["Spring", "Summer"], "channel": ["mail", "e-mail"], **more}
    return read(customers=CUSTOMERS, contacts=CONTACTS, campaigns=table)


def test_campaigns_keep_name_channel_days_and_money() -> None:
    engine, _ = campaigns(
        start_date=["2026-01-05", "2026-01-05"], end_date=["2026-02-05", "2026-02-07"], cost_per_contact=[1.1, 0.05], budget=[500, 20]
    )
    with engine:
        found = engine.rows("SELECT campaign, name, channel, first, last, cost::DOUBLE, budget::DOUBLE, spent FROM campaigns")
    assert found == [("k1", "Spring", "mail", 20458, 20489, 1.1, 500.0, None), ("k2", "Summer", "e-mail", 20458, 20491, 0.05, 20.0, None)]


@pytest.mark.parametrize(
    ("column", "place"), [("total_cost", "spent"), ("cost_per_mail", "cost"), ("unit_cost", "cost"), ("spend", "spent")]
)
def test_costs_are_of_one_contact_or_of_all_by_what_the_column_says(column: str, place: str) -> None:
    engine, _ = campaigns(**{column: [400.0, 12.5]})
    with engine:
        assert engine.rows(f"SELECT {place}::DOUBLE FROM campaigns") == [(400.0,), (12.5,)]


def test_a_cost_that_does_not_say_of_what_is_not_used_and_that_is_said() -> None:
    engine, reading = campaigns(cost=[400.0, 12.5])
    with engine:
        assert engine.rows("SELECT count(cost), count(spent), count(budget) FROM campaigns") == [(0, 0, 0)]
    (note,) = [note for note in reading.notes if note.code == "unclear_cost"]
    assert "cost_per_contact or total_cost" in note.words


def test_contacts_keep_the_channel_they_name() -> None:
    # Twice the rows, so that the channel is seen to have few levels; duplicates are dropped afterwards.
    engine, _ = read(customers=CUSTOMERS, contacts={**{k: v * 2 for k, v in CONTACTS.items()}, "channel": ["mail", "mail", "phone"] * 2})
    with engine:
        assert engine.rows("SELECT channel FROM contacts ORDER BY campaign, channel") == [("mail",), ("mail",), ("phone",)]
