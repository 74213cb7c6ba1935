"""Forest plots: one row per estimate with its interval, beside a line at no effect.

What an estimate rests on, and whether it was declared beforehand, is told by the shape of its mark as well as by its colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.plots.numbers import rounded, ticks
from segmentry.plots.theme import BLUE, GREEN, GREY, INK, VERMILION, Figure, axis, inert, label, layout
from segmentry.results import Estimate

# Colour and shape of a mark, by what it says.
LOOKS = {
    "primary": (BLUE, "circle"),
    "exploratory": (GREY, "circle-open"),
    "plain": (BLUE, "circle"),
    "other": (GREY, "square"),
    "best": (GREEN, "diamond"),
    "randomised": (GREEN, "circle"),
    "observational": (VERMILION, "triangle-up"),
    "assumption": (GREY, "diamond-open"),
    "gross": ("#a05195", "square-open"),
    "raw": (GREY, "circle-open"),
    "shrunken": (BLUE, "circle"),
    "mean": (INK, "diamond-open"),
}
LEGEND = {
    "orientation": "h",
    "x": 0,
    "y": 1.0,
    "yanchor": "bottom",
    "font": {"size": 12},
    "itemclick": False,
    "itemdoubleclick": False,
    "traceorder": "normal",
}
_APART = 0.16


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate.

    Parameters
    ----------
    name : str
        Beside the row; two estimates of the same name following each other share a row.
    found : Estimate
        Without interval where low and high are equal.
    look : str
        Key of `LOOKS`.
    told : str
        What is shown on pointing at it.
    """

    name: str
    found: Estimate
    look: str = "plain"
    told: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of a forest plot.

    Parameters
    ----------
    title : str
        With its unit.
    narrow : str
        The same for a small screen; empty for `title`.
    factor : float
        By which estimates are multiplied, such as 100 for percentage points.
    form : str
        d3 format of the ticks; empty means chosen.
    line : float or None
        Where a line says "no effect", before the factor.
    least, most : float or None
        Ends that no estimate can cross, before the factor; the axis begins at `least`.
    reach : tuple of float
        Further values the axis has to hold, before the factor.
    """

    title: str
    narrow: str = ""
    factor: float = 1.0
    form: str = ""
    line: float | None = 0.0
    least: float | None = None
    most: float | None = None
    reach: tuple[float, ...] = ()


def forest(rows: Sequence[Row], scale: Scale, *, legend: Sequence[tuple[str, str]] = ()) -> Figure:
    """Return the plot, the first row on top.

    Parameters
    ----------
    rows : sequence of Row
    scale : Scale
    legend : sequence of (look, words)
        Which looks stand for what; empty for none.
    """
    names, heights = _placed(rows)
    low, high = _ends(rows, scale)
    data = [_line(scale, len(names))] if scale.line is not None else []
    words = dict(legend)
    for look in dict.fromkeys(row.look for row in rows):
        chosen = [(row, height) for row, height in zip(rows, heights, strict=True) if row.look == look]
        data.append(_marks(chosen, scale, look, words.get(look, "")))
    places = [len(names) - 1 - number for number in range(len(names))]
    pairs = len(names) < len(rows)
    across = axis(inert(scale.title), tickformat=scale.form or ticks(max(abs(low), abs(high))), range=[low, high], nticks=7)
    return {
        "data": data,
        "layout": layout(
            78 + (28 if words else 0) + (44 if pairs else 36) * len(names),
            margin={"l": 8, "r": 14, "t": 8, "b": 8},
            showlegend=bool(words),
            legend=LEGEND,
            xaxis=across,
            yaxis=axis("", tickvals=places, ticktext=[label(name, 34) for name in names], showgrid=False, range=[-0.6, len(names) - 0.4]),
        ),
        "narrow": {
            "yaxis.ticktext": [label(name, 17, 3) for name in names],
            "yaxis.tickfont.size": 11,
            "xaxis.nticks": 4,
            "xaxis.title.text": inert(scale.narrow or scale.title),
            "height": 88 + 26 * len(words) + 50 * len(names),
        },
    }


def _placed(rows: Sequence[Row]) -> tuple[list[str], list[float]]:
    """Return the names of the lines, the first on top, and the height of each row; two of one name and different looks share a line."""
    names: list[str] = []
    lines: list[list[int]] = []
    for number, row in enumerate(rows):
        before = rows[number - 1] if number else None
        if before is not None and before.name == row.name and before.look != row.look and len(lines[-1]) == 1:
            lines[-1].append(number)
        else:
            names.append(row.name)
            lines.append([number])
    heights = [0.0] * len(rows)
    for place, line in enumerate(reversed(lines)):
        for number, offset in zip(line, (_APART, -_APART) if len(line) == 2 else (0.0,), strict=True):
            heights[number] = place + offset
    return names, heights


def span(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the lowest and the highest end of some rows, so that several plots can have one scale."""
    return min(row.found.low for row in rows), max(row.found.high for row in rows)


def _ends(rows: Sequence[Row], scale: Scale) -> tuple[float, float]:
    ends = [*(part for row in rows for part in (row.found.low, row.found.high)), *scale.reach]
    marks = [each for each in (scale.line, scale.least) if each is not None]
    values = [part * scale.factor for part in (*ends, *marks) if math.isfinite(part)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.08 * (high - low) or 0.08 * abs(high) or 1.0
    low, high = low - (0.02 * (high - low) if low == scale.least else room), high + room
    if scale.most is not None:
        high = min(high, scale.most * scale.factor + 0.3 * room)
    return float(f"{low:.4g}"), float(f"{high:.4g}")


def _line(scale: Scale, rows: int) -> Figure:
    at = (scale.line or 0.0) * scale.factor
    return {
        "type": "scatter",
        "mode": "lines",
        "x": rounded([at, at], 4),
        "y": [-0.6, rows - 0.4],
        "line": {"color": INK, "width": 1.2, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _marks(rows: Sequence[tuple[Row, float]], scale: Scale, look: str, words: str) -> Figure:
    tint, symbol = LOOKS[look]
    values, lows, highs = ([getattr(row.found, part) * scale.factor for row, _ in rows] for part in ("value", "low", "high"))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": inert(words),
        "showlegend": bool(words),
        "x": rounded(values, 4),
        "y": [round(height, 3) for _, height in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": rounded((max(high - value, 0.0) for high, value in zip(highs, values, strict=True)), 4),
            "arrayminus": rounded((max(value - low, 0.0) for low, value in zip(lows, values, strict=True)), 4),
            "color": tint,
            "thickness": 2,
            "width": 5,
        },
        "marker": {"size": 11, "color": tint, "symbol": symbol, "line": {"color": tint, "width": 2}, "opacity": 1},
        "cliponaxis": False,
        "hovertext": [row.told for row, _ in rows],
        "hoverinfo": "text",
    }


def points(words: str) -> Scale:
    """Return the scale of differences between shares, in percentage points."""
    return Scale(f"{words}, percentage points", "percentage points", factor=100.0)


def shares(words: str) -> Scale:
    """Return the scale of shares of customers, 0 to 1, without a line."""
    return Scale(words, form=".0%", line=None, least=0.0, most=1.0)
