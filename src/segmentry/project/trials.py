"""The trial in the data: who was given what, how that was decided, what they did, and what was known of them before.

Three forms: columns of a table of customers (treatment and outcome); a table of trials with its own outcomes; a table of who was assigned to what,
whose outcomes are counted from the purchases. Features are as of the day before the start; none is made from treatment, outcome or later columns.

When NOT to use: an assignment nobody vouches for is no lot. Then the trial says "unknown", and nothing made from it may be called an effect.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.bridge import codes
from segmentry.engines.engine import Engine, quoted
from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric, Trial
from segmentry.features.compute import FeatureTable
from segmentry.project.asking import called, households, values_of
from segmentry.project.assignments import read_assignments
from segmentry.project.reading import Reading
from segmentry.project.responding import money_of_contact
from segmentry.project.settings import Settings
from segmentry.project.tried import CONTROL, LEFT_ALONE, Tried, because, before, checked, control_of, how, kind_of, shares_of, untouched
from segmentry.tables.dataset import Attribute, Dataset
from segmentry.tables.notation import FLAG_WORDS

__all__ = ["Tried", "read_trial"]


def read_trial(engine: Engine, reading: Reading, table: FeatureTable, settings: Settings) -> Tried | None:
    """Return the trial in the data, or None when nothing in it says who was treated and the settings name nothing.

    Parameters
    ----------
    engine : Engine
        Holds the dataset of `reading`.
    reading : Reading
    table : FeatureTable
        Features as of today.
    settings : Settings
        ``[trial]`` says what the data leaves open.

    Raises
    ------
    UsageError
        When the settings name a column, an experiment or an arm that is not there.
    NotEnoughData
        When an arm has nobody, or no window is over yet.
    """
    if "trials" in reading.dataset.has:
        return read_assignments(engine, reading, table, settings)
    return _of_columns(engine, reading, table, settings)


def _of_columns(engine: Engine, reading: Reading, table: FeatureTable, settings: Settings) -> Tried | None:
    """Read a trial from columns of the customers."""
    dataset, wanted = reading.dataset, settings.trial
    treatment = _treatment(dataset, wanted.treatment)
    outcomes = _outcomes(dataset, wanted.outcome) if treatment else ()
    if treatment is None or not outcomes:
        return None if treatment is None or not wanted.treatment else _no_outcome(dataset, treatment)
    arms, arm = arms_of(engine, treatment, wanted.control, len(table.matrix))
    known = ~np.isnan(arm)
    values = np.column_stack([values_of(engine, each.name, len(table.matrix)) for each in outcomes])
    known &= ~np.isnan(values).all(axis=1)
    propensity, exposed = (
        _numbers(_named(dataset, getattr(wanted, name), f"trial.{name}"), f"trial.{name}") for name in ("propensity", "exposed")
    )
    notes: tuple[str, ...] = ()
    matrix, untimely = before(engine, dataset, table, {treatment.name, *(each.name for each in (*outcomes, propensity, exposed) if each)})
    rows = np.flatnonzero(known)
    if len(rows) < len(known):
        notes = (
            *notes,
            f"{len(known) - len(rows):,} of {len(known):,} customers are left out: their treatment or their outcome is not known.",
        )
    picked = arm[rows].astype(np.int64)
    chances = None if propensity is None else _chances(values_of(engine, propensity.name, len(known))[rows], len(arms), propensity.name)
    trial = Trial(
        name=treatment.words,
        ids=matrix.ids[rows],
        arms=arms,
        arm=checked(picked, arms, f"column {treatment.name!r}"),
        metrics=tuple(Metric(each.name, each.words, kind_of(each, values[rows, place])) for place, each in enumerate(outcomes)),
        outcomes=values[rows],
        assigned=(assigned := how(settings, logged=chances is not None)),
        source=f"column {treatment.name!r}; {because(assigned)}",
        shares=shares_of(settings, arms) if assigned == "lot" else (),
        propensity=chances,
        exposed=None if exposed is None else values_of(engine, exposed.name, len(known))[rows] == 1,
    )
    money = money_of_contact(engine, dataset, settings)
    kept, suspect, later = untouched(matrix.take(rows), trial)
    return Tried(
        trial,
        kept,
        households(engine, reading, settings, len(known))[rows],
        rows,
        matrix.select(kept.names),
        money.cost,
        money.revenue,
        notes=notes,
        suspect=suspect,
        feature_notes=(*untimely, *later),
    )


def arms_of(engine: Engine, treatment: Attribute, control: str, customers: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the names of the arms, the control first, and the arm of each customer (NaN where not known)."""
    if treatment.kind == "flag":
        given = values_of(engine, treatment.name, customers)
        _check_flag(control, treatment.name)
        swapped = bool(control) and control.strip().casefold() in ("yes", "1", "1.0", "true", "y")
        return (CONTROL, treatment.words), 1 - given if swapped else given
    found = engine.fetch(f"SELECT customer, {quoted(treatment.name)}::VARCHAR AS level FROM customers")
    texts = np.full(customers, None, dtype=object)
    texts[found["customer"].astype(np.intp)] = found["level"]
    levels = tuple(sorted({text for text in texts.tolist() if text is not None}))
    first = control_of(levels, control, treatment.name)
    ordered = (levels[first], *(level for place, level in enumerate(levels) if place != first))
    return ordered, codes(texts, ordered)


