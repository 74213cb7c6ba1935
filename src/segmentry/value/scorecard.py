"""How well purchases (or money) per customer were foretold: seven figures, each a pure function of what came and what was foretold.

Bias of the total (for budgets), mean absolute and root mean square error (per customer), rank correlation (Spearman 1904), normalised Gini
(Frees, Meyers and Cummings 2014, "Insurance ratemaking and a Gini index") and the share of purchases made by the tenth foretold highest (for targeting).
The mean absolute error is shown and decides nothing: where most buy nothing it is smallest for a forecast that says too little.

Customers with the same forecast are told apart by nothing: they share their ranks, and the tenth takes of them as many as fit, none preferred.
Nothing depends on the order of rows, to the last bit. Not for answers of yes and no: see `evaluation`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.value.results import Score

Floats = NDArray[np.float64]

TOP = 0.1
# Forecasts that agree to so many binary digits are the same forecast: the rest is the noise of arithmetic.
DIGITS = 40


def total_bias(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the foretold total over the actual one, minus 1.

    Parameters
    ----------
    actual, predicted : float array, shape (n,)
        Per customer.

    Raises
    ------
    NotEnoughData
        When nothing came: no forecast can be held against that.
    UsageError
        When the arrays do not fit or hold NaN.

    Examples
    --------
    >>> round(total_bias([2, 0, 0], [1.0, 0.5, 0.7]), 6)
    0.1
    """
    came, foretold = _paired(actual, predicted)
    return float(np.sort(foretold).sum() / _something(came) - 1.0)


def mean_absolute_error(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the mean distance between forecast and outcome, per customer.

    Examples
    --------
    >>> mean_absolute_error([2, 0], [1.0, 0.5])
    0.75
    """
    came, foretold = _paired(actual, predicted)
    return float(np.sort(np.abs(came - foretold)).mean())


def root_mean_square(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the root of the mean squared distance between forecast and outcome, per customer.

    Examples
    --------
    >>> root_mean_square([3, 0], [0.0, 4.0])
    3.5355339059327378
    """
    came, foretold = _paired(actual, predicted)
    return float(np.sqrt(np.sort((came - foretold) ** 2).mean()))


def spearman(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the correlation of the two rankings, ties sharing their rank; 0 where one of them ranks nobody.

    Examples
    --------
    >>> spearman([0, 1, 5], [0.2, 0.3, 0.4]), spearman([0, 1, 5], [0.3, 0.3, 0.3])
    (1.0, 0.0)
    """
    came, foretold = _paired(actual, predicted)
    one, other = _ranks(came), _ranks(foretold)
    # Plain sums: a product of vectors by the linear algebra library depends on the number of threads in its last bits.
    spread = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float(np.clip((one * other).sum() / spread, -1.0, 1.0)) if spread else 0.0


def gini(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return the Gini coefficient of the ranking by forecast over that of the perfect ranking: 1 is perfect, 0 is chance.

    0 also where everybody bought the same, as there is nothing to rank.

    Examples
    --------
    >>> gini([0, 1, 5], [0.2, 0.3, 0.4]), gini([0, 1, 5], [0.4, 0.3, 0.2]), gini([0, 1, 5], [1, 1, 1])
    (1.0, -1.0, 0.0)
    """
    came, foretold = _paired(actual, predicted)
    perfect = float(np.sort(_ranks(came) * came).sum())
    return float(np.sort(_ranks(foretold) * came).sum()) / perfect if perfect else 0.0


def top_share(actual: ArrayLike, predicted: ArrayLike, share: float = TOP) -> float:
    """Return the share of everything that came from the customers foretold highest; chance is `share` itself.

    Parameters
    ----------
    actual, predicted : float array, shape (n,)
    share : float
        Share of customers taken, 0 to 1.

    Examples
    --------
    >>> top_share([8, 1, 1, 0, 0, 0, 0, 0, 0, 0], [9, 2, 1, 1, 1, 1, 1, 1, 1, 1])
    0.8
    >>> top_share([8, 1, 1, 0, 0, 0, 0, 0, 0, 0], np.ones(10))
    0.1
    """
    came, foretold = _paired(actual, predicted)
    _, starts = np.unique(-foretold[::-1], return_index=True)
    customers = np.append(starts, len(came)).astype(np.float64)
    purchases = np.append(0.0, np.cumsum(np.add.reduceat(came[::-1], starts)))
    return float(np.interp(share * len(came), customers, purchases) / _something(came))


def score(name: str, words: str, kind: Literal["model", "baseline"], actual: ArrayLike, predicted: ArrayLike) -> Score:
    """Hold a forecast against what came, in all figures.

    Parameters
    ----------
    name, words : str
        Of the model or baseline; that a forecast ranks nobody is added to the words.
    kind : {"model", "baseline"}
    actual, predicted : float array, shape (n,)
        Purchases (or money) per customer in the hold-out.

    Raises
    ------
    NotEnoughData
        When nothing came.
    UsageError
        When the arrays do not fit or hold NaN.
    """
    came, foretold = _paired(actual, predicted)
    if foretold[0] == foretold[-1]:
        words += "; the same for everyone, so it ranks nobody"
    return Score(
        name=name,
        words=words,
        kind=kind,
        actual=_something(came),
        predicted=float(foretold.sum()),
        bias=total_bias(came, foretold),
        mae=mean_absolute_error(came, foretold),
        rmse=root_mean_square(came, foretold),
        spearman=spearman(came, foretold),
        gini=gini(came, foretold),
        top_share=top_share(came, foretold),
    )


def _paired(actual: ArrayLike, predicted: ArrayLike) -> tuple[Floats, Floats]:
    """Return both, checked and in an order of their own (by forecast, then outcome)."""
    came, foretold = np.asarray(actual, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if came.ndim != 1 or came.shape != foretold.shape or not len(came):
        raise UsageError(
            f"actual has shape {came.shape} and predicted {foretold.shape}; allowed are two of shape (n,). Give one of each per customer."
        )
    if not (np.isfinite(came).all() and np.isfinite(foretold).all()):
        unknown = int((~np.isfinite(came) | ~np.isfinite(foretold)).sum())
        raise UsageError(f"{unknown:,} of {len(came):,} customers have no finite outcome or forecast; leave them out and say so.")
    mantissa, exponent = np.frexp(foretold)
    foretold = np.ldexp(np.round(np.ldexp(mantissa, DIGITS)), exponent - DIGITS)
    order = np.lexsort((came, foretold))
    return came[order], foretold[order]


def _something(came: Floats) -> float:
    total = float(np.sort(came).sum())
    if total <= 0:
        raise NotEnoughData(
            Problem(
                "EMPTY_HOLDOUT",
                f"{len(came):,} customers bought nothing in the hold-out, and a forecast is held against purchases",
                "take a longer hold-out or data that reaches further",
            )
        )
    return total


def _ranks(values: Floats) -> Floats:
    """Return ranks about their mean, ties sharing theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[place] - (len(values) + 1) / 2.0)
