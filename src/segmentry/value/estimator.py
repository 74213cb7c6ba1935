"""What the scikit-learn shells of the models of purchases share: learning; and of BG/NBD and MBG/NBD what is told of customers once it is done.

`first` is the number of chances to leave that come with the first purchase, 0 or 1. Nothing here knows a likelihood: see `geometric`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from segmentry.errors import UsageError
from segmentry.value.fitting import Likelihood, enough_repeaters, maximise
from segmentry.value.geometric import log_odds_gone, purchases_if_alive
from segmentry.value.patterns import IMMENSE, Axis, Patterns, histories

Floats = NDArray[np.float64]
Model = TypeVar("Model")


def learn(model: Model, likelihood: Likelihood[Patterns], X: Any, sample_weight: Any) -> Model:  # noqa: N803
    """Set what was learned from histories, shape (n, 3), by maximum likelihood."""
    learning: Any = model
    patterns = Patterns.of(X, sample_weight)
    enough_repeaters(float(patterns.counts[patterns.frequency > 0].sum()))
    learning.optimum_ = maximise(likelihood, patterns)
    learning.params_, learning.standard_errors_ = learning.optimum_.params, learning.optimum_.errors
    learning.log_likelihood_, learning.covariance_ = learning.optimum_.log_likelihood, learning.optimum_.covariance
    learning.n_features_in_ = 3
    return model


def alive(model: Any, first: int, X: Any) -> Floats:  # noqa: N803
    """Return the probability that each customer has not left, shape (n,)."""
    check_is_fitted(model)
    return _alive(model.params_, first, histories(X))


def purchases(model: Any, first: int, horizon: float, X: Any) -> Floats:  # noqa: N803
    """Return the expected purchases of each customer within the horizon, shape (n,).

    Raises
    ------
    UsageError
        When the horizon is not a number from 0 up.
    """
    check_is_fitted(model)
    check_times("horizon", np.asarray(horizon, dtype=np.float64).reshape(()))
    columns = histories(X)
    frequency, tenure, place = _pairs(columns[0], columns[2])
    return _alive(model.params_, first, columns) * purchases_if_alive(model.params_, first, (frequency, tenure), horizon)[place]


def purchases_new(model: Any, first: int, times: ArrayLike) -> Floats:
    """Return the expected repeat purchases of a new customer up to each time, shape of `times`.

    Raises
    ------
    UsageError
        When a time is not a number from 0 up.
    """
    check_is_fitted(model)
    until = np.asarray(times, dtype=np.float64)
    check_times("times", until)
    nothing = np.zeros(until.size)
    expected = purchases_if_alive(model.params_, first, (nothing, nothing), until.reshape(-1))
    return np.asarray(_alive(model.params_, first, (nothing, nothing, nothing)) * expected).reshape(until.shape)


def _alive(params: Mapping[str, float], first: int, columns: tuple[Floats, Floats, Floats]) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(-log_odds_gone(params, first, columns)))


def check_times(name: str, times: Floats) -> None:
    """Raise `UsageError` unless all times are numbers from 0 up."""
    if not ((times >= 0) & (times <= IMMENSE)).all():
        raise UsageError(f"{name} is {times}; allowed are numbers from 0 to {IMMENSE:g}. Give them in the unit of time of the fit.")


def _pairs(frequency: Floats, tenure: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Return distinct pairs of frequency and tenure, each of shape (d,), and the pair of each customer, shape (n,)."""
    many, old = Axis.of(frequency), Axis.of(tenure)
    pair = Axis.of((many.place * len(old.values) + old.place).astype(np.float64))
    key = pair.values.astype(np.intp)
    return many.values[key // len(old.values)], old.values[key % len(old.values)], pair.place
