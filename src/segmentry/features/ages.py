"""What customers spent (or how often they bought) by a certain age, counted in days since their first purchase.

For comparing those who came earlier with those who came later: at the same age, so that a longer look at the same customers is no growth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.features.histories import OCCASIONS, Occasions, Returns, checked_until, keep_occasions
from segmentry.tables.dataset import Dataset


def by_age(
    engine: Engine, dataset: Dataset, age: int, *, occasions: Occasions = "positive", returns: Returns = "net"
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the day of the first purchase and what was spent in the first `age` days from then on, per customer with a purchase.

    Parameters
    ----------
    age : int
        Days, the first one included.
    occasions, returns : str
        As in `features.histories.histories`.

    Returns
    -------
    first : int array, shape (m,)
        Days since 1970-01-01.
    value : float array, shape (m,)
        Net spend; in data without amounts the number of purchases.

    Raises
    ------
    NotEnoughData
        When the dataset has no lines.
    """
    keep_occasions(engine, dataset, checked_until(dataset, None), occasions=occasions, returns=returns)
    value = "CAST(sum(o.amount) AS DOUBLE)" if "lines.amount" in dataset.has else "CAST(count(*) AS DOUBLE)"
    found = engine.fetch(
        f"""
        SELECT f.customer, f.first, {value} AS value
        FROM (SELECT customer, min(day) AS first FROM {OCCASIONS} GROUP BY customer) f
        JOIN {OCCASIONS} o ON o.customer = f.customer AND o.day < f.first + {int(age)}
        GROUP BY f.customer, f.first ORDER BY f.customer"""
    )
    engine.run(f"DROP TABLE {OCCASIONS}")
    return found["first"].astype(np.int64), found["value"].astype(np.float64)
