"""Five sentences for an executive: who, how many segments and how clear, where money comes from, what to do first, what to be careful about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.preparation.words import figure, percent
from segmentry.segments.playbook import DEFAULT_TITLE
from segmentry.segments.results import SegmentProfile, Selection, Structure
from segmentry.segments.selection import WEAK, strength


@dataclass(frozen=True, slots=True)
class Facts:
    """Plain numbers about the data.

    Parameters
    ----------
    customers : int
    as_of : str
        Day the features look back from, as text; empty when it means nothing.
    revenue : float or None
    currency : str
    features : int
        That were clustered on.
    quarantined : int
        Rows that were not used.
    """

    customers: int
    as_of: str = ""
    revenue: float | None = None
    currency: str = ""
    features: int = 0
    quarantined: int = 0


def executive_summary(
    facts: Facts, selection: Selection, profiles: Sequence[SegmentProfile], structure: Structure | None = None
) -> tuple[str, ...]:
    """Return five sentences in plain language.

    Examples
    --------
    >>> selection = Selection(3, (), "", (), "")
    >>> executive_summary(Facts(100, features=2), selection, [SegmentProfile(1, "Loyal", "cluster", 60, 0.6, None, None, (), (), ())])[1]
    'They fall into 3 segments by 2 features.'
    """
    clusters = [each for each in profiles if each.kind == "cluster"]
    aside = sum(each.customers for each in profiles if each.kind == "set aside")
    return (
        _who(facts, aside),
        _how_clear(facts, selection, structure),
        _money(clusters),
        _first(clusters),
        _care(facts, selection, clusters, structure),
    )


def _who(facts: Facts, aside: int) -> str:
    words = f"This report describes {facts.customers:,} customers"
    if facts.revenue is not None:
        words += f" with {figure(facts.revenue)}{' ' + facts.currency if facts.currency else ''} of revenue"
    words += f" as of {facts.as_of}" if facts.as_of else ""
    return words + (f"; {aside:,} of them without net purchases were set aside." if aside else ".")


def _how_clear(facts: Facts, selection: Selection, structure: Structure | None) -> str:
    words = f"They fall into {selection.k} segments by {facts.features} {'feature' if facts.features == 1 else 'features'}"
    score = _silhouette(selection)
    if structure is not None:
        return f"{words}{_real(structure, structure.silhouette if score is None else score)}"
    return words + (f": {strength(score)} (silhouette {score:.2f})." if score is not None else ".")


def _real(structure: Structure, score: float) -> str:
    if structure.verdict == "segments":
        soft = ", though they overlap" if structure.silhouette < WEAK else ""
        figures = f"silhouette {structure.silhouette:.2f}; slices of one group reach {structure.reference_silhouette[1]:.2f}"
        return f"; a test says that these are groups of their own, not slices of one{soft} ({figures})."
    if structure.verdict == "slices":
        return f", but a test finds no natural segments: these are slices of a continuum, useful to act on (silhouette {score:.2f})."
    return f"; with {structure.customers:,} customers nobody can tell whether these are groups or slices of one."


def _silhouette(selection: Selection) -> float | None:
    return next((one.silhouette for one in selection.by_k if one.k == selection.k), None)


def _money(clusters: Sequence[SegmentProfile]) -> str:
    if not clusters:
        return "There are no segments to compare."
    paid = [each for each in clusters if each.revenue_share is not None]
    if not paid:
        largest = max(clusters, key=lambda each: (each.customers, -each.id))
        words = "The data has no amounts, so nothing is said about money"
        return f"{words}; the largest segment is {_quoted(largest)} with {percent(largest.share)} of the customers."
    top = max(paid, key=lambda each: (each.revenue_share or 0.0, -each.id))
    return f"Most money comes from {_quoted(top)}: {percent(top.share)} of the customers bring {percent(top.revenue_share or 0.0)} of the revenue."


def _first(clusters: Sequence[SegmentProfile]) -> str:
    advised = [
        (each.strategy.title == DEFAULT_TITLE, -(each.revenue_share or each.share), each.id, each, each.strategy)
        for each in clusters
        if each.strategy is not None
    ]
    if not advised:
        return "No strategy is suggested yet."
    # What is suggested for lack of anything to go by comes last.
    *_, each, strategy = min(advised, key=lambda item: item[:3])
    title = strategy.title if strategy.title[:2].isupper() else strategy.title[0].lower() + strategy.title[1:]
    return f"A first step worth testing with {_quoted(each)} is “{title}”: {strategy.action[0].lower()}{strategy.action[1:]}"


def _care(facts: Facts, selection: Selection, clusters: Sequence[SegmentProfile], structure: Structure | None) -> str:
    score = _silhouette(selection)
    slices = structure is not None and structure.verdict == "slices"
    if slices or (score is not None and score < WEAK):
        words = "Be careful: the borders between these segments are soft, so customers near one may as well belong to its neighbour"
    else:
        words = "Be careful: segments describe what customers did and do not prove why; test an action on a part before it goes to all"
    smallest = min((each.customers for each in clusters), default=0)
    if 0 < smallest < 100:
        words += f"; the smallest segment has only {smallest:,} customers"
    return words + (f"; {facts.quarantined:,} rows could not be used." if facts.quarantined else ".")


def _quoted(each: SegmentProfile) -> str:
    return f"“{each.name}”"
