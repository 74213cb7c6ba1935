"""Figures with intervals as people read them: rounded to what is known, the horizon and times in plain units."""

from __future__ import annotations

import math

from segmentry.plots.numbers import NOTHING, count, money, number
from segmentry.plots.segments import numbered
from segmentry.results import Estimate
from segmentry.value.results import Worth

_MONTH, _WEEK = 365.25 / 12, 7
_SLACK = 3.0
_FEW_WEEKS = 60
_WHOLE = 10
_LONG_NAME = 40


def rounded_by(value: float, width: float) -> float:
    """Round a figure to the second digit of what is not known of it.

    Parameters
    ----------
    value : float
    width : float
        Half an interval, or a standard error; nothing is rounded at 0.

    Examples
    --------
    >>> rounded_by(12345.6, 1500.0), rounded_by(0.242618, 0.0125), rounded_by(3.2, 0.0)
    (12300.0, 0.243, 3.2)
    """
    if not (math.isfinite(value) and math.isfinite(width)) or width <= 0:
        return value
    return round(value, 1 - math.floor(math.log10(width)))


def known(value: float, error: float) -> str:
    """Return a figure and its standard error, both rounded to what is known.

    Examples
    --------
    >>> known(0.24261, 0.01251), known(-3.0, float("nan")), known(10.0, float("inf"))
    ('0.243 ± 0.013', '−3', '10')
    """
    if not math.isfinite(error) or error <= 0:
        return number(value)
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{rounded_by(value, error):,.{digits}f} ± {rounded_by(error, error):,.{digits}f}".replace("-", "−")


def amount(found: Worth, value: float | None, currency: str) -> str:
    """Return a value as money, or as a number of purchases where the data has no amounts.

    Examples
    --------
    >>> amount(Worth("", "week", 52.0, 365, None, 0.1), 12300.0, "£")
    '£12,300'
    >>> amount(Worth("", "week", 52.0, 365, None, 0.1, money=False), 1.31, "£")
    '1.31 purchases'
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if found.money:
        return money(value, currency)
    text = number(value)
    return f"{text} {'purchase' if text == '1' else 'purchases'}"


def bounded(found: Worth, each: Estimate, currency: str, *, per: int = 1) -> tuple[str, str]:
    """Return a figure and its interval, rounded to what the interval allows, without the word `noun` behind them.

    Parameters
    ----------
    found : Worth
    each : Estimate
    currency : str
    per : int
        Customers the figure is divided by.

    Examples
    --------
    >>> bounded(Worth("", "week", 52.0, 365, None, 0.1), Estimate(12345.6, 10876.0, 13911.0), "£")
    ('£12,300', '£10,900 to £13,900')
    """
    value, low, high = (part / max(per, 1) for part in (each.value, each.low, each.high))
    width = (high - low) / 2
    told, least, most = (rounded_by(part, width) + 0.0 for part in (value, low, high))
    words = f"{bare(found, least, currency)} to {bare(found, most, currency)}" if width > 0 and math.isfinite(width) else ""
    return bare(found, told, currency), words


def bare(found: Worth, value: float, currency: str) -> str:
    """Return a value without the word behind it, because another beside it carries the word."""
    return money(value, currency) if found.money else number(value)


def noun(found: Worth) -> str:
    """Return the word behind a figure in a sentence: none behind money."""
    return "" if found.money else " purchases"


def verb(found: Worth) -> str:
    """Return what customers are expected to do: bring money, or make purchases."""
    return "bring" if found.money else "make"


def horizon(found: Worth) -> str:
    """Return how far ahead is looked: months where they fit, else weeks or days.

    Examples
    --------
    >>> [horizon(Worth("", "week", days / 7, days, None, 0.1)) for days in (365, 273, 70, 28, 10, 1)]
    ['12 months', '9 months', '70 days', '4 weeks', '10 days', 'day']
    """
    days = found.horizon_days
    months = round(days / _MONTH)
    if months > 1 and abs(days - months * _MONTH) <= _SLACK:
        return f"{months} months"
    if days % _WEEK == 0 and _WEEK < days < _FEW_WEEKS:
        return f"{days // _WEEK} weeks"
    return "day" if days == 1 else f"{count(days)} days"


def called(segment: int, name: str) -> str:
    """Return a segment as sentences name it: with its number, and a long name up to its first comma.

    Examples
    --------
    >>> called(2, "Recent loyal big spenders, low share of purchases in January")
    '“2 Recent loyal big spenders”'
    """
    return f"“{numbered(segment, name.partition(',')[0] if len(name) > _LONG_NAME else name)}”"


def times(value: float, unit: str) -> str:
    """Return a stretch of time in the unit of the fits.

    Examples
    --------
    >>> times(13.0, "week"), times(1.0, "month"), times(38.86, "week")
    ('13 weeks', '1 month', '39 weeks')
    """
    text = number(round(value) if abs(value) >= _WHOLE else value)
    return f"{text} {unit}{'' if text == '1' else 's'}"
