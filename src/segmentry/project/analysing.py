"""A trial in the data, looked at while it runs and read when it is over, by what was declared before its start.

Beside ``assignment.csv`` lies ``design.json``: name, shares, the metric that decides and the planned days. What it says wins over the settings. Until the
planned days are over, only intervals that hold on every day are told, and only of the metric that decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.bridge import codes
from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import NotEnoughData, Problem
from segmentry.experiments.analysis import analyse
from segmentry.experiments.imbalance import watch_split
from segmentry.experiments.novelty import FEWEST_WEEKS
from segmentry.experiments.question import Question
from segmentry.experiments.results import Analysis
from segmentry.experiments.sequential import Schedule
from segmentry.experiments.trial import Trial
from segmentry.features.compute import FeatureTable
from segmentry.features.drawn import NO_DAY, bought_within, drawn, experiments
from segmentry.features.windows import day_of
from segmentry.project.baselines import COUNTED
from segmentry.project.declarations import Declaration, declared_settings
from segmentry.project.labelling import Labels, labels_before, labels_of
from segmentry.project.measuring import measure
from segmentry.project.progress import Journal
from segmentry.project.reading import Reading, table_hash
from segmentry.project.record import rows, tables
from segmentry.project.settings import Settings
from segmentry.project.trials import read_trial
from segmentry.project.tried import Tried
from segmentry.project.trying import asked
from segmentry.project.versions import versions
from segmentry.results import plain
from segmentry.tables.dataset import Dataset

# Other campaigns that reached so few, or all but so few, cannot be told apart from the trial.
NOTICED = 0.01
MOST_OTHERS = 5
# Roles of columns that say themselves what customers did.
DID = frozenset({"response", "target", "amount"})


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
    progress = _progress(engine, dataset, chosen)
    if progress is not None and progress.day < 1:
        reason = f"the first customer was drawn for a day after {dataset.as_of}, the data's last"
        raise NotEnoughData(Problem("NOT_STARTED", reason, "come back with later data"))
    running = progress if progress is not None and progress.day < progress.days else None
    table = measure(engine, dataset, chosen, journal)
    with journal.stage("trial", "Reading the trial"):
        tried = _tried(engine, reading, table, chosen, running)
        named, strata, notes = (None, None, ()) if run is None else _segments(engine, reading, chosen, run, table.matrix.ids, tried)
    with journal.stage("analysis", "Comparing the arms"):
        found = analyse(
            tried.trial,
            question=_question(dataset, chosen, running),
            strata=strata,
            names=None if named is None else dict(named.names),
            weeks=None if running else _weeks(engine, dataset, chosen, tried),
            others=_others(tried),
        )
        found = _watched(engine, dataset, found, tried)
        journal.found(found.verdict)
    if declaration is None and not _told(dataset):
        notes = (*notes, _undeclared(tried, chosen.trial.days))
    day, days = (None, None) if progress is None else (progress.day, progress.days)
    return Found(tried, found, day, days, (*told_of(found, tried), *notes))


def _tried(engine: DuckEngine, reading: Reading, table: FeatureTable, settings: Settings, running: _Progress | None) -> Tried:
    """Return the trial so far: where all started on one day, by what they did until today; else of those whose own days are over."""
    days = running.day if running is not None and running.together else None
    tried = read_trial(engine, reading, table, settings.over("trial", days=days))
    if tried is None:
        reason = "nothing in it says who was treated and who was left alone"
        raise NotEnoughData(Problem("NO_TRIAL", reason, "add the assignment, or name the column with treatment under [trial]"))
    return tried if days is None else _so_far(tried, days)


def _question(dataset: Dataset, settings: Settings, running: _Progress | None) -> Question:
    return replace(
        asked(settings, dataset),
        schedule=None if running is None else Schedule(running.days, None if running.together else running.customers),
        day=None if running is None else running.day,
    )


def _watched(engine: DuckEngine, dataset: Dataset, found: Analysis, tried: Tried) -> Analysis:
    """Return the analysis, hidden where the arms of customers who came in day by day were not as planned on some day."""
    trial = tried.trial
    if (found.hidden and not found.looks) or not trial.shares or tried.start is None or "trials" not in dataset.has:
        return found
    everyone = drawn(engine, dataset, trial.name)
    kept = np.isin(everyone.arms, trial.arms) & (everyone.days != NO_DAY)
    days, place = np.unique(everyone.days[kept], return_inverse=True)
    if len(days) < 2:
        return found
    counts = np.zeros((len(days), len(trial.arms)))
    np.add.at(counts, (place, codes(everyone.arms[kept], trial.arms).astype(np.intp)), 1.0)
    split = watch_split(counts, trial.shares, arms=trial.arms)
    if not split.red:
        return found
    refusal = Problem("SPLIT_BROKEN", split.words.rstrip("."), "find out where customers were lost, and start again")
    return Analysis(
        name=found.name,
        verdict=f"No effect is shown: {refusal.reason}. Next: {refusal.remedy}.",
        refusal=refusal,
        assigned=found.assigned,
        source=found.source,
        arms=found.arms,
        customers=found.customers,
        imbalance=split,
        level=found.level,
    )


def _undeclared(tried: Tried, days: int) -> str:
    return (
        f"Nothing says what was declared before the start: “{tried.trial.metrics[0].words}” decides, over {days} days, because settings or usage say so. "
        "If that was chosen after looking, the verdict is worth less."
    )


def told_of(found: Analysis, tried: Tried) -> tuple[str, ...]:
    """Return an analysis in sentences: the verdict, the split, the effects, and what has to be known beside them."""
    words = [f"{found.name}: {found.verdict}"]
    words += [each.verdict for each in found.effects if each.role != "primary"]
    words += [each.verdict for each in found.unanswered if each.role != "primary"]
    words += [each.verdict for each in found.segments]
    words += [each.verdict for each in found.exposure]
    words += [each.verdict for each in found.weekly]
    words += [each.verdict for each in found.overlaps]
    words += [note.words for note in (*(note for effect in found.effects for note in effect.notes), *found.notes)]
    if tried.leak is not None:
        words.append(tried.leak.words)
    return tuple(dict.fromkeys((*words, *tried.notes)))


def analysis_record(found: Found, reading: Reading, settings: Settings, seconds: dict[str, float]) -> dict[str, Any]:
    """Return the content of ``analysis.json``: what was found, from what, with which settings; no single customer."""
    tried = found.tried
    return {
        "analysis": plain(found.analysis),
        "trial": {
            "name": tried.trial.name,
            "arms": list(tried.trial.arms),
            "customers": tried.trial.counts.tolist(),
            "metrics": [plain(metric) for metric in tried.trial.metrics],
            "assigned": tried.trial.assigned,
            "source": tried.trial.source,
            "start": tried.start,
            "day": found.day,
            "days": found.days,
            "leak": plain(tried.leak),
            "left_out_features": list(tried.suspect),
        },
        "words": list(found.words),
        "rows": rows(reading),
        "tables": tables(reading),
        "as_of": reading.dataset.as_of,
        "table_hash": table_hash(reading),
        "settings": settings.model_dump(mode="json", exclude_defaults=True),
        "seed": settings.run.seed,
        "seconds": seconds,
        "versions": versions(),
    }


def _segments(
    engine: DuckEngine, reading: Reading, settings: Settings, run: Path, ids: NDArray[np.object_], tried: Tried
) -> tuple[Labels, NDArray[np.int64] | None, tuple[str, ...]]:
    """Return the segments of a finished run, that of each customer of the trial before its start (below 0 for none), and what to know of it."""
    named = labels_of(engine, run, ids)
    found, notes = labels_before(engine, reading.dataset, settings, tried, named)
    return named, None if found is None else np.where(found > 0, found, -1), notes


def _so_far(tried: Tried, day: int) -> Tried:
    """Return a running trial whose metrics are not called by the days that happen to be over."""
    metrics = tuple(replace(metric, words=metric.words.removesuffix(f" within {day} days")) for metric in tried.trial.metrics)
    return replace(tried, trial=replace(tried.trial, metrics=metrics))


def _weeks(engine: DuckEngine, dataset: Dataset, settings: Settings, tried: Tried) -> NDArray[np.float64] | None:
    """Return the metric that decides by whole week after the start, shape (n, w); None where it is not counted from purchases."""
    name, weeks = tried.trial.metrics[0].name, tried.days // 7
    if name not in COUNTED or weeks < FEWEST_WEEKS or tried.start is None or _told(dataset):
        return None
    found = drawn(engine, dataset, tried.trial.name)
    day = dict(zip(found.customers.tolist(), found.days.tolist(), strict=True))
    first = np.array([day[place] for place in tried.places.tolist()], dtype=np.int64)
    parts = []
    for week in range(weeks):
        purchases, spend = bought_within(
            engine,
            dataset,
            tried.places,
            first + 7 * week,
            days=7,
            occasions=settings.value.occasions,
            returns=settings.cleaning.net_returns,
        )
        parts.append({"bought": (purchases > 0).astype(np.float64), "revenue": spend, "purchases": purchases}[name])
    return np.column_stack(parts)


def _told(dataset: Dataset) -> bool:
    """Return whether outcomes are told by a column, and not counted from purchases after the day of the lot."""
    return not {"trials", "lines"} <= dataset.has or any(each.role in DID for each in dataset.outcomes)


def _others(tried: Tried) -> tuple[Trial, ...]:
    """Return the campaigns that reached many of the customers in the window, and not all; nobody drew those by lot."""
    trial = tried.trial
    share = {each.campaign: float(each.reached.mean()) for each in tried.overlaps}
    told = [each for each in tried.overlaps if NOTICED <= share[each.campaign] <= 1 - NOTICED]
    return tuple(
        replace(
            trial,
            name=each.campaign,
            arms=("without", each.campaign),
            arm=each.reached.astype(np.int64),
            assigned="unknown",
            source="the contacts",
            shares=(),
            propensity=None,
            exposed=None,
        )
        for each in sorted(told, key=lambda one: -share[one.campaign])[:MOST_OTHERS]
    )


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a trial is: today and the planned end, counted from the first customer's start; whether all started together; how many."""

    day: int
    days: int
    together: bool
    customers: int


def _progress(engine: DuckEngine, dataset: Dataset, settings: Settings) -> _Progress | None:
    """Return how far the trial is; None where outcomes are not counted from purchases, or the days are not known."""
    if _told(dataset) or dataset.as_of is None:
        return None
    names = experiments(engine)
    wanted = settings.trial.experiment.strip()
    if not names or (wanted and wanted not in names):
        return None
    found = drawn(engine, dataset, wanted or names[-1])
    known = found.days[found.days != NO_DAY]
    if not len(known) or len(known) < len(found.days):
        return None
    first, last = int(known.min()), int(known.max())
    return _Progress(day_of(dataset.as_of) - first + 1, last - first + settings.trial.days, first == last, len(known))
