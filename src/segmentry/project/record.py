"""The record of a run: what came in, what was done, what came out, with which settings, versions and seed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

from segmentry.project.reading import Reading, table_hash
from segmentry.project.settings import Settings
from segmentry.project.versions import versions
from segmentry.results import plain
from segmentry.segments.comparison import Comparison
from segmentry.segments.results import Stability
from segmentry.segments.stability import TRUSTED

if TYPE_CHECKING:
    from segmentry.features.compute import FeatureTable
    from segmentry.project.solving import Solution


def record(reading: Reading, table: FeatureTable, solution: Solution, settings: Settings, seconds: dict[str, float]) -> dict[str, Any]:
    """Return the content of ``run.json``: the same input, settings and seed give the same content, ``seconds`` apart."""
    selection = solution.segmentation.selection_
    return {
        **head(reading, table, settings, seconds),
        "features": list(solution.features),
        "selection": {
            "k": selection.k,
            "method": selection.method,
            "reason": selection.reason,
            "rivals": list(selection.rivals),
            "space": selection.space,
            "by_k": [dataclasses.asdict(candidate) for candidate in selection.by_k],
        },
        "methods": methods_entry(solution.comparison),
        "previous": solution.identity.previous,
        "since": list(solution.identity.words),
        "structure": dataclasses.asdict(solution.structure),
        "stability": stability_entry(solution.stability),
        "segments": [
            {
                "id": profile.id,
                "name": profile.name,
                "kind": profile.kind,
                "customers": profile.customers,
                "share": profile.share,
                "revenue": profile.revenue,
                "revenue_share": profile.revenue_share,
            }
            for profile in solution.profiles
        ],
        "notes": [plain(note) for note in (*reading.notes, *table.notes, *solution.notes)],
    }


def head(reading: Reading, table: FeatureTable, settings: Settings, seconds: dict[str, float]) -> dict[str, Any]:
    """Return what every record begins with: what came in, what was done to it, with which settings."""
    dataset = reading.dataset
    return {
        "rows": rows(reading),
        "tables": tables(reading),
        "customers": dataset.customers,
        "shape": dataset.shape,
        "as_of": dataset.as_of,
        "as_of_reason": dataset.as_of_reason,
        "currency": settings.read.currency or dataset.currency,
        "table_hash": table_hash(reading),
        "features_computed": list(table.matrix.names),
        "treatments": [plain(treatment) for treatment in (*reading.treatments, *table.netting.treatments())],
        "notes": [plain(note) for note in (*reading.notes, *table.notes)],
        "quarantine": [{"code": code, "column": column, "count": count} for code, column, count in reading.quarantine],
        "settings": settings.model_dump(mode="json", exclude_defaults=True),
        "seed": settings.run.seed,
        "seconds": seconds,
        "versions": versions(),
    }


def methods_entry(found: Comparison | None) -> dict[str, Any] | None:
    """Return the comparison of methods as plain values; None when there was one method."""
    if found is None:
        return None
    return {
        "chosen": found.chosen,
        "reason": found.reason,
        "tried": [dataclasses.asdict(each) for each in found.contenders],
        "agreement": {each.method: each.agreement for each in found.crossings},
        "left_out": list(found.left_out),
    }


def stability_entry(found: Stability) -> dict[str, Any]:
    """Return the stability as plain values: of the whole, of each segment by its id, and how many customers are unsure."""
    return {
        "ari": found.ari,
        "ari_low": found.ari_low,
        "segments": {str(segment): overlap for segment, overlap in found.overlaps.items()},
        "unsure_customers": int((found.votes < TRUSTED).sum()),
        "resamples": found.resamples,
        "sampled": found.sampled,
    }


def rows(reading: Reading) -> dict[str, int]:
    """Return where all rows of all tables went: ``in = accepted + quarantined + duplicates``."""
    counts = [table.counts for table in reading.accepted]
    return {
        "in": sum(count.rows_in for count in counts),
        "accepted": sum(count.accepted for count in counts),
        "quarantined": sum(count.quarantined for count in counts),
        "duplicates": sum(count.duplicates for count in counts),
    }


def tables(reading: Reading) -> dict[str, dict[str, Any]]:
    """Return per table its kind, files, form and where its rows went."""
    accepted = {table.schema.table: table for table in reading.accepted}
    entries: dict[str, dict[str, Any]] = {}
    for raw, schema in zip(reading.inspection.raws, reading.inspection.schemas, strict=True):
        entry: dict[str, Any] = {
            "kind": schema.kind,
            "files": list(raw.files),
            "form": raw.form,
            "roles": {field.name: field.role for field in schema.fields},
        }
        if schema.table in accepted:
            counts = accepted[schema.table].counts
            entry |= {
                "in": counts.rows_in,
                "accepted": counts.accepted,
                "quarantined": counts.quarantined,
                "duplicates": counts.duplicates,
                "hash": accepted[schema.table].fingerprint,
            }
        else:
            entry |= {"in": raw.rows_in, "left_out": schema.reason}
        entries[raw.name] = entry
    return entries


def run_name(reading: Reading, settings: Settings, previous: str = "") -> str:
    """Return the name of a run's folder: the main table's, and a hash of data, settings, version and the earlier run it follows."""
    made_from = [table_hash(reading), settings.model_dump(mode="json"), versions()["segmentry"], *([previous] if previous else [])]
    content = json.dumps(made_from, sort_keys=True)
    stem = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in main_table(reading))[:40].strip("-") or "run"
    return f"{stem}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def main_table(reading: Reading) -> str:
    """Return the name of the table a run is about: transactions, else the customers."""
    order = ("transactions", "snapshot", "customers")
    return min(
        reading.accepted, key=lambda table: order.index(table.schema.kind) if table.schema.kind in order else len(order)
    ).schema.table
