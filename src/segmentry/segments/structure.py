"""Do segments exist? A verdict against one group that has the data's covariance, skewness and bounds.

Every method cuts any cloud into parts. Whether the segments are more than that is asked of the same statistics on draws of one group (see
`reference`), clustered by the same method. The rule, stated beforehand; "segments" needs all four:

1. apart: the silhouette exceeds that of every draw (Monte Carlo p ≤ .01 with 99 draws; Besag and Clifford 1991: testing stops once five
   draws are as high, when p can no longer be small). Where the number of segments was chosen from the data, each draw may choose too: it
   shows the highest silhouette of all numbers that were allowed;
2. found again: fits on two disjoint halves of the customers agree (adjusted Rand index) by .8 or more on average, and no less than
   those of 95 % of the draws do;
3. gaps between them: along the line between the centres of two neighbours (each segment and the nearest other) their customers, both
   segments weighted alike, have a dip (Hartigan and Hartigan 1985); the median over the pairs exceeds that of 99 % of the draws;
4. tighter: the gap, which is how much lower the logarithm of the spread within segments is than on average in the draws (Tibshirani, Walther and
   Hastie 2001; see `gap`), exceeds that of 99 % of the draws.

Otherwise "slices": a continuum cut into parts, fine to act on, but the borders could run elsewhere. With fewer than 100 customers, or 20 per
segment, "not enough data". Tested on at most 2,000 customers drawn at random, half as many for methods slower than k-means; silhouettes, and
the other numbers a draw may choose, on half of these. Customers in no segment (label −1) do not count, in the draws neither.

Not for segments that are no balls (rings, chains), which are called slices though a gap may exist; nor can it see groups that only differ in
features that were not clustered on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import DataRefused
from segmentry.preparation.steps import Step
from segmentry.segments.clustering import Fitter, distances, inertia_of, means
from segmentry.segments.dip import dip
from segmentry.segments.indices import silhouettes
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.reference import Reference, one_group
from segmentry.segments.results import Gap, Selection, Structure
from segmentry.segments.selection import WEAK
from segmentry.segments.stability import adjusted_rand, crossing
from segmentry.segments.threads import one_thread

FEWEST, PER_SEGMENT = 100, 20
MOST_TESTED, MOST_SLOW = 2_000, 1_000
MOST_SCORED, SCORED_SLOW = 1_000, 500
DRAWS = 99
ALPHA = 0.01
FOUND_AGAIN = 0.8
_ENOUGH_AGAINST = 5
_FEWEST_DRAWS = 19
_HALVED = 39
_SPLITS = 5


@dataclass(frozen=True, slots=True)
class _Figures:
    silhouette: float
    split_half: float
    dips: tuple[float, ...]
    spread: float


@dataclass(frozen=True, slots=True)
class _Test:
    """Points, how they are clustered, the numbers of segments a draw may choose from, and on how many points it does so."""

    points: NDArray[np.float64]
    fit: Fitter
    reference: Reference
    ks: tuple[int, ...]
    scored: int
    draws: int


def structure(
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    seed: int,
    fit: Fitter = fit_kmeans,
    ks: Sequence[int] = (),
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
        Segment ids 1 … k; −1 for customers in none.
    seed : int
    fit : Fitter
        The method that found them; draws and halves are clustered by it too.
    ks : sequence of int
        Numbers of segments the choice was free to make; empty when the number was asked for.
    exclusive : sequence of sequences of int
        Columns that are the levels of one category.
    other : int
        Another number of segments to be tested when the labels are slices; 0 for none.
    draws : int
        From the reference; 99 allow p = .01.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(300, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 100, axis=0)
    >>> structure(points, np.repeat([1, 2, 3], 100), seed=1, ks=range(2, 6)).verdict
    'segments'
    """
    k, customers = int(labels.max(initial=0)), int((labels > 0).sum())
    needed = max(FEWEST, PER_SEGMENT * k)
    if customers < needed or k < 2:
        return Structure("not enough data", _too_few(customers, k, needed), k, customers=customers)
    seeds = np.random.SeedSequence(seed).spawn(3)
    with one_thread():
        slow = len(points) > SCORED_SLOW and _slow(points[:SCORED_SLOW], k, fit, seed)
        rows = _drawn(len(points), MOST_SLOW if slow else MOST_TESTED, np.random.default_rng(seeds[0]))
        scored = min(len(rows), SCORED_SLOW if slow else MOST_SCORED)
        test = _Test(points[rows], fit, one_group(points[rows], exclusive, seed=seed), tuple(ks), scored, draws)
        found = _examine(test, labels[rows] - 1, seeds[1])
        if found.verdict == "slices" and other >= 2 and other != k and customers >= PER_SEGMENT * other:
            instead = _clustered(test.points, other, fit, seed)
            better = instead is not None and _examine(test, instead, seeds[2]).verdict == "segments"
            found = replace(found, better=other if better else 0)
    return replace(found, words=_words(found, ks))


