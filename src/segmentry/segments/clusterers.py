"""The methods as scikit-learn estimators, for pipelines and notebooks: parameters in, a `Clustering` out.

Equal rows are put together and ordered before a method sees them, so that neither the order of the rows nor whether a customer is repeated or weighted
changes a bit. Labels run from 0, −1 is none, and `predict` follows the frozen rule (`clustering_.rule`); for trees and crowds that is nearly, not always, what
`labels_` says. Nothing is prepared here: see `preparation`; and nothing is chosen: see `selection`. Segments with ids, names and profiles are
made by `segmentation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from segmentry.segments.clustering import Clustering, Rule
from segmentry.segments.density import fit_density
from segmentry.segments.dissimilarity import Distance
from segmentry.segments.duplicates import distinct
from segmentry.segments.hierarchical import fit_hierarchical
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.linkage import Linkage
from segmentry.segments.mixture import Covariance, Gaussians, fit_mixture
from segmentry.segments.prototypes import fit_prototypes
from segmentry.segments.spherical import fit_spherical
from segmentry.segments.threads import one_thread
from segmentry.segments.weighing import counts_of, too_few_different

Random = int | RandomState | None
Floats = NDArray[np.float64]
Model = TypeVar("Model")


class KMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Each customer in the group whose average is nearest; see `kmeans`.

    Parameters
    ----------
    n_clusters : int
    starts : int
        Random starts; the best is kept.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : int array, shape (n,)
    centres_ : float array, shape (n_clusters, p)
    clustering_ : Clustering
        With rule and inertia.
    n_features_in_ : int

    Examples
    --------
    >>> model = KMeans(2, random_state=0).fit([[0.0], [0.2], [9.0], [9.2]])
    >>> sorted(model.centres_.ravel().round(3).tolist())
    [0.1, 9.1]
    """

    def __init__(self, n_clusters: int = 3, *, starts: int = 20, random_state: Random = None) -> None:
        self.n_clusters = n_clusters
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> KMeans:  # noqa: ARG002, N803
        """Learn the groups of X, shape (n, p); weights say how often each row counts."""
        return _learned(self, X, sample_weight, partial(fit_kmeans, k=self.n_clusters, starts=self.starts))

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """Return the group of each row, shape (n,)."""
        return _placed(self, X)


