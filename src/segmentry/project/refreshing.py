"""A refit that keeps the identity of the segments before it: ids and names stay, what split, merged, was born or died goes to the ledger.

Real groups are found anew and recognised. Slices have no borders of their own, so the refit starts from the centres before it, in the space before
it; a fresh start would put the borders elsewhere without any customer having changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, Degenerate, ModelRefused, Problem
from segmentry.features.compute import FeatureTable
from segmentry.project.finished import FinishedRun, read_run
from segmentry.project.freezing import aligned
from segmentry.project.reading import Reading, table_hash
from segmentry.project.settings import Settings
from segmentry.results import Note
from segmentry.segments.clustering import Nearest, means
from segmentry.segments.identity import Match, blocked, centres_apart, changed, match
from segmentry.segments.ledger import Entry, Ledger, begin, from_plain, to_plain, update
from segmentry.segments.results import SegmentProfile
from segmentry.segments.segmentation import Segmentation

FILE = "ledger.json"


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """The run before, and the ledger of its segments."""

    run: FinishedRun
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Identity:
    """What became of the segments before.

    Parameters
    ----------
    ledger : Ledger
        Brought up to date.
    words : tuple of str
        What changed, a sentence each; empty for a first run.
    previous : str
        Folder name of the earlier run; empty for a first one.
    """

    ledger: Ledger
    words: tuple[str, ...] = ()
    previous: str = ""


def read_earlier(engine: DuckEngine, folder: str | Path) -> Earlier:
    """Read a finished run and its ledger; without one, a ledger begins with that run.

    Raises
    ------
    DataRefused, ModelRefused
        When the folder is no finished run, or damaged.
    """
    run = read_run(engine, Path(folder))
    path = Path(folder) / FILE
    if not path.is_file():
        sizes = {key: int((run.labels == key).sum()) for key in run.names if key > 0}
        return Earlier(run, begin({key: name for key, name in run.names.items() if key > 0}, sizes, date=run.day))
    try:
        ledger = from_plain(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ModelRefused):
            raise
        raise ModelRefused(Problem("LEDGER_DAMAGED", "ledger.json is no JSON", "use an unchanged copy of the run", file=FILE)) from None
    if tuple(entry.id for entry in ledger.alive) != tuple(sorted(run.segmentation.ids_)):
        reason = "its living segments are not those of the model beside it"
        raise ModelRefused(Problem("LEDGER_DAMAGED", reason, "use an unchanged copy of the run", file=FILE))
    return Earlier(run, ledger)


def repeated(earlier: Earlier, reading: Reading, settings: Settings) -> bool:
    """Say whether a run repeats the one before: same rows, day and settings, but for the seed."""
    record, day = earlier.run.record, reading.dataset.as_of.isoformat() if reading.dataset.as_of else ""
    now = settings.model_dump(mode="json", exclude_defaults=True)
    return (
        record.get("table_hash") == table_hash(reading) and earlier.run.day == day and _unseeded(record.get("settings")) == _unseeded(now)
    )


def _unseeded(settings: Any) -> dict[str, Any]:
    told = dict(settings or {})
    told["run"] = {key: value for key, value in dict(told.get("run") or {}).items() if key != "seed"}
    return told


def write_ledger(folder: Path, ledger: Ledger) -> None:
    """Write ``ledger.json``."""
    (folder / FILE).write_text(json.dumps(to_plain(ledger), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def followed(segmentation: Segmentation, table: FeatureTable, earlier: Earlier) -> tuple[Segmentation, Note | None]:
    """Return slices that start from those before, or the segmentation as it is and a note why not."""
    before, lacking = earlier.run.segmentation, _lacking(table, earlier)
    if lacking or not isinstance(before.rule_, Nearest):
        reason = f"features of that run are missing now ({', '.join(lacking)})" if lacking else "its method has no centres to start from"
        return segmentation, Note("not_followed", f"The segments could not start from those of the run before: {reason}.", "warning")
    matrix = aligned(table.matrix, earlier.run.columns)
    try:
        moved = Segmentation(before.selection_.k, seed=segmentation.seed, starts=segmentation.starts, features=segmentation.features)
        return moved.refit(matrix, before.preparation_, before.centres_, set_aside=table.set_aside), None
    except Degenerate as refused:
        return segmentation, Note(
            "not_followed", f"The segments could not start from those of the run before: {refused.problems[0].reason}.", "warning"
        )


def recognise(segmentation: Segmentation, table: FeatureTable, earlier: Earlier, *, same_data: bool, verdict: Any) -> Match:
    """Give the segments of a refit their earlier ids.

    Raises
    ------
    DataRefused
        When the data is the same, yet more than 2 % of the customers would change their segment; when neither features nor customers are
        shared, so that nothing can be recognised.
    """
    old, new = _both(table, segmentation, earlier)
    alive = [entry.id for entry in earlier.ledger.alive]
    found = match(old, new, old_ids=alive, new_ids=segmentation.ids_, apart=_apart(segmentation, table, earlier))
    share = changed(old, new, found)
    refusal = blocked(share, verdict) if same_data else ""
    if refusal:
        raise DataRefused(Problem("REFIT_BLOCKED", refusal.rstrip("."), "leave out --previous for an independent run"))
    segmentation.renumber(found.numbering(earlier.ledger.highest))
    return found


def identity(found: Match | None, earlier: Earlier | None, profiles: Sequence[SegmentProfile], *, day: str) -> Identity:
    """Return the ledger with this run in it, and what changed in words."""
    clusters = [each for each in profiles if each.kind == "cluster"]
    names, sizes = {each.id: each.name for each in clusters}, {each.id: each.customers for each in clusters}
    if found is None or earlier is None:
        return Identity(begin(names, sizes, date=day))
    numbering = found.numbering(earlier.ledger.highest)
    ledger = update(
        earlier.ledger,
        found,
        names={segment: names[lasting] for segment, lasting in numbering.items()},
        sizes={segment: sizes[lasting] for segment, lasting in numbering.items()},
        date=day,
    )
    ledger = replace(ledger, entries=tuple(_named(entry, names) for entry in ledger.entries))
    return Identity(ledger, _told(ledger, earlier, found), earlier.run.name)


def lasting_names(earlier: Earlier, profiles: Sequence[SegmentProfile]) -> dict[str, str]:
    """Return the names that kept segments have, by id; new ones that would take one of them get " (new)" added."""
    alive = {entry.id: entry.name for entry in earlier.ledger.alive}
    kept = {each.id: alive[each.id] for each in profiles if each.id in alive}
    fresh = {each.id: f"{each.name} (new)" for each in profiles if each.id > 0 and each.id not in alive and each.name in kept.values()}
    return {str(key): name for key, name in (kept | fresh).items()}


def _named(entry: Entry, names: Mapping[int, str]) -> Entry:
    return replace(entry, name=names.get(entry.id, entry.name)) if entry.died is None else entry


def _lacking(table: FeatureTable, earlier: Earlier) -> list[str]:
    return [column.name for column in earlier.run.columns if column.name not in table.matrix.names]


def _both(table: FeatureTable, segmentation: Segmentation, earlier: Earlier) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the same customers on the same day by the model before and by the new one; lacking features, the customers known to both runs."""
    run = earlier.run
    if _lacking(table, earlier):
        _, one, other = np.intersect1d(run.ids.astype(str), table.matrix.ids.astype(str), return_indices=True)
        if run.numbered or not len(one):
            reason = f"its model needs {', '.join(_lacking(table, earlier))}, which are missing now, and no customer is known to both runs"
            remedy = "give an earlier run on the same columns or the same customers, or leave out --previous"
            raise DataRefused(Problem("NO_COMMON_CUSTOMERS", reason, remedy, file=run.name))
        return run.labels[one], segmentation.labels_[other]
    placed, _ = run.segmentation.score_customers(aligned(table.matrix, run.columns), set_aside=table.set_aside)
    return placed, segmentation.labels_


