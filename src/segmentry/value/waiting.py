"""When the next purchase will come: the median wait of those who come back within the horizon.

The next purchase comes by s with probability P(alive) · F(s). For BG/NBD, MBG/NBD and NBD, F(s) = 1 − ((α + T) / (α + T + s))^(r + x): customers
leave at purchases or not at all, which cannot forestall the next one. For Pareto/NBD the life may end first, and

    F(s) = ∫ (r + x) (α + T)^(r + x) / (α + T + u)^(r + x + 1) · ((β + T) / (β + T + u))^s du   over u from 0 to s.

The median given one comes within the horizon H solves F(s) = F(H) / 2; in the first case in closed form, in the second by Newton's steps. Where
P(alive) · F(H) is below one half, it is likelier that none comes: infinity. When NOT to use it: as a date on which to expect a single customer; it is
the middle of a wide spread.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NODES = 16
STEPS = 12


def median_wait(model: str, rows: Floats, alive: Floats, params: Mapping[str, float], horizon: float) -> Floats:
    """Return the time by which the next purchase is as likely to have come as not, whoever has left included.

    Parameters
    ----------
    model : {"BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"}
    rows : float array, shape (n, 3)
        Frequency, recency, tenure.
    alive : float array, shape (n,)
        Probability of being alive.
    params : mapping of str to float
    horizon : float

    Returns
    -------
    float array, shape (n,)
        Infinity where it is likelier that none comes within the horizon.

    Examples
    --------
    >>> known = {"r": 1.0, "alpha": 1.0, "a": 1.0, "b": 9.0}
    >>> median_wait("BG/NBD", np.array([[3.0, 5.0, 7.0], [0.0, 0.0, 99.0]]), np.array([0.9, 0.9]), known, 52.0).round(2).tolist()
    [1.8, inf]
    """
    power, scale = params["r"] + rows[:, 0], params["alpha"] + rows[:, 2]
    edge = np.exp(-power * np.log1p(horizon / scale))
    if model == "Pareto/NBD":
        life = params["beta"] + rows[:, 2]
        comes = _before_leaving(edge, power, scale / life, params["s"])
    else:
        comes = 1 - edge
    wait = np.full(len(rows), np.inf)
    likely = np.flatnonzero(alive * comes >= 0.5)
    half = 0.5 / alive[likely]
    middle = 1 - half
    if model == "Pareto/NBD":
        middle = _halfway(half, power[likely], (scale / life)[likely], params["s"])
    wait[likely] = scale[likely] * np.expm1(-np.log(middle) / power[likely])
    return wait


def _before_leaving(edge: Floats, power: Floats, ratio: Floats, s: float) -> Floats:
    """Return the chance that a purchase comes before both the horizon and the end of the life.

    In w = ((α + T) / (α + T + u))^(r + x), which is uniform for the wait of who never leaves: ∫ (1 + u / (β + T))^-s dw from `edge` to 1.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros_like(edge)
    for node, weight in zip(((nodes + 1) / 2).tolist(), (weights / 2).tolist(), strict=True):
        total += weight * _stays(edge + node * (1 - edge), power, ratio, s)
    return (1 - edge) * total


def _stays(w: Floats, power: Floats, ratio: Floats, s: float) -> Floats:
    """Return the chance of living until the wait whose uniform is w."""
    return np.exp(-s * np.log1p(ratio * np.expm1(-np.log(w) / power)))


def _halfway(target: Floats, power: Floats, ratio: Floats, s: float) -> Floats:
    """Return the w above which `target` lies. From w = 1 the steps come down to it and never pass it: the integral is concave in w."""
    w = np.ones_like(target)
    for _ in range(STEPS):
        w += (_before_leaving(w, power, ratio, s) - target) / _stays(w, power, ratio, s)
    return w
