"""Numbers as people read them: rounded to what is known, with thousands separators, unit and currency."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

NOTHING = "–"
_MINUS = "−"
YEARS = ("year", "year of birth")
_LONG_UNIT = 12
_ONE_OF = {"children": "child", "people": "person"}


def count(value: float | None) -> str:
    """Return a whole number with thousands separators.

    Examples
    --------
    >>> count(541909)
    '541,909'
    """
    return NOTHING if value is None or not math.isfinite(value) else f"{value:,.0f}"


def share(value: float | None) -> str:
    """Return a share of 0 to 1 as percent: whole from 10 % on, one decimal below.

    Examples
    --------
    >>> share(0.3149), share(0.0312), share(0.00002), share(None)
    ('31%', '3.1%', 'under 0.1%', '–')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if 0 < value < 0.0005:
        return "under 0.1%"
    return _signed(f"{value:.0%}" if abs(value) >= 0.0995 or value == 0 else f"{value:.1%}")


def number(value: float | None) -> str:
    """Return a number with three significant digits below a thousand, two below one, whole above.

    Examples
    --------
    >>> number(1234.56), number(12.345), number(0.0123), number(-3.0)
    ('1,235', '12.3', '0.012', '−3')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    return _signed(f"{value:,.0f}" if size >= 100 else f"{value:.3g}" if size >= 1 else f"{value:.2g}")


def money(value: float | None, currency: str = "") -> str:
    """Return an amount: symbols go before, codes behind; cents only below 100 of a known currency.

    Examples
    --------
    >>> money(1234.5, "£"), money(12.5, "EUR"), money(8911407.9, "£"), money(-3, "$"), money(93.377)
    ('£1,234', '12.50 EUR', '£8.91m', '−$3', '93.4')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if size >= 1e9:
        text = f"{size / 1e9:,.3g}bn"
    elif size >= 1e6:
        text = f"{size / 1e6:,.3g}m"
    elif not currency:
        text = number(size)
    else:
        text = f"{size:,.0f}" if size >= 100 or size == round(size) else f"{size:,.2f}"
    if currency:
        text = f"{text} {currency}" if currency.isalpha() else f"{currency}{text}"
    return f"−{text}" if value < 0 else text


def amount(value: float | None, *, kind: str, unit: str = "", currency: str = "", bare: bool = False) -> str:
    """Return a value of a feature in its own unit.

    Parameters
    ----------
    value : float or None
    kind : str
        Kind of the column: see `segmentry.matrix.Column`.
    unit, currency : str
    bare : bool
        Leave the unit away, because a figure beside it carries it.

    Examples
    --------
    >>> amount(0.25, kind="share"), amount(1.0, kind="days"), amount(1957, kind="number", unit="year"), amount(0.315, kind="number", unit="−1 to 1")
    ('25%', '1 day', '1957', '0.32')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if kind in ("share", "flag"):
        return share(value)
    if kind == "money":
        return money(value, currency)
    if unit in YEARS:
        return f"{value:.0f}"
    text = _whole_things(value) if kind in ("count", "days") else number(value)
    unit = unit or ("days" if kind == "days" else "")
    # A range such as "−1 to 1" says where a scale ends; it is no unit to put behind a number.
    if bare or not unit or len(unit) > _LONG_UNIT or any(sign.isdigit() for sign in unit):
        return text
    if text == "1":
        unit = _ONE_OF.get(unit, unit[:-1] if unit.endswith("s") and " " not in unit else unit)
    return f"{text} {unit}"


def ticks(largest: float) -> str:
    """Return the d3 format for an axis that ends at `largest`: k and m only where thousands are.

    Examples
    --------
    >>> ticks(0.8), ticks(250_000.0)
    ('', '~s')
    """
    return "~s" if largest >= 5000 else ""


def _whole_things(value: float) -> str:
    """Days and counts: means keep one decimal below ten, none above."""
    return _signed(f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.1f}")


def _signed(text: str) -> str:
    return text.replace("-", _MINUS, 1) if text.startswith("-") else text


def rounded(values: Iterable[float] | NDArray[np.float64], digits: int = 3) -> list[float | int | None]:
    """Return numbers for a picture: significant digits cut, what is not finite as None.

    Examples
    --------
    >>> rounded([1234.567, 0.0001234, float("nan"), 2.0])
    [1230, 0.000123, None, 2]
    """
    result: list[float | int | None] = []
    for value in values:
        if not math.isfinite(value):
            result.append(None)
            continue
        cut = float(f"{value:.{digits}g}")
        result.append(int(cut) if cut.is_integer() else cut)
    return result
