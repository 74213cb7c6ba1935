"""From two finished runs to what the comparison page tells: segments matched, every customer placed by both models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Column
from segmentry.project.finished import FinishedRun
from segmentry.project.refreshing import Earlier
from segmentry.project.versions import versions
from segmentry.reports.comparison import Comparison, Fall, Portrait, Side
from segmentry.segments.clustering import means
from segmentry.segments.identity import Change, Match, Pair, blocked, centres_apart, match, renamed
from segmentry.segments.ledger import Ledger, update
from segmentry.segments.migration import ASIDE, GONE, NEW, Reason, Scored, decompose, fallen, migration, reasons, sizes, stages
from segmentry.segments.signoff import decide

Labels = NDArray[np.int64]
Rows = NDArray[np.intp]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What is known of every customer of either run; ids stay out of the page.

    Parameters
    ----------
    ids : array of str, shape (n,)
        Sorted.
    scored : Scored
    before, after : float array, shape (n,), or None
        Revenue until the old and until the new day.
    movers : int array
        Rows of the customers worth acting on, in order.
    """

    ids: NDArray[np.object_]
    scored: Scored
    before: Values | None
    after: Values | None
    movers: Rows


def compared(one: Earlier, other: Earlier) -> tuple[Comparison, Moves]:
    """Return the story of two runs, each with its ledger, and its customers."""
    old, new, first = one.run, other.run, one.ledger
    placed = old.placed(old), new.placed(old), new.placed(new)
    found = match(placed[1], placed[2], old_ids=_segments(old), new_ids=_segments(new), apart=_apart(old, new, placed[0], placed[2]))
    if follows(other.ledger, first):
        found = _already(found, first, other.ledger, placed[1:])
    numbering = found.numbering(first.highest)
    book = update(first, found, names=new.names, sizes=_counts(new), date=new.day)
    events = book.events[len(first.events) :]
    moves, rows = _moves(old, new, placed, numbering)
    scored, columns = moves.scored, _told(old)
    names = {entry.id: entry.name for entry in book.entries}
    parts = decompose(scored)
    story = Comparison(
        old=_side(old, placed[0]),
        new=_side(new, placed[2]),
        names=names | {ASIDE: _aside(old, new), NEW: "New customers", GONE: "No longer in the data"},
        own_names={lasting: new.names[segment] for segment, lasting in numbering.items()},
        found=found,
        numbering=numbering,
        book=book,
        events=events,
        parts=parts,
        decision=decide(parts, events, names, block=_block(old, new, scored), verdicts=(_verdict(old), _verdict(new))),
        flows=migration(scored, _known(moves)),
        steps=stages(scored),
        sizes=sizes(scored),
        columns=tuple(column for column, _ in columns),
        reasons=_reasons(old, new, scored, rows),
        portraits=_portraits(new, placed[1], renamed(placed[2], numbering), columns),
        falls=_falls(moves),
        revenue=None if moves.before is None else float(np.nansum(moves.before)),
        currency=_currency(new) or _currency(old),
        versions=versions(),
    )
    return story, moves


def follows(later: Ledger, earlier: Ledger) -> bool:
    """Return whether a run kept the ids of another one: its ledger goes on where the other ends."""
    known = {entry.id: entry for entry in later.entries}
    return all(
        entry.id in known
        and known[entry.id].born == entry.born
        and known[entry.id].sizes[: len(entry.sizes)] == entry.sizes
        and (entry.died is not None or known[entry.id].died is not None or len(known[entry.id].sizes) > len(entry.sizes))
        for entry in earlier.entries
    )


def _already(found: Match, earlier: Ledger, later: Ledger, placed: Sequence[Labels]) -> Match:
    """Return the match that the later run settled itself, with the overlaps measured here."""

    def overlap(key: int) -> float:
        one, other = (labels == key for labels in placed)
        return float((one & other).sum() / max(int((one | other).sum()), 1))

    pairs = tuple(Pair(key, key, round(overlap(key), 4)) for key in found.old if key in found.new)
    changes = tuple(Change(event.kind, event.old, event.new, event.customers) for event in later.events[len(earlier.events) :])
    return Match(found.old, found.new, pairs, changes)


def _moves(
    old: FinishedRun, new: FinishedRun, placed: tuple[Labels, Labels, Labels], numbering: dict[int, int]
) -> tuple[Moves, tuple[Rows, Rows]]:
    every = np.union1d(old.ids, new.ids)
    rows = _rows(every, old.ids), _rows(every, new.ids)
    behind = None if old.lacks(new) else renamed(old.placed(new), numbering)
    scored = Scored(
        np.where(rows[0] >= 0, placed[0][rows[0]], NEW),
        np.where(rows[1] >= 0, placed[1][rows[1]], GONE),
        np.where(rows[1] >= 0, renamed(placed[2], numbering)[rows[1]], GONE),
        None if behind is None else np.where(rows[0] >= 0, behind[rows[0]], NEW),
    )
    before, after = _amounts(old, rows[0]), _amounts(new, rows[1])
    return Moves(every, scored, before, after, fallen(scored, before)), rows


def _rows(every: NDArray[np.object_], ids: NDArray[np.object_]) -> Rows:
    """Return for each customer of either run the row in one of them, −1 for who is not in it."""
    found = np.full(len(every), -1, dtype=np.intp)
    found[np.searchsorted(every, ids)] = np.arange(len(ids))
    return found


def _amounts(run: FinishedRun, rows: Rows) -> Values | None:
    revenue = run.revenue()
    return None if revenue is None else np.where(rows >= 0, revenue[rows], np.nan)


