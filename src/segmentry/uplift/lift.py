"""Whom does a treatment change: from a trial and features to a verdict, an advice, and an expected effect per customer.

The order of work: gates (can this be answered at all?) → alike customers together → overlap and balance → nuisance models, once → learners and a simple rule,
out-of-fold → is there evidence of differences? → averages → whom to treat, compared with treating all, none and by the rule → placebo. Customers outside the
trial get the mean of the learners of all folds; those in it the one that never saw them.

When NOT to use: for data in which nobody knows how customers were chosen. The result then says so, and gives a propensity and not an effect.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused
from segmentry.evaluation.threads import one_thread
from segmentry.experiments.imbalance import check_split
from segmentry.experiments.trial import Trial
from segmentry.matrix import Matrix
from segmentry.uplift.averages import averages
from segmentry.uplift.curves import SCALE
from segmentry.uplift.ground import Gathered, Ground, gather, prepare
from segmentry.uplift.judging import effect_at_top
from segmentry.uplift.learning import Learned, best, contest, curves, driven, learn, rule_words, scorecard, weighed
from segmentry.uplift.models import drawn_in, fit_expected, outcome_maker
from segmentry.uplift.overlap import balance
from segmentry.uplift.placebo import placebo
from segmentry.uplift.question import Prices, Question, check, gates
from segmentry.uplift.results import Balance, Uplift
from segmentry.uplift.verdict import Advised, Findings, advise, believed, decide

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def lift(matrix: Matrix, trial: Trial, *, question: Question) -> Uplift:
    """Answer whom a treatment changes.

    Parameters
    ----------
    matrix : Matrix
        Customers by features, as known before the treatment; those of the trial and perhaps others.
    trial : Trial
        Who got what, and what they did.
    question : Question

    Returns
    -------
    found : Uplift
        With `refusal` in words where the data do not allow an answer; arrays are in the order of the matrix. Neither the order of its rows, nor of those
        of the trial, nor the number of threads changes a bit.

    Raises
    ------
    UsageError
        When the parts do not fit each other, or a setting is out of range.
    """
    check(matrix, trial, question)
    order = np.argsort(np.unique(matrix.ids, return_inverse=True)[1].reshape(-1), kind="stable")
    with one_thread():
        found = _lift(replace(matrix.take(order), values=drawn_in(matrix.values[order])), trial, question.ordered(order))
    back = np.argsort(order, kind="stable")
    arrays = {name: getattr(found, name) for name in ("effect", "expected", "treat", "robust", "fold", "propensity")}
    return replace(found, **{name: array[back] for name, array in arrays.items() if array is not None})


def _lift(matrix: Matrix, trial: Trial, question: Question) -> Uplift:
    gathered = gather(matrix, trial, question)
    start = Uplift(
        "refused",
        "",
        trial=trial.name,
        source=trial.source,
        metric=gathered.metric,
        arms=trial.arms,
        customers=len(gathered.rows),
        notes=gathered.notes,
        top=question.top,
    )
    refusal = gates(gathered.dealt.arm, gathered.outcome, trial.arms, gathered.metric)
    if trial.assigned == "unknown":
        return _propensity(start, matrix, gathered, question, refusal)
    if not refusal and trial.shares:
        split = check_split(trial.counts, np.asarray(trial.shares) / sum(trial.shares), arms=trial.arms)
        refusal = split.words if split.red else ""
    if refusal:
        return _refused(start, refusal)
    try:
        return _answered(start, prepare(matrix, gathered, question), question)
    except DataRefused as refused:
        return _refused(start, _sentence(refused))


def _answered(start: Uplift, ground: Ground, question: Question) -> Uplift:
    start = replace(start, notes=ground.notes)
    if not ground.matrix.columns:
        return _refused(start, "No column differs between the customers of the trial, so nothing can tell whom the treatment changes more.")
    checked = _balance(ground, question)
    if not checked.alike:
        reason = f"{checked.words} A lot does not do that: either it was none, or customers were lost, or a column was measured after the treatment."
        return _refused(replace(start, balance=checked), reason)
    learned, prices = learn(ground, question), question.prices(len(start.arms))
    scores = scorecard(learned, question.top)
    known = averages(
        ground.gathered.dealt.arm,
        ground.gathered.outcome,
        learned.crossed.nuisance.scores,
        names=start.arms,
        kind=ground.gathered.metric.kind,
        assigned=ground.gathered.dealt.assigned,
        prices=prices,
        units=ground.units,
    )
    proof, acted = weighed(learned, scores, question.level), learned.settled.effect
    if proof.found:
        # Where one treatment is known to change customers differently, the others are not given by noise.
        acted = believed(acted, known, proof)
    found = Findings(
        metric=ground.gathered.metric,
        averages=known,
        evidence=proof,
        contest=contest(learned, acted, prices),
        prices=prices,
        top=question.top,
        first=tuple(
            effect_at_top(learned.crossed, told, arm, top=question.top) for arm, told in enumerate(learned.settled.effect.T, start=1)
        ),
        currency=question.currency,
        cells=rule_words(learned, prices),
    )
    verdict, words = decide(found)
    start = replace(start, verdict=verdict, words=words, averages=found.averages, evidence=found.evidence, scores=scores, balance=checked)
    return _filled(start, learned, found, question)


def _filled(start: Uplift, learned: Learned, found: Findings, question: Question) -> Uplift:
    """Fill in what follows from the findings: advice, curves, policies, placebo, drivers, effects."""
    advised, expected = advise(found), learned.everyone()
    effect = believed(expected, found.averages, found.evidence)
    told = (f"The rule of {learned.pair} treats: {found.cells}.",) if found.cells and found.evidence.found and advised.way != "rule" else ()
    return replace(
        start,
        advice=advised.advice,
        advice_words=advised.words,
        customers=len(learned.ground.matrix),
        notes=(*start.notes, *told),
        design=_design(learned),
        scale=SCALE,
        chosen=learned.settled.name,
        curves=curves(learned, question),
        policies=found.contest.table(),
        unit="metric" if found.prices is None else "money",
        placebo=placebo(
            learned.crossed,
            learned.ground.gathered.dealt,
            learner=learned.chosen,
            makers=learned.makers,
            rounds=question.placebos,
            level=question.level,
            seed=question.seed,
        ),
        drivers=driven(learned, found.differing),
        effect=effect,
        expected=expected,
        treat=_treated(advised, learned, effect, found.prices, start.arms),
        robust=_spread(learned, learned.crossed.nuisance.scores, np.nan),
        fold=_spread(learned, learned.ground.fold.astype(np.int64), -1),
    )


def _spread(learned: Learned, of_trial: NDArray[np.generic], outside: float) -> NDArray[Any]:
    """Return what is known of the trial's customers over all of the matrix."""
    found = np.full((len(learned.ground.everyone), *of_trial.shape[1:]), outside, dtype=of_trial.dtype)
    found[learned.ground.gathered.rows] = of_trial
    return found


