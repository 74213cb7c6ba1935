"""Experiments from files: designed before, drawn by lot, looked at while they run, read when they are over; and the test tested on the user's own data."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.bridge import collect_ids
from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.writers import write_csv
from segmentry.errors import DataRefused, UsageError
from segmentry.experiments.comparing import compare
from segmentry.experiments.phrases import told
from segmentry.experiments.power import Baseline, Plan, baseline, visible
from segmentry.experiments.selfcheck import SelfCheck, Splits
from segmentry.experiments.selfcheck import selfcheck as split_again
from segmentry.experiments.trial import Trial
from segmentry.project.analysing import Found, analyse_trial, analysis_record
from segmentry.project.baselines import Figures, figures, metrics
from segmentry.project.declarations import read_declaration
from segmentry.project.designing import Designed, design_for
from segmentry.project.drawing import Drawing, Lot, declared, draw, told_of
from segmentry.project.impact import named, story, write_page
from segmentry.project.outputs import write_record
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Reading, read_dataset, table_hash
from segmentry.project.settings import Settings, load
from segmentry.project.versions import versions
from segmentry.results import plain
from segmentry.store.artifacts import publication

# The test is exact with any number of redrawn lots, and the self-check asks it two hundred times.
FEWER = 999
LONGEST_STEM = 60
LATEST = 2200
DESIGN, ASSIGNMENT, ANALYSIS = "design.json", "assignment.csv", "analysis.json"


@dataclass(frozen=True, slots=True)
class Assigned:
    """A finished draw.

    Parameters
    ----------
    folder, assignment : Path
        Where the files are, and the list of customers.
    record : dict
        What ``design.json`` says.
    words : tuple of str
        The draw in sentences.
    """

    folder: Path
    assignment: Path
    record: dict[str, Any]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysed:
    """A trial as far as it may be told.

    Parameters
    ----------
    folder, file : Path
        Where the files are, and ``analysis.json``.
    record : dict
        What it says.
    found : Found
        The trial and its analysis, for pages.
    """

    folder: Path
    file: Path
    record: dict[str, Any]
    found: Found

    @property
    def words(self) -> tuple[str, ...]:
        """The analysis in sentences."""
        return self.found.words


def design(
    *inputs: Any,
    effect: str,
    metric: str = "",
    plan: Plan | None = None,
    settings: Settings | None = None,
    teller: Teller | None = None,
) -> Designed:
    """Say what an experiment needs before it starts, from what customers did in the past.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Transactions, with or without customers; or a table of customers with the column `metric`.
    effect : str
        Smallest effect worth knowing: ``10%`` of today's figure, or a plain number in the metric's own unit (``0.01`` is one point of a share).
    metric : str
        "bought" (default), "revenue", "purchases", or a column of the customers.
    plan : Plan or None
        Arms and shares; None means two equal arms. Its chances are those of ``[experiment]``.
    settings : Settings or None
        ``trial.days`` is the window. None means ``segmentry.toml`` of the working folder, or the defaults.
    teller : Teller or None

    Returns
    -------
    Designed
        Nothing is written.

    Raises
    ------
    UsageError
        When the metric, the effect or the window is not possible.
    DataRefused
        When the data cannot be used, or says nothing about the metric.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    asked = replace(plan or Plan(), alpha=chosen.experiment.alpha, power=chosen.experiment.power)
    with DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        with journal.stage("baseline", "Looking at what customers do"):
            return design_for(engine, reading, chosen, metric=metric, effect=effect, plan=asked)


