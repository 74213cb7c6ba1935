"""Columns and rows that say nothing new: constant, empty and repeated columns; customers equal in all but their id.

Columns are set aside (``use=False``), never removed. Rows are counted and kept: two people can be alike.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine, quoted
from segmentry.results import Note, Treatment
from segmentry.tables.dataset import Attribute
from segmentry.tables.profile import AT_ONCE, distinct_counts
from segmentry.tables.schema import Schema
from segmentry.tables.treatments import CleaningOptions, Remarks, counted

SAME = 0.9999
SAMPLE = 20_000
FEWEST_CUSTOMERS = 10
FEWEST_TELLING = 3
MANY_LEVELS = 20
PROTECTED = frozenset({"target", "response", "consent"})
NUMERIC = frozenset({"number", "money", "flag", "date"})
_FIGURE = re.compile(r"cost|revenue|price|profit|margin|budget", re.IGNORECASE)


def count_missing(engine: Engine, attributes: Sequence[Attribute], customers: int) -> tuple[tuple[Attribute, ...], Remarks]:
    """Fill in `Attribute.missing` and say which columns have gaps; nothing is filled here.

    Parameters
    ----------
    engine : Engine
    attributes : sequence of Attribute
    customers : int

    Returns
    -------
    tuple of Attribute
    Remarks
        A treatment ``missing_values`` per column with gaps.
    """
    if not attributes or not customers:
        return tuple(attributes), Remarks()
    filled = engine.rows(f"SELECT {', '.join(f'count({quoted(attribute.name)})' for attribute in attributes)} FROM customers")[0]
    settled = tuple(dataclasses.replace(attribute, missing=customers - int(n)) for attribute, n in zip(attributes, filled, strict=True))
    return settled, Remarks(treatments=tuple(_gap(attribute, customers) for attribute in settled if attribute.missing))


def _gap(attribute: Attribute, customers: int) -> Treatment:
    words = f"{counted(attribute.missing, 'customer')} of {customers:,} ({attribute.missing / customers:.1%}) without {attribute.name}: left empty here."
    return Treatment("missing_values", attribute.missing, words, "customers", attribute.name)


def set_aside_columns(
    engine: Engine, attributes: Sequence[Attribute], customers: int, options: CleaningOptions
) -> tuple[tuple[Attribute, ...], Remarks]:
    """Set empty, constant and redundant columns aside.

    Parameters
    ----------
    engine : Engine
    attributes : sequence of Attribute
        With `missing` counted.
    customers : int
    options : CleaningOptions

    Returns
    -------
    tuple of Attribute
        With `use` and `why`.
    Remarks
    """
    settled, remarks = _constants(engine, attributes, customers, options)
    if options.redundant_columns == "keep":
        return settled, remarks
    repeated = _repeated_numbers(engine, settled) | _repeated_categories(engine, settled)
    return _without(settled, "redundant_columns", repeated, remarks)


def _without(attributes: Sequence[Attribute], rule: str, why: dict[str, str], remarks: Remarks) -> tuple[tuple[Attribute, ...], Remarks]:
    settled = tuple(
        dataclasses.replace(attribute, use=False, why=why[attribute.name]) if attribute.name in why else attribute
        for attribute in attributes
    )
    said = tuple(Treatment(rule, 1, f"{reason}: not used.", "customers", name, setting=f"cleaning.{rule}") for name, reason in why.items())
    return settled, remarks + Remarks(treatments=said)


def _constants(
    engine: Engine, attributes: Sequence[Attribute], customers: int, options: CleaningOptions
) -> tuple[tuple[Attribute, ...], Remarks]:
    empty = {attribute.name: f"{attribute.name} is empty for every customer" for attribute in attributes if attribute.missing == customers}
    alike = (
        _alike(
            engine,
            [attribute for attribute in attributes if attribute.name not in empty and attribute.use and attribute.role != "consent"],
        )
        if customers > 1
        else []
    )
    why = {
        attribute.name: f"{attribute.name} has one value for every customer{' that has any' if attribute.missing else ''}"
        for attribute in alike
    }
    figures = tuple(
        Note(
            "campaign_figures",
            f"{attribute.name} is the same for everybody and named like a cost or revenue: probably a figure of the campaign, not of the customer.",
            "info",
            "customers",
            attribute.name,
        )
        for attribute in alike
        if attribute.kind in ("number", "money") and _FIGURE.search(attribute.name)
    )
    # An empty column has nothing to use, whatever the setting says.
    dropped = empty if options.constant_columns == "keep" else empty | why
    return _without(attributes, "constant_columns", dropped, Remarks(notes=figures))


def _alike(engine: Engine, attributes: Sequence[Attribute]) -> list[Attribute]:
    if not attributes:
        return []
    tests = ", ".join(f"min({quoted(attribute.name)}) = max({quoted(attribute.name)})" for attribute in attributes)
    return [attribute for attribute, alike in zip(attributes, engine.rows(f"SELECT {tests} FROM customers")[0], strict=True) if alike]


def _repeated_numbers(engine: Engine, attributes: Sequence[Attribute]) -> dict[str, str]:
    names = [attribute.name for attribute in attributes if attribute.use and attribute.kind in NUMERIC and attribute.role not in PROTECTED]
    if len(names) < 2:
        return {}
    sample = _columns(engine, names, f"WHERE customer < {SAMPLE}")
    # Any two columns agree on a handful of customers.
    if sample.shape[1] < FEWEST_CUSTOMERS:
        return {}
    why: dict[str, str] = {}
    for first, second in _pairs(sample):
        if names[first] in why or names[second] in why:
            continue
        whole = _columns(engine, [names[first], names[second]], "")
        if _pairs(whole) and _pairs_inside(whole):
            equal = np.array_equal(whole[0], whole[1], equal_nan=True)
            why[names[second]] = f"{names[second]} {'equals' if equal else 'moves exactly with'} {names[first]}"
    return why


def _columns(engine: Engine, names: Sequence[str], where: str) -> NDArray[np.float64]:
    """Return the columns as rows of a float array, customers in order."""
    cells = ", ".join(f"{quoted(name)}::DOUBLE AS c{position}" for position, name in enumerate(names))
    found = engine.fetch(f"SELECT {cells} FROM customers {where} ORDER BY customer")
    return np.array([found[f"c{position}"] for position in range(len(names))], dtype=np.float64)


def _pairs(columns: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs of rows with the same gaps and a correlation beyond `SAME`, first before second."""
    gaps = np.isnan(columns)
    counts = np.maximum((~gaps).sum(axis=1, keepdims=True), 1)
    # To within ±1 first, since squares of 1e308 have no end.
    known = np.where(gaps, 0.0, columns)
    largest = np.abs(known).max(axis=1, keepdims=True, initial=0.0)
    known = np.divide(known, largest, out=known, where=largest > 0)
    centred = np.where(gaps, 0.0, known - known.sum(axis=1, keepdims=True) / counts)
    lengths = np.sqrt((centred**2).sum(axis=1))
    scaled = np.divide(centred, lengths[:, None], out=np.zeros_like(centred), where=lengths[:, None] > 0)
    close = np.triu(np.abs(scaled @ scaled.T) > SAME, k=1)
    return [(int(i), int(j)) for i, j in zip(*np.nonzero(close), strict=True) if np.array_equal(gaps[i], gaps[j])]


