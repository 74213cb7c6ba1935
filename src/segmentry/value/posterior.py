"""What a customer may do next, drawn from what is known of them: frequency x, recency t_x, tenure T and the parameters of a fit.

All models of purchases say the same of the future once it is known whether the customer is alive at T:

* **BG/NBD** (Fader, Hardie and Lee 2005a): alive with P(alive); then the rate of buying λ ~ Gamma(r + x, α + T) and the chance to leave after a
  purchase p ~ Beta(a, b + x), because x purchases were survived. Purchases in (0, t]: the smaller of a Poisson(λt) and a geometric(p) number.
* **MBG/NBD** (Batislam, Denizel and Filiztekin 2007): the same, but the first purchase could end it too, so that x + 1 chances were survived:
  p ~ Beta(a, b + x + 1), and P(alive) = 1 / (1 + a / (b + x) · ((α + T) / (α + t_x))^(r + x)) for x = 0 as well.
* **Pareto/NBD** (Schmittlein, Morrison and Colombo 1987): alive, λ ~ Gamma(r + x, α + T) and μ ~ Gamma(s, β + T) are independent, the life that is
  left is Exp(μ), that is Lomax(s, β + T); purchases: Poisson(λ · min(life, t)).
* **NBD** (Ehrenberg 1959): everyone is alive, λ ~ Gamma(r + x, α + T), and nobody leaves; purchases: Poisson(λt).

Spend (Gamma-Gamma, Fader and Hardie 2013): ν ~ Gamma(p·x + q, v + x·m) given x repeat purchases of mean m; N purchases bring Gamma(p·N, ν).

The draws are exact given the parameters, which are drawn too: normal on the logs with the fit's covariance, one draw of them for all customers, so that
the doubt about them does not cancel out in a sum. When NOT to use it: where the fit says little (a covariance with standard errors beyond one on
the log scale) the normal is a poor picture of the doubt, and intervals are rough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice
from segmentry.errors import Degenerate, Problem, UsageError

Floats = NDArray[np.float64]
Parameters = Mapping[str, Floats]

NODES = 16
_WIDEST = 7.0  # no parameter is drawn more than a thousandfold from its estimate
_DEPTH = 40.0  # e^-40 of an integrand is nothing beside the rest
_LARGEST = 600.0  # e^600 is near the largest float
_MOST = 1e9  # a Poisson mean beyond this is no customer, but a wild draw of the parameters
_DEAREST = 1e200  # nor is this anybody's spend; sums of it are still finite


@dataclass(frozen=True, slots=True)
class Drawn:
    """Purchases of the cells (customer, draw) in which there is at least one.

    Parameters
    ----------
    shape : (int, int)
        Customers and draws.
    cells : int array, shape (c,)
        Positions in the flattened array of customers by draws, ascending.
    count : float array, shape (c,)
        Purchases up to the horizon, at least one.
    window : float array, shape (c,)
        Time in which they fall, from the as-of day: their times are uniform on it …
    ended : float array, shape (c,)
        … but for the last, which is at its end where this is 1: the purchase after which the customer left.
    """

    shape: tuple[int, int]
    cells: NDArray[np.intp]
    count: Floats
    window: Floats
    ended: Floats

    def table(self, values: Floats) -> Floats:
        """Return values of the cells as an array of customers by draws, zero elsewhere."""
        full = np.zeros(self.shape)
        full.reshape(-1)[self.cells] = values
        return full


def draw_parameters(params: Mapping[str, float], covariance: Floats | None, draws: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Return parameters as the data may have them: normal on the logs.

    Parameters
    ----------
    params : mapping of str to float
        All above zero, in the order of the covariance.
    covariance : float array, shape (p, p), or None
        Of the logs of the parameters; None when they are known.
    draws : int
    rng : Generator

    Returns
    -------
    dict of str to float array, shape (draws,)

    Raises
    ------
    UsageError
        When the covariance has another shape.
    Degenerate
        When parameters or covariance are not finite: then the doubt is not known, and no interval is honest.

    Examples
    --------
    >>> draw_parameters({"r": 0.5, "alpha": 4.0}, None, 2, np.random.default_rng(0))["alpha"].round(6).tolist()
    [4.0, 4.0]
    """
    centre = np.log(np.array([float(value) for value in params.values()]))
    spread = np.zeros((len(centre), len(centre))) if covariance is None else np.asarray(covariance, dtype=np.float64)
    if spread.shape != (len(centre), len(centre)):
        raise UsageError(
            f"covariance has shape {spread.shape}; {len(centre)} parameters ask for {(len(centre),) * 2}. Pass that of the fit."
        )
    if not (np.isfinite(centre).all() and np.isfinite(spread).all()):
        reason = f"the parameters {', '.join(params)} or the covariance of their logs are not finite"
        raise Degenerate(Problem("NO_COVARIANCE", reason, "fit again on more customers, or with another model"))
    # Every draw is a sum in a fixed order, not a product of matrices, whose bits depend on threads.
    sizes, axes = np.linalg.eigh((spread + spread.T) / 2)
    steps = rng.standard_normal((len(centre), draws))
    scaled = axes * np.sqrt(np.maximum(sizes, 0.0))
    logs = centre[:, None] + (scaled[:, :, None] * steps[None, :, :]).sum(axis=1)
    return dict(zip(params, np.exp(np.clip(logs, centre[:, None] - _WIDEST, centre[:, None] + _WIDEST)), strict=True))


