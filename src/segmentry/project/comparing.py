"""``segmentry compare``: two finished runs beside each other, on one page for sign-off."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.writers import write_csv
from segmentry.errors import DataRefused, ModelRefused, Problem, UsageError
from segmentry.project.finished import FinishedRun
from segmentry.project.migrating import Moves, compared
from segmentry.project.outputs import write_record
from segmentry.project.progress import Journal, Silent, Teller
from segmentry.project.refreshing import read_earlier
from segmentry.reports.comparison import Comparison
from segmentry.reports.migration import render
from segmentry.results import plain
from segmentry.segments.ledger import to_plain
from segmentry.store.artifacts import publication


def compare(run_a: str | Path, run_b: str | Path, out: str | Path = "out", teller: Teller | None = None) -> Path:
    """Compare two finished runs and write a page for sign-off.

    Both models place the customers of both days. Between old and new day under the old model the *customers* moved; between old and new model on the new
    day the *model* moved; see `segments.migration`.

    Parameters
    ----------
    run_a, run_b : path
        Folders of finished runs, the earlier one first.
    out : path
        Folder that gets a new one with ``compare.html``, ``migration.csv``, ``movers.csv`` (the only one with ids) and ``compare.json``.
    teller : Teller or None

    Returns
    -------
    Path
        ``compare.html``.

    Raises
    ------
    UsageError
        When both folders are one, or the later run stands first.
    DataRefused
        When a folder is no finished run, or the runs share no customers.
    ModelRefused
        When a run is damaged, or the new one lacks what the old model needs.
    """
    journal = Journal(teller or Silent())
    first, second = Path(run_a), Path(run_b)
    if first.resolve() == second.resolve():
        raise UsageError(f"RUN_A and RUN_B are both {first.name!r}; allowed are two different runs. Give the folders of two runs.")
    with publication(Path(out)) as target, DuckEngine() as engine:
        with journal.stage("read", "Reading the two runs"):
            one, other = read_earlier(engine, first), read_earlier(engine, second)
            old, new = one.run, other.run
            _check(old, new)
        with journal.stage("place", "Placing every customer with both models"):
            story, moves = compared(one, other)
            journal.found(story.in_short)
        with journal.stage("write", "Writing the comparison"):
            _write(target.folder, story, moves)
        return target.publish(_name(old, new)) / "compare.html"


def _check(old: FinishedRun, new: FinishedRun) -> None:
    if old.day and new.day and old.day > new.day:
        raise UsageError(f"RUN_A is as of {old.day}, RUN_B as of {new.day}; allowed is the earlier run first. Swap the two.")
    same = old.record.get("table_hash") == new.record.get("table_hash")
    if (old.numbered or new.numbered) and not same:
        reason = "the customers have no id, only row numbers, which are other customers in other data"
        raise DataRefused(Problem("NO_COMMON_CUSTOMERS", reason, "run both again on data with an id column", file=new.name))
    if not np.isin(new.ids.astype(str), old.ids.astype(str)).any():
        reason = f"none of its {len(new.ids):,} customers is among the {len(old.ids):,} of {old.name}"
        raise DataRefused(
            Problem("NO_COMMON_CUSTOMERS", reason, "compare runs on the same customers, with ids written alike", file=new.name)
        )
    if lacking := new.lacks(old):
        reason = f"the model of {old.name} needs {', '.join(lacking)}, which this run did not compute"
        raise ModelRefused(Problem("MODEL_MISFIT", reason, "run the new one on data with the same columns", file=new.name))


def _write(folder: Path, story: Comparison, moves: Moves) -> None:
    write_csv(folder / "migration.csv", _migration(story))
    write_csv(folder / "movers.csv", _movers(story, moves))
    write_record(folder / "compare.json", _entry(story))
    (folder / "compare.html").write_text(render(story), encoding="utf-8")


def _migration(story: Comparison) -> dict[str, list[Any]]:
    """Return one row per pair of segments with customers."""
    totals: dict[int, int] = {}
    for flow in story.flows:
        totals[flow.source] = totals.get(flow.source, 0) + flow.customers
    rows = [
        (
            max(flow.source, 0),
            story.names[flow.source],
            max(flow.target, 0),
            story.names[flow.target],
            flow.customers,
            round(flow.customers / totals[flow.source], 4),
            flow.by_customers,
            flow.by_model,
            None if flow.revenue is None else round(flow.revenue, 2),
        )
        for flow in story.flows
    ]
    header = ("from_id", "from", "to_id", "to", "customers", "share_of_from", "customers_moved", "model_moved", "revenue")
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def _movers(story: Comparison, moves: Moves) -> dict[str, Any]:
    """Return the customers worth acting on, one per row, largest revenue first."""
    rows, scored = moves.movers, moves.scored
    columns: dict[str, Any] = {"id": moves.ids[rows]}
    for words, labels in (("from", scored.before), ("to", scored.between), ("now", scored.after)):
        columns[f"{words}_id"] = np.maximum(labels[rows], 0)
        columns[words] = [story.names[int(label)] for label in labels[rows]]
    for words, money in (("revenue_before", moves.before), ("revenue_now", moves.after)):
        columns[words] = [None] * len(rows) if money is None else np.round(money[rows], 2)
    return columns


def _entry(story: Comparison) -> dict[str, Any]:
    parts = story.parts
    return {
        "old": plain(story.old),
        "new": plain(story.new),
        "decision": plain(story.decision),
        "customers": {
            **plain(parts),
            "customers_moved": parts.customers_moved,
            "model_moved": parts.model_moved,
            "changed": parts.changed,
            "interaction": parts.interaction,
        },
        "matched": [
            {"id": pair.old, "id_in_new_run": pair.new, "overlap": pair.overlap, "by": pair.by, "name": story.names[pair.old]}
            for pair in story.found.pairs
        ],
        "numbering": {str(segment): lasting for segment, lasting in story.numbering.items()},
        "ledger": to_plain(story.book),
        "sizes": plain(story.sizes),
        "movers": {"customers": story.fell, "revenue": story.at_stake},
        "versions": dict(story.versions),
    }


def _name(old: FinishedRun, new: FinishedRun) -> str:
    content = json.dumps([[run.name, *(run.record.get(key) for key in ("table_hash", "seed"))] for run in (old, new)], sort_keys=True)
    return f"compare-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
