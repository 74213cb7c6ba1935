"""What crosses the bridge is the same on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from segmentry.engines import bridge
from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import UsageError
from segmentry.matrix import Column
from segmentry.moments import Moments


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckEngine]:
    with DuckEngine(tmp_path) as made:
        made.put("customers", {"customer": np.array([2, 0, 1]), "id": np.array(["c", "a", "b"], dtype=object)})
        made.put(
            "t",
            {
                "customer": np.array([2, 0]),
                "income": np.array([3.5, np.nan]),
                "marital": np.array(["single", "married"], dtype=object),
            },
        )
        yield made


def test_matrix_holds_all_customers_in_id_order(engine: DuckEngine) -> None:
    matrix = bridge.collect_matrix(engine, "t", [Column("income", "Income"), Column("marital", "Marital status", "category")])
    assert matrix.ids.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(matrix.values, [[np.nan, 0], [np.nan, np.nan], [3.5, 1]])
    assert matrix.columns[1].levels == ("married", "single")


def test_known_levels_keep_their_codes_and_new_texts_are_missing(engine: DuckEngine) -> None:
    matrix = bridge.collect_matrix(engine, "t", [Column("marital", "Marital status", "category", levels=("widowed", "single"))])
    np.testing.assert_array_equal(matrix.values[:, 0], [np.nan, np.nan, 1])


def test_columns_that_are_not_there_are_named(engine: DuckEngine) -> None:
    with pytest.raises(UsageError, match=r"no columns \['age'\]"):
        bridge.collect_matrix(engine, "t", [Column("age", "Age")])


def test_moments_over_batches_are_those_of_the_whole(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).normal(100, 5, (50, 2))
    engine.put("m", {"customer": np.arange(50), "x": values[:, 0], "y": values[:, 1]})
    monkeypatch.setattr(bridge, "BATCH", 7)
    moments = bridge.collect_moments(engine, "m", ["x", "y"])
    np.testing.assert_allclose(moments.covariance(), np.cov(values.T))
    np.testing.assert_allclose(moments.mean(), Moments.of(values, ["x", "y"]).mean())


def test_tally_counts_texts_and_missing(engine: DuckEngine) -> None:
    engine.put("m", {"customer": np.arange(4), "x": np.array(["b", "a", None, "b"], dtype=object)})
    tally = bridge.collect_tally(engine, "m", "x")
    assert tally.values.tolist() == ["a", "b"]
    assert tally.counts.tolist() == [1, 2]
    assert tally.missing == 1


def test_a_function_is_applied_batch_by_batch_in_key_order(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.put("m", {"customer": np.arange(9)[::-1].copy(), "x": np.arange(9.0)[::-1].copy()})
    monkeypatch.setattr(bridge, "BATCH", 4)
    bridge.apply(engine, "m", lambda batch: {"double": batch["x"] * 2}, "doubled")
    assert engine.rows("SELECT customer, double FROM doubled") == [(key, 2.0 * key) for key in range(9)]


def test_applying_to_nothing_is_refused(engine: DuckEngine) -> None:
    engine.run("CREATE TABLE empty (customer INTEGER)")
    with pytest.raises(UsageError, match="has no rows"):
        bridge.apply(engine, "empty", lambda batch: batch, "result")
