"""BG/NBD: customers buy at their own steady rate, and after each repeat purchase some leave for good.

The mathematics stands in `geometric`, with no chance to leave at the first purchase. Published by Fader, Hardie and Lee 2005, "Counting your customers
the easy way: an alternative to the Pareto/NBD model", Marketing Science 24(2).

A customer who bought once is certain to be alive under this model, however long ago that was, because one can leave only after a repeat purchase: where
many bought once, prefer MBG/NBD or Pareto/NBD if the hold-out says so. Not for subscriptions (regular intervals) or seasonal shops.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from segmentry.value.estimator import alive, learn, purchases, purchases_new
from segmentry.value.geometric import Geometric

Floats = NDArray[np.float64]


class BGNBD(BaseEstimator):  # type: ignore[misc]
    """BG/NBD fitted by maximum likelihood; see `bgnbd`.

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
    >>> shop = simulate("BG/NBD", {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}, np.full(2000, 52.0), seed=0)
    >>> model = BGNBD().fit(shop.histories)
    >>> list(model.params_)
    ['r', 'alpha', 'a', 'b']
    >>> bool(model.expected_purchases(13.0, [[0, 0.0, 52.0]])[0] < model.expected_purchases(13.0, [[9, 50.0, 52.0]])[0])
    True
    """

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> BGNBD:  # noqa: ARG002, N803
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
        return learn(self, Geometric(0), X, sample_weight)

    def probability_alive(self, X: Any) -> Floats:  # noqa: N803
        """Return the probability that each customer has not left, shape (n,); 1 for those who bought once."""
        return alive(self, 0, X)

    def expected_purchases(self, horizon: float, X: Any) -> Floats:  # noqa: N803
        """Return the expected purchases of each customer within the horizon after the as-of day, shape (n,)."""
        return purchases(self, 0, horizon, X)

    def expected_new(self, times: ArrayLike) -> Floats:
        """Return the expected repeat purchases of a new customer up to each time since the first purchase, shape of `times`."""
        return purchases_new(self, 0, times)
