"""Segmentation: prepare, choose k, cluster, number the segments; a thin estimator over pure functions.

Segment ids are 1 … k by share of revenue, then size, then centre, so that the same data always gives the same ids. The confidence of an
assignment is ``1 - d1 / d2`` with d1 and d2 the distances to the nearest and second nearest centre: 1 at a centre, 0 on a border; it is no
probability. Not for data without comparable features, such as raw ids or dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import ModelRefused, NotEnoughData, Problem, UsageError
from segmentry.preparation.learning import Preparation, learn
from segmentry.segments.clustering import assign, distances
from segmentry.segments.inputs import as_matrix
from segmentry.segments.profiles import profile
from segmentry.segments.results import Projection, SegmentProfile, Selection
from segmentry.segments.selection import choose, named_space

_BATCH = 200_000


class Segmentation:
    """Customer segments by k-means in a standardised space.

    Parameters
    ----------
    k : int, optional
        Exactly so many segments; by default the rule of `selection.choose` decides.
    low, high : int
        Fewest and most segments the rule may choose.
    features : sequence of str, optional
        Columns to cluster on; by default all but categories.
    seed : int
        Same data, settings and seed: same bits.
    starts : int
        Random starts per k.

    Attributes
    ----------
    labels_ : int array, shape (n,)
        Segment ids 1 … k; 0 for customers set aside.
    centres_ : float array, shape (k, p)
        In the prepared space, in the order of the ids.
    selection_ : Selection
    preparation_ : Preparation
    confidence_ : float array, shape (n,)
        Of each assignment, 0 to 1; 0 for customers set aside.
    points_ : float array, shape (m, p)
        Prepared points of the clustered customers; not kept in a stored model.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
    >>> found = Segmentation(seed=1).fit(values)
    >>> found.selection_.k, np.bincount(found.labels_).tolist()
    (3, [0, 30, 30, 30])
    """

    labels_: NDArray[np.int64]
    centres_: NDArray[np.float64]
    confidence_: NDArray[np.float64]
    points_: NDArray[np.float64]
    selection_: Selection
    preparation_: Preparation

    def __init__(
        self, k: int | None = None, *, low: int = 3, high: int = 8, features: Sequence[str] | None = None, seed: int = 0, starts: int = 20
    ) -> None:
        self.k = k
        self.low = low
        self.high = high
        self.features = features
        self.seed = seed
        self.starts = starts

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """Return the parameters, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in ("k", "low", "high", "features", "seed", "starts")}

    def set_params(self, **params: Any) -> Segmentation:
        """Set parameters by name."""
        for name, value in params.items():
            if name not in self.get_params():
                raise UsageError(f"there is no parameter {name!r}; allowed are {', '.join(self.get_params())}. Use one of these.")
            setattr(self, name, value)
        return self

    def fit(self, data: Any, revenue: NDArray[np.float64] | None = None, *, set_aside: NDArray[np.bool_] | None = None) -> Segmentation:
        """Learn the segments.

        Parameters
        ----------
        data : Matrix, array of shape (n, p) or frame
            One row per customer.
        revenue : float array, shape (n,), optional
            Numbers the segments by their share of it.
        set_aside : bool array, shape (n,), optional
            Customers that are not clustered (no net purchases) and get id 0.

        Returns
        -------
        Segmentation
            Itself.

        Raises
        ------
        NotEnoughData, Degenerate
            When there are too few customers, or they do not differ.
        UsageError
            When a parameter or a shape is wrong.
        """
        matrix = as_matrix(data)
        aside = np.zeros(len(matrix), dtype=bool) if set_aside is None else np.asarray(set_aside, dtype=bool)
        for name, given in (("revenue", revenue), ("set_aside", aside)):
            if given is not None and np.shape(given) != (len(matrix),):
                raise UsageError(
                    f"{name} has shape {np.shape(given)}; the data has {len(matrix):,} customers. Pass one value per customer."
                )
        if len(matrix) and aside.all():
            raise NotEnoughData(
                Problem(
                    "TOO_FEW_CUSTOMERS",
                    f"need at least 2 customers with net purchases; found 0 of {len(matrix):,}",
                    "check the signs of the amounts",
                )
            )
        inside = matrix.take(~aside)
        self.preparation_ = learn(inside, self.features)
        self.points_ = self.preparation_.apply(inside)
        selection, labels, centres = choose(self.points_, low=self.low, high=self.high, seed=self.seed, k=self.k, starts=self.starts)
        order = _order(labels, centres, None if revenue is None else np.asarray(revenue, dtype=np.float64)[~aside])
        self.selection_ = named_space(selection, self.preparation_.space)
        self.centres_ = centres[order]
        self.labels_, self.confidence_ = self._assigned(self.points_, ~aside)
        return self

    def predict(self, data: Any, *, set_aside: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return the segment id of each customer, shape (n,): the nearest centre; 0 where set aside."""
        return self.score_customers(data, set_aside=set_aside)[0]

    def confidence(self, data: Any) -> NDArray[np.float64]:
        """Return how clearly each customer belongs to the nearest segment, shape (n,): 1 at its centre, 0 on a border."""
        return self.score_customers(data)[1]

    def score_customers(self, data: Any, *, set_aside: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return ids and confidences together, both shape (n,)."""
        matrix = as_matrix(data)
        inside = np.ones(len(matrix), dtype=bool) if set_aside is None else ~np.asarray(set_aside, dtype=bool)
        return self._assigned(self._learned("preparation_").apply(matrix.take(inside)), inside)

    def profile(self, data: Any, revenue: NDArray[np.float64] | None = None) -> tuple[SegmentProfile, ...]:
        """Describe the segments of the customers it was fitted on, by any features in the same order; see `profiles.profile`."""
        labels = self._learned("labels_")
        return profile(as_matrix(data), labels, revenue=revenue, features=self.preparation_.names)

    def project(self) -> Projection:
        """Return a map of the customers it was fitted on; see `projection.project`."""
        from segmentry.segments.projection import project

        points = self._learned("points_")
        return project(points, self.labels_[self.labels_ > 0], self.preparation_.fitted_names, self.seed)

    def frozen(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return manifest and arrays for the store: everything `predict` needs, no data of customers."""
        plain, arrays = self._learned("preparation_").to_arrays()
        settings = {**self.get_params(), "features": None if self.features is None else list(self.features)}
        chosen = {
            "k": self.selection_.k,
            "space": self.selection_.space,
            "reason": self.selection_.reason,
            "rivals": list(self.selection_.rivals),
        }
        manifest = {"kind": "segmentation", "algorithm": "k-means", "settings": settings, "selection": chosen, "preparation": plain}
        return manifest, {"centres": self.centres_, "preparation": arrays["steps"]}

    @classmethod
    def from_frozen(cls, manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Segmentation:
        """Rebuild a segmentation that predicts the same bits.

        Raises
        ------
        ModelRefused
            When the parts do not fit each other.
        """
        try:
            settings, chosen = dict(manifest["settings"]), manifest["selection"]
            model = cls(settings.pop("k"), **settings)
            model.preparation_ = Preparation.from_arrays(manifest["preparation"], {"steps": arrays["preparation"]})
            model.centres_ = np.array(arrays["centres"], dtype=np.float64)
            model.selection_ = Selection(int(chosen["k"]), (), str(chosen["reason"]), tuple(chosen["rivals"]), str(chosen["space"]))
        except (KeyError, TypeError, ValueError, AttributeError) as damaged:
            if isinstance(damaged, ModelRefused):
                raise
            raise _damaged("its manifest lacks a part of a segmentation") from None
        if model.centres_.shape != (model.selection_.k, len(model.preparation_.steps)) or not np.isfinite(model.centres_).all():
            raise _damaged(f"its centres have shape {model.centres_.shape} or are not finite")
        return model

    def _assigned(self, points: NDArray[np.float64], inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        labels = np.zeros(len(inside), dtype=np.int64)
        sure = np.zeros(len(inside))
        labels[inside] = assign(points, self.centres_)[0] + 1
        sure[inside] = _confidence(points, self.centres_)
        return labels, sure

    def _learned(self, name: str) -> Any:
        if not hasattr(self, name):
            raise UsageError("this Segmentation holds no fitted customers; allowed is asking after fit. Call fit(data) first.")
        return getattr(self, name)


def _order(labels: NDArray[np.int64], centres: NDArray[np.float64], revenue: NDArray[np.float64] | None) -> list[int]:
    sizes = np.bincount(labels, minlength=len(centres))
    money = (
        np.zeros(len(centres))
        if revenue is None
        else np.bincount(labels, weights=np.where(np.isfinite(revenue), revenue, 0.0), minlength=len(centres))
    )
    return sorted(range(len(centres)), key=lambda place: (-money[place], -sizes[place], tuple(centres[place])))


def _confidence(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.empty(len(points))
    for start in range(0, len(points), _BATCH):
        nearest = np.sort(np.sqrt(distances(points[start : start + _BATCH], centres)), axis=1)[:, :2]
        result[start : start + _BATCH] = 1.0 - np.divide(nearest[:, 0], nearest[:, 1], out=np.ones(len(nearest)), where=nearest[:, 1] > 0)
    return result


def _damaged(reason: str) -> ModelRefused:
    return ModelRefused(Problem("MODEL_DAMAGED", reason, "use an unchanged copy of the model"))