def draw_purchases(model: str, rows: Floats, params: Parameters, horizon: float, rng: np.random.Generator) -> Drawn:
    """Draw the purchases of customers up to the horizon.

    Parameters
    ----------
    model : {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    rows : float array, shape (n, 3)
        Frequency, recency, tenure.
    params : mapping of str to float array, shape (d,)
        One draw of the parameters per column of the result.
    horizon : float
        In the unit of the fit.
    rng : Generator

    Returns
    -------
    Drawn
        Of shape (n, d).

    Examples
    --------
    >>> known = {name: np.full(20_000, value) for name, value in {"r": 0.24, "alpha": 4.4, "a": 0.8, "b": 2.4}.items()}
    >>> drawn = draw_purchases("BG/NBD", np.array([[2.0, 30.43, 38.86]]), known, 39.0, np.random.default_rng(0))
    >>> round(float(drawn.table(drawn.count).mean()), 1)
    1.2
    """
    check_choice("model", model, MODELS)
    # Neighbours with one history share one P(alive), the costly part of Pareto/NBD.
    new = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(rows)]
    alive = chance_alive(model, rows[new], params)[np.cumsum(new) - 1]
    cells = np.flatnonzero(rng.random(alive.shape) < alive)
    row, column = np.divmod(cells, alive.shape[1])
    return MODELS[model](alive.shape, cells, rows[row], {name: values[column] for name, values in params.items()}, horizon, rng)


def chance_alive(model: str, rows: Floats, params: Parameters) -> Floats:
    """Return P(alive) at the end of the tenure for customers by draws of the parameters, shape (n, d).

    Examples
    --------
    >>> one = {"r": np.array([0.24]), "alpha": np.array([4.4]), "a": np.array([0.8]), "b": np.array([2.4])}
    >>> chance_alive("BG/NBD", np.array([[0.0, 0.0, 10.0]]), one).item()
    1.0
    """
    x, last, tenure = (rows[:, place, None] for place in range(3))
    if model == "NBD":
        return np.ones((len(rows), len(params["r"])))
    if model == "Pareto/NBD":
        return 1 / (1 + _gone(x, last, tenure, params))
    survived = np.maximum(params["b"] + x - (model == "BG/NBD"), 1e-300)
    silence = (params["r"] + x) * np.log1p((tenure - last) / (params["alpha"] + last))
    chance = 1 / (1 + np.exp(np.minimum(np.log(params["a"] / survived) + silence, _LARGEST)))
    return np.where((x == 0) & (model == "BG/NBD"), 1.0, chance)


def _gone(x: Floats, last: Floats, tenure: Floats, params: Parameters) -> Floats:
    """Return the odds of having left: ∫ s (α+T)^(r+x) (β+T)^s / ((α+y)^(r+x) (β+y)^(s+1)) dy over y from t_x to T.

    By Gauss and Legendre in log(min(α, β) + y), in which every power is smooth, cut where the integrand has died away.
    """
    alpha, beta, s = params["alpha"], params["beta"], params["s"]
    power, low = params["r"] + x, np.minimum(alpha, beta)
    start = np.log(low + last)
    rate = np.maximum((low + last) * (power / (alpha + last) + (s + 1) / (beta + last)) - 1, 1e-9)
    length = np.minimum(np.log(low + tenure) - start, _DEPTH / rate)
    top = power * np.log((alpha + tenure) / (alpha + last)) + s * np.log((beta + tenure) / (beta + last))
    total = np.zeros(np.broadcast_shapes(x.shape, alpha.shape))
    for node, weight in zip(*_legendre(), strict=True):
        y = np.exp(start + node * length) - low
        fall = power * np.log((alpha + y) / (alpha + last)) + s * np.log((beta + y) / (beta + last))
        total += weight * np.exp(-fall) * (low + y) / (beta + y)
    return np.asarray(s * length * total * np.exp(np.minimum(top, _LARGEST)))


