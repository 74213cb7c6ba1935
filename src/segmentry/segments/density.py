"""Groups are crowded regions, whoever stands between them belongs to none: HDBSCAN (Campello, Moulavi and Sander 2013) of scikit-learn.

The distance between two customers counts as no less than that to the `neighbours`-th neighbour of either; groups are the branches of the single-linkage
tree of these distances that hold at least `smallest` customers and last longest while the distance grows. It finds its own number of groups.
Above 20,000 customers a seeded sample is clustered. Everyone else, and everyone new, joins the group of whose radius (the distance to its mean within
which 95 % of its members are) he needs the smallest share, and none when he is beyond all: an approximation that is right for compact groups
and coarse for rings and chains. Not for many features, where crowds thin out and nearly everyone is left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.segments.clustering import UNASSIGNED, Clustering, distances, means
from segmentry.segments.threads import one_thread
from segmentry.segments.weighing import counts_of, weighted_inertia

FIT_ROWS = 20_000
FEWEST_MEMBERS, SMALLEST_SHARE = 10, 0.01
REACH = 0.95
_BATCH = 200_000


@dataclass(frozen=True, slots=True)
class Within:
    """The group of whose radius a point needs the smallest share; none beyond all radii.

    Parameters
    ----------
    centres : float array, shape (k, p)
    radii : float array, shape (k,)
        Above zero.

    Examples
    --------
    >>> rule = Within(np.array([[0.0], [10.0]]), np.array([1.0, 5.0]))
    >>> rule.assign(np.array([[0.5], [6.0], [-3.0]])).tolist()
    [0, 1, -1]
    """

    centres: NDArray[np.float64]
    radii: NDArray[np.float64]

    def assign(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the group of each point, shape (n,); ties go to the first, −1 beyond all radii."""
        labels = np.full(len(points), UNASSIGNED, dtype=np.int64)
        for start in range(0, len(points) if len(self.radii) else 0, _BATCH):
            needed = self._needed(points[start : start + _BATCH])
            labels[start : start + _BATCH] = np.where(needed.min(axis=1) <= 1, needed.argmin(axis=1), UNASSIGNED)
        return labels

    def confidence(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``1 - u1 / u2`` of the shares of the radii of the best and second best group, shape (n,); 0 beyond all radii."""
        result = np.zeros(len(points))
        for start in range(0, len(points) if len(self.radii) else 0, _BATCH):
            needed = np.sort(self._needed(points[start : start + _BATCH]), axis=1)
            ratio = (
                np.divide(needed[:, 0], needed[:, 1], out=np.ones(len(needed)), where=needed[:, 1] > 0)
                if len(self.radii) > 1
                else needed[:, 0]
            )
            result[start : start + _BATCH] = np.where(needed[:, 0] <= 1, 1 - ratio, 0.0)
        return result

    def ordered(self, order: list[int]) -> Within:
        """Return the rule with its groups in another order."""
        return Within(self.centres[order], self.radii[order])

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return its numbers by name."""
        return {"centres": self.centres, "radii": self.radii}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Within:
        """Rebuild the rule from what `arrays` gave.

        Raises
        ------
        KeyError, ValueError
            When a part is missing, or the parts do not fit each other.
        """
        centres, radii = np.array(arrays["centres"], dtype=np.float64), np.array(arrays["radii"], dtype=np.float64)
        if centres.ndim != 2 or radii.shape != centres.shape[:1] or not np.isfinite(centres).all() or not (radii > 0).all():
            raise ValueError(f"centres {centres.shape} and radii {radii.shape} do not fit each other, or are not finite and positive")
        return cls(centres, radii)

    def _needed(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.sqrt(distances(points, self.centres)) / self.radii)


def fit_density(
    points: NDArray[np.float64],
    *,
    seed: int,
    smallest: int | None = None,
    largest: int | None = None,
    neighbours: int | None = None,
    weights: NDArray[np.float64] | None = None,
    fewest: int = 2,
) -> Clustering:
    """Find the crowded regions of finite `points`, shape (n, p); groups are numbered by size, the largest first.

    Parameters
    ----------
    points : float array, shape (n, p)
    seed : int
        Of the sample; not needed up to 20,000 customers.
    smallest, largest : int, optional
        Fewest and most customers of a group; by default no fewer than 10 and 1 %, and no limit. In a sample both shrink with it.
    neighbours : int, optional
        How many neighbours make a crowd, the customer included; more leave more customers unassigned. By default `smallest`.
    weights : int array, shape (n,), optional
        How often each point is repeated: whole numbers.
    fewest : int
        Groups that must be found; with 0, no group at all is an answer (every label is −1).

    Returns
    -------
    Clustering
        Its rule is `Within`; the labels of the customers it was fitted on are those of HDBSCAN.

    Raises
    ------
    UsageError
        When an argument is out of its range.
    NotEnoughData
        When there is no point.
    Degenerate
        When fewer than `fewest` groups are found.

    Examples
    --------
    >>> points = np.concatenate([np.linspace(0, 1, 12), np.linspace(9, 10, 20), [50.0]])[:, None]
    >>> found = fit_density(points, seed=0, smallest=5)
    >>> np.unique(found.labels, return_counts=True)[1].tolist(), found.centres.ravel().round(3).tolist()
    ([1, 20, 12], [9.5, 0.5])
    """
    counts = counts_of(points, 1, weights)
    broken = int((counts != np.rint(counts)).sum())
    if broken:
        raise UsageError(
            f"{broken:,} of {len(counts):,} weights are not whole numbers; allowed are counts here, because a crowd is counted. "
            "Round them, or repeat the points."
        )
    everyone = np.repeat(np.arange(len(points)), counts.astype(np.int64))
    rows = everyone
    if len(everyone) > FIT_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(everyone, size=FIT_ROWS, replace=False))
    least = _least(smallest, largest, neighbours, len(everyone))
    share = len(rows) / len(everyone)
    most = None if largest is None else max(2, round(largest * share))
    found = _crowds(points[rows], max(2, round(least * share)), most, neighbours)
    k = int(found.max(initial=UNASSIGNED)) + 1
    if k < fewest:
        raise Degenerate(_continuous(k, fewest, least))
    rule = _within(points[rows], found, k)
    labels = rule.assign(points)
    labels[rows] = found
    return Clustering("density", labels, rule, weighted_inertia(points, labels, k, counts), len(rows))


