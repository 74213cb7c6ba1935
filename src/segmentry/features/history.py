"""How the business went over time: revenue, customers and purchases per month or week, and what became of those who first bought together.

Read from the days of `features.windows` (one row per customer and day, returns netted), so the same occasions and the same net money as all features:
a refund is taken off the month of its purchase, which is why the last months may still shrink. Months; weeks when the data covers less
than four months. A period the data does not cover to its end (or from its beginning) is marked as incomplete.

Cohorts: customers by month of first purchase; per month since, the share of them that buys and the revenue per customer of the cohort, in complete
months only. The first cohort holds everybody who was a customer before the data begins. Cells of fewer than five customers are hidden
(see `disclosure`). For a snapshot with a joining date there are new customers per month only. Not for cause and effect: a season and a campaign look alike.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import hide_small
from segmentry.engines.engine import Engine, quoted
from segmentry.features.windows import DAYS, EPOCH, day_of
from segmentry.tables.dataset import Attribute, Dataset

FEWEST_DAYS = 120
CLOSED = 3  # days a shop may be closed at the beginning of a period
FEWEST_COHORTS = 3
MOST_COHORTS = 24
CALENDAR, SPENT, FIRST = "__calendar", "__spent", "__first"
Unit = Literal["month", "week"]


@dataclass(frozen=True, slots=True)
class Period:
    """One month or week.

    Parameters
    ----------
    first : date
    complete : bool
        Whether the data covers all of it.
    customers, occasions, new : int or None
        Customers with a purchase, days with a purchase summed over customers, customers who never bought before; None where hidden or not known.
    revenue : float or None
        Net of returns; None where hidden or not known.
    """

    first: datetime.date
    complete: bool
    customers: int | None = None
    occasions: int | None = None
    new: int | None = None
    revenue: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """Customers by month of first purchase.

    Parameters
    ----------
    months : tuple of date, length c
        First day of each month, in time order; complete months only.
    sizes : tuple of int or None, length c
        Customers; None where hidden.
    active : float array, shape (c, m)
        Share of the cohort that buys in the month of joining, one month later and so on; NaN where hidden, incomplete or still to come.
    revenue : float array, shape (c, m)
        Net revenue of that month per customer of the cohort, in the data's currency; NaN likewise, and without amounts.
    opening : bool
        Whether the first cohort is the first month of the data, which holds customers from before.
    left_out : int
        Earlier cohorts, beyond the latest 24.
    """

    months: tuple[datetime.date, ...]
    sizes: tuple[int | None, ...]
    active: NDArray[np.float64]
    revenue: NDArray[np.float64]
    opening: bool
    left_out: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A dataset over time.

    Parameters
    ----------
    source : {"purchases", "joined"}
        "joined": only the number of new customers is known.
    unit : {"month", "week"}
    periods : tuple of Period
        Without gaps, in time order.
    cohorts : Cohorts or None
        None for weeks, snapshots, and fewer than three complete months.
    customers : int
        Customers that are counted: with a purchase, or with a joining date.
    total : int
        All customers of the dataset.
    last_day : date
        Day the data looks back from.
    """

    source: Literal["purchases", "joined"]
    unit: Unit
    periods: tuple[Period, ...]
    cohorts: Cohorts | None
    customers: int
    total: int
    last_day: datetime.date


def history(engine: Engine, dataset: Dataset) -> History | None:
    """Return a dataset over time, as of its date; None when it has no dates or less than two periods.

    It is asked after `features.compute.compute`, whose days it reads.
    """
    if dataset.as_of is None:
        return None
    if "lines" in dataset.has:
        return _of_purchases(engine, dataset, dataset.as_of)
    joined = next((each for each in dataset.attributes if each.role == "joined" and each.kind == "date" and each.use), None)
    return _of_joining(engine, dataset, dataset.as_of, joined) if joined else None


def starts(first: datetime.date, last: datetime.date, unit: Unit) -> list[datetime.date]:
    """Return the first day of every period from the one with `first` to the one with `last`, and of the one after.

    Examples
    --------
    >>> [str(day) for day in starts(datetime.date(2024, 11, 15), datetime.date(2025, 1, 2), "month")]
    ['2024-11-01', '2024-12-01', '2025-01-01', '2025-02-01']
    """
    if unit == "week":
        monday = first - datetime.timedelta(days=first.weekday())
        count = (last - monday).days // 7 + 2
        return [monday + datetime.timedelta(weeks=week) for week in range(count)]
    months = range(12 * first.year + first.month - 1, 12 * last.year + last.month + 1)
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in months]


def _calendar(engine: Engine, first: datetime.date, last: datetime.date, unit: Unit) -> tuple[list[datetime.date], NDArray[np.bool_]]:
    """Put the period of each day into the engine, where engines would differ in calendar arithmetic; return starts and completeness."""
    ends = starts(first, last, unit)
    days = np.arange(day_of(ends[0]), day_of(ends[-1]))
    periods = np.searchsorted([day_of(start) for start in ends], days, side="right") - 1
    engine.put(CALENDAR, {"day": days.astype(np.int32), "period": periods.astype(np.int32)})
    whole = np.ones(len(ends) - 1, dtype=bool)
    whole[0] = (first - ends[0]).days <= CLOSED
    whole[-1] &= last >= ends[-1] - datetime.timedelta(days=1)
    return ends[:-1], whole


