"""What customers did afterwards: labels are features of the future, for hold-outs and for learning who answers.

What is bought in a span of time is judged as of its last day: a return that comes later is not looked at. A campaign's answers are read from
the contacts up to the as-of day; features to learn them from must be as of the day before the campaign's first contact, or the answer
leaks into them (Kaufman et al. 2012). Not for cause and effect: who was chosen to be contacted is seldom chosen by lot.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice
from segmentry.engines.bridge import collect_matrix
from segmentry.engines.engine import Engine, literal
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.features.histories import OCCASIONS, Occasions, Returns, checked_until, keep_occasions
from segmentry.features.windows import date_of, day_of
from segmentry.matrix import Column
from segmentry.tables.dataset import Dataset

AFTERWARDS = "__afterwards"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign and what came of it.

    Parameters
    ----------
    name : str
        As in the data.
    day, last_day : date
        First and last day on which somebody was contacted.
    contacted : int
        Customers contacted.
    known : int
        Of them, those of whom it is known whether they answered.
    answered : int
        Of those, the ones who did.
    """

    name: str
    day: datetime.date
    last_day: datetime.date
    contacted: int
    known: int
    answered: int


def bought_between(
    engine: Engine,
    dataset: Dataset,
    after: datetime.date,
    until: datetime.date | None = None,
    *,
    occasions: Occasions = "positive",
    returns: Returns = "net",
) -> tuple[Floats, Floats]:
    """Return how often each customer bought after a day and up to another, and what they spent; ``__days`` stays as it was.

    Parameters
    ----------
    after, until : date
        The first is left out, the second counts; None means the dataset's as-of day.
    occasions, returns : str
        As in `features.histories.histories`.

    Returns
    -------
    purchases : float array, shape (n,)
        Occasions of all customers in id order (whole numbers; 0 for none), first ever occasions included: leave out whoever was no
        customer on the day `after`.
    spend : float array, shape (n,)
        Net amount of these occasions; NaN throughout in data without amounts.

    Raises
    ------
    UsageError
        When `until` is not later than `after`, or later than the as-of day.
    NotEnoughData
        When the dataset has no lines.
    """
    last = checked_until(dataset, until)
    if after >= last:
        raise UsageError(f"after is {after} and until is {last}; until must be the later one. Give an earlier day for after.")
    keep_occasions(engine, dataset, last, occasions=occasions, returns=returns)
    engine.run(
        f"""
        CREATE OR REPLACE TABLE {AFTERWARDS} AS
        SELECT customer, count(*) AS purchases, CAST(sum(amount) AS DOUBLE) AS spend
        FROM {OCCASIONS} WHERE day > {day_of(after)} GROUP BY customer;
        DROP TABLE {OCCASIONS}"""
    )
    matrix = collect_matrix(engine, AFTERWARDS, (Column("purchases", "Purchases"), Column("spend", "Spend")))
    engine.run(f"DROP TABLE {AFTERWARDS}")
    purchases, spend = np.nan_to_num(matrix.values).T
    return purchases, spend if "lines.amount" in dataset.has else np.full(len(spend), np.nan)


def answers(engine: Engine, dataset: Dataset) -> tuple[Campaign, ...]:
    """Return the campaigns with a day and with known answers, by day and name.

    Contacts without a day, and those after the as-of day, are not looked at. Who was contacted more than once in a campaign counts once, and
    has answered when one of the contacts was answered. An answer dated before its contact is not known, one after the as-of day is none yet.

    Raises
    ------
    NotEnoughData
        Without contacts, when none has a day, or when nothing says who answered.
    """
    found = engine.rows(
        f"""
        SELECT campaign, min(first), max(last), count(*), count(answered), coalesce(sum(answered), 0)
        FROM ({_contacts_sql(dataset)}) each GROUP BY campaign HAVING count(answered) > 0 ORDER BY min(first), campaign"""
    )
    if not found:
        raise NotEnoughData(_why_not(engine, dataset))
    return tuple(Campaign(str(name), date_of(first), date_of(last), *map(int, counts)) for name, first, last, *counts in found)


def answered(engine: Engine, dataset: Dataset, campaign: str) -> tuple[NDArray[np.bool_], Floats, datetime.date]:
    """Return who was contacted in a campaign and who answered.

    Returns
    -------
    contacted : bool array, shape (n,)
        All customers in id order.
    responded : float array, shape (n,)
        1 or 0; NaN for those not contacted, and where it is not known.
    day : date
        First day of contact: features must be as of the day before.

    Raises
    ------
    UsageError
        When there is no such campaign with a day and with answers; the message names those there are.
    NotEnoughData
        As in `answers`.
    """
    campaigns = {each.name: each for each in answers(engine, dataset)}
    check_choice("campaign", campaign, campaigns)
    found = engine.fetch(f"SELECT customer, answered FROM ({_contacts_sql(dataset)}) each WHERE campaign = {literal(campaign)}")
    customers = found["customer"].astype(np.intp)
    contacted = np.zeros(dataset.customers, dtype=bool)
    responded = np.full(dataset.customers, np.nan)
    contacted[customers] = True
    responded[customers] = found["answered"].astype(np.float64)
    return contacted, responded, campaigns[campaign].day


def _contacts_sql(dataset: Dataset) -> str:
    """Return the query of one row per campaign and customer: first and last day, and 1, 0 or NULL for the answer."""
    if "contacts" not in dataset.has:
        reason = f"the data of {dataset.customers:,} customers holds no campaign contacts"
        raise NotEnoughData(
            Problem("NO_CONTACTS", reason, "add a table with one row per contact: customer, campaign, date and whether answered")
        )
    limit = "" if dataset.as_of is None else f" AND day <= {day_of(dataset.as_of)}"
    late = "" if dataset.as_of is None else f"WHEN contacts.answered > {day_of(dataset.as_of)} THEN 0 "
    # What came before the contact is no answer to it, and would be known beforehand; what comes after the as-of day is not known yet.
    answer = f"CASE WHEN contacts.answered < day THEN NULL {late}WHEN responded THEN 1 WHEN NOT responded THEN 0 END"
    return f"""
        SELECT campaign, customer, min(day) AS first, max(day) AS last, max({answer}) AS answered
        FROM contacts WHERE day IS NOT NULL AND campaign IS NOT NULL{limit} GROUP BY campaign, customer"""


def _why_not(engine: Engine, dataset: Dataset) -> Problem:
    """Return what the contacts lack: days up to the as-of day, or answers."""
    limit = "day IS NOT NULL" if dataset.as_of is None else f"day <= {day_of(dataset.as_of)}"
    count, dated, flagged = engine.rows(
        f"SELECT count(*), coalesce(sum(CASE WHEN {limit} THEN 1 ELSE 0 END), 0), count(responded) FROM contacts"
    )[0]
    if not dated:
        reason = f"none of the {count:,} campaign contacts has a day up to the as-of day, so nothing says what was known before them"
        return Problem("UNDATED_CONTACTS", reason, "give the contacts a date column, or add a table of campaigns with their first days")
    reason = f"of {count:,} campaign contacts {dated:,} have a day and {flagged:,} say whether they were answered, but none has both and a campaign"
    return Problem("NO_ANSWERS", reason, "add a column that says, for each contact, whether the customer answered (yes or no)")
