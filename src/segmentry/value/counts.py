"""How many customers make 0, 1, 2, … repeat purchases when a model is right: what the histogram of a shop is held against.

With N(x; t) the negative binomial probability of x purchases in t units of time at gamma distributed rates, and B the beta function:

    BG/NBD      B(a, b+x)/B(a, b) · N(x; t) + [x > 0] B(a+1, b+x−1)/B(a, b) · (1 − Σ_{j<x} N(j; t))        (Fader, Hardie and Lee 2005, eq. 8)
    MBG/NBD     B(a, b+x+1)/B(a, b) · N(x; t) + B(a+1, b+x)/B(a, b) · (1 − Σ_{j<x} N(j; t))                (Batislam, Denizel and Filiztekin 2007)
    Pareto/NBD  (β/(β+t))^s · N(x; t) + ∫ N(x; τ) s/(β+τ) (β/(β+τ))^s dτ  from 0 to t                      (Schmittlein, Morrison and Colombo 1987)
    NBD         N(x; t)                                                                                    (Ehrenberg 1959)

Not a forecast for a customer whose past is known.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError

Floats = NDArray[np.float64]

MOST = 7
NODES = 64


def chances(model: str, params: Mapping[str, float], times: ArrayLike, *, most: int = MOST) -> Floats:
    """Return the probabilities of 0, 1, …, `most` or more repeat purchases of a new customer in each time, shape (m, most + 1).

    Parameters
    ----------
    model : {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    params : mapping of str to float
        By name, as in ``params_``: r, alpha and a, b or s, beta.
    times : float array, shape (m,)
        In units of time, not negative.
    most : int
        The last class.

    Raises
    ------
    UsageError
        When the model is not known.

    Examples
    --------
    >>> chances("BG/NBD", {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, [0.0, 39.0]).round(3)[:, :3]
    array([[1.   , 0.   , 0.   ],
           [0.574, 0.199, 0.085]])
    """
    allowed = ("BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD")
    if model not in allowed:
        raise UsageError(f"model is {model!r}; allowed are {', '.join(allowed)}. Take one of them.")
    since = np.asarray(times, dtype=np.float64)
    if model == "Pareto/NBD":
        below = _at_any_time(since, params, most)
    elif model == "NBD":
        below = _negative_binomial(since, params["r"], params["alpha"], most)
    else:
        below = _after_purchases(since, params, most, early=int(model == "MBG/NBD"))
    return np.column_stack([below, np.maximum(1.0 - below.sum(axis=1), 0.0)])


def expected_customers(model: str, params: Mapping[str, float], tenure: ArrayLike, *, most: int = MOST) -> Floats:
    """Return how many of the customers are expected to have made 0, 1, …, `most` or more repeat purchases, shape (most + 1,).

    Parameters
    ----------
    model, params
        As for `chances`.
    tenure : float array, shape (n,)
        Time since the first purchase of each customer.

    Examples
    --------
    >>> expected_customers("BG/NBD", {"r": 0.5, "alpha": 5.0, "a": 1.0, "b": 2.0}, np.full(300, 20.0)).sum().round(6)
    np.float64(300.0)
    """
    times, customers = np.unique(np.asarray(tenure, dtype=np.float64), return_counts=True)
    return np.asarray((chances(model, params, times, most=most) * customers[:, None]).sum(axis=0))


def observed_customers(frequency: ArrayLike, *, most: int = MOST) -> NDArray[np.int64]:
    """Return how many customers made 0, 1, …, `most` or more repeat purchases, shape (most + 1,).

    Examples
    --------
    >>> observed_customers([0, 0, 1, 9], most=2)
    array([2, 1, 1])
    """
    counted = np.minimum(np.asarray(frequency, dtype=np.float64), most).astype(np.int64)
    return np.bincount(counted, minlength=most + 1)


def _negative_binomial(times: Floats, r: float, alpha: float, most: int) -> Floats:
    """Return N(x; t) for x below `most`, shape (m, most)."""
    from scipy.special import gammaln

    x = np.arange(most)
    steady = gammaln(r + x) - gammaln(r) - gammaln(x + 1)
    moved = (times / (alpha + times))[:, None] ** x
    return np.asarray(np.exp(steady - r * np.log1p(times / alpha)[:, None]) * moved)


def _after_purchases(times: Floats, params: Mapping[str, float], most: int, *, early: int) -> Floats:
    """Return the probabilities where customers leave after purchases, after the first as well when `early` is 1."""
    from scipy.special import betaln

    a, b = params["a"], params["b"]
    x = np.arange(most)
    sold = _negative_binomial(times, params["r"], params["alpha"], most)
    at_least = 1.0 - np.cumsum(sold, axis=1) + sold
    stayed = np.exp(betaln(a, b + x + early) - betaln(a, b))
    left = np.where(x + early > 0, np.exp(betaln(a + 1, np.maximum(b + x - 1 + early, b)) - betaln(a, b)), 0.0)
    return np.asarray(stayed * sold + left * at_least)


def _at_any_time(times: Floats, params: Mapping[str, float], most: int) -> Floats:
    s, beta = params["s"], params["beta"]
    stayed = np.exp(-s * np.log1p(times / beta))[:, None]
    total = stayed * _negative_binomial(times, params["r"], params["alpha"], most)
    # In u = log(1 + τ / β) the density of leaving is s exp(−s u), smooth and without a far tail.
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    width = np.log1p(times / beta) / 2
    for node, weight in zip(nodes, weights, strict=True):
        u = width * (node + 1.0)
        density = (weight * width * s * np.exp(-s * u))[:, None]
        total = total + density * _negative_binomial(beta * np.expm1(u), params["r"], params["alpha"], most)
    return np.asarray(total)
