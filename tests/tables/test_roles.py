"""Roles by name and content, kinds of tables, and what several tables mean together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import SettingsError
from segmentry.sources.files import read_files
from segmentry.sources.raw import ReadOptions
from segmentry.sources.shop import CANARIES, make_shop
from segmentry.tables.profile import ColumnProfile, profile, profile_values
from segmentry.tables.roles import infer, relate
from segmentry.tables.schema import Schema

Real = Callable[[str], Path]
PEOPLE = [f"C{at:04d}" for at in range(120)]
FIRST = ["Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Ida", "Jo", "Kai", "Lea", "Max"]
NAMES = [f"{FIRST[at % 12]} {FIRST[at // 12]}sen" for at in range(120)]
DAYS = [f"2024-{1 + at % 12:02d}-{1 + at % 28:02d}" for at in range(120)]
MONEY = [f"{at * 1.37:.2f}" for at in range(120)]
FLAG = ["1" if at % 3 else "0" for at in range(120)]
AGAIN = [PEOPLE[at % 30] for at in range(120)]


def cycle(*levels: str) -> list[str]:
    """Return 120 cells that go round the levels."""
    return [levels[at % len(levels)] for at in range(120)]


def columns_of(table: Mapping[str, Sequence[str]]) -> list[ColumnProfile]:
    """Return the profiles of columns given as cells; an empty cell is missing."""
    return [profile_values(name, Counter(cell for cell in cells if cell), rows=len(cells)) for name, cells in table.items()]


def roles_of(schema: Schema) -> dict[str, str]:
    """Return the roles by column."""
    return {field.name: field.role for field in schema.fields}


def role(column: str, cells: Sequence[str], *, table: str = "people") -> tuple[str, str]:
    """Return the role and kind of one column beside a customer id."""
    field = infer(table, columns_of({"customer_id": PEOPLE, column: cells})).fields[1]
    return field.role, field.kind


def read_schemas(*paths: Path) -> dict[str, Schema]:
    """Return the related schemas of real files, by table name."""
    with DuckEngine() as engine:
        raws = read_files(engine, list(paths))
        return {schema.table: schema for schema in relate([infer(raw.name, profile(engine, raw)) for raw in raws])}


@pytest.mark.parametrize(
    ("column", "cells", "expected"),
    [
        ("Geburtsjahr", cycle("1961", "1975", "1980"), ("birth_year", "number")),
        ("date_of_birth", DAYS, ("birth_date", "date")),
        ("Alter", [str(18 + at % 60) for at in range(120)], ("age", "number")),
        ("age_group", cycle("18-24", "25-34", "65+"), ("age", "category")),
        ("revenu", [str(20000 + at * 7) for at in range(120)], ("income", "money")),
        ("income_band", cycle("Under 15K", "15-24K", "250K+"), ("income", "category")),
        ("num_children", cycle("0", "1", "2"), ("children", "number")),
        ("kids", cycle("0", "1", "2", "3+"), ("children", "category")),
        ("MntShoes", MONEY, ("spend", "money")),
        ("umsatz", MONEY, ("spend", "money")),
        ("NbWebOrders", cycle("0", "4", "7"), ("purchases", "number")),
        ("days_since_last_purchase", [str(at) for at in range(120)], ("recency", "number")),
        ("web_visits", cycle("0", "4", "7"), ("visits", "number")),
        ("fecha_alta", DAYS, ("joined", "date")),
        ("member since", DAYS, ("joined", "date")),
        ("newsletter", cycle("ja", "nein"), ("consent", "flag")),
        ("NPS", cycle("0", "7", "10"), ("satisfaction", "number")),
        ("Churn", cycle("Yes", "No"), ("target", "flag")),
        ("AcceptedCmp2", FLAG, ("response", "flag")),
        ("treatment", cycle("1.0", "0.0"), ("contact", "flag")),
        ("Land", cycle("DE", "FR", "UK"), ("place", "category")),
        ("zip_code", [f"{10000 + at * 31}" for at in range(120)], ("identifier", "text")),
        ("zip_code", cycle("Urban", "Rural"), ("place", "category")),
        ("preferred channel", cycle("web", "store", "mail"), ("channel", "category")),
        ("cluster_code", cycle("1", "2", "3"), ("attribute", "category")),
        ("Complain", FLAG, ("flag", "flag")),
        ("SeniorCitizen", FLAG, ("flag", "flag")),
        ("N_LOANS", cycle("0", "1", "0", "1", "0", "1", "0", "2"), ("number", "number")),
        ("Spending Score (1-100)", [str(at % 99) for at in range(120)], ("number", "number")),
        ("comment", [f"It took {at} days until it came and then the box was broken." for at in range(120)], ("text", "text")),
        ("Vorname", cycle("Anna", "Uwe", "Ida"), ("identifier", "text")),
        ("handle", [f"{name.replace(' ', '.').lower()}@example.com" for name in NAMES], ("identifier", "text")),
        ("whoever", NAMES, ("identifier", "text")),
        ("mobile", [f"+49 170 {1000000 + at}" for at in range(120)], ("identifier", "text")),
        ("PhoneService", cycle("Yes", "No"), ("flag", "flag")),
        ("scheme", cycle("A"), ("constant", "category")),
        ("Z_Revenue", cycle("11"), ("constant", "number")),
        ("nothing", cycle(""), ("ignore", "text")),
        ("Unnamed: 0", [str(at) for at in range(120)], ("ignore", "number")),
        ("referrer_id", [f"R{at}" for at in range(120)], ("ignore", "id")),
        ("tariff", [f"{at % 40:05d}" for at in range(120)], ("attribute", "category")),
        ("last_purchase_date", DAYS, ("attribute", "date")),
    ],
)
def test_a_column_of_a_customer_table_gets_its_role(column: str, cells: list[str], expected: tuple[str, str]) -> None:
    assert role(column, cells) == expected


@pytest.mark.parametrize(
    ("column", "cells", "named", "got"),
    [
        ("signup date", cycle("gold", "silver", "tin"), "day the customer joined", "attribute"),
        ("total amount", cycle("low", "middle", "high"), "spend", "attribute"),
        ("Recency", cycle("new", "old"), "last purchase", "attribute"),
        ("newsletter", cycle("weekly", "daily", "monthly"), "consent", "attribute"),
        ("birth year", cycle("3", "14", "15"), "year of birth", "number"),
    ],
)
def test_a_name_that_its_content_contradicts_does_not_decide_and_is_said(column: str, cells: list[str], named: str, got: str) -> None:
    field = infer("people", columns_of({"customer_id": PEOPLE, column: cells})).fields[1]
    assert field.role == got
    assert "but its content is not" in field.reason
    assert named in field.reason


def test_a_date_full_of_names_and_an_amount_full_of_text_are_neither() -> None:
    schema = infer("sales", columns_of({"customer": AGAIN, "when": DAYS, "date": NAMES, "amount": cycle("a little", "a lot")}))
    assert roles_of(schema) == {"customer": "id", "when": "date", "date": "identifier", "amount": "attribute"}
    assert "named like an amount, but its content is not" in schema.fields[3].reason


@pytest.mark.parametrize("ids", [("C1", "C2", "C3", "C4"), ("Ann", "Bo", "Cy", "Di")])
def test_a_tiny_log_has_a_customer_when_its_values_are_codes(ids: tuple[str, ...]) -> None:
    schema = infer("log", columns_of({"customer": cycle(*ids)[:12], "date": DAYS[:12], "amount": MONEY[:12]}))
    assert (schema.kind == "transactions") == (ids[0] == "C1")


def test_a_line_table_with_a_gap_in_every_fourth_id_is_transactions() -> None:
    table = {
        "Bestellnummer": [f"B{at // 2}" for at in range(120)],
        "Artikelnummer": [f"A{at % 40}" for at in range(120)],
        "Menge": cycle("1", "2", "12"),
        "Einzelpreis": [money.replace(".", ",") for money in MONEY],
        "Bestelldatum": DAYS,
        "Kundennummer": ["" if at % 4 == 0 else AGAIN[at] for at in range(120)],
        "Land": cycle("DE", "AT"),
    }
    schema = infer("export", columns_of(table))
    assert schema.kind == "transactions"
    assert list(roles_of(schema).values()) == ["order_id", "product", "quantity", "unit_price", "date", "id", "place"]
    assert "30 missing" in schema.fields[5].reason


def test_a_plain_id_beside_a_customer_is_the_line() -> None:
    schema = infer("purchases", columns_of({"id": [str(at) for at in range(120)], "user": AGAIN, "created_at": DAYS, "total": MONEY}))
    assert schema.kind == "transactions"
    assert list(roles_of(schema).values()) == ["line_id", "id", "date", "amount"]


def test_of_two_equal_customer_ids_the_fuller_one_is_taken_and_both_are_named() -> None:
    table = {"client_id": ["" if at < 9 else f"K{at}" for at in range(120)], "customer_id": PEOPLE}
    client, customer = infer("people", columns_of(table)).fields
    assert (client.role, customer.role) == ("ignore", "id")
    assert "'client_id' could be it just as well" in customer.reason
    assert "'customer_id'" in client.reason


def test_several_discounts_stay_and_the_week_is_left_to_the_date() -> None:
    table = {
        "customer_id": AGAIN,
        "date": DAYS,
        "sales_value": MONEY,
        "retail_disc": MONEY,
        "coupon_disc": MONEY,
        "week": cycle("1", "2", "3"),
    }
    assert list(roles_of(infer("t", columns_of(table))).values()) == ["id", "date", "amount", "discount", "discount", "ignore"]


def test_the_day_of_purchase_comes_before_days_of_delivery() -> None:
    later = [day.replace("2024", "2025") for day in DAYS]
    table = {"customer_id": AGAIN, "order_delivered_date": later, "order_purchase_timestamp": DAYS, "payment_value": MONEY}
    assert list(roles_of(infer("orders", columns_of(table))).values()) == ["id", "attribute", "date", "amount"]


def test_the_coarse_one_of_several_category_columns_is_the_category() -> None:
    table = {
        "sku": PEOPLE,
        "name": NAMES,
        "product_category": [f"c{at % 55}" for at in range(120)],
        "department": cycle("food", "toys", "garden"),
        "brand": cycle("own", "other"),
    }
    schema = infer("products", columns_of(table))
    assert schema.kind == "products"
    assert list(roles_of(schema).values()) == ["product", "product_name", "attribute", "category", "attribute"]


def test_names_in_a_table_of_campaigns_are_the_campaigns() -> None:
    table = {"id": PEOPLE, "name": NAMES, "start_date": DAYS, "cost_per_contact": MONEY}
    schema = infer("campaigns", columns_of(table))
    assert (schema.kind, list(roles_of(schema).values())) == ("campaigns", ["campaign", "attribute", "date", "number"])


def test_a_customer_table_named_like_campaigns_is_a_snapshot() -> None:
    assert infer("marketing_campaign", columns_of({"ID": PEOPLE, "Year_Birth": cycle("1961", "1970"), "Response": FLAG})).kind == "snapshot"


def test_without_an_id_rows_are_customers_but_sales_are_unknown() -> None:
    people = infer("people", columns_of({"age": [str(18 + at % 60) for at in range(120)], "income": MONEY}))
    sales = infer("sales", columns_of({"invoice_no": PEOPLE, "date": DAYS, "amount": MONEY}))
    assert (people.kind, people.field("id")) == ("snapshot", None)
    assert "every row is taken as one customer" in people.reason
    assert sales.kind == "unknown"
    assert "no column says who the customer is" in sales.reason


def test_overrides_win_in_any_case_and_are_declared() -> None:
    columns = columns_of({"Nr": PEOPLE, "Wert": MONEY, "Stufe": cycle("1", "2")})
    schema = infer("people", columns, {"NR": "id", "wert": "income", "Stufe": "attribute"})
    assert [(field.role, field.kind, field.declared) for field in schema.fields] == [
        ("id", "id", True),
        ("income", "money", True),
        ("attribute", "number", True),
    ]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"incme": "income"}, "did you mean 'income'"),
        ({"income": "incom"}, "did you mean 'income'"),
        ({"income": "id", "customer_id": "id"}, "both set to id"),
    ],
)
def test_an_unknown_column_or_role_is_refused_with_the_nearest(overrides: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        infer("people", columns_of({"customer_id": PEOPLE, "income": MONEY}), overrides)


def test_a_declared_kind_settles_which_roles_count() -> None:
    columns = columns_of({"ref": PEOPLE, "label": NAMES})
    assert infer("x", columns, kind="products").fields[1].role == "product_name"
    with pytest.raises(SettingsError, match="did you mean 'products'"):
        infer("x", columns, kind="product")


def test_tables_of_a_run_find_their_places() -> None:
    lines = infer("orders", columns_of({"customer_id": AGAIN, "order_date": DAYS, "amount": MONEY}))
    people = infer("people", columns_of({"CustomerID": PEOPLE, "age": cycle("30", "41")}))
    logins = infer("apps", columns_of({"customer_id": AGAIN, "date": DAYS}))
    strange = infer("stores", columns_of({"size": MONEY, "wing": cycle("a", "b")}))
    assert [schema.kind for schema in relate([lines, people, logins, strange])] == ["transactions", "customers", "events", "unknown"]
    assert [schema.kind for schema in relate([people])] == ["snapshot"]
    assert "cannot be joined" in relate([lines, strange])[1].reason


def test_products_alone_are_of_no_use_and_say_so() -> None:
    products = infer("products", columns_of({"product_id": PEOPLE, "category": cycle("a", "b")}))
    (alone,) = relate([products])
    assert alone.kind == "unknown"
    assert "add the transactions" in alone.reason


def test_the_key_other_tables_share_is_the_key_here_too() -> None:
    lines = infer("orders", columns_of({"master_id": AGAIN, "date": DAYS, "amount": MONEY}), {"master_id": "id"})
    more = infer("visits", columns_of({"master_id": AGAIN, "date": DAYS}), {"master_id": "id"})
    people = infer("people", columns_of({"customer_id": PEOPLE, "master_id": PEOPLE[::-1], "age": cycle("30", "41")}))
    related = relate([lines, more, people])[2]
    assert roles_of(related) == {"customer_id": "ignore", "master_id": "id", "age": "age"}
    assert "other tables of this run" in related.fields[1].reason


def test_the_shop_is_understood_and_no_reason_holds_a_value() -> None:
    shop = make_shop(customers=300)
    related = relate(
        [infer(name, columns_of({key: [*map(str, cells)] for key, cells in table.items()})) for name, table in shop.tables.items()]
    )
    kinds = {schema.table: schema.kind for schema in related}
    assert kinds == {name: name for name in shop.tables}
    people = {**roles_of(related[0])}
    assert people["name"] == people["email"] == people["phone"] == "identifier"
    assert people["marketing_consent"] == "consent"
    assert list(roles_of(related[1]).values()) == ["order_id", "date", "id", "product", "quantity", "unit_price", "discount", "channel"]
    assert list(roles_of(related[2]).values()) == ["product", "product_name", "category", "attribute", "unit_price"]
    assert list(roles_of(related[5]).values()) == ["campaign", "id", "date", "response"]
    said = " ".join(field.reason for schema in related for field in schema.fields)
    assert not [canary for canary in CANARIES if canary in said]


@pytest.mark.realdata
@pytest.mark.parametrize("dialect", ["marketing_campaign", "comma_bom_mdy", "semicolon_bom_crlf_isodate", "semicolon_crlf_dmy_slash"])
def test_customer_personality_in_every_dialect(realdata: Real, dialect: str) -> None:
    (schema,) = read_schemas(realdata(f"customer-personality/{dialect}.csv")).values()
    roles = roles_of(schema)
    single = {
        "ID": "id", "Year_Birth": "birth_year", "Education": "attribute", "Marital_Status": "attribute", "Income": "income", "Kidhome": "children",
        "Teenhome": "children", "Dt_Customer": "joined", "Recency": "recency", "NumWebVisitsMonth": "visits", "Complain": "flag",
        "Z_CostContact": "constant", "Z_Revenue": "constant", "Response": "target",
    }  # fmt: skip
    assert schema.kind == "snapshot"
    assert {name: roles[name] for name in single} == single
    assert {roles[name] for name in roles if name.startswith("Mnt")} == {"spend"}
    assert {roles[name] for name in roles if name.endswith("Purchases")} == {"purchases"}
    assert {roles[name] for name in roles if name.startswith("Accepted")} == {"response"}


@pytest.mark.realdata
def test_mall_customers(realdata: Real) -> None:
    (schema,) = read_schemas(realdata("mall-customers/Mall_Customers.csv")).values()
    assert [(field.role, field.kind) for field in schema.fields] == [
        ("id", "id"), ("attribute", "category"), ("age", "number"), ("income", "money"), ("number", "number"),
    ]  # fmt: skip


@pytest.mark.realdata
def test_online_retail(realdata: Real) -> None:
    (schema,) = read_schemas(realdata("online-retail/online_retail.csv.gz")).values()
    assert schema.kind == "transactions"
    assert list(roles_of(schema).values()) == ["order_id", "product", "product_name", "quantity", "date", "unit_price", "id", "place"]
    assert schema.fields[6].reason == "named like a customer id; 4,372 different values in 541,909 rows, 135,080 missing"


@pytest.mark.realdata
def test_complete_journey(realdata: Real) -> None:
    names = ["transactions_sample", "demographics", "products", "campaigns", "campaign_descriptions", "coupon_redemptions"]
    schemas = read_schemas(*(realdata(f"complete-journey/{name}.csv.gz") for name in names))
    assert [schemas[name].kind for name in names] == ["transactions", "customers", "products", "contacts", "campaigns", "events"]
    assert list(roles_of(schemas["transactions_sample"]).values()) == [
        "id", "place", "order_id", "product", "quantity", "amount", "discount", "discount", "discount", "ignore", "date",
    ]  # fmt: skip
    assert list(roles_of(schemas["demographics"]).values()) == [
        "id", "age", "income", "attribute", "attribute", "attribute", "attribute", "children",
    ]  # fmt: skip
    assert {field.kind for field in schemas["demographics"].fields[1:]} == {"category"}
    assert list(roles_of(schemas["products"]).values()) == ["product", "ignore", "category", *["attribute"] * 4]
    assert list(roles_of(schemas["campaigns"]).values()) == ["campaign", "id"]


@pytest.mark.realdata
def test_starbucks_and_insurance(realdata: Real) -> None:
    (coffee,) = read_schemas(realdata("starbucks-promo/training.csv")).values()
    assert list(roles_of(coffee).values()) == ["id", "contact", "target", *["number"] * 7]
    (mail,) = read_schemas(realdata("insurance-mail/train.csv.gz")).values()
    roles = Counter(roles_of(mail).values())
    assert roles == {"id": 1, "contact": 1, "target": 1, "age": 1, "flag": 10, "number": 56}


@pytest.mark.realdata
def test_cdnow_takes_the_customer_id_beside_the_master_id(realdata: Real) -> None:
    path = realdata("cdnow/CDNOW_sample.txt")
    names = ("master_id", "customer_id", "date", "quantity", "amount")
    options = {"CDNOW_sample": ReadOptions(delimiter="whitespace", header=False, columns=names)}
    with DuckEngine() as engine:
        (raw,) = read_files(engine, [path], options=options)
        schema = infer(raw.name, profile(engine, raw))
    assert schema.kind == "transactions"
    assert list(roles_of(schema).values()) == ["ignore", "id", "date", "quantity", "amount"]
