"""The last days held out: all models judged on them, and whether what was foretold for their sum came true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, NotEnoughData, Problem
from segmentry.features.histories import Histories
from segmentry.features.windows import date_of, day_of
from segmentry.matrix import Matrix
from segmentry.project.settings import Settings
from segmentry.results import Estimate
from segmentry.tables.dataset import Dataset
from segmentry.value.results import Check, Holdout

Floats = NDArray[np.float64]
Unit = Literal["day", "week", "month"]

DAYS: Mapping[Unit, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
CODES = {"bgnbd": "BG/NBD", "mbgnbd": "MBG/NBD", "paretonbd": "Pareto/NBD", "nbd": "NBD"}
# Many customers average out the luck of single draws, and each draw costs time.
MANY, DRAWS_OF_MANY, DRAWS = 200_000, 199, 399


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The verdict of the days held out, and what it was made from.

    Parameters
    ----------
    holdout : Holdout
    times : float array, shape (m, 3)
        Frequency, recency, tenure at the cut-off, of the customers known by then.
    worth : float array, shape (m,)
        Mean spend per repeat purchase by then.
    later, spend : float array, shape (m,)
        Purchases afterwards, and what was spent on them.
    money : bool
        Whether the data has amounts.
    """

    holdout: Holdout
    times: Floats
    worth: Floats
    later: Floats
    spend: Floats
    money: bool


def times_of(matrix: Matrix, unit: float) -> Floats:
    """Return frequency, recency and tenure in units of time, shape (n, 3)."""
    return np.column_stack([matrix.column("frequency"), matrix.column("recency") / unit, matrix.column("tenure") / unit])


def known_of(times: Floats) -> NDArray[np.bool_]:
    """Return the customers of whom all three are known, shape (n,)."""
    return np.asarray(~np.isnan(times).any(axis=1))


def judge_models(engine: DuckEngine, dataset: Dataset, past: Histories, settings: Settings) -> Judged:
    """Judge the models on the last days, with nothing known of these when they are fitted, returns included.

    Raises
    ------
    NotEnoughData, Degenerate
        When there is too little to learn from or to judge by, or no model can be fitted.
    """
    from segmentry.features.arrivals import bought_daily
    from segmentry.features.histories import histories
    from segmentry.features.outcomes import bought_between
    from segmentry.value.gammagamma import GammaGamma
    from segmentry.value.holdout import Money, candidates, judge
    from segmentry.value.tracking import Arrivals

    wanted, unit = settings.value, DAYS[settings.value.unit]
    ways: dict[str, Any] = {"occasions": wanted.occasions, "returns": settings.cleaning.net_returns}
    cut = _cut(past, settings)
    day = date_of(cut)
    before = histories(engine, dataset, until=day, **ways)
    later, spend = bought_between(engine, dataset, day, None, **ways)
    times = times_of(before.matrix, unit)
    known = known_of(times)
    afterwards = bought_daily(engine, dataset, day, known, **ways)
    repeats = (np.concatenate([before.repeats[0], afterwards[0]]), np.concatenate([before.repeats[1], afterwards[1]]))
    worth, money = before.matrix.column("mean_value"), "lines.amount" in dataset.has
    models = candidates()
    found = judge(
        times[known],
        later[known],
        length=(day_of(past.until) - cut) / unit,
        money=Money(worth[known], spend[known], GammaGamma) if money else None,
        arrivals=Arrivals.of(before.arrivals, repeats, cutoff=cut, last=day_of(past.until), unit=unit),
        models=models if wanted.model == "auto" else {CODES[wanted.model]: models[CODES[wanted.model]]},
    )
    return Judged(found, times[known], worth[known], later[known], spend[known], money)


def _cut(past: Histories, settings: Settings) -> int:
    from segmentry.value.gates import OBSERVED_DAYS, cutoff

    wanted, first, last = settings.value, day_of(past.first_day), day_of(past.until)
    if wanted.holdout is None:
        return cutoff(first, last, horizon=wanted.horizon)
    left = last - first + 1 - wanted.holdout
    if left < OBSERVED_DAYS:
        reason = f"value.holdout is {wanted.holdout} days and leaves {max(left, 0):,} of {last - first + 1:,} to learn from; needed are {OBSERVED_DAYS}"
        raise NotEnoughData(Problem("LONG_HOLDOUT", reason, "hold out fewer days, or read more of the past"))
    return last - wanted.holdout


def covered(judged: Judged, settings: Settings) -> tuple[Check, ...]:
    """Say whether the intervals foretold for the days held out hold what was bought and spent: intervals know the model, not the season."""
    from segmentry.value.discounting import Terms
    from segmentry.value.forecast import ALL, forecast
    from segmentry.value.gammagamma import GammaGamma
    from segmentry.value.holdout import candidates

    try:
        model = candidates()[judged.holdout.chosen]().fit(judged.times)
        paid = judged.money and judged.holdout.money is not None
        spend = GammaGamma().fit(np.column_stack([judged.times[:, 0], judged.worth])) if paid else None
        terms = Terms(judged.holdout.length, unit_days=DAYS[settings.value.unit])
        worth = judged.worth if paid else None
        _, sums = forecast(model, judged.times, terms=terms, value=worth, spend=spend, draws=DRAWS_OF_MANY, seed=settings.run.seed)
    except DataRefused:
        return ()
    checks = (_inside("sum_covered", sums[ALL].purchases, float(judged.later.sum()), "purchases were foretold", "were made"),)
    if not paid:
        return checks
    money = _inside("value_covered", sums[ALL].value, float(judged.spend.sum()), "in money was foretold", "was spent")
    return (*checks, money, *_rule(judged.holdout))


def _inside(code: str, told: Estimate, actual: float, foretold: str, came: str) -> Check:
    found = f"For the days held out {told.low:,.0f} to {told.high:,.0f} {foretold} (90% interval) and {actual:,.0f} {came}"
    if told.low <= actual <= told.high:
        return Check(code, holds=True, words=f"{found}: inside.")
    words = f"{found}: outside. Intervals know the luck of single customers and not what moves all of them, such as a season: take them as too narrow."
    return Check(code, holds=False, words=words)


def _rule(holdout: Holdout) -> tuple[Check, ...]:
    """Say whether money is foretold better than by going on with each customer's past rate and mean spend."""
    if holdout.money is None or holdout.money_rule is None:
        return ()
    own, rule = holdout.money, holdout.money_rule
    compared = (
        f"Money per customer in the days held out is off by {own.rmse:,.0f} (root of the mean square) with the model and by {rule.rmse:,.0f} with each "
        "customer's past rate times their mean spend"
    )
    better = holdout.money_better is True
    near = "the difference is within luck, so the rule may be as good" if own.rmse < rule.rmse else "the rule would have been as good"
    words = f"{compared}: {'the model is better' if better else near} for single customers."
    return (Check("money_better", holds=better, words=words),)
