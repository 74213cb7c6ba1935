"""Small tables with a trial in them, and the way from tables to the trial, for tests."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import FeatureTable
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.settings import Settings, parse
from segmentry.project.trials import Tried, read_trial

LAST = datetime.date(2026, 6, 30)
Tables = dict[str, dict[str, Any]]


@dataclass
class Opened:
    """Tables read into an engine."""

    engine: DuckEngine
    reading: Reading
    table: FeatureTable
    settings: Settings

    def trial(self) -> Tried | None:
        return read_trial(self.engine, self.reading, self.table, self.settings)


@contextmanager
def opened(tables: Mapping[str, Mapping[str, Any]], **settings: Any) -> Iterator[Opened]:
    """Read tables as a command does."""
    chosen = parse(settings)
    with DuckEngine() as engine:
        journal = Journal(Silent())
        reading = read_dataset(engine, [(name, polars.DataFrame(columns)) for name, columns in tables.items()], chosen, journal)
        yield Opened(engine, reading, measure(engine, reading.dataset, chosen, journal), chosen)


def tried(tables: Mapping[str, Mapping[str, Any]], **settings: Any) -> Tried:
    """Return the trial in some tables."""
    with opened(tables, **settings) as found:
        trial = found.trial()
    assert trial is not None
    return trial


def day(back: int) -> str:
    """Return a day before the data's last."""
    return (LAST - datetime.timedelta(days=back)).isoformat()


def orders(rng: np.random.Generator, customers: int, *, per_day: float = 2.0, days: int = 200, until: int = 0) -> dict[str, Any]:
    """Return orders of some customers over some days, one every day at least."""
    count = max(int(days * per_day), days)
    back = np.concatenate([np.arange(until, until + days), rng.integers(until, until + days, count - days)])
    return {
        "order_id": [f"o{number}" for number in range(count)],
        "customer_id": [f"c{number:04d}" for number in rng.integers(0, customers, count)],
        "order_date": [day(int(each)) for each in back],
        "amount": np.round(rng.lognormal(3, 0.5, count), 2),
    }


def assignment(customers: int, *, back: int = 60, arms: tuple[str, ...] = ("control", "offer"), name: str = "Spring") -> dict[str, Any]:
    """Return an assignment as segmentry writes it: customers in turn."""
    return {
        "customer_id": [f"c{number:04d}" for number in range(customers)],
        "experiment": [name] * customers,
        "arm": [arms[number % len(arms)] for number in range(customers)],
        "stratum": ["all"] * customers,
        "assigned_on": [day(back)] * customers,
    }
