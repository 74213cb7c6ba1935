"""From features to segments: which features drive them, the fit, and what is said of every customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.features.catalogue import default_clustering
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Matrix
from segmentry.preparation.words import percent
from segmentry.project.explaining import Explained, explain
from segmentry.project.progress import Journal
from segmentry.project.refreshing import Earlier, Identity, followed, identity, lasting_names, recognise
from segmentry.project.settings import Settings
from segmentry.results import Note
from segmentry.segments.comparison import Comparison
from segmentry.segments.identity import Match
from segmentry.segments.methods import METHODS
from segmentry.segments.outline import Outline, outlines
from segmentry.segments.playbook import HOUSE, Play, Playbook
from segmentry.segments.profiles import profile
from segmentry.segments.results import SegmentProfile, Stability, Structure
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.structure import rival, structure
from segmentry.tables.dataset import Dataset

# One single start makes the halves of a test disagree by accident: a quick fit takes a quarter of these.
STEADY_STARTS = 16


@dataclass(frozen=True, slots=True)
class Solution:
    """Segments of one dataset.

    Parameters
    ----------
    segmentation : Segmentation
        Fitted on all customers but those set aside.
    features : tuple of str
        What drove the segments.
    labels : int array, shape (n,)
        Segment id of every customer; 0 for those set aside by rule.
    confidence : float array, shape (n,)
        0 between two segments, 1 at the heart of one; NaN for those set aside.
    profiles : tuple of SegmentProfile
    notes : tuple of Note
    structure : Structure
        Whether the segments are groups or slices.
    stability : Stability
        Of the customers that were clustered, in their order.
    comparison : Comparison or None
        Of several methods.
    rivals : dict of str to tuple of SegmentProfile
        By method: the segments of those that are not followed.
    identity : Identity
        The ledger of segments, and what became of those of an earlier run.
    explained : Explained
        What makes the segments, and a short rule for each.
    outlines : tuple of Outline
        Silhouettes of a sample of the customers, by segment.
    """

    segmentation: Segmentation
    features: tuple[str, ...]
    labels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    profiles: tuple[SegmentProfile, ...]
    notes: tuple[Note, ...]
    structure: Structure
    stability: Stability
    comparison: Comparison | None
    rivals: dict[str, tuple[SegmentProfile, ...]]
    identity: Identity
    explained: Explained
    outlines: tuple[Outline, ...]


def solve(
    table: FeatureTable, dataset: Dataset, settings: Settings, journal: Journal, earlier: Earlier | None = None, *, same_data: bool = False
) -> Solution:
    """Fit segments and profile them.

    Parameters
    ----------
    earlier : Earlier or None
        A run whose segments are to keep their ids and names.
    same_data : bool
        Whether that run was of the very same rows: then customers must not move.

    Raises
    ------
    UsageError
        When a feature of the settings does not exist, or k is out of range.
    NotEnoughData, Degenerate
        When there are too few customers or nothing varies.
    """
    segmentation = _fitted(table, driving(table.matrix, dataset, settings), settings, journal)
    with journal.stage("structure", "Checking whether the segments are real"):
        segmentation, found, same, notes = _proved(segmentation, table, settings, earlier, same_data=same_data)
        journal.found(found.words)
    with journal.stage("profiles", "Describing the segments"):
        book = playbook(settings)
        profiles = _profiles(table, segmentation, segmentation.labels_, book)
        lasting = {} if earlier is None else lasting_names(earlier, profiles)
        profiles = _renamed(profiles, {**lasting, **settings.segments.names})
        rivals = {
            name: _profiles(table, segmentation, _placed(table, view.ids), book)
            for name, view in segmentation.views_.items()
            if name != segmentation.selection_.method
        }
        for item in profiles:
            journal.found(f"{item.name}: {item.customers:,} customers ({item.share:.0%})")
    with journal.stage("explain", "Asking what makes the segments"):
        explained = explain(table, segmentation, profiles, settings)
        strong = sum(not each.weak for each in explained.rules)
        journal.found(f"short rules describe {strong} of {len(explained.rules)} segments well")
    learned = segmentation.preparation_
    return Solution(
        segmentation,
        learned.names,
        segmentation.labels_,
        np.where(table.set_aside, np.nan, segmentation.confidence_),
        profiles,
        (*learned.notes, *notes, *_rule_notes(segmentation)),
        found,
        replace(segmentation.stability_, ids=segmentation.ids_),
        _crossed(segmentation),
        rivals,
        identity(same, earlier, profiles, day=dataset.as_of.isoformat() if dataset.as_of else ""),
        explained,
        outlines(segmentation.points_, segmentation.labels_[segmentation.labels_ != 0], seed=settings.run.seed),
    )


def _rule_notes(segmentation: Segmentation) -> tuple[Note, ...]:
    """Say how often the frozen rule, which places new customers, agrees with a method that has no such rule of its own."""
    agreement = segmentation.rule_agreement_
    if agreement == 1:
        return ()
    words = METHODS[segmentation.selection_.method].words
    told = f"New customers are placed by a simpler rule than {words} itself: it puts {percent(agreement)} of the customers here where {words} did."
    return (Note("frozen_rule", f"{told} segments.csv holds the segments of the method."),)


def _fitted(table: FeatureTable, names: tuple[str, ...], settings: Settings, journal: Journal) -> Segmentation:
    wanted = settings.segments
    with journal.stage("segments", "Finding segments"):
        segmentation = Segmentation(
            wanted.k,
            method=wanted.method,
            between=(wanted.minimum, wanted.maximum),
            features=names,
            seed=settings.run.seed,
            starts=wanted.starts,
            index=wanted.index,
            sizes=(wanted.smallest, wanted.largest),
        )
        revenue = table.matrix.column(table.revenue) if table.revenue else None
        segmentation.fit(table.matrix, revenue, set_aside=table.set_aside)
        if segmentation.comparison_ is not None:
            journal.found(segmentation.comparison_.reason)
        journal.found(segmentation.selection_.reason)
    return segmentation


def _proved(
    segmentation: Segmentation, table: FeatureTable, settings: Settings, earlier: Earlier | None, *, same_data: bool
) -> tuple[Segmentation, Structure, Match | None, tuple[Note, ...]]:
    """Test the segments, let slices start from those before, and give all of them their lasting ids."""
    found = _checked(segmentation, settings)
    if earlier is None:
        return segmentation, found, None, ()
    note: Note | None = None
    if found.verdict != "segments":
        segmentation, note = followed(segmentation, table, earlier)
        found = _checked(segmentation, settings)
    same = recognise(segmentation, table, earlier, same_data=same_data, verdict=found.verdict)
    return segmentation, _with_ids(found, segmentation), same, () if note is None else (note,)


def playbook(settings: Settings) -> Playbook:
    """Return the strategies: one's own first, then those of the house.

    Raises
    ------
    UsageError
        When a condition is no topic with a level.
    """
    own = [Play(each.title, each.when, each.action, each.offer, each.measure, each.channel) for each in settings.playbook]
    return HOUSE.extended(own)


def _profiles(table: FeatureTable, segmentation: Segmentation, labels: NDArray[np.int64], book: Playbook) -> tuple[SegmentProfile, ...]:
    revenue = table.matrix.column(table.revenue) if table.revenue else None
    return profile(
        table.matrix, labels, revenue=revenue, set_aside=table.set_aside, features=segmentation.preparation_.names, playbook=book
    )


def _placed(table: FeatureTable, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids of clustered customers as labels of all."""
    labels = np.zeros(len(table.matrix), dtype=np.int64)
    labels[~table.set_aside] = ids
    return labels


