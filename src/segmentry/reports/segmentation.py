"""The chapters on the segments as a whole: size and revenue, heat map, map, choice of k."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentry.plots import segments as drawn
from segmentry.plots.numbers import NOTHING, count, money, share
from segmentry.plots.theme import colour
from segmentry.reports.cards import in_order, telling
from segmentry.reports.method import filled
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story
from segmentry.reports.structure import of_sample, witnesses
from segmentry.segments.results import SegmentProfile

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary


@dataclass(frozen=True, slots=True)
class Size:
    """One row of the table of sizes."""

    id: int
    name: str
    colour: str
    customers: str
    share: str
    revenue: str
    revenue_share: str
    per_customer: str
    weight: str


def sizes(story: Story) -> tuple[Size, ...]:
    """Return the table of sizes; money is left empty without amounts."""
    return tuple(_size(profile, story.currency) for profile in in_order(story.profiles))


def _size(profile: SegmentProfile, currency: str) -> Size:
    known = profile.revenue is not None and profile.customers
    ratio = profile.revenue_share / profile.share if profile.revenue_share is not None and profile.share else None
    return Size(
        id=profile.id,
        name=profile.name,
        colour=colour(profile.id),
        customers=count(profile.customers),
        share=share(profile.share),
        revenue=money(profile.revenue, currency),
        revenue_share=share(profile.revenue_share),
        per_customer=money((profile.revenue or 0.0) / profile.customers, currency) if known else NOTHING,
        weight=NOTHING if ratio is None else (f"{ratio:.2f} ×" if ratio < 9.95 else f"{ratio:.0f} ×").replace("-", "−"),
    )


def with_money(story: Story) -> bool:
    """Say whether the segments have revenue."""
    return any(profile.revenue_share is not None for profile in story.profiles)


def size_words(story: Story) -> str:
    """Say in a sentence what the picture of size and revenue shows."""
    profiles = [profile for profile in story.profiles if profile.kind == "cluster"] or list(story.profiles)
    largest = max(profiles, key=lambda profile: profile.customers)
    words = f"The largest segment is “{largest.name}” with {share(largest.share)} of the customers"
    paid = [(profile.revenue_share, profile) for profile in profiles if profile.revenue_share is not None]
    if not paid:
        return words + ". The data holds no amounts, so nothing can be said about revenue."
    part, richest = max(paid, key=lambda pair: pair[0])
    if richest.id == largest.id:
        return words + f"; it also brings the most revenue, {share(part)}."
    return words + f"; “{richest.name}” brings the most revenue: {share(part)}, from {share(richest.share)} of the customers."


def size_picture(story: Story) -> Picture:
    """Return the bars of size and revenue."""
    profiles = in_order(story.profiles)
    n = sum(profile.customers for profile in profiles)
    what = "customers and of revenue" if with_money(story) else "customers"
    rows = [
        f"{profile.name}: {share(profile.share)} of customers"
        + (f", {share(profile.revenue_share)} of revenue" if profile.revenue_share is not None else "")
        for profile in profiles
    ]
    reading = "; where the bar of revenue is the longer one, a customer brings more than the average" if with_money(story) else ""
    caption = f"Share of {what} per segment{reading}. n = {count(n)} customers."
    return Picture("sizes", drawn.sizes(profiles), caption, "; ".join(rows) + ".")


def heat_columns(story: Story) -> tuple[ColumnSummary, ...]:
    """Return the features that have a mean in the segments and vary, the most telling first."""
    have = {part.name for profile in story.profiles for part in profile.ranges}
    return tuple(column for column in telling(story) if column.name in have and not column.levels and column.sd)


def heat_picture(story: Story) -> Picture | None:
    """Return the heat map of profiles, or None when no feature has a mean in the segments."""
    fit = heat_columns(story)
    shown = fit[: drawn.ROWS_SHOWN]
    if not shown:
        return None
    profiles = tuple(profile for profile in in_order(story.profiles) if profile.ranges)
    figure = drawn.heat(profiles, shown, used=story.used, currency=story.currency)
    n = sum(profile.customers for profile in profiles)
    rest = f" The {len(shown)} most telling of {len(fit)} features are drawn." if len(fit) > len(shown) else ""
    names = {column.name for column in shown}
    lacking = any(part.n < profile.customers for profile in profiles for part in profile.ranges if part.name in names)
    rest += " An empty cell has too few customers with a value." if _hides(profiles, names) else ""
    rest += " Customers without a value are left out of a mean; nothing is filled in here." if lacking else ""
    caption = (
        f"Mean of each segment, in standard deviations above or below the mean of all customers. n = {count(n)} customers in {len(profiles)} groups; "
        f"n of each cell and the values in their own unit appear when you point at it. ● marks the features that drove the segments.{rest}"
    )
    return Picture(
        "heat", figure, caption, f"Heat map of {len(shown)} features by {len(profiles)} segments; the cards above say the same in words."
    )


def _hides(profiles: Sequence[SegmentProfile], names: set[str]) -> bool:
    told = [{part.name for part in profile.ranges if math.isfinite(part.mean)} for profile in profiles]
    return any(not names <= each for each in told)


def map_pictures(story: Story) -> tuple[Picture, ...]:
    """Return the map in two and, when there is a third component, in three dimensions."""
    projection = story.projection
    if projection is None or not len(projection.points):
        return ()
    profiles = in_order(story.profiles)
    shown = drawn.points_drawn(projection)
    n = f"n = {count(shown)} customers" + (f", a sample of {count(projection.sampled_from)}" if projection.sampled_from > shown else "")
    part = share(sum(projection.explained[:2]))
    made_up = f" {filled(story)}" if filled(story) else ""
    caption = f"Every mark is a customer; near means alike. {n}. The two components hold {part} of the variance; numbers stand at the centres.{made_up}"
    alt = f"Scatter plot of customers by segment along two components that hold {part} of the variance."
    pictures = [Picture("plane", drawn.plane(projection, profiles), caption, alt)]
    if len(projection.explained) > 2 and projection.explained[2] > 0:
        total = share(sum(projection.explained[:3]))
        caption = f"The same customers in three dimensions; drag to turn. {n}. The three components hold {total} of the variance of the features.{made_up}"
        pictures.append(
            Picture(
                "space", drawn.space(projection, profiles), caption, f"Scatter plot in three dimensions that hold {total} of the variance."
            )
        )
    return tuple(pictures)


def directions(story: Story) -> tuple[str, ...]:
    """Say in words what the axes of the map stand for: the features with the largest weights."""
    projection = story.projection
    if projection is None:
        return ()
    words = {column.name: column.words for column in story.columns}
    sentences = []
    for place, way in enumerate(("to the right", "upwards", "forward in 3-D")[: min(3, len(projection.explained))]):
        weights = [(weight[place], uncapped(_step(name, words))) for name, weight in projection.loadings if len(weight) > place]
        top = [pair for pair in sorted(weights, key=lambda pair: -abs(pair[0]))[:3] if abs(pair[0]) >= 0.2]
        up = [name for weight, name in top if weight > 0]
        down = [name for weight, name in top if weight < 0]
        parts = [f"{sign} {_listed(group)}" for sign, group in (("higher", up), ("lower", down)) if group]
        if parts and projection.explained[place] > 0:
            sentences.append(f"Component {place + 1} ({way}): {'; '.join(parts)}.")
    return tuple(sentences)


def _step(name: str, words: Mapping[str, str]) -> str:
    """Words of a column of the clustered space: a column, or one level of it."""
    column, _, level = name.partition(": ")
    return words.get(name) or (f"{words.get(column, column)}: {level}" if level else name)


def uncapped(words: str) -> str:
    """Return words as they stand inside a sentence; what begins like an abbreviation stays.

    Examples
    --------
    >>> uncapped("Annual spend"), uncapped("RFM score")
    ('annual spend', 'RFM score')
    """
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def choice_pictures(story: Story) -> tuple[Picture, ...]:
    """Return one small picture per measure of the choice of k, those it rests on first: how clear, how stable, how tight."""
    if story.selection is None or not story.selection.by_k:
        return ()
    n = sum(profile.customers for profile in story.profiles if profile.kind == "cluster")
    pictures = []
    for place, (title, reading, figure) in enumerate(drawn.choice(story.selection), 1):
        base = of_sample(story.selection.by_k, n) if title == "Silhouette" else f"n = {count(n)} customers"
        caption = f"{reading} · {base}"
        pictures.append(
            Picture(
                f"choice-{place}", figure, caption, f"{title} for each number of segments; {story.selection.k} was chosen.", title=title
            )
        )
    return (*pictures[:1], *witnesses(story), *pictures[1:])
