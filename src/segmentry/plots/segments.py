"""Pictures of a segmentation: size and revenue, the heat map of profiles, the map, the choice of k."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from segmentry.plots.numbers import amount, count, number, rounded, share, ticks
from segmentry.plots.theme import BLUE, DIVERGING, GREY, INK, VERMILION, Figure, axis, colour, inert, label, layout, mark, mark_3d
from segmentry.segments.results import Candidate, Projection, Range, SegmentProfile, Selection

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary

ROWS_SHOWN = 40
POINTS_SHOWN = 3000
_CLIP = 2.0


def numbered(segment: int, name: str) -> str:
    """Return a segment's name behind its number; customers set aside have none.

    Examples
    --------
    >>> numbered(2, "Recent regulars"), numbered(0, "Set aside")
    ('2 Recent regulars', 'Set aside')
    """
    return f"{segment} {name}" if segment > 0 else name


def sizes(profiles: Sequence[SegmentProfile]) -> Figure:
    """Return two bars per segment: its share of the customers and, where the data has amounts, of the revenue."""
    rows = list(reversed(profiles))
    places = list(range(len(rows)))
    data = []
    if any(profile.revenue_share is not None for profile in rows):
        data.append(_share_bars(rows, "Share of revenue", [profile.revenue_share for profile in rows], VERMILION))
    data.append(_share_bars(rows, "Share of customers", [profile.share for profile in rows], BLUE))
    parts = [part for profile in rows for part in (profile.share, profile.revenue_share or 0.0)]
    top, bottom = max(parts, default=1.0), min(0.0, *parts)
    names = [label(numbered(profile.id, profile.name), 30) for profile in rows]
    return {
        "data": data,
        "layout": layout(
            90 + (30 + 22 * len(data)) * len(rows),
            barmode="group",
            bargap=0.3,
            bargroupgap=0.08,
            showlegend=len(data) > 1,
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "reversed"},
            xaxis=axis(
                "Share of all customers and of all revenue" if len(data) > 1 else "Share of all customers",
                tickformat=".0%",
                range=[bottom - 0.08 * top if bottom < 0 else 0, top * 1.18],
            ),
            yaxis=axis(tickvals=places, ticktext=names, showgrid=False),
        ),
        "narrow": {"yaxis.ticktext": [label(numbered(profile.id, profile.name), 15, 3) for profile in rows], "xaxis.nticks": 4},
    }


def _share_bars(rows: Sequence[SegmentProfile], words: str, parts: Sequence[float | None], shade: str) -> Figure:
    return {
        "type": "bar",
        "orientation": "h",
        "name": words,
        "y": list(range(len(rows))),
        "x": [None if part is None else float(f"{part:.4g}") for part in parts],
        "text": [share(part) for part in parts],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": shade},
        "hovertext": [
            f"<b>{inert(row.name)}</b><br>{words}: {share(part)}<br>n = {count(row.customers)} customers"
            for row, part in zip(rows, parts, strict=True)
        ],
        "hoverinfo": "text",
    }


def standardised(part: Range | None, column: ColumnSummary) -> float:
    """Return how many standard deviations a segment's mean lies above that of all customers; NaN when that means nothing."""
    if part is None or part.n == 0 or column.mean is None or not column.sd:
        return math.nan
    return (part.mean - column.mean) / column.sd


