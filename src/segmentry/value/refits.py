"""Parametric bootstrap: how far the parameters of a fit stray when the same model makes other customers with the same tenures.

The fit is simulated, refitted, and the middle 90 % of the refits taken (Efron and Tibshirani 1993, chapter 6). It shows what standard errors hide: skew,
and fits that fail. It supposes that the model is true; where that is doubtful its intervals are too short. Refits take as long as fits: for
a million customers the standard errors of the fit are small, agree with it and cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import DataRefused, Degenerate, Problem
from segmentry.results import Estimate
from segmentry.value.patterns import histories
from segmentry.value.simulation import simulate

Floats = NDArray[np.float64]

_MODELS = {"BGNBD": "BG/NBD", "MBGNBD": "MBG/NBD", "ParetoNBD": "Pareto/NBD", "NBD": "NBD"}
_FAILED = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Parameters of refits.

    Parameters
    ----------
    params : mapping of str to float array, shape (refits − failed,)
        By name.
    intervals : mapping of str to Estimate
        The fit on the data, and the middle 90 % of the refits.
    failed : int
        Refits that were refused.
    """

    params: Mapping[str, Floats]
    intervals: Mapping[str, Estimate]
    failed: int


def bootstrap(estimator: Any, X: Any, *, refits: int = 200, seed: int) -> Bootstrap:  # noqa: N803
    """Fit a model, simulate it and fit it again.

    Parameters
    ----------
    estimator : BGNBD, MBGNBD, ParetoNBD or NBD
        Not changed; a copy is fitted.
    X : array of float, shape (n, 3)
        Frequency, recency, tenure.
    refits : int
        At least 20.
    seed : int

    Raises
    ------
    UsageError
        When fewer than 20 refits are asked for.
    NotEnoughData, Degenerate
        When the fit is refused, or more than a tenth of the refits: then the parameters are not known well enough for an interval.

    Examples
    --------
    >>> from segmentry.value import BGNBD
    >>> shop = simulate("BG/NBD", {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}, np.full(2000, 52.0), seed=0)
    >>> r = bootstrap(BGNBD(), shop.histories, refits=20, seed=1).intervals["r"]
    >>> bool(r.low < r.value < r.high)
    True
    """
    from sklearn.base import clone

    check_range("refits", refits, 20, 100_000)
    fit = clone(estimator).fit(X)
    tenure = histories(X)[2]
    drawn, failed = [], 0
    for stream in np.random.SeedSequence(seed).spawn(refits):
        shop = simulate(_MODELS[type(estimator).__name__], fit.params_, tenure, seed=np.random.default_rng(stream))  # type: ignore[arg-type]
        try:
            drawn.append(clone(estimator).fit(shop.histories).params_)
        except DataRefused:
            failed += 1
    if failed > _FAILED * refits:
        reason = f"{failed} of {refits} refits on simulated customers were refused"
        raise Degenerate(Problem("UNSTABLE_FIT", reason, "add customers or a longer history, or use a simpler model or baseline"))
    params = {name: np.array([refit[name] for refit in drawn]) for name in fit.params_}
    middle = {name: np.quantile(values, [0.05, 0.95]) for name, values in params.items()}
    intervals = {name: Estimate(fit.params_[name], float(low), float(high)) for name, (low, high) in middle.items()}
    return Bootstrap(params, intervals, failed)
