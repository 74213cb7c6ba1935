"""Pictures of what drives the segments: the importance of each feature, and what held-out halves say of it."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.plots.numbers import count, rounded, share
from segmentry.plots.theme import BLUE, INK, VERMILION, Figure, axis, inert, label, layout
from segmentry.segments.halves import Replication
from segmentry.segments.importance import Importance

FEATURES_SHOWN = 12
_RANGE = "#c3ccd6"


def importance(found: Sequence[Importance]) -> Figure:
    """Return one bar per feature, the most important on top: how many customers would land in another segment without it, with its interval."""
    rows = list(reversed(found[:FEATURES_SHOWN]))
    places = list(range(len(rows)))
    top = max([0.01, *(row.high for row in rows)])
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": rounded((row.changed for row in rows), 3),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": rounded((row.high - row.changed for row in rows), 3),
            "arrayminus": rounded((row.changed - row.low for row in rows), 3),
            "color": INK,
            "thickness": 1.2,
            "width": 4,
        },
        "marker": {"color": BLUE},
        "hovertext": [
            f"<b>{inert(row.words)}</b><br>{share(row.changed)} would change ({share(row.low)} to {share(row.high)})<br>n = {count(row.customers)}"
            for row in rows
        ],
        "hoverinfo": "text",
    }
    figures = {
        "type": "scatter",
        "mode": "text",
        "y": places,
        "x": rounded((row.high + 0.015 * top for row in rows), 3),
        "text": [share(row.changed) for row in rows],
        "textposition": "middle right",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    title = "Share of customers who would land in another segment"
    return {
        "data": [bars, figures],
        "layout": layout(
            80 + 36 * len(rows),
            bargap=0.35,
            xaxis=axis(title, tickformat=".0%", range=[0, top * 1.16]),
            yaxis=axis(tickvals=places, ticktext=[label(row.words, 34) for row in rows], showgrid=False),
        ),
        "narrow": {
            "yaxis.ticktext": [label(row.words, 16, 3) for row in rows],
            "yaxis.tickfont.size": 11,
            "xaxis.nticks": 4,
            "xaxis.title.text": "Share who would change segment",
            "height": 80 + 44 * len(rows),
        },
    }


def replication(found: Sequence[Replication]) -> Figure:
    """Return for each feature that was clustered on what held-out customers give (diamond) beside what slices of one group give (grey range)."""
    rows = [(row, row.slices) for row in reversed(found[:FEATURES_SHOWN]) if row.slices is not None]
    places = list(range(len(rows)))
    ranges = {
        "type": "bar",
        "orientation": "h",
        "name": "slices of one group: mean to upper end",
        "y": places,
        "base": rounded((slices[0] for _, slices in rows), 3),
        "x": rounded((max(slices[1] - slices[0], 0.004) for _, slices in rows), 3),
        "width": 0.4,
        "marker": {"color": _RANGE},
        "hovertext": [f"{inert(row.words)}: slices of one group {share(low)} on average, up to {share(high)}" for row, (low, high) in rows],
        "hoverinfo": "text",
    }
    marks = [
        _observed([(place, row) for place, (row, _) in enumerate(rows) if row.beyond is beyond], beyond=beyond) for beyond in (True, False)
    ]
    return {
        "data": [ranges, *marks],
        "layout": layout(
            130 + 34 * len(rows),
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            xaxis=axis("Share of the differences between customers that the segments hold", tickformat=".0%", range=[-0.02, 1.02]),
            yaxis=axis(tickvals=places, ticktext=[label(row.words, 34) for row, _ in rows], showgrid=False, range=[-0.6, len(rows) - 0.4]),
        ),
        "narrow": {
            "yaxis.ticktext": [label(row.words, 16, 3) for row, _ in rows],
            "yaxis.tickfont.size": 11,
            "xaxis.nticks": 4,
            "xaxis.title.text": "Share held by the segments",
            "height": 190 + 42 * len(rows),
        },
    }


def _observed(rows: Sequence[tuple[int, Replication]], *, beyond: bool) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "these segments: more than slices give" if beyond else "these segments: no more than slices give",
        "y": [place for place, _ in rows],
        "x": rounded((row.eta2 for _, row in rows), 3),
        "cliponaxis": False,
        "marker": {
            "size": 12,
            "color": VERMILION if beyond else BLUE,
            "symbol": "diamond" if beyond else "circle-open",
            "line": {"width": 2},
        },
        "hovertext": [f"{inert(row.words)}: {share(row.eta2)} here" for _, row in rows],
        "hoverinfo": "text",
    }
