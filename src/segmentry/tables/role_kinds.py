"""What kind of table it is: decided from which keys it holds, how they repeat, and last from its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segmentry.tables.role_choice import Choice
from segmentry.tables.schema import TableKind
from segmentry.tables.words import tokens

_HINTS: tuple[tuple[str, str], ...] = (
    ("products", r"products?|articles?|items?|catalog(?:ue)?|skus?|artikel|produits?|productos?|assortment|sortiment"),
    ("campaigns", r"campaigns?|kampagnen?|campagnes?|campanas?"),
    ("trials", r"trials?|experiments?|ab ?tests?|assignments?|split ?tests?|holdouts?|versuche?|essais?|ensayos?"),
    ("contacts", r"contacts?|mailings?|sends|touches|contacted"),
    ("events", r"events?|visits?|clicks?|sessions?|opens?|web ?log|logins?|activity|activities|interactions?|redemptions?|views"),
    ("transactions", r"transactions?|orders?|sales|purchases?|invoices?|lines?|baskets?|receipts?|bestellungen|verkaufe|ventes?|ventas?|commandes?|pedidos?"),
    ("snapshot", r"customers?|clients?|clientes?|kunden|households?|members?|users?|demographics?|profiles?|crm|people|persons?"),
)  # fmt: skip
_PERSONAL = frozenset({"birth_year", "birth_date", "age", "income", "children", "spend", "purchases", "recency", "consent", "satisfaction"})
_SOLD = frozenset({"order_id", "quantity", "unit_price", "product", "product_name"})
_LINE = ("order_id", "amount", "quantity", "unit_price", "product", "product_name")


def decide(name: str, choices: Sequence[Choice]) -> tuple[TableKind, str]:
    """Return the kind of a table and the reason in words, from the roles its columns would have in a table of unknown kind."""
    roles: dict[str, Choice] = {choice.rule.role: choice for choice in reversed(choices)}
    hints = hinted(name)
    key = roles.get("id")
    customer = key if key and (key.declared or key.rule.strength >= 0.8) else None
    personal = bool(_PERSONAL & roles.keys())
    if not customer and not personal and (found := _thing(roles, hints)):
        return found
    if not key:
        return _without_customer(roles)
    if not personal and (arm := roles.get("arm")) and ("experiment" in roles or "trials" in hints) and not _SOLD & roles.keys():
        return "trials", f"customers ({key.column.name!r}) and the arm each was given ({arm.column.name!r})"
    if not personal and "campaign" in roles and not {"amount", "quantity", "order_id", "unit_price"} & roles.keys():
        return _contacts(key, roles, hints)
    return _with_customer(key, roles, hints)


def hinted(name: str) -> frozenset[str]:
    """Return the kinds of table a table's name speaks of.

    Examples
    --------
    >>> sorted(hinted("coupon_redemptions")), sorted(hinted("data"))
    (['events'], [])
    """
    said = " ".join(tokens(name))
    return frozenset(kind for kind, pattern in _HINTS if re.search(rf"\b(?:{pattern})\b", said))


def _thing(roles: dict[str, Choice], hints: frozenset[str]) -> tuple[TableKind, str] | None:
    """Return products or campaigns when a table without a customer lists them."""
    key, product, campaign = roles.get("id"), roles.get("product"), roles.get("campaign")
    bought = "order_id" in roles or ("date" in roles and ({"quantity", "amount"} & roles.keys()))
    if product and not bought:
        if not product.column.repeats:
            return "products", f"one row per product ({product.column.name!r}), no customer"
        if "products" in hints:
            return "unknown", f"products repeat in {product.column.name!r} and no column says who the customer is"
    if campaign and not campaign.column.repeats and not bought:
        return "campaigns", f"one row per campaign ({campaign.column.name!r}), no customer"
    if not key or key.column.repeats or bought or "joined" in roles:
        return None
    if "products" in hints:
        return "products", f"named like products, one row per {key.column.name!r}, nothing about people"
    if "campaigns" in hints and not {"target", "response"} & roles.keys():
        return "campaigns", f"named like campaigns, one row per {key.column.name!r}, nothing about people"
    return None


def _without_customer(roles: dict[str, Choice]) -> tuple[TableKind, str]:
    if "order_id" in roles or ("date" in roles and {"amount", "quantity", "product"} & roles.keys()):
        return "unknown", "holds sales, but no column says who the customer is; set the role id in the settings"
    return "snapshot", "no column identifies customers: every row is taken as one customer"


def _contacts(key: Choice, roles: dict[str, Choice], hints: frozenset[str]) -> tuple[TableKind, str]:
    campaign = roles["campaign"].column.name
    if "event_type" in roles and "date" in roles:
        return "events", f"customer ({key.column.name!r}), date and kind of event"
    if hints == {"events"} and "date" in roles:
        return "events", f"named like events, with customer ({key.column.name!r}) and date"
    return "contacts", f"customers ({key.column.name!r}) and campaigns ({campaign!r}), no sales"


def _with_customer(key: Choice, roles: dict[str, Choice], hints: frozenset[str]) -> tuple[TableKind, str]:
    name = repr(key.column.name)
    line = [role for role in _LINE if role in roles]
    personal = bool(_PERSONAL & roles.keys())
    dated = "date" in roles or ("joined" in roles and bool(line))
    repeats = key.column.repeats
    if dated and not line and ("event_type" in roles or "events" in hints) and (repeats or not personal):
        return "events", f"customer ({name}), date and what happened, no sales"
    if dated and repeats:
        return "transactions", f"customers ({name}) occur again and again, with dates"
    plain_date = "date" in roles and roles["date"].rule.strength >= 1.0
    if plain_date and line and not personal and ("order_id" in roles or "snapshot" not in hints):
        return "transactions", f"customer ({name}), date and sales in every row"
    if repeats and line:
        return "unknown", f"customers ({name}) occur again and again, but no column says when; set the role date in the settings"
    if repeats and key.column.distinct < 0.8 * key.column.present:
        return (
            "unknown",
            f"values of {name} occur again and again without a date, so rows are neither customers nor purchases; set roles in the settings",
        )
    return "snapshot", f"one row per customer ({name}: {key.column.distinct:,} different values in {key.column.rows:,} rows)"
