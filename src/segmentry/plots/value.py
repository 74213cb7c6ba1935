"""Pictures of what customers are worth: shares of future and past by segment, the forecast beside what came, how value is spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentry.plots.numbers import count, number, rounded, share, ticks
from segmentry.plots.segments import numbered
from segmentry.plots.theme import BLUE, GREY, INK, QUIET, Figure, axis, colour, inert, label, layout, mark
from segmentry.value.results import Tracking

_DASHES = ("dot", "dashdot", "longdashdot")
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}, "itemclick": False}
Row = tuple[int, str, int, float, float]


def shares(rows: Sequence[Row], *, before: str, after: str) -> Figure:
    """Return one line per segment from its share of the past (hollow) to its share of the future (filled, in its colour and mark).

    Parameters
    ----------
    rows : sequence of (id, name, customers, share before, share after)
        The first is drawn on top.
    before, after : str
        What the shares are of, such as "past revenue".
    """
    drawn = list(reversed(rows))
    places = list(range(len(drawn)))
    top = max((max(past, future) for *_, past, future in drawn), default=1.0)
    bottom = min([0.0, *(min(past, future) for *_, past, future in drawn)])
    left = min(-0.02 * top, 1.1 * bottom)
    names = [(label(numbered(each, name), 30), label(numbered(each, name), 15, 3)) for each, name, *_ in drawn]
    return {
        "data": [_stems(drawn), _past(drawn, before), *_future(drawn, before, after)],
        "layout": layout(
            100 + 44 * len(drawn),
            showlegend=True,
            legend={**_LEGEND, "y": 1},
            xaxis=axis(f"Share of {before} and of {after}", tickformat=".0%", range=[left, top * 1.3]),
            yaxis=axis(tickvals=places, ticktext=[wide for wide, _ in names], showgrid=False, range=[-0.6, len(drawn) - 0.4]),
        ),
        "narrow": {
            "yaxis.ticktext": [short for _, short in names],
            "yaxis.tickfont.size": 11,
            "xaxis.nticks": 4,
            "xaxis.title.text": "share",
            "xaxis.range": [min(-0.02 * top, 1.1 * bottom), top * 1.7],
        },
    }


def _stems(rows: Sequence[Row]) -> Figure:
    across = [part for *_, past, future in rows for part in (past, future, float("nan"))]
    down = [place for place in range(len(rows)) for _ in range(3)]
    line = {"color": "#b4bdc7", "width": 3}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(across, 4),
        "y": down,
        "line": line,
        "connectgaps": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _past(rows: Sequence[Row], before: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"share of {before}",
        "x": rounded((past for *_, past, _ in rows), 4),
        "y": list(range(len(rows))),
        "marker": {"size": 11, "color": "#ffffff", "symbol": "circle", "line": {"color": QUIET, "width": 2}, "opacity": 1},
        "hoverinfo": "skip",
    }


def _future(rows: Sequence[Row], before: str, after: str) -> list[Figure]:
    told = [
        f"<b>{inert(numbered(each, name))}</b><br>{share(past)} of {before}<br>{share(future)} of {after}<br>n = {count(customers)} customers"
        for each, name, customers, past, future in rows
    ]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded((future for *_, future in rows), 4),
        "y": list(range(len(rows))),
        "marker": {"size": 14, "color": [colour(each) for each, *_ in rows], "symbol": [mark(each) for each, *_ in rows], "opacity": 1},
        "hovertext": told,
        "hoverinfo": "text",
        "showlegend": False,
    }
    words = {
        "type": "scatter",
        "mode": "text",
        "x": rounded((max(past, future) for *_, past, future in rows), 4),
        "y": list(range(len(rows))),
        "text": [f"   {share(past)} → {share(future)}" for *_, past, future in rows],
        "textposition": "middle right",
        "textfont": {"size": 12},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    # The marks of the segments differ; one of them in ink stands for all in the legend.
    key = {
        "type": "scatter",
        "mode": "markers",
        "name": f"share of {after}",
        "x": [None],
        "y": [None],
        "marker": {"size": 12, "color": INK, "symbol": "circle"},
    }
    return [key, points, words]


def incremental(found: Tracking, chosen: str, *, unit: str, period: str, shown: Sequence[bool]) -> Figure:
    """Return repeat purchases in each period, actual beside expected.

    Parameters
    ----------
    found : Tracking
    chosen : str
        Name of the model that is used; the others are drawn thin.
    unit : {"day", "week", "month"}
    period : str
        Length of a period, such as "week" or "4 weeks".
    shown : sequence of bool, length m
        Whether the actual number of a period may be told.
    """
    actual = [value if may else float("nan") for value, may in zip(found.actual, shown, strict=True)]
    return _tracked(found, chosen, actual, dict(found.expected), unit=unit, title=f"repeat purchases per {period}")


def cumulative(found: Tracking, chosen: str, *, unit: str, step: int) -> Figure:
    """Return repeat purchases since the first day, actual beside expected.

    Parameters
    ----------
    found : Tracking
    chosen : str
    unit : {"day", "week", "month"}
    step : int
        Actual numbers are rounded to multiples of it, lest single purchases be worked out.
    """
    actual = [float(round(value / step) * step) for value in _sums(found.actual)]
    expected = {name: _sums(values) for name, values in found.expected.items()}
    return _tracked(found, chosen, actual, expected, unit=unit, title="repeat purchases so far")


def _sums(values: Sequence[float]) -> tuple[float, ...]:
    so_far, found = 0.0, []
    for value in values:
        so_far += value
        found.append(so_far)
    return tuple(found)


def _tracked(
    found: Tracking, chosen: str, actual: Sequence[float], expected: Mapping[str, Sequence[float]], *, unit: str, title: str
) -> Figure:
    others = [name for name in expected if name != chosen]
    lines = [_line(found, "what came", actual, {"color": INK, "width": 2.5}, unit)]
    lines += [
        _line(found, f"foretold ({name})", expected[name], {"color": BLUE, "width": 2.5, "dash": "dash"}, unit)
        for name in expected
        if name == chosen
    ]
    lines += [
        _line(found, f"foretold ({name})", expected[name], {"color": GREY, "width": 1.5, "dash": _DASHES[place % len(_DASHES)]}, unit)
        for place, name in enumerate(others)
    ]
    top = max((value for line in lines for value in line["y"] if value is not None), default=1.0)
    return {
        "data": lines,
        "layout": layout(
            290,
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top", "font": {"size": 11}, "itemclick": False},
            margin={"l": 8, "r": 8, "t": 24, "b": 8},
            shapes=[_cutoff(found.cutoff)],
            annotations=_sides(found),
            xaxis=axis(f"{unit}s since the first day", showgrid=False, nticks=7),
            yaxis=axis(title, rangemode="tozero", nticks=5, tickformat=ticks(top)),
        ),
        "narrow": {"legend.font.size": 10, "height": 310},
    }


def _line(found: Tracking, words: str, values: Sequence[float], style: Figure, unit: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": inert(words),
        "x": rounded(found.ends, 6),
        "y": rounded(values, 5),
        "connectgaps": False,
        "line": style,
        "hovertext": [f"{unit} {number(end)}, {inert(words)}: {count(value)}" for end, value in zip(found.ends, values, strict=True)],
        "hoverinfo": "text",
    }


def _cutoff(place: float) -> Figure:
    return {
        "type": "line",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": INK, "width": 1, "dash": "dot"},
    }


def _sides(found: Tracking) -> list[Figure]:
    """Words on both sides of the line, or on the roomier one alone."""
    note = {
        "x": found.cutoff,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": QUIET},
    }
    late = found.cutoff > 0.5 * max(found.ends, default=1.0)
    return [{**note, "xanchor": "right" if late else "left", "text": "learned ◂ ▸ held out" if late else "◂ learned, held out ▸"}]


def spread(words: Sequence[str], customers: Sequence[int], *, title: str) -> Figure:
    """Return how many customers fall into each class of value, as bars.

    Parameters
    ----------
    words : sequence of str
        Classes from low to high; the highest is drawn on top.
    customers : sequence of int
        In each; none may be small (see `segmentry.disclosure`).
    title : str
        What the classes are of, with its unit.
    """
    total = max(sum(customers), 1)
    places = list(range(len(words)))
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": places,
                "x": [size / total for size in customers],
                "text": [f"{share(size / total)} · {count(size)}" for size in customers],
                "textposition": "outside",
                "textfont": {"size": 11},
                "cliponaxis": False,
                "marker": {"color": BLUE},
                "hovertext": [
                    f"<b>{inert(each)}</b><br>{count(size)} customers ({share(size / total)})"
                    for each, size in zip(words, customers, strict=True)
                ],
                "hoverinfo": "text",
            }
        ],
        "layout": layout(
            80 + 30 * len(words),
            bargap=0.25,
            xaxis=axis("share of customers", tickformat=".0%", rangemode="tozero", range=[0, 1.35 * max(customers, default=1) / total]),
            yaxis=axis(title, tickvals=places, ticktext=[label(each, 30) for each in words], showgrid=False),
        ),
        "narrow": {"xaxis.nticks": 4, "yaxis.tickfont.size": 11},
    }


def concentration(depths: Sequence[float], held: Sequence[float], *, what: str) -> Figure:
    """Return the share of the value that the most valuable customers hold, beside that of equal customers.

    Parameters
    ----------
    depths : sequence of float
        Shares of customers, the most valuable first, rising to 1.
    held : sequence of float
        Share of the value these hold.
    what : str
        What is held, such as "expected value".
    """
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "these customers",
        "x": [0, *rounded(depths, 4)],
        "y": [0, *rounded(held, 3)],
        "line": {"color": BLUE, "width": 2.5},
        "marker": {"size": 7, "color": BLUE},
        "fill": "tozeroy",
        "fillcolor": "rgba(0,114,178,0.08)",
        "hovertext": [
            "",
            *(f"the most valuable {share(depth)} of customers: {share(part)} of {what}" for depth, part in zip(depths, held, strict=True)),
        ],
        "hoverinfo": "text",
    }
    equal = {
        "type": "scatter",
        "mode": "lines",
        "name": "if all were alike",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": GREY, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    return {
        "data": [curve, equal],
        "layout": layout(
            330,
            margin={"l": 8, "r": 24, "t": 8, "b": 8},
            showlegend=True,
            legend=_LEGEND,
            xaxis=axis(
                "share of customers, the most valuable first", tickformat=".0%", range=[0, 1.01], tickvals=[0, 0.1, 0.25, 0.5, 0.75, 1]
            ),
            yaxis=axis(f"share of {what}", tickformat=".0%", range=[0, 1.04], dtick=0.25),
        ),
        "narrow": {"height": 290},
    }
