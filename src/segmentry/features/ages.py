"""What customers spent (or how often they bought) by a certain age, counted in days since their first purchase.

For comparing those who came earlier with those who came later: at the same age, so that a longer look at the same customers is no growth. Returns
count on their own day: netted with their purchases they would lower the worth of those who had longer to send things back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.features.histories import checked_until
from segmentry.features.windows import day_of
from segmentry.tables.dataset import Dataset


def by_age(engine: Engine, dataset: Dataset, age: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the day of the first purchase and what was spent in the first `age` days from then on, per customer with a purchase.

    Parameters
    ----------
    age : int
        Days, the first one included.

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
    last = day_of(checked_until(dataset, None))
    money = "lines.amount" in dataset.has
    worth = "amount" if money else "quantity" if "lines.quantity" in dataset.has else "1"
    found = engine.fetch(
        f"""
        WITH each AS (SELECT customer, day, sum({worth}) AS worth FROM lines WHERE day <= {last} GROUP BY customer, day),
            began AS (SELECT customer, min(day) AS first FROM each WHERE worth > 0 GROUP BY customer)
        SELECT began.customer AS customer, first, CAST(sum({"worth" if money else "CASE WHEN worth > 0 THEN 1 ELSE 0 END"}) AS DOUBLE) AS value
        FROM began JOIN each ON each.customer = began.customer AND day >= first AND day < first + {int(age)}
        GROUP BY began.customer, first ORDER BY began.customer"""
    )
    return found["first"].astype(np.int64), found["value"].astype(np.float64)
