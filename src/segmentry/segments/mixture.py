"""Gaussian mixtures with weights: groups that are stretched, of unequal size, and shared by degrees.

Customers are drawn from k normal distributions; the share π, mean μ and covariance Σ of each maximise the likelihood, by expectation-maximisation
(Dempster, Laird and Rubin 1977) from k-means starts. The degree to which a customer x belongs to group j is ``π_j N(x; μ_j, Σ_j) / Σ_i π_i N(x; μ_i, Σ_i)``.
Likelihood, criteria and covariance types are those of scikit-learn's GaussianMixture, which knows no weights. `RIDGE` of each feature's variance
is added to the covariances: without it a group of equal customers would have an infinite likelihood. A square root of the inverse covariance (lower
triangular W with ``WᵀW = Σ⁻¹``) is what is stored. Not for flags and levels of categories, which no normal distribution describes; nor for fewer than some
``10 p`` customers per group with full covariances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice, check_range
from segmentry.errors import Degenerate, Problem
from segmentry.segments.clustering import Clustering
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.threads import one_thread
from segmentry.segments.weighing import counts_of, drawn, too_few_different, weighted_inertia

Covariance = Literal["full", "tied", "diag", "spherical"]
FIT_ROWS = 50_000
START_ROWS = 10_000
RIDGE = 1e-3
ROUNDS, TOLERANCE = 300, 1e-5
_COARSE_ROUNDS, _QUICK_ROUNDS, _COARSE = 50, 20, 1e-3
_BATCH = 8_192
_NEVER_ZERO = 10 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Gaussians:
    """The most probable of k normal distributions.

    Parameters
    ----------
    weights : float array, shape (k,)
        Share of customers of each group; they sum to 1.
    centres : float array, shape (k, p)
        Means.
    whitening : float array, shape (k, p, p)
        Lower triangular W with ``WᵀW = Σ⁻¹``.
    converged : bool
        False when the likelihood was still growing at the last round.

    Examples
    --------
    >>> pair = Gaussians.of(np.array([0.5, 0.5]), np.array([[0.0], [4.0]]), np.ones((2, 1, 1)))
    >>> points = np.array([[0.0], [2.0], [4.0]])
    >>> pair.assign(points).tolist(), pair.confidence(points).round(3).tolist()
    ([0, 0, 1], [0.999, 0.0, 0.999])
    """

    weights: NDArray[np.float64]
    centres: NDArray[np.float64]
    whitening: NDArray[np.float64]
    converged: bool = True

    @classmethod
    def of(cls, weights: NDArray[np.float64], centres: NDArray[np.float64], covariances: NDArray[np.float64]) -> Gaussians:
        """Return the mixture with these covariances, shape (k, p, p), positive definite."""
        from scipy.linalg import solve_triangular

        unit = np.eye(centres.shape[1])
        factors = np.linalg.cholesky(covariances)
        return cls(weights, centres, np.array([solve_triangular(factor, unit, lower=True) for factor in factors]))

    @property
    def covariances(self) -> NDArray[np.float64]:
        """Covariance of each group, shape (k, p, p)."""
        roots = np.linalg.inv(self.whitening)
        return np.asarray(roots @ roots.transpose(0, 2, 1))

    def assign(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the most probable group of each point, shape (n,); ties go to the first."""
        return self.scored(points)[0]

    def membership(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each group for each point, shape (n, k); rows sum to 1, a row has the same bits in any batch."""
        result = np.empty((len(points), len(self.weights)))
        for rows, joint in self._batches(points):
            result[rows] = _shares(joint)[0].T
        return result

    def confidence(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of the own group less that of the next, shape (n,): 1 when there is no doubt, 0 between two groups."""
        if len(self.weights) == 1:
            return np.ones(len(points))
        highest = np.sort(self.membership(points), axis=1)[:, -2:]
        return np.asarray(highest[:, 1] - highest[:, 0])

    def log_likelihood(self, points: NDArray[np.float64], counts: NDArray[np.float64] | None = None) -> float:
        """Return the log-likelihood of all points, each as often as it counts."""
        densities = self.scored(points)[1]
        return float(densities.sum() if counts is None else (densities * counts).sum())

    def ordered(self, order: list[int]) -> Gaussians:
        """Return the rule with its groups in another order."""
        return Gaussians(self.weights[order], self.centres[order], self.whitening[order], self.converged)

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return its numbers by name."""
        return {
            "weights": self.weights,
            "centres": self.centres,
            "whitening": self.whitening,
            "converged": np.array([float(self.converged)]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Gaussians:
        """Rebuild the rule from what `arrays` gave: the same bits.

        Raises
        ------
        KeyError, ValueError
            When a part is missing, or the parts do not fit each other.
        """
        weights, centres, whitening = (np.array(arrays[name], dtype=np.float64) for name in ("weights", "centres", "whitening"))
        if centres.ndim != 2 or weights.shape != centres.shape[:1] or whitening.shape != (*centres.shape, centres.shape[1]):
            raise ValueError(f"weights {weights.shape}, centres {centres.shape} and whitening {whitening.shape} do not fit each other")
        if not all(np.isfinite(part).all() for part in (weights, centres, whitening)) or (weights <= 0).any():
            raise ValueError("a number of the mixture is not finite or a weight is not positive")
        if np.triu(whitening, 1).any() or (np.diagonal(whitening, axis1=1, axis2=2) <= 0).any():
            raise ValueError("whitening is not lower triangular with a positive diagonal")
        return cls(weights, centres, whitening, bool(np.ravel(arrays["converged"])[0]))

    def scored(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the most probable group and the log density of each point, both shape (n,)."""
        labels, densities = np.empty(len(points), dtype=np.int64), np.empty(len(points))
        for rows, joint in self._batches(points):
            labels[rows] = joint.argmax(axis=0)
            densities[rows] = _shares(joint)[1]
        return labels, densities

    def _batches(self, points: NDArray[np.float64]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        for start in range(0, len(points), _BATCH):
            rows = slice(start, start + _BATCH)
            yield rows, _joint(np.ascontiguousarray(points[rows].T), self, _column_by_column)


def fit_mixture(
    points: NDArray[np.float64],
    k: int,
    *,
    seed: int,
    covariance: Covariance = "full",
    starts: int = 3,
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,
) -> Clustering:
    """Cluster finite `points`, shape (n, p), into `k` groups; seeded samples serve above 10,000 (starts) and 50,000 (fit).

    Parameters
    ----------
    points : float array, shape (n, p)
    k : int
    seed : int
        Same points, settings and seed: same bits.
    covariance : {"full", "tied", "diag", "spherical"}
        Each group has a covariance of its own; all share one; each has a variance per feature; each has one variance.
    starts : int
        k-means starts; the likeliest mixture is kept.
    weights : float array, shape (n,), optional
        How often each point counts.
    quick : bool
        One start and a coarse stop, to compare many fits; a group may then be the most probable of no customer.

    Returns
    -------
    Clustering
        Its rule is `Gaussians`, which says whether it converged.

    Raises
    ------
    UsageError
        When an argument is out of its range.
    NotEnoughData
        When there are fewer points than groups.
    Degenerate
        When there are fewer different points than groups, or every start leaves a group without customers.

    Examples
    --------
    >>> points = np.array([[0.0], [0.2], [9.0], [9.2], [9.4]])
    >>> found = fit_mixture(points, 2, seed=0)
    >>> sorted(found.rule.weights.round(3).tolist()), found.rule.converged
    ([0.4, 0.6], True)
    """
    check_choice("covariance", covariance, get_args(Covariance))
    check_range("starts", starts, 1, 1_000)
    counts = counts_of(points, k, weights)
    sample, times = drawn(points, counts, FIT_ROWS, seed)
    small, small_times = drawn(sample, times, START_ROWS, seed + 1)
    with one_thread():
        found = [
            climb(small, first, covariance, counts=small_times, tolerance=_COARSE, rounds=_QUICK_ROUNDS if quick else _COARSE_ROUNDS)
            for first in _starts(small, small_times, k, covariance, seed=seed, starts=1 if quick else starts)
        ]
        for coarse in sorted(found, key=lambda each: -each.log_likelihood(small, small_times)):
            fit = coarse if quick else climb(sample, coarse, covariance, counts=times)
            labels, densities = fit.scored(points)
            if quick or len(np.unique(labels)) == k:
                likelihood = float((densities * counts).sum())
                inertia = weighted_inertia(points, labels, k, counts)
                return Clustering("gmm", labels, fit, inertia, len(sample), likelihood, parameters(k, points.shape[1], covariance))
    reason = f"every mixture of {k} groups that was found has one that is the most probable of no customer"
    raise Degenerate(Problem("EMPTY_GROUP", reason, "ask for fewer segments"))


def climb(
    points: NDArray[np.float64],
    first: Gaussians,
    covariance: Covariance = "full",
    *,
    counts: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
    rounds: int = ROUNDS,
) -> Gaussians:
    """Return the mixture at the end of expectation-maximisation from `first`.

    Parameters
    ----------
    points : float array, shape (n, p)
    first : Gaussians
    covariance : {"full", "tied", "diag", "spherical"}
    counts : float array, shape (n,), optional
        How often each point counts.
    tolerance : float
        It has converged when the mean log-likelihood of a round grows by less.
    rounds : int
        Most rounds.
    """
    times = np.ones(len(points)) if counts is None else counts
    columns, ridge = np.ascontiguousarray(points.T), _ridge(points, times)
    fit, before = first, -np.inf
    for _ in range(rounds):
        shares, densities = _shares(_joint(columns, fit, np.matmul))
        reached = float(densities @ times) / float(times.sum())
        if reached - before < tolerance:
            return fit
        fit, before = _maximised(columns, shares * times, covariance, ridge), reached
    return replace(fit, converged=False)


def parameters(k: int, features: int, covariance: Covariance) -> int:
    """Return the free parameters of a mixture.

    Examples
    --------
    >>> [parameters(3, 2, each) for each in ("full", "tied", "diag", "spherical")]
    [17, 11, 14, 11]
    """
    triangle = features * (features + 1) // 2
    spread = {"full": k * triangle, "tied": triangle, "diag": k * features, "spherical": k}
    return spread[covariance] + k * features + k - 1


def _starts(
    points: NDArray[np.float64], counts: NDArray[np.float64], k: int, covariance: Covariance, *, seed: int, starts: int
) -> list[Gaussians]:
    """Return the mixtures of different k-means solutions."""
    columns, ridge = np.ascontiguousarray(points.T), _ridge(points, counts)
    found: dict[float, Gaussians] = {}
    weights = None if (counts == 1).all() else counts
    for place in range(starts):
        clustered = fit_kmeans(points, k, seed=seed + place, starts=4, weights=weights, quick=True)
        own = np.arange(k)[:, None] == clustered.labels
        if not own.any(axis=1).all():
            raise too_few_different(int(own.any(axis=1).sum()), k)
        # The same groups in another order start the same climb.
        found.setdefault(round(clustered.inertia, 6), _maximised(columns, own * counts, covariance, ridge))
    return list(found.values())


def _ridge(points: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is added to each variance, shape (p,); a constant feature counts as one of middling variance."""
    variances = np.average((points - np.average(points, axis=0, weights=counts)) ** 2, axis=0, weights=counts)
    middling = float(variances.mean()) or 1.0
    return RIDGE * np.where(variances > 0, variances, middling)


def _maximised(columns: NDArray[np.float64], shares: NDArray[np.float64], covariance: Covariance, ridge: NDArray[np.float64]) -> Gaussians:
    """Return the likeliest mixture when points, shape (p, n), belong to the groups by `shares`, shape (k, n)."""
    sizes = shares.sum(axis=1) + _NEVER_ZERO
    centres = shares @ columns.T / sizes[:, None]
    spread = _scatter if covariance in {"full", "tied"} else _variances
    covariances = np.array(
        [spread(columns - centre[:, None], share) / size for centre, share, size in zip(centres, shares, sizes, strict=True)]
    )
    if covariance == "tied":
        covariances[:] = np.average(covariances, axis=0, weights=sizes)
    covariances += np.diag(ridge)
    if covariance == "spherical":
        covariances = np.array([np.eye(len(ridge)) * np.diagonal(each).mean() for each in covariances])
    return Gaussians.of(sizes / sizes.sum(), centres, covariances)


def _scatter(apart: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((apart * share) @ apart.T)


def _variances(apart: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.diag(apart**2 @ share)


def _joint(
    columns: NDArray[np.float64], mixture: Gaussians, product: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the log of weight times density of points, shape (p, n), under each group, shape (k, n)."""
    result = np.empty((len(mixture.weights), columns.shape[1]))
    for place, (weight, centre, whitening) in enumerate(zip(mixture.weights, mixture.centres, mixture.whitening, strict=True)):
        height = np.log(weight) + np.log(np.diagonal(whitening)).sum() - 0.5 * len(centre) * np.log(2 * np.pi)
        squared = np.zeros(columns.shape[1])
        # Feature by feature: a sum along an axis may add in another order when there is one point only.
        for row in product(whitening, columns - centre[:, None]):
            squared += row * row
        result[place] = height - 0.5 * squared
    return result


def _column_by_column(whitening: NDArray[np.float64], apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the product of a lower triangular matrix and points, shape (p, n), with the same bits for a point in any batch."""
    result = np.zeros_like(apart)
    for place, column in enumerate(apart):
        last = int(np.flatnonzero(whitening[:, place])[-1]) + 1
        result[place:last] += whitening[place:last, place, None] * column
    return result


def _shares(joint: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of each group in each point, shape (k, n), and the log density of the points, shape (n,)."""
    highest = joint.max(axis=0)
    shares = np.exp(joint - highest)
    total = np.zeros(joint.shape[1])
    for row in shares:
        total += row
    return shares / total, highest + np.log(total)
