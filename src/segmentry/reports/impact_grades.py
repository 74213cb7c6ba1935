"""What money rests on, as a badge that is told by shape and word as well as by colour, and the list of all figures of money on the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from segmentry.plans.evidence import Grade, Graded, Mixture
from segmentry.plots.numbers import money
from segmentry.reports.contacting import bounded
from segmentry.results import Estimate


@dataclass(frozen=True, slots=True)
class Badge:
    """One kind of evidence.

    Parameters
    ----------
    key : str
        "randomised", "observational", "assumption", "gross" or "mixed": class of its colour and shape.
    words : str
        What stands on it.
    meaning : str
        In a sentence.
    """

    key: str
    words: str
    meaning: str


RANDOMISED = Badge(
    "randomised",
    "randomised",
    "Measured beside customers whom a lot left alone at the same time: the difference is the offer's doing, as far as the interval says.",
)
OBSERVATIONAL = Badge(
    "observational",
    "observational",
    "From customers who were chosen some other way than by lot: part of the difference may be due to the choice.",
)
ASSUMPTION = Badge(
    "assumption", "stated assumption", "A number that somebody stated. It is as good as that person's knowledge; nothing here measured it."
)
GROSS = Badge(
    "gross",
    "gross – not the campaign's doing",
    "All that contacted customers spent, also what they would have spent anyway. It is no effect, and is never added to one.",
)
MIXED = Badge(
    "mixed",
    "several kinds, as planned",
    "The planner's own sum over offers whose evidence is of different kinds, its optimism still in it. Good for an order, not for a promise.",
)
BADGES = (RANDOMISED, OBSERVATIONAL, ASSUMPTION, GROSS, MIXED)
_BY_KEY = {badge.key: badge for badge in BADGES}


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure of money as people read it, with what it rests on.

    Parameters
    ----------
    amount, interval : str
        The interval is empty where there is none.
    badge : Badge
    source : str
    """

    amount: str
    interval: str
    badge: Badge
    source: str = ""

    @property
    def words(self) -> str:
        """The figure in a sentence: amount, interval, grade."""
        between = f" (95% interval {self.interval})" if self.interval else ""
        return f"{self.amount}{between}, {self.badge.words}"


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure of money on the page.

    Parameters
    ----------
    chapter : str
        Id of the chapter in which it stands.
    what : str
    sum : Sum
    """

    chapter: str
    what: str
    sum: Sum


def badge(grade: Grade, *, gross: bool = False) -> Badge:
    """Return the badge of a grade; gross money has its own, whatever the grade.

    Examples
    --------
    >>> badge("assumption").words, badge("observational", gross=True).key
    ('stated assumption', 'gross')
    """
    return GROSS if gross else _BY_KEY[grade]


def graded(found: Graded, currency: str) -> Sum:
    """Return a graded figure as people read it.

    Examples
    --------
    >>> graded(Graded(1234.5, "randomised", "trial", (900.0, 1600.0)), "£").words
    '£1,230 (95% interval £900 to £1,600), randomised'
    """
    value, interval = found.value, found.interval
    if interval is None or interval[0] == interval[1]:
        return Sum(money(value, currency), "", badge(found.grade, gross=found.gross), found.source)
    return Sum(*bounded(Estimate(value, *interval), currency), badge(found.grade, gross=found.gross), found.source)


def lines(found: Mixture | None, currency: str) -> tuple[Sum, ...]:
    """Return one line per grade, the best evidence first; grades are not added up."""
    return () if found is None else tuple(graded(part, currency) for part in found.parts)


def estimate(found: Estimate, currency: str, *, on: Badge, source: str = "") -> Sum:
    """Return an estimate of money as people read it."""
    if found.low == found.high:
        return Sum(money(found.value, currency), "", on, source)
    return Sum(*bounded(found, currency), on, source)


def present(claims: Iterable[Claim]) -> tuple[Badge, ...]:
    """Return the badges that stand on the page, the best evidence first; the three grades always, because their absence says something too."""
    seen = {claim.sum.badge.key for claim in claims}
    return tuple(each for each in BADGES if each not in (GROSS, MIXED) or each.key in seen)


def counted(claims: Sequence[Claim]) -> str:
    """Say of how many figures the page is made, by grade."""
    parts = [f"{n} {each.words}" for each in BADGES if (n := sum(claim.sum.badge.key == each.key for claim in claims))]
    return ", ".join(parts)
