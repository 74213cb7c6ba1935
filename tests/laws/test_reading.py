"""Laws of reading: what a careful writer writes is what the table holds, whatever the dialect."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engines.duckdb import DuckEngine
from segmentry.sources.files import read_files
from segmentry.sources.raw import ReadOptions
from segmentry.sources.staging import EDGES

cells = st.text(st.sampled_from("ab1 .,;|\t\"'\n\u00a0é\u0301\ufeffß漢😀\\#-="), max_size=6)
tables = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12))


@pytest.fixture(scope="module")
def engine():
    with DuckEngine() as held:
        yield held


@given(tables, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.booleans())
def test_every_dialect_of_one_table_reads_alike(engine, tmp_path_factory, table, delimiter, ends, codec, quote_all):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerow([f"column {letter}" for letter in "abcd"[: len(table[0])]])
    writer.writerows(table)
    path = tmp_path_factory.mktemp("law") / "t.csv"
    path.write_bytes(text.getvalue().encode(codec))
    (raw,) = read_files(engine, [path], default=ReadOptions(delimiter=delimiter))
    found = engine.rows(f'SELECT * EXCLUDE (_file, _row) FROM "{raw.table}" ORDER BY _row')
    assert raw.rejected == 0
    assert found == [tuple(unicodedata.normalize("NFC", cell).strip(EDGES) or None for cell in row) for row in table]
