"""Up to which day the data is whole: rows often come in late, and the last days then look like a drop.

The last seven days are held against the week before them and the weekdays of eight weeks before that, so that a season is no drop: the deficit of the
last k days is put in units of its standard error, which knows how much days vary beyond chance. The k whose deficit stands out most, if any does by more
than 3.3 (one in two thousand), is flagged. Rows that come in later than a week are not looked for.

When NOT to use: as proof. A real fall of sales in the last days looks the same; both are reasons not to read anything into them.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.engines.engine import Engine
from segmentry.features.windows import date_of, day_of
from segmentry.tables.dataset import Dataset

Floats = NDArray[np.float64]
WEEKS = 8
OUTSTANDING, CONTINUED = 3.3, 2.0


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the data can be trusted.

    Parameters
    ----------
    last : date
        Last day of the data.
    whole : date
        Last day that is not flagged.
    days : int
        Days flagged at the end, 0 when none is.
    deficit : float
        Share of rows that seem to be missing in them, 0 to 1.
    words : str
        What was found; empty when nothing was.
    """

    last: datetime.date
    whole: datetime.date
    days: int
    deficit: float
    words: str


def watermark(engine: Engine, dataset: Dataset) -> Watermark | None:
    """Return up to which day the purchases are whole, or None in data without purchases or too young to tell."""
    if "lines" not in dataset.has or dataset.as_of is None:
        return None
    last, span = day_of(dataset.as_of), 7 * (WEEKS + 2)
    if dataset.first_day is not None and last - day_of(dataset.first_day) < span:
        return None
    found = engine.fetch(f"SELECT day, count(*) AS n FROM lines WHERE day > {last - span} AND day <= {last} GROUP BY day")
    counts = np.zeros(span)
    counts[found["day"].astype(np.int64) - (last - span + 1)] = found["n"].astype(np.float64)
    days, deficit = incomplete(counts)
    words = (
        f"The last {days} days hold {deficit:.0%} fewer purchases than the week before them let expect: rows are still coming in, "
        "or sales fell. Nothing is read into them."
        if days > 1
        else f"The last day holds {deficit:.0%} fewer purchases than the week before it lets expect: the day was not over, or rows are "
        "still coming in. Nothing is read into it."
        if days
        else ""
    )
    return Watermark(dataset.as_of, date_of(last - days), days, deficit, words)


def incomplete(counts: ArrayLike) -> tuple[int, float]:
    """Return how many of the last days seem to lack rows, and which share of them.

    Parameters
    ----------
    counts : array-like, shape (70,)
        Rows per day, the last day at the end: eight weeks for the weekdays, one for the level, then one to judge, and no holiday is known.

    Returns
    -------
    days : int
        0 to 7.
    deficit : float
        0 when no day is flagged.

    Examples
    --------
    >>> whole = np.full(70, 100.0)
    >>> incomplete(whole)
    (0, 0.0)
    >>> whole[-3:] = (95.0, 60.0, 20.0)
    >>> days, deficit = incomplete(whole)
    >>> days, round(deficit, 2)
    (2, 0.6)
    """
    rows = np.asarray(counts, dtype=np.float64)
    past, before, late = rows[: 7 * WEEKS].reshape(WEEKS, 7), rows[7 * WEEKS : 7 * WEEKS + 7], rows[-7:]
    usual = past.mean(axis=0)
    if usual.sum() <= 0 or before.sum() <= 0:
        return 0, 0.0
    spread = max(1.0, ((past - usual) ** 2).sum() / (usual.sum() * (WEEKS - 1)))
    level = before.sum() / usual.sum()
    single, missed = level * usual[::-1], (level * usual - late)[::-1]

    def standing(missing: Floats, expected: Floats) -> Floats:
        # Chance in the days themselves, in their level and in the weekdays.
        error = np.sqrt(spread * expected * (1 + expected / before.sum() + level / WEEKS))
        found: Floats = np.divide(missing, error, out=np.zeros(len(error)), where=error > 0)
        return found

    together = standing(np.cumsum(missed), np.cumsum(single))
    days = int(together.argmax()) + 1
    if together[days - 1] <= OUTSTANDING:
        return 0, 0.0
    # Where rows come in late, the days before lack some too: a lower bar is enough for them.
    while days < 7:
        rest = standing(np.cumsum(missed[days:]), np.cumsum(single[days:]))
        if rest.max() <= CONTINUED:
            break
        days += int(rest.argmax()) + 1
    return days, float(missed[:days].sum() / single[:days].sum())