def _least(smallest: int | None, largest: int | None, neighbours: int | None, customers: int) -> int:
    """Check the limits, and return how many customers a group needs."""
    if smallest is not None:
        check_range("smallest", smallest, 2, max(2, customers))
    least = smallest or max(FEWEST_MEMBERS, int(np.ceil(SMALLEST_SHARE * customers)))
    if largest is not None:
        check_range("largest", largest, least, max(least, customers))
    if neighbours is not None:
        check_range("neighbours", neighbours, 1, customers)
    return least


def _crowds(points: NDArray[np.float64], smallest: int, largest: int | None, neighbours: int | None) -> NDArray[np.int64]:
    """Return the labels of HDBSCAN, numbered by size; all −1 when there are too few points for it."""
    from sklearn.cluster import HDBSCAN

    needed = smallest if neighbours is None else neighbours
    if len(points) < max(2, smallest, needed):
        return np.full(len(points), UNASSIGNED, dtype=np.int64)
    model = HDBSCAN(min_cluster_size=smallest, max_cluster_size=largest, min_samples=needed, n_jobs=1, copy=True)
    with one_thread():
        found = np.asarray(model.fit(points).labels_, dtype=np.int64)
    names, first, sizes = np.unique(found[found >= 0], return_index=True, return_counts=True)
    places = np.full(len(names) + 1, UNASSIGNED, dtype=np.int64)
    places[np.lexsort((first, -sizes))] = np.arange(len(names))
    return places[found]


def _within(points: NDArray[np.float64], labels: NDArray[np.int64], k: int) -> Within:
    centres = means(points, labels, k)
    squared = ((points - centres[labels]) ** 2).sum(axis=1) if k else np.zeros(len(points))
    radii = np.array([np.sqrt(np.quantile(squared[labels == each], REACH)) for each in range(k)])
    # A group of equal customers reaches those who equal them, but for the rounding of the mean.
    return Within(centres, np.maximum(radii, 1e-9 * np.abs(points).max(initial=0.0)))


def _continuous(found: int, fewest: int, smallest: int) -> Problem:
    groups = "no crowded region" if found == 0 else f"{found} crowded region{'s' if found > 1 else ''}"
    reason = f"found {groups} of {smallest:,} customers or more; {fewest} are needed to tell groups apart"
    return Problem(
        "NO_DENSE_GROUPS",
        reason,
        "allow smaller groups, cluster on fewer features, or take a method that divides a continuum, such as k-means",
    )
