"""k-prototypes: groups of customers who are alike in numbers and mostly equal in categories (Huang 1998).

The cost of a customer x in the group of prototype c is ``Σ_numbers (x − c)² + γ · (categories in which they differ)``; the prototype has the mean of
each number and the most common level of each category. Here a category is a block of columns, one per level, of which the customer's own is high and
the others low (see `preparation.steps`): two different levels are at squared distance γ = 2, what two customers differ in a standardised number on
average, and the nearest prototype in plain Euclidean distance is Huang's. A customer without a level (all low) is at half of γ from each. Whole
passes (Lloyd) instead of Huang's update after every customer: the result does not hang on their order. Not for many categories and few numbers:
the prototypes become alike, because the most common levels are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import UsageError
from segmentry.segments.alternation import alternate
from segmentry.segments.clustering import Clustering, Nearest, means
from segmentry.segments.weighing import counts_of, too_few_different, weighted_inertia


def fit_prototypes(
    points: NDArray[np.float64],
    k: int,
    *,
    seed: int,
    exclusive: Sequence[Sequence[int]] = (),
    starts: int = 10,
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,
) -> Clustering:
    """Cluster finite `points`, shape (n, p), into `k` groups.

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    seed : int
        Same points, settings and seed: same bits.
    exclusive : sequence of sequences of int
        Columns that are the levels of one category, per category; see `structure.levels`. Without any it is k-means.
    starts : int
        k-means++ starts; the one with the lowest cost is kept.
    weights : float array, shape (n,), optional
        How often each point counts.
    quick : bool
        A quarter of the starts, to compare many fits.

    Returns
    -------
    Clustering
        Its rule is `Nearest`, and its centres are the prototypes; its inertia is about the means, as for all methods.

    Raises
    ------
    UsageError
        When an argument is out of its range.
    NotEnoughData
        When there are fewer points than groups.
    Degenerate
        When there are fewer different points than groups, or the prototypes of two groups are equal.

    Examples
    --------
    >>> points = np.array([[0.0, 1, 0], [0.2, 1, 0], [0.1, 0, 1], [5.0, 0, 1], [5.2, 0, 1]])
    >>> found = fit_prototypes(points, 2, seed=0, exclusive=[(1, 2)])
    >>> sorted(found.centres.round(2).tolist())
    [[0.1, 1.0, 0.0], [5.1, 0.0, 1.0]]
    """
    check_range("starts", starts, 1, 1_000)
    counts = counts_of(points, k, weights)
    _check_blocks(exclusive, points.shape[1])
    centring = partial(_prototypes, blocks=exclusive, low=points.min(axis=0), high=points.max(axis=0))
    centres, fitted = alternate(points, k, centring, counts=counts, seed=seed, starts=max(1, starts // 4) if quick else starts)
    rule = Nearest(centres)
    labels = rule.assign(points)
    filled = len(np.unique(labels))
    if filled < k and not quick:
        raise too_few_different(filled, k)
    return Clustering("kprototypes", labels, rule, weighted_inertia(points, labels, k, counts), fitted)


def _prototypes(
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    k: int,
    counts: NDArray[np.float64],
    *,
    blocks: Sequence[Sequence[int]],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    centres = means(points, labels, k, counts)
    for block in blocks:
        columns = np.asarray(block)
        owned = points[:, columns] > (low[columns] + high[columns]) / 2
        common = np.column_stack([np.bincount(labels, weights=counts * has, minlength=k) for has in owned.T])
        centres[:, columns] = low[columns]
        # The first of equally common levels; nobody's level stays nobody's.
        known = common.max(axis=1) > 0
        modal = columns[common.argmax(axis=1)]
        centres[known, modal[known]] = high[modal[known]]
    return centres


def _check_blocks(blocks: Sequence[Sequence[int]], features: int) -> None:
    columns = [column for block in blocks for column in block]
    if len(set(columns)) < len(columns) or any(not 0 <= column < features for column in columns) or not all(len(block) for block in blocks):
        raise UsageError(
            f"exclusive names the columns {columns}; allowed are 0 to {features - 1}, each in one category at most. Pass one tuple of columns per category."
        )
