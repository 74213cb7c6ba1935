"""What can be known on a day: the lines, events and contacts up to it, returns netted, as lazy frames per stage.

Nothing dated after the as-of day is looked at, so adding rows after it changes nothing. One purchase occasion is one calendar day
with positive net spend (without amounts: with a positive net quantity, and without quantities: with a line).

Stages, each with ``customer`` and:

* ``lines``: as in the dataset, ``amount`` and ``quantity`` net of returns, ``gross`` (before netting), ``paid`` (what a line
  is worth when positive, else 0), ``goods`` (the same without postage, fees and other lines that are no product);
* ``days`` (kept in the engine, as ``__days`` unless told otherwise): ``day``, ``amount``, ``items``, ``bought`` (is an occasion);
* ``gaps``: ``gap`` in days between neighbouring occasions, missing for the first;
* ``products``: one row per ``product`` bought, without lines that are no product;
* ``main``: the ``place`` with the largest worth of each customer;
* ``events``, ``contacts``: as in the dataset;
* ``customers``: one row per customer.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Literal

import narwhals.stable.v2 as nw

from segmentry.engines.engine import Engine
from segmentry.features.feature import Moment, Stage
from segmentry.features.returns import Netting, net_returns
from segmentry.tables.dataset import Dataset

EPOCH = 719_163
DAYS = "__days"


def day_of(date: datetime.date | None) -> int:
    """Return a date as days since 1970-01-01; 0 for data without dates, in which no feature asks for it.

    Examples
    --------
    >>> day_of(datetime.date(1970, 1, 3))
    2
    """
    return 0 if date is None else date.toordinal() - EPOCH


def date_of(day: int) -> datetime.date:
    """Return days since 1970-01-01 as a date.

    Examples
    --------
    >>> date_of(2)
    datetime.date(1970, 1, 3)
    """
    return datetime.date.fromordinal(int(day) + EPOCH)


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


def window(engine: Engine, dataset: Dataset, day: int, *, returns: Literal["net", "keep"] = "net", into: str = DAYS) -> Window:
    """Look at a dataset as of a day (since 1970-01-01): nets returns and keeps the table of days in the engine.

    Parameters
    ----------
    returns : {"net", "keep"}
        Set off against their purchases, or kept as negative spend on their own day.
    into : str
        Name of the table of days. Who looks at another day than the features takes another name, for ``__days`` is read after them.
    """
    first = day_of(dataset.first_day) if dataset.first_day else day
    frames: dict[Stage, nw.LazyFrame[Any]] = {"customers": engine.frame("customers")}
    netting = Netting()
    if "lines" in dataset.has:
        changes = f"{into}_net"
        netting = net_returns(engine, day, has=dataset.has, into=changes) if returns == "net" else netting
        lines = _lines(engine, dataset.has, day, changes=changes if netting.returns else "")
        engine.keep(into, _days(lines, dataset.has))
        frames |= {"lines": lines, "days": engine.frame(into), "gaps": _gaps(engine.frame(into))}
        if "lines.product" in dataset.has:
            frames["products"] = _products(lines)
        if "lines.place" in dataset.has:
            frames["main"] = _main(lines, "place")
    dated: tuple[Stage, ...] = ("events", "contacts")
    for stage in dated:
        if stage in dataset.has:
            frames[stage] = engine.frame(stage).filter(nw.col("day") <= day)
    if "contacts" in frames and "answered" in engine.columns("contacts"):
        known = nw.when(nw.col("answered") > day).then(nw.lit(value=False)).otherwise(nw.col("responded"))
        frames["contacts"] = frames["contacts"].with_columns(responded=known)
    return Window(moment=Moment(day=day, first=first), frames=frames, netting=netting)


def _lines(engine: Engine, has: frozenset[str], day: int, *, changes: str) -> nw.LazyFrame[Any]:
    lines = engine.frame("lines").filter(nw.col("day") <= day)
    amount, quantity = nw.col("amount"), nw.col("quantity")
    if changes:
        lines = lines.join(engine.frame(changes), on="line", how="left")
        amount, quantity = nw.coalesce("net_amount", "amount"), nw.coalesce("net_quantity", "quantity")
    lines = lines.with_columns(gross=nw.col("amount"), amount=amount, quantity=quantity)
    worth = nw.col("amount") if "lines.amount" in has else nw.col("quantity") if "lines.quantity" in has else nw.lit(1)
    paid = nw.when(worth > 0).then(worth).otherwise(0)
    return lines.with_columns(paid=paid, goods=nw.when(~nw.col("extra")).then(paid).otherwise(0) if _has_extra(engine) else paid)


def _has_extra(engine: Engine) -> bool:
    """Return whether any line is no product; asked once, so that the usual case costs nothing per line."""
    return "extra" in engine.columns("lines") and bool(engine.rows("SELECT 1 FROM lines WHERE extra LIMIT 1"))


def _days(lines: nw.LazyFrame[Any], has: frozenset[str]) -> nw.LazyFrame[Any]:
    items = nw.when(nw.col("goods") > 0).then(nw.col("quantity")).otherwise(0)
    sums = [nw.col("amount").sum(), items.sum().alias("items")]
    if "lines.amount" in has:
        return lines.group_by("customer", "day").agg(*sums).with_columns(bought=nw.col("amount") > 0)
    days = lines.group_by("customer", "day").agg(*sums, nw.col("paid").sum().alias("worth"))
    return days.with_columns(bought=nw.col("worth") > 0).drop("worth")


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
