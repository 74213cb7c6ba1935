"""A tree of customers: which leaves join, and at what distance; grown in `hierarchical`, drawn in the report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.dissimilarity import Distance
from segmentry.segments.linkage import Linkage


@dataclass(frozen=True, slots=True)
class Tree:
    """Which leaves join, and at what distance.

    Parameters
    ----------
    merges : float array, shape (m − 1, 4)
        In the order they happened: the two groups (leaves are 0 … m−1, the group of merge t is m + t), the distance, the number of leaves.
        As scipy's `linkage`; with centroid linkage a distance may be smaller than the one before.
    cophenetic : float or None
        Correlation, over pairs of customers, of their distance with the height at which they join, −1 to 1; None when all are equally far apart,
        and in quick fits.
    linkage : {"single", "average", "complete", "ward", "centroid", "weighted"}
    distance : {"euclidean", "cosine", "manhattan", "correlation", "gower"}
    weights : float array, shape (m,)
        How many customers each leaf stands for.
    """

    merges: NDArray[np.float64]
    cophenetic: float | None
    linkage: Linkage
    distance: Distance
    weights: NDArray[np.float64]

    @property
    def leaves(self) -> int:
        """Number of leaves."""
        return len(self.weights)
