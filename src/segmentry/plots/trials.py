"""Pictures of a trial: segments as measured beside shrunken, and the effect by week."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.experiments.results import SegmentEffect, Weekly
from segmentry.plots.forest import Row, Scale, forest
from segmentry.plots.numbers import count, number, rounded
from segmentry.plots.segments import numbered
from segmentry.plots.theme import BLUE, GREY, Figure, axis, inert, layout
from segmentry.results import Estimate

LEGEND = (("raw", "as measured"), ("shrunken", "drawn towards that of all segments"), ("mean", "effect over all segments"))


def segments(rows: Sequence[SegmentEffect], scale: Scale, *, mean: Estimate | None = None) -> Figure:
    """Return two marks per segment: as measured (hollow), and drawn towards that of all (filled), each with its interval; the first on top."""
    drawn = []
    for row in rows:
        if row.raw is None or row.shrunken is None:
            continue
        name = numbered(row.segment, row.name)
        sizes = "" if row.customers is None else f"<br>n = {count(sum(row.customers))} customers"
        drawn.append(Row(name, row.raw, "raw", f"<b>{inert(name)}</b><br>as measured{sizes}"))
        drawn.append(Row(name, row.shrunken, "shrunken", f"<b>{inert(name)}</b><br>drawn towards that of all segments{sizes}"))
    if mean is not None:
        drawn.append(Row("All segments", mean, "mean", "effect that segments vary around"))
    return forest(drawn, scale, legend=LEGEND)


def weekly(found: Weekly, scale: Scale) -> Figure:
    """Return the effect by week with intervals, beside a line at no effect."""
    rows = [row for row in found.rows if row.difference is not None]
    values, lows, highs = ([scale.factor * getattr(row.difference, part) for row in rows] for part in ("value", "low", "high"))
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [row.week for row in rows],
        "y": rounded(values, 4),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": rounded((high - value for high, value in zip(highs, values, strict=True)), 4),
            "arrayminus": rounded((value - low for low, value in zip(lows, values, strict=True)), 4),
            "color": GREY,
            "thickness": 2,
            "width": 5,
        },
        "line": {"color": BLUE, "width": 1.5, "dash": "dot"},
        "marker": {"size": 10, "color": BLUE, "opacity": 1},
        "hovertext": [
            f"week {row.week}: <b>{number(value)}</b> ({number(low)} to {number(high)})<br>n = {count(sum(row.customers))} customers"
            for row, value, low, high in zip(rows, values, lows, highs, strict=True)
        ],
        "hoverinfo": "text",
    }
    return {
        "data": [points],
        "layout": layout(
            260,
            xaxis=axis(
                "week after the start", tickvals=[row.week for row in rows], range=[0.6, max([row.week for row in rows], default=1) + 0.4]
            ),
            yaxis=axis(inert(scale.title), zeroline=True, zerolinecolor=GREY, nticks=6),
        ),
        "narrow": {"yaxis.title.text": inert(scale.narrow or scale.title)},
    }
