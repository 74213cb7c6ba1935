"""Purchases per day after a day, of the customers known by then, for holding a model's expectation against what happened afterwards."""

from __future__ import annotations

import datetime

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.features.histories import OCCASIONS, Daily, Occasions, Returns, checked_until, keep_occasions
from segmentry.features.windows import day_of
from segmentry.tables.dataset import Dataset

KNOWN = "__known"


def bought_daily(
    engine: Engine,
    dataset: Dataset,
    after: datetime.date,
    known: NDArray[np.bool_],
    *,
    occasions: Occasions = "positive",
    returns: Returns = "net",
) -> Daily:
    """Return the days (since 1970-01-01, ascending) after a day on which known customers bought, and how many of them did.

    Parameters
    ----------
    after : date
        The last day that is left out; purchases are counted up to the dataset's as-of day.
    known : bool array, shape (n,)
        Customers who had bought by then.
    occasions, returns : str
        As in `features.histories.histories`.

    Raises
    ------
    NotEnoughData
        When the dataset has no lines.
    """
    keep_occasions(engine, dataset, checked_until(dataset, None), occasions=occasions, returns=returns)
    engine.put(KNOWN, {"customer": np.flatnonzero(known).astype(np.int32)})
    found = engine.fetch(
        f"""
        SELECT day, count(*) AS number FROM {OCCASIONS} JOIN {KNOWN} USING (customer)
        WHERE day > {day_of(after)} GROUP BY day ORDER BY day"""
    )
    engine.run(f"DROP TABLE {OCCASIONS}; DROP TABLE {KNOWN}")
    return found["day"].astype(np.int64), found["number"].astype(np.int64)
