"""Customers drawn from a model of purchases: their histories until the as-of day, and what they do after it.

Exact and in continuous time, without stepping from purchase to purchase. A customer who never leaves makes N ~ Poisson(λT) repeat purchases in a tenure
T, at times that are N independent uniform ones. Under BG/NBD and MBG/NBD the G-th of them is the last, G geometric with chance p: x = min(N, G), and
t_x is the x-th smallest of N uniform times, T·Beta(x, N−x+1). Under Pareto/NBD only the time until the life's end counts, T' = min(T, Exp(μ)):
x ~ Poisson(λT') and t_x = T'·Beta(x, 1). Under NBD nobody leaves. The future follows in the same way, because all are without memory.

For tests, benchmarks and the parametric bootstrap; not for shops with products and money (see `sources` for the synthetic shop).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_choice
from segmentry.errors import UsageError
from segmentry.value.results import Model

Floats = NDArray[np.float64]

# Parameters in the order of the literature: two of the gamma of rates, two of the distribution of leaving if there is one.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "BG/NBD": ("r", "alpha", "a", "b"),
    "MBG/NBD": ("r", "alpha", "a", "b"),
    "Pareto/NBD": ("r", "alpha", "s", "beta"),
    "NBD": ("r", "alpha"),
}
_LARGEST_MEAN = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Simulated customers; every array has shape (n,).

    Parameters
    ----------
    frequency, recency, tenure : float array
        Repeat purchases, time of the last of them and time until the as-of day, since the first purchase.
    future : float array
        Purchases within the horizon after the as-of day.
    alive : bool array
        Whether the customer has not left by the as-of day.
    rate : float array
        λ, purchases per unit of time while alive.
    leaving : float array
        p, the chance to leave after a purchase; under Pareto/NBD μ, the rate of leaving; 0 under NBD.
    """

    frequency: Floats
    recency: Floats
    tenure: Floats
    future: Floats
    alive: NDArray[np.bool_]
    rate: Floats
    leaving: Floats

    @property
    def histories(self) -> Floats:
        """Frequency, recency and tenure as the models take them, shape (n, 3)."""
        return np.column_stack([self.frequency, self.recency, self.tenure])


def simulate(
    model: Model, params: Mapping[str, float], tenure: ArrayLike, *, horizon: float = 0.0, seed: int | np.random.Generator
) -> Simulated:
    """Draw one customer for each tenure.

    Parameters
    ----------
    model : {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    params : mapping of str to float
        r, alpha and a, b or s, beta or neither; in the unit of time of the tenure.
    tenure : float array, shape (n,)
        Time from the first purchase to the as-of day.
    horizon : float
        Length of the future.
    seed : int or Generator

    Raises
    ------
    UsageError
        When the model or a parameter is not known or missing, or a number is not allowed.

    Examples
    --------
    >>> shop = simulate("BG/NBD", {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}, [52.0] * 3, horizon=26.0, seed=1)
    >>> shop.histories.shape, bool((shop.recency <= shop.tenure).all())
    ((3, 3), True)
    """
    check_choice("model", model, PARAMETERS)
    r, alpha, *leaving = _checked(model, params)
    time = np.asarray(tenure, dtype=np.float64)
    if time.ndim != 1 or not (np.isfinite(time).all() and (time >= 0).all()) or not 0 <= horizon < np.inf:
        raise UsageError(
            f"tenure has shape {time.shape} and horizon is {horizon}; allowed are finite numbers from 0 up, tenure of shape (customers,). "
            "Pass one tenure per customer."
        )
    rng = np.random.default_rng(seed)
    rate = rng.gamma(r, 1.0 / alpha, len(time))
    if model == "Pareto/NBD":
        return _timed(rate, rng.gamma(leaving[0], 1.0 / leaving[1], len(time)), time, horizon, rng)
    chance = rng.beta(leaving[0], leaving[1], len(time)) if leaving else np.zeros(len(time))
    return _counted(rate, chance, (time, horizon), 0 if model == "MBG/NBD" else 1, rng)


def _checked(model: str, params: Mapping[str, float]) -> tuple[float, ...]:
    names = PARAMETERS[model]
    if set(params) != set(names):
        raise UsageError(f"{model} received the parameters {', '.join(params)}; allowed are {', '.join(names)}. Pass each of them once.")
    for name in names:
        if not 0 < params[name] < np.inf:
            raise UsageError(f"{name} is {params[name]}; allowed is any number above 0. Pass the parameters of a fit.")
    return tuple(params[name] for name in names)


def _counted(rate: Floats, chance: Floats, times: tuple[Floats, float], sure: int, rng: np.random.Generator) -> Simulated:
    """Return customers who leave after a purchase; `sure` repeat purchases come before the first chance has been taken."""
    tenure, horizon = times
    # A geometric number as a rounded exponential one: also right where the chance is 0 or 1 to the last bit.
    with np.errstate(divide="ignore", over="ignore"):
        last = sure + np.floor(rng.standard_exponential(len(rate)) / -np.log1p(-chance))
    wished = rng.poisson(np.minimum(rate * tenure, _LARGEST_MEAN)).astype(np.float64)
    frequency = np.minimum(wished, last)
    recency = _ordered_uniform(frequency, wished, rng) * tenure
    future = np.minimum(rng.poisson(np.minimum(rate * horizon, _LARGEST_MEAN)), last - frequency)
    return Simulated(frequency, recency, tenure, future, wished < last, rate, chance)


def _timed(rate: Floats, leaving: Floats, tenure: Floats, horizon: float, rng: np.random.Generator) -> Simulated:
    """Return customers who leave at a time of their own."""
    with np.errstate(divide="ignore", over="ignore"):
        life = rng.standard_exponential(len(rate)) / leaving
    seen, ahead = np.minimum(life, tenure), np.clip(life - tenure, 0.0, horizon)
    frequency = rng.poisson(np.minimum(rate * seen, _LARGEST_MEAN)).astype(np.float64)
    recency = _ordered_uniform(frequency, frequency, rng) * seen
    future = rng.poisson(np.minimum(rate * ahead, _LARGEST_MEAN)).astype(np.float64)
    return Simulated(frequency, recency, tenure, future, life > tenure, rate, leaving)


def _ordered_uniform(which: Floats, many: Floats, rng: np.random.Generator) -> Floats:
    """Return the which-th smallest of many uniform numbers; 0 where none is asked for, and never 0 elsewhere."""
    drawn = rng.beta(np.maximum(which, 1.0), many - which + 1.0)
    return np.where(which > 0, np.maximum(drawn, 1e-12), 0.0)
