"""`make bench`: the feature stage against hand-written SQL, pandas and Polars, printed as ratios of one run.

``SEGMENTRY_BENCH_CUSTOMERS`` sets the size (1,000,000 by default, seven lines each).
"""

from __future__ import annotations

import os
from typing import Any

from benchmarks.bench_features import AS_OF, measure, ours, shop, table

from segmentry.engines.duckdb import DuckEngine

CUSTOMERS = int(os.environ.get("SEGMENTRY_BENCH_CUSTOMERS", "1000000"))


def test_features_against_peers(benchmark: Any, capsys: Any) -> None:
    with DuckEngine() as engine:
        dataset = shop(engine, CUSTOMERS, 7 * CUSTOMERS, returns=False)
        assert dataset.as_of == AS_OF
        benchmark.pedantic(lambda: ours(engine, dataset), rounds=1)
        results = measure(engine, dataset, 3, frames=True)
    with capsys.disabled():
        print(f"\n{table(results, CUSTOMERS, 7 * CUSTOMERS)}")
    benchmark.extra_info["results"] = results
    # The peers compute the same; only float sums of pandas and Polars differ in the last bits.
    assert results["hand-written SQL"]["largest_difference"] == 0
    assert all(found["largest_difference"] < 1e-6 for found in results.values())
