"""The stage that foretells who will answer: what is asked, what a contact costs and brings, and the models' verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import Engine
from segmentry.errors import DataRefused
from segmentry.features.compute import FeatureTable
from segmentry.features.economics import Economics, economics
from segmentry.project.asking import Asked, ask
from segmentry.project.progress import Journal
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.propensity.results import Response
from segmentry.tables.dataset import Dataset


def respond(
    engine: DuckEngine,
    reading: Reading,
    table: FeatureTable,
    settings: Settings,
    journal: Journal,
    *,
    labels: NDArray[np.int64] | None = None,
    names: dict[int, str] | None = None,
) -> Response | None:
    """Foretell who will answer; None when nothing says who answered before.

    Parameters
    ----------
    labels : int array, shape (n,), or None
        Segment of each customer; None leaves the figures by segment out.
    names : dict of int to str or None
        Names of the segments.

    Raises
    ------
    UsageError
        When the settings name a target, a column or a household that is not there.
    """
    if not settings.response.predict:
        return None
    asked = ask(engine, reading, table, settings)
    if asked is None:
        return None
    with journal.stage("response", "Asking who will answer"):
        found = _found(asked, money_of_contact(engine, reading.dataset, settings), settings, table, labels, names or {})
        journal.found(found.refusal or found.verdict)
    return found


def _found(
    asked: Asked,
    money: Economics,
    settings: Settings,
    table: FeatureTable,
    labels: NDArray[np.int64] | None,
    names: dict[int, str],
) -> Response:
    from segmentry.propensity.question import Question
    from segmentry.propensity.response import respond as answer

    wanted = settings.response
    present = len(table.matrix)
    question = Question(
        target=asked.target,
        words=asked.words,
        groups=asked.groups,
        days=asked.days,
        gap=asked.gap,
        cost=money.cost,
        revenue=money.revenue,
        source=money.source,
        confirmed=wanted.confirmed,
        repeats=wanted.repeats,
        folds=wanted.folds,
        seed=settings.run.seed,
        # Segments of today are made from what came after the answers: among them the answers would seem to be foretold.
        labels=None if asked.dated else labels,
        names=names,
    )
    try:
        found = answer(asked.matrix, asked.outcome, question=question)
    except DataRefused as refused:
        return Response(" ".join(problem.sentence() for problem in refused.problems), asked.target, asked.words, notes=asked.notes)
    return _of_today(replace(found, notes=(*asked.notes, *found.notes)), present)


def _of_today(found: Response, present: int) -> Response:
    """Return the result with one entry per customer of the run."""
    return replace(
        found,
        probability=None if found.probability is None else found.probability[-present:],
        reasons=None if found.reasons is None else found.reasons[-present:],
        contact=None if found.contact is None else found.contact[-present:],
    )


def money_of_contact(engine: Engine, dataset: Dataset, settings: Settings) -> Economics:
    """Return what a contact costs and brings: as declared, else as the data says."""
    wanted, found = settings.response, economics(engine, dataset)
    if wanted.cost is None and wanted.revenue is None:
        return found
    declared = [name for name in ("cost", "revenue") if getattr(wanted, name) is not None]
    source = f"setting{'s' if len(declared) > 1 else ''} {' and '.join(f'response.{name}' for name in declared)}"
    return Economics(
        cost=found.cost if wanted.cost is None else wanted.cost,
        revenue=found.revenue if wanted.revenue is None else wanted.revenue,
        source=source if len(declared) == 2 or not found.source else f"{source}, and {found.source}",
    )
