"""Answers by segment: how many of each answered, what the scores foretell, whom it pays to contact; small cells are not shown."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.disclosure import FLOOR, hide_small
from segmentry.plots import response as drawn
from segmentry.plots.numbers import NOTHING, count, share
from segmentry.plots.theme import colour
from segmentry.propensity.results import Response, SegmentResponse
from segmentry.reports.contacting import counted
from segmentry.reports.judgement import typed
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate


@dataclass(frozen=True, slots=True)
class Row:
    """One segment in the table, as text."""

    id: int
    name: str
    colour: str
    customers: str
    rate: str
    interval: str
    predicted: str
    contact: str
    order: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The part "Answers by segment".

    Parameters
    ----------
    words : tuple of str
        Where segments and scores agree and where not; sentences that name a hidden segment are left out.
    picture : Picture or None
    rows : tuple of Row
    money : bool
        Whether it is known whom it pays to contact.
    """

    words: tuple[str, ...]
    picture: Picture | None
    rows: tuple[Row, ...]
    money: bool


def answers(found: Response) -> Answers | None:
    """Return the answers by segment; None without segments."""
    if not found.segments:
        return None
    shown = told(found)
    hidden = [f"“{row.name}”" for row in found.segments if row not in shown]
    return Answers(
        words=tuple(typed(words) for words in found.agreement if not any(name in words for name in hidden)),
        picture=_picture(found, shown),
        rows=tuple(_row(row, told=row in shown) for row in _ordered(found)),
        money=any(row.worth_contacting is not None for row in found.segments),
    )


def told(found: Response) -> list[SegmentResponse]:
    """Return the segments whose answers may be told: not those of a few customers, answers or refusals, nor what would give them away."""
    rows = _ordered(found)
    yes = [round(row.customers * row.rate.value) for row in rows]
    small = hide_small([row.customers for row in rows]) | hide_small(yes)
    small |= hide_small([row.customers - each for row, each in zip(rows, yes, strict=True)])
    return [row for row, few in zip(rows, small.tolist(), strict=True) if not few and row.customers]


def _ordered(found: Response) -> list[SegmentResponse]:
    return sorted(found.segments, key=lambda row: (row.id <= 0, abs(row.id)))


def _picture(found: Response, rows: list[SegmentResponse]) -> Picture | None:
    if len(rows) < 2:
        return None
    hidden = (
        f" Segments with fewer than {FLOOR} customers or answers, and what would give them away, are left out."
        if len(rows) < len(found.segments)
        else ""
    )
    caption = (
        "Mark: share that answered, with its 95% interval; upright line: mean probability foretold. Where that lies outside the interval, the scores are off."
        f"{hidden} n = {counted(found, sum(row.customers for row in rows))}."
    )
    alt = "; ".join(f"{row.name}: {share(row.rate.value)} answered, {share(row.predicted)} foretold" for row in rows) + "."
    return Picture("response-segments", drawn.segments(rows), caption, alt)


def _row(row: SegmentResponse, *, told: bool) -> Row:
    few = f"under {FLOOR}" if row.customers < FLOOR else count(row.customers)
    if not told:
        return Row(row.id, row.name, colour(row.id), few, "hidden", "", NOTHING, NOTHING, NOTHING)
    return Row(
        id=row.id,
        name=row.name,
        colour=colour(row.id),
        customers=count(row.customers),
        rate=share(row.rate.value),
        interval=f"{share(row.rate.low)} to {share(row.rate.high)}",
        predicted=share(row.predicted),
        contact=contact(row),
        order="too few answers" if row.auc is None else _hundredth(row.auc),
    )


def contact(row: SegmentResponse) -> str:
    """Return which share of a segment it pays to contact; not the share of a few."""
    if row.worth_contacting is None:
        return NOTHING
    number = round(row.worth_contacting * row.customers)
    return "a few" if 0 < number < FLOOR else "all but a few" if 0 < row.customers - number < FLOOR else share(row.worth_contacting)


def _hundredth(value: Estimate) -> str:
    return f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"
