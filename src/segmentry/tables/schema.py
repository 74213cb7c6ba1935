"""What a table is held to: the role, kind and notation of each column.

Roles say what a column means to a marketer; kinds how its text is cast; notation how it is written in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal[
    "id", "date", "joined", "amount", "quantity", "unit_price", "discount", "order_id", "line_id",
    "product", "product_name", "category", "channel", "place", "currency",
    "birth_year", "birth_date", "age", "income", "spend", "purchases", "recency", "visits", "children",
    "campaign", "contact", "response", "consent", "satisfaction", "event", "event_type",
    "experiment", "arm", "probability", "exposed",
    "text", "identifier", "constant", "target", "number", "attribute", "flag", "ignore",
]  # fmt: skip
Kind = Literal["id", "money", "number", "date", "flag", "category", "text"]
TableKind = Literal["snapshot", "customers", "transactions", "products", "campaigns", "contacts", "events", "trials", "unknown"]
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Notation:
    """How the cells of one column are written.

    Parameters
    ----------
    decimal : {".", ","}
        Decimal mark of numbers.
    thousands : str
        Mark between thousands; empty when there is none.
    currency : str
        Symbol or code written at every amount, such as "$"; empty when there is none.
    date_format : str
        strptime pattern, "excel" (serial days), "epoch s", "epoch ms" or "epoch us"; empty for what is no date.
    whole : bool
        An id column in which every value is a whole number written as a float (``17850.0``): ``.0`` is taken off.
    yes, no : tuple of str
        Case-folded words of a flag.
    """

    decimal: str = "."
    thousands: str = ""
    currency: str = ""
    date_format: str = ""
    whole: bool = False
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table: what it means, how it is cast, how it is written.

    Parameters
    ----------
    name : str
        Header as found, trimmed.
    role : Role
        What it means.
    kind : Kind
        How it is cast: id and text stay text, money is DECIMAL(18,4), number DOUBLE, date TIMESTAMP, flag BOOLEAN, category text.
    reason : str
        Why this role, in words, for ``segmentry check``.
    notation : Notation
        How it is written; complete only after `settle`.
    declared : bool
        True when the user said so in the settings.
    """

    name: str
    role: Role
    kind: Kind
    reason: str
    notation: Notation = Notation()
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The contract of one table."""

    table: str
    kind: TableKind
    reason: str
    fields: tuple[Field, ...]

    def field(self, role: str) -> Field | None:
        """Return the first field with this role, or None."""
        return next((field for field in self.fields if field.role == role), None)

    def all(self, role: str) -> tuple[Field, ...]:
        """Return all fields with this role, in file order."""
        return tuple(field for field in self.fields if field.role == role)
