"""The chapter "What they are worth": what customers may bring, whether that can be believed, how it is spread, who is leaving.

Everything is told from a frozen `value.results.Worth`; nothing is fitted here, and no figure is that of a single customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.disclosure import FLOOR, hide_small
from segmentry.plots import value as drawn
from segmentry.plots.numbers import NOTHING, count, share
from segmentry.plots.theme import colour
from segmentry.reports import fits, leaving, scorecard, spread
from segmentry.reports.estimates import bounded, called, horizon, noun, verb
from segmentry.reports.pictures import Picture
from segmentry.segments.results import SegmentProfile
from segmentry.value.results import SegmentWorth, Worth

_HALF = 0.5
_MOST_NAMED = 3
_NEARLY_NOTHING = 1e-9
# The first of these models lets customers leave after a repeat purchase only, the second never.
_NEVER_AFTER_THE_FIRST, _NEVER = "BG/NBD", "NBD"


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
    refusal : str
        Why there is no forecast; empty when there is one.
    doubtful : str
        Said in a box: the forecast did not prove itself; empty when it did.
    money, past : bool
        Whether there are amounts, and revenue of the past.
    keeps_one_time_buyers : bool
        Whether the model takes everyone who bought only once for still a customer.
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
    refusal: str
    doubtful: str
    money: bool
    past: bool
    keeps_one_time_buyers: bool
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
    rows = _told(found)
    return Chapter(
        lead=_lead(found, names, currency),
        refusal=found.refusal,
        doubtful=scorecard.verdict(found) if scorecard.doubtful(found) else "",
        money=found.money,
        past=any(row.share_past is not None for row in found.segments),
        keeps_one_time_buyers=_keeps_one_time_buyers(found),
        segment_words=_segment_words(found, rows, names),
        segment_picture=_segment_picture(found, rows, names),
        segments=tuple(_figures(found, row, names, currency, hidden=row not in rows) for row in _ordered(found)),
        total=None if found.total is None else _figures(found, found.total, {-1: "All customers"}, currency, hidden=False),
        scorecard=scorecard.scorecard(found, currency),
        spread=spread.spread(found, currency),
        leaving=leaving.leaving(found, names),
        fits=fits.fitted(found),
        conventions=fits.conventions(found),
        refused=tuple(f"{name}: {why}" for name, why in (found.holdout.refused if found.holdout else {}).items()),
        notes=found.notes,
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
    row = next((row for row in _told(found) if row.id == segment), None)
    if found.refusal or row is None:
        return ""
    value, interval = bounded(found, row.value, found.currency or currency)
    part = f", {share(row.share_future)} of all" if row.share_future is not None else ""
    return f"Expected to {verb(found)} {value}{noun(found)}{f' ({interval})' if interval else ''} in the next {horizon(found)}{part}."


def summary_sentence(found: Worth | None, currency: str = "") -> str:
    """Return the sentence of the executive summary on what customers are worth; empty where nothing can be said."""
    if found is None:
        return ""
    if found.refusal:
        return "What customers will bring could not be foretold; the chapter on their worth says what is missing."
    if found.total is None:
        return ""
    value, interval = bounded(found, found.total.value, found.currency or currency)
    words = f"In the next {horizon(found)} the customers are expected to {verb(found)} {value}{noun(found)}{f' (90% interval {interval})' if interval else ''}"
    top = _top(found)
    held = f", {share(top.share_future)} of it from {called(top.id, top.name)}" if top is not None else ""
    return words + held + ("; the forecast is no better than a simple rule." if scorecard.doubtful(found) and found.holdout else ".")


def _ordered(found: Worth) -> list[SegmentWorth]:
    return sorted(found.segments, key=lambda row: (row.id <= 0, -row.id if row.id <= 0 else row.id))


def _told(found: Worth) -> list[SegmentWorth]:
    """Segments whose figures may be told: not those of a few customers, nor one that could be worked out from the total."""
    rows = _ordered(found)
    sizes = [row.customers for row in rows]
    hidden = hide_small([*sizes, _outside(found)])[: len(rows)]
    return [row for row, small in zip(rows, hidden.tolist(), strict=True) if not small and row.customers]


def _outside(found: Worth) -> int:
    """Customers in no segment whose value the total would give away."""
    if found.total is None or not found.segments:
        return 0
    value = found.total.value.value - sum(row.value.value for row in found.segments)
    nothing = abs(value) <= _NEARLY_NOTHING * abs(found.total.value.value)
    return 0 if nothing else max(found.total.customers - sum(row.customers for row in found.segments), 0)


def _top(found: Worth) -> SegmentWorth | None:
    rows = [row for row in _told(found) if row.id > 0 and row.share_future is not None]
    return max(rows, key=lambda row: row.share_future or 0.0, default=None)


def _lead(found: Worth, names: Mapping[int, str], currency: str) -> tuple[str, ...]:
    if found.refusal:
        known_still = [
            *(["who is new, active, slipping or lapsed"] if leaving.everyone(found) else []),
            *(["how long customers keep buying"] if found.survival else []),
            *(["the risk that they do not come back, by their own rhythm"] if found.churn_risk is not None else []),
        ]
        return (f"What the data does tell: {'; '.join(known_still)}. See “Who is leaving” below.",) if known_still else ()
    trusted = " ".join(part for part in ("" if scorecard.doubtful(found) else scorecard.verdict(found), scorecard.failing(found)) if part)
    who = " ".join(part for part in (_holds_most(found, names), _gone(found)) if part)
    return tuple(part for part in (_expected(found, currency), who, trusted) if part)


def _expected(found: Worth, currency: str) -> str:
    total = found.total
    if total is None:
        return _assumed(found)
    value, interval = bounded(found, total.value, currency)
    words = f"In the next {horizon(found)}, the {count(total.customers)} customers are expected to {verb(found)} {value}{noun(found)}"
    words += f" (90% interval: {interval})" if interval else ""
    each, _ = bounded(found, total.value, currency, per=total.customers)
    words += f", {each}{noun(found)} each on average. "
    return words + _assumed(found)


def _assumed(found: Worth) -> str:
    if not found.money:
        known = found.total is not None and found.total.past is not None
        return f"{'Amounts could not be foretold' if known else 'The data has no amounts'}, so these are purchases, not money."
    kept = "This is revenue, not profit, as no margin was given"
    if found.margin is not None:
        kept = f"This is what is left of revenue at a margin of {share(found.margin)}"
    return kept + (f"; money that comes later counts for less, {share(found.discount)} a year." if found.discount else ".")


def _holds_most(found: Worth, names: Mapping[int, str]) -> str:
    top = _top(found)
    if top is None or found.total is None or not found.total.customers:
        return ""
    part = share(top.customers / found.total.customers)
    return f"{called(top.id, names.get(top.id, top.name))} holds {share(top.share_future)} of it with {part} of the customers."


def _gone(found: Worth) -> str:
    """Say how many are probably gone; where the model cannot think so of one-time buyers, what their silence says."""
    if found.forecast is None:
        return ""
    alive = np.asarray(found.forecast.alive, dtype=np.float64)
    alive = alive[np.isfinite(alive)]
    gone, n = int((alive < _HALF).sum()), len(alive)
    if n < FLOOR:
        return ""
    told = "none is" if not gone else f"fewer than {FLOOR} are" if gone < FLOOR else f"{count(gone)} ({share(gone / n)}) are"
    words = f"Of all customers, {told} probably gone, that is likelier gone than not"
    if not _keeps_one_time_buyers(found):
        return words + "; it is inferred, as nobody says so when leaving."
    lapsed = leaving.lapsed(found)
    silence = f"; judged by their silence alone, {lapsed} have lapsed" if lapsed else ""
    if _keeps_everyone(found):
        return (
            f"The forecast takes everyone for still a customer, not because that is known but because nobody can be seen to leave{silence}."
        )
    return words + f", but this model takes everyone who bought only once for still a customer{silence}."


def _keeps_one_time_buyers(found: Worth) -> bool:
    return found.purchases is not None and found.purchases.name in (_NEVER_AFTER_THE_FIRST, _NEVER)


def _keeps_everyone(found: Worth) -> bool:
    """Say whether the model knows of nobody leaving; then its certainty is no knowledge, and is not shown."""
    return found.purchases is not None and found.purchases.name == _NEVER


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
    told = [f"{what}: {_some(moved)}." for what, moved in (("Rising", up), ("Falling", down)) if moved]
    return (" ".join(told) + " Only segments are named for which all of the interval lies on one side.",)


def _moved(row: SegmentWorth, names: Mapping[int, str]) -> str:
    moved = f"(from {share(row.share_past)} of past revenue to {share(row.share_future)} of what is expected)"
    return f"{called(row.id, names.get(row.id, row.name))} {moved}"


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
    per, _ = bounded(found, row.value, currency, per=row.customers) if row.customers else (NOTHING, "")
    return Figures(
        row.id,
        name,
        colour(row.id),
        count(row.customers),
        value,
        interval,
        per,
        share(row.share_future),
        share(row.share_past),
        NOTHING if _keeps_everyone(found) else share(row.alive),
        share(row.churn_risk),
    )
