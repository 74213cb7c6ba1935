"""The silhouette of customers, segment by segment, sorted: the outline that a silhouette plot draws (Rousseeuw 1987).

``s = (b − a) / max(a, b)``, a the mean distance to the own segment, b to the nearest other one: 1 at the heart of a segment, 0 on a border, below 0
nearer to another segment. On at most `MOST_POINTS` customers, drawn segment by segment. Not for telling whether segments exist: see `structure`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.indices import silhouette_points, stratified

MOST_POINTS = 5_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One segment's silhouettes.

    Parameters
    ----------
    segment : int
        Its id.
    values : float array, shape (m,)
        Of its customers in the sample, highest first.
    mean : float
    customers : int
        How many the segment has.
    """

    segment: int
    values: NDArray[np.float64]
    mean: float
    customers: int

    @property
    def misplaced(self) -> float:
        """Share of the customers that are nearer to another segment, 0 to 1."""
        return float((self.values < 0).mean())


def outlines(points: NDArray[np.float64], labels: NDArray[np.int64], *, seed: int, most: int = MOST_POINTS) -> tuple[Outline, ...]:
    """Return the outline of each segment, in the order of the ids; empty with fewer than two.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    labels : int array, shape (n,)
        Segment ids 1 … k; ids below 1 do not count.
    seed : int
    most : int
        Points above which a sample is taken.

    Examples
    --------
    >>> points = np.array([[0.0], [0.2], [9.0], [9.2]])
    >>> [(one.segment, round(one.mean, 2), one.customers) for one in outlines(points, np.array([1, 1, 2, 2]), seed=0)]
    [(1, 0.98, 2), (2, 0.98, 2)]
    """
    inside = labels > 0
    present, own = np.unique(labels[inside], return_inverse=True)
    if len(present) < 2:
        return ()
    own = own.ravel().astype(np.int64)
    rows = stratified(own, most, seed)
    values = silhouette_points(points[inside][rows], [own[rows]])[0]
    sizes = np.bincount(own)
    parts = [np.sort(values[own[rows] == place])[::-1] for place in range(len(present))]
    return tuple(
        Outline(int(segment), part, float(part.mean()), int(size)) for segment, part, size in zip(present, parts, sizes, strict=True)
    )
