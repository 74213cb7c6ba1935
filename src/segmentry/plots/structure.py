"""Pictures of whether segments are real: how much of each comes back, and their figures beside those of one group."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.plots.numbers import count, number, rounded
from segmentry.plots.segments import numbered
from segmentry.plots.theme import GREY, INK, QUIET, VERMILION, Figure, axis, inert, label, layout
from segmentry.segments.results import SegmentProfile, Structure
from segmentry.segments.stability import STABLE, TRUSTED, trust


def stability(profiles: Sequence[SegmentProfile], jaccard: Sequence[float]) -> Figure:
    """Return one bar per segment, its overlap with refits, and lines where trust ends and stability begins.

    Parameters
    ----------
    profiles : sequence of SegmentProfile
    jaccard : sequence of float
        In the same order.
    """
    rows = list(reversed(list(zip(profiles, jaccard, strict=True))))
    # No colours of segments: here a colour says how far to trust.
    shades = {"": QUIET, "so-so": "#b4bdc7", "not to be trusted": VERMILION}
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(rows))),
        "x": rounded((overlap for _, overlap in rows), 3),
        "text": [f"{overlap:.2f}" for _, overlap in rows],
        "textposition": "inside",
        "insidetextanchor": "start",
        "constraintext": "none",
        "textfont": {"color": [INK if trust(overlap) == "so-so" else "#ffffff" for _, overlap in rows]},
        "marker": {"color": [shades[trust(overlap)] for _, overlap in rows]},
        "hovertext": [
            f"<b>{inert(row.name)}</b><br>{overlap:.2f} of 1 comes back: {trust(overlap) or 'stable'}<br>n = {count(row.customers)} customers"
            for row, overlap in rows
        ],
        "hoverinfo": "text",
    }
    marks = [(TRUSTED, "so-so .6"), (STABLE, "stable .75")]
    return {
        "data": [bars],
        "layout": layout(
            96 + 46 * len(rows),
            margin={"l": 8, "r": 12, "t": 24, "b": 8},
            shapes=[_line(place, 0.0, 1.0) for place, _ in marks],
            annotations=[_note(place, words, side) for (place, words), side in zip(marks, ("right", "left"), strict=True)],
            xaxis=axis("Share that comes back", range=[0, 1.12], tickvals=[0, 0.25, 0.5, 0.75, 1]),
            yaxis=axis(
                tickvals=list(range(len(rows))), ticktext=[label(numbered(row.id, row.name), 18, 3) for row, _ in rows], showgrid=False
            ),
        ),
    }


def against(found: Structure) -> Figure:
    """Return the figures of the segments beside the range that slices of one group reach."""
    rows = [
        ("Agreement of two halves", found.split_half, found.reference_split_half),
        ("Silhouette", found.silhouette, found.reference_silhouette),
    ]
    ranges = {
        "type": "bar",
        "orientation": "h",
        "name": "slices of one group: mean to upper end",
        "y": [0, 1],
        "base": rounded((mean for _, _, (mean, _) in rows), 4),
        "x": rounded((max(high - mean, 0.004) for _, _, (mean, high) in rows), 4),
        "width": 0.34,
        "marker": {"color": "#c3ccd6"},
        "hovertext": [f"slices of one group: {mean:.2f} on average, up to {high:.2f}" for _, _, (mean, high) in rows],
        "hoverinfo": "text",
    }
    observed = {
        "type": "scatter",
        "mode": "markers+text",
        "name": "these segments",
        "y": [0, 1],
        "x": rounded((value for _, value, _ in rows), 4),
        "text": [f"{value:.2f}" for _, value, _ in rows],
        "textposition": "top center",
        "cliponaxis": False,
        "marker": {"size": 13, "color": VERMILION, "symbol": "diamond"},
        "hovertext": [f"these segments: {value:.2f}" for _, value, _ in rows],
        "hoverinfo": "text",
    }
    low = min(0.0, *(min(value, mean) for _, value, (mean, _) in rows))
    return {
        "data": [ranges, observed],
        "layout": layout(
            230,
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            xaxis=axis("1 is perfect", range=[low, 1.06]),
            yaxis=axis(tickvals=[0, 1], ticktext=[label(words, 14, 3) for words, _, _ in rows], showgrid=False, range=[-0.6, 1.6]),
        ),
    }


def by_k(ks: Sequence[int], values: Sequence[float], chosen: int, *, title: str, errors: Sequence[float] = ()) -> Figure:
    """Return a measure over the numbers of segments that were tried, the chosen one marked.

    Parameters
    ----------
    ks : sequence of int
    values, errors : sequence of float
        One per k; errors are drawn as bars of one standard error up and down where given.
    chosen : int
    title : str
        What is measured.
    """
    is_chosen = [k == chosen for k in ks]
    told = [number(value) for value in values]
    if errors:
        told = [f"{value} ± {number(error)}" for value, error in zip(told, errors, strict=True)]
    line: Figure = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(ks),
        "y": rounded(values, 4),
        "line": {"color": GREY, "width": 2},
        "marker": {
            "size": [13 if yes else 7 for yes in is_chosen],
            "color": [VERMILION if yes else GREY for yes in is_chosen],
            "symbol": ["diamond" if yes else "circle" for yes in is_chosen],
            "opacity": 1,
        },
        "hovertext": [
            f"<b>{'one group' if k == 1 else f'{k} segments'}</b>{' (chosen)' if yes else ''}<br>{inert(title)}: {words}"
            for k, yes, words in zip(ks, is_chosen, told, strict=True)
        ],
        "hoverinfo": "text",
    }
    if errors:
        line["error_y"] = {"type": "data", "array": rounded(errors, 3), "color": GREY, "thickness": 1.2, "width": 4}
    mark = {**_line(chosen, 0.0, 1.0), "line": {"color": VERMILION, "width": 1, "dash": "dot"}}
    note = _note(chosen, f"chosen: {chosen}", "center")
    return {
        "data": [line],
        "layout": layout(
            220,
            margin={"l": 8, "r": 12, "t": 22, "b": 8},
            shapes=[mark] if chosen in ks else [],
            annotations=[{**note, "font": {"size": 11, "color": VERMILION}}] if chosen in ks else [],
            xaxis=axis("Number of segments", dtick=1, showgrid=False),
            yaxis=axis("score", nticks=5),
        ),
    }


def _line(place: float, low: float, high: float) -> dict[str, object]:
    return {
        "type": "line",
        "x0": place,
        "x1": place,
        "y0": low,
        "y1": high,
        "yref": "paper",
        "line": {"color": INK, "width": 1, "dash": "dot"},
    }


def _note(place: float, words: str, side: str) -> dict[str, object]:
    return {
        "x": place,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": side,
        "text": words,
        "showarrow": False,
        "font": {"size": 11, "color": QUIET},
    }
