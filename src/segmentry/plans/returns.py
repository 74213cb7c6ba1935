"""What campaigns brought: contacts, answers, money spent and earned, by campaign, channel and segment.

Two kinds of figures that are never mixed. **Gross**: what contacted customers spent within the window after their contact. Many of them would
have bought anyway, so gross money is not attributable to the campaign and carries no interval: its doubt is not one of chance.
**Incremental**: what treated customers spent beyond those whom a lot left alone, with an interval; only where there is such a control.

    profit = revenue × margin − spend      ROI = profit / spend

Rates of answers are drawn towards that of all as far as chance explains their distance (empirical Bayes, moments of a beta distribution: Morris 1983).

When NOT to use gross figures: to compare campaigns at different times of the year, or those sent to good customers with those sent to all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import hide_small
from segmentry.errors import UsageError
from segmentry.evaluation.intervals import share
from segmentry.plans.evidence import Grade
from segmentry.results import Estimate

Floats = NDArray[np.float64]
NOT_ATTRIBUTABLE = "gross, not attributable to the campaign"


@dataclass(frozen=True, slots=True)
class Incremental:
    """What an offer added, beside customers whom a lot left alone.

    Parameters
    ----------
    treated, control : int
        Customers of each.
    buyers : Estimate or None
        Additional buyers among all treated; None where it is not known who bought.
    revenue : Estimate or None
        Additional revenue of all treated; None without money.
    profit, roi : Estimate or None
        After margin and spend; None where one of them is not known.
    believed : bool
        Whether the trial's verdict is that there is an effect on its primary metric.
    source : str
        Which trial, in words.
    """

    treated: int
    control: int
    buyers: Estimate | None
    revenue: Estimate | None
    profit: Estimate | None
    roi: Estimate | None
    believed: bool
    source: str


@dataclass(frozen=True, slots=True)
class Earned:
    """Contacts, answers and money; all money is gross.

    Parameters
    ----------
    customers, contacts : int or None
        Customers contacted, and contacts made; None where hidden because they are few.
    answered : int or None
        Contacts that were answered; None where nothing says so, or hidden because they are few.
    rate : Estimate or None
        Answers per contact whose answer is known, with Wilson's interval.
    shrunken : float or None
        The same, drawn towards that of all by as much as chance explains of its distance.
    orders : float
        Purchases within the window, credited: each is shared out among the campaigns that may claim it, so that credits sum to purchases.
    gross : float or None
        Revenue of these purchases; None in data without amounts, or where hidden.
    spend : float or None
        What was spent; None where the cost is not known.
    budget : float or None
        As planned; None where not known.
    gross_profit, gross_roi : float or None
        Gross revenue × margin − spend, and that per unit spent; None where margin or spend is not known.
    per_spend : float or None
        Gross revenue per unit of money spent.
    hidden : bool
        Whether fewer than five customers stand behind it, or it would give those away.
    """

    customers: int | None
    contacts: int | None
    answered: int | None = None
    rate: Estimate | None = None
    shrunken: float | None = None
    orders: float = 0.0
    gross: float | None = None
    spend: float | None = None
    budget: float | None = None
    gross_profit: float | None = None
    gross_roi: float | None = None
    per_spend: float | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Mean spend per contacted customer before and after; never a lift, because there is no control in it.

    Parameters
    ----------
    before, after : float
        Mean revenue per contacted customer over `days` days before the contact, and from it on.
    change : Estimate
        After less before, per contacted customer; no effect of anything.
    expected : float or None
        Change of customers with the same past who were not contacted; None where there are too few.
    others : float or None
        By what the spend of all who were not contacted changed over the same days, as a factor; None without any.
    days : int
    words : str
        What it says and what it does not; always with "not attributable".
    """

    before: float
    after: float
    change: Estimate
    expected: float | None
    others: float | None
    days: int
    words: str


@dataclass(frozen=True, slots=True)
class CampaignReturn:
    """One campaign, or one arm of a trial.

    Parameters
    ----------
    campaign, name, channel : str
        Id as in the data, name for people (the id where there is none), channel ("" where not known).
    first, last : str
        Days of the first and last contact, ISO; "" where not known.
    earned : Earned
        Gross.
    incremental : Incremental or None
        None without a control.
    change : BeforeAfter or None
    overlaps : tuple of str
        Names of other campaigns that reached some of the same customers within the window, the largest first.
    grade : {"randomised", "observational"}
    words : str
        What may be said of it, in a sentence or two, with what is missing.
    cautions : tuple of str
        Season, windows that are not over, overlapping campaigns, a leaking control.
    trial : str
        Name of the trial this is an arm of; "" for campaigns.
    """

    campaign: str
    name: str
    channel: str
    first: str
    last: str
    earned: Earned
    incremental: Incremental | None
    change: BeforeAfter | None
    overlaps: tuple[str, ...]
    grade: Grade
    words: str
    cautions: tuple[str, ...] = ()
    trial: str = ""


