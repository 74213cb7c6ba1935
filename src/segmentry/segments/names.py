"""Deterministic, unique names in a marketer's words, made from what sets a segment apart.

A name has up to a few parts: adjectives, one noun, and what is left after a comma ("Lapsed bargain hunters"). Only standardised
differences of 0.5 or more count; a segment without any is called "Typical customers". When features are few or unknown, names are
literal ("High annual income, low spending score"). Segments of one name get their next difference added.

The strongest differences are taken, but a few customers must not decide which: of all that are nearly as strong as the strongest (seven
tenths of it or more), the first in a fixed order is taken, what customers do before who they are; then the same again with the
rest. Within a name the parts stand in that order too. At the edge of the seven tenths a name can still change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentry.matrix import Column
from segmentry.segments.meanings import meaning_of, plain_words
from segmentry.segments.results import Difference

STRONG = 0.5
SET_ASIDE = "No net purchases"
BETWEEN = "Between the segments"
TYPICAL = "Typical customers"
_MOST_PARTS = 6
_NEAR = 0.7
# What customers do and can afford, then what no topic here knows, then who they are.
_DOINGS = (
    *("trend", "recency", "value", "engagement trend", "response", "frequency", "engagement", "visits", "tenure"),
    *("basket", "price", "income", "bargain", "returns", "satisfaction"),
)
_PERSONS = ("age", "children")


@dataclass(frozen=True, slots=True)
class _Part:
    topic: str
    text: str
    role: str


def name_segments(
    differences: Sequence[Sequence[Difference]], columns: Mapping[str, Column], features: Sequence[str] = ()
) -> tuple[str, ...]:
    """Name segments by their differences, strongest first.

    Parameters
    ----------
    differences : sequence of sequences of Difference
        Of each segment.
    columns : mapping of str to Column
    features : sequence of str
        Those that were clustered on: they are looked at first. Empty: all alike.

    Returns
    -------
    tuple of str
        Unique.

    Examples
    --------
    >>> columns = {"recency": Column("recency", "Days since last purchase", "days"), "monetary": Column("monetary", "Total spend", "money", group="value")}
    >>> name_segments([[Difference("recency", 1.2, 300, 40), Difference("monetary", 0.9, 500, 90)], []], columns)
    ('Lapsed big spenders', 'Typical customers')
    """
    literal = _literal(columns, features)
    order = {name: place for place, name in enumerate(columns)}
    strong = [_strong(each, columns, features) for each in differences]
    parts = [_literal_parts(each, columns, order) if literal else _parts(each, columns) for each in strong]
    sizes = [min(2, len(each)) for each in parts]
    for _ in range(_MOST_PARTS):
        names = [_join(each[:size]) for each, size in zip(parts, sizes, strict=True)]
        repeated = {name for name, count in Counter(names).items() if count > 1}
        longer = [min(size + 1, len(each)) if name in repeated else size for name, size, each in zip(names, sizes, parts, strict=True)]
        if longer == sizes:
            break
        sizes = longer
    return _numbered([_join(each[:size]) for each, size in zip(parts, sizes, strict=True)])


def _literal(columns: Mapping[str, Column], features: Sequence[str]) -> bool:
    asked = [columns[name] for name in (features or columns) if name in columns and columns[name].kind != "category"]
    unknown = sum(meaning_of(column) is None for column in asked)
    return unknown * 3 > len(asked) or (0 < len(asked) < 4 and unknown > 0)


def _strong(differences: Sequence[Difference], columns: Mapping[str, Column], features: Sequence[str]) -> list[Difference]:
    order = {name: place for place, name in enumerate(columns)}
    strong = [difference for difference in differences if abs(difference.effect) >= STRONG]
    ranked = sorted(strong, key=lambda each: (*_place(_topic(columns[each.name])), order[each.name], each.level))
    driving = [each for each in ranked if not features or each.name in features]
    return [*_strongest_first(driving), *_strongest_first([each for each in ranked if each not in driving])]


def _strongest_first(ranked: Sequence[Difference]) -> list[Difference]:
    """Return differences by strength; of those that are nearly equal the first of the given order."""
    rest, chosen = list(ranked), []
    while rest:
        strongest = max(abs(each.effect) for each in rest)
        chosen.append(next(each for each in rest if abs(each.effect) >= _NEAR * strongest))
        rest.remove(chosen[-1])
    return chosen


def _place(topic: str) -> tuple[int, str]:
    """Return where a topic stands in a name, and which of two is told when both set a segment apart alike."""
    if topic in _DOINGS:
        return _DOINGS.index(topic), topic
    return len(_DOINGS) + (1 + _PERSONS.index(topic) if topic in _PERSONS else 0), topic


def _topic(column: Column) -> str:
    meaning = meaning_of(column)
    return meaning.topic if meaning else ""


def _parts(differences: Sequence[Difference], columns: Mapping[str, Column]) -> list[_Part]:
    parts: list[_Part] = []
    for difference in differences:
        part = _part(difference, columns[difference.name])
        if part is not None and part.topic not in {each.topic for each in parts}:
            parts.append(part)
    # Who lapsed has a falling trend, who is new a rising one: it would say the same twice.
    implied = not {each.topic for each in parts}.isdisjoint({"recency", "tenure"})
    return [each for each in parts if not (implied and each.topic == "trend")]


def _part(difference: Difference, column: Column) -> _Part | None:
    if difference.level:
        return _Part(column.name, f"mostly {difference.level}", "after") if difference.effect > 0 and difference.segment >= 0.5 else None
    meaning = meaning_of(column)
    if meaning is None:
        return _literal_part(difference, column)
    text = meaning.high if difference.effect > 0 else meaning.low
    if not text:
        return None
    return _Part(meaning.topic, text, "noun" if meaning.noun else "adjective")


def _literal_part(difference: Difference, column: Column) -> _Part:
    meaning = meaning_of(column)
    if meaning is not None and meaning.topic == "age":
        return _Part(column.name, meaning.high if difference.effect > 0 else meaning.low, "adjective")
    if column.kind == "flag":
        return _Part(
            column.name,
            f"{'mostly' if difference.segment >= 0.5 else 'more' if difference.effect > 0 else 'less'} {plain_words(column)}",
            "after",
        )
    return _Part(column.name, f"{'high' if difference.effect > 0 else 'low'} {plain_words(column)}", "after")


def _literal_parts(differences: Sequence[Difference], columns: Mapping[str, Column], order: Mapping[str, int]) -> list[_Part]:
    known = [difference for difference in differences if not difference.level]
    # In the order of the columns, so that names of neighbouring segments can be compared at a glance.
    first = sorted(known[:2], key=lambda difference: order[difference.name])
    parts = [_literal_part(difference, columns[difference.name]) for difference in (*first, *known[2:])]
    levels = [_part(difference, columns[difference.name]) for difference in differences if difference.level]
    return parts + [part for part in levels if part is not None]


def _join(parts: Sequence[_Part]) -> str:
    if not parts:
        return TYPICAL
    ranked = sorted(parts, key=lambda part: _place(part.topic))
    nouns = [part.text for part in ranked if part.role == "noun"]
    adjectives = [part for part in ranked if part.role == "adjective"]
    after = nouns[1:] + [part.text for part in parts if part.role == "after"]
    front = [*(part.text for part in adjectives), *(nouns[:1] or (["customers"] if adjectives else []))]
    text = ", ".join(filter(None, [" ".join(front), *after]))
    return text[:1].upper() + text[1:]


def _numbered(names: Sequence[str]) -> tuple[str, ...]:
    result: list[str] = []
    for name in names:
        candidate, count = name, 1
        while candidate in result:
            count += 1
            candidate = f"{name}, group {count}"
        result.append(candidate)
    return tuple(result)
