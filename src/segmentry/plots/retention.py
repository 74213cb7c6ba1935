"""Pictures of who is leaving: the state of customers by segment, and how long they keep buying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentry.plots.numbers import count, number, rounded, share
from segmentry.plots.segments import numbered
from segmentry.plots.theme import BLUE, GREY, INK, ORANGE, QUIET, Figure, axis, colour, inert, label, layout, mark
from segmentry.value.results import Survival

# From at ease to gone; not the colours of segments, which stand for something else.
STATE_COLOURS: Mapping[str, str] = {
    "new": "#56b4e9",
    "active": BLUE,
    "won back": "#009e73",
    "slipping": ORANGE,
    "lapsed": GREY,
}
_ON_DARK = (BLUE, "#009e73")
_LEAST_TOLD = 0.11
_POINTS = 60
_FEW = 5


def states(rows: Sequence[tuple[str, Mapping[str, int | None]]], order: Sequence[str]) -> Figure:
    """Return one stacked bar per group of customers: the share in each state.

    Parameters
    ----------
    rows : sequence of (name, mapping of state to customers)
        The first is drawn on top; None where a cell is hidden.
    order : sequence of str
        States from left to right.
    """
    drawn = list(reversed(rows))
    totals = [sum(size or 0 for size in sizes.values()) or 1 for _, sizes in drawn]
    return {
        "data": [
            _state(drawn, totals, state) for state in order if any(sizes.get(state) for _, sizes in drawn)
        ],
        "layout": layout(
            96 + 42 * len(drawn),
            margin={"l": 8, "r": 24, "t": 8, "b": 8},
            barmode="stack",
            bargap=0.28,
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "traceorder": "normal", "font": {"size": 12}, "itemclick": False},
            xaxis=axis("share of customers", tickformat=".0%", range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1]),
            yaxis=axis(tickvals=list(range(len(drawn))), ticktext=[label(name, 30) for name, _ in drawn], showgrid=False),
        ),
        "narrow": {"yaxis.ticktext": [label(name, 15, 3) for name, _ in drawn], "yaxis.tickfont.size": 11, "legend.font.size": 10.5},
    }  # fmt: skip


def _state(rows: Sequence[tuple[str, Mapping[str, int | None]]], totals: Sequence[int], state: str) -> Figure:
    parts = [(sizes.get(state) or 0) / total for (_, sizes), total in zip(rows, totals, strict=True)]
    shade = STATE_COLOURS.get(state, QUIET)
    return {
        "type": "bar",
        "orientation": "h",
        "name": inert(state),
        "y": list(range(len(rows))),
        "x": rounded(parts, 4),
        "text": [share(part) if part >= _LEAST_TOLD else "" for part in parts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"size": 11, "color": "#ffffff" if shade in _ON_DARK else INK},
        "marker": {"color": shade, "line": {"color": "#ffffff", "width": 1}},
        "hovertext": [
            f"<b>{inert(name)}</b><br>{inert(state)}: "
            + ("hidden" if sizes.get(state, 0) is None else f"{share(part)}, about {count(sizes.get(state, 0))} customers")
            for (name, sizes), part in zip(rows, parts, strict=True)
        ],
        "hoverinfo": "text",
    }


def survival(curves: Sequence[Survival], names: Mapping[int, str], *, unit: str) -> Figure:
    """Return the share of customers who still buy, by time since their first purchase, as steps with bands.

    Parameters
    ----------
    curves : sequence of Survival
        All customers (id −1) are drawn in grey, segments in their colours.
    names : mapping of int to str
    unit : {"day", "week", "month"}
    """
    told = [(curve, "All customers" if curve.id < 0 else numbered(curve.id, names.get(curve.id, curve.name))) for curve in curves]
    bands = [_band(curve, 0.14 if len(told) <= _FEW else 0.07) for curve, _ in told]
    lines = [_steps(curve, name, unit) for curve, name in told]
    return {
        "data": [*bands, *lines],
        "layout": layout(
            340 + 14 * len(told),
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "font": {"size": 12}, "itemclick": False},
            xaxis=axis(f"{unit}s since the first purchase", rangemode="tozero", showgrid=False, nticks=8),
            yaxis=axis("still buying", tickformat=".0%", range=[0, 1.03], dtick=0.25),
        ),
        "narrow": {"legend.font.size": 10.5, "height": 320 + 24 * len(told)},
    }


def _shade(curve: Survival) -> str:
    return QUIET if curve.id < 0 else colour(curve.id)


def _kept(length: int) -> list[int]:
    """Evenly thinned places of a curve, its ends among them."""
    if length <= _POINTS:
        return list(range(length))
    return sorted({round(place * (length - 1) / (_POINTS - 1)) for place in range(_POINTS)})


def _band(curve: Survival, opacity: float) -> Figure:
    kept = _kept(len(curve.times))
    there, back = _stairs(curve, curve.high, kept), _stairs(curve, curve.low, kept)
    red, green, blue = (int(_shade(curve)[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": rounded([at for at, _ in there] + [at for at, _ in reversed(back)], 4),
        "y": rounded([part for _, part in there] + [part for _, part in reversed(back)], 3),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},{opacity})",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _stairs(curve: Survival, values: Sequence[float], kept: Sequence[int]) -> list[tuple[float, float]]:
    """Corners of steps, because the outline of a filled shape cannot be stepped there and back."""
    corners: list[tuple[float, float]] = []
    for place in kept:
        if corners:
            corners.append((curve.times[place], corners[-1][1]))
        corners.append((curve.times[place], values[place]))
    return corners


def _steps(curve: Survival, name: str, unit: str) -> Figure:
    kept = _kept(len(curve.times))
    shade, total = _shade(curve), curve.id < 0
    return {
        "type": "scatter",
        "mode": "lines" if total else "lines+markers",
        "name": label(name, 40, 1),
        "x": rounded([curve.times[place] for place in kept], 4),
        "y": rounded([curve.share[place] for place in kept], 3),
        "line": {"color": shade, "width": 3 if total else 2, "shape": "hv"},
        # Marks tell the lines apart for those who do not see the colours; a few are enough.
        "marker": {"symbol": mark(curve.id), "size": 8, "color": shade, "maxdisplayed": 6},
        "hovertext": [
            f"<b>{inert(name)}</b><br>{number(curve.times[place])} {unit}s after the first purchase: {share(curve.share[place])} still buy"
            f"<br>95% interval {share(curve.low[place])} to {share(curve.high[place])}<br>n = {count(curve.customers)} customers"
            for place in kept
        ],
        "hoverinfo": "text",
    }