def signed(value: float) -> str:
    """Return a number with one decimal and its sign; nothing has none.

    Examples
    --------
    >>> signed(1.26), signed(-0.04)
    ('+1.3', '0')
    """
    text = f"{value:+.1f}"
    return "0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def heat(profiles: Sequence[SegmentProfile], columns: Sequence[ColumnSummary], *, used: Sequence[str] = (), currency: str = "") -> Figure:
    """Return the heat map of profiles: standardised mean per feature and segment.

    Parameters
    ----------
    profiles : sequence of SegmentProfile
    columns : sequence of ColumnSummary
        Features in the order to be drawn; at most `ROWS_SHOWN` are meant.
    used : sequence of str
        Features that drove the clustering, marked by a dot.
    currency : str
    """
    ranges = [{part.name: part for part in profile.ranges} for profile in profiles]
    values = [[standardised(own.get(column.name), column) for own in ranges] for column in columns]
    hover = [
        [_cell(profile, own.get(column.name), column, currency) for profile, own in zip(profiles, ranges, strict=True)]
        for column in columns
    ]
    ticks = [("● " if column.name in used else "") + label(column.words, 36) for column in columns]
    short = [("● " if column.name in used else "") + label(column.words, 18, 3) for column in columns]
    down, across = list(range(len(columns))), list(range(len(profiles)))
    cells = {
        "type": "heatmap",
        "x": across,
        "y": down,
        "z": [rounded(row, 3) for row in values],
        "zmin": -_CLIP,
        "zmax": _CLIP,
        "colorscale": DIVERGING,
        "xgap": 2,
        "ygap": 2,
        "hovertext": hover,
        "hoverinfo": "text",
        "text": [["" if not math.isfinite(value) else signed(value) for value in row] for row in values],
        "texttemplate": "%{text}",
        "textfont": {"size": 11},
        "showscale": False,
    }
    width = max(10, 84 // max(len(profiles), 1))
    return {
        "data": [cells],
        "layout": layout(
            110 + 30 * len(columns),
            xaxis=axis(
                tickvals=across,
                ticktext=[f"<b>{profile.id or '–'}</b><br>" + label(profile.name, width, 3) for profile in profiles],
                side="top",
                tickangle=0,
                showgrid=False,
            ),
            yaxis=axis(tickvals=down, ticktext=ticks, autorange="reversed", showgrid=False),
        ),
        "narrow": {
            "xaxis.ticktext": [f"<b>{profile.id or '–'}</b>" for profile in profiles],
            "yaxis.ticktext": short,
            "yaxis.tickfont.size": 10,
            "height": 80 + 40 * len(columns),
        },
    }


def _cell(profile: SegmentProfile, part: Range | None, column: ColumnSummary, currency: str) -> str:
    head = f"<b>{inert(profile.name)}</b><br>{inert(column.words)}"
    value = standardised(part, column)
    if part is None or not math.isfinite(value):
        return f"{head}<br>not known"
    here, everyone = (inert(amount(figure, kind=column.kind, unit=column.unit, currency=currency)) for figure in (part.mean, column.mean))
    return f"{head}<br>mean {here}, all customers {everyone}<br>{value:+.2f} standard deviations<br>n = {count(part.n)}"


def plane(projection: Projection, profiles: Sequence[SegmentProfile]) -> Figure:
    """Return the map of customers in two dimensions, one trace per segment, its number at its centre."""
    traces, notes = [], []
    names = {profile.id: profile.name for profile in profiles}
    for segment, rows in _by_segment(projection):
        points = projection.points[rows]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": label(numbered(segment, names.get(segment, "Set aside")), 40, 1),
                "x": rounded(points[:, 0]),
                "y": rounded(points[:, 1]),
                "marker": {
                    "size": 6,
                    "opacity": 0.65,
                    "color": colour(segment),
                    "symbol": mark(segment),
                    "line": {"width": 0.4, "color": "#ffffff"},
                },
                "hoverinfo": "name",
                "hoverlabel": {"namelength": -1},
            }
        )
        centre = rounded(points[:, :2].mean(axis=0))
        box = {"bgcolor": "#ffffff", "bordercolor": colour(segment), "borderwidth": 2, "borderpad": 3, "opacity": 0.92}
        notes.append(
            {"x": centre[0], "y": centre[1], "text": f"<b>{segment}</b>", "showarrow": False, "font": {"size": 13, "color": INK}, **box}
        )
    across, up = (
        f"{words} ({share(part)} of variance)" for words, part in zip(("Component 1", "Component 2"), _explained(projection), strict=False)
    )
    return {
        "data": traces,
        "layout": layout(520, annotations=notes, xaxis=axis(across, fixedrange=False), yaxis=axis(up, fixedrange=False), dragmode="zoom"),
        "narrow": {"height": 380, "dragmode": False},
    }


