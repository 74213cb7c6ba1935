"""Many futures of every customer, drawn in batches: the ends of each customer's interval, and the sums of each group in each draw.

Draw j of everybody is made under draw j of the parameters, so that a sum over customers is one future of the shop. Customers are put in the order of
their histories and drawn in that order; those with one history get one interval, that of the first of them. So the order of the input changes no bit.
Memory is that of a batch, whatever the number of customers.

When NOT to use it: for expectations. They have closed forms, without the noise of drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import SeedSequence, default_rng
from numpy.typing import NDArray

from segmentry.value.bounds import bounds
from segmentry.value.discounting import Terms
from segmentry.value.posterior import Floats, Parameters, draw_purchases, draw_spend

# Customers × draws of a batch: some thirty megabytes at a time.
CELLS = 400_000


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Customers of whom something can be said, in the order of their histories.

    Parameters
    ----------
    places : int array, shape (m,)
        Where each stands in the input.
    rows : float array, shape (m, 3)
        Frequency, recency, tenure.
    repeats, mean : float array, shape (m,)
        Repeat purchases of known spend and their mean value; zero where none is known.
    groups : int array, shape (m,)
    """

    places: NDArray[np.intp]
    rows: Floats
    repeats: Floats
    mean: Floats
    groups: NDArray[np.int64]

    def new(self, *, spend: bool = True) -> NDArray[np.bool_]:
        """Return where a history differs from the one before; `spend` says whether amounts belong to it."""
        columns = [*self.rows.T, self.repeats, self.mean] if spend else list(self.rows.T)
        result = np.zeros(len(self.rows), dtype=bool)
        result[:1] = True
        for column in columns:
            result[1:] |= column[1:] != column[:-1]
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """What was drawn.

    Parameters
    ----------
    purchases, value : (float array, float array), shape (m,)
        Low and high ends; without spend, value is purchases.
    numbers : int array, shape (g,)
        Groups in ascending order.
    purchase_sums, value_sums : float array, shape (g, draws)
        Of each group in each draw.
    """

    purchases: tuple[Floats, Floats]
    value: tuple[Floats, Floats]
    numbers: NDArray[np.int64]
    purchase_sums: Floats
    value_sums: Floats


def in_order(rows: Floats, value: Floats, groups: NDArray[np.int64]) -> Histories:
    """Order customers by history; those with NaN are left out.

    Examples
    --------
    >>> rows = np.array([[2.0, 5.0, 9.0], [np.nan, 0.0, 9.0], [0.0, 0.0, 4.0]])
    >>> in_order(rows, np.array([10.0, 1.0, np.nan]), np.zeros(3, dtype=np.int64)).places.tolist()
    [2, 0]
    """
    known = np.flatnonzero(np.isfinite(rows).all(axis=1))
    spent = np.isfinite(value[known]) & (value[known] > 0) & (rows[known, 0] >= 1)
    repeats, mean = np.where(spent, rows[known, 0], 0.0), np.where(spent, value[known], 0.0)
    x, last, tenure = rows[known].T
    order = np.lexsort((groups[known], mean, repeats, tenure, last, x))
    places = known[order]
    return Histories(places, rows[places], repeats[order], mean[order], groups[places])


def simulate(
    model: str, histories: Histories, terms: Terms, *, purchases: Parameters, spend: Parameters | None, draws: int, seed: SeedSequence
) -> Futures:
    """Draw the futures of all customers.

    Parameters
    ----------
    model : {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    histories : Histories
    terms : Terms
    purchases, spend : mapping of str to float array, shape (draws,)
        Draws of the parameters; `spend` None when there are no amounts.
    draws : int
    seed : SeedSequence

    Returns
    -------
    Futures
    """
    size = max(CELLS // draws, 1)
    starts = range(0, len(histories.rows), size)
    numbers, position = np.unique(histories.groups, return_inverse=True)
    new = histories.new(spend=spend is not None)
    ends = np.zeros((4, len(histories.rows)))
    sums = np.zeros((2, len(numbers), draws))
    for start, child in zip(starts, seed.spawn(len(starts)), strict=True):
        part = slice(start, start + size)
        tables = _batch(model, histories, part, terms, purchases, spend, default_rng(child))
        first = np.flatnonzero(new[part])
        for kind, table in enumerate(tables):
            _add(sums[kind], position[part], table)
            ends[2 * kind, start + first], ends[2 * kind + 1, start + first] = bounds(table[first])
    same = np.cumsum(new) - 1
    low, high, value_low, value_high = ends[:, new][:, same]
    return Futures((low, high), (value_low, value_high), numbers, sums[0], sums[1])


def _batch(
    model: str,
    histories: Histories,
    part: slice,
    terms: Terms,
    purchases: Parameters,
    spend: Parameters | None,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return purchases and value of some customers by draw."""
    drawn = draw_purchases(model, histories.rows[part], purchases, terms.horizon, rng)
    table = drawn.table(drawn.count)
    if spend is None:
        return table, table
    money = draw_spend(drawn, histories.repeats[part], histories.mean[part], spend, terms.force, rng)
    return table, drawn.table(money * terms.kept)


def _add(sums: Floats, position: NDArray[np.intp], table: Floats) -> None:
    """Add the rows of a table to the sums of their groups."""
    for group in np.unique(position).tolist():
        sums[group] += table[position == group].sum(axis=0)
