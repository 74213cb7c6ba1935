"""What each customer's purchases looked like up to a day: how often, how long since, how much, and the rhythm between them.

The input of the models of value: an occasion is a calendar day with positive net spend, the frequency counts the occasions after the first,
recency runs from the first to the last of them, tenure from the first to the day looked back from (Fader, Hardie and Lee 2005). Nothing
dated after that day is looked at, returns included. Money is summed as DECIMAL and gaps as whole numbers, so the bits depend on neither
the order of the rows nor the number of threads. Not for data that is a sample of lines: its occasions are artefacts.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice
from segmentry.engines.bridge import collect_matrix
from segmentry.engines.engine import Engine
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.features.returns import Netting
from segmentry.features.windows import date_of, day_of, window
from segmentry.matrix import Column, Matrix
from segmentry.tables.dataset import Dataset

LOOKED, OCCASIONS, PAST = "__looked", "__occasions", "__past"
LATEST = 9_999_999  # days; more than a calendar of four-digit years holds

Occasions = Literal["positive", "all"]
Returns = Literal["net", "keep"]
Daily = tuple[NDArray[np.int64], NDArray[np.int64]]

COLUMNS = (
    Column("frequency", "Repeat purchases (days with a purchase after the first)", "count", "purchases", group="purchases"),
    Column("recency", "Days from first to last purchase", "days", "days", group="purchases"),
    Column("tenure", "Days since first purchase", "days", "days", group="purchases"),
    Column("mean_value", "Mean spend per repeat purchase", "money", "per purchase", group="value"),
    Column("first_value", "Spend of the first purchase", "money", group="value"),
    Column("gaps", "Gaps between purchases", "count", "gaps", group="purchases"),
    Column("gap_mean", "Mean days between purchases", "days", "days", group="purchases"),
    Column("gap_deviation", "Standard deviation of the days between purchases", "days", "days", group="purchases"),
    Column("longest_gap", "Longest gap between purchases", "days", "days", group="purchases"),
    Column("since_longest", "Days since the longest gap ended", "days", "days", group="purchases"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Purchase histories of all customers, as of a day.

    Parameters
    ----------
    matrix : Matrix
        All customers in id order, with the columns of `COLUMNS`; NaN for customers without an occasion. ``mean_value`` is that of the
        repeat occasions and NaN without any, the figures of gaps are NaN without a gap, money is NaN in data without amounts.
        ``gap_deviation`` is that of the population (division by the number of gaps); ``since_longest`` counts from the end of the
        longest gap, the latest of equally long ones.
    first_day : date
        Day of the first occasion of all.
    until : date
        Last day looked at.
    arrivals, repeats : (int array, int array)
        Calendar days (since 1970-01-01, ascending, only those with one) and the number of first, and of repeat, occasions on each.
    netting : Netting
        What became of the returns up to `until`.
    """

    matrix: Matrix
    first_day: datetime.date
    until: datetime.date
    arrivals: Daily
    repeats: Daily
    netting: Netting = field(default_factory=Netting)


def histories(
    engine: Engine, dataset: Dataset, *, until: datetime.date | None = None, occasions: Occasions = "positive", returns: Returns = "net"
) -> Histories:
    """Return the purchase histories of all customers up to a day; ``__days`` stays as it was.

    Parameters
    ----------
    until : date or None
        Last day looked at; None means the dataset's as-of day, and later is not allowed.
    occasions : {"positive", "all"}
        Days with positive net spend, or every day with a line that is not a return (zero spend included: the convention of the
        literature for the CDNOW data).
    returns : {"net", "keep"}
        As in `features.windows.window`.

    Raises
    ------
    UsageError
        When a choice is not known, or `until` is later than the as-of day.
    NotEnoughData
        Without purchases up to that day.
    """
    last = checked_until(dataset, until)
    netting = keep_occasions(engine, dataset, last, occasions=occasions, returns=returns)
    engine.run(_past_sql(day_of(last), money="lines.amount" in dataset.has))
    matrix = collect_matrix(engine, PAST, COLUMNS)
    arrivals, repeats = (_daily(engine, repeat=repeat) for repeat in (False, True))
    engine.run(f"DROP TABLE {PAST}; DROP TABLE {OCCASIONS}")
    if not len(arrivals[0]):
        reason = f"none of the {dataset.customers:,} customers has a purchase (a day with positive net spend) up to {last}"
        raise NotEnoughData(Problem("NO_PURCHASES", reason, "look at a later day, or check which column holds the amounts"))
    return Histories(matrix, date_of(arrivals[0][0]), last, arrivals, repeats, netting)


