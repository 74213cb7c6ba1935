"""Whom offers are checked over: age in bands, gender and place by themselves, other columns when they are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import UsageError
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal, Silent
from segmentry.project.protecting import banded, protected
from segmentry.project.reading import read_dataset
from segmentry.project.settings import parse


def groups(path: Path, *named: str) -> dict[str, np.ndarray]:
    settings, journal = parse({"plan": {"protected": list(named)}}), Journal(Silent())
    with DuckEngine() as engine:
        reading = read_dataset(engine, [str(path)], settings, journal)
        return protected(engine, reading.dataset, measure(engine, reading.dataset, settings, journal), settings)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    lines = [
        f"C{number},{20 + number % 60},{'fm'[number % 2]},{['Ashbourne', 'Dunmere'][number % 2]},{number * 3 % 97}.5"
        for number in range(200)
    ]
    path.write_text("\n".join(["customer_id,age,gender,city,income", *lines]) + "\n", encoding="utf-8")
    return path


def test_age_gender_and_place_are_found_by_themselves(people: Path) -> None:
    found = groups(people)
    assert set(found) == {"Age", "Gender", "City"}
    assert found["Age"][:2].tolist() == ["18–29", "18–29"]
    assert set(found["City"].tolist()) == {"Ashbourne", "Dunmere"}


def test_a_named_column_of_numbers_is_cut_into_parts(people: Path) -> None:
    found = groups(people, "income")
    assert set(found) == {"Income"}
    assert set(found["Income"].tolist()) == {f"part {place} of 4" for place in range(1, 5)}


def test_a_name_that_is_not_there_is_refused_with_the_nearest(people: Path) -> None:
    with pytest.raises(UsageError, match=r"plan\.protected names 'gendre'.*did you mean 'gender'"):
        groups(people, "gendre")


def test_an_unknown_age_is_no_band() -> None:
    assert banded(np.array([np.nan, 18.0, 17.99])).tolist() == [None, "18–29", "under 18"]
