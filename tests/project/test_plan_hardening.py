"""Plans, returns, uplift and experiments under hostile and broken input: refused in words, or answered without a figure that misleads."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from tests.project.trial_tables import assignment, day, opened, orders, tried
from typer.testing import CliRunner

from segmentry.cli.app import app
from segmentry.engines.writers import harmless
from segmentry.errors import DataRefused, NotEnoughData, SettingsError, UsageError
from segmentry.plans.evidence import NoFigure
from segmentry.project.drawing import Lot
from segmentry.project.placing import Placed
from segmentry.project.plan import Plan, plan
from segmentry.project.roi import roi
from segmentry.project.settings import Settings, parse
from segmentry.project.testing import analyse, assign, design
from segmentry.project.uplifting import uplift

CUSTOMERS = 600
LETTER = {"name": "Letter", "channel": "mail", "cost": 1.0, "value": 30.0, "arm": "Yes"}
CALL = {"name": "Call", "channel": "phone", "cost": 1.0, "value": 30.0, "effect": 0.2}


def halves(_engine: Any, _reading: Any, table: Any, *_: Any, **__: Any) -> Placed:
    return Placed((np.arange(len(table.matrix)) % 2 + 1).astype(np.int64), {1: "North", 2: "South"}, None)


@pytest.fixture(autouse=True)
def _placed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take two halves for segments: making segments has tests of its own, and takes most of the time."""
    monkeypatch.setattr("segmentry.project.planning.place", halves)


def people(**columns: Sequence[Any]) -> dict[str, Any]:
    """Return customers, every other one with a letter by lot, which makes three in ten more buy."""
    rng = np.random.default_rng(4)
    letter = np.arange(CUSTOMERS) % 2
    told: dict[str, Any] = {
        "customer_id": [f"C{number:05d}" for number in range(CUSTOMERS)],
        "age": rng.integers(20, 80, CUSTOMERS),
        "spend": rng.normal(100, 20, CUSTOMERS).round(2),
        "Promotion": np.where(letter == 1, "Yes", "No"),
        "purchase": (rng.random(CUSTOMERS) < 0.2 + 0.3 * letter).astype(int),
    }
    return told | columns


def file(folder: Path, name: str, columns: Mapping[str, Sequence[Any]]) -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def settings(*offers: dict[str, Any], plan: dict[str, Any] | None = None, **trial: Any) -> Settings:
    told = {"randomised": True, "learners": ["linear"], "folds": 3, "treatment": "Promotion"} | trial
    return parse({"offers": list(offers), "trial": told, "plan": plan or {}})


def planned(folder: Path, columns: Mapping[str, Sequence[Any]], chosen: Settings) -> Plan:
    return plan(file(folder, "people", columns), out=folder / "out", settings=chosen)


def receivers(found: Plan) -> list[str]:
    with found.table.open(encoding="utf-8") as table:
        return [row["id"] for row in csv.DictReader(table) if row["offer"]]


def contacts(count: int = 120, **columns: Sequence[Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "campaign_id": [f"K{number % 2}" for number in range(count)],
        "customer_id": [f"c{number:04d}" for number in range(count)],
        "contact_date": [day(40)] * count,
        "responded": [number % 5 == 0 for number in range(count)],
    }
    return told | columns


def frames(tables: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, polars.DataFrame]]:
    return [(name, polars.DataFrame(columns)) for name, columns in tables.items()]


def bought() -> dict[str, Any]:
    return orders(np.random.default_rng(8), 200)


# Consent


def test_where_everybody_said_no_nobody_is_asked(tmp_path: Path) -> None:
    found = planned(tmp_path, people(consent=["no"] * CUSTOMERS), settings(CALL))
    assert receivers(found) == []


def test_where_everybody_said_no_nobody_is_drawn(tmp_path: Path) -> None:
    path = file(tmp_path, "people", people(consent=["no"] * CUSTOMERS))
    with pytest.raises(NotEnoughData, match="600 without consent"):
        assign(path, lot=Lot("Spring"), out=tmp_path / "out", settings=parse({}))


