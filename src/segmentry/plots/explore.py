"""Pictures of the data before it is segmented: distributions and associations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from segmentry.disclosure import FLOOR
from segmentry.plots.numbers import YEARS, amount, count, rounded, share, ticks
from segmentry.plots.theme import BLUE, DIVERGING, GREY, INK, ORANGE, VERMILION, Figure, axis, inert, label, layout

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary
    from segmentry.explore.pairs import Association

LEVELS_SHOWN = 8
OTHERS = "other"


def distribution(column: ColumnSummary, currency: str = "") -> Figure:
    """Return the histogram of a column, or the bars of a flag or category.

    The outermost bars are open-ended wherever the last value is a single customer's. One that also holds values beyond the usual range is
    orange, with the bound as a dashed line; the median is a dotted line.
    Bins of equal width on a logarithmic scale are drawn with equal width, their edges as ticks.
    """
    if column.kind == "flag":
        yes = round((column.mean or 0.0) * column.n)
        return _bars([("no", column.n - yes), ("yes", yes)], column.n)
    if column.levels:
        return _levels(column)
    return _histogram(column, currency)


def unit_of(column: ColumnSummary, currency: str = "") -> str:
    """Return what an axis of this column counts, in words."""
    if column.kind == "money":
        return column.unit.replace("money", currency) if column.unit and column.unit != currency else currency or "money"
    if column.kind in ("share", "flag"):
        return "share"
    return column.unit or {"days": "days", "count": "count"}.get(column.kind, "value")


def tick_format(column: ColumnSummary) -> str:
    """Return the d3 format for ticks in the unit of a column."""
    if column.kind in ("share", "flag"):
        return ".0%"
    return "d" if column.unit in YEARS else ticks(max(abs(edge) for edge in column.edges))


def customers_axis(counts: Sequence[int]) -> Figure:
    """Return the axis that counts customers, whole numbers only."""
    most = max(counts, default=0)
    step = {"dtick": 1} if most <= 5 else {"nticks": 5}
    return axis("customers", tickformat=ticks(most), rangemode="tozero", **step)


def _histogram(column: ColumnSummary, currency: str) -> Figure:
    edges, counts = np.asarray(column.edges, dtype=float), column.counts
    lower, upper = edges[:-1], edges[1:]
    far, further = beyond(column), _further(column)
    words = []
    for place, found in enumerate(counts):
        low, high = _value(column, lower[place], currency), _value(column, upper[place], currency)
        span = (
            f"{high} or less"
            if place == 0 and further[0]
            else f"{low} or more"
            if place == len(counts) - 1 and further[1]
            else f"{low} to {high}"
        )
        words.append(f"{span}<br>{_customers(found, column.n)}")
    shades = [ORANGE if (place == 0 and far[0]) or (place == len(counts) - 1 and far[1]) else BLUE for place in range(len(counts))]
    # Logarithmic bins stand side by side; only their ticks know the scale.
    drawn = np.arange(len(edges), dtype=float) if column.log_bins else edges
    bars = {
        "type": "bar",
        "x": rounded((drawn[:-1] + drawn[1:]) / 2, 5),
        "width": rounded(np.maximum(np.diff(drawn), 1e-9), 4),
        "y": [int(found) for found in counts],
        "marker": {"color": shades, "line": {"color": "#ffffff", "width": 0.5}},
        "hovertext": words,
        "hoverinfo": "text",
    }
    unit = inert(unit_of(column, currency))
    across = (
        axis(f"{unit}, logarithmic scale", showgrid=False, **_log_ticks(edges))
        if column.log_bins
        else axis(unit, tickformat=tick_format(column), nticks=6, showgrid=False)
    )
    return {
        "data": [bars],
        "layout": layout(
            190, bargap=0, shapes=[*_median(column, edges, drawn), *_bounds(far, drawn)], xaxis=across, yaxis=customers_axis(counts)
        ),
    }


def beyond(column: ColumnSummary) -> tuple[bool, bool]:
    """Whether values lie below and above the usual range; they are counted in the outermost bins."""
    if not column.outliers or column.minimum is None or column.maximum is None or column.outlier_low is None or column.outlier_high is None:
        return False, False
    return column.minimum < column.outlier_low, column.maximum > column.outlier_high


def _further(column: ColumnSummary) -> tuple[bool, bool]:
    """Whether the outermost bins also hold values below and above their edges."""
    low, high = column.edges[0], column.edges[-1]
    return column.minimum is not None and column.minimum < low, column.maximum is not None and column.maximum > high


def _customers(found: int, n: int) -> str:
    return f"under {FLOOR} customers" if 0 < found < FLOOR else f"<b>{count(found)}</b> customers ({share(found / max(n, 1))})"


def _median(column: ColumnSummary, edges: np.ndarray, drawn: np.ndarray) -> list[Figure]:
    if column.median is None or not column.tells(column.median):
        return []
    return [_upright(float(np.interp(column.median, edges, drawn)), INK, "dot")]


def _bounds(far: tuple[bool, bool], drawn: np.ndarray) -> list[Figure]:
    # Bins end at the bound wherever values lie beyond it.
    return [_upright(float(drawn[place]), VERMILION, "dash") for place, found in zip((0, -1), far, strict=True) if found]


def _upright(place: float, shade: str, dash: str) -> Figure:
    x = rounded([place], 5)[0]
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": shade, "width": 1.5, "dash": dash}}


def _log_ticks(edges: np.ndarray) -> Figure:
    places = sorted({round(place) for place in np.linspace(0, len(edges) - 1, 5)})
    return {"tickvals": places, "ticktext": [_short(edges[place]) for place in places]}


def _short(value: float) -> str:
    """Two significant digits with k, m or bn: enough for a tick."""
    size = abs(value)
    for limit, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if size >= limit:
            return f"{float(f'{value / limit:.2g}'):g}{unit}"
    return f"{float(f'{value:.2g}'):g}" if size >= 0.005 else "0"


def _levels(column: ColumnSummary) -> Figure:
    pairs = [(level, found) for level, found in zip(column.levels, column.level_counts, strict=True) if level != OTHERS]
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    rest = sum(found for _, found in pairs[LEVELS_SHOWN:]) + sum(
        found for level, found in zip(column.levels, column.level_counts, strict=True) if level == OTHERS
    )
    return _bars(pairs[:LEVELS_SHOWN], column.n, rest)


def _bars(pairs: Sequence[tuple[str, int]], n: int, rest: int = 0) -> Figure:
    rows = [(label(level, 18, 1), level, int(found), BLUE) for level, found in pairs]
    if rest:
        rows.append(("all others", "all others", int(rest), GREY))
    rows.reverse()
    places = list(range(len(rows)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": [found for *_, found, _ in rows],
        "marker": {"color": [shade for *_, shade in rows]},
        "hovertext": [f"{inert(level)}<br>{_customers(found, n)}" for _, level, found, _ in rows],
        "hoverinfo": "text",
    }
    return {
        "data": [bars],
        "layout": layout(
            190 if len(rows) <= 6 else 240,
            bargap=0.25,
            xaxis=customers_axis([found for *_, found, _ in rows]),
            yaxis=axis(tickvals=places, ticktext=[words for words, *_ in rows], showgrid=False),
        ),
    }


def association(result: Association, order: Sequence[int]) -> Figure:
    """Return the heat map of how strongly columns go together, for the columns at the positions `order`."""
    places = list(range(len(order)))
    grid = np.asarray(result.values, dtype=float)[np.ix_(order, order)]
    names = [inert(result.words[place]) for place in order]
    values = [[None if across == down else value for across, value in enumerate(rounded(row, 2))] for down, row in enumerate(grid)]
    kinds = [[inert(result.kinds[down][across]) for across in order] for down in order]
    numbers = result.counts[np.ix_(order, order)].tolist()
    hover = [
        [
            "" if value is None else f"{names[down]}<br>and {names[across]}<br><b>{value:.2f}</b> ({kinds[down][across]}, n = {count(n)})"
            for across, (value, n) in enumerate(zip(row, numbers[down], strict=True))
        ]
        for down, row in enumerate(values)
    ]
    ticks = [label(result.words[place], 26, 1) for place in order]
    small = {"size": 11 if len(order) <= 25 else 10}
    heat = {
        "type": "heatmap",
        "x": places,
        "y": places,
        "z": values,
        "zmin": -1,
        "zmax": 1,
        "colorscale": DIVERGING,
        "xgap": 1,
        "ygap": 1,
        "hovertext": hover,
        "hoverinfo": "text",
        "hoverongaps": False,
        "colorbar": {
            "thickness": 10,
            "len": 0.6,
            "title": {"text": "", "side": "right"},
            "tickvals": [-1, -0.5, 0, 0.5, 1],
            "outlinewidth": 0,
        },
    }
    return {
        "data": [heat],
        "layout": layout(
            180 + 20 * len(order),
            xaxis=axis(tickvals=places, ticktext=ticks, tickangle=-55, tickfont=small, showgrid=False),
            yaxis=axis(tickvals=places, ticktext=ticks, autorange="reversed", tickfont=small, showgrid=False),
        ),
    }


def _value(column: ColumnSummary, value: float, currency: str) -> str:
    return inert(amount(value, kind=column.kind, unit=column.unit, currency=currency))