def space(projection: Projection, profiles: Sequence[SegmentProfile]) -> Figure:
    """Return the map of customers in three dimensions, to be turned with the mouse."""
    names = {profile.id: profile.name for profile in profiles}
    traces = [
        {
            "type": "scatter3d",
            "mode": "markers",
            "name": label(numbered(segment, names.get(segment, "Set aside")), 40, 1),
            "x": rounded(projection.points[rows, 0]),
            "y": rounded(projection.points[rows, 1]),
            "z": rounded(projection.points[rows, 2]),
            "marker": {"size": 3, "opacity": 0.8, "color": colour(segment), "symbol": mark_3d(segment)},
            "hoverinfo": "name",
            "hoverlabel": {"namelength": -1},
        }
        for segment, rows in _by_segment(projection)
    ]
    sides = {
        f"{letter}axis": {
            "title": {"text": f"Component {place + 1} ({share(part)})", "font": {"size": 11}},
            "gridcolor": "#c9d0d8",
            "backgroundcolor": "#ffffff",
        }
        for place, (letter, part) in enumerate(zip("xyz", _explained(projection), strict=False))
    }
    return {
        "data": traces,
        "layout": layout(
            520,
            scene={
                **sides,
                "camera": {"eye": {"x": 1.45, "y": 1.45, "z": 0.85}, "center": {"x": 0, "y": 0, "z": -0.18}},
                "aspectmode": "cube",
            },
            dragmode="turntable",
        ),
        "narrow": {"height": 400},
    }


def _explained(projection: Projection) -> tuple[float, ...]:
    return (*projection.explained, 0.0, 0.0, 0.0)[:3]


def points_drawn(projection: Projection) -> int:
    """Return how many customers the maps show."""
    return sum(len(rows) for _, rows in _by_segment(projection))


def _by_segment(projection: Projection) -> list[tuple[int, list[int]]]:
    """Rows of each segment, at most `POINTS_SHOWN` in all: evenly thinned, so that shares stay as they are."""
    total = len(projection.segments)
    kept = min(1.0, POINTS_SHOWN / max(total, 1))
    found = []
    for segment in np.unique(projection.segments):
        rows = np.flatnonzero(projection.segments == segment)
        kept_here = max(1, int(rows.size * kept))
        found.append((int(segment), rows[np.arange(kept_here) * rows.size // kept_here].tolist()))
    return found


_MEASURES: tuple[tuple[str, str, Callable[[Candidate], float]], ...] = (
    (
        "Silhouette",
        "How much nearer customers are to their own segment than to the next: higher is clearer",
        lambda tried: tried.silhouette,
    ),
    (
        "Elbow: spread within segments",
        "It always falls with more segments; a bend says that further ones gain little",
        lambda tried: tried.inertia,
    ),
    ("Calinski-Harabasz", "Spread between segments against spread within them: higher is better", lambda tried: tried.calinski_harabasz),
    ("Davies-Bouldin", "Overlap of each segment with its most similar neighbour: lower is better", lambda tried: tried.davies_bouldin),
)


def choice(selection: Selection) -> tuple[tuple[str, str, Figure], ...]:
    """Return one small figure per measure over the numbers of segments that were tried: title, how to read it, figure."""
    return tuple((title, reading, _measure(selection, title, of)) for title, reading, of in _MEASURES)


def _measure(selection: Selection, title: str, of: Callable[[Candidate], float]) -> Figure:
    tried = sorted(selection.by_k, key=lambda candidate: candidate.k)
    values = rounded((of(candidate) for candidate in tried), 4)
    chosen = [candidate.k == selection.k for candidate in tried]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [candidate.k for candidate in tried],
        "y": values,
        "line": {"color": GREY, "width": 2},
        "marker": {
            "size": [13 if yes else 7 for yes in chosen],
            "color": [VERMILION if yes else GREY for yes in chosen],
            "symbol": ["diamond" if yes else "circle" for yes in chosen],
            "opacity": 1,
        },
        "hovertext": [
            f"<b>{candidate.k} segments</b>{' (chosen)' if yes else ''}<br>{title}: {number(of(candidate))}"
            f"<br>smallest segment: {count(candidate.smallest)} customers"
            for candidate, yes in zip(tried, chosen, strict=True)
        ],
        "hoverinfo": "text",
    }
    guide = {
        "type": "line",
        "x0": selection.k,
        "x1": selection.k,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": VERMILION, "width": 1, "dash": "dot"},
    }
    note = {
        "x": selection.k,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"chosen: {selection.k}",
        "showarrow": False,
        "font": {"size": 11, "color": VERMILION},
    }
    return {
        "data": [line],
        "layout": layout(
            220,
            margin={"l": 8, "r": 12, "t": 22, "b": 8},
            shapes=[guide],
            annotations=[note],
            xaxis=axis("Number of segments", dtick=1, showgrid=False),
            yaxis=axis(
                "spread" if "Elbow" in title else "score",
                nticks=5,
                tickformat=ticks(max((of(candidate) for candidate in tried), default=0.0)),
            ),
        ),
    }
