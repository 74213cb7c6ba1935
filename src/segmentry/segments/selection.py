"""The choice of k, by a rule stated beforehand, explained in words with its rivals.

The rule: among the numbers of segments allowed, with no segment smaller than 10 customers or 1 % of them, the smallest k whose silhouette
is within 0.01 of the best. Simple beats clever: within the tolerance the marketer gets fewer segments to feed. The elbow (largest
distance of the inertia curve to its chord; Satopää et al. 2011) is told, not obeyed. Whether there are natural groups at all
is another question, asked in `structure`: skew alone gives slices a high silhouette, and groups may have a low one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.preparation.words import figure, listed
from segmentry.segments.clustering import Clustering
from segmentry.segments.indices import separation, silhouettes
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.results import Candidate, Selection

SMALLEST_SEGMENT = 10
SMALLEST_SHARE = 0.01
TOLERANCE = 0.01
WEAK, CLEAR = 0.25, 0.5


def choose(
    points: NDArray[np.float64],
    *,
    ks: Sequence[int] = range(2, 11),
    low: int = 3,
    high: int = 8,
    seed: int,
    k: int | None = None,
    starts: int = 20,
) -> tuple[Selection, NDArray[np.int64], NDArray[np.float64]]:
    """Cluster `points` for every k, and choose one.

    Parameters
    ----------
    points : float array, shape (n, p)
        Finite, in one comparable space.
    ks : sequence of int
        Numbers of segments to try; what `low`, `high` and `k` ask for is added.
    low, high : int
        Fewest and most segments wanted.
    seed : int
    k : int, optional
        Ask for exactly so many.
    starts : int
        Random starts per k.

    Returns
    -------
    selection : Selection
        Its `space` is for the caller to fill.
    labels : int array, shape (n,)
        0 … k−1 in no meant order.
    centres : float array, shape (k, p)

    Raises
    ------
    NotEnoughData
        With fewer than ten customers per segment wanted (two per segment when k is fixed).
    Degenerate
        When no number of segments asked for is possible, because too few customers differ.
    UsageError
        When a number is out of range.
    """
    _check_arguments(len(points), low, high, k)
    tried = sorted({*ks, *range(low, high + 1)} if k is None else {*ks, k})
    fits, left_out = _fit_all(points, [each for each in tried if 2 <= each < len(points)], seed=seed, starts=starts)
    wanted = [each for each in fits if (low <= each <= high if k is None else each == k)]
    if not wanted:
        raise Degenerate(_impossible(low if k is None else k, left_out))
    candidates = _judge(points, fits, seed)
    allowed, relaxed = _allowed([one for one in candidates if one.k in wanted], len(points))
    by_rule = _best(allowed if k is None else candidates)
    chosen = by_rule if k is None else next(one for one in candidates if one.k == k)
    reason = _reason(chosen, by_rule, candidates, low=low, high=high, fixed=k is not None, relaxed=relaxed)
    rivals = _rivals(chosen, [one for one in candidates if one.k != chosen.k])
    words = tuple(f"k = {each} is left out: {why}." for each, why in left_out.items())
    return Selection(chosen.k, candidates, reason, rivals, "", words), fits[chosen.k].labels, fits[chosen.k].centres


def elbow(candidates: Sequence[Candidate]) -> int | None:
    """Return the k whose inertia lies farthest below the line from the first to the last; None with fewer than three.

    Examples
    --------
    >>> elbow([Candidate(k, inertia, 0.0, 0.0, 0.0, 10, 100) for k, inertia in [(2, 100.0), (3, 20.0), (4, 18.0), (5, 16.0)]])
    3
    """
    if len(candidates) < 3:
        return None
    ks = np.array([one.k for one in candidates], dtype=np.float64)
    inertia = np.array([one.inertia for one in candidates])
    drop = inertia[0] - inertia[-1]
    if drop <= 0:
        return None
    below = (ks[-1] - ks) / (ks[-1] - ks[0]) - (inertia - inertia[-1]) / drop
    return int(ks[below.argmax()])


def strength(silhouette: float) -> str:
    """Return what a silhouette means, in words (Kaufman and Rousseeuw 1990, table 3, rounded)."""
    if silhouette < WEAK:
        return "weak separation: the segments flow into each other"
    return "clear separation" if silhouette >= CLEAR else "moderate separation: the segments overlap at their edges"


def _check_arguments(customers: int, low: int, high: int, k: int | None) -> None:
    check_range("the fewest segments", low, 2, 50)
    check_range("the most segments", high, 2, 50)
    if low > high:
        raise UsageError(f"segments are {low}-{high}; the first must not exceed the second. Give them as fewest-most, such as 3-8.")
    if k is not None:
        check_range("k", k, 2, 50)
    need = SMALLEST_SEGMENT * low if k is None else max(SMALLEST_SEGMENT, 2 * k)
    if customers < need:
        wanted = f"{low} segments or more" if k is None else f"{k} segments"
        reason = f"need at least {need} customers for {wanted}; found {customers:,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers or ask for fewer segments"))


def _fit_all(points: NDArray[np.float64], ks: Sequence[int], *, seed: int, starts: int) -> tuple[dict[int, Clustering], dict[int, str]]:
    fits: dict[int, Clustering] = {}
    left_out: dict[int, str] = {}
    for each in ks:
        try:
            fits[each] = fit_kmeans(points, each, seed=seed, starts=starts)
        except Degenerate as refused:
            left_out[each] = refused.problems[0].reason
    return fits, left_out


def _judge(points: NDArray[np.float64], fits: dict[int, Clustering], seed: int) -> tuple[Candidate, ...]:
    scores = silhouettes(points, [fit.labels for fit in fits.values()], seed=seed)
    candidates = []
    for (k, fit), (silhouette, sample) in zip(fits.items(), scores, strict=True):
        calinski, davies = separation(points, fit.labels)
        candidates.append(Candidate(k, fit.inertia, silhouette, calinski, davies, int(np.bincount(fit.labels).min()), sample))
    return tuple(candidates)


def _allowed(candidates: Sequence[Candidate], customers: int) -> tuple[Sequence[Candidate], str]:
    smallest = max(SMALLEST_SEGMENT, int(np.ceil(SMALLEST_SHARE * customers)))
    large = [one for one in candidates if one.smallest >= smallest]
    if large:
        return large, ""
    # Silhouettes flatter tiny segments: with too few customers for the rule, the fewest segments are the safest.
    return (
        candidates[:1],
        f" Every number of segments leaves one with fewer than {smallest:,} customers, so the fewest were taken.",
    )


def _best(candidates: Sequence[Candidate]) -> Candidate:
    top = max(one.silhouette for one in candidates)
    return next(one for one in candidates if one.silhouette >= top - TOLERANCE)


def _reason(
    chosen: Candidate, by_rule: Candidate, candidates: Sequence[Candidate], *, low: int, high: int, fixed: bool, relaxed: str
) -> str:
    figures = f"silhouette {chosen.silhouette:.3f} ({strength(chosen.silhouette)}), smallest segment {chosen.smallest:,} customers"
    if fixed:
        other = (
            "which the rule would have chosen too"
            if by_rule.k == chosen.k
            else f"the rule would have chosen {by_rule.k} (silhouette {by_rule.silhouette:.3f})"
        )
        words = f"{chosen.k} segments were asked for: {figures}; {other}."
    else:
        words = f"{chosen.k} segments: the fewest between {low} and {high} whose silhouette is within {TOLERANCE} of the best; {figures}."
    bend = elbow(candidates)
    if bend is not None:
        words += f" The elbow of the inertia curve is at {bend}" + (
            ", the same." if bend == chosen.k else ", a rule of thumb that is told here, not obeyed."
        )
    flattered = [one.k for one in candidates if one.k < low and one.silhouette > chosen.silhouette + TOLERANCE]
    if flattered and not fixed:
        words += f" Fewer segments ({listed([str(k) for k in flattered])}) would separate more clearly, but at least {low} were asked for."
    return words + relaxed


def _rivals(chosen: Candidate, others: Sequence[Candidate]) -> tuple[str, ...]:
    nearest = sorted(others, key=lambda one: (-one.silhouette, one.k))[:2]
    return tuple(
        f"{one.k} segments: silhouette {one.silhouette:.3f} ({one.silhouette - chosen.silhouette:+.3f}), Davies-Bouldin {figure(one.davies_bouldin)}, "
        f"smallest segment {one.smallest:,} customers."
        for one in nearest
    )


def _impossible(wanted: int, left_out: Mapping[int, str]) -> Problem:
    reason = left_out.get(wanted, f"need more than {wanted} customers for {wanted} segments")
    return Problem("TOO_FEW_DIFFERENT", reason, "ask for fewer segments or add features that tell customers apart")


def named_space(selection: Selection, space: str) -> Selection:
    """Return the selection with the space it was made in, in words."""
    return replace(selection, space=space)
