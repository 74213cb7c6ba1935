"""Segmentation: prepare, choose method and k, cluster, number the segments; a thin estimator over pure functions.

Segment ids are 1 … k by share of revenue, then size, then centre, so that the same data always gives the same ids. The confidence of an
assignment runs from 0 (between two segments) to 1 and is no probability: see `clustering.Nearest` and `mixture.Gaussians`. A method whose frozen rule
only approximates it (a tree) keeps its own labels for the customers it was fitted on. Not for data without comparable features, such as raw ids or dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, ModelRefused, NotEnoughData, Problem, UsageError
from segmentry.preparation.learning import Preparation, learn
from segmentry.segments.clustering import UNASSIGNED, Clustering, Rule
from segmentry.segments.comparison import Comparison, compare
from segmentry.segments.identity import renamed
from segmentry.segments.inputs import as_matrix
from segmentry.segments.methods import METHODS, Approach, thawed
from segmentry.segments.profiles import profile
from segmentry.segments.refits import RESAMPLES
from segmentry.segments.results import Projection, SegmentProfile, Selection, Stability
from segmentry.segments.selection import choose, follow, named_space, resized
from segmentry.segments.sizes import limit
from segmentry.segments.stability import stability
from segmentry.segments.structure import levels
from segmentry.segments.tree import Tree
from segmentry.segments.view import View, numbered, order_of, reordered
from segmentry.segments.witnesses import witnessed


class Segmentation:
    """Customer segments in a standardised space.

    Parameters
    ----------
    k : int, optional
        Exactly so many segments; by default the rule of `selection.choose` decides.
    method : str or sequence of str
        "kmeans", "hierarchical", "gmm", "kprototypes", "density"; of several, the rule of `comparison` follows one.
    between : (int, int)
        Fewest and most segments the rule may choose.
    features : sequence of str, optional
        Columns to cluster on; by default all but categories.
    seed : int
        Same data, settings and seed: same bits.
    starts : int
        Random starts per k.
    index : str
        What decides on the number of segments; see `selection`.
    sizes : (float or None, float or None)
        Fewest and most customers of a segment, below 1 as a share; see `sizes.limit`.

    Attributes
    ----------
    labels_ : int array, shape (n,)
        Segment ids 1 … k; 0 for customers set aside, −1 for those in no segment (density only).
    rule_ : Rule
        Puts a customer into a segment; ``rule_.centres``, shape (k, p), in the prepared space, in the order of the ids.
    selection_ : Selection
    ids_ : tuple of int, length k
        Segment id of each group of the rule: 1 … k, unless `renumber` gave them lasting ones.
    views_ : dict of str to View
        By method; not kept in a stored model.
    comparison_ : Comparison or None
        When there were several methods.
    stability_ : Stability
        Of the method that is followed, computed when it is first asked for or when methods are compared.
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
    rule_: Rule
    ids_: tuple[int, ...]
    views_: dict[str, View]
    comparison_: Comparison | None
    confidence_: NDArray[np.float64]
    points_: NDArray[np.float64]
    selection_: Selection
    preparation_: Preparation

    def __init__(
        self,
        k: int | None = None,
        *,
        method: str | Sequence[str] = "kmeans",
        between: tuple[int, int] = (3, 8),
        features: Sequence[str] | None = None,
        seed: int = 0,
        starts: int = 20,
        index: str = "silhouette",
        sizes: tuple[float | None, float | None] = (None, None),
    ) -> None:
        self.k = k
        self.method = method
        self.between = between
        self.features = features
        self.seed = seed
        self.starts = starts
        self.index = index
        self.sizes = sizes

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """Return the parameters, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in ("k", "method", "between", "features", "seed", "starts", "index", "sizes")}

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
        self.views_, left_out = self._views(None if revenue is None else np.asarray(revenue, dtype=np.float64)[~aside])
        self.comparison_ = None
        self._stabilities: dict[str, Stability] = {}
        if len(self.views_) > 1:
            self.comparison_ = self._compared(left_out)
        self._follow(self.comparison_.chosen if self.comparison_ else next(iter(self.views_)), ~aside)
        return self

    def _views(self, revenue: NDArray[np.float64] | None) -> tuple[dict[str, View], list[str]]:
        views: dict[str, View] = {}
        refused: dict[str, Degenerate | NotEnoughData] = {}
        for name in dict.fromkeys([self.method] if isinstance(self.method, str) else self.method):
            try:
                selection, fits = choose(
                    self.points_,
                    self.approach(name),
                    low=self.between[0],
                    high=self.between[1],
                    seed=self.seed,
                    k=self.k,
                    resamples=RESAMPLES,
                )
            except (Degenerate, NotEnoughData) as cause:
                refused[name] = cause
                continue
            selection, fits = self._limited(selection, fits)
            orders = {k: order_of(fit, revenue) for k, fit in fits.items()}
            ordered = {k: reordered(fit, orders[k]) for k, fit in fits.items()}
            others = {k: numbered(fit.labels) for k, fit in ordered.items() if k != selection.k}
            groups = {group: place + 1 for place, group in enumerate(orders[selection.k])}
            views[name] = View(named_space(selection, self.preparation_.space), ordered[selection.k], others, groups)
        if not views:
            raise next(iter(refused.values()))
        return views, [f"{METHODS[name].words} could not be tried: {cause.problems[0].reason}." for name, cause in refused.items()]

    def _limited(self, selection: Selection, fits: dict[int, Clustering]) -> tuple[Selection, dict[int, Clustering]]:
        """Return the choice with segments joined and split until all sizes are within the limits."""
        smallest, largest = self.sizes
        if smallest is None and largest is None:
            return selection, fits
        fewest, most = self.between if self.k is None else (self.k, self.k)
        made = limit(self.points_, fits[selection.k], smallest=smallest, largest=largest, fewest=fewest, most=most, seed=self.seed)
        if not made.words:
            return selection, fits
        return resized(selection, self.points_, made.clustering, made.words, seed=self.seed), {
            **fits,
            len(made.clustering.centres): made.clustering,
        }

    def _compared(self, left_out: Sequence[str]) -> Comparison:
        self._stabilities = {name: self._stability(name) for name in self.views_}
        labels = {name: view.ids for name, view in self.views_.items()}
        return compare({name: view.selection for name, view in self.views_.items()}, self._stabilities, labels, left_out=left_out)

    def _stability(self, name: str) -> Stability:
        ids = self.views_[name].ids
        inside = ids != UNASSIGNED
        return stability(self.points_[inside], ids[inside], seed=self.seed, fit=self.approach(name).fit)

    def _follow(self, name: str, inside: NDArray[np.bool_]) -> None:
        view = self.views_[name]
        self.selection_, self.rule_ = view.selection, view.clustering.rule
        self.ids_ = tuple(range(1, self.selection_.k + 1))
        self.labels_ = np.zeros(len(inside), dtype=np.int64)
        self.labels_[inside] = view.ids
        self.confidence_ = np.zeros(len(inside))
        # Where the frozen rule would decide otherwise, a customer stands beyond a border.
        certain = self.rule_.assign(self.points_) == view.clustering.labels
        self.confidence_[inside] = np.where(certain, self.rule_.confidence(self.points_), 0.0)

    def witness(self) -> Segmentation:
        """Add gap and stability of every number of segments that was tried to `selection_`; see `witnesses`.

        Returns
        -------
        Segmentation
            Itself.
        """
        view = self._learned("views_")[self.selection_.method]
        labelings = {self.selection_.k: view.clustering.labels, **{k: ids - 1 for k, ids in view.others.items()}}
        approach = self.approach()
        self.selection_ = witnessed(
            self.selection_, self.points_, labelings, fit=approach.fit, seed=self.seed, exclusive=approach.exclusive
        )
        return self

    def refit(
        self, data: Any, preparation: Preparation, centres: NDArray[np.float64], *, set_aside: NDArray[np.bool_] | None = None
    ) -> Segmentation:
        """Follow earlier segments: the same space and number, their centres moved to where the customers are now.

        Parameters
        ----------
        data : Matrix, array of shape (n, p) or frame
        preparation : Preparation
            Of the earlier segments.
        centres : float array, shape (k, p)
            Theirs, in that space.
        set_aside : bool array, shape (n,), optional

        Returns
        -------
        Segmentation
            Itself; group i is what became of group i.

        Raises
        ------
        NotEnoughData, Degenerate
            When a segment has no customers left.
        """
        matrix = as_matrix(data)
        inside = np.ones(len(matrix), dtype=bool) if set_aside is None else ~np.asarray(set_aside, dtype=bool)
        self.preparation_ = preparation
        self.points_ = preparation.apply(matrix.take(inside))
        selection, clustering = follow(self.points_, centres, seed=self.seed)
        self.views_ = {"kmeans": View(named_space(selection, preparation.space), clustering, {})}
        self.comparison_, self._stabilities = None, {}
        self._follow("kmeans", inside)
        return self

    def renumber(self, ids: Mapping[int, int]) -> Segmentation:
        """Give segments lasting ids, such as those they had before a refit.

        Parameters
        ----------
        ids : mapping of int to int
            New id of every segment id there is.

        Raises
        ------
        UsageError
            When an id is missing, below 1 or given twice.
        """
        present = self._learned("ids_")
        given = [ids.get(each, 0) for each in present]
        if min(given) < 1 or len(set(given)) < len(given):
            raise UsageError(
                f"ids are {given} for the segments {list(present)}; allowed are different whole numbers from 1. Give each its own."
            )
        self.labels_ = renamed(self.labels_, dict(zip(present, given, strict=True)))
        self.ids_ = tuple(given)
        return self

    def approach(self, name: str = "") -> Approach:
        """Return a method, by default the one that is followed, as a function of points and k."""
        method = name or self.selection_.method
        # Beside methods that have a likelihood, one without is judged by the usual index, and its reason says so.
        lacking = self.index == "bic" and not isinstance(self.method, str) and len(self.method) > 1 and not method.startswith("gmm")
        index = "silhouette" if lacking else self.index
        return Approach(method, self.starts, levels(self._learned("preparation_").steps), index)

    @property
    def centres_(self) -> NDArray[np.float64]:
        """Middle of each segment in the prepared space, shape (k, p), in the order of the ids."""
        centres: NDArray[np.float64] = self._learned("rule_").centres
        return centres

    @property
    def stability_(self) -> Stability:
        """How much of the segments comes back when customers are drawn anew."""
        name = self._learned("selection_").method
        if name not in self._stabilities:
            self._stabilities[name] = self._stability(name)
        return self._stabilities[name]

    @property
    def tree_(self) -> tuple[Tree, dict[int, int]] | None:
        """The tree of a hierarchical method, and the segment id of each group of its cut; None when no tree was grown."""
        views = self._learned("views_")
        grown = [name for name, view in views.items() if view.clustering.tree is not None]
        if not grown:
            return None
        own = self.selection_.method in grown
        view = views[self.selection_.method if own else grown[0]]
        return view.clustering.tree, {group: self.ids_[place - 1] if own else place for group, place in view.groups.items()}

    @property
    def rule_agreement_(self) -> float:
        """Share of the fitted customers that the frozen rule puts where the method did, 0 to 1."""
        view = self._learned("views_")[self.selection_.method]
        return float((self.rule_.assign(self.points_) == view.clustering.labels).mean())

    def predict(self, data: Any, *, set_aside: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return the segment id of each customer, shape (n,), by the frozen rule; 0 where set aside, −1 where in none."""
        return self.score_customers(data, set_aside=set_aside)[0]

    def confidence(self, data: Any) -> NDArray[np.float64]:
        """Return how clearly each customer belongs to the nearest segment, shape (n,): 1 at its centre, 0 on a border."""
        return self.score_customers(data)[1]

    def score_customers(self, data: Any, *, set_aside: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return ids and confidences together, both shape (n,)."""
        matrix = as_matrix(data)
        inside = np.ones(len(matrix), dtype=bool) if set_aside is None else ~np.asarray(set_aside, dtype=bool)
        points = self._learned("preparation_").apply(matrix.take(inside))
        labels, sure = np.zeros(len(inside), dtype=np.int64), np.zeros(len(inside))
        labels[inside], sure[inside] = numbered(self.rule_.assign(points), self.ids_), self.rule_.confidence(points)
        return labels, sure

    def profile(self, data: Any, revenue: NDArray[np.float64] | None = None) -> tuple[SegmentProfile, ...]:
        """Describe the segments of the customers it was fitted on, by any features in the same order; see `profiles.profile`."""
        labels = self._learned("labels_")
        return profile(as_matrix(data), labels, revenue=revenue, features=self.preparation_.names)

    def project(self) -> Projection:
        """Return a map of the customers it was fitted on; see `projection.project`."""
        from segmentry.segments.projection import project

        points = self._learned("points_")
        return project(points, self.labels_[self.labels_ != 0], self.preparation_.fitted_names, self.seed)

    def frozen(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return manifest and arrays for the store: everything `predict` needs, no data of customers."""
        plain, arrays = self._learned("preparation_").to_arrays()
        listed = {name: None if getattr(self, name) is None else list(getattr(self, name)) for name in ("features",)}
        settings = {
            **self.get_params(),
            **listed,
            "sizes": list(self.sizes),
            "between": list(self.between),
            "method": self.method if isinstance(self.method, str) else list(self.method),
        }
        chosen = {
            "k": self.selection_.k,
            "space": self.selection_.space,
            "reason": self.selection_.reason,
            "rivals": list(self.selection_.rivals),
            "method": self.selection_.method,
        }
        manifest = {
            "kind": "segmentation",
            "rule": type(self.rule_).__name__.lower(),
            "ids": list(self.ids_),
            "settings": settings,
            "selection": chosen,
            "preparation": plain,
        }
        return manifest, {**self.rule_.arrays(), "preparation": arrays["steps"]}

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
            settings |= {name: tuple(settings[name]) for name in ("between", "sizes")}
            model = cls(settings.pop("k"), **settings)
            model.preparation_ = Preparation.from_arrays(manifest["preparation"], {"steps": arrays["preparation"]})
            model.ids_ = tuple(int(each) for each in manifest["ids"])
            model.rule_ = thawed(str(manifest["rule"]), arrays)
            words = str(chosen["reason"]), tuple(chosen["rivals"]), str(chosen["space"])
            model.selection_ = Selection(int(chosen["k"]), (), *words, method=str(chosen["method"]))
        except (KeyError, TypeError, ValueError, AttributeError) as damaged:
            if isinstance(damaged, ModelRefused):
                raise
            raise _damaged("its manifest lacks a part of a segmentation") from None
        if len(set(model.ids_)) != model.selection_.k or min(model.ids_) < 1:
            raise _damaged(f"it has {model.selection_.k} segments and the ids {list(model.ids_)}")
        if model.centres_.shape != (model.selection_.k, len(model.preparation_.steps)) or not np.isfinite(model.centres_).all():
            raise _damaged(f"its centres have shape {model.centres_.shape} or are not finite")
        return model

    def _learned(self, name: str) -> Any:
        if not hasattr(self, name):
            raise UsageError(
                f"{name.rstrip('_')} was asked of a Segmentation that holds no fitted customers; allowed is asking after fit. Call fit(data) first."
            )
        return getattr(self, name)


def _damaged(reason: str) -> ModelRefused:
    return ModelRefused(Problem("MODEL_DAMAGED", reason, "use an unchanged copy of the model"))
