"""What every clustering method gives back: labels, and a frozen rule that puts any customer into one of its groups.

A rule is numbers only, so that it can be stored, and gives a row the same bits in any batch. `Nearest` is the rule of k-means and, as an approximation
that is measured, of trees; `Gaussians` that of mixtures. Not a home for methods: each has a file of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.tree import Tree

_BATCH = 200_000
_CHUNK = 4_096
UNASSIGNED = -1


class Rule(Protocol):
    """Puts points into groups 0 … k−1."""

    @property
    def centres(self) -> NDArray[np.float64]:
        """Middle of each group, shape (k, p)."""
        ...

    def assign(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the group of each point, shape (n,)."""
        ...

    def confidence(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how clearly each point belongs to its group, shape (n,), 0 (between two) to 1."""
        ...

    def ordered(self, order: list[int]) -> Rule:
        """Return the rule with its groups in another order."""
        ...

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return its numbers by name, for the store."""
        ...


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest centre; the confidence is ``1 - d1 / d2``, no probability.

    Parameters
    ----------
    centres : float array, shape (k, p)
    """

    centres: NDArray[np.float64]

    def assign(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the nearest centre of each point, shape (n,); ties go to the first."""
        return assign(points, self.centres)[0]

    def confidence(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``1 - d1 / d2`` of the distances to the nearest and second nearest centre, shape (n,)."""
        result = np.empty(len(points))
        for start in range(0, len(points), _BATCH):
            nearest = np.sort(np.sqrt(distances(points[start : start + _BATCH], self.centres)), axis=1)[:, :2]
            ratio = np.divide(nearest[:, 0], nearest[:, -1], out=np.ones(len(nearest)), where=nearest[:, -1] > 0)
            result[start : start + _BATCH] = 1.0 - ratio
        return result

    def ordered(self, order: list[int]) -> Nearest:
        """Return the rule with its groups in another order."""
        return Nearest(self.centres[order])

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the centres."""
        return {"centres": self.centres}


@dataclass(frozen=True, slots=True)
class Clustering:
    """Points in groups.

    Parameters
    ----------
    method : str
        Name of the method, as in the settings: "kmeans", "hierarchical", "gmm", "kprototypes" or "density".
    labels : int array, shape (n,)
        Group 0 … k−1 of every point; −1 for a point that belongs to none (density only).
    rule : Rule
        Puts any point into a group. For k-means and mixtures it gives `labels` again; for others nearly.
    inertia : float
        Sum of squared distances of the grouped points to the mean of their group.
    fitted_on : int
        Points the groups were found on; the others were assigned.
    log_likelihood : float or None
        Of all points, where the method has one; weighted, if weights were given.
    parameters : int
        Free parameters behind the likelihood.
    excess : float
        What working on fewer points costs, as a share. k-means: how much more inertia the points outside the sample would have without the steps
        over all points. Trees: of the variance, what is inside the leaves and no longer seen.
    tree : Tree or None
        Of a hierarchical method: what was cut.
    """

    method: str
    labels: NDArray[np.int64]
    rule: Rule
    inertia: float
    fitted_on: int
    log_likelihood: float | None = None
    parameters: int = 0
    excess: float = 0.0
    tree: Tree | None = None

    @property
    def centres(self) -> NDArray[np.float64]:
        """Middle of each group, shape (k, p)."""
        return self.rule.centres

    @property
    def bic(self) -> float | None:
        """Bayesian information criterion (Schwarz 1978), lower is better; None without a likelihood."""
        return None if self.log_likelihood is None else self.parameters * float(np.log(len(self.labels))) - 2 * self.log_likelihood

    @property
    def aic(self) -> float | None:
        """Akaike's information criterion (1974), lower is better; None without a likelihood."""
        return None if self.log_likelihood is None else 2.0 * self.parameters - 2 * self.log_likelihood


class Fitter(Protocol):
    """A clustering method with its settings: finds k groups."""

    def __call__(
        self, points: NDArray[np.float64], k: int, *, seed: int, weights: NDArray[np.float64] | None = None, quick: bool = False
    ) -> Clustering:
        """Return k groups of finite `points`, shape (n, p); `quick` asks for fewer starts and a coarse stop, to compare many fits."""
        ...


def distances(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return squared distances, shape (n, k).

    Summed feature by feature, so that a row has the same bits in any batch: no matrix product, whose sums depend on the batch.

    Examples
    --------
    >>> distances(np.array([[0.0, 3.0]]), np.array([[0.0, 0.0], [4.0, 0.0]])).tolist()
    [[9.0, 25.0]]
    """
    result = np.empty((len(points), len(centres)))
    for start in range(0, len(points), _CHUNK):
        rows = slice(start, start + _CHUNK)
        result[rows] = _squares(points[rows], centres).T
    return result


def assign(points: NDArray[np.float64], centres: NDArray[np.float64], batch: int = _BATCH) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest centre of each point and the squared distance to it, both shape (n,); ties go to the first centre."""
    labels = np.zeros(len(points), dtype=np.int64)
    nearest = np.empty(len(points))
    for start in range(0, len(points), min(batch, _CHUNK)):
        rows = slice(start, start + min(batch, _CHUNK))
        squared = _squares(points[rows], centres)
        own, least = labels[rows], squared[0]
        for place in range(1, len(centres)):
            np.copyto(own, place, where=squared[place] < least)
            np.minimum(least, squared[place], out=least)
        nearest[rows] = least
    return labels, nearest


def _squares(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances of few points, shape (k, n): small enough to stay in the processor's cache."""
    total = np.zeros((len(centres), len(points)))
    apart = np.empty_like(total)
    for column, coordinates in zip(np.ascontiguousarray(points.T), centres.T, strict=True):
        np.subtract(column, coordinates[:, None], out=apart)
        total += np.square(apart, out=apart)
    return total


def means(
    points: NDArray[np.float64], labels: NDArray[np.int64], k: int, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the (weighted) mean of each group, shape (k, p); points labelled −1 do not count, an empty group has NaN.

    Examples
    --------
    >>> means(np.array([[0.0], [2.0], [9.0]]), np.array([0, 0, 1]), 2).ravel().tolist()
    [1.0, 9.0]
    """
    inside = labels >= 0
    counts = np.ones(len(labels)) if weights is None else weights
    total = np.bincount(labels[inside], weights=counts[inside], minlength=k)
    result = np.full((k, points.shape[1]), np.nan)
    for place in range(points.shape[1]):
        sums = np.bincount(labels[inside], weights=(points[:, place] * counts)[inside], minlength=k)
        result[:, place] = np.divide(sums, total, out=np.full(k, np.nan), where=total > 0)
    return result


def inertia_of(points: NDArray[np.float64], labels: NDArray[np.int64], k: int) -> float:
    """Return the sum of squared distances of the grouped points to the mean of their group; the same measure for every method.

    Examples
    --------
    >>> inertia_of(np.array([[0.0], [2.0], [9.0]]), np.array([0, 0, -1]), 1)
    2.0
    """
    inside = labels >= 0
    centres = means(points, labels, k)
    return float(((points[inside] - centres[labels[inside]]) ** 2).sum())
