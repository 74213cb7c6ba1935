"""The DuckDB adapter: the only file that imports duckdb.

The database is a rebuildable scratch file in a private folder, never a system of record: it is removed when the engine closes.
Not for several processes at once: a DuckDB file belongs to one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from segmentry.engines.capacity import memory_limit, threads
from segmentry.engines.engine import Arrays, literal, quoted
from segmentry.engines.scratch import claim


class DuckEngine:
    """One machine, bounded memory, spill to disk.

    Parameters
    ----------
    folder : Path or None
        Where the scratch folder is made; None means the system's temporary folder.

    Examples
    --------
    >>> import numpy as np
    >>> with DuckEngine() as engine:
    ...     engine.put("t", {"x": np.array([1, 2, 3])})
    ...     engine.rows("SELECT sum(x)::INT FROM t")
    [(6,)]
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Customers' raw rows lie here: what a killed run left is removed by the next one.
        self._claim = claim(folder or Path(tempfile.gettempdir()), "segmentry-")
        self._folder = self._claim.folder
        self._con = duckdb.connect(
            str(self._folder / "scratch.duckdb"),
            config={
                "memory_limit": f"{memory_limit() // 2**20}MiB",
                "threads": str(threads()),
                "temp_directory": str(self._folder / "spill"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "preserve_insertion_order": "true",
            },
        )

    def __enter__(self) -> DuckEngine:
        """Return the engine itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close and remove the scratch folder."""
        self.close()

    @property
    def folder(self) -> Path:
        """Private scratch folder, removed with the engine."""
        return self._folder

    def frame(self, table: str) -> nw.LazyFrame[Any]:
        """Return a named table as a lazy frame."""
        return nw.from_native(self._con.table(quoted(table)))

    def keep(self, table: str, frame: nw.LazyFrame[Any]) -> None:
        """Compute a lazy frame and hold it under a name."""
        self.run(f"CREATE OR REPLACE TABLE {quoted(table)} AS {frame.to_native().sql_query()}")

    def put(self, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Hold arrays of one length as a named table."""
        self._con.register("__incoming", {name: np.ascontiguousarray(column) for name, column in columns.items()})
        try:
            self.run(f"CREATE OR REPLACE TABLE {quoted(table)} AS SELECT * FROM __incoming")
        finally:
            self._con.unregister("__incoming")

    def append(self, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add arrays of one length to an existing table, matched by name."""
        self._con.register("__incoming", {name: np.ascontiguousarray(column) for name, column in columns.items()})
        try:
            self.run(f"INSERT INTO {quoted(table)} BY NAME SELECT * FROM __incoming")
        finally:
            self._con.unregister("__incoming")

    def run(self, sql: str) -> None:
        """Run statements that return nothing."""
        self._execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a small query."""
        found: list[tuple[Any, ...]] = self._execute(sql).fetchall()
        return found

    def fetch(self, sql: str) -> Arrays:
        """Return the columns of a query as arrays: missing numbers NaN, missing text None."""
        return {name: _unmasked(column) for name, column in self._execute(sql).fetchnumpy().items()}

    def batches(self, table: str, order: str, size: int = 200_000) -> Iterator[Arrays]:
        """Yield the table in column batches by ranges of the integer column `order`."""
        low, high = self.rows(f"SELECT min({quoted(order)}), max({quoted(order)}) FROM {quoted(table)}")[0]
        for start in range(low or 0, (high if high is not None else -1) + 1, size):
            batch = self.fetch(
                f"SELECT * FROM {quoted(table)} WHERE {quoted(order)} >= {start} AND {quoted(order)} < {start + size} ORDER BY {quoted(order)}"
            )
            if len(batch[order]):
                yield batch

    def columns(self, table: str) -> dict[str, str]:
        """Return the names and types of a table's columns, in order."""
        return {row[0]: row[1] for row in self.rows(f"SELECT column_name, column_type FROM (DESCRIBE {quoted(table)})")}

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write the result of a query to a Parquet file, in the query's order."""
        self.run(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def _execute(self, sql: str) -> Any:
        try:
            return self._con.execute(sql)
        except RuntimeError as error:
            # Stopped by hand inside a query, which the library tells as an error of its own.
            if "interrupt" in str(error).casefold():
                raise KeyboardInterrupt from None
            raise

    def close(self) -> None:
        """Close the connection and remove the scratch folder."""
        self._con.close()
        self._claim.release()


def _unmasked(column: Any) -> NDArray[Any]:
    if not isinstance(column, np.ma.MaskedArray):
        return np.asarray(column)
    if column.dtype == object:
        plain = column.data.copy()
        plain[np.ma.getmaskarray(column)] = None
        return plain
    mask = np.ma.getmaskarray(column)
    if not mask.any():
        return np.asarray(column.data)
    if column.dtype.kind in "iub":
        return np.asarray(np.where(mask, np.nan, column.data.astype(np.float64)))
    return np.asarray(column.filled(np.nan) if column.dtype.kind == "f" else column.filled())
