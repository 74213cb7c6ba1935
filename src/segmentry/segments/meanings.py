"""What features mean to a marketer: the table that names, strategies and consequences are made from.

A feature is recognised by its kind, group, name and words; the first row of the table that fits decides. Unknown features have no
meaning here and are spoken of literally ("high spending score").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentry.matrix import Column
from segmentry.segments.results import Difference


@dataclass(frozen=True, slots=True)
class Meaning:
    """What high and low values of a feature say about customers.

    Parameters
    ----------
    topic : str
        Features of one topic say the same thing; a name uses each topic once.
    high, low : str
        Adjective or noun for a high and for a low value; empty when it says nothing.
    noun : bool
        True when they are nouns ("bargain hunters"), False for adjectives ("lapsed").
    sign : int
        −1 when a high value means little of the topic (days between purchases mean a low frequency).
    """

    topic: str
    high: str
    low: str = ""
    noun: bool = False
    sign: int = 1


_TABLE: tuple[tuple[str, Meaning], ...] = (
    (r"(engagement|visit|open|click|session|event)s?\b.*\btrend", Meaning("engagement trend", "increasingly engaged", "drifting")),
    (r"\btrend\b", Meaning("trend", "growing", "declining")),
    (r"discount|\bdeals?\b|coupon|\bpromo|bargain|markdown", Meaning("bargain", "bargain hunters", "full-price buyers", noun=True)),
    (r"\breturn(s|ed)?\b|refund", Meaning("returns", "frequent returners", noun=True)),
    (r"days since (last )?(engagement|visit|open|click|session|event)", Meaning("engagement", "disengaged", "engaged", sign=-1)),
    (r"\brecency\b|since (the )?last", Meaning("recency", "lapsed", "recent")),
    (r"days between|\bgap\b", Meaning("frequency", "occasional", "frequent", sign=-1)),
    (r"weekend", Meaning("weekend", "weekend shoppers", "weekday shoppers", noun=True)),
    (r"unit price|price per item|average price", Meaning("price", "premium-price", "low-price")),
    (r"order value|spend per purchase|basket (value|size)|items per purchase", Meaning("basket", "big-basket", "small-basket")),
    (r"campaign contacts", Meaning("contacts", "much-contacted", "rarely contacted")),
    (r"campaign|respon|accepted", Meaning("response", "responsive", "unresponsive")),
    (r"complain", Meaning("satisfaction", "complaining", sign=-1)),
    (r"satisf|\bnps\b|\brating\b", Meaning("satisfaction", "satisfied", "dissatisfied")),
    (r"income|salary|earnings", Meaning("income", "affluent", "lower-income")),
    (r"\bage\b", Meaning("age", "older", "young")),
    (r"\b(child|children|kids?|teens?|kidhome|teenhome|dependants)\b", Meaning("children", "families", "", noun=True)),
    (r"tenure|since first|as a customer|customer for|lifetime|membership", Meaning("tenure", "long-standing", "new")),
    (r"visits?\b|sessions?\b", Meaning("visits", "browsing", "")),
    (r"\bopens?\b|\bclicks?\b", Meaning("engagement", "engaged", "disengaged")),
    (r"different products|distinct products", Meaning("breadth", "wide-ranging", "narrow-range")),
)
_PER_YEAR = re.compile(
    r"purchases per year|frequency|purchase (days|occasions)|number of (purchases|orders)|total purchases|\borders\b|occasions"
)
_SPENDING = Meaning("value", "", "", noun=True)
# What conditions on segments may speak of, beside the parts of range and channel that the data has.
TOPICS = frozenset({meaning.topic for _, meaning in _TABLE} | {"frequency", "value"})
_SPENDING_SCORE = re.compile(r"\bspend(ing)? score\b")
_MONTHS = frozenset("January February March April May June July August September October November December".split())
_SAID = (
    (r"^(Share of [^:]+) by category: ", r"\1 on "),
    (r"^(Share of [^:]+) by channel: ", r"\1 through "),
    (r"^Share of spend: Spend on ", "Share of spend on "),
    (r"^Share of purchases: (.+ purchases)$", r"share of \1"),
)
_FILLER = re.compile(
    r"\b(num|mnt|amt|amount|share|shares|of|spend|spent|spending|purchases?|products?|prods?|on|in|by|via|category|channel|number|total|count|the|at|from)\b"
)


def meaning_of(column: Column) -> Meaning | None:
    """Return what a feature means, or None when the table does not know it.

    Examples
    --------
    >>> meaning_of(Column("recency", "Days since last purchase", "days")).high
    'lapsed'
    >>> meaning_of(Column("category=WINES", "Share of spend by category: WINES", "share", group="range")).high
    'wine lovers'
    """
    text = spaced(f"{column.name} {column.words}")
    if column.kind == "category":
        return None
    if column.group in {"range", "channel"} and (column.kind == "share" or column.kind in {"money", "count"}):
        known = _split_meaning(column)
        if known is not None:
            return known
    for pattern, meaning in _TABLE:
        if re.search(pattern, text) and not (meaning.topic == "tenure" and _PER_YEAR.search(text)):
            return _not_money(meaning, column, text)
    if _PER_YEAR.search(text):
        return Meaning("frequency", "loyal", "occasional")
    if column.kind == "money" and (column.group == "value" or re.search(r"spend|spent|monetary|revenue|turnover|sales", text)):
        return Meaning("value", "big spenders", "small spenders", noun=True)
    return None


def telling(differences: Sequence[Difference], columns: Mapping[str, Column]) -> tuple[Difference, ...]:
    """Return the differences that may be spoken of: a count of bargains says nothing when it only follows the count of purchases.

    Who buys twice as often buys twice as many bargains and is no bargain hunter; who hardly buys at all is no lover of full prices.
    """
    buying = max((each.effect for each in differences if _topic(columns[each.name]) == "frequency"), default=0.0)
    return tuple(
        each
        for each in differences
        if columns[each.name].kind != "count" or _topic(columns[each.name]) != "bargain" or each.effect > max(buying, 0.0)
    )


def _topic(column: Column) -> str:
    meaning = meaning_of(column)
    return meaning.topic if meaning else ""


def topics(differences: Sequence[Difference], columns: Mapping[str, Column]) -> dict[str, float]:
    """Return the strongest effect per topic, positive when there is more of it (a high recency is "lapsed", positive)."""
    found: dict[str, float] = {}
    for difference in differences:
        # A score of spending has no name of its own, but what to do follows from it as from money.
        meaning = meaning_of(columns[difference.name]) or (
            _SPENDING if _SPENDING_SCORE.search(spaced(columns[difference.name].words)) else None
        )
        if meaning is not None:
            effect = meaning.sign * difference.effect
            found[meaning.topic] = max(found.get(meaning.topic, 0.0), effect, key=abs)
    return found


def term(column: Column) -> str:
    """Return what a share or split speaks of, in a word or two.

    Examples
    --------
    >>> term(Column("NumWebPurchases", "Num Web Purchases", "count", group="channel"))
    'web'
    """
    source = column.words.split(":", 1)[1] if ":" in column.words else column.name.split("=", 1)[-1]
    return " ".join(_FILLER.sub(" ", spaced(source)).split())


def plain_words(column: Column) -> str:
    """Return the label of a column for use inside a sentence: without brackets, first letter small unless an abbreviation.

    Examples
    --------
    >>> plain_words(Column("x", "Annual Income (k$)"))
    'annual income'
    >>> plain_words(Column("x", "Share of spend by category: Home", "share"))
    'share of spend on home'
    """
    words = re.sub(r"\s*[(\[].*?[)\]]", "", column.words or column.name).replace("_", " ").strip() or column.name
    for pattern, said in _SAID:
        words = re.sub(pattern, said, words)
    return " ".join(word if word.isupper() or word in _MONTHS else word.lower() for word in words.split())


def spaced(text: str) -> str:
    """Return text in small letters with words apart: "NumWebPurchases" is "num web purchases"."""
    return re.sub(r"[^\w]+|_+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)).casefold().strip()


def _split_meaning(column: Column) -> Meaning | None:
    about = term(column)
    if about in {"", "other"} or re.search(
        r"deal|discount|distinct|different|items|price|visits?\b|return", spaced(f"{column.name} {column.words}")
    ):
        return None
    if column.group == "channel":
        return Meaning(f"channel {about}", f"{about} shoppers", "", noun=True)
    if column.kind == "count":
        return None
    singular = about[:-1] if len(about) > 3 and about.endswith("s") and not about.endswith("ss") else about
    return Meaning(f"range {about}", f"{singular} lovers", "", noun=True)


def _not_money(meaning: Meaning, column: Column, text: str) -> Meaning | None:
    """Totals such as "annual spend as a customer" are about money, whatever else their words mention."""
    if (
        column.kind == "money"
        and column.group == "value"
        and meaning.topic in {"tenure", "age"}
        and re.search(r"spend|revenue|monetary", text)
    ):
        return Meaning("value", "big spenders", "small spenders", noun=True)
    return meaning
