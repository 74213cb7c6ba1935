from __future__ import annotations

import numpy as np
import pytest

from segmentry.uplift.models import Constant
from segmentry.uplift.nuisance import Lesson
from segmentry.uplift.rule import fit_rule, groups_differ, pick_columns, shrunken


@pytest.fixture(scope="module")
def lesson():
    """Gains where the second column is high and the fourth is 1, and nowhere else."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6000, 4))
    values[:, 3] = rng.integers(0, 2, 6000)
    arm = rng.integers(0, 2, 6000)
    outcome = arm * ((values[:, 1] > 0.7) & (values[:, 3] == 1)) + 0.5 * rng.normal(size=6000)
    shape = (6000, 2)
    return Lesson(values, arm, outcome, np.full(shape, 0.5), np.zeros(shape), (Constant(0.0), Constant(0.0)))


def test_the_columns_that_matter_are_picked(lesson):
    assert set(pick_columns(lesson, range(4))) == {1, 3}
    assert pick_columns(lesson, [0, 2], most=1) in ((0,), (2,))


def test_the_rule_knows_the_cells_that_gain(lesson):
    effect = fit_rule(lesson, [1, 3]).effect(np.array([[0, 2.0, 0, 1], [0, 2.0, 0, 0], [0, -2.0, 0, 1]]))[:, 0]
    assert effect == pytest.approx([0.95, 0, 0], abs=0.12)


def test_new_values_and_missing_ones_have_an_effect_too(lesson):
    effect = fit_rule(lesson, [1, 3]).effect(np.array([[0, np.nan, 0, 5.0], [0, 99.0, 0, np.nan]]))
    average = (lesson.scores[:, 1] - lesson.scores[:, 0]).mean()
    assert effect[:, 0] == pytest.approx([average, average])


def test_a_column_that_cuts_nothing_leaves_the_average(lesson):
    values = np.ones((6000, 1))
    alone = Lesson(values, lesson.arm, lesson.outcome, lesson.probability, lesson.mean, lesson.models)
    assert np.ptp(fit_rule(alone, [0]).effect(values)) == 0
    assert pick_columns(alone, [0]) == ()


def test_cells_that_differ_by_chance_are_drawn_to_the_average():
    rng = np.random.default_rng(1)
    cell = np.repeat(np.arange(10), 100)
    noise = rng.normal(size=1000)
    assert np.ptp(shrunken(noise, cell, 10)) < 0.5 * np.ptp([noise[cell == each].mean() for each in range(10)])
    apart = shrunken(noise + 5 * cell, cell, 10)
    assert apart == pytest.approx([(noise + 5 * cell)[cell == each].mean() for each in range(10)], abs=0.05)


def test_groups_with_the_same_mean_differ_by_chance_alone():
    rng = np.random.default_rng(2)
    p = [groups_differ(rng.normal(size=400) * (1 + (codes := rng.integers(0, 4, 400))), codes) for _ in range(400)]
    # 5 % of 400 within 99.9 %.
    assert 7 <= np.sum(np.array(p) < 0.05) <= 37


def test_nothing_to_compare_is_no_difference():
    assert groups_differ(np.ones(50), np.zeros(50, dtype=int)) == 1
    assert groups_differ(np.ones(50), np.arange(50) % 2) == 1
