"""Peeking: twenty-eight daily looks at an experiment without effect see one in at most 5 of 100 cases, whatever the metric and the split.

Every look is the real one (`sequential.look`). It is only asked for on days on which the ordinary |z| is above 2.9: below, neither of its two ways can
leave out 0, because the mixture needs 3.03 or more and the permutation 3.12 or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy.stats import binom

from segmentry.experiments.sequential import Schedule, boundary, look, narrowest
from segmentry.experiments.trial import Metric, MetricKind, Trial

DAYS, DAILY = 28, 200
KINDS: tuple[tuple[MetricKind, str], ...] = (("number", "normal"), ("yes/no", "binary"), ("money", "zero-inflated lognormal, σ = 2"))
Values = np.ndarray
Draw = Callable[[np.random.Generator, tuple[int, ...]], Values]


def drawn(kind: MetricKind, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    if kind == "number":
        return rng.normal(size=shape)
    bought = rng.random(shape) < 0.03
    return bought.astype(float) if kind == "yes/no" else np.where(bought, rng.lognormal(0, 2, shape), 0.0)


def arriving(kind: MetricKind, rng: np.random.Generator) -> Iterator[tuple[Values, Values]]:
    """Two hundred new customers a day: who is known so far, and what each did."""
    values = drawn(kind, rng, (DAYS * DAILY,))
    day = np.repeat(np.arange(1, DAYS + 1), DAILY)
    for today in range(1, DAYS + 1):
        yield day <= today, values


def together(kind: MetricKind, rng: np.random.Generator) -> Iterator[tuple[Values, Values]]:
    """All customers from the start, their purchases adding up day by day; some buy far more often than others."""
    count = 2000
    everyone = np.ones(count, dtype=bool)
    if kind == "number":
        steps = rng.normal(size=(count, DAYS)) + rng.normal(size=(count, 1)) / 5
    else:
        rate = rng.gamma(0.5, 2.0, (count, 1)) * 0.1 / DAYS
        orders = rng.random((count, DAYS)) < rate
        steps = orders * (rng.lognormal(0, 2, (count, DAYS)) if kind == "money" else 1.0)
    so_far = np.cumsum(steps, axis=1)
    for today in range(DAYS):
        yield everyone, np.minimum(so_far[:, today], 1.0) if kind == "yes/no" else so_far[:, today]


def plain_z(values: Values, arm: Values) -> float:
    one, other = values[arm == 1], values[arm == 0]
    if min(len(one), len(other)) < 8:
        return 0.0
    error = one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)
    return float((one.mean() - other.mean()) / np.sqrt(error)) if error > 0 else 0.0


def alarms(kind: MetricKind, share: float, runs: int, *, at_once: bool, seed: int) -> dict[str, int]:
    """Count the runs in which some look left out 0, might have stopped, or an ordinary test read every day cried wolf."""
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(("left out", "stopped", "peeked", "final", "stopped or final"), 0)
    for run in range(runs):
        days = (together if at_once else arriving)(kind, rng)
        left, stopped, peeked, z = False, False, False, 0.0
        arm = (rng.random(2000 if at_once else DAYS * DAILY) < share).astype(np.int64)
        for today, (here, values) in enumerate(days, 1):
            z = plain_z(values[here], arm[here])
            peeked |= abs(z) > 1.96
            if abs(z) < 2.9 or stopped:
                continue
            ids = np.arange(here.sum()).astype(str).astype(object)
            metric = Metric("x", "X", kind)
            trial = Trial("A/A", ids, ("control", "treatment"), arm[here], (metric,), values[here][:, None], "lot", "drawn here")
            found = look(trial, Schedule(DAYS, None if at_once else DAYS * DAILY), day=today, seed=run)
            left |= not found.difference.low <= 0 <= found.difference.high
            stopped |= found.may_stop
        counts["left out"] += left
        counts["stopped"] += stopped
        counts["peeked"] += peeked
        counts["final"] += abs(z) > 1.96
        counts["stopped or final"] += stopped or abs(z) > 1.96
    return counts


def most(runs: int, rate: float) -> int:
    """Return the upper end of the 99.9 % band of a binomial."""
    return int(binom.isf(0.0005, runs, rate))


def test_neither_way_of_looking_is_left_unasked() -> None:
    assert min(boundary(narrowest(0.05) * fraction, 0.05) for fraction in np.linspace(0.01, 1, 200)) > 2.9


@pytest.mark.parametrize("share", [0.5, 0.1])
@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_daily_looks_cry_wolf_in_at_most_5_of_100(kind: MetricKind, share: float) -> None:
    found = alarms(kind, share, 100, at_once=False, seed=11)
    assert found["left out"] <= most(100, 0.05)
    assert found["stopped"] <= most(100, 0.01)


def test_reading_an_ordinary_test_every_day_cries_wolf() -> None:
    # About 28 of 100, as the honesty table says: the guard is needed.
    found = alarms("number", 0.5, 150, at_once=False, seed=12)
    assert 25 <= found["peeked"] <= 62


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [False, True], ids=["arriving", "together"])
@pytest.mark.parametrize("share", [0.5, 0.1])
@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_two_thousand_experiments_cry_wolf_in_at_most_5_of_100(kind: MetricKind, share: float, *, at_once: bool) -> None:
    found = alarms(kind, share, 2000, at_once=at_once, seed=21)
    assert found["left out"] <= 0.05 * 2000, found
    assert found["stopped"] <= 0.01 * 2000, found


def missed(share: float, days: tuple[int, ...], runs: int, *, seed: int) -> int:
    """Count the experiments in which amounts grow by half and the interval does not hold that on some day."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(1, DAYS + 1), DAILY)
    truth = 0.5 * 0.1 * np.exp(1.5**2 / 2)
    misses = 0
    for run in range(runs):
        arm = (rng.random(len(day)) < share).astype(np.int64)
        values = np.where(rng.random(len(day)) < 0.1, rng.lognormal(0, 1.5, len(day)), 0.0) * np.where(arm, 1.5, 1.0)
        ends = []
        for today in days:
            here = day <= today
            ids = np.arange(here.sum()).astype(str).astype(object)
            metric = Metric("x", "X", "money")
            trial = Trial("Half more", ids, ("control", "treatment"), arm[here], (metric,), values[here][:, None], "lot", "drawn here")
            ends.append(look(trial, Schedule(DAYS, DAYS * DAILY), day=today, seed=run).difference)
        misses += any(not found.low <= truth <= found.high for found in ends)
    return misses


def test_intervals_of_money_hold_an_effect_that_is_there() -> None:
    assert missed(0.1, (14,), 40, seed=31) <= most(40, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_intervals_of_money_hold_an_effect_on_all_days_together(share: float) -> None:
    # A small arm without a large customer has too small an error of its own: then the pooled one is used.
    assert missed(share, (3, 7, 14, 21, 28), 200, seed=32) <= 0.05 * 200
