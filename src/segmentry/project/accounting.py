"""What may be said of campaigns' returns, in sentences; whatever has no control is called gross and not attributable.

A season looks like a campaign: sales of customers who were not contacted say whether it was one. Figures before and after are shown with them beside, never
as a lift. Not for judging a campaign: for that somebody has to be left alone by lot.
"""

from __future__ import annotations

import math

from segmentry.errors import NotEnoughData
from segmentry.experiments.attribution import before_after
from segmentry.experiments.trial import Metric
from segmentry.features.campaigns import Around
from segmentry.features.windows import date_of
from segmentry.plans.evidence import told
from segmentry.plans.returns import NOT_ATTRIBUTABLE, BeforeAfter, Credits, Earned, Incremental
from segmentry.plots import numbers
from segmentry.preparation.words import listed
from segmentry.results import Estimate

# A time in which others spend this much more or less than usual is a season, when it is more than chance.
SEASON = 0.25
_STANDS_OUT = 3.0
# Spread of what one purchase is worth, in means; money of shops has about as much.
_SPREAD = 1.5


def season(found: Around, days: int) -> str:
    """Return the sentence on the season a campaign fell into; empty when others spent as usual, or too few did to tell.

    Parameters
    ----------
    found : Around
    days : int
        Length of the window.
    """
    if found.usual <= 0 or found.purchases <= 0:
        return ""
    level = found.others_after / found.usual - 1
    if abs(level) < max(SEASON, _STANDS_OUT * _SPREAD / math.sqrt(found.purchases)):
        return ""
    more = "more" if level > 0 else "less"
    so = "so a part of its gross revenue is the season's" if level > 0 else "so its gross revenue is low for that reason too"
    spent = f"customers whom it did not reach spent {numbers.share(abs(level))} {more} than usual"
    return f"Season: in the {days} days from {date_of(found.first)} on, {spent}, {so}."


def unseen(found: Around, first: int, days: int) -> str:
    """Return the sentence on windows that begin before the data does; empty when none does."""
    if found.first >= first:
        return ""
    if found.last + days - 1 < first:
        return f"Before the data: its {days} days were over when the purchases begin, so its revenue is not known."
    return (
        f"Before the data: the purchases begin {first - found.first} days after its first contact, so a part of its revenue is not known."
    )


def unfinished(found: Around, last: int, days: int) -> str:
    """Return the sentence on windows that are not over on the data's last day; empty when all are."""
    left = found.last + days - 1 - last
    if left <= 0:
        return ""
    return f"Not over: {days} days from its last contact end {left} {'day' if left == 1 else 'days'} after the data, so revenue is still coming in."


def overlapping(names: tuple[str, ...], found: Around) -> str:
    """Return the sentence on other campaigns that reached the same customers at the time; empty without any.

    Parameters
    ----------
    names : tuple of str
        Names of the campaigns of `found.overlaps`, in their order.
    """
    if not names:
        return ""
    most = numbers.count(found.overlaps[0][1])
    quoted = [f"“{name}”" for name in names]
    return f"At the same time: {listed(quoted, 3)} reached some of the same customers ({quoted[0]} {most} of its {found.customers:,})."


def crowded(overlapping: int, campaigns: int) -> tuple[str, ...]:
    """Return the sentence on how many campaigns reached customers whom others reached at the time; none when each had its own."""
    if not overlapping:
        return ()
    return (
        f"{overlapping} of {campaigns} campaigns reached customers whom another reached within the same days: which of them was the reason cannot be told.",
    )


def change(found: Around, days: int, currency: str) -> BeforeAfter | None:
    """Return spend before and after, which is nobody's doing until somebody was left alone; None with too few customers."""
    metric = Metric("revenue", f"Spend in {days} days", "money")
    try:
        seen = before_after(metric, *found.own, others=found.rest, currency=currency)
    except NotEnoughData:
        return None
    others = found.others_after / found.others_before if found.others_before > 0 else None
    return BeforeAfter(seen.before, seen.after, seen.change, seen.expected, others, days, seen.verdict)