@pytest.mark.parametrize("column", ["opt_out", "Opted out", "unsubscribed", "do_not_contact"])
def test_who_wants_no_contact_is_not_asked(column: str, tmp_path: Path) -> None:
    wants = ["yes" if number % 3 == 0 else "no" for number in range(CUSTOMERS)]
    found = planned(tmp_path, people(**{column: wants}), settings(CALL))
    unwilling = {f"C{number:05d}" for number in range(0, CUSTOMERS, 3)}
    assert receivers(found)
    assert not unwilling & set(receivers(found))


def test_who_opted_out_is_not_drawn(tmp_path: Path) -> None:
    wants = ["yes" if number % 3 == 0 else "no" for number in range(CUSTOMERS)]
    found = assign(file(tmp_path, "people", people(opt_out=wants)), lot=Lot("Spring"), out=tmp_path / "out", settings=parse({}))
    with found.assignment.open(encoding="utf-8") as table:
        drawn = {row["customer_id"] for row in csv.DictReader(table)}
    assert drawn == {f"C{number:05d}" for number in range(CUSTOMERS) if number % 3}


def test_the_command_says_when_nobodys_consent_is_known(tmp_path: Path) -> None:
    shown = command(tmp_path, people(consent=[""] * CUSTOMERS), "[plan]\nbudget = 50.0\n")
    assert "No column says who consented" in shown


def test_a_draw_says_when_nobodys_consent_is_known(tmp_path: Path) -> None:
    told = assign(*frames({"orders": bought()}), lot=Lot("Spring"), out=tmp_path, settings=parse({})).words
    assert any("No column says who consented" in words for words in told)


# Money and its grade


def command(folder: Path, columns: Mapping[str, Sequence[Any]], limits: str) -> str:
    path, offers = file(folder, "people", columns), folder / "offers.toml"
    offers.write_text(f'{limits}\n[[offers]]\nname = "Call"\nchannel = "phone"\ncost = 1.0\nvalue = 30.0\neffect = 0.2\n', encoding="utf-8")
    (folder / "plain.toml").write_text("", encoding="utf-8")
    told = ["plan", str(path), "--offers", str(offers), "--out", str(folder / "out"), "--config", str(folder / "plain.toml")]
    shown = CliRunner().invoke(app, told)
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_what_money_would_bring_never_stands_without_its_grade(tmp_path: Path) -> None:
    shown = command(tmp_path, people(), "[plan]\nbudget = 50.0\n").splitlines()
    first = next(place for place, line in enumerate(shown) if "brings" in line or "would bring" in line)
    graded = next(place for place, line in enumerate(shown) if line.startswith("By the planner's own figures (Call: assumption)"))
    assert graded < first
    assert "upper end" in shown[graded]


def test_limits_are_named_as_a_reason_why_nobody_gets_an_offer(tmp_path: Path) -> None:
    found = planned(tmp_path, people(), settings(LETTER, plan={"budget": 0.0}))
    (figure,) = [each.figure for each in found.planned.figures]
    assert isinstance(figure, NoFigure)
    assert "limits leave no room" in figure.words


# Offers


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value": 1e-300}, "value is 1e-300; allowed is 0.0001 to"),
        ({"value": 1e300}, "value is 1e\\+300; allowed"),
        ({"margin": 1e-300}, "margin is 1e-300; allowed is 0.0001 to 1"),
        ({"cost": 1e300}, "cost is 1e\\+300; allowed is 0 to"),
        ({"channel": "x" * 4_000}, "channel is .*one line of up to 100"),
        ({"channel": "m\nail"}, "one line of up to 100"),
    ],
)
def test_offers_no_sum_could_be_made_of_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse({"offers": [LETTER | wrong]})


