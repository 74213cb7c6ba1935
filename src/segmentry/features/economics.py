"""What a contact costs and what an answer brings, where a table says so in columns that hold one value for everybody.

Such columns describe the campaign and not the customer; they are found by their names. Not for columns that differ between customers:
those are features.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from segmentry.engines.engine import Engine, quoted
from segmentry.tables.dataset import Attribute, Dataset
from segmentry.tables.words import tokens

_COST = re.compile(r"\b(?:cost|costs|kosten|cout|coste|costo)\b")
_REVENUE = re.compile(r"\b(?:revenue|profit|margin|value|income|erlos|ertrag|umsatz|ingreso|recette)\b")
# The budget of a whole campaign is no cost of one contact.
_WHOLE = re.compile(r"\b(?:total|budget|overall|fixed|campaign budget)\b")


@dataclass(frozen=True, slots=True)
class Economics:
    """Money of one contact.

    Parameters
    ----------
    cost, revenue : float or None
        Per contact and per answer, in the data's currency; None where no column says so.
    source : str
        Which columns, in words; empty when there are none.
    """

    cost: float | None = None
    revenue: float | None = None
    source: str = ""


def economics(engine: Engine, dataset: Dataset) -> Economics:
    """Return what the data says a contact costs and an answer brings."""
    cost = _named(engine, dataset, _COST)
    revenue = _named(engine, dataset, _REVENUE)
    found = [name for name, _ in (item for item in (cost, revenue) if item)]
    source = f"column{'s' if len(found) > 1 else ''} {' and '.join(found)}" if found else ""
    return Economics(cost[1] if cost else None, revenue[1] if revenue else None, source)


def _named(engine: Engine, dataset: Dataset, pattern: re.Pattern[str]) -> tuple[str, float] | None:
    for attribute in dataset.attributes:
        words = " ".join(tokens(attribute.name))
        if _single(attribute) and pattern.search(words) and not _WHOLE.search(words):
            value = _value(engine, attribute.name)
            if value is not None and value > 0:
                return attribute.name, value
    return None


def _single(attribute: Attribute) -> bool:
    return attribute.kind in ("number", "money") and not attribute.missing and (attribute.role == "constant" or not attribute.use)


def _value(engine: Engine, name: str) -> float | None:
    """Return the one value of a column, or None when there are several or none."""
    low, high = engine.rows(f"SELECT min({quoted(name)}), max({quoted(name)}) FROM customers")[0]
    return None if low is None or low != high else float(low)
