from __future__ import annotations

import dataclasses
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric
from segmentry.matrix import Column
from segmentry.results import plain
from segmentry.uplift.lift import lift
from segmentry.uplift.question import Question

SPEND = Metric("spend", "Spend", "money")


@pytest.fixture(scope="module")
def planted(world):
    """A third gains a lot, the others a little less than it costs."""
    return world(11, count=5000, effect=lambda values: np.where(values[:, 1] > 0.4, 0.3, 0.0))


@pytest.fixture(scope="module")
def found(planted, quick):
    return lift(planted.matrix, planted.trial, question=quick(revenue=10.0, contact=0.5, learners=("linear", "t", "dr"), placebos=1))


def finite(value):
    """Yield every float of a result that people are shown."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from finite(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from finite(each)
    elif isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif isinstance(value, float):
        yield value


def test_planted_differences_are_found_ranked_and_acted_upon(found, planted):
    assert found.verdict == "differences"
    assert found.evidence.p < 1e-4
    assert spearmanr(found.effect[:, 0], planted.truth[:, 0]).statistic > 0.6
    assert found.advice == "some"
    assert 0.25 < found.treat.mean() < 0.5
    # The best that can be done is to treat the third that gains: .345 of them, at 3 less .5 each.
    best = (planted.truth[:, 0] > 0).mean() * 2.5
    uplift = next(policy for policy in found.policies if policy.name == "uplift")
    assert uplift.value.low < best < uplift.value.high + 0.1
    assert found.unit == "money"


def test_the_parts_fit_each_other(found):
    assert found.customers == 5000
    assert found.arms == ("control", "offer")
    assert [score.name for score in found.scores] == ["linear", "t", "dr", "rule"]
    assert [score.name for score in found.scores if score.chosen] == [found.chosen]
    assert [curve.name for curve in found.curves] == ["uplift", "rule", "random"]
    assert [policy.name for policy in found.policies] == ["uplift", "nobody", "everybody", "rule"]
    assert found.policies[0].simple is False
    assert found.drivers[0].column == "x1"
    assert found.effect.shape == found.expected.shape == (5000, 1)
    assert found.placebo.passed
    assert found.balance.alike
    assert found.curves[0].gain[-1] == pytest.approx(found.averages[0].effect.value)
    everybody = next(policy for policy in found.policies if policy.name == "everybody")
    assert everybody.value.value == pytest.approx(10 * found.averages[0].effect.value - 0.5)


def test_every_figure_is_finite_and_becomes_json(found):
    assert np.isfinite(list(finite(found))).all()
    assert plain(found)["verdict"] == "differences"


def test_the_rule_is_said_in_words(found):
    assert any("he rule of" in words and re.search(r": .*X1", words) for words in (*found.notes, found.advice_words))


def test_neither_the_order_of_rows_nor_of_the_trial_changes_a_bit(planted, quick):
    question = quick(households=np.arange(2000) // 3)
    order = np.random.default_rng(0).permutation(2000)
    matrix, trial = planted.matrix.take(np.arange(2000)), planted.trial.take(np.arange(2000))
    one = lift(matrix, trial, question=question)
    other = lift(matrix.take(order), trial.take(order[::-1]), question=replace(question, households=question.households[order]))
    arrays = ("effect", "expected", "treat", "robust", "fold")
    for name in arrays:
        assert (getattr(one, name)[order] == getattr(other, name)).all(), name
    assert plain(replace(one, **dict.fromkeys(arrays))) == plain(replace(other, **dict.fromkeys(arrays)))


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(planted, quick):
    small = planted.matrix.take(np.arange(1500))
    one, same, other = (lift(small, planted.trial, question=quick(seed=seed)) for seed in (1, 1, 2))
    assert (one.expected == same.expected).all()
    assert (one.expected != other.expected).any()


@pytest.fixture(scope="module")
def spending(world, quick):
    """A trial of money, and its answer."""
    small = world(5, count=900, metric=SPEND, effect=lambda values: 0.3 * values[:, 1])
    money = replace(small.trial, outcomes=np.exp(small.trial.outcomes) - 0.5)
    return small.matrix, money, lift(small.matrix, money, question=quick(revenue=0.4, contact=0.1))


@settings(max_examples=3)
@given(power=st.integers(-3, 6))
def test_scaling_money_scales_effects(spending, quick, power):
    matrix, money, one = spending
    scale = 10.0**power
    other = lift(matrix, replace(money, outcomes=money.outcomes * scale), question=quick(revenue=0.4, contact=0.1 * scale))
    assert one.verdict == other.verdict == "differences"
    np.testing.assert_allclose(other.effect, one.effect * scale, rtol=1e-6, atol=1e-9 * scale)
    assert (one.treat == other.treat).all()
    for mine, theirs in zip(one.policies, other.policies, strict=True):
        assert theirs.value.value == pytest.approx(mine.value.value * scale, rel=1e-6, abs=1e-9 * scale)


def test_customers_outside_the_trial_get_effects_too(planted, quick):
    part = planted.trial.take(np.arange(4000))
    found = lift(planted.matrix, part, question=quick())
    assert found.customers == 4000
    assert found.effect.shape == (5000, 1)
    assert spearmanr(found.effect[4000:, 0], planted.truth[4000:, 0]).statistic > 0.6


def test_the_effects_of_customers_do_not_come_from_their_own_outcomes(planted, quick):
    """Whoever changes sides in the outcome moves others' effects and not their own."""
    trial = planted.trial.take(np.arange(1500))
    matrix = planted.matrix.take(np.arange(1500))
    flipped = trial.outcomes.copy()
    # Two customers swap outcomes, so that folds stay as they are.
    yes, no = (np.flatnonzero((trial.arm == 1) & (trial.outcomes[:, 0] == answer))[0] for answer in (1, 0))
    flipped[[yes, no]] = flipped[[no, yes]]
    one = lift(matrix, trial, question=quick())
    other = lift(matrix, replace(trial, outcomes=flipped), question=quick())
    assert one.expected.shape == other.expected.shape
    assert (one.expected != other.expected).any()


