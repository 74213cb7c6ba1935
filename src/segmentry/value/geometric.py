"""Buying at a steady rate, leaving after a purchase by the toss of a coin: the mathematics that BG/NBD and MBG/NBD share.

A customer buys as a Poisson process of rate λ ~ Gamma(r, α) and leaves after a purchase with chance p ~ Beta(a, b). With x repeat purchases, the
last t_x after the first and T since the first, k chances to leave were survived: k = x under BG/NBD, where the first purchase never ends it, and
k = x + 1 under MBG/NBD, where it may. The log-likelihood of a history is

    log Γ(r+x)/Γ(r) + r log α − (r+x) log(α+T) + log B(a, b+k)/B(a, b) + log(1 + e^z),
    z = (r+x) log((α+T)/(α+t_x)) + log a − log(b+k−1), and no last term where k = 0;

e^z are the odds that the customer has left. What follows is arranged so that gamma functions and logarithms are computed once per distinct number, and
one exponential and one logarithm per history. Expected purchases of one who is alive are those of a rate λ' and a chance p' given the history:

    E[(1 − e^(−λ'p't)) / p'] = E[(1 − (1 + p't/(α+T))^−(r+x)) / p'],   p' ~ Beta(a, b+k),

an average of a smooth positive function, taken by Gauss-Jacobi quadrature (Golub and Welsch 1969). It equals the published difference with Gauss's 2F1
and loses no digits near a = 1, for short horizons or at thousands of purchases.

Sources: Fader, Hardie and Lee 2005, "Counting your customers the easy way"; Batislam, Denizel and Filiztekin 2007; Hoppe and Wagner 2007. Not for
customers who leave between purchases (Pareto/NBD) or who buy at regular intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.value.patterns import Axis, Patterns

Floats = NDArray[np.float64]

NAMES = ("r", "alpha", "a", "b")
EDGES: Mapping[str, tuple[str, str]] = {
    "r": ("hardly anybody ever bought again", "all customers bought at the same rate"),
    "alpha": ("those who buy again do so without pause", "all customers bought at the same rate"),
    "a": ("nobody ever left", "all customers were equally likely to leave"),
    "b": ("customers leave at once or never", "nobody ever left, or all were equally likely to leave"),
}
_FIRST_NODES, _MOST_NODES, _AGREED = 16, 128, 1e-11
# Beyond this distance on the scale of log(p / (1 − p)) an exponential is left of the integrand, to the last bit.
_FAR = 37.0


@dataclass(frozen=True, slots=True)
class Geometric:
    """The likelihood, for the fitting machine.

    Parameters
    ----------
    first : {0, 1}
        Chances to leave that come with the first purchase: 0 for BG/NBD, 1 for MBG/NBD.
    """

    first: int

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters: r and α of the rate of buying, a and b of the chance to leave."""
        return NAMES

    @property
    def edges(self) -> Mapping[str, tuple[str, str]]:
        """What the data are like when a parameter runs to zero or to infinity."""
        return EDGES

    def starts(self, data: Patterns) -> Sequence[Floats]:
        """Return logarithms to start from, from the mean rate."""
        rate = float((data.counts * data.frequency).sum()) / float((data.counts * data.tenure).sum())
        shapes = ((0.5, 0.8, 2.5), (0.25, 0.3, 3.0), (1.0, 1.5, 6.0))
        # Who leaves is seen to buy less than their rate, which makes rates larger than they look.
        return [np.log([r, r / (1.5 * rate), a, b]) for r, a, b in shapes]

    def gradient(self, logs: Floats, data: Patterns) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient with respect to the logarithms, shape (4,)."""
        value, slope, _ = self.hessian(logs, data)
        return value, slope

    def hessian(self, logs: Floats, data: Patterns) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient and its second derivatives with respect to the logarithms, shapes (4,) and (4, 4)."""
        params = np.exp(logs)
        staying, leaving = self._staying(params, data), self._leaving(params, data)
        slope = (staying[1] + leaving[1]) * params
        bend = (staying[2] + leaving[2]) * np.outer(params, params) + np.diag(slope)
        return staying[0] + leaving[0], slope, bend

    def _staying(self, params: Floats, data: Patterns) -> tuple[float, Floats, Floats]:
        """Return value and derivatives of all but the last term: sums over distinct frequencies and over distinct tenures."""
        from scipy.special import gammaln, polygamma

        r, alpha, a, b = params
        frequency, _, tenure = data.axes
        rows, survived = frequency.sums(data.counts), frequency.values + self.first
        customers, chances = rows.sum(), tenure.sums(data.counts * (r + data.frequency))
        over = 1.0 / (alpha + tenure.values)
        there = tenure.sums(data.counts)

        def rise(start: float, by: Floats, order: int) -> float:
            """Sum the growth of a gamma function's logarithm (or of its derivatives) from start to start + by over all customers."""
            grown = gammaln(start + by) - gammaln(start) if order < 0 else polygamma(order, start + by) - polygamma(order, start)
            return float((rows * grown).sum())

        value = rise(r, frequency.values, -1) + rise(b, survived, -1) - rise(a + b, survived, -1)
        value += float(customers * r * np.log(alpha) - (chances * np.log(alpha + tenure.values)).sum())
        slope = np.array(
            [
                rise(r, frequency.values, 0) + customers * np.log(alpha) - (there * np.log(alpha + tenure.values)).sum(),
                customers * r / alpha - (chances * over).sum(),
                -rise(a + b, survived, 0),
                rise(b, survived, 0) - rise(a + b, survived, 0),
            ]
        )
        bend = np.zeros((4, 4))
        bend[0, 0] = rise(r, frequency.values, 1)
        bend[0, 1] = bend[1, 0] = customers / alpha - (there * over).sum()
        bend[1, 1] = -customers * r / alpha**2 + (chances * over**2).sum()
        bend[2:, 2:] = -rise(a + b, survived, 1)
        bend[3, 3] += rise(b, survived, 1)
        return value, slope, bend

    def _leaving(self, params: Floats, data: Patterns) -> tuple[float, Floats, Floats]:
        """Return value and derivatives of log(1 + e^z), summed over the histories that could have ended."""
        r, alpha, a, b = params
        rows = slice(0 if self.first else int(np.searchsorted(data.frequency, 1.0)), None)
        counts, power = data.counts[rows], r + data.frequency[rows]
        recency, tenure = (axis.place[rows] for axis in data.axes[1:])
        apart = np.log(alpha + data.axes[2].values)[tenure] - np.log(alpha + data.axes[1].values)[recency]
        over, under = (1.0 / (alpha + data.axes[2].values))[tenure], (1.0 / (alpha + data.axes[1].values))[recency]
        faster = over - under
        frequency = Axis(data.axes[0].values, data.axes[0].place[rows])
        # Below, what depends on x alone is summed per distinct x; where k = 0 nothing is there to be summed.
        survived = np.maximum(frequency.values + self.first, 1.0)
        fewer = 1.0 / (b + survived - 1.0)
        total = r + frequency.values
        odds = power * apart + (np.log(a) - np.log(b + survived - 1.0))[frequency.place]
        small = np.exp(-np.abs(odds))
        value = float((counts * (np.maximum(odds, 0.0) + np.log1p(small))).sum())
        gone = np.where(odds > 0, 1.0, small) / (1.0 + small)
        mass = counts * gone
        doubt = mass * (1.0 - gone)
        # Sums over customers who left, and over those of whom it is in doubt, per distinct x.
        left, left_faster = frequency.sums(mass), frequency.sums(mass * faster)
        left_curve = frequency.sums(mass * faster * (over + under))
        open_, open_apart, open_faster = frequency.sums(doubt), frequency.sums(doubt * apart), frequency.sums(doubt * faster)
        slope = np.array(
            [
                (mass * apart).sum(),
                (total * left_faster).sum(),
                left.sum() / a,
                -(fewer * left).sum(),
            ]
        )
        bend = np.zeros((4, 4))
        bend[0, 0] = (doubt * apart**2).sum()
        bend[0, 1] = (total * frequency.sums(doubt * apart * faster)).sum() + left_faster.sum()
        bend[0, 2], bend[0, 3] = open_apart.sum() / a, -(fewer * open_apart).sum()
        bend[1, 1] = (total**2 * frequency.sums(doubt * faster**2)).sum() - (total * left_curve).sum()
        bend[1, 2], bend[1, 3] = (total * open_faster).sum() / a, -(total * fewer * open_faster).sum()
        bend[2, 2], bend[2, 3] = (open_.sum() - left.sum()) / a**2, -(fewer * open_).sum() / a
        bend[3, 3] = (fewer**2 * (open_ + left)).sum()
        return value, slope, np.asarray(bend + np.triu(bend, 1).T)


