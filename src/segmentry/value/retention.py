"""Survival: what share of customers still buys, by time since their first purchase (Kaplan and Meier 1958).

Nobody signs off in a shop, so leaving is inferred: a customer has *ended* at the last purchase when they are lapsed by `lifecycle`: silent for
longer than 95 of 100 gaps at their pace, and more likely than not to stay away for as long again. That is no cancellation and no proof:
some still buy, only more seldom, and some will return. An end is seen only after such a silence, so everyone is followed up to the as-of day less
the silence after which a newcomer counts as lapsed (the notice), and whoever has not ended by then is still active there (censored). Those who
first bought within the notice are not counted: of them only the eager could be judged.

    share(t) = Π over ends at times ≤ t of (1 − ended / at risk),  bands: Greenwood's variance on the scale log(−log share)

Bands hold for each time by itself (95 %). Segments made from purchases differ in purchases by construction: `compare` describes, and
`log_rank` (Mantel 1966) is for groups that were settled before, such as channels or countries. Not for a forecast of the single customer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.value.results import Survival

Floats = NDArray[np.float64]
Z = 1.959963984540054
MOST_TIMES = 200


@dataclass(frozen=True, slots=True)
class LogRank:
    """Whether one group keeps buying for longer than all others together.

    Parameters
    ----------
    id, name : int, str
        The group.
    ended, expected : float
        Ends seen in it, and those expected if it did not differ.
    p_value : float
        Two-sided, corrected for the number of groups (Holm 1979).
    """

    id: int
    name: str
    ended: float
    expected: float
    p_value: float


def followed(recency: ArrayLike, tenure: ArrayLike, *, lapsed: ArrayLike, notice: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how long each customer was followed since the first purchase, and whether they ended then.

    Parameters
    ----------
    recency, tenure : array, shape (n,)
        Days from first to last purchase, and from first purchase to now; NaN for those who never bought.
    lapsed : bool array, shape (n,)
        Whether the state of each is "lapsed".
    notice : float
        Days of silence after which a newcomer counts as lapsed, from `lifecycle.notice`.

    Returns
    -------
    times : float array, shape (n,)
        Days; NaN for those who cannot be judged yet.
    ended : bool array, shape (n,)

    Raises
    ------
    UsageError
        When the arrays differ in length, or the notice is not above 0.

    Examples
    --------
    >>> followed([200.0, 380.0, 0.0], [400.0, 400.0, 50.0], lapsed=[True, False, False], notice=100.0)
    (array([200., 300.,  nan]), array([ True, False, False]))
    """
    t, whole, gone = np.asarray(recency, dtype=np.float64), np.asarray(tenure, dtype=np.float64), np.asarray(lapsed, dtype=bool)
    if not t.shape == whole.shape == gone.shape or t.ndim != 1:
        raise UsageError(
            f"recency, tenure and lapsed have shapes {t.shape}, {whole.shape} and {gone.shape}; pass one entry per customer in each."
        )
    if not notice > 0:
        raise UsageError(f"notice is {notice}; allowed is a number of days above 0. Pass what lifecycle.notice returns.")
    seen = whole - notice
    ended = gone & (t <= seen)
    return np.where(seen >= 0, np.where(ended, t, seen), np.nan), ended


def survival(times: ArrayLike, ended: ArrayLike, groups: ArrayLike | None = None, names: Sequence[str] = ()) -> tuple[Survival, ...]:
    """Return the share still active over time, of all customers and of each group.

    Parameters
    ----------
    times : array, shape (n,)
        How long each was followed, in the unit the curves are to have; NaN is left out.
    ended : bool array, shape (n,)
        Whether they ended then.
    groups : int array, shape (n,), or None
        Group of each, a position in `names`; negative for none.
    names : sequence of str

    Returns
    -------
    tuple of Survival
        All first (id −1, "All customers"), then one per name. A curve begins at time 0 with a share of 1, falls at its times and is flat
        between them; two entries at time 0 mean that some never came back. It stops where fewer than five are left to follow; a group of
        fewer than five customers has no times.

    Raises
    ------
    UsageError
        When the arrays differ in length, a time is negative, or a group is not among the names.
    NotEnoughData
        When fewer than five customers can be followed.
    """
    time, gone, group = _fitting(times, ended, groups, names)
    known = int(np.isfinite(time).sum())
    if known < FLOOR:
        reason = f"a curve needs at least {FLOOR} customers who can be followed; found {known:,}"
        raise NotEnoughData(
            Problem("TOO_FEW_CUSTOMERS", reason, "wait until the first customers were with you for longer than a normal gap")
        )
    everyone = _curve(-1, "All customers", time, gone)
    return everyone, *(_curve(place, name, time[group == place], gone[group == place]) for place, name in enumerate(names))


def share_at(curve: Survival, time: float) -> tuple[float, float, float]:
    """Return the share still active at a time with its band; NaN beyond the end of the curve.

    Examples
    --------
    >>> share_at(Survival(0, "A", (0.0, 4.0, 9.0), (1.0, 0.8, 0.5), (1.0, 0.7, 0.3), (1.0, 0.9, 0.7), 20, 8), 8.0)
    (0.8, 0.7, 0.9)
    """
    if not curve.times or not 0 <= time <= curve.times[-1]:
        return math.nan, math.nan, math.nan
    place = int(np.searchsorted(curve.times, time, side="right")) - 1
    return curve.share[place], curve.low[place], curve.high[place]


