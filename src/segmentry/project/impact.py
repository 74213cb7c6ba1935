"""The page of marketing impact, for every command that plans, tries or counts: what was found, put into the one story the page is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segmentry.project.reading import Reading
from segmentry.project.record import main_table, run_name
from segmentry.project.settings import Settings
from segmentry.project.versions import versions
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_page import render_impact
from segmentry.reports.method import without_folders

PAGE = "impact.html"


def story(reading: Reading, settings: Settings, *, command: str, name: str, **told: Any) -> ImpactStory:
    """Return what the page is made from.

    Parameters
    ----------
    command : str
        As typed, without files.
    name : str
        Of the run.
    told
        What was found, by the names of `reports.impact.ImpactStory`.
    """
    dataset = reading.dataset
    files = [file for raw in reading.inspection.raws for file in raw.files]
    return ImpactStory(
        title=settings.project.title or main_table(reading).replace("_", " ").strip().capitalize(),
        customers=dataset.customers,
        day=dataset.as_of.isoformat() if dataset.as_of else "",
        currency=settings.read.currency or dataset.currency,
        settings=settings.model_dump(mode="json", exclude_defaults=True),
        versions=versions(),
        seed=settings.run.seed,
        command=without_folders(" ".join([command, *files])),
        run=name,
        **told,
    )


def write_page(folder: Path, made: ImpactStory) -> None:
    """Write ``impact.html``."""
    (folder / PAGE).write_text(render_impact(made), encoding="utf-8")


def named(reading: Reading, settings: Settings, what: str) -> str:
    """Return the name of a folder: of the run, and what the command made."""
    return f"{run_name(reading, settings)}-{what}"
