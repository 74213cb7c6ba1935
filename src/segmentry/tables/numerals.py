r"""Ways of writing numbers, each as SQL: which marks does a cell prove, and which number does it mean.

A dot or comma proves itself a decimal mark when it cannot stand between thousands: ``12,5``, ``0,123``, ``1.234,56``.
``1,234`` alone proves nothing. Not for deciding how a column is written: that is `notation`.
"""

from __future__ import annotations

import re

from segmentry.engines.engine import literal
from segmentry.tables.schema import Notation

_SPACES = r"[ \x{00A0}\x{202F}\x{2009}]"
_MARKS = {" ": _SPACES, "'": "['’]", ",": ",", ".": r"\."}
_SYMBOLS = r"[$€£¥₹₩₽₺₴₫฿₦₱₪]|R\$|[A-Z]{2,3}\$?|kr\.?|zł|Kč|Ft|Fr\.?"
CURRENCY = rf"^[+-]?({_SYMBOLS})\s*[+-]?[0-9]|[0-9]\s*({_SYMBOLS})$"
NOT_FINITE = r"[+-]?(inf|infinity|nan|∞)"

# What a cell proves, as regular expressions over a cell without sign, currency and spaces.
PROOFS = {
    "dot decimal": r"[0-9]*\.([0-9]{0,2}|[0-9]{4,})([eE][+-]?[0-9]+)?|([0-9]{4,}|0[0-9]*)?\.[0-9]{3}([eE][+-]?[0-9]+)?|[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+",
    "comma decimal": r"[0-9]*,([0-9]{0,2}|[0-9]{4,})|([0-9]{4,}|0[0-9]*)?,[0-9]{3}",
    "dot both": r"[1-9][0-9]{0,2}\.[0-9]{3}",
    "comma both": r"[1-9][0-9]{0,2},[0-9]{3}",
    "dot thousands": r"[1-9][0-9]{0,2}(\.[0-9]{3}){2,}|[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]*",
    "comma thousands": r"[1-9][0-9]{0,2}(,[0-9]{3}){2,}|[1-9][0-9]{0,2}(,[0-9]{3})+\.[0-9]*",
    "long whole": r"[0-9]{4,}",
}
SPACED = rf"[+-]?[0-9]{{1,3}}({_SPACES}[0-9]{{3}})+([.,][0-9]*)?"
QUOTED = r"[+-]?[0-9]{1,3}(['’][0-9]{3})+([.,][0-9]*)?"


def numeral(text: str, notation: Notation, *, brackets: bool) -> str:
    """Return SQL that gives a cell as a plain numeral (dot, no thousands, no currency), or NULL when it is not written so.

    Parameters
    ----------
    text : str
        SQL of the cell.
    notation : Notation
        How the column is written.
    brackets : bool
        Whether ``(12.00)`` means −12.00.

    Examples
    --------
    >>> "cell" in numeral("cell", Notation(decimal=","), brackets=False)
    True
    """
    bare = without_currency(text, notation.currency) if notation.currency else text
    if brackets:
        bare = f"CASE WHEN {bare} LIKE '(%)' THEN '-' || substr({bare}, 2, length({bare}) - 2) ELSE {bare} END"
        bare = without_currency(f"({bare})", notation.currency) if notation.currency else bare
    mark = re.escape(notation.decimal)
    group = _MARKS.get(notation.thousands, "")
    whole = f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)" if group else "[0-9]+"
    pattern = f"[+-]?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]{{1,4}})?"
    result = bare
    if group:
        result = f"regexp_replace({result}, {literal(group)}, '', 'g')"
    if notation.decimal != ".":
        result = f"replace({result}, {literal(notation.decimal)}, '.')"
    return f"CASE WHEN regexp_full_match({bare}, {literal(pattern)}) THEN {result} END"


def without_currency(text: str, symbol: str) -> str:
    """Return SQL of the cell without a currency symbol before or after the number."""
    mark = re.escape(symbol)
    around = rf"^([+-]?)\s*{mark}\s*|\s*{mark}$"
    return rf"trim(regexp_replace({text}, {literal(around)}, '\1'))"


def seen(text: str) -> str:
    """Return SQL that says in words how a cell that is no number of its column is written, without its value."""
    cases = [
        (f"regexp_full_match({text}, '\\([^)]*[0-9][^)]*\\)')", "written in brackets"),
        (f"regexp_matches({text}, {literal(CURRENCY)})", "written with a currency"),
        (f"regexp_full_match({text}, '.*[0-9] ?%')", "written with a per cent sign"),
        (f"regexp_full_match({text}, {literal(SPACED)})", "written with blanks between thousands"),
        (f"regexp_full_match({text}, {literal(QUOTED)})", "written with apostrophes between thousands"),
        (f"regexp_full_match({text}, '[+-]?[0-9.]*,[0-9]+')", "written with a comma"),
        (f"regexp_full_match({text}, '[+-]?[0-9.,]+')", "written with several marks"),
        (f"regexp_full_match({text}, '[+-]?[0-9.,]+-')", "written with the minus at the end"),
        (f"regexp_matches({text}, '^[^0-9A-Za-z]*\\p{{Nd}}+[^A-Za-z]*$')", "written in digits of another script"),
        (f"regexp_matches({text}, '[0-9]')", "figures and letters mixed"),
    ]
    whens = " ".join(f"WHEN {test} THEN {literal(words)}" for test, words in cases)
    return f"CASE {whens} ELSE 'written in words' END"


def between(thousands: str) -> str:
    """Return the regular expression of a mark that stands between thousands."""
    return f"[0-9]{_MARKS[thousands]}[0-9]{{3}}"
