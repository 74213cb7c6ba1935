"""The synthetic shop whose truth is known: six tables with planted segments, and dirt of known kind and amount.

For demos, tests and benchmarks, where a method has to be held against the truth. Not a model of any real shop: nothing
about real customers can be learned from it. Money is in one currency; ``unit_price`` is what was paid for one piece,
``discount`` what the line cost less than by the list, so that a line's amount is ``quantity × unit_price``.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.sources.shop_dirt import Dirt, soil_customers, soil_transactions
from segmentry.sources.shop_plan import KINDS, LAST_DAY
from segmentry.sources.shop_tables import (
    CANARIES,
    Columns,
    Text,
    campaigns_table,
    codes,
    contacts_table,
    customers_table,
    events_table,
    place_orders,
    plant,
    products_table,
    transactions_table,
)

__all__ = ["CANARIES", "Dirt", "Shop", "ShopTruth", "make_shop", "write_shop"]

TABLES = ("customers", "transactions", "products", "events", "campaigns", "contacts")
CHUNK = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class ShopTruth:
    """What was planted.

    Parameters
    ----------
    customers : array of str, shape (n,)
        Ids, in the order of the customers table.
    segments : int array, shape (n,)
        Each customer's segment, as a position in `names`.
    names : tuple of str
        Names of the planted segments.
    dirt : tuple of Dirt
        Empty for a clean shop.
    as_of : str
        Last day of true activity.
    """

    customers: Text
    segments: NDArray[np.int64]
    names: tuple[str, ...]
    dirt: tuple[Dirt, ...]
    as_of: str


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """Tables of text, as files hold them, and the truth about them.

    Parameters
    ----------
    tables : dict of str to dict of str to array of str
        Columns of customers, transactions (one row a line), products, events, campaigns and contacts.
    truth : ShopTruth
    """

    tables: dict[str, Columns]
    truth: ShopTruth


def make_shop(*, customers: int = 3000, seed: int = 7, dirt: bool = True) -> Shop:
    """Make the shop: about seven lines a customer, over two years that end on 2026-06-30.

    Parameters
    ----------
    customers : int
        From 50 to 9,000,000; a million takes under two minutes and 3 GB.
    seed : int
        The same seed gives the same shop.
    dirt : bool
        False leaves the tables clean.

    Returns
    -------
    Shop

    Raises
    ------
    UsageError
        When `customers` is out of its range.

    Examples
    --------
    >>> shop = make_shop(customers=200)
    >>> list(shop.tables)
    ['customers', 'transactions', 'products', 'events', 'campaigns', 'contacts']
    >>> shop.truth.names[0], int((shop.truth.segments == 0).sum())
    ('Loyal high spenders', 30)
    """
    check_range("customers", customers, 50, 9_000_000)
    rngs = [np.random.default_rng(source) for source in np.random.SeedSequence(seed).spawn(9)]
    kinds = plant(customers, rngs[0])
    ids = codes("C", customers, 7)
    orders = place_orders(kinds, rngs[1])
    products, list_cents = products_table(rngs[2])
    lines, order = transactions_table(orders, kinds, ids, products["product_id"], list_cents, rngs[3])
    people = customers_table(kinds, ids, orders, rngs[4])
    consent = people["marketing_consent"]
    planted: tuple[Dirt, ...] = ()
    # Before the events are made: soiling the lines is where most memory is needed.
    if dirt:
        sent_back = np.array([kind.returned for kind in KINDS])[kinds[orders.customer[order]]]
        lines, in_lines = soil_transactions(lines, order, sent_back, rngs[7])
        people, in_people = soil_customers(people, rngs[8])
        planted = in_lines + in_people
    events = events_table(kinds, ids, orders, rngs[5])
    campaigns = campaigns_table()
    contacts = contacts_table(kinds, ids, consent, campaigns, rngs[6])
    tables = dict(zip(TABLES, (people, lines, products, events, campaigns, contacts), strict=True))
    return Shop(tables, ShopTruth(ids, kinds, tuple(kind.name for kind in KINDS), planted, LAST_DAY))


def write_shop(shop: Shop, folder: Path) -> tuple[Path, ...]:
    """Write the tables as CSV files, and the truth into the sub-folder ``truth``, which no run reads.

    Parameters
    ----------
    shop : Shop
    folder : Path
        Made when it is missing; files of the same name are replaced.

    Returns
    -------
    tuple of Path
        The six tables, without the truth.
    """
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{name}.csv" for name in shop.tables)
    for path, columns in zip(paths, shop.tables.values(), strict=True):
        _write(path, columns)
    _write(
        truth / "truth_segments.csv",
        {"customer_id": shop.truth.customers, "segment": np.array(shop.truth.names, dtype=object)[shop.truth.segments]},
    )
    record = {"as_of": shop.truth.as_of, "segments": list(shop.truth.names), "dirt": [asdict(dirt) for dirt in shop.truth.dirt]}
    (truth / "truth.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return paths


def _write(path: Path, columns: Columns) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for start in range(0, len(next(iter(columns.values()))), CHUNK):
            writer.writerows(zip(*(column[start : start + CHUNK].tolist() for column in columns.values()), strict=True))