def gross_words(found: Earned, *, days: int, currency: str, margin: float | None, lacking: str = "") -> str:
    """Return what may be said of contacts without a control.

    Parameters
    ----------
    lacking : str
        What is missing for profit, such as "the cost of a contact"; it is told once for all campaigns, and not here.
    """
    if found.hidden or found.customers is None:
        return "Fewer than 5 customers stand behind this line, or it would give away another that has fewer: not shown."
    head = f"{numbers.count(found.customers)} customers contacted"
    if found.answered is not None and found.rate is not None:
        answered = f"{numbers.count(found.answered)} answers ({numbers.share(found.rate.value)}, {_shares(found.rate)})"
        head += f", {answered}"
    if found.gross is None:
        return f"{head}. Nothing is known of their revenue."
    money = f"{head}. Revenue within {days} days: {numbers.money(found.gross, currency)}, {NOT_ATTRIBUTABLE}."
    if found.gross_profit is None:
        return money if lacking else f"{money} No profit is told: cost or margin is not known."
    roi = "" if found.gross_roi is None else f", {numbers.number(found.gross_roi)} per unit spent"
    spent = numbers.money(found.spend, currency)
    return (
        f"{money} Less {numbers.share(1 - (margin or 0))} for goods and {spent} spent: {numbers.money(found.gross_profit, currency)} gross profit{roi}; "
        "what the campaign earned is less by all that would have come anyway."
    )


def trial_words(found: Incremental, *, control: str, currency: str, lacking: str = "") -> str:
    """Return what may be said of an arm of a trial."""
    head = f"Randomised: {found.treated:,} customers beside {found.control:,} in {control!r}."
    if found.buyers is not None:
        head += f" Additional buyers: {told(found.buyers)}."
    if found.revenue is not None:
        head += f" Additional revenue: {_money(found.revenue, currency)}."
    if found.profit is None:
        return f"{head} No profit is told: {lacking or 'cost or margin is not known'}."
    sure = (
        "it earned more than it cost"
        if found.profit.low > 0
        else "it cost more than it earned"
        if found.profit.high < 0
        else "whether it earned more than it cost is not known"
    )
    return f"{head} Profit after costs: {_money(found.profit, currency)}; {sure}."


def credit_words(found: Credits, *, days: int, campaigns: int) -> str:
    """Return where purchases went."""
    shared = f", {found.shared:,} of them shared out among several campaigns" if found.shared else ""
    return (
        f"Of {found.orders:,} purchases since the first contact, {found.credited:,} fell within {days} days of a contact of {campaigns} "
        f"{'campaigns' if campaigns != 1 else 'campaign'}{shared}, and {found.uncredited:,} within none: "
        f"{found.credited:,} + {found.uncredited:,} = {found.orders:,}. A credit says when, not why."
    )


def total_words(found: Earned, *, currency: str, days: int, budget: float | None) -> str:
    """Return the sum of all contacts in a sentence."""
    if found.hidden:
        return "Fewer than 5 customers were contacted: what they did is not shown."
    spent = "" if found.spend is None else f" for {numbers.money(found.spend, currency)}"
    planned = "" if budget is None or found.spend is None else f" of {numbers.money(budget, currency)} planned"
    earned = (
        ""
        if found.gross is None
        else f"; within {days} days they bought for {numbers.money(found.gross, currency)} ({NOT_ATTRIBUTABLE.replace('the campaign', 'the campaigns')})"
    )
    return f"{numbers.count(found.contacts)} contacts of {numbers.count(found.customers)} customers{spent}{planned}{earned}."


def channel_words(found: Earned) -> str:
    """Return how a channel was answered."""
    if found.hidden:
        return "Fewer than 5 customers: not shown."
    if found.rate is None or found.shrunken is None:
        return f"{numbers.count(found.contacts)} contacts; nothing says who answered, or those who did are too few to show."
    return (
        f"{numbers.count(found.answered)} answers to {numbers.count(found.contacts)} contacts: {numbers.share(found.rate.value)} ({_shares(found.rate)}); "
        f"{numbers.share(found.shrunken)} allowing for chance (drawn towards that of all channels). Who was contacted on which channel was not decided by lot."
    )


def _shares(found: Estimate) -> str:
    return f"95% interval {numbers.share(found.low)} to {numbers.share(found.high)}"


def _money(found: Estimate, currency: str) -> str:
    """Return an amount with its interval, rounded to what is known."""
    return told(found, currency)
