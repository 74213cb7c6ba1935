"""What offers tried by lot earned: prices of contacts, and the arms of a trial as lines beside the campaigns.

The spend on an arm is what its contacts cost and, where an offer costs more once it is taken up, that of all its buyers: also of those who would have bought
anyway, because they take the voucher too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine
from segmentry.errors import UsageError
from segmentry.experiments.question import Question
from segmentry.experiments.results import Analysis, SegmentEffects
from segmentry.experiments.trial import Metric, Trial
from segmentry.features.campaigns import Described, described
from segmentry.plans.returns import ArmGain, CampaignReturn, Earned, Group, Incremental, Worth, earned, incremental
from segmentry.preparation.words import listed
from segmentry.project import accounting
from segmentry.project.leaking import TOLD
from segmentry.project.settings import Settings
from segmentry.project.tried import Tried
from segmentry.results import Estimate
from segmentry.tables.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Price:
    """What sending something costs; None where not known.

    Parameters
    ----------
    cost : float or None
        Of one contact.
    spent, budget : float or None
        Of the whole campaign.
    channel : str
    conversion_cost : float
        Further cost of each customer who takes it up.
    margin : float or None
        Share of revenue that is kept, where the offer has its own.
    value : float or None
        What one additional buyer brings after cost of goods.
    """

    cost: float | None = None
    spent: float | None = None
    budget: float | None = None
    channel: str = ""
    conversion_cost: float = 0.0
    margin: float | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """A trial, what is said of it, and the segment of each of its customers before it began (None where nobody asked)."""

    tried: Tried
    analysis: Analysis
    strata: NDArray[np.int64] | None = None


def asked(settings: Settings, dataset: Dataset) -> Question:
    """Return how trials are judged, by the settings."""
    wanted = settings.experiment
    return Question(
        level=wanted.alpha,
        power=wanted.power,
        resamples=wanted.resamples,
        seed=settings.run.seed,
        currency=settings.read.currency or dataset.currency,
    )


def prices(
    found: Mapping[str, Described], settings: Settings, *, campaigns: Iterable[str], channels: Iterable[str]
) -> dict[tuple[str, str], Price]:
    """Return the price of each campaign and channel under ("campaign", id) and ("channel", name): settings win over the table of campaigns.

    Parameters
    ----------
    found : mapping of str to Described
        What the table of campaigns says.
    campaigns, channels : iterable of str
        Those with contacts.

    Raises
    ------
    UsageError
        When ``returns.cost`` names something that is neither.
    """
    ids, ways = sorted(set(campaigns)), sorted(set(channels) - {""})
    by_name = {_plain(each): ("campaign", each) for each in ids}
    by_name |= {_plain(each.name): ("campaign", key) for key, each in found.items() if key in ids}
    by_name = {_plain(each): ("channel", each) for each in ways} | by_name
    told = {("campaign", key): Price(_paid(each.cost), _paid(each.spent), _paid(each.budget), each.channel) for key, each in found.items()}
    offered = {_plain(name) for offer in settings.offers for name in (offer.name, offer.arm, offer.channel) if name}
    for name, cost in settings.returns.cost.items():
        place = by_name.get(_plain(name))
        if place is not None:
            old = told.get(place, Price())
            told[place] = Price(cost, None, old.budget, old.channel)
        elif _plain(name) not in offered:
            known = [*ids, *(each.name for each in found.values()), *ways]
            allowed = suggestion(name, known) if known else "there are none. Leave it out."
            raise UsageError(f"returns.cost names {name!r}, which is neither a campaign nor a channel; {allowed}")
    return told


def _paid(amount: float | None) -> float | None:
    """Return an amount that was paid; below 0 it is a mistake of the table, and not known."""
    return None if amount is None or amount < 0 else amount


def price_of(arm: str, settings: Settings, found: Mapping[str, Described], tried: Tried) -> Price:
    """Return the price of an arm of a trial: of the offer of that name or arm, else of the campaign called so, else what a contact costs at all."""
    wanted = {_plain(name): cost for name, cost in settings.returns.cost.items()}
    for offer in settings.offers:
        if _plain(offer.arm or offer.name) == _plain(arm):
            cost: float | None = wanted.get(_plain(arm), offer.cost)
            return Price(cost, None, None, offer.channel, offer.conversion_cost, offer.margin, offer.value)
    for key, each in found.items():
        if _plain(arm) in (_plain(key), _plain(each.name)):
            cost = wanted.get(_plain(arm), wanted.get(_plain(each.channel), each.cost))
            return Price(cost, None, each.budget, each.channel, value=tried.revenue)
    return Price(wanted.get(_plain(arm), tried.cost), value=tried.revenue)


def tried_returns(
    engine: Engine, dataset: Dataset, settings: Settings, tested: Tested, *, margin: float | None
) -> tuple[CampaignReturn, ...]:
    """Return the arms of a trial, each as a line with what it added.

    Parameters
    ----------
    margin : float or None
        Share of revenue that is kept, for offers without their own.
    """
    tried, analysis = tested.tried, tested.analysis
    trial, found = tried.trial, described(engine, dataset)
    costs = [price_of(arm, settings, found, tried) for arm in trial.arms[1:]]
    groups = [_group(trial, arm, price, np.ones(len(trial), dtype=bool)) for arm, price in enumerate(costs, 1)]
    first = "" if tried.start is None else tried.start.isoformat()
    told = []
    for arm, (price, group) in enumerate(zip(costs, groups, strict=True), 1):
        worth = _worth(price, margin)
        (made,) = earned([group], margin=worth.margin)
        added = _added(trial, arm, analysis, group, worth)
        told.append(
            CampaignReturn(
                campaign=f"{trial.name}: {trial.arms[arm]}",
                name=trial.arms[arm],
                channel=price.channel,
                first=first,
                last=first,
                earned=made,
                incremental=added,
                change=None,
                overlaps=tuple(each.campaign for each in tried.overlaps),
                grade="observational" if added is None else "randomised",
                words=_words(tried, analysis, made, added, worth, dataset.currency),
                cautions=_cautions(tried),
                trial=trial.name,
            )
        )
    return tuple(told)


def unpriced(lines: Sequence[CampaignReturn]) -> tuple[str, ...]:
    """Return the sentence on arms whose cost is not known; none when all are."""
    names = [line.name for line in lines if line.earned.spend is None and not line.earned.hidden]
    if not names:
        return ()
    how = f'under [[offers]] with name = "{names[0]}" and cost = 0.8, or under [returns]'
    return (f"Nothing says what {listed(names)} {'costs' if len(names) == 1 else 'cost'}, so no profit is told. Give it {how}.",)


def gains_by_channel(lines: Sequence[CampaignReturn]) -> dict[str, tuple[ArmGain, ...]]:
    """Return what was tried by lot, by channel."""
    found: dict[str, tuple[ArmGain, ...]] = {}
    for line in lines:
        if line.incremental is not None and line.channel:
            found[line.channel] = (*found.get(line.channel, ()), ArmGain(line.name, line.incremental))
    return found


def gains_by_segment(
    engine: Engine, dataset: Dataset, settings: Settings, tested: Tested, *, margin: float | None
) -> dict[int, tuple[ArmGain, ...]]:
    """Return what each arm added in each segment, drawn towards the mean of all segments.

    Parameters
    ----------
    margin : float or None
        Share of revenue that is kept, for offers without their own.
    """
    trial, analysis, own = tested.tried.trial, tested.analysis, tested.strata
    if own is None:
        return {}
    found = described(engine, dataset)
    gains: dict[int, list[ArmGain]] = {}
    for arm, name in enumerate(trial.arms[1:], 1):
        price = price_of(name, settings, found, tested.tried)
        by_kind = {trial.metric(each.metric).kind: each for each in reversed(analysis.segments) if each.arm == name}
        buying, money = (_by_segment(by_kind.get(kind)) for kind in ("yes/no", "money"))
        for label in sorted(set(own.tolist())):
            rows = own == label
            treated, control = int((rows & (trial.arm == arm)).sum()), int((rows & (trial.arm == 0)).sum())
            if label in buying or label in money:
                gains.setdefault(label, []).append(
                    ArmGain(
                        name,
                        incremental(
                            treated=treated,
                            control=control,
                            buying=buying.get(label),
                            revenue=money.get(label),
                            worth=_worth(price, margin),
                            spend=_group(trial, arm, price, rows).spend,
                            believed=any(_believed(each, label) for each in by_kind.values()),
                            source=f"{trial.name}, within the segment",
                        ),
                    )
                )
    return {label: tuple(each) for label, each in gains.items()}


def _by_segment(found: SegmentEffects | None) -> dict[int, Estimate]:
    return {} if found is None else {row.segment: row.shrunken for row in found.rows if row.shrunken is not None and not row.hidden}


def _believed(found: SegmentEffects, label: int) -> bool:
    return any(row.believed for row in found.rows if row.segment == label)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _metric(trial: Trial, kind: str) -> Metric | None:
    return next((metric for metric in trial.metrics if metric.kind == kind), None)


def _group(trial: Trial, arm: int, price: Price, rows: NDArray[np.bool_]) -> Group:
    """Return the sums of one arm over some customers."""
    given = rows & (trial.arm == arm)
    treated = int(given.sum())
    buying, money = _metric(trial, "yes/no"), _metric(trial, "money")
    bought = np.empty(0) if buying is None else trial.outcome(buying.name)[given]
    buyers = int(np.nansum(bought))
    # Without knowing who bought, what buyers cost further is not known either.
    unknown = price.cost is None or (price.conversion_cost > 0 and buying is None)
    return Group(
        customers=treated,
        contacts=treated,
        known=int((~np.isnan(bought)).sum()),
        answered=buyers,
        orders=float(buyers),
        gross=None if money is None else float(np.nansum(trial.outcome(money.name)[given])),
        spend=None if unknown or price.cost is None else price.cost * treated + price.conversion_cost * buyers,
        budget=price.budget,
    )


def _added(trial: Trial, arm: int, analysis: Analysis, group: Group, worth: Worth) -> Incremental | None:
    if analysis.hidden or not trial.causal:
        return None
    by_kind = {trial.metric(each.metric).kind: each for each in reversed(analysis.effects) if each.arm == trial.arms[arm]}
    primary = analysis.primary(trial.arms[arm])
    if not by_kind:
        return None
    differences = {kind: each.found.difference for kind, each in by_kind.items()}
    return incremental(
        treated=group.customers,
        control=int((trial.arm == 0).sum()),
        buying=differences.get("yes/no"),
        revenue=differences.get("money"),
        worth=worth,
        spend=group.spend,
        believed=primary is not None and primary.believed,
        source=f"{trial.name}; {trial.source}",
    )


def _words(tried: Tried, analysis: Analysis, made: Earned, added: Incremental | None, worth: Worth, currency: str) -> str:
    if added is None:
        why = analysis.verdict if analysis.hidden else f"No effect is told: {tried.trial.source}."
        gross = accounting.gross_words(made, days=tried.days, currency=currency, margin=worth.margin) if tried.days else ""
        return f"{why} {gross}".strip()
    lacking = ["the cost of a contact"] if made.spend is None else []
    if _metric(tried.trial, "money") is None and worth.buyer is None:
        lacking.append("what an additional buyer brings")
    elif not worth.known:
        lacking.append("the margin")
    told = f"{' and '.join(lacking)} {'are' if len(lacking) > 1 else 'is'} not known" if lacking else ""
    return accounting.trial_words(added, control=tried.trial.arms[0], currency=currency, lacking=told)


def _worth(price: Price, margin: float | None) -> Worth:
    """Return what is kept: as the offer says, else as the settings do."""
    return Worth(margin if price.margin is None else price.margin, price.value)


def _cautions(tried: Tried) -> tuple[str, ...]:
    leak = tried.leak
    told = [leak.words] if leak is not None and leak.share.value >= TOLD else []
    for each in tried.overlaps:
        shares = ", ".join(f"{arm} {share:.0%}" for arm, share in zip(tried.trial.arms, each.arms, strict=True))
        told.append(f"{each.campaign} ran in the window of the trial and reached {shares}.")
    return (*told, *tried.notes)
