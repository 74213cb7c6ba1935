"""Effects as people read them: percentage points of a share, money, or a plain number, rounded to what is known."""

from __future__ import annotations

import math

from segmentry.plots.forest import Scale, points
from segmentry.plots.numbers import money, number, share
from segmentry.reports.contacting import bounded
from segmentry.reports.estimates import rounded_by
from segmentry.results import Estimate

_MINUS = "−"
_SMALL = 0.0001


def difference(found: Estimate, kind: str, currency: str) -> str:
    """Return a difference with its interval in the unit of its metric.

    Examples
    --------
    >>> difference(Estimate(0.00953, 0.0071, 0.0119), "yes/no", "")
    '+0.95 points (+0.71 to +1.19)'
    >>> difference(Estimate(-1.52, -3.1, 0.1), "money", "£")
    '−£1.50 (−£3.10 to £0.10)'
    """
    if not all(map(math.isfinite, (found.value, found.low, found.high))):
        return "cannot be told"
    if kind == "money":
        value, interval = bounded(found, currency)
        return f"{value} ({interval})" if found.high > found.low else value
    factor = 100.0 if kind == "yes/no" else 1.0
    half = factor * (found.high - found.low) / 2
    value, low, high = (signed(rounded_by(factor * part, half)) for part in (found.value, found.low, found.high))
    unit = " points" if kind == "yes/no" else ""
    return f"{value}{unit} ({low} to {high})" if half > 0 else f"{value}{unit}"


def signed(value: float) -> str:
    """Return a number with its sign, without the digits that a computer adds.

    Examples
    --------
    >>> signed(0.95), signed(-1.2), signed(0.0)
    ('+0.95', '−1.2', '0')
    """
    text = f"{abs(value):,.10g}"
    return text if text == "0" else f"{_MINUS if value < 0 else '+'}{text}"


def mean(value: float, kind: str, currency: str) -> str:
    """Return a mean in the unit of its metric.

    Examples
    --------
    >>> mean(0.0123, "yes/no", ""), mean(12.3456, "money", "£"), mean(3.21, "number", "")
    ('1.2%', '£12.35', '3.21')
    """
    if kind == "yes/no":
        # Arms that differ by less than a point are to be told apart.
        return f"{value:.1%}" if 0.1 <= value < 1 else share(value)
    return money(value, currency) if kind == "money" else number(value)


def small(p: float | None) -> str:
    """Return a p-value; very small ones are only said to be small.

    Examples
    --------
    >>> small(0.0312), small(0.000001), small(None)
    ('0.031', 'below 0.0001', '–')
    """
    if p is None:
        return "–"
    return "below 0.0001" if p < _SMALL else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def scale(words: str, kind: str, currency: str) -> Scale:
    """Return the axis of effects on a metric."""
    if kind == "yes/no":
        return points(words)
    unit = (f", {currency}" if currency else " (currency of the data)") if kind == "money" else ""
    return Scale(f"{words} per customer{unit}", f"{words}{unit}")
