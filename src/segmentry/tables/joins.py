"""The SQL that joins accepted tables into ``customers``, ``lines``, ``events`` and ``contacts``. Text only; nothing runs here.

Keys first: ``__keys`` holds each customer's id and number, ``__products`` each product's name, category and whether it is one.
Everything else joins to those, set by set, so that millions of lines need no more memory than their sort.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.engines.engine import literal, quoted
from segmentry.tables.dataset import Accepted, Attribute
from segmentry.tables.schema import Field
from segmentry.tables.words import words

MONEY = "DECIMAL(18,4)"
OPTIONAL = ("order_id", "product", "category", "channel", "place")
NOT_ATTRIBUTES = frozenset({"id", "identifier", "text", "ignore", "order_id", "line_id", "product", "product_name", "currency"})
_KINDS = {"number": "number", "money": "money", "flag": "flag", "category": "category", "date": "date"}
_TYPES = ("visit", "open", "click", "session")


def day(expression: str) -> str:
    """Return the SQL of the days since 1970-01-01 of a timestamp.

    Examples
    --------
    >>> day("t.x")
    "(CAST(t.x AS DATE) - DATE '1970-01-01')::INTEGER"
    """
    return f"(CAST({expression} AS DATE) - DATE '1970-01-01')::INTEGER"


def cell(accepted: Accepted, role: str) -> str:
    """Return the SQL of the first field with a role, in a table called t; empty text when there is none."""
    field = accepted.schema.field(role)
    return f"t.{quoted(field.name)}" if field else ""


def distinct_ids(tables: Sequence[Accepted]) -> str:
    """Return the query of all ids of these tables."""
    selects = [f"SELECT {cell(table, 'id')} AS id FROM {quoted(table.table)} t WHERE {cell(table, 'id')} IS NOT NULL" for table in tables]
    return f"SELECT DISTINCT id FROM ({' UNION ALL '.join(selects)})"


def keys(ids: str, without: str | None = None) -> str:
    """Return the statement that numbers the customers 0 … n−1 in the text order of their ids."""
    where = f" WHERE id <> {literal(without)}" if without is not None else ""
    return f"CREATE OR REPLACE TABLE __keys AS SELECT id, (row_number() OVER (ORDER BY id) - 1)::INTEGER AS customer FROM ({ids}){where}"


def row_keys(accepted: Accepted) -> str:
    """Return the statement that makes each row a customer: its id the row's place in the file, its number by the row's content.

    The order of the rows in the file then decides nothing but the order of rows that are equal in every column.
    """
    several = f"(SELECT count(DISTINCT _file) > 1 FROM {quoted(accepted.table)})"
    place = f"CASE WHEN {several} THEN (_file + 1) || ':' || _row ELSE _row::VARCHAR END"
    content = ", ".join([quoted(field.name) for field in accepted.schema.fields if field.role != "ignore"] + ["_file", "_row"])
    number = f"(row_number() OVER (ORDER BY {content}) - 1)::INTEGER"
    return f"CREATE OR REPLACE TABLE __keys AS SELECT {place} AS id, {number} AS customer, _file, _row FROM {quoted(accepted.table)}"


@dataclass(frozen=True, slots=True)
class Source:
    """A column of ``customers`` and the field of the table it comes from."""

    attribute: Attribute
    field: Field
    table: int


def attribute_sources(tables: Sequence[Accepted]) -> tuple[Source, ...]:
    """Return the attributes that customer tables offer, each under a name of its own.

    Parameters
    ----------
    tables : sequence of Accepted
        Customer tables and snapshots.

    Returns
    -------
    tuple of Source
        A name that another table has taken, or that the dataset needs, is followed by the table's name in brackets.
    """
    taken = {"customer", "id"}
    sources = []
    for position, table in enumerate(tables):
        for field in table.schema.fields:
            if field.role in NOT_ATTRIBUTES or field.kind not in _KINDS:
                continue
            name = field.name if field.name.casefold() not in taken else f"{field.name} ({table.schema.table})"
            taken.add(name.casefold())
            attribute = Attribute(name, field.role, field.kind, words(field.name, field.role))  # type: ignore[arg-type]  # narrowed by _KINDS
            sources.append(Source(attribute, field, position))
    return tuple(sources)


def customers(tables: Sequence[Accepted], sources: Sequence[Source]) -> str:
    """Return the statement that makes ``customers``: one row per key, attributes typed.

    A customer that stands in several rows of a table is taken from the first in the order of their content, latest date first.
    """
    selects = ["k.customer", "k.id"] + [f"{_typed(source)} AS {quoted(source.attribute.name)}" for source in sources]
    joins = []
    for position, table in enumerate(tables):
        key = cell(table, "id")
        on = f"t{position}.{quoted(_id(table))} = k.id" if key else f"t{position}._file = k._file AND t{position}._row = k._row"
        joins.append(f"LEFT JOIN ({_one_row_each(table) if key else f'SELECT * FROM {quoted(table.table)}'}) t{position} ON {on}")
    return f"CREATE OR REPLACE TABLE customers AS SELECT {', '.join(selects)} FROM __keys k {' '.join(joins)} ORDER BY k.customer"


def _id(table: Accepted) -> str:
    field = table.schema.field("id")
    return field.name if field else ""


def _one_row_each(table: Accepted) -> str:
    dates = [
        f"{quoted(field.name)} DESC NULLS LAST"
        for field in table.schema.fields
        if field.role in ("date", "joined") and field.kind == "date"
    ]
    content = [quoted(field.name) for field in table.schema.fields if field.role not in ("id", "ignore")]
    order = ", ".join([*dates, *content, "_file", "_row"])
    return f"SELECT * FROM {quoted(table.table)} QUALIFY row_number() OVER (PARTITION BY {quoted(_id(table))} ORDER BY {order}) = 1"


def _typed(source: Source) -> str:
    name = f"t{source.table}.{quoted(source.field.name)}"
    if source.attribute.kind == "date":
        return day(name)
    return f"{name}::VARCHAR" if source.attribute.kind == "category" else f"{name}::DOUBLE"


@dataclass(frozen=True, slots=True)
class LineParts:
    """SQL of the parts of a line, in a table called t; empty text for what the table does not hold."""

    moment: str
    amount: str
    quantity: str
    discount: str
    order_id: str
    product: str
    name: str
    category: str
    channel: str
    place: str


def line_parts(table: Accepted) -> LineParts:
    """Return the parts of a line: the amount as given, else quantity × unit price, else none."""
    cells = (cell(table, role) for role in ("quantity", "unit_price", "amount"))
    quantity, price, amount = (f"TRY_CAST({found} AS {MONEY})" if found else "" for found in cells)
    if not amount and price:
        amount = f"TRY_CAST({quantity or f'1::{MONEY}'} * {price} AS {MONEY})"
    discounts = [f"coalesce(abs(TRY_CAST(t.{quoted(field.name)} AS {MONEY})), 0)" for field in table.schema.all("discount")]
    product, name = cell(table, "product"), cell(table, "product_name")
    return LineParts(
        moment=cell(table, "date"),
        amount=amount,
        quantity=quantity,
        discount=f"({' + '.join(discounts)})::{MONEY}" if discounts else "",
        product=f"coalesce({product}, {name})" if product and name else product or name,
        name=name if product else "",
        category="",
        order_id=cell(table, "order_id"),
        channel=cell(table, "channel"),
        place=cell(table, "place"),
    )


def with_category(parts: LineParts, field: Field | None) -> LineParts:
    """Return the parts with the category of the line, taken from this field."""
    return dataclasses.replace(parts, category=f"t.{quoted(field.name)}") if field else parts


def product_keys(tables: Sequence[tuple[Accepted, LineParts]], listed: str) -> str:
    """Return the statement that makes ``__products``: every product that was bought, its most frequent name, its category.

    Parameters
    ----------
    tables : sequence of (Accepted, LineParts)
        Tables of lines.
    listed : str
        Query with ``product, name, category`` of the products table; empty text when there is none.
    """
    selects = " UNION ALL ".join(
        f"SELECT {parts.product} AS product, {parts.name or 'NULL::VARCHAR'} AS name FROM {quoted(table.table)} t"
        for table, parts in tables
        if parts.product
    )
    counts = f"SELECT product, name, count(*) AS n FROM ({selects}) WHERE product IS NOT NULL GROUP BY product, name"
    seen = f"SELECT * FROM ({counts}) QUALIFY row_number() OVER (PARTITION BY product ORDER BY name IS NULL, n DESC, name) = 1"
    if not listed:
        return f"CREATE OR REPLACE TABLE __products AS SELECT product, name, NULL::VARCHAR AS category, TRUE AS known, FALSE AS extra FROM ({seen})"
    return (
        "CREATE OR REPLACE TABLE __products AS SELECT s.product, coalesce(l.name, s.name) AS name, l.category, l.product IS NOT NULL AS known, FALSE AS extra "
        f"FROM ({seen}) s LEFT JOIN ({listed}) l ON l.product = s.product"
    )


def listed_products(table: Accepted, category: Field | None) -> str:
    """Return the query of a products table: one row per product, the first in text order where there are several."""
    product, name = cell(table, "product"), cell(table, "product_name") or "NULL::VARCHAR"
    level = f"t.{quoted(category.name)}" if category else "NULL::VARCHAR"
    columns = f"SELECT {product} AS product, {name} AS name, {level} AS category FROM {quoted(table.table)} t WHERE {product} IS NOT NULL"
    return f"SELECT * FROM ({columns}) QUALIFY row_number() OVER (PARTITION BY product ORDER BY category IS NULL, category, name) = 1"


def lines(tables: Sequence[tuple[Accepted, LineParts]], has: frozenset[str]) -> str:
    """Return the statement that makes ``lines``.

    The order is time, purchases before returns, then content, so that the order of rows in the files decides nothing but the order of equal lines.

    Parameters
    ----------
    tables : sequence of (Accepted, LineParts)
    has : frozenset of str
        What there is, as in `Dataset`.
    """
    unions = " UNION ALL ".join(_line_select(table, parts, position) for position, (table, parts) in enumerate(tables))
    product = "lines.product" in has
    columns = ["u.customer", f"{day('u.moment')} AS day", "u.amount", "u.quantity"]
    columns += ["u.discount"] if "lines.discount" in has else []
    columns += [f"u.{name}" for name in OPTIONAL if f"lines.{name}" in has and name != "category"]
    columns += ["coalesce(u.category, p.category) AS category"] if "lines.category" in has and product else []
    columns += ["u.category"] if "lines.category" in has and not product else []
    columns += ["coalesce(p.name, u.product) AS product_name"] if product else []
    columns += ["coalesce(p.extra, FALSE) AS extra"] if product else ["FALSE AS extra"]
    join = " LEFT JOIN __products p ON p.product = u.product" if product else ""
    order = "u.moment, coalesce(u.amount, u.quantity) < 0, u.customer, u.order_id, u.product, u.quantity, u.amount, u.place_in_files"
    ordered = f"SELECT {', '.join(columns)} FROM ({unions}) u{join} ORDER BY {order}"
    return f"CREATE OR REPLACE TABLE lines AS SELECT (row_number() OVER () - 1)::BIGINT AS line, * FROM ({ordered})"


def _line_select(table: Accepted, parts: LineParts, position: int) -> str:
    columns = [
        "k.customer",
        f"{parts.moment} AS moment",
        f"{parts.amount or 'NULL'}::{MONEY} AS amount",
        f"coalesce({parts.quantity or 'NULL'}, 1)::{MONEY} AS quantity",
        f"{parts.discount or '0'}::{MONEY} AS discount",
        *(f"{getattr(parts, name) or 'NULL'}::VARCHAR AS {name}" for name in OPTIONAL),
        f"({position}::BIGINT << 56) + (t._file::BIGINT << 40) + t._row AS place_in_files",
    ]
    return f"SELECT {', '.join(columns)} FROM {quoted(table.table)} t JOIN __keys k ON k.id = {cell(table, 'id')}"


def events(tables: Sequence[Accepted]) -> str:
    """Return the statement that makes ``events``: one row per customer, day and type, with how often."""
    unions = " UNION ALL ".join(select for table in tables for select in _event_selects(table))
    return (
        f"CREATE OR REPLACE TABLE events AS SELECT customer, day, type, sum(n)::BIGINT AS count FROM ({unions}) "
        "WHERE day IS NOT NULL AND n > 0 GROUP BY ALL ORDER BY customer, day, type"
    )


def _event_selects(table: Accepted) -> list[str]:
    """Return one query per kind of event: rows with a type, or columns that count."""
    counted = [field for role in ("event", "visits") for field in table.schema.all(role) if field.kind == "number"]
    named = table.schema.field("event_type") or next((field for field in table.schema.all("event") if field.kind != "number"), None)
    if named and len(counted) <= 1:
        kind = _event_type(f"t.{quoted(named.name)}")
        return [_event_select(table, f"coalesce({kind}, 'unknown')", f"t.{quoted(counted[0].name)}" if counted else "1")]
    if counted:
        return [_event_select(table, _event_type(literal(field.name)), f"t.{quoted(field.name)}") for field in counted]
    return [_event_select(table, _event_type(literal(table.schema.table)), "1")]


def _event_select(table: Accepted, kind: str, number: str) -> str:
    return (
        f"SELECT k.customer, {day(cell(table, 'date'))} AS day, {kind} AS type, coalesce({number}, 0)::BIGINT AS n "
        f"FROM {quoted(table.table)} t JOIN __keys k ON k.id = {cell(table, 'id')}"
    )


def _event_type(expression: str) -> str:
    """Return the SQL of an event's type: ``email_opens`` and ``Opened`` are "open", what is not known stays as found, in lower case."""
    said = f"lower(trim({expression}))"
    known = "|".join(_TYPES)
    return f"coalesce(nullif(regexp_extract({said}, '(^|[^a-z])({known})(s|ed)?$', 2), ''), {said})"


