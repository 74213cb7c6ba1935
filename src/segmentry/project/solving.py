"""From features to segments: which features drive them, the fit, and what is said of every customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.features.catalogue import default_clustering
from segmentry.features.compute import FeatureTable
from segmentry.matrix import Matrix
from segmentry.project.progress import Journal
from segmentry.project.settings import Settings
from segmentry.results import Note
from segmentry.segments.profiles import profile
from segmentry.segments.results import SegmentProfile, Stability, Structure
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.stability import stability
from segmentry.segments.structure import levels, rival, structure
from segmentry.tables.dataset import Dataset


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
    """

    segmentation: Segmentation
    features: tuple[str, ...]
    labels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    profiles: tuple[SegmentProfile, ...]
    notes: tuple[Note, ...]
    structure: Structure
    stability: Stability


def solve(table: FeatureTable, dataset: Dataset, settings: Settings, journal: Journal) -> Solution:
    """Fit segments and profile them.

    Raises
    ------
    UsageError
        When a feature of the settings does not exist, or k is out of range.
    NotEnoughData, Degenerate
        When there are too few customers or nothing varies.
    """
    names = driving(table.matrix, dataset, settings)
    wanted = settings.segments
    with journal.stage("segments", "Finding segments"):
        segmentation = Segmentation(
            k=wanted.k, low=wanted.minimum, high=wanted.maximum, features=names, seed=settings.run.seed, starts=wanted.starts
        )
        revenue = table.matrix.column(table.revenue) if table.revenue else None
        segmentation.fit(table.matrix, revenue, set_aside=table.set_aside)
        labels = segmentation.labels_
        confidence = np.where(table.set_aside, np.nan, segmentation.confidence_)
        journal.found(segmentation.selection_.reason)
    with journal.stage("structure", "Checking whether the segments are real"):
        found, stable = _checked(segmentation, settings.run.seed)
        journal.found(found.words)
    with journal.stage("profiles", "Describing the segments"):
        profiles = profile(table.matrix, labels, revenue=revenue, set_aside=table.set_aside, features=segmentation.preparation_.names)
        for item in profiles:
            journal.found(f"{item.name}: {item.customers:,} customers ({item.share:.0%})")
    learned = segmentation.preparation_
    return Solution(segmentation, learned.names, labels, confidence, profiles, learned.notes, found, stable)


def _checked(segmentation: Segmentation, seed: int) -> tuple[Structure, Stability]:
    points, labels = segmentation.points_, segmentation.labels_[segmentation.labels_ > 0]
    exclusive = levels(segmentation.preparation_.steps)
    found = structure(points, labels, seed=seed, exclusive=exclusive, other=rival(segmentation.selection_))
    return found, stability(points, labels, seed=seed)


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
    return settings.segments.features or tuple(name for name in usual if _varies(matrix.column(name))) or usual


def _varies(values: NDArray[np.float64]) -> bool:
    known = values[~np.isnan(values)]
    return bool(known.size and known.min() < known.max())
