"""The stage that says what customers are worth: histories, gates, the choice of a model on held-out days, the forecast, who is leaving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.features.compute import FeatureTable
from segmentry.features.histories import Histories
from segmentry.features.windows import day_of
from segmentry.matrix import Matrix
from segmentry.project.heldout import CODES, DAYS, DRAWS, DRAWS_OF_MANY, MANY, covered, judge_models, known_of, times_of
from segmentry.project.progress import Journal
from segmentry.project.settings import Settings
from segmentry.tables.dataset import Dataset
from segmentry.value.results import Check, Holdout, ModelFit, Survival, Worth

Floats = NDArray[np.float64]

# Customers are compared by what they spent in their first days; who came in the opening days of the data was a customer before.
AGE, OPENING = 90, 30


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The customers of a run, as far as their worth is concerned.

    Parameters
    ----------
    labels : int array, shape (n,)
        Segment; −1 for none.
    names : dict of int to str
        Of the segments, in the order they are told.
    past : float array, shape (n,), or None
        Net revenue so far.
    """

    labels: NDArray[np.int64]
    names: dict[int, str]
    past: Floats | None


def value(
    engine: DuckEngine,
    dataset: Dataset,
    table: FeatureTable,
    settings: Settings,
    journal: Journal,
    *,
    labels: NDArray[np.int64] | None = None,
    names: dict[int, str] | None = None,
) -> Worth | None:
    """Say what customers are worth; None when left out, or when the data holds neither purchases nor anything that counts them.

    Parameters
    ----------
    labels : int array, shape (n,), or None
        Segment of each customer.
    names : dict of int to str or None
        Names of the segments.
    """
    wanted = settings.value
    if not wanted.predict or (dataset.as_of is None and "lines" in dataset.has):
        return None
    known = {key: name for key, name in sorted((names or {}).items()) if key > 0}
    marked = np.full(len(table.matrix), -1, dtype=np.int64) if labels is None else np.where(labels > 0, labels, -1)
    people = People(marked, known, table.matrix.column(table.revenue) if table.revenue else None)
    blank = Worth(
        "",
        wanted.unit,
        wanted.horizon / DAYS[wanted.unit],
        wanted.horizon,
        wanted.margin,
        wanted.discount,
        currency=settings.read.currency or dataset.currency,
    )
    with journal.stage("value", "Asking what customers are worth"):
        if "lines" in dataset.has:
            found: Worth | None = _of_purchases(engine, dataset, settings, people, blank)
        else:
            found = _of_columns(dataset, table.matrix, settings, people, blank)
        if found is not None:
            journal.found(found.refusal or _told(found))
    return found


def _told(found: Worth) -> str:
    return found.holdout.reason if found.holdout is not None else "models fitted, without a hold-out"


def _of_purchases(engine: DuckEngine, dataset: Dataset, settings: Settings, people: People, blank: Worth) -> Worth:
    from segmentry.features.histories import histories
    from segmentry.value.holdout import STEADY
    from segmentry.value.nbd import nobody_leaves

    wanted = settings.value
    past = histories(engine, dataset, occasions=wanted.occasions, returns=settings.cleaning.net_returns)
    who = _leaving(past.matrix, people, DAYS[wanted.unit], blank)
    notes = (*_notes(dataset, past, settings), *_newcomers(engine, dataset, past))
    checks: tuple[Check, ...] = ()
    try:
        checks, days = _applicable(past, dataset)
        judged = judge_models(engine, dataset, past, settings)
        fitted = _fitted(past.matrix, judged.holdout.chosen, settings, money=judged.money)
        told = _forecast(who, fitted, people, settings)
    except DataRefused as refused:
        return replace(who, refusal=_words(refused), checks=checks, notes=(*notes, *_average(past.matrix, blank, DAYS[wanted.unit])))
    holdout = judged.holdout
    checks = (*checks, *fitted.checks, *_afterwards(fitted, holdout, past.matrix, DAYS[wanted.unit]))
    if fitted.name == holdout.chosen:
        checks = (*checks, *covered(judged, settings))
    if fitted.name == STEADY:
        checks = (nobody_leaves(days), *checks)
    beyond = _beyond(wanted.horizon, days)
    return replace(told, checks=checks, holdout=holdout, notes=(*notes, *beyond, *fitted.notes))


def _words(refused: DataRefused) -> str:
    return " ".join(problem.sentence() for problem in refused.problems)


