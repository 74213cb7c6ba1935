"""What is said about whom a treatment changes: a verdict in words, effects with intervals, and an expected effect per customer.

All figures are out-of-fold: nobody is scored by a model that saw them, or anyone alike. Effects are differences of the metric per customer against the
control: .01 of a yes/no metric is one more yes among a hundred customers treated. All are frozen and made elsewhere in `uplift`; a page or a plan is made
from them without computing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.experiments.trial import Metric
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

Verdict = Literal["differences", "no evidence of differences", "no evidence of an effect", "propensity, not uplift", "refused"]
Advice = Literal["some", "all", "none", "undecided"]


@dataclass(frozen=True, slots=True)
class ArmEffect:
    """What one treatment did on average, against the control.

    Parameters
    ----------
    arm : int
        Position in the trial's arms, 1 or higher.
    name : str
    treated, control : int
        Customers with a known outcome.
    treated_mean, control_mean : float
        Of the metric per customer, as counted.
    counted : Estimate
        Their difference; of a yes/no metric this is the incremental response rate.
    effect : Estimate
        The same with what the features explain taken out (doubly robust); narrower where they explain much.
    p : float
        Of no average effect, two-sided, of `effect`.
    net : Estimate or None
        Earned per customer treated after costs; None without cost and revenue.
    net_incremental_revenue : float or None
        Revenue of the treated less their costs less revenue of the control, as counted; None without cost and revenue, and where the two arms differ in
        size by more than chance.
    net_all : Estimate or None
        Earned after costs if every customer of the trial got this treatment: `net` times all customers.
    """

    arm: int
    name: str
    treated: int
    control: int
    treated_mean: float
    control_mean: float
    counted: Estimate
    effect: Estimate
    p: float
    net: Estimate | None = None
    net_incremental_revenue: float | None = None
    net_all: Estimate | None = None


@dataclass(frozen=True, slots=True)
class LearnerScore:
    """One learner of effects, judged out-of-fold, for one arm.

    Parameters
    ----------
    name, words : str
        Such as "dr" and "doubly robust learner".
    arm : int
        1 or higher.
    qini, auuc : float
        On the scale that `Uplift.scale` states; equal to those of scikit-uplift on the same scores. A random order has 0 qini.
    at_top : Estimate
        Average effect among the `Uplift.top` share of customers with the highest scores. Of the learner that was chosen for its scores it is a little
        flattering; `Uplift.words` and `Uplift.policies` speak of effects whose learner was chosen on other customers.
    autoc : Estimate
        Area under the targeting operator characteristic (Yadlowsky et al. 2021): by how much the effect among the first exceeds the average, averaged
        over all depths with most weight on the first. 0 when the order says nothing; in units of the effect.
    p : float
        Of an order that says nothing, one-sided: `autoc` is not above 0.
    p_test : float
        Of customers who do not differ in effect, one-sided, by this learner alone (see `heterogeneity`).
    spread : float
        Standard deviation of the expected effects over customers.
    chosen : bool
    """

    name: str
    words: str
    arm: int
    qini: float
    auuc: float
    at_top: Estimate
    autoc: Estimate
    p: float
    p_test: float
    spread: float
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class GainCurve:
    """What is gained by treating the customers with the highest scores first.

    Parameters
    ----------
    name : str
        "uplift", "rule", "random".
    words : str
        Such as "rule of V4 and V5".
    arm : int
        1 or higher.
    share : tuple of float
        Of all customers who are treated, 0 to 1.
    gain, low, high : tuple of float
        More of the metric per customer of all (treated or not), with a bootstrap band of 95 %, pointwise. At share 1 every curve is at treat-all.
    """

    name: str
    words: str
    arm: int
    share: tuple[float, ...]
    gain: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether there is evidence that customers differ in effect.

    Parameters
    ----------
    p : float
        Of no differences in any arm, learners and arms taken together.
    by_arm : tuple of float
        The same per treatment, not yet corrected for the number of arms; length a − 1.
    level : float
        Below which p counts as evidence.
    found : bool
    method, words : str
    """

    p: float
    by_arm: tuple[float, ...]
    level: float
    found: bool
    method: str
    words: str


@dataclass(frozen=True, slots=True)
class Placebo:
    """The same learning with treatments dealt anew among the same customers: it must find nothing.

    Parameters
    ----------
    rounds : int
    autoc : tuple of float
        Of each round, beside which `real` is to be read.
    real : float
        Of the chosen learner with the treatments as they were.
    p : tuple of float
        Of customers who do not differ in effect, in each round.
    passed : bool
        No round found differences.
    words : str
    """

    rounds: int
    autoc: tuple[float, ...]
    real: float
    p: tuple[float, ...]
    passed: bool
    words: str


@dataclass(frozen=True, slots=True)
class ColumnBalance:
    """How far the arms differ in one column before the treatment.

    Parameters
    ----------
    column, words : str
    difference : float
        Standardised difference of the means, treated less control, of the arm where it is largest in size; of a category its worst level; missing values
        count as a level.
    p : float
        Of arms that were dealt by lot, two-sided, worst of arms and levels times their number.
    """

    column: str
    words: str
    difference: float
    p: float