@dataclass(frozen=True, slots=True)
class ArmGain:
    """What one arm of a trial added in a part of the customers: the arm's name, and the incremental figures."""

    arm: str
    found: Incremental


@dataclass(frozen=True, slots=True)
class ChannelReturn:
    """All campaigns of a channel; its money is gross, so its grade is "observational". What was tried by lot stands beside it.

    Parameters
    ----------
    channel : str
        "" where not known.
    campaigns : int
    earned : Earned
    grade : {"observational"}
    words : str
    tried : tuple of ArmGain
        Arms of a trial that went through this channel; randomised.
    """

    channel: str
    campaigns: int
    earned: Earned
    grade: Grade
    words: str
    tried: tuple[ArmGain, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentReturn:
    """All campaigns in a segment; its money is gross, so its grade is "observational". What was tried by lot stands beside it.

    Parameters
    ----------
    segment : int
    name : str
    earned : Earned
    grade : {"observational"}
    words : str
    tried : tuple of ArmGain
        What each arm of a trial added in this segment, drawn towards the mean of all segments; randomised.
    """

    segment: int
    name: str
    earned: Earned
    grade: Grade
    words: str
    tried: tuple[ArmGain, ...] = ()


@dataclass(frozen=True, slots=True)
class Credits:
    """Where purchases went: credited to campaigns and to none; the parts sum to all, exactly.

    Parameters
    ----------
    orders, credited, uncredited : int
        Purchases since the first contact; within the window of a contact; within none.
    shared : int
        Purchases within the windows of several campaigns, which were shared out among them.
    """

    orders: int
    credited: int
    uncredited: int
    shared: int


@dataclass(frozen=True, slots=True)
class Returns:
    """What campaigns brought.

    Parameters
    ----------
    refusal : str
        Why there are no figures, and what to do; empty when there are.
    campaigns, channels, segments : tuple
        Campaigns in the order of time, arms of a trial last; channels the best answered first; segments by id, empty where none were given.
    total : Earned or None
        Of all contacts, gross; arms of a trial are not in it.
    credits : Credits or None
    days : int
        Days from a contact on, its own included, in which purchases count.
    margin : float or None
        Share of revenue that is kept.
    currency : str
    grade : {"randomised", "observational"}
        The weakest there is: "randomised" only when every line has a control.
    words : tuple of str
        The story in sentences, the most important first.
    missing : tuple of str
        What is not in the data and how to give it.
    """

    refusal: str
    campaigns: tuple[CampaignReturn, ...] = ()
    channels: tuple[ChannelReturn, ...] = ()
    segments: tuple[SegmentReturn, ...] = ()
    total: Earned | None = None
    credits: Credits | None = None
    days: int = 30
    margin: float | None = None
    currency: str = ""
    grade: Grade = "observational"
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def shrunken(answered: ArrayLike, known: ArrayLike) -> Floats:
    """Return rates of answers drawn towards that of all (empirical Bayes).

    Parameters
    ----------
    answered, known : array-like, shape (m,)
        Answers, and contacts whose answer is known.

    Returns
    -------
    rates : float array, shape (m,)
        NaN where nothing is known.

    Raises
    ------
    UsageError
        Unless 0 ≤ answered ≤ known.

    Examples
    --------
    >>> shrunken([0, 50, 50], [5, 1000, 500]).round(3)
    array([0.061, 0.051, 0.097])
    """
    hits, tries = np.asarray(answered, dtype=np.float64), np.asarray(known, dtype=np.float64)
    if not ((hits >= 0) & (hits <= tries)).all():
        raise UsageError(f"answers run to {hits.max():g} of at most {tries.max():g} contacts; allowed is 0 to contacts. Count them again.")
    told = tries > 0
    rates = np.full(hits.shape, np.nan)
    if not told.any():
        return rates
    hits, tries = hits[told], tries[told]
    mean = hits.sum() / tries.sum()
    chance = mean * (1 - mean) / tries
    weights = tries / tries.sum()
    # Spread of the rates beyond chance, by moments; none is left when chance explains all of it.
    beyond = (weights * ((hits / tries - mean) ** 2 - chance * (1 - weights))).sum() / max(1 - (weights**2).sum(), 1e-12)
    trust = max(beyond, 0.0) / (max(beyond, 0.0) + chance) if mean * (1 - mean) > 0 else np.zeros(len(tries))
    rates[told] = mean + trust * (hits / tries - mean)
    return rates


@dataclass(frozen=True, slots=True)
class Group:
    """Sums of one campaign, channel or segment, before anything is worked out.

    Parameters
    ----------
    customers, contacts, known, answered : int
        `known` are contacts of which it is known whether they were answered.
    orders : float
    gross, spend, budget : float or None
    """

    customers: int
    contacts: int
    known: int
    answered: int
    orders: float
    gross: float | None
    spend: float | None
    budget: float | None = None


def earned(groups: list[Group], *, margin: float | None) -> tuple[Earned, ...]:
    """Return contacts, answers and money of groups that are shown side by side, small ones hidden.

    Parameters
    ----------
    groups : list of Group
    margin : float or None
        Share of revenue that is kept.

    Examples
    --------
    >>> found = earned([Group(400, 500, 500, 50, 80.0, 4000.0, 550.0), Group(3, 3, 3, 1, 2.0, 90.0, 3.3), Group(60, 60, 60, 9, 4.0, 100.0, 66.0)], margin=0.3)
    >>> found[0].gross_profit, found[0].gross_roi, [each.hidden for each in found]
    (650.0, 1.1818181818181819, [False, True, True])
    """
    if not groups:
        return ()
    rates = shrunken([group.answered for group in groups], [group.known for group in groups])
    few = hide_small([group.customers for group in groups])
    quiet = hide_small([group.answered for group in groups])
    return tuple(
        Earned(None, None, hidden=True) if hidden else _earned(group, margin, None if silent or not group.known else rate)
        for group, rate, hidden, silent in zip(groups, rates.tolist(), few.tolist(), quiet.tolist(), strict=True)
    )


def _earned(group: Group, margin: float | None, rate: float | None) -> Earned:
    """Return what a group earned; without a rate nothing is told of its answers."""
    told = rate is not None
    profit = None if margin is None or group.gross is None or group.spend is None else group.gross * margin - group.spend
    paid = group.spend is not None and group.spend > 0
    return Earned(
        customers=group.customers,
        contacts=group.contacts,
        answered=group.answered if told else None,
        rate=share(group.answered, group.known) if told else None,
        shrunken=rate,
        orders=group.orders,
        gross=group.gross,
        spend=group.spend,
        budget=group.budget,
        gross_profit=profit,
        gross_roi=profit / group.spend if profit is not None and paid and group.spend else None,
        per_spend=group.gross / group.spend if group.gross is not None and paid and group.spend else None,
    )


@dataclass(frozen=True, slots=True)
class Worth:
    """What is kept of what customers do: of a buyer, and of revenue (a share); None where not known."""

    margin: float | None = None
    buyer: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is either."""
        return self.margin is not None or self.buyer is not None


def incremental(
    *,
    treated: int,
    control: int,
    buying: Estimate | None,
    revenue: Estimate | None,
    worth: Worth,
    spend: float | None,
    believed: bool,
    source: str,
) -> Incremental:
    """Return what an offer added to all treated, from differences per customer.

    Parameters
    ----------
    treated, control : int
    buying, revenue : Estimate or None
        Difference per customer, treated less control.
    worth : Worth
        A buyer's value counts before the margin of revenue, where both are known.
    spend : float or None
        On all treated.
    believed : bool
        Whether the trial's verdict is that there is an effect.
    source : str

    Examples
    --------
    >>> found = incremental(treated=1000, control=1000, buying=Estimate(0.02, 0.01, 0.03), revenue=Estimate(3.0, 1.0, 5.0),
    ...                     worth=Worth(margin=0.5), spend=500.0, believed=True, source="trial")
    >>> found.profit, found.roi
    (Estimate(value=1000.0, low=0.0, high=2000.0), Estimate(value=2.0, low=0.0, high=4.0))
    """
    profit = None
    if spend is not None and worth.buyer is not None and buying is not None:
        profit = _times(buying, treated * worth.buyer, less=spend)
    elif spend is not None and worth.margin is not None and revenue is not None:
        profit = _times(revenue, treated * worth.margin, less=spend)
    return Incremental(
        treated,
        control,
        None if buying is None else _times(buying, treated),
        None if revenue is None else _times(revenue, treated),
        profit,
        None if profit is None or not spend else _times(profit, 1 / spend),
        believed,
        source,
    )


def _times(found: Estimate, factor: float, *, less: float = 0.0) -> Estimate:
    return Estimate(found.value * factor - less, found.low * factor - less, found.high * factor - less)
