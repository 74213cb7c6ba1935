"""The chapter on what the data looks like: distributions, associations, outliers, every column in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segmentry.plots import explore as drawn
from segmentry.plots.numbers import NOTHING, amount, count, share
from segmentry.reports.cards import telling
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary

FIRST = 12
DRAWN = 40
STRONGEST = 10
_WEAKEST_SHOWN = 0.3


@dataclass(frozen=True, slots=True)
class Numbers:
    """One column in numbers."""

    words: str
    n: str
    missing: str
    mean: str
    quartiles: str
    span: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """How many values of a column lie beyond its usual range."""

    words: str
    count: str
    share: str
    usual: str
    extreme: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns that go together."""

    first: str
    second: str
    value: str
    words: str
    measure: str


def distributions(story: Story) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """Return the pictures that are shown at once, and those behind a click; at most `DRAWN` in all."""
    fit = [column for column in telling(story) if column.n and (column.levels or len(column.counts))][:DRAWN]
    pictures = tuple(_distribution(place, column, story) for place, column in enumerate(fit, 1))
    return pictures[:FIRST], pictures[FIRST:]


def _distribution(place: int, column: ColumnSummary, story: Story) -> Picture:
    total = column.n + column.missing
    parts = [f"n = {count(column.n)}"]
    if column.missing:
        parts.append(f"{share(column.missing / max(total, 1))} missing")
    if column.levels:
        top, found = max(zip(column.levels, column.level_counts, strict=True), key=lambda pair: pair[1])
        parts.append(f"{column.distinct} levels, most common {top} ({share(found / max(column.n, 1))})")
    elif column.kind == "flag":
        parts.append(f"yes: {share(column.mean)}")
    else:
        parts.append(f"median {_text(column, column.median, story)}")
        if column.outliers:
            parts.append(f"{count(column.outliers)} beyond the usual range")
    caption = " · ".join(parts)
    return Picture(
        f"distribution-{place}",
        drawn.distribution(column, story.currency),
        caption,
        f"Distribution of {column.words}: {caption}.",
        title=column.words,
    )


def association(story: Story) -> Picture | None:
    """Return the heat map of associations, the most telling columns only."""
    result = story.association
    if result is None or len(result.names) < 2:
        return None
    places = {name: place for place, name in enumerate(result.names)}
    order = [places[column.name] for column in telling(story) if column.name in places]
    order += [place for place in range(len(result.names)) if place not in order]
    shown = sorted(order[:DRAWN])
    left = len(result.names) - len(shown)
    rest = f" The {len(shown)} most telling of {len(result.names)} columns are drawn." if left else ""
    sample = f", a sample of {count(result.sampled_from)}" if result.sampled_from > result.n else ""
    scale = "from −1 (one high, the other low) over 0 (nothing) to +1 (always together)"
    caption = f"How strongly columns go together, {scale}. n = {count(result.n)} customers{sample}.{rest}"
    strongest = "; ".join(f"{pair.first} and {pair.second} {pair.value}" for pair in pairs(story)[:3])
    alt = f"Heat map of {len(shown)} columns." + (f" Strongest: {strongest}." if strongest else " No pair is strongly associated.")
    minimum = 200 + 20 * len(shown) if len(shown) > 8 else 0
    return Picture("association", drawn.association(result, shown), caption, alt, minimum=minimum)


def pairs(story: Story) -> tuple[Pair, ...]:
    """Return the strongest pairs of columns, in words."""
    result = story.association
    if result is None:
        return ()
    grid = np.asarray(result.values, dtype=float)
    found = [
        (float(grid[first, second]), result.words[first], result.words[second], result.kinds[first][second])
        for first in range(len(result.names))
        for second in range(first + 1, len(result.names))
        if math.isfinite(grid[first, second]) and abs(grid[first, second]) >= _WEAKEST_SHOWN
    ]
    found.sort(key=lambda pair: (-abs(pair[0]), pair[1], pair[2]))
    return tuple(_pair(*pair) for pair in found[:STRONGEST])


def _pair(value: float, first: str, second: str, measure: str) -> Pair:
    size = "very strongly" if abs(value) >= 0.8 else "strongly" if abs(value) >= 0.6 else "clearly" if abs(value) >= 0.4 else "loosely"
    way = "tied to each other" if measure != "Spearman" else "rising together" if value > 0 else "moving in opposite directions"
    return Pair(first, second, f"{value:.2f}".replace("-", "−"), f"{size} {way}", measure)


def outliers(story: Story) -> tuple[Unusual, ...]:
    """Return the columns with values beyond their usual range, most first."""
    found = [column for column in story.columns if column.outliers and column.n]
    found.sort(key=lambda column: (-column.outliers / column.n, column.words))
    return tuple(_unusual(column, story) for column in found[:FIRST])


def _unusual(column: ColumnSummary, story: Story) -> Unusual:
    least, most = column.minimum or 0.0, column.maximum or 0.0
    low = least if column.outlier_low is None else column.outlier_low
    high = most if column.outlier_high is None else column.outlier_high
    usual = f"{_text(column, max(low, least), story)} to {_text(column, min(high, most), story)}"
    return Unusual(
        column.words, count(column.outliers), share(column.outliers / column.n), usual, _text(column, most if most > high else least, story)
    )


def in_numbers(story: Story) -> tuple[Numbers, ...]:
    """Return every column in numbers, in the order of the data."""
    return tuple(_numbers(column, story) for column in story.columns)


def _numbers(column: ColumnSummary, story: Story) -> Numbers:
    total = max(column.n + column.missing, 1)
    missing = share(column.missing / total) if column.missing else "none"
    if column.levels:
        common = sorted(zip(column.levels, column.level_counts, strict=True), key=lambda pair: -pair[1])[:3]
        words = ", ".join(f"{level} {share(found / max(column.n, 1))}" for level, found in common)
        return Numbers(column.words, count(column.n), missing, NOTHING, words, f"{column.distinct} levels")
    quartiles = " · ".join(_text(column, value, story) for value in (column.q1, column.median, column.q3))
    span = f"{_text(column, column.minimum, story)} to {_text(column, column.maximum, story)}"
    return Numbers(column.words, count(column.n), missing, _text(column, column.mean, story), quartiles, span)


def _text(column: ColumnSummary, value: float | None, story: Story) -> str:
    return amount(value, kind=column.kind, unit=column.unit, currency=story.currency)
