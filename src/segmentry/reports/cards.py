"""Segments as cards: who they are, what sets them apart, what they buy, what may follow, in words and small bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentry.plots.numbers import amount, count, money, share
from segmentry.plots.segments import standardised
from segmentry.plots.theme import colour
from segmentry.reports import response, worth
from segmentry.reports.story import Story
from segmentry.segments.results import Difference, Range, SegmentProfile, Share, Strategy
from segmentry.segments.stability import trust

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary

KEY_FEATURES = 5
FEWEST_KEYS = 3
APART = 5
BOUGHT = 6
WORTH_SAYING = 0.02
_STEPS = ((0.2, "about the same"), (0.5, "a little {}"), (0.8, "clearly {}"), (1.5, "much {}"), (math.inf, "far {}"))


@dataclass(frozen=True, slots=True)
class Quartiles:
    """One small quartile bar, places in percent of its track."""

    words: str
    text: str
    everyone: str
    left: float
    width: float
    middle: float
    all_left: float
    all_width: float


@dataclass(frozen=True, slots=True)
class Apart:
    """One way in which a segment differs: words, figures, and the length of its bar in percent."""

    words: str
    verdict: str
    text: str
    length: float
    higher: bool
    effect: str


@dataclass(frozen=True, slots=True)
class Bought:
    """What share of the segment falls to a level, against all customers."""

    words: str
    text: str
    length: float
    all_at: float


@dataclass(frozen=True, slots=True)
class Card:
    """One segment as the page shows it."""

    id: int
    name: str
    colour: str
    tint: str
    aside: bool
    customers: str
    share: str
    revenue_share: str
    revenue: str
    per_customer: str
    summary: str
    quartiles: tuple[Quartiles, ...]
    apart: tuple[Apart, ...]
    bought: tuple[Bought, ...]
    are: tuple[Bought, ...]
    consequences: tuple[str, ...]
    strategy: Strategy | None
    trust: str = ""
    overlap: str = ""
    rule: str = ""
    rule_weak: bool = False
    future: tuple[str, ...] = ()


def cards(story: Story) -> tuple[Card, ...]:
    """Return one card per segment, customers set aside by rule last."""
    known = {column.name: column for column in story.columns}
    ordered = in_order(story.profiles)
    clusters = [profile for profile in ordered if profile.kind == "cluster"] or ordered
    keys = key_features(story, KEY_FEATURES)
    return tuple(_card(profile, clusters, keys, known, story) for profile in ordered)


def jaccard(story: Story, segment: int) -> float | None:
    """Return how much of a segment comes back in refits, 0 to 1; None when nothing is known about it."""
    return None if story.stability is None else story.stability.overlaps.get(segment)


def in_order(profiles: Sequence[SegmentProfile]) -> tuple[SegmentProfile, ...]:
    """Return the profiles by id, those set aside last."""
    return tuple(sorted(profiles, key=lambda profile: (profile.id <= 0, -profile.id if profile.id <= 0 else profile.id)))


def telling(story: Story) -> tuple[ColumnSummary, ...]:
    """Return the columns, the most telling first: used ones, then by how far the segments lie apart in them."""
    spread = {column.name: _spread(column, story.profiles) for column in story.columns}
    return tuple(sorted(story.columns, key=lambda column: (column.name not in story.used, -spread[column.name])))


def key_features(story: Story, limit: int) -> tuple[ColumnSummary, ...]:
    """Return the few columns with typical ranges that every card shows, the same for all so that cards compare."""
    have = {part.name for profile in story.profiles for part in profile.ranges}
    fit = [column for column in telling(story) if column.name in have and not column.levels and column.kind != "flag"]
    # Shares have bars of their own in a card; most are zero for most customers, which quartiles show badly.
    plain = [column for column in fit if column.kind != "share"]
    first = (plain if len(plain) >= FEWEST_KEYS else fit)[:limit]
    return (*first, *(column for column in plain if column.name in _about_people(story) and column not in first))


def _about_people(story: Story) -> set[str]:
    """Return what readers ask for whether it tells segments apart or not: age, income, satisfaction."""
    return {"age", *(item.name for item in story.dataset.attributes if item.role in {"age", "income", "satisfaction"})}


def _spread(column: ColumnSummary, profiles: Sequence[SegmentProfile]) -> float:
    values = [
        standardised(part, column)
        for profile in profiles
        if profile.kind == "cluster"
        for part in profile.ranges
        if part.name == column.name
    ]
    found = [abs(value) for value in values if math.isfinite(value)]
    return max(found, default=0.0)


def _card(
    profile: SegmentProfile,
    profiles: Sequence[SegmentProfile],
    keys: Sequence[ColumnSummary],
    known: Mapping[str, ColumnSummary],
    story: Story,
) -> Card:
    overlap = jaccard(story, profile.id)
    rule = next((each for each in story.rules if each.segment == profile.id), None)
    per_customer = None if profile.revenue is None or not profile.customers else profile.revenue / profile.customers
    return Card(
        id=profile.id,
        name=profile.name,
        colour=colour(profile.id),
        tint=colour(profile.id) + "14",
        aside=profile.kind == "set aside",
        customers=count(profile.customers),
        share=share(profile.share),
        revenue_share="" if profile.revenue_share is None else share(profile.revenue_share),
        revenue="" if profile.revenue is None else money(profile.revenue, story.currency),
        per_customer="" if per_customer is None else money(per_customer, story.currency),
        summary=profile.summary,
        quartiles=_quartiles(profile, profiles, keys, story.currency),
        apart=_apart(profile.differences, known, story.currency),
        bought=_bought(profile, known),
        are=_are(profile.shares, known),
        consequences=profile.consequences,
        strategy=profile.strategy,
        trust="" if overlap is None else trust(overlap),
        overlap="" if overlap is None else f"{overlap:.2f}",
        rule="" if rule is None else rule.words.replace(": the rule catches", ". The rule catches"),
        rule_weak=rule is not None and rule.weak,
        future=_future(story, profile.id),
    )


def _future(story: Story, segment: int) -> tuple[str, ...]:
    """Return what is foretold of a segment: its worth and its answers."""
    told = (
        "" if story.worth is None else worth.card_line(story.worth, segment, story.currency),
        response.card_line(story.response, segment),
    )
    return tuple(words for words in told if words)


def _quartiles(
    profile: SegmentProfile, profiles: Sequence[SegmentProfile], keys: Sequence[ColumnSummary], currency: str
) -> tuple[Quartiles, ...]:
    own = {part.name: part for part in profile.ranges}
    every = [{part.name: part for part in other.ranges} for other in profiles]
    bars = []
    for column in keys:
        part = own.get(column.name)
        beside = [other[column.name] for other in every if column.name in other and math.isfinite(other[column.name].q1)]
        if part is None or part.n == 0 or not math.isfinite(part.median) or not beside:
            continue
        low = min(other.q1 for other in beside)
        high = max(other.q3 for other in beside)
        bars.append(_quartile(column, part, (low, high), currency))
    return tuple(bars)


def _quartile(column: ColumnSummary, part: Range, track: tuple[float, float], currency: str) -> Quartiles:
    low, high = track
    reach = (high - low) or 1.0

    def place(value: float | None) -> float:
        return 0.0 if value is None else round(min(max((value - low) / reach, 0.0), 1.0) * 100, 1)

    def words(value: float | None, *, bare: bool = False) -> str:
        return amount(value, kind=column.kind, unit=column.unit, currency=currency, bare=bare)

    half = (
        "the same for half of them or more" if part.q1 == part.q3 else f"half lie between {words(part.q1, bare=True)} and {words(part.q3)}"
    )
    return Quartiles(
        words=column.words,
        text=f"{words(part.median)} ({half})",
        everyone=f"all customers {words(column.median)}",
        left=place(part.q1),
        width=max(round(place(part.q3) - place(part.q1), 1), 1.5),
        middle=place(part.median),
        all_left=place(column.q1),
        all_width=max(round(place(column.q3) - place(column.q1), 1), 1.5),
    )


def _apart(differences: Sequence[Difference], known: Mapping[str, ColumnSummary], currency: str) -> tuple[Apart, ...]:
    finite = [part for part in differences if math.isfinite(part.effect) and part.name in known and abs(part.effect) >= _STEPS[0][0]]
    finite.sort(key=lambda part: (-abs(part.effect), part.name, -part.effect, part.level))
    top = [part for place, part in enumerate(finite) if not any(_mirrored(part, other) for other in finite[:place])][:APART]
    reach = max([1.0, *(abs(part.effect) for part in top)])
    return tuple(_difference(part, known[part.name], reach, currency) for part in top)


def _mirrored(part: Difference, other: Difference) -> bool:
    """Of two levels one says it all: 66% women are 34% men."""
    return (
        part.name == other.name
        and bool(part.level)
        and math.isclose(part.segment, 1 - other.segment)
        and math.isclose(part.others, 1 - other.others)
    )


def _difference(part: Difference, column: ColumnSummary, reach: float, currency: str) -> Apart:
    kind = "share" if part.level else column.kind
    shares = kind in ("share", "flag")
    here, others = (amount(value, kind=kind, unit=column.unit, currency=currency) for value in (part.segment, part.others))
    direction = (
        ("more often" if part.effect > 0 else "less often")
        if (shares and kind != "share") or part.level
        else "higher"
        if part.effect > 0
        else "lower"
    )
    return Apart(
        words=f"{column.words}: {part.level}" if part.level else column.words,
        verdict=verdict(part.effect, direction),
        text=f"{here} here, {others} among the others",
        length=round(min(abs(part.effect) / reach, 1.0) * 50, 1),
        higher=part.effect > 0,
        effect=f"{part.effect:+.1f} standard deviations",
    )


def verdict(effect: float, direction: str) -> str:
    """Say in words how large a standardised difference is.

    The steps are Cohen's 0.2, 0.5 and 0.8, and one more at 1.5.

    Examples
    --------
    >>> verdict(1.1, "higher"), verdict(-0.3, "less often")
    ('much higher', 'a little less often')
    """
    return next(words for step, words in _STEPS if abs(effect) < step).format(direction)


def _bought(profile: SegmentProfile, known: Mapping[str, ColumnSummary]) -> tuple[Bought, ...]:
    """Mean shares of spend, purchases and channels that differ most from those of all customers."""
    pairs = [
        (known[part.name].words, part.mean, known[part.name].mean)
        for part in profile.ranges
        if part.name in known and known[part.name].kind == "share" and part.n
    ]
    return _compared([(words, here, everyone) for words, here, everyone in pairs if everyone is not None])


def _are(shares: Sequence[Share], known: Mapping[str, ColumnSummary]) -> tuple[Bought, ...]:
    """Levels of categories that differ most from those of all customers."""
    told = [
        part
        for part in shares
        if not any(
            other.name == part.name
            and (other.share, other.level) > (part.share, part.level)
            and math.isclose(other.share, 1 - part.share)
            and math.isclose(other.overall, 1 - part.overall)
            for other in shares
        )
    ]
    return _compared(
        [(f"{known[part.name].words if part.name in known else part.name}: {part.level}", part.share, part.overall) for part in told]
    )


def _compared(rows: Sequence[tuple[str, float, float]]) -> tuple[Bought, ...]:
    fit = [row for row in rows if math.isfinite(row[1]) and math.isfinite(row[2]) and abs(row[1] - row[2]) >= WORTH_SAYING]
    fit.sort(key=lambda row: (-abs(row[1] - row[2]), row[0]))
    return tuple(
        Bought(words, f"{share(here)}, all customers {share(everyone)}", _percent(here), _percent(everyone))
        for words, here, everyone in sorted(fit[:BOUGHT], key=lambda row: (-row[1], row[0]))
    )


def _percent(part: float) -> float:
    return round(min(max(part, 0.0), 1.0) * 100, 1)