def rival(selection: Selection) -> int:
    """Return the number of segments other than the chosen one with the highest silhouette; 0 when no other was tried."""
    others = [(-tried.silhouette, tried.k) for tried in selection.by_k if tried.k != selection.k]
    return min(others)[1] if others else 0


def levels(steps: Sequence[Step]) -> tuple[tuple[int, ...], ...]:
    """Return the places of the columns that are levels of one category, per category."""
    names = dict.fromkeys(step.name for step in steps if step.transform == "level")
    return tuple(tuple(place for place, step in enumerate(steps) if step.name == name and step.transform == "level") for name in names)


def _slow(points: NDArray[np.float64], k: int, fit: Fitter, seed: int) -> bool:
    try:
        return fit(points, k, seed=seed, quick=True).method != "kmeans"
    except DataRefused:
        return True


def _drawn(customers: int, most: int, generator: np.random.Generator) -> NDArray[np.intp]:
    return np.arange(customers) if customers <= most else np.sort(generator.choice(customers, size=most, replace=False))


def _examine(test: _Test, labels: NDArray[np.int64], seed: np.random.SeedSequence) -> Structure:
    """Compare the figures of `labels`, 0 … k−1 or −1, with those of draws of one group."""
    present = np.unique(labels[labels >= 0])
    k = len(present)
    first, *others = seed.spawn(test.draws + 1)
    generator = np.random.default_rng(first)
    scored = _drawn(len(labels), test.scored, generator)
    observed = _figures(test.fit, test.points, labels, scored, generator, splits=_SPLITS)
    scores, halves, dips, spreads = [], [], [], []
    for place, spawned in enumerate(others):
        drawn = _of_one_group(test, k, np.random.default_rng(spawned), halved=place < _HALVED)
        scores.append(drawn.silhouette)
        halves += [drawn.split_half] if place < _HALVED else []
        dips.append(drawn.dips)
        spreads.append(drawn.spread)
        decided = observed.split_half < FOUND_AGAIN or _as_high(scores, observed.silhouette) >= _ENOUGH_AGAINST
        if place + 1 >= _FEWEST_DRAWS and decided:
            break
    limit = float(np.quantile(np.concatenate(dips), 0.95))
    centres = means(test.points, _dense(labels), k)
    gaps = tuple(
        Gap((int(present[one]) + 1, int(present[two]) + 1), value, limit, value > limit)
        for (one, two), value in zip(neighbours(centres), observed.dips, strict=True)
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
        len(test.points),
        len(scores),
        gap=float(np.mean(spreads)) - observed.spread,
        reference_gap=float(np.mean(spreads) - np.quantile(spreads, 0.01)),
    )
    return replace(result, verdict="segments") if all(_tests(result)) else result


def _tests(found: Structure) -> tuple[bool, bool, bool, bool]:
    """Apart, found again, gaps between them, tighter."""
    return (
        found.p_value <= ALPHA + 1e-9,
        found.split_half >= FOUND_AGAIN and found.split_half >= found.reference_split_half[1],
        float(np.median([gap.dip for gap in found.gaps])) > found.reference_dip,
        found.gap > found.reference_gap,
    )


def _as_high(scores: Sequence[float], observed: float) -> int:
    return sum(score >= observed for score in scores)


def _of_one_group(test: _Test, k: int, generator: np.random.Generator, *, halved: bool) -> _Figures:
    points = test.reference.draw(len(test.points), generator)
    start = int(generator.integers(2**31))
    own = _clustered(points, k, test.fit, start)
    if own is None:
        return _Figures(-1.0, 0.0, (0.0,), float(np.log(((points - points.mean(axis=0)) ** 2).sum())))
    figures = _figures(test.fit, points, own, np.arange(test.scored), generator, splits=1 if halved else 0)
    scored = points[: test.scored]
    others = [_clustered(scored, each, test.fit, start) for each in test.ks if each != k]
    return replace(figures, silhouette=max(figures.silhouette, _highest(scored, [each for each in others if each is not None])))


