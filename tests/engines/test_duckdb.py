"""The DuckDB engine keeps what the protocol promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import narwhals.stable.v2 as nw
import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckEngine]:
    with DuckEngine(tmp_path) as made:
        yield made


def test_missing_numbers_come_as_nan_and_missing_text_as_none(engine: DuckEngine) -> None:
    found = engine.fetch("SELECT * FROM (VALUES (1, 'a', true, 1.5::DECIMAL(18,4)), (NULL, NULL, NULL, NULL)) t(number, text, flag, money)")
    assert np.isnan(found["number"][1])
    assert np.isnan(found["flag"][1])
    assert np.isnan(found["money"][1])
    assert found["text"].tolist() == ["a", None]
    assert found["money"][0] == 1.5


def test_arrays_put_come_back_whatever_their_names_hold(engine: DuckEngine) -> None:
    name = 'the "best" one'
    engine.put(name, {"a b": np.array([1, 2]), "text": np.array(["x", None], dtype=object)})
    engine.append(name, {"text": np.array(["y"], dtype=object), "a b": np.array([3])})
    found = engine.fetch('SELECT * FROM "the ""best"" one"')
    assert found["a b"].tolist() == [1, 2, 3]
    assert found["text"].tolist() == ["x", None, "y"]


def test_batches_come_in_order_and_skip_gaps(engine: DuckEngine) -> None:
    engine.put("t", {"key": np.array([905, 3, 1, 2, 900])})
    batches = [batch["key"].tolist() for batch in engine.batches("t", "key", size=3)]
    assert [key for batch in batches for key in batch] == [1, 2, 3, 900, 905]
    assert all(batches)


def test_an_empty_table_has_no_batches(engine: DuckEngine) -> None:
    engine.run("CREATE TABLE t (key INTEGER)")
    assert list(engine.batches("t", "key")) == []


def test_a_lazy_frame_may_replace_the_table_it_reads(engine: DuckEngine) -> None:
    engine.put("t", {"x": np.array([1, 2, 3])})
    engine.keep("t", engine.frame("t").filter(nw.col("x") > 1))
    assert engine.rows("SELECT count(*) FROM t") == [(2,)]
    assert engine.columns("t") == {"x": "BIGINT"}


def test_the_scratch_folder_is_gone_after_use(tmp_path: Path) -> None:
    with DuckEngine(tmp_path) as made:
        folder = made.folder
        assert folder.exists()
    assert not folder.exists()