def _applicable(past: Histories, dataset: Dataset) -> tuple[tuple[Check, ...], int]:
    """Return the checks that a fit must pass and the days that were observed; raise where the data cannot carry a model."""
    from segmentry.value.assumptions import refuse, regular_intervals
    from segmentry.value.gates import check_enough

    times = times_of(past.matrix, 1.0)
    days = day_of(dataset.as_of) - day_of(past.first_day) + 1
    check_enough(times[known_of(times)], days=days)
    regular = regular_intervals(*(past.matrix.column(name) for name in ("gaps", "gap_mean", "gap_deviation")))
    refuse([regular])
    return (regular,), days


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The models of a run, fitted on everything that is known, and what they are asked about.

    Parameters
    ----------
    name : str
    times : float array, shape (n, 3)
        Frequency, recency, tenure; NaN for customers of whom nothing is known.
    worth : float array, shape (n,)
        Mean value of repeat purchases.
    model, spend : fitted models
        Spend is None without amounts, or where they cannot be modelled.
    """

    name: str
    times: Floats
    worth: Floats
    model: Any
    spend: Any
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()


def _fitted(matrix: Matrix, name: str, settings: Settings, *, money: bool) -> Fitted:
    from segmentry.value.gammagamma import GammaGamma, independence

    times, worth = times_of(matrix, DAYS[settings.value.unit]), matrix.column("mean_value")
    known = known_of(times)
    name, model, notes = _first_that_fits(name, times[known], settings)
    if not money:
        return Fitted(name, times, worth, model, None, notes=notes)
    spend, pairs = GammaGamma(), np.column_stack([times[:, 0], worth])[known]
    try:
        spend.fit(pairs)
    except DataRefused as refused:
        told = f"Money is not foretold, only purchases: {_words(refused)}"
        return Fitted(name, times, worth, model, None, notes=(*notes, told))
    return Fitted(name, times, worth, model, spend, (independence(pairs[:, 0], pairs[:, 1]),), notes)


def _first_that_fits(name: str, times: Floats, settings: Settings) -> tuple[str, Any, tuple[str, ...]]:
    """Fit a model on everything; where it is refused there, the next in the order of preference, and say so."""
    from segmentry.value.holdout import candidates

    makers = candidates()
    order = [name, *(each for each in makers if each != name and settings.value.model == "auto")]
    notes: tuple[str, ...] = ()
    for each in order[:-1]:
        try:
            return each, makers[each]().fit(times), notes
        except DataRefused as refused:
            notes = (*notes, f"{each} could not be fitted to all days: {_words(refused)}")
    return order[-1], makers[order[-1]]().fit(times), notes


def _entry(name: str, model: Any, customers: int) -> ModelFit:
    return ModelFit(name, dict(model.params_), dict(model.standard_errors_), float(model.log_likelihood_), customers)


def _afterwards(fitted: Fitted, holdout: Holdout, matrix: Matrix, unit: float) -> tuple[Check, ...]:
    """Return what can only be checked with a fit: the counts of purchases, and whether the hold-out went as expected."""
    from segmentry.value.assumptions import frequencies, on_track
    from segmentry.value.counts import expected_customers, observed_customers

    times = times_of(matrix, unit)
    times = times[known_of(times)]
    counted = frequencies(observed_customers(times[:, 0]), expected_customers(fitted.name, fitted.model.params_, times[:, 2]))
    tracked = holdout.tracking is not None and fitted.name in holdout.tracking.expected
    return (counted, on_track(holdout.tracking, fitted.name)) if holdout.tracking is not None and tracked else (counted,)


def _forecast(who: Worth, fitted: Fitted, people: People, settings: Settings) -> Worth:
    from segmentry.value.discounting import Terms
    from segmentry.value.forecast import forecast
    from segmentry.value.worth import segments_worth

    wanted = settings.value
    terms = Terms(who.horizon, unit_days=DAYS[wanted.unit], margin=wanted.margin, discount=wanted.discount)
    found, sums = forecast(
        fitted.model,
        fitted.times,
        terms=terms,
        value=None if fitted.spend is None else fitted.worth,
        spend=fitted.spend,
        groups=people.labels,
        draws=DRAWS_OF_MANY if len(fitted.times) > MANY else DRAWS,
        seed=settings.run.seed,
    )
    total, segments = segments_worth(
        found, sums, labels=people.labels, names=people.names, past=people.past, states=who.states, churn_risk=who.churn_risk
    )
    known = int(known_of(fitted.times).sum())
    return replace(
        who,
        money=fitted.spend is not None,
        purchases=_entry(fitted.name, fitted.model, known),
        spend=None if fitted.spend is None else _entry("Gamma-Gamma", fitted.spend, int((fitted.times[:, 0] > 0).sum())),
        forecast=found,
        total=total,
        segments=segments,
    )


def _leaving(matrix: Matrix, people: People, unit: float, blank: Worth) -> Worth:
    """Add states, churn risk and survival, as far as customers have a rhythm."""
    from segmentry.value.lifecycle import notice, states
    from segmentry.value.retention import followed, survival
    from segmentry.value.rhythm import churn_risk, fit_rhythm

    frequency, recency, tenure = (matrix.column(name) for name in ("frequency", "recency", "tenure"))
    try:
        rhythm = fit_rhythm(frequency, recency, tenure, gap_deviation=matrix.column("gap_deviation"))
    except DataRefused:
        return blank
    state = states(
        rhythm, frequency, recency, tenure, longest_gap=matrix.column("longest_gap"), since_longest=matrix.column("since_longest")
    )
    times, ended = followed(recency, tenure, lapsed=state == "lapsed", notice=notice(rhythm))
    place = {key: position for position, key in enumerate(people.names)}
    groups = np.array([place.get(int(label), -1) for label in people.labels], dtype=np.int64)
    curves: tuple[Survival, ...] = ()
    try:
        curves = survival(times / unit, ended, groups, tuple(people.names.values()))
    except DataRefused:
        curves = ()
    ids = list(people.names)
    curves = tuple(curve if curve.id < 0 else replace(curve, id=ids[curve.id]) for curve in curves)
    return replace(blank, states=state, churn_risk=churn_risk(rhythm, frequency, recency, tenure), survival=curves)


def _notes(dataset: Dataset, past: Histories, settings: Settings) -> tuple[str, ...]:
    """Return what readers need to know of the purchases."""
    told = []
    none = int(np.isnan(past.matrix.column("frequency")).sum())
    if none:
        told.append(f"{none:,} of {len(past.matrix):,} customers have no purchase (net of returns); nothing is foretold of them.")
    if any(note.code == "lines_not_baskets" for note in dataset.notes):
        told.append(
            "The data is a sample of lines: frequencies, values and sums are those of the sample, not of the customers' whole purchases."
        )
    if settings.value.occasions == "all":
        told.append("Every day with a line that is not a return counts as a purchase, zero spend included.")
    return tuple(told)


def _newcomers(engine: DuckEngine, dataset: Dataset, past: Histories) -> tuple[str, ...]:
    """Say whether later customers are worth more, at the same age; the first month holds who was a customer before the data begins."""
    from segmentry.features.ages import by_age
    from segmentry.value.ages import same_age

    first, spent = by_age(engine, dataset, AGE)
    try:
        return (same_age(first, spent, age=AGE, last=day_of(past.until), since=day_of(past.first_day) + OPENING).words,)
    except DataRefused:
        return ()


def _beyond(horizon: int, days: int) -> tuple[str, ...]:
    if horizon <= days:
        return ()
    return (
        f"The horizon of {horizon:,} days is longer than the {days:,} days that were observed: what comes after rests on the model alone.",
    )


def _average(matrix: Matrix, blank: Worth, unit: float) -> tuple[str, ...]:
    """Return what can be said of all customers on average where nothing can be said of one."""
    from segmentry.value.gates import prior_only

    times = times_of(matrix, unit)
    try:
        return (prior_only(times[known_of(times)], blank.horizon).words,)
    except DataRefused:
        return ()


def _of_columns(dataset: Dataset, matrix: Matrix, settings: Settings, people: People, blank: Worth) -> Worth | None:
    """Fit from a table of customers, where tenure, recency and purchases are of one process."""
    from segmentry.value.snapshots import history, identify

    columns = _columns(dataset, matrix)
    if not {"recency", "purchases"} & columns.keys():
        return None
    lacking = [name for name in ("tenure", "recency", "purchases") if name not in columns]
    if lacking:
        told = (
            "A model of purchases needs for each customer the time since the first purchase, since the last one, and how many; "
            f"this table lacks {' and '.join(lacking)}."
        )
        return replace(blank, refusal=f"{told} Next: give the purchases themselves, one row each with customer and date.")
    names = [columns[name] for name in ("tenure", "recency", "purchases")]
    found = identify(*(matrix.column(name) for name in names), names=names)
    if found.problem is not None:
        return replace(blank, refusal=found.problem.sentence(), checks=found.checks)
    unit = DAYS[settings.value.unit]
    times = history(*(matrix.column(name) for name in names), unit=unit)
    return _from_history(times, found.checks, settings, people, blank)


def _columns(dataset: Dataset, matrix: Matrix) -> dict[str, str]:
    """Return by meaning the columns of days since the first and the last purchase and of the number of purchases."""

    def single(role: str) -> str | None:
        found = [each.name for each in dataset.attributes if each.role == role and each.kind == "number" and each.name in matrix.names]
        return found[0] if len(found) == 1 else None

    named = {
        "tenure": "days_as_customer" if "days_as_customer" in matrix.names else None,
        "recency": single("recency"),
        "purchases": "total_purchases" if "total_purchases" in matrix.names else single("purchases"),
    }
    return {key: name for key, name in named.items() if name is not None}


def _from_history(times: Floats, checks: tuple[Check, ...], settings: Settings, people: People, blank: Worth) -> Worth:
    """Fit the model that does not take one-time buyers for certainly alive: without dates no hold-out can choose."""
    from segmentry.value.gates import check_enough

    known = known_of(times)
    wanted = "MBG/NBD" if settings.value.model == "auto" else CODES[settings.value.model]
    try:
        check_enough(times[known])
        name, model, notes = _first_that_fits(wanted, times[known], settings)
    except DataRefused as refused:
        return replace(blank, refusal=_words(refused), checks=checks)
    told = (
        f"A table of customers holds no days to be held out: {name} is used because it lets one-time buyers have left, "
        "and how well it foretells was not measured."
    )
    return _forecast(
        replace(blank, checks=checks, notes=(told, *notes), money=False),
        Fitted(name, times, np.full(len(times), np.nan), model, None),
        people,
        settings,
    )