def assign(
    *inputs: Any, lot: Lot, metric: str = "", out: str | Path = "out", settings: Settings | None = None, teller: Teller | None = None
) -> Assigned:
    """Draw customers by lot and write down who got what, and what was declared, before the start.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Tables with customers.
    lot : Lot
        Name, arms and shares, strata, hold-out and start.
    metric : str
        The primary one, declared here: "bought" (default), "revenue", "purchases", or the name of the column that will hold it.
    out : path
        Folder that gets one sub-folder, with ``assignment.csv`` and ``design.json``.
    settings : Settings or None
        ``trial.days`` is the length.
    teller : Teller or None

    Raises
    ------
    UsageError
        When an experiment of that name was drawn there already, or the request does not fit the data.
    DataRefused
        When the data cannot be used, or too few customers are left.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    name = folder_name(lot.name)
    if (Path(out) / name).exists():
        raise UsageError(
            f"the experiment {lot.name!r} was drawn already: {Path(out) / name} is there; allowed is a new name, because what was declared before the "
            "start stays as it is. Give another --name or another --out."
        )
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        with journal.stage("draw", "Drawing lots"):
            found = draw(engine, reading, _started(lot, reading), chosen)
            past = _past(engine, reading, chosen, metric, found)
        entry, words = _declared(found, reading, chosen, metric, past)
        with journal.stage("write", "Writing the assignment"):
            write_csv(target.folder / ASSIGNMENT, _columns(found))
            write_record(target.folder / DESIGN, entry)
        folder = target.publish(name)
    return Assigned(folder, folder / ASSIGNMENT, entry, words)


def analyse(
    *inputs: Any,
    assignment: str | Path | None = None,
    run: str | Path | None = None,
    out: str | Path = "out",
    settings: Settings | None = None,
    teller: Teller | None = None,
) -> Analysed:
    """Say what a treatment did: intervals that hold on every day while the trial runs, the final reading when its planned days are over.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Transactions after the start with `assignment`, or tables in which a trial is.
    assignment : path or None
        ``assignment.csv`` of a draw; what ``design.json`` beside it declares wins over the settings.
    run : path or None
        Folder of a finished run: effects are told by its segments too.
    out : path
        Folder that gets one sub-folder, with ``analysis.json`` and ``impact.html``.
    settings : Settings or None
        ``[trial]`` says what the data leaves open.
    teller : Teller or None

    Raises
    ------
    UsageError
        When settings name what is not there.
    DataRefused
        When the data cannot be used, or holds no trial; nothing is written.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    declaration = None
    if assignment is not None:
        path = Path(assignment)
        if not path.is_file():
            raise UsageError(f"--assignment is {path}, which is not there; allowed is the assignment.csv of a draw. Give its path.")
        beside = path.with_name(DESIGN)
        declaration = read_declaration(beside) if beside.exists() else None
        inputs = (*inputs, str(path))
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        found = analyse_trial(engine, reading, chosen, journal, declaration=declaration, run=None if run is None else Path(run))
        entry = plain(analysis_record(found, reading, chosen, journal.seconds))
        with journal.stage("write", "Writing the results"):
            write_record(target.folder / ANALYSIS, entry)
        name = named(reading, chosen, "experiment")
        with journal.stage("report", "Writing the page"):
            notes = (*reading.notes, *found.tried.remarks)
            made = story(reading, chosen, command="segmentry experiment analyse", name=name, analyses=(found.analysis,), notes=notes)
            write_page(target.folder, made)
        folder = target.publish(name)
    return Analysed(folder, folder / ANALYSIS, entry, found)


