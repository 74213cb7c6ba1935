"""Do segments exist? A verdict against one group that has the data's covariance, skewness and bounds.

k-means cuts any cloud into slices. Whether the segments are more than that is asked of the same statistics on draws of one group (see
`reference`), clustered into as many segments. The rule, stated beforehand; "segments" needs all three:

1. apart: the silhouette exceeds that of every draw (Monte Carlo p ≤ .01 with 99 draws; Besag and Clifford 1991: testing stops once five
   draws are as high, when p can no longer be small);
2. found again: fits on two disjoint halves of the customers agree (adjusted Rand index) by .8 or more on average, and no less than
   those of 95 % of the draws do;
3. gaps between them: along the line between the centres of two neighbours (each segment and the nearest other) their customers, both
   segments weighted alike, have a dip (Hartigan and Hartigan 1985); the median over the pairs exceeds that of 99 % of the draws.

Otherwise "slices": a continuum cut into parts, fine to act on, but the borders could run elsewhere. With fewer than 100 customers, or 20 per
segment, "not enough data". Tested on at most `MOST_TESTED` customers drawn at random. Not for segments that are no balls (rings, chains),
which are called slices though a gap may exist; nor can it see groups that only differ in features that were not clustered on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.preparation.steps import Step
from segmentry.segments.clustering import assign, distances
from segmentry.segments.dip import dip
from segmentry.segments.indices import silhouettes
from segmentry.segments.kmeans import quick_centres
from segmentry.segments.reference import Reference, one_group
from segmentry.segments.results import Gap, Selection, Structure
from segmentry.segments.selection import WEAK
from segmentry.segments.stability import adjusted_rand, crossing
from segmentry.segments.threads import one_thread

FEWEST, PER_SEGMENT = 100, 20
MOST_TESTED = 2_000
DRAWS = 99
ALPHA = 0.01
FOUND_AGAIN = 0.8
_ENOUGH_AGAINST = 5
_FEWEST_DRAWS = 19
_HALVED = 39
_SPLITS = 5
_STARTS = 4
_SCORED = 1_000


@dataclass(frozen=True, slots=True)
class _Figures:
    silhouette: float
    split_half: float
    dips: tuple[float, ...]


def structure(
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    seed: int,
    exclusive: Sequence[Sequence[int]] = (),
    other: int = 0,
    draws: int = DRAWS,
) -> Structure:
    """Return whether `labels` are groups or slices.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    labels : int array, shape (n,)
        Segment ids 1 … k, found by k-means.
    seed : int
    exclusive : sequence of sequences of int
        Columns that are the levels of one category.
    other : int
        Another number of segments to be tested when the labels are slices; 0 for none.
    draws : int
        From the reference; 99 allow p = .01.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(300, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 100, axis=0)
    >>> structure(points, np.repeat([1, 2, 3], 100), seed=1).verdict
    'segments'
    """
    k, customers = int(labels.max()), len(points)
    needed = max(FEWEST, PER_SEGMENT * k)
    if customers < needed:
        words = f"There are too few customers to tell groups from slices: {customers:,}, where {k} segments need at least {needed:,}."
        return Structure("not enough data", words, k, customers=customers)
    seeds = np.random.SeedSequence(seed).spawn(3)
    rows = _drawn(customers, np.random.default_rng(seeds[0]))
    tested = points[rows]
    with one_thread():
        reference = one_group(tested, exclusive, seed=seed)
        found = _examine(tested, labels[rows], reference, seeds[1], draws)
        if found.verdict == "slices" and other >= 2 and other != k and customers >= PER_SEGMENT * other:
            instead = assign(tested, quick_centres(tested, other, seed=seed, starts=2 * _STARTS))[0] + 1
            better = _examine(tested, instead, reference, seeds[2], draws).verdict == "segments"
            found = replace(found, better=other if better else 0)
    return replace(found, words=_words(found))


def rival(selection: Selection) -> int:
    """Return the number of segments other than the chosen one with the highest silhouette; 0 when no other was tried."""
    others = [(-tried.silhouette, tried.k) for tried in selection.by_k if tried.k != selection.k]
    return min(others)[1] if others else 0


def levels(steps: Sequence[Step]) -> tuple[tuple[int, ...], ...]:
    """Return the places of the columns that are levels of one category, per category."""
    names = dict.fromkeys(step.name for step in steps if step.transform == "level")
    return tuple(tuple(place for place, step in enumerate(steps) if step.name == name and step.transform == "level") for name in names)


def _drawn(customers: int, generator: np.random.Generator) -> NDArray[np.intp]:
    if customers <= MOST_TESTED:
        return np.arange(customers)
    return np.sort(generator.choice(customers, size=MOST_TESTED, replace=False))


def _examine(
    points: NDArray[np.float64], labels: NDArray[np.int64], reference: Reference, seed: np.random.SeedSequence, draws: int
) -> Structure:
    present, own = np.unique(labels, return_inverse=True)
    k = len(present)
    own = own.ravel().astype(np.int64)
    first, *others = seed.spawn(draws + 1)
    generator = np.random.default_rng(first)
    centres = np.array([points[own == each].mean(axis=0) for each in range(k)])
    pairs = neighbours(centres)
    observed = _figures(points, own, centres, generator, splits=_SPLITS)
    scores, halves, dips = [], [], []
    for place, spawned in enumerate(others):
        drawn = _of_one_group(reference, len(points), k, np.random.default_rng(spawned), halved=place < _HALVED)
        scores.append(drawn.silhouette)
        halves += [drawn.split_half] if place < _HALVED else []
        dips.append(drawn.dips)
        if place + 1 >= _FEWEST_DRAWS and _as_high(scores, observed.silhouette) >= _ENOUGH_AGAINST:
            break
    limit = float(np.quantile(np.concatenate(dips), 0.95))
    gaps = tuple(
        Gap((int(present[one]), int(present[two])), value, limit, value > limit)
        for (one, two), value in zip(pairs, observed.dips, strict=True)
    )
    result = Structure(
        "slices",
        "",
        k,
        observed.silhouette,
        (float(np.mean(scores)), float(np.quantile(scores, 0.99))),
        (1 + _as_high(scores, observed.silhouette)) / (1 + len(scores)),
        observed.split_half,
        (float(np.mean(halves)), float(np.quantile(halves, 0.95))),
        gaps,
        float(np.quantile([np.median(each) for each in dips], 0.99)),
        len(points),
        len(scores),
    )
    return replace(result, verdict="segments") if all(_tests(result)) else result


def _tests(found: Structure) -> tuple[bool, bool, bool]:
    """Apart, found again, gaps between them."""
    return (
        found.p_value <= ALPHA + 1e-9,
        found.split_half >= FOUND_AGAIN and found.split_half >= found.reference_split_half[1],
        float(np.median([gap.dip for gap in found.gaps])) > found.reference_dip,
    )


def _as_high(scores: Sequence[float], observed: float) -> int:
    return sum(score >= observed for score in scores)


def _of_one_group(reference: Reference, size: int, k: int, generator: np.random.Generator, *, halved: bool) -> _Figures:
    points = reference.draw(size, generator)
    centres = quick_centres(points, k, seed=int(generator.integers(2**31)), starts=_STARTS)
    return _figures(points, assign(points, centres)[0], centres, generator, splits=1 if halved else 0)


def _figures(
    points: NDArray[np.float64], labels: NDArray[np.int64], centres: NDArray[np.float64], generator: np.random.Generator, *, splits: int
) -> _Figures:
    k = len(centres)
    scored = np.sort(generator.choice(len(points), size=min(len(points), _SCORED), replace=False))
    _, dense = np.unique(labels[scored], return_inverse=True)
    silhouette = silhouettes(points[scored], [dense.ravel().astype(np.int64)], seed=0)[0][0]
    halves = [_halved(points, k, generator) for _ in range(splits)]
    dips = tuple(_dip_between(points, labels, centres, pair) for pair in neighbours(centres))
    return _Figures(silhouette, float(np.mean(halves)) if halves else 0.0, dips)


def _halved(points: NDArray[np.float64], k: int, generator: np.random.Generator) -> float:
    """Agreement of two fits on disjoint halves, about all points."""
    order = generator.permutation(len(points))
    fits = [
        assign(points, quick_centres(points[np.sort(half)], k, seed=int(generator.integers(2**31)), starts=_STARTS))[0]
        for half in (order[: len(order) // 2], order[len(order) // 2 :])
    ]
    return adjusted_rand(crossing(fits[0], fits[1], (k, k)))


def neighbours(centres: NDArray[np.float64]) -> tuple[tuple[int, int], ...]:
    """Return each segment and the nearest other one, as pairs of places, each pair once.

    Examples
    --------
    >>> neighbours(np.array([[0.0], [1.0], [5.0]]))
    ((0, 1), (1, 2))
    """
    between = distances(centres, centres)
    np.fill_diagonal(between, np.inf)
    return tuple(sorted({(min(one, int(two)), max(one, int(two))) for one, two in enumerate(between.argmin(axis=1))}))


def _dip_between(points: NDArray[np.float64], labels: NDArray[np.int64], centres: NDArray[np.float64], pair: tuple[int, int]) -> float:
    along = centres[pair[1]] - centres[pair[0]]
    sides = [points[labels == each] @ along for each in pair]
    # Both sides weigh the same, lest a small segment beside a large one goes unseen; then as many customers as that is worth.
    weights = np.concatenate([np.full(len(side), 1 / len(side)) for side in sides])
    worth = 4 / sum(1 / len(side) for side in sides)
    return float(dip(np.concatenate(sides), weights) * np.sqrt(worth))


def _words(found: Structure) -> str:
    apart, pairs = sum(gap.apart for gap in found.gaps), len(found.gaps)
    told = f"{apart} of {pairs} {'pair' if pairs == 1 else 'pairs'} of neighbours {'has' if apart == 1 else 'have'} a gap between them"
    if found.verdict == "segments":
        return (
            f"The segments are groups of their own{', though they overlap' if found.silhouette < WEAK else ''}: they lie further apart "
            f"(silhouette {found.silhouette:.2f}) than slices of one group would (up to {found.reference_silhouette[1]:.2f}), two halves of the "
            f"customers give the same ones (agreement {found.split_half:.2f} of 1), and {told}."
        )
    words = "There are no natural segments: these are slices of a continuum, useful to act on, but their borders could run elsewhere."
    words += f" Why: {'; '.join(_against(found, told if apart else 'no two neighbours have a gap between them'))}."
    return words + (f" With {found.better} segments instead they would be groups of their own." if found.better else "")


def _against(found: Structure, gaps: str) -> list[str]:
    distinct, again, gap = _tests(found)
    said = []
    if not distinct:
        high = round(found.p_value * (found.draws + 1)) - 1
        said.append(
            f"slices of one group lie as far apart (silhouette {found.silhouette:.2f} here, {found.reference_silhouette[0]:.2f} on average there, "
            f"as high in {high} of {found.draws} draws)"
        )
    if found.split_half < FOUND_AGAIN:
        said.append(f"two halves of the customers give different ones (agreement {found.split_half:.2f} of 1, {FOUND_AGAIN} is asked for)")
    elif not again:
        high_half = found.reference_split_half[1]
        said.append(
            f"slices of one group come back in both halves as well (agreement {found.split_half:.2f} here, up to {high_half:.2f} there)"
        )
    if not gap:
        said.append(f"{gaps}{', as slices of one group may have' if found.gaps and any(each.apart for each in found.gaps) else ''}")
    return said
