"""What a single text value looks like: a number, a date, a flag, an address.

Pure text in, looks out; a value may have several. It never decides: ``01/02/2024`` looks like a day and like a month first.
"""

from __future__ import annotations

import datetime
import re
from typing import Literal

from segmentry.tables.notation import FLAG_WORDS

Look = Literal[
    "number", "integer", "decimal_point", "decimal_comma", "thousands", "currency", "whole_float", "zero_padded", "fraction", "year", "age",
    "date", "iso_date", "slashed_date", "day_first", "month_first", "named_month", "yyyymmdd", "epoch_s", "epoch_ms", "epoch_us", "excel_serial",
    "date_number", "boolean", "band", "email", "phone", "url",
]  # fmt: skip

_SYMBOL = r"[$€£¥₹₽₺₩₪฿]|R\$|zł|Kč|kr\.?|(?:USD|EUR|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|CAD|AUD|INR|BRL)"
_BODY = r"(?:\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?"
_INTEGER = re.compile(r"[-+]?\d+", re.ASCII)
_POINT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+", re.ASCII)
_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}([ .,'\u00a0\u202f])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?", re.ASCII)
_CURRENCY = re.compile(rf"[-+(]*\s*(?:(?:{_SYMBOL})\s*[-+]?{_BODY}|{_BODY}\s*(?:{_SYMBOL}))\)?|\({_BODY}\)", re.ASCII)
_TIME = r"(?:(?:T|,? +)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?))?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.ASCII)
_SLASHED = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(?:\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_NAMED = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th|\.)?[- /]*(?:de )?([^\W\d_]{3,10})\.?[-, /]*(?:de )?(?:\d{4}|\d{2})"
    rf"|([^\W\d_]{{3,10}})\.? ?\d{{1,2}}(?:st|nd|rd|th)?,? +\d{{4}}){_TIME}"
)
_MONTHS = frozenset({
    "jan", "january", "januar", "janvier", "enero", "ene", "feb", "february", "februar", "fevrier", "février", "febrero", "mar",
    "march", "märz", "marz", "mars", "marzo", "apr", "april", "avril", "avr", "abril", "abr", "may", "mai", "mayo", "jun", "june",
    "juni", "juin", "junio", "jul", "july", "juli", "juillet", "julio", "aug", "august", "août", "aout", "agosto", "ago", "sep",
    "sept", "september", "septembre", "septiembre", "oct", "october", "oktober", "okt", "octobre", "octubre", "nov", "november",
    "novembre", "noviembre", "dec", "december", "dezember", "dez", "décembre", "decembre", "diciembre", "dic",
})  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|0|\()[\d ()./-]{6,22}|\d{3}[-. ]\d{3}[-. ]\d{4}", re.ASCII)
_BAND = re.compile(
    r"\$?\d+[.,]?\d* ?[kKmM]?\+|(?:<|>|<=|>=|≤|≥|under|over|below|above|up to|unter|über|moins de|plus de|menos de)\s*\$?\d+.*"
    r"|\$?\d+[.,]?\d* ?[kKmM]?\s*(?:-|–|to|bis|à)\s*\$?\d+[.,]?\d* ?[kKmM]?|\d+ (?:and|or|und|ou|et) \w+",
    re.IGNORECASE,
)
BOOLEAN_WORDS = frozenset(word for words in FLAG_WORDS for side in words for word in side)


def parsed(text: str) -> float | None:
    """Return a plain number's value (decimal point, no marks), or None.

    Examples
    --------
    >>> parsed("-1.50"), parsed("1,5"), parsed("nan")
    (-1.5, None, None)
    """
    return float(text) if _INTEGER.fullmatch(text) or _POINT.fullmatch(text) else None


def looks(text: str) -> tuple[Look, ...]:
    """Return everything a value looks like.

    Examples
    --------
    >>> looks("17850.0")
    ('number', 'decimal_point', 'whole_float')
    >>> looks("31/12/2024")
    ('date', 'slashed_date', 'day_first')
    >>> looks("45-54")
    ('band',)
    """
    if len(text) > 120:
        return ()
    found = (*_number(text), *_date(text)) if any(map(str.isdigit, text)) else ()
    return (*found, *_word(text, found))


def _number(text: str) -> tuple[Look, ...]:
    value = parsed(text)
    if value is None:
        marked: list[Look] = []
        if _COMMA.fullmatch(text):
            marked.append("decimal_comma")
        if _THOUSANDS.fullmatch(text):
            marked.append("thousands")
        if _CURRENCY.fullmatch(text):
            marked.append("currency")
        return ("number", *marked) if marked else ()
    found: list[Look] = ["number"]
    whole = value.is_integer()
    if _INTEGER.fullmatch(text):
        found += ["integer", *_dated_number(text, value)]
        if len(text) > 1 and text[0] == "0":
            found.append("zero_padded")
    else:
        found.append("decimal_point")
        found += ["whole_float"] if re.fullmatch(r"[-+]?\d+\.0+", text) else []
        # Excel keeps the time of day as the fraction of a serial day.
        found += ["date_number", "excel_serial"] if 20_000 <= value <= 60_000 else []
        found += [] if whole else ["fraction"]
        if re.fullmatch(r"\d{1,3}\.\d{3}", text):
            found.append("thousands")
    if whole and 1880 <= value <= 2040:
        found.append("year")
    if whole and 0 <= value <= 120:
        found.append("age")
    return tuple(found)


def _dated_number(text: str, value: float) -> tuple[Look, ...]:
    """Return how a whole number may stand for a date; the ranges are the years 1985 to 2065, Excel's 1954 to 2064."""
    if len(text) == 8 and _is_day(int(text[:4]), int(text[4:6]), int(text[6:])):
        return ("date_number", "yyyymmdd")
    if 20_000 <= value <= 60_000:
        return ("date_number", "excel_serial")
    for look, scale in (("epoch_s", 1), ("epoch_ms", 1_000), ("epoch_us", 1_000_000)):
        if 473_385_600 * scale <= value < 3_000_000_000 * scale:
            return ("date_number", look)  # type: ignore[return-value]
    return ()


def _is_day(year: int, month: int, day: int) -> bool:
    if not 1880 <= year <= 2100:
        return False
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def _date(text: str) -> tuple[Look, ...]:
    iso = _ISO.fullmatch(text)
    if iso:
        return ("date", "iso_date") if int(iso[2]) <= 12 and int(iso[3]) <= 31 else ()
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        first, second = int(slashed[1]), int(slashed[3])
        if max(first, second) > 31 or min(first, second) > 12:
            return ()
        settled: tuple[Look, ...] = ("day_first",) if first > 12 else ("month_first",) if second > 12 else ()
        return ("date", "slashed_date", *settled)
    named = _NAMED.fullmatch(text)
    if named and (named[1] or named[2]).casefold() in _MONTHS:
        return ("date", "named_month")
    return ()


def _word(text: str, found: tuple[Look, ...]) -> tuple[Look, ...]:
    if text.casefold() in BOOLEAN_WORDS:
        return ("boolean",)
    if "@" in text and _EMAIL.fullmatch(text):
        return ("email",)
    if _URL.fullmatch(text):
        return ("url",)
    if found or not any(map(str.isdigit, text)):
        return ()
    if _BAND.fullmatch(text):
        return ("band",)
    return ("phone",) if _PHONE.fullmatch(text) and 7 <= sum(map(str.isdigit, text)) <= 15 else ()
