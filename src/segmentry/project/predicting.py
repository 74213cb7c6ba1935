"""Predictions without segments: what customers may be worth, and who will answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.writers import write_csv
from segmentry.errors import NotEnoughData, Problem
from segmentry.features.compute import FeatureTable
from segmentry.project.foretelling import Foretold, columns, response_entry, value_entry
from segmentry.project.measuring import measure
from segmentry.project.outputs import file_order, write_columns, write_record
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.record import head, run_name
from segmentry.project.responding import respond
from segmentry.project.settings import Settings, load
from segmentry.project.valuing import value
from segmentry.results import plain
from segmentry.store.artifacts import publication

_REMEDY = "give transactions, or name the column that says who answered with --target"


@dataclass(frozen=True, slots=True)
class Prediction:
    """Finished predictions.

    Parameters
    ----------
    folder, report : Path
        Where its files are, and the page to open.
    record : dict
        What ``run.json`` says.
    """

    folder: Path
    report: Path
    record: dict[str, Any]


def foretell(
    engine: DuckEngine,
    reading: Reading,
    table: FeatureTable,
    settings: Settings,
    journal: Journal,
    *,
    labels: NDArray[np.int64] | None = None,
    names: dict[int, str] | None = None,
) -> Foretold:
    """Foretell worth and answers, by segment where labels are given."""
    worth = value(engine, reading.dataset, table, settings, journal, labels=labels, names=names)
    return Foretold(worth, respond(engine, reading, table, settings, journal, labels=labels, names=names))


def predict(*inputs: Any, out: str | Path = "out", settings: Settings | None = None, teller: Teller | None = None) -> Prediction:
    """Foretell what customers may be worth and who will answer; no segments are made.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Files and globs, or pandas, Polars, Arrow and DuckDB frames.
    out : path
        Folder that gets one sub-folder, with ``predictions.csv``, ``report.html`` and ``run.json``.

    Raises
    ------
    DataRefused
        When the data cannot be used, or allows neither; nothing is written.
    UsageError
        When an argument or a setting is wrong.
    """
    from segmentry.features.history import history
    from segmentry.project.telling import tell_predictions

    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        table = measure(engine, reading.dataset, chosen, journal)
        past = history(engine, reading.dataset)
        foretold = foretell(engine, reading, table, chosen, journal)
        found = columns(foretold, reading.dataset.as_of)
        if not found:
            raise NotEnoughData(_neither(foretold, chosen))
        with journal.stage("write", "Writing the results"):
            _write(engine, target.folder, reading, table, found)
        with journal.stage("report", "Writing the report"):
            page = tell_predictions(reading, table, foretold, chosen, past)
            (target.folder / "report.html").write_text(page, encoding="utf-8")
        entry = plain(head(reading, table, chosen, journal.seconds)) | {
            "value": value_entry(foretold.worth),
            "response": response_entry(foretold.response),
        }
        write_record(target.folder / "run.json", entry)
        folder = target.publish(f"{run_name(reading, chosen)}-predictions")
    return Prediction(folder, folder / "report.html", entry)


def _write(engine: DuckEngine, folder: Path, reading: Reading, table: FeatureTable, found: dict[str, NDArray[Any]]) -> None:
    ids = table.matrix.ids
    order = file_order(ids) if reading.numbered else np.arange(len(ids))
    told = {name: column[order] for name, column in found.items()}
    write_csv(folder / "predictions.csv", {"id": ids[order], **told})
    write_columns(engine, folder / "predictions.parquet", {"id": ids[order], **told})


def _neither(foretold: Foretold, settings: Settings) -> Problem:
    reasons = [each.refusal for each in (foretold.response, foretold.worth) if each is not None and each.refusal]
    if reasons:
        # A refusal that names its own way out is not given a second one.
        reason, _, remedy = " ".join(reasons).rpartition(" Next: ")
        return Problem("NOTHING_TO_PREDICT", reason or remedy, remedy if reason else _REMEDY)
    off = [f"[{name}]" for name in ("value", "response") if not getattr(settings, name).predict]
    if off:
        told = f"the settings turn {' and '.join(off)} off{'' if len(off) > 1 else ', and the data allows nothing else'}"
        return Problem("NOTHING_TO_PREDICT", told, f"set predict = true under {' or '.join(off)}, or add what the other one needs")
    return Problem("NOTHING_TO_PREDICT", "no column says who answered, and there are no purchases", _REMEDY)
