"""What cleaning hands on: accepted tables, and the one dataset that features are computed from.

The dataset lives in the engine under fixed names, with whole numbers as keys so that joins are fast and order is settled:

* ``customers``: ``customer`` (INTEGER, 0 … n−1 in the order of the ids), ``id`` (VARCHAR), then one column per `Attribute`
  under its own name (DOUBLE for numbers, money and flags, VARCHAR for categories, INTEGER days since 1970-01-01 for dates).
* ``lines`` (if there are transactions): ``line`` (BIGINT, unique, in time order then file order), ``customer``, ``day`` (INTEGER, days since 1970-01-01),
  ``amount`` and ``quantity`` (DECIMAL(18,4)), and where the data has them ``discount`` (DECIMAL(18,4)), ``order_id``, ``product``,
  ``product_name``, ``category``,
  ``channel``, ``place`` (VARCHAR), ``extra`` (BOOLEAN: postage, fees and other lines that are no product).
  Returns are still in it as negative quantities or amounts: `features.returns` nets them as of a date.
* ``events`` (if there are): ``customer``, ``day``, ``type`` (VARCHAR: "visit", "open", "click", "session" or as found), ``count`` (BIGINT).
* ``contacts`` (if there are): ``customer``, ``day``, ``campaign`` (VARCHAR), ``responded`` (BOOLEAN or NULL), ``answered`` (INTEGER day of the first
  answer, or NULL when there is none or its day is not known), ``channel`` (VARCHAR or NULL).
* ``campaigns`` (if there are): ``campaign`` (VARCHAR, as in the contacts, each once), ``name``, ``channel`` (VARCHAR), ``first``, ``last`` (INTEGER
  days), ``cost`` (of one contact), ``budget``, ``spent`` (of all; DECIMAL(18,4)); NULL where the table does not say.
* ``trials`` (if there are): ``customer``, ``experiment``, ``arm`` (VARCHAR), ``day`` (INTEGER, of the lot), ``probability`` (DOUBLE, logged, of the arm
  that was given), ``exposed`` (BOOLEAN), each NULL where not known, and one DOUBLE column per attribute in `Dataset.outcomes`, under its name.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from segmentry.results import Note, Treatment
from segmentry.tables.schema import Schema


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the rows of a table went: ``rows_in = accepted + quarantined + duplicates``, exactly."""

    rows_in: int
    accepted: int
    quarantined: int
    duplicates: int

    @property
    def words(self) -> str:
        """The equation in words.

        Examples
        --------
        >>> Counts(10, 7, 2, 1).words
        '10 rows in = 7 accepted + 2 quarantined + 1 duplicates'
        """
        return f"{self.rows_in:,} rows in = {self.accepted:,} accepted + {self.quarantined:,} quarantined + {self.duplicates:,} duplicates"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A table that passed its contract.

    Parameters
    ----------
    schema : Schema
        The settled contract.
    table : str
        Name in the engine: ``_file``, ``_row``, and the fields typed by their kind under their own names.
    quarantine : str
        Name in the engine: ``table, file, row, column, code, reason, remedy, raw`` (raw: JSON text of the row), one row per quarantined row.
    counts : Counts
    fingerprint : str
        Hash of the typed rows: independent of row order, file dialect and notation.
    """

    schema: Schema
    table: str
    quarantine: str
    counts: Counts
    fingerprint: str
    notes: tuple[Note, ...] = ()
    treatments: tuple[Treatment, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of ``customers``: known once per customer.

    Parameters
    ----------
    name : str
        As in the file.
    role : str
        Role of the field it comes from.
    kind : {"number", "money", "flag", "category", "date"}
    words : str
        Label for people.
    missing : int
        Customers without a value.
    use : bool
        False when a cleaning rule set it aside (constant, redundant, identifier-like); `why` says so.
    """

    name: str
    role: str
    kind: Literal["number", "money", "flag", "category", "date"]
    words: str
    missing: int = 0
    use: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything features are computed from; the rows are in the engine (see the module).

    Parameters
    ----------
    shape : {"snapshot", "transactions"}
    as_of : date or None
        Day the features look back from: the data's, or declared; never today. None when the data holds no dates (a snapshot without any).
    as_of_reason : str
        Where it comes from, in words.
    customers : int
    attributes : tuple of Attribute
    has : frozenset of str
        "lines", "lines.product", "lines.category", "lines.channel", "lines.place", "lines.discount", "lines.order_id",
        "lines.quantity", "lines.amount", "events", "contacts", "campaigns", "trials": what is there.
    currency : str
        Symbol or code for people; empty when the data does not say.
    first_day : date or None
        First day seen in the transactions.
    outcomes : tuple of Attribute
        Columns of the trials that may say what customers did.
    """

    shape: Literal["snapshot", "transactions"]
    as_of: datetime.date | None
    as_of_reason: str
    customers: int
    attributes: tuple[Attribute, ...]
    has: frozenset[str]
    currency: str = ""
    first_day: datetime.date | None = None
    outcomes: tuple[Attribute, ...] = ()
    notes: tuple[Note, ...] = ()
    treatments: tuple[Treatment, ...] = ()
