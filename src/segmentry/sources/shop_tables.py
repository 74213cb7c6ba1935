"""The clean tables of the synthetic shop, made column by column from the plan.

Every column is text, as a file holds it; equal texts are one object, so that seven million lines fit into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.sources.shop_plan import CATEGORIES, CHANNELS, EVENT_TYPES, FIRST_DAY, KINDS, LAST_DAY, LIST_PRICES

Text = NDArray[np.object_]
Whole = NDArray[np.int64]
Columns = dict[str, Text]
FIRST = int(np.datetime64(FIRST_DAY).astype(np.int64))
LAST = int(np.datetime64(LAST_DAY).astype(np.int64))
PER_CATEGORY = 40
FIRST_NAMES = (
    "Alda",
    "Bram",
    "Cleo",
    "Dario",
    "Edda",
    "Fynn",
    "Gwen",
    "Hugo",
    "Ines",
    "Joris",
    "Kaia",
    "Linus",
    "Mira",
    "Noel",
    "Orla",
    "Pelle",
)
SURNAMES = ("Mockwell", "Fauxley", "Samplewood", "Placeholt", "Testerby", "Specimer", "Proxford", "Dummering", "Pretendon", "Makebelieve")
CANARIES = (*SURNAMES, "@example.com", "+00 555 ")
CITIES = ("Ashbourne", "Brindleton", "Cloverfield", "Dunmere", "Eastwick", "Fernhollow", "Glenview", "Harrowgate")
COUNTRIES = ("Albion", "Borduria", "Syldavia")
CAMPAIGNS = (
    ("Autumn preview", "mail", "2024-09-16", "1.10"), ("Christmas list", "e-mail", "2024-11-18", "0.05"),
    ("Winter sale", "e-mail", "2025-01-20", "0.05"), ("Spring garden", "mail", "2025-04-07", "1.10"),
    ("Summer colours", "e-mail", "2025-07-07", "0.05"), ("Gift guide", "mail", "2025-11-10", "1.35"),
    ("New year thanks", "e-mail", "2026-01-12", "0.05"), ("Come back", "mail", "2026-05-04", "1.10"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders in the order of their days.

    Parameters
    ----------
    customer, day, channel, lines : int array, shape (orders,)
        Position of the customer, day since 1970-01-01, position in `CHANNELS`, number of lines.
    """

    customer: Whole
    day: Whole
    channel: Whole
    lines: Whole


def codes(letter: str, count: int, digits: int, start: int = 1) -> Text:
    """Return ids with leading zeros.

    Examples
    --------
    >>> codes("C", 2, 7).tolist()
    ['C0000001', 'C0000002']
    """
    return np.array([f"{letter}{number:0{digits}d}" for number in range(start, start + count)], dtype=object)


def money(cents: Whole) -> Text:
    """Return amounts with two decimals; equal amounts share one text.

    Examples
    --------
    >>> money(np.array([1995, 5])).tolist()
    ['19.95', '0.05']
    """
    values, places = np.unique(cents, return_inverse=True)
    return np.array([f"{value / 100:.2f}" for value in values.tolist()], dtype=object)[places]


def whole(numbers: Whole) -> Text:
    """Return whole numbers as text; equal numbers share one text."""
    values, places = np.unique(numbers, return_inverse=True)
    return np.array([str(value) for value in values.tolist()], dtype=object)[places]


def iso(days: Whole) -> Text:
    """Return days since 1970-01-01 as ISO dates; equal days share one text."""
    values, places = np.unique(days, return_inverse=True)
    return values.astype("datetime64[D]").astype(str).astype(object)[places]


def plant(customers: int, rng: np.random.Generator) -> Whole:
    """Return the kind of each customer: exact shares, shuffled."""
    borders = np.round(np.cumsum([kind.share for kind in KINDS]) * customers)
    return rng.permutation(np.searchsorted(borders, np.arange(customers), side="right"))


def place_orders(kinds: Whole, rng: np.random.Generator) -> Orders:
    """Draw how often, when and where each customer buys."""
    taste = rng.gamma(8.0, 1 / 8.0, len(kinds))
    count = 1 + rng.poisson(np.maximum(_each("orders")[kinds] - 1, 0) * taste)
    start, end = _windows(kinds, rng)
    customer = np.repeat(np.arange(len(kinds)), count)
    share = rng.random(len(customer))
    # The last order of each customer closes the window, so that recency is as planned.
    share[np.cumsum(count) - 1] = 1.0
    day = start[customer] + np.rint(share * (end - start)[customer]).astype(np.int64)
    gifts = np.flatnonzero(np.array([kind.when == "christmas" for kind in KINDS])[kinds][customer])
    year_ago = (share[gifts] < 1.0) & (rng.random(len(gifts)) < 0.5)
    day[gifts] = _day("2025-11-20") + rng.integers(0, 34, len(gifts)) - 365 * year_ago
    channel = _by_kind(kinds[customer], [kind.channels for kind in KINDS], rng)
    lines = 1 + rng.binomial(2, _each("lines")[kinds[customer]])
    ranked = np.lexsort((rng.random(len(day)), day))
    return Orders(customer[ranked], day[ranked], channel[ranked], lines[ranked])


