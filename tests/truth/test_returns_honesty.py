"""What campaigns brought, on shops where nothing was brought: no lift from the past, from a leak, from late rows or from a season; credits add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from tests.features.making import AS_OF, DAY, shop

from segmentry.engines.duckdb import DuckEngine
from segmentry.experiments.comparing import compare
from segmentry.features.campaigns import MONEY, PARTS, campaigns
from segmentry.features.watermark import incomplete
from segmentry.plans.returns import NOT_ATTRIBUTABLE, Returns
from segmentry.project.leaking import leak_of
from segmentry.project.progress import Journal, Silent
from segmentry.project.reading import Inspection, Reading
from segmentry.project.returning import tell_returns
from segmentry.project.settings import parse

CUSTOMERS, DAYS = 1000, 365


@pytest.fixture(scope="module")
def engine():
    with DuckEngine() as engine:
        yield engine


def sold(rng: np.random.Generator, level: np.ndarray) -> pd.DataFrame:
    """Return a year of purchases: everybody has a taste of their own, and each day its level."""
    taste = rng.gamma(1.5, 1 / 1.5, CUSTOMERS)
    count = rng.poisson(taste[:, None] * level[None, :] * 0.03)
    customer, day = np.nonzero(count)
    return pd.DataFrame(
        {"customer": customer, "day": DAY - DAYS + 1 + day, "amount": np.round(rng.lognormal(3, 0.7, len(day)), 2), "quantity": 1.0}
    )


def told(engine: DuckEngine, lines: pd.DataFrame, contacts: dict[str, tuple[int, np.ndarray]], **settings: object) -> Returns:
    """Return what is told of campaigns that reached some customers on one day each."""
    dataset = shop(engine, lines, customers=CUSTOMERS, as_of=AS_OF)
    parts = [
        (customers, np.full(len(customers), day), np.full(len(customers), name, dtype=object))
        for name, (day, customers) in contacts.items()
    ]
    customer, day, name = (np.concatenate([part[place] for part in parts]) for place in range(3))
    engine.put("touched", {"customer": customer.astype(np.int64), "day": day.astype(np.int64), "campaign": name.astype(object)})
    engine.run(
        "CREATE OR REPLACE TABLE contacts AS SELECT customer::INTEGER AS customer, day::INTEGER AS day, campaign, NULL::BOOLEAN AS responded, "
        "NULL::INTEGER AS answered, 'mail' AS channel FROM touched"
    )
    reading = Reading(Inspection((), ()), (), replace(dataset, has=dataset.has | {"contacts"}), ())
    return tell_returns(engine, reading, parse(settings), Journal(Silent()))


def spent(lines: pd.DataFrame, first: int, last: int) -> np.ndarray:
    inside = lines[(lines["day"] >= first) & (lines["day"] <= last)]
    return np.bincount(inside["customer"], inside["amount"], CUSTOMERS)


def test_customers_chosen_for_their_past_are_never_a_lift(engine) -> None:
    start = DAY - 100
    naive = []
    for seed in range(10):
        lines = sold(np.random.default_rng(seed), np.ones(DAYS))
        order = np.argsort(spent(lines, start - 60, start - 1), kind="stable")
        # Customers with a little spend, so that their change has a base, and the best ones; nothing is done to either.
        some = np.flatnonzero(spent(lines, start - 60, start - 1) > 0)
        low, high = order[np.isin(order, some)][:100], order[-100:]
        found = told(
            engine, lines, {"low": (start, low), "high": (start, high)}, returns={"days": 60, "margin": 0.4, "cost": {"mail": 1.0}}
        )
        for line in found.campaigns:
            assert line.incremental is None
            assert line.grade == "observational"
            assert NOT_ATTRIBUTABLE in line.words
            assert line.change is not None
            assert line.change.words.startswith("Not attributable")
            assert line.change.expected is not None
        one = {line.name: line.change for line in found.campaigns}
        naive.append(one["low"].after / one["low"].before - 1)
        assert one["low"].expected > 0 > one["high"].expected
        assert found.grade == "observational"
        assert any("nobody was left alone by lot" in words for words in found.words)
        assert not any("lift of" in words for words in found.words)
    # Doing nothing "earned" them several times what they spent before.
    assert np.mean(naive) > 0.4


def test_a_leak_of_one_in_twenty_is_reported_and_its_attenuation_is_that_of_the_effect() -> None:
    rng = np.random.default_rng(5)
    shares, kept, measured = [], [], []
    for _ in range(200):
        control = rng.permutation(np.arange(20_000) < 10_000)
        contacted = ~control | (rng.random(20_000) < 0.05)
        found = leak_of(contacted, control, own=True, campaign="Spring")
        shares.append(found.share.value)
        assert found.share.low <= 0.05 <= found.share.high or abs(found.share.value - 0.05) < 0.01
        assert "Leak:" in found.words
        assert "attenuated" in found.words
        kept.append(float(found.words.split("about ")[1].split("%")[0]) / 100)
        spend = rng.normal(10, 5, 20_000) + 3.0 * contacted
        measured.append((spend[~control].mean() - spend[control].mean()) / 3.0)
    assert all(abs(share - 0.05) <= 0.01 for share in shares)
    assert np.mean(measured) == pytest.approx(np.mean(kept), abs=0.01)


def test_a_clean_control_is_called_clean() -> None:
    control = np.arange(1000) < 500
    assert leak_of(~control, control, own=True).words.startswith("The control was left alone")


def test_a_tenth_of_rows_coming_in_late_raises_no_alarm_of_a_drop() -> None:
    rng = np.random.default_rng(6)
    weekdays = np.tile([1.0, 1.0, 1.0, 1.2, 1.5, 1.8, 0.6], 11)
    late = np.ones(77)
    late[-7:] = 1 - 0.1 * np.arange(1, 8) / 7
    runs, before, after = 400, 0, 0
    for _ in range(runs):
        counts = rng.poisson(20_000 * weekdays * late)
        flagged = incomplete(counts[-70:])[0]
        before += flagged > 0
        whole = counts[: len(counts) - flagged][-70:]
        after += incomplete(whole)[0] > 0
    # Looked at as they are, the last days are a drop nearly always; up to the watermark hardly ever.
    assert before >= 0.95 * runs
    assert after <= binom.ppf(0.999, runs, 0.05)


def test_late_rows_of_both_arms_are_no_effect() -> None:
    rng = np.random.default_rng(7)
    believed = 0
    for _ in range(300):
        bought = rng.random(6000) < 0.08
        seen = bought & (rng.random(6000) > 0.1)
        arm = rng.permutation(np.arange(6000) % 2)
        found = compare(seen[arm == 0].astype(float), seen[arm == 1].astype(float), "yes/no")
        believed += found.p <= 0.05
    assert binom.ppf(0.0005, 300, 0.05) <= believed <= binom.ppf(0.9995, 300, 0.05)


def test_rows_that_come_in_late_are_said_at_the_campaigns_whose_windows_reach_them(engine) -> None:
    rng = np.random.default_rng(8)
    lines = sold(rng, np.full(DAYS, 8.0))
    kept = (lines["day"] <= DAY - 3) | (rng.random(len(lines)) < 0.5)
    contacts = {"young": (DAY - 29, np.arange(200)), "old": (DAY - 90, np.arange(200, 400))}
    found = told(engine, lines[kept], contacts, returns={"days": 30})
    assert any("fewer purchases than the week before" in words for words in found.words)
    cautions = {line.name: " ".join(line.cautions) for line in found.campaigns}
    assert "reaches into the last days, which lack rows" in cautions["young"]
    assert "lack rows" not in cautions["old"]


def test_credits_sum_to_the_purchases_exactly(engine) -> None:
    rng = np.random.default_rng(9)
    lines = sold(rng, np.full(DAYS, 2.0))
    contacts = {f"k{number}": (DAY - 60 - 3 * number, np.sort(rng.permutation(CUSTOMERS)[:400])) for number in range(12)}
    found = told(engine, lines, contacts, returns={"days": 45})
    inside = np.zeros(len(lines), dtype=bool)
    for day, customers in contacts.values():
        inside |= lines["customer"].isin(customers) & (lines["day"] >= day) & (lines["day"] < day + 45)
    first = min(day for day, _ in contacts.values())
    bought = lines.groupby(["customer", "day"]).size()
    assert found.credits is not None
    assert found.credits.orders == int((bought.index.get_level_values("day") >= first).sum())
    assert found.credits.credited == len(lines[inside].groupby(["customer", "day"]))
    assert found.credits.credited + found.credits.uncredited == found.credits.orders
    assert found.credits.shared > 100
    # In whole parts nothing is rounded: of purchases, and of money.
    counted = campaigns(
        engine,
        replace(shop(engine, lines, customers=CUSTOMERS), has=frozenset({"lines", "lines.amount", "lines.quantity", "contacts"})),
        days=45,
    )
    assert int(counted.contacted.orders.sum()) == found.credits.credited * PARTS
    assert int(counted.contacted.money.sum()) == round(lines[inside]["amount"].sum() * MONEY)
    assert sum(line.earned.orders for line in found.campaigns) == pytest.approx(found.credits.credited, abs=1e-9)
    assert sum(line.earned.gross or 0.0 for line in found.campaigns) == pytest.approx(lines[inside]["amount"].sum(), abs=1e-6)


def test_a_season_without_any_effect_is_called_a_season_and_no_lift(engine) -> None:
    level = np.ones(DAYS)
    start = DAY - 39
    level[-40:] = 3.0
    said = 0
    for seed in range(12):
        rng = np.random.default_rng(100 + seed)
        lines = sold(rng, level)
        found = told(
            engine,
            lines,
            {"xmas": (start, np.sort(rng.permutation(CUSTOMERS)[:300]))},
            returns={"days": 30, "margin": 0.4, "cost": {"mail": 0.5}},
        )
        (line,) = found.campaigns
        said += any(words.startswith("Season:") for words in line.cautions)
        assert line.incremental is None
        assert NOT_ATTRIBUTABLE in line.words
        assert line.change is not None
        assert line.change.after > 1.5 * line.change.before
        # The season lifts everybody, and what was to be expected anyway says so.
        assert line.change.expected is not None
        assert line.change.expected > 0.5 * line.change.change.value
    assert said == 12


def test_a_plain_time_of_the_year_is_no_season(engine) -> None:
    said = 0
    for seed in range(12):
        rng = np.random.default_rng(200 + seed)
        found = told(engine, sold(rng, np.ones(DAYS)), {"plain": (DAY - 80, np.sort(rng.permutation(CUSTOMERS)[:300]))})
        said += any(words.startswith("Season:") for words in found.campaigns[0].cautions)
    assert said <= 1
