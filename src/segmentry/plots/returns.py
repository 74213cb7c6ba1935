"""Pictures of what campaigns brought, answers by channel, and suggestions. Incremental and gross money never stand in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.plans.channels import ChannelScore
from segmentry.plots.forest import LEGEND, Row, Scale, forest, shares
from segmentry.plots.numbers import count, money, rounded, share, ticks
from segmentry.plots.theme import GREY, Figure, axis, inert, label, layout
from segmentry.results import Estimate

_GROSS = "#a05195"


@dataclass(frozen=True, slots=True)
class Gross:
    """Gross money of one campaign: spend and profit are None where not known."""

    name: str
    spend: float | None
    revenue: float
    profit: float | None


def incremental(rows: Sequence[tuple[str, Estimate, str]], currency: str = "", *, what: str) -> Figure:
    """Return one row per campaign with a control: what it added, with its interval, beside a line at nothing.

    Parameters
    ----------
    rows : sequence of (name, figure, told)
        The first is drawn on top.
    currency : str
    what : str
        Such as "profit after spend".
    """
    drawn = [Row(name, found, "randomised", told) for name, found, told in rows]
    return forest(drawn, Scale(f"{what}{_unit(currency)}"), legend=(("randomised", "incremental, randomised"),))


def gross(rows: Sequence[Gross], currency: str = "") -> Figure:
    """Return two bars per campaign, the first on top: gross revenue (hatched, because it is not the campaign's doing) and what was spent."""
    order = list(reversed(rows))
    places = list(range(len(order)))
    hatched = {
        "color": "#f3e6f1",
        "line": {"color": _GROSS, "width": 1.5},
        "pattern": {"shape": "/", "fgcolor": _GROSS, "size": 7, "solidity": 0.25},
    }
    revenue = _bars("gross revenue – not the campaign's doing", places, [row.revenue for row in order], hatched)
    revenue["hovertext"] = [
        f"<b>{inert(row.name)}</b><br>{inert(money(row.revenue, currency))} gross, not the campaign's doing" for row in order
    ]
    spend = _bars("spend", places, [row.spend or 0.0 for row in order], {"color": GREY})
    spend["hovertext"] = [f"<b>{inert(row.name)}</b><br>{inert(money(row.spend, currency))} spent" for row in order]
    known = any(row.spend is not None for row in order)
    longest = max((max(row.revenue, row.spend or 0.0) for row in order), default=0.0)
    return {
        "data": [spend, revenue] if known else [revenue],
        "layout": layout(
            116 + 50 * len(order),
            margin={"l": 8, "r": 18, "t": 8, "b": 8},
            barmode="group",
            bargap=0.35,
            showlegend=True,
            legend={**LEGEND, "traceorder": "reversed"},
            xaxis=axis(inert(f"money{_unit(currency)}"), tickformat=ticks(longest), nticks=6),
            yaxis=axis("", tickvals=places, ticktext=[label(row.name, 28) for row in order], showgrid=False),
        ),
        "narrow": {
            "xaxis.nticks": 4,
            "yaxis.ticktext": [label(row.name, 14, 3) for row in order],
            "yaxis.tickfont.size": 11,
            "height": 150 + 56 * len(order),
        },
    }


def _bars(name: str, places: Sequence[int], lengths: Sequence[float], marker: Figure) -> Figure:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": list(places),
        "x": rounded(lengths, 4),
        "marker": marker,
        "hoverinfo": "text",
    }


def channels(rows: Sequence[ChannelScore]) -> Figure:
    """Return two marks per channel: answers per contact as counted (hollow), and had every channel reached the same mix of segments (filled)."""
    drawn = []
    for row in rows:
        if row.raw is None or row.adjusted is None:
            continue
        for found, look, words in ((row.raw, "raw", "as counted"), (row.adjusted, "shrunken", "same mix of segments")):
            told = f"<b>{inert(row.channel)}</b><br>{words}: {share(found.value)}<br>n = {count(row.contacts)} contacts"
            drawn.append(Row(row.channel, found, look, told))
    return forest(drawn, shares("answers per contact"), legend=(("raw", "as counted"), ("shrunken", "same mix of segments")))


def hits(rows: Sequence[tuple[str, Estimate, str]]) -> Figure:
    """Return one row per way of suggesting: share of customers with a hit; suggestions filled, baselines hollow."""
    drawn = [
        Row(name, found, look, f"<b>{inert(name)}</b><br>{share(found.value)} ({share(found.low)} to {share(found.high)})")
        for name, found, look in rows
    ]
    return forest(drawn, shares("customers with at least one hit"), legend=(("primary", "suggestions"), ("exploratory", "baselines")))


def _unit(currency: str) -> str:
    return f", {currency}" if currency else " (currency of the data)"