@pytest.fixture(scope="module")
def several(world, quick):
    """The first treatment works for some, the second for nobody."""
    shop = world(
        2, count=7500, arms=3, effect=lambda values: np.column_stack([np.where(values[:, 0] > 0, 0.3, 0.0), np.zeros(len(values))])
    )
    return shop, lift(shop.matrix, shop.trial, question=quick())


def test_of_several_treatments_only_the_one_that_works_is_used(several):
    shop, found = several
    assert found.verdict == "differences"
    assert len(found.averages) == 2
    assert found.averages[0].p < 0.001 < found.averages[1].p
    assert found.evidence.by_arm[0] < 0.001 < found.evidence.by_arm[1]
    assert not found.effect[:, 1].any()
    assert spearmanr(found.effect[:, 0], shop.truth[:, 0]).statistic > 0.6
    # Nobody is given what is not known to work.
    assert not (found.treat == 2).any()
    assert {policy.name for policy in found.policies} == {"uplift", "nobody", "everybody: offer", "everybody: letter", "rule"}
    assert {curve.arm for curve in found.curves} == {1, 2}
    assert {driver.arm for driver in found.drivers} == {1}


def test_every_learner_runs_with_its_default_trees(world):
    shop = world(8, count=1200, effect=lambda values: np.where(values[:, 1] > 0, 0.5, 0.0))
    found = lift(shop.matrix, shop.trial, question=Question(placebos=0, resamples=20))
    assert [score.name for score in found.scores] == ["linear", "s", "t", "x", "r", "dr", "rule"]
    assert found.verdict == "differences"
    assert np.isfinite(list(finite(found))).all()
    for score in found.scores:
        assert score.p_test < 0.01, score.name


def test_logged_choices_are_answered_and_unknown_ones_are_not(world, quick):
    shop = world(4, count=6000, base=0.2)
    rng = np.random.default_rng(0)
    chance = np.clip(0.5 - 0.3 * np.tanh(shop.values[:, 0]), 0.1, 0.9)
    arm = (rng.random(6000) < chance).astype(np.int64)
    outcome = (rng.random(6000) < 0.4 / (1 + np.exp(-2 * shop.values[:, 0])) + 0.05 * arm).astype(float)
    logged = replace(shop.trial, arm=arm, outcomes=outcome[:, None], assigned="logged", propensity=np.column_stack([1 - chance, chance]))
    found = lift(shop.matrix, logged, question=quick())
    assert found.verdict in ("no evidence of differences", "no evidence of an effect")
    effect = found.averages[0].effect
    assert abs(effect.value - 0.05) < 3.29 * (effect.high - effect.value) / 1.96
    assert found.averages[0].counted.value < 0
    unknown = lift(shop.matrix, replace(logged, assigned="unknown", propensity=None), question=quick())
    assert unknown.verdict == "propensity, not uplift"
    assert unknown.effect is None
    assert unknown.advice == "undecided"
    assert "log the probability" in unknown.refusal
    assert "not who is changed" in unknown.words
    assert spearmanr(unknown.propensity, shop.values[:, 0]).statistic > 0.8
    assert not unknown.averages
    assert not unknown.scores
    assert not unknown.balance.alike


def test_a_lot_that_was_none_is_refused(world, quick):
    shop = world(6, count=3000)
    arm = (np.random.default_rng(1).random(3000) < 1 / (1 + np.exp(-shop.values[:, 1]))).astype(np.int64)
    found = lift(shop.matrix, replace(shop.trial, arm=arm), question=quick())
    assert found.verdict == "refused"
    assert "not alike" in found.refusal
    assert found.effect is None
    assert found.balance.columns[0].column == "x1"


