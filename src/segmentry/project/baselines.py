"""What customers do when nothing special is done to them: one figure per customer over the last days, and the same over as many days before.

What experiments are designed from, and what the self-check splits. Only customers who were known before the window began take part, as in an experiment:
whoever first came in the window would have been drawn for nothing. Last days that lack rows are left out.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine, quoted
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import symmetric
from segmentry.experiments.design import Worth
from segmentry.experiments.trial import Metric
from segmentry.features.drawn import bought_within
from segmentry.features.watermark import watermark
from segmentry.features.windows import date_of, day_of
from segmentry.plans.eligibility import consents
from segmentry.preparation.words import percent
from segmentry.project.asking import called, consent_of, values_of
from segmentry.project.reading import Reading
from segmentry.project.responding import money_of_contact
from segmentry.project.settings import Settings
from segmentry.project.tried import kind_of
from segmentry.results import Estimate
from segmentry.tables.dataset import Attribute, Dataset

COUNTED = ("bought", "revenue", "purchases")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """One metric of the customers who could take part.

    Parameters
    ----------
    metric : Metric
    places : int array, shape (n,)
        Position of each in the run's customers.
    values : float array, shape (n,)
    before : float array, shape (n,), or None
        The same over as many days before; None where the data does not reach back.
    revenue, purchases : float array, shape (n,), or None
        Of the same window, where there are purchases.
    start : date or None
        First day of the window; None for a column.
    days : int
        Length of the window; 0 for a column.
    notes : tuple of str
    """

    metric: Metric
    places: NDArray[np.intp]
    values: Floats
    before: Floats | None
    revenue: Floats | None = None
    purchases: Floats | None = None
    start: datetime.date | None = None
    days: int = 0
    notes: tuple[str, ...] = ()

    def among(self, customers: NDArray[np.bool_], why: str) -> Figures:
        """Return the figures of some customers of the run, with a note on how many were left out and why."""
        rows = customers[self.places]
        left = int((~rows).sum())
        if not left:
            return self
        parts = (None if part is None else part[rows] for part in (self.before, self.revenue, self.purchases))
        before, revenue, purchases = parts
        return replace(
            self,
            places=self.places[rows],
            values=self.values[rows],
            before=before,
            revenue=revenue,
            purchases=purchases,
            notes=(*self.notes, f"{left:,} of {len(rows):,} customers are left out: {why}."),
        )


def figures(engine: Engine, reading: Reading, settings: Settings, *, metric: str = "", days: int | None = None) -> Figures:
    """Return a metric of the customers of the past.

    Parameters
    ----------
    engine : Engine
        Holds the dataset of `reading`.
    reading : Reading
    settings : Settings
    metric : str
        "bought", "revenue" or "purchases" where there are purchases, else a column of the customers; empty means the usual one.
    days : int or None
        Length of the window; None means ``trial.days``.

    Raises
    ------
    UsageError
        When the metric is not known, or the window is longer than the data.
    NotEnoughData
        When nothing says what customers do.
    """
    dataset = reading.dataset
    wanted = " ".join(metric.casefold().split())
    counted = "lines" in dataset.has and dataset.as_of is not None
    if counted and wanted in ("", *COUNTED):
        return _of_lines(engine, dataset, settings, wanted or "bought", settings.trial.days if days is None else days)
    return _of_column(engine, dataset, metric)


def metrics(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of the metrics that the data allows, the usual one first."""
    counted = [name for name in COUNTED if name != "revenue" or "lines.amount" in dataset.has] if "lines" in dataset.has else []
    targets = [each.name for each in dataset.attributes if each.role == "target" and each.kind in ("flag", "number")]
    return (*counted, *targets)


def known_before(engine: Engine, dataset: Dataset, start: int) -> NDArray[np.intp]:
    """Return the customers who were there before a day (since 1970-01-01), ascending: bought or joined before it, or are listed without a day."""
    joined = next((each for each in dataset.attributes if each.role == "joined" and each.kind == "date"), None)
    day = "NULL" if joined is None else f"c.{quoted(joined.name)}"
    found = engine.fetch(
        f"""
        SELECT c.customer FROM customers c LEFT JOIN (SELECT customer, min(day) AS first FROM lines GROUP BY customer) l USING (customer)
        WHERE coalesce(least({day}, l.first), l.first, {day}, {start} - 1) < {start} ORDER BY c.customer"""
    )
    return found["customer"].astype(np.intp)


def willing(engine: Engine, dataset: Dataset, settings: Settings) -> NDArray[np.bool_]:
    """Return who may take part in an experiment, shape (n,): who said yes in every column of consent, where ``plan.consent`` asks."""
    asked = consent_of(engine, dataset)
    if not asked or settings.plan.consent == "ignore":
        return np.ones(dataset.customers, dtype=bool)
    return consents(asked)


