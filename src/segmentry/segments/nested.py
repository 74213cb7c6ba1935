"""Segments split again: each segment that is large enough is asked for parts of its own, in the same space and by the same rule.

A segment with 100 customers or more is clustered among its own customers into 2 to 4 parts (`selection.choose`), every part with 20 customers or more,
and the parts are tested like segments are (`structure`): against one group with the covariance, skew and bounds of that segment's customers. Parts that are no
groups of their own are not kept unless that is asked for; the segment then is what it was. Ids are "2.1", "2.2": parts of segment 2 by size.

Not a way to more segments at any price: what was cut once by borders that could run elsewhere is cut again by such borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.preparation.words import listed
from segmentry.segments.clustering import Clustering, Rule
from segmentry.segments.methods import Approach
from segmentry.segments.results import Structure
from segmentry.segments.selection import choose
from segmentry.segments.structure import structure

FEWEST, PER_PART = 100, 20
MOST_PARTS = 4


@dataclass(frozen=True, slots=True)
class Split:
    """What became of one segment.

    Parameters
    ----------
    segment : int
        Its id.
    customers : int
    parts : int
        How many are kept; 1 when it stays whole.
    words : str
    rule : Rule or None
        Puts a customer of the segment to part 1 … (group 0 …); None when it stays whole.
    structure : Structure or None
        Whether the parts that were tried are groups; None when none could be tried.
    """

    segment: int
    customers: int
    parts: int
    words: str
    rule: Rule | None = None
    structure: Structure | None = None


@dataclass(frozen=True, slots=True)
class Nested:
    """Two levels of segments, frozen.

    Parameters
    ----------
    splits : tuple of Split
        By segment id.
    labels : int array, shape (n,)
        Part 1 … of each customer of a segment that was split; 0 in one that stays whole.
    words : str
    """

    splits: tuple[Split, ...]
    labels: NDArray[np.int64]
    words: str

    def assign(self, points: NDArray[np.float64], segments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the part of each customer of known segment, shape (n,); 0 in a segment that stays whole."""
        parts = np.zeros(len(points), dtype=np.int64)
        for split in self.splits:
            inside = segments == split.segment
            if split.rule is not None and inside.any():
                parts[inside] = split.rule.assign(points[inside]) + 1
        return parts


def nest(
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    seed: int,
    approach: Approach = Approach(),  # noqa: B008 - frozen
    exclusive: Sequence[Sequence[int]] = (),
    always: bool = False,
) -> Nested:
    """Split each segment again where it holds groups of its own.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    labels : int array, shape (n,)
        Segment ids from 1; others stay as they are.
    seed : int
    approach : Approach
        The method; density, which finds its own number, is replaced by k-means.
    exclusive : sequence of sequences of int
        Columns that are the levels of one category.
    always : bool
        Keep parts that are no groups of their own too.

    Raises
    ------
    UsageError
        When shapes do not fit.

    Examples
    --------
    >>> middle = np.repeat([[0.0, 0.0], [0.0, 9.0], [60.0, 0.0]], 100, axis=0)
    >>> points = np.random.default_rng(0).normal(size=(300, 2)) + middle
    >>> found = nest(points, np.repeat([1, 2], [200, 100]), seed=1)
    >>> [split.parts for split in found.splits], found.labels[[0, 100, 299]].tolist()
    ([2, 1], [2, 1, 0])
    """
    if labels.shape != (len(points),):
        raise UsageError(f"labels have shape {labels.shape}; there are {len(points):,} points. Pass one segment id per point.")
    method = Approach("kmeans", approach.starts) if approach.method == "density" else approach
    parts = np.zeros(len(points), dtype=np.int64)
    splits = []
    for segment in sorted({int(each) for each in np.unique(labels)} - {0, -1}):
        inside = labels == segment
        split, own = _split(segment, points[inside], method, exclusive, seed=seed, always=always)
        parts[inside] = own
        splits.append(split)
    return Nested(tuple(splits), parts, _words(splits))


def names(labels: NDArray[np.int64], parts: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return ids of two levels as text, shape (n,).

    Examples
    --------
    >>> names(np.array([2, 2, 3]), np.array([1, 2, 0])).tolist()
    ['2.1', '2.2', '3']
    """
    known = {(own, part): f"{own}.{part}" if part else str(own) for own, part in set(zip(labels.tolist(), parts.tolist(), strict=True))}
    return np.array([known[pair] for pair in zip(labels.tolist(), parts.tolist(), strict=True)], dtype=object)


def _split(
    segment: int, points: NDArray[np.float64], approach: Approach, exclusive: Sequence[Sequence[int]], *, seed: int, always: bool
) -> tuple[Split, NDArray[np.int64]]:
    whole = np.zeros(len(points), dtype=np.int64)
    customers = len(points)
    if customers < FEWEST:
        words = f"Segment {segment} is not split: it has {customers:,} customers, and {FEWEST} are needed."
        return Split(segment, customers, 1, words), whole
    chosen = _clustered(points, approach, seed)
    if chosen is None:
        words = f"Segment {segment} is not split: no parts of {PER_PART} customers or more can be told apart in it."
        return Split(segment, customers, 1, words), whole
    ks = range(2, MOST_PARTS + 1)
    found = structure(points, chosen.labels + 1, seed=seed, fit=approach.fit, ks=ks, exclusive=exclusive)
    k = len(chosen.centres)
    if found.verdict == "segments" or always:
        slices = "" if found.verdict == "segments" else " They were asked for; they are slices, and their borders could run elsewhere."
        words = f"Segment {segment} holds {k} {'parts' if slices else 'groups of its own'} ({_sizes(chosen.labels)} customers).{slices}"
        return Split(segment, customers, k, words, chosen.rule, found), chosen.labels + 1
    words = f"Segment {segment} holds no further groups: {k} parts of it would be slices, and their borders could run elsewhere."
    return Split(segment, customers, 1, words, None, found), whole


def _clustered(points: NDArray[np.float64], approach: Approach, seed: int) -> Clustering | None:
    """Return the parts the rule of `selection` chooses, the largest first; None where every number leaves one too small."""
    for most in range(MOST_PARTS, 1, -1):
        try:
            selection, fits = choose(points, approach, ks=range(2, most + 1), low=2, high=most, seed=seed)
        except (Degenerate, NotEnoughData):
            return None
        chosen = fits[selection.k]
        sizes = np.bincount(chosen.labels, minlength=selection.k)
        if sizes.min() >= PER_PART:
            return _by_size(chosen, sizes)
    return None


def _by_size(chosen: Clustering, sizes: NDArray[np.int64]) -> Clustering:
    order = np.lexsort((*chosen.centres.T[::-1], -sizes))
    place = np.argsort(order, kind="stable")
    return replace(chosen, labels=place[chosen.labels], rule=chosen.rule.ordered(order.tolist()), tree=None)


def _sizes(labels: NDArray[np.int64]) -> str:
    return listed([f"{size:,}" for size in np.bincount(labels)])


def _words(splits: Sequence[Split]) -> str:
    split = [each for each in splits if each.parts > 1]
    if not splits:
        return "There are no segments to split."
    if not split:
        return f"None of the {len(splits)} segments holds groups of its own: they are split no further."
    total = sum(each.parts for each in splits)
    return f"{len(split)} of {len(splits)} segments {'is' if len(split) == 1 else 'are'} split again, which makes {total} in all."
