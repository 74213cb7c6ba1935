"""Frames of every make become the same table of text."""

from __future__ import annotations

import datetime
import decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from segmentry.errors import DataRefused, UsageError
from segmentry.sources.frames import read_frame

DAY = datetime.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001
COLUMNS = {"id": ["007", " x ", None], "n": [1, None, 3], "day": [DAY, None, DAY], "ok": [True, False, None], "text": ["a", "é", ""]}
EXPECTED = [
    (1, "007", "1", "2024-01-02 03:04:05", "true", "a"),
    (2, "x", None, None, "false", "é"),
    (3, None, "3", "2024-01-02 03:04:05", None, None),
]


def rows_of(engine, raw):
    return engine.rows(f'SELECT * EXCLUDE (_file) FROM "{raw.table}" ORDER BY _row')


@pytest.mark.parametrize(
    "make",
    [
        lambda columns: columns,
        pl.DataFrame,
        lambda columns: pl.DataFrame(columns).lazy(),
        pa.table,
        lambda columns: pd.DataFrame(columns | {"n": pd.array(columns["n"], dtype="Int64"), "text": pd.Categorical(columns["text"])}),
        lambda columns: duckdb.from_arrow(pa.table(columns)),
    ],
    ids=["dict", "polars", "lazy", "arrow", "pandas", "duckdb"],
)
def test_every_make_gives_the_same_text(engine, make):
    raw = read_frame(engine, make(COLUMNS), "people")
    assert raw.columns == tuple(COLUMNS)
    assert (raw.rows_in, raw.rejected, raw.name) == (3, 0, "people")
    assert rows_of(engine, raw) == EXPECTED


def test_numbers_keep_every_digit(engine):
    frame = pl.DataFrame(
        {
            "f": [17850.0, float("nan")],
            "s": pl.Series([0.1, None], dtype=pl.Float32),
            "d": [decimal.Decimal("1.50"), None],
            "u": pl.Series([2**63 + 1, None], dtype=pl.UInt64),
            "t": [datetime.date(2024, 1, 2), None],
        }
    )
    assert rows_of(engine, read_frame(engine, frame))[0] == (1, "17850.0", "0.1", "1.50", "9223372036854775809", "2024-01-02")
    assert rows_of(engine, read_frame(engine, frame))[1] == (2, None, None, None, None, None)


def test_decimals_and_large_integers_of_a_relation_are_exact(engine):
    relation = duckdb.sql("SELECT 12345678901234567.89::DECIMAL(38,2) AS m, 170141183460469231731687303715884105727::HUGEINT AS h")
    assert rows_of(engine, read_frame(engine, relation)) == [(1, "12345678901234567.89", "170141183460469231731687303715884105727")]


def test_arrays_are_read(engine):
    raw = read_frame(engine, {"day": np.array(["2024-01-02", "NaT"], dtype="M8[D]"), "n": np.array([1.5, np.nan]), "k": np.array([1, 2])})
    assert rows_of(engine, raw) == [(1, "2024-01-02", "1.5", "1"), (2, None, None, "2")]


@pytest.mark.parametrize(
    "make", [pl.DataFrame, pd.DataFrame, lambda columns: columns, lambda columns: duckdb.from_arrow(pa.table(columns))]
)
def test_values_without_a_form_as_text_are_refused_by_column(engine, make):
    with pytest.raises(DataRefused) as caught:
        read_frame(engine, make({"id": ["secret"], "tags": [["secret"]]}))
    assert (caught.value.problems[0].code, caught.value.problems[0].column) == ("UNSUPPORTED_TYPE", "tags")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("frame", [pl.DataFrame({"id": []}), pd.DataFrame(), {}, {"id": []}])
def test_frames_without_rows_are_refused(engine, frame):
    with pytest.raises(DataRefused, match="NO_ROWS"):
        read_frame(engine, frame)


def test_equal_names_and_lengths_that_differ_are_refused(engine):
    with pytest.raises(DataRefused, match="DUPLICATE_HEADER"):
        read_frame(engine, pd.DataFrame([[1, 2]], columns=["id", "id"]))
    with pytest.raises(DataRefused, match="FIELD_COUNT"):
        read_frame(engine, {"a": [1], "b": [1, 2]})


def test_names_that_are_numbers_become_text(engine):
    assert read_frame(engine, pd.DataFrame([[1, 2]], columns=[2019, 2020])).columns == ("2019", "2020")


def test_nul_and_long_text_are_set_aside(engine):
    raw = read_frame(engine, {"id": ["a\0b", "c", "x" * 70_000]})
    assert (raw.rows_in, raw.rejected) == (3, 2)
    assert rows_of(engine, raw) == [(2, "c")]
    assert engine.rows(f'SELECT _row, code FROM "{raw.rejects}" ORDER BY _row') == [(1, "NUL_CHAR"), (3, "FIELD_TOO_LONG")]


def test_what_is_no_frame_is_wrong_usage(engine):
    with pytest.raises(UsageError, match="frame is a int"):
        read_frame(engine, 7)