def contacts(tables: Sequence[Accepted], campaigns: Accepted | None, answers: Sequence[Accepted] = ()) -> str:
    """Return the statement that makes ``contacts``; the day is that of the contact, else the campaign's first day.

    Contacts that do not say who answered take it from `answers`: events of the same customer and campaign, such as redemptions.
    """
    started = ""
    if campaigns and (key := cell(campaigns, "campaign")) and (start := cell(campaigns, "date")):
        started = f"SELECT {key}::VARCHAR AS campaign, min({day(start)}) AS day FROM {quoted(campaigns.table)} t GROUP BY 1"
    selects = []
    for table in tables:
        campaign = f"{cell(table, 'campaign') or literal(table.schema.table)}::VARCHAR"
        own = day(cell(table, "date")) if cell(table, "date") else "NULL::INTEGER"
        join = f" LEFT JOIN ({started}) c ON c.campaign = {campaign}" if started else ""
        responded, answered = _responded(table), "NULL::INTEGER"
        if not responded and answers:
            responded, answered = "a.day IS NOT NULL", "a.day"
            join += f" LEFT JOIN ({_answers(answers)}) a ON a.customer = k.customer AND a.campaign = {campaign}"
        selects.append(
            f"SELECT k.customer, coalesce({own}, {'c.day' if started else 'NULL'}) AS day, {campaign} AS campaign, "
            f"{responded or 'NULL::BOOLEAN'} AS responded, {answered} AS answered, {cell(table, 'channel') or 'NULL'}::VARCHAR AS channel "
            f"FROM {quoted(table.table)} t JOIN __keys k ON k.id = {cell(table, 'id')}{join}"
        )
    return f"CREATE OR REPLACE TABLE contacts AS SELECT * FROM ({' UNION ALL '.join(selects)}) ORDER BY customer, day, campaign, responded"


def _answers(tables: Sequence[Accepted]) -> str:
    selects = [
        f"SELECT k.customer, {cell(table, 'campaign')}::VARCHAR AS campaign, {day(cell(table, 'date'))} AS day "
        f"FROM {quoted(table.table)} t JOIN __keys k ON k.id = {cell(table, 'id')}"
        for table in tables
    ]
    return (
        f"SELECT customer, campaign, min(day) AS day FROM ({' UNION ALL '.join(selects)}) WHERE day IS NOT NULL GROUP BY customer, campaign"
    )


def _responded(table: Accepted) -> str:
    """Return the SQL of who answered, empty when the contacts do not say."""
    field = table.schema.field("response") or table.schema.field("target")
    if field is None or field.kind not in ("flag", "number"):
        return ""
    return f"t.{quoted(field.name)}::BOOLEAN"
