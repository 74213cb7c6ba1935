"""The chapter "Next best": what each channel does for an answer, and how often suggested products are bought, beside plain baselines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.plans.channels import Channels, ChannelScore
from segmentry.plans.hitrates import HitRates
from segmentry.plots import returns as drawn
from segmentry.plots.numbers import count, share
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_grades import Badge, badge
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate

PRODUCTS_SHOWN = 8
_TARGETS = {"new": "Products that the customer has not bought yet", "any": "Any product, also those bought before"}


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel, as text."""

    name: str
    contacts: str
    answers: str
    raw: str
    adjusted: str
    score: str
    badge: Badge
    words: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Suggestions beside baselines.

    Parameters
    ----------
    title, words : str
    better : bool
    picture : Picture or None
    """

    title: str
    words: str
    better: bool
    picture: Picture


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_impact_next.html` shows.

    Parameters
    ----------
    channel_words : str
    channels : tuple of ChannelRow
    channel_picture : Picture or None
    suggested : tuple of Suggested
    products, advised : tuple of (name, customers)
        Products most often suggested first, and channels advised; those of few customers are left out.
    """

    channel_words: str = ""
    channels: tuple[ChannelRow, ...] = ()
    channel_picture: Picture | None = None
    suggested: tuple[Suggested, ...] = ()
    products: tuple[tuple[str, str], ...] = ()
    advised: tuple[tuple[str, str], ...] = ()


def chapter(story: ImpactStory) -> Chapter | None:
    """Return the chapter; None when there is nothing of it and nobody asked."""
    found = story.channels
    best = story.nextbest
    if found is None and not story.hits and best is None and "next" not in story.refusals:
        return None
    return Chapter(
        "" if found is None else found.words,
        () if found is None else tuple(_row(each) for each in found.scores),
        None if found is None else _picture(found),
        tuple(_suggested(each, place) for place, each in enumerate(story.hits)),
        () if best is None or not best.products else most(best.products[0]),
        () if best is None else most(best.channel),
    )


def most(names: NDArray[np.object_], shown: int = PRODUCTS_SHOWN) -> tuple[tuple[str, str], ...]:
    """Return the names that occur most often and for how many customers; those of few customers are left out.

    Examples
    --------
    >>> most(np.array(["tea"] * 7 + ["cups"] * 5 + ["ring"] + [""] * 9, dtype=object))
    (('tea', '7'), ('cups', '5'))
    """
    counted = Counter(str(name) for name in names if name)
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((name, count(customers)) for name, customers in ordered[:shown] if customers >= FLOOR)


def _row(each: ChannelScore) -> ChannelRow:
    name, grade = each.channel or "not known", badge(each.grade)
    if each.raw is None or each.adjusted is None:
        contacts = "hidden" if each.contacts is None else count(each.contacts)
        return ChannelRow(name, contacts, "hidden", "hidden", "hidden", "hidden", grade, each.words)
    answers = "hidden" if each.answers is None else count(each.answers)
    return ChannelRow(
        name, count(each.contacts), answers, _bounded(each.raw), _bounded(each.adjusted), share(each.score), grade, each.words
    )


def _bounded(found: Estimate) -> str:
    return f"{share(found.value)} ({share(found.low)} to {share(found.high)})"


def _picture(found: Channels) -> Picture | None:
    rows = [each for each in found.scores if each.raw is not None and each.adjusted is not None]
    if len(rows) < 2:
        return None
    caption = (
        "Answers per contact by channel. Hollow: as counted. Filled: had every channel been used on the same mix of segments. Bars are 95% intervals. "
        f"n = {count(sum(each.contacts or 0 for each in rows))} contacts."
    )
    alt = (
        "Forest plot of answers by channel: "
        + "; ".join(f"{each.channel} {share(each.adjusted.value)}" for each in rows if each.adjusted is not None)
        + "."
    )
    return Picture("next-channels", drawn.channels(rows), caption, alt)


def _suggested(found: HitRates, place: int) -> Suggested:
    rows = [(each.words or each.name, each.rate, "primary" if each.kind == "suggestions" else "exploratory") for each in found.rates]
    title = f"{_TARGETS[found.target]}: {found.k} {'suggestion' if found.k == 1 else 'suggestions'} each"
    one = "the product suggested" if found.k == 1 else f"one of the {found.k} products suggested"
    caption = f"Share of customers who bought {one} in the days held out; bars are 95% intervals. n = {count(found.customers)} customers."
    alt = "Forest plot of hit rates: " + "; ".join(f"{name} {share(rate.value)}" for name, rate, _ in rows) + "."
    return Suggested(title, found.words, found.better, Picture(f"next-hits-{place}", drawn.hits(rows), caption, alt))
