"""Rows that were set aside: why, where, and what to do; for people as CSV without identifiers, for machines as Parquet with the raw text.

One row per quarantined source row; when several cells fail, the first names the code and the reason lists the others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from segmentry.engines.engine import Arrays, Engine, literal, quoted
from segmentry.engines.writers import write_csv_batches
from segmentry.sources.raw import RawTable
from segmentry.tables.casting import Check
from segmentry.tables.dataset import Accepted
from segmentry.tables.schema import Schema

COLUMNS = ("table", "file", "row", "column", "code", "reason", "remedy")
MASK = "•••"
_BATCH = 50_000
_HARMLESS = "[0-9+:.,/$€£%TZ -]{1,40}"  # no letters: neither a name nor an address


def findings(rows: str, checks: Sequence[Check]) -> str:
    """Return a query that gives, for each row of `rows`, what is wrong with it.

    Parameters
    ----------
    rows : str
        Query with ``_file, _row, raw`` and the cells that the checks speak of.
    checks : sequence of Check
        In the order in which a row's first one is chosen.
    """
    listed = ", ".join(_finding(check) for check in checks)
    found = f"SELECT _file, _row, raw, list_filter([{listed}], lambda x: x IS NOT NULL) AS found FROM ({rows})"
    others = "list_transform(found[2:], lambda x: x.code || ' in ' || x.place)"
    also = f"CASE WHEN len(found) > 1 THEN ' (also ' || array_to_string({others}, ', ') || ')' ELSE '' END"
    return (
        'SELECT _file, _row, found[1].place AS "column", found[1].code AS code, '
        f"found[1].reason || {also} AS reason, found[1].remedy AS remedy, raw FROM ({found})"
    )


def _finding(check: Check) -> str:
    reason = f"{literal(check.reason + ' ')} || {check.detail}" if check.detail else literal(check.reason)
    parts = {"place": literal(check.column), "code": literal(check.code), "reason": reason, "remedy": literal(check.remedy)}
    return f"CASE WHEN {check.test} THEN struct_pack({', '.join(f'{name} := {value}' for name, value in parts.items())}) END"


def collect(engine: Engine, raw: RawTable, table: str, found: str) -> None:
    """Hold the quarantine of one table: what was `found` (may be nothing), and what the source could not read, in the order of the file."""
    columns = '_file, _row, "column", code, reason, remedy, raw'
    found = found or f"SELECT {', '.join(f'CAST(NULL AS VARCHAR) AS {name}' for name in columns.split(', '))} WHERE false"
    rejected = f" UNION ALL SELECT {columns} FROM {quoted(raw.rejects)}" if raw.rejected else ""
    names = "[" + ", ".join(literal(file) for file in raw.files or ("",)) + "]"
    place = f'{literal(raw.name)} AS "table", coalesce({names}[CAST(_file AS BIGINT) + 1], \'\') AS file, CAST(_row AS BIGINT) AS "row"'
    rest = '"column", code, reason, remedy, raw'
    engine.run(
        f"CREATE OR REPLACE TABLE {quoted(table)} AS SELECT {place}, {rest} FROM (SELECT {columns} FROM ({found}){rejected}) ORDER BY _file, _row"
    )


def summary(engine: Engine, accepted: Accepted) -> tuple[tuple[str, str, int], ...]:
    """Return code, column and number of rows of a table's quarantine, most frequent first."""
    rows = engine.rows(
        f"SELECT code, coalesce(\"column\", ''), count(*) AS n FROM {quoted(accepted.quarantine)} GROUP BY ALL ORDER BY n DESC, 1, 2"
    )
    return tuple((str(code), str(column), int(count)) for code, column, count in rows)


def write(engine: Engine, tables: Sequence[Accepted], folder: Path) -> tuple[Path, Path]:
    """Write ``quarantine.csv`` for people and ``quarantine.parquet``, raw and readable by the owner only.

    Parameters
    ----------
    engine : Engine
    tables : sequence of Accepted
    folder : Path
        Must exist.

    Returns
    -------
    tuple of Path
        The CSV, in which ids, identifiers and free text are masked, and the Parquet file.
    """
    table, parquet = folder / "quarantine.csv", folder / "quarantine.parquet"
    write_csv_batches(table, (*COLUMNS, "row_text"), (batch for accepted in tables for batch in _masked(engine, accepted)))
    os.close(os.open(parquet, os.O_CREAT | os.O_WRONLY, 0o600))
    parquet.chmod(0o600)
    names = ", ".join(f'"{name}"' for name in (*COLUMNS, "raw"))
    parts = " UNION ALL ".join(f"SELECT {names} FROM {quoted(accepted.quarantine)}" for accepted in tables)
    engine.write_parquet(f'SELECT * FROM ({parts}) ORDER BY "table", file, "row"', parquet)
    parquet.chmod(0o600)
    return table, parquet


def _masked(engine: Engine, accepted: Accepted) -> Iterator[Arrays]:
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    shown = f"SELECT {names}, {row_text(accepted.schema)} AS row_text FROM {quoted(accepted.quarantine)}"
    rows = int(engine.rows(f"SELECT count(*) FROM {quoted(accepted.quarantine)}")[0][0])
    for start in range(0, rows, _BATCH):
        yield engine.fetch(f"{shown} WHERE rowid >= {start} AND rowid < {start + _BATCH} ORDER BY rowid")


def row_text(schema: Schema) -> str:
    """Return SQL that shows a raw row to people: ids, identifiers and free text masked, and so is any number or date that holds letters."""
    parts = []
    for field in schema.fields:
        cell = f"json_extract_string(raw, {literal('/' + field.name.replace('~', '~0').replace('/', '~1'))})"
        if field.kind in ("id", "text") or field.role in ("id", "identifier", "text", "ignore"):
            shown = f"CASE WHEN {cell} IS NOT NULL THEN '{MASK}' END"
        elif field.kind == "category":
            shown = cell
        else:
            shown = f"CASE WHEN regexp_full_match({cell}, {literal(_HARMLESS)}) THEN {cell} WHEN {cell} IS NOT NULL THEN '{MASK}' END"
        parts.append(f"{literal(field.name + '=')} || {shown}")
    return f"CASE WHEN json_valid(raw) THEN concat_ws('; ', {', '.join(parts)}) ELSE '' END"
