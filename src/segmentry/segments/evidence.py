"""What is known about a segmentation beyond its profiles, gathered in one call: drivers, importance, overlap, held-out halves, other solutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.matrix import Matrix
from segmentry.moments import Moments
from segmentry.preparation.learning import Preparation
from segmentry.segments.candidates import Sketched, profile_all
from segmentry.segments.clustering import Fitter, Rule
from segmentry.segments.drivers import Driver, drivers
from segmentry.segments.halves import Halves, Variance, f_tests, halves
from segmentry.segments.importance import Importance, importance
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.overlap import Overlap, overlaps


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a segment is.

    Parameters
    ----------
    drivers : tuple of Driver
        How far each segment lies from the others in each feature, with intervals.
    importance : tuple of Importance
        Which features drive the segmentation, the most important first.
    overlaps : tuple of Overlap
        Every pair of segments.
    variances : tuple of Variance
        The naive F-test of each column that was clustered on; see `halves` for why it proves nothing.
    halves : Halves or None
        None when there are too few customers, or the method finds no such groups in every half.
    candidates : tuple of Sketched
        What the numbers of segments that were tried would look like.
    """

    drivers: tuple[Driver, ...]
    importance: tuple[Importance, ...]
    overlaps: tuple[Overlap, ...]
    variances: tuple[Variance, ...] = ()
    halves: Halves | None = None
    candidates: tuple[Sketched, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A clustering of the customers of a matrix.

    Parameters
    ----------
    labels : int array, shape (n,)
        Segment ids 1 … k in the order of the rule; 0 or less is in no segment.
    rule : Rule
    preparation : Preparation
    points : float array, shape (n, p)
        Prepared.
    fit : Fitter
        The method.
    tried : mapping of int to int array, shape (n,)
        Groups 0 … k−1 of each customer, per number of segments that was tried.
    """

    labels: NDArray[np.int64]
    rule: Rule
    preparation: Preparation
    points: NDArray[np.float64]
    fit: Fitter = fit_kmeans
    tried: Mapping[int, NDArray[np.int64]] = field(default_factory=dict)


def gather(matrix: Matrix, fitted: Fitted, *, seed: int) -> Evidence:
    """Return all evidence on a segmentation of the customers of `matrix` (those that were clustered, with all features)."""
    k = len(fitted.rule.centres)
    names = fitted.preparation.fitted_names
    parts = [Moments.of(fitted.points[fitted.labels == each], names) for each in range(1, k + 1)]
    try:
        tested = halves(matrix, fitted.preparation, k, seed=seed, fit=fitted.fit)
    except (NotEnoughData, Degenerate):
        tested = None
    return Evidence(
        drivers(matrix, fitted.labels),
        importance(matrix, fitted.preparation, fitted.rule, seed=seed) if len(matrix) > 1 else (),
        overlaps(fitted.points, fitted.labels, fitted.rule, preparation=fitted.preparation, columns=matrix.columns),
        f_tests(parts),
        tested,
        profile_all(matrix, fitted.tried, features=fitted.preparation.names, seed=seed),
    )
