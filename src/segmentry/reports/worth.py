"""The chapter "What they are worth": what customers may bring, whether that can be believed, how it is spread, who is leaving.

Everything is told from a frozen `value.results.Worth`; nothing is fitted here, and no figure is that of a single customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.plots import value as drawn
from segmentry.plots.numbers import NOTHING, count, share
from segmentry.plots.theme import colour
from segmentry.reports import fits, leaving, outlook, proof, scorecard, spread, tellable
from segmentry.reports.estimates import bounded, called, horizon, noun, verb
from segmentry.reports.pictures import Picture
from segmentry.reports.refusal import Refusal, refusal
from segmentry.segments.results import SegmentProfile
from segmentry.value.results import SegmentWorth, Worth

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table of segments, as text."""

    id: int
    name: str
    colour: str
    customers: str
    value: str
    interval: str
    per_customer: str
    share_future: str
    share_past: str
    alive: str
    churn_risk: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_worth.html` shows, as text and pictures.

    Parameters
    ----------
    lead : tuple of str
        Paragraphs, the most important first; after a refusal what can still be told.
    refusal : Refusal
        Why there is no forecast; empty when there is one.
    caution : str
        Said in a box behind the first paragraph: the forecast did not prove itself; empty when it did.
    money, past, alive : bool
        Whether there are amounts, revenue of the past, and a model that knows of customers leaving.
    too_narrow : bool
        Whether the days held out went otherwise than the intervals allow.
    table_words : str
        What the columns of the table of segments mean.
    segment_words : tuple of str
    segment_picture : Picture or None
    segments : tuple of Figures
    total : Figures or None
    scorecard : Scorecard or None
    spread : Spread or None
    leaving : Leaving or None
    fits : Table or None
    conventions, refused, notes, sources : tuple of str
    """

    lead: tuple[str, ...]
    refusal: Refusal
    caution: str
    money: bool
    past: bool
    alive: bool
    too_narrow: bool
    table_words: str
    segment_words: tuple[str, ...]
    segment_picture: Picture | None
    segments: tuple[Figures, ...]
    total: Figures | None
    scorecard: scorecard.Scorecard | None
    spread: spread.Spread | None
    leaving: leaving.Leaving | None
    fits: fits.Table | None
    conventions: tuple[str, ...]
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]


def chapter(found: Worth, profiles: Sequence[SegmentProfile], currency: str = "") -> Chapter:
    """Return the chapter on what customers are worth.

    Parameters
    ----------
    found : Worth
    profiles : sequence of SegmentProfile
        For the names of the segments.
    currency : str
        Used where `found` does not say.
    """
    currency = found.currency or currency
    names = {row.id: row.name for row in profiles}
    rows = tellable.told(found)
    return Chapter(
        lead=outlook.still_known(found, profiles) if found.refusal else outlook.lead(found, names, currency),
        refusal=refusal(found),
        caution=proof.caution(found, currency),
        money=found.money,
        past=any(row.share_past is not None for row in found.segments),
        alive=not tellable.keeps_everyone(found),
        too_narrow=proof.too_narrow(found),
        table_words=_table_words(found),
        segment_words=_segment_words(found, rows, names),
        segment_picture=_segment_picture(found, rows, names),
        segments=tuple(_figures(found, row, names, currency, hidden=row not in rows) for row in tellable.ordered(found)),
        total=None if found.total is None else _figures(found, found.total, {-1: "All customers"}, currency, hidden=False),
        scorecard=scorecard.scorecard(found, currency),
        spread=spread.spread(found, currency),
        leaving=leaving.leaving(found, names),
        fits=fits.fitted(found),
        conventions=fits.conventions(found, currency),
        refused=tuple(f"{name}: {why}" for name, why in (found.holdout.refused if found.holdout else {}).items()),
        notes=() if found.refusal else found.notes,
        sources=fits.sources(found),
    )


def card_line(found: Worth, segment: int, currency: str = "") -> str:
    """Return what the card of a segment says of its future; empty where nothing can be said.

    Parameters
    ----------
    found : Worth
    segment : int
    currency : str
        Used where `found` does not say.
    """
    row = next((row for row in tellable.told(found) if row.id == segment), None)
    if found.refusal or row is None:
        return ""
    value, interval = proof.quotable(found, row.value, found.currency or currency)
    part = f", {share(row.share_future)} of all" if row.share_future is not None else ""
    rough = "; a rough guide" if proof.too_narrow(found) else ""
    return (
        f"Expected to {verb(found)} {value}{noun(found)}{f' ({interval})' if interval else ''} in the next {horizon(found)}{part}{rough}."
    )


def summary_sentence(found: Worth | None, currency: str = "") -> str:
    """Return the sentence of the executive summary on what customers are worth; empty where nothing can be said."""
    if found is None:
        return ""
    if found.refusal:
        return "What customers will bring could not be foretold; the chapter on their worth says what is missing."
    if found.total is None:
        return ""
    value, interval = proof.quotable(found, found.total.value, found.currency or currency)
    words = f"In the next {horizon(found)} the customers are expected to {verb(found)} {value}{noun(found)}{f' (90% interval {interval})' if interval else ''}"
    top = tellable.top(found)
    held = f", {share(top.share_future)} of it from {called(top.id, top.name)}" if top is not None else ""
    caution = proof.brief(found)
    return f"{words}{held}. Take it as {caution}." if caution else f"{words}{held}."


def _segment_words(found: Worth, rows: Sequence[SegmentWorth], names: Mapping[int, str]) -> tuple[str, ...]:
    known_past = [row for row in rows if row.share_past is not None and row.share_future is not None]
    if len(known_past) < 2 or found.total is None:
        return ()
    up = [_moved(row, names) for row in known_past if (row.share_past or 0.0) < _bounds(row, found.total)[0]]
    down = [_moved(row, names) for row in known_past if (row.share_past or 0.0) > _bounds(row, found.total)[1]]
    if not up and not down:
        return (
            "No segment's share of the future lies clearly apart from its share of the past: the intervals are too wide to call one rising or falling.",
        )
    newcomers = " Newcomers gain also because their past is short." if leaving.everyone(found).get("new") else ""
    told = [f"{what}: {_some(moved)}." for what, moved in (("A larger share than so far", up), ("A smaller one", down)) if moved]
    sure = (
        "take it as a hint, as the intervals are too narrow"
        if proof.too_narrow(found)
        else "named where all of the interval lies on one side"
    )
    return (f"{' '.join(told)} (Share of what is expected against share of past revenue; {sure}.{newcomers})",)


def _moved(row: SegmentWorth, names: Mapping[int, str]) -> str:
    return f"{called(row.id, names.get(row.id, row.name))}, {share(row.share_future)} against {share(row.share_past)}"


def _table_words(found: Worth) -> str:
    """Say what the columns of the table of segments mean, and how far they can be used."""
    silent = "the probability that no purchase comes within the longest pause that is usual at a customer's own pace, judged without the forecast"
    if tellable.keeps_everyone(found):
        words = f"“Stays away” is {silent}; the forecast itself knows of nobody leaving."
    else:
        words = f"“Still a customer” is the mean probability of being one, by the forecast. “Stays away” is {silent}; the two need not add up to 100%."
        if tellable.keeps_one_time_buyers(found):
            words += " This model takes everyone who bought only once for still a customer: where many did, go by “Stays away”."
    narrow = "The intervals know the luck of single customers only and are too narrow here, as the days held out show."
    return f"{narrow} {words}" if proof.too_narrow(found) else words


def _some(moved: Sequence[str]) -> str:
    more = f" and {len(moved) - _MOST_NAMED} more" if len(moved) > _MOST_NAMED else ""
    return "; ".join(moved[:_MOST_NAMED]) + more


def _bounds(row: SegmentWorth, total: SegmentWorth) -> tuple[float, float]:
    """Least and most share of the future: this segment at one end of its interval, all others at the other end of theirs.

    What is unsure of the others together is taken to be no more than what is unsure of all.
    """
    others = total.value.value - row.value.value
    least, most = max(others - (total.value.value - total.value.low), 0.0), others + (total.value.high - total.value.value)
    low = row.value.low / (row.value.low + most) if row.value.low + most > 0 else 0.0
    high = row.value.high / (row.value.high + least) if row.value.high + least > 0 else 1.0
    return low, high


def _segment_picture(found: Worth, rows: Sequence[SegmentWorth], names: Mapping[int, str]) -> Picture | None:
    rows = [row for row in rows if row.share_future is not None]
    if not rows or found.total is None:
        return None
    past = all(row.share_past is not None for row in rows)
    n = sum(row.customers for row in rows)
    everyone = found.total.customers or n
    before = "past revenue" if past else "customers"
    after = "expected value" if found.money else "expected purchases"
    told = [
        (
            row.id,
            names.get(row.id, row.name),
            row.customers,
            row.share_past or 0.0 if past else row.customers / everyone,
            row.share_future or 0.0,
        )
        for row in rows
    ]
    caption = f"From the share of {before} (hollow) to the share of {after} in the next {horizon(found)} (filled). "
    caption += "To the right: more of the future than of the past. " if past else "To the right: worth more than the average customer. "
    hidden = f"Segments under {FLOOR} customers are left out. " if len(rows) < len(found.segments) else ""
    alt = "; ".join(f"{name}: {share(one)} of {before}, {share(other)} of {after}" for _, name, _, one, other in told) + "."
    return Picture("worth-shares", drawn.shares(told, before=before, after=after), f"{caption}{hidden}n = {count(n)} customers", alt)


def _figures(found: Worth, row: SegmentWorth, names: Mapping[int, str], currency: str, *, hidden: bool) -> Figures:
    name = names.get(row.id, row.name)
    if hidden:
        few = f"under {FLOOR}" if row.customers < FLOOR else count(row.customers)
        return Figures(row.id, name, colour(row.id), few, "hidden", "", *[NOTHING] * 5)
    value, interval = bounded(found, row.value, currency)
    n = tellable.customers(found) if row.id < 0 else row.customers
    per, _ = bounded(found, row.value, currency, per=n) if n else (NOTHING, "")
    return Figures(
        row.id,
        name,
        colour(row.id),
        count(n),
        value,
        interval,
        per,
        share(row.share_future),
        share(row.share_past),
        NOTHING if tellable.keeps_everyone(found) else share(row.alive),
        share(row.churn_risk),
    )
