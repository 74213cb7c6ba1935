"""Picture of a tree: the last merges, the cut, and which branch became which segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.plots.numbers import count, number, rounded, ticks
from segmentry.plots.segments import numbered
from segmentry.plots.theme import INK, QUIET, Figure, axis, colour, label, layout
from segmentry.segments.hierarchical import cut
from segmentry.segments.tree import Tree

SHOWN = 30
_ABOVE = -1
_Places = tuple[list[float | None], list[float | None]]


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Of every node (leaves first): customers, height, segment or `_ABOVE` when it holds several, smallest segment, and place from left."""

    customers: NDArray[np.float64]
    height: NDArray[np.float64]
    segment: NDArray[np.int64]
    lowest: NDArray[np.int64]
    across: dict[int, float]
    tips: tuple[int, ...]


def dendrogram(tree: Tree, k: int, segments: Mapping[int, int], *, names: Mapping[int, str] | None = None) -> Figure:
    """Return the tree from its root down to about thirty branches, coloured by the segments of the cut at k.

    Parameters
    ----------
    tree : Tree
    k : int
    segments : mapping of int to int
        The segment's id of each group 0 … k−1 of ``cut(tree, k)``.
    names : mapping of int to str, optional
        Name of each segment by its id, for the legend.

    Raises
    ------
    UsageError
        When k is not possible or a group has no segment.
    """
    nodes = _nodes(tree, k, segments)
    lines = _lines(tree, nodes)
    above = [_line(lines[_ABOVE], QUIET, "several segments", shown=False)] if _ABOVE in lines else []
    own = [
        _line(lines[segment], colour(segment), label(numbered(segment, (names or {}).get(segment, "")), 24), shown=bool(names))
        for segment in sorted(set(segments.values()))
        if segment in lines
    ]
    top = float(nodes.height.max()) or 1.0
    level = _level(tree, k)
    size = {"tickfont": {"size": 11 if len(nodes.tips) <= 16 else 10}}
    return {
        "data": [*above, *own, _hover(tree, nodes)],
        "layout": layout(
            430 + 20 * bool(names),
            margin={"l": 8, "r": 12, "t": 24, "b": 8},
            showlegend=bool(names),
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            shapes=[] if level is None else [_dashed(level)],
            annotations=[*_numbers(tree, nodes, level), *([] if level is None else [_note(level, k)])],
            xaxis=axis(
                "Customers in each branch",
                tickvals=list(range(len(nodes.tips))),
                ticktext=[count(float(nodes.customers[tip])) for tip in nodes.tips],
                range=_range(nodes, 0.08),
                tickangle=-90 if len(nodes.tips) > 10 else 0,
                showgrid=False,
                **size,
            ),
            yaxis=axis("Distance at which groups merge", range=[0, 1.06 * top], tickformat=ticks(top)),
        ),
        "narrow": {"xaxis.tickfont.size": 7, "yaxis.nticks": 5, "xaxis.range": _range(nodes, 0.28), "showlegend": False},
    }


def _range(nodes: _Nodes, margin: float) -> list[float]:
    """From left to right, with room for the words at the cut."""
    return [-0.8, round((1 + margin) * len(nodes.tips) - 0.2, 2)]


def _nodes(tree: Tree, k: int, segments: Mapping[int, int]) -> _Nodes:
    groups = cut(tree, k)
    missing = sorted(set(range(k)) - set(segments))
    if missing:
        raise UsageError(
            f"groups {missing} have no segment; allowed is one for each of 0 to {k - 1}. Pass the segment's id of every group."
        )
    m = tree.leaves
    customers, height = np.concatenate([tree.weights, np.zeros(m - 1)]), np.concatenate([np.zeros(m), tree.merges[:, 2]])
    segment = np.concatenate([np.array([segments[group] for group in groups.tolist()]), np.full(m - 1, _ABOVE)])
    lowest = segment.copy()
    for place, (one, two) in enumerate(tree.merges[:, :2].astype(np.int64).tolist(), start=m):
        customers[place] = customers[one] + customers[two]
        lowest[place] = min(lowest[one], lowest[two])
        segment[place] = segment[one] if segment[one] == segment[two] else _ABOVE
    tips = _tips(tree, customers, lowest, min(m, max(SHOWN, k)))
    across: dict[int, float] = {tip: float(place) for place, tip in enumerate(tips)}
    for place in range(2 * m - len(tips), 2 * m - 1):
        one, two = (int(part) for part in tree.merges[place - m, :2])
        across[place] = (across[one] + across[two]) / 2
    return _Nodes(customers, height, segment, lowest, across, tips)


