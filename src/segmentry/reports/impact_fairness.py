"""The part "Are offers fair?": how many of each group get an offer, and whether group or segment can be guessed from each other."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.plans.fairness import AttributeFairness, Fairness, GroupRate
from segmentry.plots.forest import Row, forest, shares
from segmentry.plots.numbers import NOTHING, count, number, share
from segmentry.plots.theme import inert
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate

_SIDES = 2


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute, as text.

    Parameters
    ----------
    name, words : str
    differs : bool
    picture : Picture or None
        None where fewer than two groups may be shown.
    rows : tuple of (group, customers, rate, interval, ratio)
    guessed : tuple of (what, figure)
    """

    name: str
    words: str
    differs: bool
    picture: Picture | None
    rows: tuple[tuple[str, str, str, str, str], ...]
    guessed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fair:
    """The whole part."""

    words: str
    attributes: tuple[Attribute, ...]


def fair(found: Fairness) -> Fair:
    """Return the part; groups of few customers are hidden."""
    return Fair(found.words, tuple(_attribute(each, place) for place, each in enumerate(found.attributes)))


def _attribute(found: AttributeFairness, place: int) -> Attribute:
    known = [group for group in found.groups if group.rate is not None and group.customers is not None]
    guessed = []
    if found.guessed_offer is not None:
        guessed.append(("Guessing the offer from it", _auc(found.guessed_offer)))
    if found.guessed_segment is not None:
        guessed.append(("How much it says about the segment", f"Cramér's V {_two(found.guessed_segment)}"))
    picture = _picture(found, known, place) if len(known) >= _SIDES else None
    return Attribute(found.attribute, found.words, found.differs, picture, tuple(_row(group) for group in found.groups), tuple(guessed))


def _row(group: GroupRate) -> tuple[str, str, str, str, str]:
    if group.customers is None or group.rate is None:
        return group.group, "hidden", "hidden", "", NOTHING
    ratio = NOTHING if group.ratio is None else number(round(group.ratio.value, 2))
    return group.group, count(group.customers), share(group.rate.value), f"{share(group.rate.low)} to {share(group.rate.high)}", ratio


def _picture(found: AttributeFairness, known: list[GroupRate], place: int) -> Picture:
    rows = [
        Row(
            group.group,
            group.rate,
            "plain",
            f"<b>{inert(group.group)}</b><br>{share(group.rate.value)} get an offer<br>n = {count(group.customers)} customers",
        )
        for group in known
        if group.rate is not None
    ]
    n = sum(group.customers or 0 for group in known)
    hidden = " Groups of few customers are hidden." if len(known) < len(found.groups) else ""
    caption = f"Share of each group that gets an offer; bars are 95% intervals. n = {count(n)} customers.{hidden}"
    alt = (
        f"Forest plot of the share with an offer by {found.attribute}: "
        + "; ".join(f"{row.name} {share(row.found.value)}" for row in rows)
        + "."
    )
    return Picture(f"fairness-{place}", forest(rows, shares("share that gets an offer")), caption, alt, found.attribute)


def _auc(found: Estimate) -> str:
    return f"an area under the ROC curve of {_two(found)}"


def _two(found: Estimate) -> str:
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
