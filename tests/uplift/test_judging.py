from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression

from segmentry.uplift.judging import cross, score_learner, settle, statistics
from segmentry.uplift.learners import EffectModel, Learner, Makers, chosen_learners
from segmentry.uplift.models import effect_maker
from segmentry.uplift.nuisance import fit_nuisance


def crossed(world, learners, seed=0):
    rows = len(world.values)
    nuisance = fit_nuisance(
        world.values, world.trial.arm, world.outcome, probability=np.full((rows, 2), 0.5), fold=np.arange(rows) % 5, make=LinearRegression
    )
    return cross(nuisance, learners, Makers(LinearRegression, effect_maker(rows, seed=seed)), np.arange(rows))


@pytest.fixture(scope="module")
def planted(world):
    return world(3, count=6000, effect=lambda values: np.where(values[:, 1] > 0, 0.2, 0.0))


@pytest.fixture(scope="module")
def found(planted):
    return crossed(planted, chosen_learners(["linear", "t", "x", "r", "dr"]))


def test_planted_differences_are_ranked_by_every_learner(found, planted):
    for name, effect in found.effects.items():
        assert spearmanr(effect[:, 0], planted.truth[:, 0]).statistic > 0.5, name


def test_every_learner_is_significant_and_its_score_says_so(found, planted):
    for name in found.effects:
        (score,) = score_learner(found, name, name, top=0.2, chosen="linear")
        assert score.p_test < 0.01
        assert score.p < 0.05
        assert score.qini > 0
        assert score.auuc > 0
        assert score.at_top.low < 0.2 < score.at_top.high
        assert score.chosen == (name == "linear")


def test_whoever_speaks_for_a_fold_was_chosen_on_the_others(found):
    settled = settle(found)
    told = {name: statistics(found, name)[:, 0] for name in found.effects}
    for fold, pick in enumerate(settled.picks):
        others = {name: each.sum() - each[fold] for name, each in told.items()}
        assert others[pick] == max(others.values())
    assert told[settled.name].sum() == max(each.sum() for each in told.values())


class Loud:
    """Says ten times the truth."""

    def __init__(self, times: float) -> None:
        self.times = times

    def effect(self, values):
        return self.times * np.where(values[:, 1] > 0, 0.2, 0.0)[:, None]


def learner(model: EffectModel) -> Learner:
    return Learner("loud", "loud", lambda lesson, makers: model)


@pytest.mark.parametrize("times", [10.0, -10.0, 0.0])
def test_exaggeration_is_taken_back_and_a_reversed_order_becomes_the_average(planted, times):
    told = crossed(planted, (learner(Loud(times)),))
    settled = settle(told)
    assert settled.effect[:, 0].mean() == pytest.approx(0.1, abs=0.02)
    if times > 0:
        assert settled.effect[planted.truth[:, 0] > 0, 0].mean() == pytest.approx(0.2, abs=0.03)
    else:
        assert settled.effect.std() < 0.01


def test_customers_outside_get_the_mean_of_the_folds(found):
    settled = settle(found)
    values = np.random.default_rng(5).normal(size=(50, 4))
    by_hand = np.mean(
        [
            settled.average[fold] + settled.slope[fold] * (found.models[pick][fold].effect(values) - settled.centre[fold])
            for fold, pick in enumerate(settled.picks)
        ],
        axis=0,
    )
    np.testing.assert_allclose(settled.speak(found.models, values), by_hand)


def test_effects_of_a_fold_do_not_change_with_its_outcomes(planted):
    rows = 2000
    values, arm, told = planted.values[:rows], planted.trial.arm[:rows], planted.outcome[:rows]
    fold = np.arange(rows) % 5
    changed = told.copy()
    changed[fold == 2] = 1 - changed[fold == 2]
    effects = []
    for outcome in (told, changed):
        nuisance = fit_nuisance(values, arm, outcome, probability=np.full((rows, 2), 0.5), fold=fold, make=LinearRegression)
        learners = chosen_learners(["linear", "s", "t", "x", "r", "dr"])
        effects.append(cross(nuisance, learners, Makers(LinearRegression, effect_maker(rows)), np.arange(rows)).effects)
    for name in effects[0]:
        assert (effects[0][name][fold == 2] == effects[1][name][fold == 2]).all(), name
        assert (effects[0][name][fold != 2] != effects[1][name][fold != 2]).any(), name


def test_a_learner_without_an_order_is_given_no_evidence(planted):
    told = crossed(planted, (learner(Loud(0.0)),))
    (score,) = score_learner(told, "loud", "loud", top=0.2, chosen="")
    assert (score.p_test, score.p, score.autoc.value, score.qini) == pytest.approx((0.5, 0.5, 0, 0), abs=1e-9)