def _tips(tree: Tree, customers: NDArray[np.float64], lowest: NDArray[np.int64], wanted: int) -> tuple[int, ...]:
    """Nodes that are drawn as ends, from left to right: small segment ids first, then many customers first."""
    m = tree.leaves
    waiting, found = [2 * m - 2], []
    while waiting:
        node = waiting.pop()
        if node < 2 * m - wanted:
            found.append(node)
            continue
        children = [int(part) for part in tree.merges[node - m, :2]]
        waiting += sorted(children, key=lambda child: (lowest[child], -customers[child], child), reverse=True)
    return tuple(found)


def _lines(tree: Tree, nodes: _Nodes) -> dict[int, _Places]:
    """Per segment what is drawn in its colour: the bar of each merge within it, and the legs of each branch that belongs to it."""
    lines: dict[int, _Places] = {}
    m = tree.leaves
    for node in range(2 * m - len(nodes.tips), 2 * m - 1):
        children = [int(part) for part in tree.merges[node - m, :2]]
        height = float(nodes.height[node])
        _draw(lines, int(nodes.segment[node]), [nodes.across[child] for child in children], [height, height])
        for child in children:
            low = 0.0 if child in nodes.tips else float(nodes.height[child])
            _draw(lines, int(nodes.segment[child]), [nodes.across[child]] * 2, [height, low])
    return lines


def _draw(lines: dict[int, _Places], segment: int, across: list[float], up: list[float]) -> None:
    xs, ys = lines.setdefault(segment, ([], []))
    xs += [*rounded(across, 5), None]
    ys += [*rounded(up, 5), None]


def _line(places: _Places, shade: str, name: str, *, shown: bool) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": places[0],
        "y": places[1],
        "line": {"color": shade, "width": 2},
        "showlegend": shown,
        "hoverinfo": "skip",
    }


def _hover(tree: Tree, nodes: _Nodes) -> Figure:
    places = range(2 * tree.leaves - len(nodes.tips), 2 * tree.leaves - 1)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rounded((nodes.across[place] for place in places), 5),
        "y": rounded((float(nodes.height[place]) for place in places), 5),
        "marker": {
            "size": 7,
            "color": [QUIET if nodes.segment[place] == _ABOVE else colour(int(nodes.segment[place])) for place in places],
        },
        "hovertext": [
            f"merges at distance {number(float(nodes.height[place]))}<br>n = {count(float(nodes.customers[place]))} customers"
            for place in places
        ],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _level(tree: Tree, k: int) -> float | None:
    """Height between the last merge within groups and the first above; None where no level line separates them."""
    heights = tree.merges[:, 2]
    if k == 1:
        return None
    done, undone = float(heights[: tree.leaves - k].max(initial=0.0)), float(heights[tree.leaves - k :].min())
    return (done + undone) / 2 if undone > done else None


def _numbers(tree: Tree, nodes: _Nodes, level: float | None) -> list[Figure]:
    """The segment's number where its branch crosses the cut, or on its topmost merge."""
    parents = {int(child): node for node, pair in enumerate(tree.merges[:, :2], start=tree.leaves) for child in pair}
    tops = [
        node for node in nodes.across if nodes.segment[node] != _ABOVE and (node not in parents or nodes.segment[parents[node]] == _ABOVE)
    ]
    return [
        {
            "x": round(nodes.across[node], 3),
            "y": float(f"{nodes.height[node] if level is None else level:.5g}"),
            "text": f"<b>{int(nodes.segment[node])}</b>",
            "showarrow": False,
            "font": {"size": 12, "color": INK},
            "bgcolor": "#ffffff",
            "bordercolor": colour(int(nodes.segment[node])),
            "borderwidth": 2,
            "borderpad": 2,
        }
        for node in sorted(tops)
    ]


def _dashed(level: float) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": float(f"{level:.5g}"),
        "y1": float(f"{level:.5g}"),
        "layer": "below",
        "line": {"color": INK, "width": 1, "dash": "dash"},
    }


def _note(level: float, k: int) -> Figure:
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": float(f"{level:.5g}"),
        "yanchor": "bottom",
        "align": "right",
        "text": f"cut here:<br>{k} segments",
        "showarrow": False,
        "font": {"size": 11, "color": QUIET},
    }
