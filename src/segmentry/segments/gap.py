"""The gap statistic (Tibshirani, Walther and Hastie 2001): how much tighter the segments are than those of a cloud without any.

``gap(k) = mean over draws of log W*(k) − log W(k)``, W the sum of squared distances to the mean of the own segment, W* that of a draw clustered in
the same way; standard error ``s = deviation · √(1 + 1/draws)``. The rule: the smallest k whose gap is within two standard errors of the highest
(Dudoit and Fridlyand 2002, with two for one); 1 means one group. The paper's first rule, stopping where the next gap is no higher, stops at 1
wherever k groups only show once all k are asked for.

The cloud is by default the `reference` of one group with the data's covariance, skewness and bounds, so that 0 means "as tight as slices"; the
classic one (``against="box"``) is a uniform box along the principal components, against which any bell is tight. A witness, no judge: groups of
unequal spread make it ask for more segments than there are. Not for methods that leave customers out, whose W is not comparable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice
from segmentry.errors import DataRefused, Degenerate, NotEnoughData, Problem
from segmentry.segments.clustering import Fitter, inertia_of
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.reference import one_group
from segmentry.segments.threads import one_thread

MOST_POINTS = 1_000
DRAWS = 20
FEWEST = 10
_NOTHING = 1e-12

Draw = Callable[[np.random.Generator], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class GapCurve:
    """The gap of each number of segments.

    Parameters
    ----------
    ks : tuple of int
        1 and those that could be fitted, ascending.
    gap : tuple of float
        In natural logarithms: .7 means half the spread of the reference.
    error : tuple of float
        Standard error of each, from the draws.
    chosen : int
        What the rule asks for.
    points, draws : int
        On which it rests.
    """

    ks: tuple[int, ...]
    gap: tuple[float, ...]
    error: tuple[float, ...]
    chosen: int
    points: int
    draws: int

    def at(self, k: int) -> tuple[float, float] | None:
        """Return gap and standard error of `k`; None when it could not be fitted."""
        return (self.gap[self.ks.index(k)], self.error[self.ks.index(k)]) if k in self.ks else None


def gap_curve(
    points: NDArray[np.float64],
    ks: Sequence[int],
    *,
    seed: int,
    fit: Fitter = fit_kmeans,
    exclusive: Sequence[Sequence[int]] = (),
    draws: int = DRAWS,
    against: Literal["one group", "box"] = "one group",
) -> GapCurve:
    """Return the gap of 1 and of each of `ks`.

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered; above 1,000 a seeded sample is taken.
    ks : sequence of int
        Numbers of segments.
    seed : int
    fit : Fitter
        The method; points and draws get its quick fits.
    exclusive : sequence of sequences of int
        Columns that are the levels of one category.
    draws : int
    against : {"one group", "box"}

    Raises
    ------
    NotEnoughData
        With fewer than ten customers.
    Degenerate
        When all customers are equal.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
    >>> curve = gap_curve(points, range(2, 6), seed=1)
    >>> curve.ks, curve.chosen
    ((1, 2, 3, 4, 5), 3)
    """
    check_choice("against", against, ("one group", "box"))
    if len(points) < FEWEST:
        reason = f"need at least {FEWEST} customers for the gap; found {len(points)}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers"))
    first, *others = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(draws + 1)]
    sample = points
    if len(points) > MOST_POINTS:
        sample = points[np.sort(first.choice(len(points), size=MOST_POINTS, replace=False))]
    if not np.ptp(sample, axis=0).any():
        raise Degenerate(
            Problem("NO_VARIATION", "all customers are equal in what was clustered", "add columns that differ between customers")
        )
    tried = sorted({1, *(k for k in ks if k > 1)})
    with one_thread():
        draw = _box(sample) if against == "box" else _one_group(sample, exclusive, seed)
        here = _log_spreads(sample, tried, fit, seed)
        there = np.array([_log_spreads(draw(generator), tried, fit, int(generator.integers(2**31))) for generator in others])
    fitted = np.isfinite(here) & np.isfinite(there).all(axis=0)
    gaps = (there.mean(axis=0) - here)[fitted]
    errors = there.std(axis=0)[fitted] * np.sqrt(1 + 1 / draws)
    kept = tuple(k for k, one in zip(tried, fitted, strict=True) if one)
    return GapCurve(kept, tuple(gaps.tolist()), tuple(errors.tolist()), rule(kept, gaps, errors), len(sample), draws)


def rule(ks: Sequence[int], gaps: NDArray[np.float64], errors: NDArray[np.float64]) -> int:
    """Return the smallest of `ks` whose gap is within two standard errors of the highest.

    Examples
    --------
    >>> rule((1, 2, 3, 4), np.array([0.0, -0.1, 0.7, 0.75]), np.array([0.1, 0.1, 0.1, 0.1]))
    3
    """
    best = int(gaps.argmax())
    return ks[int(np.flatnonzero(gaps >= gaps[best] - 2 * errors[best])[0])]


def _log_spreads(points: NDArray[np.float64], ks: Sequence[int], fit: Fitter, seed: int) -> NDArray[np.float64]:
    """Logarithm of W for each k; NaN where the method refuses."""
    whole = inertia_of(points, np.zeros(len(points), dtype=np.int64), 1)
    spreads = []
    for k in ks:
        try:
            spreads.append(whole if k == 1 else inertia_of(points, fit(points, k, seed=seed, quick=True).labels, k))
        except DataRefused:
            spreads.append(np.nan)
    # Where every segment is a single point nothing is left to take the logarithm of.
    logarithms: NDArray[np.float64] = np.log(np.maximum(np.array(spreads) / whole, _NOTHING)) + np.log(whole)
    return logarithms


def _one_group(points: NDArray[np.float64], exclusive: Sequence[Sequence[int]], seed: int) -> Draw:
    reference = one_group(points, exclusive, seed=seed)
    return lambda generator: reference.draw(len(points), generator)


def _box(points: NDArray[np.float64]) -> Draw:
    centre = points.mean(axis=0)
    axes = np.linalg.svd(points - centre, full_matrices=False)[2]
    along = (points - centre) @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    return lambda generator: generator.uniform(low, high, size=(len(points), len(low))) @ axes + centre
