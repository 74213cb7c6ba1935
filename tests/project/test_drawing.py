"""Who takes part: segments of a finished run, strata of columns, and everybody counted once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.project.drawn_shop import CUSTOMERS, customer, people

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, NotEnoughData, UsageError
from segmentry.experiments.assignment import HELD_OUT
from segmentry.project import drawing
from segmentry.project.drawing import HELD, Drawing, Lot, draw, told_of
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import Settings

RUN = Path("a-run")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return people(tmp_path_factory.mktemp("people"), consent=True)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run of half of the customers, in three segments, one of them empty."""
    ids = np.array([customer(number) for number in range(0, CUSTOMERS, 2)], dtype=object)
    labels = np.where(np.arange(len(ids)) % 5 == 0, 1, 2).astype(np.int64)
    found = SimpleNamespace(name="a-run", ids=ids, labels=labels, names={1: "Loyal", 2: "New", 3: "Lapsed"})
    monkeypatch.setattr(drawing, "read_run", lambda engine, folder: found)


def drawn(path: Path, **wanted: Any) -> Drawing:
    lot = Lot(**{"name": "Autumn", "arms": ("control", "offer"), "shares": (0.5, 0.5), **wanted})
    with DuckEngine() as engine:
        return draw(engine, read_dataset(engine, [path], Settings(), Journal(Silent())), lot, Settings())


def test_everybody_is_drawn_held_out_or_left_out_with_a_reason(path: Path) -> None:
    found = drawn(path, holdout=0.2, by="region")
    assert found.assignment.counts.sum() + found.assignment.held + sum(count for _, count in found.left_out) == CUSTOMERS
    assert dict(found.left_out).keys() == {"without consent"}
    assert set(found.arms) == {"control", "offer", HELD}
    assert np.isnan(found.probability[found.assignment.arm == HELD_OUT]).all()
    said = " ".join(told_of(found, words="Bought", days=30))
    assert "within 3 strata of region" in said
    assert "without consent" in said


@pytest.mark.usefixtures("run")
def test_segments_of_a_run_can_be_strata(path: Path) -> None:
    found = drawn(path, run=RUN, by="segment")
    # Odd customers are in no segment of that run; every fourth gave no consent.
    assert dict(found.sizes).keys() == {"Loyal", "New", "not in that run"}
    for stratum, size in found.sizes:
        counts = Counter(arm for arm, name in zip(found.arms, found.strata, strict=True) if name == stratum)
        assert abs(counts["control"] - size / 2) < 1


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("segment", ["1", "Loyal", " loyal "])
def test_one_segment_alone_can_take_part(path: Path, segment: str) -> None:
    found = drawn(path, run=RUN, segment=segment)
    assert {int(identifier[1:]) % 10 for identifier in found.ids.tolist()} == {0}
    assert dict(found.left_out)["not in the segment that was asked for"] == CUSTOMERS - 80


@pytest.mark.usefixtures("run")
def test_segments_that_are_not_there_or_empty_are_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="--segment is 'Loyl', which the run does not have; did you mean 'Loyal'"):
        drawn(path, run=RUN, segment="Loyl")
    with pytest.raises(NotEnoughData, match="EMPTY_SEGMENT: the segment 'Lapsed' of that run has no customers"):
        drawn(path, run=RUN, segment="Lapsed")


def test_a_run_of_other_customers_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(name="other", ids=np.array(["X1"], dtype=object), labels=np.array([1]), names={1: "A"})
    monkeypatch.setattr(drawing, "read_run", lambda engine, folder: other)
    with pytest.raises(DataRefused, match="OTHER_CUSTOMERS: none of the 800 customers is in the run"):
        drawn(path, run=RUN, by="segment")


def test_what_is_not_known_is_a_stratum_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    rows = [f"M{row:03d},{('north', 'south', '')[row % 3]},{20 + row % 50}" for row in range(120)]
    path.write_text("customer_id,region,age\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert dict(drawn(path, by="region").sizes) == {"north": 40, "south": 40, "not known": 40}
