"""What is said about the worth of customers: fits, hold-out scores, and per customer and segment what the future may bring.

All are frozen and made elsewhere in `value`; a page or a file is made from them without computing anything. Purchases are occasions (calendar
days with positive net spend), times are in the unit of the fit (weeks unless said otherwise), money is in the data's currency;
every `Estimate` has an interval of 90 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.results import Estimate

Model = Literal["BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD"]
State = Literal["new", "active", "slipping", "lapsed", "won back"]
STATES: tuple[State, ...] = ("new", "active", "won back", "slipping", "lapsed")


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One fitted model of purchases or of spend.

    Parameters
    ----------
    name : str
        "BG/NBD", "MBG/NBD", "Pareto/NBD", "NBD" or "Gamma-Gamma".
    params, errors : mapping of str to float
        By name in the order of the literature, and their standard errors.
    log_likelihood : float
    customers : int
        Customers it was fitted on.
    """

    name: str
    params: Mapping[str, float]
    errors: Mapping[str, float]
    log_likelihood: float
    customers: int


@dataclass(frozen=True, slots=True)
class Check:
    """One assumption, held against the data.

    Parameters
    ----------
    code : str
        Stable lower-case name, such as ``regular_intervals``.
    holds : bool
    words : str
        What was measured and what follows, in a sentence or two.
    """

    code: str
    holds: bool
    words: str


@dataclass(frozen=True, slots=True)
class Score:
    """How one model or baseline foretold the hold-out.

    Parameters
    ----------
    name, words : str
        "BG/NBD" or "past rate", and what that is in words.
    kind : {"model", "baseline"}
    actual, predicted : float
        Purchases of all customers in the hold-out.
    bias : float
        predicted / actual − 1.
    mae, rmse : float
        Purchases per customer.
    spearman, gini : float
        Rank correlation; Gini of the ranking by prediction, divided by that of the perfect ranking (1 is perfect, 0 is chance).
    top_share : float
        Share of all actual purchases made by the tenth of the customers predicted highest.
    """

    name: str
    words: str
    kind: Literal["model", "baseline"]
    actual: float
    predicted: float
    bias: float
    mae: float
    rmse: float
    spearman: float
    gini: float
    top_share: float


@dataclass(frozen=True, slots=True)
class Tracking:
    """Repeat purchases of all customers over time, actual beside expected.

    Parameters
    ----------
    ends : tuple of float, length m
        End of each period since the first day, in units of time.
    actual : tuple of float, length m
        Repeat purchases in each period (incremental).
    expected : mapping of model name to tuple of float, length m
    cutoff : float
        Where calibration ends and the hold-out begins, in the same unit.
    """

    ends: tuple[float, ...]
    actual: tuple[float, ...]
    expected: Mapping[str, tuple[float, ...]]
    cutoff: float


