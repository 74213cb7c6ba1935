"""The choice of k, by a rule stated beforehand, explained in words with its rivals.

The rule: among the numbers of segments the business can act on, with no segment smaller than 10 customers or 1 % of them, and that come back when
customers are drawn anew (bootstrap adjusted Rand index of .6 or more, where it was asked for and any does), the smallest k whose deciding index is near
the best: silhouette within 0.01, Calinski-Harabasz and Davies-Bouldin within 2 %, BIC within 10 (Raftery 1995). Simple beats clever: within the
tolerance the marketer gets fewer segments to feed. The other indices are witnesses and often disagree; the elbow (largest distance of the inertia curve
to its chord; Satopää et al. 2011) is told, not obeyed. Whether there are natural groups at all
is another question, asked in `structure`: skew alone gives slices a high silhouette, and groups may have a low one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.preparation.words import figure, listed
from segmentry.segments.clustering import Clustering
from segmentry.segments.identity import warm
from segmentry.segments.indices import Score, separation, silhouettes
from segmentry.segments.methods import Approach
from segmentry.segments.refits import by_k
from segmentry.segments.results import Candidate, Selection
from segmentry.segments.stability import TRUSTED

SMALLEST_SEGMENT = 10
SMALLEST_SHARE = 0.01
TOLERANCE = 0.01
WEAK, CLEAR = 0.25, 0.5
TRIED = range(2, 11)


@dataclass(frozen=True, slots=True)
class Index:
    """An index that may decide.

    Parameters
    ----------
    words, near : str
        What it is called, and what counts as near the best.
    of : callable
        Its value, higher is better; None where a method has none.
    room : callable
        How far below the best value is still near.
    """

    words: str
    near: str
    of: Callable[[Candidate], float | None]
    room: Callable[[float], float]

    def best(self, candidates: Sequence[Candidate]) -> Candidate:
        """Return the smallest k near the best; raise `UsageError` when the method has no such index."""
        values = [self.of(one) for one in candidates]
        known = [value for value in values if value is not None]
        if not known:
            raise UsageError(
                f"segments.index is {self.words}; only methods with a likelihood (gmm) have it. Take silhouette, or --method gmm."
            )
        limit = max(known) - self.room(max(known))
        return next(one for one, value in zip(candidates, values, strict=True) if value is not None and value >= limit)


INDICES: dict[str, Index] = {
    "silhouette": Index("silhouette", f"within {TOLERANCE}", lambda one: one.silhouette, lambda _: TOLERANCE),
    "calinski-harabasz": Index("Calinski-Harabasz index", "within 2 %", lambda one: one.calinski_harabasz, lambda best: 0.02 * abs(best)),
    "davies-bouldin": Index("Davies-Bouldin index", "within 2 %", lambda one: -one.davies_bouldin, lambda best: 0.02 * abs(best)),
    "bic": Index("BIC", "within 10", lambda one: None if one.bic is None else -one.bic, lambda _: 10.0),
}


def choose(
    points: NDArray[np.float64],
    approach: Approach = Approach(),  # noqa: B008 - frozen
    *,
    ks: Sequence[int] = TRIED,
    low: int = 3,
    high: int = 8,
    seed: int,
    k: int | None = None,
    resamples: int = 0,
) -> tuple[Selection, dict[int, Clustering]]:
    """Cluster `points` by one method for every k, and choose one.

    Parameters
    ----------
    points : float array, shape (n, p)
        Finite, in one comparable space.
    approach : Approach
        The method; density finds its own number of segments.
    ks : sequence of int
        Numbers of segments to try; what `low`, `high` and `k` ask for is added.
    low, high : int
        Fewest and most segments wanted.
    seed : int
    k : int, optional
        Ask for exactly so many.
    resamples : int
        Refits per k that say whether it comes back; 0 leaves stability out of the rule.

    Returns
    -------
    selection : Selection
        Its `space` is for the caller to fill.
    fits : dict of int to Clustering
        By k; groups are in no meant order.

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
    fits, left_out = approach.fit_all(points, [each for each in tried if 2 <= each < len(points)], seed=seed)
    own = approach.method == "density"
    wanted = [each for each in fits if own or (low <= each <= high if k is None else each == k)]
    if not wanted and own:
        raise Degenerate(
            Problem("NO_DENSE_GROUPS", next(iter(left_out.values())), "take a method that divides a continuum, such as kmeans")
        )
    if not wanted:
        raise Degenerate(_impossible(low if k is None else k, left_out))
    candidates = _judge(points, fits, seed)
    if resamples and not own:
        stable = by_k(points, [fit.labels for fit in fits.values()], seed=seed, fit=approach.fit, resamples=resamples)
        candidates = tuple(replace(one, stability=each) for one, each in zip(candidates, stable, strict=True))
    index = INDICES[approach.index]
    allowed, relaxed = _allowed([one for one in candidates if one.k in wanted], len(points))
    by_rule = index.best(allowed if k is None else candidates)
    chosen = by_rule if k is None or own else next(one for one in candidates if one.k == k)
    reason = (
        _found(chosen) if own else _reason(chosen, by_rule, candidates, index=index, span=None if k is not None else (low, high)) + relaxed
    )
    rivals = _rivals(chosen, [one for one in candidates if one.k != chosen.k])
    words = tuple(f"k = {each} is left out: {why}." for each, why in left_out.items())
    reason += _sampled(fits[chosen.k], len(points))
    return Selection(chosen.k, candidates, reason, rivals, "", words, approach.method), fits