def log_odds_gone(params: Mapping[str, float], first: int, columns: tuple[Floats, Floats, Floats]) -> Floats:
    """Return the logarithm of the odds that a customer with each history has left, shape (n,); minus infinity where nobody could.

    Parameters
    ----------
    params : mapping of str to float
        r, alpha, a, b.
    first : {0, 1}
        0 for BG/NBD, 1 for MBG/NBD.
    columns : three float arrays, shape (n,)
        Frequency, recency, tenure.

    Examples
    --------
    >>> columns = (np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 38.86]))
    >>> log_odds_gone({"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, 0, columns).round(3).tolist()
    [-0.978, -inf]
    """
    r, alpha, a, b = (params[name] for name in NAMES)
    frequency, recency, tenure = columns
    survived = frequency + float(first)
    # The last purchase was the x-th that could end it: k − 1 were survived for certain.
    odds = (r + frequency) * np.log((alpha + tenure) / (alpha + recency)) + np.log(a / (b + np.maximum(survived, 1.0) - 1.0))
    return np.where(survived > 0, odds, -np.inf)


def purchases_if_alive(params: Mapping[str, float], first: int, pairs: tuple[Floats, Floats], horizon: Floats | float) -> Floats:
    """Return the expected purchases within the horizon of customers who are alive at its start, shape (n,).

    Parameters
    ----------
    params : mapping of str to float
        r, alpha, a, b.
    first : {0, 1}
        0 for BG/NBD, 1 for MBG/NBD.
    pairs : two float arrays, shape (n,)
        Frequency and tenure; when the last purchase was does not matter to one who is alive.
    horizon : float or float array, shape (n,)

    Examples
    --------
    >>> params = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
    >>> purchases_if_alive(params, 0, (np.array([2.0]), np.array([38.86])), 39.0).round(3).tolist()
    [1.687]
    """
    r, alpha, a, b = (params[name] for name in NAMES)
    frequency, tenure = pairs
    reach = np.broadcast_to(np.asarray(horizon / (alpha + tenure), dtype=np.float64), frequency.shape)
    expected = np.zeros(frequency.shape)
    order = np.argsort(frequency, kind="stable")
    distinct, begins = np.unique(frequency[order], return_index=True)
    for x, rows in zip(distinct.tolist(), np.split(order, begins[1:]), strict=True):
        expected[rows] = _mean_purchases(r + x, reach[rows], a, b + x + first)
    return expected


