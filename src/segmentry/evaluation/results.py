"""Figures with intervals and the curves of a judged score: calibration, gains, profit.

All frozen; every interval is of 95 % and over customers (or groups of duplicates), never over folds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from segmentry.results import Estimate


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """Predicted beside observed, in bins of equally many customers.

    Parameters
    ----------
    predicted, observed, low, high : tuple of float, length b
        Mean prediction, share that answered, and its interval (Wilson 1927).
    customers : tuple of int, length b
    ece : Estimate
        Expected calibration error: mean distance between the two, weighted by customers, with chance taken out. Wrong probabilities are
        detected when its `low` is above 0.
    slope, intercept : float
        Of the logit of the outcome on the logit of the prediction; 1 and 0 are perfect.
    """

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    customers: tuple[int, ...]
    ece: Estimate
    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class GainsCurve:
    """How many of those who answer are reached by contacting the likeliest first.

    Parameters
    ----------
    share : tuple of float, length m
        Share of customers contacted, 0 to 1.
    reached, low, high : tuple of float, length m
        Share of all who answer that is reached; diagonal is chance.
    lift : tuple of float, length m
        Response rate among those contacted over that of all.
    """

    share: tuple[float, ...]
    reached: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    lift: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ProfitCurve:
    """What contacting the likeliest first would have brought: responders × revenue − contacted × cost.

    Parameters
    ----------
    share, profit, low, high : tuple of float, length m
        Share contacted, and profit with a pointwise interval.
    cost, revenue : float
        Per contact and per answer, in the data's currency.
    source : str
        Where they come from, in words.
    everyone, nobody : float
        Profit of contacting all, and none (0).
    best_share : Estimate
        Share of customers to contact.
    best : Estimate
        Profit at that depth with the optimism of choosing it removed (depth chosen on one part, profit taken on the other).
    naive : float
        The maximum of the curve itself, which flatters.
    threshold : float
        Probability above which a contact pays: cost / revenue.
    customers : int
    advice : {"some", "everyone", "nobody"}
        Which plan brings most: the best depth counts as `best`, without optimism, so `best` is below `everyone` or 0 when choosing does not pay.
    cut : float
        Lowest probability within the best depth; infinite when that is nobody.
    """

    share: tuple[float, ...]
    profit: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    cost: float
    revenue: float
    source: str
    everyone: float
    nobody: float
    best_share: Estimate
    best: Estimate
    naive: float
    threshold: float
    customers: int
    advice: Literal["some", "everyone", "nobody"] = "some"
    cut: float = math.nan
