"""Who will answer, where the truth is known: leaks are caught, nothing is found where nothing is, a planted signal is, twins do not flatter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom
from tests.propensity.making import as_matrix, planted

from segmentry.evaluation.ranking import auc
from segmentry.matrix import Column, Matrix
from segmentry.propensity.leaks import scan
from segmentry.propensity.question import Question
from segmentry.propensity.response import respond

QUICK = Question("answer", model="logistic", repeats=1)


def churners(seed: int, n: int = 800) -> tuple[Matrix, np.ndarray]:
    """Return customers whose days since the last purchase were counted at the end of the time that was to be foretold.

    The honest recency, as of the start, ranks the answers with a ROC AUC of about .6; the one as of the end knows the answer: those who came back have a young one.
    """
    generator = np.random.default_rng(seed)
    back = (generator.random(n) < 0.35).astype(np.float64)
    honest = generator.gamma(2.0, 20.0, n) * np.exp(-0.27 * back)
    late = np.where(back == 1, generator.uniform(0, 90, n), 90 + honest) + generator.normal(scale=15, size=n)
    columns = (
        Column("recency", "Days since last purchase", "days", "days"),
        Column("late", "Days since last purchase (at the end)", "days"),
    )
    data = as_matrix(
        np.column_stack([honest, late, generator.normal(size=(n, 3))]), *columns, *(Column(f"x{i}", f"X{i}") for i in range(3))
    )
    return data, back


def test_a_leak_through_time_is_caught_every_time_and_honest_recency_never():
    areas, caught, honest = [], 0, 0
    for seed in range(60):
        data, outcome = churners(seed)
        named = {leak.column for leak in scan(data, outcome)}
        areas.append([1 - auc(outcome, data.column(name)).value for name in ("recency", "late")])
        caught += "late" in named
        honest += bool(named - {"late"})
    plain, leaked = np.mean(areas, axis=0)
    assert plain == pytest.approx(0.6, abs=0.02)
    assert leaked == pytest.approx(0.98, abs=0.015)
    assert (caught, honest) == (60, 0)


def rightly_modest(question: Question, seeds: range, n: int) -> int:
    """Return in how many tables without any signal the answer is "no better"."""
    modest = 0
    for seed in seeds:
        data, _ = planted(n, 3, seed=seed)
        outcome = (np.random.default_rng([seed, 1]).random(n) < 0.3).astype(np.float64)
        found = respond(data, outcome, question=replace(question, seed=seed))
        modest += not found.better
        assert found.refusal == ""
        assert found.better or "no better than" in found.verdict
    return modest


def test_where_nothing_is_to_be_found_the_answer_is_no_better(monkeypatch: pytest.MonkeyPatch):
    # As many resamples as each of five repeats gets: half of the time went into them.
    monkeypatch.setattr("segmentry.propensity.verdict.RESAMPLES", 200)
    seeds = range(100)
    modest = rightly_modest(replace(QUICK, folds=3), seeds, 200)
    # Fewer than this would be seen in one of a hundred tries if the rate were 95 %.
    assert modest >= binom.ppf(0.01, len(seeds), 0.95)
    assert modest >= 95


@pytest.mark.slow
def test_where_nothing_is_to_be_found_both_kinds_together_find_nothing():
    seeds = range(100)
    assert rightly_modest(replace(QUICK, model="auto"), seeds, 400) >= 95


def test_everybody_gets_the_base_rate_where_nothing_is_found():
    data, _ = planted(300)
    outcome = (np.random.default_rng(5).random(300) < 0.3).astype(np.float64)
    found = respond(data, outcome, question=QUICK)
    assert not found.better
    assert np.ptp(found.probability) == 0
    assert found.probability[0] == pytest.approx(outcome.mean())


def test_two_columns_are_the_answer_where_they_hold_it_all():
    generator = np.random.default_rng(4)
    values = generator.normal(size=(600, 4))
    outcome = (generator.random(600) < 1 / (1 + np.exp(-values[:, 0] - values[:, 1] + 1))).astype(np.float64)
    found = respond(as_matrix(values), outcome, question=QUICK)
    assert not found.better
    assert "no better than a plain score of two columns" in found.verdict
    assert auc(outcome, found.probability).value > 0.7
    assert [score.name for score in found.scores if score.chosen] == ["two columns"]


def test_a_planted_signal_is_found():
    found = [respond(*planted(800, seed=seed), question=QUICK).better for seed in range(10)]
    assert sum(found) >= 9


def test_twins_on_both_sides_would_flatter_and_are_kept_together():
    """Half of the customers stand twice in the table; answers are chance, but twins say the same."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(300, 3))
    outcome = (generator.random(300) < 0.4).astype(np.float64)
    rows = np.r_[np.arange(300), np.arange(130)]
    found = respond(as_matrix(values[rows]), outcome[rows], question=replace(QUICK, model="boosting"))
    apart = values[rows] + generator.normal(scale=1e-7, size=(430, 3))
    households = respond(as_matrix(apart), outcome[rows], question=replace(QUICK, model="boosting", groups=rows))
    flattered = respond(as_matrix(apart), outcome[rows], question=replace(QUICK, model="boosting"))
    assert found.duplicates == 260
    assert flattered.scores[0].auc.value > found.scores[0].auc.value + 0.03
    assert abs(households.scores[0].auc.value - found.scores[0].auc.value) < 0.1
    assert not found.better
    assert not households.better


