"""The public data sets through the predictions, held against published and reproduced figures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segmentry.project.predicting import Prediction, predict
from segmentry.project.settings import Settings, parse

pytestmark = pytest.mark.realdata
Find = Callable[[str], Path]

COLUMNS = ["master", "customer_id", "date", "cds", "dollars"]
CDNOW = {"header": False, "delimiter": "whitespace", "columns": COLUMNS, "roles": {"master": "ignore"}}
# Fader and Hardie (2005), CLVTools: calibration to 1997-09-30 in weeks, every purchase day kept, zero dollars and duplicates included.
PUBLISHED = {
    "bgnbd": ({"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, -9582.43),
    "mbgnbd": ({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, None),
    "paretonbd": ({"r": 0.5532, "alpha": 10.576, "s": 0.6063, "beta": 11.672}, -9594.98),
}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}


def as_published(model: str) -> Settings:
    """Return the settings of the literature's convention."""
    return parse(
        {
            "tables": {"CDNOW_sample": CDNOW},
            "cleaning": {"exact_duplicates": "keep"},
            "value": {"occasions": "all", "model": model},
            "run": {"as_of": "1997-09-30"},
        }
    )


@pytest.mark.parametrize("model", PUBLISHED)
def test_cdnow_gives_the_published_parameters(realdata: Find, tmp_path: Path, model: str) -> None:
    found = predict(realdata("cdnow/CDNOW_sample.txt"), out=tmp_path, settings=as_published(model)).record["value"]
    params, likelihood = PUBLISHED[model]
    assert found["purchases"]["customers"] == 2357
    assert found["purchases"]["params"] == pytest.approx(params, rel=0.005)
    assert found["spend"]["params"] == pytest.approx(SPEND, rel=0.005)
    if likelihood is not None:
        assert found["purchases"]["log_likelihood"] == pytest.approx(likelihood, abs=0.01)


def test_cdnow_under_our_defaults_leaves_out_days_without_spend(realdata: Find, tmp_path: Path) -> None:
    settings = parse({"tables": {"CDNOW_sample": CDNOW}, "value": {"model": "bgnbd"}, "run": {"as_of": "1997-09-30"}})
    found = predict(realdata("cdnow/CDNOW_sample.txt"), out=tmp_path, settings=settings).record["value"]
    # Eight customers came on a day of zero dollars alone; the figures stay within two percent of the published ones.
    assert found["purchases"]["customers"] == 2357 - 8
    assert found["purchases"]["params"] == pytest.approx(PUBLISHED["bgnbd"][0], rel=0.02)
    assert found["purchases"]["params"] != pytest.approx(PUBLISHED["bgnbd"][0], rel=0.001)


@pytest.fixture(scope="module")
def personality(realdata: Find, tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    return predict(realdata("customer-personality/marketing_campaign.csv"), out=tmp_path_factory.mktemp("personality"), settings=Settings())


def test_answers_of_customer_personality_are_foretold_as_well_as_is_known(personality: Prediction) -> None:
    found = personality.record["response"]
    used = next(each for each in found["scores"] if each["chosen"])
    assert found["duplicates"] > 0
    assert "5 times" in found["design"]
    assert found["better"]
    assert used["auc"]["value"] >= 0.895
    assert used["average_precision"]["value"] >= 0.62
    assert used["auc"]["low"] < used["auc"]["value"] < used["auc"]["high"] < 0.95
    assert found["leaks"] == []


def test_contacting_everyone_in_customer_personality_loses_3046(personality: Prediction) -> None:
    curve = personality.record["response"]["profit"]
    assert (curve["cost"], curve["revenue"]) == (3.0, 11.0)
    assert curve["everyone"] == pytest.approx(-3046)
    assert 0 < curve["best"]["low"] < curve["best"]["value"] < curve["best"]["high"]
    assert curve["best"]["value"] <= curve["naive"]
    assert 0 < curve["best_share"]["low"] <= curve["best_share"]["value"] <= curve["best_share"]["high"] < 0.5


def test_worth_is_refused_where_recency_and_purchases_are_of_different_processes(personality: Prediction) -> None:
    found = personality.record["value"]
    assert "147 of 2,240" in found["refusal"]
    assert "uniform" in found["refusal"]
    assert "99 days" in found["refusal"]
    assert found["purchases"] is None
    with (personality.folder / "predictions.csv").open(encoding="utf-8") as file:
        assert "expected_value" not in next(csv.reader(file))


@pytest.fixture(scope="module")
def retail(realdata: Find, tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    return predict(realdata("online-retail/online_retail.csv.gz"), out=tmp_path_factory.mktemp("retail"), settings=Settings())


def scores(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["holdout"]["scores"]}


def test_online_retail_is_judged_on_its_last_ninety_days_and_says_what_it_does_not_beat(retail: Prediction) -> None:
    found = retail.record["value"]
    assert found["holdout"]["length"] * 7 == pytest.approx(90)
    table = scores(found)
    chosen = table[found["holdout"]["chosen"]]
    beaten = all(chosen["rmse"] < table[name]["rmse"] for name in ("past rate", "segment average"))
    assert beaten or not found["holdout"]["beats_baselines"]
    assert found["holdout"]["beats_baselines"] or "as good" in found["holdout"]["reason"]


def test_online_retail_has_a_value_with_an_interval_for_every_buyer(retail: Prediction) -> None:
    with (retail.folder / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = [row for row in rows if row["expected_value"]]
    assert len(rows) == 4372
    assert len(known) == 4324
    low, high = (np.array([float(row[name]) for row in known]) for name in ("expected_value_low", "expected_value_high"))
    assert (low <= high).all()
    assert (low < high).mean() > 0.9
    total = retail.record["value"]["total"]["value"]
    assert total["low"] < total["value"] < total["high"]
