"""MBG/NBD: customers buy at their own steady rate, and after each purchase, the first one included, some leave for good.

The mathematics stands in `geometric`, with a chance to leave at the first purchase. Published by Batislam, Denizel and Filiztekin 2007, "Empirical
validation and comparison of models for customer base analysis", and by Hoppe and Wagner 2007, "Customer base analysis: the case for a
central variant of the Betageometric/NBD model".

Unlike under BG/NBD, who bought once may have left. Not for subscriptions (regular intervals) or seasonal shops.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from segmentry.value.estimator import alive, learn, purchases, purchases_new
from segmentry.value.geometric import Geometric

Floats = NDArray[np.float64]


class MBGNBD(BaseEstimator):  # type: ignore[misc]
    """MBG/NBD fitted by maximum likelihood; see `mbgnbd`.

    Attributes
    ----------
    params_ : dict of str to float
        r, alpha, a, b; alpha in the unit of time of X.
    standard_errors_ : dict of str to float
    log_likelihood_ : float
    covariance_ : float array, shape (4, 4)
        Of the logarithms of the parameters.
    optimum_ : Optimum
    n_features_in_ : int

    Examples
    --------
    >>> from segmentry.value.simulation import simulate
    >>> shop = simulate("MBG/NBD", {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6}, np.full(2000, 52.0), seed=0)
    >>> model = MBGNBD().fit(shop.histories)
    >>> list(model.params_)
    ['r', 'alpha', 'a', 'b']
    >>> bool(model.probability_alive([[0, 0.0, 52.0]])[0] < 1)
    True
    """

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> MBGNBD:  # noqa: ARG002, N803
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
        return learn(self, Geometric(1), X, sample_weight)

    def probability_alive(self, X: Any) -> Floats:  # noqa: N803
        """Return the probability that each customer has not left, shape (n,)."""
        return alive(self, 1, X)

    def expected_purchases(self, horizon: float, X: Any) -> Floats:  # noqa: N803
        """Return the expected purchases of each customer within the horizon after the as-of day, shape (n,)."""
        return purchases(self, 1, horizon, X)

    def expected_new(self, times: ArrayLike) -> Floats:
        """Return the expected repeat purchases of a new customer up to each time since the first purchase, shape of `times`."""
        return purchases_new(self, 1, times)
