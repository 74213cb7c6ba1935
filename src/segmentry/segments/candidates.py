"""What every number of segments that was tried would look like: sizes, names and the three things that set each segment apart.

The same words as the profiles of the chosen solution (`profiles.profile`), told of at most 20,000 customers drawn at random, while sizes are of all.
For comparing solutions at a glance, not for acting on: figures of a solution that was not chosen were not tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.matrix import Matrix
from segmentry.segments.profiles import profile
from segmentry.segments.results import Difference

MOST_READ = 20_000
TOLD = 3


@dataclass(frozen=True, slots=True)
class Sketch:
    """One segment of a solution that was tried; ids are 1 … k by size."""

    id: int
    name: str
    customers: int
    share: float
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Sketched:
    """What `k` segments would look like, the largest first."""

    k: int
    segments: tuple[Sketch, ...]


def profile_all(
    matrix: Matrix, labels_by_k: Mapping[int, NDArray[np.int64]], *, features: Sequence[str] = (), seed: int = 0
) -> tuple[Sketched, ...]:
    """Return a sketch of every solution, fewest segments first.

    Parameters
    ----------
    matrix : Matrix
        Clustered customers with all features people may want to see, shape (n, p).
    labels_by_k : mapping of int to int array, shape (n,)
        Groups 0 … k−1 of each customer per number of segments; −1 for customers in none.
    features : sequence of str
        Those that were clustered on; names look at them first.
    seed : int
        Of the draw above 20,000 customers.

    Raises
    ------
    UsageError
        When lengths differ.

    Examples
    --------
    >>> from segmentry.matrix import Column
    >>> values = np.concatenate([np.arange(20.0), np.arange(30.0) + 40])[:, None]
    >>> matrix = Matrix(np.array([f"c{place:02}" for place in range(50)], dtype=object), (Column("income", "Income"),), values)
    >>> [(each.name, each.customers) for each in profile_all(matrix, {2: np.repeat([0, 1], [20, 30])})[0].segments]
    [('Affluent customers', 30), ('Lower-income customers', 20)]
    """
    for k, labels in labels_by_k.items():
        if labels.shape != (len(matrix),):
            raise UsageError(
                f"labels of {k} segments have shape {labels.shape}; the matrix has {len(matrix):,} customers. Pass one group each."
            )
    rows = np.arange(len(matrix))
    if len(matrix) > MOST_READ:
        rows = np.sort(np.random.default_rng(seed).choice(len(matrix), size=MOST_READ, replace=False))
    read = matrix.take(rows)
    return tuple(_sketched(read, rows, k, labels_by_k[k], features) for k in sorted(labels_by_k))


def _sketched(read: Matrix, rows: NDArray[np.intp], k: int, labels: NDArray[np.int64], features: Sequence[str]) -> Sketched:
    counts = np.bincount(labels[labels >= 0], minlength=k)
    order = sorted(range(len(counts)), key=lambda group: (-counts[group], group))
    # One place more than groups: customers in none (−1) get id 0.
    ids = np.zeros(len(counts) + 1, dtype=np.int64)
    ids[order] = np.arange(1, len(counts) + 1)
    told = {each.id: each for each in profile(read, ids[labels[rows]], features=features)}
    made = [
        Sketch(number, told[number].name, int(counts[group]), float(counts[group] / len(labels)), told[number].differences[:TOLD])
        for number, group in enumerate(order, 1)
        if number in told
    ]
    return Sketched(k, tuple(made))
