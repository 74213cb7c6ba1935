"""Where segments touch: who might as well belong to the neighbour, what separates the two, and what would move a customer over.

A customer is near a border when the confidence of the rule is below .2 (``1 - d1 / d2`` for nearest centres: the second centre is then less
than a quarter further away), and uncertain when fewer than .6 of the bootstrap refits agree with the segment or the confidence is below .1.
The second-best segment is the one the rule would choose if the best did not exist. What separates a pair is the standardised difference
between the two alone: ``(mean - mean) / sqrt(mean of the two variances)`` (Cohen 1988, formula 2.3.2), in the space that was clustered.

The single change that moves a typical border customer (the mean of those near the border, five at least, so nobody's values) is found along one number
at a time, all else the same: a description of the border, not of what would happen if a customer changed. Shares that add up, flags and
categories cannot move alone and are left out. A large overlap is no fault: slices of a continuum touch everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import UsageError
from segmentry.matrix import Column
from segmentry.preparation.learning import Preparation
from segmentry.preparation.steps import Step
from segmentry.preparation.transforms import restored
from segmentry.segments.clustering import Rule, means
from segmentry.segments.families import Family, families
from segmentry.segments.stability import TRUSTED

BORDER, UNSURE = 0.2, 0.1
SEPARATORS = 3
_BATCH = 100_000
_LEAST_SPREAD = 0.1
_FARTHEST, _PACES = 4.0, 160
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Separator:
    """How far two segments lie apart in one feature: first minus second, in standard deviations; shares and levels together have no sign."""

    name: str
    words: str
    effect: float


@dataclass(frozen=True, slots=True)
class Change:
    """What moves a typical customer near a border over it: one feature from `start` to `end`, in its own unit."""

    name: str
    words: str
    start: float
    end: float
    into: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two segments that may touch.

    Parameters
    ----------
    one, other : int
        Their ids, the smaller first.
    customers : int or None
        Near the border between the two; None when there are 1 to 4, which are not told.
    share : float
        Of the customers of both, 0 to 1; 0 when the number is not told.
    features : tuple of Separator
        What separates them, strongest first.
    change : Change or None
        None when hardly anyone is near or no single number would do.
    """

    one: int
    other: int
    customers: int | None
    share: float
    features: tuple[Separator, ...]
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Customers whose segment is a close call, the least certain first.

    Parameters
    ----------
    ids : array of str, shape (m,)
    segment, second : int array, shape (m,)
        Own segment and the next best.
    votes, confidence : float array, shape (m,)
    """

    ids: NDArray[np.object_]
    segment: Labels
    second: Labels
    votes: Floats
    confidence: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.ids)


def second(points: Floats, rule: Rule, own: Labels | None = None) -> Labels:
    """Return the next best group 0 … k−1 of each point, shape (n,); −1 when there is none.

    Memory is bounded: 100,000 points at a time.

    Parameters
    ----------
    points : float array, shape (n, p)
    rule : Rule
    own : int array, shape (n,), optional
        Group each point is in, where that is not the rule's word (trees); −1 for none, as the answer is then.

    Examples
    --------
    >>> from segmentry.segments.clustering import Nearest
    >>> second(np.array([[0.1], [4.0], [10.0]]), Nearest(np.array([[0.0], [5.0], [9.0]]))).tolist()
    [1, 0, 1]
    """
    k = len(rule.centres)
    result = np.full(len(points), -1, dtype=np.int64)
    if k < 2:
        return result
    # The rule without one of its groups: what remains is asked again.
    without = [np.delete(np.arange(k), group) for group in range(k)]
    rules = [rule.ordered(rest.tolist()) for rest in without]
    for start in range(0, len(points), _BATCH):
        batch = points[start : start + _BATCH]
        best = rule.assign(batch) if own is None else own[start : start + _BATCH]
        for group in np.unique(best[best >= 0]):
            rows = np.flatnonzero(best == group)
            answer = rules[group].assign(batch[rows])
            result[start + rows] = np.where(answer < 0, -1, without[group][answer])
    return result


def uncertain(ids: NDArray[np.object_], labels: Labels, seconds: Labels, *, confidence: Floats, votes: Floats) -> Uncertain:
    """Return the customers whose segment is a close call.

    Parameters
    ----------
    ids : array of str, shape (n,)
    labels, seconds : int array, shape (n,)
        Own and next best segment ids; customers with a label of 0 or less are in no segment and left out.
    confidence, votes : float array, shape (n,)
        Of the rule, and the share of bootstrap refits that agree (`stability.Stability.votes`); NaN where unknown.

    Raises
    ------
    UsageError
        When lengths differ.
    """
    for name, given in (("labels", labels), ("seconds", seconds), ("confidence", confidence), ("votes", votes)):
        if given.shape != ids.shape:
            raise UsageError(f"{name} have shape {given.shape}; there are {len(ids):,} ids. Pass one value per customer.")
    close = np.flatnonzero((labels > 0) & ((votes < TRUSTED) | (confidence < UNSURE)))
    certain = [np.nan_to_num(part[close], nan=1.0) for part in (votes, confidence)]
    rows = close[np.lexsort((close, certain[1], certain[0]))]
    return Uncertain(ids[rows], labels[rows], seconds[rows], votes[rows], confidence[rows])


def overlaps(points: Floats, labels: Labels, rule: Rule, *, preparation: Preparation, columns: Sequence[Column]) -> tuple[Overlap, ...]:
    """Return every pair of segments, those with the most customers near their border first.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    labels : int array, shape (n,)
        Segment ids 1 … k, those of the rule in its order (group 0 is segment 1); 0 or less is in no segment.
    rule : Rule
    preparation : Preparation
        What made the points.
    columns : sequence of Column
        Of the matrix they were made from.
    """
    k = len(rule.centres)
    own, near = np.maximum(labels, 0) - 1, rule.confidence(points) < BORDER
    next_best = second(points, rule, own)
    features = families(preparation, columns)
    movable = _movable(preparation.steps, columns)
    centres, spreads = _moments(points, own, k)
    sizes = np.bincount(own[own >= 0], minlength=k)
    made = []
    for one in range(k):
        for other in range(one + 1, k):
            at_border = near & (((own == one) & (next_best == other)) | ((own == other) & (next_best == one)))
            customers = int(at_border.sum())
            told = customers >= FLOOR or customers == 0
            change = _change(points, own, at_border, rule, (one, other), movable) if customers >= FLOOR else None
            share = customers / max(int(sizes[one] + sizes[other]), 1) if told else 0.0
            apart = _separators(centres, spreads, (one, other), features)[:SEPARATORS]
            made.append(Overlap(one + 1, other + 1, customers if told else None, share, apart, _worded(change, columns)))
    return tuple(sorted(made, key=lambda each: (-(each.customers or 0), each.one, each.other)))


def separators(points: Floats, labels: Labels, k: int, features: Sequence[Family]) -> dict[tuple[int, int], tuple[Separator, ...]]:
    """Return for each pair of segment ids, the smaller first, how far they lie apart in each feature, the strongest first."""
    centres, spreads = _moments(points, labels - 1, k)
    pairs = [(one, other) for one in range(k) for other in range(one + 1, k)]
    return {(one + 1, other + 1): _separators(centres, spreads, (one, other), features) for one, other in pairs}


def _moments(points: Floats, own: Labels, k: int) -> tuple[Floats, Floats]:
    """Means and variances of each group, shape (k, p)."""
    centres = means(points, own, k)
    return centres, means((points - centres[own]) ** 2, own, k)


def _separators(centres: Floats, spreads: Floats, pair: tuple[int, int], features: Sequence[Family]) -> tuple[Separator, ...]:
    one, other = pair
    pooled = np.maximum(np.sqrt((spreads[one] + spreads[other]) / 2), _LEAST_SPREAD)
    apart = np.nan_to_num((centres[one] - centres[other]) / pooled)
    found = [_separator(feature, apart[list(feature.places)]) for feature in features]
    return tuple(sorted(found, key=lambda each: (-abs(each.effect), each.name)))


def _separator(feature: Family, apart: Floats) -> Separator:
    # Of several columns the one that lies furthest apart speaks; its sign means nothing for all of them together.
    effect = float(apart[0]) if len(apart) == 1 else float(np.abs(apart).max())
    return Separator(feature.name, feature.words, effect)


def _change(
    points: Floats, own: Labels, at_border: NDArray[np.bool_], rule: Rule, pair: tuple[int, int], movable: Sequence[tuple[int, Step]]
) -> tuple[Step, float, float, int] | None:
    """The number with the shortest way over the border, in standard deviations, for the side with more customers near."""
    sides = [at_border & (own == each) for each in pair]
    here, there = pair if sides[0].sum() >= sides[1].sum() else pair[::-1]
    side = at_border & (own == here)
    if side.sum() < FLOOR:
        return None
    typical = points[side].mean(axis=0)
    best: tuple[float, Step, float, float, int] | None = None
    for place, step in movable:
        end = _crossing(typical, place, rule, there, step)
        if end is not None and (best is None or abs(end - typical[place]) < best[0]):
            best = (abs(end - typical[place]), step, float(typical[place]), end, there + 1)
    return None if best is None else best[1:]


def _movable(steps: Sequence[Step], columns: Sequence[Column]) -> tuple[tuple[int, Step], ...]:
    """Places of the numbers that can move while all else stays."""
    flags = {column.name for column in columns if column.kind == "flag"}
    return tuple(
        (place, step)
        for place, step in enumerate(steps)
        if step.transform not in {"level", "missing"} and step.weight == 1 and step.name not in flags
    )


def _crossing(typical: Floats, place: int, rule: Rule, there: int, step: Step) -> float | None:
    """Where the rule first says `there` when one coordinate moves towards its centre, within what the data holds."""
    way = np.sign(rule.centres[there, place] - typical[place])
    tried = np.repeat(typical[None], _PACES, axis=0)
    tried[:, place] += way * np.linspace(0, _FARTHEST, _PACES + 1)[1:]
    inside = (tried[:, place] >= (step.low - step.centre) / step.scale) & (tried[:, place] <= (step.high - step.centre) / step.scale)
    reached = np.flatnonzero((rule.assign(tried) == there) & inside)
    return float(tried[reached[0], place]) if reached.size else None


def _worded(found: tuple[Step, float, float, int] | None, columns: Sequence[Column]) -> Change | None:
    if found is None:
        return None
    step, start, end, into = found
    column = next(each for each in columns if each.name == step.name)
    own_unit = [restored(value * step.scale + step.centre, step.transform) for value in (start, end)]
    return Change(step.name, column.words or step.name, own_unit[0], own_unit[1], into)