def _pairs_inside(columns: NDArray[np.float64]) -> bool:
    """Return whether two columns correlate without their outermost hundredths too: one customer of 1e18 makes any two agree."""
    low, high = np.nanquantile(columns, [0.01, 0.99], axis=1)
    inside = columns[:, ((columns >= low[:, None]) & (columns <= high[:, None])).all(axis=0)]
    return not inside.size or not np.ptp(inside, axis=1).any() or bool(_pairs(inside))


def _repeated_categories(engine: Engine, attributes: Sequence[Attribute]) -> dict[str, str]:
    names = [
        attribute.name for attribute in attributes if attribute.use and attribute.kind == "category" and attribute.role not in PROTECTED
    ]
    if len(names) < 2:
        return {}
    groups: dict[tuple[int, ...], list[str]] = {}
    why: dict[str, str] = {}
    for name, pattern in _patterns(engine, names):
        alike = groups.setdefault(pattern, [])
        twin = next((other for other in alike if max(pattern) > 0 and _relabelled(engine, other, name)), None)
        if twin is None:
            alike.append(name)
        else:
            why[name] = f"{name} tells the same as {twin} in other words"
    return why


def _patterns(engine: Engine, names: Sequence[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each column's levels in the order they first appear among some customers: equal for columns that tell the same."""
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        cells = ", ".join(f"{quoted(name)} AS c{place}" for place, name in enumerate(part))
        found = engine.fetch(f"SELECT {cells} FROM customers WHERE customer < {SAMPLE // 10} ORDER BY customer")
        for place, name in enumerate(part):
            codes: dict[object, int] = {None: -1}
            yield name, tuple(codes.setdefault(level, len(codes) - 1) for level in found[f"c{place}"].tolist())


def _relabelled(engine: Engine, first: str, second: str) -> bool:
    one, two = quoted(first), quoted(second)
    found = engine.rows(
        f"SELECT count(DISTINCT {one}), count(DISTINCT {two}), count(*) FROM (SELECT DISTINCT {one}, {two} FROM customers)"
    )[0]
    gap = engine.rows(f"SELECT count(*) FROM customers WHERE ({one} IS NULL) <> ({two} IS NULL)")[0][0]
    null_pair = engine.rows(f"SELECT count(*) > 0 FROM customers WHERE {one} IS NULL AND {two} IS NULL")[0][0]
    return not gap and bool(found[0] == found[1] == found[2] - int(null_pair))


def equal_customers(engine: Engine, table: str, schema: Schema) -> Remarks:
    """Count customers that equal an earlier one in everything but id and identifiers, and those with contradicting outcomes.

    Parameters
    ----------
    engine : Engine
    table : str
        The accepted table.
    schema : Schema
        Its contract; without an id column there is nothing to set apart.

    Returns
    -------
    Remarks
        A treatment ``duplicates_apart_from_id`` (counted, kept) and a note ``conflicting_outcomes``.
    """
    if schema.field("id") is None:
        return Remarks()
    fields = [field for field in schema.fields if field.role not in ("id", "identifier", "ignore")]
    names = [quoted(field.name) for field in fields]
    if not _telling(engine, table, [field.name for field in fields]):
        return Remarks()
    repeats = int(
        engine.rows(f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {quoted(table)} GROUP BY {', '.join(names)})")[0][0]
    )
    if not repeats:
        return Remarks()
    words = f"{counted(repeats, 'row')} of {schema.table} {'equals' if repeats == 1 else 'equal'} another in everything but the id: kept."
    remarks = Remarks(treatments=(Treatment("duplicates_apart_from_id", repeats, words, schema.table),))
    outcome = schema.field("target") or schema.field("response")
    return remarks + (_conflicts(engine, table, schema, outcome.name) if outcome else Remarks())


def _telling(engine: Engine, table: str, names: Sequence[str]) -> bool:
    """Return whether the columns could tell customers apart: where few have many values, equal customers are ordinary."""
    if len(names) < FEWEST_TELLING:
        return False
    levels = distinct_counts(engine, table, names)
    return sum(count > MANY_LEVELS for count in levels) >= FEWEST_TELLING


def _conflicts(engine: Engine, table: str, schema: Schema, outcome: str) -> Remarks:
    rest = ", ".join(
        quoted(field.name) for field in schema.fields if field.role not in ("id", "identifier", "ignore") and field.name != outcome
    )
    groups = f"SELECT count(DISTINCT {quoted(outcome)}) AS n FROM {quoted(table)} GROUP BY {rest}"
    count = int(engine.rows(f"SELECT count(*) FROM ({groups}) WHERE n > 1")[0][0])
    if not count:
        return Remarks()
    words = (
        f"{counted(count, 'group')} of customers alike in everything else with both outcomes in {outcome}: no model can tell them apart."
    )
    return Remarks(notes=(Note("conflicting_outcomes", words, "info", schema.table, outcome),))
