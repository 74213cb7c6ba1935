from __future__ import annotations

import numpy as np
import pytest

from segmentry.uplift.comparing import Contest, Way, everybody

ALL = np.ones(4000, dtype=np.int64)


@pytest.fixture(scope="module")
def contest():
    """A half gains 1 and the other half loses 1: choosing right is worth a half."""
    rng = np.random.default_rng(0)
    half = np.arange(4000) % 2
    scores = np.column_stack([rng.normal(size=4000), rng.normal(size=4000) + np.where(half == 1, 1.0, -1.0)])
    wobbling = np.where(rng.random(4000) < 0.1, 1 - half, half)
    ways = (
        Way("uplift", "by expected effect", half, learned=True, simple=False),
        Way("nobody", "nobody", 0 * ALL, learned=False, simple=True),
        Way("everybody", "everybody", ALL, learned=False, simple=True),
        Way("rule", "by the rule", wobbling, learned=True, simple=True),
    )
    return Contest(scores, ways, np.arange(4000), 5)


def test_values_are_against_treating_nobody(contest):
    table = {row.name: row for row in contest.table()}
    assert table["nobody"].value.value == table["nobody"].value.high == 0
    assert table["everybody"].value.value == pytest.approx(0, abs=0.08)
    assert table["uplift"].value.value == pytest.approx(0.5, abs=0.08)
    assert table["uplift"].treated == 0.5


def test_all_are_compared_with_the_best_simple_one(contest):
    assert contest.best().name == "rule"
    table = {row.name: row for row in contest.table()}
    assert table["rule"].difference is None
    assert table["rule"].against == ""
    assert table["uplift"].against == "rule"
    assert table["uplift"].difference.low > 0
    assert table["everybody"].difference.high < 0


def test_better_beyond_chance_asks_for_the_whole_interval(contest):
    assert contest.beats("uplift", contest.way("everybody"))
    assert not contest.beats("everybody", contest.way("nobody"))
    assert not contest.beats("uplift", contest.way("uplift"))


def test_learned_ways_have_the_wider_interval(contest):
    plain = Way("same", "same", contest.way("uplift").arm, learned=False, simple=True)
    ends = [contest.value(way) for way in (contest.way("uplift"), plain)]
    assert (ends[0].high - ends[0].low) / (ends[1].high - ends[1].low) == pytest.approx(1.5)


def test_everybody_is_named_by_the_arm_when_there_are_several():
    assert everybody("letter", 3) == "everybody: letter"
