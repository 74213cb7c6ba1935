"""k-means with several starts, the same bits on one thread or many, on any number of customers.

Lloyd's algorithm from k-means++ starts (Arthur and Vassilvitskii 2007) as in scikit-learn. Up to 10,000 points: every start on all of them.
Above: twice the starts run on 5,000 points of a weighted sample (see `coreset`), the best four on all 50,000 of it, and the best of those
is polished by steps over all points until one gains less than 0.001 %; they go beyond the means, which takes fewer of them. What the
sample alone would have cost is measured on the points outside it. Not for groups that are no balls: it cuts space into convex cells.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, NotEnoughData, Problem
from segmentry.segments.clustering import Clustering, Nearest, assign
from segmentry.segments.coreset import Coreset, draw
from segmentry.segments.threads import one_thread

EXACT_ROWS = 10_000
CORESET_ROWS = 50_000
_STEPS, _GAIN, _STRETCH = 25, 1e-5, 0.8
_SEARCH_ROWS, _TIMES_STARTS, _FINALISTS, _ALIKE = 5_000, 2, 4, 1e-4
_BLOCK = 8_192


class Sampled(NamedTuple):
    """A clustering whose starts ran on a coreset, and what that coreset alone would have cost.

    `excess` is how much larger (0.01: one percent) the inertia of the points outside the coreset would be without the polish on all points.
    """

    clustering: Clustering
    excess: float


def fit_kmeans(
    points: NDArray[np.float64],
    k: int,
    *,
    seed: int,
    starts: int = 20,
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,
    drawn: Coreset | None = None,
) -> Clustering:
    """Cluster finite `points`, shape (n, p), into `k` groups.

    Parameters
    ----------
    points : float array, shape (n, p)
        In a space where distances mean something: see `preparation`.
    k : int
    seed : int
        Same points, k, seed and starts: same bits.
    starts : int
        Random starts; the one with the lowest inertia is kept.
    weights : float array, shape (n,), optional
        How often each point counts.
    quick : bool
        A quarter of the starts and a coarse stop, to compare many fits.
    drawn : Coreset, optional
        Of these points and weights, to be used for several k; by default one is drawn where it is needed.

    Raises
    ------
    NotEnoughData
        When there are fewer points than groups.
    Degenerate
        When there are fewer different points than groups.

    Examples
    --------
    >>> found = fit_kmeans(np.array([[0.0], [0.2], [9.0], [9.2]]), 2, seed=0)
    >>> sorted(found.centres.ravel().round(3).tolist()), round(found.inertia, 3)
    ([0.1, 9.1], 0.04)
    """
    if len(points) < k:
        raise NotEnoughData(
            Problem(
                "TOO_FEW_CUSTOMERS",
                f"need at least {k} customers for {k} segments; found {len(points):,}",
                "add customers or ask for fewer segments",
            )
        )
    few = max(1, starts // 4) if quick else starts
    if len(points) > EXACT_ROWS:
        chosen = drawn or draw(points, CORESET_ROWS, seed=seed, weights=weights)
        if not quick:
            sampled = fit_sampled(points, k, chosen, seed=seed, starts=starts, weights=weights)
            return replace(sampled.clustering, excess=sampled.excess)
        with one_thread():
            centres = quick_centres(points[chosen.rows], k, seed=seed, starts=few, weights=chosen.weights)
        return _assigned(points, centres, weights, len(chosen.rows))
    if quick or weights is not None:
        return _assigned(points, quick_centres(points, k, seed=seed, starts=few, weights=weights), weights, len(points))
    _check_different(kinds(points, k), k)
    found = _assigned(points, _lloyd(points, k, seed=seed, starts=starts), None, len(points))
    _check_different(len(np.unique(found.labels)), k)
    return found


def fit_sampled(
    points: NDArray[np.float64], k: int, drawn: Coreset, *, seed: int, starts: int = 20, weights: NDArray[np.float64] | None = None
) -> Sampled:
    """Cluster many points by way of a coreset of them, which may serve several k; see `fit_kmeans`.

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    drawn : Coreset
        Of these points and weights.
    seed : int
    starts : int
    weights : float array, shape (n,), optional
        How often each point counts.

    Raises
    ------
    Degenerate
        When there are fewer different points than groups.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(900, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 300, axis=0)
    >>> found = fit_sampled(points, 3, draw(points, 60, seed=0), seed=0)
    >>> found.clustering.fitted_on, 0 < found.excess < 0.1
    (60, True)
    """
    rows, sample, counts = drawn.rows, points[drawn.rows], drawn.weights
    if kinds(sample, k) < k:
        # Few kinds of customers, one of them rare: then the kinds themselves, counted, are the better sample.
        rows = np.arange(len(points))
        sample, kind = np.unique(points, axis=0, return_inverse=True)
        counts = np.bincount(kind.ravel(), weights=weights).astype(np.float64)
        _check_different(len(sample), k)
    with one_thread():
        first = _searched(sample, k, seed=seed, starts=starts, weights=counts)
        centres, before = _polished(points, first, weights)
    found = _assigned(points, centres, weights, len(sample))
    if not np.bincount(found.labels, minlength=k).all():
        found = _assigned(points, first, weights, len(sample))
        _check_different(len(np.unique(found.labels)), k)
    often = np.ones(len(points)) if weights is None else weights
    inside = [float(assign(points[rows], each)[1] @ often[rows]) for each in (first, found.centres)]
    after = found.inertia - inside[1]
    return Sampled(found, max(0.0, (before - inside[0]) / after - 1) if len(rows) < len(points) and after > 0 else 0.0)


def _searched(points: NDArray[np.float64], k: int, *, seed: int, starts: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the best centres: starts run on a small part, where twice as many cost little, the best few different ones on all."""
    drawn = draw(points, _SEARCH_ROWS, seed=seed, weights=weights)
    part, counts = (points[drawn.rows], drawn.weights) if kinds(points[drawn.rows], k) >= k else (points, weights)
    tried = [_run(part, k, "k-means++", (seed + start) % 2**32, counts) for start in range(_TIMES_STARTS * starts)]
    best: list[tuple[float, NDArray[np.float64]]] = []
    for inertia, centres in sorted(tried, key=lambda one: one[0]):
        if len(best) < _FINALISTS and all(inertia > other * (1 + _ALIKE) for other, _ in best):
            best.append((inertia, centres))
    if len(part) < len(points):
        best = [_run(points, k, centres, 0, weights) for _, centres in best]
    return min(best, key=lambda one: one[0])[1]


