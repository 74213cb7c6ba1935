"""Returns and cancelled orders, netted against the purchases they take back, as of a date.

In each group of lines (one customer and product; without a product, one customer and amount) every return, a line with
negative money (or, in data without money, negative quantity), is matched to purchases before it, never after it:

1. exactly: the most recent purchase with the same quantity and the same money that is still unmatched;
2. with the same quantity at another price: the most recent one still unmatched;
3. piecewise: the earliest purchases of which something is left, until the returned quantity is used up.

Each step is done for all returns of a group, in their order, before the next begins. What a return gives back beyond the
purchase stays as negative spend on its own day; what a purchase cost beyond the refund stays as spend on the purchase's day.
What finds no purchase counts as negative spend on the return's day. Money is in whole minor units, so nothing is lost:
the net amounts of a group sum to its raw amounts exactly. Do not use it to book revenue by period: it moves a refund to the
day of the purchase, which is what a marketer means by "what did the customer keep".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine
from segmentry.results import Treatment

Whole = NDArray[np.int64]
UNITS = 10_000
SETTING = "cleaning.net_returns"


@dataclass(frozen=True, slots=True, eq=False)
class Netted:
    """Lines after netting, in the order given, in minor units.

    Parameters
    ----------
    quantity, amount : int array, shape (n,)
        What is left of each line.
    step : int array, shape (n,)
        Of a return: 1 exact, 2 same quantity, 3 piecewise (in full or in part), 0 unmatched; −1 for other lines.
    """

    quantity: Whole
    amount: Whole
    step: Whole


@dataclass(frozen=True, slots=True)
class Netting:
    """What became of the returns up to the as-of day.

    Parameters
    ----------
    exact, same_quantity, piecewise, unmatched : int
        Returns by how they were matched (see the module).
    money : float
        Money given back by all returns, positive.
    unmatched_money : float
        Of that, what found no purchase (or exceeds it) and counts as negative spend on the return's day.
    """

    exact: int = 0
    same_quantity: int = 0
    piecewise: int = 0
    unmatched: int = 0
    money: float = 0.0
    unmatched_money: float = 0.0

    @property
    def returns(self) -> int:
        """All returns."""
        return self.exact + self.same_quantity + self.piecewise + self.unmatched

    def treatments(self) -> tuple[Treatment, ...]:
        """Return what was done, for the report; nothing when there were no returns."""
        if not self.returns:
            return ()
        matched = self.returns - self.unmatched
        words = (
            f"{matched:,} of {self.returns:,} returned or cancelled lines were set off against an earlier purchase "
            "of the same product by the same customer "
            f"({self.exact:,} with the same quantity and price, {self.same_quantity:,} with the same quantity at another price, "
            f"{self.piecewise:,} piece by piece)."
        )
        left = (
            f"{self.unmatched:,} returned or cancelled lines have no earlier purchase in the data; "
            "what they give back counts as negative spend on the day of the return."
        )
        netted = self.money - self.unmatched_money
        done = Treatment("returns_netted", matched, words, "lines", "amount", netted, SETTING)
        if not self.unmatched:
            return (done,)
        return done, Treatment("returns_unmatched", self.unmatched, left, "lines", "amount", self.unmatched_money, SETTING)


def net(group: Whole, order: Whole, quantity: Whole, amount: Whole) -> Netted:
    """Set returns off against earlier purchases of their group.

    Parameters
    ----------
    group : int array, shape (n,)
        Lines are matched only within a group.
    order : int array, shape (n,)
        Unique; smaller is earlier.
    quantity, amount : int array, shape (n,)
        In whole minor units; a return has a negative amount (without money, pass the quantity as amount too).

    Returns
    -------
    Netted
        ``amount`` sums to the same whole number as before, in each group.

    Examples
    --------
    >>> netted = net(np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([5, 2, -2]), np.array([50, 20, -20]))
    >>> netted.quantity.tolist(), netted.amount.tolist()
    ([5, 0, 0], [50, 0, 0])
    """
    amount = np.array(amount, dtype=np.int64)
    size = np.abs(np.asarray(quantity, dtype=np.int64))
    back = amount < 0
    step = np.where(back, 0, -1).astype(np.int64)
    left = size.copy()
    candidates = (amount != 0) & (size > 0)
    for number, keys in ((1, (group, size, np.abs(amount))), (2, (group, size))):
        bought, returned = _pairs(keys, order, back, candidates)
        _settle_whole(bought, returned, left, amount)
        step[returned] = number
        candidates[bought] = False
        candidates[returned] = False
    _piecewise(group, order, back, candidates, left, amount, step)
    return Netted(quantity=np.where(back | (quantity < 0), -left, left), amount=amount, step=step)


def _pairs(
    keys: tuple[Whole, ...], order: Whole, back: NDArray[np.bool_], candidates: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Match each return with the most recent free purchase of its key: brackets, closed in the order of time."""
    rows = np.flatnonzero(candidates)
    if not len(rows):
        return rows, rows
    rows = rows[np.lexsort((order[rows], *(key[rows] for key in reversed(keys))))]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = np.any([np.diff(key[rows]) != 0 for key in keys], axis=0)
    block = np.cumsum(new) - 1
    sign = np.where(back[rows], -1, 1)
    depth = np.cumsum(sign)
    depth -= (depth - sign)[new][block]
    # One falling minimum for all blocks: each block begins below everything before it.
    span = 2 * len(rows) + 2
    floor = np.minimum(np.minimum.accumulate(depth - block * span) + block * span, 0)
    level = depth - floor + (sign < 0)
    unmatched = (sign < 0) & (depth == floor) & (np.r_[True, (floor[1:] < floor[:-1]) | new[1:]]) & (floor < 0)
    pairing = np.lexsort((np.arange(len(rows)), level, block))
    pairing = pairing[~unmatched[pairing]]
    first, second = pairing[:-1], pairing[1:]
    matched = (sign[first] > 0) & (sign[second] < 0) & (block[first] == block[second]) & (level[first] == level[second])
    return rows[first[matched]], rows[second[matched]]


