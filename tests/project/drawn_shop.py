"""A small shop for experiments: 800 customers who buy at their own rate, and what a treatment does to some of them."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import numpy as np

FIRST = datetime.date(2024, 1, 1)
LAST = datetime.date(2024, 9, 30)
CUSTOMERS = 800


def customer(number: int) -> str:
    return f"C{number:04d}"


def people(folder: Path, *, consent: bool = False) -> Path:
    """Write customers with a region each, in three regions of very different size."""
    rng = np.random.default_rng(1)
    rows = ["customer_id,region,age,consent" if consent else "customer_id,region,age"]
    for number in range(CUSTOMERS):
        region = ("north", "south", "isles")[int(rng.choice(3, p=[0.6, 0.37, 0.03]))]
        rows.append(f"{customer(number)},{region},{rng.integers(18, 80)}" + (f",{'no' if number % 4 == 0 else 'yes'}" if consent else ""))
    path = folder / "people.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def orders(folder: Path, *, until: datetime.date = LAST, treated: dict[str, str] | None = None, start: datetime.date | None = None) -> Path:
    """Write purchases up to a day; customers in the arm "offer" buy once more in the ten days after the start, one in three of them."""
    rng = np.random.default_rng(2)
    rows = ["customer_id,date,amount"]
    for number in range(CUSTOMERS):
        # One purchase in January, so that everybody is known.
        days = {int(rng.integers(0, 30)), *np.flatnonzero(rng.random((LAST - FIRST).days + 1) < rng.gamma(1.0, 0.004)).tolist()}
        extra = (rng.random(), int(rng.integers(0, 10)))
        if treated and start and treated.get(customer(number)) == "offer" and extra[0] < 1 / 3:
            days.add((start - FIRST).days + extra[1])
        spend = rng.lognormal(3, 0.8, 400)
        rows += [
            f"{customer(number)},{FIRST + datetime.timedelta(days=day)},{spend[day]:.2f}"
            for day in sorted(days)
            if FIRST + datetime.timedelta(days=day) <= until
        ]
    path = folder / "orders.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