def _known(moves: Moves) -> Values | None:
    """Return each customer's revenue until the old day, or until the new one for who is new."""
    if moves.before is None or moves.after is None:
        return moves.before
    return np.where(moves.scored.before == NEW, moves.after, moves.before)


def _segments(run: FinishedRun) -> tuple[int, ...]:
    return tuple(sorted(key for key in run.names if key > 0))


def _counts(run: FinishedRun) -> dict[int, int]:
    return {key: int((run.labels == key).sum()) for key in run.names}


def _aside(old: FinishedRun, new: FinishedRun) -> str:
    unassigned = bool((old.labels < 0).any() or (new.labels < 0).any())
    return "In no segment" if unassigned else new.names.get(ASIDE) or old.names.get(ASIDE) or "In no segment"


def _side(run: FinishedRun, placed: Labels) -> Side:
    elsewhere = int((np.maximum(run.labels, 0) != placed).sum())
    return Side(run.name, run.day, len(run.ids), len(_segments(run)), _verdict(run), elsewhere)


def _currency(run: FinishedRun) -> str:
    return str(run.record.get("currency") or (run.record.get("settings") or {}).get("read", {}).get("currency", ""))


def _apart(old: FinishedRun, new: FinishedRun, before: Labels, after: Labels) -> Values:
    """Return how far the new segments are from the old ones: means of their customers, in the old prepared space."""
    past, present = (old.segmentation.preparation_.apply(run.matrix(old.columns)) for run in (old, new))
    ids = _segments(old)
    middle = _centres(past, before, ids)
    squared = ((past - middle[np.searchsorted(ids, np.maximum(before, ids[0]))]) ** 2).sum(axis=1)
    spread = np.array([np.sqrt(squared[before == key].mean()) if (before == key).any() else 0.0 for key in ids])
    distance = centres_apart(middle, _centres(present, after, _segments(new)), spread)
    return np.where(np.isnan(distance), np.inf, distance)


def _centres(points: Values, labels: Labels, ids: tuple[int, ...]) -> Values:
    places = np.full(len(labels), -1, dtype=np.int64)
    for place, key in enumerate(ids):
        places[labels == key] = place
    return means(points, places, len(ids))


def _verdict(run: FinishedRun) -> str:
    return str((run.record.get("structure") or {}).get("verdict", ""))


def _block(old: FinishedRun, new: FinishedRun, scored: Scored) -> str:
    """Return why the new run must not replace the old one: the same data and settings, and yet other segments."""

    def kept(run: FinishedRun) -> dict[str, object]:
        settings = dict(run.record.get("settings") or {})
        return settings | {"run": {key: value for key, value in dict(settings.get("run") or {}).items() if key != "seed"}}

    same = old.record.get("table_hash") == new.record.get("table_hash") and old.day == new.day and kept(old) == kept(new)
    parts = decompose(scored)
    return blocked(parts.changed / max(parts.compared, 1), "segments" if _verdict(new) == "segments" else "slices") if same else ""


def _told(old: FinishedRun) -> list[tuple[Column, int]]:
    """Return the features that are numbers, with the place of their step in the old preparation."""
    steps = old.segmentation.preparation_.steps
    found = []
    for column in old.columns:
        places = [place for place, step in enumerate(steps) if step.name == column.name and step.transform != "missing" and not step.level]
        found += [(column, place) for place in places[:1]]
    return found


def _reasons(old: FinishedRun, new: FinishedRun, scored: Scored, rows: tuple[Rows, Rows]) -> tuple[Reason, ...]:
    columns = _told(old)

    def day(run: FinishedRun, where: Rows) -> tuple[Values, Values]:
        matrix = run.matrix(old.columns)
        points = old.segmentation.preparation_.apply(matrix)[:, [place for _, place in columns]]
        values = matrix.select(column.name for column, _ in columns).values
        known = (where >= 0)[:, None]
        return np.where(known, points[where], np.nan), np.where(known, values[where], np.nan)

    (points_old, values_old), (points_new, values_new) = day(old, rows[0]), day(new, rows[1])
    return reasons(scored, (points_old, points_new), (values_old, values_new))


def _portraits(new: FinishedRun, between: Labels, after: Labels, columns: list[tuple[Column, int]]) -> tuple[Portrait, ...]:
    """Return the typical customer of each segment on the new day, by the old and by the new model."""

    def typical(labels: Labels, segment: int, name: str) -> float | None:
        values = new.values(name)
        inside = None if values is None else values[(labels == segment) & np.isfinite(values)]
        return None if inside is None or not inside.size else float(np.median(inside))

    ids = sorted({int(label) for label in np.union1d(between, after) if label > 0})
    return tuple(
        Portrait(
            segment,
            tuple(typical(between, segment, column.name) for column, _ in columns),
            tuple(typical(after, segment, column.name) for column, _ in columns),
        )
        for segment in ids
    )


def _falls(moves: Moves) -> tuple[Fall, ...]:
    """Return the customers worth acting on by where they came from and went."""
    source, target = (labels[moves.movers] for labels in (moves.scored.before, moves.scored.between))
    money = None if moves.before is None else np.nan_to_num(moves.before[moves.movers])
    cells = sorted({(int(i), int(j)) for i, j in zip(source, target, strict=True)})
    found = []
    for i, j in cells:
        rows = (source == i) & (target == j)
        found.append(Fall(i, j, int(rows.sum()), None if money is None else float(money[rows].sum())))
    return tuple(sorted(found, key=lambda fall: (-(fall.revenue or 0.0), -fall.customers)))
