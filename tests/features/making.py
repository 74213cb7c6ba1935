"""Small datasets made by hand for the tests of features: what `tables.mapping` would hand on."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import literal
from segmentry.features.windows import EPOCH
from segmentry.tables.dataset import Dataset

AS_OF = datetime.date(2024, 12, 31)
DAY = AS_OF.toordinal() - EPOCH
TEXTS = ("product", "category", "channel", "place")


def shop(engine: DuckEngine, lines: pd.DataFrame, *, customers: int, as_of: datetime.date = AS_OF) -> Dataset:
    """Put lines (customer, day, amount, quantity and what else there is) into the engine as a dataset."""
    put_customers(engine, customers)
    frame = lines.reset_index(drop=True)
    engine.put("raw_lines", {"line": np.arange(len(frame), dtype=np.int64), **{name: _array(frame, name) for name in frame.columns}})
    casts = [f"CAST({name} AS DECIMAL(18,4)) AS {name}" for name in ("amount", "quantity", "discount") if name in frame.columns]
    rest = [name for name in (*TEXTS, "extra") if name in frame.columns]
    columns = ["line", "CAST(customer AS INTEGER) AS customer", "CAST(day AS INTEGER) AS day", *casts, *rest]
    engine.run(f"CREATE OR REPLACE TABLE lines AS SELECT {', '.join(columns)} FROM raw_lines")
    has = {"lines"} | {f"lines.{name}" for name in (*TEXTS, "amount", "quantity", "discount") if name in frame.columns}
    first = datetime.date.fromordinal(int(frame["day"].min()) + EPOCH) if len(frame) else as_of
    return Dataset("transactions", as_of, "declared", customers, (), frozenset(has), first_day=first)


def put_customers(engine: DuckEngine, customers: int) -> None:
    """Put customers c000000 and so on."""
    ids = np.array([f"c{number:06d}" for number in range(customers)], dtype=object)
    engine.put("customers", {"customer": np.arange(customers, dtype=np.int32), "id": ids})


def random_lines(rows: int, customers: int, seed: int, *, days: int = 500) -> pd.DataFrame:
    """Return lines in time order, a tenth of them returns, some days beyond none."""
    rng = np.random.default_rng(seed)
    quantity = rng.integers(1, 5, rows) * np.where(rng.random(rows) < 0.1, -1, 1)
    price = rng.integers(1, 900, 12)[rng.integers(0, 12, rows)] / 100
    return pd.DataFrame(
        {
            "customer": rng.integers(0, customers, rows),
            "day": np.sort(rng.integers(DAY - days, DAY + 1, rows)),
            "amount": np.round(quantity * price, 2),
            "quantity": quantity.astype(float),
            "discount": np.round(rng.random(rows), 2),
            "product": [f"p{number}" for number in rng.integers(0, 9, rows)],
            "category": [f"k{number}" for number in rng.integers(0, 12, rows)],
            "channel": np.array(["web", "store", None], dtype=object)[rng.integers(0, 3, rows)],
            "place": np.array(["north", "south"], dtype=object)[rng.integers(0, 2, rows)],
        }
    )


def online_retail(engine: DuckEngine, path: Path) -> Dataset:
    """Read the invoice lines of known customers, exact duplicates dropped, the shortest way."""
    engine.run(
        f"""CREATE TABLE raw AS SELECT DISTINCT * FROM read_csv({literal(str(path))}, all_varchar = true) WHERE CustomerID IS NOT NULL;
        CREATE TABLE customers AS SELECT CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS customer, id
            FROM (SELECT DISTINCT replace(CustomerID, '.0', '') AS id FROM raw);
        CREATE TABLE lines AS SELECT row_number() OVER (ORDER BY r.InvoiceDate, r.InvoiceNo, r.StockCode, r.Quantity DESC, r.UnitPrice) - 1 AS line,
            c.customer, CAST(epoch(CAST(r.InvoiceDate AS TIMESTAMP)) // 86400 AS INTEGER) AS day,
            CAST(CAST(r.Quantity AS DECIMAL(18,4)) * CAST(r.UnitPrice AS DECIMAL(12,4)) AS DECIMAL(18,4)) AS amount,
            CAST(r.Quantity AS DECIMAL(18,4)) AS quantity, r.StockCode AS product, r.Country AS place
            FROM raw r JOIN customers c ON c.id = replace(r.CustomerID, '.0', '')"""
    )
    first, last, customers = engine.rows("SELECT min(day), max(day), max(customer) + 1 FROM lines")[0]
    has = frozenset({"lines", "lines.amount", "lines.quantity", "lines.product", "lines.place"})
    as_of, start = (datetime.date.fromordinal(day + EPOCH) for day in (last, first))
    return Dataset("transactions", as_of, "latest day", customers, (), has, first_day=start)


def _array(frame: pd.DataFrame, name: str) -> np.ndarray:
    column = frame[name]
    return column.to_numpy(dtype=object) if name in TEXTS else column.to_numpy()
