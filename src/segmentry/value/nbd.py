"""NBD: customers buy at their own steady rate and nobody leaves; the simpler model where no drop-out can be seen.

With rates gamma distributed over customers (shape r, rate α) x purchases in time T have the log-likelihood

    ln Γ(r + x) − ln Γ(r) + r ln α − (r + x) ln(α + T)

(Ehrenberg 1959, "The pattern of consumer purchases", Applied Statistics 8(1)): what BG/NBD, MBG/NBD and Pareto/NBD become when their drop-out vanishes,
so the log-likelihoods compare. A customer of frequency x and tenure T goes on at the rate (r + x) / (α + T). Everyone is alive under this model, so
its probability of being alive says nothing; `nobody_leaves` puts that in words. Not to be used where one of the others foretells as well: it foretells
too much for customers who are gone, and the more the further ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from segmentry.preparation.words import figure
from segmentry.value.estimator import check_times, learn
from segmentry.value.patterns import Patterns, histories
from segmentry.value.results import Check

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Steady:
    """The likelihood of NBD, for `fitting.maximise`."""

    names: ClassVar[tuple[str, ...]] = ("r", "alpha")
    edges: ClassVar[Mapping[str, tuple[str, str]]] = {
        "r": ("hardly anybody bought again", "all customers bought at the same rate"),
        "alpha": ("hardly anybody bought again", "all customers bought at the same rate"),
    }

    def starts(self, data: Patterns) -> Sequence[Floats]:
        """Return logarithms to start from, with the mean rate of the data."""
        rate = max(float((data.counts * data.frequency).sum()), 0.5) / float((data.counts * np.maximum(data.tenure, 1e-9)).sum())
        return [np.log([shape, shape / rate]) for shape in (0.25, 1.0, 4.0)]

    def gradient(self, logs: Floats, data: Patterns) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient with respect to the logarithms, shape (2,)."""
        value, slope, _ = self.hessian(logs, data)
        return value, slope

    def hessian(self, logs: Floats, data: Patterns) -> tuple[float, Floats, Floats]:
        """Return the log-likelihood, its gradient and its second derivatives with respect to the logarithms, shape (2, 2)."""
        from scipy.special import gammaln, polygamma, psi

        r, alpha = np.exp(logs)
        weights, reach = data.counts, alpha + data.tenure
        shapes, often = r + data.axes[0].values, data.axes[0].sums(weights)
        grown = (r + data.frequency) / reach
        later = float((weights * np.log(reach / alpha)).sum())
        bought = float((weights * data.frequency * np.log(reach)).sum())
        value = float((often * (gammaln(shapes) - gammaln(r))).sum()) - r * later - bought
        slope = np.array([float((often * (psi(shapes) - psi(r))).sum()) - later, float((weights * (r / alpha - grown)).sum())])
        mixed = float((weights * (1 / alpha - 1 / reach)).sum())
        bends = np.array(
            [
                [float((often * (polygamma(1, shapes) - polygamma(1, r))).sum()), mixed],
                [mixed, float((weights * (grown / reach - r / alpha**2)).sum())],
            ]
        )
        scale = np.array([r, alpha])
        return value, scale * slope, scale * bends * scale[:, None] + np.diag(scale * slope)


def nobody_leaves(days: float) -> Check:
    """Return the check that drop-out can be seen, which has failed where this model is used.

    Parameters
    ----------
    days : float
        From the first day of the data to the last.

    Examples
    --------
    >>> nobody_leaves(373).words  # doctest: +ELLIPSIS
    'In these 373 days nobody can be seen to leave: everyone still counts as a customer. Should some leave, ...'
    """
    words = (
        f"In these {figure(days)} days nobody can be seen to leave: everyone still counts as a customer. "
        "Should some leave, a forecast far ahead is too high; a season can make it too low all the same."
    )
    return Check("drop_out_seen", holds=False, words=words)


class NBD(BaseEstimator):  # type: ignore[misc]
    """NBD fitted by maximum likelihood; see `nbd`.

    Attributes
    ----------
    params_ : dict of str to float
        r, alpha; alpha in the unit of time of X.
    standard_errors_ : dict of str to float
    log_likelihood_ : float
    covariance_ : float array, shape (2, 2)
        Of the logarithms of the parameters.
    optimum_ : Optimum
    n_features_in_ : int

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bought = rng.poisson(rng.gamma(1.0, 0.2, 500) * 50)
    >>> model = NBD().fit(np.column_stack([bought, np.where(bought > 0, 25.0, 0.0), np.full(500, 50.0)]))
    >>> model.expected_purchases(10.0, [[9, 25.0, 50.0]]).round(1)
    array([1.8])
    """

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> NBD:  # noqa: ARG002, N803
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
            When a history is impossible, or all customers buy at the same rate.
        """
        return learn(self, Steady(), X, sample_weight)

    def probability_alive(self, X: Any) -> Floats:  # noqa: N803
        """Return 1 for every customer, shape (n,): nobody leaves under this model."""
        check_is_fitted(self)
        return np.ones(len(histories(X)[0]))

    def expected_purchases(self, horizon: float, X: Any) -> Floats:  # noqa: N803
        """Return the expected purchases of each customer within the horizon after the as-of day, shape (n,)."""
        check_is_fitted(self)
        check_times("horizon", np.asarray(horizon, dtype=np.float64).reshape(()))
        frequency, _, tenure = histories(X)
        return np.asarray((self.params_["r"] + frequency) / (self.params_["alpha"] + tenure) * horizon)

    def expected_new(self, times: ArrayLike) -> Floats:
        """Return the expected repeat purchases of a new customer up to each time since the first purchase, shape of `times`."""
        check_is_fitted(self)
        until = np.asarray(times, dtype=np.float64)
        check_times("times", until)
        return np.asarray(self.params_["r"] / self.params_["alpha"] * until)
