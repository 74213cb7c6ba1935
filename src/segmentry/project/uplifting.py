"""The job of ``segmentry uplift``: whom a treatment changes, from a trial in the data, with its effects as an experiment beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.writers import write_csv
from segmentry.errors import NotEnoughData, Problem
from segmentry.experiments.results import Analysis
from segmentry.project.impact import PAGE, named, story, write_page
from segmentry.project.measuring import measure
from segmentry.project.outputs import file_order, write_columns, write_record
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import read_dataset
from segmentry.project.record import head
from segmentry.project.settings import Settings, load
from segmentry.project.trials import read_trial
from segmentry.project.tried import Tried
from segmentry.project.trying import asked
from segmentry.results import plain
from segmentry.store.artifacts import publication
from segmentry.uplift.question import Question
from segmentry.uplift.results import Uplift

FINE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """A finished answer.

    Parameters
    ----------
    folder, page : Path
        Where its files are, and ``impact.html``.
    record : dict
        What ``uplift.json`` says.
    uplift : Uplift
    analysis : Analysis
    """

    folder: Path
    page: Path
    record: dict[str, Any]
    uplift: Uplift
    analysis: Analysis


def uplift(*inputs: Any, out: str | Path = "out", settings: Settings | None = None, teller: Teller | None = None) -> Lifted:
    """Say whom a treatment changes, and whether it changes anybody more than others.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Tables in which a trial is; ``[trial]`` in the settings says what the data leaves open.
    out : path
        Folder that gets one sub-folder, with ``uplift.csv`` (every customer: expected effect, as far as there is evidence, and the advice),
        ``uplift.json`` and ``impact.html``.

    Raises
    ------
    UsageError
        When a setting names what is not there.
    DataRefused
        When the data cannot be used or holds no trial; nothing is written.
    """
    from segmentry.experiments.analysis import analyse
    from segmentry.uplift.lift import lift

    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        table = measure(engine, reading.dataset, chosen, journal)
        currency = chosen.read.currency or reading.dataset.currency
        with journal.stage("trial", "Reading the trial"):
            tried = read_trial(engine, reading, table, chosen)
            if tried is None:
                reason = "nothing in the data says who was treated and who was left alone"
                raise NotEnoughData(
                    Problem("NO_TRIAL", reason, "name the column with the treatment under [trial], or give a table of trials")
                )
            journal.found(f"{len(tried.trial):,} customers, {len(tried.trial.arms)} arms ({tried.trial.source})")
        with journal.stage("analysis", "Comparing the arms"):
            analysis = analyse(tried.trial, question=asked(chosen, reading.dataset))
            journal.found(analysis.verdict)
        with journal.stage("uplift", "Learning whom the treatment changes"):
            found = lift(everyone(tried), tried.trial, question=_question(tried, chosen, currency))
            journal.found(found.words)
        name = named(reading, chosen, "uplift")
        with journal.stage("write", "Writing the results"):
            order = file_order(table.matrix.ids) if reading.numbered else np.arange(len(table.matrix))
            told = {key: column[order] for key, column in columns_of(found, tried, table.matrix.ids).items()}
            write_csv(target.folder / "uplift.csv", told)
            write_columns(engine, target.folder / "uplift.parquet", told)
            entry = plain(head(reading, table, chosen, journal.seconds)) | {"uplift": uplift_entry(found), "analysis": plain(analysis)}
            write_record(target.folder / "uplift.json", entry)
        with journal.stage("report", "Writing the page"):
            notes = (*reading.notes, *tried.learning_remarks)
            page = story(reading, chosen, command="segmentry uplift", name=name, uplift=found, analyses=(analysis,), notes=notes)
            write_page(target.folder, page)
        folder = target.publish(name)
    return Lifted(folder, folder / PAGE, entry, found, analysis)


def everyone(tried: Tried) -> Any:
    """Return all customers of the run: those of the trial as they were before it, the others as they are today."""
    values = tried.today.values.copy()
    values[tried.places] = tried.matrix.values
    return replace(tried.today, values=values)


def households_of(tried: Tried) -> NDArray[np.int64]:
    """Return the household of each customer of the run, −1 where not known, shape (n,)."""
    found = np.full(len(tried.today), -1, dtype=np.int64)
    found[tried.places] = tried.groups
    return found


def uplift_entry(found: Uplift) -> dict[str, Any]:
    """Return what is said about uplift as plain values, without those of single customers."""
    single = ("effect", "expected", "treat", "robust", "fold", "propensity")
    bare: dict[str, Any] = dict.fromkeys(single)
    entry: dict[str, Any] = plain(replace(found, **bare))
    for name in single:
        del entry[name]
    return entry


def columns_of(found: Uplift, tried: Tried, ids: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    """Return ``uplift.csv``: one row per customer, by arm the expected effect as far as there is evidence, and the arm that is advised."""
    told: dict[str, NDArray[Any]] = {"id": ids, "in_trial": np.full(len(ids), "no", dtype=object)}
    told["in_trial"][tried.places] = "yes"
    if found.propensity is not None:
        told["propensity"] = np.round(found.propensity, FINE)
    if found.effect is None:
        return told
    for place, arm in enumerate(tried.trial.arms[1:]):
        told[f"effect of {arm}"] = np.round(found.effect[:, place], FINE)
    if found.treat is not None:
        told["advice"] = np.array(tried.trial.arms, dtype=object)[found.treat]
    told["evidence"] = np.full(len(ids), "randomised" if tried.trial.assigned == "lot" else "logged probabilities", dtype=object)
    return told


def _question(tried: Tried, settings: Settings, currency: str) -> Question:
    return Question(
        revenue=tried.revenue,
        contact=tried.cost,
        learners=settings.trial.learners,
        households=households_of(tried),
        folds=settings.trial.folds,
        seed=settings.run.seed,
        level=min(settings.experiment.alpha, 0.01),
        currency=currency,
    )
