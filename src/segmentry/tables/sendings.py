"""The SQL that joins what was sent to whom: ``campaigns`` and ``trials``. Text only; nothing runs here.

A cost that does not say whether it is of one contact or of a whole campaign is not used: the two differ by thousands of contacts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from segmentry.engines.engine import literal, quoted
from segmentry.tables.dataset import Accepted, Attribute
from segmentry.tables.joins import MONEY, cell, day
from segmentry.tables.schema import Field
from segmentry.tables.words import tokens, words

_COST = re.compile(r"\b(?:costs?|price|fee|kosten|cout|couts|coste|costes|costo)\b")
_EACH = re.compile(r"\b(?:per|each|unit|contact|piece|send|mail|pro|par|por)\b")
_WHOLE = re.compile(r"\b(?:total|overall|all|campaign|whole|fixed|gesamt|spent|spend|ausgaben)\b")
_BUDGET = re.compile(r"\b(?:budget|presupuesto)\b")
_SPENT = re.compile(r"\b(?:spend|spent|expenditure|ausgaben|gasto)\b")
_LAST = re.compile(r"\b(?:end|until|last|close|closed|finish|stop|to|ende|fin)\b")
_TYPE = re.compile(r"\b(?:type|medium|format|kind)\b")
_TITLE = re.compile(r"\b(?:name|title|label|description)\b")
# What a table of trials says of every row; its other numbers and flags are what customers did.
_FIXED = frozenset({"customer", "experiment", "arm", "day", "probability", "exposed"})
_TAKEN = frozenset({"id", "experiment", "campaign", "arm", "date", "probability", "exposed", "ignore", "identifier", "constant", "consent"})


def cost_field(table: Accepted) -> Field | None:
    """Return the column with the cost of one contact, or None when none says so."""
    return _first(table, lambda said: bool(_COST.search(said) and _EACH.search(said) and not _BUDGET.search(said) and not _whole(said)))


def unclear_cost(table: Accepted) -> Field | None:
    """Return a column of costs that says neither of what, when no other says what a contact costs."""
    if cost_field(table) or spent_field(table):
        return None
    return _first(table, lambda said: bool(_COST.search(said)))


def spent_field(table: Accepted) -> Field | None:
    """Return the column with what a whole campaign cost, or None."""
    return _first(table, lambda said: bool((_COST.search(said) and _whole(said)) or (_SPENT.search(said) and not _EACH.search(said))))


def budget_field(table: Accepted) -> Field | None:
    """Return the column with what a campaign was allowed to cost, or None."""
    return _first(table, lambda said: bool(_BUDGET.search(said)))


def channel_field(table: Accepted) -> Field | None:
    """Return the column with the channel, else one with a type of campaign."""
    field = table.schema.field("channel")
    named = (each for each in table.schema.fields if each.kind == "category" and _TYPE.search(_said(each)))
    return field or next(named, None)


def _whole(said: str) -> bool:
    return bool(_WHOLE.search(said)) and "per" not in said.split()


def _first(table: Accepted, holds: Callable[[str], bool]) -> Field | None:
    return next(
        (each for each in table.schema.fields if each.kind in ("money", "number") and each.role != "ignore" and holds(_said(each))), None
    )


def _said(field: Field) -> str:
    return " ".join(tokens(field.name))


def campaigns(table: Accepted) -> str:
    """Return the statement that makes ``campaigns``: one row per campaign, the first in the order of its content where there are several."""
    key, start = cell(table, "campaign"), cell(table, "date")
    title = next((each for each in table.schema.fields if each.kind in ("category", "text") and _TITLE.search(_said(each))), None)
    end = next((each for each in table.schema.fields if each.kind == "date" and each.role != "date" and _LAST.search(_said(each))), None)
    money = {"cost": cost_field(table), "budget": budget_field(table), "spent": spent_field(table)}
    columns = [
        f"{key}::VARCHAR AS campaign",
        f"{_text(title)} AS name",
        f"{_text(channel_field(table))} AS channel",
        f"{day(start) if start else 'NULL::INTEGER'} AS first",
        f"{day(f't.{quoted(end.name)}') if end else 'NULL::INTEGER'} AS last",
        *(f"{f'TRY_CAST(t.{quoted(field.name)} AS {MONEY})' if field else f'NULL::{MONEY}'} AS {name}" for name, field in money.items()),
    ]
    rows = f"SELECT {', '.join(columns)} FROM {quoted(table.table)} t WHERE {key} IS NOT NULL"
    one = "QUALIFY row_number() OVER (PARTITION BY campaign ORDER BY first, last, name, channel, cost) = 1"
    return f"CREATE OR REPLACE TABLE campaigns AS SELECT * FROM ({rows}) {one} ORDER BY campaign"


def _text(field: Field | None) -> str:
    return f"t.{quoted(field.name)}::VARCHAR" if field else "NULL::VARCHAR"


def outcomes(tables: Sequence[Accepted]) -> tuple[Attribute, ...]:
    """Return the columns of tables of trials that may say what customers did: numbers, money and flags, each name once."""
    found: dict[str, Attribute] = {}
    for table in tables:
        for field in table.schema.fields:
            if field.kind in ("flag", "number", "money") and field.role not in _TAKEN:
                name = field.name if field.name.casefold() not in _FIXED else f"{field.name} ({table.schema.table})"
                found.setdefault(name, Attribute(name, field.role, field.kind, words(field.name, field.role)))
    return tuple(found.values())


def trials(tables: Sequence[Accepted]) -> str:
    """Return the statement that makes ``trials``: one row per row of the tables, of customers known elsewhere too."""
    every = outcomes(tables)
    selects = []
    for table in tables:
        own = {field.name: field for field in table.schema.fields}
        experiment = cell(table, "experiment") or cell(table, "campaign") or literal(table.schema.table)
        moment, chance, seen = (cell(table, role) for role in ("date", "probability", "exposed"))
        columns = [
            "k.customer",
            f"{experiment}::VARCHAR AS experiment",
            f"{cell(table, 'arm')}::VARCHAR AS arm",
            f"{day(moment) if moment else 'NULL::INTEGER'} AS day",
            f"{chance or 'NULL'}::DOUBLE AS probability",
            f"{seen or 'NULL'}::BOOLEAN AS exposed",
            *(f"{_outcome(each, own, table)}::DOUBLE AS {quoted(each.name)}" for each in every),
        ]
        selects.append(f"SELECT {', '.join(columns)} FROM {quoted(table.table)} t JOIN __keys k ON k.id = {cell(table, 'id')}")
    return f"CREATE OR REPLACE TABLE trials AS SELECT * FROM ({' UNION ALL '.join(selects)}) ORDER BY experiment, customer, day, arm"


def _outcome(attribute: Attribute, own: dict[str, Field], table: Accepted) -> str:
    name = attribute.name.removesuffix(f" ({table.schema.table})")
    return f"t.{quoted(name)}" if name in own else "NULL"
