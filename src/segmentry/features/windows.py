"""What can be known on a day: the lines, events and contacts up to it, returns netted, as lazy frames per stage.

Nothing dated after the as-of day is looked at, so adding rows after it changes nothing. One purchase occasion is one calendar day
with positive net spend (without amounts: with a positive net quantity, and without quantities: with a line).

Stages, each with ``customer`` and:

* ``lines``: as in the dataset, ``amount`` and ``quantity`` net of returns, ``gross`` (before netting), ``paid`` (what a line
  is worth when positive, else 0), ``goods`` (the same without postage, fees and other lines that are no product);
* ``days`` (kept in the engine): ``day``, ``amount``, ``items``, ``bought`` (is an occasion);
* ``gaps``: ``gap`` in days between neighbouring occasions, missing for the first;
* ``products``: one row per ``product`` bought, without lines that are no product;
* ``main``: the ``place`` with the largest worth of each customer;
* ``events``, ``contacts``: as in the dataset;
* ``customers``: one row per customer.
"""

from __future__ import annotations

import datetime
import datetime
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from segmentry.engines.engine import Engine
from segmentry.features.feature import Moment, Stage
from segmentry.features.returns import Netting, net_returns
from segmentry.tables.dataset import Dataset

EPOCH = 719_163
DAYS = "days"
CHANGES = "net_changes"


def day_of(date: datetime.date | None) -> int:
    """Return a date as days since 1970-01-01; 0 for data without dates, in which no feature asks for it."""
    return 0 if date is None else date.toordinal() - EPOCH


@dataclass(frozen=True, slots=True)
class Window:
    """Lazy frames per stage, as of a day.

    Parameters
    ----------
    moment : Moment
    frames : dict of Stage to lazy frame
        Only those the dataset can feed.
    netting : Netting
    """

    moment: Moment
    frames: dict[Stage, nw.LazyFrame[Any]]
    netting: Netting


def days_since_epoch(date: datetime.date | None) -> int:
    """Return whole days since 1970-01-01; 0 for data without dates, where nothing looks at it.

    Examples
    --------
    >>> days_since_epoch(datetime.date(1970, 1, 3))
    2
    """
    return date.toordinal() - EPOCH if date else 0


def window(engine: Engine, dataset: Dataset, day: int) -> Window:
    """Look at a dataset as of a day (since 1970-01-01): nets returns and keeps the table ``days`` in the engine."""
    first = days_since_epoch(dataset.first_day) if dataset.first_day else day
    frames: dict[Stage, nw.LazyFrame[Any]] = {"customers": engine.frame("customers")}
    netting = Netting()
    if "lines" in dataset.has:
        netting = net_returns(engine, day, has=dataset.has, into=CHANGES)
        lines = _lines(engine, dataset.has, day, netting=netting)
        engine.keep(DAYS, _days(lines, dataset.has))
        frames |= {"lines": lines, "days": engine.frame(DAYS), "gaps": _gaps(engine.frame(DAYS))}
        if "lines.product" in dataset.has:
            frames["products"] = _products(lines)
        if "lines.place" in dataset.has:
            frames["main"] = _main(lines, "place")
    for stage in ("events", "contacts"):
        if stage in dataset.has:
            frames[stage] = engine.frame(stage).filter(nw.col("day") <= day)  # type: ignore[index]
    return Window(moment=Moment(day=day, first=first), frames=frames, netting=netting)


def _lines(engine: Engine, has: frozenset[str], day: int, *, netting: Netting) -> nw.LazyFrame[Any]:
    lines = engine.frame("lines").filter(nw.col("day") <= day)
    amount, quantity = nw.col("amount"), nw.col("quantity")
    if netting.returns:
        lines = lines.join(engine.frame(CHANGES), on="line", how="left")
        amount, quantity = nw.coalesce("net_amount", "amount"), nw.coalesce("net_quantity", "quantity")
    lines = lines.with_columns(gross=nw.col("amount"), amount=amount, quantity=quantity)
    if "lines.amount" in has:
        worth = nw.col("amount")
    else:
        worth = nw.col("quantity") if "lines.quantity" in has else nw.lit(1)
    paid = nw.when(worth > 0).then(worth).otherwise(0)
    goods = paid
    if "extra" in engine.columns("lines"):
        goods = nw.when((worth > 0) & ~nw.coalesce(nw.col("extra"), nw.lit(False))).then(worth).otherwise(0)
    return lines.with_columns(paid=paid, goods=goods)


def _days(lines: nw.LazyFrame[Any], has: frozenset[str]) -> nw.LazyFrame[Any]:
    items = nw.when(nw.col("goods") > 0).then(nw.col("quantity")).otherwise(0)
    days = lines.group_by("customer", "day").agg(nw.col("amount").sum(), items.sum().alias("items"), nw.col("paid").sum().alias("worth"))
    settled = nw.col("amount") if "lines.amount" in has else nw.col("worth")
    return days.with_columns(bought=settled > 0).drop("worth")


def _gaps(days: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    previous = nw.col("day").shift(1).over("customer", order_by="day")
    return days.filter(nw.col("bought")).select("customer", gap=nw.col("day") - previous)


def _products(lines: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    # Two plain groupings are faster than one count of distinct texts per customer, and they spill.
    bought = lines.filter((nw.col("goods") > 0) & ~nw.col("product").is_null())
    return bought.group_by("customer", "product").agg(nw.len().alias("lines"))


def _main(lines: nw.LazyFrame[Any], name: str) -> nw.LazyFrame[Any]:
    known = lines.filter(~nw.col(name).is_null())
    worth = known.group_by("customer", name).agg(nw.col("paid").sum().alias("worth"))
    best = worth.group_by("customer").agg(nw.col("worth").max().alias("best"))
    return worth.join(best, on="customer").filter(nw.col("worth") == nw.col("best")).group_by("customer").agg(nw.col(name).min())