def test_probabilities_are_true():
    data, outcome = planted(2000, seed=3)
    found = respond(data, outcome, question=QUICK)
    assert found.calibration.ece.value <= 0.02
    assert found.calibration.ece.low == 0


def drifted(seed: int, customers: int = 400, campaigns: int = 8, fresh: int = 3000) -> tuple[Matrix, np.ndarray, np.ndarray, np.ndarray]:
    """Return contacts of campaigns that go to the same customers, then one that goes to fresh ones.

    Everybody has a liking of their own that no column holds, and taste turns from campaign to campaign: a model that saw other campaigns of a
    customer, or other customers of a campaign, knows what it cannot know of customers and campaigns to come.
    """
    rng = np.random.default_rng(seed)
    traits, liking = rng.normal(size=(customers + fresh, 4)), 2.5 * rng.normal(size=customers + fresh)
    who = np.r_[np.tile(np.arange(customers), campaigns), np.arange(customers, customers + fresh)]
    day = np.r_[np.repeat(np.arange(campaigns), customers), np.full(fresh, campaigns)]
    turn = np.random.default_rng([seed, 1]).permutation(campaigns + 1)[day] * 2 * np.pi / (campaigns + 1)
    logits = -0.5 + 2 * traits[who, 0] + 0.5 * (np.cos(turn) * traits[who, 1] + np.sin(turn) * traits[who, 2]) + liking[who]
    season = Column("season", "Season", "category", levels=tuple(f"S{each}" for each in range(campaigns + 1)))
    columns = (*(Column(f"x{place}", f"X{place}") for place in range(4)), season)
    data = Matrix(np.array([f"c{each:05d}" for each in who], dtype=object), columns, np.column_stack([traits[who], day]))
    return data, (rng.random(len(who)) < 1 / (1 + np.exp(-logits))).astype(np.float64), who, day


@pytest.mark.slow
def test_in_time_and_by_customer_the_claim_holds_for_fresh_later_customers_and_by_lot_it_does_not():
    claims = []
    for seed in range(3):
        data, outcome, who, day = drifted(seed)
        later = day == day.max()
        by_lot = Question("y", model="boosting", repeats=1, folds=3, seed=seed)
        for question in (replace(by_lot, days=day.astype(np.float64), groups=who), by_lot):
            found = respond(data, np.where(later, np.nan, outcome), question=question)
            claimed = next(score.auc.value for score in found.scores if score.chosen)
            claims.append(claimed - auc(outcome[later], found.probability[later]).value)
    honest, flattered = np.reshape(claims, (-1, 2)).T
    assert abs(honest.mean()) <= 0.02
    assert flattered.min() >= 0.05


@pytest.mark.realdata
def test_the_response_of_customer_personality(realdata: Callable[[str], Path]):
    """Measured elsewhere: gradient boosting .90 with duplicates grouped, average precision .63 to .66; contacting everyone loses 3,046."""
    from segmentry.engines.duckdb import DuckEngine
    from segmentry.project.measuring import measure
    from segmentry.project.progress import Journal, Silent
    from segmentry.project.reading import read_dataset
    from segmentry.project.settings import parse

    journal = Journal(Silent())
    with DuckEngine() as engine:
        reading = read_dataset(engine, (realdata("customer-personality/marketing_campaign.csv"),), parse({}), journal)
        data = measure(engine, reading.dataset, parse({}), journal).matrix
        outcome = engine.fetch('SELECT customer, "Response" AS answer FROM customers ORDER BY customer')["answer"].astype(np.float64)
    began = time.process_time()
    found = respond(data, outcome, question=Question("Response", cost=3.0, revenue=11.0, source="Z_CostContact and Z_Revenue"))
    seconds = time.process_time() - began
    chosen = next(score for score in found.scores if score.chosen)
    assert found.better
    assert found.leaks == ()
    assert chosen.auc.value >= 0.895
    assert chosen.average_precision.value >= 0.62
    assert found.profit.everyone == -3046
    assert found.profit.best.low > 0
    assert found.calibration.ece.value <= 0.02
    assert seconds < 60
