"""The clustering methods by name: what each is good at, and how it is asked for several numbers of segments at once.

A tree is grown once and cut at every k; the other methods are fitted for each. `METHODS` is also the order in which equals are preferred: from the
method that is easiest to explain to the one that is hardest. Not for choosing: see `selection` and `comparison`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.segments.clustering import Clustering, Fitter, Nearest, Rule
from segmentry.segments.coreset import draw
from segmentry.segments.kmeans import CORESET_ROWS, EXACT_ROWS, fit_kmeans

# Customers per number that one group's spread needs, below which features are taken as independent within a group.
PER_PARAMETER = 25


@dataclass(frozen=True, slots=True)
class Method:
    """A method in words.

    Parameters
    ----------
    name : str
        As in the settings; what stands behind a hyphen is the linkage of a tree or the covariance of a mixture.
    words : str
        As the field calls it.
    idea : str
        What it does, in a sentence that continues "It …".
    strength, weakness : str
        For whom it is good, and what to be careful about.
    """

    name: str
    words: str
    idea: str
    strength: str
    weakness: str


_MAIN = (
    Method(
        "kmeans",
        "k-means",
        "puts every customer into the group whose average customer is nearest",
        "easy to explain, quick on millions of customers, new customers are placed by the same rule",
        "expects groups that are round and of similar spread",
    ),
    Method(
        "hierarchical",
        "hierarchical (Ward)",
        "joins the most alike customers step by step until one tree holds all",
        "the tree shows which segments are sisters, so that segments can be joined or split later",
        "an early join is never undone; new customers are placed by the nearest average, which is another rule than the tree",
    ),
    Method(
        "kprototypes",
        "k-prototypes",
        "works like k-means and compares categories by whether they are equal",
        "numbers and categories take part side by side",
        "how much a category weighs against a number is a convention",
    ),
    Method(
        "gmm",
        "Gaussian mixture",
        "describes each group by an average and its own spread, and gives every customer a probability of each group",
        "finds stretched groups of unequal size and says how sure it is",
        "many parameters, so it needs many customers; hard to explain",
    ),
    Method(
        "density",
        "density (HDBSCAN)",
        "takes crowded regions for groups and leaves out who stands between them",
        "finds groups of any shape and its own number of them",
        "leaves customers unassigned; fails where crowding differs or features are many",
    ),
)
_LINKAGES = {
    "single": "nearest members",
    "average": "members on average",
    "complete": "farthest members",
    "centroid": "averages",
    "weighted": "members, each branch counting alike",
}
_SPREADS = {
    "full": "a spread of its own in every direction",
    "tied": "one spread for all groups",
    "diag": "a spread of its own per feature",
    "spherical": "one spread for all features",
}


def _variants() -> Iterator[Method]:
    for method in _MAIN:
        yield method
        if method.name == "hierarchical":
            for linkage, compared in _LINKAGES.items():
                idea = f"joins the most alike groups, compared by their {compared}, step by step until one tree holds all"
                yield replace(method, name=f"hierarchical-{linkage}", words=f"hierarchical ({linkage} linkage)", idea=idea)
        if method.name == "gmm":
            for covariance, spread in _SPREADS.items():
                idea = f"describes each group by an average and {spread}, and gives every customer a probability of each group"
                yield replace(method, name=f"gmm-{covariance}", words=f"Gaussian mixture ({covariance})", idea=idea)


METHODS: dict[str, Method] = {method.name: method for method in _variants()}


@dataclass(frozen=True, slots=True)
class Approach:
    """A method with its settings.

    Parameters
    ----------
    method : str
        Name of a method.
    starts : int
        Random starts, where the method has any; methods that take longer get fewer.
    exclusive : tuple of tuple of int
        Columns of the points that are the levels of one category (k-prototypes).
    index : {"silhouette", "calinski-harabasz", "davies-bouldin", "bic"}
        What decides on the number of segments; see `selection`.

    Examples
    --------
    >>> fits, left_out = Approach().fit_all(np.array([[0.0], [0.2], [9.0], [9.2]]), [2, 5], seed=0)
    >>> sorted(fits), left_out[5]
    ([2], 'need at least 5 customers for 5 segments; found 4')
    """

    method: str = "kmeans"
    starts: int = 20
    exclusive: tuple[tuple[int, ...], ...] = ()
    index: str = "silhouette"

    def __post_init__(self) -> None:
        """Check the name."""
        if self.method not in METHODS:
            raise UsageError(f"there is no method {self.method!r}; {suggestion(self.method, METHODS)}")

    @property
    def family(self) -> str:
        """The method without its variant."""
        return self.method.partition("-")[0]

    @property
    def variant(self) -> str:
        """Linkage of a tree or covariance of a mixture; empty for the usual one."""
        return self.method.partition("-")[2]

    @property
    def fit(self) -> Fitter:
        """The method as a function of points and k."""
        if self.family == "hierarchical":
            from segmentry.segments.hierarchical import fit_hierarchical

            linkage: Any = self.variant or "ward"
            return partial(fit_hierarchical, linkage=linkage)
        if self.family == "gmm":
            return partial(_mixture, starts=max(1, self.starts // 5), covariance=self.variant)
        if self.method == "kprototypes":
            from segmentry.segments.prototypes import fit_prototypes

            return partial(fit_prototypes, exclusive=self.exclusive, starts=max(1, self.starts // 2))
        if self.method == "density":
            return _density
        return partial(fit_kmeans, starts=self.starts)

    def fit_all(self, points: NDArray[np.float64], ks: Sequence[int], *, seed: int) -> tuple[dict[int, Clustering], dict[int, str]]:
        """Return the clusterings that are possible, by k, and why the others are not; density has one, under the k it finds."""
        ask = self._for_all(points, seed)
        fits: dict[int, Clustering] = {}
        left_out: dict[int, str] = {}
        for k in ks[:1] if self.method == "density" else ks:
            try:
                found = ask(points, k, seed=seed)
                fits[len(found.centres)] = found
            except (Degenerate, NotEnoughData) as refused:
                left_out[k] = refused.problems[0].reason
        return fits, left_out

    def _for_all(self, points: NDArray[np.float64], seed: int) -> Fitter:
        """Return the method with what all numbers of segments can share: one tree, one sample."""
        if self.family == "hierarchical":
            return _grown(points, seed, self.variant or "ward")
        if self.method == "kmeans" and len(points) > EXACT_ROWS:
            return partial(fit_kmeans, starts=self.starts, drawn=draw(points, CORESET_ROWS, seed=seed))
        return self.fit


def _mixture(
    points: NDArray[np.float64],
    k: int,
    *,
    seed: int,
    starts: int,
    covariance: Any = "",
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,
) -> Clustering:
    from segmentry.segments.mixture import fit_mixture

    features = points.shape[1]
    enough = len(points) >= PER_PARAMETER * features * (features + 3) / 2
    spread: Any = covariance or ("full" if enough else "diag")
    return fit_mixture(points, k, seed=seed, covariance=spread, starts=starts, weights=weights, quick=quick)


def _density(
    points: NDArray[np.float64],
    k: int,  # noqa: ARG001 - density finds its own number
    *,
    seed: int,
    weights: NDArray[np.float64] | None = None,
    quick: bool = False,  # noqa: ARG001
) -> Clustering:
    from segmentry.segments.density import fit_density

    # A resample in which nothing is crowded is told as such: all customers unassigned.
    return fit_density(points, seed=seed, weights=weights, fewest=2 if weights is None else 0)


def _grown(points: NDArray[np.float64], seed: int, linkage: Any) -> Fitter:
    """Return a fitter that grows one tree and cuts it at any k."""
    from segmentry.segments.hierarchical import growing

    grown = growing(points, seed=seed, linkage=linkage)

    def cut(
        points: NDArray[np.float64],  # noqa: ARG001
        k: int,
        *,
        seed: int,  # noqa: ARG001
        weights: NDArray[np.float64] | None = None,  # noqa: ARG001
        quick: bool = False,  # noqa: ARG001
    ) -> Clustering:
        return grown.at(k)

    return cut


def thawed(name: str, arrays: Mapping[str, Any]) -> Rule:
    """Rebuild a rule from its stored numbers; raises KeyError or ValueError when they do not fit."""
    if name == "nearest":
        return Nearest(np.array(arrays["centres"], dtype=np.float64))
    if name == "gaussians":
        from segmentry.segments.mixture import Gaussians

        return Gaussians.from_arrays(arrays)
    if name == "within":
        from segmentry.segments.density import Within

        return Within.from_arrays(arrays)
    raise ValueError(name)
