"""What the tests of sources share: an engine, and reading one file whose contents stand in the test."""

from __future__ import annotations

import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.sources.files import read_files
from segmentry.sources.raw import ReadOptions


@pytest.fixture
def engine():
    with DuckEngine() as held:
        yield held


@pytest.fixture
def read(engine, tmp_path):
    """Return a function that writes contents to a file and reads it: the table and its rows without ``_file``."""

    def reader(contents, name="people.csv", **options):
        path = tmp_path / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        (raw,) = read_files(engine, [path], default=ReadOptions(**options))
        rows = engine.rows(f'SELECT * EXCLUDE (_file) FROM "{raw.table}" ORDER BY _row')
        assert raw.rows_in == len(rows) + raw.rejected
        return raw, rows

    return reader


@pytest.fixture
def refusal(read):
    """Return a function that reads contents which must be refused: the one problem."""

    def refuser(contents, name="people.csv", **options):
        with pytest.raises(DataRefused) as caught:
            read(contents, name, **options)
        (problem,) = caught.value.problems
        assert problem.file == name
        assert problem.reason
        assert problem.remedy
        return problem

    return refuser


@pytest.fixture
def rejects(engine):
    """Return a function that lists a table's rejects: row, column, code, raw."""
    return lambda raw: engine.rows(f'SELECT _row, "column", code, raw FROM "{raw.rejects}" ORDER BY _row')
