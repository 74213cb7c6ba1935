"""Colours, marks and layout of every picture, and plotly's own JavaScript for the page.

Figures are plain dicts of ``data`` and ``layout`` as plotly.js takes them; ``narrow`` holds what a small screen changes in the
layout. Segments keep one colour and one mark each by their id, wherever they are drawn.

Colours: Okabe and Ito, "Color Universal Design" (2008); its yellow is darkened so that it is seen on white.
"""

from __future__ import annotations

import html
import textwrap
from typing import Any

Figure = dict[str, Any]

INK = "#1d2733"
QUIET = "#5b6775"
GRID = "#e4e8ed"
GREY = "#8b96a3"
BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
VERMILION = "#d55e00"
SEGMENT_COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", VERMILION, "#a89400", "#333333")
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down", "pentagon", "hexagon")
MARKS_3D = ("circle", "square", "diamond", "circle-open", "cross", "x", "diamond-open", "square-open")
DIVERGING = [[0.0, "#0b4f8a"], [0.25, "#6aaed6"], [0.5, "#f5f5f3"], [0.75, "#f0a860"], [1.0, "#a84300"]]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def colour(segment: int) -> str:
    """Return the colour of a segment; id 0 (set aside) is grey.

    Examples
    --------
    >>> colour(1), colour(0)
    ('#0072b2', '#8b96a3')
    """
    return GREY if segment <= 0 else SEGMENT_COLOURS[(segment - 1) % len(SEGMENT_COLOURS)]


def mark(segment: int) -> str:
    """Return the marker symbol of a segment; id 0 (set aside) is a thin cross."""
    return "x-thin" if segment <= 0 else MARKS[(segment - 1) % len(MARKS)]


def mark_3d(segment: int) -> str:
    """Return the marker symbol of a segment in three dimensions."""
    return "x" if segment <= 0 else MARKS_3D[(segment - 1) % len(MARKS_3D)]


def label(text: str, width: int = 28, lines: int = 2) -> str:
    """Return text that is inert in a figure, broken into at most `lines` lines of `width` characters.

    Examples
    --------
    >>> label("<b>Annual spend on wine and meat products", 20)
    '&lt;b&gt;Annual spend on<br>wine and meat …'
    """
    broken = textwrap.wrap(" ".join(text.split()), width, max_lines=lines, placeholder=" …") or [""]
    return "<br>".join(html.escape(line, quote=False) for line in broken)


def inert(text: str) -> str:
    """Return text that a figure shows as it is, tags and all."""
    return html.escape(text, quote=False)


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return a quiet axis with a title, its unit included by the caller."""
    return {
        "title": {"text": title, "font": {"size": 12, "color": QUIET}, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 4,
        "tickfont": {"size": 12},
        "fixedrange": True,
        **more,
    }


def layout(height: int, **more: Any) -> dict[str, Any]:
    """Return the layout that all figures share."""
    return {
        "height": height,
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": GREY, "font": {"family": FONT, "size": 12, "color": INK}, "align": "left"},
        "showlegend": False,
        "dragmode": False,
        **more,
    }


def javascript() -> str:
    """Return plotly's minified JavaScript from the installed package, so that a page needs no network."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
