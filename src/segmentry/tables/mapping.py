"""From accepted tables to one dataset: ``customers``, ``lines``, ``events``, ``contacts`` and ``trials``, cleaned, every rule counted.

The order of work: who the customers are, their lines, events and contacts, the as-of day, then the cleaning of what is known about
each customer. All of it is SQL over sets; only single columns of ``customers`` come to Python, to look for fillers.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.engines.engine import Engine, quoted
from segmentry.errors import DataRefused, Problem
from segmentry.results import Note, Treatment
from segmentry.tables import joins, sendings
from segmentry.tables.asof import EPOCH, Activity, AsOf, settle_as_of
from segmentry.tables.categories import tidy_categories
from segmentry.tables.dataset import Accepted, Attribute, Dataset
from segmentry.tables.impossible import remove_impossible
from segmentry.tables.nonproducts import mark_non_products, settle_non_products
from segmentry.tables.oddities import largest_account, odd_lines, settle_currency, zeros_lost
from segmentry.tables.redundancy import count_missing, equal_customers, set_aside_columns
from segmentry.tables.schema import Field
from segmentry.tables.treatments import CleaningOptions, Remarks, counted

MOST_CATEGORIES = 60


@dataclass(frozen=True, slots=True)
class _Parts:
    """The accepted tables by what they are."""

    people: tuple[Accepted, ...]
    transactions: tuple[Accepted, ...]
    events: tuple[Accepted, ...]
    contacts: tuple[Accepted, ...]
    trials: tuple[Accepted, ...]
    products: Accepted | None
    campaigns: Accepted | None
    unused: tuple[Accepted, ...]


def assemble(engine: Engine, accepted: Sequence[Accepted], options: CleaningOptions | None = None) -> Dataset:
    """Make the one dataset that features are computed from.

    Parameters
    ----------
    engine : Engine
        Holds the accepted tables; gets ``customers`` and, where there are, ``lines``, ``events``, ``contacts``,
        ``campaigns``, ``trials`` (see `tables.dataset`).
    accepted : sequence of Accepted
        All tables of the run.
    options : CleaningOptions or None
        None means the defaults.

    Returns
    -------
    Dataset
        With a note or a treatment for everything that was found and done.

    Raises
    ------
    DataRefused
        ``NO_CUSTOMERS``, ``NO_DATES``, ``MIXED_CURRENCIES`` or ``AS_OF_TOO_EARLY``.
    """
    options = options or CleaningOptions()
    parts = _sorted_out(accepted)
    currency, remarks = settle_currency(engine, [*parts.transactions, *parts.people])
    remarks += _unused(parts) + _settle_customers(engine, parts, options)
    has, said = _settle_lines(engine, parts, options)
    remarks += said
    has, said = _settle_side_tables(engine, parts, has)
    remarks += said
    attributes = _settle_attributes(engine, parts)
    customers = int(engine.rows("SELECT count(*) FROM customers")[0][0])
    as_of = settle_as_of(engine, _activities(parts, attributes, has), options.as_of)
    attributes, said = _clean(engine, attributes, customers, as_of.day, options)
    remarks += (
        said + _remarks_on_people(engine, parts) + zeros_lost(engine, [*parts.people, *parts.transactions]) + Remarks(notes=as_of.notes)
    )
    engine.run("DROP TABLE IF EXISTS __keys; DROP TABLE IF EXISTS __products")
    return Dataset(
        shape="transactions" if parts.transactions else "snapshot",
        as_of=as_of.day,
        as_of_reason=as_of.reason,
        customers=customers,
        attributes=attributes,
        has=has,
        currency=currency,
        first_day=_first_day(engine, as_of) if "lines" in has else None,
        outcomes=sendings.outcomes(parts.trials),
        notes=remarks.notes,
        treatments=remarks.treatments,
    )


def _sorted_out(accepted: Sequence[Accepted]) -> _Parts:
    def of(*kinds: str) -> tuple[Accepted, ...]:
        return tuple(table for table in accepted if table.schema.kind in kinds)

    def known(tables: tuple[Accepted, ...]) -> tuple[Accepted, ...]:
        return tuple(table for table in tables if table.schema.field("id"))

    everyone, transactions = of("customers", "snapshot"), known(of("transactions"))
    # Rows without an id can only be customers when nothing else has to be joined to them.
    people = known(everyone) or (() if transactions else everyone[:1])
    events = tuple(table for table in known(of("events")) if table.schema.field("date"))
    contacts = known(of("contacts"))
    trials = tuple(table for table in known(of("trials")) if table.schema.field("arm"))
    products = next((table for table in of("products") if table.schema.field("product")), None)
    campaigns = next(iter(of("campaigns")), None)
    used = [*people, *transactions, *events, *contacts, *trials, products, campaigns]
    unused = tuple(table for table in accepted if table not in used)
    return _Parts(people, transactions, events, contacts, trials, products, campaigns, unused)


def _unused(parts: _Parts) -> Remarks:
    said = "The table {} is not used: it is not clear how it belongs to the customers. Name its kind and its id column in segmentry.toml."
    return Remarks(
        notes=tuple(Note("unused_table", said.format(table.schema.table), "warning", table.schema.table) for table in parts.unused)
    )


def _settle_customers(engine: Engine, parts: _Parts, options: CleaningOptions) -> Remarks:
    """Make ``__keys``: who is a customer, under which number."""
    tables = [*parts.people, *parts.transactions] or [*parts.events, *parts.contacts]
    if parts.transactions or not tables:
        # Who was drawn and never bought is a customer too: without them a trial would count those alone who bought.
        tables += parts.trials
    if not tables:
        reason = "no table says who the customers are: none is a customer list or a transaction log with a customer id"
        raise DataRefused(Problem("NO_CUSTOMERS", reason, "set kind and the role of the id column of a table in segmentry.toml"))
    remarks, account = Remarks(), None
    if parts.transactions:
        account, remarks = largest_account(engine, parts.transactions, options)
    if parts.people and not parts.people[0].schema.field("id"):
        engine.run(joins.row_keys(parts.people[0]))
        name = parts.people[0].schema.table
        said = f"{name} has no id column: each row is taken as one customer, and its row number in the file is its id."
        remarks += Remarks(notes=(Note("rows_are_customers", said, "info", name),))
    else:
        engine.run(joins.keys(joins.distinct_ids(tables), account))
    if not engine.rows("SELECT count(*) FROM __keys")[0][0]:
        raise DataRefused(
            Problem("NO_CUSTOMERS", "not one accepted row has a customer id", "see quarantine.csv for what is wrong with the rows")
        )
    return remarks


def _settle_lines(engine: Engine, parts: _Parts, options: CleaningOptions) -> tuple[frozenset[str], Remarks]:
    """Make ``lines`` with what they hold."""
    if not parts.transactions:
        return frozenset(), Remarks()
    for table in parts.transactions:
        if not table.schema.field("date"):
            raise DataRefused(
                Problem(
                    "NO_DATES",
                    "the transactions have no date column",
                    "set the role of a column to date in segmentry.toml",
                    table.schema.table,
                )
            )
    remarks = Remarks()
    tables = []
    for table in parts.transactions:
        category, said = _category(engine, table)
        remarks += said + _before_discount(table)
        tables.append((table, joins.with_category(joins.line_parts(table), category)))
    has = {"lines"} | {
        f"lines.{part}" for part in ("amount", "discount", "quantity", *joins.OPTIONAL) if any(getattr(found, part) for _, found in tables)
    }
    if "lines.product" in has:
        listed, category, said = _listed_products(engine, parts.products)
        remarks += said
        has |= {"lines.category"} if category else set()
        engine.run(joins.product_keys(tables, listed))
        mark_non_products(engine)
    engine.run(joins.lines(tables, frozenset(has)))
    if "lines.product" in has:
        remarks += _unknown_products(engine, parts.products)
        remarks += settle_non_products(engine, options, money="lines.amount" in has)
    remarks += odd_lines(engine, [table.schema.table for table in parts.transactions], frozenset(has))
    return frozenset(has), remarks


def _before_discount(table: Accepted) -> Remarks:
    price, discount = table.schema.field("unit_price"), table.schema.field("discount")
    if table.schema.field("amount") or not price or not discount:
        return Remarks()
    said = f"Amounts are quantity × {price.name}; {discount.name} is not taken off once more. If the price is before discount, give the paid amount a column."
    return Remarks(notes=(Note("amount_before_discount", said, "info", table.schema.table, discount.name),))


def _category(engine: Engine, table: Accepted) -> tuple[Field | None, Remarks]:
    """Choose the column products are grouped by: the first with 2 to 60 levels, else the one with the fewest."""
    fields = table.schema.all("category")
    if not fields:
        return None, Remarks()
    counts = engine.rows(f"SELECT {', '.join(f'count(DISTINCT {quoted(field.name)})' for field in fields)} FROM {quoted(table.table)}")[0]
    levels = dict(zip(fields, (int(count) for count in counts), strict=True))
    fewest = min(fields, key=lambda field: (levels[field] < 2, levels[field]))
    chosen = next((field for field in fields if 2 <= levels[field] <= MOST_CATEGORIES), fewest)
    if len(fields) == 1:
        return chosen, Remarks()
    others = ", ".join(field.name for field in fields if field != chosen)
    said = f"Products are grouped by {chosen.name} ({levels[chosen]:,} levels), not by {others}."
    return chosen, Remarks(notes=(Note("category_chosen", said, "info", table.schema.table, chosen.name),))


def _listed_products(engine: Engine, products: Accepted | None) -> tuple[str, Field | None, Remarks]:
    if products is None:
        return "", None, Remarks()
    category, remarks = _category(engine, products)
    return joins.listed_products(products, category), category, remarks


def _unknown_products(engine: Engine, products: Accepted | None) -> Remarks:
    if products is None:
        return Remarks()
    lines, codes = engine.rows(
        "SELECT count(*), count(DISTINCT l.product) FROM lines l JOIN __products p ON p.product = l.product WHERE NOT p.known"
    )[0]
    if not lines:
        return Remarks()
    said = f"{counted(lines, 'line')} of {counted(codes, 'product')} not listed in {products.schema.table}: kept, without what that table says."
    return Remarks(notes=(Note("unknown_products", said, "info", "lines", "product"),))


def _settle_side_tables(engine: Engine, parts: _Parts, has: frozenset[str]) -> tuple[frozenset[str], Remarks]:
    """Make ``events``, ``contacts``, ``campaigns`` and ``trials``; rows of people who are no customers are counted and left out."""
    if parts.events:
        engine.run(joins.events(parts.events))
        has |= {"events"}
    if parts.contacts:
        answers = tuple(table for table in parts.events if table.schema.field("campaign"))
        engine.run(joins.contacts(parts.contacts, parts.campaigns, answers))
        has |= {"contacts"}
    if parts.campaigns and parts.campaigns.schema.field("campaign"):
        engine.run(sendings.campaigns(parts.campaigns))
        has |= {"campaigns"}
    if parts.trials:
        engine.run(sendings.trials(parts.trials))
        has |= {"trials"}
    remarks = _answers_from_events(engine, parts) if parts.contacts else Remarks()
    for table in (*parts.events, *parts.contacts, *parts.trials):
        sql = f"SELECT count(*) FROM ({joins.distinct_ids([table])}) WHERE id NOT IN (SELECT id FROM __keys)"
        count = int(engine.rows(sql)[0][0])
        if count:
            said = f"{counted(count, 'id')} of {table.schema.table} {'belongs' if count == 1 else 'belong'} to no customer: these rows are left out."
            remarks += Remarks(notes=(Note("unknown_customers", said, "warning", table.schema.table),))
    remarks += _unclear_cost(parts.campaigns)
    return has, remarks + (_undated_contacts(engine, parts) if parts.contacts else Remarks())


def _unclear_cost(campaigns: Accepted | None) -> Remarks:
    field = sendings.unclear_cost(campaigns) if campaigns else None
    if campaigns is None or field is None:
        return Remarks()
    said = (
        f"{field.name} does not say whether it is the cost of one contact or of the whole campaign, so it is not used: "
        "call it cost_per_contact or total_cost, or give costs under [returns]."
    )
    return Remarks(notes=(Note("unclear_cost", said, "info", campaigns.schema.table, field.name),))


def _answers_from_events(engine: Engine, parts: _Parts) -> Remarks:
    answered = int(engine.rows("SELECT count(*) FROM contacts WHERE answered IS NOT NULL")[0][0])
    if not answered:
        return Remarks()
    names = ", ".join(table.schema.table for table in parts.events if table.schema.field("campaign"))
    said = f"Who answered a campaign is taken from {names}: {counted(answered, 'contact')} with an event of the same customer and campaign."
    return Remarks(notes=(Note("answers_from_events", said, "info", parts.contacts[0].schema.table),))


def _undated_contacts(engine: Engine, parts: _Parts) -> Remarks:
    undated, total = engine.rows("SELECT count(*) FILTER (day IS NULL), count(*) FROM contacts")[0]
    if not undated:
        return Remarks()
    said = f"{counted(undated, 'contact')} {'has' if undated == 1 else 'have'} no day, neither their own nor a campaign's first: "
    if undated == total:
        said += "no feature is made of contacts. Give them a date column, or add a table of campaigns with their first days."
    else:
        said += f"left out of the features, which count the other {total - undated:,}."
    return Remarks(notes=(Note("undated_contacts", said, "warning", parts.contacts[0].schema.table),))


def _settle_attributes(engine: Engine, parts: _Parts) -> tuple[Attribute, ...]:
    """Make ``customers``: what the tables of customers say. The place most lines come from is a feature, as of a date."""
    sources = joins.attribute_sources(parts.people)
    engine.run(joins.customers(parts.people, sources))
    return tuple(source.attribute for source in sources)


def _activities(parts: _Parts, attributes: Sequence[Attribute], has: frozenset[str]) -> list[Activity]:
    activities = [
        Activity(f"SELECT day FROM {name}", ", ".join(_dated(table) for table in tables))
        for name, tables in (("lines", parts.transactions), ("events", parts.events), ("contacts", parts.contacts))
        if name in has
    ]
    if not parts.transactions:
        dates = [attribute for attribute in attributes if attribute.kind == "date" and attribute.role != "birth_date"]
        activities += [Activity(f"SELECT {quoted(attribute.name)} AS day FROM customers", attribute.name) for attribute in dates]
    return activities


def _dated(table: Accepted) -> str:
    field = table.schema.field("date")
    return f"{table.schema.table}, {field.name}" if field else table.schema.table


def _clean(
    engine: Engine, attributes: tuple[Attribute, ...], customers: int, as_of: datetime.date | None, options: CleaningOptions
) -> tuple[tuple[Attribute, ...], Remarks]:
    """Apply the rules on what is known about each customer."""
    _, remarks = count_missing(engine, attributes, customers)
    remarks += remove_impossible(engine, attributes, as_of, options)
    attributes, said = tidy_categories(engine, attributes, customers, options)
    remarks += said
    # Counted again: what was impossible is missing now. The record says what the file lacked.
    attributes, _ = count_missing(engine, attributes, customers)
    attributes, said = set_aside_columns(engine, attributes, customers, options)
    return attributes, remarks + said


def _remarks_on_people(engine: Engine, parts: _Parts) -> Remarks:
    remarks = Remarks()
    for table in parts.people:
        remarks += equal_customers(engine, table.table, table.schema)
        if key := joins.cell(table, "id"):
            repeats = int(
                engine.rows(f"SELECT count(*) - count(DISTINCT {key}) FROM {quoted(table.table)} t WHERE {key} IS NOT NULL")[0][0]
            )
            if repeats:
                said = f"{counted(repeats, 'row')} of {table.schema.table} for a customer who already has one: the latest is used."
                remarks += Remarks((), (Treatment("repeated_customers", repeats, said, table.schema.table),))
    if parts.people and parts.transactions:
        count = int(engine.rows("SELECT count(*) FROM customers WHERE customer NOT IN (SELECT customer FROM lines)")[0][0])
        if count:
            said = f"{counted(count, 'customer')} never bought anything in the transactions: kept."
            remarks += Remarks(notes=(Note("customers_without_lines", said, "info", "customers"),))
    return remarks


def _first_day(engine: Engine, as_of: AsOf) -> datetime.date | None:
    first = engine.rows("SELECT min(day) FROM lines")[0][0]
    return as_of.first if first is None else EPOCH + datetime.timedelta(int(first))
