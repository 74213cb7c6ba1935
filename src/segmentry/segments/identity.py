"""The same segment over refits: who is who, what was split, merged, born or died, and a ledger that remembers it.

Both segmentations are seen on the same customers, on the same day: the new one, and the old model applied to the new data. Their crossing table gives
the overlap of every pair (Jaccard: common members over all members), and one old segment goes with at most one new one so that the overlaps sum to the
most (Kuhn 1955, the "Hungarian" assignment). Of the pairs found,

* a pair is **kept** (the new segment takes the old id and name) when its overlap is at least .5, or at least .3 and each is the other's best;
* where an old or a new segment has fewer than 20 of these customers, members say little: it is kept when the two centres are each other's nearest
  and at most half the old segment's spread apart, in the old prepared space;
* an old segment is **split** when two or more new ones each take a quarter of its members or more, and each consists of them by more than half;
* old segments are **merged** in the mirror image: a new one draws a quarter or more from each of two or more, and holds more than half of each;
* what is new otherwise is **born**, what is not found again **died**.

Ids are never used again. Where the segments are slices of a continuum their borders could run anywhere, and a new start would put them elsewhere: such a
refit starts from the centres before (`warm`). A refit on the same data that still gives more than 2 % of the customers another id is blocked (`blocked`).
Not for two segmentations of different people: nothing links them but their centres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.segments.clustering import Clustering, Nearest, assign, inertia_of, means
from segmentry.segments.stability import crossing, jaccards

KEPT, MUTUAL = 0.5, 0.3
FEW, NEAR = 20, 0.5
PART, MOST = 0.25, 0.5
SAME_DATA = 0.02
_ROUNDS = 300
_USED = 50_000

Kind = Literal["split", "merged", "born", "died"]
Verdict = Literal["segments", "slices", "not enough data"]


@dataclass(frozen=True, slots=True)
class Pair:
    """An old segment and the new one that takes its id.

    Parameters
    ----------
    old, new : int
        Ids.
    overlap : float
        Jaccard overlap on the common customers, 0 to 1.
    by : {"members", "centres"}
        What they were recognised by.
    """

    old: int
    new: int
    overlap: float
    by: Literal["members", "centres"] = "members"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of segments that were not simply kept; `customers` were concerned."""

    kind: Kind
    old: tuple[int, ...]
    new: tuple[int, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Match:
    """Who is who.

    Parameters
    ----------
    old, new : tuple of int
        All ids, sorted; those of the new segments as the refit gave them.
    pairs : tuple of Pair
        Kept segments, by old id.
    changes : tuple of Change
    """

    old: tuple[int, ...]
    new: tuple[int, ...]
    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]

    def numbering(self, taken: int) -> dict[int, int]:
        """Return the lasting id of each new segment: the old one where kept, else the next after `taken`, the highest ever used.

        Examples
        --------
        >>> Match((1, 2), (1, 2, 3), (Pair(2, 1, 0.9),), ()).numbering(taken=7)
        {1: 2, 2: 8, 3: 9}
        """
        kept = {pair.new: pair.old for pair in self.pairs}
        fresh = [segment for segment in self.new if segment not in kept]
        return {segment: kept[segment] if segment in kept else taken + 1 + fresh.index(segment) for segment in self.new}


def match(
    old: NDArray[np.int64],
    new: NDArray[np.int64],
    *,
    old_ids: Sequence[int] = (),
    new_ids: Sequence[int] = (),
    apart: NDArray[np.float64] | None = None,
) -> Match:
    """Recognise the segments of a refit.

    Parameters
    ----------
    old, new : int array, shape (n,)
        Segment of each customer by the old and by the new model, on the same data; 0 or less for customers in none.
    old_ids, new_ids : sequence of int
        All ids, when some may have no member here; those found in the labels are added.
    apart : float array, shape (number of old ids, number of new ids), optional
        Distance of the centres over the old spread, see `centres_apart`; ids in order.

    Raises
    ------
    UsageError
        When shapes do not fit.

    Examples
    --------
    >>> found = match(np.repeat([1, 2], 30), np.repeat([2, 1, 3], [30, 15, 15]))
    >>> [(pair.old, pair.new) for pair in found.pairs], [(change.kind, change.old, change.new) for change in found.changes]
    ([(1, 2), (2, 1)], [('split', (2,), (1, 3))])
    """
    if old.shape != new.shape or old.ndim != 1:
        raise UsageError(f"old labels have shape {old.shape}, new ones {new.shape}; both must be of the same customers. Pass two lists.")
    rows, columns = _known(old, old_ids), _known(new, new_ids)
    if apart is not None and apart.shape != (len(rows), len(columns)):
        raise UsageError(f"apart has shape {apart.shape}; the segments ask for {(len(rows), len(columns))}. Pass one row per old id.")
    if not rows or not columns:
        return Match(rows, columns, (), ())
    crossed = _crossed(old, new, rows, columns)
    by_members = [Pair(rows[i], columns[j], round(overlap, 4)) for i, j, overlap in _overlapping(crossed)]
    by_centres = [
        Pair(rows[i], columns[j], round(overlap, 4), "centres") for i, j, overlap in _near(crossed, apart, rows, columns, by_members)
    ]
    pairs = tuple(sorted((*by_members, *by_centres), key=lambda pair: pair.old))
    return Match(rows, columns, pairs, _changes(crossed, rows, columns, pairs))