def checked_until(dataset: Dataset, until: datetime.date | None) -> datetime.date:
    """Return the last day to look at: the dataset's own for None.

    Raises
    ------
    NotEnoughData
        When the dataset has no lines.
    UsageError
        When `until` is later than the as-of day: silence on days the data does not cover would be taken for absence.
    """
    if "lines" not in dataset.has or dataset.as_of is None:
        reason = f"the data is a {dataset.shape} table without single purchases, and its {dataset.customers:,} customers have no history"
        raise NotEnoughData(Problem("NO_PURCHASES", reason, "add a table with one row per purchase: customer, date and amount"))
    if until is not None and until > dataset.as_of:
        raise UsageError(f"until is {until}; the data is known up to {dataset.as_of}. Give that day or an earlier one.")
    return until or dataset.as_of


def keep_occasions(engine: Engine, dataset: Dataset, last: datetime.date, *, occasions: Occasions, returns: Returns) -> Netting:
    """Keep the table ``__occasions`` (customer, day, amount, gap in days to the one before) up to a day.

    Raises
    ------
    UsageError
        When a choice is not known.
    """
    check_choice("occasions", occasions, ("positive", "all"))
    check_choice("returns", returns, ("net", "keep"))
    view = window(engine, dataset, day_of(last), returns=returns, into=LOOKED)
    worth = "amount" if "lines.amount" in dataset.has else "quantity"
    chosen = "WHERE bought"
    if occasions == "all":
        # A line without a figure is no return: somebody came and took something.
        chosen = (
            f"JOIN (SELECT DISTINCT customer, day FROM lines WHERE day <= {day_of(last)} AND coalesce({worth}, 0) >= 0) came "
            "USING (customer, day)"
        )
    engine.run(
        f"""
        CREATE OR REPLACE TABLE {OCCASIONS} AS
        SELECT customer, day, amount, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap
        FROM (SELECT customer, day, amount FROM {LOOKED} {chosen}) kept;
        DROP TABLE {LOOKED};
        DROP TABLE IF EXISTS {LOOKED}_net"""
    )
    return view.netting


def _past_sql(last: int, *, money: bool) -> str:
    """Return the statement that sums the occasions of each customer; sums of whole numbers and DECIMAL are exact."""
    first_value = "CAST(sum(CASE WHEN gap IS NULL THEN amount END) AS DOUBLE)" if money else "CAST(NULL AS DOUBLE)"
    repeat_value = "CAST(sum(CASE WHEN gap IS NOT NULL THEN amount END) AS DOUBLE)" if money else "CAST(NULL AS DOUBLE)"
    # The longest gap and, among equally long ones, the latest end, in one whole number.
    longest = f"max(CAST(gap AS BIGINT) * {LATEST + 1} + {LATEST} - ({last} - day))"
    return f"""
        CREATE OR REPLACE TABLE {PAST} AS
        SELECT customer, gaps AS frequency, total AS recency, tenure, repeat_value / nullif(valued, 0) AS mean_value, first_value,
            gaps, CAST(total AS DOUBLE) / nullif(gaps, 0) AS gap_mean,
            sqrt(CAST(gaps * squares - total * total AS DOUBLE)) / nullif(gaps, 0) AS gap_deviation,
            longest // {LATEST + 1} AS longest_gap, {LATEST} - longest % {LATEST + 1} AS since_longest
        FROM (
            SELECT customer, count(gap) AS gaps, coalesce(sum(gap), 0) AS total, {last} - min(day) AS tenure,
                coalesce(sum(CAST(gap AS BIGINT) * gap), 0) AS squares, {longest} AS longest, {first_value} AS first_value,
                {repeat_value} AS repeat_value, count(CASE WHEN gap IS NOT NULL THEN amount END) AS valued
            FROM {OCCASIONS} GROUP BY customer) sums"""


def _daily(engine: Engine, *, repeat: bool) -> Daily:
    which = "IS NOT NULL" if repeat else "IS NULL"
    found = engine.fetch(f"SELECT day, count(*) AS number FROM {OCCASIONS} WHERE gap {which} GROUP BY day ORDER BY day")
    return found["day"].astype(np.int64), found["number"].astype(np.int64)
