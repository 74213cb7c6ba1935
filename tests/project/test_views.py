"""Side views of the synthetic shop and of real data: what the data can feed is there, and says so in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import UsageError
from segmentry.features.compute import FeatureTable
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import Settings, parse
from segmentry.project.solving import driving
from segmentry.project.views import _worth, views
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.sideview import SideView
from segmentry.sources.shop import make_shop, write_shop
from segmentry.tables.dataset import Dataset

Solved = tuple[FeatureTable, Dataset, Segmentation]


def solved(*files: Path) -> Solved:
    journal = Journal(Silent())
    with DuckEngine() as engine:
        dataset = read_dataset(engine, files, Settings(), journal).dataset
        table = measure(engine, dataset, Settings(), journal)
    revenue = table.matrix.column(table.revenue) if table.revenue else None
    fit = Segmentation(features=driving(table.matrix, dataset, Settings()), seed=7, starts=2)
    return table, dataset, fit.fit(table.matrix, revenue, set_aside=table.set_aside)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Solved:
    return solved(*write_shop(make_shop(customers=600, seed=3), tmp_path_factory.mktemp("shop")))


def by_name(found: tuple[SideView, ...]) -> dict[str, SideView]:
    return {view.name: view for view in found}


def test_the_shop_has_rfm_products_seasons_and_places(shop: Solved) -> None:
    found = views(*shop, Settings())
    assert [view.name for view in found] == ["rfm", "products", "seasons", "places"]
    assert [view.column for view in found] == ["rfm_segment", "product_segment", "season", "place"]
    assert all(view.title and view.words and view.words[0].endswith(".") for view in found)


def test_every_customer_has_a_label_and_rows_add_up(shop: Solved) -> None:
    table = shop[0]
    for view in views(*shop, Settings()):
        if view.labels is None:
            assert view.rows == ()
            continue
        assert view.labels.shape == (len(table.matrix),)
        known = {row.name: row.customers for row in view.rows}
        names, counts = np.unique(view.labels.astype(str), return_counts=True)
        assert all(known[name] in (None, count) for name, count in zip(names.tolist(), counts.tolist(), strict=True))


def test_the_planted_product_types_are_found_again(shop: Solved) -> None:
    products = by_name(views(*shop, Settings()))["products"]
    assert products.agreement is not None
    assert products.agreement > 0.4
    assert any(row.name.startswith("Mostly ") for row in products.rows)


def test_customers_without_a_purchase_are_not_scored(shop: Solved) -> None:
    rfm = by_name(views(*shop, Settings()))["rfm"]
    assert rfm.labels is not None
    assert set(rfm.labels[shop[0].set_aside]) <= {"Not scored"}
    assert rfm.grid is not None


def test_figures_are_plain_json_without_ids(shop: Solved) -> None:
    told = json.dumps([view.figures() for view in views(*shop, Settings())], allow_nan=False)
    assert not any(identifier in told for identifier in shop[0].matrix.ids[:50] if len(identifier) > 5)


def test_declared_rules_are_a_view(shop: Solved) -> None:
    settings = parse({"rules": [{"name": "VIP", "when": ["monetary >= 500"]}, {"name": "Everyone else"}]})
    rules = by_name(views(*shop, settings))["rules"]
    assert [row.name for row in rules.rows] == ["VIP", "Everyone else"]
    spent = shop[0].matrix.column("monetary")
    assert rules.labels is not None
    assert np.array_equal(rules.labels == "VIP", np.nan_to_num(spent) >= 500)


def test_rules_with_a_hole_are_refused(shop: Solved) -> None:
    with pytest.raises(UsageError, match="fall in no segment"):
        views(*shop, parse({"rules": [{"name": "VIP", "when": ["monetary >= 500"]}]}))


def test_two_levels_are_there_on_request(shop: Solved) -> None:
    levels = by_name(views(*shop, parse({"segments": {"levels": 2}})))["levels"]
    assert "segments" in levels.words[0]
    assert len(levels.words) == 1 + len(shop[2].ids_)


def test_with_the_amounts_at_hand_product_types_are_found_too(tmp_path: Path) -> None:
    journal = Journal(Silent())
    with DuckEngine() as engine:
        dataset = read_dataset(engine, write_shop(make_shop(customers=600, seed=3), tmp_path), Settings(), journal).dataset
        table = measure(engine, dataset, Settings(), journal)
        worth = _worth(engine, table)
        purchases = table.matrix.column("frequency")
        fit = Segmentation(features=("recency", "monetary"), seed=7, starts=2).fit(table.matrix, set_aside=table.set_aside)
        products = by_name(views(table, dataset, fit, Settings(), engine=engine))["products"]
    single = purchases == 1
    assert (worth[single] >= 1).all()
    assert np.median(worth[purchases > 5] / purchases[purchases > 5]) < 1
    assert any(row.name.startswith("Mostly ") for row in products.rows)


@pytest.mark.realdata
def test_customer_personality_has_rfm_and_product_types(realdata: Callable[[str], Path]) -> None:
    found = by_name(views(*solved(realdata("customer-personality/marketing_campaign.csv")), Settings()))
    assert list(found) == ["rfm", "products"]
    assert found["products"].rows[0].name == "Mostly wines"


@pytest.mark.realdata
def test_data_without_purchases_has_no_side_views(realdata: Callable[[str], Path]) -> None:
    assert views(*solved(realdata("mall-customers/Mall_Customers.csv")), Settings()) == ()
