"""The job of ``segmentry plan``: from files, offers and limits to a list of who gets what, its record, and the page of marketing impact."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.writers import write_csv
from segmentry.errors import Problem
from segmentry.features.compute import FeatureTable
from segmentry.plans.evidence import Graded, add
from segmentry.plans.fairness import Fairness, fairness
from segmentry.plans.playbook import match
from segmentry.project.impact import PAGE, named, story, write_page
from segmentry.project.measuring import measure
from segmentry.project.outputs import file_order, write_columns, write_record
from segmentry.project.planning import Planned, make_plan
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.protecting import protected
from segmentry.project.reading import Reading, read_dataset
from segmentry.project.record import head
from segmentry.project.settings import Settings, load
from segmentry.project.surroundings import Around, surroundings
from segmentry.results import plain
from segmentry.store.artifacts import publication

CENTS, FINE = 2, 4


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A finished plan.

    Parameters
    ----------
    folder, page, table : Path
        Where its files are, ``impact.html`` and ``plan.csv``.
    record : dict
        What ``plan.json`` says.
    planned : Planned
    """

    folder: Path
    page: Path
    table: Path
    record: dict[str, Any]
    planned: Planned


def plan(
    *inputs: Any,
    run: str | Path | None = None,
    out: str | Path = "out",
    settings: Settings | None = None,
    teller: Teller | None = None,
) -> Plan:
    """Plan who gets which offer within the limits, and say what that may earn and what it rests on.

    Parameters
    ----------
    *inputs : str, Path, data frame or (name, data frame)
        Customers, transactions, contacts and, where offers were tried by lot, trials.
    run : path or None
        Folder of a finished run, whose segments are used.
    out : path
        Folder that gets one sub-folder, with ``plan.csv``, ``plan.json`` and ``impact.html``.
    settings : Settings or None
        ``[[offers]]``, ``[plan]`` and ``[trial]``.

    Raises
    ------
    UsageError
        When there is no offer, or a setting speaks of what is not there.
    DataRefused
        When the data cannot be used, or limits cannot be met together; nothing is written.
    """
    chosen = settings or load(None)
    journal = Journal(teller or Silent())
    with publication(Path(out)) as target, DuckEngine() as engine:
        reading = read_dataset(engine, inputs, chosen, journal)
        table = measure(engine, reading.dataset, chosen, journal)
        planned = make_plan(engine, reading, table, chosen, journal, run=None if run is None else Path(run))
        around = surroundings(engine, reading, chosen, journal, planned=planned, ids=table.matrix.ids)
        fair = _fairness(engine, reading, table, chosen, planned)
        name = named(reading, chosen, "plan")
        with journal.stage("write", "Writing the results"):
            entry = plain(head(reading, table, chosen, journal.seconds)) | record_of(planned, around, fair)
            columns = columns_of(planned, around, table.matrix.ids)
            order = file_order(table.matrix.ids) if reading.numbered else np.arange(len(table.matrix))
            told = {key: column[order] for key, column in columns.items()}
            write_csv(target.folder / "plan.csv", told)
            write_columns(engine, target.folder / "plan.parquet", told)
            write_record(target.folder / "plan.json", entry)
        with journal.stage("report", "Writing the page"):
            write_page(target.folder, _story(reading, chosen, planned, around, fair, name))
        folder = target.publish(name)
    return Plan(folder, folder / PAGE, folder / "plan.csv", entry, planned)


