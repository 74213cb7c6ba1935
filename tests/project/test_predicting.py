"""Predictions without segments: what is asked, from which day, and what is written of every customer."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, UsageError
from segmentry.project.asking import Asked, ask
from segmentry.project.measuring import measure
from segmentry.project.predicting import Prediction, predict
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import read_dataset
from segmentry.project.settings import Settings, parse

START = datetime.date(2024, 1, 1)
DAYS = 420
QUICK = {"repeats": 1, "folds": 3}


def lines(folder: Path, *, customers: int = 500, seed: int = 3) -> Path:
    """Write purchases of customers who buy at their own rate and may leave after each."""
    rng = np.random.default_rng(seed)
    rows = ["customer_id,date,amount,product"]
    for customer in range(customers):
        rate, leaves, worth = rng.gamma(1.0, 1 / 30), rng.beta(1.0, 3.0), rng.gamma(6.0, 5.0)
        day = float(rng.integers(0, 200))
        while day < DAYS:
            rows.append(f"C{customer:04d},{START + datetime.timedelta(days=int(day))},{rng.gamma(4.0, worth / 4):.2f},P{rng.integers(5)}")
            if rng.random() < leaves:
                break
            day += 1 + rng.exponential(1 / max(rate, 1e-4))
    path = folder / "orders.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def mailings(folder: Path, *, redemptions: bool = False, seed: int = 5) -> tuple[Path, ...]:
    """Write four campaigns; even customers answer far more often. The answer stands in the contact, or in a table of redemptions."""
    rng = np.random.default_rng(seed)
    sent, redeemed = ["customer_id,campaign,contact_date" + ("" if redemptions else ",responded")], ["customer_id,campaign,redemption_date"]
    for campaign, day in enumerate((150, 230, 310, 360)):
        date = START + datetime.timedelta(days=day)
        for customer in range(500):
            answers = rng.random() < (0.6 if customer % 2 else 0.1)
            sent.append(f"C{customer:04d},M{campaign},{date}" + ("" if redemptions else f",{'yes' if answers else 'no'}"))
            if answers:
                redeemed.append(f"C{customer:04d},M{campaign},{date + datetime.timedelta(days=4)}")
    contacts = folder / "mailings.csv"
    contacts.write_text("\n".join(sent) + "\n", encoding="utf-8")
    if not redemptions:
        return (contacts,)
    answers_file = folder / "coupon_redemptions.csv"
    answers_file.write_text("\n".join(redeemed) + "\n", encoding="utf-8")
    return contacts, answers_file


def people(folder: Path, *, customers: int = 400, seed: int = 1) -> Path:
    """Write a table of customers with an outcome that goes with visits, and what a contact costs and brings."""
    rng = np.random.default_rng(seed)
    rows = ["customer_id,age,visits_per_month,income,home,Z_CostContact,Z_Revenue,Response"]
    for customer in range(customers):
        visits = rng.poisson(4)
        answer = int(rng.random() < 1 / (1 + np.exp(5 - 1.2 * visits)))
        rows.append(f"K{customer:04d},{rng.integers(20, 80)},{visits},{rng.normal(40_000, 9_000):.0f},H{customer // 2},3,11,{answer}")
    path = folder / "people.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def asked(*files: Path, settings: Settings) -> Asked | None:
    with DuckEngine() as engine:
        journal = Journal(Silent())
        reading = read_dataset(engine, [str(file) for file in files], settings, journal)
        return ask(engine, reading, measure(engine, reading.dataset, settings, journal), settings)


def rows_of(found: Prediction) -> list[dict[str, str]]:
    with (found.folder / "predictions.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    folder = tmp_path_factory.mktemp("shop")
    return predict(lines(folder), *mailings(folder), out=folder / "out", settings=parse({"value": {"margin": 0.3}, "response": QUICK}))


def test_every_customer_gets_worth_state_and_answer(shop: Prediction) -> None:
    found = rows_of(shop)
    assert len({row["id"] for row in found}) == len(found) == shop.record["customers"]
    names = "expected_purchases expected_value expected_value_low expected_value_high probability_alive churn_risk lifecycle_state"
    assert set(names.split()) <= set(found[0])
    assert all(0 <= float(row["probability_alive"]) <= 1 and 0 <= float(row["response_probability"]) <= 1 for row in found)
    assert all(float(row["expected_value_low"]) <= float(row["expected_value_high"]) for row in found)
    assert {row["lifecycle_state"] for row in found} <= {"new", "active", "won back", "slipping", "lapsed"}


def test_each_customer_gets_their_own_probability(shop: Prediction) -> None:
    # Odd customers answer six times in ten, even ones once: a row out of place would level the two.
    told = {row["id"]: float(row["response_probability"]) for row in rows_of(shop)}
    odd, even = (np.mean([chance for who, chance in told.items() if int(who[1:]) % 2 == side]) for side in (1, 0))
    assert odd > even + 0.2


def test_the_sum_of_the_customers_is_the_total_of_the_record(shop: Prediction) -> None:
    total = shop.record["value"]["total"]["value"]
    assert sum(float(row["expected_value"]) for row in rows_of(shop)) == pytest.approx(total["value"], abs=0.01 * shop.record["customers"])
    assert total["low"] < total["value"] < total["high"]


def test_no_single_customer_is_in_the_record(shop: Prediction) -> None:
    told = json.dumps(shop.record)
    assert "C0001" not in told
    assert {"forecast", "states", "churn_risk"}.isdisjoint(shop.record["value"])
    assert {"probability", "reasons", "contact"}.isdisjoint(shop.record["response"])


def test_the_page_has_both_chapters_and_no_segments(shop: Prediction) -> None:
    page = shop.report.read_text(encoding="utf-8")
    assert 'id="worth"' in page
    assert 'id="response"' in page
    assert 'id="segments"' not in page
    assert "segmentry predict" in page


def test_the_margin_is_kept_and_told(shop: Prediction) -> None:
    assert shop.record["value"]["margin"] == 0.3
    assert "30%" in shop.report.read_text(encoding="utf-8")


def test_answers_are_learned_from_the_days_before_each_campaign(tmp_path: Path) -> None:
    found = asked(lines(tmp_path), *mailings(tmp_path), settings=Settings())
    assert found is not None
    assert found.days is not None
    known = ~np.isnan(found.outcome)
    campaigns = np.unique(found.days[known])
    # The fourth campaign alone has answers enough; three are needed for 300 answers of 500 customers at one in three.
    assert len(campaigns) == 2
    tenure = found.matrix.column("tenure")
    assert np.nanmax(tenure[found.days == campaigns[0]]) <= 310 - 1
    assert len(found.matrix) == int(known.sum()) + len(np.unique(found.groups))


def test_answers_may_stand_in_a_table_of_redemptions(tmp_path: Path) -> None:
    direct, told = tmp_path / "direct", tmp_path / "told"
    direct.mkdir()
    told.mkdir()
    first = asked(lines(direct), *mailings(direct), settings=Settings())
    second = asked(lines(told), *mailings(told, redemptions=True), settings=Settings())
    assert first is not None
    assert second is not None
    assert np.array_equal(first.outcome, second.outcome, equal_nan=True)


def test_a_campaign_to_which_answers_still_come_in_is_left_out(tmp_path: Path) -> None:
    files = (lines(tmp_path), *mailings(tmp_path, redemptions=True))
    late = asked(*files, settings=parse({"run": {"as_of": str(START + datetime.timedelta(days=362))}}))
    assert late is not None
    assert late.days is not None
    day = (START - datetime.date(1970, 1, 1)).days
    assert sorted(set(late.days[~np.isnan(late.outcome)] - day)) == [230, 310]
    assert any("too recent" in words for words in late.notes)


def test_who_buys_again_is_asked_of_earlier_days(tmp_path: Path) -> None:
    found = asked(lines(tmp_path), settings=parse({"response": {"target": "purchase", "horizon": 60}}))
    assert found is not None
    assert found.days is not None
    learned = ~np.isnan(found.outcome)
    assert len(np.unique(found.days[learned])) == 4
    assert 0 < np.mean(found.outcome[learned]) < 1
    assert (found.days[~learned] > found.days[learned].max()).all()


def test_a_horizon_that_does_not_fit_is_refused_with_the_longest_that_does(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"response\.horizon is 300 days and the data covers"):
        asked(lines(tmp_path), settings=parse({"response": {"target": "purchase", "horizon": 300}}))


def test_the_outcome_is_no_feature_of_itself(tmp_path: Path) -> None:
    found = asked(people(tmp_path), settings=Settings())
    assert found is not None
    assert (found.target, found.words) == ("Response", "Response")
    assert "Response" not in found.matrix.names
    assert found.days is None


def test_households_stay_together(tmp_path: Path) -> None:
    found = asked(
        people(tmp_path), settings=parse({"response": {"household": "home"}, "tables": {"people": {"roles": {"home": "attribute"}}}})
    )
    assert found is not None
    assert len(np.unique(found.groups)) == 200


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"target": "Respons"}, "response.target is 'Respons'.*did you mean 'Response'"),
        ({"target": "age"}, "response.target is 'age', which holds .* different numbers; allowed are 0 and 1"),
        ({"household": "hom"}, "response.household is 'hom', which is no column"),
    ],
)
def test_a_wrong_question_is_refused_with_the_way_out(tmp_path: Path, response: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asked(people(tmp_path), settings=parse({"response": response}))


def test_contacting_pays_where_cost_and_revenue_are_known(tmp_path: Path) -> None:
    found = predict(people(tmp_path), out=tmp_path / "out", settings=parse({"response": QUICK}))
    curve = found.record["response"]["profit"]
    assert (curve["cost"], curve["revenue"]) == (3.0, 11.0)
    answered = found.record["response"]["answered"]
    assert curve["everyone"] == pytest.approx(11 * answered - 3 * 400)
    assert {row["contact"] for row in rows_of(found)} == {"yes", "no"}


def test_declared_money_wins_over_what_the_data_says(tmp_path: Path) -> None:
    found = predict(people(tmp_path), out=tmp_path / "out", settings=parse({"response": {**QUICK, "cost": 1.0}}))
    curve = found.record["response"]["profit"]
    assert (curve["cost"], curve["revenue"]) == (1.0, 11.0)
    assert "response.cost" in curve["source"]


def test_data_that_allows_neither_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text(
        "customer_id,age,income\n" + "\n".join(f"c{row},{20 + row},{1000 + 7 * row}" for row in range(60)) + "\n", encoding="utf-8"
    )
    with pytest.raises(DataRefused, match="NOTHING_TO_PREDICT"):
        predict(path, out=tmp_path / "out", settings=Settings())
    assert not list((tmp_path / "out").glob("*")) or all(not item.is_dir() for item in (tmp_path / "out").iterdir())


def test_chapters_can_be_left_out(tmp_path: Path) -> None:
    found = predict(people(tmp_path), out=tmp_path / "out", settings=parse({"value": {"predict": False}, "response": QUICK}))
    assert found.record["value"] is None
    with pytest.raises(DataRefused):
        predict(people(tmp_path), out=tmp_path / "none", settings=parse({"value": {"predict": False}, "response": {"predict": False}}))


def test_the_same_question_gives_the_same_file(tmp_path: Path) -> None:
    files = people(tmp_path)
    settings = parse({"response": QUICK})
    first, second = (predict(files, out=tmp_path / name, settings=settings) for name in ("a", "b"))
    assert (first.folder / "predictions.csv").read_bytes() == (second.folder / "predictions.csv").read_bytes()
    assert first.report.read_bytes() == second.report.read_bytes()
