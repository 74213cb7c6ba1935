"""New customers into the segments of a finished run: the same columns, the same features, the frozen model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, ModelRefused
from segmentry.project.freezing import aligned, thawed
from segmentry.project.measuring import measure
from segmentry.project.newcomers import provisional
from segmentry.project.outputs import file_order, write_record, write_segments
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import read_dataset, table_hash
from segmentry.project.record import rows, run_name, tables
from segmentry.project.settings import Settings, load
from segmentry.project.versions import versions
from segmentry.store.artifacts import publication
from segmentry.store.models import read_model


def score(*inputs: Any, model: str | Path, out: str | Path = "out", settings: Settings | None = None, teller: Teller | None = None) -> Path:
    """Assign customers to the segments of a finished run; neither segments nor names change.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Tables with the columns the model was made from.
    model : path
        Folder ``model`` of a finished run.

    Returns
    -------
    Path
        ``segments.csv`` of the new folder, one row per customer; who has little history is marked ``provisional``, with the segment to be
        expected and its likelihood.

    Raises
    ------
    ModelRefused
        When the model is damaged, or the data lacks what it needs.
    DataRefused
        When the data cannot be used.
    """
    from segmentry.features.catalogue import recall

    chosen = settings or load(None)
    stored = read_model(Path(model))
    segmentation, columns, schemas, names, unused = thawed(stored)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen.over("cleaning", rare_categories="keep"), journal, frozen=schemas)
        # What a handful of new customers have in common, or lack, was no constant when the model was made.
        used = tuple(replace(attribute, use=attribute.name not in unused) for attribute in reading.dataset.attributes)
        dataset = replace(reading.dataset, attributes=used)
        try:
            features = recall(dataset, [column.name for column in columns])
        except DataRefused as refused:
            raise ModelRefused(*refused.problems) from None
        table = measure(engine, dataset, chosen, journal, features)
        with journal.stage("score", "Finding each customer's segment"):
            matrix = aligned(table.matrix, columns)
            labels, confidence = segmentation.score_customers(matrix, set_aside=table.set_aside)
            more = provisional(matrix, segmentation, table.set_aside, seed=chosen.run.seed)
            confidence = np.where(table.set_aside, np.nan, confidence)
        with journal.stage("write", "Writing the results"):
            order = file_order(table.matrix.ids) if reading.numbered else np.arange(len(labels))
            ids = table.matrix.ids[order]
            write_segments(
                engine,
                target.folder,
                ids=ids,
                labels=labels[order],
                confidence=confidence[order],
                names=names,
                more={name: column[order] for name, column in more.items()},
            )
        entry = {
            "rows": rows(reading),
            "tables": tables(reading),
            "customers": reading.dataset.customers,
            "as_of": reading.dataset.as_of,
            "model_as_of": stored.manifest.get("as_of"),
            "table_hash": table_hash(reading),
            "segments": [
                {"id": key, "name": name, "customers": int((labels == key).sum())}
                for key, name in sorted(names.items())
                if key > 0 or (labels == key).any()
            ],
            "seconds": journal.seconds,
            "versions": versions(),
        }
        write_record(target.folder / "run.json", entry)
        return target.publish(f"{run_name(reading, chosen)}-scored") / "segments.csv"