class Hierarchical(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """A tree of joins, cut at a number of groups; see `hierarchical`.

    Parameters
    ----------
    n_clusters : int
    linkage : {"ward", "single", "average", "complete", "centroid", "weighted"}
    distance : {"euclidean", "cosine", "manhattan", "correlation"}
        Ward and centroid ask for the euclidean one.
    random_state : int, RandomState or None
        Used above some thousand customers, where micro-clusters are joined.

    Attributes
    ----------
    labels_ : int array, shape (n,)
    centres_ : float array, shape (n_clusters, p)
    clustering_ : Clustering
    n_features_in_ : int

    Examples
    --------
    >>> Hierarchical(2).fit_predict([[0.0], [0.2], [9.0], [9.2]]).tolist()
    [0, 0, 1, 1]
    """

    def __init__(
        self, n_clusters: int = 3, *, linkage: Linkage = "ward", distance: Distance = "euclidean", random_state: Random = None
    ) -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.distance = distance
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Hierarchical:  # noqa: ARG002, N803
        """Learn the groups of X, shape (n, p); weights say how often each row counts."""
        return _learned(self, X, sample_weight, partial(fit_hierarchical, k=self.n_clusters, linkage=self.linkage, distance=self.distance))

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """Return the group with the nearest mean of each row, shape (n,): nearly what the tree says."""
        return _placed(self, X)


class GaussianMixture(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """The most probable of several normal distributions; see `mixture`.

    Parameters
    ----------
    n_clusters : int
    covariance : {"full", "tied", "diag", "spherical"}
    starts : int
        Random starts; the likeliest is kept.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : int array, shape (n,)
    centres_ : float array, shape (n_clusters, p)
    clustering_ : Clustering
        With likelihood, BIC and AIC; its rule says whether it converged.
    n_features_in_ : int

    Examples
    --------
    >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [0.2], [9.0], [9.2]])
    >>> model.predict_proba([[0.1]]).max().round(3)
    np.float64(1.0)
    """

    def __init__(self, n_clusters: int = 3, *, covariance: Covariance = "full", starts: int = 3, random_state: Random = None) -> None:
        self.n_clusters = n_clusters
        self.covariance = covariance
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> GaussianMixture:  # noqa: ARG002, N803
        """Learn the mixture of X, shape (n, p); weights say how often each row counts."""
        return _learned(self, X, sample_weight, partial(fit_mixture, k=self.n_clusters, covariance=self.covariance, starts=self.starts))

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """Return the most probable group of each row, shape (n,)."""
        return _placed(self, X)

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Return the probability of each group for each row, shape (n, n_clusters)."""
        points = _rows(self, X)
        rule: Gaussians = self.clustering_.rule
        return rule.membership(points)


class KPrototypes(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Alike in numbers and mostly equal in categories; see `prototypes`.

    Parameters
    ----------
    n_clusters : int
    exclusive : sequence of sequences of int
        Columns that are the levels of one category, per category.
    starts : int
        Random starts; the best is kept.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : int array, shape (n,)
    centres_ : float array, shape (n_clusters, p)
        Means of the numbers, the most common level of each category.
    clustering_ : Clustering
    n_features_in_ : int

    Examples
    --------
    >>> model = KPrototypes(2, exclusive=[(1, 2)], random_state=0).fit([[0.0, 1, 0], [0.2, 1, 0], [0.1, 0, 1], [5.0, 0, 1], [5.2, 0, 1]])
    >>> sorted(model.centres_.round(2).tolist())
    [[0.1, 1.0, 0.0], [5.1, 0.0, 1.0]]
    """

    def __init__(
        self, n_clusters: int = 3, *, exclusive: Sequence[Sequence[int]] = (), starts: int = 10, random_state: Random = None
    ) -> None:
        self.n_clusters = n_clusters
        self.exclusive = exclusive
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> KPrototypes:  # noqa: ARG002, N803
        """Learn the groups of X, shape (n, p); weights say how often each row counts."""
        return _learned(self, X, sample_weight, partial(fit_prototypes, k=self.n_clusters, exclusive=self.exclusive, starts=self.starts))

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """Return the group of each row, shape (n,)."""
        return _placed(self, X)


class Density(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Crowded regions, however many there are, possibly none; see `density`.

    Parameters
    ----------
    smallest, largest : int, optional
        Fewest and most customers of a group.
    neighbours : int, optional
        How many neighbours make a crowd; by default `smallest`.
    random_state : int, RandomState or None
        Used above 20,000 customers, where a sample is clustered.

    Attributes
    ----------
    labels_ : int array, shape (n,)
        The largest group is 0; −1 for those who stand between the crowds.
    centres_ : float array, shape (k, p)
    clustering_ : Clustering
    n_features_in_ : int

    Examples
    --------
    >>> Density(smallest=3).fit_predict([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [9.3], [99.0]]).tolist()
    [1, 1, 1, 0, 0, 0, 0, -1]
    """

    def __init__(
        self,
        *,
        smallest: int | None = None,
        largest: int | None = None,
        neighbours: int | None = None,
        random_state: Random = None,
    ) -> None:
        self.smallest = smallest
        self.largest = largest
        self.neighbours = neighbours
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Density:  # noqa: ARG002, N803
        """Learn the groups of X, shape (n, p); weights are whole numbers and say how often each row counts."""
        fit = partial(fit_density, smallest=self.smallest, largest=self.largest, neighbours=self.neighbours, fewest=0)
        return _learned(self, X, sample_weight, fit)

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """Return the group of each row, shape (n,): the one whose radius it is within, −1 beyond all."""
        return _placed(self, X)


class SphericalKMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Groups of rows that point the same way, for affinities; see `spherical`.

    Parameters
    ----------
    n_clusters : int
    starts : int
        Random starts; the best is kept.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : int array, shape (n,)
        −1 for a row of zeros.
    centres_ : float array, shape (n_clusters, p)
        Directions of length one.
    clustering_ : Clustering
    n_features_in_ : int

    Examples
    --------
    >>> SphericalKMeans(2, random_state=0).fit([[9.0, 1.0], [0.9, 0.1], [1.0, 8.0], [2.0, 16.0]]).predict([[0.0, 0.0]]).tolist()
    [-1]
    """

    def __init__(self, n_clusters: int = 3, *, starts: int = 10, random_state: Random = None) -> None:
        self.n_clusters = n_clusters
        self.starts = starts
        self.random_state = random_state

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> SphericalKMeans:  # noqa: ARG002, N803
        """Learn the groups of X, shape (n, p), not negative; weights say how often each row counts."""
        return _learned(self, X, sample_weight, partial(fit_spherical, k=self.n_clusters, starts=self.starts))

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """Return the direction of each row, shape (n,); −1 for a row of zeros."""
        return _placed(self, X)

    def __sklearn_tags__(self) -> Tags:
        """Say that rows must not be negative."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


CLUSTERERS = (KMeans, Hierarchical, GaussianMixture, KPrototypes, Density, SphericalKMeans)


def _learned(model: Model, rows: Any, weights: Any, fit: Callable[..., Clustering]) -> Model:
    """Set what was learned: from the different rows, in an order of values alone, each as often as it counts."""
    learning: Any = model
    points = _rows(model, rows, first=True)
    counts = counts_of(points, 1, None if weights is None else np.asarray(weights, dtype=np.float64))
    first, places = distinct(points)
    times = np.bincount(places, weights=counts)
    different, kept = points[first], times > 0
    groups = getattr(model, "n_clusters", 1)
    if kept.sum() < groups <= counts.sum():
        raise too_few_different(int(kept.sum()), groups)
    seed = int(check_random_state(learning.random_state).randint(np.iinfo(np.int32).max))
    with one_thread():
        found = fit(different[kept], seed=seed, weights=None if (times[kept] == 1).all() else times[kept])
    labels = found.rule.assign(different)
    labels[kept] = found.labels
    learning.clustering_, learning.labels_, learning.centres_ = found, labels[places], found.centres
    return model


def _rows(model: Any, rows: Any, *, first: bool = False) -> Floats:
    if not first:
        check_is_fitted(model)
    points = validate_data(model, rows, reset=first, dtype=np.float64, ensure_min_samples=2 if first else 1)
    if model.__sklearn_tags__().input_tags.positive_only:
        check_non_negative(points, type(model).__name__)
    # The two zeros are one number and two patterns of bits.
    return np.asarray(points + 0.0)


def _placed(model: Any, rows: Any) -> NDArray[np.int64]:
    points = _rows(model, rows)
    rule: Rule = model.clustering_.rule
    return rule.assign(points)
