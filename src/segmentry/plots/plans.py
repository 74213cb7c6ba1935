"""Pictures of a plan: which segment gets which offer, what each channel carries, and what more money would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from segmentry.plans.results import Frontier
from segmentry.plots.forest import LEGEND
from segmentry.plots.numbers import count, money, rounded, share, ticks
from segmentry.plots.theme import BLUE, GREEN, GREY, INK, QUIET, VERMILION, Figure, axis, inert, label, layout

_BLUES = [[0.0, "#f5f7f9"], [0.25, "#cfe1ef"], [0.5, "#8dbbdc"], [0.75, "#3d86bd"], [1.0, "#0b4f8a"]]
_GREYS = [[0.0, "#f7f8f9"], [1.0, "#d3d8de"]]
_DARK = 0.55
_LABEL = {"size": 12, "color": INK}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one segment gets of one offer: customers (None where hidden) and their share of the segment."""

    customers: int | None
    share: float | None


def heat(segments: Sequence[str], offers: Sequence[str], cells: Sequence[Sequence[Cell]]) -> Figure:
    """Return the share of each segment (row, the first on top) that gets each offer (column; the last is "no offer" and grey), with its figure."""
    last = len(offers) - 1
    top = max([0.01, *(cell.share for row in cells for cell in row[:-1] if cell.share is not None)])
    rows = list(reversed(list(zip(segments, cells, strict=True))))
    texts = [["hidden" if cell.customers is None else share(cell.share) if cell.customers else "" for cell in row] for _, row in rows]
    hover = [[_told(name, offer, cell) for offer, cell in zip(offers, row, strict=True)] for name, row in rows]
    places, across = list(range(len(rows))), list(range(len(offers)))
    given = _map([row[:-1] for _, row in rows], [each[:-1] for each in hover], 0, (_BLUES, top))
    none = _map([row[-1:] for _, row in rows], [each[-1:] for each in hover], last, (_GREYS, 1.0))
    marks = [
        _cell_text(number, place, text, dark=number < last and (cell.share or 0.0) > _DARK * top)
        for place, (_, row) in enumerate(rows)
        for number, (cell, text) in enumerate(zip(row, texts[place], strict=True))
        if text
    ]
    return {
        "data": [given, none],
        "layout": layout(
            110 + 40 * len(rows),
            annotations=marks,
            xaxis=axis(
                "offer; figures are shares of the segment",
                tickvals=across,
                ticktext=[label(offer, 16, 3) for offer in offers],
                showgrid=False,
                tickangle=0,
            ),
            yaxis=axis("segment", tickvals=places, ticktext=[label(name, 26) for name, _ in rows], showgrid=False),
        ),
        "narrow": {
            "yaxis.ticktext": [label(name, 13, 3) for name, _ in rows],
            "yaxis.tickfont.size": 11,
            "yaxis.title.text": "",
            "xaxis.ticktext": [label(offer, 9, 4) for offer in offers],
            "xaxis.tickfont.size": 10,
            "height": 140 + 48 * len(rows),
        },
    }


def _map(cells: Sequence[Sequence[Cell]], hover: Sequence[Sequence[str]], first: int, look: tuple[list[list[Any]], float]) -> Figure:
    colours, top = look
    return {
        "type": "heatmap",
        "x": [first + number for number in range(len(cells[0]) if cells else 0)],
        "y": list(range(len(cells))),
        "z": [rounded((cell.share or 0.0 for cell in row), 4) for row in cells],
        "zmin": 0,
        "zmax": round(top, 4),
        "colorscale": colours,
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hovertext": [list(row) for row in hover],
        "hoverinfo": "text",
    }


def _cell_text(x: int, y: int, text: str, *, dark: bool) -> Figure:
    return {
        "x": x,
        "y": y,
        "text": text,
        "showarrow": False,
        "font": {"size": 12, "color": "#ffffff" if dark else INK if text != "hidden" else QUIET},
    }


def _told(segment: str, offer: str, cell: Cell) -> str:
    if cell.customers is None:
        return f"<b>{inert(segment)}</b><br>{inert(offer)}: hidden, few customers"
    return f"<b>{inert(segment)}</b><br>{inert(offer)}: {count(cell.customers)} customers ({share(cell.share)})"


@dataclass(frozen=True, slots=True)
class Stack:
    """One part of every bar: its name, colour, and a length per bar (None where hidden)."""

    name: str
    colour: str
    lengths: tuple[int | None, ...]


