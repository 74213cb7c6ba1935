"""New customers into the segments of a finished run: the same columns, the same features, the frozen model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, ModelRefused, Problem
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Column, Matrix
from segmentry.project.measuring import measure
from segmentry.project.outputs import file_order, write_record, write_segments
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.record import rows, run_name, table_hash, tables, versions
from segmentry.project.settings import Settings, load
from segmentry.project.solving import Solution
from segmentry.results import plain
from segmentry.segments.segmentation import Segmentation
from segmentry.store.artifacts import publication
from segmentry.store.models import StoredModel, read_model
from segmentry.tables.schema import Field, Notation, Schema


def freeze(reading: Reading, table: FeatureTable, solution: Solution) -> StoredModel:
    """Return what is needed to put new customers into the same segments, as names and arrays."""
    manifest, arrays = solution.segmentation.frozen()
    return StoredModel(
        {
            "segmentation": manifest,
            "columns": [asdict(column) for column in table.matrix.select(solution.features).columns],
            "names": {str(profile.id): profile.name for profile in solution.profiles},
            "schemas": [plain(schema) for schema in reading.inspection.schemas],
            "unused": sorted(attribute.name for attribute in reading.dataset.attributes if not attribute.use),
            "as_of": reading.dataset.as_of,
            "versions": versions(),
        },
        arrays,
    )


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
        ``segments.csv`` of the new folder, one row per customer.

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
    segmentation, columns, schemas, names, unused = _thawed(stored)
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
            labels, confidence = segmentation.score_customers(aligned(table.matrix, columns), set_aside=table.set_aside)
            confidence = np.where(table.set_aside, np.nan, confidence)
        with journal.stage("write", "Writing the results"):
            order = file_order(table.matrix.ids) if reading.numbered else np.arange(len(labels))
            ids = table.matrix.ids[order]
            write_segments(engine, target.folder, ids=ids, labels=labels[order], confidence=confidence[order], names=names)
        entry = {
            "rows": rows(reading),
            "tables": tables(reading),
            "customers": reading.dataset.customers,
            "as_of": reading.dataset.as_of,
            "model_as_of": stored.manifest.get("as_of"),
            "table_hash": table_hash(reading),
            "segments": [{"id": key, "name": name, "customers": int((labels == key).sum())} for key, name in names.items()],
            "seconds": journal.seconds,
            "versions": versions(),
        }
        write_record(target.folder / "run.json", entry)
        return target.publish(f"{run_name(reading, chosen)}-scored") / "segments.csv"


def aligned(matrix: Matrix, columns: Sequence[Column]) -> Matrix:
    """Return the matrix with exactly the columns of a model; codes of categories are those of its levels, new levels are missing."""
    chosen = matrix.select([column.name for column in columns])
    values = chosen.values.copy()
    for place, (found, wanted) in enumerate(zip(chosen.columns, columns, strict=True)):
        if wanted.kind == "category":
            codes = np.array([wanted.levels.index(level) if level in wanted.levels else np.nan for level in found.levels] + [np.nan])
            known = np.where(np.isnan(values[:, place]), len(found.levels), values[:, place]).astype(np.intp)
            values[:, place] = codes[known]
    return Matrix(chosen.ids, tuple(columns), values)


def _thawed(stored: StoredModel) -> tuple[Segmentation, tuple[Column, ...], tuple[Schema, ...], dict[int, str], frozenset[str]]:
    manifest = stored.manifest
    try:
        segmentation = Segmentation.from_frozen(manifest["segmentation"], stored.arrays)
        columns = tuple(Column(**{**entry, "levels": tuple(entry["levels"])}) for entry in manifest["columns"])
        schemas = tuple(_schema(entry) for entry in manifest["schemas"])
        names = {int(key): str(name) for key, name in manifest["names"].items()}
        unused = frozenset(map(str, manifest["unused"]))
        names |= {key: names[key] for key in range(1, segmentation.selection_.k + 1)}
    except ModelRefused:
        raise
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ModelRefused(
            Problem("MODEL_DAMAGED", "manifest.json lacks a part of a model", "use an unchanged copy of the model")
        ) from None
    return segmentation, columns, schemas, {**names, **({} if 0 in names else {0: "No net purchases"})}, unused


def _schema(entry: Mapping[str, Any]) -> Schema:
    fields = []
    for field in entry["fields"]:
        notation = {**field["notation"], "yes": tuple(field["notation"]["yes"]), "no": tuple(field["notation"]["no"])}
        fields.append(Field(**{**field, "notation": Notation(**notation)}))
    return Schema(entry["table"], entry["kind"], entry["reason"], tuple(fields))
