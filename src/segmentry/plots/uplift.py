"""Pictures of whom a treatment changes: gain by how many are treated, the placebo, and whether the arms were alike before."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.plots.forest import LEGEND
from segmentry.plots.numbers import number, rounded, share
from segmentry.plots.theme import BLUE, GREY, INK, QUIET, VERMILION, Figure, axis, inert, label, layout
from segmentry.uplift.results import ColumnBalance, GainCurve, Placebo

_BAND = "rgba(0,114,178,0.15)"
_LINES = {
    "uplift": {"color": BLUE, "width": 3},
    "rule": {"color": VERMILION, "width": 2, "dash": "dash"},
    "random": {"color": GREY, "width": 2, "dash": "dot"},
}
_OTHER = {"color": QUIET, "width": 2, "dash": "dashdot"}


def gains(curves: Sequence[GainCurve], kind: str, currency: str = "") -> Figure:
    """Return gain by share treated: by expected effect with its band, beside a simple rule, a random order and everybody."""
    factor, unit = (100.0, "percentage points") if kind == "yes/no" else (1.0, f"{currency} per customer".strip())
    data: list[Figure] = []
    for curve in curves:
        if curve.name == "uplift":
            data += _band(curve, factor)
    for curve in curves:
        data.append(_line(curve, factor, unit))
    ends = curves[0]
    data.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [1],
            "y": rounded([factor * ends.gain[-1]], 4),
            "text": ["everybody"],
            "textposition": "bottom left",
            "textfont": {"size": 12, "color": INK},
            "marker": {"size": 11, "color": INK, "symbol": "square", "opacity": 1},
            "cliponaxis": False,
            "hovertext": [f"Treat everybody: {number(factor * ends.gain[-1])} {inert(unit)}"],
            "hoverinfo": "text",
            "showlegend": False,
        }
    )
    return {
        "data": data,
        "layout": layout(
            370,
            margin={"l": 8, "r": 16, "t": 8, "b": 8},
            showlegend=True,
            legend=LEGEND,
            xaxis=axis("share of customers treated, the highest score first", tickformat=".0%", range=[-0.01, 1.03], nticks=6),
            yaxis=axis(inert(f"gain over treating nobody, {unit}"), nticks=7, zeroline=True, zerolinecolor=GREY),
        ),
        "narrow": {"xaxis.nticks": 4, "xaxis.title.text": "share treated", "yaxis.title.text": inert(f"gain, {unit}"), "height": 360},
    }


def _band(curve: GainCurve, factor: float) -> list[Figure]:
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(curve.share, 4),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    low, high = ([factor * part for part in ends] for ends in (curve.low, curve.high))
    return [{**edge, "y": rounded(low, 4)}, {**edge, "y": rounded(high, 4), "fill": "tonexty", "fillcolor": _BAND}]


def _line(curve: GainCurve, factor: float, unit: str) -> Figure:
    hover = [
        f"{inert(curve.words)}: {share(at)} treated gain <b>{number(factor * value)}</b> {inert(unit)}<br>{number(factor * low)} to {number(factor * high)}"
        for at, value, low, high in zip(curve.share, curve.gain, curve.low, curve.high, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label(curve.words, 40, 1),
        "x": rounded(curve.share, 4),
        "y": rounded((factor * value for value in curve.gain), 4),
        "line": _LINES.get(curve.name, _OTHER),
        "hovertext": hover,
        "hoverinfo": "text",
    }


def placebo(found: Placebo) -> Figure:
    """Return the rounds of the placebo as hollow points beside the real treatment."""
    rounds = sorted(found.autoc)
    heights = [0.18 if place % 2 else -0.18 for place in range(len(rounds))]
    points = {
        "type": "scatter",
        "mode": "markers",
        "name": "placebo",
        "x": rounded(rounds, 3),
        "y": heights,
        "marker": {"size": 10, "symbol": "circle-open", "color": QUIET, "line": {"width": 2}, "opacity": 1},
        "hovertext": [f"placebo: {number(value)}" for value in rounds],
        "hoverinfo": "text",
    }
    real = {
        "type": "scatter",
        "mode": "markers",
        "name": "real treatment",
        "x": rounded([found.real], 3),
        "y": [0],
        "marker": {"size": 14, "symbol": "diamond", "color": BLUE, "opacity": 1},
        "hovertext": [f"real treatment: <b>{number(found.real)}</b>"],
        "hoverinfo": "text",
    }
    return {
        "data": [points, real],
        "layout": layout(
            190,
            showlegend=True,
            legend=LEGEND,
            xaxis=axis("how much more the first gain than the average (AUTOC)", zeroline=True, zerolinecolor=GREY, nticks=6),
            yaxis=axis("", showticklabels=False, showgrid=False, range=[-1, 1]),
        ),
        "narrow": {"xaxis.nticks": 4, "xaxis.title.text": "AUTOC"},
    }


def balance(columns: Sequence[ColumnBalance], expected: float) -> Figure:
    """Return one point per column, the largest difference on top, between the lines a lot would rarely cross."""
    rows = list(reversed(columns))
    places = list(range(len(rows)))
    reach = 1.15 * max([expected, *(abs(row.difference) for row in rows)], default=0.1) or 0.1
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(row.difference for row in rows),
        "y": places,
        "marker": {"size": 10, "color": BLUE, "symbol": "circle", "opacity": 1},
        "hovertext": [f"<b>{inert(row.words)}</b><br>{number(row.difference)} standard deviations" for row in rows],
        "hoverinfo": "text",
    }
    ends = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": rounded([side * expected, side * expected]),
            "y": [-0.6, len(rows) - 0.4],
            "line": {"color": GREY, "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        }
        for side in (-1, 1)
    ]
    return {
        "data": [*ends, points],
        "layout": layout(
            84 + 26 * len(rows),
            xaxis=axis("difference, standard deviations", range=rounded([-reach, reach]), zeroline=True, zerolinecolor=GREY, nticks=6),
            yaxis=axis(
                "", tickvals=places, ticktext=[label(row.words, 26, 1) for row in rows], showgrid=False, range=[-0.6, len(rows) - 0.4]
            ),
        ),
        "narrow": {"yaxis.ticktext": [label(row.words, 16, 2) for row in rows], "yaxis.tickfont.size": 11, "height": 90 + 34 * len(rows)},
    }
