"""One question: figures, cautions, and the luck taken out of what is found."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import norm

from segmentry.errors import Problem
from segmentry.experiments.answers import Figures, answered, measured, unanswered, varied
from segmentry.experiments.question import Question
from segmentry.experiments.results import Comparison
from segmentry.experiments.shrinkage import conditional
from segmentry.experiments.trial import Metric, Trial

VISITS = Metric("visits", "Visits", "number")
SPEND = Metric("spend", "Spend", "money")


def _pair(outcome, metric=VISITS, **more):
    customers = len(outcome)
    ids = np.arange(customers).astype(str).astype(object)
    return Trial(
        "Offer", ids, ("control", "offer"), np.arange(customers) % 2, (metric,), np.asarray(outcome)[:, None], "lot", "here", **more
    )


def _said(pair, metric=VISITS, question=None, p=None):
    asked = question or Question(resamples=199)
    found = measured(pair, metric, asked)
    assert isinstance(found, Comparison)
    return answered(Figures(pair, metric, "primary", found), found, found.p if p is None else p, asked)


def _effect(size, customers=1000, seed=1):
    return np.random.default_rng(seed).normal(size=customers) + size * (np.arange(customers) % 2)


def test_a_found_effect_has_its_luck_taken_out():
    effect = _said(_pair(_effect(0.2)))
    z = norm.isf(effect.found.p / 2)
    assert effect.believed
    assert effect.shrunken is not None
    expected = conditional(effect.found.difference.value, effect.found.difference.value / z, norm.isf(0.005))
    assert effect.shrunken.value == pytest.approx(expected.value)
    assert abs(effect.shrunken.value) < abs(effect.found.difference.value)
    assert "with that taken off" in effect.verdict


def test_past_experiments_are_asked_where_there_are_any():
    calm = Question(past=((0.01, 0.02), (0.0, 0.02), (-0.01, 0.02), (0.02, 0.02)))
    plain, drawn = _said(_pair(_effect(0.2))), _said(_pair(_effect(0.2)), question=calm)
    assert plain.shrunken is not None
    assert drawn.shrunken is not None
    assert 0 < drawn.shrunken.value < 0.5 * plain.shrunken.value


def test_what_is_not_believed_is_not_shrunken_and_says_what_it_takes():
    effect = _said(_pair(10 + 20 * _effect(0.0)))
    assert (effect.believed, effect.shrunken) == (False, None)
    assert effect.needed is not None
    assert f"{effect.needed:,} more customers" in effect.verdict


def test_correction_can_take_belief_away():
    assert not _said(_pair(_effect(0.2)), p=0.04).believed


def test_customers_with_different_chances_are_weighted():
    chance = np.where(np.arange(1000) < 500, 0.2, 0.8)
    pair = _pair(_effect(0.0), propensity=np.c_[1 - chance, chance])
    found = measured(pair, VISITS, Question())
    assert isinstance(found, Comparison)
    assert found.method == "weighted"
    assert varied(np.c_[1 - chance, chance])
    assert not varied(np.zeros((0, 2)))


def test_the_time_before_is_used():
    before = _effect(0.0)
    found = measured(_pair(before + 0.1 * _effect(0.0, seed=2), before=before[:, None]), VISITS, Question())
    assert isinstance(found, Comparison)
    assert found.method == "adjusted"


def test_few_customers_who_make_the_figure_are_pointed_out():
    spent = np.zeros(2000)
    spent[:40] = np.random.default_rng(1).lognormal(3, 3, 40)
    effect = _said(_pair(spent, SPEND), SPEND)
    assert [note.code for note in effect.notes] == ["hangs_on_few"]


@pytest.mark.parametrize(("gone", "level"), [(slice(0, 400), "info"), (slice(0, 400, 2), "warning")])
def test_unknown_outcomes_are_counted_and_alarming_when_one_sided(gone, level):
    outcome = _effect(0.0)
    outcome[gone] = np.nan
    effect = _said(_pair(outcome))
    (note,) = effect.notes
    assert (note.code, note.level) == ("outcomes_missing", level)
    assert effect.total == 1000
    assert sum(effect.found.customers) < 1000


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (np.zeros(200), "NO_VARIATION"),
        (np.r_[np.inf, np.ones(199)], "NOT_FINITE"),
        (np.arange(20.0), "TOO_FEW_CUSTOMERS"),
        (np.full(200, np.nan), "TOO_FEW_CUSTOMERS"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_and_no_crash(outcome, code):
    pair = _pair(outcome)
    problem = measured(pair, VISITS, Question())
    assert isinstance(problem, Problem)
    assert problem.code == code
    said = unanswered(Figures(pair, VISITS, "primary", problem), problem, Question())
    assert "no verdict" in said.verdict


def test_impossible_chances_are_a_problem_too():
    pair = _pair(_effect(0.0), propensity=np.tile([[0.0, 1.0], [0.5, 0.5]], (500, 1)))
    problem = measured(pair, VISITS, Question())
    assert isinstance(problem, Problem)
    assert problem.code == "IMPOSSIBLE_CHANCE"


def test_results_are_frozen():
    effect = _said(_pair(_effect(0.2)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        effect.believed = False
