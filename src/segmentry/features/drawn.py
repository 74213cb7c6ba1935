"""Who was drawn for what, and what they bought in the days around it: the trials, and windows of days that begin on a day of each customer's own.

A window of d days begins with the start's own day, because many buy on the day they are asked; the window before ends on the day before. Returns are
set off as of the last day that any window reaches. Not for whoever is not over yet: a window that ends after the data's last day is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine, literal, quoted
from segmentry.features.histories import OCCASIONS, Occasions, Returns, keep_occasions
from segmentry.features.windows import date_of
from segmentry.tables.dataset import Dataset

STARTS = "__starts"
Floats = NDArray[np.float64]
Days = NDArray[np.int64]
NO_DAY = -(2**31)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Customers of one experiment, each once.

    Parameters
    ----------
    customers : int array, shape (m,)
        Numbers as in ``customers``, ascending.
    arms : array of str, shape (m,)
    days : int array, shape (m,)
        Day of the lot, since 1970-01-01; `NO_DAY` where not known.
    probability, exposed : float array, shape (m,)
        NaN where not known.
    outcomes : float array, shape (m, o)
        In the order of `Dataset.outcomes`; NaN where not known.
    repeats : int
        Rows beyond the first of a customer with the same arm: flags are joined, numbers and money added up.
    torn : int
        Customers given several arms, who are left out.
    """

    customers: NDArray[np.intp]
    arms: NDArray[np.object_]
    days: Days
    probability: Floats
    exposed: Floats
    outcomes: Floats
    repeats: int
    torn: int


def experiments(engine: Engine) -> tuple[str, ...]:
    """Return the names of the experiments, the latest last; those of one day by name."""
    found = engine.rows("SELECT experiment FROM trials WHERE arm IS NOT NULL GROUP BY experiment ORDER BY max(day) NULLS FIRST, experiment")
    return tuple(str(name) for (name,) in found)


def drawn(engine: Engine, dataset: Dataset, experiment: str) -> Drawn:
    """Return who was drawn for an experiment.

    Parameters
    ----------
    experiment : str
        One of `experiments`.
    """
    told = [f"{'max' if each.kind == 'flag' else 'sum'}({quoted(each.name)}) AS o{place}" for place, each in enumerate(dataset.outcomes)]
    found = engine.fetch(
        f"""
        SELECT customer, min(arm) AS arm, count(DISTINCT arm) AS several, count(*) AS rows, coalesce(min(day), {NO_DAY}) AS day,
            avg(probability) AS probability, max(exposed::INTEGER)::DOUBLE AS exposed{"".join(f", {each}" for each in told)}
        FROM trials WHERE experiment = {literal(experiment)} AND arm IS NOT NULL GROUP BY customer ORDER BY customer"""
    )
    whole = found["several"].astype(np.int64) == 1
    rows = found["rows"].astype(np.int64)[whole]
    outcomes = [found[f"o{place}"].astype(np.float64)[whole] for place in range(len(told))]
    return Drawn(
        customers=found["customer"].astype(np.intp)[whole],
        arms=found["arm"].astype(object)[whole],
        days=found["day"].astype(np.int64)[whole],
        probability=found["probability"].astype(np.float64)[whole],
        exposed=found["exposed"].astype(np.float64)[whole],
        outcomes=np.column_stack(outcomes) if outcomes else np.empty((len(rows), 0)),
        repeats=int(rows.sum() - len(rows)),
        torn=int((~whole).sum()),
    )


def keep_starts(engine: Engine, customers: NDArray[np.intp], first: Days, *, into: str = STARTS) -> None:
    """Keep a table of ``customer`` and ``first``, the first day of each customer's window."""
    engine.put(into, {"customer": customers.astype(np.int64), "first": first.astype(np.int64)})


def bought_within(
    engine: Engine,
    dataset: Dataset,
    customers: NDArray[np.intp],
    first: Days,
    *,
    days: int,
    occasions: Occasions = "positive",
    returns: Returns = "net",
) -> tuple[Floats, Floats]:
    """Return how often each customer bought in a window of their own, and what they spent.

    Parameters
    ----------
    customers, first : int array, shape (m,)
        Customer, each once, and first day of the window since 1970-01-01.
    days : int
        Length of the window.
    occasions, returns : str
        As in `features.histories.histories`.

    Returns
    -------
    purchases, spend : float array, shape (m,)
        0 for none; spend is NaN throughout in data without amounts.
    """
    purchases, spend = np.zeros(len(customers)), np.zeros(len(customers))
    if len(customers):
        keep_occasions(engine, dataset, date_of(int(first.max()) + days - 1), occasions=occasions, returns=returns)
        keep_starts(engine, customers, first)
        found = engine.fetch(
            f"""
            SELECT s.customer, count(*) AS purchases, CAST(sum(o.amount) AS DOUBLE) AS spend FROM {STARTS} s
            JOIN {OCCASIONS} o ON o.customer = s.customer AND o.day >= s.first AND o.day < s.first + {days}
            GROUP BY s.customer ORDER BY s.customer"""
        )
        engine.run(f"DROP TABLE {STARTS}; DROP TABLE {OCCASIONS}")
        order = np.argsort(customers, kind="stable")
        rows = order[np.searchsorted(customers[order], found["customer"].astype(np.intp))]
        purchases[rows] = found["purchases"].astype(np.float64)
        spend[rows] = np.nan_to_num(found["spend"].astype(np.float64))
    return purchases, spend if "lines.amount" in dataset.has else np.full(len(customers), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """One campaign's contacts in the windows of some customers."""

    campaign: str
    first: int
    last: int
    customers: NDArray[np.intp]


def contacted_within(engine: Engine, customers: NDArray[np.intp], first: Days, *, days: int) -> tuple[Reached, ...]:
    """Return which campaigns reached which of the customers in windows of their own, in the order of time and name.

    Parameters
    ----------
    customers, first, days
        As in `bought_within`.
    """
    keep_starts(engine, customers, first)
    found = engine.fetch(
        f"""
        SELECT c.campaign, s.customer, min(c.day) AS first, max(c.day) AS last FROM {STARTS} s
        JOIN contacts c ON c.customer = s.customer AND c.day >= s.first AND c.day < s.first + {days}
        WHERE c.campaign IS NOT NULL GROUP BY c.campaign, s.customer ORDER BY c.campaign, s.customer"""
    )
    engine.run(f"DROP TABLE {STARTS}")
    names = found["campaign"].astype(str)
    parts = []
    for name in np.unique(names):
        rows = np.flatnonzero(names == name)
        days_of = [found[end].astype(np.int64)[rows] for end in ("first", "last")]
        parts.append(Reached(str(name), int(days_of[0].min()), int(days_of[1].max()), found["customer"].astype(np.intp)[rows]))
    return tuple(sorted(parts, key=lambda each: (each.first, each.campaign)))


def campaign_names(engine: Engine, dataset: Dataset) -> dict[str, str]:
    """Return the name for people of each campaign, by id; empty without a table of campaigns."""
    if "campaigns" not in dataset.has:
        return {}
    return {
        str(key): str(name) for key, name in engine.rows("SELECT campaign, name FROM campaigns WHERE name IS NOT NULL ORDER BY campaign")
    }
