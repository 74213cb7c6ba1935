"""Draws of the future, held against exact probabilities worked out another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betainc, betaln
from scipy.stats import gamma, kstest

from segmentry.errors import Degenerate, UsageError
from segmentry.value.posterior import Drawn, chance_alive, draw_parameters, draw_purchases, draw_spend

DROPOUT = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.8}
LIVES = {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}
STEADY = {"r": 0.7, "alpha": 9.4}
PARAMS = {"BG/NBD": DROPOUT, "MBG/NBD": DROPOUT, "Pareto/NBD": LIVES, "NBD": STEADY}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
HISTORIES = [(0.0, 0.0, 20.0), (2.0, 30.4, 38.9), (20.0, 35.0, 38.0)]
DRAWS = 40_000


def repeated(params: dict[str, float], count: int = DRAWS) -> dict[str, np.ndarray]:
    return {name: np.full(count, value) for name, value in params.items()}


def alive(model: str, history: tuple[float, float, float], params: dict[str, float]) -> float:
    return float(chance_alive(model, np.array([history]), repeated(params, 1))[0, 0])


def at_least(number: int, model: str, history: tuple[float, float, float], horizon: float) -> float:
    """P(N >= n): the n-th purchase comes in time and no drop-out before it."""
    x, _, tenure = history
    if model == "Pareto/NBD":
        r, alpha, s, beta = LIVES.values()

        def comes(u: float) -> float:
            share = u / (alpha + tenure + u)
            density = np.exp((number - 1) * np.log(share) + (r + x + 1) * np.log1p(-share) - betaln(number, r + x)) / (alpha + tenure)
            return float(density * ((beta + tenure) / (beta + tenure + u)) ** s)

        return alive(model, history, LIVES) * float(quad(comes, 0, horizon, epsabs=1e-10)[0])
    if model == "NBD":
        return float(betainc(number, STEADY["r"] + x, horizon / (STEADY["alpha"] + tenure + horizon)))
    r, alpha, a, b = DROPOUT.values()
    after = b + x + (model == "MBG/NBD")
    stays = np.exp(betaln(a, after + number - 1) - betaln(a, after))
    return alive(model, history, DROPOUT) * float(betainc(number, r + x, horizon / (alpha + tenure + horizon)) * stays)


@pytest.mark.parametrize("model", PARAMS)
@pytest.mark.parametrize("history", HISTORIES)
def test_purchases_have_their_exact_probabilities(model: str, history: tuple[float, float, float]) -> None:
    drawn = draw_purchases(model, np.array([history]), repeated(PARAMS[model]), 39, np.random.default_rng(0))
    counts = drawn.table(drawn.count)[0]
    for number in (1, 2, 4, 9):
        exact = at_least(number, model, history, 39.0)
        assert abs(np.mean(counts >= number) - exact) <= 4 * np.sqrt(exact * (1 - exact) / DRAWS) + 1e-9


def test_nobody_leaves_under_nbd() -> None:
    rows = np.array([[0.0, 0.0, 99.0], [3.0, 5.0, 99.0]])
    assert chance_alive("NBD", rows, repeated(STEADY, 4)).tolist() == [[1.0] * 4] * 2


def test_one_purchase_and_bg_is_certainly_alive_but_not_under_mbg() -> None:
    assert alive("BG/NBD", (0.0, 0.0, 99.0), DROPOUT) == 1.0
    assert alive("MBG/NBD", (0.0, 0.0, 99.0), DROPOUT) < 0.5


@pytest.mark.parametrize("history", [*HISTORIES, (500.0, 35.0, 38.0), (3.0, 0.01, 300.0), (0.0, 0.0, 1000.0)])
@pytest.mark.parametrize(
    "params", [LIVES, {"r": 0.5, "alpha": 1.0, "s": 3.0, "beta": 200.0}, {"r": 2.0, "alpha": 200.0, "s": 0.5, "beta": 0.5}]
)
def test_pareto_agrees_with_a_fine_grid(history: tuple[float, float, float], params: dict[str, float]) -> None:
    (x, last, tenure), (r, alpha, s, beta) = history, params.values()
    edges = np.log(min(alpha, beta) + last) + np.append(0, np.geomspace(1e-9, 1, 20_000)) * np.log1p(
        (tenure - last) / (min(alpha, beta) + last)
    )
    y = np.exp((edges[1:] + edges[:-1]) / 2) - min(alpha, beta)
    logs = (
        (r + x) * np.log((alpha + tenure) / (alpha + y))
        + s * np.log((beta + tenure) / (beta + y))
        + np.log((min(alpha, beta) + y) / (beta + y))
    )
    gone = s * np.sum(np.exp(logs) * np.diff(edges))
    assert alive("Pareto/NBD", history, params) == pytest.approx(1 / (1 + gone), rel=1e-5)


def test_spend_without_history_is_that_of_the_population() -> None:
    # One purchase each: v · BetaPrime(p, q), whose distribution function is an incomplete beta.
    one = Drawn((1, DRAWS), np.arange(DRAWS), np.ones(DRAWS), np.ones(DRAWS), np.zeros(DRAWS))
    money = draw_spend(one, np.zeros(1), np.zeros(1), repeated(SPEND), 0.0, np.random.default_rng(0))
    p, q, v = SPEND.values()
    assert kstest(money[:4000], lambda z: betainc(p, q, z / (z + v))).pvalue > 0.01


def test_spend_with_a_long_history_is_the_customers_own() -> None:
    many = Drawn((1, DRAWS), np.arange(DRAWS), np.ones(DRAWS), np.ones(DRAWS), np.zeros(DRAWS))
    money = draw_spend(many, np.array([1e9]), np.array([80.0]), repeated(SPEND), 0.0, np.random.default_rng(0))
    assert kstest(money[:4000], gamma(SPEND["p"], scale=80.0 / SPEND["p"]).cdf).pvalue > 0.01


@pytest.mark.parametrize("model", ["BG/NBD", "Pareto/NBD"])
def test_discounted_money_agrees_with_a_shop_played_purchase_by_purchase(model: str) -> None:
    force, horizon, rng = 0.01, 39.0, np.random.default_rng(2)
    params = repeated(LIVES if model == "Pareto/NBD" else DROPOUT)
    drawn = draw_purchases(model, np.array([HISTORIES[2]]), params, horizon, rng)
    money = drawn.table(draw_spend(drawn, np.array([20.0]), np.array([30.0]), repeated(SPEND), force, rng))[0]
    played = played_purchases(model, HISTORIES[2], horizon, force)
    for share in (0.5, 0.8, 0.95):
        assert np.quantile(money, share) == pytest.approx(np.quantile(played, share), rel=0.02)
    assert money.mean() == pytest.approx(played.mean(), rel=0.02)


def played_purchases(model: str, history: tuple[float, float, float], horizon: float, force: float) -> np.ndarray:
    """Waiting time by waiting time, coin by coin, for a customer of 20 repeat purchases of mean value 30."""
    rng, (x, _, tenure) = np.random.default_rng(3), history
    params = LIVES if model == "Pareto/NBD" else DROPOUT
    buys = rng.gamma(params["r"] + x, 1 / (params["alpha"] + tenure), DRAWS)
    spends = rng.gamma(SPEND["p"] * 20 + SPEND["q"], 1 / (SPEND["v"] + 20 * 30.0), DRAWS)
    if model == "Pareto/NBD":
        life, leave = rng.exponential(1 / rng.gamma(LIVES["s"], 1 / (LIVES["beta"] + tenure), DRAWS)), np.zeros(DRAWS)
    else:
        life, leave = np.full(DRAWS, np.inf), rng.beta(DROPOUT["a"], DROPOUT["b"] + x, DRAWS)
    life[rng.random(DRAWS) >= alive(model, history, params)] = 0
    time, total, who = np.zeros(DRAWS), np.zeros(DRAWS), np.arange(DRAWS)
    while len(who):
        time[who] += rng.exponential(1 / buys[who])
        who = who[(time[who] <= horizon) & (time[who] <= life[who])]
        total[who] += rng.gamma(SPEND["p"], 1 / spends[who]) * np.exp(-force * time[who])
        who = who[rng.random(len(who)) >= leave[who]]
    return total


def test_parameters_are_drawn_with_the_covariance_of_their_logs() -> None:
    spread = np.array([[0.04, 0.03], [0.03, 0.09]])
    drawn = draw_parameters({"r": 0.5, "alpha": 4.0}, spread, 50_000, np.random.default_rng(0))
    logs = np.log(np.array(list(drawn.values())))
    assert np.allclose(logs.mean(axis=1), np.log([0.5, 4.0]), atol=0.01)
    assert np.allclose(np.cov(logs), spread, atol=0.002)


def test_a_covariance_of_another_shape_is_refused() -> None:
    with pytest.raises(UsageError, match=r"covariance has shape \(3, 3\); 2 parameters ask for \(2, 2\)"):
        draw_parameters({"r": 0.5, "alpha": 4.0}, np.eye(3), 9, np.random.default_rng(0))


def test_an_unknown_doubt_is_refused() -> None:
    with pytest.raises(Degenerate, match="r, alpha or the covariance of their logs are not finite"):
        draw_parameters({"r": 0.5, "alpha": 4.0}, np.full((2, 2), np.nan), 9, np.random.default_rng(0))


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="model is 'Weibull'; Allowed: BG/NBD, MBG/NBD, NBD, Pareto/NBD"):
        draw_purchases("Weibull", np.zeros((1, 3)), repeated(DROPOUT, 9), 1.0, np.random.default_rng(0))


def test_parameters_at_the_edge_give_finite_draws() -> None:
    wild = {"r": 1e-8, "alpha": 1e-8, "a": 1e-12, "b": 1e8}
    drawn = draw_purchases("BG/NBD", np.array([[500.0, 3.0, 3.0], [0.0, 0.0, 0.0]]), repeated(wild, 99), 52.0, np.random.default_rng(0))
    assert np.isfinite(drawn.count).all()
    assert (drawn.window <= 52).all()
