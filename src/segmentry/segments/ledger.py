"""The ledger of segments: every one there ever was, its id, its name, its days and its size at each refit.

`begin` opens it with the first segmentation, `update` writes a refit into it (see `identity.match`), and gives back a new ledger: nothing is ever
changed or taken out, so an id that stood on a list or in a campaign means the same for good. Days are ISO text, empty where the data has no day.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from segmentry.errors import ModelRefused, Problem, UsageError
from segmentry.segments.identity import Kind, Match


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to segments at a refit.

    Parameters
    ----------
    kind : {"split", "merged", "born", "died"}
    date : str
        As-of day of the refit, ISO; empty when the data has no day.
    old, new : tuple of int
        Lasting ids before and after.
    customers : int
        How many were concerned, of those known both times.
    """

    kind: Kind
    date: str
    old: tuple[int, ...]
    new: tuple[int, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment of the ledger.

    Parameters
    ----------
    id : int
        Never used again.
    name : str
        Kept over refits.
    born, died : str
        Days; `died` is None while it lives.
    sizes : tuple of (str, int)
        Day and number of customers of each segmentation it was part of.
    """

    id: int
    name: str
    born: str
    died: str | None
    sizes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every segment there ever was, by id, and what happened to them, in order."""

    entries: tuple[Entry, ...]
    events: tuple[Event, ...] = ()

    @property
    def alive(self) -> tuple[Entry, ...]:
        """Segments of the latest segmentation."""
        return tuple(entry for entry in self.entries if entry.died is None)

    @property
    def highest(self) -> int:
        """Highest id ever used."""
        return max((entry.id for entry in self.entries), default=0)

    def name(self, segment: int) -> str:
        """Return the name of a segment; raise `UsageError` when there was none of that id."""
        for entry in self.entries:
            if entry.id == segment:
                return entry.name
        raise UsageError(f"there is no segment {segment} in the ledger; allowed are 1 to {self.highest}. Give an id of the ledger.")


def begin(names: Mapping[int, str], sizes: Mapping[int, int], *, date: str = "") -> Ledger:
    """Open a ledger with a first segmentation.

    Parameters
    ----------
    names, sizes : mapping of int to str and of int to int
        Per segment id from 1; the customers set aside (0) are no segment.
    date : str
        Its as-of day, ISO.

    Examples
    --------
    >>> begin({1: "Regulars", 2: "Newcomers"}, {1: 40, 2: 60}, date="2026-06-30").alive[1].sizes
    (('2026-06-30', 60),)
    """
    return Ledger(tuple(Entry(key, names[key], date, None, ((date, int(sizes[key])),)) for key in sorted(names) if key > 0))


def update(ledger: Ledger, found: Match, *, names: Mapping[int, str], sizes: Mapping[int, int], date: str = "") -> Ledger:
    """Write a refit into the ledger.

    Parameters
    ----------
    ledger : Ledger
    found : Match
        Its old ids are those alive in the ledger.
    names, sizes : mapping
        Per segment of the refit, by the ids the refit gave: name (used only where a segment is new) and customers.
    date : str
        As-of day of the refit.

    Returns
    -------
    Ledger
        `found.numbering(ledger.highest)` gives the lasting id of each segment of the refit.

    Raises
    ------
    UsageError
        When the old ids are not those alive.

    Examples
    --------
    >>> import numpy as np
    >>> from segmentry.segments.identity import match
    >>> first = begin({1: "Regulars", 2: "Newcomers"}, {1: 30, 2: 30})
    >>> found = match(np.repeat([1, 2], 30), np.repeat([2, 1, 3], [30, 15, 15]))
    >>> later = update(first, found, names={1: "Newcomers", 2: "Regulars", 3: "Regulars"}, sizes={1: 15, 2: 30, 3: 15})
    >>> [(entry.id, entry.name) for entry in later.alive]
    [(1, 'Regulars'), (2, 'Newcomers'), (3, 'Regulars (new)')]
    """
    living = tuple(entry.id for entry in ledger.alive)
    if tuple(found.old) != living:
        raise UsageError(
            f"the refit was matched to the segments {list(found.old)}; alive in the ledger are {list(living)}. Match it to these."
        )
    numbering = found.numbering(ledger.highest)
    size = {lasting: int(sizes[segment]) for segment, lasting in numbering.items()}
    kept = tuple(
        entry
        if entry.died is not None
        else replace(entry, sizes=(*entry.sizes, (date, size[entry.id])))
        if entry.id in size
        else replace(entry, died=date)
        for entry in ledger.entries
    )
    entries = list(kept)
    for segment, lasting in sorted(numbering.items(), key=lambda pair: pair[1]):
        if lasting > ledger.highest:
            name = _unused(names[segment], {entry.name for entry in entries if entry.died is None}, lasting)
            entries.append(Entry(lasting, name, date, None, ((date, size[lasting]),)))
    events = (Event(each.kind, date, each.old, tuple(numbering[key] for key in each.new), each.customers) for each in found.changes)
    return Ledger(tuple(entries), (*ledger.events, *events))


def _unused(name: str, taken: set[str], segment: int) -> str:
    return next(words for words in (name, f"{name} (new)", f"{name} ({segment})") if words not in taken)


def to_plain(ledger: Ledger) -> dict[str, Any]:
    """Return the ledger as what JSON knows."""
    return {
        "segments": [
            {"id": each.id, "name": each.name, "born": each.born, "died": each.died, "sizes": [list(size) for size in each.sizes]}
            for each in ledger.entries
        ],
        "events": [
            {"kind": each.kind, "date": each.date, "old": list(each.old), "new": list(each.new), "customers": each.customers}
            for each in ledger.events
        ],
    }


def from_plain(plain: Any) -> Ledger:
    """Rebuild a ledger, or say why it is not to be trusted.

    Raises
    ------
    ModelRefused
        ``LEDGER_DAMAGED`` when a part is missing, of another type, or at odds with the rest.

    Examples
    --------
    >>> ledger = begin({1: "Regulars"}, {1: 40}, date="2026-06-30")
    >>> from_plain(to_plain(ledger)) == ledger
    True
    """
    try:
        entries = tuple(_entry(entry) for entry in plain["segments"])
        events = tuple(_event(event, {entry.id for entry in entries}) for event in plain["events"])
        ids = [entry.id for entry in entries]
        names = [entry.name for entry in entries if entry.died is None]
        _require(ids == sorted(set(ids)), "ids stand twice or out of order")
        _require(len(set(names)) == len(names), "two living segments have one name")
    except (KeyError, TypeError, ValueError, AttributeError) as damaged:
        reason = str(damaged) if isinstance(damaged, _Damage) else "the ledger lacks a part, or a part is of another type"
        raise ModelRefused(Problem("LEDGER_DAMAGED", reason, "use an unchanged copy of the ledger, or begin a new one")) from None
    return Ledger(entries, events)


class _Damage(ValueError):
    """A part of a ledger that cannot be."""


def _require(holds: bool, reason: str) -> None:  # noqa: FBT001
    if not holds:
        raise _Damage(reason)


def _entry(plain: Any) -> Entry:
    sizes = tuple((_day(day), _whole(customers, 0)) for day, customers in plain["sizes"])
    died = None if plain["died"] is None else _day(plain["died"])
    entry = Entry(_whole(plain["id"], 1), _text(plain["name"]), _day(plain["born"]), died, sizes)
    days = [entry.born, *(day for day, _ in sizes), *([] if died is None else [died])]
    _require(bool(sizes) and days == sorted(days), "days of a segment are missing or out of order")
    return entry


def _event(plain: Any, known: set[int]) -> Event:
    old, new = (tuple(_whole(key, 1) for key in plain[side]) for side in ("old", "new"))
    _require(plain["kind"] in get_args(Kind), "an event is of no known kind")
    _require(bool(old or new) and set(old + new) <= known, "an event names no segment of the ledger")
    return Event(plain["kind"], _day(plain["date"]), old, new, _whole(plain["customers"], 0))


def _whole(value: Any, least: int) -> int:
    _require(type(value) is int and value >= least, "an id or a count is no whole number")
    return int(value)


def _text(value: Any) -> str:
    _require(isinstance(value, str) and bool(value), "a segment has no name")
    return str(value)


def _day(value: Any) -> str:
    _require(isinstance(value, str), "a day is no text")
    if value:
        datetime.date.fromisoformat(value)
    return str(value)
