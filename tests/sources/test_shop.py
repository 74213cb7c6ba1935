"""The synthetic shop holds what its truth says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.sources.shop import CANARIES, Shop, make_shop, write_shop
from segmentry.sources.shop_dirt import FILLERS, FORMULA, IMPOSSIBLE_BIRTHS, NONSENSE, SCRIPT, ZERO_WIDTH


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def clean() -> Shop:
    return make_shop(dirt=False)


def planted(shop: Shop) -> dict[str, int]:
    return {dirt.rule: dirt.count for dirt in shop.truth.dirt}


def test_same_seed_gives_the_same_shop_and_another_seed_another(shop: Shop) -> None:
    again, other = make_shop(), make_shop(seed=8)
    for name, columns in shop.tables.items():
        for column, values in columns.items():
            assert (values == again.tables[name][column]).all(), (name, column)
    assert shop.truth.dirt == again.truth.dirt
    assert (shop.truth.segments != other.truth.segments).any()


def test_every_cell_is_text_and_columns_of_a_table_are_equally_long(shop: Shop) -> None:
    for name, columns in shop.tables.items():
        assert len({len(values) for values in columns.values()}) == 1, name
        for values in columns.values():
            assert {type(value) for value in values.tolist()} == {str}, name


def test_dirt_of_transactions_is_there_in_the_amount_planted(shop: Shop) -> None:
    lines, counts = shop.tables["transactions"], planted(shop)
    rows = list(zip(*(values.tolist() for values in lines.values()), strict=True))
    found = {
        "missing_customer": sum(value == "" for value in lines["customer_id"]),
        "padded_ids": sum(value.endswith((" ", ZERO_WIDTH)) for value in lines["customer_id"]),
        "unparsable_dates": sum(value == "2025-13-45" for value in lines["order_date"]),
        "future_dates": sum(value > "2027" for value in lines["order_date"]),
        "not_finite": sum(value == "inf" for value in lines["unit_price"]),
        "absurd_amounts": sum(value == "1e15" for value in lines["unit_price"]),
        "exact_duplicates": len(rows) - len(set(rows)),
        "returns": sum(value.startswith("-") for value in lines["quantity"]),
        "postage": sum(value == "POST" for value in lines["product_id"]),
    }
    assert found == {rule: counts[rule] for rule in found}
    assert min(found.values()) >= 2
    bad = found["unparsable_dates"] + found["future_dates"] + found["not_finite"] + found["absurd_amounts"]
    assert bad / len(rows) < 0.05


def test_dirt_of_customers_is_there_in_the_amount_planted(shop: Shop) -> None:
    people, counts = shop.tables["customers"], planted(shop)
    apart = list(zip(*(values.tolist() for name, values in people.items() if name != "customer_id"), strict=True))
    found = {
        "duplicates_apart_from_id": len(apart) - len(set(apart)),
        "impossible_births": sum(value in IMPOSSIBLE_BIRTHS for value in people["birth_date"]),
        "sentinel_incomes": sum(value in FILLERS for value in people["income"]),
        "rare_categories": sum(value in NONSENSE for value in people["gender"]),
        "script_names": sum(value == SCRIPT for value in people["name"]),
        "formula_names": sum(value == FORMULA for value in people["name"]),
        "missing_values": sum(value == "" for value in people["income"]),
        "constant_columns": sum(len(set(values.tolist())) == 1 for values in people.values()),
    }
    assert found == {rule: counts[rule] for rule in found}
    assert len(set(people["customer_id"])) == len(people["customer_id"])


def test_every_planted_kind_of_dirt_is_checked_here(shop: Shop) -> None:
    assert len(planted(shop)) == len(shop.truth.dirt) == 17


def test_clean_shop_has_no_duplicates_no_blank_ids_and_no_day_after_the_as_of_date(clean: Shop) -> None:
    lines = clean.tables["transactions"]
    rows = list(zip(*(values.tolist() for values in lines.values()), strict=True))
    assert len(set(rows)) == len(rows)
    assert "" not in lines["customer_id"].tolist()
    assert max(lines["order_date"]) == clean.truth.as_of
    assert clean.truth.dirt == ()


def test_every_return_follows_a_purchase_of_the_same_product_quantity_and_price(shop: Shop) -> None:
    lines = shop.tables["transactions"]
    names = ("order_id", "customer_id", "product_id", "quantity", "unit_price", "order_date")
    rows = list(zip(*(lines[name].tolist() for name in names), strict=True))
    bought = {row[:5]: row[5] for row in rows if row[0].startswith("O")}
    returned = [row for row in rows if row[0].startswith("R")]
    assert returned
    for order, customer, product, quantity, price, day in returned:
        assert bought[order[1:], customer, product, quantity[1:], price] <= day


def test_ids_join_across_tables(clean: Shop) -> None:
    tables = clean.tables
    people = set(tables["customers"]["customer_id"])
    for name in ("transactions", "events", "contacts"):
        assert set(tables[name]["customer_id"]) <= people
    assert set(tables["transactions"]["product_id"]) <= set(tables["products"]["product_id"])
    assert set(tables["contacts"]["campaign_id"]) == set(tables["campaigns"]["campaign_id"])


def test_nobody_without_consent_is_contacted(shop: Shop) -> None:
    people = shop.tables["customers"]
    refused = set(people["customer_id"][people["marketing_consent"] == "N"])
    assert refused
    # Duplicated people carry the consent of their original; they are the only ones that may differ.
    assert len(refused & set(shop.tables["contacts"]["customer_id"])) <= planted(shop)["duplicates_apart_from_id"]


def test_identifiers_are_recognisably_made_up(clean: Shop) -> None:
    people = clean.tables["customers"]
    for column in ("name", "email", "phone"):
        assert all(any(canary in value for canary in CANARIES) for value in people[column])


def features_of(shop: Shop) -> np.ndarray:
    """Log recency, frequency and money, share of reduced lines, shares by channel and category."""
    lines = shop.tables["transactions"]
    number = {value: place for place, value in enumerate(shop.truth.customers.tolist())}
    owner = np.array([number[value] for value in lines["customer_id"].tolist()])
    count = len(number)
    total = np.bincount(owner, minlength=count)

    def share(mask: np.ndarray) -> np.ndarray:
        return np.bincount(owner, weights=mask, minlength=count) / total

    day = lines["order_date"].astype("datetime64[D]").astype(int)
    last = np.full(count, -1)
    np.maximum.at(last, owner, day)
    orders = np.bincount(np.unique(np.stack([owner, day]), axis=1)[0], minlength=count)
    money = np.bincount(owner, weights=lines["quantity"].astype(float) * lines["unit_price"].astype(float), minlength=count)
    products = shop.tables["products"]
    category = np.array(
        [dict(zip(products["product_id"], products["category"], strict=True))[value] for value in lines["product_id"].tolist()]
    )
    shares = [share(lines["discount"] != "0.00")]
    shares += [share(lines["channel"] == level) for level in ("web", "store", "catalogue")]
    shares += [share(category == level) for level in np.unique(category)]
    return np.column_stack([np.log1p(last.max() - last), np.log1p(orders), np.log1p(money), *shares])


def test_kmeans_on_simple_features_recovers_the_planted_segments(clean: Shop) -> None:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from sklearn.preprocessing import StandardScaler

    points = StandardScaler().fit_transform(features_of(clean))
    found = KMeans(5, n_init=5, random_state=1).fit_predict(points)
    assert 0.8 < adjusted_rand_score(clean.truth.segments, found) < 1.0


def test_segments_have_their_planned_sizes(shop: Shop) -> None:
    assert np.bincount(shop.truth.segments).tolist() == [450, 660, 600, 690, 600]


def test_written_files_hold_the_tables_and_the_truth_stands_apart(tmp_path: Path) -> None:
    shop = make_shop(customers=120)
    paths = write_shop(shop, tmp_path)
    assert [path.name for path in paths] == [f"{name}.csv" for name in shop.tables]
    for path, columns in zip(paths, shop.tables.values(), strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == list(columns)
        assert [tuple(row) for row in rows] == list(zip(*(values.tolist() for values in columns.values()), strict=True))
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert {dirt["rule"]: dirt["count"] for dirt in truth["dirt"]} == planted(shop)
    assert len((tmp_path / "truth" / "truth_segments.csv").read_text().splitlines()) == 121
    assert not any("truth" in path.parts for path in paths)


@pytest.mark.parametrize("customers", [0, 49, 10_000_000])
def test_number_of_customers_out_of_range_is_refused_with_the_range(customers: int) -> None:
    with pytest.raises(UsageError, match=rf"customers is {customers}; allowed is 50 to 9000000"):
        make_shop(customers=customers)
