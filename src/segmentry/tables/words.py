"""Column names as people say them: their words, and a label a marketer reads.

``tokens`` is what the role rules match against; ``words`` is what reports print. Both work by general rules (camel case,
common prefixes, the column's role), never by a list of known columns. Not a translator: a French header stays French.
"""

from __future__ import annotations

import re
import unicodedata

_PIECES = re.compile(r"[^\W\d_]+|\d+")
_UNIT = re.compile(r"\s*([(\[][^()\[\]]*[)\]])\s*$")
_ACRONYMS = frozenset(
    {"id", "nps", "sku", "url", "clv", "ltv", "rfm", "roi", "vat", "gdpr", "ean", "upc", "usd", "eur", "gbp", "crm", "sms", "aov"}
)
_FULL = {
    "acct": "account", "addr": "address", "amt": "amount", "avg": "average", "bal": "balance", "cat": "category", "cmp": "campaign",
    "cust": "customer", "desc": "description", "disc": "discount", "dob": "date of birth", "dt": "date", "freq": "frequency",
    "hh": "household", "max": "maximum", "min": "minimum", "mnt": "amount", "pct": "percent", "prod": "product", "prods": "products",
    "qty": "quantity", "tot": "total", "txn": "transaction", "txns": "transactions", "yr": "year", "yrs": "years",
}  # fmt: skip
_COUNTS = frozenset({"num", "nb", "nbr", "cnt", "count", "n", "no", "number"})
_MONEY = frozenset({"mnt", "amt", "amount", "montant", "spend", "spent", "spending"})
_PERIODS = frozenset({"day", "week", "month", "quarter", "year"})
_PLURALS = {"kid": "kids", "child": "children", "teen": "teens", "teenager": "teenagers"}
_FIXED = {"joined": "Customer since", "birth_year": "Year of birth", "birth_date": "Date of birth"}


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a column name: case-folded, without accents, camel case and digits split.

    Examples
    --------
    >>> tokens("NumWebPurchases"), tokens("Année_naissance2"), tokens("CustomerID")
    (('num', 'web', 'purchases'), ('annee', 'naissance', '2'), ('customer', 'id'))
    """
    return tuple(_bare(piece) for piece in _split(name))


def words(name: str, role: str = "attribute") -> str:
    """Return a label for people.

    Parameters
    ----------
    name : str
        Column name as in the file.
    role : str
        Role of the column; it settles what an abbreviation stands for.

    Examples
    --------
    >>> words("MntWines", "spend"), words("Dt_Customer", "joined"), words("AcceptedCmp3", "response")
    ('Spend on wines', 'Customer since', 'Accepted campaign 3')
    >>> words("Annual Income (k$)", "income"), words("sales_value", "amount")
    ('Annual income (k$)', 'Sales value')
    """
    if role in _FIXED:
        return _FIXED[role]
    unit = _UNIT.search(name)
    body = name[: unit.start()] if unit else name
    said = _by_role(tuple(_bare(piece) for piece in _split(body)), role) or _spoken(_split(body), body)
    if not said:
        return name
    return said[0].upper() + said[1:] + (f" {unit.group(1)}" if unit else "")


def _by_role(parts: tuple[str, ...], role: str) -> str:
    """Return what the role makes of the words, or nothing when the general rules serve."""
    if role == "recency" and parts == ("recency",):
        return "days since last purchase"
    if role == "spend" and len(parts) > 1 and parts[0] in _MONEY and parts[1].isalpha():
        rest = parts[2:] if parts[1] in {"on", "for"} else parts[1:]
        return "spend on " + _joined(rest)
    if role in {"purchases", "visits"}:
        return _counted(parts)
    if role == "children":
        return _counted(_at_home(parts))
    return ""


def _counted(parts: tuple[str, ...]) -> str:
    """Return a count's words without "number of", and with "per" before a closing period."""
    kept = tuple(part for part in parts if part not in _COUNTS) or parts
    if kept[0] == "of" and len(kept) > 1:
        kept = kept[1:]
    if len(kept) > 1 and kept[-1] in _PERIODS and kept[-2] not in {"per", "a", "last"}:
        kept = (*kept[:-1], "per", kept[-1])
    return _joined(kept)


def _at_home(parts: tuple[str, ...]) -> tuple[str, ...]:
    if len(parts) == 1 and parts[0].endswith("home"):
        parts = (parts[0].removesuffix("home"), "home")
    if len(parts) == 2 and parts[1] == "home":
        parts = (parts[0], "at", "home")
    return tuple(_PLURALS.get(part, part) for part in parts)


def _spoken(pieces: list[str], name: str) -> str:
    """Return the pieces as a phrase; a single letter stays with its figure: V1, 12M."""
    said = " ".join(_said(piece, name) for piece in pieces)
    return re.sub(r"\b(\d+) (?=[A-Z]\b)|\b([A-Z]) (?=\d+\b)", r"\1\2", said)


def _joined(parts: tuple[str, ...]) -> str:
    return " ".join(part.upper() if part in _ACRONYMS else _FULL.get(part, part) for part in parts)


def _said(piece: str, name: str) -> str:
    """Return one piece as said aloud: acronyms stay capital, abbreviations are written out."""
    bare = _bare(piece)
    if bare in _ACRONYMS or (len(piece) == 1 and piece.isupper()):
        return piece.upper()
    if bare in _FULL:
        return _FULL[bare]
    shouted = not any(letter.islower() for letter in name)
    return piece if piece.isupper() and not shouted and len(piece) <= 5 else piece.lower()


def _split(name: str) -> list[str]:
    return [part for piece in _PIECES.findall(unicodedata.normalize("NFC", name)) for part in _humps(piece)]


def _humps(piece: str) -> list[str]:
    """Split camel case, keeping runs of capitals together: ``NPSScore`` is NPS, Score."""
    parts, start = [], 0
    for at in range(1, len(piece)):
        closes_capitals = piece[at - 1].isupper() and at + 1 < len(piece) and piece[at + 1].islower()
        if piece[at].isupper() and (piece[at - 1].islower() or closes_capitals):
            parts.append(piece[start:at])
            start = at
    return [*parts, piece[start:]]


def _bare(piece: str) -> str:
    plain = unicodedata.normalize("NFKD", piece.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
