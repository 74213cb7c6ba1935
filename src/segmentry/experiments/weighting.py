"""When not everybody had the same chance of being treated, and the chances were logged: each customer counts 1 / chance.

Means are weighted by the inverse of the chance of the arm that the customer was given (Horvitz and Thompson 1952; normalised: Hájek 1971), so both
arms speak for all customers of the trial. The variance is that of wᵢ (yᵢ − m) / w̄ between customers.

When NOT to use: with chances that were estimated afterwards from what customers look like: that is an observational comparison.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused, Problem
from segmentry.experiments.effects import by_t, check_counts
from segmentry.experiments.results import Comparison
from segmentry.experiments.tails import tails
from segmentry.preparation.words import figure

Floats = NDArray[np.float64]


def weighted(control: tuple[Floats, Floats], treated: tuple[Floats, Floats]) -> Comparison:
    """Compare two arms whose customers had different chances.

    Parameters
    ----------
    control, treated : (outcomes, chances)
        Known outcomes, and the logged chance with which each customer was given the arm they were given.

    Raises
    ------
    DataRefused
        When a chance is not above 0 and at most 1.
    NotEnoughData
        With fewer than two customers in an arm.
    Degenerate
        When nothing varies.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rich = rng.random(20_000) < 0.5
    >>> chance = np.where(rich, 0.8, 0.2)
    >>> arm = rng.random(20_000) < chance
    >>> spend = 10.0 * rich + rng.normal(size=20_000)
    >>> found = weighted((spend[~arm], 1 - chance[~arm]), (spend[arm], chance[arm]))
    >>> found.difference.low < 0 < found.difference.high
    True
    """
    from dataclasses import replace

    check_counts((len(control[0]), len(treated[0])))
    means, variances, influences = [], [], []
    for outcomes, chances in (control, treated):
        wrong = int((~((chances > 0) & (chances <= 1))).sum())
        if wrong:
            reason = f"{wrong:,} of {len(chances):,} logged chances of what customers were given are missing, 0, or above 1"
            raise DataRefused(Problem("IMPOSSIBLE_CHANCE", reason, "correct the log, or leave these customers out"))
        order = np.lexsort((chances, outcomes))
        values, weights = outcomes[order], 1 / chances[order]
        mean = float((weights * values).sum() / weights.sum())
        influence = weights * (values - mean) / weights.mean()
        means.append(mean)
        variances.append(float((influence**2).sum()) / (len(values) - 1))
        influences.append(influence)
    shape = tails(np.concatenate(influences))
    why = (
        f"customers had different chances of being treated, so each counts 1 / chance (as {figure(round(shape.effective))} customers with ordinary tails); "
        "the tail is not looked after as it is without weights"
    )
    found = by_t((means[0], means[1]), (variances[0], variances[1]), (len(control[0]), len(treated[0])), why=why)
    return replace(found, method="weighted", skew=shape.skew, effective=shape.effective)
