"""Where nothing is done, nothing is found; where an effect is planted, its interval holds it (honesty rows 2 and 3, and the promise of 5 % false alarms)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom, norm

from segmentry.evaluation.intervals import Z
from segmentry.experiments.comparing import compare
from segmentry.experiments.effects import difference_of_means, ratio
from segmentry.experiments.permutation import compared, permute
from segmentry.experiments.shares import interval, statistic
from segmentry.experiments.tails import tails, welch_lies
from segmentry.moments import Moments

Draw = Callable[[np.random.Generator, int], np.ndarray]
BUYERS = 0.03


def _normal(rng: np.random.Generator, customers: int) -> np.ndarray:
    return rng.normal(5.0, 2.0, customers)


def _binary(rng: np.random.Generator, customers: int) -> np.ndarray:
    return (rng.random(customers) < 0.1).astype(float)


def _money(rng: np.random.Generator, customers: int, buyers: float = BUYERS, sigma: float = 2.0) -> np.ndarray:
    spent = np.zeros(customers)
    who = rng.random(customers) < buyers
    spent[who] = rng.lognormal(3.0, sigma, int(who.sum()))
    return spent


def _alarms(draw: Draw, kind: str, sizes: tuple[int, int], runs: int, resamples: int = 399) -> tuple[int, int]:
    """Return how often the test of the house sees a decrease and an increase where nothing was done."""
    down = up = 0
    for run in range(runs):
        values = draw(np.random.default_rng([run, *sizes]), sum(sizes))
        if kind == "money":
            # What `compare` asks of money, without the interval.
            found = permute(values[: sizes[0]], values[sizes[0] :], resamples=resamples, seed=run)
            p, gap = found.p, found.statistic
        else:
            done = compare(values[: sizes[0]], values[sizes[0] :], kind)
            p, gap = done.p, done.difference.value
        down += p <= 0.05 and gap < 0
        up += p <= 0.05 and gap > 0
    return down, up


def _sound(down: int, up: int, runs: int) -> bool:
    low, high = binom.ppf([0.0005, 0.9995], runs, 0.05)
    return low <= down + up <= high and max(down, up) <= 2 * min(down, up)


@pytest.mark.parametrize("sizes", [(1000, 1000), (200, 1800)], ids=["half", "tenth"])
def test_two_thousand_trials_of_a_number_alarm_in_five_of_a_hundred(sizes: tuple[int, int]) -> None:
    assert _sound(*_alarms(_normal, "number", sizes, 2000), 2000)


@pytest.mark.parametrize("sizes", [(1000, 1000), (200, 1800)], ids=["half", "tenth"])
def test_two_thousand_trials_of_an_answer_alarm_in_five_of_a_hundred(sizes: tuple[int, int]) -> None:
    """All at once by the statistic that `compare` asks; that it is the same is checked on twenty of them."""
    hits = np.random.default_rng(sizes).binomial(np.array(sizes)[:, None], 0.1, (2, 2000))
    z = statistic(hits, np.broadcast_to(np.array(sizes)[:, None], hits.shape))
    assert _sound(int((z < -Z).sum()), int((z > Z).sum()), 2000)
    for place in range(20):
        arms = [(np.arange(size) < hit).astype(float) for size, hit in zip(sizes, hits[:, place], strict=True)]
        assert compare(*arms, "yes/no").p == pytest.approx(2 * norm.sf(abs(z[place])), rel=1e-9)


@pytest.mark.parametrize("sizes", [(2000, 2000), (400, 3600)], ids=["half", "tenth"])
def test_five_hundred_trials_of_money_alarm_in_five_of_a_hundred(sizes: tuple[int, int]) -> None:
    """Two thousand of larger trials are in the slow sibling; so few runs cannot tell that one tail is not twice the other, only that neither is too heavy."""
    down, up = _alarms(_money, "money", sizes, 500, resamples=199)
    low, high = binom.ppf([0.0005, 0.9995], 500, 0.05)
    assert low <= down + up <= high
    assert max(down, up) <= binom.ppf(0.9995, 500, 0.025)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(5000, 5000), (1000, 9000)], ids=["half", "tenth"])
@pytest.mark.parametrize(("draw", "kind"), [(_normal, "number"), (_binary, "yes/no"), (_money, "money")], ids=["normal", "binary", "money"])
def test_two_thousand_larger_trials_without_an_effect(draw: Draw, kind: str, sizes: tuple[int, int]) -> None:
    assert _sound(*_alarms(draw, kind, sizes, 2000), 2000)


def test_welch_lies_about_money_in_a_tenth_and_says_so() -> None:
    """One bought in thirty, σ = 2, one in ten left alone: 15 of 100 false alarms, all of them flattering; and it is refused each time."""
    runs, up, down, said = 300, 0, 0, 0
    for run in range(runs):
        values = _money(np.random.default_rng(run), 10_000)
        arms = [Moments.of(part[:, None], ["spend"]) for part in (values[:1000], values[1000:])]
        found = difference_of_means(*arms, "spend")
        up += found.p <= 0.05 and found.difference.value > 0
        down += found.p <= 0.05 and found.difference.value < 0
        said += bool(welch_lies(tails(values), (1000, 9000)))
    assert up > binom.ppf(0.9995, runs, 0.05)
    assert down <= 0.1 * up
    assert said == runs


@pytest.mark.parametrize(("shape", "trusted"), [(4.0, True), (0.2, False)], ids=["a short tail", "a long tail"])
def test_where_welch_is_trusted_neither_tail_is_twice_the_other(shape: float, trusted: bool) -> None:
    """Gamma amounts, a tenth left alone; the bound on the lean is where one tail becomes twice the other."""
    rng = np.random.default_rng(3)
    values = rng.gamma(shape, 1.0, (6000, 1000))
    left, right = values[:, :100], values[:, 100:]
    error = np.sqrt(left.var(axis=1, ddof=1) / 100 + right.var(axis=1, ddof=1) / 900)
    z = (right.mean(axis=1) - left.mean(axis=1)) / error
    up, down = int((z > 1.98).sum()), int((z < -1.98).sum())
    said = np.mean([bool(welch_lies(tails(row), (100, 900))) for row in values[:100]])
    assert (up <= 2 * down) == trusted
    assert said <= 0.05 if trusted else said >= 0.95


def test_orders_as_the_unit_cry_wolf_and_customers_do_not() -> None:
    """Whoever orders much is alike in all their orders; there is no effect."""
    runs, customers, wolf, ours = 2000, 400, 0, 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        orders = rng.negative_binomial(0.5, 0.1, 2 * customers).astype(float)
        taste = rng.lognormal(3.0, 0.5, 2 * customers)
        spread = rng.normal(0.0, 5.0, 2 * customers) * np.sqrt(orders)
        revenue = orders * taste + spread
        squares = orders * taste**2 + 2 * taste * spread + 25.0 * orders
        halves = [slice(0, customers), slice(customers, None)]
        means = [revenue[half].sum() / orders[half].sum() for half in halves]
        variances = [
            (squares[half].sum() / orders[half].sum() - mean**2) / orders[half].sum() for half, mean in zip(halves, means, strict=True)
        ]
        wolf += abs(means[1] - means[0]) > 1.96 * np.sqrt(sum(variances))
        arms = [Moments.of(np.c_[revenue[half], orders[half]], ["revenue", "orders"]) for half in halves]
        ours += ratio(*arms, top="revenue", bottom="orders").p <= 0.05
    assert wolf / runs > 0.4
    low, high = binom.ppf([0.0005, 0.9995], runs, 0.05)
    assert low <= ours <= high


@pytest.mark.parametrize(
    ("kind", "method", "runs"), [("number", "adjusted", 1000), ("money", "adjusted permutation", 200), ("yes/no", "adjusted", 1000)]
)
def test_taking_off_the_past_finds_nothing_where_nothing_is(kind: str, method: str, runs: int) -> None:
    alarms = used = 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        taste = rng.lognormal(0.0, 1.0, 1000)
        if kind == "yes/no":
            before, after = (rng.random((2, 1000)) < np.minimum(0.3 * taste, 0.9)).astype(float)
        elif kind == "money":
            before, after = rng.poisson(taste, (2, 1000)).astype(float)
        else:
            before, after = np.log(taste) + rng.normal(size=(2, 1000))
        before[rng.random(1000) < 0.2] = np.nan
        found = compare(after[:200], after[200:], kind, past=(before[:200], before[200:]), resamples=199, seed=run)
        alarms += found.p <= 0.05
        used += found.method == method
    low, high = binom.ppf([0.0005, 0.9995], runs, 0.05)
    assert low <= alarms <= high
    assert used >= 0.97 * runs


def _covered(
    draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]], kind: str, truth: tuple[float, float], runs: int
) -> tuple[int, int]:
    held = lifted = 0
    for run in range(runs):
        found = compare(*draw(np.random.default_rng(run)), kind, resamples=199, seed=run)
        held += found.difference.low <= truth[0] <= found.difference.high
        lifted += found.lift is None or found.lift.low <= truth[1] <= found.lift.high
    return held, lifted


def test_intervals_of_shares_and_means_hold_what_was_planted() -> None:
    runs = 1000
    rng = np.random.default_rng(1)
    hits, customers = rng.binomial([[300], [2700]], [[0.04], [0.06]], (2, runs)), np.broadcast_to([[300.0], [2700.0]], (2, runs))
    low, high = interval(hits, customers)
    means = _covered(lambda g: (g.normal(5, 2, 100), g.normal(6, 3, 900)), "number", (1.0, 0.2), runs)
    least, most = binom.ppf([0.0005, 0.9995], runs, 0.95)
    assert least <= ((low <= 0.02) & (high >= 0.02)).sum() <= most
    assert least <= min(means) <= max(means) <= most


@pytest.mark.parametrize("sizes", [(2000, 2000), (400, 3600)], ids=["half", "tenth"])
def test_intervals_of_money_hold_what_was_planted(sizes: tuple[int, int]) -> None:
    """One in ten buys, σ = 1; the treated spend a fifth more: exact for the lift, up to chance, and near it for the difference."""
    mean = 0.1 * np.exp(3.0 + 0.5)
    runs = 200
    held, lifted = _covered(
        lambda g: (_money(g, sizes[0], 0.1, 1.0), 1.2 * _money(g, sizes[1], 0.1, 1.0)), "money", (0.2 * mean, 0.2), runs
    )
    assert min(held, lifted) >= binom.ppf(0.0005, runs, 0.95)


@pytest.mark.slow
def test_intervals_of_the_longest_tails_hold_the_lift() -> None:
    """σ = 2, 3 % buyers, amounts half as much again: the lift is held in 95 of 100, the difference in 85 or more, whoever is the smaller arm."""
    mean, runs = BUYERS * np.exp(3.0 + 2.0), 500
    for sizes in ((1000, 9000), (9000, 1000), (5000, 5000)):
        held, lifted = _covered(lambda g, s=sizes: (_money(g, s[0]), 1.5 * _money(g, s[1])), "money", (0.5 * mean, 0.5), runs)
        assert lifted >= binom.ppf(0.0005, runs, 0.95), sizes
        assert held >= 0.85 * runs, sizes


def test_studentised_lots_hold_when_only_the_means_agree() -> None:
    """The treated buy more often and less at a time: lots drawn anew without studentising would be wrong here."""
    runs, alarms = 600, 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        alarms += permute(_money(rng, 1500, 0.1, 0.8), _money(rng, 500, 0.2, 0.8) / 2, resamples=199, seed=run).p <= 0.05
    assert alarms <= binom.ppf(0.9995, runs, 0.05)


def test_a_planted_lift_of_money_is_found() -> None:
    rng = np.random.default_rng(1)
    found = compared(permute(_money(rng, 6000, 0.1, 1.0), 1.6 * _money(rng, 6000, 0.1, 1.0), seed=1), "money")
    assert found.p <= 0.01
    assert found.lift is not None
    assert 0 < found.lift.low < 0.6 < found.lift.high