def _run(
    points: NDArray[np.float64], k: int, init: str | NDArray[np.float64], seed: int, weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = KMeans(k, init=init, n_init=1, random_state=seed, tol=1e-3, max_iter=100).fit(points, sample_weight=weights)
    return float(found.inertia_), np.asarray(found.cluster_centers_, dtype=np.float64)


def _polished(
    points: NDArray[np.float64], centres: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], float]:
    """Take Lloyd's steps on all points, beyond the means by `_STRETCH` until that overshoots; also return the inertia before."""
    middle = points.mean(axis=0)
    often = np.ones(len(points)) if weights is None else weights
    squares = sum(float(often[rows] @ ((points[rows] - middle) ** 2).sum(axis=1)) for rows in _blocks(len(points)))
    kept, least, stretch = centres, np.inf, _STRETCH
    before, moved = step(points, centres, middle=middle, squares=squares, weights=weights)
    tried, inertia = centres, before
    for _ in range(_STEPS):
        if np.isnan(moved).any() or inertia > least:
            if not stretch:
                break
            tried, stretch = kept, 0.0
        else:
            gained, kept, least = least - inertia, moved, inertia
            if gained <= _GAIN * inertia:
                break
            tried = moved + stretch * (moved - tried)
        inertia, moved = step(points, tried, middle=middle, squares=squares, weights=weights)
    return kept, before


def step(
    points: NDArray[np.float64],
    centres: NDArray[np.float64],
    *,
    middle: NDArray[np.float64],
    squares: float,
    weights: NDArray[np.float64] | None = None,
) -> tuple[float, NDArray[np.float64]]:
    """Return the inertia of `centres`, shape (k, p), and where one step of Lloyd's moves them: NaN for one that is nearest to nobody.

    A point between two centres moves both. Sums are taken over fixed blocks of rows, about the `middle` of the points, to which the
    sum of their squared distances is `squares`.

    Examples
    --------
    >>> step(np.array([[0.0], [2.0], [9.0]]), np.array([[0.0], [8.0]]), middle=np.array([4.0]), squares=45.0)
    (5.0, array([[1.],
           [9.]]))
    """
    from_middle = centres - middle
    half = (from_middle**2).sum(axis=1)[:, None] / 2
    inertia, sums, counts = squares, np.zeros(centres.shape), np.zeros((len(centres), 1))
    for rows in _blocks(len(points)):
        block = points[rows] - middle
        # |x - c|² = |x|² + 2 (|c|² / 2 - c·x): what is in brackets decides.
        bracket = half - from_middle @ block.T
        least = bracket.min(axis=0)
        member = (bracket == least).astype(np.float64)
        if weights is not None:
            member *= weights[rows]
            least *= weights[rows]
        inertia += 2 * float(least.sum())
        sums += member @ block
        counts += member.sum(axis=1, keepdims=True)
    return inertia, middle + np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _blocks(size: int) -> list[slice]:
    return [slice(first, first + _BLOCK) for first in range(0, size, _BLOCK)]


def quick_centres(
    points: NDArray[np.float64], k: int, *, seed: int, starts: int, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return centres, shape (k, p), good enough to compare many fits: few starts, a coarse stop.

    Same bits only inside `one_thread`, which the caller enters once for all its fits.

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    seed : int
    starts : int
    weights : float array, shape (n,), optional
        How often each point counts.
    """
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=starts, random_state=seed, tol=1e-3, max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.fit(points, sample_weight=weights).cluster_centers_, dtype=np.float64)


def kinds(points: NDArray[np.float64], enough: int) -> int:
    """Count the different points, or stop at a column that already has `enough` different values.

    Examples
    --------
    >>> points = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 1.0]])
    >>> kinds(points, 2), kinds(points, 9)
    (2, 2)
    """
    for column in points.T:
        found = len(np.unique(column))
        if found >= enough:
            return found
    return len(np.unique(points, axis=0))


def _lloyd(points: NDArray[np.float64], k: int, *, seed: int, starts: int) -> NDArray[np.float64]:
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=starts, random_state=seed, tol=0.0, max_iter=300)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.fit(points).cluster_centers_, dtype=np.float64)


def _assigned(points: NDArray[np.float64], centres: NDArray[np.float64], weights: NDArray[np.float64] | None, fitted_on: int) -> Clustering:
    labels, nearest = assign(points, centres)
    return Clustering("kmeans", labels, Nearest(centres), float((nearest if weights is None else nearest * weights).sum()), fitted_on)


def _check_different(found: int, k: int) -> None:
    if found < k:
        reason = f"need at least {k} different kinds of customers for {k} segments; found {found}, all others are equal to one of them"
        raise Degenerate(Problem("TOO_FEW_DIFFERENT", reason, "ask for fewer segments or add features that tell customers apart"))
