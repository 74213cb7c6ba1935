from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from segmentry.uplift.judging import cross
from segmentry.uplift.learners import Learner, Makers, chosen_learners
from segmentry.uplift.models import effect_maker
from segmentry.uplift.nuisance import fit_nuisance
from segmentry.uplift.overlap import Dealt
from segmentry.uplift.placebo import placebo


@pytest.fixture(scope="module")
def told(world):
    planted = world(1, count=3000, effect=lambda values: np.where(values[:, 1] > 0, 0.2, 0.0))
    share = np.full((3000, 2), 0.5)
    nuisance = fit_nuisance(
        planted.values, planted.trial.arm, planted.outcome, probability=share, fold=np.arange(3000) % 5, make=LinearRegression
    )
    makers = Makers(LinearRegression, effect_maker(3000))
    learners = chosen_learners(["linear"])
    return (
        cross(nuisance, learners, makers, np.arange(3000)),
        Dealt(planted.trial.arm, planted.trial.arms, share, "lot"),
        learners[0],
        makers,
    )


def test_where_treatments_are_dealt_anew_there_is_about_nothing(told):
    crossed, dealt, learner, makers = told
    found = placebo(crossed, dealt, learner=learner, makers=makers, rounds=10, level=0.01, seed=0)
    assert found.passed
    assert "nothing" in found.words
    assert found.real > 2 * max(found.autoc)
    assert abs(np.mean(found.autoc)) < 3.29 * np.std(found.autoc) / np.sqrt(10) + 0.005
    # 5 % of 10; 4 or more happen once in 970, and the test is on the careful side.
    assert sum(p < 0.05 for p in found.p) < 4


def test_a_learner_that_cheats_is_caught(told):
    crossed, dealt, _, makers = told
    known = crossed.nuisance
    answers = {row.tobytes(): outcome for row, outcome in zip(known.values, known.outcome, strict=True)}

    class Cheat:
        """Knows the arms that are about to be tried, and every outcome."""

        def __init__(self, arm):
            self.arm = {row.tobytes(): each for row, each in zip(known.values, arm, strict=True)}

        def effect(self, values):
            return np.array([[(2 * self.arm[row.tobytes()] - 1) * answers[row.tobytes()]] for row in values])

    class Leaking(Dealt):
        __slots__ = ()

        def again(self, rng):
            dealt_anew = super().again(rng)
            cheating.append(dealt_anew)
            return dealt_anew

    cheating = [dealt.arm]
    learner = Learner("linear", "cheat", lambda lesson, makers: Cheat(cheating[-1]))
    leaking = Leaking(dealt.arm, dealt.arms, dealt.probability, "lot")
    found = placebo(crossed, leaking, learner=learner, makers=makers, rounds=1, level=0.01, seed=0)
    assert not found.passed
    assert "must not" in found.words


def test_no_rounds_are_no_placebo(told):
    crossed, dealt, learner, makers = told
    assert placebo(crossed, dealt, learner=learner, makers=makers, rounds=0, level=0.01, seed=0) is None
