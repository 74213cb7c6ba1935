"""One hash for what a table says: independent of the order of rows and columns, of the file's dialect and of its notation.

Each row becomes canonical text (columns by name, decimals without trailing zeros, dates ISO, floats in the shortest form that reads back equal, missing
distinct from empty), each text a SHA-256; these are sorted in the engine and streamed into one SHA-256. Memory is bounded: the sort spills, the
stream goes in batches. Not a checksum of files: the same content in another file gives the same hash.
"""

from __future__ import annotations

import hashlib

from segmentry.engines.engine import Engine, quoted
from segmentry.tables.schema import Field, Schema

_BATCH = 100_000


def fingerprint(engine: Engine, table: str, schema: Schema) -> str:
    """Return the SHA-256 of the typed rows of a table, as 64 hexadecimal digits.

    Parameters
    ----------
    engine : Engine
    table : str
        Typed table with the fields of the schema under their own names.
    schema : Schema

    Examples
    --------
    >>> import numpy as np
    >>> from segmentry.engines.duckdb import DuckEngine
    >>> schema = Schema("t", "snapshot", "", (Field("x", "number", "number", ""),))
    >>> with DuckEngine() as engine:
    ...     engine.put("a", {"x": np.array([1.0, 2.5])})
    ...     engine.put("b", {"x": np.array([2.5, 1.0])})
    ...     fingerprint(engine, "a", schema) == fingerprint(engine, "b", schema)
    True
    """
    fields = sorted(schema.fields, key=lambda field: field.name)
    names = "".join(f"{len(field.name)}:{field.name}" for field in fields)
    digest = hashlib.sha256(names.encode())
    held = f"{table}__hashes"
    cells = ", ".join(canonical(field) for field in fields) or "''"
    engine.run(f"CREATE OR REPLACE TABLE {quoted(held)} AS SELECT sha256(concat({cells})) AS h FROM {quoted(table)} ORDER BY h")
    rows = int(engine.rows(f"SELECT count(*) FROM {quoted(held)}")[0][0])
    for start in range(0, rows, _BATCH):
        part = f"SELECT string_agg(h, '' ORDER BY h) FROM {quoted(held)} WHERE rowid >= {start} AND rowid < {start + _BATCH}"
        digest.update(str(engine.rows(part)[0][0]).encode())
    engine.run(f"DROP TABLE {quoted(held)}")
    return digest.hexdigest()


def canonical(field: Field) -> str:
    """Return SQL of a typed cell as text with its length before it, so that no two rows share a text; missing is ``~``."""
    cell = quoted(field.name)
    if field.role == "ignore" or field.kind in ("id", "category", "text"):
        text = cell
    elif field.kind == "money":
        text = f"rtrim(rtrim(CAST({cell} AS VARCHAR), '0'), '.')"
    elif field.kind == "number":
        text = f"CASE WHEN {cell} = trunc({cell}) AND abs({cell}) < 1e15 THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) ELSE CAST({cell} AS VARCHAR) END"
    else:
        text = f"CAST({cell} AS VARCHAR)"
    return f"CASE WHEN {cell} IS NULL THEN '~' ELSE length({text}) || ':' || {text} END"
