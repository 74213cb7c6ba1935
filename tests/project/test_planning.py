"""Plans from files: every figure has a grade, no evidence gives no figure, limits hold, and what is written adds up."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segmentry.errors import DataRefused
from segmentry.features.compute import FeatureTable
from segmentry.plans.evidence import Graded, NoFigure
from segmentry.plans.segmenting import Segmenting, Way
from segmentry.project.placing import Placed
from segmentry.project.plan import Plan, plan
from segmentry.project.planning import idle
from segmentry.project.settings import Settings, parse
from segmentry.project.uplifting import uplift
from segmentry.results import Estimate

CUSTOMERS = 2_400
LETTER = {"name": "<script>Letter", "channel": "mail", "cost": 1.0, "value": 30.0, "arm": "Yes"}
CALL = {"name": "Call", "channel": "phone", "cost": 4.0, "value": 30.0}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of customers, half of whom got a letter by lot: in the north it makes a third more buy, in the south it keeps some from it."""
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("people") / "people.csv"
    north = rng.random(CUSTOMERS) < 0.5
    letter = rng.permutation(np.arange(CUSTOMERS) % 2)
    chance = 0.15 + np.where(north, 0.33, -0.12) * letter
    rows = zip(
        [f"C{number:05d}" for number in range(CUSTOMERS)],
        rng.integers(20, 80, CUSTOMERS),
        np.where(rng.random(CUSTOMERS) < 0.5, "f", "m"),
        np.where(north, "north", "south"),
        rng.normal(100, 20, CUSTOMERS).round(2),
        np.where(rng.random(CUSTOMERS) < 0.9, "yes", "no"),
        np.where(letter == 1, "Yes", "No"),
        (rng.random(CUSTOMERS) < chance).astype(int),
        strict=True,
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", "age", "gender", "region", "spend", "newsletter_consent", "Promotion", "purchase"])
        writer.writerows(rows)
    return path


@pytest.fixture(autouse=True)
def _placed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take regions for segments: making segments has tests of its own, and takes most of the time."""
    monkeypatch.setattr("segmentry.project.planning.place", by_region)


def by_region(_engine: Any, _reading: Any, table: FeatureTable, *_: Any, **__: Any) -> Placed:
    return Placed((table.matrix.column("region") + 1).astype(np.int64), {1: "North", 2: "South"}, None)


def settings(*offers: dict[str, Any], randomised: bool = True, **limits: Any) -> Settings:
    return parse(
        {
            "offers": list(offers),
            "trial": {"randomised": randomised, "learners": ["linear"], "treatment": "Promotion"},
            "plan": {"consent": "ask", **limits},
        }
    )


@pytest.fixture(scope="module")
def planned(people: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("segmentry.project.planning.place", by_region)
        return plan(people, out=tmp_path_factory.mktemp("out"), settings=settings(LETTER, budget=2_000.0))


def rows_of(found: Plan) -> list[dict[str, str]]:
    with found.table.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_plan_spends_within_the_budget_on_those_whom_the_offer_changes(planned: Plan) -> None:
    rows = rows_of(planned)
    given = [row for row in rows if row["offer"]]
    assert len(rows) == CUSTOMERS
    assert sum(float(row["cost"]) for row in rows) <= 2_000.0
    assert {row["segment_name"] for row in given} == {"North"}
    assert len(given) > 500


def test_nobody_without_consent_and_nobody_held_out_gets_an_offer(planned: Plan, people: Path) -> None:
    with people.open(encoding="utf-8") as file:
        consent = {row["customer_id"]: row["newsletter_consent"] for row in csv.DictReader(file)}
    for row in rows_of(planned):
        assert not row["offer"] or (consent[row["id"]] == "yes" and row["held_out"] == "no")
    assert any(row["held_out"] == "yes" and row["intended_offer"] for row in rows_of(planned))


def test_what_is_promised_is_graded_randomised_and_covers_the_truth(planned: Plan) -> None:
    (found,) = [each.figure for each in planned.planned.figures]
    assert isinstance(found, Graded)
    assert (found.grade, found.gross) == ("randomised", False)
    treated = sum(bool(row["offer"]) for row in rows_of(planned))
    truth = treated * (30.0 * 0.33 - 1.0)
    assert found.interval is not None
    assert found.interval[0] <= truth <= found.interval[1]
    assert sum(float(row["expected_gain"] or 0) for row in rows_of(planned)) == pytest.approx(found.value, rel=1e-3)


def test_the_record_says_how_good_the_plan_is_and_holds_no_customer(planned: Plan) -> None:
    record = json.loads((planned.folder / "plan.json").read_text(encoding="utf-8"))
    assert record["plan"]["gap"] <= 1e-3
    assert record["segmenting"]["verdict"] in ("segment", "individual")
    assert "C00001" not in json.dumps(record)


def test_the_page_is_whole_and_hostile_names_are_inert(planned: Plan) -> None:
    page = planned.page.read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert "<script>Letter" not in page
    assert "C00001" not in page


def test_the_same_plan_twice_is_the_same_to_the_bit(planned: Plan, people: Path, tmp_path: Path) -> None:
    again = plan(people, out=tmp_path, settings=settings(LETTER, budget=2_000.0))
    assert again.table.read_bytes() == planned.table.read_bytes()
    assert again.page.read_bytes() == planned.page.read_bytes()


def test_without_a_lot_there_is_no_figure_but_an_experiment(people: Path, tmp_path: Path) -> None:
    found = plan(people, out=tmp_path, settings=settings(LETTER, randomised=False))
    (figure,) = [each.figure for each in found.planned.figures]
    assert isinstance(figure, NoFigure)
    assert found.planned.allocation is None
    assert not any(row["offer"] for row in rows_of(found))
    assert "by lot" in figure.words


def test_a_stated_effect_is_marked_as_an_assumption_everywhere(people: Path, tmp_path: Path) -> None:
    found = plan(people, out=tmp_path, settings=settings({**CALL, "effect": 0.2}, budget=100.0))
    (figure,) = [each.figure for each in found.planned.figures]
    assert isinstance(figure, Graded)
    assert (figure.grade, figure.interval) == ("assumption", None)
    assert {row["evidence"] for row in rows_of(found) if row["offer"]} == {"assumption"}
    assert "assumption" in found.page.read_text(encoding="utf-8")


def test_an_offer_that_was_never_tried_gets_nobody_and_an_experiment(people: Path, tmp_path: Path) -> None:
    found = plan(people, out=tmp_path, settings=settings(LETTER, CALL, budget=300.0))
    told = {each.offer: each.figure for each in found.planned.figures}
    assert isinstance(told["Call"], NoFigure)
    assert "never tried by lot" in told["Call"].words
    assert "Call" not in {row["offer"] for row in rows_of(found)}


def test_limits_that_clash_are_explained_and_nothing_is_written(people: Path, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"CONSTRAINTS_CLASH.*MinReach\('South'"):
        plan(people, out=tmp_path, settings=settings(LETTER, budget=10.0, reach={"South": 0.5}))
    assert list(tmp_path.iterdir()) == []


def test_uplift_without_a_lot_is_called_propensity(people: Path, tmp_path: Path) -> None:
    found = uplift(people, out=tmp_path, settings=settings(randomised=False))
    assert found.uplift.verdict == "propensity, not uplift"
    assert found.analysis.hidden
    header = (found.folder / "uplift.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "effect" not in header
    assert "propensity" in header


def test_uplift_by_lot_writes_effects_and_the_advice_for_everyone(people: Path, tmp_path: Path) -> None:
    found = uplift(people, out=tmp_path, settings=settings())
    assert found.uplift.verdict == "differences"
    with (found.folder / "uplift.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == CUSTOMERS
    assert {"id", "in_trial", "advice", "evidence"} <= rows[0].keys()
    assert {row["evidence"] for row in rows} == {"randomised"}


def test_what_a_trial_does_not_show_says_how_many_more_customers_would() -> None:
    def way(name: Any, value: float, half: float) -> Way:
        return Way(name, name, Estimate(value, value - half, value + half), 0.5, ())

    ways = (way("nobody", 0.0, 0.0), way("one", 1.0, 1.5))
    told = idle(Segmenting("nobody", "", ways, (), (), "£ per customer", 1_000, 5))
    # 1.5 / 1.96 × 3.14 is 2.41 times what it seems to bring: 1,000 × (2.41² − 1).
    assert "about 4,800 more customers" in told
    assert "not show" in told
    assert "more customers" not in idle(Segmenting("nobody", "", (way("nobody", 0.0, 0.0), way("one", -1.0, 1.5)), (), (), "", 1_000, 5))


def test_a_missing_column_of_consent_is_said(people: Path, tmp_path: Path) -> None:
    text = people.read_text(encoding="utf-8").replace("newsletter_consent", "colour")
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    found = plan(path, out=tmp_path / "out", settings=settings({**CALL, "effect": 0.2}, budget=100.0))
    assert "no_consent_column" in {note.code for note in found.planned.notes}