def stacked(bars: Sequence[str], stacks: Sequence[Stack], *, title: str) -> Figure:
    """Return one bar per channel, the first on top, made of the customers of each segment."""
    order = list(range(len(bars)))[::-1]
    places = list(range(len(bars)))
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": label(stack.name, 24, 1),
            "y": places,
            "x": [stack.lengths[number] or 0 for number in order],
            "marker": {"color": stack.colour, "line": {"color": "#ffffff", "width": 1}},
            "hovertext": [
                f"<b>{inert(bars[number])}</b><br>{inert(stack.name)}: {count(stack.lengths[number])} customers" for number in order
            ],
            "hoverinfo": "text",
        }
        for stack in stacks
    ]
    longest = max((sum(stack.lengths[number] or 0 for stack in stacks) for number in order), default=0)
    return {
        "data": data,
        "layout": layout(
            110 + 24 * (1 + len(stacks) // 4) + 42 * len(bars),
            margin={"l": 8, "r": 18, "t": 8, "b": 8},
            barmode="stack",
            bargap=0.4,
            showlegend=True,
            legend=LEGEND,
            xaxis=axis(inert(title), tickformat=ticks(longest), nticks=6),
            yaxis=axis("channel", tickvals=places, ticktext=[label(bars[number], 20) for number in order], showgrid=False),
        ),
        "narrow": {
            "xaxis.nticks": 4,
            "yaxis.title.text": "",
            "yaxis.ticktext": [label(bars[number], 12, 3) for number in order],
            "height": 130 + 24 * len(stacks) + 46 * len(bars),
        },
    }


@dataclass(frozen=True, slots=True)
class Removed:
    """What is left of a planned gain once the optimism is taken out: factors of value, low and high end, and whether that is known."""

    value: float
    low: float
    high: float


def frontier(found: Frontier, currency: str = "", *, spent: float | None = None, removed: Removed | None = None) -> Figure:
    """Return expected gain by budget, with the plan's own place and where to stop.

    Parameters
    ----------
    found : Frontier
    currency : str
    spent : float or None
        What the plan spends.
    removed : Removed or None
        With it a second line, and its band, shows what may be promised.
    """
    budgets = [step.spent for step in found.steps]
    gains = [step.gain for step in found.steps]
    data = _promised(budgets, gains, currency, removed) if removed is not None else []
    data.append(_planned(found, currency, removed))
    if spent is not None:
        data.append(_mark(found, spent, "this plan", (INK, "square"), currency))
    stop = min(found.stop, budgets[-1])
    data.append(_mark(found, stop, "stop here", (VERMILION, "diamond"), currency))
    unit = f", {currency}" if currency else " (currency of the data)"
    top = max([*gains, *(value * (removed.high if removed else 0.0) for value in gains), 0.0])
    return {
        "data": data,
        "layout": layout(
            390,
            margin={"l": 8, "r": 22, "t": 8, "b": 8},
            showlegend=True,
            legend=LEGEND,
            xaxis=axis(inert(f"money spent{unit}"), tickformat=ticks(budgets[-1]), nticks=7, rangemode="tozero"),
            yaxis=axis(inert(f"expected gain after costs{unit}"), tickformat=ticks(top), nticks=7, zeroline=True, zerolinecolor=GREY),
        ),
        "narrow": {"xaxis.nticks": 4, "height": 370, "yaxis.title.text": inert(f"expected gain{unit}")},
    }


def _planned(found: Frontier, currency: str, removed: Removed | None) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "as the planner says",
        "x": rounded((step.spent for step in found.steps), 4),
        "y": rounded((step.gain for step in found.steps), 4),
        "line": {"color": GREY if removed else BLUE, "width": 2, "dash": "dash" if removed else "solid"},
        "marker": {"size": 5, "color": GREY if removed else BLUE},
        "hovertext": [
            f"{inert(money(step.spent, currency))} spent on {count(step.treated)} customers: planned <b>{inert(money(step.gain, currency))}</b>"
            for step in found.steps
        ],
        "hoverinfo": "text",
    }


def _promised(budgets: Sequence[float], gains: Sequence[float], currency: str, removed: Removed) -> list[Figure]:
    value, low, high = ([gain * part for gain in gains] for part in (removed.value, removed.low, removed.high))
    edge = {"type": "scatter", "mode": "lines", "x": rounded(budgets, 4), "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    hover = [
        f"{inert(money(at, currency))} spent: <b>{inert(money(each, currency))}</b><br>{inert(money(least, currency))} to {inert(money(most, currency))}"
        for at, each, least, most in zip(budgets, value, low, high, strict=True)
    ]
    return [
        {**edge, "y": rounded(low, 4)},
        {**edge, "y": rounded(high, 4), "fill": "tonexty", "fillcolor": "rgba(0,158,115,0.15)"},
        {
            "type": "scatter",
            "mode": "lines",
            "name": "with the optimism removed",
            "x": rounded(budgets, 4),
            "y": rounded(value, 4),
            "line": {"color": GREEN, "width": 3},
            "hovertext": hover,
            "hoverinfo": "text",
        },
    ]


def _mark(found: Frontier, at: float, words: str, look: tuple[str, str], currency: str) -> Figure:
    tint, symbol = look
    gain = _between([(step.spent, step.gain) for step in found.steps], at)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": words,
        "showlegend": False,
        "x": rounded([at], 4),
        "y": rounded([gain], 4),
        "text": [words],
        "textposition": "top center" if words == "stop here" else "bottom right",
        "textfont": _LABEL,
        "cliponaxis": False,
        "marker": {"size": 12, "color": tint, "symbol": symbol, "opacity": 1},
        "hovertext": [f"{words}: {inert(money(at, currency))} spent, planned gain {inert(money(gain, currency))}"],
        "hoverinfo": "text",
    }


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    """Return the height of a broken line."""
    for (left, low), (right, high) in pairwise(points):
        if left <= at <= right:
            return low + (high - low) * (at - left) / (right - left) if right > left else high
    return points[-1][1] if at > points[-1][0] else points[0][1]
