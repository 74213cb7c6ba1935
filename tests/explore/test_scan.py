"""A table in batches gives the figures of the whole, also when numbers are cut to four digits."""

from __future__ import annotations

import numpy as np
import pytest
from tests.explore.test_pairs import data

from segmentry.engines.bridge import codes
from segmentry.engines.duckdb import DuckEngine
from segmentry.explore import columns, scan
from segmentry.explore.columns import summarise
from segmentry.explore.pairs import associate
from segmentry.explore.scan import look


def same(one, other):
    """Compare what two scans say of columns and pairs."""
    for first, second in zip(summarise(one), summarise(other), strict=True):
        assert (first.n, first.missing, first.counts, first.edges, first.outliers) == (
            second.n,
            second.missing,
            second.counts,
            second.edges,
            second.outliers,
        )
        assert (first.mean is None) == (second.mean is None)
        assert first.mean is None or first.mean == pytest.approx(second.mean, rel=1e-12)
    a, b = associate(one), associate(other)
    np.testing.assert_allclose(a.values, b.values, rtol=1e-12)
    np.testing.assert_array_equal(a.counts, b.counts)


def test_batches_of_an_engine_give_the_figures_of_the_matrix():
    matrix = data(1000)
    with DuckEngine() as engine:
        texts = [
            np.array([None if np.isnan(code) else "ABrgb"[int(code)] for code in matrix.column(name)], dtype=object) for name in ("town",)
        ]
        engine.put("t", {"customer": np.arange(1000), "x": matrix.column("x"), "y": matrix.column("y"), "town": texts[0]})
        part = matrix.select(["x", "y", "town"])

        def batches():
            for batch in engine.batches("t", "customer", 300):
                yield np.column_stack([batch["x"], batch["y"], codes(batch["town"], part.columns[2].levels)])

        same(look(part), scan.scan(part.columns, batches, customers=1000))


def test_numbers_cut_to_four_digits_say_nearly_the_same(monkeypatch):
    matrix = data(1000)
    whole = summarise(matrix)
    linked = associate(matrix)
    monkeypatch.setattr(scan, "PRECISE", 100)
    monkeypatch.setattr(columns, "PRECISE", 100)
    for first, second in zip(whole, summarise(matrix), strict=True):
        assert (first.n, first.missing, sum(first.counts)) == (second.n, second.missing, sum(second.counts))
        if first.median is not None:
            assert second.median == pytest.approx(first.median, rel=1e-3)
            assert second.outlier_high == pytest.approx(first.outlier_high, rel=0.01)
    np.testing.assert_allclose(associate(matrix).values, linked.values, atol=1e-3)


def test_a_scan_is_not_scanned_again():
    found = look(data(50))
    assert look(found) is found
