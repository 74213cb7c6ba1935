"""The day the features look back from: the latest activity in the data, or a declared day; never today.

One mistyped date would move everything: a latest day more than 30 days beyond the 99.9th percentile of the activity is said.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.errors import DataRefused, Problem
from segmentry.results import Note

EPOCH = datetime.date(1970, 1, 1)
LONELY_DAYS = 30
NEARLY_ALL = 0.999

Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Activity:
    """Where days are found in the engine.

    Parameters
    ----------
    rows : str
        Query with one column ``day`` (INTEGER since 1970-01-01).
    words : str
        What they are, for people, such as "transactions, InvoiceDate".
    """

    rows: str
    words: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day, where it comes from, and the first day of all activity."""

    day: datetime.date | None
    reason: str
    first: datetime.date | None = None
    notes: tuple[Note, ...] = ()


def settle_as_of(engine: Engine, activities: Sequence[Activity], declared: datetime.date | None = None) -> AsOf:
    """Settle the as-of day of a dataset.

    Parameters
    ----------
    engine : Engine
    activities : sequence of Activity
    declared : date or None
        The user's; wins.

    Returns
    -------
    AsOf
        With `day` None when the data holds no dates and none was declared.

    Raises
    ------
    DataRefused
        ``AS_OF_TOO_EARLY`` when all activity is after the declared day.
    """
    found = [(activity, *_days(engine, activity)) for activity in activities]
    found = [item for item in found if len(item[1])]
    if not found:
        reason = (
            f"declared as {declared}; the data holds no dates"
            if declared
            else "the data holds no dates: ages and recency can only be taken as they stand"
        )
        return AsOf(declared, reason)
    days, counts = _merged([item[1] for item in found], [item[2] for item in found])
    latest = EPOCH + datetime.timedelta(int(days[-1]))
    first = EPOCH + datetime.timedelta(int(days[0]))
    if declared:
        return _declared(declared, first, latest, int(counts[days > (declared - EPOCH).days].sum()))
    source = max(found, key=lambda item: int(item[1][-1]))[0].words
    return AsOf(latest, f"the latest day in the data ({source})", first, _lonely(days, counts, latest))


def _days(engine: Engine, activity: Activity) -> tuple[Days, Days]:
    found = engine.fetch(f"SELECT day, count(*)::BIGINT AS n FROM ({activity.rows}) WHERE day IS NOT NULL GROUP BY day ORDER BY day")
    return found["day"].astype(np.int64), found["n"].astype(np.int64)


def _merged(days: Sequence[Days], counts: Sequence[Days]) -> tuple[Days, Days]:
    unique, place = np.unique(np.concatenate(days), return_inverse=True)
    total = np.zeros(len(unique), dtype=np.int64)
    np.add.at(total, place, np.concatenate(counts))
    return unique, total


def _declared(declared: datetime.date, first: datetime.date, latest: datetime.date, later: int) -> AsOf:
    if declared < first:
        problem = Problem(
            "AS_OF_TOO_EARLY",
            f"the declared as-of day {declared} is before the first activity in the data ({first})",
            f"declare a day between {first} and {latest}, or leave it out",
        )
        raise DataRefused(problem)
    notes: tuple[Note, ...] = ()
    if later:
        notes = (Note("after_as_of", f"{later:,} dated rows are after the declared as-of day {declared}: no feature looks at them."),)
    elif (declared - latest).days > LONELY_DAYS:
        words = f"The declared as-of day {declared} is {(declared - latest).days:,} days after the latest activity ({latest}): is the data complete?"
        notes = (Note("as_of_after_data", words, "warning"),)
    return AsOf(declared, f"declared; the data runs to {latest}", first, notes)


def _lonely(days: Days, counts: Days, latest: datetime.date) -> tuple[Note, ...]:
    running = np.cumsum(counts)
    usual = EPOCH + datetime.timedelta(int(days[np.searchsorted(running, NEARLY_ALL * running[-1])]))
    beyond = (latest - usual).days
    if beyond <= LONELY_DAYS:
        return ()
    words = (
        f"The latest day, {latest}, is {beyond:,} days after {usual}, by which 99.9 % of the activity has happened: "
        "check for a mistyped date, or declare the as-of day."
    )
    return (Note("lonely_as_of", words, "warning"),)
