"""Experiments from files: what is written and said before, while and after; and what is refused with the way out."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.project.drawn_shop import CUSTOMERS, customer, orders, people, read

from segmentry.errors import DataRefused, NotEnoughData, UsageError
from segmentry.experiments.assignment import holdout
from segmentry.experiments.phrases import overstated
from segmentry.experiments.power import Plan
from segmentry.experiments.selfcheck import Splits
from segmentry.project import analysing
from segmentry.project.drawing import Lot
from segmentry.project.labelling import Labels
from segmentry.project.settings import Settings, parse
from segmentry.project.testing import Analysed, Assigned, analyse, assign, design, folder_name, selfcheck

END = datetime.date(2024, 8, 31)
QUICK = parse({"trial": {"days": 30}, "experiment": {"resamples": 199}})
HALVES = Lot("Autumn", ("control", "offer"), (0.5, 0.5))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("past")
    return people(folder), orders(folder, until=END)


@pytest.fixture(scope="module")
def drawn(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Assigned:
    folder = tmp_path_factory.mktemp("drawn")
    lot = Lot("Autumn mail", ("control", "offer"), (0.4, 0.6), by="region", holdout=0.1)
    return assign(*files, lot=lot, out=folder / "out", settings=QUICK)


def told(found: Assigned, folder: Path, until: datetime.date, *, settings: Settings = QUICK, effect: bool = True) -> Analysed:
    arms = {row["customer_id"]: row["arm"] for row in read(found.assignment)} if effect else {}
    start = datetime.date.fromisoformat(found.record["start"])
    files = (people(folder), orders(folder, until=until, treated=arms, start=start))
    return analyse(*files, assignment=found.assignment, out=folder / "out", settings=settings)


def test_the_design_measures_the_past_and_says_what_it_takes(files: tuple[Path, Path], tmp_path: Path) -> None:
    found = design(*files, effect="30%", settings=QUICK)
    made = found.design
    rows = [row for row in read(files[1]) if row["date"] > "2024-08-01"]
    assert made.baseline.mean == pytest.approx(len({row["customer_id"] for row in rows}) / CUSTOMERS)
    assert made.customers == CUSTOMERS
    assert made.plan.alpha == QUICK.experiment.alpha
    assert [window.days for window in found.windows] == [30, 60, 90]
    assert found.windows[1].needed < found.windows[0].needed
    assert overstated(" ".join(found.words)) == ()


def test_money_is_designed_with_its_margin(files: tuple[Path, Path], tmp_path: Path) -> None:
    whole = design(*files, effect="20%", metric="revenue", settings=QUICK).design.price.money
    part = design(
        *files, effect="20%", metric="revenue", settings=parse({**QUICK.model_dump(exclude_unset=True), "value": {"margin": 0.25}})
    )
    assert whole is not None
    assert part.design.price.money is not None
    assert part.design.price.money.value == pytest.approx(0.25 * whole.value)
    assert "25%" in part.design.price.words


def test_customers_without_consent_cannot_take_part(tmp_path: Path) -> None:
    files = people(tmp_path, consent=True), orders(tmp_path, until=END)
    found = design(*files, effect="30%", settings=QUICK)
    assert found.design.customers == CUSTOMERS - 200
    assert any("200 of 800 customers are left out: they gave no consent" in note for note in found.notes)
    made = assign(*files, lot=HALVES, out=tmp_path / "out", settings=QUICK)
    assert {int(row["customer_id"][1:]) % 4 for row in read(made.assignment)} == {1, 2, 3}
    asked = parse({**QUICK.model_dump(exclude_unset=True), "plan": {"consent": "ignore"}})
    assert design(*files, effect="30%", settings=asked).design.customers == CUSTOMERS


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"metric": "bougth"}, "neither counted from purchases nor a column.*did you mean 'bought'"),
        ({"metric": "region"}, "a column of category; allowed are yes/no, numbers and money"),
        ({"effect": "lots"}, "the effect is 'lots'"),
        ({"effect": "2"}, r"allowed are shares from 0 to 1"),
    ],
)
def test_a_design_that_cannot_be_is_refused(files: tuple[Path, Path], tmp_path: Path, wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        design(*files, **{"effect": "10%", **wanted}, settings=QUICK)


def test_a_window_longer_than_the_data_is_refused_with_the_longest(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the window is 300 days and the data covers 24[34]"):
        design(*files, effect="10%", settings=parse({"trial": {"days": 300}}))


def test_a_column_of_a_table_of_customers_can_be_the_metric(tmp_path: Path) -> None:
    found = design(people(tmp_path), effect="5%", metric="age", plan=Plan(("control", "a", "b"), (0.2, 0.4, 0.4)), settings=QUICK)
    assert found.days == 0
    assert found.windows == ()
    assert len(found.design.needed) == 3


def test_everybody_gets_one_arm_and_every_stratum_its_shares(drawn: Assigned) -> None:
    rows = read(drawn.assignment)
    assert list(rows[0]) == ["customer_id", "experiment", "arm", "stratum", "assigned_on", "probability"]
    assert sorted(row["customer_id"] for row in rows) == [customer(number) for number in range(CUSTOMERS)]
    assert {row["assigned_on"] for row in rows} == {"2024-09-01"}
    for stratum in ("north", "south", "isles"):
        counts = Counter(row["arm"] for row in rows if row["stratum"] == stratum)
        taking = counts["control"] + counts["offer"]
        assert abs(counts["control"] - 0.4 * taking) < 1
    assert {row["probability"] for row in rows if row["arm"] == "offer"} == {"0.6"}


def test_the_standing_hold_out_is_in_no_arm_of_any_experiment(files: tuple[Path, Path], drawn: Assigned, tmp_path: Path) -> None:
    rows = read(drawn.assignment)
    held = {row["customer_id"] for row in rows if row["arm"] == "hold-out"}
    expected = holdout([customer(number) for number in range(CUSTOMERS)], share=0.1)
    assert held == {customer(number) for number in np.flatnonzero(expected)}
    assert {row["probability"] for row in rows if row["arm"] == "hold-out"} == {""}
    other = assign(*files, lot=Lot("Winter", ("control", "offer"), (0.5, 0.5), holdout=0.1), out=tmp_path / "out", settings=QUICK)
    assert {row["customer_id"] for row in read(other.assignment) if row["arm"] == "hold-out"} == held


def test_what_was_declared_is_written_before_the_start(drawn: Assigned) -> None:
    record = json.loads((drawn.folder / "design.json").read_text(encoding="utf-8"))
    assert record["experiment"] == "Autumn mail"
    assert record["salt"] == "segmentry experiment Autumn mail"
    assert [(arm["name"], arm["share"]) for arm in record["arms"]] == [("control", 0.4), ("offer", 0.6)]
    assert (record["primary_metric"], record["days"], record["start"], record["last_day"]) == ("bought", 30, "2024-09-01", "2024-09-30")
    assert record["smallest_visible_effect"] > 0
    assert "C0001" not in json.dumps(record)
    assert sum(arm["customers"] for arm in record["arms"]) + record["holdout"]["customers"] == CUSTOMERS
    assert any("Declared before the start" in words for words in drawn.words)


def test_the_same_name_draws_the_same_lots_and_another_name_others(files: tuple[Path, Path], tmp_path: Path) -> None:
    lists = {
        (name, out): assign(
            *files, lot=Lot(name, ("control", "offer"), (0.5, 0.5)), out=tmp_path / out, settings=QUICK
        ).assignment.read_bytes()
        for name, out in (("One", "a"), ("One", "b"), ("Two", "a"))
    }
    assert lists["One", "a"] == lists["One", "b"]
    arms = [[row.split(",")[2] for row in lists[name, "a"].decode().splitlines()[1:]] for name in ("One", "Two")]
    assert 0.4 < np.mean([one == other for one, other in zip(*arms, strict=True)]) < 0.6


def test_what_was_drawn_is_not_drawn_again(files: tuple[Path, Path], tmp_path: Path) -> None:
    made = assign(*files, lot=HALVES, out=tmp_path / "out", settings=QUICK)
    before = made.assignment.read_bytes()
    with pytest.raises(UsageError, match=r"'Autumn' was drawn already.*new name"):
        assign(*files, lot=HALVES, out=tmp_path / "out", settings=QUICK)
    assert made.assignment.read_bytes() == before
    assert len({folder_name(name) for name in ("Übung", "Ébung", "bung", "bu ng")}) == 4


@pytest.mark.parametrize(
    ("lot", "said"),
    [
        ({"by": "regoin"}, "--by is 'regoin', which is no column of the customers; did you mean 'region'"),
        ({"by": "age"}, "--by is 'age', which is a column of number"),
        ({"by": "segment"}, "no run was named"),
        ({"segment": "1"}, "no run was named"),
        ({"arms": ("control", "control")}, "different names"),
        ({"arms": ("control", "Hold-out")}, "kept for customers outside all experiments"),
        ({"shares": (0.5, 0.4)}, r"add up to 0\.9"),
        ({"holdout": 1.0}, "--holdout is 1"),
        ({"name": " "}, "a name of 1 characters"),
        ({"name": "a\nb"}, "one line"),
        ({"start": END}, "--start is 2024-08-31 and the data ends on 2024-08-31"),
    ],
)
def test_a_draw_that_cannot_be_is_refused(files: tuple[Path, Path], tmp_path: Path, lot: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assign(*files, lot=Lot(**{"name": "x", "arms": ("control", "offer"), **lot}), out=tmp_path / "out", settings=QUICK)
    assert not list((tmp_path / "out").glob("experiment*"))


def test_customers_without_ids_cannot_be_drawn(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("age,income\n" + "\n".join(f"{20 + row % 50},{1000 + 7 * row}" for row in range(100)) + "\n", encoding="utf-8")
    with pytest.raises(DataRefused, match="NO_CUSTOMER_ID"):
        assign(path, lot=HALVES, out=tmp_path / "out", settings=QUICK)


def test_too_few_customers_are_refused_with_who_was_left_out(tmp_path: Path) -> None:
    files = people(tmp_path, consent=True), orders(tmp_path, until=END)
    small = tmp_path / "few.csv"
    small.write_text("\n".join(files[0].read_text(encoding="utf-8").splitlines()[:5]) + "\n", encoding="utf-8")
    with pytest.raises(NotEnoughData, match=r"3 of 4 customers are left to draw for 2 arms \(1 without consent\)"):
        assign(small, lot=HALVES, out=tmp_path / "out", settings=parse({"tables": {"few": {"kind": "snapshot"}}}))


def test_ids_that_a_spreadsheet_would_run_are_made_harmless(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("customer_id,age\n" + "\n".join(f"=1+{row},{20 + row % 50}" for row in range(60)) + "\n", encoding="utf-8")
    made = assign(path, lot=HALVES, metric="answered", out=tmp_path / "out", settings=QUICK)
    assert all(row["customer_id"].startswith("'=") for row in read(made.assignment))
    assert made.record["primary_metric"] == "answered"
    assert made.record["start"] is None


def test_a_running_experiment_says_only_what_holds_on_any_day(drawn: Assigned, tmp_path: Path) -> None:
    found = told(drawn, tmp_path, datetime.date(2024, 9, 12), effect=False)
    said = " ".join(found.words)
    assert "Day 12 of 30" in said
    assert found.record["analysis"]["effects"] == []
    assert len(found.record["analysis"]["looks"]) == 1
    assert not found.record["analysis"]["looks"][0]["may_stop"]
    assert "p =" not in said
    assert "go on to the planned day" in said
    assert overstated(said) == ()


def test_a_large_effect_may_stop_it_early(drawn: Assigned, tmp_path: Path) -> None:
    found = told(drawn, tmp_path, datetime.date(2024, 9, 12))
    look = found.record["analysis"]["looks"][0]
    assert look["may_stop"]
    assert look["difference"]["low"] > 0


def test_the_final_reading_is_by_what_was_declared(drawn: Assigned, tmp_path: Path) -> None:
    found = told(drawn, tmp_path, datetime.date(2024, 9, 30))
    analysis = found.record["analysis"]
    primary = analysis["effects"][0]
    assert (primary["metric"], primary["role"], primary["arm"], primary["grade"]) == ("bought", "primary", "offer", "randomised")
    assert primary["believed"]
    assert {effect["metric"] for effect in analysis["effects"][1:]} == {"revenue", "purchases"}
    assert {effect["role"] for effect in analysis["effects"][1:]} == {"exploratory"}
    assert sum(found.record["trial"]["customers"]) == CUSTOMERS - drawn.record["holdout"]["customers"]
    assert "C0001" not in json.dumps(found.record)
    assert any("week" in words for words in found.words)
    assert overstated(" ".join(found.words)) == ()


def test_effects_are_told_by_the_segment_before_the_start(drawn: Assigned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Customers who were moved from one segment to another by the treatment would make an effect of it.
    named = Labels(np.arange(CUSTOMERS, dtype=np.int64) % 2 + 1, {1: "Loyal", 2: "New"})
    monkeypatch.setattr(analysing, "labels_of", lambda engine, folder, ids: named)
    asked = []

    def before(engine: Any, dataset: Any, settings: Any, tried: Any, found: Any) -> tuple[np.ndarray, tuple[str, ...]]:
        asked.append(tried.start)
        return np.where(tried.places % 10 == 0, 0, found.labels[tried.places]), ("As of the day before.",)

    monkeypatch.setattr(analysing, "labels_before", before)
    arms = {row["customer_id"]: row["arm"] for row in read(drawn.assignment)}
    bought = orders(tmp_path, until=datetime.date(2024, 9, 30), treated=arms, start=datetime.date(2024, 9, 1))
    found = analyse(people(tmp_path), bought, assignment=drawn.assignment, run="a-run", out=tmp_path / "out", settings=QUICK)
    assert asked == [datetime.date(2024, 9, 1)]
    rows = found.record["analysis"]["segments"][0]["rows"]
    assert {row["name"] for row in rows} == {"Loyal", "New"}
    assert sum(sum(row["customers"]) for row in rows) < sum(found.record["trial"]["customers"])
    assert "As of the day before." in found.words


def test_without_an_effect_none_is_told(drawn: Assigned, tmp_path: Path) -> None:
    found = told(drawn, tmp_path, datetime.date(2024, 9, 30), effect=False)
    assert not any(effect["believed"] for effect in found.record["analysis"]["effects"])
    assert "No evidence of an effect" in found.words[0]


def test_an_arm_that_lost_customers_hides_the_result(drawn: Assigned, tmp_path: Path) -> None:
    lines = drawn.assignment.read_text(encoding="utf-8").splitlines()
    kept = [line for place, line in enumerate(lines) if ",offer," not in line or place % 2]
    (tmp_path / "assignment.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    (tmp_path / "design.json").write_bytes((drawn.folder / "design.json").read_bytes())
    found = analyse(people(tmp_path), orders(tmp_path), assignment=tmp_path / "assignment.csv", out=tmp_path / "out", settings=QUICK)
    assert found.record["analysis"]["refusal"]["code"] == "SPLIT_BROKEN"
    assert found.record["analysis"]["effects"] == []


def test_customers_who_come_in_day_by_day_are_watched(tmp_path: Path) -> None:
    # Drawn on twenty days; on some of them the offer lost its customers, and later ones made up for it in the sum.
    rng = np.random.default_rng(3)
    rows, start = ["customer_id,experiment,arm,assigned_on"], datetime.date(2024, 7, 1)
    for number in range(CUSTOMERS):
        day, lot = number // 40, rng.random()
        arm = "offer" if lot < (0.1 if day < 10 else 0.9) else "control"
        rows.append(f"{customer(number)},Rolling,{arm},{start + datetime.timedelta(days=day)}")
    path = tmp_path / "trial.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = parse({**QUICK.model_dump(exclude_unset=True), "trial": {"days": 30, "randomised": True}})
    found = analyse(people(tmp_path), orders(tmp_path), path, out=tmp_path / "out", settings=settings)
    counts = found.record["trial"]["customers"]
    assert abs(counts[0] - counts[1]) < 100
    assert found.record["analysis"]["refusal"]["code"] == "SPLIT_BROKEN"
    path.write_text(
        "\n".join(
            row.replace("offer", "x").replace("control", "offer").replace("x", "control") if place % 2 else row
            for place, row in enumerate(rows)
        )
        + "\n",
        encoding="utf-8",
    )
    running = analyse(people(tmp_path), orders(tmp_path), path, out=tmp_path / "out", settings=settings.over("run", as_of="2024-08-10"))
    assert running.record["analysis"]["refusal"]["code"] == "STILL_RUNNING"
    assert (running.record["trial"]["day"], running.record["trial"]["days"]) == (41, 49)
    assert sum(running.record["trial"]["customers"]) == 12 * 40


def test_without_a_declaration_that_is_said(drawn: Assigned, tmp_path: Path) -> None:
    (tmp_path / "assignment.csv").write_bytes(drawn.assignment.read_bytes())
    found = analyse(people(tmp_path), orders(tmp_path), assignment=tmp_path / "assignment.csv", out=tmp_path / "out", settings=QUICK)
    assert any("Nothing says what was declared before the start" in words for words in found.words)


def test_an_experiment_that_has_not_started_is_refused(files: tuple[Path, Path], drawn: Assigned, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="NOT_STARTED"):
        analyse(*files, assignment=drawn.assignment, out=tmp_path / "out", settings=parse({"run": {"as_of": str(END)}}))
    assert not list((tmp_path / "out").glob("*-experiment"))


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2}', '{"format": 1, "arms": 3}', "{"])
def test_a_damaged_declaration_is_refused(files: tuple[Path, Path], drawn: Assigned, tmp_path: Path, content: str) -> None:
    (tmp_path / "assignment.csv").write_bytes(drawn.assignment.read_bytes())
    (tmp_path / "design.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataRefused, match=r"design\.json: NOT_A_DESIGN"):
        analyse(*files, assignment=tmp_path / "assignment.csv", out=tmp_path / "out", settings=QUICK)


def test_what_is_not_there_is_refused_with_the_way_out(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--assignment is .*none\.csv, which is not there"):
        analyse(*files, assignment=tmp_path / "none.csv", out=tmp_path / "out", settings=QUICK)
    with pytest.raises(NotEnoughData, match="NO_TRIAL"):
        analyse(*files, out=tmp_path / "out", settings=QUICK)


def test_the_analysis_is_the_same_twice(drawn: Assigned, tmp_path: Path) -> None:
    found = [told(drawn, tmp_path, datetime.date(2024, 9, 30)).record for _ in range(2)]
    for record in found:
        record.pop("seconds")
    assert found[0] == found[1]


def test_the_self_check_asks_every_metric(files: tuple[Path, Path], tmp_path: Path) -> None:
    found = selfcheck(*files, plan=Splits(20), settings=QUICK)
    assert [each.metric.name for each in found] == ["bought", "revenue", "purchases"]
    assert all(each.splits == 20 and each.sound for each in found)
    alone = selfcheck(people(tmp_path), metric="age", plan=Splits(20), settings=QUICK)
    assert [each.metric.name for each in alone] == ["age"]


def test_the_self_check_needs_something_to_check(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="NO_METRIC"):
        selfcheck(people(tmp_path), plan=Splits(20), settings=QUICK)


@pytest.mark.realdata
def test_starbucks_says_what_is_known_of_it(realdata: Callable[[str], Path], tmp_path: Path) -> None:
    settings = parse({"trial": {"treatment": "Promotion", "outcome": ["purchase"], "randomised": True}})
    found = analyse(realdata("starbucks-promo/training.csv"), out=tmp_path, settings=settings)
    primary = found.record["analysis"]["effects"][0]
    assert primary["found"]["difference"]["value"] == pytest.approx(0.0095, abs=5e-5)
    assert primary["believed"]
    assert not found.record["analysis"]["imbalance"]["red"]


@pytest.mark.realdata
def test_an_experiment_on_cdnow_in_which_nothing_was_done_finds_nothing(realdata: Callable[[str], Path], tmp_path: Path) -> None:
    columns = ["master", "customer_id", "date", "cds", "dollars"]
    table = {"header": False, "delimiter": "whitespace", "columns": columns, "roles": {"master": "ignore"}}
    shop = {"tables": {"CDNOW_sample": table}, "trial": {"days": 60}, "experiment": {"resamples": 499}}
    path = realdata("cdnow/CDNOW_sample.txt")
    made = assign(path, lot=HALVES, metric="revenue", out=tmp_path, settings=parse({**shop, "run": {"as_of": "1997-09-30"}}))
    assert made.record["start"] == "1997-10-01"
    found = analyse(path, assignment=made.assignment, out=tmp_path, settings=parse({**shop, "run": {"as_of": "1998-06-30"}}))
    assert [effect["metric"] for effect in found.record["analysis"]["effects"]] == ["revenue", "bought", "purchases"]
    assert not any(effect["believed"] for effect in found.record["analysis"]["effects"])
    assert sum(found.record["trial"]["customers"]) == 2357
