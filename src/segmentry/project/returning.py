"""The stage that tells what campaigns brought: spend and revenue by campaign, channel and segment, and what trials by lot added.

When NOT to use: to decide what to do next. Gross figures flatter whoever was sent to good customers; plans start from trials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import Engine
from segmentry.errors import NotEnoughData
from segmentry.features.campaigns import MONEY, PARTS, UNLABELLED, Around, Campaigns, campaigns
from segmentry.features.watermark import Watermark, watermark
from segmentry.features.windows import date_of, day_of
from segmentry.plans.returns import CampaignReturn, ChannelReturn, Credits, Earned, Group, Returns, SegmentReturn, earned
from segmentry.project import accounting
from segmentry.project.labelling import Labels
from segmentry.project.progress import Journal
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.project.trying import Price, Tested, gains_by_channel, gains_by_segment, prices, tried_returns, unpriced
from segmentry.tables.dataset import Dataset

FEWEST = 5


def tell_returns(
    engine: DuckEngine,
    reading: Reading,
    settings: Settings,
    journal: Journal,
    *,
    segments: Labels | None = None,
    tested: Tested | None = None,
) -> Returns:
    """Tell what campaigns brought; a refusal in words when there is neither a contact nor a trial.

    Parameters
    ----------
    segments : Labels or None
        None leaves the figures by segment out.
    tested : Tested or None
        The trial in the data and what is said of it; its arms stand beside the campaigns.
    """
    dataset, days, margin = reading.dataset, settings.returns.days, margin_of(settings)
    with journal.stage("returns", "Counting what campaigns brought"):
        arms = () if tested is None else tried_returns(engine, dataset, settings, tested, margin=margin)
        try:
            found = campaigns(
                engine,
                dataset,
                days=days,
                labels=None if segments is None else segments.labels,
                occasions=settings.value.occasions,
                returns=settings.cleaning.net_returns,
            )
        except NotEnoughData as refused:
            if not arms:
                return Returns(" ".join(problem.sentence() for problem in refused.problems), days=days, currency=dataset.currency)
            return _arms_alone(arms, settings, dataset.currency)
        told = _told(engine, dataset, settings, found, segments, arms)
        if tested is not None and not tested.analysis.hidden and tested.tried.trial.causal:
            told = _beside(engine, dataset, settings, told, tested)
        journal.found(told.words[0])
    return told


def margin_of(settings: Settings) -> float | None:
    """Return the share of revenue that is kept: that of ``[returns]``, else that of ``[value]``, which means the same."""
    return settings.value.margin if settings.returns.margin is None else settings.returns.margin


def _arms_alone(arms: tuple[CampaignReturn, ...], settings: Settings, currency: str) -> Returns:
    """Return the returns of data without contacts, in which only a trial says what offers brought."""
    return Returns(
        "",
        campaigns=arms,
        days=settings.returns.days,
        margin=margin_of(settings),
        currency=currency,
        grade="randomised" if all(line.grade == "randomised" for line in arms) else "observational",
        words=("The data holds no contacts of campaigns; what a trial says of its offers stands here alone.",),
        missing=unpriced(arms),
    )


def _told(
    engine: Engine, dataset: Dataset, settings: Settings, found: Campaigns, segments: Labels | None, arms: tuple[CampaignReturn, ...]
) -> Returns:
    days, margin = settings.returns.days, margin_of(settings)
    rows = found.contacted
    costs = prices(found.described, settings, campaigns=rows.campaigns.tolist(), channels=rows.channels.tolist())
    sums = _Sums(found, costs, money="lines.amount" in dataset.has)
    mark = watermark(engine, dataset)
    lines = _campaigns(dataset, settings, found, sums, mark)
    channels = _channels(found, sums, margin)
    parts = () if segments is None else _segments(found, sums, segments, margin, days, dataset.currency)
    total = earned([sums.group(np.ones(len(found.contacted.contacts), dtype=bool), found.customers["all", ""])], margin=margin)[0]
    credited = Credits(found.orders, found.credited, found.orders - found.credited, found.shared)
    every = (*lines, *arms)
    story = (
        accounting.total_words(total, currency=dataset.currency, days=days, budget=total.budget),
        *(() if all(line.incremental for line in every) else (_no_control(len(lines)),)),
        *(() if total.hidden else (accounting.credit_words(credited, days=days, campaigns=len(lines)),)),
        *accounting.crowded(sum(bool(line.overlaps) for line in lines), len(lines)),
        *((mark.words,) if mark is not None and mark.words else ()),
    )
    return Returns(
        "",
        every,
        channels,
        parts,
        total,
        None if total.hidden else credited,
        days,
        margin,
        dataset.currency,
        "randomised" if all(line.grade == "randomised" for line in every) else "observational",
        story,
        (*_missing(dataset, found, sums, margin), *unpriced(arms)),
    )


class _Sums:
    """Sums of contacts, credits and spend over rows of `Contacted`."""

    def __init__(self, found: Campaigns, costs: Mapping[tuple[str, str], Price], *, money: bool) -> None:
        rows = found.contacted
        self._rows, self._money = rows, money
        own = [costs.get(("campaign", name), Price()) for name in rows.campaigns.tolist()]
        way = [costs.get(("channel", name), Price()) for name in rows.channels.tolist()]
        each = np.array(
            [first.cost if first.cost is not None else second.cost for first, second in zip(own, way, strict=True)], dtype=np.float64
        )
        names, place = np.unique(rows.campaigns.astype(str), return_inverse=True)
        totals = np.bincount(place, rows.contacts, minlength=len(names))[place]
        whole = np.array([price.spent for price in own], dtype=np.float64) * rows.contacts / totals
        # What the campaign cost as a whole is shared out by contacts, where nothing says what one of them costs.
        self.spend = np.where(np.isnan(each), whole, each * rows.contacts)
        self._budget = {name: price.budget for (kind, name), price in costs.items() if kind == "campaign"}

    def group(self, rows: NDArray[np.bool_], customers: int) -> Group:
        """Return the sums of some rows."""
        of = self._rows
        spend = self.spend[rows]
        names = set(of.campaigns[rows].tolist())
        budgets = [self._budget.get(name) for name in sorted(names)]
        known = [budget for budget in budgets if budget is not None]
        return Group(
            customers=customers,
            contacts=int(of.contacts[rows].sum()),
            known=int(of.known[rows].sum()),
            answered=int(of.answered[rows].sum()),
            orders=int(of.orders[rows].sum()) / PARTS,
            gross=int(of.money[rows].sum()) / MONEY if self._money else None,
            spend=None if np.isnan(spend).any() else float(spend.sum()),
            budget=sum(known) if known and len(known) == len(budgets) else None,
        )


def _campaigns(dataset: Dataset, settings: Settings, found: Campaigns, sums: _Sums, mark: Watermark | None) -> tuple[CampaignReturn, ...]:
    days, margin = settings.returns.days, margin_of(settings)
    rows, names = found.contacted, {key: each.name for key, each in found.described.items()}
    groups = [_unknown_before(dataset, each, days, sums.group(rows.campaigns == each.campaign, each.customers)) for each in found.around]
    told = []
    for each, made in zip(found.around, earned(groups, margin=margin), strict=True):
        channels = sorted(set(rows.channels[rows.campaigns == each.campaign].tolist()))
        others = tuple(names.get(name, name) for name, count in each.overlaps if count >= FEWEST)
        around = (
            dataset.first_day is not None
            and each.first - days >= day_of(dataset.first_day)
            and each.last + days - 1 <= day_of(dataset.as_of)
        )
        shown = around and made.gross is not None and not made.hidden
        told.append(
            CampaignReturn(
                campaign=each.campaign,
                name=names.get(each.campaign, each.campaign),
                channel=channels[0] if len(channels) == 1 else " and ".join(filter(None, channels)),
                first=date_of(each.first).isoformat(),
                last=date_of(each.last).isoformat(),
                earned=made,
                incremental=None,
                change=accounting.change(each, days, dataset.currency) if shown else None,
                overlaps=others,
                grade="observational",
                words=accounting.gross_words(made, days=days, currency=dataset.currency, margin=margin, lacking=_lacking(made, margin)),
                cautions=() if made.hidden else _cautions(dataset, each, others, mark, days=days),
            )
        )
    return tuple(told)


def _unknown_before(dataset: Dataset, each: Around, days: int, group: Group) -> Group:
    """Take the revenue off a campaign whose windows were over before the purchases begin: it is not 0 but not known."""
    over = dataset.first_day is not None and each.last + days - 1 < day_of(dataset.first_day)
    return replace(group, gross=None) if over else group


def _cautions(dataset: Dataset, each: Around, others: tuple[str, ...], mark: Watermark | None, *, days: int) -> tuple[str, ...]:
    if "lines" not in dataset.has:
        return ()
    first, last = day_of(dataset.first_day), day_of(dataset.as_of)
    whole = last if mark is None else day_of(mark.whole)
    end = each.last + days - 1
    told = (
        accounting.unseen(each, first, days),
        accounting.unfinished(each, last, days),
        "Its window reaches into the last days, which lack rows." if whole < end and whole < last else "",
        accounting.season(each, days) if first <= each.first and each.first + days - 1 <= whole else "",
        accounting.overlapping(others, each),
    )
    return tuple(filter(None, told))


def _example(found: Campaigns) -> str:
    """Return how a cost is written in settings, with a name of this data."""
    names = [name for name in sorted(set(found.contacted.channels.tolist())) if name] or [found.around[0].campaign]
    return f"{names[0]} = 0.8" if names[0].isascii() and names[0].replace("-", "").isalnum() else f'"{names[0]}" = 0.8'


def _lacking(made: Earned, margin: float | None) -> str:
    parts = [*(["the cost of a contact"] if made.spend is None else []), *(["the margin"] if margin is None else [])]
    return f"{' and '.join(parts)} {'are' if len(parts) > 1 else 'is'} not known" if parts else ""


def _channels(found: Campaigns, sums: _Sums, margin: float | None) -> tuple[ChannelReturn, ...]:
    rows = found.contacted
    names = sorted(set(rows.channels.tolist()))
    if names == [""]:
        return ()
    made = earned([sums.group(rows.channels == name, found.customers["channel", name]) for name in names], margin=margin)
    told = [
        ChannelReturn(name, len(set(rows.campaigns[rows.channels == name].tolist())), each, "observational", accounting.channel_words(each))
        for name, each in zip(names, made, strict=True)
    ]
    return tuple(sorted(told, key=lambda each: (each.earned.shrunken is None, -(each.earned.shrunken or 0.0), each.channel)))


def _segments(found: Campaigns, sums: _Sums, segments: Labels, margin: float | None, days: int, currency: str) -> tuple[SegmentReturn, ...]:
    rows = found.contacted
    labels = sorted(set(rows.labels.tolist()) - {UNLABELLED})
    made = earned([sums.group(rows.labels == label, found.customers["label", label]) for label in labels], margin=margin)
    return tuple(
        SegmentReturn(
            label,
            segments.names.get(label, f"Segment {label}"),
            each,
            "observational",
            accounting.gross_words(each, days=days, currency=currency, margin=margin, lacking=_lacking(each, margin)),
        )
        for label, each in zip(labels, made, strict=True)
    )


def _beside(engine: Engine, dataset: Dataset, settings: Settings, told: Returns, tested: Tested) -> Returns:
    """Put what was tried by lot beside the gross figures of channels and segments."""
    by_channel = gains_by_channel(told.campaigns)
    by_segment = gains_by_segment(engine, dataset, settings, tested, margin=margin_of(settings))
    return replace(
        told,
        channels=tuple(replace(each, tried=by_channel.get(each.channel, ())) for each in told.channels),
        segments=tuple(replace(each, tried=by_segment.get(each.segment, ())) for each in told.segments),
    )


def _no_control(count: int) -> str:
    which = "the one campaign" if count == 1 else f"the {count} campaigns"
    return (
        f"For {which} nobody was left alone by lot, so no effect, no lift and no incremental return is told: gross revenue holds all that customers would "
        "have bought anyway. Leave one in ten alone by lot next time: 'segmentry experiment assign' draws them."
    )


def _missing(dataset: Dataset, found: Campaigns, sums: _Sums, margin: float | None) -> tuple[str, ...]:
    rows = found.contacted
    unknown = sorted(set(rows.campaigns[np.isnan(sums.spend)].tolist()))
    told = []
    if unknown:
        count = len(unknown)
        which, them = (
            ("No campaign says", "any") if count == len(found.around) else (f"{count} of {len(found.around)} campaigns do not say", "them")
        )
        if count == 1 < len(found.around):
            which, them = f"1 of {len(found.around)} campaigns does not say", "it"
        told.append(
            f"{which} what a contact costs, so no spend, profit or ROI is told for {them}. Give it as cost = {{ {_example(found)} }} under [returns], by "
            "channel or campaign, or as a column cost_per_contact in the table of campaigns."
        )
    if margin is None:
        told.append(
            "Nothing says which share of revenue is kept, so revenue is told and no profit. Give it with --margin, such as 0.3, or under [returns]."
        )
    if not rows.known.any():
        told.append("Nothing says who answered. Add a column with yes or no to the contacts, or a table of answers such as redemptions.")
    if "lines" not in dataset.has:
        told.append("There are no purchases, so nothing is known of revenue. Add the transactions.")
    elif "lines.amount" not in dataset.has:
        told.append("The purchases have no amounts, so nothing is known of revenue. Add a column with what was paid.")
    if found.undated:
        told.append(f"{found.undated:,} contacts have no day and are not counted. Give them a date, or their campaigns a first day.")
    return tuple(told)
