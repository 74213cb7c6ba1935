"""Pictures of side views: size and revenue of their groups, and the grid of recency by frequency."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.plots.numbers import count, money, rounded, share
from segmentry.plots.theme import BLUE, INK, VERMILION, Figure, axis, inert, label, layout
from segmentry.segments.sideview import Grid, SideRow

_WHITE_TO_BLUE = [[0.0, "#ffffff"], [0.5, "#9cc3e0"], [1.0, BLUE]]
_NO_CUSTOMER = "#eef1f4"


def sizes(rows: Sequence[SideRow], currency: str = "") -> Figure:
    """Return two bars per group: its share of the customers and, where the data has amounts, of the revenue; hidden groups have none.

    Parameters
    ----------
    rows : sequence of SideRow
    currency : str
    """
    drawn = list(reversed([row for row in rows if row.customers is not None]))
    traces = [("Share of customers", [row.share for row in drawn], BLUE)]
    if any(row.revenue_share is not None for row in drawn):
        traces.insert(0, ("Share of revenue", [row.revenue_share for row in drawn], VERMILION))
    parts = [part or 0.0 for _, values, _ in traces for part in values]
    top, bottom = max(parts, default=1.0), min([0.0, *parts])
    return {
        "data": [_bars(drawn, words, values, shade, currency) for words, values, shade in traces],
        "layout": layout(
            92 + (16 + 17 * len(traces)) * len(drawn),
            barmode="group",
            bargap=0.28,
            bargroupgap=0.06,
            showlegend=len(traces) > 1,
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "reversed"},
            xaxis=axis(
                "Share of all customers and of all revenue" if len(traces) > 1 else "Share of all customers",
                tickformat=".0%",
                range=[bottom - 0.08 * top if bottom < -0.004 else 0, top * 1.18],
            ),
            yaxis=axis(tickvals=list(range(len(drawn))), ticktext=[label(row.name, 30) for row in drawn], showgrid=False),
        ),
        "narrow": {"yaxis.ticktext": [label(row.name, 15, 3) for row in drawn], "yaxis.tickfont.size": 11, "xaxis.nticks": 4},
    }


def _bars(rows: Sequence[SideRow], words: str, parts: Sequence[float | None], shade: str, currency: str) -> Figure:
    return {
        "type": "bar",
        "orientation": "h",
        "name": words,
        "y": list(range(len(rows))),
        "x": rounded((0.0 if part is None else part for part in parts), 4),
        "text": [share(part) for part in parts],
        "textposition": "outside",
        "textfont": {"size": 11},
        "cliponaxis": False,
        "marker": {"color": shade},
        "hovertext": [
            f"<b>{inert(row.name)}</b><br>{words}: {share(part)}<br>n = {count(row.customers)} customers"
            + (f"<br>revenue {inert(money(row.revenue, currency))}" if row.revenue is not None else "")
            for row, part in zip(rows, parts, strict=True)
        ],
        "hoverinfo": "text",
    }


def grid(found: Grid, currency: str = "") -> Figure:
    """Return customers (colour and first line) and revenue (second line) by score of the last purchase and of frequency.

    Parameters
    ----------
    found : Grid
        The first row is drawn on top.
    currency : str
    """
    most = max((size or 0 for row in found.customers for size in row), default=1) or 1
    with_money = any(value is not None for row in found.revenue for value in row)
    cells = [
        {
            "x": column,
            "y": row,
            "text": "hidden" if size is None else f"<b>{count(size)}</b>" + (f"<br>{inert(_short(worth, currency))}" if with_money else ""),
            "showarrow": False,
            "font": {"size": 12, "color": "#ffffff" if (size or 0) > 0.85 * most else INK},
        }
        for row, (sizes_, values) in enumerate(zip(found.customers, found.revenue, strict=True))
        for column, (size, worth) in enumerate(zip(sizes_, values, strict=True))
        if size is None or size > 0
    ]
    hover = [[_cell(found, row, column, currency) for column in range(len(found.across))] for row in range(len(found.down))]
    ends = {found.down[0]: " (most recent)", found.down[-1]: " (longest ago)"}
    return {
        "data": [
            {
                "type": "heatmap",
                "z": [[size or None for size in row] for row in found.customers],
                "x": list(range(len(found.across))),
                "y": list(range(len(found.down))),
                "zmin": 0,
                "zmax": most,
                "colorscale": _WHITE_TO_BLUE,
                "showscale": False,
                "xgap": 2,
                "ygap": 2,
                "hovertext": hover,
                "hoverinfo": "text",
                "hoverongaps": False,
            }
        ],
        "layout": layout(
            96 + 54 * len(found.down),
            annotations=cells,
            plot_bgcolor=_NO_CUSTOMER,
            xaxis=axis(
                "Score of the number of purchases (5 = most)",
                tickvals=list(range(len(found.across))),
                ticktext=[str(score) for score in found.across],
                showgrid=False,
            ),
            yaxis=axis(
                "Score of the last purchase",
                tickvals=list(range(len(found.down))),
                ticktext=[f"{score}{ends.get(score, '')}" for score in found.down],
                showgrid=False,
                autorange="reversed",
            ),
        ),
        "narrow": {"yaxis.ticktext": [str(score) for score in found.down], "yaxis.title.text": "Last purchase (5 = latest)"},
    }


def _cell(found: Grid, row: int, column: int, currency: str) -> str:
    size, worth = found.customers[row][column], found.revenue[row][column]
    head = f"Last purchase {found.down[row]}, purchases {found.across[column]}"
    if size is None:
        return f"<b>{head}</b><br>hidden, lest single customers be recognised"
    return f"<b>{head}</b><br>n = {count(size)} customers" + ("" if worth is None else f"<br>revenue {inert(money(worth, currency))}")


def _short(value: float | None, currency: str) -> str:
    """An amount for a cell: thousands as k."""
    if value is None or not 10_000 <= abs(value) < 999_500:
        return money(value, currency)
    text = f"{abs(value) / 1000:,.0f}k"
    text = f"{text} {currency}" if currency.isalpha() else f"{currency}{text}"
    return f"−{text}" if value < 0 else text
