"""The shop's trial: drawn by lot among customers with consent, with effects that are planted and known."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.project.settings import parse
from segmentry.sources.shop import Shop, make_shop, write_shop
from segmentry.sources.shop_plan import CONTROL, KINDS, OFFERS, REACTIONS, TRIAL_DAY, TRIAL_DAYS
from segmentry.sources.shop_tables import CAMPAIGNS
from segmentry.sources.shop_trial import ARMS, expectations, offers_toml

# Of the tables before there was a trial: a further table must not move a cell of the others.
BEFORE = {
    "customers": "b1ddbe70", "transactions": "e863a0ac", "products": "5f1995b6", "events": "e1601115", "campaigns": "55727edc", "contacts": "5aa9028f",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop(customers=20_000, dirt=False)


def places(shop: Shop) -> np.ndarray:
    number = {value: place for place, value in enumerate(shop.truth.customers.tolist())}
    return np.array([number[value] for value in shop.tables["trials"]["customer_id"].tolist()])


def digest(columns: dict[str, np.ndarray]) -> str:
    text = "\n".join(",".join(row) for row in zip(*(values.tolist() for values in columns.values()), strict=True))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def test_the_trial_moves_no_cell_of_the_other_tables() -> None:
    tables = make_shop(customers=300).tables
    assert {name: digest(columns) for name, columns in tables.items() if name != "trials"} == BEFORE


def test_arms_are_equally_large_and_drawn_whatever_the_kind_of_customer(shop: Shop) -> None:
    trial, own = shop.tables["trials"], places(shop)
    counts = {arm: int((trial["arm"] == arm).sum()) for arm in ARMS}
    assert max(counts.values()) - min(counts.values()) <= 1
    for kind in range(len(KINDS)):
        inside = shop.truth.segments[own] == kind
        share = np.array([(inside & (trial["arm"] == arm)).sum() for arm in ARMS]) / inside.sum()
        assert np.abs(share - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / inside.sum())


def test_only_customers_with_consent_who_were_there_already_are_drawn(shop: Shop) -> None:
    people, own = shop.tables["customers"], places(shop)
    assert set(people["marketing_consent"][own].tolist()) == {"Y"}
    assert max(people["signup_date"][own].tolist()) < TRIAL_DAY


def test_no_campaign_reaches_anybody_in_the_window_of_the_trial() -> None:
    start = np.datetime64(TRIAL_DAY)
    days = [np.datetime64(row[2]) for row in CAMPAIGNS]
    assert not any(start <= day < start + np.timedelta64(TRIAL_DAYS, "D") for day in days)


def test_customers_do_on_average_what_is_expected_of_them(shop: Shop) -> None:
    trial, own = shop.tables["trials"], places(shop)
    bought, spent = trial["bought"].astype(float), trial["spent"].astype(float)
    for arm in ARMS:
        told = shop.truth.expected(arm)
        rows = np.flatnonzero(trial["arm"] == arm)
        chance = told.buying[own[rows]]
        z = (bought[rows].sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum())
        assert abs(z) < 4
        error = (spent[rows] - told.spend[own[rows]]).std() / np.sqrt(len(rows))
        assert abs(spent[rows].mean() - told.spend[own[rows]].mean()) < 4 * error
    assert ((spent > 0) == (bought == 1)).all()


def test_some_are_moved_some_are_not_some_are_driven_away_and_one_offer_does_nothing() -> None:
    buying, spend = expectations(np.arange(len(KINDS)))
    more = buying[:, 1:] - buying[:, :1]
    assert (more[:, 0] > 0).any()
    assert (more < 0).any()
    assert (more[:, ARMS.index("Early access") - 1] == 0).all()
    assert (spend[:, ARMS.index("Early access")] == spend[:, 0]).all()
    assert ((buying > 0) & (buying < 1)).all()
    assert len(REACTIONS) == len(KINDS)


def test_the_true_profit_of_a_plan_is_that_of_its_customers(shop: Shop) -> None:
    gains, kinds = shop.truth.gains(), shop.truth.segments
    nothing = np.full(len(kinds), -1)
    assert shop.truth.profit(nothing) == 0.0
    best = np.where(gains.max(axis=1) > 0, gains.argmax(axis=1), -1)
    everybody = [shop.truth.profit(np.full(len(kinds), place)) for place in range(len(OFFERS))]
    assert shop.truth.profit(best) == pytest.approx(np.maximum(gains, 0).max(axis=1).sum())
    assert shop.truth.profit(best) > 1.5 * max(*everybody, 0)
    bargain = int(np.flatnonzero(kinds == 1)[0])
    offer, told = OFFERS[0], REACTIONS[1]
    buying = told.buying + told.buying_more[0]
    more = buying * told.basket * told.basket_factor[0] - told.buying * told.basket
    assert gains[bargain, 0] == pytest.approx(offer.margin * more - offer.cost - offer.conversion_cost * buying)
    assert shop.truth.expected(CONTROL).buying[bargain] == told.buying
    with pytest.raises(UsageError, match="did you mean 'Voucher 10'"):
        shop.truth.expected("Voucher")


def test_the_offers_are_settings_and_stand_beside_the_tables(tmp_path: Path) -> None:
    paths = write_shop(make_shop(customers=120), tmp_path)
    text = (tmp_path / "offers.toml").read_text(encoding="utf-8")
    assert text == offers_toml()
    offers = parse(tomllib.loads(text)).offers
    assert [(offer.name, offer.channel, offer.cost, offer.margin) for offer in offers] == [
        (each.name, each.channel, each.cost, each.margin) for each in OFFERS
    ]
    assert "offers.toml" not in [path.name for path in paths]
    header, *rows = (tmp_path / "truth" / "truth_offers.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("customer_id,control: chance to buy,control: expected spend,Free delivery: chance to buy")
    assert len(rows) == 120
