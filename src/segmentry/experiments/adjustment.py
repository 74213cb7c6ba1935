"""What customers did before the start is no effect of the treatment: it is taken off, and less is left to chance.

* `difference_adjusted` fits the outcome on covariates in each arm apart and compares the arms at the covariates' common mean (Lin 2013, "Agnostic
  notes on regression adjustments to experimental data"); with one covariate, the same metric of the time before, this is CUPED (Deng, Xu, Kohavi and
  Walker 2013) with a slope per arm. It is right whether or not the regression is, and never much worse than without. From `Moments` alone.
* `explain` fits it once over both arms and gives back what is foretold per customer: for tests that draw lots anew, which must not look at the arms.

A customer without a past gets the mean of the others and a flag of their own, so that nobody is dropped (Zhao and Ding 2024).

When NOT to use: with anything that was measured after the start. What the treatment changed must not be taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.experiments.effects import by_t, difference_of_means, summed
from segmentry.experiments.results import Comparison
from segmentry.moments import Moments
from segmentry.preparation.words import percent

Floats = NDArray[np.float64]

# A slope from fewer customers than this costs more than it brings.
FEWEST = 50
WORTH = 0.05
OUTCOME = "outcome"


def difference_adjusted(control: Moments, treated: Moments, outcome: str, covariates: Sequence[str]) -> Comparison:
    """Compare the mean of a column with the covariates held equal.

    Parameters
    ----------
    control, treated : Moments
        Of the customers of each arm; all columns are known of all of them (see `filled`).
    outcome : str
    covariates : sequence of str
        Known before the start; a constant one does nothing.

    Raises
    ------
    NotEnoughData
        With fewer than 50 customers in an arm.
    UsageError
        When a column is not known of all rows, or there is no such column.
    Degenerate
        When the outcome does not vary within the arms.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arms = []
    >>> for effect in (0.0, 0.2):
    ...     before = rng.normal(size=1000)
    ...     arms.append(Moments.of(np.c_[before + rng.normal(size=1000) / 2 + effect, before], ["spend", "before"]))
    >>> found = difference_adjusted(*arms, "spend", ["before"])
    >>> round(found.reduction, 1), found.difference.low > 0
    (0.8, True)
    """
    plain = difference_of_means(control, treated, outcome)
    _check(control, treated, [outcome, *covariates], plain.customers)
    columns = [control.position(name) for name in covariates]
    whole = control + treated
    middle, spread = whole.mean()[columns], whole.covariance()[np.ix_(columns, columns)]
    means, variances, slopes = [], [], []
    for arm in (control, treated):
        place, count = arm.position(outcome), int(arm.count()[arm.position(outcome)])
        covariance = arm.covariance()
        slope, along = _slope(covariance, place, columns)
        means.append(float(arm.mean()[place] - slope @ (arm.mean()[columns] - middle)))
        variances.append(max(0.0, float(covariance[place, place]) - along) * (count - 1) / (count - 1 - len(columns)))
        slopes.append(slope)
    # Customers are drawn from more than there are: where slopes differ, the common mean of the covariates is uncertain too.
    turn = slopes[1] - slopes[0]
    extra = float(turn @ spread @ turn) / sum(plain.customers)
    shared = tuple(variance + extra * count / 2 for variance, count in zip(variances, plain.customers, strict=True))
    found = by_t((means[0], means[1]), (shared[0], shared[1]), plain.customers, lost=1 + len(columns))
    reduction = max(0.0, 1 - (found.error / plain.error) ** 2)
    why = f"what customers did before explains {percent(reduction)} of the differences between them, and is taken off"
    return replace(found, method="adjusted", why=why, reduction=reduction, plain=plain.difference)


def explain(control: Floats, treated: Floats, past: tuple[Floats, Floats]) -> tuple[tuple[Floats, Floats], float]:
    """Say what the past foretells of each customer, by one regression over both arms.

    Parameters
    ----------
    control, treated : float array, shapes (n₀,) and (n₁,)
        Outcomes.
    past : (array, array), shapes (n₀, p) and (n₁, p)
        Covariates, see `filled`.

    Returns
    -------
    score : (array, array)
        Up to a constant; 0 for a customer whose covariates are all 0.
    explained : float
        Share of the variance, 0 to 1.

    Examples
    --------
    >>> before = np.arange(10.0)[:, None]
    >>> score, explained = explain(2 * before[:, 0], 2 * before[:, 0] + 1, (before, before))
    >>> score[0][:3].round(6).tolist(), round(explained, 2)
    ([0.0, 2.0, 4.0], 0.99)
    """
    names = [OUTCOME, *(f"past {number}" for number in range(past[0].shape[1]))]
    parts = [np.c_[outcome, covariates] for outcome, covariates in ((control, past[0]), (treated, past[1]))]
    rows = np.concatenate(parts)
    covariance = summed(rows, names, np.sort(rows, axis=0).mean(axis=0)).covariance()
    slope, along = _slope(covariance, 0, list(range(1, len(names))))
    total = float(covariance[0, 0])
    return (past[0] @ slope, past[1] @ slope), min(1.0, max(0.0, along / total)) if total > 0 else 0.0


def filled(past: Floats, customers: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return covariates without gaps: a missing value is the mean of the others, and a flag says that it was missing.

    Parameters
    ----------
    past : float array, shape (n₀ + n₁,) or (n₀ + n₁, p)
        NaN where unknown; the control first.
    customers : (int, int)

    Returns
    -------
    control, treated : float array
        The columns, and a column of flags for each of them that has gaps.

    Examples
    --------
    >>> filled(np.array([1.0, np.nan, 3.0]), (2, 1))
    (array([[1., 0.],
           [2., 1.]]), array([[3., 0.]]))
    """
    table = past.reshape(len(past), -1)
    gaps = np.isnan(table)
    columns = []
    for values, missing in zip(table.T, gaps.T, strict=True):
        known = np.sort(values[~missing])
        columns.append(np.where(missing, known.mean() if len(known) else 0.0, values))
    columns += [missing.astype(np.float64) for missing in gaps.T if missing.any() and not missing.all()]
    whole = np.stack(columns, axis=1)
    return whole[: customers[0]], whole[customers[0] :]


def _slope(covariance: Floats, place: int, columns: list[int]) -> tuple[Floats, float]:
    """Return the least-squares slope on the columns, and the variance along it; a column without spread gets 0."""
    inner, cross = covariance[np.ix_(columns, columns)], covariance[columns, place]
    size = np.sqrt(np.diagonal(inner))
    scale = np.where(size > 0, size, 1.0)
    slope = np.linalg.pinv(inner / np.outer(scale, scale), rcond=1e-10, hermitian=True) @ (cross / scale) / scale
    return slope, float(slope @ cross)


def _check(control: Moments, treated: Moments, names: Sequence[str], customers: tuple[int, int]) -> None:
    if min(customers) < FEWEST:
        reason = (
            f"the arms have {customers[0]:,} and {customers[1]:,} customers, and {FEWEST} each are needed to adjust for the time before"
        )
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "compare without adjustment, or wait for more customers"))
    for arm, count in zip((control, treated), customers, strict=True):
        places = [arm.position(name) for name in names]
        if (arm.counts[np.ix_(places, places)] != count).any():
            raise UsageError(
                f"covariates are known of some of {count:,} customers only; allowed is a value for each of them. Fill the gaps first (see `filled`)."
            )
