"""The main job: from files to segments, a report, a model and a record, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import FeatureTable
from segmentry.project.explaining import write_rules
from segmentry.project.foretelling import Foretold, columns, response_entry, value_entry
from segmentry.project.freezing import freeze
from segmentry.project.measuring import measure
from segmentry.project.outputs import file_order, write_features, write_profiles, write_record, write_segments
from segmentry.project.predicting import foretell
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.record import record, run_name
from segmentry.project.refreshing import read_earlier, repeated, write_ledger
from segmentry.project.settings import Settings
from segmentry.project.solving import Solution, solve
from segmentry.project.telling import tell
from segmentry.results import plain
from segmentry.segments.results import SegmentProfile
from segmentry.segments.sideview import SideView
from segmentry.store.artifacts import publication
from segmentry.store.models import write_model


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Parameters
    ----------
    folder : Path
        Where its files are.
    report : Path
        The page to open.
    record : dict
        What ``run.json`` says.
    ids : array of str, shape (n,)
    labels : int array, shape (n,)
        Segment id of each customer.
    profiles : tuple of SegmentProfile
    """

    folder: Path
    report: Path
    record: dict[str, Any]
    ids: NDArray[np.object_]
    labels: NDArray[np.int64]
    profiles: tuple[SegmentProfile, ...]


def run(
    *inputs: Any,
    out: str | Path = "out",
    settings: Settings | None = None,
    teller: Teller | None = None,
    previous: str | Path | None = None,
) -> Run:
    """Segment the customers in some files or data frames and write a run folder.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Files and globs, or pandas, Polars, Arrow and DuckDB frames.
    out : path
        Folder that gets one sub-folder per run.
    settings : Settings or None
        None means ``segmentry.toml`` of the working folder, or the defaults.
    teller : Teller or None
        Whoever listens to the stages.
    previous : path or None
        Folder of an earlier run: segments that are the same ones keep their ids and names.

    Returns
    -------
    Run

    Raises
    ------
    DataRefused
        When the data cannot be used; nothing is written.
    UsageError
        When an argument or a setting is wrong.
    """
    from segmentry.features.history import history
    from segmentry.project.audit import audit
    from segmentry.project.settings import load
    from segmentry.project.views import proved, views

    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        table = measure(engine, reading.dataset, chosen, journal)
        past = history(engine, reading.dataset)
        proved(table, chosen)
        earlier = None if previous is None else read_earlier(engine, previous)
        same_data = earlier is not None and repeated(earlier, reading, chosen)
        solution = solve(table, reading.dataset, chosen, journal, earlier, same_data=same_data)
        sides = views(table, reading.dataset, solution.segmentation, chosen, labels=solution.labels, engine=engine)
        names = {profile.id: profile.name for profile in solution.profiles}
        foretold = foretell(engine, reading, table, chosen, journal, labels=solution.labels, names=names)
        with journal.stage("write", "Writing the results"):
            _write(engine, target.folder, reading, table, solution, sides, foretold)
        found = audit(inputs, chosen, reading, table, solution, engine=engine, teller=teller) if chosen.run.audit else ()
        with journal.stage("report", "Writing the report"):
            page = tell(reading, table, solution, chosen, past=past, audit=found, sides=sides, foretold=foretold)
            (target.folder / "report.html").write_text(page, encoding="utf-8")
        entry = plain(record(reading, table, solution, chosen, journal.seconds)) | {
            "audit": plain(found),
            "views": plain([side.figures() for side in sides]),
            "value": value_entry(foretold.worth),
            "response": response_entry(foretold.response),
        }
        write_record(target.folder / "run.json", entry)
        folder = target.publish(run_name(reading, chosen, solution.identity.previous))
    return Run(folder, folder / "report.html", entry, table.matrix.ids, solution.labels, solution.profiles)


def _write(
    engine: DuckEngine,
    folder: Path,
    reading: Reading,
    table: FeatureTable,
    solution: Solution,
    sides: tuple[SideView, ...],
    foretold: Foretold,
) -> None:
    from segmentry.tables.quarantine import write

    names = {profile.id: profile.name for profile in solution.profiles}
    order = file_order(table.matrix.ids) if reading.numbered else np.arange(len(table.matrix))
    write_segments(
        engine,
        folder,
        ids=table.matrix.ids[order],
        labels=solution.labels[order],
        confidence=solution.confidence[order],
        names=names,
        more={
            "vote_share": np.round(solution.explained.votes[order], 4),
            "second_segment": solution.explained.second[order],
            **{side.column: side.labels[order] for side in sides if side.labels is not None},
            **{name: column[order] for name, column in columns(foretold, reading.dataset.as_of).items()},
        },
    )
    write_rules(folder, solution.explained.rules)
    write_features(engine, folder / "features.parquet", table.matrix)
    write_profiles(folder / "profiles.csv", solution.profiles, table.matrix)
    write(engine, reading.accepted, folder)
    write_ledger(folder, solution.identity.ledger)
    write_model(folder / "model", freeze(reading, table, solution.segmentation, names))