def _of_purchases(engine: Engine, dataset: Dataset, as_of: datetime.date) -> History | None:
    bounds = engine.rows(f"SELECT min(day), max(day) FROM {DAYS}")[0]
    if bounds[0] is None:
        return None
    first = datetime.date.fromordinal(int(bounds[0]) + EPOCH)
    unit: Unit = "month" if (as_of - first).days >= FEWEST_DAYS else "week"
    months, whole = _calendar(engine, first, as_of, unit)
    if len(months) < 2:
        return None
    engine.run(_spent_sql())
    found = engine.rows(_periods_sql())
    money = "lines.amount" in dataset.has
    table = np.zeros((len(months), 4))
    for period, *figures in found:
        table[int(period)] = [float(figure or 0) for figure in figures]
    hidden = hide_small(table[:, 0])
    new_hidden = hide_small(table[:, 2])
    periods = tuple(
        Period(
            month,
            bool(complete),
            customers=None if gone else int(row[0]),
            occasions=None if gone else int(row[1]),
            new=None if gone or new_gone else int(row[2]),
            revenue=None if gone or not money else float(row[3]),
        )
        for month, complete, row, gone, new_gone in zip(months, whole, table, hidden, new_hidden, strict=True)
    )
    customers = int(engine.rows(f"SELECT count(*) FROM {FIRST}")[0][0])
    cohorts = _cohorts(engine, months, whole, money=money) if unit == "month" else None
    return History("purchases", unit, periods, cohorts, customers, dataset.customers, as_of)


def _spent_sql() -> str:
    return f"""
        CREATE OR REPLACE TABLE {SPENT} AS
        SELECT customer, period, sum(amount) AS amount, sum(CASE WHEN bought THEN 1 ELSE 0 END) AS occasions
        FROM {DAYS} JOIN {CALENDAR} USING (day) GROUP BY customer, period;
        CREATE OR REPLACE TABLE {FIRST} AS
        SELECT customer, min(period) AS joined FROM {SPENT} WHERE occasions > 0 GROUP BY customer"""


def _periods_sql() -> str:
    return f"""
        SELECT period, sum(CASE WHEN occasions > 0 THEN 1 ELSE 0 END), sum(occasions),
            sum(CASE WHEN joined = period THEN 1 ELSE 0 END), sum(amount)
        FROM {SPENT} LEFT JOIN {FIRST} USING (customer) GROUP BY period ORDER BY period"""


def _cohorts(engine: Engine, months: Sequence[datetime.date], whole: NDArray[np.bool_], *, money: bool) -> Cohorts | None:
    kept = np.flatnonzero(whole)
    if len(kept) < FEWEST_COHORTS:
        return None
    size = len(months)
    counts, sums = np.zeros((size, size)), np.zeros((size, size))
    sql = f"""
        SELECT joined, period, sum(CASE WHEN occasions > 0 THEN 1 ELSE 0 END), sum(amount)
        FROM {SPENT} JOIN {FIRST} USING (customer) WHERE period >= joined GROUP BY joined, period"""
    for joined, period, active, amount in engine.rows(sql):
        counts[joined, period - joined], sums[joined, period - joined] = float(active), float(amount or 0)
    shown = kept[-MOST_COHORTS:]
    since = np.arange(min(int(kept[-1] - shown[0]) + 1, MOST_COHORTS))
    reached = shown[:, None] + since
    known = (reached < size) & whole[np.minimum(reached, size - 1)]
    counts, sums = counts[np.ix_(shown, since)], sums[np.ix_(shown, since)]
    hidden = np.array([hide_small(np.where(cells, row, 0)) for row, cells in zip(counts, known, strict=True)])
    # Who is hidden at the start is hidden throughout: shares of a number nobody may see.
    fit = known & ~hidden & ~hidden[:, :1] & (counts[:, :1] > 0)
    sizes = np.where(counts[:, :1] > 0, counts[:, :1], np.nan)
    return Cohorts(
        months=tuple(months[place] for place in shown),
        sizes=tuple(None if gone else int(row[0]) for row, gone in zip(counts, hidden[:, 0], strict=True)),
        active=np.where(fit, counts / sizes, np.nan),
        revenue=np.where(fit, sums / sizes, np.nan) if money else np.full(fit.shape, np.nan),
        opening=bool(shown[0] == 0),
        left_out=len(kept) - len(shown),
    )


def _of_joining(engine: Engine, dataset: Dataset, as_of: datetime.date, joined: Attribute) -> History | None:
    name = quoted(joined.name)
    known = f"{name} IS NOT NULL AND {name} <= {day_of(as_of)}"
    bounds = engine.rows(f"SELECT min({name}), count(*) FROM customers WHERE {known}")[0]
    if bounds[0] is None:
        return None
    first = datetime.date.fromordinal(int(bounds[0]) + EPOCH)
    unit: Unit = "month" if (as_of - first).days >= FEWEST_DAYS else "week"
    months, whole = _calendar(engine, first, as_of, unit)
    if len(months) < 2:
        return None
    new = np.zeros(len(months))
    for period, count in engine.rows(
        f"SELECT period, count(*) FROM customers JOIN {CALENDAR} ON {name} = day WHERE {known} GROUP BY period"
    ):
        new[int(period)] = count
    hidden = hide_small(new)
    periods = tuple(
        Period(month, bool(complete), new=None if gone else int(count))
        for month, complete, count, gone in zip(months, whole, new, hidden, strict=True)
    )
    return History("joined", unit, periods, None, int(bounds[1]), dataset.customers, as_of)