def _treated(advised: Advised, learned: Learned, effect: Floats, prices: Prices | None, arms: tuple[str, ...]) -> Codes:
    """Return the arm that the advice comes to, for every customer of the matrix."""
    if advised.way == "uplift":
        return best(effect, prices)
    if advised.way == "rule":
        return best(learned.by_rule(), prices)
    chosen = 1 if advised.way == "everybody" else next((arm for arm, name in enumerate(arms) if advised.way == f"everybody: {name}"), 0)
    return np.full(len(effect), chosen, dtype=np.int64)


def _design(learned: Learned) -> str:
    folds = learned.crossed.nuisance.folds
    return (
        f"No customer is judged by a model that has seen them: the customers are divided into {folds} parts, and effects in each are told by models that "
        f"learned from the other {folds - 1}. Customers who are equal in every column, or of one household, are in the same part."
    )


def _refused(start: Uplift, reason: str) -> Uplift:
    return replace(start, verdict="refused", words=reason, refusal=reason, advice_words="Nothing can be advised on these data.")


def _propensity(start: Uplift, matrix: Matrix, gathered: Gathered, question: Question, refusal: str) -> Uplift:
    """Return what can be said where nobody knows how treatments were given: who does it, not who is changed."""
    missing = (
        f"Nobody knows how customers were chosen for the treatment ({start.source or 'nothing is said of it'}), so differences between the arms may come from "
        "the choice and not from the treatment. What is missing is a lot: leave out a part of the customers by chance next time, or log the probability with "
        "which each one is treated."
    )
    words = f"This is a propensity, not uplift: it says who is likely to do it, not who is changed by the treatment. {missing}"
    start = replace(
        start, verdict="propensity, not uplift", words=words, refusal=missing, advice_words="Nothing can be advised: test by lot first."
    )
    if refusal:
        return replace(start, notes=(*start.notes, refusal))
    try:
        ground = prepare(matrix, gathered, question)
        if not ground.matrix.columns:
            return start
        return replace(start, balance=_balance(ground, question), propensity=_likely(ground, question), notes=ground.notes)
    except DataRefused as refused:
        return replace(start, notes=(*start.notes, _sentence(refused)))


def _balance(ground: Ground, question: Question) -> Balance:
    return balance(ground.matrix, ground.gathered.dealt, fold=ground.fold, units=ground.units, seed=question.seed)


def _likely(ground: Ground, question: Question) -> Floats:
    """Return what is expected of every customer, treated as they were, by models that did not see them; no effect."""
    values, own, outcome = ground.everyone.values, ground.gathered.rows, ground.gathered.outcome
    make = question.outcome or outcome_maker(outcome, categories=ground.categories, seed=question.seed)
    models = [fit_expected(make, values[own[ground.fold != fold]], outcome[ground.fold != fold]) for fold in range(question.folds)]
    expected = np.mean([model.expect(values) for model in models], axis=0)
    for fold, model in enumerate(models):
        expected[own[ground.fold == fold]] = model.expect(values[own[ground.fold == fold]])
    return np.asarray(expected)


def _sentence(refused: DataRefused) -> str:
    reason = refused.problems[0].reason
    return f"{reason[0].upper()}{reason[1:]}."
