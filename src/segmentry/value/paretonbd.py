"""Pareto/NBD: customers buy at their own steady rate until, at a moment nobody sees, they leave.

While alive a customer buys as a Poisson process of rate λ, and lives for a time that is exponential with rate μ; λ ~ Gamma(r, α) and μ ~ Gamma(s, β)
over customers, independently. Of a history (x, t_x, T) the likelihood is

    Γ(r+x) α^r β^s / Γ(r) · { (α+T)^−(r+x) (β+T)^−s + s ∫ (α+t)^−(r+x) (β+t)^−(s+1) dt }   over t from t_x to T:

still alive at T, or gone at some time t since the last purchase. Both parts are positive and are added on the log scale; see `hypergeometric` for the integral.
Times are in the unit of the data.

Sources: Schmittlein, Morrison and Colombo 1987, "Counting your customers"; Fader and Hardie 2005, "A note on deriving the Pareto/NBD model and related
expressions". Unlike under BG/NBD, who bought once is not certain to be alive, and customers may leave without a purchase. Not for subscriptions (regular
intervals), seasonal shops, or histories in which nobody stays away for long: nothing then tells those who left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from segmentry.value.estimator import check_times, learn
from segmentry.value.hypergeometric import Integral, integrate
from segmentry.value.patterns import Patterns

Floats = NDArray[np.float64]


class ParetoNBDLikelihood:
    """What the fitting machine asks of the model.

    Attributes
    ----------
    names : tuple of str
        r and α of the rate of buying, s and β of the rate of leaving.
    edges : mapping of str to (str, str)
        What the data are like when a parameter runs to zero or to infinity.
    """

    names = ("r", "alpha", "s", "beta")
    edges: Mapping[str, tuple[str, str]] = {
        "r": ("hardly anybody ever bought again", "all customers bought at the same rate"),
        "alpha": ("those who buy again do so without pause", "all customers bought at the same rate"),
        "s": ("nobody ever left", "all customers left at the same rate"),
        "beta": ("customers leave at once or never", "nobody ever left, or all leave at the same rate"),
    }

    def starts(self, data: Patterns) -> Sequence[Floats]:
        """Return logarithms to start from, from the mean rate and the mean tenure."""
        time = float((data.counts * data.tenure).sum())
        rate, tenure = float((data.counts * data.frequency).sum()) / time, time / data.customers
        shapes = ((0.5, 0.5), (1.0, 1.5), (2.0, 0.3))
        # Who leaves is seen to buy less than their rate, which makes rates larger than they look.
        return [np.log([r, r / (1.5 * rate), s, s * 1.5 * tenure]) for r, s in shapes]

    def gradient(self, logs: Floats, data: Patterns) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient with respect to the logarithms of the parameters, shape (4,)."""
        params = np.exp(logs)
        ends = _ends(params, data)
        slopes = ends.front + ends.alive * ends.stayed + (1.0 - ends.alive) * ends.left
        return float((data.counts * ends.value).sum()), (data.counts * slopes).sum(axis=1) * params

    def hessian(self, logs: Floats, data: Patterns) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient and its second derivatives with respect to the logarithms, shape (4, 4).

        The logarithm of a sum bends as its parts do on average, plus the covariance of their slopes: within the integral, and between its two parts.
        """
        from scipy.special import polygamma

        params = np.exp(logs)
        r, alpha, s, beta = params
        ends = _ends(params, data, spreads=True)
        lost, means = ends.lost, ends.lost.means
        counts, alive, gone = data.counts, data.counts * ends.alive, data.counts * (1.0 - ends.alive)
        slope = (counts * ends.front + alive * ends.stayed + gone * ends.left).sum(axis=1)
        frequencies, tenure, power = data.axes[0], data.tenure, r + data.frequency
        per = np.stack(np.broadcast_arrays(1.0, power, 1.0, s + 1.0))
        apart = ends.stayed - ends.left
        bend = (gone * (per[:, None] * per * lost.spreads + ends.alive * apart[:, None] * apart)).sum(axis=2)
        # Second derivatives of the parts themselves: functions of T for those alive, averages over t for those gone.
        trigammas = (frequencies.sums(counts) * (polygamma(1, r + frequencies.values) - polygamma(1, r))).sum()
        one_over = [(alive / (shift + tenure) + gone * mean).sum() for shift, mean in ((alpha, means[1]), (beta, means[3]))]
        squares = [gone * (lost.spreads[place, place] + means[place] ** 2) for place in (1, 3)]
        bend[0, 0] += trigammas
        bend[0, 1] = bend[1, 0] = bend[0, 1] + data.customers / alpha - one_over[0]
        bend[1, 1] += (power * (alive / (alpha + tenure) ** 2 + squares[0])).sum() - data.customers * r / alpha**2
        bend[2, 2] -= gone.sum() / s**2
        bend[2, 3] = bend[3, 2] = bend[2, 3] + data.customers / beta - one_over[1]
        bend[3, 3] += (alive * s / (beta + tenure) ** 2 + squares[1] * (s + 1.0)).sum() - data.customers * s / beta**2
        return float((counts * ends.value).sum()), slope * params, bend * np.outer(params, params) + np.diag(slope * params)


def log_likelihoods(params: Mapping[str, float], patterns: Patterns) -> Floats:
    """Return the log-likelihood of each history, shape (d,).

    Examples
    --------
    >>> patterns = Patterns.of([[2, 30.43, 38.86]])
    >>> log_likelihoods({"r": 0.55, "alpha": 10.58, "s": 0.61, "beta": 11.67}, patterns).round(3).tolist()
    [-9.562]
    """
    given = _ordered(params)
    stay, leave, _ = _parts(given, patterns)
    return _front(given, patterns) + np.logaddexp(stay, leave)


def probabilities_alive(params: Mapping[str, float], patterns: Patterns) -> Floats:
    """Return the probability that a customer with each history has not left, shape (d,).

    Examples
    --------
    >>> patterns = Patterns.of([[0, 0.0, 38.86], [2, 30.43, 38.86]])
    >>> probabilities_alive({"r": 0.55, "alpha": 10.58, "s": 0.61, "beta": 11.67}, patterns).round(3).tolist()
    [0.294, 0.868]
    """
    stay, leave, _ = _parts(_ordered(params), patterns)
    return np.exp(stay - np.logaddexp(stay, leave))


def purchases_ahead(params: Mapping[str, float], patterns: Patterns, horizon: float) -> Floats:
    """Return the expected purchases of a customer with each history within the horizon after the as-of day, shape (d,).

    Examples
    --------
    >>> patterns = Patterns.of([[2, 30.43, 38.86]])
    >>> purchases_ahead({"r": 0.55, "alpha": 10.58, "s": 0.61, "beta": 11.67}, patterns, 39.0).round(3).tolist()
    [1.45]
    """
    r, alpha, s, beta = _ordered(params)
    rate = (r + patterns.frequency) / (alpha + patterns.tenure)
    return np.asarray(probabilities_alive(params, patterns) * rate * _life(s, beta + patterns.tenure, horizon))


def purchases_of_new(params: Mapping[str, float], times: ArrayLike) -> Floats:
    """Return the expected repeat purchases of a customer of whom nothing is known, up to each time since the first purchase.

    Examples
    --------
    >>> purchases_of_new({"r": 0.55, "alpha": 10.58, "s": 0.61, "beta": 11.67}, [0.0, 39.0]).round(3).tolist()
    [0.0, 1.202]
    """
    r, alpha, s, beta = _ordered(params)
    return np.asarray(r / alpha * _life(s, beta, np.asarray(times, dtype=np.float64)))


class ParetoNBD(BaseEstimator):  # type: ignore[misc]
    """Pareto/NBD fitted by maximum likelihood; see `paretonbd`.

    Attributes
    ----------
    params_ : dict of str to float
        r, alpha, s, beta; alpha and beta in the unit of time of X.
    standard_errors_ : dict of str to float
    log_likelihood_ : float
    covariance_ : float array, shape (4, 4)
        Of the logarithms of the parameters.
    optimum_ : Optimum
    n_features_in_ : int

    Examples
    --------
    >>> from segmentry.value.simulation import simulate
    >>> shop = simulate("Pareto/NBD", {"r": 0.6, "alpha": 10.0, "s": 0.6, "beta": 12.0}, np.full(2000, 52.0), seed=0)
    >>> model = ParetoNBD().fit(shop.histories)
    >>> list(model.params_)
    ['r', 'alpha', 's', 'beta']
    >>> bool(model.probability_alive([[3, 10.0, 52.0]])[0] < model.probability_alive([[3, 50.0, 52.0]])[0])
    True
    """

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> ParetoNBD:  # noqa: ARG002, N803
        """Learn the parameters.

        Parameters
        ----------
        X : array of float, shape (n, 3)
            Frequency (repeat purchases), recency (time from first to last purchase), tenure (time since the first purchase).
        y : None
            Not used.
        sample_weight : array of float, shape (n,), optional
            How often each customer counts.

        Raises
        ------
        NotEnoughData
            When too few customers bought again.
        Degenerate
            When a history is impossible, or no maximum exists.
        """
        return learn(self, ParetoNBDLikelihood(), X, sample_weight)

    def probability_alive(self, X: Any) -> Floats:  # noqa: N803
        """Return the probability that each customer has not left, shape (n,)."""
        check_is_fitted(self)
        patterns = Patterns.of(X)
        return probabilities_alive(self.params_, patterns)[patterns.place]

    def expected_purchases(self, horizon: float, X: Any) -> Floats:  # noqa: N803
        """Return the expected purchases of each customer within the horizon after the as-of day, shape (n,).

        Raises
        ------
        UsageError
            When the horizon is not a number from 0 up.
        """
        check_is_fitted(self)
        check_times("horizon", np.asarray(horizon, dtype=np.float64).reshape(()))
        patterns = Patterns.of(X)
        return purchases_ahead(self.params_, patterns, horizon)[patterns.place]

    def expected_new(self, times: ArrayLike) -> Floats:
        """Return the expected repeat purchases of a new customer up to each time since the first purchase, shape of `times`.

        Raises
        ------
        UsageError
            When a time is not a number from 0 up.
        """
        check_is_fitted(self)
        until = np.asarray(times, dtype=np.float64)
        check_times("times", until)
        return purchases_of_new(self.params_, until)


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """The two ways a history may have ended by T, alive or gone, of each pattern.

    `value` is the log-likelihood, `alive` the share of it that is alive; `front` has the slopes of what stands before the braces, `stayed` and `left` those
    of the logarithms of the two parts in them, shape (4, d), along r, α, s, β.
    """

    value: Floats
    alive: Floats
    front: Floats
    stayed: Floats
    left: Floats
    lost: Integral


def _ends(params: Floats, patterns: Patterns, *, spreads: bool = False) -> _Ends:
    from scipy.special import digamma

    r, alpha, s, beta = params
    stay, leave, lost = _parts(params, patterns, spreads=spreads)
    both = np.logaddexp(stay, leave)
    frequencies, power = patterns.axes[0], r + patterns.frequency
    digammas = (digamma(r + frequencies.values) - digamma(r))[frequencies.place]
    rest, tenures = np.ones_like(power), patterns.axes[2]
    log_alpha, log_beta = (np.log(shift + tenures.values)[tenures.place] for shift in (alpha, beta))
    return _Ends(
        value=_front(params, patterns) + both,
        alive=np.exp(stay - both),
        front=np.stack([digammas + np.log(alpha), rest * r / alpha, rest * np.log(beta), rest * s / beta]),
        stayed=-np.stack([log_alpha, power / (alpha + patterns.tenure), log_beta, s / (beta + patterns.tenure)]),
        left=-np.stack([lost.means[0], power * lost.means[1], lost.means[2] - 1.0 / s, (s + 1.0) * lost.means[3]]),
        lost=lost,
    )


def _ordered(params: Mapping[str, float]) -> Floats:
    return np.array([params[name] for name in ParetoNBDLikelihood.names], dtype=np.float64)


def _parts(params: Floats, patterns: Patterns, *, spreads: bool = False) -> tuple[Floats, Floats, Integral]:
    """Return the logarithms of the two parts in braces, and the integral of the second, each of shape (d,)."""
    r, alpha, s, beta = params
    power, tenures = r + patterns.frequency, patterns.axes[2]
    stay = -power * np.log(alpha + tenures.values)[tenures.place] - (s * np.log(beta + tenures.values))[tenures.place]
    lost = integrate((power, float(s) + 1.0), (float(alpha), float(beta)), patterns.recency, patterns.tenure, spreads=spreads)
    return stay, np.log(s) + lost.log, lost


def _front(params: Floats, patterns: Patterns) -> Floats:
    """Return the logarithm of what stands before the braces."""
    from scipy.special import gammaln

    r, alpha, s, beta = params
    frequencies = patterns.axes[0]
    return np.asarray((gammaln(r + frequencies.values) - gammaln(r) + r * np.log(alpha) + s * np.log(beta))[frequencies.place])


def _life(s: float, beta: Floats | float, horizon: Floats | float) -> Floats:
    """Return the expected time a customer, alive now, is alive within the horizon; as s nears 1 a difference of powers becomes a logarithm."""
    from scipy.special import exprel

    span = np.log1p(horizon / beta)
    return np.asarray(beta * span * exprel((1.0 - s) * span))
