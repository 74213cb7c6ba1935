"""A trial in the data, looked at while it runs and read when it is over, by what was declared before its start.

Beside ``assignment.csv`` lies ``design.json``: name, shares, the metric that decides and the planned days. What it says wins over the settings. Until the
planned days are over, only intervals that hold on every day are told, and only of the metric that decides.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, NotEnoughData, Problem
from segmentry.experiments.analysis import analyse
from segmentry.experiments.question import Question
from segmentry.experiments.results import Analysis
from segmentry.experiments.sequential import Schedule
from segmentry.features.drawn import NO_DAY, drawn, experiments
from segmentry.features.windows import date_of, day_of
from segmentry.project.baselines import COUNTED
from segmentry.project.drawing import FORMAT
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal
from segmentry.project.reading import Reading
from segmentry.project.roi import labels_of
from segmentry.project.settings import Settings
from segmentry.project.trials import Tried, read_trial
from segmentry.tables.dataset import Dataset

_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Declaration:
    """What was declared before the start.

    Parameters
    ----------
    experiment : str
    shares : dict of str to float
        By arm, the control first.
    metric : str
        The one that decides.
    days : int
    start : date or None
    """

    experiment: str
    shares: dict[str, float]
    metric: str
    days: int
    start: datetime.date | None


@dataclass(frozen=True, slots=True)
class Found:
    """What may be said today.

    Parameters
    ----------
    tried : Tried
    analysis : Analysis
    day, days : int or None
        Today, counted from the start, and planned; None in data without days.
    words : tuple of str
    """

    tried: Tried
    analysis: Analysis
    day: int | None
    days: int | None
    words: tuple[str, ...]


def read_declaration(path: Path) -> Declaration:
    """Read ``design.json``.

    Raises
    ------
    DataRefused
        ``NOT_A_DESIGN`` when it is none.
    """
    try:
        if path.stat().st_size > _BYTES:
            raise ValueError
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError
        shares = {str(arm["name"]): float(arm["share"]) for arm in told["arms"]}
        start = None if told["start"] is None else datetime.date.fromisoformat(told["start"])
        found = Declaration(str(told["experiment"]), shares, str(told["primary_metric"]), int(told["days"]), start)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataRefused(
            Problem(
                "NOT_A_DESIGN",
                "it does not say what was declared before the start",
                "give the assignment.csv in the folder that 'segmentry experiment assign' wrote, with its design.json beside it",
                file=path.name,
            )
        ) from None
    return found


def declared_settings(settings: Settings, found: Declaration, dataset: Dataset) -> Settings:
    """Return settings in which what was declared wins: the metric that decides comes first, the others are exploratory."""
    outcome: tuple[str, ...] = (found.metric,)
    if found.metric in COUNTED:
        allowed = [name for name in COUNTED if name != "revenue" or "lines.amount" in dataset.has]
        outcome = (found.metric, *(name for name in allowed if name != found.metric))
    return settings.over(
        "trial",
        experiment=found.experiment,
        shares=found.shares,
        control=next(iter(found.shares)),
        outcome=outcome if "lines" in dataset.has or found.metric not in COUNTED else None,
        days=found.days,
    )


def analyse_trial(
    engine: DuckEngine,
    reading: Reading,
    settings: Settings,
    journal: Journal,
    *,
    declaration: Declaration | None = None,
    run: Path | None = None,
) -> Found:
    """Say what may be said of the trial in the data today.

    Parameters
    ----------
    engine : DuckEngine
        Holds the dataset of `reading`.
    reading : Reading
    settings : Settings
    journal : Journal
    declaration : Declaration or None
        What was declared before the start, where it was written down.
    run : Path or None
        Folder of a finished run, by whose segments effects are told too.

    Raises
    ------
    UsageError
        When settings name what is not there.
    NotEnoughData
        When there is no trial, or it has not started.
    """
    dataset = reading.dataset
    chosen = settings if declaration is None else declared_settings(settings, declaration, dataset)
    planned = chosen.trial.days
    day = _today(engine, dataset, chosen)
    if day is not None and day < 1:
        reason = f"the first customer was drawn for a day after {dataset.as_of}, the data's last"
        raise NotEnoughData(Problem("NOT_STARTED", reason, "come back with later data"))
    running = day is not None and day < planned
    table = measure(engine, dataset, chosen, journal)
    with journal.stage("trial", "Reading the trial"):
        tried = read_trial(engine, reading, table, chosen.over("trial", days=day) if running else chosen)
        if tried is None:
            reason = "nothing in it says who was treated and who was left alone"
            raise NotEnoughData(Problem("NO_TRIAL", reason, "add the assignment, or name the column with treatment under [trial]"))
        segments = None if run is None else labels_of(engine, run, table.matrix.ids)
    with journal.stage("analysis", "Comparing the arms"):
        question = Question(
            level=chosen.experiment.alpha,
            power=chosen.experiment.power,
            resamples=chosen.experiment.resamples,
            seed=chosen.run.seed,
            currency=chosen.read.currency or dataset.currency,
            schedule=Schedule(planned) if running else None,
            day=day if running else None,
        )
        found = analyse(
            tried.trial,
            question,
            segments=None if segments is None else segments.labels[tried.places],
            names=None if segments is None else dict(segments.names),
        )
        journal.found(found.verdict)
    return Found(tried, found, day, planned if day is not None else None, told_of(found, tried))


def told_of(found: Analysis, tried: Tried) -> tuple[str, ...]:
    """Return an analysis in sentences: the verdict, the split, the effects, and what has to be known beside them."""
    words = [f"{found.name}: {found.verdict}"]
    words += [effect.verdict for effect in found.effects]
    words += [each.verdict for each in found.segments]
    if found.imbalance is not None and not found.hidden:
        words.append(found.imbalance.words)
    words += [note.words for note in found.notes]
    if tried.leak is not None:
        words.append(tried.leak.words)
    return tuple(dict.fromkeys((*words, *tried.notes)))


def _today(engine: DuckEngine, dataset: Dataset, settings: Settings) -> int | None:
    """Return the day of the trial, counted from 1 at the last customer's start; None where outcomes are not counted from purchases."""
    if "trials" not in dataset.has or "lines" not in dataset.has or dataset.as_of is None:
        return None
    names = experiments(engine)
    wanted = settings.trial.experiment.strip()
    if not names or (wanted and wanted not in names):
        return None
    found = drawn(engine, dataset, wanted or names[-1])
    known = found.days[found.days != NO_DAY]
    if not len(known) or len(known) < len(found.days):
        return None
    start = int(np.max(known))
    return (dataset.as_of - date_of(start)).days + 1 if day_of(dataset.as_of) else None