def _mean_purchases(power: float, reach: Floats, a: float, b: float) -> Floats:
    """Return the mean of (1 − (1 + p·reach)^−power) / p for p ~ Beta(a, b), doubling the nodes where two sets of them do not agree."""
    nodes = _FIRST_NODES
    found = _averaged(power, reach, *gauss_jacobi(a, b, nodes))
    rows = np.arange(len(reach))
    while nodes < _MOST_NODES and len(rows):
        nodes *= 2
        finer = _averaged(power, reach[rows], *gauss_jacobi(a, b, nodes))
        apart = np.abs(finer - found[rows]) > _AGREED * finer
        found[rows] = finer
        rows = rows[apart]
    if len(rows):
        found[rows] = _averaged_far(power, reach[rows], a, b)
    return found


def _averaged(power: float, reach: Floats, points: Floats, weights: Floats) -> Floats:
    purchases = -np.expm1(-power * np.log1p(np.multiply.outer(reach, points))) / points
    return np.asarray((purchases * weights).sum(axis=1))


def _averaged_far(power: float, reach: Floats, a: float, b: float) -> Floats:
    """Return the same mean by the trapezoidal rule in v = log(p / (1 − p)), for horizons far beyond what was seen.

    The rule converges exponentially, because the integrand has no singularity near the real line. Beyond both ends it is an exponential, whose infinite
    sum is known.
    """
    from scipy.special import betaln, polygamma

    step = min(0.2, 0.5 * float(np.sqrt(polygamma(1, a) + polygamma(1, b))))
    low = -_FAR - float(np.log((1.0 + power) * (1.0 + reach.max()) * (1.0 + b)))
    line = np.arange(low, _FAR + float(np.log(1.0 + a)), step)
    points = 1.0 / (1.0 + np.exp(-line))
    weights = step * np.exp(-a * np.logaddexp(0.0, -line) - b * np.logaddexp(0.0, line) - betaln(a, b))
    weights[0] *= 1.0 + 1.0 / np.expm1(a * step)
    weights[-1] *= 1.0 + 1.0 / np.expm1(b * step)
    return np.concatenate([_averaged(power, some, points, weights) for some in np.array_split(reach, 1 + len(reach) // 1_000)])


def gauss_jacobi(a: float, b: float, nodes: int) -> tuple[Floats, Floats]:
    """Return points and weights that average polynomials of degree 2·nodes − 1 over Beta(a, b) exactly (Golub and Welsch 1969).

    Examples
    --------
    >>> points, weights = gauss_jacobi(0.5, 2.0, 8)
    >>> float((points * weights).sum().round(12))
    0.2
    """
    from scipy.linalg import eigh_tridiagonal

    step = np.arange(1, nodes)
    both = a + b - 2.0
    wide = 2 * step + both
    middle = np.concatenate([[a / (a + b)], (1.0 + (a - b) * both / (wide * (wide + 2.0))) / 2.0])
    # At the first step two factors of the general formula cancel, and may both be zero.
    ratio = np.concatenate([[1.0], (step[1:] + both) / (wide[1:] - 1.0)])
    beside = np.sqrt(step * (step + a - 1.0) * (step + b - 1.0) * ratio / (wide**2 * (wide + 1.0)))
    points, vectors = eigh_tridiagonal(middle, beside)
    return np.maximum(points, 1e-18), np.asarray(vectors[0] ** 2)
