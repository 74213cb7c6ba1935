"""Who takes part in an experiment and in which stratum they are drawn; the draw itself, and what is declared of it before the start.

Left out, and counted: the standing hold-out, who gave no consent, and who is not in the segment that was asked for. The rest is drawn within strata.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.disclosure import FLOOR
from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import quoted
from segmentry.errors import DataRefused, NotEnoughData, Problem, UsageError
from segmentry.experiments.assignment import HELD_OUT, STANDING, Assignment, checked_shares, holdout, stratified
from segmentry.features.windows import day_of
from segmentry.project.asking import called
from segmentry.project.baselines import known_before, willing
from segmentry.project.finished import read_run
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.tables.dataset import Dataset

HELD = "hold-out"
EVERYBODY = "all"
SEGMENT = "segment"
ELSEWHERE = "not in that run"
UNKNOWN = "not known"
LONGEST = 100
FORMAT = 1
_RESERVED = ("holdout", "hold-out", "hold out", "standing hold-out")


@dataclass(frozen=True, slots=True)
class Lot:
    """How customers are to be drawn.

    Parameters
    ----------
    name : str
        Of the experiment; it is also the salt, so that another name draws another lot.
    arms : tuple of str
        The first is the control.
    shares : tuple of float
        Adding up to 1.
    by : str
        Column within whose levels customers are drawn, or "segment" of `run`; empty means all together.
    run : Path or None
        Folder of a finished run.
    segment : str
        Id or name of the one segment of `run` that takes part; empty means all.
    holdout : float
        Share of all customers in the standing hold-out.
    start : date or None
        First day; None means the day after the data's last.

    Examples
    --------
    >>> Lot("Spring", ("control", "offer"), (0.5, 0.5)).salt
    'segmentry experiment Spring'
    """

    name: str
    arms: tuple[str, ...] = ("control", "treatment")
    shares: tuple[float, ...] = (0.5, 0.5)
    by: str = ""
    run: Path | None = None
    segment: str = ""
    holdout: float = 0.0
    start: datetime.date | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without data; raise `UsageError` otherwise."""
        if not self.name.strip() or len(self.name) > LONGEST or not self.name.isprintable():
            raise UsageError(
                f"the experiment has a name of {len(self.name)} characters; allowed is one line of 1 to {LONGEST}. Give it with --name."
            )
        if any(len(arm) > LONGEST or not arm.isprintable() for arm in self.arms):
            raise UsageError(
                f"an arm has a name of {max(map(len, self.arms))} characters; allowed is one line of 1 to {LONGEST} for each. Give them with --arms."
            )
        checked_shares(self.arms, self.shares)
        told = next((arm for arm in self.arms if " ".join(arm.casefold().split()) in _RESERVED), None)
        if told is not None:
            raise UsageError(
                f"an arm is called {told!r}, which is kept for customers outside all experiments; allowed is any other name. Rename it."
            )
        if not 0 <= self.holdout < 1:
            raise UsageError(f"--holdout is {self.holdout:g}; allowed is 0 to below 1. Give a share such as 0.05.")
        if self.run is None and (self.segment or self.by == SEGMENT):
            raise UsageError("segments were asked for and no run was named; allowed is the folder of a finished run. Give it with --run.")

    @property
    def salt(self) -> str:
        """What the lots are drawn from."""
        return f"segmentry experiment {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Who was drawn for what.

    Parameters
    ----------
    lot : Lot
    assignment : Assignment
        Of those who take part and of the hold-out.
    places : int array, shape (m,)
        Position of each in the run's customers.
    ids : array of str, shape (m,)
    strata : array of str, shape (m,)
        Name of each one's stratum.
    left_out : tuple of (str, int)
        Why others take no part, and how many.
    """

    lot: Lot
    assignment: Assignment
    places: NDArray[np.intp]
    ids: NDArray[np.object_]
    strata: NDArray[np.object_]
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def arms(self) -> NDArray[np.object_]:
        """Name of each one's arm, shape (m,)."""
        names = np.array([*self.lot.arms, HELD], dtype=object)
        return names[self.assignment.arm]

    @property
    def probability(self) -> NDArray[np.float64]:
        """Chance that each had of the arm they got, shape (m,); NaN for the hold-out."""
        return np.array([*self.lot.shares, np.nan])[self.assignment.arm]

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Name and customers of each stratum, without the hold-out, the largest first."""
        names, counts = np.unique(self.strata[self.assignment.arm != HELD_OUT].astype(str), return_counts=True)
        order = np.lexsort((names, -counts))
        return tuple((str(names[place]), int(counts[place])) for place in order)


def draw(engine: DuckEngine, reading: Reading, lot: Lot, settings: Settings) -> Drawing:
    """Draw customers by lot.

    Parameters
    ----------
    engine : DuckEngine
        Holds the dataset of `reading`.
    reading : Reading
    lot : Lot
    settings : Settings
        ``plan.consent`` says whether consent is asked.

    Raises
    ------
    UsageError
        When the column or the segment is not there.
    NotEnoughData
        When nobody, or hardly anybody, is left to draw.
    DataRefused
        When customers have no ids, or the run cannot be read.
    """
    dataset = reading.dataset
    if reading.numbered:
        reason = "no column identifies customers, so the same customer could not be found again after the experiment"
        raise DataRefused(Problem("NO_CUSTOMER_ID", reason, "add a column of customer ids, or declare its role in segmentry.toml"))
    ids = engine.fetch("SELECT id FROM customers ORDER BY customer")["id"].astype(object)
    segments = _segments(engine, lot, ids) if lot.run is not None else None
    names = _strata(engine, dataset, lot, segments)
    held = holdout(ids.tolist(), share=lot.holdout)
    part, left = _taking(engine, dataset, lot, settings, segments, held=held)
    counts = int(part.sum())
    if counts < 2 * len(lot.arms):
        raise NotEnoughData(
            Problem(
                "TOO_FEW_CUSTOMERS",
                f"{counts:,} of {len(ids):,} customers are left to draw for {len(lot.arms)} arms" + (f" ({_why(left)})" if left else ""),
                "leave fewer out, or draw from more customers",
            )
        )
    arm = np.full(len(ids), HELD_OUT, dtype=np.int64)
    levels, codes = np.unique(names[part].astype(str), return_inverse=True)
    arm[part] = stratified(ids[part].tolist(), levels[codes], salt=lot.salt, arms=lot.arms, shares=lot.shares)
    empty = [name for place, name in enumerate(lot.arms) if not (arm == place).any()]
    if empty:
        reason = f"{counts:,} customers are too few for the share of {empty[0]!r}: the lot gave that arm nobody"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "give that arm a larger share, or draw from more customers"))
    places = np.flatnonzero(part | held)
    assignment = Assignment(lot.name, lot.salt, lot.arms, lot.shares, arm[places], np.zeros(len(places), dtype=np.int64))
    return Drawing(lot, assignment, places, ids[places], names[places], left)


def declared(found: Drawing, *, metric: str, words: str, days: int, settings: Settings) -> dict[str, Any]:
    """Return the content of ``design.json``: what was declared before the start.

    Parameters
    ----------
    found : Drawing
    metric, words : str
        Name and label of the primary metric.
    days : int
        Length of the experiment.
    settings : Settings
        ``[experiment]`` holds the accepted chances.
    """
    lot, start = found.lot, found.lot.start
    parts = zip(lot.arms, lot.shares, found.assignment.counts.tolist(), strict=True)
    return {
        "format": FORMAT,
        "experiment": lot.name,
        "salt": lot.salt,
        "arms": [{"name": name, "share": share, "customers": count} for name, share, count in parts],
        "control": lot.arms[0],
        "holdout": {"share": lot.holdout, "salt": STANDING, "customers": found.assignment.held},
        "by": lot.by,
        "segment": lot.segment,
        "strata": [{"name": name, "customers": count if count >= FLOOR else None} for name, count in found.sizes],
        "left_out": [{"reason": reason, "customers": count} for reason, count in found.left_out],
        "primary_metric": metric,
        "primary_metric_words": words,
        "days": days,
        "start": start,
        "last_day": None if start is None else start + datetime.timedelta(days=days - 1),
        "alpha": settings.experiment.alpha,
        "power": settings.experiment.power,
    }


def told_of(found: Drawing, *, words: str, days: int) -> tuple[str, ...]:
    """Return the draw in sentences.

    Parameters
    ----------
    found : Drawing
    words : str
        Label of the primary metric.
    days : int
    """
    lot, counts = found.lot, found.assignment.counts
    sizes = ", ".join(f"{count:,} {arm}" for arm, count in zip(lot.arms, counts.tolist(), strict=True))
    within = f" within {len(found.sizes)} strata of {lot.by}" if lot.by and len(found.sizes) > 1 else ""
    said = [f"{lot.name}: {int(counts.sum()):,} customers drawn by lot{within}: {sizes}."]
    if found.left_out:
        said.append(f"Left out: {_why(found.left_out)}.")
    if found.assignment.held:
        said.append(
            f"{found.assignment.held:,} customers are in the standing hold-out: in no experiment, and not to be contacted by any campaign."
        )
    if lot.start is not None:
        last = lot.start + datetime.timedelta(days=days - 1)
        said.append(f"It starts on {lot.start} and lasts {days} days, to {last}: the result is read after that day and not before.")
    said.append(f"Declared before the start: the one metric that decides is “{words}”. Everything else will be called exploratory.")
    said.append(f"Customers in “{lot.arms[0]}” must be left alone, or nothing can be learned.")
    return tuple(said)


def _taking(
    engine: DuckEngine,
    dataset: Dataset,
    lot: Lot,
    settings: Settings,
    segments: NDArray[np.object_] | None,
    *,
    held: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], tuple[tuple[str, int], ...]]:
    """Return who takes part, and why others outside the hold-out do not: each counted once, under the first reason."""
    taking = ~held
    left = []
    if lot.segment and segments is not None:
        inside = segments == lot.segment
        left.append(("not in the segment that was asked for", int((taking & ~inside).sum())))
        taking &= inside
    if "lines" in dataset.has and dataset.as_of is not None:
        there = np.zeros(dataset.customers, dtype=bool)
        there[known_before(engine, dataset, day_of(dataset.as_of) + 1)] = True
        left.append((f"first seen after {dataset.as_of}", int((taking & ~there).sum())))
        taking &= there
    free = willing(engine, dataset, settings)
    left.append(("without consent", int((taking & ~free).sum())))
    taking &= free
    return taking, tuple((reason, count) for reason, count in left if count)


def _segments(engine: DuckEngine, lot: Lot, ids: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the name of the segment of each customer in a finished run, shape (n,); where `lot.segment` is an id, of that one the id."""
    assert lot.run is not None  # noqa: S101 - narrows the type; the caller asked
    run = read_run(engine, lot.run)
    asked = lot.segment.strip()
    names = dict(run.names)
    if asked:
        known = {str(key): key for key in names} | {" ".join(name.casefold().split()): key for key, name in names.items()}
        key = known.get(" ".join(asked.casefold().split()))
        if key is None:
            raise UsageError(f"--segment is {asked!r}, which the run does not have; {suggestion(asked, names.values())}")
        if not (run.labels == key).any():
            raise NotEnoughData(
                Problem("EMPTY_SEGMENT", f"the segment {asked!r} of that run has no customers", "name another segment with --segment")
            )
        names[key] = lot.segment
    label = dict(zip(run.ids.tolist(), run.labels.tolist(), strict=True))
    found = np.array([names[label[each]] if each in label else ELSEWHERE for each in ids.tolist()], dtype=object)
    if (found == ELSEWHERE).all():
        reason = f"none of the {len(ids):,} customers is in the run {run.name}"
        raise DataRefused(Problem("OTHER_CUSTOMERS", reason, "give the run that was made from the same customers", file=run.name))
    return found