def _legendre() -> tuple[list[float], list[float]]:
    """Return nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return ((nodes + 1) / 2).tolist(), (weights / 2).tolist()


Drawer = Callable[[tuple[int, int], NDArray[np.intp], Floats, Parameters, float, np.random.Generator], Drawn]


def _until_dropout(survived: float) -> Drawer:
    """Return how BG/NBD and MBG/NBD draw, who differ in the chances to leave that were survived beyond the repeat purchases."""

    def draw(
        shape: tuple[int, int], cells: NDArray[np.intp], rows: Floats, params: Parameters, horizon: float, rng: np.random.Generator
    ) -> Drawn:
        wanted = _poisson(rng.standard_gamma(params["r"] + rows[:, 0]) / (params["alpha"] + rows[:, 2]) * horizon, rng)
        some = np.flatnonzero(wanted > 0)
        wanted = wanted[some]
        leave = rng.beta(params["a"][some], params["b"][some] + rows[some, 0] + survived)
        # A geometric number from an exponential one: floor(E / -log(1 - p)) + 1, which knows p = 0 and p = 1.
        with np.errstate(divide="ignore", over="ignore"):
            allowed = np.floor(rng.standard_exponential(len(some)) / (0.0 - np.log1p(-leave))) + 1
        left = allowed <= wanted
        window = np.full(len(some), float(horizon))
        # Of M uniform times the K-th is Beta(K, M - K + 1); those before it are uniform below it.
        window[left] *= rng.beta(allowed[left], wanted[left] - allowed[left] + 1)
        return Drawn(shape, cells[some], np.minimum(wanted, allowed), window, left.astype(np.float64))

    return draw


def _for_a_life(
    shape: tuple[int, int], cells: NDArray[np.intp], rows: Floats, params: Parameters, horizon: float, rng: np.random.Generator
) -> Drawn:
    """Draw as Pareto/NBD does."""
    # 1 - random() is never zero, and a life beyond any horizon may be infinite.
    with np.errstate(over="ignore"):
        life = (params["beta"] + rows[:, 2]) * np.expm1(-np.log1p(-rng.random(len(cells))) / params["s"])
    return _within(np.minimum(life, horizon), shape, cells, rows, params, rng)


def _for_ever(
    shape: tuple[int, int], cells: NDArray[np.intp], rows: Floats, params: Parameters, horizon: float, rng: np.random.Generator
) -> Drawn:
    """Draw as NBD does."""
    return _within(np.full(len(cells), float(horizon)), shape, cells, rows, params, rng)


def _within(
    window: Floats, shape: tuple[int, int], cells: NDArray[np.intp], rows: Floats, params: Parameters, rng: np.random.Generator
) -> Drawn:
    """Draw the purchases within each cell's window, at whose end nothing in particular happens."""
    count = _poisson(rng.standard_gamma(params["r"] + rows[:, 0]) / (params["alpha"] + rows[:, 2]) * window, rng)
    some = np.flatnonzero(count > 0)
    return Drawn(shape, cells[some], count[some], window[some], np.zeros(len(some)))


def _poisson(mean: Floats, rng: np.random.Generator) -> Floats:
    """Return Poisson numbers as floats."""
    return rng.poisson(np.minimum(mean, _MOST)).astype(np.float64)


MODELS: dict[str, Drawer] = {"BG/NBD": _until_dropout(0.0), "MBG/NBD": _until_dropout(1.0), "Pareto/NBD": _for_a_life, "NBD": _for_ever}


def draw_spend(drawn: Drawn, repeats: Floats, mean: Floats, params: Parameters, force: float, rng: np.random.Generator) -> Floats:
    """Draw what the purchases of `drawn` bring, discounted.

    A purchase at time s counts e^(-force·s). Given ν, the discounted sum has a known mean and variance, and is drawn as the Gamma that has them: without
    discount that is exact, with it the times of purchases are right in the mean and their spread enters by its variance.

    Parameters
    ----------
    drawn : Drawn
        Of shape (n, d).
    repeats, mean : float array, shape (n,)
        Repeat purchases whose mean value is known, and that mean; zero and zero where nothing is known.
    params : mapping of str to float array, shape (d,)
        p, q, v of Gamma-Gamma.
    force : float
        Discount per unit of time, continuous; at least 0.
    rng : Generator

    Returns
    -------
    float array, shape (c,)
        One per cell of `drawn`.
    """
    row, column = np.divmod(drawn.cells, drawn.shape[1])
    p, q, v = (params[name][column] for name in ("p", "q", "v"))
    # A wild draw of the parameters may bring gamma numbers below what a float can hold.
    rate = np.maximum(rng.standard_gamma(p * repeats[row] + q), 1e-300) / (v + repeats[row] * mean[row])
    first, second = (_mean_factor(drawn, times * force) for times in (1, 2))
    # Variance of one discounted purchase over its squared mean: 1/p is that of the spend alone.
    spread = np.maximum((1 + 1 / p) * second / first**2 - 1, 1e-12)
    shape = drawn.count / spread
    with np.errstate(over="ignore"):
        return np.minimum(rng.standard_gamma(shape) * spread * p * first / rate, _DEAREST)


def _mean_factor(drawn: Drawn, force: float) -> Floats:
    """Return the mean of e^(-force·s) over the purchases of each cell."""
    if force == 0:
        return np.ones(len(drawn.cells))
    passed = np.maximum(force * drawn.window, 1e-12)
    within = -np.expm1(-passed) / passed
    return (within * (drawn.count - drawn.ended) + np.exp(-passed) * drawn.ended) / drawn.count
