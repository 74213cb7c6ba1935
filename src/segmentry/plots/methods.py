"""Pictures of several methods side by side: how clearly each separates for every number of segments, and how two of them cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentry.plots.numbers import count, rounded, share
from segmentry.plots.theme import BLUE, GREEN, INK, ORANGE, VERMILION, Figure, axis, inert, label, layout
from segmentry.segments.comparison import Contender, Crossing
from segmentry.segments.methods import METHODS

_SHADES = (VERMILION, BLUE, GREEN, ORANGE, INK)
_MARKS = ("diamond", "circle", "square", "triangle-up", "cross")
_WHITE_TO_BLUE = [[0.0, "#ffffff"], [0.5, "#9cc3e0"], [1.0, BLUE]]


def separation(contenders: Sequence[Contender]) -> Figure:
    """Return a line per method: silhouette over the number of segments, the choice of each larger."""
    data = []
    for place, each in enumerate(contenders):
        tried = sorted(each.by_k, key=lambda candidate: candidate.k)
        chosen = [candidate.k == each.figures.k for candidate in tried]
        shade = _SHADES[place % len(_SHADES)]
        words = METHODS[each.method].words
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": label(words, 40, 1) + (" (followed)" if place == 0 else ""),
                "x": [candidate.k for candidate in tried],
                "y": rounded((candidate.silhouette for candidate in tried), 4),
                "line": {"color": shade, "width": 3 if place == 0 else 1.5},
                "marker": {"symbol": _MARKS[place % len(_MARKS)], "color": shade, "size": [13 if yes else 7 for yes in chosen]},
                "hovertext": [
                    f"<b>{inert(words)}</b>: {candidate.k} segments{' (its choice)' if yes else ''}<br>silhouette {candidate.silhouette:.3f}"
                    f"<br>smallest segment: {count(candidate.smallest)} customers"
                    for candidate, yes in zip(tried, chosen, strict=True)
                ],
                "hoverinfo": "text",
            }
        )
    return {
        "data": data,
        "layout": layout(
            320,
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            xaxis=axis("Number of segments", dtick=1, showgrid=False),
            yaxis=axis("Silhouette (higher is clearer)", nticks=6),
        ),
    }


def crossing(found: Crossing, rows: Mapping[int, str], columns: Mapping[int, str]) -> Figure:
    """Return where the customers of each segment go in the other method's view, as shares of the row.

    Parameters
    ----------
    found : Crossing
    rows, columns : mapping of int to str
        Names of the segments by id.
    """
    totals = found.counts.sum(axis=1, keepdims=True)
    shares = (found.counts / totals.clip(min=1)).tolist()
    across = [label(columns[each], 16, 3) for each in found.columns]
    down = [label(rows[each], 22, 3) for each in found.rows]
    cells = [
        {
            "x": place,
            "y": row,
            "text": share(part),
            "showarrow": False,
            "font": {"size": 12, "color": "#ffffff" if part > 0.62 else INK},
        }
        for row, parts in enumerate(shares)
        for place, part in enumerate(parts)
        if part >= 0.005
    ]
    return {
        "data": [
            {
                "type": "heatmap",
                "z": [rounded(parts, 4) for parts in shares],
                "x": list(range(len(across))),
                "y": list(range(len(down))),
                "zmin": 0,
                "zmax": 1,
                "colorscale": _WHITE_TO_BLUE,
                "showscale": False,
                "xgap": 2,
                "ygap": 2,
                "hovertext": [
                    [
                        f"{count(int(found.counts[row, place]))} customers: {share(part)} of {inert(rows[found.rows[row]])}"
                        f"<br>are in {inert(columns[found.columns[place]])} there"
                        for place, part in enumerate(parts)
                    ]
                    for row, parts in enumerate(shares)
                ],
                "hoverinfo": "text",
            }
        ],
        "layout": layout(
            130 + 48 * len(down),
            annotations=cells,
            plot_bgcolor="#eef1f4",
            xaxis=axis("", tickvals=list(range(len(across))), ticktext=across, side="top", showgrid=False, tickfont={"size": 11}),
            yaxis=axis("", tickvals=list(range(len(down))), ticktext=down, showgrid=False, autorange="reversed"),
        ),
    }