def compare(curves: Sequence[Survival], time: float, *, unit: str = "weeks") -> str:
    """Return a sentence on the segments that last longest and shortest; empty when fewer than two reach the time.

    Examples
    --------
    >>> loyal = Survival(0, "A", (0.0, 30.0), (1.0, 0.8), (1.0, 0.7), (1.0, 0.9), 40, 8)
    >>> brief = Survival(1, "B", (0.0, 30.0), (1.0, 0.3), (1.0, 0.2), (1.0, 0.4), 40, 28)
    >>> compare([loyal, brief], 30.0).partition(". ")[0]
    '30 weeks after the first purchase 80% of “A” were still active (95% interval 70% to 90%) and 30% of “B” (20% to 40%)'
    """
    reached = [(share_at(curve, time), curve) for curve in curves if curve.id >= 0]
    reached = sorted((each for each in reached if math.isfinite(each[0][0])), key=lambda each: (-each[0][0], each[1].id))
    if len(reached) < 2:
        return ""
    (best, first), (worst, last) = reached[0], reached[-1]
    return (
        f"{time:,.0f} {unit} after the first purchase {best[0]:.0%} of “{first.name}” were still active "
        f"(95% interval {best[1]:.0%} to {best[2]:.0%}) and {worst[0]:.0%} of “{last.name}” ({worst[1]:.0%} to {worst[2]:.0%}). "
        "Segments made from purchases differ in purchases by construction: this describes them and proves nothing."
    )


def log_rank(times: ArrayLike, ended: ArrayLike, groups: ArrayLike, names: Sequence[str]) -> tuple[LogRank, ...]:
    """Hold each group against all others together; for groups settled before their purchases, not for segments made from them.

    Returns
    -------
    tuple of LogRank
        One per name; p is 1 for a group in which nothing can be told.

    Raises
    ------
    UsageError
        As in `survival`, and without two groups.
    """
    if len(names) < 2:
        raise UsageError(f"names holds {len(names)} groups; a comparison needs at least two.")
    time, gone, group = _fitting(times, ended, groups, names)
    kept = np.isfinite(time) & (group >= 0)
    time, gone, group = time[kept], gone[kept], group[kept]
    tests = [_test(time, gone, group == place) for place in range(len(names))]
    corrected = _holm([p for _, _, p in tests])
    return tuple(LogRank(place, names[place], *tests[place][:2], corrected[place]) for place in range(len(names)))


def _fitting(
    times: ArrayLike, ended: ArrayLike, groups: ArrayLike | None, names: Sequence[str]
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.intp]]:
    time, gone = np.asarray(times, dtype=np.float64), np.asarray(ended, dtype=bool)
    group = np.full(time.shape, -1, dtype=np.intp) if groups is None else np.asarray(groups, dtype=np.intp)
    if not time.shape == gone.shape == group.shape or time.ndim != 1:
        raise UsageError(
            f"times, ended and groups have shapes {time.shape}, {gone.shape} and {group.shape}; pass one entry per customer in each."
        )
    if (time < 0).any() or np.isinf(time).any():
        raise UsageError(
            f"{int(((time < 0) | np.isinf(time)).sum()):,} of {len(time):,} times are negative or infinite; allowed are 0, more, and NaN."
        )
    if len(group) and group.max() >= len(names):
        raise UsageError(f"the highest group is {group.max()} and there are {len(names)} names; groups are positions in names.")
    return time, gone, group


def _steps(time: Floats, gone: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return the distinct times, how many end at each and how many are at risk then; who is censored at a time is at risk until then."""
    distinct, place = np.unique(time, return_inverse=True)
    everyone = np.bincount(place, minlength=len(distinct)).astype(np.float64)
    return distinct, np.bincount(place[gone], minlength=len(distinct)).astype(np.float64), everyone[::-1].cumsum()[::-1]


def _curve(number: int, name: str, time: Floats, gone: NDArray[np.bool_]) -> Survival:
    kept = np.isfinite(time)
    time, gone = time[kept], gone[kept]
    if len(time) < FLOOR:
        return Survival(number, name, (), (), (), (), customers=len(time), ended=int(gone.sum()))
    distinct, ends, risk = _steps(time, gone)
    shown = risk >= FLOOR
    distinct, ends, risk = distinct[shown], ends[shown], risk[shown]
    share = np.cumprod(1 - ends / risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(np.cumsum(ends / (risk * (risk - ends)))) / np.abs(np.log(share))
        low, high = (share ** np.exp(side * Z * deviation) for side in (1, -1))
    # Before the first end there is no doubt to be had from ends, and after the last customer ended none either.
    certain = (share == 1) | (share == 0)
    low, high = np.where(certain, share, low), np.where(certain, share, high)
    told = np.flatnonzero(ends > 0)
    if len(told) > MOST_TIMES:
        told = told[np.linspace(0, len(told) - 1, MOST_TIMES).astype(np.intp)]
    told = np.union1d(told, [len(distinct) - 1])
    times, shares, lows, highs = (
        tuple(np.r_[first, column[told]].tolist()) for first, column in ((0.0, distinct), (1.0, share), (1.0, low), (1.0, high))
    )
    return Survival(number, name, times, shares, lows, highs, customers=len(time), ended=int(gone.sum()))


def _test(time: Floats, gone: NDArray[np.bool_], inside: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the ends inside, those expected, and the p-value of the log-rank test against the outside."""
    from scipy.special import chdtrc

    distinct, ends, risk = _steps(time, gone)
    own = np.sort(time[inside])
    own_risk = len(own) - np.searchsorted(own, distinct, side="left")
    part = own_risk / risk
    expected = float(np.sum(ends * part))
    variance = float(np.sum(ends * part * (1 - part) * np.where(risk > 1, (risk - ends) / np.maximum(risk - 1, 1), 0.0)))
    seen = float((gone & inside).sum())
    return seen, expected, float(chdtrc(1, (seen - expected) ** 2 / variance)) if variance > 0 else 1.0


def _holm(p_values: Sequence[float]) -> list[float]:
    order = np.argsort(p_values, kind="stable")
    corrected, highest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
