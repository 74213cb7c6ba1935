"""The Engine protocol: the few verbs a place to store and compute needs.

Whoever holds an engine says what is wanted (a lazy frame, or SQL text written by a pure function) and never which engine it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import narwhals.stable.v2 as nw
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


class Engine(Protocol):
    """A place that holds named tables and computes over them."""

    def frame(self, table: str) -> nw.LazyFrame[Any]:
        """Return a named table as a lazy frame."""

    def keep(self, table: str, frame: nw.LazyFrame[Any]) -> None:
        """Compute a lazy frame and hold it under a name, replacing what was there."""

    def put(self, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Hold arrays of one length (text as object arrays, None for missing) as a named table."""

    def append(self, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add arrays of one length to an existing table, matched by name."""

    def run(self, sql: str) -> None:
        """Run statements that return nothing."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a small query."""

    def fetch(self, sql: str) -> Arrays:
        """Return the columns of a query as arrays; missing numbers are NaN, missing text None, DECIMAL comes as float."""

    def batches(self, table: str, order: str, size: int = 200_000) -> Iterator[Arrays]:
        """Yield the table in column batches, ordered by an integer column `order` that has no duplicates."""

    def columns(self, table: str) -> dict[str, str]:
        """Return the names and types of a table's columns."""

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write the result of a query to a Parquet file, in the query's order."""

    def close(self) -> None:
        """Let go of everything held."""


def quoted(name: str) -> str:
    """Return an SQL identifier that is safe whatever the name holds.

    Examples
    --------
    >>> print(quoted('the "best" one'))
    "the ""best"" one"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return an SQL string literal that is safe whatever the text holds.

    Examples
    --------
    >>> print(literal("it's me"))
    'it''s me'
    """
    return "'" + text.replace("'", "''") + "'"