def follow(points: NDArray[np.float64], centres: NDArray[np.float64], *, seed: int) -> tuple[Selection, Clustering]:
    """Return segments that start from earlier ones instead of a choice; see `identity.warm`.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space of the earlier segments.
    centres : float array, shape (k, p)
        Theirs.
    seed : int
        Of the sample for the silhouette, when there are many customers.

    Raises
    ------
    Degenerate
        When a segment has no customers left.
    """
    clustering = warm(points, centres)
    k, kept = len(centres), len(np.unique(clustering.labels))
    if kept < k:
        reason = f"{k - kept} of the {k} earlier segments have no customers any more"
        raise Degenerate(Problem("SEGMENTS_EMPTY", reason, "run the segmentation anew, without the earlier run"))
    candidate = _judge(points, {k: clustering}, seed)[0]
    words = f"{k} segments, followed from the run before: their borders are a choice, so they are moved and not drawn anew; "
    words += f"silhouette {candidate.silhouette:.3f} ({strength(candidate.silhouette)}), smallest segment {candidate.smallest:,} customers."
    return Selection(k, (candidate,), words, (), ""), clustering


def resized(selection: Selection, points: NDArray[np.float64], clustering: Clustering, words: str, *, seed: int) -> Selection:
    """Return the selection with the chosen segments replaced by ones of allowed sizes, judged anew; `words` say what was joined and split."""
    k = len(clustering.centres)
    candidate = _judge(points, {k: clustering}, seed)[0]
    others = tuple(each for each in selection.by_k if each.k != k)
    return replace(selection, k=k, by_k=tuple(sorted((*others, candidate), key=lambda one: one.k)), reason=f"{selection.reason} {words}")


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


def _judge(points: NDArray[np.float64], fits: dict[int, Clustering], seed: int) -> tuple[Candidate, ...]:
    if any((fit.labels < 0).any() for fit in fits.values()):
        return tuple(_judge_assigned(points, k, fit, seed) for k, fit in fits.items())
    scores = silhouettes(points, [fit.labels for fit in fits.values()], seed=seed)
    return tuple(_candidate(points, k, fit, score) for (k, fit), score in zip(fits.items(), scores, strict=True))


def _judge_assigned(points: NDArray[np.float64], k: int, fit: Clustering, seed: int) -> Candidate:
    """Judge a clustering that leaves customers out by those it has assigned."""
    inside = fit.labels >= 0
    part = replace(fit, labels=fit.labels[inside])
    score = silhouettes(points[inside], [part.labels], seed=seed)[0]
    return replace(_candidate(points[inside], k, part, score), unassigned=int((~inside).sum()))