def _settle_whole(bought: NDArray[np.intp], returned: NDArray[np.intp], left: Whole, amount: Whole) -> None:
    difference = amount[bought] + amount[returned]
    amount[bought] = np.maximum(difference, 0)
    amount[returned] = np.minimum(difference, 0)
    left[bought] = 0
    left[returned] = 0


def _piecewise(
    group: Whole, order: Whole, back: NDArray[np.bool_], candidates: NDArray[np.bool_], left: Whole, amount: Whole, step: Whole
) -> None:
    """Use up the earliest purchases, return by return; only groups that still hold a return are walked through."""
    waiting = np.isin(group, group[candidates & back])
    rows = np.flatnonzero(candidates & waiting)
    rows = rows[np.lexsort((order[rows], group[rows]))]
    queue: list[list[int]] = []
    head, current = 0, None
    for row in rows.tolist():
        if group[row] != current:
            queue, head, current = [], 0, group[row]
        if not back[row]:
            queue.append([row, int(left[row]), int(amount[row])])
            continue
        wanted, refund = int(left[row]), -int(amount[row])
        while wanted and head < len(queue):
            bought, rest, worth = queue[head]
            take = min(wanted, rest)
            given, paid = refund * take // wanted, worth * take // rest
            kept, over = max(paid - given, 0), max(given - paid, 0)
            wanted, refund = wanted - take, refund - given
            queue[head][1:] = [rest - take, worth - paid]
            left[bought] -= take
            amount[bought] -= paid - kept
            amount[row] += given - over
            step[row] = 3
            head += rest == take
        left[row] = wanted


def net_returns(engine: Engine, day: int, *, has: frozenset[str], into: str = "__net_changes") -> Netting:
    """Net the returns among the ``lines`` up to a day; hold the lines that changed, with what is left of them.

    Parameters
    ----------
    day : int
        As-of day; later lines are not looked at.
    has : frozenset of str
        Items of ``Dataset.has``.
    into : str
        Table with ``line``, ``net_amount``, ``net_quantity`` (DECIMAL(18,4)); empty when nothing was netted.
    """
    engine.run(f"CREATE OR REPLACE TABLE {into} (line BIGINT, net_amount DECIMAL(18,4), net_quantity DECIMAL(18,4))")
    worth = "amount" if "lines.amount" in has else "quantity"
    if not engine.rows(f"SELECT 1 FROM lines WHERE day <= {day} AND {worth} < 0 LIMIT 1"):
        return Netting()
    raw = engine.fetch(_groups_sql(day, has))
    if not len(raw["line"]):
        return Netting()
    columns = {name: column.astype(np.int64) for name, column in raw.items()}
    netted = net(columns["grp"], columns["line"], columns["quantity"], columns["amount"])
    changed = (netted.amount != columns["amount"]) | (netted.quantity != columns["quantity"])
    engine.put(f"{into}_units", {"line": columns["line"][changed], "amount": netted.amount[changed], "quantity": netted.quantity[changed]})
    decimal = "CAST(CAST({0} AS DECIMAL(18,0)) * 0.0001 AS DECIMAL(18,4))"
    engine.run(
        f"INSERT INTO {into} SELECT line, {decimal.format('amount')}, {decimal.format('quantity')} FROM {into}_units; DROP TABLE {into}_units"
    )
    return _summary(columns["amount"], netted, money="lines.amount" in has)


def _summary(amount: Whole, netted: Netted, *, money: bool) -> Netting:
    def count(step: int) -> int:
        return int((netted.step == step).sum())

    back = netted.step >= 0
    return Netting(
        exact=count(1),
        same_quantity=count(2),
        piecewise=count(3),
        unmatched=count(0),
        money=-int(amount[back].sum()) / UNITS if money else 0.0,
        unmatched_money=-int(netted.amount[back].sum()) / UNITS if money else 0.0,
    )


def _groups_sql(day: int, has: frozenset[str]) -> str:
    """Return the query for all lines of the groups that hold a return, money and quantity in minor units."""
    quantity = "quantity" if "lines.quantity" in has else "amount"
    amount = "amount" if "lines.amount" in has else "quantity"
    product = "coalesce('=' || product, '#' || abs({0}))" if "lines.product" in has else "'#' || abs({0})"
    group = product.format(amount)
    return f"""
        WITH seen AS (SELECT line, customer, {group} AS thing, {quantity} AS quantity, {amount} AS amount FROM lines WHERE day <= {day}),
        returned AS (SELECT DISTINCT customer, thing FROM seen WHERE amount < 0)
        SELECT line, dense_rank() OVER (ORDER BY customer, thing) AS grp,
            CAST(quantity * {UNITS} AS BIGINT) AS quantity, CAST(amount * {UNITS} AS BIGINT) AS amount
        FROM seen SEMI JOIN returned USING (customer, thing)
        WHERE amount IS NOT NULL AND quantity IS NOT NULL"""
