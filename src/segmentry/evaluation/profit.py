"""Profit of contacting the likeliest first: answers × revenue − contacts × cost, by depth, and what the best depth really brings.

The highest point of the curve is too high: the depth was chosen because chance was kind there (the winner's curse). So the depth is chosen again on
nine tenths of the customers and its profit taken on the last tenth, ten times round, and all that twenty times with other tenths (cross-validation of
the choice of depth; Stone 1974). Nobody counts who had a part in the choice, so it is not biased upwards; it speaks of a depth chosen on nine
tenths, so it errs, if at all, on the low side. A bootstrap correction of optimism (Efron 1983) was tried: resamples peak where the data do, and a
quarter of the optimism stayed.

Intervals are bootstraps over groups of the whole procedure: depth chosen and judged anew in every resample. The interval of the best profit is the
spread of those, laid around the estimate; they themselves lie too high for the same reason as the curve.

When NOT to use: when contacts change who answers otherwise (that is uplift), or when answers are worth different amounts. Choosing between the best
depth, everyone and nobody by these figures is a choice too, and flatters a little where they are close.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.evaluation.intervals import percentiles, resampled
from segmentry.evaluation.ranked import Ranked, ranked
from segmentry.evaluation.results import ProfitCurve
from segmentry.results import Estimate

Floats = NDArray[np.float64]
POINTS = 101
TENTHS = 10
ROUNDS = 20
# Depths that may be chosen: finer ones than a thousandth of the customers make no plan better.
DEPTHS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class _Ladder:
    """Customers on rungs, the likeliest on the first (equal probabilities share one), and how they are divided into tenths.

    `gain` is what contacting each would have brought; `cells` are rungs of tenths, one array per round.
    """

    rungs: int
    gain: Floats
    cells: tuple[NDArray[np.intp], ...]

    def curves(self, weights: Floats, division: int) -> tuple[Floats, Floats]:
        """Return contacts and profit down to each rung, led by 0, per tenth: two arrays (tenths, rungs + 1)."""
        shape = TENTHS, self.rungs
        sums = [np.bincount(self.cells[division], each, minlength=TENTHS * self.rungs) for each in (weights, weights * self.gain)]
        contacts, gained = (np.pad(np.cumsum(each.reshape(shape), axis=1, dtype=np.float64), ((0, 0), (1, 0))) for each in sums)
        return contacts, gained


def profit(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    cost: float,
    revenue: float,
    source: str,
    groups: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> ProfitCurve:
    """Return the profit by depth, and the best depth with its profit, the optimism of choosing it removed.

    Parameters
    ----------
    outcome : array-like of 0 and 1, shape (n,)
    probability : array-like of float, shape (n,)
        Out-of-fold; only their order is used.
    cost, revenue : float
        Per contact and per answer, in the data's currency; 0 < cost < revenue.
    source : str
        Where the two come from, in words.
    groups : array-like of int, shape (n,), optional
        Customers with the same number are not independent.
    resamples, seed : int
        Of the intervals, and of the division into tenths.

    Returns
    -------
    curve : ProfitCurve
        All profits are for the n customers. `advice` compares `best` with contacting everyone and nobody; where these bring as much it names them.

    Raises
    ------
    UsageError
        When cost is not above 0, or revenue not above cost; when lengths differ or values are not allowed.
    NotEnoughData
        When nobody answered or everybody did.

    Examples
    --------
    >>> curve = profit([1, 1, 0, 0] * 25, [0.9, 0.8, 0.3, 0.1] * 25, cost=1.0, revenue=4.0, source="as asked", resamples=20)
    >>> curve.everyone, curve.naive, curve.best.value, curve.best_share.value, curve.advice
    (100.0, 150.0, 150.0, 0.5, 'some')
    """
    _check_money(cost, revenue)
    found = ranked(outcome, probability, groups)
    ladder = _ladder(found, revenue * found.outcome - cost, np.random.default_rng([seed, 1]))
    by_round = [ladder.curves(np.ones(len(found)), division) for division in range(ROUNDS)]
    honest = float(np.mean([_judged(gained) for _, gained in by_round]))
    contacts, gained = (each.sum(axis=0) for each in by_round[0])
    share = np.linspace(0.0, 1.0, POINTS)
    highest = int(gained.argmax())
    low, high, best, best_share = _doubt(ladder, found.units, share, resamples, seed)
    depth, everyone = float(contacts[highest] / len(found)), float(gained[-1])
    return ProfitCurve(
        share=_numbers(share),
        profit=_numbers(np.interp(share * len(found), contacts, gained)),
        low=_numbers(low),
        high=_numbers(high),
        cost=cost,
        revenue=revenue,
        source=source,
        everyone=everyone,
        nobody=0.0,
        best_share=Estimate(depth, min(depth, best_share[0]), max(depth, best_share[1])),
        best=Estimate(honest, honest + best[0], honest + best[1]),
        naive=float(gained[highest]),
        threshold=cost / revenue,
        customers=len(found),
        advice="some" if honest > max(0.0, everyone) else "everyone" if everyone > 0 else "nobody",
        cut=float(found.score[round(contacts[highest]) - 1]) if highest else math.inf,
    )


def contacted(probability: ArrayLike, curve: ProfitCurve) -> NDArray[np.bool_]:
    """Return whom to contact: nobody or everyone where that is advised, otherwise whoever is as likely as those within the best depth.

    Parameters
    ----------
    probability : array-like of float, shape (m,)
        Of any customers; NaN where it cannot be said, and they are not contacted.
    curve : ProfitCurve

    Returns
    -------
    contact : bool array, shape (m,)

    Examples
    --------
    >>> curve = profit([1, 1, 0, 0] * 25, [0.9, 0.8, 0.3, 0.1] * 25, cost=1.0, revenue=4.0, source="as asked", resamples=20)
    >>> contacted([0.85, 0.2, np.nan], curve).tolist()
    [True, False, False]
    """
    values = np.asarray(probability, dtype=np.float64)
    cut = {"nobody": math.inf, "everyone": -math.inf}.get(curve.advice, curve.cut)
    return values >= cut


def _check_money(cost: float, revenue: float) -> None:
    if not (math.isfinite(cost) and cost > 0):
        raise UsageError(f"the cost of a contact is {cost:g}; allowed is any amount above 0. Without a cost everyone is worth contacting.")
    if not (math.isfinite(revenue) and revenue > cost):
        raise UsageError(
            f"the revenue of an answer is {revenue:g} at a cost of {cost:g} per contact; allowed is any amount above the cost. "
            "Otherwise nobody is worth contacting: check the two."
        )


def _ladder(found: Ranked, gain: Floats, rng: np.random.Generator) -> _Ladder:
    """Return rungs of equal probabilities, several to one where there are more than may be chosen from, and divisions that keep groups whole."""
    steps = np.diff(found.ends, prepend=-1)
    coarse = np.arange(len(steps)) if len(steps) <= DEPTHS else np.floor(DEPTHS * found.ends / len(found)).astype(np.intp)
    rung = np.repeat(np.unique(coarse, return_inverse=True)[1].reshape(-1), steps)
    rungs, count = int(rung[-1]) + 1, int(found.units.max()) + 1
    return _Ladder(rungs, gain, tuple(rung + rungs * (rng.permutation(count) % TENTHS)[found.units] for _ in range(ROUNDS)))


def _judged(gained: Floats) -> float:
    """Return the profit at depths that were each chosen without the tenth it is taken on; `gained` is per tenth and rung."""
    # A border between rungs is carried over, not a share: a tenth's own quantiles are noisier, which would cost profit that nobody loses.
    # The shallowest among the best: what brings no more is not done.
    chosen = (gained.sum(axis=0) - gained).argmax(axis=1)
    return float(gained[np.arange(TENTHS), chosen].sum())


def _doubt(
    ladder: _Ladder, units: NDArray[np.intp], share: Floats, resamples: int, seed: int
) -> tuple[Floats, Floats, tuple[float, float], tuple[float, float]]:
    """Return the band of the curve, and the ends of the best profit (about 0) and of the best share."""
    bands, best = np.empty((resamples, len(share))), np.empty((resamples, 2))
    for row, weights in enumerate(resampled(units, resamples=resamples, seed=seed)):
        parts = ladder.curves(weights, row % ROUNDS)
        contacts, gained = (each.sum(axis=0) for each in parts)
        scale = len(weights) / contacts[-1]
        bands[row] = np.interp(share * contacts[-1], contacts, gained) * scale
        best[row] = _judged(parts[1]) * scale, contacts[gained.argmax()] / contacts[-1]
    low, high = percentiles(bands)
    least, most = percentiles(best)
    middle = float(best[:, 0].mean())
    return low, high, (float(least[0]) - middle, float(most[0]) - middle), (float(least[1]), float(most[1]))


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(each) for each in values)