def _with_ids(found: Structure, segmentation: Segmentation) -> Structure:
    """Return the verdict with the lasting ids of the segments."""
    ids = segmentation.ids_
    gaps = tuple(replace(gap, segments=(ids[gap.segments[0] - 1], ids[gap.segments[1] - 1])) for gap in found.gaps)
    return replace(found, gaps=gaps)


def _crossed(segmentation: Segmentation) -> Comparison | None:
    """Return the comparison of methods with the lasting ids of the segments."""
    found = segmentation.comparison_
    if found is None:
        return None
    ids = dict(enumerate(segmentation.ids_, 1))
    crossings = tuple(replace(each, rows=tuple(ids.get(row, row) for row in each.rows)) for each in found.crossings)
    return replace(found, crossings=crossings)


def _renamed(profiles: Sequence[SegmentProfile], names: Mapping[str, str]) -> tuple[SegmentProfile, ...]:
    """Give segments the names the user declared, by id."""
    known = {str(each.id) for each in profiles if each.kind == "cluster"}
    for key, name in names.items():
        if key not in known:
            raise UsageError(f"segments.names names segment {key!r}; there are {', '.join(sorted(known))}. Use the ids of segments.csv.")
        if not name.strip():
            raise UsageError(
                f"segments.names gives segment {key!r} an empty name; allowed is any text. Write a name, or leave the line out."
            )
    renamed = tuple(replace(each, name=names.get(str(each.id), each.name).strip()) for each in profiles)
    twice = [name for name, count in Counter(each.name for each in renamed).items() if count > 1]
    if twice:
        raise UsageError("segments.names gives two segments one name; allowed are different ones. Change one of them.")
    return renamed


def _checked(segmentation: Segmentation, settings: Settings) -> Structure:
    """Test the segments against one group, cut by the same method and with the same freedom to choose k."""
    wanted, method = settings.segments, segmentation.selection_.method
    segmentation.witness()
    approach = replace(segmentation.approach(), starts=max(STEADY_STARTS, wanted.starts))
    free = wanted.k is None and method != "density" and len(segmentation.selection_.by_k) > 1
    return structure(
        segmentation.points_,
        segmentation.views_[method].ids,
        seed=settings.run.seed,
        fit=approach.fit,
        ks=range(wanted.minimum, wanted.maximum + 1) if free else (),
        exclusive=approach.exclusive,
        other=rival(segmentation.selection_),
    )


def driving(matrix: Matrix, dataset: Dataset, settings: Settings) -> tuple[str, ...]:
    """Return the features that drive the segments: the declared ones, or the default set."""
    for name in settings.segments.features:
        if name not in matrix.names:
            raise UsageError(f"segments.features names {name!r}, which is no feature of this data; {suggestion(name, matrix.names)}")
    if not matrix.columns:
        constant = [treatment.column for treatment in dataset.treatments if treatment.rule == "constant_columns"]
        told = f" ({', '.join(constant)} is the same for every customer)" if constant else ""
        reason = f"need at least 1 column that varies between customers; found 0{told}"
        raise Degenerate(Problem("NO_VARIATION", reason, "add columns that differ between customers"))
    usual = default_clustering(matrix.columns, dataset)
    if "kprototypes" in settings.segments.method:
        usual = (*usual, *(column.name for column in matrix.columns if column.kind == "category" and column.name not in usual))
    return settings.segments.features or tuple(name for name in usual if _varies(matrix.column(name))) or usual


def _varies(values: NDArray[np.float64]) -> bool:
    known = values[~np.isnan(values)]
    return bool(known.size and known.min() < known.max())