def _candidate(points: NDArray[np.float64], k: int, fit: Clustering, score: Score) -> Candidate:
    calinski, davies = separation(points, fit.labels)
    smallest = int(np.bincount(fit.labels).min())
    return Candidate(
        k,
        fit.inertia,
        score.value,
        calinski,
        davies,
        smallest,
        score.sample,
        silhouette_error=score.error or None,
        bic=fit.bic,
        aic=fit.aic,
    )


def least(customers: int) -> int:
    """Return the fewest customers a segment must have not to count as tiny.

    Examples
    --------
    >>> least(200), least(5_000)
    (10, 50)
    """
    return max(SMALLEST_SEGMENT, int(np.ceil(SMALLEST_SHARE * customers)))


def _allowed(candidates: Sequence[Candidate], customers: int) -> tuple[Sequence[Candidate], str]:
    smallest = least(customers)
    large = [one for one in candidates if one.smallest >= smallest]
    if large:
        firm = [one for one in large if one.stability is None or one.stability >= TRUSTED]
        loose = [str(one.k) for one in large if one not in firm]
        if firm and loose:
            return firm, f" Passed over, because they do not come back when customers are drawn anew: {listed(loose)}."
        return large, " No number of segments comes back reliably when customers are drawn anew." if loose else ""
    # Silhouettes flatter tiny segments: with too few customers for the rule, the fewest segments are the safest.
    return (
        candidates[:1],
        f" Every number of segments leaves one with fewer than {smallest:,} customers, so the fewest were taken.",
    )


def _reason(chosen: Candidate, by_rule: Candidate, candidates: Sequence[Candidate], *, index: Index, span: tuple[int, int] | None) -> str:
    error = f" ± {2 * chosen.silhouette_error:.3f}, from {chosen.silhouette_sample:,} customers" if chosen.silhouette_error else ""
    figures = f"silhouette {chosen.silhouette:.3f}{error} ({strength(chosen.silhouette)}), smallest segment {chosen.smallest:,} customers"
    if span is None:
        other = (
            "which the rule would have chosen too"
            if by_rule.k == chosen.k
            else f"the rule would have chosen {by_rule.k} (silhouette {by_rule.silhouette:.3f})"
        )
        words = f"{chosen.k} segments were asked for: {figures}; {other}."
    else:
        words = f"{chosen.k} segments: the fewest between {span[0]} and {span[1]} whose {index.words} is {index.near} of the best"
        if chosen.stability is not None:
            figures += f", stability {chosen.stability:.2f} of 1"
        words += f" and that come back when customers are drawn anew; {figures}." if chosen.stability is not None else f"; {figures}."
    bend = elbow(candidates)
    if bend is not None:
        words += f" The elbow of the inertia curve is at {bend}" + (
            ", the same." if bend == chosen.k else ", a rule of thumb that is told here, not obeyed."
        )
    low = 0 if span is None else span[0]
    flattered = [one.k for one in candidates if one.k < low and one.silhouette > chosen.silhouette + TOLERANCE]
    if flattered:
        words += f" Fewer segments ({listed([str(k) for k in flattered])}) would separate more clearly, but at least {low} were asked for."
    return words


def _sampled(fit: Clustering, customers: int) -> str:
    if fit.fitted_on >= customers:
        return ""
    if fit.tree is not None:
        kept = math.floor(1000 * (1.0 - fit.excess)) / 10
        return (
            f" The tree has {fit.fitted_on:,} leaves that stand for {customers:,} customers: neighbours were put together first, "
            f"which keeps {kept:g} % of the differences (variance) between customers."
        )
    words = f"sample of {fit.fitted_on:,} customers and all {customers:,} were then placed"
    if fit.method != "kmeans":
        return f" The groups were found on a {words}; what that cost was not measured."
    excess = max(0.0, fit.excess)
    return f" The starts ran on a weighted {words}; the sample alone would have cost {excess:.2%} more spread within segments among those outside it."


def _found(chosen: Candidate) -> str:
    left = f"; {chosen.unassigned:,} customers stand between the groups and belong to none" if chosen.unassigned else ""
    return f"{chosen.k} segments: as many as there are crowded regions; silhouette {chosen.silhouette:.3f} ({strength(chosen.silhouette)}){left}."


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