def columns_of(planned: Planned, around: Around, ids: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    """Return ``plan.csv``: one row per customer, who gets what at what cost, what is expected of it, and what that rests on."""
    count, allocation = len(ids), planned.allocation
    names = {0: "", **planned.placed.names}
    told: dict[str, NDArray[Any]] = {
        "id": ids,
        "segment_id": planned.placed.labels,
        "segment_name": np.array([names.get(int(label), "") for label in planned.placed.labels], dtype=object),
    }
    empty = np.full(count, "", dtype=object)
    if allocation is None:
        told |= {"offer": empty, "channel": empty, "cost": np.zeros(count), "expected_gain": np.full(count, np.nan), "evidence": empty}
        return {**told, "held_out": np.full(count, "no", dtype=object), "intended_offer": empty, **around.columns}
    offers = allocation.offers
    given, intended = allocation.offer, allocation.intended
    kept = np.array([*(planned.kept[offer.name] for offer in offers), 0.0])
    grade = {each.offer.name: f"{each.grade}, gross" if each.gross else each.grade for each in planned.expected}
    # Where what is promised is nothing, a figure of a single customer would say more than is known.
    gain = np.where((given >= 0) & (kept[given] > 0), allocation.gain * kept[given], np.nan)
    return {
        **told,
        "offer": _texts([offer.name for offer in offers], given),
        "channel": _texts([offer.channel for offer in offers], given),
        "cost": np.round(allocation.spend, FINE),
        "expected_gain": np.round(gain, FINE),
        "evidence": _texts([grade[offer.name] for offer in offers], given),
        "held_out": np.where(allocation.held_out, "yes", "no").astype(object),
        "intended_offer": _texts([offer.name for offer in offers], intended),
        **around.columns,
    }


def record_of(planned: Planned, around: Around, fair: Fairness | None) -> dict[str, Any]:
    """Return the figures of a plan as plain values, without those of single customers."""
    allocation = planned.allocation
    strategies = {each.name: each.strategy for each in planned.placed.profiles if each.id > 0 and each.strategy is not None}
    graded = [each.figure for each in planned.figures if isinstance(each.figure, Graded)]
    entry: dict[str, Any] = {
        "offers": plain([each.offer for each in planned.expected]),
        "evidence": [
            {"offer": each.offer.name, "grade": each.grade, "gross": each.gross, "source": each.source} for each in planned.expected
        ],
        "figures": plain(planned.figures),
        "promised": plain(add(graded).parts) if graded else [],
        "without_figure": plain(planned.without),
        "strategies": plain(match(strategies, [each.offer for each in planned.expected])),
        "segmenting": plain(planned.segmenting),
        "replay": plain(planned.replay),
        "frontier": plain(planned.frontier),
        "fairness": plain(fair),
        "returns": plain(around.returns),
        "plan": None,
    }
    if allocation is not None:
        entry["plan"] = {
            "objective": allocation.objective,
            "treated": allocation.treated,
            "held_out": int(allocation.held_out.sum()),
            "spend": round(allocation.spent, CENTS),
            "planned_gain": allocation.value,
            "bound": allocation.bound,
            "gap": allocation.gap,
            "method": allocation.method,
            "limits": plain(allocation.limits),
            "left_out": plain(allocation.eligibility.exclusions),
            "by_offer": plain(allocation.by_offer),
            "by_channel": plain(allocation.by_channel),
            "by_segment": plain(allocation.by_segment),
        }
    return entry


def _fairness(engine: DuckEngine, reading: Reading, table: FeatureTable, settings: Settings, planned: Planned) -> Fairness | None:
    """Return whether offers differ by who people are, among those who could be asked."""
    if planned.allocation is None or not planned.allocation.treated:
        return None
    groups = protected(engine, reading.dataset, table, settings)
    could = planned.allocation.eligibility.allowed.any(axis=1)
    if not groups or not could.any():
        return None
    return fairness(
        planned.allocation.offer[could] >= 0,
        {name: column[could] for name, column in groups.items()},
        segments=planned.placed.labels[could] if planned.placed.names else None,
        seed=settings.run.seed,
    )


def _story(reading: Reading, settings: Settings, planned: Planned, around: Around, fair: Fairness | None, name: str) -> Any:
    refusals: dict[str, Problem] = dict(around.refusals)
    if planned.allocation is None:
        refusals["plan"] = Problem(
            "NO_EVIDENCE",
            "for none of the offers is anything known of what it changes, so nobody can say who should get it",
            "try them by lot first; the experiment that would tell is described with each offer",
        )
    return story(
        reading,
        settings,
        command="segmentry plan",
        name=name,
        plan=planned.allocation,
        segment_ids=tuple(sorted(planned.placed.names)),
        figures=planned.figures,
        frontier=planned.frontier,
        replay=planned.replay,
        segmenting=planned.segmenting,
        fairness=fair,
        uplift=None if planned.proven is None else planned.proven.uplift,
        analyses=around.analyses,
        returns=around.returns,
        channels=around.channels,
        hits=around.hits,
        nextbest=around.nextbest,
        refusals=refusals,
        notes=(*reading.notes, *planned.placed.notes, *planned.notes),
    )


def _texts(names: list[str], place: NDArray[np.int64]) -> NDArray[np.object_]:
    return np.array([*names, ""], dtype=object)[place]
