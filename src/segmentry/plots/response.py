"""Pictures of who will answer: profit and gains by how many are contacted, prediction beside truth, segments, and what goes with an answer."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.evaluation.results import CalibrationCurve, GainsCurve, ProfitCurve
from segmentry.plots.numbers import amount, count, money, number, rounded, share, ticks
from segmentry.plots.segments import numbered
from segmentry.plots.theme import BLUE, GREEN, GREY, INK, VERMILION, Figure, axis, colour, inert, label, layout, mark
from segmentry.propensity.results import Dependence, Importance, SegmentResponse
from segmentry.results import Estimate

COLUMNS_SHOWN = 12
_BAND = "rgba(0,114,178,0.15)"
_SIGNS = {"more": "▲", "less": "▼"}
_DEPTH = "customers contacted, the likeliest first"
_LABEL = {"size": 12, "color": INK}


def profit(curve: ProfitCurve, currency: str = "") -> Figure:
    """Return profit by share contacted with its band; everyone, nobody and, where choosing is advised, the best depth marked."""
    hover = [
        f"{share(at)} contacted: <b>{inert(money(value, currency))}</b><br>{inert(money(low, currency))} to {inert(money(high, currency))}"
        for at, value, low, high in zip(curve.share, curve.profit, curve.low, curve.high, strict=True)
    ]
    span = max(abs(value) for value in (*curve.low, *curve.high))
    unit = f", {currency}" if currency else " (currency of the data)"
    return {
        "data": [*_banded(curve.share, curve.profit, curve.low, curve.high, hover), *_ends(curve, currency), *_best(curve, currency)],
        "layout": layout(
            340,
            margin={"l": 8, "r": 14, "t": 18, "b": 8},
            xaxis=axis(_DEPTH, tickformat=".0%", range=[-0.02, 1.02], nticks=6),
            yaxis=axis(inert(f"profit{unit}"), tickformat=ticks(span), zeroline=True, zerolinecolor=GREY, nticks=7),
        ),
        "narrow": {"xaxis.nticks": 4, "height": 300},
    }


def _ends(curve: ProfitCurve, currency: str) -> list[Figure]:
    """Nobody and everyone, their words on the side where the curve is not."""
    rises, falls = curve.profit[1] > 0, curve.profit[-2] > curve.everyone
    return [
        _point(0.0, 0.0, "nobody", f"{'bottom' if rises else 'top'} right", (GREY, "circle"), "Contact nobody: 0"),
        _point(
            1.0,
            curve.everyone,
            "everyone",
            f"{'bottom' if falls else 'top'} left",
            (VERMILION, "square"),
            f"Contact everyone: {inert(money(curve.everyone, currency))}",
        ),
    ]


def _best(curve: ProfitCurve, currency: str) -> list[Figure]:
    best, depth = curve.best, curve.best_share.value
    if curve.advice != "some" or not 0 < depth < 1:
        return []
    value, low, high = (inert(money(part, currency)) for part in (best.value, best.low, best.high))
    told = f"Contact the likeliest {share(depth)}: {value}<br>{low} to {high}"
    point = _point(depth, best.value, "", "top center", (GREEN, "diamond"), told)
    point["error_y"] = _errors([best])
    # Its words stand above the band, lest they lie on it.
    top = max([best.high, *(high for at, high in zip(curve.share, curve.high, strict=True) if abs(at - depth) <= 0.1)])
    words = {
        "type": "scatter",
        "mode": "text",
        "x": rounded([depth], 4),
        "y": rounded([top], 4),
        "text": ["best"],
        "textposition": "top center",
        "textfont": _LABEL,
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    return [point, words]


def _point(at: float, value: float, words: str, side: str, look: tuple[str, str], hover: str) -> Figure:
    tint, symbol = look
    return {
        "type": "scatter",
        "mode": "markers+text" if words else "markers",
        "x": rounded([at], 4),
        "y": rounded([value], 4),
        "text": [words],
        "textposition": side,
        "textfont": _LABEL,
        "cliponaxis": False,
        "marker": {"size": 11, "color": tint, "symbol": symbol, "opacity": 1},
        "hovertext": [hover],
        "hoverinfo": "text",
    }


def gains(curve: GainsCurve) -> Figure:
    """Return the share of answers reached by share contacted, with its band, above the diagonal of chance."""
    hover = [
        f"{share(at)} contacted reach <b>{share(value)}</b> of those who answer<br>{share(low)} to {share(high)}; {number(lift)} times as many as by chance"
        for at, value, low, high, lift in zip(curve.share, curve.reached, curve.low, curve.high, curve.lift, strict=True)
    ]
    return {
        "data": [*_banded(curve.share, curve.reached, curve.low, curve.high, hover), _diagonal(1.0)],
        "layout": layout(
            320,
            xaxis=axis(_DEPTH, tickformat=".0%", range=[-0.01, 1.02], nticks=6),
            yaxis=axis("share of those who answer", tickformat=".0%", range=[0, 1.02], nticks=6),
        ),
        "narrow": {"xaxis.nticks": 4, "height": 290},
    }


def calibration(curve: CalibrationCurve) -> Figure:
    """Return the share that answered beside the prediction, with intervals; points on the diagonal are right."""
    top = min(1.0, 1.08 * max([*curve.high, *curve.predicted, 0.01]))
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(curve.predicted),
        "y": rounded(curve.observed),
        "error_y": _bounds(curve.observed, curve.low, curve.high),
        "marker": {"color": BLUE, "size": 9, "opacity": 1},
        "cliponaxis": False,
        "hovertext": [
            f"Foretold {share(said)}, answered <b>{share(seen)}</b> ({share(low)} to {share(high)})<br>n = {count(n)}"
            for said, seen, low, high, n in zip(curve.predicted, curve.observed, curve.low, curve.high, curve.customers, strict=True)
        ],
        "hoverinfo": "text",
    }
    return {
        "data": [_diagonal(top), points],
        "layout": layout(
            320,
            xaxis=axis("probability foretold", tickformat=".0%", range=[-0.02 * top, top], nticks=6),
            yaxis=axis("share that answered", tickformat=".0%", range=[-0.02 * top, top], nticks=6),
        ),
        "narrow": {"height": 290},
    }


def segments(rows: Sequence[SegmentResponse]) -> Figure:
    """Return one row per segment, the first on top: share that answered with its interval, and an upright line at the mean probability."""
    drawn = list(reversed(rows))
    places = list(range(len(drawn)))
    hover = [
        f"<b>{inert(numbered(row.id, row.name))}</b><br>{share(row.rate.value)} answered ({share(row.rate.low)} to {share(row.rate.high)})"
        f"<br>{share(row.predicted)} foretold<br>n = {count(row.customers)} customers"
        for row in drawn
    ]
    seen = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(row.rate.value for row in drawn),
        "y": places,
        "error_x": {**_errors([row.rate for row in drawn]), "color": GREY, "thickness": 2, "width": 5},
        "marker": {"size": 14, "color": [colour(row.id) for row in drawn], "symbol": [mark(row.id) for row in drawn], "opacity": 1},
        "hovertext": hover,
        "hoverinfo": "text",
    }
    said = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(row.predicted for row in drawn),
        "y": places,
        "marker": {"size": 24, "symbol": "line-ns", "line": {"color": INK, "width": 2.5}, "opacity": 1},
        "hoverinfo": "skip",
    }
    top = max([0.01, *(max(row.rate.high, row.predicted) for row in drawn)])
    return {
        "data": [seen, said],
        "layout": layout(
            80 + 40 * len(drawn),
            xaxis=axis("share that answered, and mean probability foretold", tickformat=".0%", range=[-0.02 * top, 1.05 * top], nticks=6),
            yaxis=axis(
                tickvals=places,
                ticktext=[label(numbered(row.id, row.name), 30) for row in drawn],
                showgrid=False,
                range=[-0.6, len(drawn) - 0.4],
            ),
        ),
        "narrow": {
            "yaxis.ticktext": [label(numbered(row.id, row.name), 15, 3) for row in drawn],
            "yaxis.tickfont.size": 11,
            "xaxis.nticks": 4,
            "xaxis.title.text": "answered, and foretold",
            "height": 90 + 50 * len(drawn),
        },
    }


def importance(found: Sequence[Importance]) -> Figure:
    """Return one bar per column, the most important on top: how much worse customers are ranked without it; grey where that may be chance."""
    rows = list(reversed(found[:COLUMNS_SHOWN]))
    places = list(range(len(rows)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": places,
        "x": rounded(100 * row.drop.value for row in rows),
        "error_x": _bounds(*([100 * getattr(row.drop, part) for row in rows] for part in ("value", "low", "high"))),
        "marker": {"color": [BLUE if row.drop.low > 0 else "#c3cad3" for row in rows]},
        "hovertext": [
            f"<b>{inert(row.words)}</b><br>{number(100 * row.drop.value)} more of 100 pairs ranked wrongly "
            f"({number(100 * row.drop.low)} to {number(100 * row.drop.high)})"
            for row in rows
        ],
        "hoverinfo": "text",
    }
    top = max([0.1, *(100 * row.drop.high for row in rows)])
    signs = {
        "type": "scatter",
        "mode": "text",
        "x": rounded(max(100 * row.drop.high, 0.0) for row in rows),
        "y": places,
        "text": [f"  {_SIGNS.get(row.direction, '')}" if row.drop.low > 0 else "" for row in rows],
        "textposition": "middle right",
        "textfont": {"size": 12, "color": INK},
        "hoverinfo": "skip",
    }
    bottom = min([0.0, *(100 * row.drop.low for row in rows)])
    return {
        "data": [bars, signs],
        "layout": layout(
            90 + 34 * len(rows),
            bargap=0.4,
            xaxis=axis(
                "pairs of customers in 100 that are ranked wrongly without it",
                zeroline=True,
                zerolinecolor=GREY,
                range=[1.03 * bottom, 1.08 * top],
            ),
            yaxis=axis(tickvals=places, ticktext=[label(row.words, 34) for row in rows], showgrid=False),
        ),
        "narrow": {
            "yaxis.ticktext": [label(row.words, 18, 3) for row in rows],
            "yaxis.tickfont.size": 11,
            "xaxis.nticks": 4,
            "xaxis.range": [1.03 * bottom, 1.18 * top],
            "xaxis.title.text": "pairs in 100 ranked wrongly",
            "height": 90 + 44 * len(rows),
        },
    }


def dependence(found: Dependence, currency: str = "") -> Figure:
    """Return the mean probability over one column, with the spread over the models of the folds."""
    if found.levels:
        return _levels(found)
    hover = [
        f"{inert(amount(at, kind=found.kind, unit=found.unit, currency=currency))}: <b>{share(value)}</b> ({share(low)} to {share(high)})"
        for at, value, low, high in zip(found.at, found.probability, found.low, found.high, strict=True)
    ]
    unit = " ".join(part for part in (currency if found.kind == "money" else "", found.unit) if part)
    title = f"{found.words}{f', {unit}' if unit and found.unit.casefold() not in found.words.casefold().split() else ''}"
    form = ".0%" if found.kind == "share" else ticks(max(abs(value) for value in found.at))
    across = axis(label(title, 44), tickformat=form, nticks=5)
    if found.kind == "flag":
        across |= {"tickvals": [0, 1], "ticktext": ["no", "yes"]}
    lines = _banded(found.at, found.probability, found.low, found.high, hover)
    lines[-1] |= {"mode": "lines+markers", "marker": {"size": 5, "color": BLUE}}
    return {"data": lines, "layout": layout(240, xaxis=across, yaxis=_probability(found))}


def _levels(found: Dependence) -> Figure:
    names = [found.levels[int(code)] if 0 <= code < len(found.levels) else "other" for code in found.at]
    order = sorted(range(len(names)), key=lambda place: (found.probability[place], names[place]))
    places = list(range(len(names)))
    value, low, high = ([getattr(found, part)[place] for place in order] for part in ("probability", "low", "high"))
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(value),
        "y": places,
        "error_x": _bounds(value, low, high),
        "marker": {"color": BLUE, "size": 9, "opacity": 1},
        "hovertext": [f"{inert(names[place])}: <b>{share(found.probability[place])}</b>" for place in order],
        "hoverinfo": "text",
    }
    across = _probability(found)
    return {
        "data": [points],
        "layout": layout(
            max(240, 80 + 26 * len(names)),
            xaxis=across,
            yaxis=axis(
                tickvals=places, ticktext=[label(names[place], 22, 1) for place in order], showgrid=False, range=[-0.6, len(names) - 0.4]
            ),
        ),
    }


def _probability(found: Dependence) -> Figure:
    return axis("mean probability", tickformat=".0%", range=[0, min(1.0, 1.1 * max([*found.high, 0.01]))], nticks=5)


def _diagonal(top: float) -> Figure:
    line = {"color": GREY, "width": 1.5, "dash": "dash"}
    return {"type": "scatter", "mode": "lines", "x": rounded([0, top]), "y": rounded([0, top]), "line": line, "hoverinfo": "skip"}


def _errors(found: Sequence[Estimate]) -> Figure:
    return _bounds([each.value for each in found], [each.low for each in found], [each.high for each in found])


def _bounds(value: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Figure:
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded(most - each for most, each in zip(high, value, strict=True)),
        "arrayminus": rounded(each - least for least, each in zip(low, value, strict=True)),
        "color": INK,
        "thickness": 1.2,
        "width": 4,
    }


def _banded(at: Sequence[float], value: Sequence[float], low: Sequence[float], high: Sequence[float], hover: Sequence[str]) -> list[Figure]:
    """Return a line with its band below it."""
    edge = {"type": "scatter", "mode": "lines", "x": rounded(at, 4), "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**edge, "y": rounded(low, 4)},
        {**edge, "y": rounded(high, 4), "fill": "tonexty", "fillcolor": _BAND},
        {
            "type": "scatter",
            "mode": "lines",
            "x": rounded(at, 4),
            "y": rounded(value, 4),
            "line": {"color": BLUE, "width": 2.5},
            "hovertext": list(hover),
            "hoverinfo": "text",
        },
    ]
