"""Purchases per day of the customers who first came up to a day, for holding a model's expectation against what happened afterwards."""

from __future__ import annotations

import datetime

import numpy as np

from segmentry.engines.engine import Engine
from segmentry.features.histories import OCCASIONS, Daily, Occasions, Returns, checked_until, keep_occasions
from segmentry.features.windows import day_of
from segmentry.tables.dataset import Dataset


def arrivals(
    engine: Engine, dataset: Dataset, cutoff: datetime.date, *, occasions: Occasions = "positive", returns: Returns = "net"
) -> tuple[Daily, Daily]:
    """Return the days (since 1970-01-01, ascending) with first and with repeat purchases, and how many, of customers known at the cut-off.

    Parameters
    ----------
    cutoff : date
        Customers who first bought later are left out; purchases are counted up to the dataset's as-of day.
    occasions, returns : str
        As in `features.histories.histories`.

    Raises
    ------
    NotEnoughData
        When the dataset has no lines.
    """
    keep_occasions(engine, dataset, checked_until(dataset, None), occasions=occasions, returns=returns)
    counted = []
    for which in ("IS NULL", "IS NOT NULL"):
        found = engine.fetch(
            f"""
            SELECT day, count(*) AS number FROM {OCCASIONS}
            WHERE gap {which} AND customer IN (SELECT customer FROM {OCCASIONS} WHERE gap IS NULL AND day <= {day_of(cutoff)})
            GROUP BY day ORDER BY day"""
        )
        counted.append((found["day"].astype(np.int64), found["number"].astype(np.int64)))
    engine.run(f"DROP TABLE {OCCASIONS}")
    return counted[0], counted[1]
