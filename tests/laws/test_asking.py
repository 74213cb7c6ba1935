"""What happens after the day a customer is asked changes none of the features they are asked with, by no bit."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.project.asking import Asked, ask
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import parse

START, DAYS, CUSTOMERS = datetime.date(2024, 1, 1), 400, 120
SETTINGS = parse({"response": {"target": "purchase", "horizon": 60}, "run": {"as_of": str(START + datetime.timedelta(days=DAYS))}})

Row = tuple[int, int, float, str]


def rows(seed: int) -> list[Row]:
    """Return customer, day, amount and product of purchases over all days, so that everybody is there early and late."""
    rng = np.random.default_rng(seed)
    found = []
    for customer in range(CUSTOMERS):
        for day in sorted({0, DAYS - 1, *rng.integers(0, DAYS, 8).tolist()}):
            found.append((customer, day, round(float(rng.gamma(4.0, 10.0)), 2), f"P{rng.integers(4)}"))
    return found


def asked(folder: Path, lines: list[Row]) -> Asked:
    folder.mkdir()
    path = folder / "orders.csv"
    told = [f"C{customer:04d},{START + datetime.timedelta(days=day)},{amount},{product}" for customer, day, amount, product in lines]
    path.write_text("customer_id,date,amount,product\n" + "\n".join(told) + "\n", encoding="utf-8")
    with DuckEngine() as engine:
        journal = Journal(Silent())
        reading = read_dataset(engine, [str(path)], SETTINGS, journal)
        found = ask(engine, reading, measure(engine, reading.dataset, SETTINGS, journal), SETTINGS)
    assert found is not None
    return found


def features(found: Asked, day: int, names: list[str]) -> dict[str, bytes]:
    assert found.days is not None
    rows = np.flatnonzero(found.days == day)
    values = found.matrix.select(names).values[rows]
    return {str(found.matrix.ids[row]): own.tobytes() for row, own in zip(rows, values, strict=True)}


def shuffled(later: list[Row], rng: np.random.Generator) -> list[Row]:
    """Return the later rows with other customers, amounts and products on the same days."""
    order, other = rng.permutation(len(later)), rng.permutation(len(later))
    return [(later[one][0], day, later[two][2], later[two][3]) for (_, day, _, _), one, two in zip(later, order, other, strict=True)]


@pytest.mark.parametrize("change", ["shuffled", "removed"])
@pytest.mark.parametrize("seed", [1])
def test_later_rows_change_no_feature_of_those_who_are_asked(tmp_path: Path, seed: int, change: str) -> None:
    lines = rows(seed)
    first = asked(tmp_path / "as it was", lines)
    assert first.days is not None
    looks = np.unique(first.days[~np.isnan(first.outcome)]).tolist()
    assert len(looks) == 4
    for place, look in enumerate(looks[:2]):
        past = [row for row in lines if (START - datetime.date(1970, 1, 1)).days + row[1] < look]
        later = [row for row in lines if row not in past]
        rng = np.random.default_rng(seed)
        kept = shuffled(later, rng) if change == "shuffled" else [row for row in later if rng.random() < 0.7 or row[1] == DAYS - 1]
        second = asked(tmp_path / f"{change} {place}", past + kept)
        names = [name for name in first.matrix.names if name in second.matrix.names]
        assert len(names) >= 0.9 * len(first.matrix.names)
        before, after = features(first, look, names), features(second, look, names)
        assert len(before) == CUSTOMERS
        assert before == after
        # The test can fail: today's features did change.
        today = int(first.days.max())
        assert features(first, today, names) != features(second, today, names)
