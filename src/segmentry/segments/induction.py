"""A short rule for each segment of a segmentation: found on one half of the customers, measured on the other.

A beam search grows conditions one at a time, up to three. For each column the best interval between cuts at every hundredth customer is taken
(of a category: the best levels), best by F1, the harmonic mean of precision and recall (van Rijsbergen 1979); a condition that gains less than a
hundredth is not added. Limits are then moved to where the segment ends and rounded as far as that costs next to nothing. The other half,
never looked at, says what the rule is worth. Of more than 10,000 customers in the first half a sample is looked at; the other is measured whole.
Relatives: subgroup discovery with beam search (Clark and Niblett 1989), bump hunting (Friedman and Fisher 1999).

A rule describes a segment, it does not replace it: rules of different segments may overlap and need not cover everyone. Not for segments
that differ in many features a little: their rules are weak, and flagged so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.conditions import Condition, Rule
from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix
from segmentry.preparation.words import percent
from segmentry.segments.cutting import Part, best_part, condition_of, divide, polished

SAMPLE = 10_000
WEAK = 0.6
APART = 0.3
FEWEST = 5
_GAIN = 0.01
_WIDTH = 4


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """A rule for one segment and what it is worth on customers it was not made from.

    Parameters
    ----------
    segment : int
        Its id.
    rule : Rule or None
        None when the segment is too small, or nothing tells it apart.
    precision : float
        Share of the customers the rule names that are of the segment; 0 when it names nobody.
    recall : float
        Share of the segment that the rule names.
    coverage : float
        Share of all customers that the rule names.
    measured_on, named, members : int
        Customers of the other half, those of them the rule names, those of the segment.
    weak : bool
        Precision or recall below .6, or the rule names others nearly as often as the segment's own (difference of the rates below .3).
    words : str
        For people.
    """

    segment: int
    rule: Rule | None
    precision: float
    recall: float
    coverage: float
    measured_on: int
    named: int
    members: int
    weak: bool
    words: str


def induce(
    matrix: Matrix,
    labels: NDArray[np.int64],
    *,
    features: Sequence[str] = (),
    names: Mapping[int, str] | None = None,
    seed: int,
    most: int = 3,
) -> tuple[SegmentRule, ...]:
    """Find a rule of at most `most` conditions for each segment.

    Parameters
    ----------
    matrix : Matrix
        Features of all customers, shape (n, p), in their own units.
    labels : int array, shape (n,)
        Segment ids from 1; customers with 0 or less are of no segment and count as others.
    features : sequence of str
        Columns a rule may ask for; empty means all.
    names : mapping of id to str, optional
        Names of the segments.
    seed : int
        Decides who is in which half.
    most : int
        Conditions per rule, 1 to 5.

    Returns
    -------
    tuple of SegmentRule
        By id.

    Raises
    ------
    UsageError
        When lengths differ, a feature is not there, `most` is out of range, or the matrix has weights.

    Examples
    --------
    >>> spend = np.random.default_rng(0).uniform(0, 100, (400, 1))
    >>> matrix = Matrix(np.array([f"{row:03d}" for row in range(400)], dtype=object), (Column("spend", "Spend", "money"),), spend)
    >>> found = induce(matrix, 1 + (spend[:, 0] >= 60), seed=1, names={1: "Small", 2: "Big"})[1]
    >>> found.rule.name, found.precision > 0.95, found.weak
    ('Big', True, False)
    """
    check_range("most", most, 1, 5)
    if np.shape(labels) != (len(matrix),):
        raise UsageError(
            f"labels have shape {np.shape(labels)}; the matrix has {len(matrix):,} customers. Pass one segment id per customer."
        )
    if matrix.weights is not None:
        raise UsageError(
            f"the matrix has {len(matrix.weights):,} weights; allowed is one row per customer here. Pass a matrix without weights."
        )
    chosen = matrix.select(features) if features else matrix
    making, measuring = halves(labels, seed)
    sample = _sampled(labels, making, seed)
    parts = [divide(column, chosen.values[sample, place]) for place, column in enumerate(chosen.columns)]
    usable = [part for part in parts if part.cells > 1]
    tested = chosen.take(measuring)
    found = []
    for segment in sorted({int(each) for each in labels if each > 0}):
        name = (names or {}).get(segment, f"Segment {segment}")
        inside, members = labels[sample] == segment, labels[measuring] == segment
        reason = _refused(inside, members, len(labels))
        conditions = () if reason else _search(usable, inside, most)
        found.append(_measured(segment, name, conditions, tested, members, reason))
    return tuple(found)


def halves(labels: NDArray[np.int64], seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows of two halves, each with half of every segment, in ascending order."""
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    return np.sort(order[::2]), np.sort(order[1::2])