def _strata(engine: DuckEngine, dataset: Dataset, lot: Lot, segments: NDArray[np.object_] | None) -> NDArray[np.object_]:
    """Return the name of each customer's stratum, shape (n,)."""
    if lot.by == SEGMENT and segments is not None:
        return segments
    if not lot.by:
        return np.full(dataset.customers, EVERYBODY, dtype=object)
    attribute = called(dataset, lot.by)
    fitting = [each.name for each in dataset.attributes if each.kind in ("category", "flag")]
    if attribute is None or attribute.kind not in ("category", "flag"):
        said = (
            "is no column of the customers"
            if attribute is None
            else f"is a column of {attribute.kind}, with too many levels to draw within"
        )
        allowed = suggestion(lot.by, [*fitting, SEGMENT])
        raise UsageError(f"--by is {lot.by!r}, which {said}; {allowed}")
    found = engine.fetch(f"SELECT customer, {quoted(attribute.name)}::VARCHAR AS level FROM customers")
    names = np.full(dataset.customers, UNKNOWN, dtype=object)
    known = np.array([level is not None for level in found["level"].tolist()], dtype=bool)
    names[found["customer"].astype(np.intp)[known]] = found["level"][known]
    if attribute.kind == "flag":
        names = np.array([{"1.0": "yes", "0.0": "no"}.get(name, name) for name in names.tolist()], dtype=object)
    return names


def _why(left: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in left)
