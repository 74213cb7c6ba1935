"""The chapter on what the data looks like: distributions, associations, outliers, every column in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segmentry.disclosure import FLOOR
from segmentry.explore.findings import believed, chance_in_words
from segmentry.explore.outliers import in_words
from segmentry.explore.pairs import NEEDED, PLAIN, interval
from segmentry.plots import explore as drawn
from segmentry.plots.numbers import NOTHING, amount, count, share
from segmentry.reports.cards import telling
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary
    from segmentry.explore.findings import Finding
    from segmentry.explore.pairs import Association

FIRST = 12
DRAWN = 40
STRONGEST = 10
# From here on 1 % of the customers are five and more.
MANY = 100 * (FLOOR - 1) + 1


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
    """Two columns that go together, beyond chance."""

    first: str
    second: str
    words: str
    value: str
    measure: str
    sure: str
    line: str
    n: str


@dataclass(frozen=True, slots=True)
class Told:
    """A finding and the id of the picture that shows it; empty when none does."""

    words: str
    treatment: str
    picture: str


def distributions(story: Story) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """Return the pictures that are shown at once, and those behind a click; at most `DRAWN` in all."""
    fit = [column for column in telling(story) if column.n and (column.levels or len(column.counts))][:DRAWN]
    pictures = tuple(_distribution(place, column, story) for place, column in enumerate(fit, 1))
    return pictures[:FIRST], pictures[FIRST:]


def _distribution(place: int, column: ColumnSummary, story: Story) -> Picture:
    total = column.n + column.missing
    parts = [f"n = {count(column.n)}"]
    if column.missing:
        parts = [f"n = {count(column.n)} of {count(total)}", f"{share(column.missing / total)} missing, not filled in here"]
    if column.levels:
        top, found = max(zip(column.levels, column.level_counts, strict=True), key=lambda pair: pair[1])
        parts.append(f"{column.distinct} levels, most common {top} ({share(found / max(column.n, 1))})")
    elif column.kind == "flag":
        parts.append(f"yes: {_yes(column)}")
    else:
        if column.tells(column.median):
            parts.append(f"median {_text(column, column.median, story)}")
        if column.outliers:
            parts.append(f"{in_words(column.outliers)} beyond the usual range")
    caption = " · ".join(parts)
    return Picture(
        f"distribution-{place}",
        drawn.distribution(column, story.currency),
        caption,
        f"Distribution of {column.words}: {caption}.",
        title=column.words,
    )


def findings(story: Story) -> tuple[Told, ...]:
    """Return the findings, each with the picture that shows it."""
    pictures = {picture.title: picture.id for part in distributions(story) for picture in part}
    shown = {column.name: pictures.get(column.words, "") for column in story.columns}
    pairs_shown = "association" if association(story) else ""
    return tuple(Told(each.words, each.treatment, _shown(each, shown, pairs_shown)) for each in story.findings)


def _shown(finding: Finding, shown: dict[str, str], pairs_shown: str) -> str:
    return pairs_shown if finding.kind == "pair" else shown.get(finding.column, "")


def association(story: Story) -> Picture | None:
    """Return the heat map of associations, the most telling columns only; None when no pair has enough customers to say anything."""
    result = story.association
    if result is None or len(result.names) < 2 or _with_both(result).max() < NEEDED:
        return None
    places = {name: place for place, name in enumerate(result.names)}
    order = [places[column.name] for column in telling(story) if column.name in places]
    order += [place for place in range(len(result.names)) if place not in order]
    shown = sorted(order[:DRAWN])
    left = len(result.names) - len(shown)
    rest = f" The {len(shown)} most telling of {len(result.names)} columns are drawn." if left else ""
    scale = "from −1 (one high, the other low) over 0 (nothing) to +1 (always together)"
    caption = f"How strongly columns go together, {scale}. {_pairwise(result)}{rest}"
    strongest = "; ".join(f"{pair.first} and {pair.second} {pair.value}" for pair in pairs(story)[:3])
    alt = f"Heat map of {len(shown)} columns." + (f" Strongest: {strongest}." if strongest else " No pair is strongly associated.")
    minimum = 200 + 20 * len(shown) if len(shown) > 8 else 0
    return Picture("association", drawn.association(result, shown), caption, alt, minimum=minimum)


def _with_both(result: Association) -> np.ndarray:
    return np.asarray(result.counts[np.triu_indices(len(result.names), 1)])


def _pairwise(result: Association) -> str:
    common = _with_both(result)
    if common.min() == common.max() == result.customers:
        return f"n = {count(result.customers)} customers."
    span = count(common.max()) if common.min() == common.max() else f"{count(common.min())} to {count(common.max())}"
    return f"n = {span} of {count(result.customers)} customers: each pair is of those who have both values, nothing is filled in."


def pairs(story: Story) -> tuple[Pair, ...]:
    """Return the strongest pairs of columns that chance does not explain, in words."""
    result = story.association
    return () if result is None else tuple(_pair(result, *places) for places in believed(result)[:STRONGEST])


def _pair(result: Association, i: int, j: int) -> Pair:
    value, measure, n = float(result.values[i, j]), result.kinds[i][j], int(result.counts[i, j])
    size = "very strongly" if abs(value) >= 0.8 else "strongly" if abs(value) >= 0.6 else "clearly" if abs(value) >= 0.4 else "loosely"
    numbers = measure == "Spearman"
    way = "tied to each other" if not numbers else "rising together" if value > 0 else "moving in opposite directions"
    sure = "{} to {}".format(*map(_two, interval(value, n))) if numbers else chance_in_words(float(result.chances[i, j]))
    line = _two(float(result.pearson[i, j])) if numbers else NOTHING
    return Pair(result.words[i], result.words[j], f"{size} {way}", _two(value), PLAIN[measure], sure, line, count(n))


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def outliers(story: Story) -> tuple[Unusual, ...]:
    """Return the columns with values beyond their usual range, most first."""
    found = [column for column in story.columns if column.outliers and column.n]
    # Fewer than five are all alike, also in their order.
    found.sort(key=lambda column: (-max(column.outliers, FLOOR) / column.n, column.words))
    return tuple(_unusual(column, story) for column in found[:FIRST])


def _unusual(column: ColumnSummary, story: Story) -> Unusual:
    _, above = drawn.beyond(column)
    few = column.outliers < FLOOR
    return Unusual(
        column.words,
        in_words(column.outliers) if few else count(column.outliers),
        NOTHING if few else share(column.outliers / column.n),
        _usual(column, story),
        _farthest(column, "above" if above else "below", story),
    )


def _usual(column: ColumnSummary, story: Story) -> str:
    """Return the usual range: its bounds where values lie beyond them, else minimum and maximum if they may be shown."""
    below, above = drawn.beyond(column)
    low = column.outlier_low if below else column.low if column.low == column.minimum else None
    high = column.outlier_high if above else column.high if column.high == column.maximum else None
    if low is None or high is None:
        return f"up to {_text(column, high, story)}" if low is None else f"from {_text(column, low, story)}"
    return f"{_text(column, low, story)} to {_text(column, high, story)}"


def _farthest(column: ColumnSummary, side: str, story: Story) -> str:
    """Return how far out values lie: the outermost one when five customers share it, else what more than a few lie beyond."""
    way, bound, end, outermost = (
        (1, column.outlier_high, column.high, column.maximum) if side == "above" else (-1, column.outlier_low, column.low, column.minimum)
    )
    if bound is None or end is None:
        return NOTHING
    if end == outermost:
        return _text(column, end, story)
    if way * end > way * bound:
        return f"{'1%' if column.n >= MANY else 'a few'} {side} {_text(column, end, story)}"
    return f"{side} {_text(column, bound, story)}"


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
    if column.kind == "flag":
        return Numbers(column.words, count(column.n), missing, _yes(column), NOTHING, "no or yes")
    quartiles = " · ".join(_text(column, value if column.tells(value) else None, story) for value in (column.q1, column.median, column.q3))
    mean = _text(column, column.mean, story) if column.n >= FLOOR else NOTHING
    return Numbers(
        column.words, count(column.n), missing, mean, quartiles if column.tells(column.median) else NOTHING, _span(column, story)
    )


def _span(column: ColumnSummary, story: Story) -> str:
    """Return from where to where the values go, without the one customer at either end."""
    if column.low is None or column.high is None:
        return NOTHING
    low, high = _text(column, column.low, story), _text(column, column.high, story)
    cut = (column.low != column.minimum) + (column.high != column.maximum)
    if not cut:
        return f"{low} to {high}"
    most = f"{100 - cut}%" if column.n >= MANY else "all but a few"
    return f"{most} are {low}" if low == high else f"{most} lie between {low} and {high}"


def _yes(column: ColumnSummary) -> str:
    """Return the share of a flag that says yes; in words where a few customers say yes, or no."""
    yes = round((column.mean or 0.0) * column.n)
    if 0 < yes < FLOOR:
        return "a few"
    return "all but a few" if 0 < column.n - yes < FLOOR else share(column.mean)


def _text(column: ColumnSummary, value: float | None, story: Story) -> str:
    return amount(value, kind=column.kind, unit=column.unit, currency=story.currency)
