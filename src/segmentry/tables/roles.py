"""What each column and each table means: roles inferred from names and contents, each with its reason.

``infer`` looks at one table, ``relate`` at all tables of a run together. Nothing is decided silently: every field and schema carries
its reason, `segmentry check` prints it, the settings override it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from segmentry.checks import suggestion
from segmentry.errors import SettingsError
from segmentry.tables.contact_keys import ONLY_KEY, only_key
from segmentry.tables.profile import ColumnProfile
from segmentry.tables.role_choice import Choice, choose
from segmentry.tables.role_kinds import decide
from segmentry.tables.schema import ROLES, Field, Role, Schema, TableKind
from segmentry.tables.words import tokens

_DECLARED = "declared in the settings"


def infer(name: str, profiles: Sequence[ColumnProfile], overrides: Mapping[str, str] | None = None, *, kind: str = "") -> Schema:
    """Return the schema of one table.

    Parameters
    ----------
    name : str
        Name of the table, as in the settings.
    profiles : sequence of ColumnProfile
        Its columns, in file order.
    overrides : mapping of str to str, optional
        Roles by column name (any case), from the settings; they win over what is inferred.
    kind : str
        Kind of the table if the settings say so; empty means inferred.

    Raises
    ------
    SettingsError
        When an override names a column, role or kind there is not, or two columns are declared to be the id.

    Examples
    --------
    >>> from segmentry.tables.profile import profile_values
    >>> table = infer("clients", [profile_values("client_id", {"A7": 1, "B2": 1}), profile_values("Age", {"31": 2})])
    >>> table.kind, [field.role for field in table.fields]
    ('snapshot', ['id', 'constant'])
    """
    declared = _declared(name, profiles, overrides or {})
    if kind:
        if kind not in get_args(TableKind):
            raise SettingsError(f"tables.{name}.kind is {kind!r}; {suggestion(kind, get_args(TableKind))}")
        settled, reason = cast("TableKind", kind), _DECLARED
    else:
        plain = choose(profiles, "unknown", declared)
        settled, reason = decide(name, plain)
        if keyed := _by_contact(name, profiles, declared, plain):
            return keyed
    return Schema(name, settled, reason, _fields(profiles, settled, declared))


def _fields(profiles: Sequence[ColumnProfile], kind: TableKind, declared: Mapping[str, Role]) -> tuple[Field, ...]:
    return tuple(choice.field() for choice in choose(profiles, "snapshot" if kind == "customers" else kind, declared))


def _by_contact(name: str, profiles: Sequence[ColumnProfile], declared: Mapping[str, Role], choices: Sequence[Choice]) -> Schema | None:
    """Return the schema of a log whose customers are known by an e-mail address or a phone number alone; None when it is no such log."""
    found = only_key(choices)
    if found is None:
        return None
    column, what = found
    keyed: dict[str, Role] = {**declared, column: "id"}
    settled, reason = decide(name, choose(profiles, "unknown", keyed))
    if settled not in {"transactions", "events", "contacts"}:
        return None
    fields = (
        replace(field, declared=False, reason=f"{what}; {ONLY_KEY}") if field.name == column else field
        for field in _fields(profiles, settled, keyed)
    )
    return Schema(name, settled, reason, tuple(fields))


def relate(schemas: Sequence[Schema]) -> tuple[Schema, ...]:
    """Return the schemas as one run needs them: one customer key, kinds that fit together, the unusable set to "unknown" with a reason.

    Parameters
    ----------
    schemas : sequence of Schema
        All tables of the run.

    Returns
    -------
    tuple of Schema
        In the same order.
    """
    keyed = _one_key(schemas)
    kinds = Counter(schema.kind for schema in keyed)
    lines = _carrying_sales(keyed)
    main = next(
        (schema.table for schema in keyed if schema.kind in {"snapshot", "customers"} and (schema.field("id") or len(keyed) == 1)), ""
    )
    return tuple(_placed(schema, kinds, lines, main) for schema in keyed)


def _declared(name: str, profiles: Sequence[ColumnProfile], overrides: Mapping[str, str]) -> dict[str, Role]:
    by_fold = {column.name.casefold(): column.name for column in profiles}
    declared: dict[str, Role] = {}
    for column, role in overrides.items():
        if column.casefold() not in by_fold:
            raise SettingsError(
                f"tables.{name}.roles names the column {column!r}, which is not in the table; {suggestion(column, by_fold.values())}"
            )
        if role not in ROLES:
            raise SettingsError(f"tables.{name}.roles: the role of {column!r} is {role!r}; {suggestion(role, ROLES)}")
        declared[by_fold[column.casefold()]] = cast("Role", role)
    ids = [column for column, role in declared.items() if role == "id"]
    if len(ids) > 1:
        raise SettingsError(
            f"tables.{name}.roles: {' and '.join(map(repr, ids))} are both set to id; one column identifies the customer. Set one of them."
        )
    return declared


def _one_key(schemas: Sequence[Schema]) -> list[Schema]:
    """Give the role id to the column that most tables share, where a table holds it under the same words but took another."""
    ids = [field for schema in schemas if (field := schema.field("id"))]
    headers = Counter(tokens(field.name) for field in ids)
    if not headers:
        return list(schemas)
    # A log that knows customers by their address alone cannot follow the others; they can follow it.
    bound = {tokens(field.name) for field in ids if field.reason.endswith(ONLY_KEY)}
    shared = min(headers, key=lambda words: (words not in bound, -headers[words], words))
    return [_rekeyed(schema, shared) for schema in schemas]


def _rekeyed(schema: Schema, shared: tuple[str, ...]) -> Schema:
    current = schema.field("id")
    other = next(
        (
            field
            for field in schema.fields
            if tokens(field.name) == shared and field.role in {"ignore", "attribute", "number", "identifier"}
        ),
        None,
    )
    if other is None or other.declared or (current and (current.declared or tokens(current.name) == shared)):
        return schema
    if current is None and (other.role != "identifier" or schema.kind != "snapshot"):
        return schema
    swapped = {other.name: replace(other, role="id", kind="id", reason="the customer's id in other tables of this run")}
    if current is not None:
        told = f"an id, but the customer's, shared with other tables, is {other.name!r}"
        swapped[current.name] = replace(current, role="ignore", reason=told)
    return replace(schema, fields=tuple(swapped.get(field.name, field) for field in schema.fields))


def _carrying_sales(schemas: Sequence[Schema]) -> set[str]:
    """Return the transaction tables that say how much or what was bought."""
    telling = ("amount", "unit_price", "quantity", "order_id", "product")
    return {schema.table for schema in schemas if schema.kind == "transactions" and any(schema.field(role) for role in telling)}


def _placed(schema: Schema, kinds: Counter[TableKind], lines: set[str], main: str) -> Schema:
    """Return a schema with the kind it has among the others."""
    about = schema.kind
    has_lines, has_people = bool(kinds["transactions"]), bool(main)
    declared = schema.reason == _DECLARED
    if about == "snapshot" and not declared:
        if not schema.field("id") and sum(kinds.values()) > 1:
            return _unusable(schema, "no column says which customer a row is about, so it cannot be joined to the other tables")
        if has_lines:
            return replace(schema, kind="customers", reason=f"{schema.reason}; describes the customers of the transactions")
        if schema.table != main:
            return replace(schema, kind="customers", reason=f"{schema.reason}; joined to {main!r}")
    if about == "customers" and not has_lines and schema.table == main:
        return replace(schema, kind="snapshot", reason=f"{schema.reason}; no transactions beside it")
    if about == "transactions" and not declared and lines and schema.table not in lines:
        return replace(
            schema, kind="events", reason=f"{schema.reason}; no sales in it, while {', '.join(map(repr, sorted(lines)))} has them"
        )
    if about == "products" and not has_lines:
        return _unusable(schema, "lists products, but there is no table of purchases to join it to; add the transactions")
    if about in {"campaigns", "contacts", "events"} and not has_lines and not has_people:
        return _unusable(schema, f"holds {about}, but no customers or purchases; add a table of customers or transactions")
    return schema


def _unusable(schema: Schema, why: str) -> Schema:
    return replace(schema, kind="unknown", reason=why)
