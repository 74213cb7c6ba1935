"""Picture of who went where: the old day, the new day by the old model, the new day by the new model.

Between the first two columns customers moved, between the last two the model did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segmentry.disclosure import FLOOR
from segmentry.plots.numbers import count
from segmentry.plots.segments import numbered
from segmentry.plots.theme import INK, QUIET, Figure, colour, inert, label, layout
from segmentry.segments.migration import ASIDE, GONE, NEW

Steps = Sequence[tuple[int, int, int]]

_PLACES = (0.001, 0.5, 0.999)
_TOP, _BOTTOM, _PAD = 60, 16, 16
_ELSEWHERE = "#c3ccd6"


def people(customers: int) -> str:
    """Return a number of customers in words; single customers cannot be told.

    Examples
    --------
    >>> people(1200), people(3)
    ('1,200 customers', 'under 5 customers')
    """
    return f"under {FLOOR} customers" if 0 < customers < FLOOR else f"{count(customers)} customers"


def flows(steps: tuple[Steps, Steps], names: Mapping[int, str], *, titles: Sequence[str]) -> Figure:
    """Return a Sankey diagram of three columns.

    Parameters
    ----------
    steps : pair of sequences of (source, target, customers)
        See `segments.migration.stages`.
    names : mapping of int to str
        Of every id that occurs.
    titles : sequence of three str
        What each column is.
    """
    columns = [_totals(steps[0], 0), _totals(steps[0], 1), _totals(steps[1], 1)]
    nodes = [(place, segment, n) for place, column in enumerate(columns) for segment, n in column]
    index = {(place, segment): number for number, (place, segment, _) in enumerate(nodes)}
    links = [(place, *step) for place, part in enumerate(steps) for step in part]
    height = 190 + 74 * max(len(column) for column in columns)
    inner = height - _TOP - _BOTTOM
    sankey = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [_label(place, segment, names) for place, segment, _ in nodes],
            "color": [_shade(segment) for _, segment, _ in nodes],
            "x": [_PLACES[place] for place, _, _ in nodes],
            "y": [y for column in columns for y in _heights(column, inner)],
            "pad": _PAD,
            "thickness": 18,
            "line": {"width": 0},
            "customdata": [f"<b>{inert(numbered(segment, names[segment]))}</b><br>{people(n)}" for _, segment, n in nodes],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "link": {
            "source": [index[place, source] for place, source, _, _ in links],
            "target": [index[place + 1, target] for place, _, target, _ in links],
            "value": [max(n, FLOOR) for *_, n in links],
            "color": [_faded(_shade(source), 0.2 if source == target else 0.5) for _, source, target, _ in links],
            "customdata": [_told(place, source, target, n, names) for place, source, target, n in links],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "textfont": {"size": 12, "color": INK, "shadow": "1px 1px 2px #fff, -1px -1px 2px #fff, 1px -1px 2px #fff, -1px 1px 2px #fff"},
    }
    heads = [_head(x, words, side) for x, words, side in zip((0, 0.5, 1), titles, ("left", "center", "right"), strict=True)]
    return {
        "data": [sankey],
        "layout": layout(height, margin={"l": 4, "r": 4, "t": _TOP, "b": _BOTTOM}, annotations=[*heads, *_between()]),
    }


def _totals(step: Steps, side: int) -> list[tuple[int, int]]:
    """Return the nodes of a column with their customers: segments by id, then those in none."""
    found: dict[int, int] = {}
    for link in step:
        found[link[side]] = found.get(link[side], 0) + link[2]
    return sorted(found.items(), key=lambda item: (item[0] <= 0, abs(item[0])))


def _heights(column: Sequence[tuple[int, int]], inner: int) -> list[float]:
    """Return the middle of each node, 0 (top) to 1, with room for the gaps between them."""
    room = (inner - _PAD * (len(column) - 1)) / sum(n for _, n in column)
    found, top = [], 0.0
    for _, n in column:
        found.append(round(min(max((top + n * room / 2) / inner, 0.001), 0.999), 4))
        top += n * room + _PAD
    return found


def _label(place: int, segment: int, names: Mapping[int, str]) -> str:
    if segment <= 0:
        return label(names[segment], 24, 1)
    return str(segment) if place == 1 else label(numbered(segment, names[segment]), 15, 3)


def _shade(segment: int) -> str:
    return _ELSEWHERE if segment in {NEW, GONE} else colour(segment)


def _faded(shade: str, opacity: float) -> str:
    red, green, blue = (int(shade[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _told(place: int, source: int, target: int, customers: int, names: Mapping[int, str]) -> str:
    one, other = (inert(numbered(segment, names[segment])) for segment in (source, target))
    if source == target:
        return f"<b>{one}</b><br>{people(customers)} stay" if target != GONE else f"<b>{one}</b><br>{people(customers)}"
    if ASIDE in {source, target} or NEW in {source, target} or GONE in {source, target}:
        by = ""
    else:
        by = "<br>" + ("they changed themselves" if place == 0 else "only the model changed")
    return f"<b>{one}</b> → <b>{other}</b><br>{people(customers)}{by}"


def _head(x: float, words: str, side: str) -> dict[str, Any]:
    return {
        "x": x,
        "y": 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": side,
        "yanchor": "bottom",
        "yshift": 18,
        "align": side,
        "text": label(words, 30, 2),
        "showarrow": False,
        "font": {"size": 12, "color": INK},
    }


def _between() -> list[dict[str, Any]]:
    return [
        {**_head(x, words, "center"), "yshift": 0, "font": {"size": 12, "color": QUIET}, "text": f"<i>{words}</i>"}
        for x, words in ((0.25, "customers moved →"), (0.75, "model moved →"))
    ]
