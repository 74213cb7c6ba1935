"""The silhouette plot: one band per segment, its customers sorted by how clearly they belong to it (Rousseeuw 1987)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.plots.numbers import count, rounded, share
from segmentry.plots.segments import numbered
from segmentry.plots.theme import INK, QUIET, Figure, axis, colour, inert, label, layout
from segmentry.segments.outline import Outline

POINTS_SHOWN = 1_000
_BETWEEN = 0.02


def outlines(drawn: Sequence[Outline], names: Mapping[int, str], mean: float) -> Figure:
    """Return one band per segment, as thick as the segment is large, and a line at the mean of all customers.

    Parameters
    ----------
    drawn : sequence of Outline
        In the order of the ids; the first comes on top.
    names : mapping of int to str
        Name of each segment.
    mean : float
        Silhouette of all customers.
    """
    total = sum(one.customers for one in drawn)
    bands, middles, top = [], [], 0.0
    for one in drawn:
        thick = one.customers / total
        bands.append(_band(one, names.get(one.segment, ""), top, thick, most=max(2, round(POINTS_SHOWN * thick))))
        middles.append(top + thick / 2)
        top += thick + _BETWEEN
    low = min(-0.05, *(float(one.values.min()) for one in drawn)) if drawn else -0.05
    return {
        "data": bands,
        "layout": layout(
            150 + 62 * len(bands),
            margin={"l": 8, "r": 12, "t": 26, "b": 8},
            shapes=[_line(mean, "dot", INK), _line(0.0, "solid", QUIET)],
            annotations=[_note(mean, f"mean of all: {mean:.2f}")],
            xaxis=axis("Silhouette: 1 at the heart of a segment, 0 on a border, below 0 nearer to another", range=[low - 0.02, 1.02]),
            yaxis=axis(
                tickvals=middles,
                ticktext=[label(numbered(one.segment, names.get(one.segment, "")), 22, 3) for one in drawn],
                range=[top, -_BETWEEN],
                showgrid=False,
            ),
        ),
        "narrow": {
            "xaxis.title.text": "Silhouette",
            "yaxis.ticktext": [label(numbered(one.segment, names.get(one.segment, "")), 16, 2) for one in drawn],
            "yaxis.tickfont.size": 10,
        },
    }


def _band(one: Outline, name: str, top: float, thick: float, *, most: int) -> Figure:
    values = _thinned(one.values, most)
    places = top + thick * (np.arange(len(values)) + 0.5) / len(values)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(np.concatenate([[0.0], values, [0.0]]), 3),
        "y": rounded(np.concatenate([[top], places, [top + thick]]), 4),
        "fill": "toself",
        "fillcolor": colour(one.segment),
        "line": {"color": colour(one.segment), "width": 1},
        "hoveron": "fills",
        "text": f"<b>{inert(numbered(one.segment, name))}</b><br>mean silhouette {one.mean:.2f}<br>"
        f"{share(one.misplaced)} nearer to another segment<br>n = {count(one.customers)} customers",
        "hoverinfo": "text",
    }


def _thinned(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    if len(values) <= most:
        return values
    return values[np.linspace(0, len(values) - 1, most).round().astype(np.intp)]


def _line(place: float, dash: str, shade: str) -> dict[str, object]:
    line = {"color": shade, "width": 1, "dash": dash}
    return {"type": "line", "x0": place, "x1": place, "y0": 0.0, "y1": 1.0, "yref": "paper", "line": line}


def _note(place: float, words: str) -> dict[str, object]:
    font = {"size": 11, "color": INK}
    return {"x": place, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "center", "text": words, "showarrow": False, "font": font}
