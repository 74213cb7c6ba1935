"""Values that cannot be: ages over 110, births after the as-of date, negative incomes and counts, fillers. The row is never lost.

What is extreme but possible stays and is only said; preparation is robust to it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine, quoted
from segmentry.results import Note, Treatment
from segmentry.tables.dataset import Attribute
from segmentry.tables.sentinels import sentinels
from segmentry.tables.treatments import CleaningOptions, Remarks, counted

RULE = "impossible_values"
NEVER_NEGATIVE = frozenset({"income", "purchases", "visits", "children", "recency", "age"})
MAY_HOLD_FILLERS = frozenset(
    {"income", "spend", "purchases", "visits", "recency", "children", "age", "satisfaction", "number", "attribute"}
)
YOUNGEST = 10
DAYS_PER_YEAR = 365.2425


def remove_impossible(engine: Engine, attributes: Sequence[Attribute], as_of: datetime.date | None, options: CleaningOptions) -> Remarks:
    """Set impossible cells of ``customers`` to NULL and say which.

    Parameters
    ----------
    engine : Engine
    attributes : sequence of Attribute
    as_of : date or None
        Ages are as of this day; None leaves out the rules that need it.
    options : CleaningOptions
        With ``impossible_values="keep"`` they are counted only.

    Returns
    -------
    Remarks
        A treatment per rule and column that found something; notes on very young customers and extreme values.
    """
    remarks = Remarks()
    for attribute in attributes:
        for found, condition in _impossible(attribute, as_of, options.oldest):
            remarks += _null(engine, attribute, condition, found, options)
        if attribute.kind in ("number", "money"):
            remarks += _fillers(engine, attribute, options) + _extremes(attribute, _values(engine, attribute))
        remarks += _young(engine, attribute, as_of)
    return remarks


def _age(attribute: Attribute, as_of: datetime.date | None) -> str:
    """Return the SQL of an age in years, or empty text when it is not known."""
    name = quoted(attribute.name)
    if attribute.role == "age" and attribute.kind in ("number", "money"):
        return name
    if as_of is None or attribute.role not in ("birth_year", "birth_date"):
        return ""
    if attribute.kind == "date":
        return f"(({(as_of - datetime.date(1970, 1, 1)).days} - {name}) / {DAYS_PER_YEAR})"
    return f"({as_of.year} - {name})" if attribute.kind in ("number", "money") else ""


def _impossible(attribute: Attribute, as_of: datetime.date | None, oldest: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, in words, and the SQL condition of the wrong cells."""
    age = _age(attribute, as_of)
    when = f" on {as_of:%Y-%m-%d}" if as_of and attribute.role != "age" else ""
    if age:
        yield f"give an age over {oldest}{when}", f"{age} > {oldest}"
        yield f"give an age below 0{when}", f"{age} < 0"
    elif attribute.role in NEVER_NEGATIVE and attribute.kind in ("number", "money"):
        yield "are below 0, which cannot be", f"{quoted(attribute.name)} < 0"


def _null(engine: Engine, attribute: Attribute, condition: str, found: str, options: CleaningOptions) -> Remarks:
    count = int(engine.rows(f"SELECT count(*) FROM customers WHERE {condition}")[0][0])
    if not count:
        return Remarks()
    words = f"{counted(count, 'value')} of {attribute.name} {found if count > 1 else _singular(found)}"
    if options.impossible_values == "keep":
        return Remarks(notes=(Note(RULE, f"{words}: kept, as set.", "warning", "customers", attribute.name),))
    engine.run(f"UPDATE customers SET {quoted(attribute.name)} = NULL WHERE {condition}")
    words = f"{words}: taken as missing, the customer stays."
    return Remarks(treatments=(Treatment(RULE, count, words, "customers", attribute.name, setting=f"cleaning.{RULE}"),))


def _singular(found: str) -> str:
    first, _, rest = found.partition(" ")
    return f"{ {'give': 'gives', 'are': 'is', 'read': 'reads'}.get(first, first) } {rest}".strip()


def _fillers(engine: Engine, attribute: Attribute, options: CleaningOptions) -> Remarks:
    if attribute.role not in MAY_HOLD_FILLERS:
        return Remarks()
    found = sentinels(_values(engine, attribute))
    if not found:
        return Remarks()
    condition = f"{quoted(attribute.name)} IN ({', '.join(f'{value:.0f}' for value in found)})"
    return _null(
        engine, attribute, condition, "read like a filler for 'unknown' (equal digits or a lone minus, far from all others)", options
    )


def _values(engine: Engine, attribute: Attribute) -> NDArray[np.float64]:
    name = quoted(attribute.name)
    return np.asarray(engine.fetch(f"SELECT {name} AS x FROM customers WHERE {name} IS NOT NULL ORDER BY customer")["x"], dtype=np.float64)


def _extremes(attribute: Attribute, values: NDArray[np.float64]) -> Remarks:
    """Say how many values lie outside Tukey's fences, when they are exceptions: under 0.5 %, fewer than a normal curve has."""
    # A scale has ends of its own.
    if attribute.role == "satisfaction" or len(values) < 20:
        return Remarks()
    low, high = np.quantile(values, [0.25, 0.75])
    reach = 1.5 * (high - low)
    count = int(np.count_nonzero((values < low - reach) | (values > high + reach)))
    if reach == 0 or not 0 < count < 0.005 * len(values):
        return Remarks()
    wild = float(np.max(np.abs(values))) > 1000 * float(np.quantile(np.abs(values), 0.99)) > 0
    words = f"{counted(count, 'value')} of {attribute.name} far from the others: extreme but possible, so kept"
    words += "; the largest is more than 1,000 times what 99 % of customers have, so look at it first." if wild else "."
    return Remarks(notes=(Note("extreme_values", words, "warning" if wild else "info", "customers", attribute.name),))


def _young(engine: Engine, attribute: Attribute, as_of: datetime.date | None) -> Remarks:
    age = _age(attribute, as_of)
    count = (
        int(engine.rows(f"SELECT count(*) FROM customers WHERE {age} BETWEEN 0 AND {YOUNGEST} AND {age} < {YOUNGEST}")[0][0]) if age else 0
    )
    if not count:
        return Remarks()
    words = f"{counted(count, 'customer')} would be under {YOUNGEST} years old by {attribute.name}: kept, but check how it is filled in."
    return Remarks(notes=(Note("very_young", words, "warning", "customers", attribute.name),))
