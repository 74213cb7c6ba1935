"""Offers and limits from settings: what is missing or misspelt is said with what is allowed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentry.errors import SettingsError, UsageError
from segmentry.plans.constraints import Budget, Capacity, Consent, ContactCap, Holdout, MinReach
from segmentry.project.offering import Reachable, constraints_of, objective_of, offers_of, with_offers
from segmentry.project.settings import Settings, parse

OFFER = {"name": "Free delivery", "channel": "e-mail", "cost": 0.05, "conversion_cost": 4.0, "margin": 0.4}
NAMES = {1: "Big spenders", 2: "Bargain hunters"}
NOBODY = Reachable({}, None)


def test_offers_come_from_a_file_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "offers.toml"
    path.write_text('[[offers]]\nname = "Call"\ncost = 4\nvalue = 30\nsegments = ["2"]\n[plan]\nbudget = 100\n', encoding="utf-8")
    found = with_offers(parse({"plan": {"holdout": 0.2}}), path)
    assert [offer.name for offer in offers_of(found, NAMES)] == ["Call"]
    assert offers_of(found, NAMES)[0].segments == ("Bargain hunters",)
    assert (found.plan.budget, found.plan.holdout) == (100, 0.2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[[offers]\n", "is not valid TOML"),
        ("[segments]\nk = 3\n", "segments is not for a file of offers"),
        ('[[offers]]\nname = "A"\nprice = 3\n', "price is unknown"),
        ('[[offers]]\nname = "A"\nmargin = 3\n', "offers.0.margin is 3; allowed is above 0"),
    ],
)
def test_a_wrong_file_of_offers_is_refused_in_words(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "offers.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        with_offers(Settings(), path)


def test_a_missing_file_of_offers_comes_with_an_example(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"(?s)is not there; .*\[\[offers\]\]") as refused:
        with_offers(Settings(), tmp_path / "none.toml")
    # What the message shows is a file that works.
    example = str(refused.value).split("such as\n")[1]
    path = tmp_path / "offers.toml"
    path.write_text(example, encoding="utf-8")
    assert len(offers_of(with_offers(Settings(), path), {})) == 1


def test_without_offers_there_is_nothing_to_plan() -> None:
    with pytest.raises(UsageError, match="no offer is declared"):
        offers_of(Settings(), NAMES)


def test_an_offer_for_an_unknown_segment_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'Big spenders'"):
        offers_of(parse({"offers": [{**OFFER, "segments": ["Big spender"]}]}), NAMES)


def test_limits_of_the_settings_become_values() -> None:
    settings = parse(
        {"plan": {"budget": 50, "capacity": {"mail": 5}, "contacts": 2, "days": 30, "reach": {"1": 0.2}, "holdout": 0.1, "consent": "ask"}}
    )
    can = Reachable({"mail ok": np.array([1.0])}, np.array([0.0]))
    found = constraints_of(settings, NAMES, can)
    assert found == (Budget(50), Capacity("mail", 5), ContactCap(2, per=30), MinReach("Big spenders", 0.2), Holdout(0.1), Consent())


def test_a_cap_or_fatigue_without_earlier_contacts_is_refused() -> None:
    with pytest.raises(UsageError, match=r"plan\.contacts is 2, and the data holds no earlier contacts"):
        constraints_of(parse({"plan": {"contacts": 2}}), NAMES, NOBODY)
    with pytest.raises(UsageError, match=r"plan\.fatigue is 0\.5, and the data holds no earlier contacts"):
        objective_of(parse({"plan": {"fatigue": 0.5}}), NOBODY)


def test_fatigue_is_a_term_of_the_objective() -> None:
    made = objective_of(parse({"plan": {"fatigue": 0.5}}), Reachable({}, np.array([0.0])))
    assert str(made) == "Profit() - ContactCost() - 0.5 * Fatigue()"
