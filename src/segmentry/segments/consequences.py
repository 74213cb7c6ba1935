"""What, where and at which price a segment buys, and what follows for range, price, channels and sites: sentences with figures.

Only features that differ by 0.3 standard deviations or more speak; a sentence says both figures, the segment's and the others'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentry.matrix import Column
from segmentry.preparation.words import figure, percent
from segmentry.segments.meanings import meaning_of, plain_words, term, topics
from segmentry.segments.results import Difference

NOTABLE = 0.3
MINOR = 0.25
_MOST = 2
_ONLINE = {"engagement", "visits"}


def consequences(differences: Sequence[Difference], columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Return what follows from the differences of a segment, at most two sentences per area.

    Examples
    --------
    >>> columns = {"category=TOYS": Column("category=TOYS", "Share of spend by category: TOYS", "share", group="range")}
    >>> consequences([Difference("category=TOYS", 0.8, 0.5, 0.2)], columns)
    ('Range: the share of toys is 50% against 20% elsewhere; worth more room in the range and in recommendations.',)
    """
    notable = [each for each in _unhidden(differences, columns) if abs(each.effect) >= NOTABLE]
    sentences: list[str] = []
    for area in (_range, _price, _channel, _site):
        said: dict[str, str] = {}
        for each in notable:
            sentence = area(each, columns[each.name])
            if sentence:
                # Two features of one topic would say the same twice.
                said.setdefault(_said_of(columns[each.name]) or f"{each.name}={each.level}", sentence)
        sentences.extend(list(said.values())[:_MOST])
    return tuple(sentences)


def _unhidden(differences: Sequence[Difference], columns: Mapping[str, Column]) -> list[Difference]:
    """Leave out amounts of a range or channel whose share is known: who buys more of everything does not favour each part of it."""
    parts = {_topic(column) for column in columns.values() if column.kind == "share"}
    split = ("range ", "channel ")
    return [
        each
        for each in differences
        if columns[each.name].kind == "share" or not _topic(columns[each.name]).startswith(split) or _topic(columns[each.name]) not in parts
    ]


def main_channel(differences: Sequence[Difference], columns: Mapping[str, Column]) -> str:
    """Return the channel a segment uses more than others, or nothing."""
    more = [
        each
        for each in _unhidden(differences, columns)
        if columns[each.name].group == "channel" and each.effect >= NOTABLE and _topic(columns[each.name]).startswith("channel ")
    ]
    return term(columns[more[0].name]) if more else ""


def _said_of(column: Column) -> str:
    return "online" if _topic(column) in _ONLINE else _topic(column)


def _topic(column: Column) -> str:
    meaning = meaning_of(column)
    return meaning.topic if meaning else ""


def _against(difference: Difference, column: Column) -> str:
    show = percent if column.kind in {"share", "flag"} else figure
    return f"{show(difference.segment)} against {show(difference.others)} elsewhere"


def _range(difference: Difference, column: Column) -> str:
    topic = _topic(column)
    if topic == "breadth":
        follow = "show them the whole range" if difference.effect > 0 else "a short, well-chosen range will do"
        return f"Range: {plain_words(column)}: {_against(difference, column)}; {follow}."
    if not topic.startswith("range ") or difference.effect <= 0:
        return ""
    what = f"the share of {term(column)} is" if column.kind == "share" else f"{plain_words(column)}:"
    return f"Range: {what} {_against(difference, column)}; worth more room in the range and in recommendations."


def _price(difference: Difference, column: Column) -> str:
    follow = {
        ("bargain", True): "they wait for offers, so plan discounts with a floor under the margin",
        ("bargain", False): "they pay the full price, so do not train them to wait for discounts",
        ("price", True): "they buy higher-priced items, so lead with quality",
        ("price", False): "they buy lower-priced items, so keep entry prices visible",
        ("basket", True): "larger baskets than elsewhere, so bundles and free delivery cost little here",
        ("basket", False): "smaller baskets than elsewhere, so a threshold for free delivery can lift them",
        ("returns", True): "many returns, so look at sizes and descriptions before sending more",
    }.get((_topic(column), difference.effect > 0), "")
    return f"Price: {plain_words(column)}: {_against(difference, column)}; {follow}." if follow else ""


def _channel(difference: Difference, column: Column) -> str:
    topic = _topic(column)
    if topic.startswith("channel "):
        # A channel can be used less than elsewhere and still be the main one.
        less = (
            "do not rely on it for them"
            if column.kind == "share" and difference.segment < MINOR
            else "less their channel than that of others"
        )
        follow = "put offers there first" if difference.effect > 0 else less
        return f"Channels: {term(column)}: {_against(difference, column)}; {follow}."
    if topic in _ONLINE:
        keen = topics([difference], {column.name: column})[topic] > 0
        follow = "they can be reached online" if keen else "online messages may pass them by"
        return f"Channels: {plain_words(column)}: {_against(difference, column)}; {follow}."
    return ""


def _site(difference: Difference, column: Column) -> str:
    if column.group != "place" or not difference.level or difference.effect <= 0:
        return ""
    return f"Sites: {percent(difference.segment)} are at {difference.level} against {percent(difference.others)} elsewhere; plan local events and stock there."