@dataclass(frozen=True, slots=True)
class Holdout:
    """Calibration on the first part of time, judgement on the rest.

    Parameters
    ----------
    calibration, length : float
        Length of both parts, in units of time.
    customers : int
        Customers with a first purchase in the calibration part.
    scores : tuple of Score
        Models, then baselines.
    chosen : str
        Name of the model that is used; never chosen on the calibration part.
    reason : str
        Why, in a sentence.
    beats_baselines : bool
        Whether the chosen model beats every baseline by more than luck.
    tracking : Tracking or None
    refused : mapping of str to str
        Models that could not be fitted, and why.
    money : Score or None
        The chosen model with Gamma-Gamma on money spent in the hold-out.
    money_rule : Score or None
        Likewise the past rate times the customer's own mean spend.
    money_better : bool or None
        Whether the model beats that rule by more than luck; None without money.
    """

    calibration: float
    length: float
    customers: int
    scores: tuple[Score, ...]
    chosen: str
    reason: str
    beats_baselines: bool
    tracking: Tracking | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    money: Score | None = None
    money_rule: Score | None = None
    money_better: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What customers may bring up to the horizon; one entry per customer, NaN where nothing can be said.

    Parameters
    ----------
    alive : float array, shape (n,)
        Probability of still being a customer; 1 for everyone under NBD, which knows of nobody leaving.
    purchases, purchases_low, purchases_high : float array, shape (n,)
        Expected purchases up to the horizon, and the interval (90 %) in which the number will lie.
    value, low, high : float array, shape (n,)
        Expected discounted value (spend × margin), and the interval (90 %) in which it will lie. Equal to `purchases` without money.
    next_purchase : float array, shape (n,)
        Units of time by which the next purchase is as likely to have come as not; infinity when none within the horizon is likelier.
    """

    alive: NDArray[np.float64]
    purchases: NDArray[np.float64]
    purchases_low: NDArray[np.float64]
    purchases_high: NDArray[np.float64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    next_purchase: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SegmentWorth:
    """One segment (or all customers): what it was worth and may be worth.

    Parameters
    ----------
    id : int
        −1 for all customers together.
    name : str
    customers : int
    value, purchases : Estimate
        Sums over its customers up to the horizon, with the interval of the sum.
    per_customer : float
    past : float or None
        Net revenue so far; None without amounts.
    share_future, share_past : float or None
        Of the value and of the revenue of all.
    alive, churn_risk : float
        Mean over its customers.
    states : mapping of State to int
        Customers in each state.
    """

    id: int
    name: str
    customers: int
    value: Estimate
    purchases: Estimate
    per_customer: float
    past: float | None
    share_future: float | None
    share_past: float | None
    alive: float
    churn_risk: float
    states: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class Survival:
    """How long customers of one group keep buying (Kaplan and Meier 1958).

    Parameters
    ----------
    id, name : int, str
        Segment; −1 for all.
    times : tuple of float
        Since the first purchase, in units of time.
    share, low, high : tuple of float
        Share still active, with pointwise 95 % bands.
    customers, ended : int
        Customers, and how many of them have been silent for longer than their rhythm allows.
    """

    id: int
    name: str
    times: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    customers: int
    ended: int


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What customers are worth: the whole chapter.

    Parameters
    ----------
    refusal : str
        Why no model was fitted, in words that say what is missing; empty when one was. Then fits, forecast and segments are empty.
    unit : {"day", "week", "month"}
        Unit of time of the fits.
    horizon : float
        In that unit.
    horizon_days : int
    margin : float or None
        Share of revenue that is kept; None means that revenue, not profit, is foretold.
    discount : float
        Per year.
    currency : str
        Empty when the data does not say.
    money : bool
        Whether amounts are known: else values are numbers of purchases.
    purchases : ModelFit or None
    spend : ModelFit or None
        Gamma-Gamma; None without amounts or where it could not be fitted.
    checks : tuple of Check
    holdout : Holdout or None
    forecast : Forecast or None
        Of all customers of the run, in their order.
    total : SegmentWorth or None
    segments : tuple of SegmentWorth
    survival : tuple of Survival
        All customers first, then segments.
    states : array of str, shape (n,), or None
        State of each customer; empty text where it is not known.
    churn_risk : float array, shape (n,), or None
        Probability of not coming back, by the customer's own rhythm; NaN where it is not known.
    notes : tuple of str
        Sentences the reader needs: what was assumed, how far the horizon reaches beyond what was seen.
    """

    refusal: str
    unit: Literal["day", "week", "month"]
    horizon: float
    horizon_days: int
    margin: float | None
    discount: float
    currency: str = ""
    money: bool = True
    purchases: ModelFit | None = None
    spend: ModelFit | None = None
    checks: tuple[Check, ...] = ()
    holdout: Holdout | None = None
    forecast: Forecast | None = None
    total: SegmentWorth | None = None
    segments: tuple[SegmentWorth, ...] = ()
    survival: tuple[Survival, ...] = ()
    states: NDArray[np.object_] | None = None
    churn_risk: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
