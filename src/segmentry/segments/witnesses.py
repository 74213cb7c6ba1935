"""Witnesses of the choice of k beside the index that decides: gap and bootstrap stability of each number of segments that was tried.

They often disagree with the silhouette and with each other; they are shown, not obeyed. Not computed for density, which finds its own number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData
from segmentry.segments.clustering import Fitter
from segmentry.segments.gap import gap_curve
from segmentry.segments.refits import by_k
from segmentry.segments.results import Candidate, Selection


def witnessed(
    selection: Selection,
    points: NDArray[np.float64],
    labelings: Mapping[int, NDArray[np.int64]],
    *,
    fit: Fitter,
    seed: int,
    exclusive: Sequence[Sequence[int]] = (),
) -> Selection:
    """Return the selection with gap and stability of each candidate.

    Parameters
    ----------
    selection : Selection
    points : float array, shape (n, p)
    labelings : mapping of int to int array, shape (n,)
        Groups 0 … k−1 of each customer by k; a candidate without any keeps its figures as they are.
    fit : Fitter
        The method.
    seed : int
    exclusive : sequence of sequences of int
        Columns that are the levels of one category.
    """
    if selection.method == "density":
        return selection
    ks = sorted(labelings)
    try:
        curve = gap_curve(points, ks, seed=seed, fit=fit, exclusive=exclusive)
    except (NotEnoughData, Degenerate):
        curve = None
    missing = [each.k for each in selection.by_k if each.stability is None and each.k in labelings]
    stable = dict(zip(missing, by_k(points, [labelings[k] for k in missing], seed=seed, fit=fit), strict=True))

    def told(candidate: Candidate) -> Candidate:
        gap = None if curve is None else curve.at(candidate.k)
        found = replace(candidate, stability=stable.get(candidate.k, candidate.stability))
        return found if gap is None else replace(found, gap=gap[0], gap_error=gap[1])

    return replace(selection, by_k=tuple(told(each) for each in selection.by_k))
