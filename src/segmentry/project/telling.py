"""From the results of a run to the story its report tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segmentry.explore.audit import AuditItem
from segmentry.explore.columns import summarise
from segmentry.explore.findings import findings
from segmentry.explore.pairs import associate
from segmentry.explore.scan import look
from segmentry.features.compute import FeatureTable
from segmentry.features.history import History
from segmentry.preparation.steps import Step
from segmentry.project.foretelling import Foretold
from segmentry.project.reading import Reading
from segmentry.project.record import main_table, rows, run_name
from segmentry.project.settings import Settings
from segmentry.project.solving import Solution, driving
from segmentry.project.versions import versions
from segmentry.reports.page import render, render_description, render_predictions
from segmentry.reports.story import Prepared, Quarantined, Story
from segmentry.segments.sideview import SideView
from segmentry.segments.summary import Facts, executive_summary

_TRANSFORMS = {
    "none": "standardised",
    "log1p": "logarithm, then standardised",
    "signed log": "logarithm on both sides of zero, then standardised",
    "level": "one column per level",
    "missing": "marks customers without a value",
}


def tell(
    reading: Reading,
    table: FeatureTable,
    solution: Solution,
    settings: Settings,
    *,
    past: History | None = None,
    audit: tuple[AuditItem, ...] = (),
    sides: tuple[SideView, ...] = (),
    foretold: Foretold,
) -> str:
    """Return the report page of a run, with what was over time and what the dirt would have changed, where known."""
    selection = solution.segmentation.selection_
    revenue = table.matrix.column(table.revenue) if table.revenue else None
    facts = Facts(
        customers=reading.dataset.customers,
        as_of=reading.dataset.as_of.isoformat() if reading.dataset.as_of else "",
        revenue=None if revenue is None else float(np.nansum(revenue)),
        currency=settings.read.currency or reading.dataset.currency,
        features=len(solution.features),
        quarantined=rows(reading)["quarantined"],
    )
    return render(
        Story(
            **_chapters(reading, table, settings, command="segmentry run", driving=solution.features, previous=solution.identity.previous),
            notes=(*reading.notes, *table.notes, *solution.notes),
            summary=executive_summary(facts, selection, solution.profiles, solution.structure),
            selection=selection,
            structure=solution.structure,
            stability=solution.stability,
            history=past,
            audit=audit,
            views=sides,
            worth=foretold.worth,
            response=foretold.response,
            since=solution.identity.words,
            comparison=solution.comparison,
            tree=solution.segmentation.tree_,
            rivals=solution.rivals,
            outlines=solution.outlines,
            evidence=solution.explained.evidence,
            rules=solution.explained.rules,
            profiles=solution.profiles,
            projection=solution.segmentation.project(),
            used=solution.features,
            preparation=prepared(table, solution),
            set_aside=" ".join(note.words for note in table.notes if note.code == "no_purchase"),
        )
    )


def tell_description(reading: Reading, table: FeatureTable, settings: Settings, past: History | None = None) -> str:
    """Return the page about the data alone."""
    return render_description(
        Story(
            **_chapters(reading, table, settings, command="segmentry describe", driving=driving(table.matrix, reading.dataset, settings)),
            history=past,
            notes=(*reading.notes, *table.notes),
        )
    )


def tell_predictions(reading: Reading, table: FeatureTable, foretold: Foretold, settings: Settings, past: History | None = None) -> str:
    """Return the page of what is foretold, without segments."""
    return render_predictions(
        Story(
            **_chapters(reading, table, settings, command="segmentry predict", driving=driving(table.matrix, reading.dataset, settings)),
            history=past,
            worth=foretold.worth,
            response=foretold.response,
            notes=(*reading.notes, *table.notes),
        )
    )


def prepared(table: FeatureTable, solution: Solution) -> tuple[Prepared, ...]:
    """Return in words how each feature was made ready for the clustering, and which could not take part."""
    words = {column.name: column.words for column in table.matrix.columns}

    def row(step: Step) -> Prepared:
        label = words.get(step.name, step.name)
        return Prepared(f"{label}: {step.level}" if step.level else label, _TRANSFORMS[step.transform], step.missing, step.reason)

    steps = solution.segmentation.preparation_
    return (
        *(row(step) for step in steps.steps),
        *(Prepared(words.get(drop.name, drop.name), "left out", 0.0, drop.reason) for drop in steps.dropped),
    )


def _chapters(
    reading: Reading, table: FeatureTable, settings: Settings, *, command: str, driving: Sequence[str], previous: str = ""
) -> dict[str, Any]:
    scan = look(table.matrix)
    summaries, linked = summarise(scan), associate(scan)
    told = _telling(table, reading, driving)
    own = {attribute.name for attribute in reading.dataset.attributes}
    # A sum goes together with its parts: of a table of customers only what the file itself says is paired.
    paired = [name for name in told if name in own] if reading.dataset.shape == "snapshot" else told
    usable = [raw for raw, schema in zip(reading.inspection.raws, reading.inspection.schemas, strict=True) if schema.kind != "unknown"]
    quarantined = [
        Quarantined(accepted.schema.table, column, code, count)
        for accepted, counts in zip(reading.accepted, reading.quarantined, strict=True)
        for code, column, count in counts
    ]
    return {
        "dataset": reading.dataset,
        "title": settings.project.title or main_table(reading).replace("_", " ").strip().capitalize(),
        "purpose": settings.project.purpose,
        "background": settings.project.background,
        "audience": settings.project.audience,
        "tables": reading.accepted,
        "raws": tuple(usable),
        "treatments": (*reading.treatments, *table.netting.treatments()),
        "quarantine": tuple(quarantined),
        "findings": findings(
            [each for each in summaries if each.name in told],
            linked.select(paired),
            table.matrix.column(table.revenue) if table.revenue else None,
        ),
        "columns": summaries,
        "association": linked,
        "currency": settings.read.currency or reading.dataset.currency,
        "versions": versions(),
        "seed": settings.run.seed,
        "settings": settings.model_dump(mode="json", exclude_defaults=True),
        "command": " ".join([command, *(name for raw in usable for name in raw.files), *_options(settings, previous, command=command)]),
        "run": run_name(reading, settings, previous),
    }


def _options(settings: Settings, previous: str, *, command: str) -> list[str]:
    """Return the options a reader needs to do it again; everything else stands in the settings beside it."""
    if "predict" in command:
        declared = {
            "target": settings.response.target,
            "horizon": settings.value.horizon if "horizon" in settings.value.model_fields_set else None,
            "margin": settings.value.margin,
            "discount": settings.value.discount if "discount" in settings.value.model_fields_set else None,
            "cost": settings.response.cost,
            "revenue": settings.response.revenue,
        }
        return [part for name, value in declared.items() if value not in (None, "") for part in (f"--{name}", str(value))]
    if "run" not in command:
        return []
    wanted = settings.segments
    given = [("--method", ",".join(wanted.method)) if "method" in wanted.model_fields_set else None]
    given += [("--k", str(wanted.k)) if wanted.k else None, ("--audit", "") if settings.run.audit else None]
    given += [("--previous", previous) if previous else None]
    return [part for option in given if option for part in option if part]


def _telling(table: FeatureTable, reading: Reading, driving: Sequence[str]) -> list[str]:
    """Return the columns that findings are about: what drives the segments and what the data says itself, not restatements of these."""
    own = {attribute.name for attribute in reading.dataset.attributes}
    return [name for name in table.matrix.names if name in own or name in driving]
