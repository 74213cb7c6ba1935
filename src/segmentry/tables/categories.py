"""Levels of categories: spellings that differ only in case or blanks are one level, rare ones become "other", and there is a cap.

Rare means held by fewer than 3 customers, or by less than 0.2 % of them, beside at least two levels that are not rare.
Not applied below 100 customers, where every level is rare.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from segmentry.engines.engine import Engine, quoted
from segmentry.results import Note, Treatment
from segmentry.tables.dataset import Attribute
from segmentry.tables.treatments import CleaningOptions, Remarks, counted

FEWEST_CUSTOMERS = 100
FEWEST_HOLDERS = 3
NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Levels:
    """How the levels of one category are rewritten.

    Parameters
    ----------
    renamed : mapping of str to str
        Old to new; levels that stay are not in it.
    joined, rare, capped : int
        Customers whose level was respelled, was rare, or was beyond the cap.
    rare_levels, capped_levels : int
        How many levels those were.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    joined: int = 0
    rare: int = 0
    rare_levels: int = 0
    capped: int = 0
    capped_levels: int = 0


def settle_levels(counts: Mapping[str, int], customers: int, options: CleaningOptions) -> Levels:
    """Decide what becomes of the levels of a category.

    Parameters
    ----------
    counts : mapping of str to int
        Customers per level, as found.
    customers : int
        All customers, those without a level included.
    options : CleaningOptions

    Returns
    -------
    Levels

    Examples
    --------
    >>> levels = settle_levels({"Married": 600, "married ": 2, "Single": 400, "YOLO": 2}, 1004, CleaningOptions())
    >>> levels.renamed == {"married ": "Married", "YOLO": "other"}, levels.joined, levels.rare
    (True, 2, 2)
    """
    spelling = _spellings(counts) if options.spellings == "join" else {level: level for level in counts}
    totals: dict[str, int] = {}
    for level, count in counts.items():
        totals[spelling[level]] = totals.get(spelling[level], 0) + count
    rare = _rare(totals, customers, options)
    capped = _beyond(totals, rare, options.most_levels)
    other = next((level for level in sorted(totals) if level.casefold() == "other"), "other")
    final = {level: other if spelling[level] in rare | capped else spelling[level] for level in counts}
    return Levels(
        renamed={old: new for old, new in final.items() if old != new},
        joined=sum(count for level, count in counts.items() if spelling[level] != level),
        rare=sum(totals[level] for level in rare),
        rare_levels=len(rare),
        capped=sum(totals[level] for level in capped),
        capped_levels=len(capped),
    )


def _spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """Return each level's most frequent spelling; ties go to the first in text order."""
    best: dict[str, str] = {}
    for level in sorted(counts, key=lambda level: (-counts[level], level)):
        best.setdefault(_folded(level), level)
    return {level: best[_folded(level)] for level in counts}


def _folded(level: str) -> str:
    return " ".join(level.split()).casefold()


def _rare(totals: Mapping[str, int], customers: int, options: CleaningOptions) -> set[str]:
    if options.rare_categories == "keep" or customers < FEWEST_CUSTOMERS:
        return set()
    bound = max(FEWEST_HOLDERS, options.rare_share * customers)
    rare = {level for level, count in totals.items() if count < bound and level.casefold() != "other"}
    return rare if len(totals) - len(rare) >= 2 else set()


def _beyond(totals: Mapping[str, int], rare: set[str], most: int) -> set[str]:
    left = sorted(
        (level for level in totals if level not in rare and level.casefold() != "other"), key=lambda level: (-totals[level], level)
    )
    return set(left[most:])


def tidy_categories(
    engine: Engine, attributes: Sequence[Attribute], customers: int, options: CleaningOptions
) -> tuple[tuple[Attribute, ...], Remarks]:
    """Rewrite the category columns of ``customers`` in place.

    Parameters
    ----------
    engine : Engine
    attributes : sequence of Attribute
    customers : int
    options : CleaningOptions

    Returns
    -------
    tuple of Attribute
        The same, identifier-like categories set aside.
    Remarks
    """
    settled, remarks = [], Remarks()
    for attribute in attributes:
        if attribute.kind == "category":
            attribute, said = _tidy(engine, attribute, customers, options)  # noqa: PLW2901
            remarks += said
        settled.append(attribute)
    return tuple(settled), remarks


def _tidy(engine: Engine, attribute: Attribute, customers: int, options: CleaningOptions) -> tuple[Attribute, Remarks]:
    name = quoted(attribute.name)
    known, distinct = engine.rows(f"SELECT count({name}), count(DISTINCT {name}) FROM customers")[0]
    if distinct > options.most_levels and distinct > NEARLY_ALL * known:
        why = f"{attribute.name} has another value for almost every customer ({distinct:,} for {known:,})"
        note = Note("almost_unique", f"{why}: not used, it says nothing about groups.", "info", "customers", attribute.name)
        return dataclasses.replace(attribute, use=False, why=why), Remarks(notes=(note,))
    found = engine.fetch(f"SELECT {name} AS level, count(*)::BIGINT AS n FROM customers WHERE {name} IS NOT NULL GROUP BY ALL")
    counts = {str(level): int(count) for level, count in zip(found["level"], found["n"], strict=True)}
    levels = settle_levels(counts, customers, options)
    if levels.renamed:
        _rename(engine, attribute.name, levels.renamed)
    return attribute, Remarks(treatments=_said(attribute.name, levels, options))


def _rename(engine: Engine, column: str, renamed: Mapping[str, str]) -> None:
    old = sorted(renamed)
    engine.put("__levels", {"old": np.array(old, dtype=object), "new": np.array([renamed[level] for level in old], dtype=object)})
    name = quoted(column)
    engine.run(f"UPDATE customers SET {name} = l.new FROM __levels l WHERE customers.{name} = l.old; DROP TABLE __levels")


def _said(column: str, levels: Levels, options: CleaningOptions) -> tuple[Treatment, ...]:
    rows = (
        ("spellings", levels.joined, "differ from another level only in case or blanks: joined with it"),
        ("rare_categories", levels.rare, f'belong to {counted(levels.rare_levels, "level")} hardly anybody has: now "other"'),
        (
            "many_levels",
            levels.capped,
            f'belong to levels beyond the {options.most_levels} most frequent ({levels.capped_levels:,}): now "other"',
        ),
    )
    setting = {"many_levels": "cleaning.most_levels"}
    return tuple(
        Treatment(
            rule,
            count,
            f"{counted(count, 'value')} of {column} {words}.",
            "customers",
            column,
            setting=setting.get(rule, f"cleaning.{rule}"),
        )
        for rule, count, words in rows
        if count
    )
