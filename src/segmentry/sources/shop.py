"""The synthetic shop whose truth is known: seven tables with planted segments and effects of offers, and dirt of known kind and amount.

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

from segmentry.checks import check_choice, check_range
from segmentry.sources.shop_dirt import Dirt, soil_customers, soil_transactions
from segmentry.sources.shop_plan import CONTROL, KINDS, LAST_DAY, OFFERS
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
from segmentry.sources.shop_trial import ARMS, expectations, offers_toml, trials_table

__all__ = ["CANARIES", "Dirt", "Shop", "ShopTruth", "make_shop", "write_shop"]

TABLES = ("customers", "transactions", "products", "events", "campaigns", "contacts", "trials")
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

    def expected(self, arm: str) -> Expected:
        """Return what every customer would do on average in thirty days under an arm of the trial.

        Parameters
        ----------
        arm : str
            "control", or the name of an offer.

        Raises
        ------
        UsageError
            When there is no such arm.
        """
        check_choice("arm", arm, ARMS)
        buying, spend = expectations(self.segments)
        return Expected(buying[:, ARMS.index(arm)], spend[:, ARMS.index(arm)])

    def gains(self) -> NDArray[np.float64]:
        """Return the true profit of giving each customer each offer instead of nothing, shape (n, offers), in the order of `shop_plan.OFFERS`."""
        alone = self.expected(CONTROL)
        return np.column_stack(
            [
                offer.margin * ((told := self.expected(offer.name)).spend - alone.spend) - offer.cost - offer.conversion_cost * told.buying
                for offer in OFFERS
            ]
        )

    def profit(self, plan: NDArray[np.int64]) -> float:
        """Return what a plan truly earns beyond doing nothing.

        Parameters
        ----------
        plan : int array, shape (n,)
            Position in `shop_plan.OFFERS` of each customer's offer, in the order of `customers`; −1 for none.
        """
        given = np.flatnonzero(plan >= 0)
        return float(self.gains()[given, plan[given]].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Chance to buy and expected spend of every customer, shape (n,) each."""

    buying: NDArray[np.float64]
    spend: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """Tables of text, as files hold them, and the truth about them.

    Parameters
    ----------
    tables : dict of str to dict of str to array of str
        Columns of customers, transactions (one row a line), products, events, campaigns, contacts and trials.
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
    ['customers', 'transactions', 'products', 'events', 'campaigns', 'contacts', 'trials']
    >>> shop.truth.names[0], int((shop.truth.segments == 0).sum())
    ('Loyal high spenders', 30)
    """
    check_range("customers", customers, 50, 9_000_000)
    rngs = [np.random.default_rng(source) for source in np.random.SeedSequence(seed).spawn(10)]
    kinds = plant(customers, rngs[0])
    ids = codes("C", customers, 7)
    orders = place_orders(kinds, rngs[1])
    products, list_cents = products_table(rngs[2])
    lines, order = transactions_table(orders, kinds, ids, products["product_id"], list_cents, rngs[3])
    people = customers_table(kinds, ids, orders, rngs[4])
    consent = people["marketing_consent"]
    trials = trials_table(kinds, ids, people, rngs[9])
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
    tables = dict(zip(TABLES, (people, lines, products, events, campaigns, contacts, trials), strict=True))
    return Shop(tables, ShopTruth(ids, kinds, tuple(kind.name for kind in KINDS), planted, LAST_DAY))


def write_shop(shop: Shop, folder: Path) -> tuple[Path, ...]:
    """Write the tables as CSV files, the offers of the trial as ``offers.toml``, and the truth into the sub-folder ``truth``, which no run reads.

    Parameters
    ----------
    shop : Shop
    folder : Path
        Made when it is missing; files of the same name are replaced.

    Returns
    -------
    tuple of Path
        The seven tables, without offers and truth.
    """
    truth = folder / "truth"
    truth.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{name}.csv" for name in shop.tables)
    for path, columns in zip(paths, shop.tables.values(), strict=True):
        _write(path, columns)
    (folder / "offers.toml").write_text(offers_toml(), encoding="utf-8")
    _write(truth / "truth_offers.csv", _truth_of_offers(shop.truth))
    _write(
        truth / "truth_segments.csv",
        {"customer_id": shop.truth.customers, "segment": np.array(shop.truth.names, dtype=object)[shop.truth.segments]},
    )
    record = {"as_of": shop.truth.as_of, "segments": list(shop.truth.names), "dirt": [asdict(dirt) for dirt in shop.truth.dirt]}
    (truth / "truth.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return paths


def _truth_of_offers(truth: ShopTruth) -> Columns:
    """Return what each customer would do under each arm, in columns of text."""
    columns = {"customer_id": truth.customers}
    for arm in ARMS:
        told = truth.expected(arm)
        columns[f"{arm}: chance to buy"] = np.array([f"{chance:.4f}" for chance in told.buying.tolist()], dtype=object)
        columns[f"{arm}: expected spend"] = np.array([f"{spend:.4f}" for spend in told.spend.tolist()], dtype=object)
    return columns


def _write(path: Path, columns: Columns) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for start in range(0, len(next(iter(columns.values()))), CHUNK):
            writer.writerows(zip(*(column[start : start + CHUNK].tolist() for column in columns.values()), strict=True))