def worth(engine: Engine, reading: Reading, settings: Settings, found: Figures) -> Worth | None:
    """Return what one unit of the metric is worth, or None when nothing says so."""
    dataset, margin = reading.dataset, settings.value.margin
    currency = settings.read.currency or dataset.currency
    money = money_of_contact(engine, dataset, settings)
    cost = money.cost or 0.0
    kept, said = (1.0, "before the cost of goods") if margin is None else (margin, f"at a margin of {percent(margin)}")
    if found.metric.kind == "money":
        return Worth(Estimate(kept, kept, kept), f"revenue {said}", currency, cost)
    if found.revenue is not None and found.purchases is not None and not np.isnan(found.revenue).any():
        bought = found.purchases > 0
        each = found.revenue[bought] / (1.0 if found.metric.kind == "yes/no" else found.purchases[bought])
        if len(each) < 2:
            return None
        unit = symmetric(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))), least=0.0)
        what = "buyer" if found.metric.kind == "yes/no" else "purchase"
        return Worth(Estimate(kept * unit.value, kept * unit.low, kept * unit.high), f"the revenue per {what}, {said}", currency, cost)
    if found.metric.kind == "yes/no" and money.revenue is not None:
        return Worth(Estimate(money.revenue, money.revenue, money.revenue), f"revenue per answer, from {money.source}", currency, cost)
    return None


def _of_lines(engine: Engine, dataset: Dataset, settings: Settings, name: str, days: int) -> Figures:
    if name == "revenue" and "lines.amount" not in dataset.has:
        raise UsageError(
            "the metric is 'revenue', and the purchases have no amounts; allowed are bought and purchases. Choose one of them."
        )
    mark = watermark(engine, dataset)
    last = day_of(dataset.as_of if mark is None else mark.whole)
    notes = (f"{mark.words} The window ends before them.",) if mark is not None and mark.days else ()
    first = day_of(dataset.first_day or dataset.as_of)
    start = last - days + 1
    if start <= first:
        raise UsageError(
            f"the window is {days} days and the data covers {last - first + 1}; allowed is up to {max(last - first, 1)}. Give fewer --days, or more data."
        )
    places = known_before(engine, dataset, start)
    if not len(places):
        reason = f"no customer was known before {date_of(start)}, the first of {days} days"
        raise NotEnoughData(Problem("NO_CUSTOMERS", reason, "give fewer --days, or data that reaches further back"))
    purchases, spend = _bought(engine, dataset, settings, places, start, days)
    values = {"bought": (purchases > 0).astype(np.float64), "revenue": spend, "purchases": purchases}[name]
    before = None
    if start - days >= first:
        earlier, paid = _bought(engine, dataset, settings, places, start - days, days)
        before = {"bought": (earlier > 0).astype(np.float64), "revenue": paid, "purchases": earlier}[name]
    words = {"bought": f"Bought within {days} days", "revenue": f"Revenue within {days} days", "purchases": f"Purchases within {days} days"}
    kind = {"bought": "yes/no", "revenue": "money", "purchases": "number"}
    revenue = spend if "lines.amount" in dataset.has else None
    return Figures(
        Metric(name, words[name], kind[name]),  # type: ignore[arg-type]
        places,
        values,
        before,
        revenue,
        purchases,
        date_of(start),
        days,
        notes,
    )


def _bought(engine: Engine, dataset: Dataset, settings: Settings, places: NDArray[np.intp], start: int, days: int) -> tuple[Floats, Floats]:
    firsts = np.full(len(places), start, dtype=np.int64)
    return bought_within(
        engine, dataset, places, firsts, days=days, occasions=settings.value.occasions, returns=settings.cleaning.net_returns
    )


def _of_column(engine: Engine, dataset: Dataset, wanted: str) -> Figures:
    told = _targets(dataset)
    attribute = called(dataset, wanted) if wanted else (told[0] if told else None)
    names = [
        *metrics(dataset),
        *(each.name for each in dataset.attributes if each.kind in ("flag", "number", "money") and each not in told),
    ]
    if attribute is None and wanted:
        raise UsageError(
            f"the metric is {wanted!r}, which is neither counted from purchases nor a column of customers; {suggestion(wanted, names)}"
        )
    if attribute is None:
        reason = f"the data of {dataset.customers:,} customers has no purchases, and no column says what they did"
        raise NotEnoughData(Problem("NO_METRIC", reason, "add the transactions, or name a column with --metric"))
    if attribute.kind not in ("flag", "number", "money"):
        raise UsageError(
            f"the metric is {attribute.name!r}, a column of {attribute.kind}; allowed are yes/no, numbers and money: {', '.join(names[:8])}. Choose one."
        )
    values = values_of(engine, attribute.name, dataset.customers)
    known = np.flatnonzero(~np.isnan(values))
    return Figures(Metric(attribute.name, attribute.words, kind_of(attribute, values[known])), known, values[known], None)


def _targets(dataset: Dataset) -> list[Attribute]:
    return [each for each in dataset.attributes if each.role == "target" and each.kind in ("flag", "number")]