def products_table(rng: np.random.Generator) -> tuple[Columns, Whole]:
    """Return the products, in each category from cheap to dear, and their list prices in cents."""
    count = len(CATEGORIES) * PER_CATEGORY
    category = np.repeat(np.arange(len(CATEGORIES)), PER_CATEGORY)
    spread = np.sort(rng.lognormal(0.0, 0.45, (len(CATEGORIES), PER_CATEGORY)), axis=1).ravel()
    cents = np.maximum(np.rint(np.asarray(LIST_PRICES)[category] * spread).astype(np.int64) * 100 - 1, 99)
    brands = np.array([f"Brand {letter}" for letter in "ABCDEFGHIJKL"], dtype=object)
    columns = {
        "product_id": codes("P", count, 5),
        "product_name": np.array([f"{CATEGORIES[place]} article {number + 1}" for number, place in enumerate(category)], dtype=object),
        "category": np.array(CATEGORIES, dtype=object)[category],
        "brand": brands[rng.integers(0, len(brands), count)],
        "list_price": money(cents),
    }
    return columns, cents


def transactions_table(
    orders: Orders, kinds: Whole, ids: Text, products: Text, list_cents: Whole, rng: np.random.Generator
) -> tuple[Columns, Whole]:
    """Return the lines of all orders (no product twice in an order) and each line's order, as a position."""
    order = np.repeat(np.arange(len(orders.day)), orders.lines)
    kind = kinds[orders.customer[order]]
    category = _by_kind(kind, [kind.categories for kind in KINDS], rng)
    tier = rng.beta(_each("tier", 0)[kind], _each("tier", 1)[kind])
    product = category * PER_CATEGORY + np.minimum((tier * PER_CATEGORY).astype(np.int64), PER_CATEGORY - 1)
    kept = np.sort(np.unique(order * len(products) + product, return_index=True)[1])
    order, kind, product = order[kept], kind[kept], product[kept]
    quantity = 1 + np.minimum(rng.poisson(_each("pieces")[kind]), 5)
    tenths = np.where(rng.random(len(order)) < _each("reduced")[kind], rng.integers(1, 5, len(order)), 0)
    paid = np.rint(list_cents[product] * (10 - tenths) / 10).astype(np.int64)
    columns = {
        "order_id": codes("O", len(orders.day), 8)[order],
        "order_date": iso(orders.day)[order],
        "customer_id": ids[orders.customer[order]],
        "product_id": products[product],
        "quantity": whole(quantity),
        "unit_price": money(paid),
        "discount": money(quantity * (list_cents[product] - paid)),
        "channel": np.array(CHANNELS, dtype=object)[orders.channel[order]],
    }
    return columns, order


