"""What campaigns brought, from files: the job of ``segmentry roi``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.writers import write_csv
from segmentry.errors import NotEnoughData, Problem
from segmentry.features.compute import FeatureTable
from segmentry.plans.returns import ChannelReturn, Earned, Incremental, Returns
from segmentry.project.impact import PAGE, named, story, write_page
from segmentry.project.labelling import Labels, labels_before, labels_of
from segmentry.project.measuring import measure
from segmentry.project.outputs import write_record
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.record import head
from segmentry.project.returning import tell_returns
from segmentry.project.settings import Settings, load
from segmentry.project.trials import read_trial
from segmentry.project.trying import Tested, asked
from segmentry.results import Estimate, plain
from segmentry.store.artifacts import publication


@dataclass(frozen=True, slots=True)
class Roi:
    """Finished returns.

    Parameters
    ----------
    folder, report : Path
        Where its files are, and the page to open.
    returns : Returns
    """

    folder: Path
    report: Path
    returns: Returns


def roi(
    *inputs: Any, run: str | Path | None = None, out: str | Path = "out", settings: Settings | None = None, teller: Teller | None = None
) -> Roi:
    """Tell what campaigns brought: spend, gross revenue, and what trials by lot added.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Contacts, with transactions, campaigns, customers and trials beside them as far as there are.
    run : path or None
        Folder of a finished run, whose segments the figures are told by.
    out : path
        Folder that gets one sub-folder, with ``returns.csv``, ``returns.json`` and ``impact.html``.

    Raises
    ------
    DataRefused
        When the data cannot be used, or holds neither contacts nor a trial; nothing is written.
    UsageError
        When an argument or a setting is wrong.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        table = measure(engine, reading.dataset, chosen, journal)
        segments = None if run is None else labels_of(engine, Path(run), table.matrix.ids)
        tested, untold = _trial(engine, reading, table, chosen, segments)
        found = tell_returns(engine, reading, chosen, journal, segments=segments, tested=tested)
        if found.refusal:
            raise NotEnoughData(Problem("NO_RETURNS", *_halves(found.refusal)))
        found = replace(found, missing=(*found.missing, *untold))
        with journal.stage("write", "Writing the results"):
            write_csv(target.folder / "returns.csv", _columns(found))
            write_record(target.folder / "returns.json", plain(head(reading, table, chosen, journal.seconds)) | {"returns": plain(found)})
        name = named(reading, chosen, "returns")
        with journal.stage("report", "Writing the report"):
            analyses = () if tested is None else (tested.analysis,)
            write_page(target.folder, story(reading, chosen, command="segmentry roi", name=name, returns=found, analyses=analyses))
        folder = target.publish(name)
    return Roi(folder, folder / PAGE, found)


def _trial(
    engine: DuckEngine, reading: Reading, table: FeatureTable, settings: Settings, segments: Labels | None
) -> tuple[Tested | None, tuple[str, ...]]:
    """Return the trial in the data with its analysis; one that is not over yet holds nothing else up."""
    from segmentry.experiments.analysis import analyse

    try:
        tried = read_trial(engine, reading, table, settings)
    except NotEnoughData as refused:
        return None, tuple(f"The trial in the data is not told: {problem.sentence()}" for problem in refused.problems)
    if tried is None:
        return None, ()
    strata, notes = (None, ()) if segments is None else labels_before(engine, reading.dataset, settings, tried, segments)
    # Customers in no segment are no segment of their own.
    own = None if strata is None else np.where(strata > 0, strata, -1)
    question = asked(settings, reading.dataset)
    names = None if segments is None else dict(segments.names)
    return Tested(tried, analyse(tried.trial, question=question, strata=own, names=names), own), notes


def _halves(refusal: str) -> tuple[str, str]:
    """Return what was found and what to do of a refusal that was put together."""
    found, _, remedy = refusal.rpartition(" Next: ")
    # The code that stands before the reason gets the place of its own.
    return found.partition(": ")[2] or found or "there are neither contacts nor a trial", remedy


def _columns(found: Returns) -> dict[str, list[Any]]:
    """Return one row per campaign, channel and segment, and one of all; what is hidden or not known is empty."""
    rows: list[dict[str, Any]] = []
    for line in found.campaigns:
        told = {"kind": "campaign", "id": line.campaign, "name": line.name, "channel": line.channel, "first": line.first, "last": line.last}
        rows.append(
            {
                **told,
                **_gross(line.earned),
                **_added(line.incremental),
                "evidence": line.grade,
                "words": " ".join((line.words, *line.cautions)),
            }
        )
    for kind, parts in (("channel", found.channels), ("segment", found.segments)):
        for part in parts:
            name = part.channel if isinstance(part, ChannelReturn) else part.name
            key = part.channel if isinstance(part, ChannelReturn) else str(part.segment)
            rows.append({"kind": kind, "id": key, "name": name, **_gross(part.earned), "evidence": part.grade, "words": part.words})
            for gain in part.tried:
                head = {"kind": f"{kind}, by lot", "id": key, "name": f"{name}: {gain.arm}"}
                rows.append({**head, **_added(gain.found), "evidence": "randomised", "words": gain.found.source})
    if found.total is not None:
        rows.append({"kind": "all", "name": "All contacts", **_gross(found.total), "evidence": "observational", "words": found.words[0]})
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def _gross(found: Earned) -> dict[str, Any]:
    return {
        "customers": found.customers,
        "contacts": found.contacts,
        "answered": found.answered,
        "answer_rate": _round(None if found.rate is None else found.rate.value, 4),
        "answer_rate_low": _round(None if found.rate is None else found.rate.low, 4),
        "answer_rate_high": _round(None if found.rate is None else found.rate.high, 4),
        "answer_rate_shrunken": _round(found.shrunken, 4),
        "orders_credited": None if found.hidden else _round(found.orders, 4),
        "budget": _round(found.budget, 2),
        "spend": _round(found.spend, 2),
        "gross_revenue": _round(found.gross, 2),
        "gross_profit": _round(found.gross_profit, 2),
        "gross_roi": _round(found.gross_roi, 4),
    }


def _added(found: Incremental | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in ("buyers", "revenue", "profit", "roi"):
        estimate: Estimate | None = None if found is None else getattr(found, name)
        for end in ("", "_low", "_high"):
            value = None if estimate is None else getattr(estimate, end[1:] or "value")
            told[f"incremental_{name}{end}"] = _round(value, 4)
    return told


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0
