"""A small workshop: raw tables from lists, settled and validated as a run does it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import quoted
from segmentry.sources.raw import RawTable
from segmentry.tables.notation import settle
from segmentry.tables.options import ValidationOptions
from segmentry.tables.schema import Field, Schema
from segmentry.tables.validation import validate


@dataclass
class Workshop:
    """Makes tables; columns are named ``name:role:kind``."""

    engine: DuckEngine
    made: list = field(default_factory=list)

    def raw(self, columns, name="t"):
        rows = len(next(iter(columns.values())))
        names = tuple(key.split(":")[0] for key in columns)
        cells = {
            title: np.array([value or None for value in values], dtype=object)
            for title, values in zip(names, columns.values(), strict=True)
        }
        self.engine.put("incoming", {"_row": np.arange(1, rows + 1), **cells})
        texts = ", ".join(f"CAST({quoted(title)} AS VARCHAR) AS {quoted(title)}" for title in names)
        self.engine.run(f"CREATE OR REPLACE TABLE {quoted('raw_' + name)} AS SELECT 0::INTEGER AS _file, _row, {texts} FROM incoming")
        return RawTable(name, f"raw_{name}", f"rejects_{name}", names, rows, files=(f"{name}.csv",))

    @staticmethod
    def schema(columns, kind="snapshot", name="t"):
        fields = []
        for key in columns:
            title, role, sort = key.split(":")
            fields.append(Field(title, role, sort, "test"))
        return Schema(name, kind, "test", tuple(fields))

    def settle(self, columns, kind="snapshot", name="t", **options):
        return settle(self.engine, self.raw(columns, name), self.schema(columns, kind, name), ValidationOptions(**options))

    def validate(self, columns, kind="snapshot", name="t", **options):
        chosen = ValidationOptions(**{"quarantine_limit": 1.0, **options})
        raw = self.raw(columns, name)
        return validate(self.engine, raw, settle(self.engine, raw, self.schema(columns, kind, name), chosen), chosen)

    def kept(self, accepted, column):
        return [row[0] for row in self.engine.rows(f"SELECT {quoted(column)} FROM {quoted(accepted.table)} ORDER BY _file, _row")]

    def codes(self, accepted):
        return self.engine.rows(f'SELECT "row", code FROM {quoted(accepted.quarantine)} ORDER BY file, "row"')

    def reasons(self, accepted):
        return [row[0] for row in self.engine.rows(f'SELECT reason FROM {quoted(accepted.quarantine)} ORDER BY file, "row"')]


@pytest.fixture(scope="module")
def workshop():
    with DuckEngine() as engine:
        yield Workshop(engine)
