"""Parquet: every column to text without loss, or a refusal that names it.

Sizes are judged by rows times columns, because a Parquet file's own figures about its size cannot be trusted.
"""

from __future__ import annotations

from pathlib import Path

from segmentry.engines.engine import Engine, literal, quoted
from segmentry.sources import header
from segmentry.sources.opening import corrupt, refused, shielded
from segmentry.sources.staging import Part, Rejects, Target, settle_text

#: Rows times columns one file may hold.
MAX_CELLS = 2_000_000_000

_TEXT = "VARCHAR"
_PLAIN = (
    *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    *("FLOAT", "DOUBLE", "DATE", "TIME", "UUID"),
)
_STAMPS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


def read_parquet(engine: Engine, path: Path, target: Target) -> Part:
    """Load one Parquet file as text.

    Decimals, 64-bit and larger integers and timestamps keep every digit; floats take their shortest exact form.

    Raises
    ------
    DataRefused
        ``CORRUPT_FILE`` with the file's checksum, ``UNSUPPORTED_TYPE`` naming columns that are nested or binary,
        ``TOO_LARGE`` beyond `MAX_CELLS`, ``NO_ROWS``, or what a header is refused for.
    """
    source = f"read_parquet({literal(str(path))}, hive_partitioning=false, union_by_name=false)"
    found, rows = _described(engine, path, source)
    named = header.check(path, target.name, [name for name, _ in found])
    if rows == 0:
        raise refused(path, "NO_ROWS", f"it has {len(found):,} columns and no rows", "export it again, with its rows")
    if rows * len(found) > MAX_CELLS:
        raise refused(
            path,
            "TOO_LARGE",
            f"it declares {rows:,} rows of {len(found):,} columns; the limit is {MAX_CELLS:,} cells",
            "split it, or leave columns out",
        )
    pairs = list(zip(found, named.columns, strict=True))
    cells = ", ".join(f"{as_text(old, kind)} AS {quoted(new)}" for (old, kind), new in pairs)
    texts = tuple(new for (_, kind), new in pairs if kind == _TEXT)
    staged = f"{target.table}__typed"
    rejects = Rejects(engine, target)
    with shielded(lambda: corrupt(path, "its contents do not fit its own description")):
        engine.run(f"CREATE OR REPLACE TABLE {quoted(staged)} AS SELECT row_number() OVER () AS _row, {cells} FROM {source}")
    trimmed = settle_text(engine, path, staged, rejects, columns=named.columns, texts=texts, rows=rows)
    types = tuple(kind for _, kind in found)
    return Part(target.table, named.columns, rows, rejects.count, "Parquet", types, named.notes, (*named.treatments, *trimmed))


def as_text(name: str, kind: str) -> str:
    """Return the SQL that writes a column as text without loss.

    Examples
    --------
    >>> as_text("price", "DECIMAL(38,2)")
    'CAST("price" AS VARCHAR)'
    """
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(make_timestamp(epoch_us({quoted(name)})) AS VARCHAR) || '+00'"
    return f"CAST({quoted(name)} AS VARCHAR)"


def check_types(path: Path, columns: list[tuple[str, str]]) -> None:
    """Raise ``UNSUPPORTED_TYPE`` for columns that have no form as text: nested, lists, binary."""
    bad = [name for name, kind in columns if not _supported(kind)]
    if bad:
        reason = f"{len(bad)} columns are nested or binary and have no form as text: {', '.join(map(repr, bad[:10]))}"
        raise refused(path, "UNSUPPORTED_TYPE", reason, "flatten them into columns of their own, or leave them out", column=bad[0])


def _described(engine: Engine, path: Path, source: str) -> tuple[list[tuple[str, str]], int]:
    """Return names and types of columns, and the number of rows the file declares."""
    with shielded(lambda: corrupt(path, "its footer is missing, cut off or damaged")):
        described = engine.rows(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {source})")
        rows = engine.rows(f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({literal(str(path))})")[0][0]
    found = [(str(name), str(kind)) for name, kind in described]
    check_types(path, found)
    return found, int(rows)


def _supported(kind: str) -> bool:
    scalar = kind in _PLAIN or kind in _STAMPS or kind in (_TEXT, "TIMESTAMP WITH TIME ZONE")
    return scalar or (kind.startswith(("DECIMAL(", "ENUM(")) and not kind.endswith("]"))
