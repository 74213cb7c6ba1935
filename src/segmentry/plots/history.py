"""Pictures of a dataset over time: one line per figure, a period that is not complete hollow, and the heat maps of cohorts."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segmentry.plots.numbers import amount, count, number, rounded, ticks
from segmentry.plots.theme import BLUE, INK, ORANGE, Figure, axis, inert, layout

if TYPE_CHECKING:
    from segmentry.features.history import Cohorts, History, Period, Unit

# Light enough at its dark end for dark figures to be read on it.
SEQUENTIAL = [[0.0, "#f7f8f8"], [1.0, "#6aaed6"]]
MOST_TICKS = 4
FEWEST_WHOLE = 20
Line = tuple[str, str, Sequence[float | int | None]]


def name_of(first: datetime.date, unit: Unit) -> str:
    """Return a period in words.

    Examples
    --------
    >>> name_of(datetime.date(2011, 12, 5), "month"), name_of(datetime.date(2011, 12, 5), "week")
    ('Dec 2011', 'week of 5 Dec 2011')
    """
    return f"{first:%b %Y}" if unit == "month" else f"week of {first.day} {first:%b %Y}"


def revenue(history: History, currency: str = "") -> Figure:
    """Return net revenue per period as a line."""
    line: Line = ("net revenue", BLUE, [each.revenue for each in history.periods])
    return _lines(history, [line], title=inert(currency or "money"), currency=currency)


def customers(history: History) -> Figure:
    """Return customers with a purchase and new customers per period as two lines; for joining dates the new ones alone."""
    active: Line = ("with a purchase", BLUE, [each.customers for each in history.periods])
    new: Line = ("new", ORANGE, [each.new for each in history.periods])
    return _lines(history, [new] if history.source == "joined" else [active, new], title="customers")


def occasions(history: History) -> Figure:
    """Return purchases (days with a purchase, per customer) per period as a line."""
    return _lines(history, [("purchases", BLUE, [each.occasions for each in history.periods])], title="purchases")


def _lines(history: History, lines: Sequence[Line], *, title: str, currency: str | None = None) -> Figure:
    largest = max((value for *_, values in lines for value in values if value is not None), default=0)
    return {
        "data": [_line(history, line, currency) for line in lines],
        "layout": layout(
            260,
            showlegend=len(lines) > 1,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}, "itemclick": False},
            xaxis=axis(type="date", showgrid=False, tickangle=0, **_dates(history)),
            yaxis=axis(title, rangemode="tozero", nticks=5, tickformat=ticks(largest)),
        ),
    }


def _dates(history: History) -> Figure:
    shown = history.periods[:: -(-len(history.periods) // MOST_TICKS)]
    form = "%b %Y" if history.unit == "month" else "%d %b"
    return {"tickvals": [one.first.isoformat() for one in shown], "ticktext": [f"{one.first:{form}}" for one in shown]}


def _line(history: History, line: Line, currency: str | None) -> Figure:
    words, shade, values = line
    hollow = [("circle" if one.complete else "circle-open") for one in history.periods]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": words,
        "x": [one.first.isoformat() for one in history.periods],
        "y": rounded([math.nan if value is None else value for value in values], 5),
        "connectgaps": False,
        "line": {"color": shade, "width": 2},
        "marker": {"color": shade, "size": 8, "symbol": hollow, "line": {"color": shade, "width": 2}},
        "hovertext": [_told(one, value, words, history.unit, currency) for one, value in zip(history.periods, values, strict=True)],
        "hoverinfo": "text",
    }


def _told(period: Period, value: float | int | None, words: str, unit: Unit, currency: str | None) -> str:
    told = "hidden" if value is None else count(value) if currency is None else amount(value, kind="money", currency=currency)
    return inert(
        f"{name_of(period.first, unit)}{'' if period.complete else ' (incomplete)'}: {told} {words if currency is None else ''}".rstrip()
    )


def active(cohorts: Cohorts) -> Figure:
    """Return the heat map of the share of each cohort that buys, month by month since the first purchase."""
    # Cohorts are too small for more than whole percents.
    told = [[f"{value:.0%}" for value in row] for row in cohorts.active]
    # The month of joining is 100 % by definition and would leave the others pale.
    later = [value for row in cohorts.active for value in row[1:] if math.isfinite(value)]
    return _heat(cohorts, cohorts.active, told, most=max(later, default=1.0))


def spent(cohorts: Cohorts) -> Figure:
    """Return the heat map of net revenue per customer of each cohort, month by month since the first purchase."""
    most = max((value for row in cohorts.revenue for value in row if math.isfinite(value)), default=1.0)
    told = [[(count if most >= FEWEST_WHOLE else number)(value) for value in row] for row in cohorts.revenue]
    return _heat(cohorts, cohorts.revenue, told, most=most)


def _heat(cohorts: Cohorts, values: NDArray[np.float64], told: list[list[str]], *, most: float) -> Figure:
    down, across = list(range(len(cohorts.months))), list(range(len(values[0])))
    names = [
        f"{name_of(month, 'month')} · {count(size) if size is not None else 'hidden'}"
        for month, size in zip(cohorts.months, cohorts.sizes, strict=True)
    ]
    known = [[math.isfinite(value) for value in row] for row in values]
    hover = [
        [
            f"First bought {name_of(month, 'month')}<br>{number(since)} months later: <b>{inert(cell)}</b>" if there else ""
            for since, (cell, there) in enumerate(zip(cells, row, strict=True))
        ]
        for month, cells, row in zip(cohorts.months, told, known, strict=True)
    ]
    cells = {
        "type": "heatmap",
        "x": across,
        "y": down,
        "z": [rounded(row, 3) for row in values],
        "zmin": 0,
        "zmax": rounded([most or 1.0])[0],
        "colorscale": SEQUENTIAL,
        "xgap": 2,
        "ygap": 2,
        "text": [[cell if there else "" for cell, there in zip(cells, row, strict=True)] for cells, row in zip(told, known, strict=True)],
        "texttemplate": "%{text}",
        "textfont": {"size": 11, "color": INK},
        "hovertext": hover,
        "hoverinfo": "text",
        "hoverongaps": False,
        "showscale": False,
    }
    return {
        "data": [cells],
        "layout": layout(
            90 + 26 * len(down),
            xaxis=axis("months since the first purchase", tickvals=across, side="top", showgrid=False),
            yaxis=axis(tickvals=down, ticktext=names, autorange="reversed", showgrid=False),
        ),
    }
