"""The whole analysis: what is asked first, what hides the rest, and that nothing depends on order."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from segmentry.errors import UsageError
from segmentry.experiments.analysis import analyse
from segmentry.experiments.phrases import overstated
from segmentry.experiments.question import Question
from segmentry.experiments.sequential import Schedule
from segmentry.experiments.trial import Metric, Trial
from segmentry.results import plain

BOUGHT = Metric("bought", "Bought", "yes/no")
SPEND = Metric("spend", "Spend", "money")
VISITS = Metric("visits", "Visits", "number")
QUICK = Question(resamples=199, currency="EUR")


def _trial(customers=3000, gain=(0.1,), seed=1, **more):
    rng = np.random.default_rng(seed)
    arm = np.arange(customers) % (len(gain) + 1)
    bought = (rng.random(customers) < 0.2 + np.r_[0.0, gain][arm]).astype(float)
    outcomes = np.c_[bought, bought * rng.lognormal(3, 1, customers), rng.poisson(2.0, customers)]
    named = {
        "name": "Spring",
        "ids": np.arange(customers).astype(str).astype(object),
        "arms": ("control", *(f"offer {place + 1}" for place in range(len(gain)))),
        "arm": arm,
        "metrics": (BOUGHT, SPEND, VISITS),
        "outcomes": outcomes,
        "assigned": "lot",
        "source": "column offer",
        "shares": tuple([1 / (len(gain) + 1)] * (len(gain) + 1)),
    }
    return Trial(**(named | more))


def _whole(trial, order=None):
    """Analyse with everything there is to ask, customers in some order."""
    rng = np.random.default_rng(2)
    customers = len(trial)
    rows = np.arange(customers) if order is None else order
    segments, weeks = rng.integers(0, 3, customers), (rng.random((customers, 4)) < 0.1).astype(float)
    other = dataclasses.replace(trial, name="Banner", arms=("none", "banner"), arm=rng.integers(0, 2, customers), shares=())
    return analyse(
        trial.take(rows), question=QUICK, strata=segments[rows], weeks=weeks[rows], others=(other.take(rng.permutation(customers)),)
    )


def test_the_verdict_comes_first_and_is_that_of_the_primary_metric():
    found = analyse(_trial(), question=QUICK)
    primary = found.primary()
    assert primary is not None
    assert found.verdict == primary.verdict
    assert [effect.role for effect in found.effects] == ["primary", "exploratory", "exploratory"]
    assert primary.believed
    assert not overstated(found.verdict)
    assert found.primary("nobody") is None


def test_all_that_was_asked_is_answered_without_a_number_that_is_none():
    found = _whole(_trial(exposed=np.arange(3000) % 4 == 1))
    assert (len(found.segments), len(found.exposure), len(found.weekly), len(found.overlaps)) == (3, 1, 1, 1)
    json.dumps(plain(found), allow_nan=False)
    text = json.dumps(plain(found))
    assert "null" in text
    for part in (*found.effects, *found.segments, *found.exposure, *found.weekly, *found.overlaps):
        assert not overstated(part.verdict)


def test_the_order_of_customers_changes_no_bit():
    trial = _trial(exposed=np.arange(3000) % 4 == 1, before=np.random.default_rng(5).normal(size=(3000, 3)))
    assert _whole(trial) == _whole(trial, np.random.default_rng(3).permutation(3000))


def test_one_thread_or_two_give_the_same_bits():
    trial = _trial(60_000, before=np.random.default_rng(5).normal(size=(60_000, 3)))
    trial.before[:, 2] = trial.outcomes[:, 2] + trial.before[:, 2]
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(analyse(trial, question=QUICK))
    assert found[0].effects[2].found.method == "adjusted"
    assert found[0] == found[1]


def test_several_treatments_share_the_level_of_the_primary_metric():
    found = analyse(_trial(gain=(0.0, 0.06)), question=QUICK)
    raw = np.array([effect.found.p for effect in found.effects if effect.role == "primary"])
    held = [effect.adjusted for effect in found.effects if effect.role == "primary"]
    assert held == pytest.approx([max(raw[0], 2 * raw[1]), 2 * raw[1]])
    assert "offer 1" in found.verdict
    assert "offer 2" in found.verdict


def test_everything_that_was_not_declared_is_corrected_together():
    found = _whole(_trial())
    p = [effect.found.p for effect in found.effects if effect.role == "exploratory"]
    p += [row.p for segment in found.segments for row in segment.rows]
    adjusted = [effect.adjusted for effect in found.effects if effect.role == "exploratory"]
    adjusted += [row.adjusted for segment in found.segments for row in segment.rows]
    smallest = int(np.argmin(p))
    assert adjusted[smallest] == pytest.approx(min(value * len(p) / (np.array(p) <= value).sum() for value in p))
    assert found.effects[0].adjusted == found.effects[0].found.p


def test_without_a_lot_nothing_is_an_effect():
    found = analyse(_trial(assigned="unknown"), question=QUICK)
    assert found.hidden
    assert found.refusal is not None
    assert found.refusal.code == "NOT_BY_LOT"
    assert (found.effects, found.primary()) == ((), None)
    assert "No effect is shown" in found.verdict


def test_logged_chances_have_to_be_there():
    found = analyse(_trial(assigned="logged", shares=()))
    assert found.refusal is not None
    assert found.refusal.code == "NO_CHANCES"


def test_logged_chances_are_used_for_the_split_and_the_effect():
    rng = np.random.default_rng(4)
    chance = rng.choice([0.2, 0.8], 4000)
    arm = (rng.random(4000) < chance).astype(np.int64)
    base = _trial(4000)
    trial = dataclasses.replace(base, arm=arm, assigned="logged", shares=(), propensity=np.c_[1 - chance, chance])
    found = analyse(trial, question=QUICK, strata=np.zeros(4000, dtype=int))
    assert found.imbalance is not None
    assert not found.imbalance.red
    assert {effect.found.method for effect in found.effects} == {"weighted"}
    assert found.segments == ()


def test_without_planned_shares_the_split_is_not_vouched_for():
    found = analyse(_trial(shares=()), question=QUICK)
    assert found.imbalance is None
    assert [note.code for note in found.notes] == ["shares_not_known"]


def test_while_it_runs_only_what_holds_on_any_day_is_said():
    running = Question(schedule=Schedule(days=28), day=7, resamples=199)
    found = analyse(_trial(), question=running)
    assert found.refusal is not None
    assert (found.refusal.code, found.effects) == ("STILL_RUNNING", ())
    assert len(found.looks) == 1
    assert found.verdict == found.looks[0].words
    assert analyse(_trial(), question=dataclasses.replace(running, day=28)).effects != ()


def test_too_early_a_look_is_answered_in_words():
    found = analyse(_trial(6), question=Question(schedule=Schedule(days=28), day=1))
    assert found.looks == ()
    assert "No verdict" in found.verdict


def test_campaigns_that_always_go_together_are_a_note():
    trial = _trial()
    found = analyse(trial, question=QUICK, others=(dataclasses.replace(trial, name="Banner"),))
    assert found.overlaps == ()
    assert "campaigns_together" in [note.code for note in found.notes]


def test_one_metric_that_cannot_be_answered_does_not_silence_the_others():
    trial = _trial()
    outcomes = trial.outcomes.copy()
    outcomes[:, 1] = 0.0
    outcomes[0, 2] = np.inf
    found = analyse(dataclasses.replace(trial, outcomes=outcomes), question=QUICK)
    assert [effect.metric for effect in found.effects] == ["bought"]
    assert {one.metric: one.problem.code for one in found.unanswered} == {"spend": "TOO_FEW_ANSWERS", "visits": "NOT_FINITE"}


@pytest.mark.parametrize("arm", [np.zeros(60, dtype=int), np.ones(60, dtype=int), np.r_[1, np.zeros(59, dtype=int)]])
def test_an_empty_arm_or_one_customer_is_answered_in_words(arm):
    found = analyse(dataclasses.replace(_trial(60), arm=arm, shares=()), question=QUICK, strata=np.arange(60) % 3)
    assert found.effects == ()
    assert "no verdict" in found.verdict
    json.dumps(plain(found), allow_nan=False)


def test_nobody_at_all_is_answered_in_words():
    found = analyse(_trial(3000).take(np.zeros(0, dtype=np.intp)), question=QUICK)
    assert found.effects == ()
    assert "no verdict" in found.verdict


def test_strata_and_weeks_have_to_fit():
    with pytest.raises(UsageError, match="strata were given for 5"):
        analyse(_trial(), strata=np.zeros(5, dtype=int))
    with pytest.raises(UsageError, match="weeks were given for 2"):
        analyse(_trial(), weeks=np.zeros((2, 3)))


@pytest.mark.parametrize(("field", "value"), [("level", 0.0), ("power", 1.0), ("smallest", 0.0), ("resamples", 10)])
def test_a_question_out_of_range_is_refused(field, value):
    with pytest.raises(UsageError, match=field):
        Question(**{field: value})