def test_a_split_that_is_not_as_planned_is_refused(world, quick):
    shop = world(6, count=3000)
    kept = np.flatnonzero((shop.trial.arm == 0) | (np.arange(3000) % 5 > 0))
    found = lift(shop.matrix, replace(shop.trial, shares=(0.5, 0.5)).take(kept), question=quick())
    assert found.verdict == "refused"
    assert found.words


def degenerate(name, shop):
    values, trial = shop.values.copy(), shop.trial
    if name == "all treated":
        trial = replace(trial, arm=np.ones_like(trial.arm))
    elif name == "no conversions":
        trial = replace(trial, outcomes=np.zeros_like(trial.outcomes))
    elif name == "all converted":
        trial = replace(trial, outcomes=np.ones_like(trial.outcomes))
    elif name == "outcome unknown":
        trial = replace(trial, outcomes=np.full_like(trial.outcomes, np.nan))
    elif name == "10 customers":
        trial = trial.take(np.arange(10))
    elif name == "nothing varies":
        values[:] = 1.0
    elif name == "all missing":
        values[:] = np.nan
    elif name == "nobody in the matrix":
        trial = replace(trial, ids=np.array([f"z{place}" for place in range(len(trial))], dtype=object))
    elif name == "one household":
        return values, trial, {"households": np.zeros(len(values), dtype=int)}
    return values, trial, {}


@pytest.mark.parametrize(
    "name",
    [
        "all treated",
        "no conversions",
        "all converted",
        "outcome unknown",
        "10 customers",
        "nothing varies",
        "all missing",
        "nobody in the matrix",
        "one household",
    ],
)
def test_degenerate_data_are_refused_in_words(name, world, quick):
    shop = world(7, count=600, base=0.2)
    values, trial, more = degenerate(name, shop)
    found = lift(replace(shop.matrix, values=values), trial, question=quick(**more))
    assert found.verdict == "refused"
    assert found.refusal.endswith(".")
    assert found.effect is None
    assert found.advice == "undecided"
    assert np.isfinite(list(finite(found))).all()


@pytest.mark.parametrize("name", ["constant column", "missing values", "infinite", "wide", "coarse", "category", "duplicates"])
def test_awkward_data_get_a_finite_answer(name, world, quick):
    shop = world(9, count=600, base=0.2)
    values, columns = shop.values.copy(), shop.matrix.columns
    if name == "constant column":
        values[:, 2] = 5.0
    elif name == "missing values":
        values[np.random.default_rng(0).random(values.shape) < 0.4] = np.nan
    elif name == "infinite":
        values[0, 1], values[1, 1] = np.inf, -np.inf
    elif name == "wide":
        values = np.random.default_rng(1).normal(size=(600, 610))
        columns = tuple(Column(f"w{place}", f"W{place}") for place in range(610))
    elif name == "coarse":
        values = (values > 0).astype(float)
    elif name == "category":
        values[:, 3] = np.arange(600) % 30
        columns = (*columns[:3], Column("place", "Place", "category", levels=tuple(f"town {place}" for place in range(30))))
    else:
        values[300:] = values[:300]
    # A straight line cannot take missing values, the default trees can.
    more = {"outcome": None} if name == "missing values" else {}
    found = lift(replace(shop.matrix, values=values, columns=columns), shop.trial, question=quick(learners=("linear", "t"), **more))
    assert found.verdict == "no evidence of an effect"
    assert found.advice == "none"
    assert np.isfinite(list(finite(found))).all()
    assert not found.effect.any()
    assert not found.treat.any()


def test_the_metric_that_is_asked_about_is_taken(world, quick):
    shop = world(10, count=1000, base=0.2)
    both = replace(shop.trial, metrics=(*shop.trial.metrics, SPEND), outcomes=np.column_stack([shop.outcome, shop.outcome * 12.5]))
    found = lift(shop.matrix, both, question=quick(metric="spend"))
    assert found.metric == SPEND
    assert found.averages[0].treated_mean > 1
    with pytest.raises(UsageError, match="bought"):
        lift(shop.matrix, both, question=quick(metric="boght"))


def test_named_columns_make_the_rule(planted, quick):
    found = lift(planted.matrix, planted.trial, question=quick(rule=("x1",)))
    assert [score.words for score in found.scores][-1] == "rule of X1"


def test_recency_and_the_like_make_the_rule_when_they_are_there(planted, quick):
    names = ("recency", "other", "frequency", "more")
    columns = tuple(Column(name, name.title()) for name in names)
    found = lift(replace(planted.matrix, columns=columns), planted.trial, question=quick())
    assert found.scores[-1].words == "rule of Recency and Frequency"
