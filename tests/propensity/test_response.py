"""The whole answer: gates, unknown answers, duplicates, time, order of rows, and one real campaign."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.propensity.making import as_matrix, planted

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.propensity.question import Question, gates
from segmentry.propensity.response import respond

QUICK = Question("answer", "Answered the mailing", model="logistic", repeats=1, folds=3)


@pytest.fixture(scope="module")
def clear():
    """Return a planted signal, its response, with money, segments and some unknown answers."""
    data, outcome = planted(400)
    outcome[::10] = np.nan
    labels = (data.values[:, 0] > 0).astype(np.int64)
    question = replace(QUICK, model="auto", cost=1.0, revenue=4.0, source="as given", labels=labels, names={0: "Cold", 1: "Warm"})
    return data, outcome, respond(data, outcome, question=question)


def test_every_customer_gets_a_probability_reasons_and_a_decision(clear):
    _, outcome, found = clear
    assert found.refusal == ""
    assert found.better
    assert ((found.probability > 0) & (found.probability < 1)).all()
    assert all(found.reasons)
    assert found.contact.shape == outcome.shape
    assert found.customers == 360
    assert found.answered == np.nansum(outcome)


def test_customers_without_an_answer_are_foretold_as_well_as_the_others(clear):
    data, outcome, found = clear
    unknown = np.isnan(outcome)
    truth = data.values[:, 0] - 0.8 * data.values[:, 1] + 0.6 * data.values[:, 2]
    assert np.corrcoef(truth[unknown], found.probability[unknown])[0, 1] > 0.8


def test_what_an_unknown_customer_would_have_said_changes_nothing(clear):
    data, outcome, found = clear
    again = respond(data.take(~np.isnan(outcome)), outcome[~np.isnan(outcome)], question=replace(QUICK, model="auto"))
    assert np.array_equal(again.probability, found.probability[~np.isnan(outcome)])


def test_segments_are_told_beside_scores(clear):
    _, _, found = clear
    cold, warm = found.segments
    assert (cold.name, warm.name) == ("Cold", "Warm")
    assert warm.rate.value > cold.rate.value
    assert any("“Warm” answers most" in sentence for sentence in found.agreement)


def test_the_chosen_model_is_marked_and_stands_before_the_baselines(clear):
    _, _, found = clear
    assert [score.kind for score in found.scores] == ["model", "model", "baseline", "baseline"]
    assert sum(score.chosen for score in found.scores) == 1


def test_the_order_of_the_rows_changes_no_bit(clear):
    data, outcome, found = clear
    mirrored = respond(data.take(np.arange(len(data))[::-1]), outcome[::-1], question=replace(QUICK, model="auto"))
    assert mirrored.probability[::-1].tobytes() == found.probability.tobytes()
    assert mirrored.reasons[::-1].tolist() == found.reasons.tolist()
    assert [score.auc for score in mirrored.scores] == [score.auc for score in found.scores]


def test_one_thread_and_two_give_the_same_bits():
    from threadpoolctl import threadpool_limits

    data, outcome = planted(300)
    answers = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            answers.append(respond(data, outcome, question=replace(QUICK, model="auto")).probability.tobytes())
    assert answers[0] == answers[1]


def test_a_refusal_says_how_many_more_are_needed():
    data, _ = planted(300)
    few = np.r_[np.ones(12), np.zeros(288)]
    assert respond(data, few, question=QUICK).refusal == (
        "A model needs at least 30 customers who answered and 30 who did not; found 12 who answered, so 18 more are needed."
    )
    assert gates(np.r_[np.ones(3), np.zeros(200)]) == (
        "A model needs at least 30 customers who answered and 30 who did not; found fewer than 5 who answered."
    )
    assert "All 300 customers with a known answer said yes" in gates(np.ones(300))
    assert "found 60, so 40 more" in gates(np.tile([0.0, 1.0], 30))


def test_constant_columns_are_refused_in_words():
    found = respond(as_matrix(np.ones((200, 2))), np.tile([0.0, 1.0], 100), question=QUICK)
    assert found.refusal == "No column is left that differs between customers; a model needs at least one."
    assert found.probability is None


def test_infinite_values_are_refused_in_words():
    data, outcome = planted(200)
    values = data.values.copy()
    values[3, 0] = np.inf
    assert "1 of" in respond(replace(data, values=values), outcome, question=QUICK).refusal


@pytest.mark.parametrize("kind", ["huge", "empty", "one level", "many levels", "mostly missing"])
def test_awkward_columns_give_a_finite_answer(kind):
    data, outcome = planted(240)
    generator = np.random.default_rng(1)
    more = {
        "huge": generator.normal(size=240) * 1e300,
        "empty": np.full(240, np.nan),
        "one level": np.zeros(240),
        "many levels": np.arange(240.0),
        "mostly missing": np.where(np.arange(240) % 80 == 0, 1.0, np.nan),
    }[kind]
    column = (
        Column("more", "More", "category", levels=tuple(f"l{each:03d}" for each in range(240)))
        if "level" in kind
        else Column("more", "More")
    )
    wide = Matrix(data.ids, (*data.columns, column), np.column_stack([data.values, more]))
    found = respond(wide, outcome, question=replace(QUICK, model="auto"))
    assert found.refusal == ""
    assert np.isfinite(found.probability).all()


def test_a_leak_is_left_out_unless_confirmed():
    data, outcome = planted(300)
    wide = Matrix(data.ids, (*data.columns, Column("paid", "Paid")), np.column_stack([data.values, 7 * outcome]))
    out = respond(wide, outcome, question=QUICK)
    kept = respond(wide, outcome, question=replace(QUICK, confirmed=("paid",)))
    assert [(leak.column, leak.kept) for leak in out.leaks] == [("paid", False)]
    assert "paid" not in {each.column for each in out.importances}
    assert kept.leaks[0].kept
    assert kept.scores[0].auc.value > 0.99 > out.scores[0].auc.value


def test_with_days_models_are_judged_on_what_came_later():
    data, outcome = planted(400)
    days = np.arange(400.0) // 20
    found = respond(data, outcome, question=replace(QUICK, days=days))
    assert "from that day on" in found.design
    assert np.isfinite(found.probability).all()
    assert sum(found.calibration.customers) < 400


@pytest.mark.parametrize("in_time", [False, True])
def test_every_figure_of_the_model_used_is_of_the_probabilities_given(in_time):
    from segmentry.evaluation.ranking import auc, average_precision, brier

    data, outcome = planted(600)
    days = np.arange(600.0) % 12
    found = respond(data, outcome, question=replace(QUICK, repeats=2, days=days if in_time else None))
    judged = days >= np.sort(days)[-sum(found.calibration.customers)] if in_time else np.ones(600, dtype=bool)
    used = next(score for score in found.scores if score.chosen)
    given = found.probability[judged]
    assert judged.sum() == sum(found.calibration.customers)
    assert used.auc.value == auc(outcome[judged], given).value
    assert used.average_precision.value == average_precision(outcome[judged], given).value
    assert used.brier.value == brier(outcome[judged], given).value
    assert f"ROC AUC {used.auc.value:.3f} (" in found.verdict


def test_the_verdict_is_said_in_one_sentence(clear):
    _, _, found = clear
    assert re.fullmatch(
        r"The model \([a-z -]+\) is better than a plain score of two columns: "
        r"ROC AUC 0\.\d{3} \(0\.\d{3} to 0\.\d{3}; 0\.5 is a coin\), ahead by 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)\.",
        found.verdict,
    )


def test_several_rows_of_a_customer_may_come_in_any_order():
    data, outcome = planted(600)
    data = replace(data, ids=data.ids[np.arange(600) // 6])
    question = replace(QUICK, days=np.arange(600.0) % 6, groups=np.arange(600) // 6)
    found = respond(data, outcome, question=question)
    order = np.random.default_rng(1).permutation(600)
    mixed = respond(data.take(order), outcome[order], question=replace(question, days=question.days[order], groups=question.groups[order]))
    assert "customers they did not learn from" in found.design
    assert mixed.probability.tobytes() == found.probability[order].tobytes()
    assert mixed.verdict == found.verdict


def test_too_few_days_are_said_and_customers_divided_by_lot():
    data, outcome = planted(300)
    found = respond(data, outcome, question=replace(QUICK, days=np.zeros(300)))
    assert found.refusal == ""
    assert any("too few days" in note for note in found.notes)


def test_coarse_columns_do_not_make_everybody_a_twin():
    generator = np.random.default_rng(0)
    values = generator.integers(0, 2, size=(400, 2)).astype(np.float64)
    outcome = (generator.random(400) < 0.1 + 0.6 * values[:, 0]).astype(np.float64)
    found = respond(as_matrix(values), outcome, question=QUICK)
    assert found.refusal == ""
    assert any("so coarse" in note for note in found.notes)


def test_a_cost_above_the_revenue_leaves_no_profit_but_a_note():
    data, outcome = planted(200)
    found = respond(data, outcome, question=replace(QUICK, cost=5.0, revenue=4.0))
    assert found.profit is None
    assert found.contact is None
    assert any("nothing to weigh" in note for note in found.notes)


def test_any_classifier_of_scikit_learn_may_be_asked():
    from sklearn.naive_bayes import GaussianNB

    data, outcome = planted(600)
    found = respond(data, outcome, question=replace(QUICK, model=GaussianNB()))
    assert found.scores[0].name == "GaussianNB"
    assert found.better


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "forest"}, "model is 'forest'"),
        ({"folds": 1}, "folds are 1"),
        ({"labels": np.zeros(3)}, "labels have shape"),
        ({"confirmed": ("y",)}, "confirmed names 'y'"),
    ],
)
def test_wrong_arguments_are_named(change, words):
    data, outcome = planted(200)
    with pytest.raises(UsageError, match=words):
        respond(data, outcome, question=replace(QUICK, **change))


def test_outcomes_other_than_yes_and_no_are_named():
    data, outcome = planted(200)
    with pytest.raises(UsageError, match="200 of 200 outcomes are neither 0 nor 1"):
        respond(data, outcome + 2, question=QUICK)
