"""Who bought which product, when last and on how many days: the input of "bought together" and of the next best product.

Postage, fees and other lines that are no product do not count, nor does what was taken back by the last day looked at: a product is bought on a day when
something of it was paid for and kept (without amounts: when its net quantity is above 0, and without quantities: when there is a line). Nothing
dated after that day is looked at, returns included.

Two spans of the same data have the same numbers for products when the earlier one is given the products of the later one, or the other way round.

Not for data that is a sample of lines: what was bought together is torn apart in it, and lifts come out too low.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.features.histories import checked_until
from segmentry.features.windows import day_of, window
from segmentry.tables.dataset import Dataset

LOOKED, TOGETHER, CATALOGUE = "__copurchased", "__copurchases", "__catalogue"
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Copurchases:
    """Products of customers, one entry per customer and product, in the order of the two.

    Parameters
    ----------
    customers : int
        All of the dataset, with or without a product.
    products : tuple of str
        As in the data, sorted.
    names : tuple of str
        For people: the commonest name of each product, or the product itself.
    customer, product : int array, shape (m,)
        Customers in id order, positions in `products`.
    last : int array, shape (m,)
        Last day of purchase, days since 1970-01-01.
    days : int array, shape (m,)
        Days on which it was bought, 1 or more.
    until : date
        Last day looked at.
    after : date or None
        Day after which purchases count; None means from the first day on.
    """

    customers: int
    products: tuple[str, ...]
    names: tuple[str, ...]
    customer: Codes
    product: Codes
    last: Codes
    days: Codes
    until: datetime.date
    after: datetime.date | None = None


def copurchases(
    engine: Engine,
    dataset: Dataset,
    *,
    after: datetime.date | None = None,
    until: datetime.date | None = None,
    products: Sequence[str] | None = None,
) -> Copurchases:
    """Return who bought which product in a span of days; ``__days`` stays as it was.

    Parameters
    ----------
    after, until : date or None
        The first is left out, the second counts; None means from the first day on, and up to the dataset's as-of day.
    products : sequence of str, optional
        Number products by these, sorted; purchases of others do not count. None means all that are found.

    Raises
    ------
    UsageError
        When `until` is later than the as-of day, or not later than `after`.
    NotEnoughData
        When the dataset has no lines, or its lines no products.
    """
    last = checked_until(dataset, until)
    if "lines.product" not in dataset.has:
        reason = f"the purchases of {dataset.customers:,} customers do not say which products they are of"
        raise NotEnoughData(Problem("NO_PRODUCTS", reason, "add a column with the product of each line"))
    if after is not None and after >= last:
        raise UsageError(f"after is {after} and until is {last}; until must be the later one. Give an earlier day for after.")
    _keep(engine, dataset, last, after)
    found = _catalogue(engine) if products is None else tuple(sorted(set(products)))
    engine.put(CATALOGUE, {"product": np.array(found, dtype=object), "place": np.arange(len(found), dtype=np.int64)})
    pairs = engine.fetch(f"SELECT customer, place, last, days FROM {TOGETHER} JOIN {CATALOGUE} USING (product) ORDER BY customer, place")
    names = _names(engine, found, last)
    engine.run(f"DROP TABLE {TOGETHER}; DROP TABLE {CATALOGUE}; DROP TABLE {LOOKED}; DROP TABLE IF EXISTS {LOOKED}_net")
    customer, product, latest, days = (pairs[name].astype(np.int64) for name in ("customer", "place", "last", "days"))
    return Copurchases(dataset.customers, found, names, customer, product, latest, days, last, after)


def _keep(engine: Engine, dataset: Dataset, last: datetime.date, after: datetime.date | None) -> None:
    """Keep one row per customer and product, bought after a day and up to another."""
    view = window(engine, dataset, day_of(last), into=LOOKED)
    bought = view.frames["lines"].filter((nw.col("goods") > 0) & ~nw.col("product").is_null())
    if after is not None:
        bought = bought.filter(nw.col("day") > day_of(after))
    # Two plain groupings are faster than one count of distinct days, and they spill.
    by_day = bought.group_by("customer", "product", "day").agg(nw.len().alias("lines"))
    engine.keep(TOGETHER, by_day.group_by("customer", "product").agg(nw.col("day").max().alias("last"), nw.len().alias("days")))


def _catalogue(engine: Engine) -> tuple[str, ...]:
    return tuple(sorted(str(row[0]) for row in engine.rows(f"SELECT DISTINCT product FROM {TOGETHER}")))


def _names(engine: Engine, products: Sequence[str], last: datetime.date) -> tuple[str, ...]:
    """Return the commonest name of each product, the first by text among equally common ones."""
    if "product_name" not in engine.columns("lines"):
        return tuple(products)
    found = engine.rows(
        f"""
        SELECT product, product_name FROM (
            SELECT product, product_name, row_number() OVER (PARTITION BY product ORDER BY count(*) DESC, product_name) AS place
            FROM lines JOIN {CATALOGUE} USING (product) WHERE product_name IS NOT NULL AND day <= {day_of(last)} GROUP BY product, product_name
        ) named WHERE place = 1"""
    )
    told = {str(product): str(name) for product, name in found}
    return tuple(told.get(product, product) for product in products)
