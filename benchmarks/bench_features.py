"""The feature stage against hand-written DuckDB SQL, pandas and Polars doing the same, as ratios of one run.

Every contender starts from the same lines (customer, day, money, quantity, product, category, channel) and computes the same core
features: recency, frequency, net spend, tenure, order value, gaps, trend, different products, shares by category. The shop has no returns here,
since netting has no counterpart in one query; `--returns` adds them for our side only, to see what netting costs.

Run: python benchmarks/bench_features.py [--customers 1000000] [--lines 7000000] [--repeat 3] [--json out.json] [--no-frames]
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.baskets import DISTINCT_PRODUCTS, shares
from segmentry.features.compute import compute
from segmentry.features.purchases import AVERAGE_ORDER_VALUE, FREQUENCY, MEAN_GAP, MEDIAN_GAP, MONETARY, RECENCY, TENURE, TREND_90D
from segmentry.features.windows import EPOCH
from segmentry.tables.dataset import Dataset

AS_OF = datetime.date(2024, 12, 31)
DAY = AS_OF.toordinal() - EPOCH
DAYS = 730
CATEGORIES = tuple(f"category {number}" for number in range(8))
NAMES = (
    "recency", "frequency", "monetary", "tenure", "average_order_value", "mean_days_between", "median_days_between", "trend_90d", "distinct_products",
    *(f"category={level}" for level in CATEGORIES), "category=other",
)  # fmt: skip
CORE = RECENCY | FREQUENCY | MONETARY | TENURE | AVERAGE_ORDER_VALUE | MEAN_GAP | MEDIAN_GAP | TREND_90D | DISTINCT_PRODUCTS
CORE |= shares("category", CATEGORIES, group="range", words="Share of spend", rest=True)


def shop(engine: DuckEngine, customers: int, lines: int, *, returns: bool) -> Dataset:
    """Make a shop in the engine from hashes: the same rows every time."""
    sign = "CASE WHEN hash(i, 9) % 50 = 0 THEN -1 ELSE 1 END" if returns else "1"
    engine.run(
        f"""CREATE OR REPLACE TABLE customers AS SELECT CAST(range AS INTEGER) AS customer, printf('c%09d', range) AS id FROM range({customers});
        CREATE OR REPLACE TABLE lines AS
        SELECT row_number() OVER (ORDER BY day, i) - 1 AS line, customer, day,
            CAST(quantity * price AS DECIMAL(18,4)) AS amount, CAST(quantity AS DECIMAL(18,4)) AS quantity, product, category, channel
        FROM (SELECT range AS i, CAST(hash(range, 1) % {customers} AS INTEGER) AS customer, CAST({DAY} - hash(range // 2, 2) % {DAYS} AS INTEGER) AS day,
            {sign.replace("i,", "range,")} * CAST(1 + hash(range, 3) % 5 AS INTEGER) AS quantity, CAST((100 + hash(range, 4) % 9900) AS INTEGER) * 0.01
            AS price,
            'product ' || (hash(range, 5) % 5000) AS product, 'category ' || (hash(range, 6) % 12) AS category, 'channel ' || (hash(range, 7) % 3) AS channel
            FROM range({lines}))
        ORDER BY line"""
    )
    has = frozenset({"lines", "lines.amount", "lines.quantity", "lines.product", "lines.category", "lines.channel"})
    return Dataset("transactions", AS_OF, "declared", customers, (), has, first_day=AS_OF - datetime.timedelta(days=DAYS))


def ours(engine: DuckEngine, dataset: Dataset) -> np.ndarray:
    """Compute with segmentry."""
    return compute(engine, dataset, CORE).matrix.select(NAMES).values


def by_hand(engine: DuckEngine, dataset: Dataset) -> np.ndarray:
    """Compute with SQL as one would write it, into the same kind of array."""
    paid = "CASE WHEN amount > 0 THEN amount ELSE 0 END"
    split = ", ".join(
        f"sum(CASE WHEN category = '{level}' THEN {paid} ELSE 0 END)::DOUBLE / nullif(sum({paid})::DOUBLE, 0) AS c{n}"
        for n, level in enumerate(CATEGORIES)
    )
    rest = " AND ".join(f"category <> '{level}'" for level in CATEGORIES)
    engine.run(
        f"""CREATE OR REPLACE TABLE hand AS
        WITH seen AS (SELECT * FROM lines WHERE day <= {DAY}),
        daily AS MATERIALIZED (SELECT customer, day, sum(amount) AS amount FROM seen GROUP BY customer, day),
        gaps AS (SELECT customer, median(gap) AS median_gap FROM (
            SELECT customer, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap FROM daily WHERE amount > 0) GROUP BY customer),
        bought AS (SELECT customer, {DAY} - max(day) FILTER (WHERE amount > 0) AS recency, count(*) FILTER (WHERE amount > 0) AS frequency,
            sum(amount)::DOUBLE AS monetary, {DAY} - min(day) FILTER (WHERE amount > 0) AS tenure,
            sum(amount) FILTER (WHERE amount > 0)::DOUBLE / nullif(count(*) FILTER (WHERE amount > 0), 0) AS average,
            (max(day) FILTER (WHERE amount > 0) - min(day) FILTER (WHERE amount > 0)) / nullif(count(*) FILTER (WHERE amount > 0) - 1, 0) AS mean_gap,
            greatest(coalesce(sum(amount) FILTER (WHERE day > {DAY} - 90), 0)::DOUBLE, 0) AS recent,
            greatest(coalesce(sum(amount) FILTER (WHERE day > {DAY} - 180 AND day <= {DAY} - 90), 0)::DOUBLE, 0) AS before
            FROM daily GROUP BY customer),
        split AS (SELECT customer, count(DISTINCT CASE WHEN amount > 0 THEN product END) AS products, {split},
            sum(CASE WHEN {rest} THEN {paid} ELSE 0 END)::DOUBLE / nullif(sum({paid})::DOUBLE, 0) AS other FROM seen GROUP BY customer)
        SELECT customer, recency, frequency, monetary, tenure, average, mean_gap, median_gap,
            CASE WHEN recent + before > 0 THEN (recent - before) / (recent + before) ELSE 0 END AS trend, products,
            {", ".join(f"c{n}" for n in range(len(CATEGORIES)))}, other
        FROM bought LEFT JOIN gaps USING (customer) LEFT JOIN split USING (customer)"""
    )
    found = engine.fetch("SELECT * FROM hand")
    values = np.full((dataset.customers, len(NAMES)), np.nan)
    values[:, [NAMES.index(name) for name in ("frequency", "monetary", "trend_90d", "distinct_products")]] = 0.0
    for place, name in enumerate(list(found)[1:]):
        values[found["customer"], place] = found[name]
    return values


def with_pandas(lines: Any, dataset: Dataset) -> np.ndarray:
    """Compute with pandas."""
    import pandas as pd

    daily = lines.groupby(["customer", "day"], sort=True)["amount"].sum().reset_index()
    bought = daily[daily["amount"] > 0]
    by = bought.groupby("customer")["day"].agg(["min", "max", "size"])
    gaps = bought.groupby("customer")["day"].diff().groupby(bought["customer"]).median()
    recent = daily[daily["day"] > DAY - 90].groupby("customer")["amount"].sum()
    before = daily[(daily["day"] > DAY - 180) & (daily["day"] <= DAY - 90)].groupby("customer")["amount"].sum()
    everyone = pd.RangeIndex(dataset.customers)
    late, early = (part.reindex(everyone, fill_value=0).clip(lower=0) for part in (recent, before))
    paid = lines[lines["amount"] > 0]
    level = paid["category"].where(paid["category"].isin(CATEGORIES), "other")
    split = (
        paid.groupby([paid["customer"], level], observed=True)["amount"]
        .sum()
        .unstack(fill_value=0.0)
        .reindex(columns=[*CATEGORIES, "other"], fill_value=0.0)
    )
    columns = [
        DAY - by["max"], by["size"].reindex(everyone, fill_value=0), daily.groupby("customer")["amount"].sum().reindex(everyone, fill_value=0), DAY - by["min"],
        bought.groupby("customer")["amount"].sum() / by["size"], (by["max"] - by["min"]) / (by["size"] - 1), gaps,
        ((late - early) / (late + early)).fillna(0.0), paid.groupby("customer")["product"].nunique().reindex(everyone, fill_value=0),
    ]  # fmt: skip
    shares_ = split.div(split.sum(axis=1), axis=0).reindex(everyone)
    return np.column_stack([*(column.reindex(everyone).to_numpy(dtype=float) for column in columns), shares_.to_numpy()])


def with_polars(lines: Any, dataset: Dataset) -> np.ndarray:
    """Compute with Polars."""
    import polars as pl

    frame = lines.lazy()
    daily = frame.group_by("customer", "day").agg(pl.col("amount").sum()).collect().lazy()
    amount, day, got = pl.col("amount"), pl.col("day"), pl.col("amount") > 0
    late = amount.filter(day > DAY - 90).sum().clip(lower_bound=0)
    early = amount.filter((day > DAY - 180) & (day <= DAY - 90)).sum().clip(lower_bound=0)
    dated = day.filter(got)
    by = daily.group_by("customer").agg(
        recency=DAY - dated.max(), frequency=got.sum(), monetary=amount.sum(), tenure=DAY - dated.min(), average=amount.filter(got).mean(),
        mean_gap=(dated.max() - dated.min()) / (got.sum().cast(pl.Int64) - 1), median_gap=dated.sort().diff().median(),
        trend=((late - early) / (late + early)).fill_nan(0.0),
    )  # fmt: skip
    paid = pl.when(amount > 0).then(amount).otherwise(0.0)
    split = frame.group_by("customer").agg(
        pl.col("product").filter(got).n_unique().alias("products"),
        *[(paid.filter(pl.col("category") == level).sum() / paid.sum()).alias(level) for level in CATEGORIES],
        (paid.filter(~pl.col("category").is_in(CATEGORIES)).sum() / paid.sum()).alias("other"),
    )
    everyone = pl.LazyFrame({"customer": np.arange(dataset.customers, dtype=np.int32)})
    table = everyone.join(by, on="customer", how="left").join(split, on="customer", how="left").sort("customer").collect()
    values = table.drop("customer").to_numpy().astype(float)
    for name in ("frequency", "monetary", "trend_90d", "distinct_products"):
        values[:, NAMES.index(name)] = np.nan_to_num(values[:, NAMES.index(name)])
    return values


def timed(work: dict[str, Callable[[], np.ndarray]], repeat: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Return the median seconds and the result of each: in turns, so that whatever else the machine does hits all alike.

    Seconds of processor time stand under the name followed by ``cpu``: on a busy machine they say more than the clock.
    """
    seconds: dict[str, list[float]] = {key: [] for name in work for key in (name, f"{name} cpu")}
    values = {}
    for _ in range(repeat):
        for name, task in work.items():
            start, cpu = time.perf_counter(), time.process_time()
            values[name] = task()
            seconds[f"{name} cpu"].append(time.process_time() - cpu)
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in seconds.items()}, values


def measure(engine: DuckEngine, dataset: Dataset, repeat: int, *, frames: bool) -> dict[str, dict[str, float]]:
    """Time everybody and compare what they found with ours."""
    work: dict[str, Callable[[], np.ndarray]] = {
        "segmentry": lambda: ours(engine, dataset),
        "hand-written SQL": lambda: by_hand(engine, dataset),
    }
    if frames:
        import pandas as pd
        import polars as pl

        columns = engine.fetch("SELECT customer, day, amount::DOUBLE AS amount, product, category FROM lines")
        pandas, polars = pd.DataFrame(columns), pl.DataFrame(columns, schema_overrides={"product": pl.String, "category": pl.String})
        work |= {"pandas": lambda: with_pandas(pandas, dataset), "polars": lambda: with_polars(polars, dataset)}
    seconds, values = timed(work, repeat)
    reference = values["segmentry"]
    return {
        name: {
            "seconds": seconds[name],
            "segmentry_takes": seconds["segmentry"] / seconds[name],
            "segmentry_takes_cpu": seconds["segmentry cpu"] / seconds[f"{name} cpu"],
            "largest_difference": _apart(values[name], reference),
        }
        for name in work
    }


def _apart(values: np.ndarray, reference: np.ndarray) -> float:
    same = np.array_equal(np.isnan(values), np.isnan(reference))
    return float(np.nanmax(np.abs(values - reference))) if same else float("inf")


def table(results: dict[str, dict[str, float]], customers: int, lines: int) -> str:
    """Return the results as a table for people."""
    rows = [
        f"{name:18} {found['seconds']:9.2f} {found['segmentry_takes']:15.2f} × {found['segmentry_takes_cpu']:12.2f} × {found['largest_difference']:20.1e}"
        for name, found in results.items()
    ]
    heads = [
        f"{customers:,} customers, {lines:,} lines, {len(NAMES)} features",
        f"{'':18} {'seconds':>9} {'segmentry takes':>17} {'of cpu':>14} {'largest difference':>20}",
    ]
    return "\n".join(heads + rows)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=7_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--returns", action="store_true")
    parser.add_argument("--no-frames", action="store_true")
    options = parser.parse_args()
    with DuckEngine() as engine:
        dataset = shop(engine, options.customers, options.lines, returns=options.returns)
        results = measure(engine, dataset, options.repeat, frames=not options.no_frames)
    print(table(results, options.customers, options.lines))
    if options.json:
        options.json.write_text(json.dumps({"customers": options.customers, "lines": options.lines, "results": results}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