def _treatment(dataset: Dataset, wanted: str) -> Attribute | None:
    if wanted:
        return _named(dataset, wanted, "trial.treatment")
    return next(
        (each for each in dataset.attributes if each.role in ("arm", "contact") and each.kind in ("flag", "category") and each.use), None
    )


def _outcomes(dataset: Dataset, wanted: tuple[str, ...]) -> tuple[Attribute, ...]:
    if not wanted:
        return tuple(each for each in dataset.attributes if each.role == "target" and each.kind in ("flag", "number"))
    found = tuple(each for name in wanted if (each := _named(dataset, name, "trial.outcome")))
    for each in found:
        if each.kind not in ("flag", "number", "money"):
            raise UsageError(
                f"trial.outcome names {each.name!r}, a column of {each.kind}; allowed are yes/no, numbers and money. Name such a column."
            )
    return found


def _named(dataset: Dataset, wanted: str, setting: str) -> Attribute | None:
    if not wanted.strip():
        return None
    found = called(dataset, wanted)
    if found is None:
        names = [each.name for each in dataset.attributes]
        allowed = suggestion(wanted, names) if names else "the data has no columns about customers. Add the table that holds it."
        raise UsageError(f"{setting} is {wanted!r}, which no column of the customers is called; {allowed}")
    return found


def _numbers(found: Attribute | None, setting: str) -> Attribute | None:
    """Return a column if it holds yes/no or numbers; raise `UsageError` otherwise."""
    if found is not None and found.kind not in ("flag", "number", "money"):
        raise UsageError(f"{setting} is {found.name!r}, a column of {found.kind}; allowed are yes/no and numbers. Name such a column.")
    return found


def _check_flag(control: str, column: str) -> None:
    """Raise `UsageError` where the control of a column of yes and no is called neither."""
    known = {word for pair in FLAG_WORDS for words in pair for word in words} | set(LEFT_ALONE)
    if control.strip() and " ".join(control.casefold().split()) not in known:
        raise UsageError(
            f"trial.control is {control!r}, and the column {column!r} holds yes and no; allowed is one of the two. Write yes or no, or leave it out."
        )


def _no_outcome(dataset: Dataset, treatment: Attribute) -> Tried | None:
    names = [each.name for each in dataset.attributes if each.kind in ("flag", "number", "money") and each.name != treatment.name]
    raise UsageError(
        f"trial.treatment is {treatment.name!r}, and no column says what customers did then; "
        f"{'name it with outcome under [trial]: ' + ', '.join(names[:8]) if names else 'add a column with what they did'}."
    )


def _chances(treated: NDArray[np.float64], arms: int, column: str) -> NDArray[np.float64]:
    """Return the probability of each arm from that of being treated."""
    if arms != 2:
        raise UsageError(
            f"trial.propensity is {column!r}, one column, and the trial has {arms} arms; allowed is one column with two arms. "
            "Give a table of trials with the probability of the arm each customer got."
        )
    known = treated[~np.isnan(treated)]
    if len(known) < len(treated) or not ((known > 0) & (known < 1)).all():
        bad = len(treated) - int(((known > 0) & (known < 1)).sum())
        raise UsageError(
            f"trial.propensity is {column!r}, of whose {len(treated):,} values {bad:,} are missing or not between 0 and 1; allowed is a probability "
            "above 0 and below 1 for everybody. Leave out customers who had no choice."
        )
    return np.column_stack([1 - treated, treated])
