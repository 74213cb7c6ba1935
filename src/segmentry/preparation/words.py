"""Figures in sentences: three significant digits, thousands separated; the same everywhere in findings, names and reasons."""

from __future__ import annotations

import math


def figure(value: float) -> str:
    """Return a number for a sentence.

    Examples
    --------
    >>> figure(1234567.8), figure(45.678), figure(0.01234), figure(3.0)
    ('1,234,568', '45.7', '0.0123', '3')
    """
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    if size >= 1e15:
        return f"{value:.3g}"
    if size >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.6f}".rstrip("0").rstrip(".") if "e" in text else text


def percent(share: float) -> str:
    """Return a share of 0 to 1 as a percentage for a sentence.

    Examples
    --------
    >>> percent(0.314), percent(0.0123), percent(0.0), percent(0.0001)
    ('31%', '1.2%', '0%', 'under 0.1%')
    """
    if not math.isfinite(share):
        return "unknown"
    if abs(share) < 0.0005:
        return "0%" if share == 0 else "under 0.1%"
    return f"{share:.0%}" if abs(share) >= 0.0995 else f"{100 * share:.1f}%"


def listed(parts: list[str] | tuple[str, ...], most: int = 8) -> str:
    """Join names for a sentence; after `most` of them the rest is counted.

    Examples
    --------
    >>> listed(["age", "income", "visits"])
    'age, income and visits'
    >>> listed(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    shown = list(parts[:most])
    if len(parts) > most:
        shown.append(f"{len(parts) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
