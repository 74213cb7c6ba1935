"""Designs: who learns from whom."""

from __future__ import annotations

import numpy as np
import pytest
from tests.propensity.making import planted

from segmentry.propensity.candidates import candidates
from segmentry.propensity.judging import _chosen_on, divide, forward, judge, settle


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


def recurring_days():
    """Return customers who come on most of twelve days, but some not on the first day of a part."""
    rng = np.random.default_rng(2)
    days, groups = np.repeat(np.arange(12), 60), np.tile(np.arange(60), 12)
    kept = rng.random(720) < 0.4
    return days[kept], groups[kept]


def test_nobody_learns_from_the_future_nor_from_their_own_earlier_answers():
    days, groups = recurring_days()
    design = forward(days, groups, parts=3, seed=5)
    splits = design.rounds[0]
    assert np.sum([split.test for split in splits], axis=0).tolist() == [1] * len(days)
    assert np.array_equal(np.any([split.test for split in splits if split.judged], axis=0), design.judged)
    for split in splits:
        assert not set(groups[split.train]) & set(groups[split.test])
        assert not split.judged or days[split.train].max() < split.part <= days[split.test].min()
    assert design.parts == 3


def test_shares_of_one_part_are_of_one_part():
    """Where a share has nobody on the first day of a part, it must not learn from the other shares of that part which kind is better."""
    days, groups = (
        np.r_[np.zeros(30), np.repeat([5, 6], 15), np.full(30, 9)].astype(int),
        np.r_[np.arange(30), np.arange(30), np.arange(30)],
    )
    design = forward(days, groups, parts=2, seed=0)
    assert {split.part for split in design.rounds[0] if split.judged} == {5, 9}
    assert [design.rounds[0][place].part for place in design.latest] == [9, 9, 9]


def test_in_time_the_choice_of_a_kind_rests_on_earlier_parts_alone():
    days, groups = recurring_days()
    design = forward(days, groups, parts=3, seed=5)
    splits = design.rounds[0]
    for place, split in enumerate(splits):
        if split.judged:
            known = _chosen_on(design, splits, place)
            assert days[known].max(initial=-1) < split.part