def centres_apart(old: NDArray[np.float64], new: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each new centre is from each old one, in spreads of the old segment, shape (k_old, k_new).

    Parameters
    ----------
    old, new : float array, shape (k, p)
        Centres in the old prepared space, in the order of the ids.
    spread : float array, shape (k_old,)
        Root of the mean squared distance of an old segment's customers to its centre.
    """
    distance = np.sqrt(((old[:, None, :] - new[None, :, :]) ** 2).sum(axis=2))
    result: NDArray[np.float64] = np.divide(distance, spread[:, None], out=np.full(distance.shape, np.inf), where=spread[:, None] > 0)
    return np.where(distance == 0, 0.0, result)


def renamed(labels: NDArray[np.int64], numbering: Mapping[int, int]) -> NDArray[np.int64]:
    """Return labels in lasting ids; what is in no segment keeps its label.

    Examples
    --------
    >>> renamed(np.array([2, 1, 0]), {1: 4, 2: 1}).tolist()
    [1, 4, 0]
    """
    result = labels.copy()
    for segment, lasting in numbering.items():
        result[labels == segment] = lasting
    return result


def changed(old: NDArray[np.int64], new: NDArray[np.int64], found: Match) -> float:
    """Return the share of the customers in a segment both times whose lasting id is another one, 0 to 1."""
    both = (old > 0) & (new > 0)
    lasting = renamed(new, found.numbering(max(found.old, default=0)))
    return float((old[both] != lasting[both]).mean()) if both.any() else 0.0


def blocked(share: float, verdict: Verdict, *, warm_start: bool = False) -> str:
    """Return why a refit on the same data must not replace the segments before it, in words; empty when it may.

    Parameters
    ----------
    share : float
        Of the customers whose id is another one: see `changed`.
    verdict : {"segments", "slices", "not enough data"}
        Whether the new segments are groups of their own.
    warm_start : bool
        Whether it started from the centres before.

    Examples
    --------
    >>> blocked(0.004, "segments")
    ''
    >>> blocked(0.31, "slices").split(". ")[0]
    'The data is the same, yet 31.0% of the customers would change their segment (at most 2% may)'
    """
    if share <= SAME_DATA:
        return ""
    told = f"The data is the same, yet {share:.1%} of the customers would change their segment (at most {SAME_DATA:.0%} may). "
    if verdict == "segments":
        return told + "The groups are real, so settings must differ: choose one of the two and keep it."
    if warm_start:
        return told + "The refit started from the segments before it and still left them: keep the segments before it."
    return (
        told
        + "These segments are slices of a continuum, so each new start puts the borders elsewhere: start the refit from the segments before it."
    )


def warm(points: NDArray[np.float64], centres_old: NDArray[np.float64]) -> Clustering:
    """Refit from the centres before: Lloyd's algorithm from given centres, no random start, so the same points give the same bits.

    Parameters
    ----------
    points : float array, shape (n, p)
        New customers in the space of the *earlier* fit (its preparation applied to the new data).
    centres_old : float array, shape (k, p)

    Returns
    -------
    Clustering
        Group i is what became of group i; a group that lost all its customers stays where it was. Of more than 50,000 points every
        second, third, … one is used to move the centres.

    Raises
    ------
    UsageError
        When the shapes do not fit.
    Degenerate
        When something is not finite.

    Examples
    --------
    >>> warm(np.array([[0.0], [1.0], [9.0], [10.0]]), np.array([[8.0], [2.0]])).labels.tolist()
    [1, 1, 0, 0]
    """
    if points.ndim != 2 or centres_old.ndim != 2 or points.shape[1] != centres_old.shape[1]:
        raise UsageError(f"points have shape {points.shape}, centres {centres_old.shape}; both must have the same columns. Pass one space.")
    if not (len(points) and len(centres_old) and np.isfinite(points).all() and np.isfinite(centres_old).all()):
        reason = (
            f"need finite points and centres; found {len(points):,} points and {len(centres_old)} centres, or values that are not finite"
        )
        raise Degenerate(Problem("NOT_FINITE", reason, "fit anew, without the segments before"))
    sample = points[:: -(-len(points) // _USED)]
    centres, labels = centres_old.astype(np.float64), np.full(len(sample), -1)
    for _ in range(_ROUNDS):
        before, labels = labels, assign(sample, centres)[0]
        if np.array_equal(before, labels):
            break
        moved = means(sample, labels, len(centres))
        centres = np.where(np.isnan(moved), centres, moved)
    final = assign(points, centres)[0]
    return Clustering("kmeans", final, Nearest(centres), inertia_of(points, final, len(centres)), len(sample))


def _known(labels: NDArray[np.int64], ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted({*(int(label) for label in np.unique(labels) if label > 0), *ids}))


def _crossed(old: NDArray[np.int64], new: NDArray[np.int64], rows: tuple[int, ...], columns: tuple[int, ...]) -> NDArray[np.int64]:
    both = (old > 0) & (new > 0)
    return crossing(np.searchsorted(rows, old[both]), np.searchsorted(columns, new[both]), (len(rows), len(columns)))


def _overlapping(crossed: NDArray[np.int64]) -> list[tuple[int, int, float]]:
    from scipy.optimize import linear_sum_assignment

    overlap, few = jaccards(crossed), _few(crossed)
    found = []
    for row, column in zip(*linear_sum_assignment(overlap, maximize=True), strict=True):
        value = float(overlap[row, column])
        best = value == overlap[row].max() and value == overlap[:, column].max()
        if not few[row, column] and (value >= KEPT or (value >= MUTUAL and best)):
            found.append((int(row), int(column), value))
    return found


def _few(crossed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pairs have too few members on a side to be recognised by them."""
    result: NDArray[np.bool_] = np.minimum(crossed.sum(axis=1)[:, None], crossed.sum(axis=0)[None, :]) < FEW
    return result


def _near(
    crossed: NDArray[np.int64], apart: NDArray[np.float64] | None, rows: tuple[int, ...], columns: tuple[int, ...], kept: list[Pair]
) -> list[tuple[int, int, float]]:
    few, overlap = _few(crossed), jaccards(crossed)
    # Without centres, members are all there is.
    distance = 1.0 - overlap if apart is None else apart
    near = KEPT if apart is None else NEAR
    free_rows = [place for place, segment in enumerate(rows) if segment not in {pair.old for pair in kept}]
    free_columns = [place for place, segment in enumerate(columns) if segment not in {pair.new for pair in kept}]
    return [
        (i, j, float(overlap[i, j]))
        for i in free_rows
        for j in free_columns
        if few[i, j] and distance[i, j] <= near and j == _first(distance[i], free_columns) and i == _first(distance[:, j], free_rows)
    ]


def _first(values: NDArray[np.float64], among: list[int]) -> int:
    return min(among, key=lambda place: (values[place], place))


def _changes(crossed: NDArray[np.int64], rows: tuple[int, ...], columns: tuple[int, ...], pairs: tuple[Pair, ...]) -> tuple[Change, ...]:
    changes: list[Change] = []
    for row, segment in enumerate(rows):
        parts = _parts(crossed[row], crossed.sum(axis=0))
        if len(parts) > 1:
            changes.append(Change("split", (segment,), tuple(columns[part] for part in parts), int(crossed[row, parts].sum())))
    for column, segment in enumerate(columns):
        parts = _parts(crossed[:, column], crossed.sum(axis=1))
        if len(parts) > 1:
            changes.append(Change("merged", tuple(rows[part] for part in parts), (segment,), int(crossed[parts, column].sum())))
    arrived = {pair.new for pair in pairs} | {segment for change in changes if change.kind == "split" for segment in change.new}
    found = {pair.old for pair in pairs} | {segment for change in changes if change.kind == "merged" for segment in change.old}
    born = [Change("born", (), (s,), int(crossed[:, j].sum())) for j, s in enumerate(columns) if s not in arrived]
    died = [Change("died", (s,), (), int(crossed[i].sum())) for i, s in enumerate(rows) if s not in found]
    return (*changes, *born, *died)


def _parts(shared: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[int]:
    """Return the segments that take a real part of one segment's members and consist mostly of them."""
    whole = int(shared.sum())
    return [place for place, n in enumerate(shared.tolist()) if n and n >= PART * whole and n > MOST * sizes[place]]
