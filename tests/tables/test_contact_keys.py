"""E-mail addresses and phone numbers are the customer's id only where a log has no other key."""

from __future__ import annotations

import pytest

from segmentry.tables.profile import ColumnProfile, profile_values
from segmentry.tables.roles import infer, relate
from segmentry.tables.schema import Schema

DAYS = {f"2024-01-{day:02}": 8 for day in range(1, 29)}
AMOUNTS = {f"{place}.50": 1 for place in range(1, 225)}
MAILS = {f"p{place}@example.com": 8 for place in range(28)}
PHONES = {f"+44 20 7946 {place:04}": 8 for place in range(28)}


def column(name: str, values: dict[str, int]) -> ColumnProfile:
    return profile_values(name, values)


def sales(**more: dict[str, int]) -> Schema:
    """Return the schema of a table of sales with more columns."""
    return infer(
        "orders", [*(column(name, values) for name, values in more.items()), column("order_date", DAYS), column("amount", AMOUNTS)]
    )


def role(schema: Schema, name: str) -> str:
    return next(field.role for field in schema.fields if field.name == name)


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [("E-mail", MAILS, "e-mail addresses"), ("who", MAILS, "e-mail addresses"), ("Phone", PHONES, "phone numbers")],
)
def test_a_log_without_another_key_is_keyed_by_its_addresses(name: str, values: dict[str, int], what: str) -> None:
    found = sales(**{name: values})
    assert (found.kind, role(found, name)) == ("transactions", "id")
    key = found.field("id")
    assert key is not None
    assert key.reason == f"{what}; no other column says who the customer is"
    assert not key.declared


def test_an_e_mail_goes_before_a_phone() -> None:
    found = sales(phone=PHONES, mail=MAILS)
    assert (role(found, "mail"), role(found, "phone")) == ("id", "identifier")


def test_a_customer_number_goes_before_any_address() -> None:
    found = sales(customer_id={f"C{place}": 8 for place in range(28)}, mail=MAILS)
    assert (role(found, "customer_id"), role(found, "mail")) == ("id", "identifier")


def test_of_two_columns_of_addresses_none_is_guessed() -> None:
    found = sales(billing_mail=MAILS, shipping_mail={f"q{place}@example.com": 8 for place in range(28)})
    assert (found.kind, found.field("id")) == ("unknown", None)


def test_addresses_that_hardly_repeat_or_are_mostly_missing_are_no_key() -> None:
    once = {f"p{place}@example.com": 1 for place in range(224)}
    assert sales(mail=once).field("id") is None
    few = profile_values("mail", {f"p{place}@example.com": 8 for place in range(10)}, rows=224, missing=144)
    assert infer("orders", [few, column("order_date", DAYS), column("amount", AMOUNTS)]).field("id") is None


def test_a_list_of_customers_keeps_its_rows_as_customers() -> None:
    people = infer("people", [column("mail", {f"p{place}@example.com": 1 for place in range(50)}), column("age", {"31": 25, "44": 25})])
    assert (people.kind, people.field("id")) == ("snapshot", None)


def test_customers_follow_a_log_that_knows_them_by_address_alone() -> None:
    once = dict.fromkeys(MAILS, 1)
    numbered = infer(
        "people", [column("customer_id", {f"C{place}": 1 for place in range(28)}), column("mail", once), column("age", {"31": 28})]
    )
    bare = infer("people", [column("mail", once), column("age", {"31": 14, "44": 14})])
    for people in (numbered, bare):
        _, related = relate([sales(mail=MAILS), people])
        assert (related.kind, role(related, "mail")) == ("customers", "id")