def customers_table(kinds: Whole, ids: Text, orders: Orders, rng: np.random.Generator) -> Columns:
    """Return who the customers are; names, e-mails and phones are recognisably made up (see `CANARIES`)."""
    count = len(ids)
    first = np.full(count, LAST, dtype=np.int64)
    np.minimum.at(first, orders.customer, orders.day)
    names = np.array([f"{name} {surname}" for name in FIRST_NAMES for surname in SURNAMES], dtype=object)
    oldest, youngest = _each("born", 0)[kinds], _each("born", 1)[kinds]
    # June to December: no birthday falls on a day that other systems use for "unknown" (1 January).
    born = (oldest + rng.integers(0, 1000, count) * (youngest - oldest + 1) // 1000 - 1970) * 365.2425 + rng.integers(155, 350, count)
    score = np.clip(np.rint(rng.normal(_each("satisfaction")[kinds], 1.2)), 0, 10).astype(np.int64)
    income = np.minimum(np.rint(_each("income")[kinds] * rng.lognormal(0.0, 0.22, count) / 100) * 100, 240_000).astype(np.int64)
    return {
        "customer_id": ids,
        "name": names[rng.integers(0, len(names), count)],
        "email": np.array([f"customer{number:07d}@example.com" for number in range(1, count + 1)], dtype=object),
        "phone": np.array([f"+00 555 {number:07d}" for number in range(1, count + 1)], dtype=object),
        "birth_date": iso(np.floor(born).astype(np.int64)),
        "gender": _drawn(("F", "M"), (54, 46), count, rng),
        "city": _drawn(CITIES, (22, 18, 15, 13, 11, 9, 7, 5), count, rng),
        "country": _drawn(COUNTRIES, (80, 12, 8), count, rng),
        "signup_date": iso(first - np.minimum(rng.exponential(120, count), 1500).astype(np.int64)),
        "income": np.where(rng.random(count) < 0.02, "", whole(income)),
        "marketing_consent": _drawn(("Y", "N"), (78, 22), count, rng),
        "nps": np.where(rng.random(count) < 0.45, "", whole(score)),
    }


def events_table(kinds: Whole, ids: Text, orders: Orders, rng: np.random.Generator) -> Columns:
    """Return visits, opens, clicks and sessions; customers are active until a little after their last order."""
    start = np.full(len(ids), LAST, dtype=np.int64)
    end = np.full(len(ids), FIRST, dtype=np.int64)
    np.minimum.at(start, orders.customer, orders.day)
    np.maximum.at(end, orders.customer, orders.day)
    start, end = np.maximum(start - 60, FIRST), np.minimum(end + 14, LAST)
    customer = np.repeat(np.arange(len(ids)), rng.poisson(_each("activity")[kinds]))
    day = start[customer] + (rng.random(len(customer)) * (end - start + 1)[customer]).astype(np.int64)
    # Between 07:00 and 22:00: the day stays the same in the zones a shop may declare.
    second = day * 86_400 + 25_200 + rng.integers(0, 54_000, len(customer))
    kind = _by_kind(kinds[customer], [kind.events for kind in KINDS], rng)
    ranked = np.lexsort((customer, second))
    return {
        "customer_id": ids[customer[ranked]],
        "timestamp": second[ranked].astype("datetime64[s]").astype(str).astype(object),
        "event_type": np.array(EVENT_TYPES, dtype=object)[kind[ranked]],
    }


def campaigns_table() -> Columns:
    """Return the campaigns of two years."""
    names = ("name", "channel", "start_date", "cost_per_contact")
    columns = {name: np.array([row[place] for row in CAMPAIGNS], dtype=object) for place, name in enumerate(names)}
    return {"campaign_id": codes("K", len(CAMPAIGNS), 2), **columns}


def contacts_table(kinds: Whole, ids: Text, consent: Text, campaigns: Columns, rng: np.random.Generator) -> Columns:
    """Return who was contacted in which campaign and who responded; nobody without consent is contacted."""
    willing = np.flatnonzero(consent == "Y")
    pieces: list[tuple[int, Whole, Whole]] = []
    for place in range(len(CAMPAIGNS)):
        customer = willing[rng.random(len(willing)) < 0.25]
        pieces.append((place, customer, (rng.random(len(customer)) < _each("response")[kinds[customer]]).astype(np.int64)))
    campaign = np.concatenate([np.full(len(customer), place) for place, customer, _ in pieces])
    return {
        "campaign_id": campaigns["campaign_id"][campaign],
        "customer_id": ids[np.concatenate([customer for _, customer, _ in pieces])],
        "contact_date": campaigns["start_date"][campaign],
        "responded": whole(np.concatenate([responded for _, _, responded in pieces])),
    }


def _day(text: str) -> int:
    return int(np.datetime64(text).astype(np.int64))


def _each(name: str, place: int | None = None) -> NDArray[np.float64]:
    """Return one figure of every kind."""
    values = [getattr(kind, name) for kind in KINDS]
    return np.array(values if place is None else [value[place] for value in values], dtype=np.float64)


def _windows(kinds: Whole, rng: np.random.Generator) -> tuple[Whole, Whole]:
    """Return the first and last day on which each customer may buy."""
    count = len(kinds)
    quiet = np.minimum(rng.exponential(_each("quiet")[kinds]), 150).astype(np.int64)
    begin = rng.integers(0, 100, count)
    start = {"always": FIRST + begin, "lately": LAST - 330 + begin, "long ago": FIRST + begin, "christmas": np.full(count, FIRST)}
    end = {
        "always": LAST - quiet,
        "lately": LAST - quiet,
        "long ago": FIRST + 100 + rng.integers(0, 220, count),
        "christmas": np.full(count, LAST),
    }
    whens = [kind.when for kind in KINDS]
    return (
        np.choose(kinds, [start[when] for when in whens]).astype(np.int64),
        np.choose(kinds, [end[when] for when in whens]).astype(np.int64),
    )


def _by_kind(kind: Whole, weights: Sequence[Sequence[float]], rng: np.random.Generator) -> Whole:
    """Draw a position for each row with the weights of its kind."""
    drawn = np.empty(len(kind), dtype=np.int64)
    for number, weight in enumerate(weights):
        rows = np.flatnonzero(kind == number)
        drawn[rows] = rng.choice(len(weight), len(rows), p=np.asarray(weight) / np.sum(weight))
    return drawn


def _drawn(levels: Sequence[str], weights: Sequence[float], count: int, rng: np.random.Generator) -> Text:
    return np.array(levels, dtype=object)[rng.choice(len(levels), count, p=np.asarray(weights) / np.sum(weights))]