def selfcheck(
    *inputs: Any,
    metric: str = "",
    plan: Splits | None = None,
    settings: Settings | None = None,
    teller: Teller | None = None,
) -> tuple[SelfCheck, ...]:
    """Ask the test for effects where there are none: split the user's own customers by lot again and again, and do nothing to anybody.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Transactions, or a table of customers with an outcome.
    metric : str
        "bought", "revenue", "purchases" or a column; empty means all that are counted from purchases, or the outcome.
    plan : Splits or None
        How often and how; None means 200 equal splits at .05 with the seed of ``run.seed``: that verdicts ask for less
        (``experiment.alpha``) could not be seen in 200 splits.
    settings : Settings or None
        ``trial.days`` is the window.
    teller : Teller or None

    Returns
    -------
    tuple of SelfCheck
        One per metric; nothing is written.

    Raises
    ------
    UsageError
        When the metric or the window is not possible.
    DataRefused
        When the data cannot be used, or no metric varies.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    asked = plan or Splits(seed=chosen.run.seed)
    with DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        names = (metric,) if metric else metrics(reading.dataset) or ("",)
        ids = collect_ids(engine)
        found = []
        for name in names:
            with journal.stage("selfcheck", f"Splitting {asked.splits:,} times"):
                known = figures(engine, reading, chosen, metric=name)
                found.append(_split(known, ids, asked, chosen))
                journal.found(found[-1].words)
    return tuple(found)


def _split(known: Figures, ids: NDArray[np.object_], plan: Splits, settings: Settings) -> SelfCheck:
    def test(trial: Trial) -> tuple[float, float]:
        arms = (trial.arm == 0, trial.arm == 1)
        past = None if trial.before is None else (trial.before[arms[0], :1], trial.before[arms[1], :1])
        values = trial.outcomes[:, 0]
        found = compare(
            values[arms[0]],
            values[arms[1]],
            trial.metrics[0].kind,
            past=past,
            resamples=settings.experiment.resamples,
            seed=settings.run.seed,
        )
        return found.p, found.difference.value

    return split_again(known.metric, ids[known.places], known.values, test=test, before=known.before, plan=plan)


def folder_name(experiment: str) -> str:
    """Return the name of an experiment's folder.

    Examples
    --------
    >>> folder_name("Spring mail 2026!")
    'experiment-spring-mail-2026'
    """
    parts = "".join(letter if letter.isalnum() else " " for letter in experiment.casefold()).split()
    stem = "-".join("".join(letter for letter in part if letter.isascii()) for part in parts)
    # Names that differ only in what does not stand in a path must not share a folder.
    whole = stem == "-".join(parts) and 0 < len(stem) <= LONGEST_STEM
    return f"experiment-{stem}" if whole else f"experiment-{stem[:LONGEST_STEM]}-{hashlib.sha256(experiment.encode()).hexdigest()[:8]}"


def _started(lot: Lot, reading: Reading) -> Lot:
    """Return the lot with its first day: the day after the data's last when none is given."""
    last = reading.dataset.as_of
    if lot.start is not None and lot.start.year > LATEST:
        raise UsageError(f"--start is {lot.start}; allowed is a day up to the year {LATEST}. Give the day on which the treatment begins.")
    if lot.start is not None and last is not None and lot.start <= last:
        raise UsageError(
            f"--start is {lot.start} and the data ends on {last}; allowed is a later day, because who bought before the start would be known already. "
            "Give a later day, or leave it out for the next one."
        )
    return replace(lot, start=lot.start or (None if last is None else last + datetime.timedelta(days=1)))


def _columns(found: Drawing) -> dict[str, Any]:
    count = len(found.ids)
    return {
        "customer_id": found.ids,
        "experiment": [found.lot.name] * count,
        "arm": found.arms,
        "stratum": found.strata,
        "assigned_on": [found.lot.start] * count,
        "probability": found.probability,
    }


def _past(engine: DuckEngine, reading: Reading, settings: Settings, metric: str, found: Drawing) -> Baseline | None:
    """Return what the drawn customers did in the past; None where the metric will only be known later."""
    if metric and "lines" not in reading.dataset.has:
        return None
    try:
        known = figures(engine, reading, settings, metric=metric)
        rows = np.isin(known.places, found.places[found.assignment.arm >= 0])
        return baseline(known.metric, known.values[rows], None if known.before is None else known.before[rows])
    except DataRefused:
        return None


def _declared(
    found: Drawing, reading: Reading, settings: Settings, metric: str, past: Baseline | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return ``design.json`` and the draw in sentences."""
    name, label = (past.metric.name, past.metric.words) if past else (metric or "bought", metric or "bought")
    days = settings.trial.days
    words = told_of(found, words=label, days=days)
    if settings.plan.consent == "ask" and not any(each.role == "consent" for each in reading.dataset.attributes):
        words = (
            *words,
            "No column says who consented to be contacted, so nobody was left out for want of it. See to it before anything is sent.",
        )
    smallest = None
    if past is not None:
        plan = Plan(found.lot.arms, found.lot.shares, settings.experiment.alpha, settings.experiment.power)
        smallest = visible(past, int(found.assignment.counts.sum()), plan)
    if past is not None and smallest is not None:
        seen = told(past.metric, smallest, settings.read.currency or reading.dataset.currency)
        chance = f"{100 * settings.experiment.power:.3g} of 100"
        words = (
            *words,
            f"The smallest effect these customers show in {chance} cases is {seen}; a smaller one may be there and not be seen.",
        )
    entry: dict[str, Any] = declared(found, metric=name, words=label, days=days, settings=settings) | {
        "baseline": past,
        "smallest_visible_effect": smallest,
        "words": words,
        "as_of": reading.dataset.as_of,
        "table_hash": table_hash(reading),
        "versions": versions(),
    }
    return plain(entry), words
