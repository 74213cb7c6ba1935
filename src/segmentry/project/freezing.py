"""A model at rest and back: names and arrays, no data of customers; and a matrix brought to the columns a model knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from segmentry.errors import ModelRefused, Problem
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Column, Matrix
from segmentry.project.reading import Reading
from segmentry.project.versions import versions
from segmentry.results import plain
from segmentry.segments.clustering import UNASSIGNED
from segmentry.segments.names import BETWEEN, SET_ASIDE
from segmentry.segments.segmentation import Segmentation
from segmentry.store.models import StoredModel
from segmentry.tables.schema import Field, Notation, Schema


def freeze(reading: Reading, table: FeatureTable, segmentation: Segmentation, names: Mapping[int, str]) -> StoredModel:
    """Return what is needed to put new customers into the same segments, as names (of segments, by id) and arrays."""
    manifest, arrays = segmentation.frozen()
    return StoredModel(
        {
            "segmentation": manifest,
            "columns": [asdict(column) for column in table.matrix.select(segmentation.preparation_.names).columns],
            "names": {str(key): name for key, name in names.items()},
            "schemas": [plain(schema) for schema in reading.inspection.schemas],
            "unused": sorted(attribute.name for attribute in reading.dataset.attributes if not attribute.use),
            "as_of": reading.dataset.as_of,
            "versions": versions(),
        },
        arrays,
    )


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


def thawed(stored: StoredModel) -> tuple[Segmentation, tuple[Column, ...], tuple[Schema, ...], dict[int, str], frozenset[str]]:
    """Return segmentation, columns, schemas, names by segment id and unused attributes of a stored model; raise `ModelRefused` when damaged."""
    manifest = stored.manifest
    try:
        segmentation = Segmentation.from_frozen(manifest["segmentation"], stored.arrays)
        known = {entry["name"]: Column(**{**entry, "levels": tuple(entry["levels"])}) for entry in manifest["columns"]}
        columns = tuple(known[name] for name in segmentation.preparation_.names)
        schemas = tuple(_schema(entry) for entry in manifest["schemas"])
        names = {int(key): str(name) for key, name in manifest["names"].items()}
        unused = frozenset(map(str, manifest["unused"]))
        names |= {key: names[key] for key in segmentation.ids_}
    except ModelRefused:
        raise
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ModelRefused(
            Problem("MODEL_DAMAGED", "manifest.json lacks a part of a model", "use an unchanged copy of the model")
        ) from None
    return segmentation, columns, schemas, {0: SET_ASIDE, UNASSIGNED: BETWEEN, **names}, unused


def _schema(entry: Mapping[str, Any]) -> Schema:
    fields = []
    for field in entry["fields"]:
        notation = {**field["notation"], "yes": tuple(field["notation"]["yes"]), "no": tuple(field["notation"]["no"])}
        fields.append(Field(**{**field, "notation": Notation(**notation)}))
    return Schema(entry["table"], entry["kind"], entry["reason"], tuple(fields))
