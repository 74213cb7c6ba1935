"""Pictures of what tells segments apart: their profiles as lines over a few features, and the strongest difference of every pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from segmentry.plots.numbers import amount, count, rounded
from segmentry.plots.segments import numbered, signed, standardised
from segmentry.plots.theme import INK, Figure, axis, colour, inert, label, layout, mark
from segmentry.segments.overlap import Overlap
from segmentry.segments.results import SegmentProfile

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary

FEATURES_SHOWN = 8
_WORDS_FIT = 5
_NEAR_TO_FAR = [[0.0, "#f5f5f3"], [1.0, "#6aaed6"]]


def lines(profiles: Sequence[SegmentProfile], columns: Sequence[ColumnSummary], *, currency: str = "") -> Figure:
    """Return one line per segment over the features, one feature below the other: standardised means, 0 is the average customer.

    Parameters
    ----------
    profiles : sequence of SegmentProfile
    columns : sequence of ColumnSummary
        Features from top to bottom; the first eight are drawn.
    currency : str
    """
    shown = columns[:FEATURES_SHOWN]
    down = list(range(len(shown)))
    ranges = [{part.name: part for part in profile.ranges} for profile in profiles]
    values = [[standardised(own.get(column.name), column) for column in shown] for own in ranges]
    reach = max([1.0, *(abs(value) for row in values for value in row if math.isfinite(value))]) * 1.12
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": label(numbered(profile.id, profile.name), 40, 1),
            "x": rounded(row, 3),
            "y": down,
            "line": {"color": colour(profile.id), "width": 2},
            "marker": {"size": 10, "color": colour(profile.id), "symbol": mark(profile.id), "line": {"width": 1, "color": "#ffffff"}},
            "hovertext": [_point(profile, own[column.name].mean, column, currency) if column.name in own else "" for column in shown],
            "hoverinfo": "text",
        }
        for profile, own, row in zip(profiles, ranges, values, strict=True)
    ]
    middle = {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": INK, "width": 1, "dash": "dot"}}
    height = 130 + 44 * len(shown)
    return {
        "data": traces,
        "layout": layout(
            height + 11 * len(profiles),
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"},
            shapes=[middle],
            xaxis=axis("Standard deviations below and above the average customer", range=[-reach, reach]),
            yaxis=axis(tickvals=down, ticktext=[label(column.words, 30) for column in shown], autorange="reversed"),
        ),
        "narrow": {
            "height": height + 24 * len(profiles),
            "xaxis.title.text": "Standard deviations from the average",
            "yaxis.ticktext": [label(column.words, 14, 3) for column in shown],
            "yaxis.tickfont.size": 11,
        },
    }


def _point(profile: SegmentProfile, mean: float, column: ColumnSummary, currency: str) -> str:
    here, everyone = (inert(amount(value, kind=column.kind, unit=column.unit, currency=currency)) for value in (mean, column.mean))
    return f"<b>{inert(profile.name)}</b><br>{inert(column.words)}: mean {here}, all customers {everyone}<br>n = {count(profile.customers)}"


def apart(profiles: Sequence[SegmentProfile], overlaps: Sequence[Overlap]) -> Figure:
    """Return the map of pairs of segments: the feature that tells each pair apart most, in standard deviations; pale pairs are alike."""
    rows = [profile for profile in profiles if profile.id > 0]
    sizes, hover, words = _pairs(rows, overlaps)
    everywhere = list(range(len(rows)))
    cells = {
        "type": "heatmap",
        "x": everywhere,
        "y": everywhere,
        "z": sizes,
        "zmin": 0,
        "zmax": max([1.0, *(size for row in sizes for size in row if size is not None)]),
        "colorscale": _NEAR_TO_FAR,
        "xgap": 2,
        "ygap": 2,
        "hovertext": hover,
        "hoverinfo": "text",
        "hoverongaps": False,
        "text": [["" if size is None else f"{size:.1f}" for size in row] for row in sizes],
        "texttemplate": "%{text}",
        "textfont": {"size": 13, "color": INK},
        "showscale": False,
    }
    notes = [_words(*each, 110 // len(rows)) for each in words] if len(rows) <= _WORDS_FIT else []
    width = max(10, 90 // max(len(rows), 1))
    return {
        "data": [cells],
        "layout": layout(
            100 + 64 * len(rows),
            annotations=notes,
            xaxis=axis(
                tickvals=everywhere,
                ticktext=[f"<b>{row.id}</b><br>" + label(row.name, width, 3) for row in rows],
                side="top",
                tickangle=0,
                showgrid=False,
            ),
            yaxis=axis(
                tickvals=everywhere,
                ticktext=[label(numbered(row.id, row.name), 24, 3) for row in rows],
                autorange="reversed",
                showgrid=False,
            ),
        ),
        "narrow": {
            "annotations": [],
            "xaxis.ticktext": [f"<b>{row.id}</b>" for row in rows],
            "yaxis.ticktext": [label(numbered(row.id, row.name), 15, 3) for row in rows],
            "yaxis.tickfont.size": 10,
            "height": 60 + 50 * len(rows),
        },
    }


def _pairs(
    rows: Sequence[SegmentProfile], overlaps: Sequence[Overlap]
) -> tuple[list[list[float | None]], list[list[str]], list[tuple[int, int, str]]]:
    """Figures and hover texts of the cells, both sides alike, and the words that may stand in them with their places."""
    places = {profile.id: place for place, profile in enumerate(rows)}
    sizes: list[list[float | None]] = [[None] * len(rows) for _ in rows]
    hover = [[""] * len(rows) for _ in rows]
    words: list[tuple[int, int, str]] = []
    for pair in overlaps:
        if not pair.features or pair.one not in places or pair.other not in places:
            continue
        strongest, one, other = pair.features[0], places[pair.one], places[pair.other]
        for up, across in ((one, other), (other, one)):
            sizes[up][across] = round(abs(strongest.effect), 4)
            hover[up][across] = _pair(rows[one], rows[other], pair)
            words.append((across, up, strongest.words))
    return sizes, hover, words


def _words(across: int, up: int, words: str, width: int) -> dict[str, object]:
    text = label(words, width, 1)
    return {"x": across, "y": up, "yshift": -17, "text": text, "showarrow": False, "font": {"size": 10.5, "color": INK}}


def _pair(one: SegmentProfile, other: SegmentProfile, pair: Overlap) -> str:
    told = "<br>".join(f"{inert(each.words)}: {signed(each.effect)} standard deviations" for each in pair.features)
    return f"<b>{inert(numbered(one.id, one.name))}</b> against<br><b>{inert(numbered(other.id, other.name))}</b><br>{told}"
