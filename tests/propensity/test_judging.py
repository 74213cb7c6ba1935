"""Designs: who learns from whom."""

from __future__ import annotations

import numpy as np
import pytest
from tests.propensity.making import planted

from segmentry.propensity.candidates import candidates
from segmentry.propensity.judging import divide, forward, judge, settle


def test_groups_never_stand_on_both_sides():
    _, outcome = planted(200)
    groups = np.arange(200) // 4
    design = divide(outcome, groups, count=4, repeats=2, seed=0)
    for splits in design.rounds:
        assert np.sum([split.test for split in splits], axis=0).tolist() == [1] * 200
        assert all(not set(groups[split.train]) & set(groups[split.test]) for split in splits)


def test_in_time_nobody_learns_from_the_future():
    days = np.repeat(np.arange(12), 20)
    design = forward(days, np.arange(240), parts=3)
    judged = [split for split in design.rounds[0] if split.judged]
    assert all(days[split.train].max() < days[split.test].min() for split in judged)
    assert design.judged.sum() == 180
    assert np.sum([split.test for split in design.rounds[0]], axis=0).tolist() == [1] * 240


@pytest.mark.parametrize("model", ["logistic", "boosting"])
def test_a_single_candidate_is_settled_on_and_its_scores_are_its_own(model):
    data, outcome = planted(200)
    design = divide(outcome, np.arange(200), count=3, repeats=1, seed=0)
    rivals = candidates(model)
    judged = judge(data, outcome, np.arange(200), design=design, candidates=rivals, seed=0)
    name, scores = settle(judged, outcome, design=design, candidates=rivals)
    assert name == model
    assert np.array_equal(scores, judged.scores[model])


def test_other_seeds_divide_otherwise():
    _, outcome = planted(100)
    first, second = (divide(outcome, np.arange(100), count=5, repeats=1, seed=seed).fold for seed in (0, 1))
    assert (first != second).any()
