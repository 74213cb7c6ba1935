"""A figure with what a reader needs to read it: a caption with n, and words for those who cannot see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure of a page.

    Parameters
    ----------
    id : str
        Fixed id in the page; letters, digits and dashes.
    figure : dict
        Plain ``data``, ``layout`` and, where a small screen differs, ``narrow``.
    caption : str
        What is drawn, with its n.
    alt : str
        What it shows, for those who cannot see it.
    title : str
        Heading of a small multiple; empty when a chapter's heading does.
    minimum : int
        Narrowest width in pixels at which it can be read; it scrolls in its box below. 0 fits any width.
    """

    id: str
    figure: dict[str, Any]
    caption: str
    alt: str
    title: str = ""
    minimum: int = 0

    @property
    def json(self) -> Markup:
        """The figure as JSON that is inert inside a ``script`` element."""
        return embedded(self.figure)

    @property
    def height(self) -> int:
        """Height in pixels that the page keeps free."""
        return int(self.figure["layout"]["height"])


def embedded(value: Any) -> Markup:
    r"""Return JSON in which nothing can end or open an element.

    Examples
    --------
    >>> print(embedded({"a": "</script><b>&"}))
    {"a":"\u003c/script\u003e\u003cb\u003e\u0026"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        text = text.replace(sign, code)
    return Markup(text)  # noqa: S704 - the signs of markup were taken out above