def test_an_offer_so_cheap_that_no_experiment_could_show_it_holds_up_no_other(tmp_path: Path) -> None:
    cheap = {"name": "Mail", "channel": "e-mail", "cost": 1e-9, "value": 1e6}
    found = planned(tmp_path, people(), settings(cheap, CALL))
    told = {each.offer: each.figure for each in found.planned.figures}
    assert isinstance(told["Mail"], NoFigure)
    assert not isinstance(told["Call"], NoFigure)


def test_an_unknown_arm_is_answered_with_the_arms_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"arm of offer 'Letter' is 'Maybe'.*Allowed: Promotion"):
        planned(tmp_path, people(), settings(LETTER | {"arm": "Maybe"}))


def test_an_arm_where_nothing_was_tried_is_told_what_to_do_next(tmp_path: Path) -> None:
    columns = {name: told for name, told in people().items() if name != "Promotion"}
    with pytest.raises(UsageError, match=r"nothing was tried in this data\. Leave arm out"):
        planned(tmp_path, columns, settings(LETTER, treatment=""))


def test_one_offer_without_a_price_is_spoken_of_in_the_singular(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the offer Letter says neither value nor margin"):
        planned(tmp_path, people(), settings({"name": "Letter", "arm": "Yes"}))


# Settings


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"plan": {"budget": -1.0}}, "plan.budget is -1.0; allowed is 0 or more"),
        ({"plan": {"holdout": 1.0}}, "plan.holdout is 1.0; allowed is 0 to below 1"),
        ({"trial": {"folds": 2}}, "trial.folds is 2; allowed is 3 to 20"),
        ({"returns": {"cost": {"mail": -1.0}}}, "allowed is a cost of 0 or more"),
        ({"returns": {"cost": {"mail": float("nan")}}}, "allowed is a cost of 0 or more"),
        ({"offers": [{"channel": "mail"}]}, "offers.0.name is missing; give it"),
    ],
)
def test_a_wrong_setting_is_told_what_is_allowed(told: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse(told)


# Trials


@pytest.mark.parametrize("setting", ["propensity", "exposed"])
def test_a_column_of_text_is_no_probability_and_no_exposure(setting: str, tmp_path: Path) -> None:
    path = file(tmp_path, "people", people(seen=["aye", "nay"] * (CUSTOMERS // 2)))
    with pytest.raises(UsageError, match=f"trial.{setting} is 'seen', a column of category"):
        uplift(path, out=tmp_path / "out", settings=settings(**{setting: "seen"}))
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_control_that_a_column_of_yes_and_no_does_not_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"trial.control is 'Maybe', and the column 'Promotion' holds yes and no"):
        uplift(file(tmp_path, "people", people()), out=tmp_path / "out", settings=settings(control="Maybe"))


def test_where_all_were_treated_the_one_arm_is_spoken_of_in_the_singular(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has 1 arm, and none"):
        uplift(file(tmp_path, "people", people(Promotion=["Letter"] * CUSTOMERS)), out=tmp_path / "out", settings=settings())


def test_customers_who_all_were_given_several_arms_are_no_trial() -> None:
    once, again = assignment(100), assignment(100, arms=("offer", "control"))
    twice = {name: [*once[name], *again[name]] for name in once}
    with (
        opened({"orders": bought(), "trials": twice}) as found,
        pytest.raises(NotEnoughData, match="all 100 customers were given several arms"),
    ):
        found.trial()


def test_a_trial_after_the_day_of_the_look_is_not_told() -> None:
    later = assignment(100) | {"bought": [number % 3 == 0 for number in range(100)]}
    look = datetime.date.fromisoformat(day(100))
    with opened({"orders": bought(), "trials": later}, run={"as_of": look}) as found, pytest.raises(NotEnoughData, match="NOT_STARTED"):
        found.trial()


def test_the_assignment_of_another_shop_is_refused() -> None:
    other = assignment(100) | {"customer_id": [f"z{number}" for number in range(100)]}
    with (
        opened({"orders": bought(), "trials": other}) as found,
        pytest.raises(NotEnoughData, match="OTHER_CUSTOMERS: none of the 100 customers drawn") as refused,
    ):
        found.trial()
    assert "z1" not in str(refused.value)


@pytest.mark.parametrize("mark", ["=", "+", "-", "@"])
def test_ids_and_arms_that_look_like_formulas_are_found_again(mark: str, tmp_path: Path) -> None:
    sold = bought() | {"customer_id": [f"{mark}{each}" for each in bought()["customer_id"]]}
    arms = ("control", f"{mark}offer")
    written = {name: [harmless(cell) for cell in cells] for name, cells in assignment(100, arms=arms, name=f"{mark}Spring").items()}
    written["customer_id"] = [harmless(f"{mark}{each}") for each in written["customer_id"]]
    path = file(tmp_path, "assignment", written)
    found = analyse(("orders", polars.DataFrame(sold)), assignment=path, out=tmp_path / "out", settings=parse({}))
    assert found.found.tried.trial.arms == arms
    assert found.found.tried.trial.name == f"{mark}Spring"
    assert found.found.tried.trial.outcomes[:, 0].sum() > 10


def test_text_with_a_leading_quote_is_not_changed() -> None:
    told = tried({"orders": bought(), "trials": assignment(100, arms=("control", "'offer"))})
    assert told.trial.arms == ("control", "'offer")


# Drawing and designing


@pytest.mark.parametrize("arm", ["x" * 101, "of\nfer"])
def test_an_arm_is_called_in_one_line(arm: str) -> None:
    with pytest.raises(UsageError, match=r"an arm has a name of .* characters; allowed is one line of 1 to 100"):
        Lot("Spring", ("control", arm))


def test_an_arm_that_the_lot_gives_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="too few for the share of 'control'"):
        assign(
            file(tmp_path, "people", people()),
            lot=Lot("Spring", ("control", "offer"), (1e-12, 1 - 1e-12)),
            out=tmp_path / "out",
            settings=parse({}),
        )
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_start_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--start is 9999-12-31; allowed is a day up to the year 2200"):
        assign(*frames({"orders": bought()}), lot=Lot("Spring", start=datetime.date.max), out=tmp_path, settings=parse({}))


def test_what_leaving_alone_saves_lies_within_its_interval() -> None:
    found = design(*frames({"orders": bought()}), effect="-5%", settings=parse({}))
    said = next(words for words in found.words if "saves about" in words)
    value, low, high = (float(part.strip("(),").replace(",", "")) for part in np.array(said.split("saves about ")[1].split())[[0, 1, 3]])
    assert low <= value <= high


# Returns


def test_what_few_customers_did_is_hidden_in_the_sums_too(tmp_path: Path) -> None:
    found = roi(*frames({"orders": bought(), "contacts": contacts(3)}), out=tmp_path, settings=parse({}))
    assert found.returns.credits is None
    assert "Fewer than 5 customers were contacted" in found.returns.words[0]
    assert not any("purchases since the first contact" in words for words in found.returns.words)
    assert "–" not in found.returns.words[0]


def test_a_negative_cost_of_a_campaign_is_not_known(tmp_path: Path) -> None:
    campaigns = {
        "campaign_id": ["K0", "K1"],
        "name": ["<script>Gift", "=1+1"],
        "channel": ["mail", "mail"],
        "cost_per_contact": [-5.0, 1.0],
    }
    found = roi(*frames({"orders": bought(), "contacts": contacts(), "campaigns": campaigns}), out=tmp_path, settings=parse({}))
    told = {line.campaign: line.earned for line in found.returns.campaigns}
    assert told["K0"].spend is None
    assert told["K1"].spend == told["K1"].contacts > 0
    assert any("1 of 2 campaigns does not say" in words for words in found.returns.missing)
    assert "<script>Gift" not in found.report.read_text(encoding="utf-8")


def test_without_contacts_none_is_said_to_lack_a_day(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"holds no contacts with a campaign and a day\. Next"):
        roi(*frames({"orders": bought()}), out=tmp_path, settings=parse({}))
    assert list(tmp_path.iterdir()) == []
