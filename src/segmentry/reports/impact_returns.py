"""The chapter "What campaigns brought": budget, spend, revenue, profit and ROI; incremental where a lot left somebody alone, gross and called so where not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segmentry.experiments.phrases import VERDICTS
from segmentry.plans.returns import BeforeAfter, CampaignReturn, Earned, Incremental, Returns
from segmentry.plots import returns as drawn
from segmentry.plots.numbers import NOTHING, count, money, number, share
from segmentry.plots.segments import numbered
from segmentry.plots.theme import inert
from segmentry.reports.contacting import bounded
from segmentry.reports.estimates import rounded_by
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_grades import GROSS, Claim, Sum, badge, estimate
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate

DRAWN = 15
ROWS_SHOWN = 12
MONEY = ("budget", "spend", "revenue", "profit", "roi")
ADDED = ("buyers", "revenue", "profit", "roi")


@dataclass(frozen=True, slots=True)
class Line:
    """Contacts, answers and gross money of a campaign, channel or segment, as text."""

    name: str
    customers: str
    contacts: str = NOTHING
    answered: str = NOTHING
    budget: str = NOTHING
    spend: str = NOTHING
    revenue: str = NOTHING
    profit: str = NOTHING
    roi: str = NOTHING
    words: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What an offer with a control added, as text; figures with their intervals; `where` is a segment or channel, or empty."""

    where: str
    name: str
    customers: str
    buyers: str
    revenue: str
    profit: str
    roi: str
    source: str
    believed: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_impact_returns.html` shows.

    Parameters
    ----------
    lead : tuple of str
    refusal : str
    missing : tuple of str
    added, added_parts : tuple of Added
        In all, and by segment or channel.
    campaigns, more, channels, segments : tuple of Line
    total : Line or None
    shown, shown_parts, shown_added : frozenset of str
        Columns of money that are known for any campaign; for any channel or segment; of what was added.
    incremental, gross : Picture or None
    changes : tuple of (campaign, before, after, change expected anyway, words)
    told : tuple of (campaign, words, cautions)
    claims : tuple of Claim
    """

    lead: tuple[str, ...] = ()
    refusal: str = ""
    missing: tuple[str, ...] = ()
    added: tuple[Added, ...] = ()
    added_parts: tuple[Added, ...] = ()
    campaigns: tuple[Line, ...] = ()
    more: tuple[Line, ...] = ()
    channels: tuple[Line, ...] = ()
    segments: tuple[Line, ...] = ()
    total: Line | None = None
    shown: frozenset[str] = frozenset()
    shown_parts: frozenset[str] = frozenset()
    shown_added: frozenset[str] = frozenset()
    incremental: Picture | None = None
    gross: Picture | None = None
    changes: tuple[tuple[str, str, str, str, str], ...] = ()
    told: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    claims: tuple[Claim, ...] = ()


def chapter(story: ImpactStory) -> Chapter | None:
    """Return the chapter; None when no contacts were given and nobody asked."""
    found = story.returns
    if found is None:
        return Chapter() if "returns" in story.refusals else None
    if found.refusal:
        return Chapter(refusal=found.refusal, missing=found.missing)
    currency = found.currency or story.currency
    campaigns = tuple(_campaign(each, currency) for each in found.campaigns)
    channels = tuple(_line(each.channel or "not known", each.earned, currency) for each in found.channels)
    segments = tuple(_line(numbered(each.segment, each.name), each.earned, currency) for each in found.segments)
    added = tuple(_added("", each.name, each.incremental, currency) for each in found.campaigns if each.incremental is not None)
    parts = _parts(found, currency)
    return Chapter(
        lead=found.words,
        missing=found.missing,
        added=added,
        added_parts=parts,
        campaigns=campaigns[:ROWS_SHOWN],
        more=campaigns[ROWS_SHOWN:],
        channels=channels,
        segments=segments,
        total=None if found.total is None else _line("All contacts", found.total, currency),
        shown=_known(campaigns, MONEY),
        shown_parts=_known((*channels, *segments), MONEY),
        shown_added=_known((*added, *parts), ADDED),
        incremental=_incremental(found, currency),
        gross=_gross_picture(found, currency),
        changes=tuple(_change(each.name, each.change, currency) for each in found.campaigns if each.change is not None),
        told=tuple((each.name, each.words, each.cautions) for each in found.campaigns if each.words or each.cautions),
        claims=tuple(_claims(found, currency)),
    )


def _known(rows: Iterable[Line | Added], columns: tuple[str, ...]) -> frozenset[str]:
    """Return the columns in which anything stands."""
    return frozenset(column for row in rows for column in columns if getattr(row, column) != NOTHING)


def _campaign(each: CampaignReturn, currency: str) -> Line:
    days = each.first if each.first == each.last or not each.last else f"{each.first} to {each.last}"
    return _line(each.name, each.earned, currency, ", ".join(part for part in (each.channel, days) if part))


def _line(name: str, earned: Earned, currency: str, words: str = "") -> Line:
    if earned.hidden:
        return Line(name, "hidden", words=words)
    rate = "" if earned.rate is None else f" ({share(earned.rate.value)}, {share(earned.rate.low)} to {share(earned.rate.high)})"
    return Line(
        name,
        count(earned.customers),
        count(earned.contacts),
        f"{count(earned.answered)}{rate}",
        money(earned.budget, currency),
        money(earned.spend, currency),
        money(earned.gross, currency),
        money(earned.gross_profit, currency),
        ratio(earned.gross_roi),
        words,
    )


def ratio(roi: float | None) -> str:
    """Return a return on investment: percent, or times from ten on.

    Examples
    --------
    >>> ratio(0.2), ratio(-0.58), ratio(23.4), ratio(None)
    ('20%', '−58%', '23.4 times', '–')
    """
    if roi is None:
        return NOTHING
    return share(roi) if abs(roi) < 10 else f"{number(roi)} times"


def ratios(roi: Estimate) -> str:
    """Return a return on investment with its interval, rounded to what is known, all in one unit.

    Examples
    --------
    >>> ratios(Estimate(2.45, 1.02, 3.93)), ratios(Estimate(-0.8, -27.6, 27.3))
    ('250% (100% to 390%)', '−1 times (−28 to 27 times)')
    """
    half = (roi.high - roi.low) / 2
    value, low, high = (rounded_by(each, half) + 0.0 for each in (roi.value, roi.low, roi.high))
    if max(abs(low), abs(high)) < 10:
        return f"{share(value)} ({share(low)} to {share(high)})"
    return f"{number(value)} times ({number(low)} to {number(high)} times)"


def _added(where: str, name: str, found: Incremental, currency: str) -> Added:
    revenue, profit = (NOTHING if part is None else _bounded(part, currency) for part in (found.revenue, found.profit))
    roi = NOTHING if found.roi is None else ratios(found.roi)
    buyers = NOTHING if found.buyers is None else _whole(found.buyers)
    sizes = f"{count(found.treated)} and {count(found.control)}"
    return Added(where, name, sizes, buyers, revenue, profit, roi, found.source, found.believed)


def _parts(found: Returns, currency: str) -> tuple[Added, ...]:
    rows = [(numbered(each.segment, each.name), gain) for each in found.segments for gain in each.tried]
    rows += [(each.channel or "not known", gain) for each in found.channels for gain in each.tried]
    return tuple(_added(where, gain.arm, gain.found, currency) for where, gain in rows)


def _bounded(found: Estimate, currency: str) -> str:
    value, interval = bounded(found, currency)
    return f"{value} ({interval})"


def _whole(found: Estimate) -> str:
    half = (found.high - found.low) / 2
    value, low, high = (number(rounded_by(part, half) + 0.0) for part in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def _change(name: str, change: BeforeAfter, currency: str) -> tuple[str, str, str, str, str]:
    # That nobody was left alone stands above the table, once for all its rows.
    expected = NOTHING if change.expected is None else f"{'+' if change.expected > 0 else ''}{money(change.expected, currency)}"
    words = change.words.removeprefix(VERDICTS["not attributable"]).strip()
    return name, money(change.before, currency), money(change.after, currency), expected, words


def _incremental(found: Returns, currency: str) -> Picture | None:
    known = [(each.name, each.incremental) for each in found.campaigns if each.incremental is not None]
    rows = [(name, each.profit, _hover(name, each.profit, currency)) for name, each in known if each.profit is not None]
    what = "profit after spend"
    if not rows:
        rows = [(name, each.revenue, _hover(name, each.revenue, currency)) for name, each in known if each.revenue is not None]
        what = "additional revenue"
    if not rows:
        return None
    shown, customers = rows[:DRAWN], sum(each.treated + each.control for _, each in known)
    caption = (
        f"What the campaign itself added: {what}, beyond customers whom a lot left alone; bars are 95% intervals."
        f"{_more(len(shown), len(rows))} n = {count(customers)} customers."
    )
    alt = f"Forest plot of {what}: " + "; ".join(f"{name} {_bounded(each, currency)}" for name, each, _ in shown) + "."
    return Picture("returns-incremental", drawn.incremental(shown, currency, what=what), caption, alt)


def _hover(name: str, found: Estimate, currency: str) -> str:
    return f"<b>{inert(name)}</b><br>{inert(_bounded(found, currency))}"


def _more(shown: int, every: int) -> str:
    return f" The first {shown} of {every}." if shown < every else ""


def _gross_picture(found: Returns, currency: str) -> Picture | None:
    known = [each for each in found.campaigns if not each.earned.hidden and each.earned.gross is not None]
    if not known:
        return None
    shown = known[:DRAWN]
    rows = [drawn.Gross(each.name, each.earned.spend, each.earned.gross or 0.0, each.earned.gross_profit) for each in shown]
    customers = sum(each.earned.customers or 0 for each in shown)
    spent = " Grey: what was spent." if any(row.spend is not None for row in rows) else ""
    caption = (
        f"Money by campaign. Hatched: gross revenue within {found.days} days of a contact, much of which would have come anyway; it is not the campaign's "
        f"doing.{spent}{_more(len(shown), len(known))} n = {count(customers)} customers, counted once per campaign."
    )
    alt = "Bars of gross revenue and spend: " + "; ".join(f"{row.name} {money(row.revenue, currency)} gross" for row in rows) + "."
    return Picture("returns-gross", drawn.gross(rows, currency), caption, alt)


def _claims(found: Returns, currency: str) -> Iterable[Claim]:
    for each in found.campaigns:
        if each.incremental is not None:
            yield from _incremental_claims(each.name, each.incremental, currency)
    for where, arm, gain in [
        *((numbered(each.segment, each.name), gain.arm, gain.found) for each in found.segments for gain in each.tried),
        *((each.channel or "not known", gain.arm, gain.found) for each in found.channels for gain in each.tried),
    ]:
        yield from _incremental_claims(f"{arm} in {where}", gain, currency)
    if found.total is not None:
        yield from _gross_claims("All contacts", found.total, currency, found.days)
    parts = [
        *((f"“{each.name}”", each.earned) for each in found.campaigns),
        *((each.channel or "not known", each.earned) for each in found.channels),
        *((numbered(each.segment, each.name), each.earned) for each in found.segments),
    ]
    for name, earned in parts:
        yield from _gross_claims(name, earned, currency, found.days)
    for campaign in found.campaigns:
        if campaign.change is not None:
            spans = f"{money(campaign.change.before, currency)} → {money(campaign.change.after, currency)}"
            what = f"“{campaign.name}”: spend per customer before and after, not attributable"
            yield Claim("returns", what, Sum(spans, "", GROSS, f"purchases {campaign.change.days} days before and after"))


def _incremental_claims(name: str, found: Incremental, currency: str) -> Iterable[Claim]:
    for words, part in (("additional revenue", found.revenue), ("additional profit after spend", found.profit)):
        if part is not None:
            yield Claim("returns", f"“{name}”: {words}", estimate(part, currency, on=badge("randomised"), source=found.source))


def _gross_claims(name: str, earned: Earned, currency: str, days: int) -> Iterable[Claim]:
    source = f"purchases within {days} days of a contact"
    for words, part in (("revenue", earned.gross), ("profit", earned.gross_profit)):
        if part is not None and not earned.hidden:
            yield Claim("returns", f"{name}: gross {words}", Sum(money(part, currency), "", GROSS, source))
