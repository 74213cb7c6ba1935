"""The chapter on what a segment is: what drives the segments, how far each lies from the others, where they touch, what held-out customers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentry.plots import drivers as drawn
from segmentry.plots import profiles as compared
from segmentry.plots.numbers import amount, count, number, share
from segmentry.plots.theme import colour
from segmentry.reports.cards import in_order, verdict
from segmentry.reports.pictures import Picture
from segmentry.segments.candidates import Sketch, Sketched
from segmentry.segments.drivers import Driver, expected_by_chance
from segmentry.segments.evidence import Evidence
from segmentry.segments.halves import CAVEAT, Halves, Replication, Variance
from segmentry.segments.importance import Importance, sentence
from segmentry.segments.overlap import Change, Overlap
from segmentry.segments.results import Difference, SegmentProfile

if TYPE_CHECKING:
    from segmentry.explore.columns import ColumnSummary

DRIVERS_TOLD = 5
PAIRS_TOLD = 12
_TINY = 0.001
_MANY = 0.1


@dataclass(frozen=True, slots=True)
class DriverRow:
    """One row of the table of drivers, as text."""

    segment: int
    name: str
    colour: str
    feature: str
    effect: str
    interval: str
    clear: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """One row of the table of pairs of segments, as text."""

    pair: str
    near: str
    apart: str
    change: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One number of segments that was tried: title, and per segment its size and what sets it apart."""

    title: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_drivers.html` shows, as text and pictures."""

    lead: str
    importance: Picture | None
    lines: Picture | None
    drivers: tuple[DriverRow, ...]
    drivers_words: str
    apart: Picture | None
    overlap_words: str
    pairs: tuple[PairRow, ...]
    halves_words: str
    halves: Picture | None
    tests: tuple[tuple[str, str, str, str, str], ...]
    caveat: str
    naive: tuple[tuple[str, str, str, str], ...]
    tried: tuple[Tried, ...]


def chapter(found: Evidence, profiles: Sequence[SegmentProfile], columns: Sequence[ColumnSummary], *, currency: str = "") -> Chapter:
    """Return the chapter on a segmentation.

    Parameters
    ----------
    found : Evidence
    profiles : sequence of SegmentProfile
    columns : sequence of ColumnSummary
        Of all features.
    currency : str
    """
    known = {column.name: column for column in columns}
    clusters = tuple(profile for profile in in_order(profiles) if profile.kind == "cluster")
    names = {profile.id: profile.name for profile in clusters}
    return Chapter(
        lead=lead(found.importance),
        importance=_importance_picture(found.importance),
        lines=_lines_picture(found.importance, clusters, known, currency),
        drivers=_driver_rows(found.drivers, names, known),
        drivers_words=_multiplicity(found.drivers),
        apart=_apart_picture(clusters, found.overlaps),
        overlap_words=_overlap_words(found.overlaps, names, sum(profile.customers for profile in clusters)),
        pairs=tuple(_pair_row(pair, names, known, currency) for pair in found.overlaps[:PAIRS_TOLD]),
        halves_words=_halves_words(found.halves),
        halves=_halves_picture(found.halves),
        tests=() if found.halves is None else tuple(_test_row(row) for row in found.halves.features),
        caveat=CAVEAT,
        naive=tuple(_naive_row(row, known) for row in sorted(found.variances, key=lambda row: (-row.eta2, row.name))),
        tried=tuple(_tried(each, known, currency) for each in found.candidates),
    )


def lead(found: Sequence[Importance]) -> str:
    """Say which features drive the segments, and which hardly do."""
    if not found:
        return ""
    words = f"What drives the segments most is “{found[0].words}”. {sentence(found[0])}"
    idle = [f"“{each.words}”" for each in found if each.high < 0.01]
    if idle and len(idle) < len(found):
        words += (
            f" {_listed(idle)} {'hardly plays' if len(idle) == 1 else 'hardly play'} a part: the segments would be nearly the same without."
        )
    return words


def _importance_picture(found: Sequence[Importance]) -> Picture | None:
    if not found:
        return None
    rest = f" The first {drawn.FEATURES_SHOWN} of {len(found)} features are drawn." if len(found) > drawn.FEATURES_SHOWN else ""
    caption = (
        "The longer the bar, the more customers would change their segment if this feature were another customer's; thin lines are 95% intervals. "
        f"n = {count(found[0].customers)} customers, exchanged {found[0].repeats} times.{rest}"
    )
    return Picture("importance", drawn.importance(found), caption, " ".join(sentence(each) for each in found[: drawn.FEATURES_SHOWN]))


def _lines_picture(
    found: Sequence[Importance], profiles: Sequence[SegmentProfile], known: Mapping[str, ColumnSummary], currency: str
) -> Picture | None:
    have = {part.name for profile in profiles for part in profile.ranges}
    first = [name for each in found for name in (each.members if len(each.members) == 1 else ())]
    shown = [known[name] for name in first if name in have and name in known and known[name].sd and not known[name].levels]
    shown = shown[: compared.FEATURES_SHOWN]
    if len(shown) < 2:
        return None
    n = sum(profile.customers for profile in profiles)
    caption = (
        "Follow a line from top to bottom to know a segment; where lines part, the feature tells segments apart, where they meet it does not. "
        f"The {len(shown)} features that drive the segments most, n = {count(n)} customers."
    )
    alt = f"Standardised means of {len(profiles)} segments in {_listed([column.words for column in shown])}."
    return Picture("lines", compared.lines(profiles, shown, currency=currency), caption, alt)


def _driver_rows(found: Sequence[Driver], names: Mapping[int, str], known: Mapping[str, ColumnSummary]) -> tuple[DriverRow, ...]:
    rows = []
    for segment, name in names.items():
        own = [each for each in found if each.segment == segment and each.name in known and not each.low <= 0 <= each.high]
        # A share of 30 points and a mean of half a deviation are of one order: both scales are ranked by a common yardstick.
        own.sort(key=lambda each: (-abs(each.effect) * (1.0 if each.scale == "deviations" else 2.0), each.name, each.level))
        rows += [_driver_row(each, name, known[each.name]) for each in own[:DRIVERS_TOLD]]
    return tuple(rows)


def _driver_row(each: Driver, name: str, column: ColumnSummary) -> DriverRow:
    shares = each.scale == "shares"
    figures = [_points(value) if shares else f"{value:+.2f}".replace("-", "−") for value in (each.effect, each.low, each.high)]
    direction = "more often" if shares and each.effect > 0 else "less often" if shares else "higher" if each.effect > 0 else "lower"
    told = f"{figures[0]} points" if shares else f"{figures[0]} ({verdict(each.effect, direction)})"
    feature = f"{column.words}: {each.level}" if each.level else column.words
    return DriverRow(
        each.segment, name, colour(each.segment), feature, told, f"{figures[1]} to {figures[2]}", "yes" if each.clear else "unsure"
    )


def _points(value: float) -> str:
    return f"{100 * value:+.0f}".replace("-", "−")


def _multiplicity(found: tuple[Driver, ...]) -> str:
    if not found:
        return ""
    chance = f"{expected_by_chance(found):.0f}"
    return (
        f"{count(len(found))} comparisons were made, so about {chance} of the 95% intervals would miss zero by chance alone; told are those that miss it, and "
        "“clear” is what holds when all comparisons count together (Bonferroni). Differences of numbers are in standard deviations, those of shares "
        "in percentage points. The same customers chose the segments, which makes differences look larger than they would elsewhere."
    )


def _apart_picture(profiles: Sequence[SegmentProfile], overlaps: Sequence[Overlap]) -> Picture | None:
    if len(profiles) < 2 or not overlaps:
        return None
    caption = (
        "How far each pair of segments lies apart in the feature that separates them most, in standard deviations: pale pairs are alike, "
        f"and telling them apart takes several features. n = {count(sum(profile.customers for profile in profiles))} customers."
    )
    alt = "; ".join(f"{pair.one} and {pair.other}: {_separators(pair)}" for pair in overlaps[:PAIRS_TOLD]) + "."
    return Picture("apart", compared.apart(profiles, overlaps), caption, alt)


def _overlap_words(overlaps: Sequence[Overlap], names: Mapping[int, str], customers: int) -> str:
    if not overlaps:
        return ""
    near, closest = sum(pair.customers or 0 for pair in overlaps), overlaps[0]
    if not near or closest.one not in names or closest.other not in names:
        return "Hardly any customer stands near a border: whoever is in a segment is clearly so."
    part, most = near / max(customers, 1), count(closest.customers)
    words = f"{count(near)} customers ({share(part)}) stand so near a border that they may as well belong to the neighbour, {most} of them between "
    words += f"“{names[closest.one]}” and “{names[closest.other]}”."
    return words + (" An offer meant for the one will suit many of the other." if closest.share >= _MANY else "")


def _pair_row(pair: Overlap, names: Mapping[int, str], known: Mapping[str, ColumnSummary], currency: str) -> PairRow:
    near = "fewer than 5" if pair.customers is None else f"{count(pair.customers)} ({share(pair.share)})" if pair.customers else "nobody"
    who = " and ".join(f"{each} {names.get(each, '')}".strip() for each in (pair.one, pair.other))
    return PairRow(who, near, _separators(pair), "" if pair.change is None else _change(pair.change, names, known, currency))


def _separators(pair: Overlap) -> str:
    return _listed([f"{each.words} ({abs(each.effect):.1f})" for each in pair.features]) if pair.features else "nothing"


def _change(change: Change, names: Mapping[int, str], known: Mapping[str, ColumnSummary], currency: str) -> str:
    column = known.get(change.name)
    kind, unit = ("number", "") if column is None else (column.kind, column.unit)
    start = amount(change.start, kind=kind, unit=unit, currency=currency)
    end = amount(change.end, kind=kind, unit=unit, currency=currency, bare=True)
    return f"{change.words}: {end} instead of {start} would put a typical customer there into “{names.get(change.into, str(change.into))}”"


def _halves_words(found: Halves | None) -> str:
    if found is None:
        return "This could not be tested: there are too few customers, or the method does not find as many segments in each half of them."
    used = [row for row in found.features if row.used]
    beyond = [f"“{row.words}”" for row in used if row.beyond]
    others = [row for row in found.features if not row.used]
    words = "Segments were learned from one half of the customers and the other half was placed by the frozen rule, both ways round. "
    more = "more of the differences between customers"
    if beyond:
        words += f"Held against slices of one group, the segments hold {more} in {_listed(beyond)} than slices do "
        words += f"({len(beyond)} of {len(used)} features that drove them)."
    else:
        words += f"In none of the {len(used)} features that drove them do the segments hold {more} than slices of one group do."
    if others:
        words += (
            f" Of {len(others)} features that were not clustered on, {sum(row.beyond for row in others)} differ between the segments among the held-out "
            "customers; those made from the same figures, such as parts of a total, had to."
        )
    return words


def _halves_picture(found: Halves | None) -> Picture | None:
    if found is None:
        return None
    used = [row for row in found.features if row.used]
    rest = f" The first {drawn.FEATURES_SHOWN} of {len(used)} features are drawn." if len(used) > drawn.FEATURES_SHOWN else ""
    caption = (
        "A filled diamond lies beyond what slices of one group give in this feature (grey: from their mean to what 95% of them stay below in all "
        "features at once); an open circle does not: there the border is a convention. "
        f"n = {count(found.customers)} customers in two halves, {found.draws} draws of one group.{rest}"
    )
    alt = "; ".join(f"{row.words}: {share(row.eta2)}, {'more' if row.beyond else 'no more'} than slices" for row in used) + "."
    return Picture("halves", drawn.replication(used), caption, alt)


def _test_row(row: Replication) -> tuple[str, str, str, str, str]:
    slices = "" if row.slices is None else f"{share(row.slices[0])}, up to {share(row.slices[1])}"
    said = ("yes" if row.beyond else "no") if row.used else ("differs" if row.beyond else "no difference found")
    return (row.words, share(row.eta2), slices, _p(row.p), said)


def _naive_row(row: Variance, known: Mapping[str, ColumnSummary]) -> tuple[str, str, str, str]:
    words = known[row.name].words if row.name in known else row.name
    return (words, number(row.f), share(row.eta2), _p(row.p))


def _p(value: float) -> str:
    return f"under {_TINY}" if value < _TINY else f"{value:.3f}" if value == value else "–"  # noqa: PLR0124 - the one way without numpy


def _tried(each: Sketched, known: Mapping[str, ColumnSummary], currency: str) -> Tried:
    return Tried(f"What {each.k} segments would look like", tuple(_sketch(row, known, currency) for row in each.segments))


def _sketch(row: Sketch, known: Mapping[str, ColumnSummary], currency: str) -> tuple[str, str, str, str]:
    apart = "; ".join(_difference(part, known[part.name], currency) for part in row.differences if part.name in known)
    return (row.name, count(row.customers), share(row.share), apart or "nothing sets them clearly apart")


def _difference(part: Difference, column: ColumnSummary, currency: str) -> str:
    kind = "share" if part.level else column.kind
    here, others = (amount(value, kind=kind, unit=column.unit, currency=currency) for value in (part.segment, part.others))
    return f"{f'{column.words}: {part.level}' if part.level else column.words} {here} against {others}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