@dataclass(frozen=True, slots=True)
class Balance:
    """Whether the arms were alike before the treatment, and whether everyone could have got either.

    Parameters
    ----------
    columns : tuple of ColumnBalance
        Largest difference first.
    largest : float
        Size of the largest standardised difference.
    expected : float
        What the largest would be on average if the arms were dealt by lot (so many columns, so many customers).
    auc : Estimate
        Of guessing the arm from the columns, out-of-fold; .5 is a coin. With several treatments, the worst of them against the control.
    p : float
        Of columns that say nothing of the arm, one-sided.
    lowest, highest : float
        Range of the probability of the arm that was given, as planned, logged or (where nobody knows) estimated.
    supported : float
        Share of customers with a probability of 2 % or more for every arm.
    alike : bool
        Whether nothing speaks against a lot.
    words : str
    """

    columns: tuple[ColumnBalance, ...]
    largest: float
    expected: float
    auc: Estimate
    p: float
    lowest: float
    highest: float
    supported: float
    alike: bool
    words: str


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """What a way of choosing whom to treat how is worth, on customers it was not made from.

    Parameters
    ----------
    name, words : str
        Such as "uplift" and "treat who is expected to gain"; the simple ones are "nobody", "everybody" (or "everybody: " and the arm) and "rule".
    simple : bool
        Whether it needs no expected effect per customer.
    value : Estimate
        Per customer of all, against treating nobody: money after costs where cost and revenue are known, else the metric.
    treated : float
        Share of customers it treats.
    against : str
        Name of the best simple one it is compared with; empty for that one itself.
    difference : Estimate or None
        Value less that of `against`, paired over the same customers.
    """

    name: str
    words: str
    simple: bool
    value: Estimate
    treated: float
    against: str = ""
    difference: Estimate | None = None


@dataclass(frozen=True, slots=True)
class EffectGroup:
    """The effect among customers alike in one column.

    Parameters
    ----------
    label : str
        Level, or range of values.
    customers : int
    effect : Estimate
        Average, doubly robust.
    """

    label: str
    customers: int
    effect: Estimate


@dataclass(frozen=True, slots=True)
class Driver:
    """A column over which the expected effect differs.

    Parameters
    ----------
    column, words : str
    arm : int
        1 or higher.
    share : float
        Of the variance of the expected effect that groups of this column alone explain, 0 to 1.
    p : float
        Of groups that have the same effect.
    groups : tuple of EffectGroup
        None with fewer customers than may be shown.
    """

    column: str
    words: str
    arm: int
    share: float
    p: float
    groups: tuple[EffectGroup, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Uplift:
    """Whom a treatment changes: the whole chapter.

    Parameters
    ----------
    verdict : {"differences", "no evidence of differences", "no evidence of an effect", "propensity, not uplift", "refused"}
        "propensity, not uplift": nobody knows how treatments were given, so nothing here is an effect.
    words : str
        The verdict for people, in a few sentences.
    advice : {"some", "all", "none", "undecided"}
        Whom to treat. "undecided" where there is no evidence to decide on.
    advice_words : str
        In a sentence or two.
    refusal : str
        What is missing, in words; empty unless the verdict is "refused" or "propensity, not uplift".
    trial, source : str
        Name of the trial, and who says how treatments were given.
    metric : Metric or None
        None when it was refused before.
    arms : tuple of str
        The first is the control.
    customers : int
        In the trial, with features and a known outcome.
    design : str
        How it was judged, in a sentence.
    averages : tuple of ArmEffect, length a − 1
    evidence : Evidence or None
    scale : str
        Of qini and auuc, in words.
    top : float
        Share of customers that `LearnerScore.at_top` speaks of.
    scores : tuple of LearnerScore
        Learners, then the simple rule (name "rule"); per arm.
    chosen : str
        Name of the learner whose effects are given; empty when there is none.
    curves : tuple of GainCurve
    policies : tuple of PolicyValue
        "uplift" first, then the simple ones.
    unit : str
        Of the values of policies: "money" or "metric".
    placebo : Placebo or None
    balance : Balance or None
    drivers : tuple of Driver
        What the differences hang on; empty without evidence of differences.
    effect : float array, shape (n, a − 1), or None
        Expected effect of each treatment for every customer of the matrix, as far as there is evidence: with differences each customer's own
        (out-of-fold for those in the trial), without differences everyone has the average, without an effect 0. None when refused.
    expected : float array, shape (n, a − 1), or None
        What the chosen learner says, whether or not there is evidence; out-of-fold for those in the trial. To look at, not to act on.
    treat : int array, shape (n,), or None
        Arm that the advice comes to for every customer of the matrix; 0 is nobody's treatment.
    robust : float array, shape (n, a), or None
        Doubly robust: what each arm would have brought with each customer of the trial, of the metric; NaN for others. Means are what they are for.
    fold : int array, shape (n,), or None
        Part in which each customer of the trial was held out; −1 for others.
    propensity : float array, shape (n,), or None
        Only with the verdict "propensity, not uplift": expected metric of customers like these, treated as they were. Not an effect.
    notes : tuple of str
    """

    verdict: Verdict
    words: str
    advice: Advice = "undecided"
    advice_words: str = ""
    refusal: str = ""
    trial: str = ""
    source: str = ""
    metric: Metric | None = None
    arms: tuple[str, ...] = ()
    customers: int = 0
    design: str = ""
    averages: tuple[ArmEffect, ...] = ()
    evidence: Evidence | None = None
    scale: str = ""
    top: float = 0.2
    scores: tuple[LearnerScore, ...] = ()
    chosen: str = ""
    curves: tuple[GainCurve, ...] = ()
    policies: tuple[PolicyValue, ...] = ()
    unit: str = "metric"
    placebo: Placebo | None = None
    balance: Balance | None = None
    drivers: tuple[Driver, ...] = ()
    effect: Floats | None = None
    expected: Floats | None = None
    treat: Codes | None = None
    robust: Floats | None = None
    fold: Codes | None = None
    propensity: Floats | None = None
    notes: tuple[str, ...] = ()
