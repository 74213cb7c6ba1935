from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.uplift.ground import gather, prepare
from segmentry.uplift.question import Question


def test_customers_are_those_with_features_and_an_outcome_and_the_others_are_counted(world):
    small = world(count=400)
    outcomes = small.trial.outcomes.copy()
    outcomes[:7] = np.nan
    found = gather(small.matrix.take(np.arange(390)), replace(small.trial, outcomes=outcomes), Question())
    assert found.rows.tolist() == list(range(7, 390))
    assert found.notes == (
        "10 customers of the trial have no features; they were left out.",
        "7 customers of the trial have no known “Bought”; they were left out.",
    )


def test_the_order_of_the_trial_does_not_matter(world):
    small = world(count=300)
    order = np.random.default_rng(0).permutation(300)
    one, other = (gather(small.matrix, trial, Question()) for trial in (small.trial, small.trial.take(order)))
    assert (one.rows == other.rows).all()
    assert (one.outcome == other.outcome).all()
    assert (one.dealt.arm == other.dealt.arm).all()


def test_probabilities_are_planned_observed_or_logged(world):
    small = world(count=400)
    assert gather(small.matrix, small.trial, Question()).dealt.probability[0].tolist() == [0.5, 0.5]
    planned = gather(small.matrix, replace(small.trial, shares=(3.0, 1.0)), Question())
    assert planned.dealt.probability[0].tolist() == [0.75, 0.25]
    propensity = np.tile([0.4, 0.6], (400, 1))
    propensity[:50] = [0.999, 0.001]
    logged = gather(small.matrix, replace(small.trial, assigned="logged", propensity=propensity), Question())
    assert len(logged.rows) == 350
    assert "50 customers had a probability below 1%" in logged.notes[0]


def test_a_log_without_probabilities_is_refused(world):
    small = world(count=400)
    with pytest.raises(UsageError, match="propensity"):
        gather(small.matrix, replace(small.trial, assigned="logged"), Question())


def test_yes_and_no_must_be_0_and_1(world):
    small = world(count=400)
    with pytest.raises(UsageError, match="yes/no"):
        gather(small.matrix, replace(small.trial, outcomes=small.trial.outcomes * 2), Question())


def test_outcomes_lost_in_one_arm_are_said(world):
    small = world(count=2000)
    outcomes = small.trial.outcomes.copy()
    outcomes[np.flatnonzero(small.trial.arm == 1)[:200]] = np.nan
    found = gather(small.matrix, replace(small.trial, outcomes=outcomes), Question())
    assert any("no longer as it was drawn by lot" in note for note in found.notes)
    even = small.trial.outcomes.copy()
    even[:400] = np.nan
    assert not any("no longer" in note for note in gather(small.matrix, replace(small.trial, outcomes=even), Question()).notes)


def test_alike_customers_and_households_stay_on_one_side(world):
    small = world(count=600)
    values = small.values.copy()
    values[300:] = values[:300]
    matrix = replace(small.matrix, values=values)
    households = np.full(600, -1)
    households[[0, 5]] = 9
    question = Question(households=households)
    ground = prepare(matrix, gather(matrix, small.trial, question), question)
    assert (ground.fold[:300] == ground.fold[300:]).all()
    assert ground.fold[0] == ground.fold[5]
    assert ground.units[0] == ground.units[305]
    assert len(np.unique(ground.units)) == 299


def test_coarse_columns_make_no_duplicates(world):
    small = world(count=600)
    matrix = replace(small.matrix, values=np.tile(np.arange(600)[:, None] % 2, (1, 4)).astype(float))
    ground = prepare(matrix, gather(matrix, small.trial, Question()), Question())
    assert len(np.unique(ground.units)) == 600
    assert "so coarse" in ground.notes[-1]


def test_columns_that_are_the_same_for_all_are_dropped(world):
    small = world(count=400)
    values = small.values.copy()
    values[:, 1] = 3.0
    values[:, 2] = np.nan
    matrix = replace(small.matrix, values=values)
    assert prepare(matrix, gather(matrix, small.trial, Question()), Question()).matrix.names == ("x0", "x3")


def test_a_very_large_trial_is_learned_from_a_part(world, monkeypatch):
    monkeypatch.setattr("segmentry.uplift.ground.LARGEST", 500)
    small = world(count=900)
    ground = prepare(small.matrix, gather(small.matrix, small.trial, Question()), Question())
    assert len(ground.matrix) == 500
    assert len(ground.everyone) == 900
    assert "500 of 900" in ground.notes[-1]
