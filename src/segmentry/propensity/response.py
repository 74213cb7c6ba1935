"""Who will answer: from customers with a known answer to a judged model, a probability for everybody, and what to do with it.

The order of work: gates (are there enough answers?) → leak scan → groups of duplicates and households → nested cross-fitting, or forward in
time → verdict against the plain baselines → calibrated probabilities → profit → explanation → segments. Customers without an answer are
foretold, not learned from; those with one get the probability of models that never saw them.

Not a promise that contacting helps: the probability is of answering when contacted as those customers were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import DataRefused, NotEnoughData
from segmentry.evaluation.calibration import reliability
from segmentry.evaluation.gains import gains
from segmentry.evaluation.profit import contacted, profit
from segmentry.evaluation.ranked import numbered
from segmentry.evaluation.results import ProfitCurve
from segmentry.evaluation.splits import duplicates, joined
from segmentry.evaluation.threads import one_thread
from segmentry.matrix import Matrix
from segmentry.preparation.words import percent
from segmentry.propensity.baseline import BASE_RATE, BaseRate
from segmentry.propensity.candidates import Model, candidates
from segmentry.propensity.explanation import SHOWN, Kin, Witness, dependences, directed, importances, kindred
from segmentry.propensity.judging import Design, averaged, divide, forward, judge, repeats_for, settle
from segmentry.propensity.leaks import left_out, scan
from segmentry.propensity.probabilities import Given, give
from segmentry.propensity.question import Question, check, gates
from segmentry.propensity.reasons import explained, typical_values
from segmentry.propensity.results import Dependence, Importance, Leak, Response
from segmentry.propensity.segments import agreement, by_segment
from segmentry.propensity.verdict import decide, resamples_for

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Answers of each kind before a day, to learn from; and the largest number of customers models are made of.
FEWEST_BEFORE = 15
LARGEST = 200_000
REASONS_UP_TO = 200_000
REASONED_COLUMNS = 12
# Where so many customers share a row on average, the columns are coarse: equal ones are no duplicates then.
COARSE = 5


def respond(matrix: Matrix, outcome: ArrayLike, *, question: Question) -> Response:
    """Answer who will answer.

    Parameters
    ----------
    matrix : Matrix
        Customers by features, the target not among them.
    outcome : array-like of float, shape (n,)
        1 answered, 0 did not, NaN not known.
    question : Question

    Returns
    -------
    response : Response
        With `refusal` in words where the data do not allow a model; arrays are in the order of the matrix. Neither the order of its rows nor the
        number of threads changes a bit.

    Raises
    ------
    UsageError
        When shapes differ, the outcome holds something else, or a setting is out of range.
    """
    answers = np.asarray(outcome, dtype=np.float64)
    check(matrix, answers, question)
    order = _ordered(matrix.ids, answers, question)
    with one_thread():
        found = _respond(matrix.take(order), answers[order], question.ordered(order))
    back = np.argsort(order, kind="stable")
    if found.probability is None:
        return found
    return replace(
        found,
        probability=found.probability[back],
        reasons=None if found.reasons is None else found.reasons[back],
        contact=None if found.contact is None else found.contact[back],
    )


def _ordered(ids: NDArray[np.object_], answers: Floats, question: Question) -> NDArray[np.intp]:
    """Return the order of ids; rows of one customer by day and answer, for they may come in any order."""
    days = np.zeros(len(ids)) if question.days is None else np.asarray(question.days, dtype=np.float64)
    return np.lexsort((answers, days, np.unique(ids, return_inverse=True)[1].reshape(-1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """Customers with a known answer, as models see them.

    `rows` are their places among all customers.
    """

    everyone: Matrix
    matrix: Matrix
    outcome: Floats
    rows: NDArray[np.intp]
    groups: NDArray[np.intp]
    leaks: tuple[Leak, ...]
    twins: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """The model that is used: its probabilities of customers it never saw, and who can witness for it."""

    given: Given
    models: tuple[Model, ...]
    witnesses: tuple[Witness, ...]


def _respond(matrix: Matrix, answers: Floats, question: Question) -> Response:
    known = ~np.isnan(answers)
    start = Response("", question.target, question.words or question.target, int(known.sum()), int(np.nansum(answers)))
    refusal = gates(answers)
    if refusal:
        return replace(start, refusal=refusal)
    ground = _prepared(matrix, answers, question)
    start = replace(start, leaks=ground.leaks, duplicates=ground.twins, notes=ground.notes)
    if not ground.matrix.columns:
        left = " and was known before the contact" if left_out(ground.leaks) else ""
        return replace(start, refusal=f"No column is left that differs between customers{left}; a model needs at least one.")
    try:
        design, more = _design(ground, question)
        return _answered(replace(start, design=design.words, notes=(*start.notes, *more)), ground, design, question)
    except DataRefused as refused:
        reason = refused.problems[0].reason
        return replace(start, refusal=f"{reason[0].upper()}{reason[1:]}.", design="")


def _prepared(matrix: Matrix, answers: Floats, question: Question) -> _Ground:
    notes = []
    usable = ~np.isnan(answers)
    if question.days is not None:
        undated = usable & np.isnan(np.asarray(question.days, dtype=np.float64))
        usable = usable & ~undated
        if undated.any():
            count = int(undated.sum())
            who = f"{count:,}" if count >= FLOOR else f"Fewer than {FLOOR}"
            notes.append(f"{who} customers with an answer have no day of contact; they are foretold, not learned from.")
    rows = np.flatnonzero(usable)
    leaks = scan(matrix.take(rows), answers[rows], confirmed=question.confirmed, seed=question.seed)
    out = left_out(leaks)
    kept = [
        column.name
        for column, values in zip(matrix.columns, matrix.values[rows].T, strict=True)
        if column.name not in out and _varies(values)
    ]
    everyone = matrix.select(kept)
    if not kept:
        return _Ground(everyone, everyone.take(rows), answers[rows], rows, rows, leaks, 0, tuple(notes))
    households = None if question.groups is None else np.asarray(question.groups)[rows]
    groups, twins = _groups(everyone.values[rows], answers[rows], households)
    if twins < 0:
        notes.append("The columns are so coarse that equal customers are no duplicates; equal ones were not kept together.")
    if len(rows) > LARGEST:
        part = np.sort(np.random.default_rng(question.seed).permutation(len(rows))[:LARGEST])
        notes.append(f"Models were made and judged on {LARGEST:,} of the {len(rows):,} customers with a known answer, drawn by lot.")
        rows, groups = rows[part], groups[part]
    return _Ground(everyone, everyone.take(rows), answers[rows], rows, numbered(groups), leaks, max(0, twins), tuple(notes))


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and bool(len(known) < len(values) or (known != known[0]).any())


def _groups(values: Floats, answers: Floats, households: NDArray[np.int64] | None) -> tuple[NDArray[np.intp], int]:
    """Return who is kept together, and how many customers equal another; −1 where the columns are too coarse to tell."""
    groups = duplicates(values)
    twins = int((np.bincount(groups)[groups] > 1).sum())
    size, yes = np.bincount(groups), np.bincount(groups, answers)
    # Copies of a customer answer alike; customers who only look alike in coarse columns do not.
    if len(groups) > COARSE * len(size) and ((yes > 0) & (yes < size)).any():
        groups, twins = np.arange(len(groups)), -1
    if households is not None:
        alone = np.arange(len(groups)) + int(households.max()) + 1
        groups = joined(groups, np.where(households < 0, alone, households))
    return groups, twins


def _design(ground: _Ground, question: Question) -> tuple[Design, tuple[str, ...]]:
    if question.days is not None:
        days = np.asarray(question.days, dtype=np.float64)[ground.rows].astype(np.int64)
        for parts in range(min(question.folds, len(np.unique(days)) - 1), 0, -1):
            try:
                design = forward(days, ground.groups, parts=parts, gap=question.gap, seed=question.seed)
            except NotEnoughData:
                continue
            if all(
                _enough(ground.outcome, split.train, FEWEST_BEFORE) and _enough(ground.outcome, split.test, 1) for split in design.rounds[0]
            ):
                return design, ()
    repeats = repeats_for(len(ground.rows), question.repeats)
    note = (
        ("There are too few days, or too few answers on the early ones, to judge forward in time; customers were divided by lot.",)
        if question.days is not None
        else ()
    )
    return divide(ground.outcome, ground.groups, count=question.folds, repeats=repeats, seed=question.seed), note


def _enough(outcome: Floats, rows: Mask, fewest: int) -> bool:
    yes = int(outcome[rows].sum())
    return min(yes, int(rows.sum()) - yes) >= fewest


def _answered(start: Response, ground: _Ground, design: Design, question: Question) -> Response:
    rivals = candidates(question.model)
    judged = judge(ground.matrix, ground.outcome, ground.groups, design=design, candidates=rivals, seed=question.seed)
    name, scores = settle(judged, ground.outcome, design=design, candidates=rivals)
    seen = design.judged
    means = {each: rows.mean(axis=0) for each, rows in {**judged.scores, name: scores}.items()}
    given = {each: give(ground.outcome, mean, design=design) for each, mean in means.items()}
    verdict = decide(
        ground.outcome[seen],
        {each: one.probability[seen] for each, one in given.items()},
        name,
        candidates=rivals,
        groups=ground.groups[seen],
        parts=max(2, design.parts),
        answer=start.words,
    )
    found = replace(start, better=verdict.better, verdict=verdict.words, scores=verdict.scores)
    if verdict.used == BASE_RATE:
        rate = BaseRate(float(ground.outcome[seen].mean()))
        return _spent(found, ground, design, question, rate.probability(ground.everyone))
    splits = design.rounds[0]
    own = judged.models[verdict.used]
    witnesses = tuple(Witness(model, np.flatnonzero(split.test)) for model, split in zip(own, splits, strict=False))
    chosen = _Chosen(given[verdict.used], own, witnesses)
    return _explained(found, ground, design, question, chosen)


def _explained(found: Response, ground: _Ground, design: Design, question: Question, chosen: _Chosen) -> Response:
    """Fill in probabilities, money, and what they rest on."""
    seen, calibrator = design.judged, chosen.given.calibrator
    probability = np.empty(len(ground.everyone))
    others = np.ones(len(probability), dtype=bool)
    others[ground.rows] = False
    probability[ground.rows] = chosen.given.probability
    # In time, those to come are like the latest: the models that learned from most days speak for them.
    speakers = [chosen.models[place] for place in design.latest] if design.latest else chosen.models
    probability[others] = calibrator.apply(averaged(speakers, ground.everyone.take(others)))
    kin = kindred(ground.matrix, ground.outcome)
    judges = tuple(each for each in chosen.witnesses if seen[each.rows].all())
    drops = importances(ground.matrix, ground.outcome, ground.groups, kin=kin, witnesses=judges, seed=question.seed)
    columns = [ground.matrix.columns[ground.matrix.position(each.column)] for each in drops]
    curves = dependences(ground.matrix, columns, witnesses=judges, calibrate=calibrator.apply)
    drops, curves = _told(drops, curves)
    found = _spent(replace(found, importances=drops, dependences=curves), ground, design, question, probability)
    return _reasoned(found, ground, chosen, kin)


def _told(drops: tuple[Importance, ...], curves: tuple[Dependence, ...]) -> tuple[tuple[Importance, ...], tuple[Dependence, ...]]:
    shown = tuple(curve for curve in curves if len(curve.at) > 1)[:SHOWN]
    return tuple(directed(drop, curve) for drop, curve in zip(drops, curves, strict=True)), shown


def _spent(found: Response, ground: _Ground, design: Design, question: Question, probability: Floats) -> Response:
    """Fill in what follows from probabilities: calibration, gains, profit, whom to contact, segments."""
    seen = design.judged
    rows = ground.rows[seen]
    outcome, own, groups = ground.outcome[seen], probability[rows], ground.groups[seen]
    often = resamples_for(len(outcome))
    curve, note = _profit(outcome, own, groups, question, often)
    contact = None if curve is None else contacted(probability, curve)
    found = replace(
        found,
        probability=probability,
        calibration=reliability(outcome, own, groups=groups, resamples=often, seed=question.seed),
        gains=gains(outcome, own, groups=groups, resamples=often, seed=question.seed),
        profit=curve,
        contact=contact,
        notes=(*found.notes, *note),
    )
    if question.labels is None:
        return found
    labels = np.asarray(question.labels, dtype=np.int64)[rows]
    parts = by_segment(labels, question.names, outcome, own, groups=groups, contact=None if contact is None else contact[rows])
    return replace(found, segments=parts, agreement=agreement(parts, labels, own))


def _profit(
    outcome: Floats, probability: Floats, groups: NDArray[np.intp], question: Question, often: int
) -> tuple[ProfitCurve | None, tuple[str, ...]]:
    cost, revenue = question.cost, question.revenue
    if cost is None or revenue is None:
        return None, ()
    if not 0 < cost < revenue:
        return None, (
            f"A contact costs {cost:g} and an answer brings {revenue:g}: without a cost, or with a cost as high, there is nothing to weigh.",
        )
    curve = profit(
        outcome, probability, cost=cost, revenue=revenue, source=question.source, groups=groups, resamples=often, seed=question.seed
    )
    return curve, ()


def _reasoned(found: Response, ground: _Ground, chosen: _Chosen, kin: tuple[Kin, ...]) -> Response:
    """Fill in reasons: of each customer by a model that never saw them, of those without an answer by all models of the first repeat."""
    weighty = {each.column for each in found.importances[:REASONED_COLUMNS]}
    groups = [each for each in kin if each.column.name in weighty]
    typical = typical_values(ground.matrix)
    wanted, note = _wanted(found, len(ground.everyone))
    reasons = np.full(len(ground.everyone), "", dtype=object)
    left = wanted.copy()
    for witness in chosen.witnesses:
        rows = ground.rows[witness.rows]
        left[rows] = False
        asked = rows[wanted[rows]]
        reasons[asked] = explained([witness.model], ground.everyone.take(asked), groups, typical)
    others = np.flatnonzero(left)
    reasons[others] = explained([each.model for each in chosen.witnesses], ground.everyone.take(others), groups, typical)
    return replace(found, reasons=reasons, notes=(*found.notes, *note))


def _wanted(found: Response, count: int) -> tuple[Mask, tuple[str, ...]]:
    if count <= REASONS_UP_TO or found.probability is None:
        return np.ones(count, dtype=bool), ()
    top = found.probability >= np.quantile(found.probability, 1 - REASONS_UP_TO / count)
    return top, (f"Reasons are written for the {percent(float(top.mean()))} of the customers with the highest probability.",)
