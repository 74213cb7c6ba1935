"""What campaigns brought, from tables: prices, segments, the arms of a trial beside the gross figures, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from tests.project.trial_tables import Tables, assignment, day, orders
from typer.testing import CliRunner

from segmentry.cli.app import app
from segmentry.errors import DataRefused, UsageError
from segmentry.plans.returns import Returns
from segmentry.project.roi import roi
from segmentry.project.settings import parse
from segmentry.sources.shop import make_shop, write_shop
from segmentry.sources.shop_trial import offers_toml

SIZE = 400


def tables(seed: int = 1) -> Tables:
    rng = np.random.default_rng(seed)
    who = [f"c{number:04d}" for number in range(0, SIZE, 2)]
    return {
        "orders": orders(rng, SIZE, per_day=8.0),
        "contacts": {
            "customer_id": who + who[:60],
            "campaign_id": ["k1"] * len(who) + ["k2"] * 60,
            "contact_date": [day(90)] * len(who) + [day(80)] * 60,
            "responded": [int(number % 5 == 0) for number in range(len(who) + 60)],
        },
        "campaigns": {
            "campaign_id": ["k1", "k2"],
            "name": ["Spring", "Summer"],
            "channel": ["mail", "e-mail"],
            "cost_per_contact": [1.5, 0.1],
            "budget": [400, 10],
        },
    }


def told(found: Tables, tmp_path: Path, **settings: Any) -> Returns:
    frames = [(name, polars.DataFrame(columns)) for name, columns in found.items()]
    return roi(*frames, out=tmp_path, settings=parse({"experiment": {"resamples": 199}} | settings)).returns


def test_spend_and_budget_come_from_the_table_of_campaigns(tmp_path: Path) -> None:
    found = told(tables(), tmp_path, returns={"margin": 0.4})
    lines = {line.name: line for line in found.campaigns}
    assert (lines["Spring"].earned.spend, lines["Spring"].earned.budget, lines["Spring"].channel) == (300.0, 400.0, "mail")
    assert lines["Summer"].earned.spend == pytest.approx(6.0)
    assert found.total is not None
    assert (found.total.spend, found.total.budget) == (pytest.approx(306.0), 410.0)
    assert found.total.gross_profit == pytest.approx(0.4 * found.total.gross - 306.0)
    assert lines["Spring"].overlaps == ("Summer",)
    assert not found.missing
    assert found.grade == "observational"


def test_settings_win_over_the_table_by_campaign_name_and_channel(tmp_path: Path) -> None:
    found = told(tables(), tmp_path, returns={"cost": {"spring": 2.0, "e-mail": 0.5}})
    spend = {line.name: line.earned.spend for line in found.campaigns}
    # What the table says of a campaign is nearer than what the settings say of its channel.
    assert spend == {"Spring": 400.0, "Summer": pytest.approx(6.0)}


def test_a_price_for_something_that_was_not_sent_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"returns.cost names 'Sprin', .* did you mean 'Spring'"):
        told(tables(), tmp_path, returns={"cost": {"Sprin": 2.0}})


def test_what_a_campaign_cost_as_a_whole_is_shared_out_by_contacts(tmp_path: Path) -> None:
    made = tables()
    made["campaigns"] = {
        "campaign_id": ["k1", "k2"],
        "name": ["Spring", "Summer"],
        "channel": ["mail", "mail"],
        "total_cost": [500.0, 30.0],
    }
    found = told(made, tmp_path)
    assert [line.earned.spend for line in found.campaigns] == [500.0, 30.0]
    assert found.channels[0].earned.spend == 530.0


def test_without_costs_and_margin_no_profit_is_invented_and_it_is_said_how_to_give_them(tmp_path: Path) -> None:
    made = tables()
    del made["campaigns"]
    found = told(made, tmp_path)
    assert found.total is not None
    assert (found.total.spend, found.total.gross_profit, found.total.gross_roi) == (None, None, None)
    assert all(line.earned.gross_profit is None and line.earned.spend is None for line in found.campaigns)
    said = " ".join(found.missing)
    assert "cost = { k1 = 0.8 } under [returns]" in said
    assert "--margin" in said


def test_the_margin_of_value_serves_where_returns_has_none(tmp_path: Path) -> None:
    assert told(tables(), tmp_path, value={"margin": 0.25}).margin == 0.25


def test_a_channel_is_answered_by_its_contacts(tmp_path: Path) -> None:
    channels = {part.channel: part for part in told(tables(), tmp_path).channels}
    assert (channels["mail"].earned.contacts, channels["mail"].earned.answered) == (200, 40)
    assert channels["mail"].earned.rate is not None
    assert channels["mail"].earned.rate.value == 0.2
    assert "was not decided by lot" in channels["mail"].words


def with_trial(lift: float) -> Tables:
    """Return the tables with a trial whose offer makes some buy."""
    rng = np.random.default_rng(4)
    drawn = assignment(2000, back=40)
    bought = rng.random(2000) < 0.1 + lift * (np.arange(2000) % 2)
    drawn |= {"bought": bought.astype(int), "spent": np.where(bought, np.round(rng.lognormal(3, 0.5, 2000), 2), 0.0)}
    return tables() | {"assignment": drawn}


OFFER = {"name": "offer", "channel": "mail", "cost": 0.2, "conversion_cost": 1.0, "margin": 0.5}


def test_an_arm_of_a_trial_stands_beside_the_campaigns_with_what_it_added(tmp_path: Path) -> None:
    made = with_trial(0.15)
    found = told(made, tmp_path, offers=[OFFER], trial={"days": 30})
    (line,) = [line for line in found.campaigns if line.incremental]
    added = line.incremental
    assert added is not None
    assert (line.name, line.channel, line.grade, added.believed) == ("offer", "mail", "randomised", True)
    buyers = int(np.sum(made["assignment"]["bought"][1::2]))
    assert line.earned.spend == pytest.approx(0.2 * 1000 + 1.0 * buyers)
    assert added.buyers is not None
    assert added.buyers.low < 150 < added.buyers.high
    assert added.revenue is not None
    assert added.profit is not None
    assert added.profit.value == pytest.approx(0.5 * added.revenue.value - line.earned.spend)
    assert line.words.startswith("Randomised: 1,000 customers beside 1,000 in 'control'")
    assert [gain.arm for part in found.channels if part.channel == "mail" for gain in part.tried] == ["offer"]
    # Gross figures of campaigns stay gross beside it.
    assert [line.grade for line in found.campaigns] == ["observational", "observational", "randomised"]
    assert found.grade == "observational"


def test_an_offer_without_effect_and_without_price_has_neither_profit_nor_a_claim(tmp_path: Path) -> None:
    found = told(with_trial(0.0), tmp_path, trial={"days": 30})
    (line,) = [line for line in found.campaigns if line.incremental]
    assert line.incremental is not None
    assert (line.incremental.believed, line.incremental.profit) == (False, None)
    assert "Nothing says what offer costs" in " ".join(found.missing)


def test_a_trial_nobody_vouches_for_adds_nothing(tmp_path: Path) -> None:
    made = with_trial(0.15)
    del made["assignment"]["stratum"]
    found = told(made, tmp_path, trial={"days": 30})
    (line,) = [line for line in found.campaigns if line.name == "offer"]
    assert (line.incremental, line.grade) == (None, "observational")
    assert "lot" in line.words


def test_a_trial_that_is_not_over_holds_nothing_up(tmp_path: Path) -> None:
    made = tables() | {"assignment": assignment(SIZE, back=5)}
    found = told(made, tmp_path, trial={"days": 30})
    assert len(found.campaigns) == 2
    assert any("The trial in the data is not told" in words and "NOT_OVER_YET" in words for words in found.missing)


def test_data_without_contacts_and_trial_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="add a table with one row per contact"):
        told({"orders": tables()["orders"]}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_trial_alone_is_told_without_contacts(tmp_path: Path) -> None:
    made = with_trial(0.15)
    found = told({name: made[name] for name in ("orders", "assignment")}, tmp_path, offers=[OFFER])
    assert [line.grade for line in found.campaigns] == ["randomised"]
    assert found.grade == "randomised"


@pytest.fixture(scope="module")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "segmentry.toml").write_text(f"{offers_toml()}\n[returns]\nmargin = 0.4\n\n[experiment]\nresamples = 199\n", encoding="utf-8")
    return [str(path) for path in write_shop(make_shop(customers=600), folder)]


def test_the_command_prints_gross_apart_from_incremental_and_ends_with_its_page(shop_files: list[str], tmp_path: Path) -> None:
    config = str(Path(shop_files[0]).with_name("segmentry.toml"))
    said = CliRunner().invoke(app, ["roi", *shop_files, "--config", config, "--out", str(tmp_path)], env={"COLUMNS": "160"})
    assert said.exit_code == 0, said.stderr
    page = Path(said.stdout.strip().splitlines()[-1])
    assert page.name == "impact.html"
    assert "not attributable" in page.read_text(encoding="utf-8")
    path = page.with_name("returns.csv")
    table = polars.read_csv(path)
    by_lot = table.filter(polars.col("evidence") == "randomised").filter(polars.col("kind") == "campaign")
    assert sorted(by_lot["name"].to_list()) == ["Early access", "Free delivery", "Voucher 10"]
    gross = table.filter((polars.col("kind") == "campaign") & (polars.col("evidence") == "observational"))
    assert len(gross) == 8
    assert gross["incremental_profit"].null_count() == 8
    assert all("not attributable" in words.casefold() for words in gross["words"].to_list())
    record = json.loads(path.with_name("returns.json").read_text(encoding="utf-8"))
    assert record["returns"]["grade"] == "observational"
    assert "tried by lot" in said.stdout
    assert "campaign, gross" in said.stdout
    assert "nobody was left alone by lot" in said.stdout


@pytest.mark.realdata
def test_the_grocers_campaigns_have_gross_revenue_and_no_profit(realdata: Any, tmp_path: Path) -> None:
    names = ("campaign_descriptions", "campaigns", "coupon_redemptions", "transactions_sample", "demographics")
    found = roi(*(realdata(f"complete-journey/{name}.csv.gz") for name in names), out=tmp_path, settings=parse({})).returns
    assert len(found.campaigns) == 27
    assert {line.grade for line in found.campaigns} == {"observational"}
    assert all(line.incremental is None and line.earned.spend is None and line.earned.gross_profit is None for line in found.campaigns)
    assert found.credits is not None
    assert found.credits.credited + found.credits.uncredited == found.credits.orders
    assert any("No campaign says what a contact costs" in words for words in found.missing)
    assert any("nobody was left alone by lot" in words for words in found.words)
    rates = {part.channel: part.earned.rate for part in found.channels}
    assert rates["Type A"] is not None
    assert rates["Type B"] is not None
    assert rates["Type A"].low > rates["Type B"].high