def _clustered(points: NDArray[np.float64], k: int, fit: Fitter, seed: int) -> NDArray[np.int64] | None:
    """Labels 0 … k−1 or −1 by a quick fit; None where the method finds no two groups."""
    try:
        labels = fit(points, k, seed=seed, quick=True).labels
    except DataRefused:
        return None
    return labels if len(np.unique(labels[labels >= 0])) > 1 else None


def _figures(
    fit: Fitter,
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    scored: NDArray[np.intp],
    generator: np.random.Generator,
    *,
    splits: int,
) -> _Figures:
    own = _dense(labels)
    k = int(own.max()) + 1
    centres = means(points, own, k)
    halves = [_halved(points, k, fit, generator) for _ in range(splits)]
    dips = tuple(_dip_between(points, own, centres, pair) for pair in neighbours(centres))
    spread = float(np.log(max(inertia_of(points, own, k), np.finfo(float).tiny)))
    return _Figures(_highest(points[scored], [own[scored]]), float(np.mean(halves)) if halves else 0.0, dips, spread)


def _dense(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels 0, 1, … without gaps; −1 stays."""
    return np.where(labels < 0, -1, np.searchsorted(np.unique(labels[labels >= 0]), labels)).astype(np.int64)


def _highest(points: NDArray[np.float64], labelings: Sequence[NDArray[np.int64]]) -> float:
    """The highest silhouette of some labelings; −1 without any."""
    if not labelings:
        return -1.0
    if labelings[0].min() < 0:
        # A method that leaves customers out finds its own number of groups: there is no other labelling.
        inside = labelings[0] >= 0
        points, labelings = points[inside], [labelings[0][inside]]
    return max(each[0] for each in silhouettes(points, [_dense(labels) for labels in labelings], seed=0))


def _halved(points: NDArray[np.float64], k: int, fit: Fitter, generator: np.random.Generator) -> float:
    """Agreement of two fits on disjoint halves, about all points; 0 where a half has no two groups."""
    order = generator.permutation(len(points))
    sides = []
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        try:
            sides.append(fit(points[np.sort(half)], k, seed=int(generator.integers(2**31)), quick=True).rule.assign(points))
        except DataRefused:
            return 0.0
    one, two = sides
    groups = int(one.max()) + 1, int(two.max()) + 1
    grouped = (one >= 0) & (two >= 0)
    return adjusted_rand(crossing(one[grouped], two[grouped], groups)) if min(groups) > 1 else 0.0


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


def _too_few(customers: int, k: int, needed: int) -> str:
    if k < 2:
        return "There is only one segment, so there is nothing to tell apart."
    return f"There are too few customers to tell groups from slices: {customers:,}, where {k} segments need at least {needed:,}."


def _words(found: Structure, ks: Sequence[int]) -> str:
    apart, pairs = sum(gap.apart for gap in found.gaps), len(found.gaps)
    told = f"{apart} of {pairs} {'pair' if pairs == 1 else 'pairs'} of neighbours {'has' if apart == 1 else 'have'} a gap between them"
    if found.verdict == "segments":
        return (
            f"The segments are groups of their own{', though they overlap' if found.silhouette < WEAK else ''}: they lie further apart "
            f"(silhouette {found.silhouette:.2f}) than slices of one group would (up to {found.reference_silhouette[1]:.2f}"
            f"{', even with the best number of slices' if len(ks) > 1 else ''}), two halves of the customers give the same ones "
            f"(agreement {found.split_half:.2f} of 1), {told}, and they are tighter than slices would be."
        )
    words = "There are no natural segments: these are slices of a continuum, useful to act on, but their borders could run elsewhere."
    words += f" Why: {'; '.join(_against(found, told if apart else 'no two neighbours have a gap between them'))}."
    return words + (f" With {found.better} segments instead they would be groups of their own." if found.better else "")


def _against(found: Structure, gaps: str) -> list[str]:
    _, again, gap, tight = _tests(found)
    high = round(found.p_value * (found.draws + 1)) - 1
    said = []
    if high:
        said.append(
            f"one group without segments, made up to resemble these customers and cut the same way, gives parts as far apart (silhouette "
            f"{found.silhouette:.2f} here, {found.reference_silhouette[0]:.2f} on average there, as high in {high} of {found.draws} draws)"
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
    if not tight:
        said.append(f"slices of one group are as tight (gap {found.gap:.3f} here, up to {found.reference_gap:.3f} there)")
    return said
