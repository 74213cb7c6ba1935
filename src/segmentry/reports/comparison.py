"""What the page of ``segmentry compare`` tells: two segmentations, who is who, who moved and by what; it holds no ids."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentry.matrix import Column
from segmentry.segments.identity import Match
from segmentry.segments.ledger import Event, Ledger
from segmentry.segments.migration import Decomposition, Flow, Reason, Size
from segmentry.segments.signoff import Decision


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs.

    Parameters
    ----------
    name : str
        Of its folder.
    day : str
        As-of day, ISO; empty when the data has none.
    customers, segments : int
    verdict : str
        Whether its segments are groups or slices.
    elsewhere : int
        Customers whose segment in its files is not the one its frozen model gives.
    """

    name: str
    day: str
    customers: int
    segments: int
    verdict: str = ""
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Portrait:
    """Medians of the typical customer of a segment on the new day, by the old and by the new model; None where a model has no such customer."""

    segment: int
    old: tuple[float | None, ...]
    new: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Fall:
    """Customers who fell from one segment to another, by the old model, and their revenue until the old day."""

    source: int
    target: int
    customers: int
    revenue: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything the page is made from.

    Parameters
    ----------
    old, new : Side
    names : mapping of int to str
        Of every lasting id, and of `migration.ASIDE`, `NEW` and `GONE`.
    own_names : mapping of int to str
        Names in the new run, by lasting id.
    found, numbering, book, events
        Who is who, the lasting id of each segment of the new run, the ledger, and what this refit added to it.
    parts, flows, steps, sizes, reasons
        See `segments.migration`.
    decision : Decision
    columns : tuple of Column
        Features that `reasons` and `portraits` speak of.
    portraits : tuple of Portrait
    falls : tuple of Fall
        Largest revenue first.
    revenue : float or None
        Of all customers until the old day.
    currency : str
    versions : mapping
    """

    old: Side
    new: Side
    names: Mapping[int, str]
    own_names: Mapping[int, str]
    found: Match
    numbering: Mapping[int, int]
    book: Ledger
    events: tuple[Event, ...]
    parts: Decomposition
    decision: Decision
    flows: tuple[Flow, ...]
    steps: tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, int, int], ...]]
    sizes: tuple[Size, ...]
    columns: tuple[Column, ...] = ()
    reasons: tuple[Reason, ...] = ()
    portraits: tuple[Portrait, ...] = ()
    falls: tuple[Fall, ...] = ()
    revenue: float | None = None
    currency: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def run(self) -> str:
        """What was compared, for the foot of the page."""
        return f"{self.old.name} against {self.new.name}"

    @property
    def fell(self) -> int:
        """Customers worth acting on."""
        return sum(fall.customers for fall in self.falls)

    @property
    def at_stake(self) -> float | None:
        """Their revenue until the old day; None without amounts."""
        return None if self.revenue is None else sum(fall.revenue or 0.0 for fall in self.falls)

    @property
    def in_short(self) -> str:
        """One line for the terminal."""
        parts = self.parts
        return (
            f"{len(self.found.pairs)} of {self.old.segments} segments found again; of {parts.compared:,} customers in a segment both times "
            f"{parts.customers_moved:,} moved by what they did, the model moved {parts.model_moved:,}"
        )


def day(side: Side) -> str:
    """Return the day of a run in words.

    Examples
    --------
    >>> day(Side("a", "2011-06-09", 1, 1)), day(Side("a", "", 1, 1))
    ('9 June 2011', 'run a')
    """
    if not side.day:
        return f"run {side.name}"
    date = datetime.date.fromisoformat(side.day[:10])
    return f"{date.day} {date:%B} {date.year}"