def _apart(segmentation: Segmentation, table: FeatureTable, earlier: Earlier) -> NDArray[np.float64] | None:
    """Return how far the new segments lie from the old ones, in the space of the old; None when it cannot be made."""
    run = earlier.run
    if _lacking(table, earlier):
        return None
    before = run.segmentation
    inside, ids = segmentation.labels_ > 0, sorted(segmentation.ids_)
    points = before.preparation_.apply(aligned(table.matrix, run.columns).take(inside))
    new = means(points, np.searchsorted(ids, segmentation.labels_[inside]), len(ids))
    old = before.preparation_.apply(run.matrix(run.columns))
    order = np.argsort(before.ids_)
    centres = before.centres_[order]
    spread = np.zeros(len(centres))
    for place, key in enumerate(sorted(before.ids_)):
        members = old[run.labels == key]
        spread[place] = np.sqrt(((members - centres[place]) ** 2).sum(axis=1).mean()) if len(members) else 0.0
    return centres_apart(centres, new, spread)


def _told(ledger: Ledger, earlier: Earlier, found: Match) -> tuple[str, ...]:
    fresh = ledger.events[len(earlier.ledger.events) :]
    names = {entry.id: f"{entry.id} “{entry.name}”" for entry in ledger.entries}
    since = f" of {earlier.run.day}" if earlier.run.day else ""
    told = [f"{len(found.pairs)} of the {len(found.old)} segments of the run{since} are the same ones and keep their number and name."]
    for event in fresh:
        old, new = (" and ".join(names[key] for key in side) for side in (event.old, event.new))
        words = {
            "split": f"{old} split into {new}",
            "merged": f"{old} became one, {new}",
            "born": f"{new} is new",
            "died": f"{old} is no more",
        }[event.kind]
        told.append(f"{words} ({event.customers:,} customers).")
    return tuple(told)