def _sampled(labels: NDArray[np.int64], rows: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    if len(rows) <= SAMPLE:
        return rows
    order = np.random.default_rng(seed + 1).permutation(rows)
    order = order[np.argsort(labels[order], kind="stable")]
    return np.sort(order[np.linspace(0, len(order) - 1, SAMPLE).astype(np.intp)])


def _refused(inside: NDArray[np.bool_], members: NDArray[np.bool_], customers: int) -> str:
    if min(inside.sum(), members.sum()) < FEWEST:
        return f"has too few customers to find a rule on one half and measure it on the other; needed are {2 * FEWEST}"
    if inside.all():
        return f"holds all {customers:,} customers; there is nobody to tell it apart from"
    return ""


def _search(parts: Sequence[Part], inside: NDArray[np.bool_], most: int) -> tuple[Condition, ...]:
    """Return the conditions found, limits polished; none when nothing beats naming everyone."""
    everyone = np.ones(len(inside), dtype=bool)
    beam: list[tuple[float, dict[int, NDArray[np.bool_]]]] = [(_f1(everyone, inside), {})]
    best = beam[0]
    for _ in range(most):
        grown: dict[tuple[int, ...], tuple[float, dict[int, NDArray[np.bool_]]]] = {}
        for _, chosen in beam:
            for place in range(len(parts)):
                if place in chosen:
                    continue
                picked = _settled(parts, {**chosen, place: np.ones(parts[place].cells, dtype=bool)}, inside)
                grown.setdefault(tuple(sorted(picked)), (_f1(_where(parts, picked), inside), picked))
        beam = sorted(grown.values(), key=lambda each: (-each[0], sorted(each[1])))[:_WIDTH]
        if not beam or beam[0][0] < best[0] + _GAIN:
            break
        best = beam[0]
    return _limits(parts, best[1], inside)


def _settled(parts: Sequence[Part], chosen: dict[int, NDArray[np.bool_]], inside: NDArray[np.bool_]) -> dict[int, NDArray[np.bool_]]:
    """Return the same columns with their cells chosen anew, the newest first, each given the others."""
    result = dict(chosen)
    for place in [*list(chosen)[::-1], *list(chosen)[:-1]]:
        others = _where(parts, {each: cells for each, cells in result.items() if each != place})
        result[place] = best_part(parts[place], others, inside)
    return result


def _where(parts: Sequence[Part], chosen: Mapping[int, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    result = np.ones(len(parts[0].codes) if parts else 0, dtype=bool)
    for place, cells in chosen.items():
        result &= cells[parts[place].codes]
    return result


def _limits(parts: Sequence[Part], chosen: Mapping[int, NDArray[np.bool_]], inside: NDArray[np.bool_]) -> tuple[Condition, ...]:
    """Return the conditions with exact, round limits, those that ask for nothing left out."""
    asked = {place: cells for place, cells in sorted(chosen.items()) if not cells.all()}
    held = {place: cells[parts[place].codes] for place, cells in asked.items()}
    found = []
    for place, cells in asked.items():
        others = np.ones(len(inside), dtype=bool)
        for other, mask in held.items():
            others &= mask if other != place else True
        condition = polished(parts[place], condition_of(parts[place], cells), others, inside)
        held[place] = parts[place].holds(condition)
        found.append(condition)
    return tuple(found)


def _f1(named: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    return float(2 * (named & inside).sum() / max(named.sum() + inside.sum(), 1))


def _measured(
    segment: int, name: str, conditions: tuple[Condition, ...], matrix: Matrix, members: NDArray[np.bool_], reason: str
) -> SegmentRule:
    blank = SegmentRule(segment, None, 0.0, 0.0, 0.0, len(matrix), 0, int(members.sum()), weak=True, words="")
    if not conditions:
        return replace(blank, words=f"“{name}” {reason or 'has no short rule: no feature tells it apart from the others'}.")
    rule = Rule(name, conditions)
    named = rule.holds(matrix)
    right = int((named & members).sum())
    precision, recall = right / max(int(named.sum()), 1), right / int(members.sum())
    others = (int(named.sum()) - right) / max(int((~members).sum()), 1)
    weak = min(precision, recall) < WEAK or recall - others < APART
    found = replace(
        blank, rule=rule, precision=precision, recall=recall, coverage=float(named.mean()), named=int(named.sum()), weak=bool(weak)
    )
    return replace(found, words=_told(found, rule, matrix.columns))


def _told(found: SegmentRule, rule: Rule, columns: tuple[Column, ...]) -> str:
    words = (
        f"Customers with {rule.words(columns)}: the rule catches {percent(found.recall)} of the segment, and "
        f"{100 * found.precision:.0f} of 100 it names are right (measured on {found.measured_on:,} customers it was not made from)."
    )
    return words + (" A weak rule: it describes the segment only roughly." if found.weak else "")
